//! The training pallets, and how they meet each other and the parameters that governance sets.

use crate::{
	configs::{ExistentialDeposit, MaxValidators, TreasuryAccount},
	governance::{
		origins::RootOrCanceller,
		parameters::{bonds, bounties, penalties, rounds, shares},
	},
	Balances, ModelUpdates, NodeRegistry, Offences, Rewards, Runtime, RuntimeHoldReason,
	TrainingBounties,
};
use frame_support::traits::{ConstU64, Get};
use pallet_babe::ParentBlockRandomness;
use sheaf_training::{Limits, Penalties, PhaseLengths};
use sp_runtime::{transaction_validity::TransactionPriority, Permill};

/// Above everything that pays a fee: verifiers act while deadlines run.
const VERIFIER_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;
/// Just below the verifiers: what they say may end a phase that `advance` would give up.
const ADVANCE_PRIORITY: TransactionPriority = VERIFIER_PRIORITY / 2;

/// Part of a slash for whoever brought the result down.
pub struct ChallengerShare;

impl Get<Permill> for ChallengerShare {
	fn get() -> Permill {
		penalties::SlashParts::get().challenger
	}
}

/// Part of a slash for those who attested another result.
pub struct DissenterShare;

impl Get<Permill> for DissenterShare {
	fn get() -> Permill {
		penalties::SlashParts::get().dissenters
	}
}

/// Bounds on what sponsors may ask for.
pub struct BountyLimits;

impl Get<Limits> for BountyLimits {
	fn get() -> Limits {
		let longest = bounties::LongestPhase::get();
		Limits {
			max_element_count: bounties::MaxElementCount::get(),
			max_inference_work: bounties::MaxInferenceWork::get(),
			min_lengths: bounties::ShortestPhases::get(),
			max_lengths: PhaseLengths {
				prepare: longest,
				enrolment: longest,
				commit: longest,
				upload: longest,
				attest: longest,
				publish: longest,
				window: longest,
				answer: longest,
				proof: longest,
			},
			upload_mib_per_block: bounties::UploadMibPerBlock::get(),
			price_per_gib: bounties::PricePerGib::get(),
			min_payment: ExistentialDeposit::get(),
			opening_fee: bounties::OpeningFee::get(),
			max_doublings: rounds::MaxDoublings::get(),
			max_marginal_share: bounties::MaxMarginalShare::get(),
			min_marginal_examples: bounties::MinMarginalExamples::get(),
			challenge_bond: rounds::ChallengeBond::get(),
			max_challenges: rounds::MaxChallenges::get(),
			penalties: Penalties {
				missed_commit: penalties::MissedCommit::get(),
				undelivered: penalties::Undelivered::get(),
				absent_aggregator: penalties::AbsentAggregator::get(),
				false_attestation: penalties::FalseAttestation::get(),
			},
		}
	}
}

impl pallet_node_registry::Config for Runtime {
	type Currency = Balances;
	type EjectionShare = bonds::EjectionShare;
	type MinAggregatorBond = bonds::MinAggregatorBond;
	type MinTrainerBond = bonds::MinTrainerBond;
	type MinVerifierBond = bonds::MinVerifierBond;
	type RuntimeHoldReason = RuntimeHoldReason;
	type UnbondingPeriod = bonds::UnbondingPeriod;
	type WeightInfo = pallet_node_registry::weights::SheafWeight<Runtime>;
}

impl pallet_training_bounties::Config for Runtime {
	type AdvancePriority = ConstU64<ADVANCE_PRIORITY>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::World;
	type Limits = BountyLimits;
	type MaxVerifiers = MaxValidators;
	type MinCommittee = rounds::MinCommittee;
	type Nodes = NodeRegistry;
	type Observer = ModelUpdates;
	type ProtocolShares = shares::ProtocolParts;
	type Randomness = ParentBlockRandomness<Runtime>;
	type Rewards = Rewards;
	type Shares = shares::RewardParts;
	type Verifiers = ModelUpdates;
	type WeightInfo = pallet_training_bounties::weights::SheafWeight<Runtime>;
}

impl pallet_model_updates::Config for Runtime {
	type Advancer = TrainingBounties;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::World;
	type CancelSlashOrigin = RootOrCanceller;
	type ChallengerShare = ChallengerShare;
	type Currency = Balances;
	type DissenterShare = DissenterShare;
	type MaxVerifiers = MaxValidators;
	type Nodes = NodeRegistry;
	type Offences = Offences;
	type Rounds = TrainingBounties;
	type RuntimeHoldReason = RuntimeHoldReason;
	type SlashDeferral = penalties::SlashDeferral;
	type VerifierPriority = ConstU64<VERIFIER_PRIORITY>;
	type WeightInfo = pallet_model_updates::weights::SheafWeight<Runtime>;
	type WrongResultSlash = penalties::WrongResultSlash;
}

impl pallet_rewards::Config for Runtime {
	type Currency = Balances;
	type Nodes = NodeRegistry;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Treasury = TreasuryAccount;
	type WeightInfo = pallet_rewards::weights::SheafWeight<Runtime>;
}
