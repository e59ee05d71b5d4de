//! Upload: votes, freezing, falling short.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	update_bit, Absence, BountyState, Effect, OpenedRoot, Phase, RoundError, Slot,
	MAX_VOTES_PER_MEMBER, SLICE_BIT,
};

fn opened(slot: u16, root: sheaf_training::Hash) -> OpenedRoot {
	OpenedRoot { slot: Some(Slot(slot)), root }
}

#[test]
fn a_quorum_for_everything_freezes_it_at_once() {
	let mut story = Story::uploading(sliced_spec());
	story.vote_with_slice(FIRST, 0, &[11, 12, 13]).unwrap();
	story.vote_with_slice(FIRST, 1, &[11, 12, 13]).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
	story.vote_with_slice(FIRST, 3, &[11, 12, 13]).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Attest));
	assert_eq!(story.included(FIRST), [11, 12, 13]);
	assert_eq!(story.frozen(FIRST).slice_root, Some(slice_root(FIRST)));
	let roots: Vec<_> = story.frozen(FIRST).updates.iter().map(|update| update.root).collect();
	assert_eq!(roots, [11, 12, 13].map(|trainer| update_root(trainer, FIRST)));
}

#[test]
fn updates_are_in_slot_order_whoever_committed_first() {
	let mut story = Story::running(plain_spec());
	for trainer in [13, 11, 12] {
		story.commit(FIRST, trainer).unwrap();
	}
	story.upload_all(FIRST);
	assert_eq!(story.included(FIRST), [11, 12, 13]);
}

#[test]
fn at_its_deadline_upload_freezes_what_a_quorum_holds() {
	let mut story = Story::uploading(sliced_spec());
	story.vote_with_slice(FIRST, 0, &[11, 12, 13]).unwrap();
	story.vote_with_slice(FIRST, 1, &[11, 12]).unwrap();
	story.vote(FIRST, 2, &[11, 12]).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Attest));
	assert_eq!(story.included(FIRST), [11, 12]);
	assert_eq!(story.frozen(FIRST).slice_root, None, "a withheld slice means no scores");
	assert_eq!(story.active(), [11, 12, 13], "what some have is unpaid, never penalised");
}

#[test]
fn the_inputs_hash_binds_weights_roots_and_the_slice() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	let frozen = story.frozen(FIRST);
	let slice = slice_root(FIRST);
	let expected = sheaf_training::inputs_hash(
		&hash(1),
		BOUNTY,
		FIRST,
		sheaf_training::RULE_VERSION,
		&story.training.spec.initial_model_root,
		&frozen.updates,
		Some(&slice),
	);
	assert_eq!(frozen.inputs, expected);
}

#[test]
fn without_a_quorum_of_voters_upload_starts_again_with_a_new_committee() {
	let mut story = Story::uploading(sliced_spec());
	let first = story.committee(FIRST);
	story.vote_with_slice(FIRST, 0, &[11, 12, 13]).unwrap();
	story.vote_raw(FIRST, 1, 0, &[]).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Upload));
	assert_ne!(story.committee(FIRST), first);
	assert_eq!(story.active(), [11, 12, 13], "nobody can be blamed");
	assert!(!story.live(FIRST).slice_spent, "no trainer can use what the slice reveals");
	let (bits, _) = story.ballot(FIRST, &[11, 12, 13], true);
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, bits, &[]).unwrap();
	}
	assert_eq!(story.place(FIRST), (1, Phase::Attest), "the roots were known");
}

#[test]
fn uploads_without_voters_use_up_the_attempts() {
	let mut story = Story::uploading(plain_spec());
	for attempt in 1..3 {
		story.advance(FIRST).unwrap();
		assert_eq!(story.place(FIRST), (attempt, Phase::Upload));
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.settlement().2.refund, 1_000_000, "the chain saw no update");
}

#[test]
fn too_few_updates_fall_short_and_what_nobody_received_makes_inactive() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.active(), [11]);
	assert!(story.effects.contains(&Effect::TrainersInactive {
		round: FIRST,
		accounts: vec![account(12), account(13)],
		absence: Absence::Undelivered,
	}));
	let phases: Vec<_> = story
		.effects
		.iter()
		.filter_map(|effect| match effect {
			Effect::PhaseStarted { attempt, phase, .. } => Some((*attempt, *phase)),
			_ => None,
		})
		.collect();
	let expected = [(1, Phase::Commit), (1, Phase::Upload)];
	assert_eq!(phases, expected, "all active trainers' commitments stand, so Commit ends at once");
}

#[test]
fn empty_votes_count_as_voters() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, 0, &[]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert!(story.active().is_empty(), "a quorum says that nothing arrived");
	assert_eq!(story.live(FIRST).attempt, 1);
}

