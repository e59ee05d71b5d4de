//! How nodes behaved, for their records, and what it costs them.

use crate::support::*;
use sheaf_training::{testing::account, Conduct, Effect, Hash, Penalties, Phase, Record};

/// What a member of four is paid for a round, and the aggregator.
const MEMBER_FEE: u128 = 25_000;
const AGGREGATOR_FEE: u128 = 50_000;
/// [`sheaf_training::testing::limits`].
const FALSE_ATTESTATION: u128 = 24;

/// Round 1 settled, and round 2 with all its commitments.
fn settled(mut story: Story) -> Story {
	story.settle(FIRST);
	story.settlement();
	story
}

/// A member attests a hash that opens to nothing.
fn attest_garbage(story: &mut Story, seat: usize) {
	let member = story.committee(FIRST)[seat].clone();
	let inputs = story.frozen(FIRST).inputs;
	let attempt = story.live(FIRST).attempt;
	story
		.happen(|training, world| {
			training.attest(FIRST, attempt, &member, inputs, Hash::zero(), world)
		})
		.unwrap();
}

#[test]
fn everybody_who_is_paid_completed_its_work_once() {
	let mut story = Story::with_aggregators(plain_spec(), &[201]);
	story.accept(FIRST, &result(60));
	let story = settled(story);
	let completed: Vec<_> = [11, 12, 13, 201, 202, 203, 204].map(|who| (who, 0)).into();
	assert_eq!(story.conduct(Conduct::Completed), completed, "201 verified and aggregated");
	assert_eq!(story.conducts().len(), completed.len());
}

// Trainers.

#[test]
fn who_was_waited_for_and_did_not_commit_pays_when_commit_ends() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.conducts(), [(13, Conduct::MissedCommit, 21)]);
}

#[test]
fn who_missed_a_commit_does_not_pay_again_until_it_rejoins() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.conduct(Conduct::MissedCommit), [(12, 21), (13, 21)]);
	story.rejoin(12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (2, Phase::Commit));
	assert_eq!(story.conduct(Conduct::MissedCommit), [(12, 21)], "13 was not waited for");
}

#[test]
fn who_left_in_time_pays_nothing() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 11).unwrap();
	story.commit(FIRST, 12).unwrap();
	story.leave(13).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Upload));
	assert_eq!(story.conducts(), []);
}

#[test]
fn who_delivered_to_nobody_pays() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.conducts(), [(13, Conduct::Undelivered, 22)]);
}

#[test]
fn nobody_pays_for_delivering_to_nobody_if_fewer_than_a_quorum_voted() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..2 {
		story.vote(FIRST, seat, &[11, 12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Upload));
	assert_eq!(story.conducts(), [], "an outage");
}

#[test]
fn empty_votes_count_against_who_delivered_to_nobody() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, 0, &[]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.conduct(Conduct::Undelivered), [(11, 22), (12, 22), (13, 22)]);
	assert_eq!(story.place(FIRST), (1, Phase::Upload), "nobody is waited for");
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, 0, &[]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.conducts(), [], "not again for the same commitment");
}

