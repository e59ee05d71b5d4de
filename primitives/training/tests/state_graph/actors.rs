//! Random actors, most of them sensible, some of them not.

use crate::{
	dice::Dice,
	laws::{live_rounds, Event},
	support::*,
};
use sheaf_training::{
	commitment_hash,
	testing::{account, hash},
	update_bit, AccountId, AttestationContext, BountyState, EnrolmentPolicy, Hash, Invitation,
	OpenedNodes, OpenedRoot, Phase, Round, RoundIndex, RoundResult, Slot, Turn, SLICE_BIT,
};
use std::sync::OnceLock;

/// Trainers, aggregators, verifiers (a verifier may aggregate), the sponsor, a stranger.
const ACTORS: [u8; 15] = [1, 11, 12, 13, 14, 15, 31, 201, 202, 203, 204, 205, 206, 207, 99];

fn anybody(dice: &mut Dice) -> AccountId {
	account(ACTORS[dice.below(ACTORS.len())])
}

/// What members may come up with: two right-looking results, a wrong root under two scores.
pub fn results(round: &Round) -> Vec<RoundResult> {
	let sliced = round.frozen.as_ref().is_some_and(|frozen| frozen.slice_root.is_some());
	let roots = [60, 60, 60, 61, 66, 66].map(root);
	let scores = (0..).map(|score| score / 4);
	let of = |(next_model_root, score)| {
		let like = if sliced { scored(0, score) } else { result(0) };
		RoundResult { next_model_root, ..like }
	};
	roots.into_iter().zip(scores).map(of).collect()
}

/// Models of the walks: two answers to the leaves.
pub const LEAVES: u64 = 300;

/// The model that a byte stands for, where somebody has it. 66 is a root over nothing.
fn claim(byte: u8) -> Option<&'static Claim> {
	static CLAIMS: OnceLock<[Claim; 2]> = OnceLock::new();
	let claims = CLAIMS.get_or_init(|| [60, 61].map(|number| Claim::numbered(number, LEAVES)));
	claims.get(usize::from(byte.checked_sub(60)?))
}

/// Root of the model that a byte stands for.
fn root(byte: u8) -> Hash {
	claim(byte).map_or_else(|| hash(byte), Claim::root)
}

/// A move in the open challenge, or a new challenge.
fn challenge(index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let Some(open) = &round.challenge else {
		let accepted = round.accepted_result().expect("in Accepted").next_model_root;
		let mut who = anybody(dice);
		if dice.once_in(2) {
			who = dice.pick(&round.members()).unwrap().clone();
		}
		return Box::new(move |training, world| {
			training.open_challenge(index, accepted, &who, world)
		});
	};
	let accepted = round.accepted_result().expect("in Accepted").next_model_root;
	let known = [60, 61].into_iter().filter_map(claim).find(|claim| claim.root() == accepted);
	match (open.turn, known) {
		(Turn::Attesters, Some(known)) => {
			let mut nodes = known.answer(open);
			if dice.once_in(12) {
				nodes.pop();
			}
			let attested = dice.pick(&round.attestations).map(|a| a.account.clone());
			let who = attested.unwrap_or_else(|| account(99));
			Box::new(move |training, world| training.answer_challenge(index, nodes, &who, world))
		}
		(Turn::Challenger, _) if !open.at_the_leaves() => {
			let child = dice.below(open.opened.len() + 1) as u8;
			let who = if dice.once_in(12) { anybody(dice) } else { open.challenger.clone() };
			Box::new(move |training, world| training.narrow_challenge(index, child, &who, world))
		}
		_ => advance(index, round),
	}
}

