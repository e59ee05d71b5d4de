//! A small chain with everybody on it, who send one call after another.

use crate::{
	play::{How, Play, Sender},
	support::{world::Blobs, Chain},
	tally::Tally,
};
use rand::{seq::IndexedRandom, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sheaf_runtime::UncheckedExtrinsic;
use sheaf_training::{BountyId, Hash, RoundIndex, RoundResult};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Calls of one world. Ended bounties stay in the state, so a longer world would grow slow.
pub const CALLS_PER_WORLD: u64 = 1_000;
/// Calls that a failure prints.
const CALLS_PRINTED: usize = 30;
/// Transactions that may be sent again.
const KEPT_FOR_REPLAY: usize = 60;

/// What differs from world to world.
#[derive(Debug)]
pub struct Mood {
	/// Bounties that sponsors keep open at a time.
	pub bounties: usize,
	/// Most calls of a block.
	pub calls_per_block: u32,
	/// Part of the calls that break rules on purpose.
	pub mischief: f64,
	/// Part of the attempts in which verifiers agree on a lie.
	pub plots: f64,
	/// How often who is asked for something does it.
	pub diligence: f64,
}

/// What those verifiers attest who lie about a round's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
	/// A model with one wrong element.
	WrongElement,
	/// The right model with wrong scores.
	WrongScores,
	/// Nothing that anybody can publish.
	Garbage,
	/// A root without data.
	Withheld,
	/// The right model under a root that names another element count.
	OtherLength,
	/// The right model under a root with something in the padding.
	Padding,
}

/// How to prove a wrong root wrong.
#[derive(Clone, Debug)]
pub enum Flaw {
	/// By this chunk.
	Chunk(u64),
	/// By this preimage.
	Length(u64, Hash),
	/// By this leaf in the padding, with its siblings.
	Padding(u64, Hash, Vec<Hash>),
}

/// What off-chain parties know of what is on the chain as hashes only.
#[derive(Default)]
pub struct Knowledge {
	/// Root behind a trainer's commitment; none if nobody ever receives the update.
	pub updates: HashMap<Hash, Option<Hash>>,
	/// Root behind a sponsor's commitment to a slice; none if it is never shown.
	pub slices: HashMap<Hash, Option<Hash>>,
	/// Result behind an attestation.
	pub results: HashMap<Hash, RoundResult>,
	/// The right result of some inputs.
	pub right: HashMap<Hash, RoundResult>,
	/// What is wrong with a root.
	pub flaws: HashMap<Hash, Flaw>,
	/// What the liars of an attempt agreed on.
	pub plots: BTreeMap<(BountyId, RoundIndex, u8), Option<Lie>>,
}

/// A chain, everybody on it, and what happened so far.
pub struct World {
	/// Everything random here comes from this.
	pub seed: u64,
	/// The chain, in the middle of a block.
	pub chain: Chain,
	/// What gateways hold.
	pub blobs: Blobs,
	/// The source of all choices.
	pub random: ChaCha8Rng,
	/// What differs from world to world.
	pub mood: Mood,
	/// What is known off the chain.
	pub knows: Knowledge,
	/// Counts of what happened.
	pub tally: Tally,
	/// Transactions sent before.
	pub sent: VecDeque<(Play, UncheckedExtrinsic)>,
	/// The last calls and their outcomes.
	pub last: VecDeque<(u32, Play, String)>,
	/// Events of this block that were looked at.
	pub events_seen: usize,
	calls_left_in_block: u32,
}

