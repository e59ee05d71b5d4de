//! The chain as our RPC methods ask it: the runtime API at a block, and the heads.

use futures::{
	stream::{self, BoxStream},
	StreamExt,
};
use sc_client_api::BlockchainEvents;
use sheaf_governance::{GovernanceApi, ReferendumFilter, ReferendumPage};
use sheaf_rpc::{
	types::{BlockRef, HexHash},
	Chain, Error, Heads,
};
use sheaf_runtime::opaque::Block;
use sheaf_training::{
	AccountId, BlockNumber, BountyFilter, BountyId, BountyPage, BountySpec, BountyView, Hash,
	NodeFilter, NodePage, NodeView, Quote, Receipts, RoundIndex, RoundStatus, SpecError,
	TrainingApi,
};
use sp_api::{ApiError, ApiExt, CallApiAt, ProvideRuntimeApi};
use sp_blockchain::{lowest_common_ancestor, HeaderBackend, HeaderMetadata};
use std::{fmt::Display, sync::Arc};

/// First version of the runtime API that answers everything asked here.
const API_VERSION: u32 = 2;

/// The chain of a running node.
pub struct NodeChain<C> {
	client: Arc<C>,
}

impl<C> NodeChain<C> {
	/// Of this client.
	pub fn new(client: Arc<C>) -> Self {
		Self { client }
	}
}

fn block(hash: Hash, number: BlockNumber) -> BlockRef {
	BlockRef { hash: HexHash(hash), number }
}

/// A failure that is the node's, not the caller's. The log has it, the caller does not.
fn failed(error: impl Display) -> Error {
	log::warn!(target: "sheaf-rpc", "asking the runtime failed: {error}");
	Error::Failed
}

impl<C> NodeChain<C>
where
	C: HeaderBackend<Block> + ProvideRuntimeApi<Block> + CallApiAt<Block>,
	C::Api: TrainingApi<Block> + GovernanceApi<Block>,
{
	/// The block with this hash, if its state is held and its runtime answers.
	fn readable(&self, hash: Hash) -> Result<BlockRef, Error> {
		let number = self.client.number(hash).map_err(failed)?.ok_or(Error::UnknownBlock(hash))?;
		let block = block(hash, number);
		self.client.state_at(hash).map_err(|_| Error::PrunedBlock(block))?;
		let version = self.client.runtime_api().api_version::<dyn TrainingApi<Block>>(hash);
		match version.map_err(failed)? {
			Some(version) if version >= API_VERSION => Ok(block),
			_ => Err(Error::OldRuntime(block)),
		}
	}

	/// Asks the runtime. If that fails because the block was pruned meanwhile, the caller is told.
	fn ask<T>(
		&self,
		at: Hash,
		question: impl FnOnce(&C::Api) -> Result<T, ApiError>,
	) -> Result<T, Error> {
		let answer = question(&self.client.runtime_api());
		answer.map_err(|error| self.readable(at).err().unwrap_or_else(|| failed(error)))
	}
}

impl<C> Chain for NodeChain<C>
where
	C: HeaderBackend<Block>
		+ HeaderMetadata<Block>
		+ BlockchainEvents<Block>
		+ ProvideRuntimeApi<Block>
		+ CallApiAt<Block>
		+ Send
		+ Sync
		+ 'static,
	C::Api: TrainingApi<Block> + GovernanceApi<Block>,
{
	fn heads(&self) -> Heads {
		let info = self.client.info();
		Heads {
			best: block(info.best_hash, info.best_number),
			finalized: block(info.finalized_hash, info.finalized_number),
		}
	}

	fn block(&self, hash: Hash) -> Result<BlockRef, Error> {
		self.readable(hash)
	}

	fn holds(&self, descendant: &BlockRef, block: &BlockRef) -> bool {
		let (one, two) = (descendant.hash.0, block.hash.0);
		// A header that is gone was of a branch that finality cut off.
		one == two || lowest_common_ancestor(&*self.client, one, two).is_ok_and(|a| a.hash == two)
	}

	fn changes(&self) -> BoxStream<'static, ()> {
		let imported = self.client.import_notification_stream().map(|_| ());
		let finalized = self.client.finality_notification_stream().map(|_| ());
		stream::select(imported, finalized).boxed()
	}

	fn bounty(&self, at: Hash, id: BountyId) -> Result<Option<BountyView>, Error> {
		self.ask(at, |api| api.bounty(at, id))
	}

	fn list_bounties(
		&self,
		at: Hash,
		filter: BountyFilter,
		before: Option<BountyId>,
		limit: u32,
	) -> Result<BountyPage, Error> {
		self.ask(at, |api| api.list_bounties(at, filter, before, limit))
	}

	fn quote(&self, at: Hash, spec: BountySpec) -> Result<Result<Quote, SpecError>, Error> {
		self.ask(at, |api| api.quote(at, spec))
	}

	fn round(
		&self,
		at: Hash,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<RoundStatus>, Error> {
		self.ask(at, |api| api.round_status(at, bounty, round))
	}

	fn node(&self, at: Hash, account: AccountId) -> Result<Option<NodeView>, Error> {
		self.ask(at, |api| api.node(at, account))
	}

	fn list_nodes(
		&self,
		at: Hash,
		filter: NodeFilter,
		after: Option<AccountId>,
		limit: u32,
	) -> Result<NodePage, Error> {
		self.ask(at, |api| api.list_nodes(at, filter, after, limit))
	}

	fn receipts(
		&self,
		at: Hash,
		account: AccountId,
		start: u32,
		limit: u32,
	) -> Result<Receipts, Error> {
		self.ask(at, |api| api.receipts(at, account, start, limit))
	}

	fn referenda(
		&self,
		at: Hash,
		filter: ReferendumFilter,
		before: Option<u32>,
		limit: u32,
	) -> Result<ReferendumPage, Error> {
		self.ask(at, |api| api.referenda(at, filter, before, limit))
	}
}
