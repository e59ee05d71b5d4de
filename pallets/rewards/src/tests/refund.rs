use super::*;
use frame_support::traits::fungible::Mutate;
use frame_support::traits::tokens::Preservation;

#[test]
fn a_refund_releases_what_is_left_of_a_bounty() {
	build_and_execute(|| {
		fund(1_000);
		Payout::refund(&SPONSOR, BOUNTY, 400);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (600, ENDOWMENT - 600));
		assert_eq!(Ledger::<Test>::get().refunded, 400);
		System::assert_last_event(
			Event::Refunded { bounty: BOUNTY, sponsor: SPONSOR, amount: 400 }.into(),
		);
		Payout::refund(&SPONSOR, BOUNTY, 600);
		assert!(!Obligations::<Test>::contains_key(SPONSOR));
	});
}

#[test]
fn a_refund_of_zero_says_nothing() {
	build_and_execute(|| {
		fund(1_000);
		let events = System::event_count();
		Payout::refund(&SPONSOR, BOUNTY, 0);
		assert_eq!((held(&SPONSOR), System::event_count()), (1_000, events));
	});
}

#[test]
fn frozen_tokens_do_not_stop_a_refund() {
	build_and_execute(|| {
		fund(1_000);
		freeze(&SPONSOR, Balance::MAX);
		Payout::refund(&SPONSOR, BOUNTY, 1_000);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (0, ENDOWMENT));
	});
}

#[test]
fn a_refund_that_a_dead_sponsor_cannot_receive_goes_to_the_treasury() {
	build_and_execute(|| {
		fund(1_000);
		// Another reason to exist lets the sponsor spend even its existential deposit.
		System::inc_providers(&SPONSOR);
		let all = free(&SPONSOR);
		assert_ok!(Balances::transfer(&SPONSOR, &ALICE, all, Preservation::Expendable));

		Payout::refund(&SPONSOR, BOUNTY, 9);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (991, 0));
		assert_eq!(free(&TREASURY_ACCOUNT), EXISTENTIAL_DEPOSIT + 9);
		System::assert_last_event(
			Event::RefundUndeliverable { bounty: BOUNTY, sponsor: SPONSOR, amount: 9 }.into(),
		);
		Payout::refund(&SPONSOR, BOUNTY, 991);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (0, 991));
	});
}
