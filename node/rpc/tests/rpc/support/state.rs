//! Storage that the tests ask about.

use codec::Encode;
use frame_support::traits::{schedule::DispatchTime, Bounded, StorePreimage};
use pallet_conviction_voting::Tally;
use pallet_node_registry::{Node, Nodes};
use pallet_referenda::{
	DecidingStatus, Deposit, ReferendumCount, ReferendumInfo, ReferendumInfoFor, ReferendumStatus,
	ReferendumStatusOf,
};
use pallet_rewards::{receipt_key, Earnings, Totals};
use pallet_training_bounties::{Bounties, LiveBounties, NextBountyId, Rounds, Specs};
use sheaf_rpc::types;
use sheaf_runtime::{
	configs::BountyLimits, governance::origins::Origin, OriginCaller, Preimage, Runtime,
	RuntimeCall, SHEAF,
};
use sheaf_training::{
	AccountId, Bounty, BountyId, BountySpec, BountyState, Hash, Member, Receipt, RewardShares,
	Roles, Round, RoundContext, RoundIndex, Service, Slot, Trainer, VerifierId,
};
use sp_core::{ed25519, Get};
use sp_runtime::{BoundedVec, Permill};

/// An account told apart by one byte.
pub fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

/// A hash told apart by one byte.
pub fn hash(byte: u8) -> Hash {
	Hash::repeat_byte(byte)
}

/// A verifier whose key cannot sign.
pub fn member(byte: u8) -> Member {
	let key = VerifierId::from(ed25519::Public::from_raw([byte; 32]));
	Member { account: account(byte), key }
}

/// A linear model of 299 elements, two rounds, two to three trainers, as a caller sends it.
pub fn json_spec() -> serde_json::Value {
	serde_json::from_str(include_str!("spec.json")).unwrap()
}

/// The same as the chain has it.
pub fn spec() -> BountySpec {
	let spec: types::BountySpec = serde_json::from_value(json_spec()).unwrap();
	spec.try_into().unwrap()
}

/// A bounty of account 1 in this state, with trainers 11 to 13.
pub fn bounty(state: BountyState) -> Bounty {
	let trainers = (0..3).map(|slot| Trainer {
		slot: Slot(slot),
		account: account(11 + slot as u8),
		weight: 1,
		active: true,
	});
	Bounty {
		sponsor: account(1),
		reward: 3_000_000_000_000_000_000_000,
		spent: 7,
		shares: RewardShares {
			trainers: Permill::from_percent(75),
			verifiers: Permill::from_percent(10),
			aggregator: Permill::from_percent(5),
		},
		model_root: hash(0x64),
		trainers: BoundedVec::truncate_from(trainers.collect()),
		aggregators: Default::default(),
		invitations: Default::default(),
		struck_members: Default::default(),
		state,
	}
}

pub fn running() -> BountyState {
	BountyState::Running { settled: RoundIndex(0), newest: RoundIndex(1), last: RoundIndex(2) }
}

pub fn preparing() -> BountyState {
	let committee = BoundedVec::truncate_from((201..=204).map(member).collect());
	BountyState::Preparing { committee, votes: 0b101, deadline: 9 }
}

/// Stores a bounty under the next id.
pub fn open(spec: &BountySpec, bounty: &Bounty) {
	let id = NextBountyId::<Runtime>::get();
	NextBountyId::<Runtime>::put(id.next());
	Specs::<Runtime>::insert(id, spec);
	put(id, bounty);
}

/// Stores a bounty under an id that it has.
pub fn put(id: BountyId, bounty: &Bounty) {
	Bounties::<Runtime>::insert(id, bounty);
	match bounty.ended() {
		true => LiveBounties::<Runtime>::remove(id.0.to_be_bytes()),
		false => LiveBounties::<Runtime>::insert(id.0.to_be_bytes(), ()),
	}
}

/// Bounty 0 in round 1, Commit.
pub fn one_running() {
	open(&spec(), &bounty(running()));
	put_round(|_, _| {});
}

