//! A runtime with this pallet alone; one bounty lives in a thread-local value.

use crate as pallet_model_updates;
use frame_support::{derive_impl, parameter_types};
use sheaf_training::{
	testing, AccountId, Advancer, Balance, Bounty, BountyId, BountyState, Conduct, Draw, Effect,
	Environment, Hash, Limits, Member, NodeRegistry, Phase, ProtocolShares, Roles, RoundIndex,
	RoundObserver, Slashed, Training, TrainingRounds, VerifierPair,
};
use sp_core::Pair;
use sp_runtime::{traits::IdentityLookup, BuildStorage, Permill};
use sp_staking::offence::{Offence, OffenceDetails, OffenceError, OnOffenceHandler, ReportOffence};

type Extension = frame_system::AuthorizeCall<Test>;
/// The runtime's extrinsic.
pub type Extrinsic = sp_runtime::testing::TestXt<RuntimeCall, Extension>;
type Block = sp_runtime::generic::Block<
	sp_runtime::generic::Header<u32, sp_runtime::traits::BlakeTwo256>,
	Extrinsic,
>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeHoldReason,
		RuntimeFreezeReason,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type ModelUpdates = pallet_model_updates;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountId = AccountId;
	type Block = Block;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = frame_support::traits::ConstU128<10>;
	type RuntimeHoldReason = RuntimeHoldReason;
}

impl<C> frame_system::offchain::CreateTransactionBase<C> for Test
where
	RuntimeCall: From<C>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<C> frame_system::offchain::CreateTransaction<C> for Test
