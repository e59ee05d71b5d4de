//! Before and around the rounds: the initial model, enrolment, starting, closing, cancelling.

use super::{Effect, Environment, Refusal, Training};
use crate::{
	quorum, AccountId, BlockNumber, BountyError, BountyState, Invitation, Phase, RoundIndex, Slot,
	Trainer,
};

impl Training {
	/// A committee member holds the initial model.
	pub fn vote_initial_model(
		&mut self,
		member: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let now = environment.now();
		let BountyState::Preparing { committee, votes, deadline } = &mut self.bounty.state else {
			return Err(BountyError::WrongState.into());
		};
		if now >= *deadline {
			return Err(BountyError::DeadlinePassed.into());
		}
		let place = committee
			.iter()
			.position(|m| m.account == *member)
			.ok_or(BountyError::NotOnCommittee)?;
		let bit = u32::try_from(place).ok().and_then(|place| 1u16.checked_shl(place)).unwrap_or(0);
		if *votes & bit != 0 {
			return Err(BountyError::AlreadyVoted.into());
		}
		*votes |= bit;
		let members = u32::try_from(committee.len()).unwrap_or(u32::MAX);
		if votes.count_ones() >= quorum(members) {
			self.dismiss_preparing_committee();
			let deadline = now.saturating_add(self.spec.lengths.enrolment);
			self.bounty.state = BountyState::Enrolling { deadline };
			self.effects.push(Effect::EnrolmentOpened);
		}
		Ok(())
	}

	fn dismiss_preparing_committee(&mut self) {
		if let BountyState::Preparing { committee, .. } = &self.bounty.state {
			let members = committee.iter().map(|m| m.account.clone()).collect();
			let round = RoundIndex::INITIAL_MODEL;
			self.effects.push(Effect::CommitteeDismissed { round, members });
		}
	}

	/// Ends Preparing or Enrolling at its deadline.
	pub fn advance_bounty(
		&mut self,
		deadline: BlockNumber,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let actual = match &self.bounty.state {
			BountyState::Preparing { deadline, .. } | BountyState::Enrolling { deadline } => {
				*deadline
			}
			_ => return Err(BountyError::WrongState.into()),
		};
		if actual != deadline {
			return Err(BountyError::StaleDeadline.into());
		}
		if environment.now() < deadline {
			return Err(BountyError::TooEarly.into());
		}
		let enrolling = matches!(self.bounty.state, BountyState::Enrolling { .. });
		if enrolling && self.enough_trainers() {
			self.start_running(environment);
		} else {
			self.dismiss_preparing_committee();
			self.end(BountyState::Cancelled);
		}
		Ok(())
	}

	fn enough_trainers(&self) -> bool {
		self.bounty.trainers.len() >= usize::from(self.spec.min_trainers)
	}

	fn start_running(&mut self, environment: &impl Environment) {
		self.bounty.state = BountyState::Running {
			settled: RoundIndex(0),
			newest: RoundIndex(0),
			last: RoundIndex(self.spec.rounds),
		};
		self.open_round(RoundIndex::FIRST, self.bounty.model_root, true, environment);
	}

	/// Invites a trainer.
	pub fn invite(&mut self, invitation: Invitation) -> Result<(), Refusal> {
		Ok(self.bounty.invite(invitation, self.spec.enrolment, self.spec.max_weight)?)
	}

	/// The newest round, while enrolment calls are possible in it.
	fn ensure_enrolment_open(&self) -> Result<(), BountyError> {
		match self.bounty.state {
			BountyState::Enrolling { .. } => Ok(()),
			BountyState::Running { newest, .. } => match self.round(newest) {
				Some(round) if round.phase == Phase::Commit => Ok(()),
				_ => Err(BountyError::EnrolmentClosed),
			},
			_ => Err(BountyError::WrongState),
		}
	}

	/// As [`Self::ensure_enrolment_open`], and the phase has not passed its deadline.
	fn ensure_enrolment_in_time(&self, now: BlockNumber) -> Result<(), BountyError> {
		self.ensure_enrolment_open()?;
		let deadline = match self.bounty.state {
			BountyState::Enrolling { deadline } => Some(deadline),
			BountyState::Running { newest, .. } => {
				self.round(newest).filter(|round| round.previous_settled).map(|r| r.deadline())
			}
			_ => None,
		};
		if deadline.is_some_and(|deadline| now >= deadline) {
			return Err(BountyError::DeadlinePassed);
		}
		Ok(())
	}