#[test]
fn an_update_that_some_received_is_late_but_never_penalised() {
	let mut story = Story::uploading(plain_spec());
	story.vote(FIRST, 0, &[11, 12, 13]).unwrap();
	for seat in 1..3 {
		story.vote(FIRST, seat, &[11, 12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.included(FIRST), [11, 12]);
	assert_eq!(story.conducts(), [(13, Conduct::LateUpdate, 0)]);
}

#[test]
fn the_later_of_two_equal_updates_is_late() {
	let mut story = Story::running(plain_spec());
	let root = update_root(11, FIRST);
	for trainer in [11, 12] {
		story.commit(FIRST, trainer).unwrap();
	}
	story.commit_to(FIRST, 13, root).unwrap();
	let (mut bits, mut roots) = story.ballot(FIRST, &[11, 12], false);
	let slot = sheaf_training::Slot(2);
	bits |= sheaf_training::update_bit(slot);
	roots.push(sheaf_training::OpenedRoot { slot: Some(slot), root });
	for seat in 0..3 {
		story.vote_raw(FIRST, seat, bits, &roots).unwrap();
	}
	assert_eq!(story.conducts(), [(13, Conduct::LateUpdate, 0)]);
}

#[test]
fn a_discarded_round_is_nobodys_fault() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 1;
	story.attest_all(FIRST, &result(66));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.commit(SECOND, 11).unwrap();
	story.wait(LENGTHS.commit + 1);
	story.strike(FIRST, 66).unwrap();
	assert!(story.effects.contains(&Effect::RoundDiscarded(SECOND)));
	assert!(story.conducts().iter().all(|(_, conduct, _)| *conduct == Conduct::ProvenWrong));
	assert_eq!(story.active(), [11, 12, 13]);
}

#[test]
fn commitments_of_the_next_round_are_waited_for_until_settlement() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.wait(LENGTHS.window.max(LENGTHS.commit) + 5);
	story.commit(SECOND, 11).unwrap();
	story.commit(SECOND, 12).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload));
	assert_eq!(story.conduct(Conduct::MissedCommit), [(13, 21)]);
}

// Aggregators.

fn with_aggregator() -> Story {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story
}

#[test]
fn an_absent_aggregator_pays_at_settlement() {
	let mut story = with_aggregator();
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.conducts(), []);
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::AbsentAggregator), [(31, 23)]);
}

#[test]
fn an_absent_aggregator_pays_nothing_where_no_quorum_attested_either() {
	let mut story = with_aggregator();
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::AbsentAggregator), []);
}

#[test]
fn an_aggregator_that_is_absent_from_attempt_to_attempt_pays_once() {
	let mut story = with_aggregator();
	for _ in 0..2 {
		story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
		story.advance(FIRST).unwrap();
		assert_eq!(story.live(FIRST).phase, Phase::Publish);
		if story.live(FIRST).attempt == 0 {
			story.advance(FIRST).unwrap();
		}
	}
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::AbsentAggregator), [(31, 23)]);
}

#[test]
fn a_false_aggregator_pays_more_than_its_fee() {
	let mut story = with_aggregator();
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.attest(FIRST, &account(31), &result(66)).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	let story = settled(story);
	let penalty = AGGREGATOR_FEE + FALSE_ATTESTATION;
	assert_eq!(story.conduct(Conduct::UnopenedAttestation), [(31, penalty)]);
}

// Members.

#[test]
fn an_absent_member_is_noted_and_pays_nothing() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::AbsentMember), [(204, 0)]);
}

#[test]
fn an_attestation_that_opens_to_nothing_costs_more_than_the_fee() {
	let mut story = Story::attesting(plain_spec());
	attest_garbage(&mut story, 3);
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	let story = settled(story);
	let penalty = MEMBER_FEE + FALSE_ATTESTATION;
	assert_eq!(story.conduct(Conduct::UnopenedAttestation), [(204, penalty)]);
}

#[test]
fn an_attestation_of_another_model_costs_more_than_the_fee() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[3], &result(61));
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.publish(FIRST, 3, &result(61)).unwrap();
	let story = settled(story);
	let penalty = MEMBER_FEE + FALSE_ATTESTATION;
	assert_eq!(story.conduct(Conduct::OtherModelAttested), [(204, penalty)]);
}

#[test]
fn the_same_model_with_other_scores_costs_the_fee_only() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[3], &scored(60, 8));
	story.attest_by(FIRST, &[0, 1, 2], &scored(60, 7));
	story.publish(FIRST, 0, &scored(60, 7)).unwrap();
	story.publish(FIRST, 3, &scored(60, 8)).unwrap();
	let story = settled(story);
	assert!(story.conducts().iter().all(|(who, ..)| *who != 204));
	assert!(story.payments().iter().all(|(who, _)| *who != 204));
}

#[test]
fn an_attestation_of_a_failed_attempt_that_opens_to_the_accepted_model_is_no_fault() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	let story = settled(story);
	assert!(story.conducts().iter().all(|(_, conduct, _)| *conduct == Conduct::Completed));
}

