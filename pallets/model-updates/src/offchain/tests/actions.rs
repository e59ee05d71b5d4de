use super::*;
use crate::{
	mock::pair,
	offchain::{
		action::{attestation_statement, attested, availability_vote, next_action, Action},
		deadlines::{deadlines, Deadline},
		part_of,
	},
};
use sheaf_training::{
	Attestation, BountyState, Frozen, OpenedRoot, Publication, RoundResult, Statement,
};
use sp_core::Pair;

fn verifier() -> AccountId {
	account(201)
}

fn action(training: &Training, now: u32) -> Option<Action> {
	next_action(training, ONE, &verifier(), now, &genesis())
}

fn round_mut(training: &mut Training) -> &mut Round {
	training.lowest.as_mut().unwrap()
}

fn result(byte: u8) -> RoundResult {
	RoundResult { next_model_root: Hash::repeat_byte(byte), scores: None }
}

/// In Attest from block 10 to 30.
fn in_attest() -> Training {
	let mut training = in_upload();
	let round = round_mut(&mut training);
	round.phase = Phase::Attest;
	let inputs = Hash::repeat_byte(5);
	round.frozen = Some(Frozen { updates: Default::default(), slice_root: None, inputs });
	training
}

/// In Publish from block 10 to 30; these verifiers attested these results.
fn in_publish(attested: &[(u8, u8)]) -> Training {
	let mut training = in_attest();
	for (byte, result_byte) in attested {
		let (account, result) = (account(*byte), result(*result_byte));
		let statement = attestation_statement(&training, ONE, &account, &result, &genesis());
		let Some(Statement::Attestation { hash, .. }) = statement else { panic!("not in Attest") };
		let attestation = Attestation { attempt: 0, account, member: true, hash, at: 1 };
		round_mut(&mut training).attestations.try_push(attestation).unwrap();
	}
	round_mut(&mut training).phase = Phase::Publish;
	training
}

fn publish(training: &mut Training, byte: u8) {
	let publication = Publication {
		result: result(byte),
		hash: result(byte).hash(),
		attempt: 0,
		struck: false,
		at: 1,
	};
	round_mut(training).publications.try_push(publication).unwrap();
}

#[test]
fn the_initial_model_is_voted_on_once_and_in_time() {
	let mut training = opened();
	let model = RoundIndex::INITIAL_MODEL;
	let next = |training: &Training, byte, now| {
		next_action(training, model, &account(byte), now, &genesis())
	};
	assert_eq!(next(&training, 201, 1), Some(Action::VoteInitialModel));
	assert_eq!(next(&training, 201, 9), Some(Action::VoteInitialModel));
	assert_eq!(next(&training, 201, 10), None, "it would arrive at the deadline");
	assert_eq!(next(&training, 200, 1), None, "not on the committee");
	if let BountyState::Preparing { votes, .. } = &mut training.bounty.state {
		*votes = 0b10;
	}
	assert_eq!(next(&training, 201, 1), Some(Action::VoteInitialModel));
	assert_eq!(next(&training, 202, 1), None, "voted");
	training.bounty.state = BountyState::Enrolling { deadline: 11 };
	assert_eq!(next(&training, 201, 1), None);
}

#[test]
fn upload_asks_while_something_is_missing_and_votes_are_left() {
	let mut training = in_upload();
	assert_eq!(action(&training, 10), Some(Action::VoteAvailability));
	assert_eq!(action(&training, 28), Some(Action::VoteAvailability));
	assert_eq!(action(&training, 29), None, "it would arrive at the deadline");
	assert_eq!(next_action(&training, ONE, &account(9), 10, &genesis()), None);
	assert_eq!(next_action(&training, RoundIndex(2), &verifier(), 10, &genesis()), None);
	round_mut(&mut training).votes[0] = MemberVotes { bits: 0b1110, sent: 1, at: 1 };
	assert_eq!(action(&training, 10), Some(Action::VoteAvailability), "the slice is missing");
	round_mut(&mut training).slice_spent = true;
	assert_eq!(action(&training, 10), None);
	round_mut(&mut training).votes[0] = MemberVotes { bits: 0b10, sent: 8, at: 1 };
	assert_eq!(action(&training, 10), None, "no votes are left");
}

