//! Strikes: who pays for a wrong result, and what the round does next.

use crate::support::*;
use sheaf_training::{
	testing::{account, hash},
	AccountId, Effect, Phase, RoundError,
};

/// Three members attest and accept a wrong result, one attested the right one.
fn wrong_majority() -> Story {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	story
}

/// Lets deadlines pass until the round is over, and tells who dissented.
fn dissenters_at_the_end(story: &mut Story) -> Option<Vec<u8>> {
	while story.training.lowest_index() == Some(FIRST) {
		story.advance(FIRST).unwrap();
	}
	story.dissenters()
}

#[test]
fn striking_the_accepted_result_reopens_publish_and_discards_the_next_round() {
	let mut story = wrong_majority();
	story.commit(SECOND, 11).unwrap();
	story.wait(3);
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	assert_eq!(story.live(FIRST).deadline(), story.world.now + LENGTHS.publish);
	assert!(story.training.following.is_none());
	assert!(story.effects.contains(&Effect::RoundDiscarded(SECOND)));
	assert_eq!(story.active(), [11, 12, 13], "without penalty");
	assert_eq!((story.offenders(), story.challenger()), (vec![201, 202, 203], Some(99)));
}

#[test]
fn after_a_strike_the_dissenters_result_is_accepted_at_the_deadline_and_the_next_round_reopens() {
	let mut story = wrong_majority();
	story.commit(SECOND, 11).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.publish(FIRST, 3, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish), "one member is no quorum");
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	assert_eq!(story.live(FIRST).deadline(), story.world.now + LENGTHS.window, "a whole window");
	assert_eq!(story.place(SECOND), (0, Phase::Commit));
	assert_eq!(story.live(SECOND).previous_model_root, hash(60));
	assert!(story.live(SECOND).commitments.is_empty());
	story.advance(FIRST).unwrap();
	assert_eq!(story.settlement().1, Some(hash(60)));
	let verifiers: Vec<u8> =
		story.payments().into_iter().map(|(who, _)| who).filter(|who| *who > 200).collect();
	assert_eq!(verifiers, [204], "only who attested the accepted result is paid");
}

#[test]
fn a_dissenter_that_published_before_the_strike_shares_in_what_is_slashed() {
	let mut story = wrong_majority();
	story.publish(FIRST, 3, &result(60)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203]);
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![204]));
}

#[test]
fn a_dissenter_that_publishes_after_the_strike_shares_in_what_is_slashed() {
	let mut story = wrong_majority();
	story.strike(FIRST, 66).unwrap();
	story.publish(FIRST, 3, &result(60)).unwrap();
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![204]));
}

#[test]
fn a_dissenter_of_an_attempt_that_failed_shares_until_the_round_is_settled() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 1;
	let honest = story.committee(FIRST)[3].clone();
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.advance(FIRST).unwrap();
	story.publish_in(FIRST, 0, &honest, &result(60)).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Accepted));
	story.advance(FIRST).unwrap();
	assert_eq!(story.dissenters(), Some(vec![204, 205, 206]));
}

#[test]
fn who_attested_a_third_result_that_does_not_stand_is_no_dissenter() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1], &result(60));
	story.attest_by(FIRST, &[2], &result(66));
	story.attest_by(FIRST, &[3], &result(61));
	for (seat, root) in [(2, 66), (3, 61), (0, 60)] {
		story.publish(FIRST, seat, &result(root)).unwrap();
	}
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	assert_eq!(story.place(FIRST).0, 1);
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![201, 202, 204, 205]));
}

#[test]
fn if_the_round_aborts_every_result_that_was_not_struck_is_dissent() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0], &result(66));
	story.attest_by(FIRST, &[1], &result(60));
	story.attest_by(FIRST, &[2, 3], &result(61));
	for (seat, root) in [(0, 66), (1, 60), (2, 61)] {
		story.publish(FIRST, seat, &result(root)).unwrap();
	}
	story.strike(FIRST, 66).unwrap();
	while !story.training.bounty.ended() {
		story.advance(FIRST).unwrap();
	}
	assert_eq!(story.dissenters(), Some(vec![202, 203, 204]));
	assert!(story.conducts().iter().all(|(.., penalty)| *penalty == 0));
}

