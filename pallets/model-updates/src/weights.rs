//! Weights of the calls.
//!
//! PROVISIONAL: conservative upper bounds, not measured. A later benchmark run replaces this file.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weight of each call.
pub trait WeightInfo {
	/// Weight of `commit_update`, which may draw a committee.
	fn commit_update() -> Weight;
	/// Weight of `submit_statement`, which may freeze, accept or open the next round.
	fn submit_statement() -> Weight;
	/// Weight of checking a statement on a copy of the state, with its signature.
	fn authorize_statement() -> Weight;
	/// Weight of `attest_as_aggregator`.
	fn attest() -> Weight;
	/// Weight of `publish_as_aggregator`, which may strike a result.
	fn publish() -> Weight;
	/// Weight of `prove_wrong_chunk` with this many updates, and of slashing.
	fn prove_wrong_chunk(updates: u32) -> Weight;
	/// Weight of `open_challenge`.
	fn open_challenge() -> Weight;
	/// Weight of `answer_challenge`: up to 255 hashes.
	fn answer_challenge() -> Weight;
	/// Weight of `narrow_challenge`: up to 255 hashes.
	fn narrow_challenge() -> Weight;
	/// Weight of `apply_slash` with as many dissenters as a round can have.
	fn apply_slash() -> Weight;
	/// Weight of checking that a slash is due.
	fn authorize_slash() -> Weight;
	/// Weight of `cancel_slash`.
	fn cancel_slash() -> Weight;
}

/// Upper bounds for the runtime's database.
pub struct SheafWeight<T>(PhantomData<T>);

/// Proof size of a bounty with its spec and two live rounds, in bytes.
const STATE_BYTES: u64 = 256 * 1024;

/// Reads of parameters that governance sets: bounds, shares, bonds, the smallest committee.
const PARAMETERS: u64 = 24;

impl<T: frame_system::Config> SheafWeight<T> {
	fn bound(milliseconds: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(milliseconds.saturating_mul(1_000_000_000), STATE_BYTES).saturating_add(
			T::DbWeight::get().reads_writes(reads.saturating_add(PARAMETERS), writes),
		)
	}
}

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn commit_update() -> Weight {
		Self::bound(2, 90, 25)
	}
	fn submit_statement() -> Weight {
		Self::bound(4, 60, 40)
	}
	fn authorize_statement() -> Weight {
		Self::bound(5, 60, 0)
	}
	fn attest() -> Weight {
		Self::bound(2, 20, 10)
	}
	fn publish() -> Weight {
		Self::bound(4, 60, 60)
	}
	fn prove_wrong_chunk(updates: u32) -> Weight {
		Self::bound(10, 120, 120)
			.saturating_add(Weight::from_parts(100_000_000, 0).saturating_mul(updates.into()))
	}
	fn open_challenge() -> Weight {
		Self::bound(4, 20, 10)
	}
	fn answer_challenge() -> Weight {
		Self::bound(5, 20, 10)
	}
	fn narrow_challenge() -> Weight {
		Self::bound(5, 20, 10)
	}
	fn apply_slash() -> Weight {
		Self::bound(10, 300, 300)
	}
	fn authorize_slash() -> Weight {
		Self::bound(1, 10, 0)
	}
	fn cancel_slash() -> Weight {
		Self::bound(1, 10, 5)
	}
}

impl WeightInfo for () {
	fn commit_update() -> Weight {
		Weight::zero()
	}
	fn submit_statement() -> Weight {
		Weight::zero()
	}
	fn authorize_statement() -> Weight {
		Weight::zero()
	}
	fn attest() -> Weight {
		Weight::zero()
	}
	fn publish() -> Weight {
		Weight::zero()
	}
	fn prove_wrong_chunk(_: u32) -> Weight {
		Weight::zero()
	}
	fn open_challenge() -> Weight {
		Weight::zero()
	}
	fn answer_challenge() -> Weight {
		Weight::zero()
	}
	fn narrow_challenge() -> Weight {
		Weight::zero()
	}
	fn apply_slash() -> Weight {
		Weight::zero()
	}
	fn authorize_slash() -> Weight {
		Weight::zero()
	}
	fn cancel_slash() -> Weight {
		Weight::zero()
	}
}
