use super::*;

#[test]
fn withdrawing_releases_what_waited_long_enough_and_no_more() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 20));
		System::set_block_number(2);
		assert_ok!(Registry::unbond(signed(ALICE), 30));

		System::set_block_number(101);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));
		assert_eq!((held(&ALICE), stored(&ALICE).unbonding.len()), (130, 1));
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 130);
		System::assert_last_event(Event::BondWithdrawn { account: ALICE, amount: 20 }.into());
	});
}

#[test]
fn nothing_is_withdrawn_a_block_too_early() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 20));
		System::set_block_number(100);
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::NothingToWithdraw);
	});
}

#[test]
fn only_a_node_withdraws() {
	build_and_execute(|| {
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::NotRegistered);
	});
}

#[test]
fn withdrawing_all_after_leaving_forgets_the_node() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::leave(signed(ALICE)));
		System::set_block_number(101);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));

		assert!(!Nodes::<Test>::contains_key(&ALICE));
		assert_eq!((held(&ALICE), Balances::free_balance(&ALICE)), (0, ENDOWMENT));
		System::assert_last_event(Event::NodeRemoved { account: ALICE }.into());
	});
}

#[test]
fn withdrawing_works_for_an_owner_whose_tokens_are_frozen() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::leave(signed(ALICE)));
		freeze(&ALICE, ENDOWMENT);
		System::set_block_number(101);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));
		assert_eq!(held(&ALICE), 0);
	});
}

#[test]
fn a_node_that_is_liable_for_a_round_withdraws_when_all_of_them_are_over() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::begin_liability(&ALICE);
		Registry::begin_liability(&ALICE);
		assert_ok!(Registry::leave(signed(ALICE)));
		System::set_block_number(101);
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::StillLiable);
		Registry::end_liability(&ALICE);
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::StillLiable);
		Registry::end_liability(&ALICE);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));
		assert!(!Nodes::<Test>::contains_key(&ALICE));
	});
}

#[test]
fn a_node_that_lost_everything_is_forgotten_when_it_is_liable_no_more() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::begin_liability(&ALICE);
		assert_ok!(Registry::leave(signed(ALICE)));
		Registry::slash(&ALICE, Permill::one(), &[]);
		assert!(Nodes::<Test>::contains_key(&ALICE));
		Registry::check_invariants().unwrap();
		Registry::end_liability(&ALICE);
		assert!(!Nodes::<Test>::contains_key(&ALICE));
	});
}
