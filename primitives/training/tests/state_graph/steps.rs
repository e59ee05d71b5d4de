//! Single steps of a random walk, each checked against the laws.

use crate::{
	actors::{advance, event, LEAVES},
	dice::Dice,
	laws::{check, live_rounds, Moves},
	support::*,
};
use sheaf_training::{
	testing::{limits, member},
	BountySpec, EnrolmentPolicy, Limits,
};

/// What a step was, with the moves that rounds made.
pub enum Step {
	/// A deadline passed.
	Waited(Moves),
	/// An event was accepted.
	Accepted(Moves),
	/// An event was refused.
	Refused,
}

/// Bounties and chains of many kinds.
pub fn some_story(dice: &mut Dice) -> Story {
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

/// Lets time pass, or something happen.
pub fn step(story: &mut Story, dice: &mut Dice) -> Step {
	if !story.training.bounty.ended() && dice.once_in(25) {
		return Step::Waited(pass_time(story));
	}
	if dice.once_in(6) {
		story.wait(1 + dice.below(4) as u32);
	}
	let event = event(story, dice);
	let before = story.training.clone();
	match story.happen(event) {
		Ok(()) => Step::Accepted(check(&before, story)),
		Err(_) => Step::Refused,
	}
}
