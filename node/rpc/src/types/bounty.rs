//! Bounties, one and many.

use super::{all, Account, Amount, BlockRef, BountySpec, Cursor, EnrolmentPolicy, HexHash, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_training as training;

/// How far a bounty is, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
	/// A committee votes the initial model available.
	Preparing,
	/// Trainers enrol.
	Enrolling,
	/// Rounds are trained.
	Running,
	/// Every round was settled.
	Completed,
	/// Nothing was trained; the reward went back.
	Cancelled,
	/// A round failed for good; what was finished is paid, the rest went back.
	Aborted,
}

impl From<Stage> for training::BountyStage {
	fn from(stage: Stage) -> Self {
		match stage {
			Stage::Preparing => Self::Preparing,
			Stage::Enrolling => Self::Enrolling,
			Stage::Running => Self::Running,
			Stage::Completed => Self::Completed,
			Stage::Cancelled => Self::Cancelled,
			Stage::Aborted => Self::Aborted,
		}
	}
}

/// How far a bounty is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stage", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum BountyState {
	/// A committee votes the initial model available.
	Preparing {
		/// Who votes.
		committee: Vec<Account>,
		/// Who holds the model.
		voted: Vec<Account>,
		/// First block at which it is too late.
		deadline: u32,
	},
	/// Trainers enrol.
	Enrolling {
		/// First block at which it is too late.
		deadline: u32,
	},
	/// Rounds are trained.
	Running {
		/// The last settled round; 0 before the first.
		settled: u32,
		/// The highest round opened.
		newest: u32,
		/// The round after which the bounty is complete.
		last: u32,
	},
	/// Every round up to the last was settled.
	Completed,
	/// Nothing was trained; the reward went back.
	Cancelled,
	/// A round failed for good; what was finished is paid, the rest went back.
	Aborted,
}

impl From<training::BountyState> for BountyState {
	fn from(state: training::BountyState) -> Self {
		use training::BountyState as State;
		match state {
			State::Preparing { committee, votes, deadline } => {
				let accounts: Vec<Account> = all(committee.into_iter().map(|m| m.account));
				let holds = |place: usize| votes.checked_shr(place as u32).unwrap_or(0) & 1 == 1;
				let places = accounts.iter().cloned().enumerate();
				let voted = places.filter(|(place, _)| holds(*place)).map(|(_, account)| account);
				Self::Preparing { voted: voted.collect(), committee: accounts, deadline }
			}
			State::Enrolling { deadline } => Self::Enrolling { deadline },
			State::Running { settled, newest, last } => {
				Self::Running { settled: settled.0, newest: newest.0, last: last.0 }
			}
			State::Completed => Self::Completed,
			State::Cancelled => Self::Cancelled,
			State::Aborted => Self::Aborted,
		}
	}
}

/// Parts of the reward that were fixed at opening, in parts of a million; the rest is the protocol's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RewardShares {
	/// For the included trainers.
	pub trainers: u32,
	/// For the committee.
	pub verifiers: u32,
	/// For the drawn aggregator.
	pub aggregator: u32,
}

impl From<training::RewardShares> for RewardShares {
	fn from(shares: training::RewardShares) -> Self {
		Self {
			trainers: shares.trainers.deconstruct(),
			verifiers: shares.verifiers.deconstruct(),
			aggregator: shares.aggregator.deconstruct(),
		}
	}
}

/// Which bounties to list: those that match every part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BountyFilter {
	/// In one of these stages, each named at most once; empty for all.
	#[schemars(length(max = 6))]
	pub stages: Vec<Stage>,
	/// Opened by this account.
	pub sponsor: Option<Account>,
	/// With this account as a trainer.
	pub trainer: Option<Account>,
}

