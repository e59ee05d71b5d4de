use super::*;
use crate::GenesisConfig;

#[test]
fn genesis_nodes_are_registered_with_their_bond_on_hold() {
	new_test_ext(vec![(ALICE, VERIFIER, 1_000), (BOB, TRAINER, 100)]).execute_with(|| {
		assert_eq!((Registry::roles(&ALICE), held(&ALICE)), (VERIFIER, 1_000));
		assert_eq!((Registry::roles(&BOB), held(&BOB)), (TRAINER, 100));
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 1_000);
		Registry::check_invariants().unwrap();
	});
}

#[test]
#[should_panic(expected = "refused")]
fn a_chain_does_not_start_with_a_genesis_bond_that_is_too_small() {
	new_test_ext(vec![(ALICE, VERIFIER, 999)]);
}

#[test]
#[should_panic(expected = "refused")]
fn a_chain_does_not_start_with_a_genesis_bond_that_is_not_there() {
	new_test_ext(vec![(NOBODY, VERIFIER, 1_000)]);
}

#[test]
fn genesis_nodes_survive_being_written_as_json() {
	let nodes = vec![(ALICE, VERIFIER, 1_000), (BOB, TRAINER_AND_AGGREGATOR, 200)];
	let config = GenesisConfig::<Test> { nodes: nodes.clone(), ..Default::default() };
	let json = serde_json::to_string(&config).unwrap();
	assert!(json.contains(r#"{"trainer":true,"aggregator":true,"verifier":false}"#), "{json}");
	let read: GenesisConfig<Test> = serde_json::from_str(&json).unwrap();
	assert_eq!(read.nodes, nodes);
}
