//! What calls weigh, as a part of what a block can carry.

mod support;

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{GetCallMetadata, GetCallName, OnFinalize, OnIdle, OnInitialize},
	weights::Weight,
};
use pallet_model_updates::Call as Updates;
use pallet_node_registry::Call as Nodes;
use pallet_training_bounties::{Bounties as Open, Call as Bounties, LiveBounties};
use sheaf_aggregation::{ChunkProof, WrongResultProof};
use sheaf_runtime::{configs::BlockWeights, Runtime, RuntimeCall, RuntimeEvent};
use sheaf_training::{
	testing::{account, hash, spec},
	BountyId, BountyState, OpenedRoot, Phase, Roles, RoundIndex, RoundResult, Statement,
	VerifierMessage, MAX_ROOTS_PER_VOTE, MAX_TRAINERS,
};
use sp_runtime::{BoundedVec, Perbill};
use support::actors::{signed_statement, Cast, VERIFIERS};

const BOUNTY: BountyId = BountyId(0);
const ONE: RoundIndex = RoundIndex(1);
/// Most of what ordinary calls may take of a block that one of them takes.
const ORDINARY_SHARE: Perbill = Perbill::from_percent(10);
/// Most of a block that a fee-less call takes, with its authorisation.
const STATEMENT_SHARE: Perbill = Perbill::from_percent(12);
/// The same of an `advance`, which may settle a round of eight attempts.
const ADVANCE_SHARE: Perbill = Perbill::from_percent(25);
/// Most of a block that a round of a small bounty takes, all its transactions together.
const ROUND_SHARE: Perbill = Perbill::from_percent(10);

fn proof() -> Box<WrongResultProof> {
	let chunk = ChunkProof { chunk: Vec::new(), siblings: Vec::new() };
	Box::new(WrongResultProof::Chunk {
		index: 0,
		claimed_leaf: [0; 32],
		claimed_siblings: Vec::new(),
		previous: chunk.clone(),
		updates: vec![chunk; MAX_TRAINERS as usize],
	})
}

/// One statement of each kind, at its longest.
fn statements() -> Vec<RuntimeCall> {
	let root = OpenedRoot { slot: None, root: hash(1) };
	let roots = BoundedVec::truncate_from(vec![root; MAX_ROOTS_PER_VOTE as usize]);
	let result = RoundResult { next_model_root: hash(1), scores: None };
	let nodes = BoundedVec::truncate_from(vec![hash(1); 256]);
	let statements = [
		Statement::Availability { bits: 0, roots },
		Statement::Attestation { inputs: hash(1), hash: hash(1) },
		Statement::Publication(result),
		Statement::WrongResult { root: hash(1), proof: *proof() },
		Statement::Challenge { root: hash(1) },
		Statement::Answer { nodes },
		Statement::Narrow { child: 0 },
	];
	let statements = statements.into_iter().map(|statement| VerifierMessage {
		genesis: hash(1),
		at: 1,
		bounty: BOUNTY,
		round: ONE,
		attempt: 0,
		verifier: support::account(VERIFIERS[0]),
		statement,
	});
	statements.map(|message| signed_statement(VERIFIERS[0], message).function).collect()
}

