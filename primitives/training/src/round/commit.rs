//! Commit: trainers commit to updates that nobody else can see.

use super::{Commitment, Phase, Round, RoundContext, RoundError, RoundStep};
use crate::{AccountId, Hash, Trainer};
use alloc::vec::Vec;

impl Round {
	/// Takes a trainer's commitment.
	pub fn commit(
		&mut self,
		attempt: u8,
		trainer: &Trainer,
		hash: Hash,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		self.ensure_phase(&[Phase::Commit], attempt)?;
		if self.previous_settled {
			self.ensure_open(context.now)?;
		}
		if self.committed(&trainer.account) {
			return Err(RoundError::AlreadyCommitted);
		}
		self.commitments
			.try_push(Commitment {
				slot: trainer.slot,
				account: trainer.account.clone(),
				weight: trainer.weight,
				attempt,
				hash,
				root: None,
				at: context.now,
			})
			.map_err(|_| RoundError::Full)
	}

	/// Whether `account` has a commitment standing.
	pub fn committed(&self, account: &AccountId) -> bool {
		self.commitments.iter().any(|c| c.account == *account)
	}

	/// Active trainers without a commitment.
	pub(super) fn without_commitment(&self, context: &RoundContext<'_>) -> Vec<AccountId> {
		let active = context.trainers.iter().filter(|trainer| trainer.active);
		active.map(|trainer| trainer.account.clone()).filter(|a| !self.committed(a)).collect()
	}

	fn enough_commitments(&self, context: &RoundContext<'_>) -> bool {
		self.commitments.len() >= usize::from(context.spec.min_trainers)
	}

	pub(super) fn conclude_commit(
		&mut self,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> bool {
		let all = self.without_commitment(context).is_empty();
		let ends = self.previous_settled && all && self.enough_commitments(context);
		if ends {
			steps.push(RoundStep::NeedsCommittee);
		}
		ends
	}

	pub(super) fn end_commit(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let missed = self.without_commitment(context);
		if !missed.is_empty() {
			steps.push(RoundStep::Missed(missed));
		}
		if self.enough_commitments(context) {
			steps.push(RoundStep::NeedsCommittee);
		} else {
			self.short(context, steps);
		}
	}

	/// The round before was settled. Its commitments may now end this round's Commit, or be due.
	pub fn release(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		self.previous_settled = true;
		if self.phase == Phase::Commit && context.now >= self.deadline() {
			self.end_commit(context, steps);
		}
	}
}
