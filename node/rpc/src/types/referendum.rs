//! Referenda.

use super::{all, Account, Amount, BlockRef, Cursor, HexHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_governance as governance;

/// Parts of a thousand million, as which the chain has shares, in a part of a million.
const PARTS_PER_MILLIONTH: u32 = 1_000;

/// Which referenda to list: those that match every part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReferendumFilter {
	/// Only those that people can still vote on, or only those that are over.
	pub ongoing: Option<bool>,
	/// On the track with this id. The track of one that is over is not known any more.
	pub track: Option<u16>,
}

impl From<ReferendumFilter> for governance::ReferendumFilter {
	fn from(ReferendumFilter { ongoing, track }: ReferendumFilter) -> Self {
		Self { ongoing, track }
	}
}

/// A page of referenda, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferendumPage {
	/// The block that was asked.
	pub at: BlockRef,
	/// How many referenda there have been.
	pub total: u32,
	/// The referenda of this page.
	pub referenda: Vec<Referendum>,
	/// Where the next page goes on; none on the last one.
	pub next: Option<Cursor>,
}

/// A referendum.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Referendum {
	/// Its number.
	pub index: u32,
	/// How far it is.
	pub state: ReferendumState,
}

/// How far a referendum is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum ReferendumState {
	/// People can vote on it.
	Ongoing {
		/// How the vote stands.
		poll: Box<Poll>,
	},
	/// Approved, and enacted in its time.
	Approved {
		/// The block in which it was over.
		block: u32,
	},
	/// Rejected by the votes.
	Rejected {
		/// The block in which it was over.
		block: u32,
	},
	/// Ended by governance; the deposits are given back.
	Cancelled {
		/// The block in which it was over.
		block: u32,
	},
	/// Never decided.
	TimedOut {
		/// The block in which it was over.
		block: u32,
	},
	/// Ended by governance; the deposits are the treasury's.
	Killed {
		/// The block in which it was over.
		block: u32,
	},
}

/// A referendum that people can vote on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
	/// Its track.
	pub track: Track,
	/// Who submitted it.
	pub submitter: Account,
	/// Block in which it was submitted.
	pub submitted: u32,
	/// What it would dispatch.
	pub proposal: Proposal,
	/// When that would be, once it is approved; later if the track asks for more time.
	pub enactment: Enactment,
	/// What it waits for.
	pub waiting: PollWaiting,
	/// Votes for it: tokens times conviction.
	pub ayes: Amount,
	/// Votes against it: tokens times conviction.
	pub nays: Amount,
	/// Tokens of those who voted for it or abstained.
	pub support: Amount,
	/// Share of the votes that are for it.
	pub approval_share: Share,
	/// Share of all tokens that support it.
	pub support_share: Share,
}

/// A track.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Track {
	/// Its id.
	pub id: u16,
	/// Its name.
	pub name: String,
}

/// What a referendum would dispatch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
	/// Hash of the encoded call.
	pub hash: HexHash,
	/// Bytes of the encoded call, if they are known.
	pub length: Option<u32>,
	/// The encoded call in hexadecimal, if it is noted and has at most 1,024 bytes. The metadata of
	/// the block says how to read it.
	pub call: Option<String>,
}

/// When an approved proposal is dispatched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Enactment {
	/// In a certain block.
	At {
		/// The block.
		block: u32,
	},
	/// Some time after its approval.
	After {
		/// So many blocks.
		blocks: u32,
	},
}

/// What an ongoing referendum waits for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "camelCase")]
pub enum PollWaiting {
	/// The time to prepare.
	Preparation {
		/// First block in which it may be decided.
		until: u32,
	},
	/// Somebody to place the decision deposit.
	DecisionDeposit {
		/// The deposit.
		amount: Amount,
		/// Block in which it times out.
		until: u32,
	},
	/// A place among those that are decided at once.
	Place,
	/// Enough votes.
	Votes {
		/// Block in which deciding began.
		since: u32,
		/// Block in which it is rejected unless it is being confirmed.
		until: u32,
	},
	/// The time of confirmation.
	Confirmation {
		/// Block in which deciding began.
		since: u32,
		/// Block in which it is approved if nothing changes.
		until: u32,
	},
}

/// What a referendum has, and what it needs to pass, in parts of a million.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Share {
	/// What it has, rounded down.
	pub has: u32,
	/// What it needs at this block, rounded up; that falls while it is decided.
	pub needs: u32,
}

impl ReferendumPage {
	pub(crate) fn of(at: BlockRef, page: governance::ReferendumPage, next: Option<Cursor>) -> Self {
		Self { at, total: page.total, referenda: all(page.referenda), next }
	}
}

impl From<governance::Referendum> for Referendum {
	fn from(governance::Referendum { index, state }: governance::Referendum) -> Self {
		use governance::ReferendumState::*;
		let state = match state {
			Ongoing(poll) => ReferendumState::Ongoing { poll: Box::new((*poll).into()) },
			Approved(block) => ReferendumState::Approved { block },
			Rejected(block) => ReferendumState::Rejected { block },
			Cancelled(block) => ReferendumState::Cancelled { block },
			TimedOut(block) => ReferendumState::TimedOut { block },
			Killed(block) => ReferendumState::Killed { block },
		};
		Self { index, state }
	}
}

impl From<governance::Poll> for Poll {
	fn from(poll: governance::Poll) -> Self {
		let governance::Proposal { hash, length, call } = poll.proposal;
		let call = call.map(|bytes| format!("0x{}", hex::encode(bytes)));
		Self {
			track: Track {
				id: poll.track,
				name: String::from_utf8_lossy(&poll.track_name).into_owned(),
			},
			submitter: poll.submitter.into(),
			submitted: poll.submitted,
			proposal: Proposal { hash: hash.into(), length, call },
			enactment: match poll.enactment {
				governance::Enactment::At(block) => Enactment::At { block },
				governance::Enactment::After(blocks) => Enactment::After { blocks },
			},
			waiting: poll.stage.into(),
			ayes: Amount(poll.ayes),
			nays: Amount(poll.nays),
			support: Amount(poll.support),
			approval_share: poll.approval_share.into(),
			support_share: poll.support_share.into(),
		}
	}
}

impl From<governance::Stage> for PollWaiting {
	fn from(stage: governance::Stage) -> Self {
		use governance::Stage::*;
		match stage {
			Preparing { until } => Self::Preparation { until },
			Deposit { amount, until } => Self::DecisionDeposit { amount: Amount(amount), until },
			Queued => Self::Place,
			Deciding { since, until } => Self::Votes { since, until },
			Confirming { since, until } => Self::Confirmation { since, until },
		}
	}
}

impl From<governance::Share> for Share {
	fn from(governance::Share { has, needs }: governance::Share) -> Self {
		let per_million = PARTS_PER_MILLIONTH;
		Self {
			has: has.deconstruct() / per_million,
			needs: needs.deconstruct().div_ceil(per_million),
		}
	}
}
