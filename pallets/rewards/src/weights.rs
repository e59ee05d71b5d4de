//! x
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// x
pub trait WeightInfo {
	/// x
	fn fund() -> Weight;
	/// x
	fn settle(p: u32) -> Weight;
	/// x
	fn refund() -> Weight;
}
/// x
pub struct SheafWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn fund() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn settle(_p: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn refund() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
}
