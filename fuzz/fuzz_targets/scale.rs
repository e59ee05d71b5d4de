//! Everything that arrives in SCALE from outside: one encoding per value, nothing longer than its
//! bound, no more memory than the bytes justify, the same with the runtime's limits and without.
#![no_main]

use codec::{
	Decode, DecodeLimit, DecodeWithMemLimit, DecodeWithMemTracking, Encode, MaxEncodedLen,
};
use core::fmt::Debug;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{ChunkProof, Network, Parameters, Score, SliceLayout, WrongResultProof};
use sheaf_fuzz::{
	blobs::{
		expected::Place,
		protocol::{Request, Response},
	},
	memory::{most_allocated, Counted},
};
use sheaf_training::{
	Availability, Bounty, BountySpec, BountyView, Challenge, DeferredSlash, Limits, NodeView,
	OpenedNodes, OpenedRoot, Quote, Receipts, Round, RoundBlobs, RoundResult, SpecError, Statement,
	VerifierMessage, VerifierSignature,
};

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Depth to which the runtime decodes an extrinsic.
const MAX_DEPTH: u32 = 256;
/// Bytes that the runtime decodes an extrinsic to at most.
const MAX_MEMORY: usize = 16 << 20;
/// What is decoded may be this often as large as its bytes, and some more: vectors of vectors have
/// 48 bytes for two, and grow by doubling.
const FACTOR: usize = 96;
const SLACK: usize = 64 << 10;

/// What any decoder owes.
fn plain<T: Decode + Encode + PartialEq + Debug>(bytes: &[u8]) {
	let mut rest = bytes;
	let (decoded, most) = most_allocated(|| T::decode(&mut rest));
	assert!(most <= FACTOR * bytes.len() + SLACK, "{most} bytes for {}", bytes.len());
	let limited = T::decode_with_depth_limit(MAX_DEPTH, &mut &bytes[..]);
	assert_eq!(limited.ok().as_ref(), decoded.as_ref().ok());
	let Ok(value) = decoded else { return };
	let read = &bytes[..bytes.len() - rest.len()];
	assert_eq!(value.encode(), read, "another encoding of {value:?}");
	assert_eq!(value.encoded_size(), read.len());
	assert!(T::decode(&mut &read[..read.len().saturating_sub(1)]).is_err() || read.is_empty());
}

/// What a decoder owes that the runtime calls with a bound on memory.
fn tracked<T>(bytes: &[u8])
where
	T: DecodeWithMemTracking + Encode + PartialEq + Debug,
{
	plain::<T>(bytes);
	let decoded = T::decode(&mut &bytes[..]).ok();
	let roomy = T::decode_with_mem_limit(&mut &bytes[..], MAX_MEMORY).ok();
	assert!(roomy == decoded || bytes.len() > MAX_MEMORY / FACTOR);
	let limit = bytes.len();
	let (tight, most) = most_allocated(|| T::decode_with_mem_limit(&mut &bytes[..], limit));
	assert!(tight.is_err() || tight.ok() == decoded);
	assert!(most <= 2 * limit + SLACK, "{most} bytes with a limit of {limit}");
}

/// What a bounded value owes.
fn bounded<T>(bytes: &[u8])
where
	T: DecodeWithMemTracking + Encode + MaxEncodedLen + PartialEq + Debug,
{
	tracked::<T>(bytes);
	if let Ok(value) = T::decode(&mut &bytes[..]) {
		assert!(value.encoded_size() <= T::max_encoded_len());
	}
}

fuzz_target!(|data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else { return };
	match kind % 28 {
		// In extrinsics.
		0 => tracked::<(VerifierMessage, VerifierSignature)>(bytes),
		1 => tracked::<Statement>(bytes),
		2 => tracked::<WrongResultProof>(bytes),
		3 => tracked::<ChunkProof>(bytes),
		4 => bounded::<BountySpec>(bytes),
		5 => bounded::<RoundResult>(bytes),
		6 => bounded::<OpenedNodes>(bytes),
		7 => bounded::<OpenedRoot>(bytes),
		8 => tracked::<Limits>(bytes),
		9 => bounded::<Parameters>(bytes),
		// In storage, and read from a node by clients.
		10 => bounded::<Bounty>(bytes),
		11 => bounded::<Round>(bytes),
		12 => bounded::<Challenge>(bytes),
		13 => plain::<Option<BountyView>>(bytes),
		14 => plain::<Vec<BountyView>>(bytes),
		15 => plain::<Vec<RoundBlobs>>(bytes),
		16 => plain::<Option<NodeView>>(bytes),
		17 => plain::<Result<Quote, SpecError>>(bytes),
		18 => plain::<Receipts>(bytes),
		19 => plain::<Vec<DeferredSlash>>(bytes),
		// Between gateway, off-chain worker and peers, and on disk.
		20 => plain::<Availability>(bytes),
		21 => plain::<Request>(bytes),
		22 => plain::<Response>(bytes),
		23 => plain::<(u64, Place)>(bytes),
		24 => tracked::<Network>(bytes),
		25 => tracked::<Score>(bytes),
		26 => bounded::<SliceLayout>(bytes),
		_ => plain::<Option<Round>>(bytes),
	}
});
