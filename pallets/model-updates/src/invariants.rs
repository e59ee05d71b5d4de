//! One function per number in the README. Run after every test and by `try_state`.
#![cfg(any(test, feature = "try-runtime"))]

use crate::{Config, Pallet, Work};
use sheaf_training::{BountyState, RoundIndex, TrainingRounds};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn check_invariants() -> Result<(), TryRuntimeError> {
		Self::work_is_on_a_committee()
	}

	/// 1.
	fn work_is_on_a_committee() -> Result<(), TryRuntimeError> {
		for (verifier, work) in Work::<T>::iter() {
			if work.is_empty() {
				return Err("an empty work list is stored".into());
			}
			for (place, (bounty, round)) in work.iter().enumerate() {
				let repeated = work.iter().take(place).any(|other| *other == (*bounty, *round));
				let training = T::Rounds::load(*bounty).ok_or("work for no bounty")?;
				let seated = match (&training.bounty.state, training.round(*round)) {
					(BountyState::Preparing { committee, .. }, _) => {
						*round == RoundIndex::INITIAL_MODEL
							&& committee.iter().any(|member| member.account == verifier)
					}
					(_, Some(live)) => live.committee_place(&verifier).is_some(),
					_ => false,
				};
				if repeated || !seated {
					return Err("a work list does not match the committees".into());
				}
			}
		}
		Ok(())
	}
}
