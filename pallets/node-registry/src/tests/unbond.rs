use super::*;
use crate::{Unbonding, MAX_UNBONDING};

#[test]
fn unbonding_moves_bond_to_an_amount_that_waits() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 50));

		let node = stored(&ALICE);
		assert_eq!(node.bond, 100);
		assert_eq!(node.unbonding.to_vec(), [Unbonding { amount: 50, withdrawable_at: 101 }]);
		assert_eq!(held(&ALICE), 150);
		System::assert_last_event(
			Event::UnbondingStarted { account: ALICE, amount: 50, withdrawable_at: 101 }.into(),
		);
	});
}

#[test]
fn only_a_registered_node_unbonds() {
	build_and_execute(|| {
		assert_noop!(Registry::unbond(signed(ALICE), 1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn unbonding_nothing_is_refused() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_noop!(Registry::unbond(signed(ALICE), 0), Error::<Test>::ZeroAmount);
	});
}

#[test]
fn the_remaining_bond_must_cover_the_roles() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		for too_much in [51, 150, 151, Balance::MAX] {
			assert_noop!(Registry::unbond(signed(ALICE), too_much), Error::<Test>::BondTooSmall);
		}
	});
}

#[test]
fn amounts_unbonded_in_one_block_are_one_entry() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 20));
		assert_ok!(Registry::unbond(signed(ALICE), 30));
		assert_eq!(
			stored(&ALICE).unbonding.to_vec(),
			[Unbonding { amount: 50, withdrawable_at: 101 }]
		);
	});
}

#[test]
fn amounts_that_unbond_at_once_are_bounded() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		for block in 1..=u64::from(MAX_UNBONDING) {
			System::set_block_number(block);
			assert_ok!(Registry::unbond(signed(ALICE), 1));
		}
		System::set_block_number(99);
		assert_noop!(Registry::unbond(signed(ALICE), 1), Error::<Test>::TooManyUnbonding);

		System::set_block_number(101);
		assert_ok!(Registry::withdraw_unbonded(signed(ALICE)));
		assert_ok!(Registry::unbond(signed(ALICE), 1));
	});
}

#[test]
fn after_the_period_is_shortened_later_amounts_wait_with_earlier_ones() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 20));
		UnbondingPeriod::set(10);
		assert_ok!(Registry::unbond(signed(ALICE), 5));
		System::assert_last_event(
			Event::UnbondingStarted { account: ALICE, amount: 5, withdrawable_at: 101 }.into(),
		);
		assert_eq!(
			stored(&ALICE).unbonding.to_vec(),
			[Unbonding { amount: 25, withdrawable_at: 101 }]
		);
	});
}
