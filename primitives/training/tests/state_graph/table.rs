//! Every event in every state, against the protocol's table.

use crate::{laws::check, support::*};
use sheaf_training::{
	testing::account, BountySpec, EnrolmentPolicy, Phase, Refusal, RoundIndex, Turn,
};
use std::sync::OnceLock;

const STATES: [&str; 13] = [
	"Preparing",
	"Enrolling",
	"Commit",
	"Draw",
	"Upload",
	"Attest",
	"Publish",
	"Accepted",
	"Challenged",
	"Answered",
	"Completed",
	"Cancelled",
	"Aborted",
];

/// Which states accept which event, in the order of [`STATES`].
const TABLE: [(&str, &str); 21] = [
	("vote_initial_model", "x............"),
	("advance_bounty", "xx..........."),
	("cancel", "xx..........."),
	("start", ".x..........."),
	("close", "..xxxxxxxx..."),
	("invite", "xxxxxxxxxx..."),
	("enroll", ".xx....xxx..."),
	("rejoin", ".xx....xxx..."),
	("leave", ".xx....xxx..."),
	("enroll_aggregator", "xxxxxxxxxx..."),
	("leave_aggregator", "xxxxxxxxxxxxx"),
	("commit", "..x.........."),
	("commit_next", ".......xxx..."),
	("vote", "....x........"),
	("attest", ".....x......."),
	("publish", "......xxxx..."),
	("strike", "...x.xxxxx..."),
	("open_challenge", ".......x....."),
	("answer_challenge", "........x...."),
	("narrow_challenge", ".........x..."),
	("advance", "..xxxxxxxx..."),
];

/// What a quorum claims in round 1: two answers to its leaves.
fn claim() -> &'static Claim {
	static CLAIM: OnceLock<Claim> = OnceLock::new();
	CLAIM.get_or_init(|| Claim::new(600))
}

/// Places for four invited trainers, of whom 14 has not enrolled; 31 aggregates.
fn enrolling() -> Story {
	let spec = BountySpec {
		max_trainers: 4,
		enrolment: EnrolmentPolicy::Invited,
		max_weight: 2,
		..claim().spec()
	};
	let mut story = Story::open(spec);
	story.enroll_aggregator(31).unwrap();
	story
}

fn committing() -> Story {
	let mut story = enrolling();
	open_enrolment(&mut story);
	story.start().unwrap();
	story.training.bounty.trainers[2].active = false;
	story.commit(FIRST, 11).unwrap();
	story
}

fn open_enrolment(story: &mut Story) {
	for verifier in 201..=203 {
		story.vote_initial_model(verifier).unwrap();
	}
	for trainer in 11..=14 {
		story.invite(trainer, 1).unwrap();
	}
	for trainer in 11..=13 {
		story.enroll(trainer).unwrap();
	}
}

/// The second attempt attests; a wrong and a right result of the first can be published.
fn attesting() -> Story {
	let mut story = committing();
	story.commit(FIRST, 12).unwrap();
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1], &result(66));
	story.attest_by(FIRST, &[2, 3], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(66)).unwrap();
	story.advance(FIRST).unwrap();
	story
}

fn in_state(state: &str) -> Story {
	let mut story = match state {
		"Preparing" | "Cancelled" => enrolling(),
		"Enrolling" => {
			let mut story = enrolling();
			open_enrolment(&mut story);
			story.training.bounty.trainers[2].active = false;
			story
		}
		"Commit" | "Upload" => committing(),
		_ => attesting(),
	};
	match state {
		"Cancelled" => story.cancel().unwrap(),
		"Upload" => {
			story.commit(FIRST, 12).unwrap();
			story.vote_raw(FIRST, 0, 0, &[]).unwrap();
		}
		"Draw" => {
			story.world.crowded = true;
			story.advance(FIRST).unwrap();
		}
		"Publish" | "Accepted" | "Challenged" | "Answered" | "Completed" | "Aborted" => {
			story.attest_by(FIRST, &[0, 1, 2], &claim().result());
			story.attest_by(FIRST, &[3], &result(62));
			story.advance(FIRST).unwrap();
		}
		_ => {}
	}
	match state {
		"Accepted" => story.publish(FIRST, 0, &claim().result()).unwrap(),
		"Challenged" | "Answered" => {
			story.publish(FIRST, 0, &claim().result()).unwrap();
			story.open_challenge(99).unwrap();
		}
		"Completed" => {
			story.close().unwrap();
			story.publish(FIRST, 0, &claim().result()).unwrap();
			story.advance(FIRST).unwrap();
		}
		"Aborted" => {
			while !story.training.bounty.ended() {
				story.advance(FIRST).unwrap();
			}
		}
		_ => {}
	}
	if state == "Answered" {
		story.answer(202, claim()).unwrap();
	}
	story
}