/// An event that somebody might send now.
pub fn event(story: &Story, dice: &mut Dice) -> Event {
	let training = &story.training;
	if dice.once_in(8) {
		return nonsense(story, dice);
	}
	if dice.once_in(8) {
		return around_the_rounds(dice);
	}
	if let BountyState::Preparing { committee, .. } = &training.bounty.state {
		let member = dice.pick(committee).unwrap().account.clone();
		return Box::new(move |training, world| training.vote_initial_model(&member, world));
	}
	let rounds = live_rounds(training);
	let Some((index, round)) = dice.pick(&rounds).copied() else {
		let trainer = account(11 + dice.below(4) as u8);
		let invited = training.spec.enrolment == EnrolmentPolicy::Invited;
		if invited && dice.once_in(2) {
			let invitation = Invitation { account: trainer, weight: 1 + dice.below(3) as u32 };
			return Box::new(move |training, _| training.invite(invitation));
		}
		return Box::new(move |training, world| training.enroll(trainer, world).map(|_| ()));
	};
	match round.phase {
		Phase::Commit => commit(story, index, round, dice),
		Phase::Draw => advance(index, round),
		Phase::Upload => vote(story, index, round, dice),
		Phase::Attest if dice.once_in(12) => strike(index, round, dice),
		Phase::Attest => attest(index, round, dice),
		Phase::Publish if dice.once_in(6) => strike(index, round, dice),
		Phase::Publish => publish(index, round, dice),
		Phase::Accepted if round.challenge.is_some() && !dice.once_in(8) => {
			challenge(index, round, dice)
		}
		Phase::Accepted => match dice.below(9) {
			0 | 1 => publish(index, round, dice),
			2 => strike(index, round, dice),
			3 | 4 => challenge(index, round, dice),
			_ => advance(index, round),
		},
	}
}

/// The honest `advance` of a phase; refused before its deadline.
pub fn advance(index: RoundIndex, round: &Round) -> Event {
	let (attempt, phase, deadline) = (round.attempt, round.phase, round.deadline());
	Box::new(move |training, world| training.advance(index, attempt, phase, deadline, world))
}

fn around_the_rounds(dice: &mut Dice) -> Event {
	let who = anybody(dice);
	match dice.below(24) {
		0..=5 => Box::new(move |training, world| training.enroll(who, world).map(|_| ())),
		6..=9 => Box::new(move |training, _| training.rejoin(&who)),
		10..=12 => Box::new(move |training, _| training.enroll_aggregator(who)),
		13..=14 => Box::new(move |training, world| training.leave(&who, world)),
		15..=18 => {
			let invitation = Invitation { account: who, weight: dice.below(4) as u32 };
			Box::new(move |training, _| training.invite(invitation))
		}
		19..=20 => Box::new(|training, world| training.start(world)),
		21 => Box::new(|training, _| training.close().map(|_| ())),
		22 if dice.once_in(4) => Box::new(|training, _| training.cancel()),
		_ => {
			let member = account(201 + dice.below(4) as u8);
			Box::new(move |training, world| training.vote_initial_model(&member, world))
		}
	}
}

fn commit(story: &Story, index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let trainers = &story.training.bounty.trainers;
	let who = dice.pick(trainers).map_or_else(|| account(11), |t| t.account.clone());
	let mut root = update_root(byte(&who), index);
	if dice.once_in(6) {
		root = update_root(11, index);
	}
	let attempt = round.attempt;
	let hash = commitment_hash(&hash(1), BOUNTY, index, attempt, &who, &root);
	Box::new(move |training, world| training.commit(index, attempt, &who, hash, world))
}

/// The root that a commitment opens to, if it is one that [`commit`] made.
pub fn root_of(commitment: &sheaf_training::Commitment, index: RoundIndex) -> Hash {
	let own = update_root(byte(&commitment.account), index);
	let (attempt, account) = (commitment.attempt, &commitment.account);
	if commitment_hash(&hash(1), BOUNTY, index, attempt, account, &own) == commitment.hash {
		own
	} else {
		update_root(11, index)
	}
}

fn vote(story: &Story, index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let mut bits = 0;
	let mut roots = Vec::new();
	let generous = 2 + dice.below(6);
	for commitment in &round.commitments {
		if !dice.once_in(generous) {
			bits |= update_bit(commitment.slot);
			let root = root_of(commitment, index);
			roots.push(OpenedRoot { slot: Some(commitment.slot), root });
		}
	}
	let sliced = story.training.spec.evaluation.is_some() && !round.slice_spent;
	if sliced && !dice.once_in(3) {
		bits |= SLICE_BIT;
		roots.push(OpenedRoot { slot: None, root: slice_root(index) });
	}
	if dice.once_in(10) {
		(bits, roots) = (0, Vec::new());
	}
	let attempt = round.attempt;
	let member = dice.pick(&round.committee).map_or_else(|| account(99), |m| m.account.clone());
	Box::new(move |training, world| training.vote(index, attempt, &member, bits, &roots, world))
}

