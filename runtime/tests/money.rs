//! Fees, tips, dust, and tokens that must not pay for anything.

mod support;

use frame_support::traits::fungible::Inspect;
use pallet_balances::Call as Money;
use sheaf_runtime::{
	configs::{ExistentialDeposit, TreasuryAccount},
	AccountId, Balances, Runtime, MILLI_SHEAF, SHEAF,
};
use sp_runtime::{DispatchError, ModuleError};
use support::{account, actors::Cast, pair, Chain};

fn fees(chain: &Chain) -> u128 {
	chain
		.events
		.iter()
		.filter_map(|(_, event)| match event {
			sheaf_runtime::RuntimeEvent::TransactionPayment(
				pallet_transaction_payment::Event::TransactionFeePaid { actual_fee, tip, .. },
			) => Some(actual_fee - tip),
			_ => None,
		})
		.sum()
}

#[test]
fn a_transfer_costs_a_few_thousandths_and_the_fee_goes_to_the_treasury() {
	let mut chain = Chain::new("local_testnet");
	let treasury = chain.owns(&TreasuryAccount::get());
	let transfer =
		Money::transfer_keep_alive { dest: account("//Ferdie").into(), value: 5 * SHEAF };
	let transfer = chain.sign(&pair("//Eve"), transfer);
	chain.add_good_block(vec![transfer]);
	let fee = fees(&chain);
	assert!((MILLI_SHEAF..10 * MILLI_SHEAF).contains(&fee), "{fee}");
	assert_eq!(chain.owns(&TreasuryAccount::get()), treasury + fee);
	assert_eq!(chain.owns(&account("//Eve")), 1_000_000 * SHEAF - 5 * SHEAF - fee);
	chain.check_invariants();
}

#[test]
fn a_tip_goes_to_the_author() {
	let mut chain = Chain::new("development");
	let issuance = chain.read(Balances::total_issuance);
	let remark = frame_system::Call::remark { remark: Vec::new() };
	let tipped = chain.sign_with_tip(&pair("//Eve"), remark, 0, 3 * SHEAF);
	chain.add_good_block(vec![tipped]);
	assert_eq!(chain.owns(&account("//Alice")), 1_000_000 * SHEAF + 3 * SHEAF);
	let fee = fees(&chain);
	assert_eq!(chain.owns(&TreasuryAccount::get()), 1_000_000 * SHEAF + fee);
	assert_eq!(chain.read(Balances::total_issuance), issuance);
}

#[test]
fn dust_goes_to_the_treasury() {
	let mut chain = Chain::new("development");
	let poor = AccountId::new([9; 32]);
	let deposit = ExistentialDeposit::get();
	let give = Money::transfer_keep_alive { dest: poor.clone().into(), value: 2 * deposit };
	let give = chain.sign(&pair("//Eve"), give);
	chain.add_good_block(vec![give]);
	let treasury = chain.owns(&TreasuryAccount::get());
	chain.tamper(|| {
		use frame_support::traits::{fungible::Mutate, tokens::Preservation};
		let value = 2 * deposit - 7;
		let eve = account("//Eve");
		<Balances as Mutate<_>>::transfer(&poor, &eve, value, Preservation::Expendable).unwrap();
	});
	assert_eq!(chain.owns(&poor), 0);
	assert_eq!(chain.owns(&TreasuryAccount::get()), treasury + 7);
	chain.check_invariants();
}

#[test]
fn locked_tokens_cannot_open_a_bounty() {
	let mut cast = Cast::gather();
	let sponsor = account(support::actors::SPONSOR);
	cast.chain.tamper(|| {
		use frame_support::traits::{LockableCurrency, WithdrawReasons};
		let all = Balances::total_balance(&sponsor);
		Balances::set_lock(*b"convicti", &sponsor, all - 100 * SHEAF, WithdrawReasons::TRANSFER);
	});
	let call = pallet_training_bounties::Call::open_bounty {
		spec: cast.spec.clone(),
		reward: support::actors::REWARD,
	};
	let open = cast.chain.sign(&pair(support::actors::SPONSOR), call);
	let outcome = cast.chain.add_block(vec![open]);
	let refused: DispatchError = pallet_rewards::Error::<Runtime>::InsufficientFreeBalance.into();
	assert_eq!(outcome, vec![Ok(Err(refused))]);
	assert!(matches!(refused, DispatchError::Module(ModuleError { .. })));
	cast.chain.check_invariants();
}

#[test]
fn locked_tokens_cannot_be_a_bond() {
	let mut chain = Chain::new("development");
	let eve = account("//Eve");
	chain.tamper(|| {
		use frame_support::traits::{LockableCurrency, WithdrawReasons};
		let all = Balances::total_balance(&eve);
		Balances::set_lock(*b"convicti", &eve, all - SHEAF, WithdrawReasons::TRANSFER);
	});
	let register = pallet_node_registry::Call::register {
		roles: sheaf_training::Roles { trainer: true, ..Default::default() },
		capability: Default::default(),
		region: Default::default(),
		bond: 10 * SHEAF,
	};
	let register = chain.sign(&pair("//Eve"), register);
	let refused = pallet_node_registry::Error::<Runtime>::InsufficientFreeBalance.into();
	assert_eq!(chain.add_block(vec![register]), vec![Ok(Err(refused))]);
}

#[test]
fn a_sponsor_that_locks_everything_later_still_pays() {
	let mut cast = Cast::gather();
	cast.open();
	let sponsor = account(support::actors::SPONSOR);
	cast.chain.tamper(|| {
		use frame_support::traits::{LockableCurrency, WithdrawReasons};
		let all = Balances::total_balance(&sponsor);
		Balances::set_lock(*b"convicti", &sponsor, all, WithdrawReasons::TRANSFER);
	});
	let enrolling = |training: &sheaf_training::Training| {
		matches!(training.bounty.state, sheaf_training::BountyState::Enrolling { .. })
	};
	cast.run_until(enrolling);
	cast.enrol();
	cast.run_until(|training| training.bounty.ended());
	let trainer = account("//Trainer1");
	let earned = cast.chain.read(|| pallet_rewards::Totals::<Runtime>::get(&trainer));
	assert_eq!(earned.receipts, 2);
	cast.chain.check_invariants();
}
