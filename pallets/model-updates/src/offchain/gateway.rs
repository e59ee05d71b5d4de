//! The node's own blob gateway, as far as its off-chain worker uses it (see `docs/gateway.md`).

use super::{
	http::{Request, Response},
	Failure,
};
use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use codec::{DecodeAll, Encode};
use sheaf_aggregation::{root_of_leaf_hashes, verify_chunk, ChunkProof, Shape};
use sheaf_training::{Availability, BountyId, Hash, HostBlake2, RoundIndex};
use sp_core::offchain::{Duration, StorageKind};

/// Where the node writes the gateway's address: its bytes, `http://127.0.0.1:9955` say.
pub(crate) const GATEWAY_KEY: &[u8] = b"sheaf::gateway";

/// Milliseconds that the worker computed.
const COMPUTING_TIME_HEADER: &str = "x-sheaf-computing-ms";
/// For answers that only need a look into an index.
const SHORT: Duration = Duration::from_millis(10_000);
/// For a range of a blob.
const RANGE: Duration = Duration::from_millis(60_000);
/// For computing the next model. Shorter than the job's lock, which is prolonged before.
const COMPUTATION: Duration = Duration::from_millis(300_000);
/// More than the availability of a full round: 64 updates of 34 bytes, a slice, flags.
const MAX_AVAILABILITY_BYTES: usize = 8 * 1024;
/// Most leaf hashes that are asked for: 16 MiB, of which the heap holds a few trees.
pub(crate) const MAX_LEAVES: u64 = 1 << 19;
/// Bytes of a chunk with its path of at most 40 hashes, and of the two lengths.
const MAX_CHUNK_PROOF_BYTES: usize = 1_024 + 32 * 40 + 8;

/// The node's own gateway.
pub(crate) struct Gateway {
	url: String,
}

impl Gateway {
	/// The gateway that the node told its worker about; none if it runs without.
	pub(crate) fn configured() -> Option<Self> {
		let url = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, GATEWAY_KEY)?;
		let url = core::str::from_utf8(&url).ok()?.trim().trim_end_matches('/');
		(!url.is_empty()).then(|| Self { url: url.to_string() })
	}

	/// What the node holds of a round and has checked; round 0 is the initial model.
	pub(crate) fn availability(
		&self,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Availability, Failure> {
		let url = format!("{}/v1/bounties/{bounty}/rounds/{round}/availability", self.url);
		let response = Request::get(url.clone(), SHORT).send()?;
		let body = response.read_all(MAX_AVAILABILITY_BYTES)?;
		Availability::decode_all(&mut body.as_slice()).map_err(|_| Failure::MalformedAnswer { url })
	}

	/// Fills `buffer` with the blob's bytes from `offset` on.
	pub(crate) fn read_blob(
		&self,
		root: &Hash,
		offset: u64,
		buffer: &mut [u8],
	) -> Result<(), Failure> {
		let length = u64::try_from(buffer.len()).map_err(|_| Failure::TooLarge)?;
		let Some(last) = offset.saturating_add(length).checked_sub(1) else { return Ok(()) };
		let url = format!("{}/v1/blobs/{root:#x}", self.url);
		let header = Some(("range", format!("bytes={offset}-{last}")));
		let request = Request { header, ..Request::get(url, RANGE) };
		request.send()?.read_exact(buffer)
	}

	/// The leaf hashes of a blob, checked against its root.
	pub(crate) fn leaves(&self, root: &Hash, shape: Shape) -> Result<Vec<[u8; 32]>, Failure> {
		let count = Some(shape.leaf_count()).filter(|count| *count <= MAX_LEAVES);
		let count = count.and_then(|count| usize::try_from(count).ok()).ok_or(Failure::TooLarge)?;
		let mut leaves = alloc::vec![[0; 32]; count];
		let url = format!("{}/v1/blobs/{root:#x}/leaves", self.url);
		Request::get(url, RANGE).send()?.read_exact(leaves.as_flattened_mut())?;
		match root_of_leaf_hashes::<HostBlake2>(shape, &leaves) {
			Ok(computed) if computed == root.0 => Ok(leaves),
			_ => Err(Failure::CorruptedBlob { root: *root }),
		}
	}

	/// One chunk of a blob with its path, checked against its root.
	pub(crate) fn chunk(
		&self,
		root: &Hash,
		shape: Shape,
		index: u64,
	) -> Result<ChunkProof, Failure> {
		let url = format!("{}/v1/blobs/{root:#x}/chunks/{index}", self.url);
		let body = Request::get(url.clone(), SHORT).send()?.read_all(MAX_CHUNK_PROOF_BYTES)?;
		let malformed = || Failure::MalformedAnswer { url: url.clone() };
		let proof = ChunkProof::decode_all(&mut body.as_slice()).map_err(|_| malformed())?;
		let chunk = proof.chunk.as_slice().try_into().map_err(|_| malformed())?;
		verify_chunk::<HostBlake2>(&root.0, shape, index, chunk, &proof.siblings)
			.map_err(|_| Failure::CorruptedBlob { root: *root })?;
		Ok(proof)
	}

	/// Has the gateway compute and keep the next model, and returns its root. `time` is how long the
	/// worker computed just now, for the node's metrics.
	pub(crate) fn compute_next_model(
		&self,
		bounty: BountyId,
		round: RoundIndex,
		root: &Hash,
		time: Option<Duration>,
	) -> Result<Hash, Failure> {
		let url = format!("{}/v1/bounties/{bounty}/rounds/{round}/result", self.url);
		let header = time.map(|time| (COMPUTING_TIME_HEADER, time.millis().to_string()));
		let request = Request {
			method: "POST",
			header,
			body: root.encode(),
			..Request::get(url, COMPUTATION)
		};
		let response: Response = request.send()?;
		let mut answer = [0; 32];
		response.read_exact(&mut answer)?;
		Ok(answer.into())
	}
}
