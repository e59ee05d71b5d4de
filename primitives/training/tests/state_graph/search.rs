//! A small bounty, exhaustively: two rounds of two attempts, two members, a right and a wrong result.

use crate::{
	actors::advance,
	laws::{check, Event},
	support::*,
};
use codec::Encode;
use sheaf_training::{
	testing::{account, hash, member},
	BountySpec, Phase, Round, RoundIndex, RoundResult,
};
use std::{
	collections::{HashMap, VecDeque},
	sync::OnceLock,
};

/// Everything of a story that the future depends on; time counts from now.
fn key(story: &Story) -> Vec<u8> {
	let training = &story.training;
	let relative = |round: &Option<Round>| {
		round.clone().map(|mut round| {
			let end = round.phase_started_at.saturating_add(round.phase_length);
			let left = end.saturating_sub(story.world.now);
			(round.phase_started_at, round.phase_length) = (0, left);
			if let Some(challenge) = &mut round.challenge {
				challenge.deadline = challenge.deadline.saturating_sub(story.world.now);
			}
			forget_when(&mut round);
			round
		})
	};
	(&training.bounty, relative(&training.lowest), relative(&training.following)).encode()
}

/// Blocks of what was said are a record: nothing depends on them.
fn forget_when(round: &mut Round) {
	round.commitments.iter_mut().for_each(|commitment| commitment.at = 0);
	round.votes.iter_mut().for_each(|votes| votes.at = 0);
	round.attestations.iter_mut().for_each(|attestation| attestation.at = 0);
	round.publications.iter_mut().for_each(|publication| publication.at = 0);
}

/// Every event that can matter in this instance.
fn events(story: &Story) -> Vec<Event> {
	let mut events: Vec<Event> = Vec::new();
	let Some(lowest) = story.training.lowest_index() else { return events };
	for index in [lowest, lowest.next()] {
		let Some(round) = story.training.round(index) else { continue };
		match round.phase {
			Phase::Commit => commits(story, index, &mut events),
			Phase::Draw => {}
			Phase::Upload => votes(story, index, &mut events),
			Phase::Attest => attestations(story, index, &mut events),
			Phase::Publish | Phase::Accepted => publications(round, index, &mut events),
		}
	}
	events
}

fn commits(story: &Story, index: RoundIndex, events: &mut Vec<Event>) {
	for trainer in [11, 12] {
		let hash = story.commitment(index, trainer, &update_root(trainer, index));
		let attempt = story.live(index).attempt;
		events.push(Box::new(move |training, world| {
			training.commit(index, attempt, &account(trainer), hash, world)
		}));
	}
	events.push(Box::new(|training, _| training.rejoin(&account(12))));
}

fn votes(story: &Story, index: RoundIndex, events: &mut Vec<Event>) {
	let attempt = story.live(index).attempt;
	let committed: Vec<u8> =
		story.live(index).commitments.iter().map(|c| byte(&c.account)).collect();
	for member in story.committee(index) {
		for trainers in [&committed[..], &committed[1..]] {
			let (bits, roots) = story.ballot(index, trainers, false);
			let member = member.clone();
			events.push(Box::new(move |training, world| {
				training.vote(index, attempt, &member, bits, &roots, world)
			}));
		}
	}
}

fn attestations(story: &Story, index: RoundIndex, events: &mut Vec<Event>) {
	let attempt = story.live(index).attempt;
	for member in story.committee(index) {
		for result in results() {
			let (inputs, hash) = story.attestation(index, &member, &result);
			let member = member.clone();
			events.push(Box::new(move |training, world| {
				training.attest(index, attempt, &member, inputs, hash, world)
			}));
		}
	}
}

fn publications(round: &Round, index: RoundIndex, events: &mut Vec<Event>) {
	for attestation in &round.attestations {
		for result in results() {
			let (attempt, who) = (attestation.attempt, attestation.account.clone());
			events.push(Box::new(move |training, world| {
				training.publish(index, attempt, &who, result, world)
			}));
		}
	}
	if round.phase == Phase::Accepted {
		challenges(round, index, events);
		events.push(Box::new(|training, _| training.close().map(|_| ())));
	}
	events.push(Box::new(move |training, world| {
		training.strike(index, hash(66), &account(99), world)
	}));
}

