use super::*;

#[test]
fn a_suspended_node_has_no_roles_until_as_many_slashes_are_lifted() {
	build_and_execute(|| {
		register(ALICE, TRAINER_AND_AGGREGATOR, 200);
		Registry::suspend(&ALICE);
		Registry::suspend(&ALICE);
		System::assert_last_event(Event::NodeSuspended { account: ALICE, suspensions: 2 }.into());
		assert_eq!(Registry::roles(&ALICE), Roles::default());

		Registry::resume(&ALICE);
		System::assert_last_event(Event::NodeResumed { account: ALICE, suspensions: 1 }.into());
		assert_eq!(Registry::roles(&ALICE), Roles::default());

		Registry::resume(&ALICE);
		System::assert_last_event(Event::NodeResumed { account: ALICE, suspensions: 0 }.into());
		assert_eq!(Registry::roles(&ALICE), TRAINER_AND_AGGREGATOR);
	});
}

#[test]
fn a_suspended_node_cannot_withdraw_what_waited_long_enough() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 50));
		Registry::suspend(&ALICE);
		System::set_block_number(101);
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::SlashPending);

		Registry::resume(&ALICE);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));
		assert_eq!(held(&ALICE), 100);
	});
}

#[test]
fn a_suspended_node_may_update_bond_more_and_unbond_without_getting_its_roles_back() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::suspend(&ALICE);
		assert_ok!(Registry::bond_more(signed(ALICE), 150));
		assert_ok!(Registry::update(signed(ALICE), AGGREGATOR, Default::default(), region("NZ")));
		assert_ok!(Registry::unbond(signed(ALICE), 50));

		let node = stored(&ALICE);
		assert_eq!((node.bond, node.slashable(), node.suspensions), (200, 250, 1));
		assert_eq!(Registry::roles(&ALICE), Roles::default());
		Registry::resume(&ALICE);
		assert_eq!(Registry::roles(&ALICE), AGGREGATOR);
	});
}

#[test]
fn leaving_and_registering_again_does_not_end_a_suspension() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::suspend(&ALICE);
		assert_ok!(Registry::leave(signed(ALICE)));
		System::set_block_number(101);
		assert_noop!(Registry::withdraw_unbonded(signed(ALICE)), Error::<Test>::SlashPending);

		register(ALICE, TRAINER, 100);
		assert_eq!((stored(&ALICE).suspensions, Registry::roles(&ALICE)), (1, Roles::default()));
		assert_eq!(Registry::slash(&ALICE, Permill::from_percent(50), &[]).taken, 100);
		Registry::resume(&ALICE);
		assert_eq!((stored(&ALICE).bond, stored(&ALICE).slashable()), (50, 100));
	});
}

#[test]
fn a_suspended_node_that_lost_everything_is_forgotten_only_when_the_last_slash_is_lifted() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::suspend(&ALICE);
		Registry::suspend(&ALICE);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_eq!(Registry::slash(&ALICE, Permill::one(), &[]).taken, 100);
		assert!(stored(&ALICE).is_suspended());
		Registry::check_invariants().unwrap();

		Registry::resume(&ALICE);
		assert!(Nodes::<Test>::contains_key(&ALICE));
		Registry::resume(&ALICE);
		assert!(!Nodes::<Test>::contains_key(&ALICE));
		System::assert_last_event(Event::NodeRemoved { account: ALICE }.into());
	});
}

#[test]
fn a_penalty_takes_the_last_bond_of_a_suspended_node_that_left_without_forgetting_it() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::leave(signed(ALICE)));
		Registry::suspend(&ALICE);
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::Undelivered, 200), 100);
		assert_eq!((stored(&ALICE).slashable(), stored(&ALICE).record.missed), (0, 1));
	});
}

#[test]
fn leaving_with_nothing_bonded_does_not_forget_a_suspended_node() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::slash(&ALICE, Permill::one(), &[]);
		Registry::suspend(&ALICE);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert!(stored(&ALICE).has_left());
	});
}

#[test]
fn an_account_forgotten_before_it_was_accused_cannot_escape_by_registering_again() {
	build_and_execute(|| {
		Registry::suspend(&ALICE);
		assert!(stored(&ALICE).has_left());
		register(ALICE, TRAINER, 100);
		assert_eq!(Registry::roles(&ALICE), Roles::default());
		Registry::resume(&ALICE);
		assert_eq!(Registry::roles(&ALICE), TRAINER);
	});
}

#[test]
fn an_account_that_is_no_node_is_forgotten_again_with_its_suspension() {
	build_and_execute(|| {
		Registry::suspend(&NOBODY);
		assert_noop!(Registry::leave(signed(NOBODY)), Error::<Test>::NotRegistered);
		Registry::resume(&NOBODY);
		assert!(!Nodes::<Test>::contains_key(&NOBODY));
	});
}

#[test]
fn resuming_a_node_that_is_not_suspended_changes_nothing() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let (before, events) = (stored(&ALICE), System::event_count());
		Registry::resume(&ALICE);
		Registry::resume(&NOBODY);
		assert_eq!((stored(&ALICE), System::event_count()), (before, events));
		assert!(!Nodes::<Test>::contains_key(&NOBODY));
	});
}

#[test]
fn suspensions_saturate() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Nodes::<Test>::mutate(&ALICE, |node| node.as_mut().unwrap().suspensions = u32::MAX);
		Registry::suspend(&ALICE);
		assert_eq!(stored(&ALICE).suspensions, u32::MAX);
	});
}
