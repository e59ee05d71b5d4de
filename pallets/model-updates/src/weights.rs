//! x
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// x
pub trait WeightInfo {
	/// x
	fn commit_update() -> Weight;
	/// x
	fn commit_last_update() -> Weight;
	/// x
	fn vote_initial_model() -> Weight;
	/// x
	fn vote(r: u32) -> Weight;
	/// x
	fn authorize_vote(r: u32) -> Weight;
	/// x
	fn last_vote() -> Weight;
	/// x
	fn authorize_last_vote() -> Weight;
	/// x
	fn attest() -> Weight;
	/// x
	fn authorize_attestation() -> Weight;
	/// x
	fn publish() -> Weight;
	/// x
	fn publish_struck(o: u32) -> Weight;
	/// x
	fn authorize_publication() -> Weight;
	/// x
	fn prove_wrong_chunk(n: u32, o: u32) -> Weight;
	/// x
	fn authorize_wrong_result(n: u32) -> Weight;
	/// x
	fn open_challenge() -> Weight;
	/// x
	fn authorize_challenge() -> Weight;
	/// x
	fn answer_challenge(h: u32) -> Weight;
	/// x
	fn authorize_answer(h: u32) -> Weight;
	/// x
	fn narrow_challenge() -> Weight;
	/// x
	fn authorize_narrowing() -> Weight;
	/// x
	fn apply_slash(d: u32) -> Weight;
	/// x
	fn authorize_slash() -> Weight;
	/// x
	fn cancel_slash() -> Weight;
	/// x
	fn open_attestations(p: u32) -> Weight;
	/// x
	fn draw(v: u32) -> Weight;
}
/// x
pub struct SheafWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	fn commit_update() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn commit_last_update() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn vote_initial_model() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn vote(_r: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_vote(_r: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn last_vote() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_last_vote() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn attest() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_attestation() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn publish() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn publish_struck(_o: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_publication() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn prove_wrong_chunk(_n: u32, _o: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_wrong_result(_n: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn open_challenge() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_challenge() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn answer_challenge(_h: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_answer(_h: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn narrow_challenge() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_narrowing() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn apply_slash(_d: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn authorize_slash() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn cancel_slash() -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn open_attestations(_p: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
	fn draw(_v: u32) -> Weight {
		Weight::from_parts(1_000_000_000, 1)
	}
}
