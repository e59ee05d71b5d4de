use super::*;
use crate::Earnings;

#[test]
fn a_settlement_moves_every_part_where_it_belongs() {
	build_and_execute(|| {
		fund(1_000);
		let issuance = Balances::total_issuance();
		settle(&Settlement {
			payments: vec![
				payment(ALICE, Service::Training, 300),
				payment(BOB, Service::Verification, 100),
			],
			treasury: 50,
			burn: 40,
			refund: 10,
		});

		assert_eq!((free(&ALICE), free(&BOB)), (ENDOWMENT + 300, 100));
		assert_eq!(free(&TREASURY_ACCOUNT), EXISTENTIAL_DEPOSIT + 50);
		assert_eq!(free(&SPONSOR), ENDOWMENT - 1_000 + 10);
		assert_eq!(held(&SPONSOR), 500);
		assert_eq!(Balances::total_issuance(), issuance - 40);
		assert_eq!(
			Ledger::<Test>::get(),
			RunningTotals {
				held: 1_000,
				paid: 400,
				treasury: 50,
				burned: 40,
				refunded: 10,
				opening_fees: 0
			}
		);
	});
}

#[test]
fn a_settlement_tells_of_every_payment_and_of_the_division() {
	build_and_execute(|| {
		fund(1_000);
		settle(&Settlement {
			payments: vec![payment(ALICE, Service::Aggregation, 300)],
			treasury: 50,
			burn: 40,
			refund: 10,
		});
		let (bounty, round) = (BOUNTY, ROUND);
		let (account, service, amount) = (ALICE, Service::Aggregation, 300);
		System::assert_has_event(
			Event::Paid { bounty, round, account, service, amount, delivered: true }.into(),
		);
		System::assert_last_event(
			Event::Divided { bounty, round, treasury: 50, burned: 40, refunded: 10 }.into(),
		);
	});
}

#[test]
fn payments_count_for_the_account_by_service_and_for_its_node() {
	build_and_execute(|| {
		fund(1_000);
		settle(&payments(vec![
			payment(ALICE, Service::Training, 300),
			payment(ALICE, Service::Verification, 100),
			payment(ALICE, Service::Aggregation, 50),
		]));
		settle(&payments(vec![payment(ALICE, Service::Training, 1)]));
		let earnings = Earnings { training: 301, verification: 100, aggregation: 50, receipts: 4 };
		assert_eq!(Payout::totals(ALICE), earnings);
		assert_eq!(Earned::get(), [(ALICE, 300), (ALICE, 100), (ALICE, 50), (ALICE, 1)]);
	});
}

#[test]
fn what_a_dead_account_cannot_receive_goes_to_the_treasury() {
	build_and_execute(|| {
		fund(1_000);
		let issuance = Balances::total_issuance();
		settle(&payments(vec![
			payment(NOBODY, Service::Training, EXISTENTIAL_DEPOSIT - 1),
			payment(BOB, Service::Training, EXISTENTIAL_DEPOSIT),
		]));

		assert_eq!((free(&NOBODY), free(&BOB)), (0, EXISTENTIAL_DEPOSIT));
		assert_eq!(free(&TREASURY_ACCOUNT), 2 * EXISTENTIAL_DEPOSIT - 1);
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(Payout::totals(NOBODY), Earnings { receipts: 1, ..Default::default() });
		assert_eq!(Earned::get(), [(BOB, EXISTENTIAL_DEPOSIT)]);
		let (bounty, round) = (BOUNTY, ROUND);
		let (account, service, amount) = (NOBODY, Service::Training, 9);
		System::assert_has_event(
			Event::Paid { bounty, round, account, service, amount, delivered: false }.into(),
		);
		System::assert_last_event(
			Event::Divided { bounty, round, treasury: 9, burned: 0, refunded: 0 }.into(),
		);
	});
}

#[test]
fn what_even_the_treasury_cannot_receive_is_burned() {
	build_and_execute(|| {
		fund(1_000);
		Treasury::set(NOBODY);
		let issuance = Balances::total_issuance();
		let small = EXISTENTIAL_DEPOSIT - 1;
		settle(&Settlement { treasury: small, burn: 100, ..Default::default() });
		assert_eq!(Balances::total_issuance(), issuance - small - 100);
		assert_eq!(held(&SPONSOR), 1_000 - small - 100);
	});
}

#[test]
fn a_sponsor_that_freezes_everything_is_settled_all_the_same() {
	build_and_execute(|| {
		fund(1_000);
		freeze(&SPONSOR, Balance::MAX);
		settle(&Settlement {
			payments: vec![payment(ALICE, Service::Training, 700)],
			treasury: 100,
			burn: 100,
			refund: 100,
		});
		assert_eq!((free(&ALICE), held(&SPONSOR)), (ENDOWMENT + 700, 0));
	});
}

#[test]
fn a_sponsor_may_be_paid_by_its_own_bounty() {
	build_and_execute(|| {
		fund(1_000);
		settle(&payments(vec![payment(SPONSOR, Service::Training, 700)]));
		assert_eq!((free(&SPONSOR), held(&SPONSOR)), (ENDOWMENT - 300, 300));
		assert_eq!(Payout::totals(SPONSOR).training, 700);
	});
}

#[test]
fn a_payment_of_zero_leaves_no_trace() {
	build_and_execute(|| {
		fund(1_000);
		settle(&payments(vec![payment(ALICE, Service::Training, 0)]));
		assert_eq!(Payout::totals(ALICE), Earnings::default());
		assert!(Earned::get().is_empty());
	});
}

#[test]
fn nothing_is_owed_once_everything_is_settled() {
	build_and_execute(|| {
		fund(1_000);
		settle(&Settlement { refund: 1_000, ..Default::default() });
		assert!(!Obligations::<Test>::contains_key(SPONSOR));
		assert_eq!((free(&SPONSOR), held(&SPONSOR)), (ENDOWMENT, 0));
	});
}

#[test]
#[cfg_attr(debug_assertions, should_panic(expected = "owed more than is on hold"))]
fn settling_more_than_is_held_is_a_bug_that_tests_notice() {
	build_and_execute(|| {
		fund(1_000);
		settle(&payments(vec![payment(ALICE, Service::Training, 1_001)]));
	});
}
