//! One function per number in the README. Run after every test and by `try_state`.
#![cfg(any(test, feature = "try-runtime"))]

use crate::{Bounties, Config, LiveBounties, Pallet, Rounds, Specs};
use sheaf_training::{BountyState, TrainingRounds};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn check_invariants() -> Result<(), TryRuntimeError> {
		Self::every_bounty_has_a_spec()?;
		Self::live_bounties_are_those_that_have_not_ended()?;
		Self::spending_is_within_the_reward()?;
		Self::rounds_belong_to_running_bounties()
	}

	/// 1.
	fn every_bounty_has_a_spec() -> Result<(), TryRuntimeError> {
		let all = Bounties::<T>::iter_keys().all(Specs::<T>::contains_key);
		let as_many = Bounties::<T>::iter_keys().count() == Specs::<T>::iter_keys().count();
		if all && as_many {
			Ok(())
		} else {
			Err("a bounty without a spec, or a spec without a bounty".into())
		}
	}

	/// 2.
	fn live_bounties_are_those_that_have_not_ended() -> Result<(), TryRuntimeError> {
		for (id, bounty) in Bounties::<T>::iter() {
			if LiveBounties::<T>::contains_key(id.0.to_be_bytes()) == bounty.ended() {
				return Err("the list of live bounties is wrong".into());
			}
		}
		Ok(())
	}

	/// 3.
	fn spending_is_within_the_reward() -> Result<(), TryRuntimeError> {
		for bounty in Bounties::<T>::iter_values() {
			if bounty.spent > bounty.reward || (bounty.ended() && bounty.spent != bounty.reward) {
				return Err(
					"a bounty spent more than its reward, or ended without spending it".into()
				);
			}
		}
		Ok(())
	}

	/// 4.
	fn rounds_belong_to_running_bounties() -> Result<(), TryRuntimeError> {
		for (id, index, _) in Rounds::<T>::iter() {
			let live = Self::load(id).is_some_and(|training| training.round(index).is_some());
			if !live {
				return Err("a round of no running bounty".into());
			}
		}
		for (id, bounty) in Bounties::<T>::iter() {
			if let BountyState::Running { settled, newest, last } = bounty.state {
				let counted = newest == settled.next() || newest == settled.next().next();
				let stored = Rounds::<T>::contains_key(id, settled.next());
				if !counted || !stored || newest > last {
					return Err("a running bounty without its live rounds".into());
				}
			}
		}
		Ok(())
	}
}
