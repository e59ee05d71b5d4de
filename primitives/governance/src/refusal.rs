//! Why a proposal is refused.

use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Why a parameter is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum OutOfRange {
	/// A parameter is given another value, never taken away.
	NoValue,
	/// Parts add up to more than the whole, or leave too little of it.
	SharesExceedWhole,
	/// Those who do the work must receive a part.
	ShareIsZero,
	/// The number is smaller than it may be.
	TooSmall,
	/// The number is larger than it may be.
	TooLarge,
	/// The shortest phase would be longer than the longest, or zero.
	PhasesCross,
	/// Fewer verifiers than a committee needs would be left, so open bounties would abort.
	TooFewVerifiers,
	/// A bond could be withdrawn before its slash is due.
	DeferralOutlastsUnbonding,
}

/// Why a proposal is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Refusal {
	/// It sets a parameter to what it must not be.
	Parameter(OutOfRange),
	/// It is no call, or nested too deep.
	Unreadable,
	/// It has more bytes than may be read.
	TooLong,
	/// It carries a hash whose preimage nobody noted.
	NotNoted,
	/// It carries too many calls.
	TooManyCalls,
	/// It sets too many parameters.
	TooManyParameters,
	/// It carries too many hashes of other proposals.
	TooManyLookups,
}

impl From<OutOfRange> for Refusal {
	fn from(reason: OutOfRange) -> Self {
		Self::Parameter(reason)
	}
}