/// A stranger challenges, once, early; the first attester may answer, once for two chunks.
fn challenges(round: &Round, index: RoundIndex, events: &mut Vec<Event>) {
	let root = round.accepted_result().unwrap().next_model_root;
	if index == FIRST && round.attempt == 0 {
		events.push(Box::new(move |training, world| {
			training.open_challenge(index, root, &account(99), world)
		}));
	}
	let answerable = round.challenge.as_ref().filter(|_| root == claim().root());
	let attested = round.attestations.first().map(|attestation| attestation.account.clone());
	if let (Some(challenge), Some(who)) = (answerable, attested) {
		let nodes = claim().answer(challenge);
		events.push(Box::new(move |training, world| {
			training.answer_challenge(index, nodes, &who, world)
		}));
	}
}

/// What a member of the committee has, and what it can open.
fn claim() -> &'static Claim {
	static CLAIM: OnceLock<Claim> = OnceLock::new();
	CLAIM.get_or_init(|| Claim::new(2))
}

/// A right result and a wrong one, which cannot be opened.
fn results() -> [RoundResult; 2] {
	[claim().result(), result(66)]
}

/// Walks every state of a bounty with so many trainers and challenges of a result, and returns how
/// many there are.
fn search(trainers: u8, challenges: u8) -> usize {
	let mut spec = BountySpec {
		rounds: 2,
		min_trainers: 1,
		max_trainers: u16::from(trainers),
		max_attempts: 2,
		..plain_spec()
	};
	spec.parameters.element_count = 512;
	let mut first = Story::enrolling(spec);
	first.world.limits.max_challenges = challenges;
	first.world.verifiers = [201, 202, 203].map(member).to_vec();
	first.world.seats = 2;
	first.world.min_committee = 1;
	for trainer in 11..11 + trainers {
		first.enroll(trainer).unwrap();
	}

	// Number of each state, and the one to which time alone leads; none for the end.
	let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
	let mut in_time: Vec<Option<usize>> = Vec::new();
	let mut waiting = VecDeque::new();
	let mut number = |story: Story, waiting: &mut VecDeque<(usize, Story)>| {
		let next = numbers.len();
		let number = *numbers.entry(key(&story)).or_insert(next);
		if number == next {
			waiting.push_back((number, story));
		}
		number
	};
	number(first, &mut waiting);
	while let Some((place, story)) = waiting.pop_front() {
		for event in events(&story) {
			let mut next = story.clone();
			if next.happen(event).is_ok() {
				check(&story.training, &next);
				number(next, &mut waiting);
			}
		}
		let later = story.training.lowest_index().map(|lowest| {
			let mut next = story.clone();
			let round = story.live(lowest);
			next.world.now = next.world.now.max(round.deadline());
			next.happen(advance(lowest, round)).expect("a deadline has an exit");
			check(&story.training, &next);
			number(next, &mut waiting)
		});
		assert_eq!(later.is_none(), story.training.bounty.ended());
		assert_eq!(in_time.len(), place, "states are numbered in order");
		in_time.push(later);
	}
	let longest = (0..in_time.len()).map(|state| steps_to_the_end(state, &in_time)).max();
	assert!(longest.is_some_and(|steps| steps <= 2 * 6 * 2 + 3), "{longest:?} deadlines");
	in_time.len()
}

#[test]
fn every_state_of_a_small_bounty_obeys_the_laws_and_time_alone_ends_it() {
	let states = search(1, 1);
	assert!(states > 1_000, "{states} states");
}

#[test]
#[ignore = "takes minutes"]
fn every_state_of_a_larger_bounty_obeys_the_laws_and_time_alone_ends_it() {
	let states = search(2, 0);
	assert!(states > 50_000, "{states} states");
}

/// How many deadlines lie between a state and the end, if nobody does anything.
fn steps_to_the_end(mut state: usize, in_time: &[Option<usize>]) -> usize {
	for steps in 0..in_time.len() {
		match in_time[state] {
			Some(next) => state = next,
			None => return steps,
		}
	}
	panic!("time alone never ends this state");
}