/// Stores round 1 of bounty 0 as this leaves it: opened in block 3.
pub fn put_round(change: impl FnOnce(&mut Round, &RoundContext<'_>)) {
	let (spec, limits, bounty) = (spec(), BountyLimits::get(), bounty(running()));
	let context = RoundContext {
		genesis: &hash(1),
		bounty: BountyId(0),
		round: RoundIndex(1),
		spec: &spec,
		limits: &limits,
		trainers: &bounty.trainers,
		now: 3,
	};
	let mut round = Round::open(&context, hash(0x64), true);
	change(&mut round, &context);
	Rounds::<Runtime>::insert(BountyId(0), RoundIndex(1), round);
}

/// Stores round 1 of bounty 0 with the commitment of this trainer, made in block 4.
pub fn committed(byte: u8) {
	put_round(|round, context| {
		let trainers = context.trainers.iter();
		let trainer = trainers.clone().find(|trainer| trainer.account == account(byte)).unwrap();
		round.commit(0, trainer, hash(byte), &RoundContext { now: 4, ..*context }).unwrap();
	});
}

/// Stores a registered node.
pub fn register(account: &AccountId, roles: Roles, region: &[u8]) {
	let region = BoundedVec::truncate_from(region.to_vec());
	Nodes::<Runtime>::insert(account, Node { roles, region, bond: 500, ..Default::default() });
}

/// Writes so many receipts of an account, of rounds 0, 1, ...; `held` says which this node has.
pub fn receipts(account: &AccountId, count: u32, held: impl Fn(u32) -> bool) {
	Totals::<Runtime>::insert(account, Earnings { receipts: count, ..Default::default() });
	for n in (0..count).filter(|n| held(*n)) {
		let receipt = Receipt {
			bounty: BountyId(5),
			round: RoundIndex(n),
			service: Service::Training,
			amount: 10 + u128::from(n),
			block: 20 + n,
			delivered: true,
		};
		sp_io::offchain_index::set(&receipt_key(account, n), &receipt.encode());
	}
}

/// A referendum on the parameters' track that account 1 submitted in block 2, without a decision
/// deposit.
pub fn poll() -> ReferendumStatusOf<Runtime, ()> {
	let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![7; 3] });
	ReferendumStatus {
		track: 10,
		origin: OriginCaller::GovernanceOrigins(Origin::Parameters),
		proposal: Bounded::Inline(BoundedVec::truncate_from(call.encode())),
		enactment: DispatchTime::After(5),
		submitted: 2,
		submission_deposit: Deposit { who: account(1), amount: SHEAF },
		decision_deposit: None,
		deciding: None,
		tally: Tally::from_parts(0, 0, 0),
		in_queue: false,
		alarm: None,
	}
}

/// A call of so many bytes more than a remark has, noted.
pub fn noted(bytes: usize) -> Bounded<RuntimeCall, sp_runtime::traits::BlakeTwo256> {
	let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![7; bytes] });
	Preimage::bound(call).unwrap()
}

/// Ten referenda: 0 to 4 are over, one in each way; each of 5 to 9 waits for something else. There
/// are 1,000 tokens.
pub fn referenda() {
	pallet_balances::TotalIssuance::<Runtime>::put(1_000 * SHEAF);
	let deposit = || Some(Deposit { who: account(2), amount: 1_000 * SHEAF });
	let with_deposit = || ReferendumStatus { decision_deposit: deposit(), ..poll() };
	let decided = |confirming, proposal| ReferendumStatus {
		deciding: Some(DecidingStatus { since: 0, confirming }),
		tally: Tally::from_parts(30 * SHEAF, 10 * SHEAF, 50 * SHEAF),
		proposal,
		..with_deposit()
	};
	let unknown = Bounded::Lookup { hash: hash(0x77), len: 300 };
	let all = [
		ReferendumInfo::Approved(10, None, None),
		ReferendumInfo::Rejected(11, None, None),
		ReferendumInfo::Cancelled(12, None, None),
		ReferendumInfo::TimedOut(13, None, None),
		ReferendumInfo::Killed(14),
		ReferendumInfo::Ongoing(poll()),
		ReferendumInfo::Ongoing(with_deposit()),
		ReferendumInfo::Ongoing(ReferendumStatus { in_queue: true, ..with_deposit() }),
		ReferendumInfo::Ongoing(decided(None, noted(200))),
		ReferendumInfo::Ongoing(decided(Some(99), unknown)),
	];
	for (index, info) in (0..).zip(all) {
		ReferendumInfoFor::<Runtime>::insert(index, info);
		ReferendumCount::<Runtime>::put(index + 1);
	}
}
