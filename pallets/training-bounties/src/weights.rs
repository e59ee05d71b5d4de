//! Weights of the calls.
//!
//! PROVISIONAL: conservative upper bounds, not measured. A later benchmark run replaces this file.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weight of each call.
pub trait WeightInfo {
	/// Weight of `open_bounty`.
	fn open_bounty() -> Weight;
	/// Weight of `invite`.
	fn invite() -> Weight;
	/// Weight of `enroll`, `enroll_aggregator` and `rejoin`.
	fn enroll() -> Weight;
	/// Weight of `leave`, which may end a phase.
	fn leave() -> Weight;
	/// Weight of `start`.
	fn start() -> Weight;
	/// Weight of `close_bounty`.
	fn close_bounty() -> Weight;
	/// Weight of `cancel_bounty`.
	fn cancel_bounty() -> Weight;
	/// Weight of `advance`, which may draw a committee, settle or strike a round and end another phase.
	fn advance() -> Weight;
	/// Weight of checking an `advance` on a copy of the state.
	fn authorize_advance() -> Weight;
}

/// Upper bounds for the runtime's database.
pub struct SheafWeight<T>(PhantomData<T>);

/// Proof size of a bounty with its spec and two live rounds, in bytes.
pub(crate) const STATE_BYTES: u64 = 256 * 1024;

/// Payments of a settlement: all trainers, a committee and the aggregator.
const PAYMENTS: u64 = 64 + 17;
/// Attestations and publications of a round: 17 in each of 8 attempts.
const ATTESTATIONS: u64 = 17 * 8;
/// Trainers that may miss the Commit that ends with the settlement of the round before.
const TRAINERS: u64 = 64;
/// What a draw, the work lists and nodes of two committees, and loading and storing read and write.
const AROUND: u64 = 220;

/// Items that a settlement touches: for each payment the account, the earnings and the node; for each
/// penalty the node, the account and its holds. The most are penalised if everybody attested something
/// else, and everybody misses the next Commit. A strike touches less: 17 offenders' reports and nodes.
const SETTLED_ITEMS: u64 = PAYMENTS * 3 + (ATTESTATIONS + TRAINERS) * 3 + AROUND;

/// Items that an abort from Commit touches: payments and records of all trainers.
const ABORTED_ITEMS: u64 = TRAINERS * 4 + AROUND;

/// Time to compare each attestation with each publication, once for misconduct and once for
/// dissenters, at 2 microseconds for hashing 152 bytes through the host, and all the rest.
const SETTLED_MILLISECONDS: u64 = 2 * ATTESTATIONS * ATTESTATIONS * 2 / 1_000 + 26;

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
	fn open_bounty() -> Weight {
		Self::bound(1, 80, 40)
	}
	fn invite() -> Weight {
		Self::bound(1, 5, 1)
	}
	fn enroll() -> Weight {
		Self::bound(1, 10, 10)
	}
	fn leave() -> Weight {
		Self::bound(6, ABORTED_ITEMS, ABORTED_ITEMS)
	}
	fn start() -> Weight {
		Self::bound(1, 10, 10)
	}
	fn close_bounty() -> Weight {
		Self::bound(1, 5, 2)
	}
	fn cancel_bounty() -> Weight {
		Self::bound(1, 30, 30)
	}
	fn advance() -> Weight {
		Self::bound(SETTLED_MILLISECONDS, SETTLED_ITEMS, SETTLED_ITEMS)
	}
	fn authorize_advance() -> Weight {
		Self::bound(SETTLED_MILLISECONDS, AROUND, 0)
	}
}

impl WeightInfo for () {
	fn open_bounty() -> Weight {
		Weight::zero()
	}
	fn invite() -> Weight {
		Weight::zero()
	}
	fn enroll() -> Weight {
		Weight::zero()
	}
	fn leave() -> Weight {
		Weight::zero()
	}
	fn start() -> Weight {
		Weight::zero()
	}
	fn close_bounty() -> Weight {
		Weight::zero()
	}
	fn cancel_bounty() -> Weight {
		Weight::zero()
	}
	fn advance() -> Weight {
		Weight::zero()
	}
	fn authorize_advance() -> Weight {
		Weight::zero()
	}
}
