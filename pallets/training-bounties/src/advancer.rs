//! Sends the fee-less calls that end phases, for the off-chain worker of the verifiers.

use crate::{Call, Config, Pallet};
use frame_system::offchain::{CreateAuthorizedTransaction, SubmitTransaction};
use sheaf_training::{Advancer, BlockNumber, BountyId, Phase, RoundIndex};

impl<T: Config + CreateAuthorizedTransaction<Call<T>>> Advancer for Pallet<T> {
	fn advance_bounty(bounty: BountyId, deadline: BlockNumber) {
		submit::<T>(Call::advance_bounty { bounty, deadline });
	}

	fn advance(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
	) {
		submit::<T>(Call::advance { bounty, round, attempt, phase, deadline });
	}
}

/// The pool's answer says nothing: it is good even for a call that the pool drops.
fn submit<T: Config + CreateAuthorizedTransaction<Call<T>>>(call: Call<T>) {
	let transaction = T::create_authorized_transaction(call.into());
	let _ = SubmitTransaction::<T, Call<T>>::submit_transaction(transaction);
}
