//! What the worker remembers between blocks, in the node's off-chain storage. Everything here may be
//! lost at any time: it saves work and repetition, nothing else.

use alloc::vec::Vec;
use codec::Encode;
use core::convert::Infallible;
use sheaf_training::{BlockNumber, BountySpec, Hash, RoundResult};
use sp_io::hashing::{blake2_128, blake2_256};
use sp_runtime::offchain::storage::StorageValueRef;

const SENT_KEY: &[u8] = b"sheaf::sent";
const RESULTS_KEY: &[u8] = b"sheaf::result";
const NOTICED_KEY: &[u8] = b"sheaf::noticed";

/// Blocks after which something that did not arrive on chain is sent again.
const RETRY_AFTER: BlockNumber = 4;
/// Results kept: as many as a verifier may have rounds.
const MAX_RESULTS: usize = 256;
/// Blocks after which something that is not noticed any more is forgotten.
const NOTICED_FOR: BlockNumber = 32;
/// Most things that are noticed at a time; of more, the oldest are forgotten.
const MAX_NOTICED: usize = 512;

type Sent = Vec<([u8; 16], BlockNumber)>;
/// What, since when, and when last.
type Noticed = Vec<([u8; 16], BlockNumber, BlockNumber)>;
type Results = Vec<(Hash, RoundResult)>;

fn recent(at: BlockNumber, now: BlockNumber) -> bool {
	now.abs_diff(at) < RETRY_AFTER
}

/// Whether `subject` was sent, or failed, in the last blocks.
pub(crate) fn recently_sent(subject: &impl Encode, now: BlockNumber) -> bool {
	let subject = subject.using_encoded(blake2_128);
	let sent: Option<Sent> = StorageValueRef::persistent(SENT_KEY).get().ok().flatten();
	sent.iter().flatten().any(|(other, at)| *other == subject && recent(*at, now))
}

/// Remembers that `subject` was sent, or failed, and forgets what is older.
pub(crate) fn note_sent(subject: &impl Encode, now: BlockNumber) {
	let subject = subject.using_encoded(blake2_128);
	// A concurrent change only costs a repetition.
	let _ = StorageValueRef::persistent(SENT_KEY).mutate::<Sent, Infallible, _>(|stored| {
		let mut sent = stored.ok().flatten().unwrap_or_default();
		sent.retain(|(other, at)| *other != subject && recent(*at, now));
		sent.push((subject, now));
		Ok(sent)
	});
}

/// Notices `subject`, and returns since when it has been noticed without a long pause.
pub(crate) fn noticed_since(subject: &impl Encode, now: BlockNumber) -> BlockNumber {
	let subject = subject.using_encoded(blake2_128);
	let mut since = now;
	let _ = StorageValueRef::persistent(NOTICED_KEY).mutate::<Noticed, Infallible, _>(|stored| {
		let mut noticed = stored.ok().flatten().unwrap_or_default();
		noticed.retain(|(_, _, last)| now.abs_diff(*last) < NOTICED_FOR);
		let known = noticed.iter().find(|(other, ..)| *other == subject);
		since = known.map_or(now, |(_, first, _)| now.min(*first));
		noticed.retain(|(other, ..)| *other != subject);
		let surplus = noticed.len().saturating_add(1).saturating_sub(MAX_NOTICED);
		noticed.drain(..surplus);
		noticed.push((subject, since, now));
		Ok(noticed)
	});
	since
}

/// Names a result by everything that it is a function of: the spec too, which on another fork may be
/// another one.
pub(crate) fn result_key(inputs: &Hash, spec: &BountySpec) -> Hash {
	(inputs, spec).using_encoded(blake2_256).into()
}

/// A result computed earlier.
pub(crate) fn known_result(key: &Hash) -> Option<RoundResult> {
	let results: Option<Results> = StorageValueRef::persistent(RESULTS_KEY).get().ok().flatten();
	results?.into_iter().find(|(other, _)| other == key).map(|(_, result)| result)
}

/// Keeps a result, so that publishing it does not need to compute it again.
pub(crate) fn remember_result(key: Hash, result: RoundResult) {
	let _ = StorageValueRef::persistent(RESULTS_KEY).mutate::<Results, Infallible, _>(|stored| {
		let mut results = stored.ok().flatten().unwrap_or_default();
		results.retain(|(other, _)| *other != key);
		let surplus = results.len().saturating_add(1).saturating_sub(MAX_RESULTS);
		results.drain(..surplus);
		results.push((key, result));
		Ok(results)
	});
}