/// The event as somebody would send it who is entitled to.
fn send(event: &str, story: &mut Story) -> Result<(), Refusal> {
	let seat = |story: &Story, seat: usize| {
		story.training.round(FIRST).map_or(account(204), |round| {
			round.members().get(seat).cloned().unwrap_or(account(204))
		})
	};
	match event {
		"vote_initial_model" => story.vote_initial_model(201),
		"advance_bounty" => story.advance_bounty(),
		"cancel" => story.cancel(),
		"start" => story.start(),
		"close" => story.close().map(|_| ()),
		"invite" => story.invite(15, 2),
		"enroll" => story.enroll(14).map(|_| ()),
		"rejoin" => story.rejoin(13),
		"leave" => story.leave(12),
		"enroll_aggregator" => story.enroll_aggregator(32),
		"leave_aggregator" => story.leave(31),
		"commit" => story.commit(FIRST, 12),
		"commit_next" => story.commit(SECOND, 12),
		"vote" => {
			let (member, attempt) = (seat(story, 1), attempt(story));
			story.happen(|training, world| training.vote(FIRST, attempt, &member, 0, &[], world))
		}
		"attest" => {
			let (member, attempt) = (seat(story, 3), attempt(story));
			let frozen = story.training.round(FIRST).and_then(|round| round.frozen.as_ref());
			let inputs = frozen.map_or_else(Default::default, |frozen| frozen.inputs);
			story.happen(|training, world| {
				training.attest(FIRST, attempt, &member, inputs, Default::default(), world)
			})
		}
		"publish" => story.publish_in(FIRST, 0, &account(203), &result(60)),
		"strike" => story.strike(FIRST, 66),
		"open_challenge" | "answer_challenge" | "narrow_challenge"
			if story.training.round(FIRST).is_none() =>
		{
			story.happen(|training, world| training.narrow_challenge(FIRST, 3, &account(99), world))
		}
		"open_challenge" => story.open_challenge(98),
		"answer_challenge" => story.answer(202, claim()),
		"narrow_challenge" => story.narrow(99, 3),
		"advance" => match story.training.round(FIRST) {
			Some(_) => story.advance(FIRST),
			None => story.happen(|training, world| {
				training.advance(FIRST, 0, Phase::Accepted, world.now, world)
			}),
		},
		other => panic!("unknown event {other}"),
	}
}

fn attempt(story: &Story) -> u8 {
	story.training.round(FIRST).map_or(0, |round| round.attempt)
}

#[test]
fn every_state_accepts_the_events_of_the_table_and_no_others() {
	for (event, accepted) in TABLE {
		for (state, expected) in STATES.iter().zip(accepted.chars()) {
			let mut story = in_state(state);
			let before = story.training.clone();
			let outcome = send(event, &mut story);
			assert_eq!(outcome.is_ok(), expected == 'x', "{event} in {state}: {outcome:?}");
			match outcome {
				Ok(()) => drop(check(&before, &story)),
				Err(_) => assert_eq!(story.training, before),
			}
		}
	}
}

#[test]
fn the_states_of_the_table_are_what_they_are_called() {
	for state in STATES {
		let story = in_state(state);
		let actual = match story.training.round(RoundIndex(1)) {
			Some(round) => match round.challenge.as_ref().map(|challenge| challenge.turn) {
				None => format!("{:?}", round.phase),
				Some(Turn::Attesters) => "Challenged".into(),
				Some(Turn::Challenger) => "Answered".into(),
			},
			None => format!("{:?}", story.state()),
		};
		assert!(actual.starts_with(state), "{state} is {actual}");
	}
}