#[test]
fn attest_asks_until_this_attempt_is_attested() {
	let mut training = in_attest();
	assert_eq!(action(&training, 10), Some(Action::Attest));
	assert_eq!(action(&training, 29), None, "it would arrive at the deadline");
	let attestation = |attempt| Attestation {
		attempt,
		account: verifier(),
		member: true,
		hash: Hash::zero(),
		at: 1,
	};
	round_mut(&mut training).attestations.try_push(attestation(0)).unwrap();
	assert_eq!(action(&training, 10), None);
	round_mut(&mut training).attempt = 1;
	assert_eq!(action(&training, 10), Some(Action::Attest));
}

#[test]
fn members_publish_one_after_the_other() {
	let training = in_publish(&[(201, 1), (202, 1), (204, 1)]);
	let first_at = |byte| {
		(10..30).find(|now| next_action(&training, ONE, &account(byte), *now, &genesis()).is_some())
	};
	assert_eq!(first_at(201), Some(10));
	assert_eq!(first_at(202), Some(11));
	assert_eq!(first_at(203), None, "attested nothing");
	assert_eq!(first_at(204), Some(13));
}

#[test]
fn near_the_deadline_nobody_waits_to_publish() {
	let mut training = in_publish(&[(204, 1)]);
	round_mut(&mut training).phase_length = 4;
	let next = |now| next_action(&training, ONE, &account(204), now, &genesis());
	assert_eq!(next(10), None);
	assert_eq!(next(11), Some(Action::Publish));
	assert_eq!(next(13), None, "it would arrive at the deadline");
}

#[test]
fn only_what_nobody_published_is_published() {
	let mut training = in_publish(&[(201, 1), (202, 2)]);
	publish(&mut training, 2);
	assert_eq!(action(&training, 15), Some(Action::Publish));
	publish(&mut training, 1);
	assert_eq!(action(&training, 15), None);
}

#[test]
fn in_accepted_a_dissenter_publishes_even_late() {
	let mut training = in_publish(&[(201, 1), (202, 2)]);
	publish(&mut training, 2);
	let round = round_mut(&mut training);
	round.phase = Phase::Accepted;
	round.accepted = Some(result(2).hash());
	assert_eq!(action(&training, 99), Some(Action::Publish));
	assert_eq!(next_action(&training, ONE, &account(202), 99, &genesis()), None);
}

#[test]
fn an_attestation_opens_only_to_its_own_result_and_attempt() {
	let mut training = in_publish(&[(201, 1)]);
	let opens = |training: &Training, byte| {
		attested(training, ONE, &verifier(), &result(byte).hash(), &genesis())
	};
	assert!(opens(&training, 1));
	assert!(!opens(&training, 2));
	round_mut(&mut training).attempt = 1;
	assert!(!opens(&training, 1));
}

fn vote(training: &Training, now: u32, held: &Availability) -> Option<(u128, Vec<OpenedRoot>)> {
	match availability_vote(training, ONE, &verifier(), now, &genesis(), held)? {
		Statement::Availability { bits, roots } => Some((bits, roots.into_inner())),
		_ => panic!("a vote is a statement of availability"),
	}
}

fn root_of(slot: u16) -> OpenedRoot {
	OpenedRoot { slot: Some(Slot(slot)), root: update(slot).root }
}

#[test]
fn everything_is_voted_at_once_with_the_roots_that_are_not_on_chain() {
	let mut training = in_upload();
	let slice_root = OpenedRoot { slot: None, root: slice().root };
	let all = vec![slice_root, root_of(0), root_of(1), root_of(2)];
	assert_eq!(vote(&training, 10, &complete()), Some((0b1111, all)));
	let round = round_mut(&mut training);
	round.slice_root = Some(slice().root);
	round.commitments[1].root = Some(update(1).root);
	assert_eq!(vote(&training, 10, &complete()), Some((0b1111, vec![root_of(0), root_of(2)])));
}

#[test]
fn every_vote_is_accepted_by_the_state_machine() {
	with_gateway(serving(), |_| {
		frame_system::Pallet::<crate::mock::Test>::set_block_number(11);
		let mut training = in_upload();
		let mut held = complete();
		held.updates.truncate(2);
		let (bits, roots) = vote(&training, 13, &held).unwrap();
		let environment = crate::mock::TestEnvironment;
		training.vote(ONE, 0, &verifier(), bits, &roots, &environment).unwrap();
		let (bits, roots) = vote(&training, 13, &complete()).unwrap();
		assert_eq!((bits, roots.clone()), (0b1111, vec![root_of(2)]));
		training.vote(ONE, 0, &verifier(), bits, &roots, &environment).unwrap();
		assert_eq!(vote(&training, 13, &complete()), None);
	});
}

