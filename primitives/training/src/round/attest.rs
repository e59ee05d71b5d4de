//! Attest: committee and aggregator compute the result and commit to it.

use super::{Attestation, Phase, Round, RoundContext, RoundError, RoundStep};
use crate::{AccountId, Hash};
use alloc::vec::Vec;

impl Round {
	/// Who can still lose bond for this round: committee and aggregator of the attempt, and who attested
	/// in an earlier one. In order, each once.
	pub fn answerable(&self) -> Vec<AccountId> {
		let attesters = self.attestations.iter().map(|attestation| attestation.account.clone());
		let mut accounts = self.members();
		accounts.extend(self.aggregator.iter().cloned().chain(attesters));
		accounts.sort();
		accounts.dedup();
		accounts
	}

	/// Accounts of the committee.
	pub fn members(&self) -> Vec<AccountId> {
		self.committee.iter().map(|member| member.account.clone()).collect()
	}

	/// Takes an attestation of a committee member or of the drawn aggregator.
	pub fn attest(
		&mut self,
		attempt: u8,
		account: &AccountId,
		inputs: Hash,
		hash: Hash,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		self.ensure_phase(&[Phase::Attest], attempt)?;
		self.ensure_open(context.now)?;
		let member = self.committee_place(account).is_some();
		if !member && self.aggregator.as_ref() != Some(account) {
			return Err(RoundError::NotOnCommittee);
		}
		if self.frozen.as_ref().map(|frozen| frozen.inputs) != Some(inputs) {
			return Err(RoundError::WrongInputs);
		}
		if self.attested(attempt, account) {
			return Err(RoundError::AlreadyAttested);
		}
		let account = account.clone();
		self.attestations
			.try_push(Attestation { attempt, account, member, hash, at: context.now })
			.map_err(|_| RoundError::Full)
	}

	/// Whether `account` attested in `attempt`.
	pub fn attested(&self, attempt: u8, account: &AccountId) -> bool {
		self.attestations.iter().any(|a| a.attempt == attempt && a.account == *account)
	}

	/// The members, and then the aggregator, who have not attested in this attempt.
	pub(super) fn without_attestation(&self) -> Vec<AccountId> {
		let mut accounts = self.members();
		let other = self.aggregator.as_ref().filter(|account| !accounts.contains(account));
		if let Some(aggregator) = other {
			accounts.push(aggregator.clone());
		}
		accounts.retain(|account| !self.attested(self.attempt, account));
		accounts
	}

	pub(super) fn conclude_attest(
		&mut self,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> bool {
		let ends = self.without_attestation().is_empty();
		if ends {
			self.start(Phase::Publish, context, steps);
		}
		ends
	}

	pub(super) fn end_attest(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let members =
			self.attestations.iter().filter(|a| a.member && a.attempt == self.attempt).count();
		if u32::try_from(members).unwrap_or(u32::MAX) < self.quorum() {
			self.retry(context, steps);
		} else {
			self.start(Phase::Publish, context, steps);
		}
	}
}
