//! The next round's Commit runs while a result is in its challenge window.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	BountyError, BountyState, Effect, Phase, RoundError, RoundIndex,
};

fn running(story: &Story) -> (u32, u32, u32) {
	match story.state() {
		BountyState::Running { settled, newest, last } => (settled.0, newest.0, last.0),
		other => panic!("not running: {other:?}"),
	}
}

#[test]
fn three_rounds_make_a_model_and_spend_the_reward() {
	let mut story = Story::running(plain_spec());
	let mut spent = 0;
	for (round, root) in [(FIRST, 60), (SECOND, 61), (THIRD, 62)] {
		story.accept(round, &result(root));
		story.settle(round);
		let (settled, settled_root, settlement) = story.settlement();
		assert_eq!((settled, settled_root), (round, Some(hash(root))));
		spent += settlement.total();
		assert_eq!(story.training.bounty.model_root, hash(root));
	}
	assert_eq!(spent, REWARD);
	assert_eq!(story.state(), &BountyState::Completed);
	assert_eq!(story.refund(), Some(0));
	assert!(story.training.lowest.is_none() && story.training.following.is_none());
}

#[test]
fn the_next_round_opens_when_a_result_is_accepted() {
	let story = Story::accepted(plain_spec(), &result(60));
	assert_eq!(story.place(SECOND), (0, Phase::Commit));
	assert_eq!(story.live(SECOND).previous_model_root, hash(60));
	assert_eq!(running(&story), (0, 2, 3));
	assert!(story.effects.contains(&Effect::RoundOpened(SECOND)));
}

#[test]
fn commit_does_not_end_before_the_round_before_is_settled() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.commit_all(SECOND);
	assert_eq!(story.place(SECOND), (0, Phase::Commit), "everybody committed");
	assert_eq!(story.advance(SECOND), round_error(RoundError::TooEarly), "and it is due");
}

#[test]
fn settlement_ends_the_next_commit_if_everybody_committed() {
	let mut spec = plain_spec();
	spec.lengths.commit = 100;
	let mut story = Story::accepted(spec, &result(60));
	story.commit_all(SECOND);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload));
	assert_eq!(running(&story), (1, 2, 3));
}

#[test]
fn settlement_ends_the_next_commit_if_it_is_due() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.commit(SECOND, 11).unwrap();
	story.commit(SECOND, 12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload));
	assert_eq!(story.active(), [11, 12], "13 missed it");
}

#[test]
fn a_commit_whose_deadline_is_the_settlement_is_due() {
	let mut spec = plain_spec();
	spec.lengths.commit = LENGTHS.window;
	let mut story = Story::accepted(spec, &result(60));
	assert_eq!(story.live(FIRST).deadline(), story.live(SECOND).deadline());
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (1, Phase::Commit));
}

#[test]
fn settlement_falls_short_in_the_next_round_if_it_is_due_with_too_few() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.commit(SECOND, 11).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (1, Phase::Commit));
	assert!(story.live(SECOND).previous_settled);
}

#[test]
fn settlement_may_abort_the_next_round_in_the_same_step() {
	let mut spec = plain_spec();
	spec.max_attempts = 1;
	let mut story = Story::accepted(spec, &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	let settled: Vec<_> = story
		.effects
		.iter()
		.filter_map(|effect| match effect {
			Effect::RoundSettled { round, root, .. } => Some((*round, *root)),
			_ => None,
		})
		.collect();
	assert_eq!(settled, [(FIRST, Some(hash(60))), (SECOND, None)]);
	assert_eq!(story.training.bounty.model_root, hash(60));
	assert_eq!(story.training.bounty.spent, REWARD);
	assert_eq!(story.refund(), Some(1_000_001));
}

#[test]
fn settlement_leaves_a_commit_open_that_is_not_due() {
	let mut spec = plain_spec();
	spec.lengths.commit = LENGTHS.window + 5;
	let mut story = Story::accepted(spec, &result(60));
	let deadline = story.live(SECOND).deadline();
	story.commit(SECOND, 11).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Commit));
	assert_eq!(story.live(SECOND).deadline(), deadline);
	assert_eq!(story.advance(SECOND), Ok(()));
	assert_eq!(story.place(SECOND), (1, Phase::Commit));
}

