//! The validators' verifier keys, and each verifier's list of work.

use crate::{Config, CurrentVerifiers, Pallet, Work};
use alloc::vec::Vec;
use frame_support::{traits::OneSessionHandler, WeakBoundedVec};
use sheaf_training::{
	AccountId, BountyId, Challenge, ChallengeOutcome, Hash, Member, RoundIndex, RoundObserver,
	VerifierId, Verifiers,
};

impl<T: Config> Pallet<T> {
	fn keep_keys<'a>(validators: impl Iterator<Item = (&'a AccountId, VerifierId)>) {
		let members: Vec<Member> =
			validators.map(|(account, key)| Member { account: account.clone(), key }).collect();
		CurrentVerifiers::<T>::put(WeakBoundedVec::force_from(members, Some("verifier keys")));
	}

	pub(crate) fn verifier_count() -> u32 {
		u32::try_from(CurrentVerifiers::<T>::decode_len().unwrap_or(0)).unwrap_or(u32::MAX)
	}
}

impl<T: Config> Verifiers for Pallet<T> {
	fn current() -> Vec<Member> {
		CurrentVerifiers::<T>::get().into_inner()
	}

	fn count() -> u32 {
		Self::verifier_count()
	}
}

impl<T: Config> sp_runtime::BoundToRuntimeAppPublic for Pallet<T> {
	type Public = VerifierId;
}

impl<T: Config> OneSessionHandler<AccountId> for Pallet<T> {
	type Key = VerifierId;

	fn on_genesis_session<'a, I>(validators: I)
	where
		I: Iterator<Item = (&'a AccountId, VerifierId)> + 'a,
	{
		Self::keep_keys(validators);
	}

	fn on_new_session<'a, I>(changed: bool, validators: I, _: I)
	where
		I: Iterator<Item = (&'a AccountId, VerifierId)> + 'a,
	{
		if changed {
			Self::keep_keys(validators);
		}
	}

	fn on_disabled(_: u32) {}
}

impl<T: Config> RoundObserver for Pallet<T> {
	fn committee_seated(bounty: BountyId, round: RoundIndex, members: &[AccountId]) {
		for member in members {
			Work::<T>::mutate(member, |work| {
				if !work.contains(&(bounty, round)) {
					// A full list cannot happen: `busy` verifiers are not drawn.
					let _ = work.try_push((bounty, round));
				}
			});
		}
	}

	fn committee_dismissed(bounty: BountyId, round: RoundIndex, members: &[AccountId]) {
		for member in members {
			Work::<T>::mutate_exists(member, |work| {
				if let Some(list) = work {
					list.retain(|item| *item != (bounty, round));
					if list.is_empty() {
						*work = None;
					}
				}
			});
		}
	}

	fn busy(verifier: &AccountId) -> bool {
		Work::<T>::decode_len(verifier).unwrap_or(0)
			>= usize::try_from(crate::MAX_WORK).unwrap_or(usize::MAX)
	}

	fn result_struck(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		root: Hash,
		offenders: Vec<AccountId>,
		challenger: Option<AccountId>,
	) {
		Self::report_strike((bounty, round, attempt), root, offenders, challenger);
	}

	fn strikes_resolved(bounty: BountyId, round: RoundIndex, dissenters: Vec<AccountId>) {
		Self::note_dissenters((bounty, round), dissenters);
	}

	fn challenge_ended(
		bounty: BountyId,
		round: RoundIndex,
		challenge: Challenge,
		outcome: ChallengeOutcome,
	) {
		Self::release_bond((bounty, round), challenge, outcome);
	}
}
