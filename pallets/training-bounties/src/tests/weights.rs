use super::*;
use crate::{mock::Test, weighing::Size, weights::SheafWeight, WeightInfo};
use codec::MaxEncodedLen;
use sheaf_training::{Bounty, BountySpec, Round, MAX_ATTESTATIONS, MAX_TRAINERS};

#[test]
fn the_proof_size_covers_the_largest_bounty_with_two_rounds() {
	let largest =
		Bounty::max_encoded_len() + BountySpec::max_encoded_len() + 2 * Round::max_encoded_len();
	let weight = SheafWeight::<Test>::advance(MAX_ATTESTATIONS, MAX_TRAINERS);
	assert!(u64::try_from(largest).unwrap() <= weight.proof_size(), "{largest} bytes");
}

#[test]
fn ending_a_phase_of_a_small_round_weighs_less_than_the_most() {
	build_and_execute(|| {
		open_running();
		let most = Size::most::<Test>();
		let size = Size::of::<Test>(&TrainingBounties::load(BOUNTY).unwrap());
		assert!(size.unspent::<Test>().ref_time() > 0);
		System::set_block_number(round(1).deadline());
		let (phase, deadline) = (Phase::Commit, round(1).deadline());
		let done =
			TrainingBounties::advance(authorized(), BOUNTY, RoundIndex(1), 0, phase, deadline);
		let weight = done.unwrap().actual_weight.unwrap();
		assert_eq!(weight, size.advance::<Test>());
		assert!(weight.all_lt(most.advance::<Test>()));
	});
}
