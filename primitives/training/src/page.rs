//! Pages of lists, as the runtime API returns them: bounded work a call, and where to go on.
//!
//! A filter may leave out everything that a call looks at. Such a page is short, or empty, and still
//! says where to go on.

use crate::{
	AccountId, Balance, BountyId, BountyState, EnrolmentPolicy, Hash, NodeView, RewardShares, Roles,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sheaf_aggregation::Rule;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Most entries of a page.
pub const MAX_PAGE: u32 = 100;
/// Most bounties or nodes that one call looks at.
pub const MAX_LOOKED_AT: u32 = 250;

/// [`BountyState`] by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum BountyStage {
	/// The initial model is to be made available.
	Preparing,
	/// Trainers enrol.
	Enrolling,
	/// Rounds are trained.
	Running,
	/// Every round was settled.
	Completed,
	/// Nothing was trained.
	Cancelled,
	/// A round failed for good.
	Aborted,
}

impl BountyStage {
	/// How many there are.
	pub const COUNT: u32 = 6;

	/// Whether a bounty in it has ended.
	pub fn ended(self) -> bool {
		use BountyStage::*;
		matches!(self, Completed | Cancelled | Aborted)
	}
}

impl From<&BountyState> for BountyStage {
	fn from(state: &BountyState) -> Self {
		match state {
			BountyState::Preparing { .. } => Self::Preparing,
			BountyState::Enrolling { .. } => Self::Enrolling,
			BountyState::Running { .. } => Self::Running,
			BountyState::Completed => Self::Completed,
			BountyState::Cancelled => Self::Cancelled,
			BountyState::Aborted => Self::Aborted,
		}
	}
}

/// Which bounties a page has: those that match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct BountyFilter {
	/// In one of these stages; empty for all.
	pub stages: BoundedVec<BountyStage, ConstU32<{ BountyStage::COUNT }>>,
	/// Opened by this account.
	pub sponsor: Option<AccountId>,
	/// With this account as a trainer.
	pub trainer: Option<AccountId>,
}

/// What a list shows of a bounty.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct BountySummary {
	/// Its id.
	pub id: BountyId,
	/// Who pays.
	pub sponsor: AccountId,
	/// How far it is.
	pub state: BountyState,
	/// What was put up.
	pub reward: Balance,
	/// What has left the reward.
	pub spent: Balance,
	/// Parts fixed at opening.
	pub shares: RewardShares,
	/// Rounds to train.
	pub rounds: u32,
	/// Fewest updates that make a round.
	pub min_trainers: u16,
	/// Places for trainers.
	pub max_trainers: u16,
	/// Trainers enrolled.
	pub trainers: u32,
	/// Who may enrol.
	pub enrolment: EnrolmentPolicy,
	/// The aggregation rule.
	pub rule: Rule,
	/// Elements of the model.
	pub element_count: u64,
	/// Whether results are scored.
	pub scored: bool,
	/// Root of the newest settled model.
	pub model_root: Hash,
}

/// A page of bounties, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct BountyPage {
	/// The bounties, at most [`MAX_PAGE`].
	pub bounties: Vec<BountySummary>,
	/// The last bounty looked at, if there are older ones: the next page has those before it.
	pub next: Option<BountyId>,
}

/// Which nodes a page has: those that match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct NodeFilter {
	/// Registered for all of these.
	pub roles: Roles,
	/// In this region.
	pub region: Option<Vec<u8>>,
}

impl NodeFilter {
	/// Whether a node matches.
	pub fn matches(&self, roles: Roles, region: &[u8]) -> bool {
		(!self.roles.trainer || roles.trainer)
			&& (!self.roles.aggregator || roles.aggregator)
			&& (!self.roles.verifier || roles.verifier)
			&& self.region.as_deref().is_none_or(|wanted| wanted == region)
	}
}

/// A page of registered nodes, in the order of the storage: every node once, in no order of meaning.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct NodePage {
	/// The nodes, at most [`MAX_PAGE`].
	pub nodes: Vec<NodeView>,
	/// The last node looked at, if others follow it: the next page has those after it.
	pub next: Option<AccountId>,
}
