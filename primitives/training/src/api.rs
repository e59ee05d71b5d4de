//! The runtime API: what node, gateway and client ask of the chain.

use crate::{
	AccountId, BountyFilter, BountyId, BountyPage, BountySpec, BountyView, DeferredSlash, Limits,
	NodeFilter, NodePage, NodeView, Quote, Receipts, Round, RoundBlobs, RoundIndex, RoundStatus,
	SpecError,
};
use alloc::vec::Vec;

sp_api::decl_runtime_apis! {
	/// Bounties, rounds, nodes, quotes and receipts. Each call's work is bounded.
	///
	/// Version 2 added `list_bounties`, `list_nodes` and `round_status`.
	#[api_version(2)]
	pub trait TrainingApi {
		/// A bounty, ended ones too.
		fn bounty(id: BountyId) -> Option<BountyView>;
		/// Up to `limit` bounties (at most 100) from `start` on.
		fn bounties(start: BountyId, limit: u32) -> Vec<BountyView>;
		/// A live round.
		fn round(bounty: BountyId, round: RoundIndex) -> Option<Round>;
		/// What a spec would cost, or why it is refused.
		fn quote(spec: BountySpec) -> Result<Quote, SpecError>;
		/// The bounds that governance sets.
		fn limits() -> Limits;
		/// A registered node.
		fn node(account: AccountId) -> Option<NodeView>;
		/// The blobs of all live rounds of one bounty: what its gateway accepts and serves.
		fn round_blobs(bounty: BountyId) -> Vec<RoundBlobs>;
		/// Bounties that have not ended, at most `limit` (at most 1,000), from `start` on.
		fn live_bounties(start: BountyId, limit: u32) -> Vec<BountyId>;
		/// Rounds in which this verifier sits on a committee.
		fn verifier_work(verifier: AccountId) -> Vec<(BountyId, RoundIndex)>;
		/// Slashes that are not applied yet, at most `limit` (at most 100).
		fn deferred_slashes(limit: u32) -> Vec<DeferredSlash>;
		/// Receipts of an account, newest first, from place `start` on, at most 100. They come from
		/// the answering node's off-chain index.
		fn receipts(account: AccountId, start: u32, limit: u32) -> Receipts;
		/// Bounties that match, newest first, of those opened before `before`. At most `limit`, 1 to
		/// [`crate::MAX_PAGE`]; looks at no more than [`crate::MAX_LOOKED_AT`].
		fn list_bounties(
			filter: BountyFilter,
			before: Option<BountyId>,
			limit: u32,
		) -> BountyPage;
		/// Nodes that match, of those that follow `after` in the storage. Bounded as `list_bounties`.
		fn list_nodes(filter: NodeFilter, after: Option<AccountId>, limit: u32) -> NodePage;
		/// A live round, with why it waits.
		fn round_status(bounty: BountyId, round: RoundIndex) -> Option<RoundStatus>;
	}
}
