//! A runtime with balances and this pallet.

use crate as pallet_node_registry;
use crate::{Capability, Node, Nodes, Region};
use frame_support::{derive_impl, parameter_types, traits::ConstU128};
use frame_system::mocking::MockBlock;
use sheaf_training::{AccountId, Balance, BlockNumber, Roles};
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
	pub type Registry = pallet_node_registry;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// Free balance of [`ALICE`], [`BOB`] and [`CHARLIE`] at genesis.
pub const ENDOWMENT: Balance = 10_000;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
}

parameter_types! {
	pub static UnbondingPeriod: BlockNumber = 100;
	pub const EjectionShare: Permill = Permill::from_percent(80);
}

impl pallet_node_registry::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MinTrainerBond = ConstU128<100>;
	type MinAggregatorBond = ConstU128<200>;
	type MinVerifierBond = ConstU128<1_000>;
	type EjectionShare = EjectionShare;
	type UnbondingPeriod = UnbondingPeriod;
	type WeightInfo = crate::weights::SheafWeight<Test>;
}

pub const ALICE: AccountId = AccountId::new([1; 32]);
pub const BOB: AccountId = AccountId::new([2; 32]);
pub const CHARLIE: AccountId = AccountId::new([3; 32]);
/// Has no balance.
pub const NOBODY: AccountId = AccountId::new([9; 32]);

pub const TRAINER: Roles = Roles { trainer: true, aggregator: false, verifier: false };
pub const AGGREGATOR: Roles = Roles { trainer: false, aggregator: true, verifier: false };
pub const VERIFIER: Roles = Roles { trainer: false, aggregator: false, verifier: true };
pub const TRAINER_AND_AGGREGATOR: Roles =
	Roles { trainer: true, aggregator: true, verifier: false };

pub fn region(code: &str) -> Region {
	code.as_bytes().to_vec().try_into().unwrap()
}

/// Registers with the smallest hardware and no region.
pub fn register(account: AccountId, roles: Roles, bond: Balance) {
	let origin = RuntimeOrigin::signed(account);
	Registry::register(origin, roles, Capability::default(), Region::new(), bond).unwrap();
}

pub fn stored(account: &AccountId) -> Node {
	Nodes::<Test>::get(account).unwrap()
}

/// Externalities at block 1 with these nodes at genesis.
pub fn new_test_ext(nodes: Vec<(AccountId, Roles, Balance)>) -> sp_io::TestExternalities {
	let balances = [ALICE, BOB, CHARLIE].map(|account| (account, ENDOWMENT)).to_vec();
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
		registry: pallet_node_registry::GenesisConfig { nodes, ..Default::default() },
		..Default::default()
	};
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Runs a test and checks every invariant after it.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext(Vec::new()).execute_with(|| {
		test();
		Registry::check_invariants().unwrap();
		nothing_is_held_for_strangers();
	});
}

/// What no invariant of stored nodes can see: a bond on hold for an account that is no node.
fn nothing_is_held_for_strangers() {
	for (account, holds) in pallet_balances::Holds::<Test>::iter() {
		assert!(holds.is_empty() || Nodes::<Test>::contains_key(account));
	}
}
