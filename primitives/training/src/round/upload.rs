//! Upload: the committee says which updates it holds and has checked.

use super::{Phase, Round, RoundContext, RoundError, RoundStep, MAX_VOTES_PER_MEMBER};
use crate::{
	commitment_hash, inputs_hash, quorum, slice_commitment, AccountId, Frozen, Hash,
	IncludedUpdate, Slot,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::BoundedVec;

/// A root that opens a commitment of the round.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct OpenedRoot {
	/// The trainer whose update it is; none for the sponsor's slice.
	pub slot: Option<Slot>,
	/// The root.
	pub root: Hash,
}

/// Bit of the slice in a vote.
pub const SLICE_BIT: u128 = 1;

/// Bit of the update of the trainer at `slot` in a vote.
pub fn update_bit(slot: Slot) -> u128 {
	1u128.checked_shl(u32::from(slot.0).saturating_add(1)).unwrap_or(0)
}

impl Round {
	/// Takes a member's vote: `bits` of what it holds, `roots` that the chain does not know yet.
	pub fn vote(
		&mut self,
		attempt: u8,
		member: &AccountId,
		bits: u128,
		roots: &[OpenedRoot],
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		self.ensure_phase(&[Phase::Upload], attempt)?;
		self.ensure_open(context.now)?;
		let place = self.committee_place(member).ok_or(RoundError::NotOnCommittee)?;
		let before = self.votes.get(place).copied().unwrap_or_default();
		if before.sent >= MAX_VOTES_PER_MEMBER {
			return Err(RoundError::TooManyVotes);
		}
		let first = before.sent == 0;
		if !first && bits & !before.bits == 0 {
			return Err(RoundError::NothingNew);
		}
		self.open_roots(roots, context)?;
		if bits & !self.votable() != 0 {
			return Err(RoundError::VoteWithoutRoot);
		}
		if let Some(votes) = self.votes.get_mut(place) {
			votes.bits |= bits;
			votes.sent = votes.sent.saturating_add(1);
			votes.at = context.now;
		}
		Ok(())
	}

	fn open_roots(
		&mut self,
		roots: &[OpenedRoot],
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		for opened in roots {
			match opened.slot {
				None if self.slice_root.is_some() => {}
				None => {
					if self.expected_slice(context) != Some(slice_commitment(&opened.root)) {
						return Err(RoundError::RootOpensNothing);
					}
					self.slice_root = Some(opened.root);
				}
				Some(slot) => self.open_update(slot, opened.root, context)?,
			}
		}
		Ok(())
	}

	fn open_update(
		&mut self,
		slot: Slot,
		root: Hash,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		let commitment = self
			.commitments
			.iter_mut()
			.find(|c| c.slot == slot)
			.ok_or(RoundError::RootOpensNothing)?;
		if commitment.root.is_some() {
			return Ok(());
		}
		let hash = commitment_hash(
			context.genesis,
			context.bounty,
			context.round,
			commitment.attempt,
			&commitment.account,
			&root,
		);
		if hash != commitment.hash {
			return Err(RoundError::RootOpensNothing);
		}
		commitment.root = Some(root);
		Ok(())
	}

	/// Bits of the items whose roots are known.
	pub fn votable(&self) -> u128 {
		let slice = if self.slice_root.is_some() { SLICE_BIT } else { 0 };
		self.commitments
			.iter()
			.filter(|c| c.root.is_some())
			.fold(slice, |bits, c| bits | update_bit(c.slot))
	}

	fn votes_for(&self, bit: u128) -> u32 {
		let votes = self.votes.iter().filter(|votes| votes.bits & bit != 0).count();
		u32::try_from(votes).unwrap_or(u32::MAX)
	}

	pub(super) fn available(&self, bit: u128) -> bool {
		self.votes_for(bit) >= self.quorum()
	}

	pub(super) fn quorum(&self) -> u32 {
		quorum(u32::try_from(self.committee.len()).unwrap_or(u32::MAX)).max(1)
	}

	pub(super) fn conclude_upload(
		&mut self,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> bool {
		let updates = self.commitments.iter().all(|c| self.available(update_bit(c.slot)));
		let slice = self.expected_slice(context).is_none() || self.available(SLICE_BIT);
		let ends = updates && slice;
		if ends {
			self.freeze(context, steps);
		}
		ends
	}

	pub(super) fn end_upload(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let voted = self.votes.iter().filter(|votes| votes.sent > 0).count();
		if u32::try_from(voted).unwrap_or(u32::MAX) < self.quorum() {
			self.retry(context, steps);
		} else {
			self.freeze(context, steps);
		}
	}

	/// Fixes the included set, or falls short. Of two updates with one root, the one committed
	/// earlier counts.
	fn freeze(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let undelivered: Vec<AccountId> = self
			.commitments
			.iter()
			.filter(|c| c.root.is_none())
			.map(|c| c.account.clone())
			.collect();
		if !undelivered.is_empty() {
			steps.push(RoundStep::Undelivered(undelivered));
		}
		let mut updates: Vec<IncludedUpdate> = Vec::new();
		let mut late = Vec::new();
		for commitment in &self.commitments {
			let Some(root) = commitment.root else { continue };
			let copied = updates.iter().any(|update| update.root == root);
			if copied || !self.available(update_bit(commitment.slot)) {
				late.push(commitment.account.clone());
				continue;
			}
			updates.push(IncludedUpdate {
				slot: commitment.slot,
				account: commitment.account.clone(),
				root,
				weight: commitment.weight,
			});
		}
		if updates.len() < usize::from(context.spec.min_trainers) {
			self.delivered =
				updates.iter().fold(self.delivered, |bits, u| bits | update_bit(u.slot));
			return self.short(context, steps);
		}
		if !late.is_empty() {
			steps.push(RoundStep::Late(late));
		}
		updates.sort_by_key(|update| update.slot);
		let slice_root = self.slice_root.filter(|_| self.available(SLICE_BIT));
		let inputs = inputs_hash(
			context.genesis,
			context.bounty,
			context.round,
			context.spec.rule_version,
			&self.previous_model_root,
			&updates,
			slice_root.as_ref(),
		);
		let updates = BoundedVec::truncate_from(updates);
		self.frozen = Some(Frozen { updates, slice_root, inputs });
		self.start(Phase::Attest, context, steps);
	}
}
