//! A committee majority has a wrong model accepted; one honest member and one passer-by undo it.

mod support;

use frame_support::traits::fungible::InspectHold;
use pallet_model_updates::Call as Updates;
use pallet_node_registry::Call as Nodes;
use sheaf_runtime::{
	AccountId, Balance, Balances, ModelUpdates, NodeRegistry, Runtime, RuntimeEvent,
	RuntimeHoldReason, SHEAF,
};
use sheaf_training::{
	BountyId, BountyState, DeferredSlash, Hash, NodeRegistry as _, Phase, Round, RoundIndex,
};
use sp_runtime::transaction_validity::TransactionSource;
use support::{
	account,
	actors::{authorized, Cast, AGGREGATOR, VERIFIERS, WRONG_ELEMENT},
	pair,
};

const CHALLENGER: &str = "//Ferdie";
const FIRST: RoundIndex = RoundIndex(1);

/// A bounty whose first round was accepted, with a wrong model if anybody lies.
fn accepted(liars: &[&'static str]) -> Cast {
	let mut cast = Cast::gather();
	cast.liars = liars.to_vec();
	cast.start();
	cast.run_until(|training| training.round(FIRST).is_some_and(|r| r.phase == Phase::Accepted));
	cast
}

fn first_round(cast: &mut Cast) -> Round {
	cast.training().round(FIRST).cloned().unwrap()
}

fn accepted_root(round: &Round) -> Hash {
	round.accepted_result().unwrap().next_model_root
}

fn prove(cast: &mut Cast, root: Hash) -> Vec<sp_runtime::ApplyExtrinsicResult> {
	let round = first_round(cast);
	let proof = Box::new(cast.blobs.prove(&round, &root, WRONG_ELEMENT as u64 / 256));
	let bounty = cast.bounty;
	let call = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
	let call = cast.chain.sign(&pair(CHALLENGER), call);
	cast.chain.add_block(vec![call])
}

fn bond(who: &AccountId) -> Balance {
	let reason = RuntimeHoldReason::NodeRegistry(pallet_node_registry::HoldReason::NodeBond);
	Balances::balance_on_hold(&reason, who)
}

#[test]
fn a_proof_against_a_right_result_is_refused() {
	let mut cast = accepted(&[]);
	let root = accepted_root(&first_round(&mut cast));
	let refused = pallet_model_updates::Error::<Runtime>::ResultIsCorrect.into();
	assert_eq!(prove(&mut cast, root), vec![Ok(Err(refused))]);
	cast.chain.check_invariants();
}

#[test]
fn liars_lose_half_their_bonds_and_the_honest_model_wins() {
	let [honest, liars] = [&VERIFIERS[3..], &VERIFIERS[..3]];
	let mut cast = accepted(&[liars[0], liars[1], liars[2], AGGREGATOR]);
	let round = first_round(&mut cast);
	let wrong = accepted_root(&round);
	let right = cast.result_of(honest[0], FIRST, &round).next_model_root;
	assert_ne!(wrong, right);
	assert_eq!(prove(&mut cast, wrong), vec![Ok(Ok(()))]);
	cast.chain.read(|| {
		assert_eq!(bond(&account(liars[0])), 1_000 * SHEAF, "the slash is deferred");
		assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 4);
		assert!(liars.iter().all(|name| !NodeRegistry::roles(&account(name)).verifier));
	});
	assert!(cast.training().round(RoundIndex(2)).is_none(), "what built on it is discarded");
	cast.chain.check_invariants();

	cast.run_until(|training| training.bounty.ended());
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	let bounty = cast.bounty;
	let settled =
		cast.chain.read(|| pallet_training_bounties::Models::<Runtime>::get(bounty, FIRST));
	assert_eq!(settled, Some(right));
	cast.chain.check_invariants();

	let issuance = cast.chain.read(Balances::total_issuance);
	let dissenter = cast.chain.owns(&account(honest[0]));
	let challenger = cast.chain.owns(&account(CHALLENGER));
	apply_slashes(&mut cast, &[liars[0], liars[1], liars[2], AGGREGATOR]);
	cast.chain.read(|| {
		assert!(liars.iter().all(|name| bond(&account(name)) == 500 * SHEAF));
		assert_eq!(bond(&account(AGGREGATOR)), 50 * SHEAF);
		assert_eq!(bond(&account(honest[0])), 1_000 * SHEAF);
	});
	let slashed = 3 * 500 * SHEAF + 50 * SHEAF;
	let reward = slashed / 4;
	assert_eq!(cast.chain.read(Balances::total_issuance), issuance - (slashed - 2 * reward));
	assert_eq!(cast.chain.owns(&account(honest[0])), dissenter + reward);
	assert_eq!(cast.chain.owns(&account(CHALLENGER)), challenger + reward);
	cast.chain.check_invariants();
}

