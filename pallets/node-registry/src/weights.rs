//! x
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// x
pub trait WeightInfo {
	/// x
	fn register() -> Weight;
	/// x
	fn update() -> Weight;
	/// x
	fn bond_more() -> Weight;
	/// x
	fn unbond() -> Weight;
	/// x
	fn withdraw_unbonded() -> Weight;
	/// x
	fn leave() -> Weight;
	/// x
	fn slash(r: u32) -> Weight;
	/// x
	fn note_conduct() -> Weight;
	/// x
	fn suspend() -> Weight;
	/// x
	fn resume() -> Weight;
}
/// x
pub struct SheafWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn register() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn update() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn bond_more() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn unbond() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn leave() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn slash(_r: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn note_conduct() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn suspend() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn resume() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
}
