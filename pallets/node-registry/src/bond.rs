//! Placing bonds on hold and releasing them.

use crate::{Config, Error, Event, HoldReason, Node, Nodes, Pallet};
use frame_support::{
	ensure,
	traits::{
		fungible::{hold::Mutate, Inspect},
		tokens::{Fortitude, Precision, Preservation},
		Get,
	},
};
use sheaf_training::{AccountId, Balance, BlockNumber};
use sp_runtime::{DispatchError, DispatchResult, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// Holds `amount`, which the account must be able to spend freely and stay alive.
	///
	/// Placing a hold does not look at freezes by itself.
	pub(crate) fn hold_bond(account: &AccountId, amount: Balance) -> DispatchResult {
		let spendable =
			T::Currency::reducible_balance(account, Preservation::Preserve, Fortitude::Polite);
		ensure!(spendable >= amount, Error::<T>::InsufficientFreeBalance);
		T::Currency::hold(&HoldReason::NodeBond.into(), account, amount)
	}

	/// Starts to release `amount` of the bond; nothing happens if it is zero.
	pub(crate) fn start_unbonding(
		account: &AccountId,
		node: &mut Node,
		amount: Balance,
	) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		let period_over_at = Self::now().saturating_add(T::UnbondingPeriod::get());
		let withdrawable_at =
			node.unbond(amount, period_over_at).map_err(|_| Error::<T>::TooManyUnbonding)?;
		Self::deposit_event(Event::UnbondingStarted {
			account: account.clone(),
			amount,
			withdrawable_at,
		});
		Ok(())
	}

	/// Releases what can be withdrawn now and returns how much it was.
	pub(crate) fn release_withdrawable(account: &AccountId) -> Result<Balance, DispatchError> {
		let mut node = Nodes::<T>::get(account).ok_or(Error::<T>::NotRegistered)?;
		ensure!(!node.is_suspended(), Error::<T>::SlashPending);
		let amount = node.take_withdrawable(Self::now());
		ensure!(amount > 0, Error::<T>::NothingToWithdraw);
		ensure!(!node.is_liable(), Error::<T>::StillLiable);
		T::Currency::release(&HoldReason::NodeBond.into(), account, amount, Precision::Exact)?;
		Nodes::<T>::insert(account, node);
		Ok(amount)
	}

	/// The current block.
	fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}
