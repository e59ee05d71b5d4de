use super::*;

#[test]
fn bonding_more_adds_to_the_active_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::bond_more(signed(ALICE), 50));
		assert_eq!((stored(&ALICE).bond, held(&ALICE)), (150, 150));
		System::assert_last_event(Event::BondIncreased { account: ALICE, amount: 50 }.into());
	});
}

#[test]
fn only_a_registered_node_bonds_more() {
	build_and_execute(|| {
		assert_noop!(Registry::bond_more(signed(ALICE), 1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn bonding_nothing_more_is_refused() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_noop!(Registry::bond_more(signed(ALICE), 0), Error::<Test>::ZeroAmount);
	});
}

#[test]
fn frozen_tokens_do_not_add_to_a_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		// A freeze covers the total balance, so what is on hold already counts toward it.
		freeze(&ALICE, ENDOWMENT - 49);
		assert_noop!(
			Registry::bond_more(signed(ALICE), 50),
			Error::<Test>::InsufficientFreeBalance
		);
		assert_ok!(Registry::bond_more(signed(ALICE), 49));
	});
}
