//! A runtime with this pallet alone; what it asks of its neighbours is recorded.

use crate as pallet_training_bounties;
use alloc::collections::BTreeMap;
use frame_support::{derive_impl, parameter_types, traits::Randomness};
use sheaf_training::{
	testing, AccountId, Balance, BountyId, BountyState, Challenge, ChallengeOutcome, Conduct, Hash,
	Limits, Member, NodeRegistry, ProtocolShares, RewardShares, Rewards, Roles, RoundIndex,
	RoundObserver, Settlement, Slashed, Verifiers,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult, Permill};

type Extension = frame_system::AuthorizeCall<Test>;
type Extrinsic = sp_runtime::testing::TestXt<RuntimeCall, Extension>;
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
		RuntimeOrigin,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type TrainingBounties = pallet_training_bounties;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountId = AccountId;
	type Block = Block;
	type Lookup = IdentityLookup<AccountId>;
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

parameter_types! {
	pub static Committee: Vec<Member> = (201..=204).map(testing::member).collect();
	pub static Busy: Vec<AccountId> = Vec::new();
	pub static Funded: Vec<(AccountId, Balance, Balance)> = Vec::new();
	pub static Settled: Vec<(BountyId, RoundIndex, Settlement)> = Vec::new();
	pub static Refunded: Vec<(AccountId, Balance)> = Vec::new();
	pub static Seated: Vec<(BountyId, RoundIndex, Vec<AccountId>)> = Vec::new();
	pub static Liable: Vec<AccountId> = Vec::new();
	pub static Owed: BTreeMap<AccountId, Balance> = BTreeMap::new();
	pub static Conducts: Vec<(AccountId, Conduct, Balance)> = Vec::new();
	pub static BondOfEach: Balance = Balance::MAX;
	pub static Unbonded: Vec<AccountId> = Vec::new();
	pub static Strikes: Vec<Strike> = Vec::new();
	pub static Resolved: Vec<(RoundIndex, Vec<AccountId>)> = Vec::new();
	pub static EndedChallenges: Vec<(RoundIndex, Challenge, ChallengeOutcome)> = Vec::new();
	pub static TestLimits: Limits = testing::limits();
	pub static MinCommittee: u32 = 1;
	pub Shares: RewardShares = testing::shares();
	pub TestProtocolShares: ProtocolShares = testing::protocol_shares();
	pub const AdvancePriority: u64 = 1 << 20;
}

/// An account that no role is given to.
pub const STRANGER: u8 = 99;
/// A sponsor that cannot pay.
pub const BROKE: u8 = 98;

/// Round, attempt, root, offenders and challenger of a struck result.
pub type Strike = (RoundIndex, u8, Hash, Vec<AccountId>, Option<AccountId>);

/// Everybody may do everything, but for [`STRANGER`] and the [`Unbonded`]. Records how they behaved.
pub struct Nodes;

impl NodeRegistry for Nodes {
	fn roles(account: &AccountId) -> Roles {
		let known = *account != testing::account(STRANGER) && !Unbonded::get().contains(account);
		Roles { trainer: known, aggregator: known, verifier: known }
	}

	fn note_earned(_: &AccountId, _: Balance) {}

	fn note_conduct(account: &AccountId, conduct: Conduct, penalty: Balance) -> Balance {
		Conducts::mutate(|all| all.push((account.clone(), conduct, penalty)));
		penalty.min(BondOfEach::get())
	}

	fn suspend(_: &AccountId) {}

	fn resume(_: &AccountId) {}

	fn begin_liability(account: &AccountId) {
		Liable::mutate(|all| all.push(account.clone()));
	}

	fn end_liability(account: &AccountId) {
		Liable::mutate(|all| {
			// Benchmarks begin in the middle of a round.
			if let Some(place) = all.iter().position(|other| other == account) {
				all.remove(place);
			}
		});
	}

	fn slash(_: &AccountId, _: Permill, _: &[(AccountId, Permill)]) -> Slashed {
		Slashed::default()
	}
}

/// Records what is funded, settled and refunded.
pub struct Purse;

impl Rewards for Purse {
	fn fund(sponsor: &AccountId, reward: Balance, opening_fee: Balance) -> DispatchResult {
		if *sponsor == testing::account(BROKE) {
			return Err(DispatchError::Token(sp_runtime::TokenError::FundsUnavailable));
		}
		Funded::mutate(|all| all.push((sponsor.clone(), reward, opening_fee)));
		Owed::mutate(|all| *all.entry(sponsor.clone()).or_default() += reward);
		Ok(())
	}

	fn settle(sponsor: &AccountId, bounty: BountyId, round: RoundIndex, settlement: &Settlement) {
		Owed::mutate(|all| *all.get_mut(sponsor).unwrap() -= settlement.total());
		Settled::mutate(|all| all.push((bounty, round, settlement.clone())));
	}

	fn owed(sponsor: &AccountId) -> Balance {
		Owed::get().get(sponsor).copied().unwrap_or_default()
	}