#[test]
fn an_undelivered_update_is_noted_once() {
	let mut story = Story::uploading(plain_spec());
	let mut noted = 0;
	for _ in 0..3 {
		for seat in 0..3 {
			story.vote(FIRST, seat, &[11]).unwrap();
		}
		story.advance(FIRST).unwrap();
		let absences = |e: &&Effect| matches!(e, Effect::TrainersInactive { .. });
		noted += story.effects.iter().filter(absences).count();
	}
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(noted, 1);
}

#[test]
fn an_update_that_one_member_of_an_earlier_attempt_had_was_delivered_to_some() {
	let mut story = Story::uploading(plain_spec());
	story.vote(FIRST, 0, &[11, 12, 13]).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Upload));
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.included(FIRST), [11, 12]);
	assert_eq!(story.active(), [11, 12, 13]);
}

#[test]
fn delivered_updates_are_paid_although_the_round_never_had_enough() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).attempt, 1);
	story.advance(FIRST).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.state(), &BountyState::Aborted);
	assert_eq!(story.payments(), [(12, 375_000)], "a half of the trainers' part: two were needed");
	let settlement = story.settlement().2;
	assert_eq!(settlement.refund, 375_000);
	assert_eq!(settlement.total(), 1_000_000);
}

#[test]
fn what_was_delivered_in_any_attempt_is_paid() {
	let mut spec = plain_spec();
	spec.min_trainers = 3;
	let mut story = Story::uploading(spec);
	for trainer in [13, 11] {
		for seat in 0..3 {
			story.vote(FIRST, seat, &[trainer]).unwrap();
		}
		story.advance(FIRST).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.payments(), [(11, 250_000), (13, 250_000)]);
}

#[test]
fn a_copy_of_a_delivered_update_is_not_paid_on_abort() {
	let mut spec = plain_spec();
	spec.max_attempts = 2;
	spec.min_trainers = 3;
	let mut story = Story::running(spec);
	story.commit(FIRST, 11).unwrap();
	story.commit_to(FIRST, 12, update_root(11, FIRST)).unwrap();
	story.commit(FIRST, 13).unwrap();
	let copy = opened(1, update_root(11, FIRST));
	for _ in 0..2 {
		for seat in 0..3 {
			let (bits, mut roots) = story.ballot(FIRST, &[11], false);
			roots.push(copy);
			story.vote_raw(FIRST, seat, bits | update_bit(Slot(1)), &roots).unwrap();
		}
		story.advance(FIRST).unwrap();
	}
	assert_eq!(story.payments(), [(11, 250_000)]);
}

#[test]
fn a_slice_that_was_uploaded_in_a_round_that_fell_short_is_spent() {
	let mut story = Story::uploading(sliced_spec());
	for seat in 0..3 {
		story.vote_with_slice(FIRST, seat, &[11]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Upload));
	assert!(story.live(FIRST).slice_spent);
	assert_eq!(story.vote_with_slice(FIRST, 0, &[11]), round_error(RoundError::RootOpensNothing));
	story.upload_all(FIRST);
	assert_eq!(story.place(FIRST), (1, Phase::Attest), "the slice is not waited for");
	assert_eq!(story.frozen(FIRST).slice_root, None);
}

#[test]
fn a_slice_that_was_not_uploaded_is_waited_for_in_the_next_attempt() {
	let mut story = Story::uploading(sliced_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert!(!story.live(FIRST).slice_spent);
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 12, 13]).unwrap();
	}
	assert_eq!(story.place(FIRST), (1, Phase::Upload));
	for seat in 0..3 {
		story.vote_with_slice(FIRST, seat, &[]).unwrap();
	}
	assert_eq!(story.frozen(FIRST).slice_root, Some(slice_root(FIRST)));
}

#[test]
fn of_two_updates_with_one_root_the_one_committed_earlier_counts() {
	let mut story = Story::running(plain_spec());
	story.commit_to(FIRST, 13, update_root(11, FIRST)).unwrap();
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	let (mut bits, mut roots) = story.ballot(FIRST, &[11, 12], false);
	bits |= update_bit(Slot(2));
	roots.push(opened(2, update_root(11, FIRST)));
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, bits, &roots).unwrap();
	}
	assert_eq!(story.included(FIRST), [12, 13]);
	assert_eq!(story.active(), [11, 12, 13], "the later one is unpaid, not penalised");
}

#[test]
fn a_member_votes_eight_times_at_most() {
	let mut spec = plain_spec();
	spec.max_trainers = 12;
	spec.min_trainers = 10;
	let mut story = Story::enrolling(spec);
	for trainer in 11..=22 {
		story.enroll(trainer).unwrap();
	}
	story.commit_all(FIRST);
	for trainer in 11..11 + MAX_VOTES_PER_MEMBER {
		story.vote(FIRST, 0, &[trainer]).unwrap();
	}
	assert_eq!(story.vote(FIRST, 0, &[20]), round_error(RoundError::TooManyVotes));
	story.vote(FIRST, 1, &[20]).unwrap();
}

