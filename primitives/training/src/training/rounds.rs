//! Events of the live rounds, and how one round's steps move the bounty and the other round.

use super::{context, Absence, Effect, Environment, Frame, Refusal, Training};
use crate::{
	fees, settle, settle_aborted, tranche, AccountId, Balance, BlockNumber, BountyError,
	BountyState, Conduct, Draw, Hash, OpenedRoot, Phase, Round, RoundContext, RoundIndex,
	RoundResult, RoundStatus, RoundStep, Settlement, MAX_ATTEMPTS,
};
use alloc::vec::Vec;

/// Early endings that one event can cause: each is another phase or attempt of one of two rounds.
const MAX_CONCLUSIONS: u32 = 8 * (MAX_ATTEMPTS as u32 + 1);

impl Training {
	/// A trainer commits to its update.
	pub fn commit(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		account: &AccountId,
		hash: Hash,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		let trainer = self.bounty.trainer(account).ok_or(BountyError::NotEnrolled)?.clone();
		if !trainer.active {
			return Err(BountyError::Inactive.into());
		}
		self.with_round(round, &frame, |live, context, _| {
			live.commit(attempt, &trainer, hash, context)
		})?;
		self.conclude(round, environment);
		Ok(())
	}

	/// A committee member says what it holds and has checked.
	pub fn vote(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		member: &AccountId,
		bits: u128,
		roots: &[OpenedRoot],
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		self.with_round(round, &frame, |live, context, _| {
			live.vote(attempt, member, bits, roots, context)
		})?;
		self.conclude(round, environment);
		Ok(())
	}

	/// A member or the aggregator attests a result.
	pub fn attest(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		account: &AccountId,
		inputs: Hash,
		hash: Hash,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		self.with_round(round, &frame, |live, context, _| {
			live.attest(attempt, account, inputs, hash, context)
		})?;
		self.conclude(round, environment);
		Ok(())
	}

	/// Somebody who attested a result publishes it.
	pub fn publish(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		account: &AccountId,
		result: RoundResult,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		let root = result.next_model_root;
		let mut reported = Vec::new();
		self.with_round(round, &frame, |live, context, _| {
			if live.is_struck(&root) {
				reported = live.offenders(&root, context);
			}
			live.publish(attempt, account, result, context)
		})?;
		if self.round(round).is_some_and(|live| live.is_struck(&root)) {
			self.note_strike(round, root, None, &reported, &frame);
		}
		self.conclude(round, environment);
		Ok(())
	}

	/// A live round, with why it waits.
	pub fn status(&self, round: RoundIndex, environment: &impl Environment) -> Option<RoundStatus> {
		let frame = Frame::of(environment);
		let live = self.round(round)?;
		let waiting = live.waiting(&context!(self, round, frame));
		Some(RoundStatus { round: live.clone(), deadline: live.deadline(), waiting })
	}

	/// Ends a phase whose deadline is reached.
	pub fn advance(
		&mut self,
		round: RoundIndex,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		let steps = self.with_round(round, &frame, |live, context, steps| {
			live.advance(attempt, phase, deadline, context, steps)
		})?;
		self.follow(round, steps, phase == Phase::Draw, environment);
		self.conclude(round, environment);
		Ok(())
	}

	/// Opens a round for commitments.
	pub(super) fn open_round(
		&mut self,
		round: RoundIndex,
		previous_model_root: Hash,
		previous_settled: bool,
		environment: &impl Environment,
	) {
		let frame = Frame::of(environment);
		let context: RoundContext<'_> = context!(self, round, frame);
		let opened = Round::open(&context, previous_model_root, previous_settled);
		let (attempt, phase, deadline) = (opened.attempt, opened.phase, opened.deadline());
		if let BountyState::Running { newest, .. } = &mut self.bounty.state {
			*newest = round;
		}
		if self.lowest_index() == Some(round) {
			self.lowest = Some(opened);
		} else {
			self.following = Some(opened);
		}
		self.effects.push(Effect::RoundOpened(round));
		self.effects.push(Effect::PhaseStarted { round, attempt, phase, deadline });
	}