	fn refund(sponsor: &AccountId, _: BountyId, amount: Balance) {
		Owed::mutate(|all| *all.get_mut(sponsor).unwrap() -= amount);
		Refunded::mutate(|all| all.push((sponsor.clone(), amount)));
	}
}

/// Records who sits on which committee, and what became of results and challenges.
pub struct Observer;

impl RoundObserver for Observer {
	fn committee_seated(bounty: BountyId, round: RoundIndex, members: &[AccountId]) {
		Seated::mutate(|all| all.push((bounty, round, members.to_vec())));
	}

	fn committee_dismissed(bounty: BountyId, round: RoundIndex, members: &[AccountId]) {
		Seated::mutate(|all| {
			all.retain(|(b, r, m)| *b != bounty || *r != round || m != members);
		});
	}

	fn busy(verifier: &AccountId) -> bool {
		Busy::get().contains(verifier)
	}

	fn result_struck(
		_: BountyId,
		round: RoundIndex,
		attempt: u8,
		root: Hash,
		offenders: Vec<AccountId>,
		challenger: Option<AccountId>,
	) {
		Strikes::mutate(|all| all.push((round, attempt, root, offenders, challenger)));
	}

	fn strikes_resolved(_: BountyId, round: RoundIndex, dissenters: Vec<AccountId>) {
		Resolved::mutate(|all| all.push((round, dissenters)));
	}

	fn challenge_ended(
		_: BountyId,
		round: RoundIndex,
		challenge: Challenge,
		outcome: ChallengeOutcome,
	) {
		EndedChallenges::mutate(|all| all.push((round, challenge, outcome)));
	}
}

/// The validators.
pub struct TestVerifiers;

impl Verifiers for TestVerifiers {
	fn current() -> Vec<Member> {
		Committee::get()
	}

	fn count() -> u32 {
		Committee::get().len() as u32
	}
}

/// The same randomness for the same subject.
pub struct TestRandomness;

impl Randomness<Option<sp_core::H256>, u32> for TestRandomness {
	fn random(subject: &[u8]) -> (Option<sp_core::H256>, u32) {
		(Some(sp_io::hashing::blake2_256(subject).into()), 0)
	}
}

impl pallet_training_bounties::Config for Test {
	type Nodes = Nodes;
	type Rewards = Purse;
	type Observer = Observer;
	type Verifiers = TestVerifiers;
	type Randomness = TestRandomness;
	type Limits = TestLimits;
	type Shares = Shares;
	type ProtocolShares = TestProtocolShares;
	type MaxVerifiers = frame_support::traits::ConstU32<1_000>;
	type MinCommittee = MinCommittee;
	type AdvancePriority = AdvancePriority;
	type WeightInfo = crate::weights::SheafWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Benchmarks;
}

/// Seats validators; everybody is rich and registered here.
#[cfg(feature = "runtime-benchmarks")]
pub struct Benchmarks;

#[cfg(feature = "runtime-benchmarks")]
impl testing::BenchmarkHelper for Benchmarks {
	fn fund(_: &AccountId) {}
	fn register(_: &AccountId) {}
	fn seat_verifiers(members: Vec<Member>) {
		Committee::set(members);
	}
	fn insert_training(_: sheaf_training::Training) {}
}

/// Fresh storage at block 1, nothing recorded.
pub fn new_test_ext() -> sp_io::TestExternalities {
	Owed::take();
	Funded::take();
	Settled::take();
	Refunded::take();
	Seated::take();
	Liable::take();
	Conducts::take();
	Strikes::take();
	Resolved::take();
	EndedChallenges::take();
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut externalities = sp_io::TestExternalities::from(storage);
	externalities.execute_with(|| System::set_block_number(1));
	externalities
}

/// Runs `test`, then checks every invariant and that committees are dismissed with their rounds.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		check_everything();
	});
}

/// The invariants, and what they cannot see: which committees the observer knows, and who is liable.
pub fn check_everything() {
	TrainingBounties::check_invariants().unwrap();
	let rounds = crate::Rounds::<Test>::iter_values();
	let mut liable: Vec<AccountId> = rounds.flat_map(|round| round.answerable()).collect();
	let mut noted = Liable::get();
	liable.sort();
	noted.sort();
	assert_eq!(noted, liable);
	let mut expected: Vec<(BountyId, RoundIndex, Vec<AccountId>)> = crate::Rounds::<Test>::iter()
		.filter(|(.., round)| !round.committee.is_empty())
		.map(|(bounty, index, round)| (bounty, index, round.members()))
		.collect();
	for (id, bounty) in crate::Bounties::<Test>::iter() {
		if let BountyState::Preparing { committee, .. } = bounty.state {
			let members = committee.iter().map(|member| member.account.clone()).collect();
			expected.push((id, RoundIndex::INITIAL_MODEL, members));
		}
	}
	let mut seated = Seated::get();
	expected.sort();
	seated.sort();
	assert_eq!(seated, expected);
}
