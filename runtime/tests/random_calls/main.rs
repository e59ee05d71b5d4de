//! Random calls.
mod bounties;
mod checks;
mod disputes;
mod made_up;
mod mischief;
mod models;
mod nodes;
mod play;
mod rounds;
mod specs;
#[path = "../support/mod.rs"]
mod support;
mod tally;
mod tricks;
mod world;

use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Mutex,
	},
	thread,
};
use tally::Tally;
use world::{World, CALLS_PER_WORLD};

/// Calls of a run that the environment does not set: few without optimisation.
const CALLS: u64 = if cfg!(debug_assertions) { 1_000 } else { 100_000 };

fn from_environment(name: &str, otherwise: u64) -> u64 {
	std::env::var(name).map_or(otherwise, |value| value.parse().expect(name))
}

#[test]
fn random_calls_keep_every_invariant() {
	let calls = from_environment("SHEAF_RANDOM_CALLS", CALLS);
	let first = from_environment("SHEAF_RANDOM_SEED", 0);
	let worlds = calls.div_ceil(CALLS_PER_WORLD);
	let (next, sum) = (AtomicU64::new(0), Mutex::new(Tally::default()));
	let threads = thread::available_parallelism().map_or(1, usize::from);
	thread::scope(|scope| {
		for _ in 0..threads {
			scope.spawn(|| loop {
				let world = next.fetch_add(1, Ordering::Relaxed);
				if world >= worlds {
					break;
				}
				let calls = CALLS_PER_WORLD.min(calls - world * CALLS_PER_WORLD);
				let tally = World::new(first + world).run(calls);
				sum.lock().unwrap().add(tally);
			});
		}
	});
	let tally = sum.into_inner().unwrap();
	println!("{tally}");
	if calls >= 100_000 {
		assert_eq!(tally.missing(), Vec::<String>::new());
	}
}
