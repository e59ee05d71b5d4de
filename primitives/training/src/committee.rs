//! The committee of verifiers that watches over one attempt of a round.

use crate::{AccountId, VerifierId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Most members of a committee.
pub const MAX_COMMITTEE: u32 = 16;

/// A verifier with the key it signs with, as they were when the committee was drawn.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Member {
	/// The validator's account: paid, and liable with its verifier bond.
	pub account: AccountId,
	/// The session key that signs its messages, kept even after it left the validator set.
	pub key: VerifierId,
}

/// Members in the order of their places in a vote.
pub type Committee = BoundedVec<Member, ConstU32<MAX_COMMITTEE>>;

/// Members needed to decide: `ceil(2 * members / 3)`.
pub fn quorum(members: u32) -> u32 {
	members.saturating_mul(2).div_ceil(3)
}

/// What drawing a committee for a new attempt gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Draw {
	/// The committee, and the aggregator if one enrolled.
	Now {
		/// At least the minimum of members.
		committee: Committee,
		/// One of the bounty's enrolled aggregators.
		aggregator: Option<AccountId>,
	},
	/// There are more validators than places: the draw waits for randomness that nobody could know
	/// when the phase began.
	Later,
	/// Fewer eligible verifiers than the minimum.
	TooFew,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_quorum_is_two_thirds_rounded_up() {
		let expected = [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (16, 11)];
		for (members, needed) in expected {
			assert_eq!(quorum(members), needed, "{members} members");
		}
	}
}
