//! How token holders decide, and what they may pause.

use crate::{
	configs::{TreasuryAccount, TREASURY},
	governance::{
		origins::{
			EnsureMaySet, EnsureWhitelistedCaller, EnsureWhitelister, RootOrCanceller,
			RootOrKiller, RootOrSpender,
		},
		parameters::RuntimeParameters,
		tracks::Tracks,
		weights::Inspected,
	},
	network_parameters::GovernanceHour,
	AccountId, Balance, Balances, BlockNumber, OriginCaller, Preimage, Referenda, Runtime,
	RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, Scheduler, System, Treasury,
	MILLI_SHEAF, SHEAF,
};
use core::cmp::Ordering;
use frame_support::{
	parameter_types,
	traits::{
		fungible::{HoldConsideration, Mutate},
		tokens::{Pay, PaymentStatus, Preservation, UnityAssetBalanceConversion},
		AsEnsureOriginWithArg, ConstU128, ConstU32, Contains, EitherOf, Get, LinearStoragePrice,
		PrivilegeCmp, TotalIssuanceOf,
	},
	weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight},
	PalletId,
};
use frame_system::{EnsureRoot, EnsureSigned, RawOrigin};
use sp_runtime::{traits::IdentityLookup, DispatchError, Permill};

/// What it costs to have a referendum, returned unless it is rejected or killed.
const SUBMISSION_DEPOSIT: Balance = 10 * SHEAF;
/// What a preimage costs while it is noted.
const PREIMAGE_BASE: Balance = SHEAF;
/// What each byte of a preimage costs while it is noted.
const PREIMAGE_BYTE: Balance = MILLI_SHEAF;

/// Hours of governance, in blocks.
pub struct Hours<const HOURS: u32>;

impl<const HOURS: u32> Get<BlockNumber> for Hours<HOURS> {
	fn get() -> BlockNumber {
		GovernanceHour::<Runtime>::get().saturating_mul(HOURS)
	}
}

parameter_types! {
	/// Part of a block that scheduled calls may take.
	pub const MaxScheduledWeight: Weight =
		Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND / 2, u64::MAX);
	/// The treasury's account derives from this.
	pub const TreasuryId: PalletId = TREASURY;
	/// The treasury burns nothing.
	pub const TreasuryBurn: Permill = Permill::zero();
	/// Preimages' deposits are on hold for this.
	pub const PreimageHold: RuntimeHoldReason =
		RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

impl crate::governance::origins::Config for Runtime {}

impl pallet_parameters::Config for Runtime {
	type AdminOrigin = EnsureMaySet;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeParameters = RuntimeParameters;
	type WeightInfo = Inspected;
}

impl pallet_preimage::Config for Runtime {
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		PreimageHold,
		LinearStoragePrice<ConstU128<PREIMAGE_BASE>, ConstU128<PREIMAGE_BYTE>, Balance>,
	>;
	type Currency = Balances;
	type ManagerOrigin = EnsureRoot<AccountId>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
}

/// Root is above every other origin; others are only equal to themselves.
pub struct RootFirst;

impl PrivilegeCmp<OriginCaller> for RootFirst {
	fn cmp_privilege(left: &OriginCaller, right: &OriginCaller) -> Option<Ordering> {
		let root = OriginCaller::system(RawOrigin::Root);
		match () {
			() if left == right => Some(Ordering::Equal),
			() if *left == root => Some(Ordering::Greater),
			() if *right == root => Some(Ordering::Less),
			() => None,
		}
	}
}

impl pallet_scheduler::Config for Runtime {
	type BlockNumberProvider = System;
	// The benchmarks of pallets that schedule fill a block's agenda.
	#[cfg(feature = "runtime-benchmarks")]
	type MaxScheduledPerBlock = ConstU32<512>;
	#[cfg(not(feature = "runtime-benchmarks"))]
	type MaxScheduledPerBlock = ConstU32<64>;
	type MaximumWeight = MaxScheduledWeight;
	type OriginPrivilegeCmp = RootFirst;
	type PalletsOrigin = OriginCaller;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type ScheduleOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
}

impl pallet_conviction_voting::Config for Runtime {
	type BlockNumberProvider = System;
	type Currency = Balances;
	type MaxTurnout = TotalIssuanceOf<Balances, AccountId>;
	type MaxVotes = ConstU32<64>;
	type Polls = Referenda;
	type RuntimeEvent = RuntimeEvent;
	// A week; a conviction multiplies it.
	type VoteLockingPeriod = Hours<{ 7 * 24 }>;
	type VotingHooks = ();
	type WeightInfo = pallet_conviction_voting::weights::SubstrateWeight<Runtime>;
}

