//! Each invariant notices what it is there for.

use super::*;
use crate::{Earnings, Totals};
use sp_runtime::DispatchError;

/// Breaks the books of a sponsor that paid 400 of 1,000, and expects the number of the invariant that
/// notices.
fn notices(number: &str, break_it: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		fund(1_000);
		settle(&payments(vec![payment(ALICE, Service::Training, 400)]));
		check_everything();
		break_it();
		match Payout::check_invariants() {
			Err(DispatchError::Other(message)) => {
				assert!(message.starts_with(&format!("{number}:")), "{number}: {message}")
			}
			other => panic!("{number}: {other:?}"),
		}
	});
}

#[test]
fn an_obligation_that_is_not_held_is_noticed() {
	notices("1", || Obligations::<Test>::insert(SPONSOR, 601));
	notices("1", || Obligations::<Test>::insert(OTHER_SPONSOR, 0));
}

#[test]
fn a_ledger_that_does_not_add_up_is_noticed() {
	notices("2", || Ledger::<Test>::mutate(|ledger| ledger.burned += 1));
	notices("2", || Ledger::<Test>::mutate(|ledger| ledger.held -= 1));
}

#[test]
fn earnings_that_nobody_paid_are_noticed() {
	notices("3", || Totals::<Test>::mutate(ALICE, |earnings| earnings.training += 1));
	notices("3", || Totals::<Test>::remove(ALICE));
}

#[test]
fn earnings_without_a_receipt_are_noticed() {
	notices("4", || Totals::<Test>::insert(BOB, Earnings::default()));
}
