//! Roots that were struck because nobody opened them.

use crate::support::*;
use sheaf_training::{testing::account, BountyState, Phase};

/// Depth 10: two answers to the leaves.
const LEAVES: u64 = 600;

/// The first committee attests a result and does not open it; the second attempt attests.
fn withheld_once() -> (Claim, Story) {
	let claim = Claim::new(LEAVES);
	let mut story = Story::attesting(claim.spec());
	story.world.min_committee = 2;
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.open_challenge(99).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203, 204]);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	(claim, story)
}

#[test]
fn who_withheld_a_right_result_does_not_make_later_committees_wrong() {
	let (claim, mut story) = withheld_once();
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Accepted));
	assert!(story.offenders().is_empty());
	story.advance(FIRST).unwrap();
	assert_eq!(story.settlement().1, Some(claim.root()));
}

#[test]
fn who_withheld_a_result_is_not_punished_again_nor_rewarded() {
	let (claim, mut story) = withheld_once();
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	let mut proven_wrong = story.clone();
	story.advance(FIRST).unwrap();
	assert_eq!(story.dissenters(), Some(vec![205, 206]));
	assert!(story.conducts().iter().all(|(who, ..)| !(201..=204).contains(who)));
	proven_wrong.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(proven_wrong.offenders(), [205, 206]);
}

#[test]
fn who_withheld_a_result_that_it_had_attested_before_pays_for_it_once() {
	let claim = Claim::new(LEAVES);
	let mut story = Story::attesting(claim.spec());
	story.world.min_committee = 2;
	story.attest_by(FIRST, &[0, 1], &claim.result());
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.open_challenge(99).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.offenders(), [202, 203, 204, 205]);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (2, Phase::Attest));
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(story.offenders(), [201, 206], "202 attested it in the first attempt too");
}

#[test]
fn an_abort_after_a_silence_resolves_its_strike() {
	let claim = Claim::new(LEAVES);
	let mut story = Story::attesting(claim.spec());
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.open_challenge(99).unwrap();
	story.advance(FIRST).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted, "too few verifiers are left");
	assert_eq!(story.dissenters(), Some(vec![]));
	assert_eq!(story.payments(), [(11, 250_000), (12, 250_000), (13, 250_000)]);
}

#[test]
fn within_its_attempt_a_withheld_root_stays_struck() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &scored(66, 1));
	story.attest_by(FIRST, &[3], &scored(66, 2));
	story.publish(FIRST, 0, &scored(66, 1)).unwrap();
	story.open_challenge(99).unwrap();
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 3, &scored(66, 2)).unwrap();
	assert_eq!(story.offenders(), [204], "it could have answered");
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
}

#[test]
fn a_committee_that_was_dismissed_does_not_pay_for_the_silence_of_a_later_one() {
	let claim = Claim::new(LEAVES);
	let mut story = Story::attesting(claim.spec());
	story.attest_by(FIRST, &[0], &claim.result());
	story.advance(FIRST).unwrap();
	assert_eq!(story.committee(FIRST).first(), Some(&account(202)));
	story.attest_all(FIRST, &claim.result());
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.open_challenge(99).unwrap();
	let mut answered = story.clone();
	answered.answer(201, &claim).expect("it attested the result");
	story.advance(FIRST).unwrap();
	assert_eq!(story.offenders(), [202, 203, 204, 205]);
}

#[test]
fn after_a_silence_the_dissenters_result_is_accepted() {
	let mut story = Story::claimed(&Claim::new(LEAVES));
	story.open_challenge(204).unwrap();
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 3, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(60)));
	story.advance(FIRST).unwrap();
	assert_eq!(story.dissenters(), Some(vec![204]));
}
