//! What the methods ask of the chain, at any block whose state the node holds.

use crate::{types::BlockRef, Error};
use futures::stream::BoxStream;
use sheaf_governance::{ReferendumFilter, ReferendumPage};
use sheaf_training::{
	AccountId, BountyFilter, BountyId, BountyPage, BountySpec, BountyView, NodeFilter, NodePage,
	NodeView, Quote, Receipts, RoundIndex, RoundStatus, SpecError,
};
use sp_core::H256;

/// The newest block, and the newest final one below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heads {
	/// The best block.
	pub best: BlockRef,
	/// The last final block.
	pub finalized: BlockRef,
}

/// The chain as the methods see it. Every read is of one block.
pub trait Chain: Send + Sync + 'static {
	/// The newest blocks.
	fn heads(&self) -> Heads;

	/// The block with this hash, if its state can be asked.
	fn block(&self, hash: H256) -> Result<BlockRef, Error>;

	/// Whether `block` is `descendant` or below it.
	fn holds(&self, descendant: &BlockRef, block: &BlockRef) -> bool;

	/// An item whenever there may be a new best or final block.
	fn changes(&self) -> BoxStream<'static, ()>;

	/// [`sheaf_training::TrainingApi::bounty`].
	fn bounty(&self, at: H256, id: BountyId) -> Result<Option<BountyView>, Error>;

	/// [`sheaf_training::TrainingApi::list_bounties`].
	fn list_bounties(
		&self,
		at: H256,
		filter: BountyFilter,
		before: Option<BountyId>,
		limit: u32,
	) -> Result<BountyPage, Error>;

	/// [`sheaf_training::TrainingApi::quote`].
	fn quote(&self, at: H256, spec: BountySpec) -> Result<Result<Quote, SpecError>, Error>;

	/// [`sheaf_training::TrainingApi::round_status`].
	fn round(
		&self,
		at: H256,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<RoundStatus>, Error>;

	/// [`sheaf_training::TrainingApi::node`].
	fn node(&self, at: H256, account: AccountId) -> Result<Option<NodeView>, Error>;

	/// [`sheaf_training::TrainingApi::list_nodes`].
	fn list_nodes(
		&self,
		at: H256,
		filter: NodeFilter,
		after: Option<AccountId>,
		limit: u32,
	) -> Result<NodePage, Error>;

	/// [`sheaf_training::TrainingApi::receipts`].
	fn receipts(
		&self,
		at: H256,
		account: AccountId,
		start: u32,
		limit: u32,
	) -> Result<Receipts, Error>;

	/// [`sheaf_governance::GovernanceApi::referenda`].
	fn referenda(
		&self,
		at: H256,
		filter: ReferendumFilter,
		before: Option<u32>,
		limit: u32,
	) -> Result<ReferendumPage, Error>;
}
