//! Referenda as the runtime shows them.

use alloc::{boxed::Box, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sheaf_training::{AccountId, Balance, BlockNumber, Hash};
use sp_runtime::Perbill;

/// Longest call that is shown itself. Of longer ones there is the hash, for who wants to look it up.
pub const MAX_SHOWN_CALL: u32 = 1_024;

/// Which referenda a page has: those that match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct ReferendumFilter {
	/// Only those that people can still vote on, or only those that are over.
	pub ongoing: Option<bool>,
	/// On this track. Nothing of a referendum's track is kept when it is over.
	pub track: Option<u16>,
}

/// A page of referenda, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct ReferendumPage {
	/// How many there have been.
	pub total: u32,
	/// The referenda.
	pub referenda: Vec<Referendum>,
	/// The last one looked at, if there are older ones: the next page has those before it.
	pub next: Option<u32>,
}

/// A referendum.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Referendum {
	/// Its number.
	pub index: u32,
	/// How far it is.
	pub state: ReferendumState,
}

/// How far a referendum is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum ReferendumState {
	/// People can vote on it.
	Ongoing(Box<Poll>),
	/// Approved in this block.
	Approved(BlockNumber),
	/// Rejected in this block.
	Rejected(BlockNumber),
	/// Ended by governance in this block; the deposits are given back.
	Cancelled(BlockNumber),
	/// Never decided, and over in this block.
	TimedOut(BlockNumber),
	/// Ended by governance in this block; the deposits are the treasury's.
	Killed(BlockNumber),
}

/// A referendum that people can vote on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Poll {
	/// Id of its track.
	pub track: u16,
	/// Name of its track, in UTF-8.
	pub track_name: Vec<u8>,
	/// Who submitted it.
	pub submitter: AccountId,
	/// Block in which it was submitted.
	pub submitted: BlockNumber,
	/// What it would dispatch.
	pub proposal: Proposal,
	/// When that would be.
	pub enactment: Enactment,
	/// What it waits for.
	pub stage: Stage,
	/// Votes for it: tokens times conviction.
	pub ayes: Balance,
	/// Votes against it: tokens times conviction.
	pub nays: Balance,
	/// Tokens of those who voted for it or abstained.
	pub support: Balance,
	/// Share of the votes that are for it.
	pub approval_share: Share,
	/// Share of all tokens that support it.
	pub support_share: Share,
}

/// What a referendum would dispatch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Proposal {
	/// Hash of the encoded call.
	pub hash: Hash,
	/// Bytes of the encoded call, if they are known.
	pub length: Option<u32>,
	/// The encoded call, if it is noted and has at most [`MAX_SHOWN_CALL`] bytes.
	pub call: Option<Vec<u8>>,
}

/// When an approved proposal is dispatched; later if the track asks for more time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Enactment {
	/// In this block.
	At(BlockNumber),
	/// So many blocks after its approval.
	After(BlockNumber),
}

/// What an ongoing referendum waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Stage {
	/// The time to prepare, up to this block.
	Preparing {
		/// First block in which it may be decided.
		until: BlockNumber,
	},
	/// Somebody to place the decision deposit, before this block.
	Deposit {
		/// The deposit.
		amount: Balance,
		/// Block in which it times out.
		until: BlockNumber,
	},
	/// A place among those that are decided at once.
	Queued,
	/// Enough votes, before the decision period ends.
	Deciding {
		/// When deciding began.
		since: BlockNumber,
		/// Block in which it is rejected unless it is being confirmed.
		until: BlockNumber,
	},
	/// The time of confirmation.
	Confirming {
		/// When deciding began.
		since: BlockNumber,
		/// Block in which it is approved if nothing changes.
		until: BlockNumber,
	},
}

/// What a referendum has, and what it needs at this block to pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Share {
	/// What it has.
	pub has: Perbill,
	/// What it needs now; that falls while it is decided.
	pub needs: Perbill,
}
