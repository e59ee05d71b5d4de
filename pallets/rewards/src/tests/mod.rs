//! One file for each function that other pallets call, and one for where the sums hold.

mod fund;
mod invariants;
mod marginal;
mod receipts;
mod refund;
mod settle;
mod sums;

use crate::{mock::*, Error, Event, HoldReason, Ledger, Obligations, RunningTotals};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::InspectHold, LockableCurrency, WithdrawReasons},
};
use sheaf_training::{
	AccountId, Balance, BountyId, Payment, Rewards, RoundIndex, Service, Settlement,
};

const BOUNTY: BountyId = BountyId(5);
const ROUND: RoundIndex = RoundIndex(2);

fn held(account: &AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::BountyReward.into(), account)
}

fn free(account: &AccountId) -> Balance {
	Balances::free_balance(account)
}

fn freeze(account: &AccountId, amount: Balance) {
	Balances::set_lock(*b"voting  ", account, amount, WithdrawReasons::all());
}

fn fund(reward: Balance) {
	assert_ok!(Payout::fund(&SPONSOR, reward, 0));
}

fn settle(settlement: &Settlement) {
	Payout::settle(&SPONSOR, BOUNTY, ROUND, settlement);
}

fn payment(account: AccountId, service: Service, amount: Balance) -> Payment {
	Payment { account, service, amount }
}

/// A settlement with only these payments.
fn payments(payments: Vec<Payment>) -> Settlement {
	Settlement { payments, ..Default::default() }
}
