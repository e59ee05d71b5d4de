//! Long random walks.

use crate::{
	dice::Dice,
	laws::{all_moves, run_out, Moves},
	steps::{some_story, step, Step},
};
use sheaf_training::{BountyState, ChallengeOutcome, Effect};
use std::collections::BTreeSet;

const WALKS: u64 = 1_500;
const STEPS: usize = 400;

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
		let mut dice = Dice::Seeded(seed);
		let mut story = some_story(&mut dice);
		let mut epilogue = 10;
		for _ in 0..STEPS {
			if story.training.bounty.ended() {
				epilogue -= 1;
				if epilogue == 0 {
					break;
				}
			}
			match step(&mut story, &mut dice) {
				Step::Waited(walked) => {
					moves.extend(walked);
					continue;
				}
				Step::Accepted(walked) => {
					accepted += 1;
					seen.extend(story.effects.iter().filter_map(dispute));
					moves.extend(walked);
				}
				Step::Refused => refused += 1,
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

#[test]
fn given_bytes_walk_as_far_as_they_last() {
	let mut dice = Dice::Given((0..4_000).map(|place: u32| (place * place / 7) as u8).collect());
	let mut story = some_story(&mut dice);
	let mut steps = 0;
	while !dice.is_spent() {
		step(&mut story, &mut dice);
		steps += 1;
	}
	assert!(steps > 100, "{steps} steps of 4,000 bytes");
	run_out(story);
}