#[test]
fn an_empty_vote_is_allowed_once_and_first() {
	let mut story = Story::uploading(plain_spec());
	story.vote_raw(FIRST, 0, 0, &[]).unwrap();
	assert_eq!(story.vote_raw(FIRST, 0, 0, &[]), round_error(RoundError::NothingNew));
	story.vote(FIRST, 0, &[11]).unwrap();
	assert_eq!(story.vote(FIRST, 0, &[11]), round_error(RoundError::NothingNew));
	story.vote(FIRST, 0, &[11, 12]).unwrap();
}

#[test]
fn votes_only_add() {
	let mut story = Story::uploading(plain_spec());
	story.vote(FIRST, 0, &[11]).unwrap();
	story.vote(FIRST, 0, &[12]).unwrap();
	let votes = story.live(FIRST).votes[0];
	assert_eq!((votes.bits, votes.sent), (update_bit(Slot(0)) | update_bit(Slot(1)), 2));
}

#[test]
fn a_bit_without_a_known_or_carried_root_is_refused() {
	let mut story = Story::uploading(sliced_spec());
	let without = round_error(RoundError::VoteWithoutRoot);
	assert_eq!(story.vote_raw(FIRST, 0, SLICE_BIT, &[]), without);
	assert_eq!(story.vote_raw(FIRST, 0, update_bit(Slot(0)), &[]), without);
	story.vote(FIRST, 1, &[11]).unwrap();
	story.vote_raw(FIRST, 0, update_bit(Slot(0)), &[]).unwrap();
}

#[test]
fn a_bit_that_stands_for_nobody_is_refused() {
	let mut story = Story::uploading(plain_spec());
	for bit in [4, 63, 64, 65, 126, 127] {
		assert_eq!(
			story.vote_raw(FIRST, 0, 1 << bit, &[]),
			round_error(RoundError::VoteWithoutRoot),
			"bit {bit}"
		);
	}
	assert_eq!(story.vote_raw(FIRST, 0, u128::MAX, &[]), round_error(RoundError::VoteWithoutRoot));
	assert_eq!(update_bit(Slot(126)), 1 << 127);
	assert_eq!(update_bit(Slot(127)), 0, "no slot shares a bit with another");
	assert_eq!(update_bit(Slot(u16::MAX)), 0);
}

#[test]
fn a_root_that_opens_nothing_is_refused_with_the_whole_vote() {
	let mut story = Story::uploading(sliced_spec());
	let good = opened(0, update_root(11, FIRST));
	let nothing = round_error(RoundError::RootOpensNothing);
	for bad in [
		opened(1, update_root(11, FIRST)),
		opened(1, hash(2)),
		opened(3, update_root(11, FIRST)),
		opened(u16::MAX, update_root(11, FIRST)),
		OpenedRoot { slot: None, root: hash(2) },
		OpenedRoot { slot: None, root: slice_root(SECOND) },
	] {
		assert_eq!(story.vote_raw(FIRST, 0, update_bit(Slot(0)), &[good, bad]), nothing);
	}
	assert!(story.live(FIRST).commitments[0].root.is_none());
	let mut plain = Story::uploading(plain_spec());
	let slice = OpenedRoot { slot: None, root: slice_root(FIRST) };
	assert_eq!(plain.vote_raw(FIRST, 0, 0, &[slice]), nothing, "the spec has no slices");
}

#[test]
fn a_known_root_is_skipped() {
	let mut story = Story::uploading(sliced_spec());
	story.vote_with_slice(FIRST, 0, &[11]).unwrap();
	let (bits, mut roots) = story.ballot(FIRST, &[11, 12], true);
	roots[0].root = hash(2);
	roots[1].root = hash(2);
	story.vote_raw(FIRST, 1, bits, &roots).unwrap();
	assert_eq!(story.live(FIRST).commitments[0].root, Some(update_root(11, FIRST)));
	assert_eq!(story.live(FIRST).slice_root, Some(slice_root(FIRST)));
}

#[test]
fn only_the_committee_votes_and_only_in_time() {
	let mut story = Story::uploading(plain_spec());
	let mut vote = |who: u8, attempt| {
		story.happen(|training, world| training.vote(FIRST, attempt, &account(who), 0, &[], world))
	};
	assert_eq!(vote(205, 0), round_error(RoundError::NotOnCommittee));
	assert_eq!(vote(11, 0), round_error(RoundError::NotOnCommittee));
	assert_eq!(vote(201, 1), round_error(RoundError::WrongAttempt));
	story.wait(LENGTHS.upload - 1);
	story.vote_raw(FIRST, 0, 0, &[]).unwrap();
	story.wait(1);
	assert_eq!(story.vote_raw(FIRST, 1, 0, &[]), round_error(RoundError::DeadlinePassed));
	let mut story = Story::attesting(plain_spec());
	assert_eq!(story.vote_raw(FIRST, 3, 0, &[]), round_error(RoundError::WrongPhase));
}
