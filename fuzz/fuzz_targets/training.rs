//! Bytes drive a bounty: who does what, when, with what in it. The laws of the protocol hold after
//! every step, and from wherever it stops, deadlines alone lead to the end.
#![no_main]
#![allow(dead_code)] // The laws are those of the state graph's tests.

#[path = "../../primitives/training/tests/state_graph/actors.rs"]
mod actors;
#[path = "../../primitives/training/tests/state_graph/dice.rs"]
mod dice;
#[path = "../../primitives/training/tests/state_graph/laws.rs"]
mod laws;
#[path = "../../primitives/training/tests/state_graph/steps.rs"]
mod steps;
#[path = "../../primitives/training/tests/support/mod.rs"]
mod support;

use dice::Dice;
use libfuzzer_sys::fuzz_target;

/// Most steps of a walk.
const STEPS: usize = 300;
/// Steps after the end, which must change nothing.
const EPILOGUE: usize = 5;

fuzz_target!(|bytes: &[u8]| {
	let mut dice = Dice::Given(bytes.iter().rev().copied().collect());
	let mut story = steps::some_story(&mut dice);
	let mut epilogue = EPILOGUE;
	for _ in 0..STEPS {
		if dice.is_spent() || epilogue == 0 {
			break;
		}
		if story.training.bounty.ended() {
			epilogue -= 1;
		}
		steps::step(&mut story, &mut dice);
	}
	laws::run_out(story);
});
