//! A committee majority has a wrong model accepted; one honest member and one passer-by undo it.

mod support;

use pallet_model_updates::Error;
use pallet_node_registry::Call as Nodes;
use sheaf_runtime::{Balances, NodeRegistry, Runtime, SHEAF};
use sheaf_training::{BountyId, BountyState, NodeRegistry as _};
use sp_runtime::transaction_validity::TransactionSource;
use support::{
	account,
	actors::{Cast, AGGREGATOR, VERIFIERS},
	pair,
	stories::{refused, slash_of, CHALLENGER, FIRST, SECOND},
};

#[test]
fn a_proof_against_a_right_result_is_refused() {
	let mut cast = Cast::accepted(&[]);
	let root = cast.accepted_root();
	assert_eq!(cast.prove(root), refused(Error::ResultIsCorrect));
	cast.chain.check_invariants();
}

#[test]
fn liars_lose_half_their_bonds_and_the_honest_model_wins() {
	let [honest, liars] = [&VERIFIERS[3..], &VERIFIERS[..3]];
	let mut cast = Cast::accepted(&[liars[0], liars[1], liars[2], AGGREGATOR]);
	let round = cast.first_round();
	let wrong = cast.accepted_root();
	let right = cast.result_of(honest[0], FIRST, &round).next_model_root;
	assert_ne!(wrong, right);
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert_eq!(cast.bond(liars[0]), 1_000 * SHEAF, "the slash is deferred");
	cast.chain.read(|| {
		assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 4);
		assert!(liars.iter().all(|name| !NodeRegistry::roles(&account(name)).verifier));
	});
	assert!(cast.training().round(SECOND).is_none(), "what built on it is discarded");
	cast.chain.check_invariants();

	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.model(FIRST), Some(right));
	cast.chain.check_invariants();

	let issuance = cast.chain.read(Balances::total_issuance);
	let dissenter = cast.chain.owns(&account(honest[0]));
	let challenger = cast.chain.owns(&account(CHALLENGER));
	cast.apply_slashes(&[liars[0], liars[1], liars[2], AGGREGATOR]);
	assert!(liars.iter().all(|name| cast.bond(name) == 500 * SHEAF));
	assert_eq!(cast.bond(AGGREGATOR), 50 * SHEAF);
	assert_eq!(cast.bond(honest[0]), 1_000 * SHEAF);
	let slashed = 3 * 500 * SHEAF + 50 * SHEAF;
	let reward = slashed / 4;
	assert_eq!(cast.chain.read(Balances::total_issuance), issuance - (slashed - 2 * reward));
	assert_eq!(cast.chain.owns(&account(honest[0])), dissenter + reward);
	assert_eq!(cast.chain.owns(&account(CHALLENGER)), challenger + reward);
	cast.chain.check_invariants();
}

#[test]
fn a_liar_cannot_withdraw_its_bond_before_the_slash() {
	let mut cast = Cast::accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let leave = cast.chain.sign(&pair(VERIFIERS[0]), Nodes::leave {});
	cast.chain.add_good_block(vec![leave]);
	let wrong = cast.accepted_root();
	cast.prove(wrong);
	cast.finish();
	let withdraw = cast.chain.sign(&pair(VERIFIERS[0]), Nodes::withdraw_unbonded {});
	let pending = pallet_node_registry::Error::<Runtime>::SlashPending.into();
	assert_eq!(cast.chain.add_block(vec![withdraw]), vec![Ok(Err(pending))]);
	cast.apply_slashes(&[VERIFIERS[0]]);
	assert_eq!(cast.bond(VERIFIERS[0]), 500 * SHEAF);
	cast.chain.check_invariants();
}

#[test]
fn a_slash_is_applied_once_and_not_before_it_is_due() {
	let mut cast = Cast::accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let wrong = cast.accepted_root();
	cast.prove(wrong);
	let slash = || slash_of(BountyId(0), VERIFIERS[0]);
	assert!(
		cast.chain.validate(TransactionSource::External, slash()).is_err(),
		"the round goes on"
	);
	cast.finish();
	cast.apply_slashes(&[VERIFIERS[0]]);
	assert!(cast.chain.validate(TransactionSource::External, slash()).is_err(), "it was applied");
}

#[test]
fn liars_are_not_drawn_again() {
	let mut cast = Cast::accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]]);
	let wrong = cast.accepted_root();
	cast.prove(wrong);
	cast.finish();
	assert_eq!(cast.committees(SECOND), vec![vec![account(VERIFIERS[3])]]);
}
