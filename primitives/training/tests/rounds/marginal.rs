//! Pay by marginal contribution, from the scores to the settlement.

use crate::support::*;
use sheaf_training::{
	testing::hash, BountySpec, LeaveOneOut, Phase, RoundError, RoundResult, Scores,
};
use sp_runtime::{BoundedVec, Permill};

/// As [`sliced_spec`], half by contribution.
fn measured_spec() -> BountySpec {
	BountySpec { marginal_share: Permill::from_percent(50), ..sliced_spec() }
}

/// A result with 100 correct answers, and these without each of the updates.
fn measured(without: &[(u32, u32)]) -> RoundResult {
	let entries = without
		.iter()
		.map(|(correct, changed)| LeaveOneOut { correct: *correct, changed: *changed });
	let leave_one_out = BoundedVec::truncate_from(entries.collect());
	let scores = Scores { correct: 100, leave_one_out, answers: hash(9) };
	RoundResult { next_model_root: hash(60), scores: Some(scores) }
}

fn settled(spec: BountySpec, result: &RoundResult) -> Story {
	let mut story = Story::accepted(spec, result);
	story.advance(FIRST).unwrap();
	story
}

/// What the trainers got, of 750,000.
fn paid(story: &Story) -> Vec<u128> {
	story.payments().into_iter().filter(|(who, _)| *who < 100).map(|(_, amount)| amount).collect()
}

#[test]
fn contributions_above_the_noise_are_paid_in_proportion() {
	let story = settled(measured_spec(), &measured(&[(80, 30), (90, 20), (96, 30)]));
	// 20 and 10 count; 16 < 4 * 30 does not. 375,000 by contribution, at most 250,000 each.
	let equal = (750_000 - 250_000 - 125_000) / 3;
	assert_eq!(paid(&story), [equal + 250_000, equal + 125_000, equal]);
	assert_eq!(story.settlement().2.total(), 1_000_000);
}

#[test]
fn where_nobodys_contribution_counts_all_are_paid_equally() {
	let story = settled(measured_spec(), &measured(&[(100, 0), (120, 20), (99, 9)]));
	assert_eq!(paid(&story), [250_000; 3]);
}

#[test]
fn a_round_whose_slice_was_not_available_is_paid_equally() {
	let mut story = Story::uploading(measured_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 12, 13]).unwrap();
	}
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(paid(&story), [250_000; 3]);
}

#[test]
fn scores_leave_out_every_included_trainer_once() {
	let mut story = Story::uploading(measured_spec());
	for seat in 0..3 {
		story.vote_with_slice(FIRST, seat, &[11, 13]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.included(FIRST), [11, 13]);
	for without in [&[][..], &[(80, 30)], &[(80, 30); 3]] {
		let mut wrong = story.clone();
		wrong.attest_all(FIRST, &measured(without));
		let malformed = wrong.publish(FIRST, 0, &measured(without));
		assert_eq!(malformed, round_error(RoundError::MalformedScores));
	}
	let right = measured(&[(80, 30), (100, 0)]);
	story.attest_all(FIRST, &right);
	story.publish(FIRST, 0, &right).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	story.advance(FIRST).unwrap();
	assert_eq!(story.payments().first(), Some(&(11, 562_500)), "375,000 / 2 + 375,000");
	assert_eq!(story.payments().get(1), Some(&(13, 187_500)), "slot 2");
}
