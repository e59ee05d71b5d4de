//! Long random walks.

use crate::{
	actors::{advance, event, Dice, LEAVES},
	laws::{all_moves, check, live_rounds, run_out, Moves},
	support::*,
};
use sheaf_training::{
	testing::{limits, member},
	BountySpec, BountyState, ChallengeOutcome, Effect, EnrolmentPolicy, Limits,
};
use std::collections::BTreeSet;

const WALKS: u64 = 1_500;
const STEPS: usize = 400;

/// Bounties and chains of many kinds.
fn some_story(dice: &mut Dice) -> Story {
	let base = if dice.once_in(2) { sliced_spec() } else { plain_spec() };
	let min_trainers = 1 + dice.below(3) as u16;
	let invited = dice.once_in(4);
	let mut spec = BountySpec {
		min_trainers,
		max_trainers: min_trainers + dice.below(3) as u16,
		max_attempts: 1 + dice.below(4) as u8,
		enrolment: if invited { EnrolmentPolicy::Invited } else { EnrolmentPolicy::Open },
		max_weight: if invited { 3 } else { 1 },
		..base
	};
	spec.parameters.element_count = 256 * LEAVES;
	let mut story = Story::open(spec);
	story.world.limits = Limits { max_doublings: dice.below(4) as u8, ..limits() };
	story.world.verifiers = (201..=201 + dice.below(7) as u8).map(member).collect();
	story.world.seats = 1 + dice.below(5);
	story.world.min_committee = 1 + dice.below(2);
	story.world.crowded = dice.once_in(3);
	story
}

/// Goes on to the next deadline and ends what is due, as the nodes of the network do.
fn pass_time(story: &mut Story) -> Moves {
	let before = story.training.clone();
	let rounds = live_rounds(&before);
	let lowest = rounds.first().map(|(index, round)| advance(*index, round));
	match (lowest, rounds.first()) {
		(Some(event), Some((_, round))) => {
			story.world.now = story.world.now.max(round.deadline());
			story.happen(event).expect("a deadline has an exit");
		}
		_ => story.advance_bounty().expect("a deadline has an exit"),
	}
	check(&before, story)
}

/// What kind of dispute an effect is about.
fn dispute(effect: &Effect) -> Option<&'static str> {
	match effect {
		Effect::ChallengeOpened { .. } => Some("opened"),
		Effect::ChallengeMoved { challenge, .. } if challenge.at_the_leaves() => {
			Some("at the leaves")
		}
		Effect::ChallengeMoved { challenge, .. } if challenge.opened.is_empty() => Some("narrowed"),
		Effect::ChallengeMoved { .. } => Some("answered"),
		Effect::ChallengeEnded { outcome: ChallengeOutcome::Upheld, .. } => Some("upheld"),
		Effect::ChallengeEnded { .. } => Some("rejected"),
		Effect::StrikesResolved { .. } => Some("strikes resolved"),
		Effect::Conducted { penalty: 1.., .. } => Some("penalised"),
		_ => None,
	}
}

#[test]
fn random_walks_obey_every_law_and_reach_every_edge() {
	let mut moves = Moves::new();
	let mut ends = BTreeSet::new();
	let (mut accepted, mut refused) = (0, 0);
	let mut seen = BTreeSet::new();
	for seed in 0..WALKS {
		let mut dice = Dice(seed);
		let mut story = some_story(&mut dice);
		let mut epilogue = 10;
		for _ in 0..STEPS {
			if story.training.bounty.ended() {
				epilogue -= 1;
				if epilogue == 0 {
					break;
				}
			} else if dice.once_in(25) {
				moves.extend(pass_time(&mut story));
				continue;
			}
			if dice.once_in(6) {
				story.wait(1 + dice.below(4) as u32);
			}
			let event = event(&story, &mut dice);
			let before = story.training.clone();
			match story.happen(event) {
				Ok(()) => {
					accepted += 1;
					seen.extend(story.effects.iter().filter_map(dispute));
					moves.extend(check(&before, &story));
				}
				Err(_) => refused += 1,
			}
			if dice.once_in(30) {
				run_out(story.clone());
			}
		}
		run_out(story.clone());
		ends.insert(match story.state() {
			BountyState::Completed => "completed",
			BountyState::Cancelled => "cancelled",
			BountyState::Aborted => "aborted",
			_ => "on its way",
		});
	}
	assert_eq!(moves, all_moves(), "every edge of the table was walked");
	for end in ["completed", "cancelled", "aborted"] {
		assert!(ends.contains(end), "{ends:?}");
	}
	for kind in ["opened", "answered", "narrowed", "at the leaves", "upheld", "rejected"] {
		assert!(seen.contains(kind), "{kind} is not in {seen:?}");
	}
	assert!(seen.contains("strikes resolved") && seen.contains("penalised"), "{seen:?}");
	assert!(accepted > 10_000 && refused > 10_000, "{accepted} accepted, {refused} refused");
}
