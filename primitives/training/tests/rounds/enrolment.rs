//! Before and around the rounds.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	BountyError, BountySpec, BountyState, Effect, EnrolmentPolicy, Phase, RoundIndex, Slot,
};

fn invited_spec() -> BountySpec {
	BountySpec { enrolment: EnrolmentPolicy::Invited, max_weight: 9, ..plain_spec() }
}

#[test]
fn a_quorum_that_holds_the_initial_model_opens_enrolment() {
	let mut story = Story::open(plain_spec());
	story.vote_initial_model(201).unwrap();
	story.vote_initial_model(204).unwrap();
	assert!(matches!(story.state(), BountyState::Preparing { .. }));
	story.vote_initial_model(202).unwrap();
	let deadline = story.world.now + LENGTHS.enrolment;
	assert_eq!(story.state(), &BountyState::Enrolling { deadline });
	let members = (201..=204).map(account).collect();
	let round = RoundIndex::INITIAL_MODEL;
	let dismissed = Effect::CommitteeDismissed { round, members };
	assert_eq!(story.effects, [dismissed, Effect::EnrolmentOpened]);
}

#[test]
fn only_the_committee_votes_for_the_initial_model_once_and_in_time() {
	let mut story = Story::open(plain_spec());
	assert_eq!(story.vote_initial_model(205), refused(BountyError::NotOnCommittee));
	story.vote_initial_model(201).unwrap();
	assert_eq!(story.vote_initial_model(201), refused(BountyError::AlreadyVoted));
	story.wait(LENGTHS.prepare);
	assert_eq!(story.vote_initial_model(202), refused(BountyError::DeadlinePassed));
}

#[test]
fn a_model_that_does_not_arrive_in_time_cancels_the_bounty() {
	let mut story = Story::open(plain_spec());
	story.vote_initial_model(201).unwrap();
	story.advance_bounty().unwrap();
	assert_eq!(story.state(), &BountyState::Cancelled);
	assert_eq!(story.refund(), Some(REWARD));
	assert_eq!(story.training.bounty.spent, REWARD);
	assert!(matches!(story.effects.first(), Some(Effect::CommitteeDismissed { .. })));
}

#[test]
fn advance_bounty_must_name_the_deadline_that_passed() {
	let mut story = Story::open(plain_spec());
	let deadline = story.world.now + LENGTHS.prepare;
	let mut advance = |now, deadline| {
		story.world.now = now;
		story.happen(|training, world| training.advance_bounty(deadline, world))
	};
	assert_eq!(advance(deadline, deadline - 1), refused(BountyError::StaleDeadline));
	assert_eq!(advance(deadline - 1, deadline), refused(BountyError::TooEarly));
	assert_eq!(advance(deadline, deadline), Ok(()));
	assert_eq!(advance(deadline, deadline), refused(BountyError::WrongState));
	assert_eq!(Story::running(plain_spec()).advance_bounty(), refused(BountyError::WrongState));
}

#[test]
fn enrolment_ends_at_its_deadline_with_enough_trainers() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	story.enroll(12).unwrap();
	story.advance_bounty().unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Commit));
}

#[test]
fn enrolment_ends_at_its_deadline_with_a_refund_if_too_few_came() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	story.advance_bounty().unwrap();
	assert_eq!(story.state(), &BountyState::Cancelled);
	assert_eq!(story.refund(), Some(REWARD));
}

#[test]
fn the_last_place_starts_the_rounds() {
	let mut story = Story::enrolling(plain_spec());
	assert_eq!(story.enroll(11), Ok(Slot(0)));
	assert_eq!(story.enroll(12), Ok(Slot(1)));
	assert!(matches!(story.state(), BountyState::Enrolling { .. }));
	assert_eq!(story.enroll(13), Ok(Slot(2)));
	assert_eq!(story.place(FIRST), (0, Phase::Commit));
}

#[test]
fn the_sponsor_starts_early_with_the_minimum() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	assert_eq!(story.start(), refused(BountyError::TooFewTrainers));
	story.enroll(12).unwrap();
	story.start().unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Commit));
	assert_eq!(story.start(), refused(BountyError::WrongState));
}