#[test]
fn a_round_without_strikes_resolves_none() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	assert_eq!(dissenters_at_the_end(&mut story), None);
}

#[test]
fn the_aggregator_is_liable_but_no_dissenter() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(60));
	story.attest(FIRST, &account(31), &result(60)).unwrap();
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.publish_in(FIRST, 0, &account(31), &result(60)).unwrap();
	let mut wrong_aggregator = story.clone();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203]);
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![204]));
	wrong_aggregator.strike(FIRST, 60).unwrap();
	assert_eq!(wrong_aggregator.offenders(), [31, 204]);
	assert_eq!(dissenters_at_the_end(&mut wrong_aggregator), Some(vec![201, 202, 203]));
}

#[test]
fn striking_a_result_that_is_not_accepted_changes_nothing_but_its_attesters() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0], &result(66));
	story.attest_by(FIRST, &[1, 2, 3], &result(60));
	story.publish(FIRST, 1, &result(60)).unwrap();
	story.publish(FIRST, 0, &result(66)).unwrap();
	let deadline = story.live(FIRST).deadline();
	story.wait(2);
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	assert_eq!(story.live(FIRST).deadline(), deadline);
	assert!(story.training.following.is_some());
	assert_eq!(story.offenders(), [201]);
	assert_eq!(story.training.bounty.struck_members.to_vec(), [account(201)]);
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![202, 203, 204]));
}

#[test]
fn of_results_with_equally_many_members_the_smaller_hash_is_accepted() {
	let (first, second) = (result(60), result(61));
	let mut story = Story::running(plain_spec());
	story.world.seats = 6;
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(66));
	story.attest_by(FIRST, &[4], &first);
	story.attest_by(FIRST, &[5], &second);
	story.publish(FIRST, 5, &second).unwrap();
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.publish(FIRST, 4, &first).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	let smaller = if first.hash() < second.hash() { first } else { second };
	assert_eq!(story.live(FIRST).accepted_result(), Some(&smaller));
}

#[test]
fn after_a_strike_without_another_result_the_round_retries() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 1;
	story.attest_all(FIRST, &result(66));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	assert_eq!(story.included(FIRST), [11, 12, 13]);
}

#[test]
fn a_later_attempt_does_not_inherit_the_right_to_accept_without_a_quorum() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 2;
	story.attest_all(FIRST, &result(66));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	let [first, second] = [0, 1].map(|seat| story.committee(FIRST)[seat].clone());
	story.attest(FIRST, &first, &result(60)).unwrap();
	story.attest(FIRST, &second, &result(61)).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).attempt, 2);
}

#[test]
fn after_a_strike_a_result_without_a_member_of_this_attempt_is_not_accepted() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 1;
	let early = story.committee(FIRST)[0].clone();
	story.attest_all(FIRST, &result(60));
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &result(66));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.publish_in(FIRST, 0, &early, &result(60)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (2, Phase::Attest));
}

#[test]
fn a_strike_before_any_result_was_accepted_leaves_the_quorum_needed() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0], &result(66));
	story.attest_by(FIRST, &[1, 2], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.publish(FIRST, 1, &result(60)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest), "never accepted yet");
}

#[test]
fn a_root_is_struck_with_all_its_scores() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &scored(66, 1));
	story.attest_by(FIRST, &[3], &scored(66, 2));
	story.publish(FIRST, 0, &scored(66, 1)).unwrap();
	story.publish(FIRST, 3, &scored(66, 2)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203, 204]);
	assert!(story.live(FIRST).publications.iter().all(|publication| publication.struck));
}

#[test]
fn a_struck_root_published_again_under_other_scores_makes_only_its_own_attesters_offenders() {
	let mut story = Story::uploading(sliced_spec());
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &scored(66, 1));
	story.attest_by(FIRST, &[3], &scored(66, 2));
	story.publish(FIRST, 0, &scored(66, 1)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203]);
	story.publish(FIRST, 3, &scored(66, 2)).unwrap();
	assert_eq!(story.offenders(), [204], "the others paid for this root already");
	assert_eq!(story.training.bounty.struck_members.len(), 4);
	story.world.min_committee = 1;
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest), "it was not accepted");
}

