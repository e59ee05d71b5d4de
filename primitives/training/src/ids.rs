//! Identifiers and units. Every id that could be confused with another has a type of its own.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Account of a sponsor, trainer, aggregator, verifier or challenger: 32 bytes.
pub type AccountId = sp_runtime::AccountId32;
/// Amount in the smallest unit of the token.
pub type Balance = u128;
/// Height of a block, also a duration in blocks.
pub type BlockNumber = u32;
/// A BLAKE2b-256 digest: root of a blob, commitment or attestation.
pub type Hash = sp_core::H256;

macro_rules! id {
	($(#[$doc:meta])* $name:ident($inner:ty)) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Encode, Decode,
			DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
		)]
		pub struct $name(pub $inner);

		impl core::fmt::Display for $name {
			fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
				self.0.fmt(f)
			}
		}

		impl $name {
			/// The id that follows, saturating at the largest.
			pub fn next(self) -> Self {
				Self(self.0.saturating_add(1))
			}
		}
	};
}

id! {
	/// Number of a bounty, counted from 0 in order of opening.
	BountyId(u32)
}
id! {
	/// Number of a round, counted from 1. Round 0 stands for the initial model of a bounty in
	/// `Preparing`.
	RoundIndex(u32)
}
id! {
	/// Place of a trainer in a bounty, below `max_trainers`. Slots order trainers everywhere.
	Slot(u16)
}

impl RoundIndex {
	/// The initial model, which a committee votes on like on a round's updates.
	pub const INITIAL_MODEL: Self = Self(0);
	/// The first round in which models are trained.
	pub const FIRST: Self = Self(1);
}