#[test]
fn nobody_enrols_or_leaves_after_the_deadline() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	story.wait(LENGTHS.enrolment);
	assert_eq!(story.enroll(12), refused(BountyError::DeadlinePassed));
	assert_eq!(story.leave(11), refused(BountyError::DeadlinePassed));
}

#[test]
fn nobody_enrols_into_or_leaves_a_commit_that_is_over() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	story.enroll(12).unwrap();
	story.start().unwrap();
	story.wait(LENGTHS.commit);
	assert_eq!(story.enroll(13), refused(BountyError::DeadlinePassed));
	assert_eq!(story.leave(12), refused(BountyError::DeadlinePassed), "it missed the commit");
}

#[test]
fn a_commit_that_waits_for_the_round_before_takes_newcomers_past_its_deadline() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.wait(LENGTHS.commit + 1);
	story.leave(12).unwrap();
	assert_eq!(story.enroll(14), Ok(Slot(1)));
	story.commit(SECOND, 14).unwrap();
}

#[test]
fn a_cancelled_bounty_refunds_the_reward() {
	for mut story in [Story::open(plain_spec()), Story::enrolling(plain_spec())] {
		story.cancel().unwrap();
		assert_eq!(story.state(), &BountyState::Cancelled);
		assert_eq!(story.refund(), Some(REWARD));
		assert_eq!(story.cancel(), refused(BountyError::WrongState));
	}
	assert_eq!(Story::running(plain_spec()).cancel(), refused(BountyError::WrongState));
}

#[test]
fn enrolment_is_possible_while_the_newest_round_is_in_commit() {
	let mut story = Story::enrolling(plain_spec());
	story.enroll(11).unwrap();
	story.enroll(12).unwrap();
	assert_eq!(Story::open(plain_spec()).enroll(11), refused(BountyError::WrongState));
	story.start().unwrap();
	assert_eq!(story.enroll(11), refused(BountyError::AlreadyEnrolled));
	assert_eq!(story.enroll(13), Ok(Slot(2)));
	assert_eq!(story.enroll(14), refused(BountyError::NoPlaceLeft));
	story.commit_all(FIRST);
	assert_eq!(story.enroll(14), refused(BountyError::EnrolmentClosed));
	assert_eq!(story.leave(11), refused(BountyError::EnrolmentClosed));
	assert_eq!(story.rejoin(11), refused(BountyError::EnrolmentClosed));
	story.upload_all(FIRST);
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.leave(11).unwrap();
	assert_eq!(story.enroll(14), Ok(Slot(0)), "round 2 is in Commit");
}

#[test]
fn a_trainer_with_a_commitment_standing_cannot_leave() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	assert_eq!(story.leave(11), refused(BountyError::CommitmentStanding));
	assert_eq!(story.leave(14), refused(BountyError::NotEnrolled));
	story.leave(12).unwrap();
	assert_eq!(story.leave(12), refused(BountyError::NotEnrolled));
}

#[test]
fn who_leaves_is_not_waited_for() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	story.leave(13).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
}

#[test]
fn commit_waits_for_newcomers_when_too_many_leave() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.leave(12).unwrap();
	story.leave(13).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Commit), "one commitment is too few");
	assert_eq!(story.enroll(14), Ok(Slot(1)));
	story.commit(FIRST, 14).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
}

#[test]
fn an_inactive_trainer_is_replaced_when_every_place_is_taken() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.active(), [11]);
	assert_eq!(story.enroll(14), Ok(Slot(1)));
	assert_eq!(story.rejoin(12), refused(BountyError::NotEnrolled), "its place is taken");
	story.rejoin(13).unwrap();
	assert_eq!(story.rejoin(13), refused(BountyError::AlreadyActive));
	assert_eq!(story.enroll(15), refused(BountyError::NoPlaceLeft));
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	assert_eq!(story.included(FIRST), [11, 14, 13]);
}

#[test]
fn a_trainer_whose_commitment_stands_is_not_replaced_so_no_two_share_a_bit() {
	let mut spec = plain_spec();
	spec.min_trainers = 3;
	let mut story = Story::running(spec);
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	story.training.bounty.trainers[0].active = false;
	story.training.bounty.trainers[2].active = false;
	assert_eq!(story.enroll(14), Ok(Slot(2)), "13 has committed to nothing");
	assert_eq!(story.enroll(15), refused(BountyError::NoPlaceLeft), "11 has");
	story.commit(FIRST, 14).unwrap();
	let slots: Vec<u16> = story.live(FIRST).commitments.iter().map(|c| c.slot.0).collect();
	assert_eq!(slots, [0, 1, 2]);
}