fn attest(index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let mut able = round.members();
	able.extend(round.aggregator.clone());
	let who = dice.pick(&able).cloned().unwrap_or_else(|| account(99));
	let inputs = round.frozen.as_ref().map_or_else(|| hash(2), |frozen| frozen.inputs);
	let genesis = hash(1);
	let attempt = round.attempt;
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: index,
		attempt,
		inputs: &inputs,
	};
	let all = results(round);
	// Mostly the committee agrees, on the right or on a wrong result.
	let agreed = (usize::from(attempt) + index.0 as usize) % all.len();
	let result = if dice.once_in(3) { dice.pick(&all) } else { all.get(agreed) };
	let mut attestation = context.attestation_hash(&who, &result.unwrap().hash());
	if dice.once_in(20) {
		attestation = hash(3);
	}
	Box::new(move |training, world| {
		training.attest(index, attempt, &who, inputs, attestation, world)
	})
}

fn publish(index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let attested = dice.pick(&round.attestations).cloned();
	let Some(attested) = attested else { return advance(index, round) };
	let genesis = hash(1);
	let inputs = round.frozen.as_ref().map_or_else(|| hash(2), |frozen| frozen.inputs);
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: index,
		attempt: attested.attempt,
		inputs: &inputs,
	};
	let opened = results(round)
		.into_iter()
		.find(|r| context.attestation_hash(&attested.account, &r.hash()) == attested.hash)
		.unwrap_or_else(|| result(1));
	let (attempt, who) = (attested.attempt, attested.account);
	Box::new(move |training, world| training.publish(index, attempt, &who, opened, world))
}

fn strike(index: RoundIndex, round: &Round, dice: &mut Dice) -> Event {
	let root = dice
		.pick(&round.publications)
		.map_or_else(|| hash(66), |publication| publication.result.next_model_root);
	let who = anybody(dice);
	Box::new(move |training, world| training.strike(index, root, &who, world))
}

/// Anything, from anybody, about anything.
fn nonsense(story: &Story, dice: &mut Dice) -> Event {
	let who = anybody(dice);
	let index = RoundIndex(if dice.once_in(10) { u32::MAX } else { dice.below(5) as u32 });
	let attempt = if dice.once_in(10) { u8::MAX } else { dice.below(4) as u8 };
	let known = story.training.round(index);
	let some_hash = match known.and_then(|round| round.frozen.as_ref()) {
		Some(frozen) if dice.once_in(2) => frozen.inputs,
		_ => hash(dice.below(256) as u8),
	};
	match dice.below(10) {
		7 => Box::new(move |training, world| training.open_challenge(index, root(60), &who, world)),
		8 => {
			let nodes = (0..dice.below(257)).map(|_| some_hash).collect();
			let nodes = OpenedNodes::truncate_from(nodes);
			Box::new(move |training, world| training.answer_challenge(index, nodes, &who, world))
		}
		9 => {
			let child = dice.below(256) as u8;
			Box::new(move |training, world| training.narrow_challenge(index, child, &who, world))
		}
		0 => {
			Box::new(move |training, world| training.commit(index, attempt, &who, some_hash, world))
		}
		1 => {
			let bits = (u128::from(dice.next()) << 64) | u128::from(dice.next());
			let slot = [None, Some(Slot(0)), Some(Slot(127)), Some(Slot(u16::MAX))][dice.below(4)];
			let roots = [OpenedRoot { slot, root: some_hash }; 3];
			let bits = if dice.once_in(2) { bits } else { 1 << dice.below(128) };
			Box::new(move |training, world| {
				training.vote(index, attempt, &who, bits, &roots, world)
			})
		}
		2 => {
			let attestation = hash(dice.below(256) as u8);
			Box::new(move |training, world| {
				training.attest(index, attempt, &who, some_hash, attestation, world)
			})
		}
		3 => {
			let claimed =
				if dice.once_in(2) { result(60) } else { scored(66, dice.below(9) as u32) };
			Box::new(move |training, world| training.publish(index, attempt, &who, claimed, world))
		}
		4 => {
			let root = root([60, 61, 66, 0][dice.below(4)]);
			Box::new(move |training, world| training.strike(index, root, &who, world))
		}
		5 => {
			use Phase::*;
			let phase = [Commit, Draw, Upload, Attest, Publish, Accepted][dice.below(6)];
			let deadline = match known {
				Some(round) if dice.once_in(2) => round.deadline(),
				_ => dice.below(400) as u32,
			};
			Box::new(move |training, world| {
				training.advance(index, attempt, phase, deadline, world)
			})
		}
		_ => {
			let deadline = dice.below(200) as u32;
			Box::new(move |training, world| training.advance_bounty(deadline, world))
		}
	}
}