fn bounty_calls() -> Vec<RuntimeCall> {
	let (bounty, deadline) = (BOUNTY, 1);
	let (round, attempt, phase) = (ONE, 0, Phase::Accepted);
	let calls: Vec<Bounties<Runtime>> = vec![
		Bounties::open_bounty { spec: spec(), reward: 1 },
		Bounties::invite { bounty, account: account(1), weight: 1 },
		Bounties::enroll { bounty },
		Bounties::enroll_aggregator { bounty },
		Bounties::rejoin { bounty },
		Bounties::leave { bounty },
		Bounties::start { bounty },
		Bounties::close_bounty { bounty },
		Bounties::cancel_bounty { bounty },
		Bounties::advance_bounty { bounty, deadline },
		Bounties::advance { bounty, round, attempt, phase, deadline },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

fn round_calls() -> Vec<RuntimeCall> {
	let (bounty, round, attempt, root) = (BOUNTY, ONE, 0, hash(1));
	let nodes = BoundedVec::truncate_from(vec![hash(1); 256]);
	let result = RoundResult { next_model_root: hash(1), scores: None };
	let offender = account(1);
	let calls: Vec<Updates<Runtime>> = vec![
		Updates::commit_update { bounty, round, attempt, hash: root },
		Updates::attest_as_aggregator { bounty, round, attempt, inputs: root, hash: root },
		Updates::publish_as_aggregator { bounty, round, attempt, result },
		Updates::prove_wrong_chunk { bounty, round, root, proof: proof() },
		Updates::open_challenge { bounty, round, root },
		Updates::answer_challenge { bounty, round, nodes },
		Updates::narrow_challenge { bounty, round, child: 0 },
		Updates::apply_slash { bounty, round, offender: offender.clone() },
		Updates::cancel_slash { bounty, round, offender },
	];
	calls.into_iter().map(RuntimeCall::from).chain(statements()).collect()
}

fn node_calls() -> Vec<RuntimeCall> {
	let roles = Roles { trainer: true, aggregator: true, verifier: true };
	let (capability, region) = (Default::default(), Default::default());
	let calls: Vec<Nodes<Runtime>> = vec![
		Nodes::register { roles, capability, region, bond: 1 },
		Nodes::update { roles, capability: Default::default(), region: Default::default() },
		Nodes::bond_more { amount: 1 },
		Nodes::unbond { amount: 1 },
		Nodes::withdraw_unbonded {},
		Nodes::leave {},
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

fn calls() -> Vec<RuntimeCall> {
	[bounty_calls(), round_calls(), node_calls()].concat()
}

fn name(call: &RuntimeCall) -> &'static str {
	call.get_call_metadata().function_name
}

fn weights() -> frame_system::limits::BlockWeights {
	BlockWeights::get()
}

fn most(call: &RuntimeCall) -> Weight {
	let class = call.get_dispatch_info().class;
	let share = match (class, name(call)) {
		(DispatchClass::Normal, _) => ORDINARY_SHARE,
		(_, "advance") => ADVANCE_SHARE,
		_ => STATEMENT_SHARE,
	};
	let whole = match class {
		DispatchClass::Normal => weights().get(class).max_total.unwrap(),
		_ => weights().max_block,
	};
	Weight::from_parts(share.mul_floor(whole.ref_time()), u64::MAX)
}

#[test]
fn no_call_exceeds_its_share_of_a_block() {
	for call in calls() {
		let weight = call.get_dispatch_info().total_weight();
		assert!(weight.ref_time() > 0, "{} weighs nothing", name(&call));
		let most = most(&call);
		assert!(weight.all_lte(most), "{}: {weight} of at most {most}", name(&call));
	}
}

#[test]
fn every_call_of_our_pallets_is_weighed_here() {
	let mut weighed: Vec<&str> = calls().iter().map(name).collect();
	let mut all = [
		Bounties::<Runtime>::get_call_names(),
		Updates::<Runtime>::get_call_names(),
		Nodes::<Runtime>::get_call_names(),
	]
	.concat();
	weighed.sort();
	weighed.dedup();
	all.sort();
	all.dedup();
	assert_eq!(weighed, all);
}

#[test]
fn a_round_takes_a_small_part_of_a_block() {
	let mut cast = Cast::gather();
	cast.start();
	let started = cast.chain.height();
	assert_eq!(cast.finish(), BountyState::Completed);
	let weight = |event: &RuntimeEvent| match event {
		RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info })
			if dispatch_info.class != DispatchClass::Mandatory =>
		{
			dispatch_info.weight.ref_time()
		}
		_ => 0,
	};
	let events = cast.chain.events.iter().filter(|(block, _)| *block > started);
	let spent: u64 = events.map(|(_, event)| weight(event)).sum();
	let rounds = 2 * ROUND_SHARE.mul_floor(weights().max_block.ref_time());
	assert!(spent > 0 && spent <= rounds, "two rounds took {spent} of at most {rounds}");
}

/// Bytes of the state that something reads with so many open bounties.
fn bytes_read(bounties: u32, reading: fn()) -> usize {
	let mut cast = Cast::gather();
	cast.open();
	let first = cast.bounty;
	cast.chain.tamper(|| {
		let bounty = Open::<Runtime>::get(first).unwrap();
		for id in (first.0 + 1..first.0 + bounties).map(BountyId) {
			Open::<Runtime>::insert(id, bounty.clone());
			LiveBounties::<Runtime>::insert(id.0.to_be_bytes(), ());
		}
	});
	cast.chain.state.commit_all().unwrap();
	let (_, proof) = cast.chain.state.execute_and_prove(reading);
	proof.encoded_size()
}

/// What our pallets do in every block.
fn run_hooks() {
	type Ours = (
		sheaf_runtime::NodeRegistry,
		sheaf_runtime::TrainingBounties,
		sheaf_runtime::ModelUpdates,
		sheaf_runtime::Rewards,
	);
	let now = sheaf_runtime::System::block_number() + 1;
	<Ours as OnInitialize<u32>>::on_initialize(now);
	<Ours as OnIdle<u32>>::on_idle(now, Weight::MAX);
	<Ours as OnFinalize<u32>>::on_finalize(now);
}

#[test]
fn an_empty_block_reads_the_same_with_1_and_with_10_000_open_bounties() {
	assert_eq!(bytes_read(1, run_hooks), bytes_read(10_000, run_hooks));
	// What goes through them shows.
	let go_through = || assert!(LiveBounties::<Runtime>::iter_keys().count() > 0);
	assert!(bytes_read(1, go_through) < bytes_read(10_000, go_through));
}
