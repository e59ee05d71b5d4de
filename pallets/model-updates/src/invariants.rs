//! One function per number in the README. Run after every test and by `try_state`.
#![cfg(any(test, feature = "try-runtime"))]

use crate::{Config, DeferredSlashes, Dissenters, HoldReason, Pallet, Reporting, Work};
use alloc::collections::BTreeMap;
use frame_support::traits::fungible::hold::Inspect;
use sheaf_training::{AccountId, Balance, BountyState, RoundIndex, TrainingRounds};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn check_invariants() -> Result<(), TryRuntimeError> {
		Self::work_is_on_a_committee()?;
		Self::bonds_are_held()?;
		Self::slashes_hang_together()
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

	/// 2.
	fn bonds_are_held() -> Result<(), TryRuntimeError> {
		let mut bonds: BTreeMap<AccountId, Balance> = BTreeMap::new();
		for bounty in T::Rounds::live(u32::MAX) {
			let training = T::Rounds::load(bounty).ok_or("a live bounty is missing")?;
			let rounds = training.lowest.iter().chain(&training.following);
			for challenge in rounds.filter_map(|round| round.challenge.as_ref()) {
				let bond = bonds.entry(challenge.challenger.clone()).or_default();
				*bond = bond.saturating_add(challenge.bond);
			}
		}
		for (challenger, bond) in bonds {
			if T::Currency::balance_on_hold(&HoldReason::ChallengeBond.into(), &challenger) != bond
			{
				return Err("a challenger's hold is not the sum of its bonds".into());
			}
		}
		Ok(())
	}

	/// 3.
	fn slashes_hang_together() -> Result<(), TryRuntimeError> {
		if Reporting::<T>::exists() {
			return Err("a strike is being reported between calls".into());
		}
		for place in Dissenters::<T>::iter_keys() {
			if DeferredSlashes::<T>::iter_key_prefix(place).next().is_none() {
				return Err("dissenters are kept of a round without slashes".into());
			}
		}
		for (bounty, round) in DeferredSlashes::<T>::iter_keys().map(|(place, _)| place) {
			let live = T::Rounds::load(bounty).is_some_and(|t| t.round(round).is_some());
			if live == Dissenters::<T>::contains_key((bounty, round)) {
				return Err("dissenters are known if and only if the round is over".into());
			}
		}
		Ok(())
	}
}
