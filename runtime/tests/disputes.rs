//! Withheld results, challenges, and what misconduct costs.

mod support;

use frame_support::traits::fungible::InspectHold;
use pallet_model_updates::Call as Updates;
use sheaf_runtime::{
	Balance, Balances, NodeRegistry, Runtime, RuntimeEvent, RuntimeHoldReason, SHEAF,
};
use sheaf_training::{
	BountyState, Conduct, Hash, Phase, Record, Round, RoundIndex, Statement, Training,
};
use support::{
	account,
	actors::{Cast, AGGREGATOR, TRAINERS, VERIFIERS, WRONG_ELEMENT},
	pair,
};

const CHALLENGER: &str = "//Ferdie";
const FIRST: RoundIndex = RoundIndex(1);
const BOND: Balance = 100 * SHEAF;

fn in_phase(training: &Training, phase: Phase) -> bool {
	training.round(FIRST).is_some_and(|round| round.phase == phase)
}

fn first_round(cast: &mut Cast) -> Round {
	cast.training().round(FIRST).cloned().unwrap()
}

/// Three members and the aggregator had a wrong model accepted, whose data nobody serves.
fn withheld() -> (Cast, Hash) {
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
	cast.start();
	cast.run_until(|training| in_phase(training, Phase::Accepted));
	let root = first_round(&mut cast).accepted_result().unwrap().next_model_root;
	(cast, root)
}

fn challenge(cast: &mut Cast, root: Hash) {
	let bounty = cast.bounty;
	let call = Updates::open_challenge { bounty, round: FIRST, root };
	let call = cast.chain.sign(&pair(CHALLENGER), call);
	cast.chain.add_good_block(vec![call]);
}

fn bond_on_hold(cast: &mut Cast, name: &str) -> Balance {
	let reason = RuntimeHoldReason::ModelUpdates(pallet_model_updates::HoldReason::ChallengeBond);
	cast.chain.read(|| Balances::balance_on_hold(&reason, &account(name)))
}

fn record(cast: &mut Cast, name: &str) -> Record {
	cast.chain.read(|| NodeRegistry::node(account(name))).unwrap().record
}

fn penalties(cast: &Cast) -> Vec<(sheaf_runtime::AccountId, Conduct, Balance)> {
	let penalties = cast.chain.events.iter().filter_map(|(_, event)| match event {
		RuntimeEvent::TrainingBounties(pallet_training_bounties::Event::Penalised {
			account,
			conduct,
			burned,
			..
		}) => Some((account.clone(), *conduct, *burned)),
		_ => None,
	});
	penalties.collect()
}

#[test]
fn a_withheld_wrong_result_is_struck_by_silence_and_the_right_one_wins() {
	let (mut cast, root) = withheld();
	challenge(&mut cast, root);
	assert_eq!(bond_on_hold(&mut cast, CHALLENGER), BOND);
	cast.chain.check_invariants();
	let round = first_round(&mut cast);
	let right = cast.result_of(VERIFIERS[3], FIRST, &round).next_model_root;
	cast.run_until(|training| in_phase(training, Phase::Publish));
	assert_eq!(bond_on_hold(&mut cast, CHALLENGER), 0);
	cast.chain.check_invariants();
	cast.run_until(|training| training.bounty.ended());
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	let bounty = cast.bounty;
	let model = cast.chain.read(|| pallet_training_bounties::Models::<Runtime>::get(bounty, FIRST));
	assert_eq!(model, Some(right));
	assert_eq!(record(&mut cast, VERIFIERS[0]).proven_wrong, 1);
	assert_eq!(record(&mut cast, VERIFIERS[3]).completed, 2);
	cast.chain.check_invariants();
}

