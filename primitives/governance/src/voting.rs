//! What an account does on a track.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sheaf_training::{AccountId, Balance};

/// What an account does on a track.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct TrackVoting {
	/// Id of the track.
	pub track: u16,
	/// Its votes. They lock tokens until they are taken back.
	pub votes: Vec<Vote>,
	/// Who votes for it.
	pub delegate: Option<AccountId>,
	/// Tokens that are locked by this track, until somebody unlocks them.
	pub locked: Balance,
}

/// A vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Vote {
	/// Number of the referendum.
	pub referendum: u32,
	/// Whether it can still be voted on.
	pub ongoing: bool,
}
