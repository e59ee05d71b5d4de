//! The training pallets, how they meet, and the bounds on what sponsors may ask for.

use crate::{
	configs::{ExistentialDeposit, MaxValidators, TreasuryAccount},
	network_parameters::{self, MinLengths, UploadMibPerBlock},
	AccountId, Balances, BlockNumber, ModelUpdates, NodeRegistry, Offences, Rewards, Runtime,
	RuntimeHoldReason, TrainingBounties, SHEAF,
};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU64, Get},
};
use frame_system::EnsureRoot;
use pallet_babe::ParentBlockRandomness;
use sheaf_training::{Limits, Penalties, PhaseLengths, ProtocolShares, RewardShares};
use sp_runtime::{transaction_validity::TransactionPriority, Permill};

/// Most elements of a model: 64 MiB.
const MAX_ELEMENT_COUNT: u64 = 16_777_216;
/// Most multiply-accumulates to score one result: a few seconds of a verifier.
const MAX_INFERENCE_WORK: u64 = 2_000_000_000;
/// A week.
const MAX_PHASE: BlockNumber = 200_000;
/// Longest phases.
const MAX_LENGTHS: PhaseLengths = PhaseLengths {
	prepare: MAX_PHASE,
	enrolment: MAX_PHASE,
	commit: MAX_PHASE,
	upload: MAX_PHASE,
	attest: MAX_PHASE,
	publish: MAX_PHASE,
	window: MAX_PHASE,
	answer: MAX_PHASE,
	proof: MAX_PHASE,
};
/// Most often that a phase doubles with the attempts.
const MAX_DOUBLINGS: u8 = 8;
/// Fewest examples in which a marginal contribution can show.
const MIN_MARGINAL_EXAMPLES: u32 = 100;
/// Challenges of one result by strangers.
const MAX_CHALLENGES: u8 = 4;
/// What misconduct costs.
const PENALTIES: Penalties = Penalties {
	missed_commit: SHEAF / 10,
	undelivered: SHEAF / 10,
	absent_aggregator: SHEAF,
	false_attestation: SHEAF,
};
/// Above everything that pays a fee: verifiers act while deadlines run.
const VERIFIER_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;
/// Just below the verifiers: what they say may end a phase that `advance` would give up.
const ADVANCE_PRIORITY: TransactionPriority = VERIFIER_PRIORITY / 2;

parameter_types! {
	/// Parts of a reward that are fixed when its bounty opens. The rest is the protocol's.
	pub const RewardParts: RewardShares = RewardShares {
		trainers: Permill::from_percent(75),
		verifiers: Permill::from_percent(10),
		aggregator: Permill::from_percent(5),
	};
	/// The protocol's parts of a reward.
	pub const ProtocolParts: ProtocolShares = ProtocolShares {
		treasury: Permill::from_percent(5),
		burn: Permill::from_percent(5),
	};
	/// Part of its bond that a verifier loses with a wrong result.
	pub const WrongResultSlash: Permill = Permill::from_percent(50);
	/// Part of a slash for whoever proved the result wrong.
	pub const ChallengerShare: Permill = Permill::from_percent(25);
	/// Part of a slash for those who attested another result.
	pub const DissenterShare: Permill = Permill::from_percent(25);
}

/// Bounds on what sponsors may ask for.
pub struct BountyLimits;

impl Get<Limits> for BountyLimits {
	fn get() -> Limits {
		Limits {
			max_element_count: MAX_ELEMENT_COUNT,
			max_inference_work: MAX_INFERENCE_WORK,
			min_lengths: MinLengths::<Runtime>::get().into(),
			max_lengths: MAX_LENGTHS,
			upload_mib_per_block: UploadMibPerBlock::<Runtime>::get(),
			price_per_gib: SHEAF,
			min_payment: ExistentialDeposit::get(),
			opening_fee: SHEAF,
			max_doublings: MAX_DOUBLINGS,
			max_marginal_share: Permill::from_percent(50),
			min_marginal_examples: MIN_MARGINAL_EXAMPLES,
			challenge_bond: 100 * SHEAF,
			max_challenges: MAX_CHALLENGES,
			penalties: PENALTIES,
		}
	}
}

/// Blocks in which governance can cancel a slash, as the genesis preset set it.
pub struct SlashDeferral;

impl Get<BlockNumber> for SlashDeferral {
	fn get() -> BlockNumber {
		network_parameters::SlashDeferral::<Runtime>::get()
	}
}

/// Fewest members of a committee, as the genesis preset set it.
pub struct MinCommittee;

impl Get<u32> for MinCommittee {
	fn get() -> u32 {
		network_parameters::MinCommittee::<Runtime>::get()
	}
}

/// Blocks for which a bond stays slashable, as the genesis preset set it.
pub struct UnbondingPeriod;

impl Get<BlockNumber> for UnbondingPeriod {
	fn get() -> BlockNumber {
		network_parameters::UnbondingPeriod::<Runtime>::get()
	}
}

parameter_types! {
	/// Far above what the slash for a wrong result leaves, far below what a few penalties take.
	pub const EjectionShare: Permill = Permill::from_percent(80);
}

impl pallet_node_registry::Config for Runtime {
	type Currency = Balances;
	type EjectionShare = EjectionShare;
	type MinAggregatorBond = ConstU128<{ 100 * SHEAF }>;
	type MinTrainerBond = ConstU128<{ 10 * SHEAF }>;
	type MinVerifierBond = ConstU128<{ 1_000 * SHEAF }>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type UnbondingPeriod = UnbondingPeriod;
	type WeightInfo = pallet_node_registry::weights::SheafWeight<Runtime>;
}

impl pallet_training_bounties::Config for Runtime {
	type AdvancePriority = ConstU64<ADVANCE_PRIORITY>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::World;
	type Limits = BountyLimits;
	type MinCommittee = MinCommittee;
	type Nodes = NodeRegistry;
	type Observer = ModelUpdates;
	type ProtocolShares = ProtocolParts;
	type Randomness = ParentBlockRandomness<Runtime>;
	type Rewards = Rewards;
	type Shares = RewardParts;
	type Verifiers = ModelUpdates;
	type WeightInfo = pallet_training_bounties::weights::SheafWeight<Runtime>;
}

impl pallet_model_updates::Config for Runtime {
	type Advancer = TrainingBounties;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::World;
	type CancelSlashOrigin = EnsureRoot<AccountId>;
	type ChallengerShare = ChallengerShare;
	type Currency = Balances;
	type DissenterShare = DissenterShare;
	type MaxVerifiers = MaxValidators;
	type Nodes = NodeRegistry;
	type Offences = Offences;
	type Rounds = TrainingBounties;
	type RuntimeHoldReason = RuntimeHoldReason;
	type SlashDeferral = SlashDeferral;
	type VerifierPriority = ConstU64<VERIFIER_PRIORITY>;
	type WeightInfo = pallet_model_updates::weights::SheafWeight<Runtime>;
	type WrongResultSlash = WrongResultSlash;
}

impl pallet_rewards::Config for Runtime {
	type Currency = Balances;
	type Nodes = NodeRegistry;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Treasury = TreasuryAccount;
	type WeightInfo = pallet_rewards::weights::SheafWeight<Runtime>;
}
