//! A chain small enough to hold in one's head, and the story of one bounty on it.
//!
//! Trainers are accounts 11 to 13 (slots 0 to 2), aggregators 31 and 32, verifiers 201 to 206, of
//! whom each attempt seats four; three are a quorum.
#![allow(dead_code)] // Each test target uses a part of it.

mod disputes;
mod events;
mod history;
mod world;

pub use disputes::Claim;
pub use world::World;

use sheaf_training::{
	slice_commitment,
	testing::{account, hash, member, shares, spec},
	AccountId, Bounty, BountyId, BountySpec, BountyState, Effect, EnrolmentPolicy, Evaluation,
	Frozen, Hash, Phase, PhaseLengths, Refusal, Round, RoundError, RoundIndex, RoundResult, Scores,
	Settlement, Training,
};
use sp_runtime::BoundedVec;

pub const BOUNTY: BountyId = BountyId(7);
pub const REWARD: u128 = 3_000_001;
pub const FIRST: RoundIndex = RoundIndex(1);
pub const SECOND: RoundIndex = RoundIndex(2);
pub const THIRD: RoundIndex = RoundIndex(3);

/// Every phase has another length, so that a mix-up shows.
pub const LENGTHS: PhaseLengths = PhaseLengths {
	prepare: 5,
	enrolment: 6,
	commit: 7,
	upload: 8,
	attest: 9,
	publish: 11,
	window: 13,
	answer: 3,
	proof: 4,
};

/// Three rounds, two to three trainers, three attempts, no slices.
pub fn plain_spec() -> BountySpec {
	BountySpec {
		evaluation: None,
		rounds: 3,
		min_trainers: 2,
		max_trainers: 3,
		max_weight: 1,
		enrolment: EnrolmentPolicy::Open,
		lengths: LENGTHS,
		max_attempts: 3,
		..spec()
	}
}

/// As [`plain_spec`], with a slice for every round.
pub fn sliced_spec() -> BountySpec {
	let commitments = (1..=3).map(|round| slice_commitment(&slice_root(RoundIndex(round))));
	let slice_commitments = BoundedVec::truncate_from(commitments.collect());
	BountySpec { evaluation: Some(Evaluation { examples: 10, slice_commitments }), ..plain_spec() }
}

pub fn slice_root(round: RoundIndex) -> Hash {
	Hash::from_low_u64_be(5_000 + u64::from(round.0))
}

pub fn update_root(trainer: u8, round: RoundIndex) -> Hash {
	Hash::from_low_u64_be(u64::from(trainer) * 100 + u64::from(round.0))
}

/// A result without scores.
pub fn result(root: u8) -> RoundResult {
	RoundResult { next_model_root: hash(root), scores: None }
}

/// A result with scores.
pub fn scored(root: u8, correct: u32) -> RoundResult {
	let scores = Scores { correct, leave_one_out: Default::default(), answers: hash(9) };
	RoundResult { next_model_root: hash(root), scores: Some(scores) }
}

pub fn refused<T>(error: impl Into<Refusal>) -> Result<T, Refusal> {
	Err(error.into())
}

/// A bounty and what happens to it. Like the pallet, it drops what a refused event left.
#[derive(Clone)]
pub struct Story {
	pub world: World,
	pub training: Training,
	/// Effects of the last event.
	pub effects: Vec<Effect>,
	/// What they said so far.
	history: history::History,
}

impl Story {
	/// A bounty in Preparing.
	pub fn open(spec: BountySpec) -> Self {
		let world = World::new();
		let committee = BoundedVec::truncate_from((201..=204).map(member).collect());
		let deadline = world.now + spec.lengths.prepare;
		let bounty = Bounty {
			sponsor: account(1),
			reward: REWARD,
			spent: 0,
			shares: shares(),
			model_root: spec.initial_model_root,
			trainers: Default::default(),
			aggregators: Default::default(),
			invitations: Default::default(),
			struck_members: Default::default(),
			state: BountyState::Preparing { committee, votes: 0, deadline },
		};
		let training = Training::new(BOUNTY, spec, bounty, None, None);
		Self { world, training, effects: Vec::new(), history: Default::default() }
	}

