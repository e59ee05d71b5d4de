//! Registered nodes.

use super::{all, Account, Amount, BlockRef, Cursor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_training as training;

/// Services that a node may register for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
	/// May enrol as a trainer.
	Trainer,
	/// May enrol as an aggregator.
	Aggregator,
	/// May be drawn as a verifier while its account is a validator.
	Verifier,
}

pub(crate) fn roles_of(listed: &[Role]) -> training::Roles {
	training::Roles {
		trainer: listed.contains(&Role::Trainer),
		aggregator: listed.contains(&Role::Aggregator),
		verifier: listed.contains(&Role::Verifier),
	}
}

fn list_of(roles: training::Roles) -> Vec<Role> {
	let of = [
		(roles.trainer, Role::Trainer),
		(roles.aggregator, Role::Aggregator),
		(roles.verifier, Role::Verifier),
	];
	of.into_iter().filter_map(|(has, role)| has.then_some(role)).collect()
}

/// Which nodes to list: those that match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NodeFilter {
	/// Registered for all of these.
	pub roles: Vec<Role>,
	/// In this region.
	pub region: Option<String>,
}

/// A bond that is being released.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unbonding {
	/// How much.
	pub amount: Amount,
	/// First block at which it can be withdrawn.
	pub withdrawable_at: u32,
}

impl From<(u128, u32)> for Unbonding {
	fn from((amount, withdrawable_at): (u128, u32)) -> Self {
		Self { amount: Amount(amount), withdrawable_at }
	}
}

/// How a node behaved, in rounds and results.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
	/// Rounds in which it finished its work.
	pub completed: u32,
	/// Rounds in which its work came too late.
	pub late: u32,
	/// Rounds in which it was waited for in vain, or attested what does not stand.
	pub missed: u32,
	/// Results it attested that were struck.
	pub proven_wrong: u32,
}

impl From<training::Record> for Record {
	fn from(record: training::Record) -> Self {
		let training::Record { completed, late, missed, proven_wrong } = record;
		Self { completed, late, missed, proven_wrong }
	}
}

/// A registered node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Node {
	/// Its account.
	pub account: Account,
	/// What it registered for; empty once it left.
	pub roles: Vec<Role>,
	/// Bonded and not unbonding.
	pub bond: Amount,
	/// Logical cores, as the operator says.
	pub cores: u16,
	/// Memory in MiB, as the operator says.
	pub memory_mib: u32,
	/// Memory of accelerators in MiB, as the operator says.
	pub accelerator_mib: u32,
	/// Region, an ISO 3166 country code or empty.
	pub region: String,
	/// Bonds being released.
	pub unbonding: Vec<Unbonding>,
	/// Paid so far, for all services.
	pub earned: Amount,
	/// How it behaved so far.
	pub record: Record,
	/// Slashes that hang over it; while there is one, its roles have no effect.
	pub suspensions: u32,
}

impl From<training::NodeView> for Node {
	fn from(node: training::NodeView) -> Self {
		Self {
			account: node.account.into(),
			roles: list_of(node.roles),
			bond: Amount(node.bond),
			cores: node.cores,
			memory_mib: node.memory_mib,
			accelerator_mib: node.accelerator_mib,
			region: String::from_utf8_lossy(&node.region).into_owned(),
			unbonding: all(node.unbonding),
			earned: Amount(node.earned),
			record: node.record.into(),
			suspensions: node.suspensions,
		}
	}
}

/// A page of nodes: over all pages every node once, in no order of meaning. With a filter it may be
/// short, or empty, and have a `next`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePage {
	/// The block that was asked.
	pub at: BlockRef,
	/// The nodes.
	pub nodes: Vec<Node>,
	/// Where the next page goes on; none on the last one.
	pub next: Option<Cursor>,
}

/// A node as it was at a block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeAt {
	/// The block that was asked.
	pub at: BlockRef,
	/// The node.
	pub node: Node,
}
