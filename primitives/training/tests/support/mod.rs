//! A chain small enough to hold in one's head, and the story of one bounty on it.
//!
//! Trainers are accounts 11 to 13 (slots 0 to 2), aggregators 31 and 32, verifiers 201 to 206, of
//! whom each attempt seats four; three are a quorum.
#![allow(dead_code)] // Each test target uses a part of it.

mod world;

pub use world::World;

use sheaf_training::{
	commitment_hash, slice_commitment,
	testing::{account, hash, member, shares, spec},
	update_bit, AccountId, AttestationContext, Bounty, BountyError, BountyId, BountySpec,
	BountyState, Effect, EnrolmentPolicy, Evaluation, Frozen, Hash, Invitation, OpenedRoot, Phase,
	PhaseLengths, Refusal, Round, RoundError, RoundIndex, RoundResult, Scores, Settlement, Slot,
	Training, SLICE_BIT,
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
		Self { world, training, effects: Vec::new() }
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

	/// The offenders and dissenters of a strike in the last event, by their bytes.
	pub fn strike_effect(&self) -> (Vec<u8>, Vec<u8>) {
		let bytes = |accounts: &[AccountId]| accounts.iter().map(byte).collect();
		self.effects
			.iter()
			.find_map(|effect| match effect {
				Effect::ResultStruck { offenders, dissenters, .. } => {
					Some((bytes(offenders), bytes(dissenters)))
				}
				_ => None,
			})
			.expect("a result was struck")
	}

	// What happens around the rounds.

	pub fn vote_initial_model(&mut self, verifier: u8) -> Result<(), Refusal> {
		self.happen(|training, world| training.vote_initial_model(&account(verifier), world))
	}

	pub fn advance_bounty(&mut self) -> Result<(), Refusal> {
		let deadline = match self.state() {
			BountyState::Preparing { deadline, .. } | BountyState::Enrolling { deadline } => {
				*deadline
			}
			_ => return refused(BountyError::WrongState),
		};
		self.world.now = self.world.now.max(deadline);
		self.happen(|training, world| training.advance_bounty(deadline, world))
	}

	pub fn invite(&mut self, trainer: u8, weight: u32) -> Result<(), Refusal> {
		let invitation = Invitation { account: account(trainer), weight };
		self.happen(|training, _| training.invite(invitation))
	}

	pub fn enroll(&mut self, trainer: u8) -> Result<Slot, Refusal> {
		self.happen(|training, world| training.enroll(account(trainer), world))
	}

	pub fn enroll_aggregator(&mut self, aggregator: u8) -> Result<(), Refusal> {
		self.happen(|training, _| training.enroll_aggregator(account(aggregator)))
	}

	pub fn rejoin(&mut self, trainer: u8) -> Result<(), Refusal> {
		self.happen(|training, _| training.rejoin(&account(trainer)))
	}

	pub fn leave(&mut self, who: u8) -> Result<(), Refusal> {
		self.happen(|training, world| training.leave(&account(who), world))
	}

	pub fn start(&mut self) -> Result<(), Refusal> {
		self.happen(|training, world| training.start(world))
	}

	pub fn close(&mut self) -> Result<RoundIndex, Refusal> {
		self.happen(|training, _| training.close())
	}

	pub fn cancel(&mut self) -> Result<(), Refusal> {
		self.happen(|training, _| training.cancel())
	}

	// What happens in a round.

	pub fn commitment(&self, round: RoundIndex, trainer: u8, root: &Hash) -> Hash {
		let attempt = self.training.round(round).map_or(0, |live| live.attempt);
		commitment_hash(&hash(1), BOUNTY, round, attempt, &account(trainer), root)
	}

	pub fn commit_to(&mut self, round: RoundIndex, trainer: u8, root: Hash) -> Result<(), Refusal> {
		let hash = self.commitment(round, trainer, &root);
		self.commit_hash(round, trainer, hash)
	}

	pub fn commit_hash(
		&mut self,
		round: RoundIndex,
		trainer: u8,
		hash: Hash,
	) -> Result<(), Refusal> {
		let attempt = self.training.round(round).map_or(0, |live| live.attempt);
		self.happen(|training, world| {
			training.commit(round, attempt, &account(trainer), hash, world)
		})
	}

	pub fn commit(&mut self, round: RoundIndex, trainer: u8) -> Result<(), Refusal> {
		self.commit_to(round, trainer, update_root(trainer, round))
	}

	/// Commits for every active trainer that has not.
	pub fn commit_all(&mut self, round: RoundIndex) {
		for trainer in self.active() {
			if !self.live(round).committed(&account(trainer)) {
				self.commit(round, trainer).unwrap();
			}
		}
	}

	/// What a vote for these trainers' updates says.
	pub fn ballot(
		&self,
		round: RoundIndex,
		trainers: &[u8],
		slice: bool,
	) -> (u128, Vec<OpenedRoot>) {
		let mut bits = if slice { SLICE_BIT } else { 0 };
		let mut roots = Vec::new();
		if slice {
			roots.push(OpenedRoot { slot: None, root: slice_root(round) });
		}
		for trainer in trainers {
			let mut commitments = self.live(round).commitments.iter();
			let slot = commitments.find(|c| c.account == account(*trainer)).unwrap().slot;
			bits |= update_bit(slot);
			roots.push(OpenedRoot { slot: Some(slot), root: update_root(*trainer, round) });
		}
		(bits, roots)
	}

	/// The committee member at `seat` votes for these trainers' updates.
	pub fn vote(&mut self, round: RoundIndex, seat: usize, trainers: &[u8]) -> Result<(), Refusal> {
		let (bits, roots) = self.ballot(round, trainers, false);
		self.vote_raw(round, seat, bits, &roots)
	}

	/// As [`Self::vote`], and for the slice.
	pub fn vote_with_slice(
		&mut self,
		round: RoundIndex,
		seat: usize,
		trainers: &[u8],
	) -> Result<(), Refusal> {
		let (bits, roots) = self.ballot(round, trainers, true);
		self.vote_raw(round, seat, bits, &roots)
	}

	pub fn vote_raw(
		&mut self,
		round: RoundIndex,
		seat: usize,
		bits: u128,
		roots: &[OpenedRoot],
	) -> Result<(), Refusal> {
		let member = self.committee(round)[seat].clone();
		let attempt = self.live(round).attempt;
		self.happen(|training, world| training.vote(round, attempt, &member, bits, roots, world))
	}

	/// A quorum votes for everything.
	pub fn upload_all(&mut self, round: RoundIndex) {
		let trainers: Vec<u8> =
			self.live(round).commitments.iter().map(|c| byte(&c.account)).collect();
		let slice = self.training.spec.evaluation.is_some() && !self.live(round).slice_spent;
		let (bits, roots) = self.ballot(round, &trainers, slice);
		let seats = sheaf_training::quorum(self.committee(round).len() as u32) as usize;
		for seat in 0..seats {
			self.vote_raw(round, seat, bits, &roots).unwrap();
		}
	}

	/// What `account` attests `result` with.
	pub fn attestation(
		&self,
		round: RoundIndex,
		account: &AccountId,
		result: &RoundResult,
	) -> (Hash, Hash) {
		let inputs = self.frozen(round).inputs;
		let context = AttestationContext {
			genesis: &hash(1),
			bounty: BOUNTY,
			round,
			attempt: self.live(round).attempt,
			inputs: &inputs,
		};
		(inputs, context.attestation_hash(account, &result.hash()))
	}

	pub fn attest(
		&mut self,
		round: RoundIndex,
		account: &AccountId,
		result: &RoundResult,
	) -> Result<(), Refusal> {
		let (inputs, hash) = self.attestation(round, account, result);
		let attempt = self.live(round).attempt;
		self.happen(|training, world| training.attest(round, attempt, account, inputs, hash, world))
	}

	/// The members in these seats attest.
	pub fn attest_by(&mut self, round: RoundIndex, seats: &[usize], result: &RoundResult) {
		for seat in seats {
			let member = self.committee(round)[*seat].clone();
			self.attest(round, &member, result).unwrap();
		}
	}

	/// Every member and the aggregator attest.
	pub fn attest_all(&mut self, round: RoundIndex, result: &RoundResult) {
		let mut all = self.committee(round);
		all.extend(self.live(round).aggregator.clone().filter(|a| !all.contains(a)));
		for account in all {
			self.attest(round, &account, result).unwrap();
		}
	}

	pub fn publish_in(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		account: &AccountId,
		result: &RoundResult,
	) -> Result<(), Refusal> {
		let result = result.clone();
		self.happen(|training, world| training.publish(round, attempt, account, result, world))
	}

	/// The member at `seat` publishes what it attested in this attempt.
	pub fn publish(
		&mut self,
		round: RoundIndex,
		seat: usize,
		result: &RoundResult,
	) -> Result<(), Refusal> {
		let member = self.committee(round)[seat].clone();
		let attempt = self.live(round).attempt;
		self.publish_in(round, attempt, &member, result)
	}

	/// From Commit or Upload to Accepted.
	pub fn accept(&mut self, round: RoundIndex, result: &RoundResult) {
		if self.live(round).phase == Phase::Commit {
			self.commit_all(round);
		}
		self.upload_all(round);
		self.attest_all(round, result);
		self.publish(round, 0, result).unwrap();
	}

	/// Commits to the next round while this one is in its window, and settles this one.
	pub fn settle(&mut self, round: RoundIndex) {
		if self.training.following.is_some() {
			self.commit_all(round.next());
		}
		self.advance(round).unwrap();
	}

	pub fn strike(&mut self, round: RoundIndex, root: u8) -> Result<(), Refusal> {
		self.happen(|training, world| training.strike(round, hash(root), world))
	}

	/// Waits for the deadline of the round's phase and ends it.
	pub fn advance(&mut self, round: RoundIndex) -> Result<(), Refusal> {
		let (attempt, phase) = self.place(round);
		let deadline = self.live(round).deadline();
		self.world.now = self.world.now.max(deadline);
		self.happen(|training, world| training.advance(round, attempt, phase, deadline, world))
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
