//! Weights of `pallet-node-registry`.
//!
//! PROVISIONAL: written by hand as upper bounds, counting the storage that each function touches. No
//! benchmark produced them; replace this file by the output of `benchmarking.rs` on the reference
//! hardware before a network of value uses it.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// Weights of the calls, and of what other pallets call.
pub trait WeightInfo {
	/// Of `register`.
	fn register() -> Weight;
	/// Of `update`.
	fn update() -> Weight;
	/// Of `bond_more`.
	fn bond_more() -> Weight;
	/// Of `unbond`.
	fn unbond() -> Weight;
	/// Of `withdraw_unbonded`.
	fn withdraw_unbonded() -> Weight;
	/// Of `leave`.
	fn leave() -> Weight;
	/// Of a slash that rewards so many accounts.
	fn slash(rewarded: u32) -> Weight;
	/// Of `note_conduct` with a penalty.
	fn note_conduct() -> Weight;
	/// Of `suspend`.
	fn suspend() -> Weight;
	/// Of `resume`.
	fn resume() -> Weight;
}

/// Weights with the runtime's database costs.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn register() -> Weight {
		of_node_and_balance(T::DbWeight::get())
	}
	fn update() -> Weight {
		of_node(T::DbWeight::get())
	}
	fn bond_more() -> Weight {
		of_node_and_balance(T::DbWeight::get())
	}
	fn unbond() -> Weight {
		of_node(T::DbWeight::get())
	}
	fn withdraw_unbonded() -> Weight {
		of_node_and_balance(T::DbWeight::get())
	}
	fn leave() -> Weight {
		of_node(T::DbWeight::get())
	}
	fn slash(rewarded: u32) -> Weight {
		of_slash(T::DbWeight::get(), rewarded)
	}
	fn note_conduct() -> Weight {
		of_slash(T::DbWeight::get(), 0)
	}
	fn suspend() -> Weight {
		of_node(T::DbWeight::get())
	}
	fn resume() -> Weight {
		of_node(T::DbWeight::get())
	}
}

impl WeightInfo for () {
	fn register() -> Weight {
		of_node_and_balance(ParityDbWeight::get())
	}
	fn update() -> Weight {
		of_node(ParityDbWeight::get())
	}
	fn bond_more() -> Weight {
		of_node_and_balance(ParityDbWeight::get())
	}
	fn unbond() -> Weight {
		of_node(ParityDbWeight::get())
	}
	fn withdraw_unbonded() -> Weight {
		of_node_and_balance(ParityDbWeight::get())
	}
	fn leave() -> Weight {
		of_node(ParityDbWeight::get())
	}
	fn slash(rewarded: u32) -> Weight {
		of_slash(ParityDbWeight::get(), rewarded)
	}
	fn note_conduct() -> Weight {
		of_slash(ParityDbWeight::get(), 0)
	}
	fn suspend() -> Weight {
		of_node(ParityDbWeight::get())
	}
	fn resume() -> Weight {
		of_node(ParityDbWeight::get())
	}
}

type DbWeight = frame_support::weights::RuntimeDbWeight;

/// Storage: `NodeRegistry::Nodes` (r:1 w:1).
fn of_node(db: DbWeight) -> Weight {
	Weight::from_parts(100_000_000, 4_000).saturating_add(db.reads_writes(1, 1))
}

/// Storage: `NodeRegistry::Nodes`, `System::Account`, `Balances::Holds` (r:3 w:3).
fn of_node_and_balance(db: DbWeight) -> Weight {
	Weight::from_parts(150_000_000, 12_000).saturating_add(db.reads_writes(3, 3))
}

/// Storage: the above and `Balances::TotalIssuance` (r:4 w:4), for each rewarded `System::Account`
/// (r:1 w:1).
fn of_slash(db: DbWeight, rewarded: u32) -> Weight {
	let each = Weight::from_parts(100_000_000, 3_000).saturating_add(db.reads_writes(1, 1));
	Weight::from_parts(200_000_000, 14_000)
		.saturating_add(db.reads_writes(4, 4))
		.saturating_add(each.saturating_mul(u64::from(rewarded)))
}