	/// Runs `event` on a live round and returns the steps it caused, already acted on unless the
	/// caller is [`Training::advance`].
	pub(super) fn with_round<E: Into<Refusal>>(
		&mut self,
		round: RoundIndex,
		frame: &Frame,
		event: impl FnOnce(&mut Round, &RoundContext<'_>, &mut Vec<RoundStep>) -> Result<(), E>,
	) -> Result<Vec<RoundStep>, Refusal> {
		let mut live = self.round_mut(round)?.clone();
		let mut steps = Vec::new();
		event(&mut live, &context!(self, round, frame), &mut steps).map_err(Into::into)?;
		*self.round_mut(round)? = live;
		Ok(steps)
	}

	/// Ends phases early as long as one ends.
	pub(super) fn conclude(&mut self, round: RoundIndex, environment: &impl Environment) {
		for _ in 0..MAX_CONCLUSIONS {
			let frame = Frame::of(environment);
			let mut ended = false;
			let steps = self.with_round(round, &frame, |live, context, steps| {
				ended = live.conclude(context, steps);
				Ok::<_, Refusal>(())
			});
			let Ok(steps) = steps else { return };
			if !ended {
				return;
			}
			self.follow(round, steps, false, environment);
		}
	}

	/// Ends the newest round's phase early if it only waited for somebody who left.
	pub(super) fn conclude_newest(&mut self, environment: &impl Environment) {
		if let BountyState::Running { newest, .. } = self.bounty.state {
			self.conclude(newest, environment);
		}
	}

	/// Acts on a round's steps.
	pub(super) fn follow(
		&mut self,
		round: RoundIndex,
		steps: Vec<RoundStep>,
		delayed: bool,
		environment: &impl Environment,
	) {
		for step in steps {
			match step {
				RoundStep::PhaseStarted => self.note_phase(round),
				RoundStep::NewAttempt { dismissed, released } => {
					self.dismiss(round, dismissed, released)
				}
				RoundStep::Missed(accounts) => {
					self.note_absence(round, accounts, Absence::MissedCommit, environment)
				}
				RoundStep::Undelivered(accounts) => {
					self.note_absence(round, accounts, Absence::Undelivered, environment)
				}
				RoundStep::Late(accounts) => {
					self.note_conduct(round, Conduct::LateUpdate, accounts, 0)
				}
				RoundStep::Unanswered(challenger) => {
					self.strike_unanswered(round, &challenger, environment)
				}
				RoundStep::ChallengeEnded(challenge, outcome) => {
					self.effects.push(Effect::ChallengeEnded { round, challenge, outcome })
				}
				RoundStep::NeedsCommittee => self.seat(round, delayed, environment),
				RoundStep::Accepted => self.result_accepted(round, environment),
				RoundStep::Settled => self.settle_round(round, environment),
				RoundStep::Aborted => self.abort(round, environment),
			}
		}
	}

	fn note_phase(&mut self, round: RoundIndex) {
		if let Some(live) = self.round(round) {
			let (attempt, phase, deadline) = (live.attempt, live.phase, live.deadline());
			self.effects.push(Effect::PhaseStarted { round, attempt, phase, deadline });
		}
	}

	/// Counts an absence once: who is inactive already was not waited for.
	fn note_absence(
		&mut self,
		round: RoundIndex,
		mut accounts: Vec<AccountId>,
		absence: Absence,
		environment: &impl Environment,
	) {
		accounts.retain(|account| self.bounty.trainer(account).is_some_and(|t| t.active));
		if accounts.is_empty() {
			return;
		}
		self.bounty.set_inactive(&accounts);
		let conduct = match absence {
			Absence::MissedCommit => Conduct::MissedCommit,
			Absence::Undelivered => Conduct::Undelivered,
		};
		let penalty = environment.limits().penalties.of(conduct, 0);
		let inactive = accounts.clone();
		self.effects.push(Effect::TrainersInactive { round, accounts: inactive, absence });
		self.note_conduct(round, conduct, accounts, penalty);
	}

	pub(super) fn note_conduct(
		&mut self,
		round: RoundIndex,
		conduct: Conduct,
		accounts: Vec<AccountId>,
		penalty: Balance,
	) {
		if !accounts.is_empty() {
			self.effects.push(Effect::Conducted { round, conduct, accounts, penalty });
		}
	}

	/// What the round means for the records of all who took part, and what it costs those who
	/// attested something else than the accepted model.
	fn note_conducts(
		&mut self,
		round: RoundIndex,
		live: &Round,
		settlement: &Settlement,
		tranche: Balance,
		environment: &impl Environment,
	) {
		let frame = Frame::of(environment);
		let mut completed: Vec<AccountId> =
			settlement.payments.iter().map(|payment| payment.account.clone()).collect();
		completed.sort();
		completed.dedup();
		self.note_conduct(round, Conduct::Completed, completed, 0);
		let committee = u32::try_from(live.committee.len()).unwrap_or(u32::MAX);
		let (member_fee, aggregator_fee) =
			fees(tranche, &self.bounty.shares, &environment.protocol_shares(), committee);
		// Of a root that was withheld the round remembers nothing, but who attested it was reported.
		let struck = self.bounty.struck_members.to_vec();
		let mut misconduct = live.misconduct(&context!(self, round, frame));
		misconduct.retain(|(account, ..)| !struck.contains(account));
		for (account, member, conduct) in misconduct {
			let fee = if member { member_fee } else { aggregator_fee };
			let penalty = frame.limits.penalties.of(conduct, fee);
			self.note_conduct(round, conduct, alloc::vec![account], penalty);
		}
		if live.has_strikes() {
			let mut dissenters = live.dissenters(&context!(self, round, frame));
			dissenters.retain(|account| !struck.contains(account));
			self.effects.push(Effect::StrikesResolved { round, dissenters });
		}
	}

	fn seat(&mut self, round: RoundIndex, delayed: bool, environment: &impl Environment) {
		let Some(attempt) = self.round(round).map(|live| live.attempt) else { return };
		let struck = &self.bounty.struck_members;
		let mut aggregators = self.bounty.aggregators.to_vec();
		aggregators.retain(|aggregator| !struck.contains(aggregator));
		let draw = environment.draw(self.id, round, attempt, delayed, struck, &aggregators);
		let draw = match draw {
			// It waited once; a second time it could wait for ever.
			Draw::Later if delayed => Draw::TooFew,
			draw => draw,
		};
		let frame = Frame::of(environment);
		let (mut members, mut accounts) = (Vec::new(), Vec::new());
		let steps = self.with_round(round, &frame, |live, context, steps| {
			let before = live.answerable();
			live.seat(draw, context, steps);
			members = live.members();
			accounts = live.answerable();
			accounts.retain(|account| !before.contains(account));
			Ok::<_, Refusal>(())
		});
		if !members.is_empty() {
			self.effects.push(Effect::CommitteeSeated { round, members });
		}
		if !accounts.is_empty() {
			self.effects.push(Effect::LiabilityBegan { round, accounts });
		}
		for step in steps.unwrap_or_default() {
			match step {
				RoundStep::Aborted => self.abort(round, environment),
				_ => self.note_phase(round),
			}
		}
	}

	/// A result was accepted: the next round opens on it, if there is one.
	fn result_accepted(&mut self, round: RoundIndex, environment: &impl Environment) {
		let Some(result) = self.round(round).and_then(|live| live.accepted_result()) else {
			return;
		};
		let root = result.next_model_root;
		let correct = result.scores.as_ref().map(|scores| scores.correct);
		self.effects.push(Effect::ResultAccepted { round, root, correct });
		if let BountyState::Running { last, .. } = self.bounty.state {
			if round < last {
				self.open_round(round.next(), root, false, environment);
			}
		}
	}

	pub(super) fn discard_following(&mut self, struck: RoundIndex) {
		if self.following.take().is_some() {
			self.effects.push(Effect::RoundDiscarded(struck.next()));
		}
		if let BountyState::Running { newest, .. } = &mut self.bounty.state {
			*newest = struck;
		}
	}

	fn dismiss(&mut self, round: RoundIndex, members: Vec<AccountId>, released: Vec<AccountId>) {
		self.effects.push(Effect::CommitteeDismissed { round, members });
		if !released.is_empty() {
			self.effects.push(Effect::LiabilityEnded { round, accounts: released });
		}
	}

	fn settle_round(&mut self, round: RoundIndex, environment: &impl Environment) {
		let frame = Frame::of(environment);
		let Some(live) = self.lowest.take() else { return };
		let root = live.accepted_result().map(|result| result.next_model_root);
		let contributions = live.contributions(&context!(self, round, frame));
		let tranche = tranche(self.bounty.reward, self.spec.rounds, round);
		let protocol = environment.protocol_shares();
		let marginal_share = self.spec.marginal_share;
		let settlement =
			settle(tranche, &self.bounty.shares, &protocol, marginal_share, contributions);
		self.bounty.spent = self.bounty.spent.saturating_add(settlement.total());
		self.dismiss(round, live.members(), live.answerable());
		self.note_conducts(round, &live, &settlement, tranche, environment);
		self.effects.push(Effect::RoundSettled { round, root, settlement });
		self.bounty.model_root = root.unwrap_or(self.bounty.model_root);
		let BountyState::Running { settled, last, .. } = &mut self.bounty.state else { return };
		*settled = round;
		if round >= *last {
			self.following = None;
			return self.end(BountyState::Completed);
		}
		self.lowest = self.following.take();
		let next = round.next();
		let steps = self.with_round(next, &frame, |live, context, steps| {
			live.release(context, steps);
			Ok::<_, Refusal>(())
		});
		self.follow(next, steps.unwrap_or_default(), false, environment);
		self.conclude(next, environment);
	}

	/// The lowest round failed for good: what was finished is paid, the rest goes back.
	fn abort(&mut self, round: RoundIndex, environment: &impl Environment) {
		let Some(live) = self.lowest.take() else { return };
		let tranche = tranche(self.bounty.reward, self.spec.rounds, round);
		let settlement = settle_aborted(
			tranche,
			&self.bounty.shares,
			&environment.protocol_shares(),
			live.finished_work(),
			self.spec.min_trainers,
		);
		self.bounty.spent = self.bounty.spent.saturating_add(settlement.total());
		self.dismiss(round, live.members(), live.answerable());
		self.note_conducts(round, &live, &settlement, tranche, environment);
		self.effects.push(Effect::RoundSettled { round, root: None, settlement });
		self.discard_following(round);
		self.end(BountyState::Aborted);
	}
}
