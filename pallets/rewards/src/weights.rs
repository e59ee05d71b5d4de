//! Weights of `pallet-rewards`, as `scripts/benchmark-pallets.sh` measured them.
//!
//! Processor: Intel(R) Xeon(R) Processor, load before: 12.57. Repetitions: 20, at each of 11
//! values of each component. Times are those of wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the functions that the benchmarks measure weigh.
pub trait WeightInfo {
	/// Weight of funding a bounty.
	fn fund() -> Weight;
	/// Weight of a settlement with `p` payments.
	fn settle(p: u32) -> Weight;
	/// Weight of a refund.
	fn refund() -> Weight;
}

/// The weights as measured, with the runtime's costs of its database.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	// At least 120 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `System::Account` (r:2 w:2)
	fn fund() -> Weight {
		Weight::from_parts(122_351_000, 966).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	// At least 148 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:81 w:81)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `Rewards::Totals` (r:81 w:81)
	// `System::Account` (r:83 w:83)
	fn settle(p: u32) -> Weight {
		Weight::from_parts(162_138_734, 1_557)
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
			.saturating_add(
				Weight::from_parts(67_711_595, 521)
					.saturating_add(T::DbWeight::get().reads_writes(3, 3))
					.saturating_mul(p.into()),
			)
	}
	// At least 64 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	fn refund() -> Weight {
		Weight::from_parts(68_128_000, 914).saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}
}
