//! Checks fee-less `advance` calls in the pool and before dispatch, on a copy of the state.

use crate::{weighing::Size, Config, Pallet};
use codec::Encode;
use frame_support::{pallet_prelude::*, traits::Get};
use sheaf_training::{BlockNumber, BountyId, Phase, Refusal, RoundIndex, Training, TrainingRounds};

/// Code of a call that the state does not accept now, but might later.
const NOT_NOW: u8 = 1;

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_advance_bounty(
		_: TransactionSource,
		bounty: &BountyId,
		deadline: &BlockNumber,
	) -> TransactionValidityWithRefund {
		let tag = (bounty, deadline).encode();
		let valid = Self::authorize(*bounty, tag, |training, environment| {
			training.advance_bounty(*deadline, environment)
		});
		valid.map(|(valid, _)| (valid, Weight::zero()))
	}

	pub(crate) fn authorize_advance(
		_: TransactionSource,
		bounty: &BountyId,
		round: &RoundIndex,
		attempt: &u8,
		phase: &Phase,
		deadline: &BlockNumber,
	) -> TransactionValidityWithRefund {
		let tag = (bounty, round, attempt, phase, deadline).encode();
		let valid = Self::authorize(*bounty, tag, |training, environment| {
			training.advance(*round, *attempt, *phase, *deadline, environment)
		});
		valid.map(|(valid, size)| (valid, size.unspent::<T>()))
	}

	/// While the bounty lives, a refused call is *unknown*, not *invalid*: the pool bans the bytes of
	/// invalid ones, and a reorganisation may make it right. Returns the size of what was checked too.
	fn authorize(
		bounty: BountyId,
		tag: alloc::vec::Vec<u8>,
		event: impl FnOnce(&mut Training, &<Self as TrainingRounds>::Environment) -> Result<(), Refusal>,
	) -> Result<(ValidTransaction, Size), TransactionValidityError> {
		let mut training = Self::load(bounty).ok_or(InvalidTransaction::Call)?;
		if training.bounty.ended() {
			return Err(InvalidTransaction::Stale.into());
		}
		let size = Size::of::<T>(&training);
		event(&mut training, &Self::environment())
			.map_err(|_| UnknownTransaction::Custom(NOT_NOW))?;
		ValidTransaction::with_tag_prefix("sheaf/advance")
			.priority(T::AdvancePriority::get())
			.and_provides(tag)
			.longevity(64)
			.propagate(true)
			.build()
			.map(|valid| (valid, size))
	}
}