#[test]
fn an_invited_trainers_updates_have_the_sponsors_weight() {
	let mut story = Story::enrolling(invited_spec());
	for (trainer, weight) in [(11, 9), (12, 1), (13, 4)] {
		story.invite(trainer, weight).unwrap();
		story.enroll(trainer).unwrap();
	}
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	let weights: Vec<u32> = story.frozen(FIRST).updates.iter().map(|u| u.weight).collect();
	assert_eq!(weights, [9, 1, 4]);
}

#[test]
fn an_invitation_is_checked_and_used_up() {
	let mut story = Story::enrolling(invited_spec());
	assert_eq!(story.enroll(11), refused(BountyError::NotInvited));
	assert_eq!(story.invite(11, 0), refused(BountyError::WeightOutOfRange));
	assert_eq!(story.invite(11, 10), refused(BountyError::WeightOutOfRange));
	story.invite(11, 9).unwrap();
	assert_eq!(story.invite(11, 3), refused(BountyError::AlreadyInvited));
	story.enroll(11).unwrap();
	assert_eq!(story.invite(11, 3), refused(BountyError::AlreadyInvited));
	assert!(story.training.bounty.invitations.is_empty());
	story.leave(11).unwrap();
	assert_eq!(story.enroll(11), refused(BountyError::NotInvited), "who left is invited anew");
}

#[test]
fn invitations_are_bounded_and_only_for_invited_bounties() {
	let mut story = Story::open(invited_spec());
	for trainer in 0..64 {
		story.invite(trainer, 1).unwrap();
	}
	assert_eq!(story.invite(64, 1), refused(BountyError::NoPlaceLeft));
	assert_eq!(Story::open(plain_spec()).invite(11, 1), refused(BountyError::WrongState));
	story.cancel().unwrap();
	assert_eq!(story.invite(65, 1), refused(BountyError::WrongState));
}

#[test]
fn an_open_bounty_weighs_everybody_the_same() {
	let story = Story::attesting(plain_spec());
	assert!(story.frozen(FIRST).updates.iter().all(|update| update.weight == 1));
}

#[test]
fn aggregators_come_and_go_at_any_time() {
	let mut story = Story::open(plain_spec());
	for aggregator in 31..39 {
		story.enroll_aggregator(aggregator).unwrap();
	}
	assert_eq!(story.enroll_aggregator(31), refused(BountyError::AlreadyEnrolled));
	assert_eq!(story.enroll_aggregator(39), refused(BountyError::NoPlaceLeft));
	story.leave(32).unwrap();
	story.enroll_aggregator(39).unwrap();
	assert_eq!(story.leave(32), refused(BountyError::NotEnrolled));
}

#[test]
fn a_drawn_aggregator_that_leaves_keeps_its_duty_in_this_attempt() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.leave(31).unwrap();
	story.upload_all(FIRST);
	assert_eq!(story.live(FIRST).aggregator, Some(account(31)));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	assert_eq!(story.live(FIRST).aggregator, None);
}

#[test]
fn who_is_both_leaves_first_as_aggregator_then_as_trainer() {
	let mut story = Story::running(plain_spec());
	story.enroll_aggregator(11).unwrap();
	story.leave(11).unwrap();
	assert!(story.training.bounty.aggregators.is_empty());
	assert!(story.training.bounty.trainer(&account(11)).is_some());
	story.leave(11).unwrap();
	assert!(story.training.bounty.trainer(&account(11)).is_none());
}

#[test]
fn only_live_rounds_can_be_named() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	assert!(story.training.round(RoundIndex(0)).is_none());
	assert!(story.training.round(FIRST).is_some());
	assert!(story.training.round(SECOND).is_some());
	assert!(story.training.round(THIRD).is_none());
	assert!(story.training.round(RoundIndex(u32::MAX)).is_none());
	story.advance(FIRST).unwrap();
	assert!(story.training.round(FIRST).is_none());
	assert_eq!(story.training.bounty.model_root, hash(60));
}
