//! The methods, apart from what answers them: the server implements this trait, and a Rust client has
//! it as `TrainingRpcClient`.
//!
//! Reads are of the best block, or with `at` of the block with that hash. Parameters may be given by
//! place or by name.

use crate::{
	types::{
		Account, BountyAt, BountyFilter, BountyPage, BountySpec, Cursor, HexHash, NodeAt,
		NodeFilter, NodePage, Quote, ReceiptPage, ReferendumFilter, ReferendumPage, RoundAt,
	},
	BountyNotification, Error, RoundNotification,
};
use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};

/// Bounties, rounds, nodes, receipts and referenda.
#[rpc(client, server)]
pub trait TrainingRpc {
	/// Bounties that match, newest first.
	#[method(name = "bounty_list", blocking)]
	fn bounty_list(
		&self,
		filter: Option<BountyFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<BountyPage, Error>;

	/// A bounty, ended ones too.
	#[method(name = "bounty_get", blocking)]
	fn bounty_get(&self, bounty: u32, at: Option<HexHash>) -> Result<BountyAt, Error>;

	/// What a bounty with this spec would cost.
	#[method(name = "bounty_quote", blocking)]
	fn bounty_quote(&self, spec: BountySpec, at: Option<HexHash>) -> Result<Quote, Error>;

	/// A live round: who acted when, and why it waits.
	#[method(name = "round_get", blocking)]
	fn round_get(&self, bounty: u32, round: u32, at: Option<HexHash>) -> Result<RoundAt, Error>;

	/// Registered nodes that match.
	#[method(name = "node_list", blocking)]
	fn node_list(
		&self,
		filter: Option<NodeFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<NodePage, Error>;

	/// A registered node.
	#[method(name = "node_get", blocking)]
	fn node_get(&self, account: Account, at: Option<HexHash>) -> Result<NodeAt, Error>;

	/// An account's receipts, newest first, from this node's off-chain index.
	#[method(name = "rewards_receipts", blocking)]
	fn rewards_receipts(
		&self,
		account: Account,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<ReceiptPage, Error>;

	/// Referenda that match, newest first.
	#[method(name = "governance_referenda", blocking)]
	fn governance_referenda(
		&self,
		filter: Option<ReferendumFilter>,
		limit: Option<u32>,
		cursor: Option<Cursor>,
		at: Option<HexHash>,
	) -> Result<ReferendumPage, Error>;

	/// Tells of every change of a bounty, and of changes that a reorganisation took back.
	#[subscription(
		name = "bounty_subscribe" => "bounty_notification",
		unsubscribe = "bounty_unsubscribe",
		item = BountyNotification
	)]
	async fn bounty_subscribe(&self, bounty: u32) -> SubscriptionResult;

	/// Tells of every change of a round, and of changes that a reorganisation took back.
	#[subscription(
		name = "round_subscribe" => "round_notification",
		unsubscribe = "round_unsubscribe",
		item = RoundNotification
	)]
	async fn round_subscribe(&self, bounty: u32, round: u32) -> SubscriptionResult;
}
