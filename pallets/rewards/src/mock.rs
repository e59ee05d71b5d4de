//! A runtime with balances, this pallet and a registry that remembers what it is told.

use crate as pallet_rewards;
use crate::{HoldReason, Obligations};
use frame_support::{derive_impl, parameter_types, traits::ConstU128};
use frame_system::mocking::MockBlock;
use sheaf_training::{AccountId, Balance, Conduct, NodeRegistry, Roles, Slashed};
use sp_core::offchain::{testing::TestOffchainExt, OffchainDbExt};
use sp_runtime::{traits::IdentityLookup, BuildStorage, Permill};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Payout = pallet_rewards;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// Free balance of [`SPONSOR`], [`OTHER_SPONSOR`] and [`ALICE`] at genesis.
pub const ENDOWMENT: Balance = 1_000_000;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
}

parameter_types! {
	pub static Treasury: AccountId = TREASURY_ACCOUNT;
	pub static Earned: Vec<(AccountId, Balance)> = Vec::new();
}

/// Remembers payments in [`Earned`].
pub struct Nodes;
impl NodeRegistry for Nodes {
	fn roles(_: &AccountId) -> Roles {
		Roles::default()
	}
	fn note_earned(account: &AccountId, amount: Balance) {
		Earned::mutate(|earned| earned.push((account.clone(), amount)));
	}
	fn note_conduct(_: &AccountId, _: Conduct, _: Balance) -> Balance {
		0
	}
	fn suspend(_: &AccountId) {}
	fn resume(_: &AccountId) {}
	fn begin_liability(_: &AccountId) {}

	fn end_liability(_: &AccountId) {}

	fn slash(_: &AccountId, _: Permill, _: &[(AccountId, Permill)]) -> Slashed {
		Slashed::default()
	}
}

impl pallet_rewards::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Treasury = Treasury;
	type Nodes = Nodes;
	type WeightInfo = crate::weights::SheafWeight<Test>;
}

pub const TREASURY_ACCOUNT: AccountId = AccountId::new([7; 32]);
pub const SPONSOR: AccountId = AccountId::new([1; 32]);
pub const OTHER_SPONSOR: AccountId = AccountId::new([2; 32]);
pub const ALICE: AccountId = AccountId::new([3; 32]);
/// Have no balance.
pub const BOB: AccountId = AccountId::new([4; 32]);
pub const NOBODY: AccountId = AccountId::new([9; 32]);

/// Externalities at block 1. The treasury has the existential deposit.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut balances = [SPONSOR, OTHER_SPONSOR, ALICE].map(|account| (account, ENDOWMENT)).to_vec();
	balances.push((TREASURY_ACCOUNT, EXISTENTIAL_DEPOSIT));
	let balances = pallet_balances::GenesisConfig { balances, ..Default::default() };
	let genesis = RuntimeGenesisConfig { balances, ..Default::default() };
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
	let (offchain, _) = TestOffchainExt::with_offchain_db(ext.offchain_db());
	ext.register_extension(OffchainDbExt::new(offchain));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Runs a test and checks every invariant after it.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		check_everything();
	});
}

/// The invariants, and what they cannot see: a reward on hold for a stranger.
pub fn check_everything() {
	Payout::check_invariants().unwrap();
	for (account, holds) in pallet_balances::Holds::<Test>::iter() {
		let reward = holds.iter().any(|hold| hold.id == HoldReason::BountyReward.into());
		assert_eq!(reward, Obligations::<Test>::contains_key(account));
	}
}
