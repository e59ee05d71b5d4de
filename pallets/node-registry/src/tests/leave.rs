use super::*;
use crate::MAX_UNBONDING;

#[test]
fn leaving_gives_up_the_roles_and_unbonds_everything() {
	build_and_execute(|| {
		register(ALICE, VERIFIER, 1_500);
		assert_ok!(Registry::leave(signed(ALICE)));

		let node = stored(&ALICE);
		assert!(node.has_left());
		assert_eq!((node.bond, node.slashable(), held(&ALICE)), (0, 1_500, 1_500));
		assert_eq!(Registry::roles(&ALICE), Roles::default());
		System::assert_has_event(
			Event::UnbondingStarted { account: ALICE, amount: 1_500, withdrawable_at: 101 }.into(),
		);
		System::assert_last_event(Event::NodeLeft { account: ALICE }.into());
	});
}

#[test]
fn only_a_registered_node_leaves_and_only_once() {
	build_and_execute(|| {
		assert_noop!(Registry::leave(signed(ALICE)), Error::<Test>::NotRegistered);
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_noop!(Registry::leave(signed(ALICE)), Error::<Test>::NotRegistered);
	});
}

#[test]
fn leaving_needs_a_place_among_the_unbonding_amounts() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		for block in 1..=u64::from(MAX_UNBONDING) {
			System::set_block_number(block);
			assert_ok!(Registry::unbond(signed(ALICE), 1));
		}
		System::set_block_number(50);
		assert_noop!(Registry::leave(signed(ALICE)), Error::<Test>::TooManyUnbonding);
	});
}

#[test]
fn a_node_that_lost_everything_is_forgotten_when_it_leaves() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::slash(&ALICE, Permill::one(), &[]);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert!(!Nodes::<Test>::contains_key(&ALICE));
		System::assert_last_event(Event::NodeRemoved { account: ALICE }.into());
	});
}
