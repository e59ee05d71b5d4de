//! The invariants of the README, one function for each number.

use crate::{Config, HoldReason, Ledger, Obligations, Pallet, Totals};
use frame_support::{ensure, traits::fungible::InspectHold};
use sheaf_training::Balance;
use sp_runtime::TryRuntimeError;

type Check = Result<(), TryRuntimeError>;

/// Sum, or nothing on overflow.
fn sum(mut amounts: impl Iterator<Item = Balance>) -> Option<Balance> {
	amounts.try_fold(0, |sum: Balance, amount| sum.checked_add(amount))
}

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub(crate) fn check_invariants() -> Check {
		Self::invariant_1_holds_are_obligations()?;
		Self::invariant_2_everything_held_went_somewhere()?;
		Self::invariant_3_earnings_are_what_was_paid()?;
		Self::invariant_4_earnings_have_receipts()
	}

	fn invariant_1_holds_are_obligations() -> Check {
		Obligations::<T>::iter().try_for_each(|(sponsor, owed)| {
			let held = T::Currency::balance_on_hold(&HoldReason::BountyReward.into(), &sponsor);
			ensure!(held == owed, "1: the hold is not what is owed");
			ensure!(owed > 0, "1: an obligation of zero is stored");
			Ok(())
		})
	}

	fn invariant_2_everything_held_went_somewhere() -> Check {
		let ledger = Ledger::<T>::get();
		let spent = [ledger.paid, ledger.treasury, ledger.burned, ledger.refunded];
		let owed = Obligations::<T>::iter_values();
		ensure!(
			sum(spent.into_iter().chain(owed)) == Some(ledger.held),
			"2: what was held is not what was spent and is owed"
		);
		Ok(())
	}

	fn invariant_3_earnings_are_what_was_paid() -> Check {
		let earned = sum(Totals::<T>::iter_values().map(|earnings| earnings.sum()));
		ensure!(earned == Some(Ledger::<T>::get().paid), "3: earnings are not what was paid");
		Ok(())
	}

	fn invariant_4_earnings_have_receipts() -> Check {
		let all = Totals::<T>::iter_values().all(|earnings| earnings.receipts > 0);
		ensure!(all, "4: earnings are stored without a receipt");
		Ok(())
	}
}