#[test]
fn a_wrong_result_behind_an_answered_challenge_is_proven_from_the_chain_alone() {
	let (mut cast, root) = withheld();
	let round = first_round(&mut cast);
	challenge(&mut cast, root);
	let nodes = cast.blobs.open(&root, 1, 0);
	let answer = cast.state(VERIFIERS[0], FIRST, round.attempt, Statement::Answer { nodes });
	cast.chain.add_good_block(vec![answer]);
	let opened = first_round(&mut cast).challenge.unwrap();
	let index = WRONG_ELEMENT as u64 / 256;
	let mut proof = cast.blobs.prove(&round, &root, index);
	if let sheaf_aggregation::WrongResultProof::Chunk { claimed_leaf, claimed_siblings, .. } =
		&mut proof
	{
		let shape = cast.spec.shape().unwrap();
		let path = opened.path(shape, index).unwrap();
		*claimed_leaf = opened.opened[index as usize].0;
		*claimed_siblings = path.into_iter().map(|node| node.0).collect();
	}
	let statement = Statement::WrongResult { root, proof };
	let proof = cast.state(VERIFIERS[3], FIRST, round.attempt, statement);
	cast.chain.add_good_block(vec![proof]);
	assert!(in_phase(&cast.training(), Phase::Publish));
	assert_eq!(bond_on_hold(&mut cast, CHALLENGER), 0, "the challenge was upheld");
	cast.run_until(|training| training.bounty.ended());
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	cast.chain.check_invariants();
}

#[test]
fn challenge_spam_costs_its_bond_and_the_honest_result_stands() {
	let mut cast = Cast::gather();
	cast.start();
	cast.run_until(|training| in_phase(training, Phase::Accepted));
	let round = first_round(&mut cast);
	let root = round.accepted_result().unwrap().next_model_root;
	let before = cast.chain.owns(&account(VERIFIERS[1]));
	challenge(&mut cast, root);
	let nodes = cast.blobs.open(&root, 1, 0);
	let answer = cast.state(VERIFIERS[1], FIRST, round.attempt, Statement::Answer { nodes });
	cast.chain.add_good_block(vec![answer]);
	cast.run_until(|training| training.round(FIRST).is_none_or(|round| round.challenge.is_none()));
	assert_eq!(cast.chain.owns(&account(VERIFIERS[1])), before + BOND);
	cast.run_until(|training| training.bounty.ended());
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	assert_eq!(record(&mut cast, VERIFIERS[1]).proven_wrong, 0);
	cast.chain.check_invariants();
}

#[test]
fn a_challenge_needs_a_bond_that_is_free() {
	let (mut cast, root) = withheld();
	let bounty = cast.bounty;
	let open = Updates::open_challenge { bounty, round: FIRST, root };
	let spend = pallet_balances::Call::transfer_keep_alive {
		dest: account(CHALLENGER).into(),
		value: 999_950 * SHEAF,
	};
	let spend = cast.chain.sign(&pair("//Eve"), spend);
	cast.chain.add_good_block(vec![spend]);
	let open = cast.chain.sign(&pair("//Eve"), open);
	let refused = pallet_model_updates::Error::<Runtime>::CannotBond.into();
	assert_eq!(cast.chain.add_block(vec![open]), vec![Ok(Err(refused))]);
}

#[test]
fn garbage_attestations_cost_more_than_the_fee() {
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0]];
	cast.start();
	cast.run_until(|training| training.lowest_index() == Some(RoundIndex(2)));
	let fee = (1_000 * SHEAF + 7) / 2 / 10 / 4;
	let penalised = penalties(&cast);
	assert_eq!(penalised.len(), 1);
	let (who, conduct, burned) = penalised[0].clone();
	assert_eq!((who, burned), (account(VERIFIERS[0]), fee + SHEAF));
	assert!(matches!(conduct, Conduct::UnopenedAttestation | Conduct::OtherModelAttested));
	assert_eq!(record(&mut cast, VERIFIERS[0]), Record { missed: 1, ..Default::default() });
	let honest = record(&mut cast, VERIFIERS[1]);
	assert_eq!(honest, Record { completed: 1, ..Default::default() });
	assert_eq!(record(&mut cast, TRAINERS[0]).completed, 1);
	cast.chain.check_invariants();
}
