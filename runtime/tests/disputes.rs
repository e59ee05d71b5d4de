//! Withheld results, challenges, and what misconduct costs.

mod support;

use frame_support::traits::fungible::InspectHold;
use pallet_model_updates::{Call as Updates, Error};
use sheaf_runtime::{Balance, Balances, RuntimeHoldReason, SHEAF};
use sheaf_training::{BountyState, Conduct, Hash, Phase, Record, RoundIndex, Statement};
use support::{
	account,
	actors::{Cast, AGGREGATOR, TRAINERS, VERIFIERS, WRONG_ELEMENT},
	books::Books,
	pair,
	stories::{in_phase, refused, CHALLENGER, FIRST},
};

const BOND: Balance = 100 * SHEAF;

/// Three members and the aggregator had a wrong model accepted, whose data nobody serves.
fn withheld() -> (Cast, Hash) {
	let mut cast = Cast::accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR]);
	let root = cast.accepted_root();
	(cast, root)
}

fn bond_on_hold(cast: &mut Cast, name: &str) -> Balance {
	let reason = RuntimeHoldReason::ModelUpdates(pallet_model_updates::HoldReason::ChallengeBond);
	cast.chain.read(|| Balances::balance_on_hold(&reason, &account(name)))
}

#[test]
fn a_withheld_wrong_result_is_struck_by_silence_and_the_right_one_wins() {
	let (mut cast, root) = withheld();
	cast.challenge(root);
	assert_eq!(bond_on_hold(&mut cast, CHALLENGER), BOND);
	cast.chain.check_invariants();
	let round = cast.first_round();
	let right = cast.result_of(VERIFIERS[3], FIRST, &round).next_model_root;
	cast.reach(Phase::Publish);
	assert_eq!(bond_on_hold(&mut cast, CHALLENGER), 0);
	cast.chain.check_invariants();
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.model(FIRST), Some(right));
	assert_eq!(cast.record(VERIFIERS[0]).proven_wrong, 1);
	assert_eq!(cast.record(VERIFIERS[3]).completed, 2);
	cast.chain.check_invariants();
}

#[test]
fn a_wrong_result_behind_an_answered_challenge_is_proven_from_the_chain_alone() {
	let (mut cast, root) = withheld();
	let round = cast.first_round();
	cast.challenge(root);
	cast.answer(VERIFIERS[0], &root);
	let opened = cast.first_round().challenge.unwrap();
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
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.chain.check_invariants();
}

#[test]
fn challenge_spam_costs_its_bond_and_the_honest_result_stands() {
	let mut cast = Cast::accepted(&[]);
	let root = cast.accepted_root();
	let before = cast.chain.owns(&account(VERIFIERS[1]));
	cast.challenge(root);
	cast.answer(VERIFIERS[1], &root);
	cast.run_until(|training| training.round(FIRST).is_none_or(|round| round.challenge.is_none()));
	assert_eq!(cast.chain.owns(&account(VERIFIERS[1])), before + BOND);
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.record(VERIFIERS[1]).proven_wrong, 0);
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
	assert_eq!(cast.chain.add_block(vec![open]), refused(Error::CannotBond));
}

#[test]
fn garbage_attestations_cost_more_than_the_fee() {
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0]];
	cast.start();
	cast.run_until(|training| training.lowest_index() == Some(RoundIndex(2)));
	let fee = (1_000 * SHEAF + 7) / 2 / 10 / 4;
	let penalised = Books::of(&cast.chain.events).penalties;
	assert_eq!(penalised.len(), 1);
	let (who, conduct, burned) = penalised[0].clone();
	assert_eq!((who, burned), (account(VERIFIERS[0]), fee + SHEAF));
	assert!(matches!(conduct, Conduct::UnopenedAttestation | Conduct::OtherModelAttested));
	assert_eq!(cast.record(VERIFIERS[0]), Record { missed: 1, ..Default::default() });
	let honest = cast.record(VERIFIERS[1]);
	assert_eq!(honest, Record { completed: 1, ..Default::default() });
	assert_eq!(cast.record(TRAINERS[0]).completed, 1);
	cast.chain.check_invariants();
}
