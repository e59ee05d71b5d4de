//! A stateful property test: random calls of random actors on the real runtime, through whole
//! bounties, with every invariant after each call.
//!
//! # What happens
//!
//! A [world](world::World) is a small chain of its own with its own seed: four validators (in one of
//! ten worlds a single one), sponsors, trainers, aggregators, strangers and governance. It lives for
//! [`CALLS_PER_WORLD`] calls. Most are what somebody would send who follows the protocol, or who lies
//! about results and means to get away with it ([`bounties`], [`rounds`], [`disputes`], [`nodes`]).
//! The rest break rules ([`mischief`], [`made_up`], [`tricks`]): calls by another sender, with
//! changed arguments under a right signature, made up, against the state in one particular way,
//! replayed, or with a changed bit. They go through the executive's own checks, so that signatures,
//! nonces, fees, authorisation and the room in a block count. Blocks pass at random, now and then
//! many at once, across deadlines, sessions and epochs.
//!
//! # What is checked after every call
//!
//! - The invariants that the README of each training pallet numbers, and the SDK pallets' own: every
//!   pallet's `try_state`.
//! - The total issuance is the sum of all accounts, and fell by exactly what the training pallets'
//!   events say was burned. A round that is over was divided to the last unit.
//! - A transaction that is refused before its dispatch changed no key of the state, but for what the
//!   SDK notes before it looks at a transaction (in a full block also its nonce), which the block's
//!   author drops.
//! - A call that failed changed nothing but its signer's nonce and free balance, the treasury's free
//!   balance, which rises by what the signer pays, and what the SDK's system and fee pallets note. No
//!   other pallet's key changed.
//! - A call without a fee that was authorised did not fail.
//! - No right result was proven wrong.
//! - Nothing that the code calls impossible (`defensive!`) happened.
//!
//! Between two blocks: that the issuance stayed, and all invariants.
//!
//! # Not vacuous
//!
//! A run of at least 100,000 calls also fails unless it saw every call of the training pallets succeed
//! and be refused, every one of their events and errors, every trick refused, and what
//! [`tally::HAPPENINGS`] lists; [`tally::IMPOSSIBLE`] are the exceptions with their reasons.
//!
//! # Running it
//!
//! ```sh
//! cargo test --release -p sheaf-runtime --features try-runtime --test random_calls -- --nocapture
//! ```
//!
//! prints a table of calls and what became of them. `SHEAF_RANDOM_CALLS` sets the number of calls
//! (100,000, or 1,000 without optimisation), `SHEAF_RANDOM_SEED` the first world's seed (0); the
//! others' follow it. Worlds share all cores. A failure prints its world's seed and last calls; with
//! this seed and 1,000 calls only that world runs, and does the same again.

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

/// Calls of a run that is long enough to have seen everything.
const LONG_RUN: u64 = 100_000;
/// Calls of a run for which the environment says nothing.
const CALLS: u64 = if cfg!(debug_assertions) { 1_000 } else { LONG_RUN };

fn from_environment(name: &str, otherwise: u64) -> u64 {
	std::env::var(name).map_or(otherwise, |value| value.parse().expect(name))
}

/// Prints errors, such as broken invariants, and fails on what the code calls impossible, with and
/// without debug assertions.
struct ErrorLog;

impl log::Log for ErrorLog {
	fn enabled(&self, metadata: &log::Metadata) -> bool {
		metadata.level() == log::Level::Error
	}

	fn log(&self, record: &log::Record) {
		assert!(record.target() != "runtime::defensive", "impossible: {}", record.args());
		eprintln!("{}: {}", record.target(), record.args());
	}

	fn flush(&self) {}
}

/// Runs worlds on all cores until as many calls were sent.
fn run(calls: u64, first_seed: u64) -> Tally {
	let worlds = calls.div_ceil(CALLS_PER_WORLD);
	let (next, sum) = (AtomicU64::new(0), Mutex::new(Tally::default()));
	let work = || loop {
		let world = next.fetch_add(1, Ordering::Relaxed);
		if world >= worlds {
			return;
		}
		let calls = CALLS_PER_WORLD.min(calls - world * CALLS_PER_WORLD);
		let tally = World::new(first_seed + world).run(calls);
		sum.lock().unwrap().add(tally);
	};
	thread::scope(|scope| {
		for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
			scope.spawn(work);
		}
	});
	sum.into_inner().unwrap()
}

#[test]
#[cfg_attr(not(feature = "try-runtime"), ignore = "checks invariants with try-runtime only")]
fn random_calls_keep_every_invariant() {
	log::set_logger(&ErrorLog).unwrap();
	log::set_max_level(log::LevelFilter::Error);
	let calls = from_environment("SHEAF_RANDOM_CALLS", CALLS);
	let first_seed = from_environment("SHEAF_RANDOM_SEED", 0);
	println!("{calls} calls from seed {first_seed} on");
	let tally = run(calls, first_seed);
	println!("{tally}");
	assert_eq!(tally.sent(), calls);
	if calls >= LONG_RUN {
		assert_eq!(tally.missing(), Vec::<String>::new());
	}
}
