use super::*;

#[test]
fn an_unknown_account_has_no_roles() {
	build_and_execute(|| assert_eq!(Registry::roles(&ALICE), Roles::default()));
}

#[test]
fn a_registered_node_has_its_roles() {
	build_and_execute(|| {
		register(ALICE, TRAINER_AND_AGGREGATOR, 200);
		assert_eq!(Registry::roles(&ALICE), TRAINER_AND_AGGREGATOR);
	});
}

#[test]
fn after_a_slash_only_roles_that_the_bond_still_covers_remain_in_effect() {
	build_and_execute(|| {
		register(ALICE, TRAINER_AND_AGGREGATOR, 200);
		Registry::slash(&ALICE, Permill::from_percent(50), &[]);
		assert_eq!(Registry::roles(&ALICE), TRAINER);
		assert_eq!(stored(&ALICE).roles, TRAINER_AND_AGGREGATOR);

		assert_ok!(Registry::bond_more(signed(ALICE), 60));
		assert_eq!(Registry::roles(&ALICE), TRAINER_AND_AGGREGATOR);
	});
}

#[test]
fn unbonding_amounts_cover_no_role() {
	build_and_execute(|| {
		register(ALICE, AGGREGATOR, 300);
		assert_ok!(Registry::unbond(signed(ALICE), 100));
		Registry::slash(&ALICE, Permill::from_percent(21), &[]);
		assert_eq!(stored(&ALICE).slashable(), 237);
		assert_eq!(Registry::roles(&ALICE), Roles::default());
	});
}