	/// A bounty in Enrolling.
	pub fn enrolling(spec: BountySpec) -> Self {
		let mut story = Self::open(spec);
		for verifier in 201..=203 {
			story.vote_initial_model(verifier).unwrap();
		}
		story
	}

	/// A bounty in the Commit of round 1, with trainers 11 to 13.
	pub fn running(spec: BountySpec) -> Self {
		let mut story = Self::enrolling(spec);
		for trainer in 11..=13 {
			story.enroll(trainer).unwrap();
		}
		story
	}

	/// As [`Self::running`], with these aggregators.
	pub fn with_aggregators(spec: BountySpec, aggregators: &[u8]) -> Self {
		let mut story = Self::running(spec);
		for aggregator in aggregators {
			story.enroll_aggregator(*aggregator).unwrap();
		}
		story
	}

	/// Round 1 in Upload, with everybody's commitment.
	pub fn uploading(spec: BountySpec) -> Self {
		let mut story = Self::running(spec);
		story.commit_all(FIRST);
		story
	}

	/// Round 1 in Attest, with everybody's update.
	pub fn attesting(spec: BountySpec) -> Self {
		let mut story = Self::uploading(spec);
		story.upload_all(FIRST);
		story
	}

	/// Round 1 in Accepted.
	pub fn accepted(spec: BountySpec, result: &RoundResult) -> Self {
		let mut story = Self::running(spec);
		story.accept(FIRST, result);
		story
	}

	/// Lets an event happen.
	pub fn happen<T>(
		&mut self,
		event: impl FnOnce(&mut Training, &World) -> Result<T, Refusal>,
	) -> Result<T, Refusal> {
		let mut training = self.training.clone();
		let outcome = event(&mut training, &self.world)?;
		self.effects = core::mem::take(&mut training.effects);
		self.history.note(&self.training, &training, &self.effects);
		self.training = training;
		Ok(outcome)
	}

	pub fn wait(&mut self, blocks: u32) {
		self.world.now += blocks;
	}

	// What is.

	pub fn live(&self, round: RoundIndex) -> &Round {
		self.training.round(round).unwrap_or_else(|| panic!("round {round} is not live"))
	}

	/// Attempt and phase of a live round.
	pub fn place(&self, round: RoundIndex) -> (u8, Phase) {
		let live = self.live(round);
		(live.attempt, live.phase)
	}

	pub fn state(&self) -> &BountyState {
		&self.training.bounty.state
	}

	pub fn frozen(&self, round: RoundIndex) -> &Frozen {
		self.live(round).frozen.as_ref().expect("inputs are frozen")
	}

	/// Accounts of a live round's committee.
	pub fn committee(&self, round: RoundIndex) -> Vec<AccountId> {
		self.live(round).members()
	}

	/// Active accounts, by their bytes.
	pub fn active(&self) -> Vec<u8> {
		let active = self.training.bounty.trainers.iter().filter(|trainer| trainer.active);
		active.map(|trainer| byte(&trainer.account)).collect()
	}

	/// Whose updates were frozen.
	pub fn included(&self, round: RoundIndex) -> Vec<u8> {
		self.live(round).included().iter().map(byte).collect()
	}

	/// The settlement among the last event's effects, with its round and root.
	pub fn settlement(&self) -> (RoundIndex, Option<Hash>, &Settlement) {
		let settled = |effect| match effect {
			&Effect::RoundSettled { round, root, ref settlement } => {
				Some((round, root, settlement))
			}
			_ => None,
		};
		self.effects.iter().find_map(settled).expect("a round was settled")
	}

	/// Who was paid in the last event, by its byte, and how much.
	pub fn payments(&self) -> Vec<(u8, u128)> {
		self.settlement().2.payments.iter().map(|p| (byte(&p.account), p.amount)).collect()
	}

	/// The refund with which the last event ended the bounty.
	pub fn refund(&self) -> Option<u128> {
		self.effects.iter().find_map(|effect| match effect {
			Effect::Ended { refund } => Some(*refund),
			_ => None,
		})
	}
}

/// The byte that tells an account apart.
pub fn byte(account: &AccountId) -> u8 {
	<AccountId as AsRef<[u8]>>::as_ref(account)[0]
}

/// The round error of a refusal, for tests that expect one.
pub fn round_error(error: RoundError) -> Result<(), Refusal> {
	refused(error)
}
