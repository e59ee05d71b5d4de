//! Commit, and Short.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	Absence, BountyError, BountyState, Effect, OpenedRoot, Phase, RoundError, RoundIndex, Slot,
};

#[test]
fn a_round_opens_in_commit() {
	let story = Story::running(plain_spec());
	assert_eq!(story.place(FIRST), (0, Phase::Commit));
	assert_eq!(story.live(FIRST).deadline(), story.world.now + LENGTHS.commit);
	assert_eq!(story.live(FIRST).previous_model_root, story.training.spec.initial_model_root);
	let deadline = story.live(FIRST).deadline();
	let phase = Effect::PhaseStarted { round: FIRST, attempt: 0, phase: Phase::Commit, deadline };
	assert_eq!(story.effects, [Effect::RoundOpened(FIRST), phase]);
}

#[test]
fn the_last_active_trainers_commitment_ends_commit() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Commit), "13 is waited for");
	story.commit(FIRST, 13).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
	assert_eq!(story.committee(FIRST).len(), 4);
	let seated = Effect::CommitteeSeated { round: FIRST, members: story.committee(FIRST) };
	assert_eq!(story.effects.first(), Some(&seated));
}

#[test]
fn at_its_deadline_the_minimum_is_enough_and_who_missed_it_becomes_inactive() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 13).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
	assert_eq!(story.active(), [11, 13]);
	assert!(story.effects.contains(&Effect::TrainersInactive {
		round: FIRST,
		accounts: vec![account(12)],
		absence: Absence::MissedCommit,
	}));
}

#[test]
fn too_few_commitments_start_attempts_until_none_is_left_and_everything_is_refunded() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	for attempt in 1..3 {
		story.advance(FIRST).unwrap();
		assert_eq!(story.place(FIRST), (attempt, Phase::Commit));
		assert_eq!(story.live(FIRST).deadline(), story.world.now + LENGTHS.commit);
		assert!(story.live(FIRST).committed(&account(11)));
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.settlement().1, None);
	assert_eq!(story.payments(), []);
	assert_eq!(story.settlement().2.refund, 1_000_000);
	assert_eq!(story.refund(), Some(REWARD - 1_000_000));
}

#[test]
fn a_commitment_stands_in_later_attempts_and_is_opened_with_its_own() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.advance(FIRST).unwrap();
	story.rejoin(12).unwrap();
	assert_eq!(story.commit(FIRST, 11), round_error(RoundError::AlreadyCommitted));
	story.commit(FIRST, 12).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Upload), "13 is inactive and not waited for");
	let attempts: Vec<u8> = story.live(FIRST).commitments.iter().map(|c| c.attempt).collect();
	assert_eq!(attempts, [0, 1]);
	story.upload_all(FIRST);
	assert_eq!(story.included(FIRST), [11, 12]);
}

#[test]
fn a_commitment_of_an_earlier_round_opens_nothing_in_this_one() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	let replayed = story.commitment(FIRST, 11, &update_root(11, FIRST));
	story.commit_hash(SECOND, 11, replayed).unwrap();
	story.settle(FIRST);
	let root = OpenedRoot { slot: Some(Slot(0)), root: update_root(11, FIRST) };
	assert_eq!(story.vote_raw(SECOND, 0, 0, &[root]), round_error(RoundError::RootOpensNothing));
}

#[test]
fn a_copied_commitment_neither_opens_nor_keeps_the_original_out() {
	let mut story = Story::running(plain_spec());
	let original = story.commitment(FIRST, 11, &update_root(11, FIRST));
	story.commit_hash(FIRST, 12, original).unwrap();
	story.commit_hash(FIRST, 11, original).unwrap();
	story.commit(FIRST, 13).unwrap();
	let copied = OpenedRoot { slot: Some(Slot(1)), root: update_root(11, FIRST) };
	assert_eq!(story.vote_raw(FIRST, 0, 0, &[copied]), round_error(RoundError::RootOpensNothing));
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 13]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.included(FIRST), [11, 13]);
}

#[test]
fn a_commitment_is_refused_from_whom_and_when_it_is_not_due() {
	let mut story = Story::running(plain_spec());
	assert_eq!(story.commit(FIRST, 14), refused(BountyError::NotEnrolled));
	assert_eq!(story.commit(SECOND, 11), refused(BountyError::NoSuchRound));
	assert_eq!(story.commit(RoundIndex(0), 11), refused(BountyError::NoSuchRound));
	let early =
		story.happen(|training, world| training.commit(FIRST, 1, &account(11), hash(2), world));
	assert_eq!(early, round_error(RoundError::WrongAttempt));
	story.commit(FIRST, 11).unwrap();
	assert_eq!(story.commit(FIRST, 11), round_error(RoundError::AlreadyCommitted));
	story.wait(LENGTHS.commit - 1);
	story.commit(FIRST, 12).unwrap();
	story.wait(1);
	assert_eq!(story.commit(FIRST, 13), round_error(RoundError::DeadlinePassed));
	story.advance(FIRST).unwrap();
	assert_eq!(story.commit(FIRST, 13), refused(BountyError::Inactive));
	assert_eq!(story.commit(FIRST, 11), round_error(RoundError::WrongPhase));
}

#[test]
fn before_and_after_the_rounds_there_is_nothing_to_commit_to() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	assert_eq!(story.commit(FIRST, 11), refused(BountyError::WrongState));
	story.cancel().unwrap();
	assert_eq!(story.commit(FIRST, 11), refused(BountyError::WrongState));
}

#[test]
fn advance_must_name_the_attempt_the_phase_and_the_deadline_that_passed() {
	let mut story = Story::running(plain_spec());
	let deadline = story.live(FIRST).deadline();
	let mut advance = |now, attempt, phase, deadline| {
		story.world.now = now;
		story.happen(|training, world| training.advance(FIRST, attempt, phase, deadline, world))
	};
	let (before, commit) = (deadline - 1, Phase::Commit);
	assert_eq!(advance(before, 0, commit, deadline), round_error(RoundError::TooEarly));
	assert_eq!(advance(deadline, 1, commit, deadline), round_error(RoundError::WrongAttempt));
	assert_eq!(advance(deadline, 0, Phase::Upload, deadline), round_error(RoundError::WrongPhase));
	assert_eq!(advance(deadline, 0, commit, before), round_error(RoundError::StaleDeadline));
	assert_eq!(advance(deadline, 0, commit, deadline), Ok(()));
}