impl pallet_referenda::Config for Runtime {
	type AlarmInterval = ConstU32<1>;
	type BlockNumberProvider = System;
	type CancelOrigin = RootOrCanceller;
	type Currency = Balances;
	type KillOrigin = RootOrKiller;
	type MaxQueued = ConstU32<100>;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type Scheduler = Scheduler;
	type Slash = Treasury;
	type SubmissionDeposit = ConstU128<SUBMISSION_DEPOSIT>;
	type SubmitOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type Tally = pallet_conviction_voting::TallyOf<Runtime>;
	type Tracks = Tracks;
	// Two weeks.
	type UndecidingTimeout = Hours<{ 14 * 24 }>;
	type Votes = Balance;
	type WeightInfo = Inspected;
}

impl pallet_whitelist::Config for Runtime {
	type BlockNumberProvider = System;
	// A week.
	type DeferredDispatchExpiration = Hours<{ 7 * 24 }>;
	type DispatchWhitelistedOrigin = EitherOf<EnsureRoot<AccountId>, EnsureWhitelistedCaller>;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
	type WhitelistOrigin = EnsureWhitelister;
}

/// Pays from the treasury's account, and never so much that the account dies: an account that is gone
/// could not receive the small parts of rewards and fees that are its due.
pub struct PayFromTreasury;

impl Pay for PayFromTreasury {
	type AssetKind = ();
	type Balance = Balance;
	type Beneficiary = AccountId;
	type Error = DispatchError;
	type Id = ();

	fn pay(to: &AccountId, (): (), amount: Balance) -> Result<(), DispatchError> {
		Balances::transfer(&TreasuryAccount::get(), to, amount, Preservation::Preserve)?;
		Ok(())
	}

	fn check_payment((): ()) -> PaymentStatus {
		PaymentStatus::Success
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn ensure_successful(_: &AccountId, (): (), amount: Balance) {
		let needed = amount.saturating_add(crate::configs::ExistentialDeposit::get());
		frame_support::assert_ok!(Balances::mint_into(&TreasuryAccount::get(), needed));
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn ensure_concluded((): ()) {}
}

impl pallet_treasury::Config for Runtime {
	type AssetKind = ();
	type BalanceConverter = UnityAssetBalanceConversion;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type Beneficiary = AccountId;
	type BeneficiaryLookup = IdentityLookup<AccountId>;
	type BlockNumberProvider = System;
	type Burn = TreasuryBurn;
	type BurnDestination = ();
	type Currency = Balances;
	type MaxApprovals = ConstU32<0>;
	type PalletId = TreasuryId;
	type Paymaster = PayFromTreasury;
	// A month to claim what was granted.
	type PayoutPeriod = Hours<{ 30 * 24 }>;
	type RejectOrigin = RootOrCanceller;
	type RuntimeEvent = RuntimeEvent;
	type SpendFunds = ();
	type SpendOrigin = RootOrSpender;
	type SpendPeriod = Hours<24>;
	type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
}

/// Calls that a pause never reaches, so that nobody is penalised for one: everything that a deadline
/// waits for, what nodes need to keep their roles, and what ends the pause.
pub struct NeverPaused;

impl Contains<pallet_tx_pause::RuntimeCallNameOf<Runtime>> for NeverPaused {
	fn contains((pallet, call): &pallet_tx_pause::RuntimeCallNameOf<Runtime>) -> bool {
		match pallet.as_slice() {
			b"TrainingBounties" => call.as_slice() != b"open_bounty",
			b"NodeRegistry" => call.as_slice() != b"register",
			b"Proxy" => matches!(call.as_slice(), b"proxy" | b"proxy_announced"),
			b"Multisig" => call.as_slice() != b"poke_deposit",
			b"System" | b"Timestamp" | b"Session" | b"ModelUpdates" | b"Utility" => true,
			b"Preimage" | b"Referenda" | b"ConvictionVoting" | b"Whitelist" | b"Parameters" => true,
			_ => false,
		}
	}
}

impl pallet_tx_pause::Config for Runtime {
	type MaxNameLen = ConstU32<64>;
	type PauseOrigin = RootOrCanceller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type UnpauseOrigin = RootOrCanceller;
	type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
	type WhitelistedCalls = NeverPaused;
}
