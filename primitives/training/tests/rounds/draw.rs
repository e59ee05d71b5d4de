//! Drawing committees, attempts and their lengths.

use crate::support::*;
use sheaf_training::{
	testing::{account, member},
	BountyState, Effect, Phase, DRAW_DELAY,
};

#[test]
fn with_more_validators_than_seats_the_draw_waits_for_randomness() {
	let mut story = Story::running(plain_spec());
	story.world.crowded = true;
	story.commit_all(FIRST);
	assert_eq!(story.place(FIRST), (0, Phase::Draw));
	assert_eq!(story.live(FIRST).deadline(), story.world.now + DRAW_DELAY);
	assert!(story.committee(FIRST).is_empty());
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
	assert_eq!(story.committee(FIRST).len(), 4);
}

#[test]
fn a_retry_draws_again_and_goes_on_where_inputs_are_frozen() {
	let mut story = Story::attesting(plain_spec());
	story.world.crowded = true;
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Draw));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
}

#[test]
fn a_chain_that_never_draws_aborts_the_round_instead_of_stalling_it() {
	let mut story = Story::running(plain_spec());
	story.world.never_draws = true;
	story.commit_all(FIRST);
	assert_eq!(story.place(FIRST), (0, Phase::Draw));
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
}

#[test]
fn too_few_verifiers_abort_and_the_included_are_paid() {
	let mut story = Story::attesting(plain_spec());
	story.world.verifiers.truncate(3);
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.payments(), [(11, 250_000), (12, 250_000), (13, 250_000)]);
	assert_eq!(story.refund(), Some(REWARD - 1_000_000));
}

#[test]
fn an_empty_committee_is_as_good_as_none() {
	let mut story = Story::running(plain_spec());
	story.world.min_committee = 0;
	story.world.verifiers.clear();
	story.commit_all(FIRST);
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.settlement().2.refund, 1_000_000);
}

#[test]
fn one_verifier_is_a_committee_where_the_chain_allows_it() {
	let mut story = Story::running(plain_spec());
	story.world.min_committee = 1;
	story.world.verifiers = vec![member(201)];
	story.commit_all(FIRST);
	story.vote(FIRST, 0, &[11, 12, 13]).unwrap();
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
}

#[test]
fn each_attempt_seats_another_committee_and_releases_the_last() {
	let mut story = Story::attesting(plain_spec());
	let first = story.committee(FIRST);
	story.advance(FIRST).unwrap();
	let second = story.committee(FIRST);
	assert_ne!(first, second);
	let place = |wanted: Effect| story.effects.iter().position(|effect| *effect == wanted);
	let dismissed = place(Effect::CommitteeDismissed { round: FIRST, members: first });
	let seated = place(Effect::CommitteeSeated { round: FIRST, members: second });
	assert!(dismissed.is_some() && dismissed < seated, "a member may sit again");
}

#[test]
fn each_attempt_doubles_upload_attest_and_publish_up_to_a_bound() {
	let mut spec = plain_spec();
	spec.max_attempts = 8;
	let mut story = Story::uploading(spec);
	for attempt in 0..4 {
		let length = story.live(FIRST).phase_length;
		assert_eq!(length, LENGTHS.upload << attempt, "Upload of attempt {attempt}");
		story.advance(FIRST).unwrap();
	}
	assert_eq!(story.place(FIRST), (4, Phase::Upload));
	assert_eq!(story.live(FIRST).phase_length, LENGTHS.upload << 3);
	story.upload_all(FIRST);
	assert_eq!(story.live(FIRST).phase_length, LENGTHS.attest << 3);
	story.attest_all(FIRST, &result(60));
	assert_eq!(story.live(FIRST).phase_length, LENGTHS.publish << 3);
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(story.live(FIRST).phase_length, LENGTHS.window, "the window does not double");
}

#[test]
fn every_restart_counts_toward_the_same_bound() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Commit), "Short");
	story.rejoin(12).unwrap();
	story.commit(FIRST, 12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (2, Phase::Upload), "nobody voted");
	story.upload_all(FIRST);
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted, "nobody attested");
	assert_eq!(story.payments(), [(11, 375_000), (12, 375_000)]);
}

#[test]
fn struck_members_and_aggregators_are_not_drawn_again() {
	let mut story = Story::with_aggregators(plain_spec(), &[31, 32]);
	story.world.min_committee = 1;
	story.accept(FIRST, &result(66));
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [31, 201, 202, 203, 204]);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	let mut committee = story.committee(FIRST);
	committee.sort();
	assert_eq!(committee, [account(205), account(206)]);
	assert_eq!(story.live(FIRST).aggregator, Some(account(32)));
}