#[test]
fn a_publication_after_the_window_still_opens_an_attestation() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[3], &scored(60, 8));
	story.attest_by(FIRST, &[0, 1, 2], &scored(60, 7));
	story.publish(FIRST, 0, &scored(60, 7)).unwrap();
	let unopened = settled(story.clone()).conduct(Conduct::UnopenedAttestation);
	assert_eq!(unopened, [(204, MEMBER_FEE + FALSE_ATTESTATION)]);
	story.wait(LENGTHS.window + 9);
	story.publish(FIRST, 3, &scored(60, 8)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::UnopenedAttestation), []);
}

#[test]
fn a_member_that_attested_falsely_in_two_attempts_pays_once() {
	let mut story = Story::attesting(plain_spec());
	attest_garbage(&mut story, 1);
	story.advance(FIRST).unwrap();
	assert_eq!(story.committee(FIRST).first(), Some(&account(202)), "sits again");
	attest_garbage(&mut story, 0);
	story.attest_by(FIRST, &[1, 2, 3], &result(60));
	story.publish(FIRST, 1, &result(60)).unwrap();
	assert_eq!(settled(story).conduct(Conduct::UnopenedAttestation).len(), 1);
}

#[test]
fn who_attested_a_struck_result_loses_bond_and_nothing_on_top() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.conduct(Conduct::ProvenWrong), [(201, 0), (202, 0), (203, 0)]);
	story.publish(FIRST, 3, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	let story = settled(story);
	assert!(story.conducts().iter().all(|(who, ..)| !(201..=203).contains(who)));
}

#[test]
fn an_aborted_round_blames_nobody_for_its_attestations() {
	let mut story = with_aggregator();
	for _ in 0..3 {
		attest_garbage(&mut story, 0);
		story.attest_by(FIRST, &[1, 2], &result(60));
		story.advance(FIRST).unwrap();
		if story.training.round(FIRST).is_some_and(|live| live.phase == Phase::Publish) {
			story.advance(FIRST).unwrap();
		}
	}
	assert!(story.training.bounty.ended());
	let completed: Vec<_> = [11, 12, 13].map(|who| (who, Conduct::Completed, 0)).into();
	assert_eq!(story.conducts(), completed);
}

// Records and prices.

#[test]
fn a_record_counts_every_conduct_once() {
	use Conduct::*;
	let counted = |conduct| {
		let mut record = Record::default();
		record.note(conduct);
		(record.completed, record.late, record.missed, record.proven_wrong)
	};
	assert_eq!(counted(Completed), (1, 0, 0, 0));
	assert_eq!(counted(LateUpdate), (0, 1, 0, 0));
	for missed in [
		MissedCommit,
		Undelivered,
		AbsentAggregator,
		AbsentMember,
		UnopenedAttestation,
		OtherModelAttested,
	] {
		assert_eq!(counted(missed), (0, 0, 1, 0), "{missed:?}");
	}
	assert_eq!(counted(ProvenWrong), (0, 0, 0, 1));
}

#[test]
fn a_record_does_not_overflow() {
	let mut record = Record { completed: u32::MAX, ..Default::default() };
	record.note(Conduct::Completed);
	assert_eq!(record.completed, u32::MAX);
}

#[test]
fn every_conduct_has_its_price() {
	use Conduct::*;
	let penalties =
		Penalties { missed_commit: 1, undelivered: 2, absent_aggregator: 3, false_attestation: 4 };
	let of = |conduct| penalties.of(conduct, 100);
	assert_eq!([MissedCommit, Undelivered, AbsentAggregator].map(of), [1, 2, 3]);
	assert_eq!([UnopenedAttestation, OtherModelAttested].map(of), [104, 104]);
	assert_eq!([Completed, LateUpdate, AbsentMember, ProvenWrong].map(of), [0; 4]);
	assert_eq!(penalties.of(OtherModelAttested, u128::MAX), u128::MAX);
}