impl World {
	/// The world of a seed, in its first block.
	pub fn new(seed: u64) -> Self {
		let mut random = ChaCha8Rng::seed_from_u64(seed);
		let mood = Mood {
			bounties: random.random_range(1..=4),
			calls_per_block: random.random_range(4..=24),
			mischief: random.random_range(0.05..0.5),
			plots: random.random_range(0.0..0.6),
			diligence: random.random_range(0.6..1.0),
		};
		let preset = if random.random_bool(0.1) { "development" } else { "local_testnet" };
		let mut world = Self {
			seed,
			chain: Chain::new(preset),
			blobs: Blobs::default(),
			random,
			mood,
			knows: Knowledge::default(),
			tally: Tally::default(),
			sent: VecDeque::new(),
			last: VecDeque::new(),
			events_seen: 0,
			calls_left_in_block: 0,
		};
		world.chain.begin_block();
		world.settle_state();
		world
	}

	/// Sends as many calls.
	pub fn run(mut self, calls: u64) -> Tally {
		while self.tally.sent() < calls {
			self.step();
		}
		self.chain.end_block();
		self.settle_state();
		std::mem::take(&mut self.tally)
	}

	/// Sends a call, after a new block if it is time for one. (An earlier transaction with a changed
	/// bit may be none any more.)
	fn step(&mut self) {
		if self.calls_left_in_block == 0 {
			self.next_block();
		}
		self.calls_left_in_block -= 1;
		if self.chance(self.mood.mischief) {
			return self.misbehave();
		}
		let play = self.honest_play();
		self.send(play);
	}

	/// What somebody would send who follows the protocol. Blocks pass while there is nothing.
	pub fn honest_play(&mut self) -> Play {
		loop {
			if let Some(play) = self.play() {
				return play;
			}
			self.next_block();
		}
	}

	/// Ends the block and begins the next one.
	pub fn next_block(&mut self) {
		let most = self.mood.calls_per_block;
		self.calls_left_in_block = self.random.random_range(1..=most);
		// Now and then everybody is away for a while.
		let blocks = if self.chance(0.04) { self.random.random_range(2..12) } else { 1 };
		for _ in 0..blocks {
			let issuance = self.issuance();
			self.chain.end_block();
			self.chain.events.clear();
			self.chain.begin_block();
			self.settle_state();
			self.events_seen =
				self.chain.read(|| sheaf_runtime::System::read_events_no_consensus().count());
			assert_eq!(self.issuance(), issuance, "a block without calls changed the issuance");
			self.chain.check_invariants();
			self.tally.blocks += 1;
		}
	}

	/// Whether something happens that has this probability.
	pub fn chance(&mut self, probability: f64) -> bool {
		self.random.random_bool(probability)
	}

	/// Whether somebody does what it is asked for.
	pub fn diligent(&mut self) -> bool {
		let diligence = self.mood.diligence;
		self.chance(diligence)
	}

	/// One of these, if there is any.
	pub fn one_of<Item: Clone>(&mut self, items: &[Item]) -> Option<Item> {
		items.choose(&mut self.random).cloned()
	}

	/// The block that is being built.
	pub fn now(&mut self) -> u32 {
		self.chain.height()
	}

	/// Keeps what a failure prints, and what may be sent again.
	pub fn remember(&mut self, play: Play, outcome: String, sent: Option<UncheckedExtrinsic>) {
		let now = self.now();
		self.sent.extend(sent.map(|transaction| (play.clone(), transaction)));
		self.last.push_back((now, play, outcome));
		if self.last.len() > CALLS_PRINTED {
			self.last.pop_front();
		}
		if self.sent.len() > KEPT_FOR_REPLAY {
			self.sent.pop_front();
		}
	}
}

impl Drop for World {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("The world of seed {} failed: {:?}", self.seed, self.mood);
			for (block, play, outcome) in &self.last {
				let mut text = format!("block {block}: {play:?} -> {outcome}");
				text.truncate(600);
				eprintln!("{text}");
			}
			eprintln!(
				"Again: SHEAF_RANDOM_SEED={} SHEAF_RANDOM_CALLS={CALLS_PER_WORLD}",
				self.seed
			);
		}
	}
}

/// A call as its sender means it.
pub fn played(sender: Sender, call: impl Into<sheaf_runtime::RuntimeCall>) -> Play {
	Play { how: How::Played, sender, call: call.into() }
}
