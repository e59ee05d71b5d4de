//! A bounty from opening to its last payment, with everybody doing what they should.

mod support;

use sheaf_runtime::{
	configs::TreasuryAccount, AccountId, Balance, Rewards, Runtime, RuntimeEvent, SHEAF,
};
use sheaf_training::{BountyState, Hash, Phase, RoundIndex, Service};
use std::{collections::BTreeMap, sync::LazyLock};
use support::{
	account,
	actors::{Cast, AGGREGATOR, REWARD, SPONSOR, TRAINERS, VERIFIERS},
	books::Books,
};

const ENDOWMENT: Balance = 1_000_000 * SHEAF;

/// What is left of a bounty that ran to its end.
struct Outcome {
	state: BountyState,
	model_root: Hash,
	stored_model: Option<Hash>,
	model: Vec<i32>,
	issuance: [Balance; 2],
	owned: BTreeMap<AccountId, Balance>,
	receipts: BTreeMap<AccountId, Balance>,
	events: Vec<(u32, RuntimeEvent)>,
	second_round_during_window: Option<Phase>,
}

/// The bounty that all tests look at.
static OUTCOME: LazyLock<Outcome> = LazyLock::new(Outcome::of_a_bounty);

fn issuance() -> Balance {
	pallet_balances::TotalIssuance::<Runtime>::get()
}

fn everybody() -> impl Iterator<Item = AccountId> {
	let names = TRAINERS.into_iter().chain(VERIFIERS).chain([AGGREGATOR, SPONSOR]);
	names.map(account).chain([TreasuryAccount::get()])
}

impl Outcome {
	fn of_a_bounty() -> Self {
		let mut cast = Cast::gather();
		let before = cast.chain.read(issuance);
		cast.start();
		let accepted = |round: &sheaf_training::Round| round.phase == Phase::Accepted;
		cast.run_until(|training| training.round(RoundIndex(1)).is_some_and(accepted));
		let second_round_during_window = cast.training().round(RoundIndex(2)).map(|r| r.phase);
		cast.run_until(|training| training.bounty.ended());
		cast.chain.check_invariants();
		let bounty = cast.training().bounty;
		let last = RoundIndex(cast.spec.rounds);
		let id = cast.bounty;
		let earned = |who: &AccountId| {
			Rewards::receipts(who, 0, 100).page.iter().map(|receipt| receipt.amount).sum()
		};
		Self {
			model: cast.blobs.get(&bounty.model_root).clone(),
			stored_model: cast
				.chain
				.read(|| pallet_training_bounties::Models::<Runtime>::get(id, last)),
			state: bounty.state,
			model_root: bounty.model_root,
			issuance: [before, cast.chain.read(issuance)],
			owned: everybody().map(|who| (who.clone(), cast.chain.owns(&who))).collect(),
			receipts: cast
				.chain
				.read(|| everybody().map(|who| (who.clone(), earned(&who))).collect()),
			events: cast.chain.events,
			second_round_during_window,
		}
	}
}

#[test]
fn a_bounty_completes_and_its_model_is_what_everybody_computed() {
	let outcome = &*OUTCOME;
	assert_eq!(outcome.state, BountyState::Completed);
	assert_eq!(outcome.stored_model, Some(outcome.model_root));
	assert_eq!(outcome.model.len(), 299);
}

#[test]
fn payments_shares_and_refund_sum_to_the_reward() {
	let books = Books::of(&OUTCOME.events);
	assert_eq!(books.paid() + books.treasury + books.burned + books.refunded, REWARD);
	assert_eq!(books.refunded, 0);
	// Of the seven odd units, three of round 2's four are the trainers'.
	for trainer in TRAINERS {
		assert_eq!(books.paid_for(trainer, Service::Training), 250 * SHEAF + 1);
	}
	for verifier in VERIFIERS {
		assert_eq!(books.paid_for(verifier, Service::Verification), 25 * SHEAF);
	}
	assert_eq!(books.paid_for(AGGREGATOR, Service::Aggregation), 50 * SHEAF);
}

#[test]
fn issuance_changes_by_the_burn_and_by_nothing_else() {
	let burned = Books::of(&OUTCOME.events).burned;
	assert!((50 * SHEAF..=50 * SHEAF + 2).contains(&burned));
	let [before, after] = OUTCOME.issuance;
	assert_eq!(after, before - burned);
}

#[test]
fn every_account_owns_what_its_receipts_and_fees_say() {
	let books = Books::of(&OUTCOME.events);
	for name in TRAINERS.into_iter().chain(VERIFIERS).chain([AGGREGATOR]) {
		let who = account(name);
		let expected = ENDOWMENT + books.paid_to(&who) - books.fee_of(&who);
		assert_eq!(OUTCOME.owned[&who], expected, "{name}");
		assert_eq!(OUTCOME.receipts[&who], books.paid_to(&who), "{name}");
	}
	let opening_fee = SHEAF;
	let sponsor = account(SPONSOR);
	let spent = REWARD + opening_fee + books.fee_of(&sponsor);
	assert_eq!(OUTCOME.owned[&sponsor], ENDOWMENT - spent);
	let fees: Balance = books.fees.values().sum();
	let treasury = ENDOWMENT + opening_fee + books.treasury + fees;
	assert_eq!(OUTCOME.owned[&TreasuryAccount::get()], treasury);
}

#[test]
fn the_next_round_is_in_commit_while_the_window_runs() {
	assert_eq!(OUTCOME.second_round_during_window, Some(Phase::Commit));
}

#[test]
fn a_result_is_accepted_at_most_twelve_blocks_after_the_last_commitment() {
	let newest = |wanted: &dyn Fn(&RuntimeEvent) -> bool| {
		OUTCOME.events.iter().rev().find(|(_, event)| wanted(event)).map(|(block, _)| *block)
	};
	let committed = newest(&|event| {
		use pallet_model_updates::Event::UpdateCommitted;
		matches!(event, RuntimeEvent::ModelUpdates(UpdateCommitted { round: RoundIndex(1), .. }))
	});
	let accepted = newest(&|event| {
		use pallet_training_bounties::Event::ResultAccepted;
		matches!(event, RuntimeEvent::TrainingBounties(ResultAccepted { round: RoundIndex(1), .. }))
	});
	assert!(accepted.unwrap() - committed.unwrap() <= 12);
}

#[test]
fn verifiers_pay_no_fee() {
	let books = Books::of(&OUTCOME.events);
	assert!(VERIFIERS.iter().all(|name| books.fee_of(&account(name)) == 0));
}