/// What a list shows of a bounty.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BountySummary {
	/// Its id.
	pub id: u32,
	/// Who pays.
	pub sponsor: Account,
	/// How far it is.
	pub state: BountyState,
	/// What was put up.
	pub reward: Amount,
	/// What has left the reward.
	pub spent: Amount,
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
	/// How updates become one.
	pub rule: Rule,
	/// Elements of the model.
	pub element_count: u64,
	/// Whether results are scored.
	pub scored: bool,
	/// Root of the newest settled model.
	pub model_root: HexHash,
}

impl From<training::BountySummary> for BountySummary {
	fn from(summary: training::BountySummary) -> Self {
		Self {
			id: summary.id.0,
			sponsor: summary.sponsor.into(),
			state: summary.state.into(),
			reward: Amount(summary.reward),
			spent: Amount(summary.spent),
			shares: summary.shares.into(),
			rounds: summary.rounds,
			min_trainers: summary.min_trainers,
			max_trainers: summary.max_trainers,
			trainers: summary.trainers,
			enrolment: summary.enrolment.into(),
			rule: summary.rule.into(),
			element_count: summary.element_count,
			scored: summary.scored,
			model_root: summary.model_root.into(),
		}
	}
}

/// A page of bounties, newest first. With a filter it may be short, or empty, and have a `next`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BountyPage {
	/// The block that was asked.
	pub at: BlockRef,
	/// The bounties.
	pub bounties: Vec<BountySummary>,
	/// Where the next page goes on; none on the last one.
	pub next: Option<Cursor>,
}

/// An enrolled trainer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trainer {
	/// Its place.
	pub slot: u16,
	/// Its account.
	pub account: Account,
	/// Weight of its updates under the weighted mean.
	pub weight: u32,
	/// Whether it is waited for.
	pub active: bool,
}

impl From<training::Trainer> for Trainer {
	fn from(trainer: training::Trainer) -> Self {
		let training::Trainer { slot, account, weight, active } = trainer;
		Self { slot: slot.0, account: account.into(), weight, active }
	}
}

/// A sponsor's invitation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
	/// Who may enrol.
	pub account: Account,
	/// Weight that its updates will have.
	pub weight: u32,
}

impl From<training::Invitation> for Invitation {
	fn from(invitation: training::Invitation) -> Self {
		Self { account: invitation.account.into(), weight: invitation.weight }
	}
}

/// A bounty.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bounty {
	/// Its id.
	pub id: u32,
	/// Who pays.
	pub sponsor: Account,
	/// How far it is.
	pub state: BountyState,
	/// What was put up.
	pub reward: Amount,
	/// What has left the reward: payments, the protocol's parts, refunds.
	pub spent: Amount,
	/// Parts fixed at opening.
	pub shares: RewardShares,
	/// Root of the newest settled model.
	pub model_root: HexHash,
	/// Trainers in slot order.
	pub trainers: Vec<Trainer>,
	/// Enrolled aggregators, of whom each attempt draws one.
	pub aggregators: Vec<Account>,
	/// Who was invited and has not enrolled.
	pub invitations: Vec<Invitation>,
	/// Members whose result was struck; not drawn again.
	pub struck_members: Vec<Account>,
	/// What never changes.
	pub spec: BountySpec,
}

impl From<training::BountyView> for Bounty {
	fn from(view: training::BountyView) -> Self {
		let training::BountyView { id, spec, bounty } = view;
		Self {
			id: id.0,
			sponsor: bounty.sponsor.into(),
			state: bounty.state.into(),
			reward: Amount(bounty.reward),
			spent: Amount(bounty.spent),
			shares: bounty.shares.into(),
			model_root: bounty.model_root.into(),
			trainers: all(bounty.trainers),
			aggregators: all(bounty.aggregators),
			invitations: all(bounty.invitations),
			struck_members: all(bounty.struck_members),
			spec: spec.into(),
		}
	}
}

/// A bounty as it was at a block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BountyAt {
	/// The block that was asked.
	pub at: BlockRef,
	/// The bounty.
	pub bounty: Bounty,
}
