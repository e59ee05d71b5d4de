//! A bounty as a value: who takes part, and how far it is.

use crate::{
	AccountId, Balance, BlockNumber, Committee, EnrolmentPolicy, Hash, RewardShares, RoundIndex,
	Slot, MAX_AGGREGATORS, MAX_TRAINERS,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Members that a bounty remembers as struck.
pub const MAX_STRUCK_MEMBERS: u32 = 64;

/// An enrolled trainer.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Trainer {
	/// Its place.
	pub slot: Slot,
	/// Its account.
	pub account: AccountId,
	/// Weight of its updates under the weighted mean.
	pub weight: u32,
	/// Waited for. A trainer that missed a commitment or delivered nothing is not, until it
	/// rejoins, and may be replaced.
	pub active: bool,
}

/// A sponsor's invitation.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Invitation {
	/// Who may enrol.
	pub account: AccountId,
	/// Weight that its updates will have.
	pub weight: u32,
}

/// How far a bounty is.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum BountyState {
	/// A committee votes the initial model available.
	Preparing {
		/// Who votes.
		committee: Committee,
		/// Bit `i`: member `i` holds the model.
		votes: u16,
		/// First block at which it is too late.
		deadline: BlockNumber,
	},
	/// Trainers enrol.
	Enrolling {
		/// First block at which it is too late.
		deadline: BlockNumber,
	},
	/// Rounds are trained.
	Running {
		/// The last settled round; 0 before the first.
		settled: RoundIndex,
		/// The highest round opened.
		newest: RoundIndex,
		/// The round after which the bounty is complete.
		last: RoundIndex,
	},
	/// Every round up to the last was settled.
	Completed,
	/// Nothing was trained; the reward went back.
	Cancelled,
	/// A round failed for good; what was finished is paid, the rest went back.
	Aborted,
}

/// A bounty, apart from its immutable [`crate::BountySpec`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Bounty {
	/// Who pays.
	pub sponsor: AccountId,
	/// What was put up.
	pub reward: Balance,
	/// What has left the reward: payments, protocol's parts, refunds.
	pub spent: Balance,
	/// Parts fixed at opening.
	pub shares: RewardShares,
	/// Root of the newest settled model.
	pub model_root: Hash,
	/// Trainers in slot order.
	pub trainers: BoundedVec<Trainer, ConstU32<MAX_TRAINERS>>,
	/// Enrolled aggregators, of whom each attempt draws one.
	pub aggregators: BoundedVec<AccountId, ConstU32<MAX_AGGREGATORS>>,
	/// Who was invited and has not enrolled.
	pub invitations: BoundedVec<Invitation, ConstU32<MAX_TRAINERS>>,
	/// Members whose result was struck; not drawn again.
	pub struck_members: BoundedVec<AccountId, ConstU32<MAX_STRUCK_MEMBERS>>,
	/// How far it is.
	pub state: BountyState,
}

/// Why a bounty refuses an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum BountyError {
	/// The bounty is in a state that does not accept this.
	WrongState,
	/// Enrolment is closed: the newest round is past Commit.
	EnrolmentClosed,
	/// Enrolled already.
	AlreadyEnrolled,
	/// Not enrolled.
	NotEnrolled,
	/// The bounty takes only invited trainers.
	NotInvited,
	/// The account is invited already.
	AlreadyInvited,
	/// The weight is zero or above the spec's maximum.
	WeightOutOfRange,
	/// Every place is taken.
	NoPlaceLeft,
	/// A trainer with a commitment standing cannot leave.
	CommitmentStanding,
	/// The trainer is inactive and must rejoin first.
	Inactive,
	/// The trainer is active already.
	AlreadyActive,
	/// Too few trainers to start.
	TooFewTrainers,
	/// The member has voted.
	AlreadyVoted,
	/// The sender is not on the committee.
	NotOnCommittee,
	/// The deadline is not reached.
	TooEarly,
	/// The deadline has passed.
	DeadlinePassed,
	/// The named deadline is not that of this state.
	StaleDeadline,
	/// No such live round.
	NoSuchRound,
}

impl Bounty {
	/// What is left of the reward.
	pub fn remaining(&self) -> Balance {
		self.reward.saturating_sub(self.spent)
	}

	/// The trainer with this account.
	pub fn trainer(&self, account: &AccountId) -> Option<&Trainer> {
		self.trainers.iter().find(|trainer| trainer.account == *account)
	}

	/// Whether it has ended, one way or another.
	pub fn ended(&self) -> bool {
		use BountyState::*;
		matches!(self.state, Completed | Cancelled | Aborted)
	}

	/// Adds an invitation.
	pub fn invite(
		&mut self,
		invitation: Invitation,
		policy: EnrolmentPolicy,
		max_weight: u32,
	) -> Result<(), BountyError> {
		if self.ended() || policy == EnrolmentPolicy::Open {
			return Err(BountyError::WrongState);
		}
		if !(1..=max_weight).contains(&invitation.weight) {
			return Err(BountyError::WeightOutOfRange);
		}
		let account = &invitation.account;
		if self.trainer(account).is_some()
			|| self.invitations.iter().any(|other| other.account == *account)
		{
			return Err(BountyError::AlreadyInvited);
		}
		self.invitations.try_push(invitation).map_err(|_| BountyError::NoPlaceLeft)
	}

	/// Gives `account` the lowest free place, or that of an inactive trainer that `replaceable`
	/// allows to replace.
	pub(crate) fn take_place(
		&mut self,
		account: AccountId,
		policy: EnrolmentPolicy,
		max_trainers: u16,
		replaceable: impl Fn(&Trainer) -> bool,
	) -> Result<Slot, BountyError> {
		if self.trainer(&account).is_some() {
			return Err(BountyError::AlreadyEnrolled);
		}
		let invitation = self.invitations.iter().position(|i| i.account == account);
		if invitation.is_none() && policy == EnrolmentPolicy::Invited {
			return Err(BountyError::NotInvited);
		}
		let weight =
			invitation.and_then(|place| self.invitations.get(place)).map_or(1, |i| i.weight);
		let free = (0..max_trainers)
			.map(Slot)
			.find(|slot| !self.trainers.iter().any(|trainer| trainer.slot == *slot));
		let slot = match free {
			Some(slot) => slot,
			None => {
				let replaced = self
					.trainers
					.iter()
					.position(|trainer| !trainer.active && replaceable(trainer))
					.ok_or(BountyError::NoPlaceLeft)?;
				self.trainers.remove(replaced).slot
			}
		};
		let at = self.trainers.iter().position(|t| t.slot > slot).unwrap_or(self.trainers.len());
		self.trainers
			.try_insert(at, Trainer { slot, account, weight, active: true })
			.map_err(|_| BountyError::NoPlaceLeft)?;
		if let Some(place) = invitation {
			self.invitations.remove(place);
		}
		Ok(slot)
	}

	pub(crate) fn set_inactive(&mut self, accounts: &[AccountId]) {
		for trainer in self.trainers.iter_mut() {
			if accounts.contains(&trainer.account) {
				trainer.active = false;
			}
		}
	}
}
