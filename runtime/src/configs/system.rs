//! Blocks, time, migrations, network parameters.

use crate::{
	governance::proposals::OnlySoundProposals, migrations, network_parameters, AccountId, Balance,
	Block, Nonce, PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, RuntimeTask,
	TxPause, MILLISECONDS_PER_BLOCK, VERSION,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	migrations::FreezeChainOnFailedMigration,
	parameter_types,
	traits::{ConstU32, ConstU64, InsideBoth},
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
		Weight,
	},
};
use sp_runtime::Perbill;
use sp_version::RuntimeVersion;

/// Share of a block for ordinary transactions; the rest is kept for verifiers' messages.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);
/// One second of computation: a third of the time between blocks. Proof size does not count on a
/// chain of its own.
const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX);
/// Most bytes of a block.
const MAX_BLOCK_BYTES: u32 = 5 * 1024 * 1024;

parameter_types! {
	/// Version of the runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// Most computation of a block.
	pub BlockWeights: frame_system::limits::BlockWeights =
		frame_system::limits::BlockWeights::with_sensible_defaults(MAX_BLOCK_WEIGHT, NORMAL_RATIO);
	/// Most bytes of a block.
	pub BlockLength: frame_system::limits::BlockLength =
		frame_system::limits::BlockLength::builder()
			.max_length(MAX_BLOCK_BYTES)
			.modify_max_length_for_class(DispatchClass::Normal, |length| {
				*length = NORMAL_RATIO.mul_floor(MAX_BLOCK_BYTES);
			})
			.build();
	/// Part of a block that migrations may take.
	pub const MaxMigrationWeight: Weight =
		Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND / 2, u64::MAX);
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type AccountData = pallet_balances::AccountData<Balance>;
	type AccountId = AccountId;
	type BaseCallFilter = InsideBoth<TxPause, OnlySoundProposals>;
	type Block = Block;
	type BlockHashCount = ConstU32<4_096>;
	type BlockLength = BlockLength;
	type BlockWeights = BlockWeights;
	type DbWeight = ParityDbWeight;
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
	type MaxConsumers = ConstU32<16>;
	type MultiBlockMigrator = migrations::Migrator;
	type Nonce = Nonce;
	type SingleBlockMigrations = migrations::SingleBlock;
	type SS58Prefix = frame_support::traits::ConstU16<42>;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type Version = Version;
}

impl network_parameters::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
	type MinimumPeriod = ConstU64<{ MILLISECONDS_PER_BLOCK / 2 }>;
	type Moment = u64;
	type OnTimestampSet = crate::Babe;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_migrations::Config for Runtime {
	type CursorMaxLen = ConstU32<65_536>;
	type FailedMigrationHandler = FreezeChainOnFailedMigration;
	type IdentifierMaxLen = ConstU32<256>;
	type MaxServiceWeight = MaxMigrationWeight;
	type MigrationStatusHandler = ();
	type Migrations = migrations::MultiBlock;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}
