//! Who authors blocks, who finalises them, and with which keys.
//!
//! The validators are those of genesis: without a session manager every session keeps the set. Until
//! staking comes, equivocations are not reported; only wrong results cost a bond.

use crate::{
	network_parameters::EpochSlots, AccountId, Babe, Balances, ModelUpdates, Runtime, RuntimeEvent,
	Session, SessionKeys, MILLISECONDS_PER_BLOCK, SHEAF,
};
use frame_support::traits::{ConstU128, ConstU32, ConstU64, Get};
use sp_core::Void;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

/// Most validators.
pub type MaxValidators = ConstU32<1_000>;

/// Slots of an epoch, as the genesis preset set them.
pub struct EpochDuration;

impl Get<u64> for EpochDuration {
	fn get() -> u64 {
		EpochSlots::<Runtime>::get()
	}
}

impl pallet_babe::Config for Runtime {
	type DisabledValidators = Session;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type EpochDuration = EpochDuration;
	type EquivocationReportSystem = ();
	type ExpectedBlockTime = ConstU64<MILLISECONDS_PER_BLOCK>;
	type KeyOwnerProof = Void;
	type MaxAuthorities = MaxValidators;
	type MaxNominators = ConstU32<0>;
	type WeightInfo = ();
}

impl pallet_grandpa::Config for Runtime {
	type EquivocationReportSystem = ();
	type KeyOwnerProof = Void;
	type MaxAuthorities = MaxValidators;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<0>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
}

impl pallet_authorship::Config for Runtime {
	type EventHandler = ();
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
}

impl pallet_session::Config for Runtime {
	type Currency = Balances;
	type DisablingStrategy = ();
	type KeyDeposit = ConstU128<SHEAF>;
	type Keys = SessionKeys;
	type NextSessionRotation = Babe;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type SessionManager = ();
	type ShouldEndSession = Babe;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl pallet_offences::Config for Runtime {
	type IdentificationTuple = pallet_model_updates::Offender;
	type OnOffenceHandler = ModelUpdates;
	type RuntimeEvent = RuntimeEvent;
}