	fn newest_committed(&self, account: &AccountId) -> bool {
		match self.bounty.state {
			BountyState::Running { newest, .. } => {
				self.round(newest).is_some_and(|round| round.committed(account))
			}
			_ => false,
		}
	}

	/// Whether the slot's commitment stands in the newest round; a newcomer must not share it.
	fn slot_committed(&self, slot: Slot) -> bool {
		match self.bounty.state {
			BountyState::Running { newest, .. } => self
				.round(newest)
				.is_some_and(|round| round.commitments.iter().any(|c| c.slot == slot)),
			_ => false,
		}
	}

	/// Enrols a trainer. The last free place starts the rounds. While rounds run, who enrols is waited
	/// for in the Commit that is open, and penalised like all others if it does not commit to it.
	pub fn enroll(
		&mut self,
		account: AccountId,
		environment: &impl Environment,
	) -> Result<Slot, Refusal> {
		self.ensure_enrolment_in_time(environment.now())?;
		let committed = |trainer: &Trainer| self.slot_committed(trainer.slot);
		let standing: alloc::vec::Vec<Slot> =
			self.bounty.trainers.iter().filter(|t| committed(t)).map(|t| t.slot).collect();
		let (policy, places) = (self.spec.enrolment, self.spec.max_trainers);
		let slot = self
			.bounty
			.take_place(account, policy, places, |trainer| !standing.contains(&trainer.slot))?;
		let enrolling = matches!(self.bounty.state, BountyState::Enrolling { .. });
		if enrolling && self.bounty.trainers.len() >= usize::from(places) {
			self.start_running(environment);
		}
		Ok(slot)
	}

	/// Enrols an aggregator.
	pub fn enroll_aggregator(&mut self, account: AccountId) -> Result<(), Refusal> {
		if self.bounty.ended() {
			return Err(BountyError::WrongState.into());
		}
		if self.bounty.aggregators.contains(&account) {
			return Err(BountyError::AlreadyEnrolled.into());
		}
		self.bounty.aggregators.try_push(account).map_err(|_| BountyError::NoPlaceLeft)?;
		Ok(())
	}

	/// Makes an inactive trainer active again: from now on it is waited for, in the Commit that is open
	/// too, and pays again if it is waited for in vain.
	pub fn rejoin(&mut self, account: &AccountId) -> Result<(), Refusal> {
		self.ensure_enrolment_open()?;
		let trainer = self
			.bounty
			.trainers
			.iter_mut()
			.find(|trainer| trainer.account == *account)
			.ok_or(BountyError::NotEnrolled)?;
		if trainer.active {
			return Err(BountyError::AlreadyActive.into());
		}
		trainer.active = true;
		Ok(())
	}

	/// Takes a trainer or an aggregator out of the bounty.
	pub fn leave(
		&mut self,
		account: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		if let Some(place) = self.bounty.aggregators.iter().position(|a| a == account) {
			self.bounty.aggregators.remove(place);
			return Ok(());
		}
		let place = self
			.bounty
			.trainers
			.iter()
			.position(|trainer| trainer.account == *account)
			.ok_or(BountyError::NotEnrolled)?;
		self.ensure_enrolment_in_time(environment.now())?;
		if self.newest_committed(account) {
			return Err(BountyError::CommitmentStanding.into());
		}
		self.bounty.trainers.remove(place);
		self.conclude_newest(environment);
		Ok(())
	}

	/// Starts the rounds before the enrolment deadline.
	pub fn start(&mut self, environment: &impl Environment) -> Result<(), Refusal> {
		if !matches!(self.bounty.state, BountyState::Enrolling { .. }) {
			return Err(BountyError::WrongState.into());
		}
		if !self.enough_trainers() {
			return Err(BountyError::TooFewTrainers.into());
		}
		self.start_running(environment);
		Ok(())
	}

	/// Makes the highest round opened the last one. Later rounds are refunded when it is settled.
	pub fn close(&mut self) -> Result<RoundIndex, Refusal> {
		match &mut self.bounty.state {
			BountyState::Running { newest, last, .. } => {
				*last = *newest;
				Ok(*last)
			}
			_ => Err(BountyError::WrongState.into()),
		}
	}

	/// Ends a bounty in which nothing was trained yet.
	pub fn cancel(&mut self) -> Result<(), Refusal> {
		match self.bounty.state {
			BountyState::Preparing { .. } | BountyState::Enrolling { .. } => {
				self.dismiss_preparing_committee();
				self.end(BountyState::Cancelled);
				Ok(())
			}
			_ => Err(BountyError::WrongState.into()),
		}
	}
}
