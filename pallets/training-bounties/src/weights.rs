//! x
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// x
pub trait WeightInfo {
	/// x
	fn open_bounty() -> Weight;
	/// x
	fn invite() -> Weight;
	/// x
	fn enroll() -> Weight;
	/// x
	fn leave() -> Weight;
	/// x
	fn leave_last() -> Weight;
	/// x
	fn start() -> Weight;
	/// x
	fn close_bounty() -> Weight;
	/// x
	fn cancel_bounty() -> Weight;
	/// x
	fn advance_bounty() -> Weight;
	/// x
	fn authorize_advance_bounty() -> Weight;
	/// x
	fn advance(a: u32, t: u32) -> Weight;
	/// x
	fn authorize_advance(a: u32, t: u32) -> Weight;
	/// x
	fn open_attestations(p: u32) -> Weight;
	/// x
	fn draw(v: u32) -> Weight;
}
/// x
pub struct SheafWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn open_bounty() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn invite() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn enroll() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn leave() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn leave_last() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn start() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn close_bounty() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn cancel_bounty() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn advance_bounty() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_advance_bounty() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn advance(_a: u32, _t: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_advance(_a: u32, _t: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn open_attestations(_p: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn draw(_v: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
}