where
	RuntimeCall: From<C>,
{
	type Extension = Extension;

	fn create_transaction(call: RuntimeCall, extension: Extension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<C> frame_system::offchain::CreateAuthorizedTransaction<C> for Test
where
	RuntimeCall: From<C>,
{
	fn create_extension() -> Extension {
		Extension::new()
	}
}

/// An offence with its reporters.
pub type Report = (Vec<AccountId>, crate::WrongResult);
/// A slash with its rewards.
pub type Slash = (AccountId, Permill, Vec<(AccountId, Permill)>);

parameter_types! {
	pub static TheTraining: Option<Training> = None;
	pub static Drawn: Vec<Member> = (201..=204).map(member).collect();
	pub static Reports: Vec<Report> = Vec::new();
	pub static Slashes: Vec<Slash> = Vec::new();
	pub static Suspended: Vec<AccountId> = Vec::new();
	pub const SlashDeferral: u32 = 5;
	pub const WrongResultSlash: Permill = Permill::from_percent(50);
	pub const ChallengerShare: Permill = Permill::from_percent(25);
	pub const DissenterShare: Permill = Permill::from_percent(25);
	pub const VerifierPriority: u64 = 1 << 20;
	pub const MaxVerifiers: u32 = 32;
}

/// The verifiers' key pairs, by the byte of their accounts.
pub fn pair(byte: u8) -> VerifierPair {
	VerifierPair::from_seed(&[byte; 32])
}

/// The verifier with this byte, and a key that can sign.
pub fn member(byte: u8) -> Member {
	Member { account: testing::account(byte), key: pair(byte).public() }
}

/// All of [`Drawn`] are on every committee, and the first enrolled aggregator.
pub struct TestEnvironment;

impl Environment for TestEnvironment {
	fn now(&self) -> u32 {
		System::block_number()
	}

	fn genesis(&self) -> Hash {
		testing::hash(250)
	}

	fn limits(&self) -> Limits {
		testing::limits()
	}

	fn protocol_shares(&self) -> ProtocolShares {
		testing::protocol_shares()
	}

	fn draw(
		&self,
		_: BountyId,
		_: RoundIndex,
		_: u8,
		_: bool,
		_: &[AccountId],
		aggregators: &[AccountId],
	) -> Draw {
		let committee = sheaf_training::Committee::truncate_from(Drawn::get());
		Draw::Now { committee, aggregator: aggregators.first().cloned() }
	}
}

/// The one bounty.
pub struct Rounds;

impl TrainingRounds for Rounds {
	type Environment = TestEnvironment;

	fn environment() -> TestEnvironment {
		TestEnvironment
	}

	fn load(bounty: BountyId) -> Option<Training> {
		TheTraining::get().filter(|training| training.id == bounty)
	}

	fn store(mut training: Training) {
		for effect in core::mem::take(&mut training.effects) {
			tell_observer(training.id, effect);
		}
		TheTraining::set(Some(training));
	}

	fn live(_: u32) -> Vec<BountyId> {
		TheTraining::get().map(|training| training.id).into_iter().collect()
	}
}

/// What the bounties' pallet tells this one.
fn tell_observer(bounty: BountyId, effect: Effect) {
	match effect {
		Effect::ResultStruck { round, attempt, root, offenders, challenger } => {
			ModelUpdates::result_struck(bounty, round, attempt, root, offenders, challenger)
		}
		Effect::StrikesResolved { round, dissenters } => {
			ModelUpdates::strikes_resolved(bounty, round, dissenters)
		}
		Effect::ChallengeEnded { round, challenge, outcome } => {
			ModelUpdates::challenge_ended(bounty, round, challenge, outcome)
		}
		_ => {}
	}
}

/// Sends nothing.
pub struct NoAdvance;

impl Advancer for NoAdvance {
	fn advance_bounty(_: BountyId, _: u32) {}
	fn advance(_: BountyId, _: RoundIndex, _: u8, _: Phase, _: u32) {}
}

/// Records slashes.
pub struct Nodes;

impl NodeRegistry for Nodes {
	fn roles(_: &AccountId) -> Roles {
		Roles { trainer: true, aggregator: true, verifier: true }
	}

	fn note_earned(_: &AccountId, _: Balance) {}

	fn note_conduct(_: &AccountId, _: Conduct, _: Balance) -> Balance {
		0
	}

	fn suspend(account: &AccountId) {
		Suspended::mutate(|all| all.push(account.clone()));
	}

	fn resume(account: &AccountId) {
		Suspended::mutate(|all| {
			let place = all.iter().position(|other| other == account).unwrap();
			all.remove(place);
		});
	}

	fn begin_liability(_: &AccountId) {}

	fn end_liability(_: &AccountId) {}

	fn slash(account: &AccountId, part: Permill, rewarded: &[(AccountId, Permill)]) -> Slashed {
		Slashes::mutate(|all| all.push((account.clone(), part, rewarded.to_vec())));
		Slashed::default()
	}
}

/// Records reports, and passes them on as the SDK does.
pub struct Offences;

impl ReportOffence<AccountId, crate::Offender, crate::WrongResult> for Offences {
	fn report_offence(
		reporters: Vec<AccountId>,
		offence: crate::WrongResult,
	) -> Result<(), OffenceError> {
		let details: Vec<_> = offence
			.offenders
			.iter()
			.map(|account| OffenceDetails {
				offender: (account.clone(), ()),
				reporters: reporters.clone(),
			})
			.collect();
		let fractions = vec![offence.slash_fraction(0); details.len()];
		ModelUpdates::on_offence(&details, &fractions, 0);
		Reports::mutate(|all| all.push((reporters, offence)));
		Ok(())
	}

	fn is_known_offence(_: &[crate::Offender], _: &(BountyId, RoundIndex, u8, Hash)) -> bool {
		false
	}
}

impl pallet_model_updates::Config for Test {
	type Rounds = Rounds;
	type Advancer = NoAdvance;
	type Nodes = Nodes;
	type Offences = Offences;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type SlashDeferral = SlashDeferral;
	type CancelSlashOrigin = frame_system::EnsureRoot<AccountId>;
	type WrongResultSlash = WrongResultSlash;
	type ChallengerShare = ChallengerShare;
	type DissenterShare = DissenterShare;
	type VerifierPriority = VerifierPriority;
	type MaxVerifiers = MaxVerifiers;
	type WeightInfo = crate::weights::SheafWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Benchmarks;
}

/// Stores the bounty that a benchmark made.
#[cfg(feature = "runtime-benchmarks")]
pub struct Benchmarks;

#[cfg(feature = "runtime-benchmarks")]
impl testing::BenchmarkHelper for Benchmarks {
	fn fund(account: &AccountId) {
		let origin = RuntimeOrigin::root();
		let _ = Balances::force_set_balance(origin, account.clone(), 1_000_000);
	}
	fn register(_: &AccountId) {}
	fn seat_verifiers(members: Vec<Member>) {
		Drawn::set(members);
	}
	fn insert_training(training: Training) {
		TheTraining::set(Some(training));
	}
}

/// Fresh storage, and a keystore to sign with.
#[cfg(feature = "runtime-benchmarks")]
pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut externalities = sp_io::TestExternalities::from(storage);
	let keystore = sp_keystore::testing::MemoryKeystore::new();
	externalities.register_extension(sp_keystore::KeystoreExt::new(keystore));
	externalities.execute_with(|| System::set_block_number(1));
	externalities
}

/// A bounty in Preparing, with committee 201 to 204 and aggregator 21.
pub fn open() {
	let spec = testing::spec();
	let committee = (201..=204).map(member).collect::<Vec<_>>();
	let bounty = Bounty {
		sponsor: testing::account(1),
		reward: 1_000_000,
		spent: 0,
		shares: testing::shares(),
		model_root: spec.initial_model_root,
		trainers: Default::default(),
		aggregators: sp_runtime::BoundedVec::truncate_from(vec![testing::account(21)]),
		invitations: Default::default(),
		struck_members: Default::default(),
		state: BountyState::Preparing {
			committee: sheaf_training::Committee::truncate_from(committee),
			votes: 0,
			deadline: 11,
		},
	};
	TheTraining::set(Some(Training::new(BountyId(0), spec, bounty, None, None)));
}

/// Runs `test` at block 1, then checks every invariant.
pub fn build_and_execute(test: impl FnOnce()) {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let balances =
		[21, 77, 78].into_iter().chain(201..=204).map(|byte| (testing::account(byte), 10_000));
	pallet_balances::GenesisConfig::<Test> { balances: balances.collect(), ..Default::default() }
		.assimilate_storage(&mut storage)
		.unwrap();
	sp_io::TestExternalities::from(storage).execute_with(|| {
		System::set_block_number(1);
		test();
		ModelUpdates::check_invariants().unwrap();
	});
}
