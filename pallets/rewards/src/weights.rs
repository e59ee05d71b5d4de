//! Weights of `pallet-rewards`.
//!
//! PROVISIONAL: written by hand as upper bounds, counting the storage that each function touches. No
//! benchmark produced them; replace this file by the output of `benchmarking.rs` on the reference
//! hardware before a network of value uses it.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Weights of what other pallets call.
pub trait WeightInfo {
	/// Of `fund`.
	fn fund() -> Weight;
	/// Of `settle` with so many payments.
	fn settle(payments: u32) -> Weight;
	/// Of `refund`.
	fn refund() -> Weight;
}

/// Weights with the runtime's database costs.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn fund() -> Weight {
		of_fund(T::DbWeight::get())
	}
	fn settle(payments: u32) -> Weight {
		of_settle(T::DbWeight::get(), payments)
	}
	fn refund() -> Weight {
		of_refund(T::DbWeight::get())
	}
}

impl WeightInfo for () {
	fn fund() -> Weight {
		of_fund(ParityDbWeight::get())
	}
	fn settle(payments: u32) -> Weight {
		of_settle(ParityDbWeight::get(), payments)
	}
	fn refund() -> Weight {
		of_refund(ParityDbWeight::get())
	}
}

/// Storage: `System::Account` of sponsor and treasury, `Balances::Holds`, `Rewards::Obligations`,
/// `Rewards::Ledger` (r:5 w:5).
fn of_fund(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(200_000_000, 16_000).saturating_add(db.reads_writes(5, 5))
}

/// Storage: as [`of_fund`] and `Balances::TotalIssuance` (r:6 w:6); for each payment
/// `System::Account`, `Rewards::Totals` and the registry's node (r:3 w:3), and the off-chain index.
fn of_settle(db: RuntimeDbWeight, payments: u32) -> Weight {
	let each = Weight::from_parts(200_000_000, 10_000).saturating_add(db.reads_writes(3, 3));
	Weight::from_parts(300_000_000, 18_000)
		.saturating_add(db.reads_writes(6, 6))
		.saturating_add(each.saturating_mul(u64::from(payments)))
}

/// Storage: as [`of_fund`] and `Balances::TotalIssuance`, if the sponsor cannot receive (r:6 w:6).
fn of_refund(db: RuntimeDbWeight) -> Weight {
	Weight::from_parts(200_000_000, 18_000).saturating_add(db.reads_writes(6, 6))
}
