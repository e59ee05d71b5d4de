//! Taking bond away, and holding it while a slash is decided. Nothing here can fail: slashes and
//! penalties are applied where nobody could handle an error.

use crate::{Config, Event, HoldReason, Nodes, Pallet};
use alloc::vec::Vec;
use frame_support::{
	defensive,
	storage::with_storage_layer,
	traits::{
		fungible::hold::Mutate,
		tokens::{Fortitude, Precision, Restriction},
	},
};
use sheaf_training::{AccountId, Balance, Conduct, Slashed};
use sp_runtime::Permill;

impl<T: Config> Pallet<T> {
	/// Counts what a node did and burns up to `penalty` of what it has bonded: active bond first, then
	/// what is unbonding. Returns what was burned. Unknown nodes are ignored.
	pub(crate) fn penalise(account: &AccountId, conduct: Conduct, penalty: Balance) -> Balance {
		let amount = Nodes::<T>::mutate_extant(account, |node| {
			node.record.note(conduct);
			node.take_amount(penalty)
		});
		if amount == 0 {
			return 0;
		}
		let burned = Self::burn_from_bond(account, amount);
		if burned != amount {
			defensive!("a node's bond and what is on hold for it differ");
		}
		Self::deposit_event(Event::Penalised { account: account.clone(), conduct, burned });
		Self::remove_if_finished(account);
		burned
	}

	/// Suspends a node once more. An account that is no node any more is remembered as one that left,
	/// so that it cannot escape by registering again.
	pub(crate) fn hang_slash_over(account: &AccountId) {
		let suspensions = Nodes::<T>::mutate(account, |node| {
			let node = node.get_or_insert_with(Default::default);
			node.suspensions = node.suspensions.saturating_add(1);
			node.suspensions
		});
		Self::deposit_event(Event::NodeSuspended { account: account.clone(), suspensions });
	}

	/// Ends one suspension of a node; nothing happens to one that is not suspended.
	pub(crate) fn take_slash_away(account: &AccountId) {
		let resumed = Nodes::<T>::mutate_extant(account, |node| {
			let suspensions = node.suspensions.checked_sub(1)?;
			node.suspensions = suspensions;
			Some(suspensions)
		});
		if let Some(suspensions) = resumed {
			Self::deposit_event(Event::NodeResumed { account: account.clone(), suspensions });
			Self::remove_if_finished(account);
		}
	}

	/// Takes `fraction` of everything bonded, rewards each account with its share of that and burns
	/// the rest.
	///
	/// Shares beyond the whole are cut off in order. The slashed account is never rewarded.
	pub(crate) fn slash_node(
		account: &AccountId,
		fraction: Permill,
		shares: &[(AccountId, Permill)],
	) -> Slashed {
		let amount = Nodes::<T>::mutate_extant(account, |node| node.take_fraction(fraction));
		if amount == 0 {
			return Slashed::default();
		}
		let mut left = amount;
		let mut rewards = Vec::new();
		for (recipient, share) in shares.iter().filter(|(recipient, _)| recipient != account) {
			let part = share.mul_floor(amount).min(left);
			let received = Self::reward_from_bond(account, recipient, part);
			left = left.saturating_sub(received);
			if received > 0 {
				rewards.push((recipient.clone(), received));
			}
		}
		let rewarded = amount.saturating_sub(left);
		let burned = Self::burn_from_bond(account, left);
		if burned != left {
			defensive!("a node's bond and what is on hold for it differ");
		}
		let taken = rewarded.saturating_add(burned);
		let event = Event::Slashed { account: account.clone(), amount: taken, rewarded, burned };
		Self::deposit_event(event);
		Self::remove_if_finished(account);
		Slashed { taken, rewards }
	}

	/// Moves up to `amount` from the hold to the recipient, nothing if it cannot receive it, and
	/// returns what moved.
	fn reward_from_bond(from: &AccountId, to: &AccountId, amount: Balance) -> Balance {
		if amount == 0 {
			return 0;
		}
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(
				&HoldReason::NodeBond.into(),
				from,
				to,
				amount,
				Precision::BestEffort,
				Restriction::Free,
				Fortitude::Force,
			)
		})
		.unwrap_or_default()
	}

	/// Burns up to `amount` of the hold and returns what was burned.
	fn burn_from_bond(account: &AccountId, amount: Balance) -> Balance {
		if amount == 0 {
			return 0;
		}
		with_storage_layer(|| {
			T::Currency::burn_held(
				&HoldReason::NodeBond.into(),
				account,
				amount,
				Precision::BestEffort,
				Fortitude::Force,
			)
		})
		.unwrap_or_default()
	}
}
