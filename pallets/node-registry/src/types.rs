//! What is stored of a node.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use sheaf_training::{Balance, BlockNumber, Record, Roles};
use sp_runtime::Permill;

/// Most amounts that may be unbonding at once.
pub const MAX_UNBONDING: u32 = 8;
/// Most characters of a region.
pub const MAX_REGION_LENGTH: u32 = 8;

/// Where a node is: a short code such as an ISO 3166 country or subdivision, or empty.
pub type Region = BoundedVec<u8, ConstU32<MAX_REGION_LENGTH>>;

/// What hardware a node has, as its operator says. Nobody checks it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Capability {
	/// Logical cores.
	pub cores: u16,
	/// Memory in MiB.
	pub memory_mib: u32,
	/// Memory of all accelerators in MiB.
	pub accelerator_mib: u32,
}

/// An amount that is being released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Unbonding {
	/// How much.
	pub amount: Balance,
	/// First block at which it can be withdrawn.
	pub withdrawable_at: BlockNumber,
}

/// A node that registered. One that left has no role and is kept until it has withdrawn everything, no
/// round it worked on is open, and no slash hangs over it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Node {
	/// What it registered for.
	pub roles: Roles,
	/// What hardware it has.
	pub capability: Capability,
	/// Where it is.
	pub region: Region,
	/// Active bond.
	pub bond: Balance,
	/// Being released, earliest first, at most one amount per block.
	pub unbonding: BoundedVec<Unbonding, ConstU32<MAX_UNBONDING>>,
	/// Paid to it since it registered.
	pub earned: Balance,
	/// How it behaved since it registered.
	pub record: Record,
	/// Slashes that hang over it. While there is one it has no roles in effect, cannot withdraw, and is
	/// not forgotten.
	pub suspensions: u32,
	/// Rounds for which it can still lose bond. While there is one it cannot withdraw, and is not
	/// forgotten.
	pub liabilities: u32,
}

/// All places for unbonding amounts are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UnbondingFull;

impl Node {
	/// Whether it gave up its roles.
	pub fn has_left(&self) -> bool {
		self.roles == Roles::default()
	}

	/// Whether a slash hangs over it.
	pub fn is_suspended(&self) -> bool {
		self.suspensions > 0
	}

	/// Whether it can still lose bond for a round that is not over.
	pub fn is_liable(&self) -> bool {
		self.liabilities > 0
	}

	/// Whether there is nothing left to remember it for: it left, has nothing bonded, is not liable for
	/// any round, and no slash hangs over it.
	pub(crate) fn is_finished(&self) -> bool {
		self.has_left() && self.slashable() == 0 && !self.is_suspended() && !self.is_liable()
	}

	/// Active bond and everything unbonding: what is on hold, and what a slash can take.
	pub fn slashable(&self) -> Balance {
		self.unbonding.iter().fold(self.bond, |sum, entry| sum.saturating_add(entry.amount))
	}

	/// Moves `amount`, or the whole bond if it is less, to what is unbonding, and returns from when
	/// it can be withdrawn: at `withdrawable_at`, or with an amount that already waits for longer, as
	/// happens after the unbonding period was shortened.
	pub(crate) fn unbond(
		&mut self,
		amount: Balance,
		withdrawable_at: BlockNumber,
	) -> Result<BlockNumber, UnbondingFull> {
		let amount = amount.min(self.bond);
		let withdrawable_at = match self.unbonding.last_mut() {
			Some(last) if last.withdrawable_at >= withdrawable_at => {
				last.amount = last.amount.saturating_add(amount);
				last.withdrawable_at
			}
			_ => {
				let entry = Unbonding { amount, withdrawable_at };
				self.unbonding.try_push(entry).map_err(|_| UnbondingFull)?;
				withdrawable_at
			}
		};
		self.bond = self.bond.saturating_sub(amount);
		Ok(withdrawable_at)
	}

	/// Removes what can be withdrawn at `now` and returns its sum.
	pub(crate) fn take_withdrawable(&mut self, now: BlockNumber) -> Balance {
		let before = self.slashable();
		self.unbonding.retain(|entry| entry.withdrawable_at > now);
		before.saturating_sub(self.slashable())
	}

	/// Takes `fraction` of the bond and of each amount unbonding, rounded down, and returns the sum.
	pub(crate) fn take_fraction(&mut self, fraction: Permill) -> Balance {
		let before = self.slashable();
		let reduce = |amount: &mut Balance| {
			*amount = amount.saturating_sub(fraction.mul_floor(*amount));
		};
		reduce(&mut self.bond);
		self.unbonding.iter_mut().for_each(|entry| reduce(&mut entry.amount));
		self.unbonding.retain(|entry| entry.amount > 0);
		before.saturating_sub(self.slashable())
	}

	/// Takes up to `amount` and returns what it took: of the active bond first, then of what is
	/// unbonding, earliest first, so that what remains is what a later slash can reach longest.
	pub(crate) fn take_amount(&mut self, amount: Balance) -> Balance {
		let mut left = amount;
		let mut take = |from: &mut Balance| {
			let part = left.min(*from);
			*from = from.saturating_sub(part);
			left = left.saturating_sub(part);
		};
		take(&mut self.bond);
		self.unbonding.iter_mut().for_each(|entry| take(&mut entry.amount));
		self.unbonding.retain(|entry| entry.amount > 0);
		amount.saturating_sub(left)
	}
}
