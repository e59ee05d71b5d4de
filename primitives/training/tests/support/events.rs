//! What happens to a bounty, around its rounds and in them.

use super::{byte, refused, slice_root, update_root, Story, BOUNTY};
use sheaf_training::{
	commitment_hash,
	testing::{account, hash},
	update_bit, AccountId, AttestationContext, BountyError, BountyState, Hash, Invitation,
	OpenedRoot, Phase, Refusal, RoundIndex, RoundResult, Slot, SLICE_BIT,
};

impl Story {
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

	/// Waits for the deadline of the round's phase and ends it.
	pub fn advance(&mut self, round: RoundIndex) -> Result<(), Refusal> {
		let (attempt, phase) = self.place(round);
		let deadline = self.live(round).deadline();
		self.world.now = self.world.now.max(deadline);
		self.happen(|training, world| training.advance(round, attempt, phase, deadline, world))
	}
}
