//! A bounty from opening to its last payment, with everybody doing what they should.

mod support;

use sheaf_runtime::{
	configs::TreasuryAccount, AccountId, Balance, Rewards, Runtime, RuntimeEvent, SHEAF,
};
use sheaf_training::{BountyState, Phase, RoundIndex, Service};
use std::collections::BTreeMap;
use support::{
	account,
	actors::{Cast, AGGREGATOR, REWARD, SPONSOR, TRAINERS, VERIFIERS},
	Chain,
};

/// What the chain's events say about money.
#[derive(Default)]
struct Books {
	paid: BTreeMap<(AccountId, &'static str), Balance>,
	fees: BTreeMap<AccountId, Balance>,
	treasury: Balance,
	burned: Balance,
	refunded: Balance,
}

impl Books {
	fn of(chain: &Chain) -> Self {
		use pallet_rewards::Event::*;
		let mut books = Self::default();
		for (_, event) in &chain.events {
			match event {
				RuntimeEvent::Rewards(Paid { account, service, amount, delivered, .. }) => {
					assert!(delivered);
					let service = match service {
						Service::Training => "training",
						Service::Verification => "verification",
						Service::Aggregation => "aggregation",
					};
					*books.paid.entry((account.clone(), service)).or_default() += amount;
				}
				RuntimeEvent::Rewards(Divided { treasury, burned, refunded, .. }) => {
					books.treasury += treasury;
					books.burned += burned;
					books.refunded += refunded;
				}
				RuntimeEvent::Rewards(Refunded { amount, .. }) => books.refunded += amount,
				RuntimeEvent::TransactionPayment(
					pallet_transaction_payment::Event::TransactionFeePaid {
						who, actual_fee, ..
					},
				) => *books.fees.entry(who.clone()).or_default() += actual_fee,
				_ => {}
			}
		}
		books
	}

	fn paid_to(&self, who: &AccountId) -> Balance {
		self.paid.iter().filter(|((account, _), _)| account == who).map(|(_, paid)| paid).sum()
	}

	fn fee_of(&self, who: &AccountId) -> Balance {
		self.fees.get(who).copied().unwrap_or_default()
	}
}

fn issuance(chain: &mut Chain) -> Balance {
	chain.read(|| pallet_balances::TotalIssuance::<Runtime>::get())
}

/// Runs a bounty to its end.
fn completed() -> Cast {
	let mut cast = Cast::gather();
	cast.open();
	cast.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
	cast.enrol();
	cast.run_until(|training| training.bounty.ended());
	cast
}

#[test]
fn a_bounty_completes_and_its_model_is_what_everybody_computed() {
	let mut cast = completed();
	let training = cast.training();
	assert_eq!(training.bounty.state, BountyState::Completed);
	let last = RoundIndex(cast.spec.rounds);
	let bounty = cast.bounty;
	let root = cast.chain.read(|| pallet_training_bounties::Models::<Runtime>::get(bounty, last));
	assert_eq!(root, Some(training.bounty.model_root));
	assert_eq!(cast.blobs.get(&training.bounty.model_root).len(), 299);
	cast.chain.check_invariants();
}

#[test]
fn payments_shares_and_refund_sum_to_the_reward() {
	let cast = completed();
	let books = Books::of(&cast.chain);
	let paid: Balance = books.paid.values().sum();
	assert_eq!(paid + books.treasury + books.burned + books.refunded, REWARD);
	assert_eq!(books.refunded, 0);
	let of = |name: &str, service| books.paid.get(&(account(name), service)).copied();
	for trainer in TRAINERS {
		assert_eq!(of(trainer, "training"), Some(250 * SHEAF));
	}
	for verifier in VERIFIERS {
		assert_eq!(of(verifier, "verification"), Some(25 * SHEAF));
	}
	assert_eq!(of(AGGREGATOR, "aggregation"), Some(50 * SHEAF));
}

#[test]
fn issuance_changes_by_the_burn_and_by_nothing_else() {
	let mut cast = Cast::gather();
	let before = issuance(&mut cast.chain);
	cast.open();
	cast.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
	cast.enrol();
	cast.run_until(|training| training.bounty.ended());
	let burned = Books::of(&cast.chain).burned;
	assert_eq!(burned, 50 * SHEAF);
	assert_eq!(issuance(&mut cast.chain), before - burned);
}

#[test]
fn every_account_owns_what_its_receipts_and_fees_say() {
	let mut cast = completed();
	let books = Books::of(&cast.chain);
	let endowment = 1_000_000 * SHEAF;
	for name in TRAINERS.into_iter().chain(VERIFIERS).chain([AGGREGATOR]) {
		let who = account(name);
		let expected = endowment + books.paid_to(&who) - books.fee_of(&who);
		assert_eq!(cast.chain.owns(&who), expected, "{name}");
		let earned: Balance = cast
			.chain
			.read(|| Rewards::receipts(&who, 0, 100))
			.page
			.iter()
			.map(|receipt| receipt.amount)
			.sum();
		assert_eq!(earned, books.paid_to(&who), "{name}");
	}
	let sponsor = account(SPONSOR);
	let fee = books.fee_of(&sponsor);
	assert_eq!(cast.chain.owns(&sponsor), endowment - REWARD - SHEAF - fee);
	let fees: Balance = books.fees.values().sum();
	let treasury = endowment + SHEAF + books.treasury + fees;
	assert_eq!(cast.chain.owns(&TreasuryAccount::get()), treasury);
}

#[test]
fn the_next_round_is_in_commit_while_the_window_runs() {
	let mut cast = Cast::gather();
	cast.open();
	cast.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
	cast.enrol();
	let accepted = |round: &sheaf_training::Round| round.phase == Phase::Accepted;
	cast.run_until(|training| training.round(RoundIndex(1)).is_some_and(accepted));
	let training = cast.training();
	assert_eq!(training.round(RoundIndex(2)).map(|round| round.phase), Some(Phase::Commit));
	cast.run_until(|training| training.bounty.ended());
}

#[test]
fn a_result_is_accepted_at_most_twelve_blocks_after_the_last_commitment() {
	let cast = completed();
	let newest = |wanted: &dyn Fn(&RuntimeEvent) -> bool| {
		cast.chain.events.iter().rev().find(|(_, event)| wanted(event)).map(|(block, _)| *block)
	};
	let committed = newest(&|event| {
		matches!(
			event,
			RuntimeEvent::ModelUpdates(pallet_model_updates::Event::UpdateCommitted {
				round: RoundIndex(1),
				..
			})
		)
	});
	let accepted = newest(&|event| {
		matches!(
			event,
			RuntimeEvent::TrainingBounties(pallet_training_bounties::Event::ResultAccepted {
				round: RoundIndex(1),
				..
			})
		)
	});
	assert!(accepted.unwrap() - committed.unwrap() <= 12);
}

#[test]
fn verifiers_pay_no_fee() {
	let cast = completed();
	let books = Books::of(&cast.chain);
	assert!(VERIFIERS.iter().all(|name| books.fee_of(&account(name)) == 0));
}
