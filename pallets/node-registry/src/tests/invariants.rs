//! Each invariant notices what it is there for.

use super::*;
use crate::{Node, Unbonding};
use sp_runtime::DispatchError;

/// Breaks a trainer that unbonds 20 of 120 in two parts, and expects the number of the invariant that
/// notices.
fn notices(number: &str, break_it: impl FnOnce(&mut Node)) {
	new_test_ext(Vec::new()).execute_with(|| {
		register(ALICE, TRAINER, 120);
		for block in 1..=2 {
			System::set_block_number(block);
			assert_ok!(Registry::unbond(signed(ALICE), 10));
		}
		Registry::check_invariants().unwrap();
		Nodes::<Test>::mutate(&ALICE, |node| break_it(node.as_mut().unwrap()));
		match Registry::check_invariants() {
			Err(DispatchError::Other(message)) => {
				assert!(message.starts_with(&format!("{number}:")), "{number}: {message}")
			}
			other => panic!("{number}: {other:?}"),
		}
	});
}

#[test]
fn a_hold_that_is_not_the_bond_is_noticed() {
	notices("1", |node| node.bond += 1);
	notices("1", |node| node.unbonding[0].amount -= 1);
}

#[test]
fn unbonding_amounts_out_of_order_or_empty_are_noticed() {
	notices("2", |node| node.unbonding[0].withdrawable_at = 500);
	notices("2", |node| {
		let empty = Unbonding { amount: 0, withdrawable_at: 200 };
		node.unbonding.try_push(empty).unwrap();
	});
}

#[test]
fn a_node_that_left_with_a_bond_is_noticed() {
	notices("3", |node| node.roles = Roles::default());
}

#[test]
fn a_node_that_left_and_should_be_forgotten_is_noticed_unless_a_slash_hangs_over_it() {
	new_test_ext(Vec::new()).execute_with(|| {
		Nodes::<Test>::insert(&ALICE, Node::default());
		assert!(Registry::check_invariants().is_err());
		Nodes::<Test>::insert(&ALICE, Node { suspensions: 1, ..Node::default() });
		Registry::check_invariants().unwrap();
	});
}

#[test]
fn a_malformed_region_is_noticed() {
	notices("5", |node| node.region = region("de"));
}
