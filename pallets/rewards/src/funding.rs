//! Taking a sponsor's money: the reward on hold, the fee to the treasury.

use crate::{Config, Error, Event, HoldReason, Ledger, Obligations, Pallet};
use frame_support::{
	ensure,
	traits::{
		fungible::{Inspect, Mutate, MutateHold},
		tokens::{Fortitude, Preservation},
		Get,
	},
};
use sheaf_training::{AccountId, Balance};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Holds the reward and moves the fee. Both must be freely spendable; placing a hold does not
	/// look at freezes by itself.
	///
	/// Must run in a storage transaction, as every call does: an error may leave the reward on hold.
	pub(crate) fn hold_reward(
		sponsor: &AccountId,
		reward: Balance,
		opening_fee: Balance,
	) -> DispatchResult {
		let spendable =
			T::Currency::reducible_balance(sponsor, Preservation::Preserve, Fortitude::Polite);
		let needed = reward.saturating_add(opening_fee);
		ensure!(spendable >= needed, Error::<T>::InsufficientFreeBalance);

		T::Currency::hold(&HoldReason::BountyReward.into(), sponsor, reward)?;
		if opening_fee > 0 {
			let treasury = T::Treasury::get();
			T::Currency::transfer(sponsor, &treasury, opening_fee, Preservation::Preserve)?;
		}

		if reward > 0 {
			Obligations::<T>::mutate(sponsor, |owed| *owed = owed.saturating_add(reward));
		}
		Ledger::<T>::mutate(|ledger| {
			ledger.held = ledger.held.saturating_add(reward);
			ledger.opening_fees = ledger.opening_fees.saturating_add(opening_fee);
		});
		Self::deposit_event(Event::Funded { sponsor: sponsor.clone(), reward, opening_fee });
		Ok(())
	}
}