#[test]
fn nothing_is_voted_before_the_closing_block_is_final() {
	let held = Availability { closing_block_final: false, ..complete() };
	assert_eq!(vote(&in_upload(), 28, &held), None);
}

#[test]
fn what_opens_nothing_is_left_out() {
	let mut training = in_upload();
	let mut held = complete();
	held.slice = Some(Hash::repeat_byte(1));
	held.updates[0].1 = update(1).root;
	held.updates.push((Slot(7), update(2).root));
	assert_eq!(vote(&training, 28, &held), Some((0b1100, vec![root_of(1), root_of(2)])));
	let round = round_mut(&mut training);
	round.commitments[0].root = Some(update(0).root);
	round.slice_root = Some(slice().root);
	assert_eq!(vote(&training, 28, &held), Some((0b1100, vec![root_of(1), root_of(2)])));
	round_mut(&mut training).slice_root = None;
	round_mut(&mut training).slice_spent = true;
	assert_eq!(vote(&training, 10, &complete()).unwrap().0, 0b1110);
}

#[test]
fn parts_are_voted_after_a_wait_and_spread_over_the_phase() {
	let mut training = in_upload();
	let mut held = complete();
	held.updates.truncate(1);
	let first_at = |training: &Training, held: &Availability| {
		(10..30).find(|now| vote(training, *now, held).is_some())
	};
	assert_eq!(first_at(&training, &held), Some(13));
	for (sent, at) in [(1, 13), (2, 15), (4, 20), (6, 25), (7, 27)] {
		round_mut(&mut training).votes[0] = MemberVotes { bits: 0b1000, sent, at: 1 };
		assert_eq!(first_at(&training, &held), Some(at), "after {sent} votes");
	}
	assert_eq!(first_at(&training, &complete()), Some(10), "complete");
}

#[test]
fn who_holds_nothing_says_half_way_once_that_it_is_there() {
	let mut training = in_upload();
	let nothing = Availability { closing_block_final: true, ..Default::default() };
	assert_eq!(vote(&training, 19, &nothing), None);
	assert_eq!(vote(&training, 20, &nothing), Some((0, vec![])));
	round_mut(&mut training).votes[0].sent = 1;
	assert_eq!(vote(&training, 28, &nothing), None);
}

fn due_from(deadline: &Deadline, key_byte: u8) -> u32 {
	let validators: Vec<_> = [205, 206].map(member).to_vec();
	let keys = [pair(key_byte).public()];
	(0..).find(|now| deadline.is_due(*now, &validators, &keys)).unwrap()
}

#[test]
fn the_committee_acts_on_its_deadlines_one_after_the_other() {
	let training = in_upload();
	let [deadline] = &deadlines(&training)[..] else { panic!("one round is live") };
	assert_eq!(deadline.phase, Some((ONE, 0, Phase::Upload)));
	let expected = [(201, 30), (202, 31), (204, 33), (205, 38), (199, 38)];
	for (key_byte, block) in expected {
		assert_eq!(due_from(deadline, key_byte), block, "verifier {key_byte}");
	}
}

#[test]
fn without_a_committee_the_validators_act() {
	let mut training = in_upload();
	training.bounty.state = BountyState::Enrolling { deadline: 50 };
	let [deadline] = &deadlines(&training)[..] else { panic!("one deadline stands") };
	assert_eq!(deadline.phase, None);
	assert_eq!(due_from(deadline, 205), 50);
	assert_eq!(due_from(deadline, 206), 51);
	assert_eq!(due_from(deadline, 201), 58);
}

#[test]
fn commit_has_no_deadline_while_the_round_before_is_open() {
	let mut training = in_upload();
	let mut following = training.lowest.clone().unwrap();
	following.phase = Phase::Commit;
	following.committee = Default::default();
	following.previous_settled = false;
	training.following = Some(following);
	assert_eq!(deadlines(&training).len(), 1);
	training.following.as_mut().unwrap().previous_settled = true;
	assert_eq!(deadlines(&training).len(), 2);
	training.bounty.state = BountyState::Completed;
	assert!(deadlines(&training).is_empty());
}

#[test]
fn looks_go_round_all_live_bounties() {
	let live: Vec<BountyId> = (0..150).map(BountyId).collect();
	let parts: Vec<_> = (0..4).map(|look| part_of(live.clone(), look)).collect();
	assert_eq!(parts[..3].concat(), live);
	assert_eq!(parts[3], parts[0]);
	assert!(part_of(Vec::new(), 3).is_empty());
}
