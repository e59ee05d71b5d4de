//! Weights of `pallet-node-registry`, as `scripts/benchmark-pallets.sh` measured them.
//!
//! Processor: Intel(R) Xeon(R) Processor, load before: 12.57. Repetitions: 20, at each of 11
//! values of each component. Times are those of wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the functions that the benchmarks measure weigh.
pub trait WeightInfo {
	/// Weight of `register`.
	fn register() -> Weight;
	/// Weight of `update`.
	fn update() -> Weight;
	/// Weight of `bond_more`.
	fn bond_more() -> Weight;
	/// Weight of `unbond`.
	fn unbond() -> Weight;
	/// Weight of `withdraw_unbonded`, which removes a node that has left.
	fn withdraw_unbonded() -> Weight;
	/// Weight of `leave`.
	fn leave() -> Weight;
	/// Weight of a slash that rewards `r` accounts.
	fn slash(r: u32) -> Weight;
	/// Weight of noting conduct with a penalty, which removes a node that has left.
	fn note_conduct() -> Weight;
	/// Weight of suspending a node.
	fn suspend() -> Weight;
	/// Weight of ending the last suspension of a node that has left.
	fn resume() -> Weight;
}

/// The weights as measured, with the runtime's costs of its database.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	// At least 94 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `Parameters::Parameters` (r:3 w:0)
	// `System::Account` (r:1 w:1)
	fn register() -> Weight {
		Weight::from_parts(101_548_000, 1_238).saturating_add(T::DbWeight::get().reads_writes(6, 3))
	}
	// At least 30 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `Parameters::Parameters` (r:3 w:0)
	fn update() -> Weight {
		Weight::from_parts(33_111_000, 990).saturating_add(T::DbWeight::get().reads_writes(4, 1))
	}
	// At least 81 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	fn bond_more() -> Weight {
		Weight::from_parts(85_762_000, 1_179).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// At least 33 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `Parameters::Parameters` (r:4 w:0)
	fn unbond() -> Weight {
		Weight::from_parts(37_069_000, 1_057).saturating_add(T::DbWeight::get().reads_writes(5, 1))
	}
	// At least 75 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(78_081_000, 1_179).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// At least 29 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `Parameters::Parameters` (r:1 w:0)
	fn leave() -> Weight {
		Weight::from_parts(33_379_000, 889).saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	// At least 54 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `System::Account` (r:138 w:138)
	fn slash(r: u32) -> Weight {
		Weight::from_parts(56_340_000, 1_443)
			.saturating_add(T::DbWeight::get().reads_writes(3, 3))
			.saturating_add(
				Weight::from_parts(54_739_604, 214)
					.saturating_add(T::DbWeight::get().reads_writes(1, 1))
					.saturating_mul(r.into()),
			)
	}
	// At least 56 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	fn note_conduct() -> Weight {
		Weight::from_parts(62_578_000, 1_179).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// At least 13 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:1)
	fn suspend() -> Weight {
		Weight::from_parts(13_278_000, 645).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	// At least 18 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:1)
	fn resume() -> Weight {
		Weight::from_parts(19_647_000, 477).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
}
