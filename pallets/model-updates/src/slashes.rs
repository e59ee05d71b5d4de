//! Deferred slashes: from a strike to the loss of bond, governance has time to look.

use crate::{Config, DeferredSlashes, Dissenters, Error, Event, Pallet};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::Get, BoundedVec};
use scale_info::TypeInfo;
use sheaf_training::{
	AccountId, BlockNumber, BountyId, DeferredSlash, Environment, Hash, NodeRegistry, RoundIndex,
	Slashed, TrainingRounds,
};
use sp_runtime::Permill;

/// Most slashes that one request returns.
const MAX_SLASHES_PER_PAGE: u32 = 100;

/// A slash that is not applied yet.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Slash {
	/// Root of the struck result that the offender attested.
	pub root: Hash,
	/// Part of the bond that it costs.
	pub fraction: Permill,
	/// Who brought the result down, and is rewarded.
	pub challenger: Option<AccountId>,
	/// First block at which it can be applied.
	pub due: BlockNumber,
}

impl<T: Config> Pallet<T> {
	/// Hangs a slash over an offender. Of two in one round the first stays.
	pub(crate) fn defer_slash(
		place: (BountyId, RoundIndex),
		offender: &AccountId,
		root: Hash,
		fraction: Permill,
		challenger: Option<AccountId>,
	) {
		if DeferredSlashes::<T>::contains_key(place, offender) {
			return;
		}
		let due = T::Rounds::environment().now().saturating_add(T::SlashDeferral::get());
		T::Nodes::suspend(offender);
		let slash = Slash { root, fraction, challenger, due };
		DeferredSlashes::<T>::insert(place, offender, slash);
		let ((bounty, round), offender) = (place, offender.clone());
		Self::deposit_event(Event::SlashDeferred { bounty, round, offender, due });
	}

	/// The round is over: now it is known who shares the rewards of its slashes.
	pub(crate) fn note_dissenters(place: (BountyId, RoundIndex), dissenters: Vec<AccountId>) {
		if Self::has_slashes(place) {
			Dissenters::<T>::insert(place, BoundedVec::truncate_from(dissenters));
		}
	}

	fn has_slashes(place: (BountyId, RoundIndex)) -> bool {
		DeferredSlashes::<T>::iter_key_prefix(place).next().is_some()
	}

	/// A slash that can be applied now, with those who share in it.
	pub(crate) fn due_slash(
		bounty: BountyId,
		round: RoundIndex,
		offender: &AccountId,
	) -> Result<(Slash, Vec<AccountId>), Error<T>> {
		let place = (bounty, round);
		let slash = DeferredSlashes::<T>::get(place, offender).ok_or(Error::<T>::NoSuchSlash)?;
		let dissenters = Dissenters::<T>::get(place).ok_or(Error::<T>::SlashNotDue)?;
		if T::Rounds::environment().now() < slash.due {
			return Err(Error::<T>::SlashNotDue);
		}
		Ok((slash, dissenters.into_inner()))
	}

	/// Takes the bond: `ChallengerShare` of it goes to the challenger, `DissenterShare` in equal parts
	/// to the dissenters, the rest is burned. Returns how many dissenters there are.
	pub(crate) fn apply(
		bounty: BountyId,
		round: RoundIndex,
		offender: AccountId,
	) -> Result<u32, Error<T>> {
		let (slash, dissenters) = Self::due_slash(bounty, round, &offender)?;
		let heads = u32::try_from(dissenters.len()).unwrap_or(u32::MAX);
		let share = T::DissenterShare::get().deconstruct().checked_div(heads).unwrap_or(0);
		let challenger = slash.challenger.map(|challenger| (challenger, T::ChallengerShare::get()));
		let rewarded: Vec<(AccountId, Permill)> = challenger
			.into_iter()
			.chain(dissenters.into_iter().map(|account| (account, Permill::from_parts(share))))
			.collect();
		let Slashed { taken: amount, rewards } =
			T::Nodes::slash(&offender, slash.fraction, &rewarded);
		Self::forget((bounty, round), &offender);
		Self::deposit_event(Event::SlashApplied { bounty, round, offender, amount, rewards });
		Ok(heads)
	}

	/// Drops a slash.
	pub(crate) fn cancel(
		bounty: BountyId,
		round: RoundIndex,
		offender: AccountId,
	) -> Result<(), Error<T>> {
		if !DeferredSlashes::<T>::contains_key((bounty, round), &offender) {
			return Err(Error::<T>::NoSuchSlash);
		}
		Self::forget((bounty, round), &offender);
		Self::deposit_event(Event::SlashCancelled { bounty, round, offender });
		Ok(())
	}

	fn forget(place: (BountyId, RoundIndex), offender: &AccountId) {
		DeferredSlashes::<T>::remove(place, offender);
		T::Nodes::resume(offender);
		if !Self::has_slashes(place) {
			Dissenters::<T>::remove(place);
		}
	}

	/// Slashes that are not applied yet, at most `limit` and 100.
	pub fn deferred_slashes(limit: u32) -> Vec<DeferredSlash> {
		DeferredSlashes::<T>::iter()
			.take(usize::try_from(limit.min(MAX_SLASHES_PER_PAGE)).unwrap_or(usize::MAX))
			.map(|((bounty, round), offender, Slash { root, challenger, due, .. })| DeferredSlash {
				bounty,
				round,
				offender,
				root,
				challenger,
				due,
			})
			.collect()
	}

	/// Slashes that can be applied now, at most `limit`.
	pub(crate) fn due_slashes(limit: usize) -> Vec<(BountyId, RoundIndex, AccountId)> {
		DeferredSlashes::<T>::iter_keys()
			.map(|((bounty, round), offender)| (bounty, round, offender))
			.filter(|(bounty, round, offender)| Self::due_slash(*bounty, *round, offender).is_ok())
			.take(limit)
			.collect()
	}
}
