//! Attest, and Retry.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	BountyState, Phase, RoundError,
};

#[test]
fn every_member_and_the_aggregator_end_attest() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	assert_eq!(story.place(FIRST), (0, Phase::Attest), "the aggregator is waited for");
	story.attest(FIRST, &account(31), &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
}

#[test]
fn an_absent_aggregator_delays_a_round_by_attest_at_most() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
}

#[test]
fn at_its_deadline_a_quorum_of_members_is_enough() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[1, 2, 3], &result(60));
	assert_eq!(story.place(FIRST), (0, Phase::Attest));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
}

#[test]
fn the_aggregator_does_not_count_toward_the_quorum() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.attest(FIRST, &account(31), &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
}

#[test]
fn without_a_quorum_the_round_retries_with_the_same_inputs() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	let (frozen, committee) = (story.frozen(FIRST).clone(), story.committee(FIRST));
	story.attest_by(FIRST, &[0, 1], &scored(60, 7));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	assert_eq!(story.frozen(FIRST), &frozen, "U and the slice are kept");
	assert_ne!(story.committee(FIRST), committee);
}

#[test]
fn when_attempts_run_out_the_included_are_paid_and_the_rest_goes_back() {
	let mut story = Story::attesting(plain_spec());
	for attempt in 1..3 {
		story.advance(FIRST).unwrap();
		assert_eq!(story.place(FIRST), (attempt, Phase::Attest));
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.payments(), [(11, 250_000), (12, 250_000), (13, 250_000)]);
	assert_eq!(story.settlement().2.treasury, 200_000);
	assert_eq!(story.refund(), Some(REWARD - 1_000_000));
	assert_eq!(story.training.bounty.spent, REWARD);
}

#[test]
fn an_attestation_over_other_inputs_is_refused() {
	let mut story = Story::attesting(plain_spec());
	let member = story.committee(FIRST)[0].clone();
	let (_, attestation) = story.attestation(FIRST, &member, &result(60));
	let foreign = story
		.happen(|training, world| training.attest(FIRST, 0, &member, hash(2), attestation, world));
	assert_eq!(foreign, round_error(RoundError::WrongInputs));
}

#[test]
fn only_the_committee_and_the_drawn_aggregator_attest_once_and_in_time() {
	let mut story = Story::with_aggregators(plain_spec(), &[31, 32]);
	story.commit_all(FIRST);
	let member = story.committee(FIRST)[0].clone();
	let early =
		story.happen(|training, world| training.attest(FIRST, 0, &member, hash(2), hash(3), world));
	assert_eq!(early, round_error(RoundError::WrongPhase));
	story.upload_all(FIRST);
	let right = result(60);
	for outsider in [205, 32, 11] {
		let attested = story.attest(FIRST, &account(outsider), &right);
		assert_eq!(attested, round_error(RoundError::NotOnCommittee));
	}
	story.attest(FIRST, &member, &right).unwrap();
	let again = story.attest(FIRST, &member, &result(61));
	assert_eq!(again, round_error(RoundError::AlreadyAttested));
	let (inputs, attestation) = story.attestation(FIRST, &account(202), &right);
	let other_attempt = story.happen(|training, world| {
		training.attest(FIRST, 1, &account(202), inputs, attestation, world)
	});
	assert_eq!(other_attempt, round_error(RoundError::WrongAttempt));
	story.wait(LENGTHS.attest);
	let late = story.attest(FIRST, &account(202), &right);
	assert_eq!(late, round_error(RoundError::DeadlinePassed));
}

#[test]
fn a_member_that_is_also_the_aggregator_attests_once_and_is_paid_for_both() {
	let mut story = Story::with_aggregators(plain_spec(), &[202]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	assert_eq!(
		story.attest(FIRST, &account(202), &result(60)),
		round_error(RoundError::AlreadyAttested)
	);
	story.attest_by(FIRST, &[3], &result(60));
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	let paid: Vec<u128> =
		story.payments().iter().filter(|(who, _)| *who == 202).map(|(_, amount)| *amount).collect();
	assert_eq!(paid, [25_000, 50_000]);
}
