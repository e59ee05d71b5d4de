use super::*;
use sp_runtime::{TokenError, TransactionOutcome};

#[test]
fn funding_holds_the_reward_and_pays_the_fee_to_the_treasury() {
	build_and_execute(|| {
		let issuance = Balances::total_issuance();
		assert_ok!(Payout::fund(&SPONSOR, 1_000, 30));

		assert_eq!((held(&SPONSOR), Obligations::<Test>::get(SPONSOR)), (1_000, 1_000));
		assert_eq!(free(&SPONSOR), ENDOWMENT - 1_030);
		assert_eq!(free(&TREASURY_ACCOUNT), EXISTENTIAL_DEPOSIT + 30);
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(
			Ledger::<Test>::get(),
			RunningTotals { held: 1_000, opening_fees: 30, ..Default::default() }
		);
		System::assert_last_event(
			Event::Funded { sponsor: SPONSOR, reward: 1_000, opening_fee: 30 }.into(),
		);
	});
}

#[test]
fn reward_and_fee_together_must_leave_the_existential_deposit() {
	build_and_execute(|| {
		let most = ENDOWMENT - EXISTENTIAL_DEPOSIT;
		assert_noop!(Payout::fund(&SPONSOR, most - 29, 30), Error::<Test>::InsufficientFreeBalance);
		assert_noop!(
			Payout::fund(&SPONSOR, Balance::MAX, 30),
			Error::<Test>::InsufficientFreeBalance
		);
		assert_noop!(Payout::fund(&NOBODY, 1, 0), Error::<Test>::InsufficientFreeBalance);
		assert_ok!(Payout::fund(&SPONSOR, most - 30, 30));
	});
}

#[test]
fn frozen_tokens_do_not_fund_a_bounty() {
	build_and_execute(|| {
		freeze(&SPONSOR, ENDOWMENT - 1_000);
		assert_noop!(Payout::fund(&SPONSOR, 971, 30), Error::<Test>::InsufficientFreeBalance);
		assert_ok!(Payout::fund(&SPONSOR, 970, 30));
	});
}

#[test]
fn bounties_of_one_sponsor_share_its_hold() {
	build_and_execute(|| {
		fund(1_000);
		fund(500);
		assert_ok!(Payout::fund(&OTHER_SPONSOR, 50, 0));
		assert_eq!((held(&SPONSOR), held(&OTHER_SPONSOR)), (1_500, 50));

		settle(&Settlement { treasury: 400, ..Default::default() });
		Payout::refund(&SPONSOR, BountyId(6), 500);
		assert_eq!(Obligations::<Test>::get(SPONSOR), 600);
		assert_eq!((held(&SPONSOR), held(&OTHER_SPONSOR)), (600, 50));
	});
}

#[test]
fn a_fee_that_the_treasury_cannot_receive_fails_and_a_transaction_takes_the_reward_back() {
	build_and_execute(|| {
		Treasury::set(NOBODY);
		let outcome = frame_support::storage::with_transaction(|| {
			TransactionOutcome::Rollback(Payout::fund(&SPONSOR, 1_000, 9))
		});
		assert_eq!(outcome, Err(TokenError::BelowMinimum.into()));
		assert_eq!(held(&SPONSOR), 0);
	});
}

#[test]
fn a_reward_of_zero_owes_nothing() {
	build_and_execute(|| {
		assert_ok!(Payout::fund(&SPONSOR, 0, 0));
		assert!(!Obligations::<Test>::contains_key(SPONSOR));
	});
}
