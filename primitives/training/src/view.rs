//! What the runtime API and view functions return.

use crate::{
	AccountId, Balance, BlockNumber, Bounty, BountyId, BountySpec, Hash, Phase, Receipt, Record,
	RoundIndex, Slot,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A bounty with its spec.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct BountyView {
	/// Its id.
	pub id: BountyId,
	/// What never changes.
	pub spec: BountySpec,
	/// What does.
	pub bounty: Bounty,
}

/// Services that a node may register for.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	codec::DecodeWithMemTracking,
	codec::MaxEncodedLen,
	TypeInfo,
)]
pub struct Roles {
	/// May enrol as a trainer.
	pub trainer: bool,
	/// May enrol as an aggregator.
	pub aggregator: bool,
	/// May be drawn as a verifier while its account is a validator.
	pub verifier: bool,
}

/// A registered node.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct NodeView {
	/// Its account.
	pub account: AccountId,
	/// What it may do.
	pub roles: Roles,
	/// Bonded and not unbonding.
	pub bond: Balance,
	/// Logical cores, as the operator says.
	pub cores: u16,
	/// Memory in MiB, as the operator says.
	pub memory_mib: u32,
	/// Memory of accelerators in MiB, as the operator says.
	pub accelerator_mib: u32,
	/// Region, an ISO 3166 country code or empty.
	pub region: Vec<u8>,
	/// Bonds being released: amount, and the block from which they can be withdrawn.
	pub unbonding: Vec<(Balance, BlockNumber)>,
	/// Paid so far, for all services.
	pub earned: Balance,
	/// How it behaved so far.
	pub record: Record,
	/// Slashes that hang over it.
	pub suspensions: u32,
}

/// A slash that governance can still cancel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct DeferredSlash {
	/// The bounty.
	pub bounty: BountyId,
	/// The round.
	pub round: RoundIndex,
	/// Who attested a wrong result.
	pub offender: AccountId,
	/// Root of the result.
	pub root: Hash,
	/// Who brought it down.
	pub challenger: Option<AccountId>,
	/// First block at which it can be applied, if the round is over by then.
	pub due: BlockNumber,
}

/// A blob that the chain refers to and a gateway may accept.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum BlobName {
	/// The bounty's initial model.
	InitialModel,
	/// The update of the trainer at this slot.
	Update(Slot),
	/// The round's evaluation slice.
	Slice,
	/// The round's next model.
	NextModel,
}

/// A blob that belongs to a live round, with what it must match.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ExpectedBlob {
	/// What it is.
	pub name: BlobName,
	/// Elements it must have.
	pub element_count: u64,
	/// The root that it must have, if that is on chain.
	pub root: Option<Hash>,
	/// For an unopened update: the commitment, attempt and account that its root must open. For an
	/// unopened slice the commitment alone.
	pub opens: Option<(Hash, u8, AccountId)>,
	/// Secret until the block that ended Commit is final.
	pub secret: bool,
}

/// A live round as a gateway sees it. Round 0 is the bounty's initial model.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct RoundBlobs {
	/// The bounty.
	pub bounty: BountyId,
	/// The round.
	pub round: RoundIndex,
	/// The attempt.
	pub attempt: u8,
	/// Its phase; none for round 0.
	pub phase: Option<Phase>,
	/// Block at which the phase began. In Upload, the block that closed Commit.
	pub phase_started_at: BlockNumber,
	/// The blobs; in Commit there are none yet.
	pub blobs: Vec<ExpectedBlob>,
}

/// What the gateway tells its own off-chain worker about a round, SCALE-encoded over HTTP.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Availability {
	/// The block that closed Commit is final, as this node sees it.
	pub closing_block_final: bool,
	/// The initial model is held and checked (round 0).
	pub initial_model: bool,
	/// Root of the slice, if held and checked.
	pub slice: Option<Hash>,
	/// Roots of the updates held and checked.
	pub updates: Vec<(Slot, Hash)>,
}

/// A page of receipts, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Receipts {
	/// How many receipts the account has.
	pub total: u32,
	/// Receipts from the asked place on; those that this node does not hold are left out.
	pub page: Vec<Receipt>,
}
