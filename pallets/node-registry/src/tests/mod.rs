//! One file per call and per function that other pallets call.

mod bond_more;
mod genesis;
mod invariants;
mod leave;
mod list;
mod note_conduct;
mod note_earned;
mod register;
mod roles;
mod slash;
mod suspend;
mod unbond;
mod update;
mod view;
mod withdraw_unbonded;

use crate::{mock::*, Error, Event, HoldReason, Nodes};
use frame_support::{
	assert_noop, assert_ok,
	traits::{
		fungible::{InspectHold, Mutate},
		LockableCurrency, WithdrawReasons,
	},
};
use sheaf_training::{AccountId, Balance, Conduct, NodeRegistry, Record, Roles};
use sp_runtime::Permill;

fn held(account: &AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::NodeBond.into(), account)
}

fn freeze(account: &AccountId, amount: Balance) {
	Balances::set_lock(*b"vesting ", account, amount, WithdrawReasons::all());
}

fn signed(account: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(account)
}