#[test]
fn nobody_is_an_offender_twice_for_one_root_even_in_another_attempt() {
	let mut story = Story::uploading(sliced_spec());
	story.world.min_committee = 1;
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2], &scored(66, 1));
	story.attest_by(FIRST, &[3], &scored(66, 2));
	let last = story.committee(FIRST)[3].clone();
	story.publish(FIRST, 0, &scored(66, 1)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	story.attest_all(FIRST, &scored(60, 5));
	story.publish_in(FIRST, 0, &last, &scored(66, 2)).unwrap();
	assert_eq!(story.offenders(), [204]);
}

#[test]
fn who_attested_both_a_wrong_and_a_right_result_is_no_dissenter() {
	let mut story = Story::attesting(plain_spec());
	let early: Vec<AccountId> = story.committee(FIRST);
	story.attest_all(FIRST, &result(66));
	story.advance(FIRST).unwrap();
	assert!(story.committee(FIRST).contains(&early[1]), "sits again");
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	story.publish_in(FIRST, 0, &early[0], &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203, 204]);
	assert_eq!(story.place(FIRST), (1, Phase::Accepted), "the right result stands");
	assert_eq!(dissenters_at_the_end(&mut story), Some(vec![205]));
}

#[test]
fn a_result_of_an_earlier_attempt_can_be_struck_while_the_next_one_attests() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1], &result(66));
	story.attest_by(FIRST, &[2, 3], &result(60));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	let deadline = story.live(FIRST).deadline();
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.offenders(), [201, 202]);
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
	assert_eq!(story.live(FIRST).deadline(), deadline);
}

#[test]
fn a_strike_needs_a_published_root_that_stands() {
	let mut story = Story::uploading(plain_spec());
	assert_eq!(story.strike(FIRST, 66), round_error(RoundError::WrongPhase));
	story.upload_all(FIRST);
	let no_such_result = round_error(RoundError::NoSuchResult);
	assert_eq!(story.strike(FIRST, 66), no_such_result);
	story.attest_all(FIRST, &result(66));
	assert_eq!(story.strike(FIRST, 66), no_such_result, "attested, not published");
	story.publish(FIRST, 0, &result(66)).unwrap();
	assert_eq!(story.strike(FIRST, 60), no_such_result);
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.strike(FIRST, 66), no_such_result, "struck already");
	let gone = story.strike(SECOND, 66);
	assert_eq!(gone, refused(sheaf_training::BountyError::NoSuchRound));
}

#[test]
fn a_result_can_be_struck_after_its_window_until_it_is_settled() {
	let mut story = wrong_majority();
	story.wait(LENGTHS.window + 100);
	story.strike(FIRST, 66).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
}

#[test]
fn strikes_within_an_attempt_end_when_no_result_is_left() {
	let mut story = Story::attesting(plain_spec());
	story.world.min_committee = 1;
	story.attest_by(FIRST, &[0, 1, 2], &result(66));
	story.attest_by(FIRST, &[3], &result(67));
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.strike(FIRST, 66).unwrap();
	story.publish(FIRST, 3, &result(67)).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).accepted_result(), Some(&result(67)));
	story.strike(FIRST, 67).unwrap();
	assert_eq!(story.offenders(), [204]);
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (1, Phase::Attest));
}

#[test]
fn an_account_is_an_offender_again_for_another_root() {
	let mut story = wrong_majority();
	story.world.min_committee = 1;
	let early = story.committee(FIRST)[0].clone();
	story.strike(FIRST, 66).unwrap();
	story.advance(FIRST).unwrap();
	assert!(!story.committee(FIRST).contains(&early));
	story.attest_all(FIRST, &result(67));
	story.publish(FIRST, 0, &result(67)).unwrap();
	story.strike(FIRST, 67).unwrap();
	assert_eq!(story.offenders(), [204, 205, 206]);
}
