//! Publish, and publications in Accepted.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	BountyState, Effect, Phase, RoundError,
};

#[test]
fn one_publication_opens_every_attestation_and_accepts_the_result() {
	let mut story = Story::attesting(plain_spec());
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 2, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	assert_eq!(story.live(FIRST).deadline(), story.world.now + LENGTHS.window);
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(60)));
	let accepted = Effect::ResultAccepted { round: FIRST, root: hash(60), correct: None };
	assert!(story.effects.contains(&accepted));
}

#[test]
fn the_aggregator_may_publish() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_all(FIRST, &result(60));
	story.publish_in(FIRST, 0, &account(31), &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
}

#[test]
fn a_scored_result_tells_how_many_answers_are_correct() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_all(FIRST, &scored(60, 7));
	story.publish(FIRST, 0, &scored(60, 7)).unwrap();
	let accepted = Effect::ResultAccepted { round: FIRST, root: hash(60), correct: Some(7) };
	assert!(story.effects.contains(&accepted));
}

#[test]
fn a_minoritys_result_is_not_accepted() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0], &result(66));
	story.attest_by(FIRST, &[1, 2, 3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	story.publish(FIRST, 1, &result(60)).unwrap();
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(60)));
}

#[test]
fn if_nobody_publishes_the_round_retries() {
	let mut story = Story::attesting(plain_spec());
	let inputs = story.frozen(FIRST).inputs;
	story.attest_all(FIRST, &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	assert_eq!(story.frozen(FIRST).inputs, inputs);
}

#[test]
fn a_split_committee_retries_even_if_both_results_are_public() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1], &result(66));
	story.attest_by(FIRST, &[2, 3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.publish(FIRST, 2, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest), "never accepted yet");
}

#[test]
fn garbage_attestations_open_to_nothing_and_the_round_retries() {
	let mut story = Story::attesting(plain_spec());
	let inputs = story.frozen(FIRST).inputs;
	for member in story.committee(FIRST) {
		story
			.happen(|training, world| training.attest(FIRST, 0, &member, inputs, hash(2), world))
			.unwrap();
	}
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	assert_eq!(story.publish(FIRST, 0, &result(60)), round_error(RoundError::NotAttested));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
}

#[test]
fn only_who_attested_a_result_may_publish_it() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	story.advance(FIRST).unwrap();
	let not_attested = round_error(RoundError::NotAttested);
	assert_eq!(story.publish(FIRST, 3, &result(60)), not_attested, "a member that did not attest");
	assert_eq!(story.publish(FIRST, 0, &result(61)), not_attested, "another result");
	assert_eq!(story.publish_in(FIRST, 0, &account(11), &result(60)), not_attested);
	story.publish(FIRST, 0, &result(60)).unwrap();
}

#[test]
fn an_attestation_cannot_be_copied() {
	let mut story = Story::attesting(plain_spec());
	let [first, second] = [0, 1].map(|seat| story.committee(FIRST)[seat].clone());
	let (inputs, copied) = story.attestation(FIRST, &first, &result(60));
	story.attest(FIRST, &first, &result(60)).unwrap();
	story
		.happen(|training, world| training.attest(FIRST, 0, &second, inputs, copied, world))
		.unwrap();
	story.attest_by(FIRST, &[2], &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.publish(FIRST, 1, &result(60)), round_error(RoundError::NotAttested));
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish), "the copy supports nothing: two of four");
}

#[test]
fn scores_must_be_there_exactly_if_a_slice_was_frozen() {
	let malformed = round_error(RoundError::MalformedScores);
	let mut plain = Story::attesting(plain_spec());
	plain.attest_all(FIRST, &scored(60, 7));
	assert_eq!(plain.publish(FIRST, 0, &scored(60, 7)), malformed);
	let mut sliced = Story::uploading(sliced_spec());
	sliced.upload_all(FIRST);
	sliced.attest_all(FIRST, &result(60));
	assert_eq!(sliced.publish(FIRST, 0, &result(60)), malformed);
}

#[test]
fn marginal_scores_are_uncalled_for() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	let mut marginal = scored(60, 7);
	let entry = sheaf_training::LeaveOneOut { correct: 1, changed: 1 };
	marginal.scores.as_mut().unwrap().leave_one_out.try_push(entry).unwrap();
	story.attest_all(FIRST, &marginal);
	assert_eq!(story.publish(FIRST, 0, &marginal), round_error(RoundError::MalformedScores));
}

#[test]
fn a_publication_is_refused_twice_early_and_late() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0], &result(66));
	let early = story.publish(FIRST, 0, &result(66));
	assert_eq!(early, round_error(RoundError::WrongPhase));
	story.attest_by(FIRST, &[1, 2, 3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	let again = story.publish(FIRST, 0, &result(66));
	assert_eq!(again, round_error(RoundError::AlreadyPublished));
	let member = story.committee(FIRST)[1].clone();
	let later = story.publish_in(FIRST, 1, &member, &result(60));
	assert_eq!(later, round_error(RoundError::WrongAttempt));
	story.wait(LENGTHS.publish);
	let late = story.publish(FIRST, 1, &result(60));
	assert_eq!(late, round_error(RoundError::DeadlinePassed));
}

#[test]
fn a_result_of_an_earlier_attempt_may_be_published_until_settlement() {
	let mut story = Story::attesting(plain_spec());
	let early = story.committee(FIRST)[0].clone();
	story.attest_all(FIRST, &result(66));
	story.advance(FIRST).unwrap();
	let in_attest = story.publish_in(FIRST, 0, &early, &result(66));
	assert_eq!(in_attest, round_error(RoundError::WrongPhase));
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.wait(LENGTHS.window + 5);
	story.publish_in(FIRST, 0, &early, &result(66)).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Accepted));
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(60)));
	assert_eq!(story.live(FIRST).publications.len(), 2);
}

#[test]
fn a_publication_names_the_attempt_of_its_attestation() {
	let mut story = Story::attesting(plain_spec());
	let member = story.committee(FIRST)[1].clone();
	story.attest_all(FIRST, &result(60));
	story.advance(FIRST).unwrap();
	assert!(story.committee(FIRST).contains(&member));
	story.attest_all(FIRST, &result(61));
	let wrong_attempt = story.publish_in(FIRST, 1, &member, &result(60));
	assert_eq!(wrong_attempt, round_error(RoundError::NotAttested));
	story.publish_in(FIRST, 0, &member, &result(60)).unwrap();
}

#[test]
fn attestations_of_an_earlier_attempt_support_nothing_in_this_one() {
	let mut story = Story::attesting(plain_spec());
	story.attest_all(FIRST, &result(60));
	let early = story.committee(FIRST)[0].clone();
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &result(61));
	story.publish_in(FIRST, 0, &early, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Publish), "four members, but of another attempt");
	story.publish(FIRST, 0, &result(61)).unwrap();
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(61)));
}

#[test]
fn a_result_that_is_public_already_is_accepted_when_it_is_attested_again() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.attest_by(FIRST, &[2], &result(66));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	story.attest_all(FIRST, &result(60));
	assert_eq!(story.place(FIRST), (1, Phase::Accepted), "nobody needs to publish it again");
}

#[test]
fn publishing_never_ends_without_attestations_that_agree() {
	let mut story = Story::attesting(plain_spec());
	for _ in 0..3 {
		story.attest_by(FIRST, &[0, 1], &result(60));
		story.attest_by(FIRST, &[2, 3], &result(61));
		story.advance(FIRST).unwrap();
	}
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.payments().len(), 3, "the trainers did their work");
}
