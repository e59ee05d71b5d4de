//! Bonds of challengers.

use crate::{Config, Error, Event, HoldReason, Pallet};
use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::{
			hold::{Inspect as _, Mutate as _},
			Inspect,
		},
		tokens::{Fortitude, Precision, Preservation, Restriction},
	},
};
use sheaf_training::{
	AccountId, Balance, BountyId, Challenge, ChallengeOutcome, Environment, RoundIndex,
	TrainingRounds,
};

impl<T: Config> Pallet<T> {
	fn bond() -> Balance {
		T::Rounds::environment().limits().challenge_bond
	}

	/// Whether the account can put up a bond. Holds ignore freezes, so it must be freely spendable.
	pub(crate) fn can_bond(account: &AccountId) -> bool {
		let bond = Self::bond();
		T::Currency::reducible_balance(account, Preservation::Preserve, Fortitude::Polite) >= bond
			&& T::Currency::can_hold(&HoldReason::ChallengeBond.into(), account, bond)
	}

	/// Holds the bond of a challenge.
	pub(crate) fn hold_bond(account: &AccountId) -> Result<(), Error<T>> {
		if !Self::can_bond(account) {
			return Err(Error::<T>::CannotBond);
		}
		T::Currency::hold(&HoldReason::ChallengeBond.into(), account, Self::bond())
			.map_err(|_| Error::<T>::CannotBond)
	}

	/// Returns the bond of an upheld challenge, and pays that of a rejected one to who answered.
	/// Cannot fail: what the answerer cannot receive is burned.
	pub(crate) fn release_bond(
		(bounty, round): (BountyId, RoundIndex),
		challenge: Challenge,
		outcome: ChallengeOutcome,
	) {
		let Challenge { challenger, bond, .. } = challenge;
		let reason = HoldReason::ChallengeBond.into();
		let (to, amount) = match outcome {
			ChallengeOutcome::Upheld => {
				let released =
					T::Currency::release(&reason, &challenger, bond, Precision::BestEffort);
				(challenger, released.unwrap_or(0))
			}
			ChallengeOutcome::Rejected { answerer } => {
				let paid = with_storage_layer(|| {
					T::Currency::transfer_on_hold(
						&reason,
						&challenger,
						&answerer,
						bond,
						Precision::BestEffort,
						Restriction::Free,
						Fortitude::Force,
					)
				})
				.unwrap_or(0);
				let rest = bond.saturating_sub(paid);
				let _ = T::Currency::burn_held(
					&reason,
					&challenger,
					rest,
					Precision::BestEffort,
					Fortitude::Force,
				);
				(answerer, paid)
			}
		};
		Self::deposit_event(Event::ChallengeBondPaid { bounty, round, to, amount });
	}
}