#[test]
fn commitments_are_taken_past_the_deadline_until_settlement() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.wait(LENGTHS.commit + 50);
	story.commit(SECOND, 11).unwrap();
	story.commit(SECOND, 12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload));
}

#[test]
fn the_accepted_round_takes_no_more_commitments() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	assert_eq!(story.commit(FIRST, 11), round_error(RoundError::WrongPhase));
}

#[test]
fn the_last_round_opens_none_after_it() {
	let mut story = Story::running(plain_spec());
	for (round, root) in [(FIRST, 60), (SECOND, 61)] {
		story.accept(round, &result(root));
		story.settle(round);
	}
	story.accept(THIRD, &result(62));
	assert!(story.training.following.is_none());
	assert_eq!(running(&story), (2, 3, 3));
}

#[test]
fn closing_makes_the_highest_opened_round_the_last_and_refunds_the_rest() {
	let mut story = Story::running(plain_spec());
	assert_eq!(story.close(), Ok(FIRST));
	story.accept(FIRST, &result(60));
	assert!(story.training.following.is_none(), "no round opens after the last");
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Completed);
	assert_eq!(story.refund(), Some(REWARD - 1_000_000));
	assert_eq!(story.training.bounty.spent, REWARD);
}

#[test]
fn closing_in_the_window_keeps_the_round_that_trains() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	assert_eq!(story.close(), Ok(SECOND));
	story.commit_all(SECOND);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload));
	story.accept(SECOND, &result(61));
	story.advance(SECOND).unwrap();
	assert_eq!(story.state(), &BountyState::Completed);
	assert_eq!(story.refund(), Some(1_000_001));
}

#[test]
fn a_discarded_round_reopens_although_the_bounty_was_closed() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.close().unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(running(&story), (0, 1, 2));
	story.publish(FIRST, 3, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Commit));
	assert_eq!(running(&story), (0, 2, 2));
}

#[test]
fn closing_after_a_discard_drops_the_discarded_round() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.close(), Ok(FIRST));
	story.publish(FIRST, 3, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert!(story.training.following.is_none());
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Completed);
}

#[test]
fn a_bounty_closes_only_while_running() {
	let wrong_state = refused(BountyError::WrongState);
	assert_eq!(Story::open(plain_spec()).close(), wrong_state);
	assert_eq!(Story::enrolling(plain_spec()).close(), wrong_state);
}

#[test]
fn an_ended_bounty_refuses_everything() {
	let mut story = Story::running(plain_spec());
	story.close().unwrap();
	story.accept(FIRST, &result(60));
	let deadline = story.live(FIRST).deadline();
	story.advance(FIRST).unwrap();
	let wrong_state = refused(BountyError::WrongState);
	assert_eq!(story.cancel(), wrong_state);
	assert_eq!(story.start(), wrong_state);
	assert_eq!(story.rejoin(11), wrong_state);
	assert_eq!(story.leave(11), wrong_state);
	assert_eq!(story.enroll_aggregator(31), wrong_state);
	assert_eq!(story.invite(20, 1), wrong_state);
	assert_eq!(story.strike(FIRST, 60), wrong_state);
	assert_eq!(story.enroll(20).map(|_| ()), wrong_state);
	assert_eq!(story.close().map(|_| ()), wrong_state);
	assert_eq!(story.vote_initial_model(201), wrong_state);
	let again = story
		.happen(|training, world| training.advance(FIRST, 0, Phase::Accepted, deadline, world));
	assert_eq!(again, wrong_state);
	let publish = story.publish_in(FIRST, 0, &account(201), &result(61));
	assert_eq!(publish, wrong_state);
	assert_eq!(story.training.round(RoundIndex(2)), None);
}