#[test]
fn a_liar_cannot_withdraw_its_bond_before_the_slash() {
	let mut cast = accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let leave = cast.chain.sign(&pair(VERIFIERS[0]), Nodes::leave {});
	cast.chain.add_good_block(vec![leave]);
	let wrong = accepted_root(&first_round(&mut cast));
	prove(&mut cast, wrong);
	cast.run_until(|training| training.bounty.ended());
	let withdraw = cast.chain.sign(&pair(VERIFIERS[0]), Nodes::withdraw_unbonded {});
	let pending = pallet_node_registry::Error::<Runtime>::SlashPending.into();
	assert_eq!(cast.chain.add_block(vec![withdraw]), vec![Ok(Err(pending))]);
	apply_slashes(&mut cast, &[VERIFIERS[0]]);
	assert_eq!(cast.chain.read(|| bond(&account(VERIFIERS[0]))), 500 * SHEAF);
	cast.chain.check_invariants();
}

#[test]
fn a_slash_is_applied_once_and_not_before_it_is_due() {
	let mut cast = accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let wrong = accepted_root(&first_round(&mut cast));
	prove(&mut cast, wrong);
	let slash = || authorized(slash_of(BountyId(0), VERIFIERS[0]));
	assert!(
		cast.chain.validate(TransactionSource::External, slash()).is_err(),
		"the round goes on"
	);
	cast.run_until(|training| training.bounty.ended());
	apply_slashes(&mut cast, &[VERIFIERS[0]]);
	assert!(cast.chain.validate(TransactionSource::External, slash()).is_err(), "it was applied");
}

fn slash_of(bounty: BountyId, name: &str) -> Updates<Runtime> {
	Updates::apply_slash { bounty, round: FIRST, offender: account(name) }
}

/// Waits until the slashes of the first round are due, and applies these in one block.
fn apply_slashes(cast: &mut Cast, offenders: &[&str]) {
	let due = |slashes: Vec<DeferredSlash>| slashes.iter().map(|slash| slash.due).max();
	let due = cast.chain.read(|| due(ModelUpdates::deferred_slashes(100))).unwrap();
	while cast.chain.height() < due {
		cast.chain.add_good_block(Vec::new());
	}
	let bounty = cast.bounty;
	let slashes = offenders.iter().map(|name| authorized(slash_of(bounty, name)));
	cast.chain.add_good_block(slashes.collect());
}

#[test]
fn liars_are_not_drawn_again() {
	let mut cast = accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let wrong = accepted_root(&first_round(&mut cast));
	prove(&mut cast, wrong);
	cast.run_until(|training| training.bounty.ended());
	let seated = cast.chain.events.iter().filter_map(|(_, event)| match event {
		RuntimeEvent::TrainingBounties(pallet_training_bounties::Event::CommitteeSeated {
			round: RoundIndex(2),
			members,
			..
		}) => Some(members.clone()),
		_ => None,
	});
	assert_eq!(seated.collect::<Vec<_>>(), vec![vec![account(VERIFIERS[3])]]);
}
