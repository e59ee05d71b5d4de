//! What a round waits for, and when it says that somebody acted.

use crate::support::*;
use sheaf_training::{testing::account, Phase, RoundIndex, Slot, Turn, Waiting};

impl Story {
	fn waiting(&self, round: RoundIndex) -> Vec<Waiting> {
		self.training.status(round, &self.world).unwrap().waiting
	}
}

fn accounts(bytes: &[u8]) -> Vec<sheaf_training::AccountId> {
	bytes.iter().copied().map(account).collect()
}

#[test]
fn commit_waits_for_the_active_trainers_without_a_commitment() {
	let mut story = Story::running(plain_spec());
	story.commit(FIRST, 12).unwrap();
	let missing = accounts(&[11, 13]);
	assert_eq!(story.waiting(FIRST), [Waiting::Commitments { missing, needed: 1 }]);
	story.commit(FIRST, 11).unwrap();
	let missing = accounts(&[13]);
	assert_eq!(story.waiting(FIRST), [Waiting::Commitments { missing, needed: 0 }]);
}

#[test]
fn the_next_rounds_commit_waits_for_the_round_before_even_past_its_deadline() {
	let mut story = Story::accepted(plain_spec(), &result(50));
	story.commit(SECOND, 11).unwrap();
	let missing = accounts(&[12, 13]);
	let both = [Waiting::PreviousRound, Waiting::Commitments { missing, needed: 1 }];
	assert_eq!(story.waiting(SECOND), both);
	story.commit_all(SECOND);
	story.wait(LENGTHS.commit);
	assert_eq!(story.waiting(SECOND), [Waiting::PreviousRound]);
}

#[test]
fn at_the_block_before_the_deadline_a_round_waits_to_be_advanced() {
	let mut story = Story::running(plain_spec());
	story.wait(LENGTHS.commit - 2);
	assert_ne!(story.waiting(FIRST), [Waiting::Advance]);
	story.wait(1);
	assert_eq!(story.waiting(FIRST), [Waiting::Advance], "the next block may hold the call");
	story.wait(1);
	story.advance(FIRST).unwrap();
	assert_ne!(story.waiting(FIRST), [Waiting::Advance]);
}

#[test]
fn a_crowded_draw_waits_for_randomness() {
	let mut story = Story::running(plain_spec());
	story.world.crowded = true;
	story.commit_all(FIRST);
	assert_eq!(story.waiting(FIRST), [Waiting::Draw]);
}

#[test]
fn upload_waits_for_items_without_quorum_and_names_the_silent_members() {
	let mut story = Story::uploading(sliced_spec());
	let committee = story.committee(FIRST);
	let all = [0, 1, 2].map(Slot).to_vec();
	let expected = |updates, slice, silent| [Waiting::Availability { updates, slice, silent }];
	assert_eq!(story.waiting(FIRST), expected(all, true, committee.clone()));
	for seat in 0..3 {
		story.vote_with_slice(FIRST, seat, &[11, 13]).unwrap();
	}
	let silent = committee[3..].to_vec();
	assert_eq!(story.waiting(FIRST), expected(vec![Slot(1)], false, silent));
}

#[test]
fn attest_waits_for_members_and_aggregator() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 2], &result(50));
	let committee = story.committee(FIRST);
	let missing = vec![committee[1].clone(), committee[3].clone(), account(31)];
	assert_eq!(story.waiting(FIRST), [Waiting::Attestations(missing)]);
}

#[test]
fn publish_waits_for_a_result_and_accepted_for_its_window_or_a_move() {
	let claim = Claim::new(3);
	let mut story = Story::claimed(&claim);
	assert_eq!(story.waiting(FIRST), [Waiting::ChallengeWindow]);
	story.open_challenge(99).unwrap();
	assert_eq!(story.waiting(FIRST), [Waiting::ChallengeMove(Turn::Attesters)]);
	story.answer(201, &claim).unwrap();
	assert_eq!(story.waiting(FIRST), [Waiting::ChallengeMove(Turn::Challenger)]);

	let mut story = Story::attesting(plain_spec());
	story.attest_all(FIRST, &result(50));
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	assert_eq!(story.waiting(FIRST), [Waiting::Publication]);
}

#[test]
fn a_round_that_is_not_live_has_no_status() {
	let story = Story::running(plain_spec());
	assert!(story.training.status(SECOND, &story.world).is_none());
	assert!(story.training.status(RoundIndex::INITIAL_MODEL, &story.world).is_none());
}

#[test]
fn a_round_remembers_the_block_of_everything_said_in_it() {
	let mut story = Story::running(plain_spec());
	let start = story.world.now;
	let tick = |story: &mut Story| story.wait(1);
	for trainer in 11..=13 {
		tick(&mut story);
		story.commit(FIRST, trainer).unwrap();
	}
	tick(&mut story);
	story.vote(FIRST, 0, &[11]).unwrap();
	tick(&mut story);
	story.vote(FIRST, 0, &[11, 12, 13]).unwrap();
	story.vote(FIRST, 1, &[11, 12, 13]).unwrap();
	let votes = story.live(FIRST).votes.iter().map(|votes| votes.at);
	assert_eq!(votes.collect::<Vec<_>>(), [start + 5, start + 5, 0, 0], "of the last vote");
	story.vote(FIRST, 2, &[11, 12, 13]).unwrap();
	tick(&mut story);
	story.attest_all(FIRST, &result(50));
	tick(&mut story);
	story.publish(FIRST, 0, &result(50)).unwrap();
	let live = story.live(FIRST);
	let commitments = live.commitments.iter().map(|commitment| commitment.at);
	assert_eq!(commitments.collect::<Vec<_>>(), [start + 1, start + 2, start + 3]);
	assert!(live.attestations.iter().all(|attestation| attestation.at == start + 6));
	assert!(live.publications.iter().all(|publication| publication.at == start + 7));
}
