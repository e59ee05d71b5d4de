//! Token holders change a number, spend from the treasury, stop what should not happen, and vote
//! with tokens that bounties and bonds need as well.

mod support;

use frame_support::traits::fungible::InspectHold;
use pallet_referenda::ReferendumInfo;
use pallet_training_bounties::Call as Bounties;
use sheaf_runtime::{
	configs::TreasuryAccount,
	governance::{
		origins::{Origin, SMALL_SPEND},
		parameters::{bounties, shares},
	},
	AccountId, Balance, Balances, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, SHEAF,
};
use sheaf_training::{
	BountyId, ProtocolShares, RewardShares, RoundIndex, Service, Training, TrainingRounds,
};
use sp_runtime::{traits::Hash as _, Permill};
use support::{
	account,
	actors::{Cast, REWARD, SPONSOR, TRAINERS},
	governance::{acting_as, ballot, root, set, together, track, BALLOT, PROPOSER},
	pair, Chain,
};

fn percent(percent: u32) -> Permill {
	Permill::from_percent(percent)
}

/// What a round gave to the treasury and burned.
fn divided(cast: &Cast, of: RoundIndex) -> (Balance, Balance) {
	let found = cast.chain.events.iter().find_map(|(_, event)| match event {
		RuntimeEvent::Rewards(pallet_rewards::Event::Divided {
			round, treasury, burned, ..
		}) if *round == of => Some((*treasury, *burned)),
		_ => None,
	});
	found.unwrap()
}

/// What a round paid to a trainer.
fn paid(cast: &Cast, of: RoundIndex, name: &str) -> Balance {
	let payments = cast.chain.events.iter().filter_map(|(_, event)| match event {
		RuntimeEvent::Rewards(pallet_rewards::Event::Paid {
			round,
			account: payee,
			service: Service::Training,
			amount,
			..
		}) if *round == of && *payee == account(name) => Some(*amount),
		_ => None,
	});
	payments.sum()
}

/// A bounty whose first round is settled and whose second waits for commitments.
fn between_rounds() -> Cast {
	let mut cast = Cast::gather();
	cast.spec.lengths.commit = 200;
	cast.start();
	while cast.training().lowest_index() == Some(RoundIndex(1)) {
		let first = Training { following: None, ..cast.training() };
		let actions = cast.actions(&first);
		cast.chain.add_good_block(actions);
	}
	cast
}

#[test]
fn a_referendum_changes_the_burn_and_the_next_settled_round_shows_it_to_the_unit() {
	let mut cast = between_rounds();
	let issuance = cast.chain.read(Balances::total_issuance);
	let protocol = ProtocolShares { treasury: percent(2), burn: percent(8) };
	let rewards =
		RewardShares { trainers: percent(60), verifiers: percent(20), aggregator: percent(5) };
	let change = together(vec![
		set(shares::Parameters::ProtocolParts(shares::ProtocolParts, Some(protocol))),
		set(shares::Parameters::RewardParts(shares::RewardParts, Some(rewards))),
	]);
	assert_eq!(cast.chain.pass(track(Origin::Parameters), &change), Ok(()));
	assert_eq!(cast.training().lowest_index(), Some(RoundIndex(2)), "it still waits");
	cast.run_until(|training| training.bounty.ended());

	let [first, second] = [REWARD / 2, REWARD - REWARD / 2];
	let protocols =
		|tranche: Balance| tranche - tranche * 75 / 100 - tranche * 10 / 100 - tranche * 5 / 100;
	let (_, burned) = divided(&cast, RoundIndex(1));
	assert_eq!(burned, protocols(first) * 5 / 10);
	let (treasury, burned) = divided(&cast, RoundIndex(2));
	assert_eq!(burned, protocols(second) * 8 / 10);
	assert!(treasury >= protocols(second) - burned, "the rest, and dust");
	assert_eq!(cast.chain.read(Balances::total_issuance), issuance - burned);
	for trainer in TRAINERS {
		assert_eq!(paid(&cast, RoundIndex(2), trainer), second * 75 / 100 / 3, "as at opening");
	}

	cast.open();
	let opened = cast.chain.read(|| sheaf_runtime::TrainingBounties::load(BountyId(1))).unwrap();
	assert_eq!(opened.bounty.shares, rewards, "what opens now has the new shares");
	cast.chain.check_invariants();
}

fn spend(amount: Balance, to: &AccountId) -> RuntimeCall {
	let call = pallet_treasury::Call::spend {
		asset_kind: Box::new(()),
		amount,
		beneficiary: Box::new(to.clone()),
		valid_from: None,
	};
	call.into()
}

#[test]
fn a_treasury_spend_pays() {
	let mut chain = Chain::new("local_testnet");
	let somebody = AccountId::new([9; 32]);
	let outcome = chain.pass(track(Origin::SmallSpender), &spend(SMALL_SPEND, &somebody));
	assert_eq!(outcome, Ok(()));
	let before = chain.owns(&TreasuryAccount::get());
	let payout = chain.sign(&pair("//Bob"), pallet_treasury::Call::payout { index: 0 });
	chain.add_good_block(vec![payout]);
	assert_eq!(chain.owns(&somebody), SMALL_SPEND);
	assert!(chain.owns(&TreasuryAccount::get()) < before - SMALL_SPEND + SHEAF, "and a fee");
	chain.check_invariants();
}

#[test]
fn a_spend_of_everything_is_not_paid_until_the_treasury_survives_it() {
	let mut chain = Chain::new("local_testnet");
	let (treasury, somebody) = (TreasuryAccount::get(), AccountId::new([9; 32]));
	let everything = chain.owns(&treasury);
	assert_eq!(chain.dispatch_as(root(), spend(everything, &somebody)), Ok(()));
	let pay = |chain: &mut Chain| {
		let bob = frame_system::RawOrigin::Signed(account("//Bob")).into();
		chain.dispatch_as(bob, pallet_treasury::Call::payout { index: 0 }.into())
	};
	let refused = pallet_treasury::Error::<Runtime>::PayoutError.into();
	assert_eq!(pay(&mut chain), Err(refused));
	assert_eq!(chain.owns(&treasury), everything);
	let dest = treasury.clone().into();
	let gift = pallet_balances::Call::transfer_keep_alive { dest, value: SHEAF };
	let gift = chain.sign(&pair("//Bob"), gift);
	chain.add_good_block(vec![gift]);
	assert_eq!(pay(&mut chain), Ok(()));
	assert_eq!(chain.owns(&somebody), everything);
	assert!(chain.owns(&treasury) >= SHEAF);
	chain.check_invariants();
}

#[test]
fn a_small_spender_cannot_spend_more_than_its_track_may() {
	let mut chain = Chain::new("local_testnet");
	let somebody = AccountId::new([9; 32]);
	let outcome = chain.pass(track(Origin::SmallSpender), &spend(SMALL_SPEND + 1, &somebody));
	let refused = pallet_treasury::Error::<Runtime>::InsufficientPermission.into();
	assert_eq!(outcome, Err(refused));
	assert_eq!(chain.owns(&somebody), 0);
}

/// Root makes somebody rich.
fn malicious() -> RuntimeCall {
	let (who, new_free) = (account(PROPOSER).into(), 100_000_000 * SHEAF);
	pallet_balances::Call::force_set_balance { who, new_free }.into()
}

#[test]
fn a_malicious_root_referendum_is_cancelled() {
	let mut chain = Chain::new("local_testnet");
	let index = chain.propose(root(), &malicious());
	chain.everybody_votes(index, true);
	let cancel = pallet_referenda::Call::cancel { index }.into();
	assert_eq!(chain.pass(track(Origin::Canceller), &cancel), Ok(()));
	assert!(matches!(chain.referendum(index), ReferendumInfo::Cancelled(..)));
	for _ in 0..60 {
		chain.add_block(Vec::new());
	}
	assert_eq!(chain.enactment(index), None);
	assert!(chain.owns(&account(PROPOSER)) < 1_000_000 * SHEAF);
	chain.check_invariants();
}

#[test]
fn a_killed_referendum_loses_its_deposits_to_the_treasury() {
	let mut chain = Chain::new("local_testnet");
	let index = chain.propose(root(), &malicious());
	let treasury = chain.owns(&TreasuryAccount::get());
	let kill = pallet_referenda::Call::kill { index }.into();
	assert_eq!(chain.pass(track(Origin::Killer), &kill), Ok(()));
	assert!(matches!(chain.referendum(index), ReferendumInfo::Killed(_)));
	assert!(chain.owns(&TreasuryAccount::get()) >= treasury + 10_010 * SHEAF);
	chain.check_invariants();
}

#[test]
fn an_origin_cannot_do_what_another_track_is_for() {
	let mut chain = Chain::new("local_testnet");
	let bad_origin = Err(sp_runtime::DispatchError::BadOrigin);
	for origin in [Origin::Parameters, Origin::Spender, Origin::Canceller, Origin::Killer] {
		assert_eq!(chain.dispatch_as(track(origin), malicious()), bad_origin);
	}
	let fee = set(bounties::Parameters::OpeningFee(bounties::OpeningFee, Some(2 * SHEAF)));
	for origin in [Origin::Spender, Origin::Canceller, Origin::Killer, Origin::WhitelistedCaller] {
		assert_eq!(chain.dispatch_as(track(origin), fee.clone()), bad_origin);
	}
	assert_eq!(chain.dispatch_as(root(), fee.clone()), bad_origin, "root could escape the check");
	assert_eq!(chain.dispatch_as(root(), acting_as(track(Origin::Parameters), fee)), Ok(()));
}

fn vote(cast: &mut Cast, index: u32, name: &str, balance: Balance) {
	let vote = ballot(true, balance);
	let vote = pallet_conviction_voting::Call::vote { poll_index: index, vote };
	let vote = cast.chain.sign(&pair(name), vote);
	cast.chain.add_good_block(vec![vote]);
}

#[test]
fn vote_locked_tokens_cannot_open_a_bounty() {
	let mut cast = Cast::gather();
	let index = cast.chain.propose(root(), &malicious());
	vote(&mut cast, index, SPONSOR, 999_500 * SHEAF);
	let open = Bounties::open_bounty { spec: cast.spec.clone(), reward: REWARD };
	let open = cast.chain.sign(&pair(SPONSOR), open);
	let refused = pallet_rewards::Error::<Runtime>::InsufficientFreeBalance.into();
	assert_eq!(cast.chain.add_block(vec![open]), vec![Ok(Err(refused))]);
	cast.chain.check_invariants();
}

#[test]
fn a_vote_with_everything_cannot_block_a_settlement() {
	let mut cast = Cast::gather();
	cast.start();
	let everything = cast.chain.owns(&account(SPONSOR));
	let index = cast.chain.propose(root(), &malicious());
	vote(&mut cast, index, SPONSOR, everything - SHEAF);
	let reward = RuntimeHoldReason::Rewards(pallet_rewards::HoldReason::BountyReward);
	let held =
		|cast: &mut Cast| cast.chain.read(|| Balances::balance_on_hold(&reward, &account(SPONSOR)));
	assert_eq!(held(&mut cast), REWARD);
	cast.run_until(|training| training.bounty.ended());
	assert_eq!(held(&mut cast), 0);
	for trainer in TRAINERS {
		let earned = cast.chain.read(|| pallet_rewards::Totals::<Runtime>::get(account(trainer)));
		assert_eq!(earned.receipts, 2);
	}
	cast.chain.check_invariants();
}

#[test]
fn two_referenda_at_once_do_not_touch_each_other() {
	let mut chain = Chain::new("local_testnet");
	let fee = set(bounties::Parameters::OpeningFee(bounties::OpeningFee, Some(3 * SHEAF)));
	let price = set(bounties::Parameters::PricePerGib(bounties::PricePerGib, Some(7 * SHEAF)));
	let spending = spend(5 * SHEAF, &account("//Bob"));
	let [fee, price, spending] = [
		chain.propose(track(Origin::Parameters), &fee),
		chain.propose(track(Origin::Parameters), &price),
		chain.propose(track(Origin::SmallSpender), &spending),
	];
	chain.everybody_votes(fee, true);
	chain.everybody_votes(price, true);
	chain.everybody_votes(spending, false);
	assert_eq!(chain.wait_for_enactment(fee), Ok(()));
	assert_eq!(chain.wait_for_enactment(price), Ok(()));
	let limits = chain.read(|| {
		use frame_support::traits::Get;
		sheaf_runtime::configs::BountyLimits::get()
	});
	assert_eq!((limits.opening_fee, limits.price_per_gib), (3 * SHEAF, 7 * SHEAF));
	let ReferendumInfo::Ongoing(status) = chain.referendum(spending) else { panic!("decided") };
	assert_eq!((status.tally.ayes, status.tally.support), (0, 0), "nobody wants to spend");
	assert_eq!(chain.enactment(spending), None);
	chain.check_invariants();
}

#[test]
fn a_delegated_vote_counts_for_who_received_it() {
	let mut chain = Chain::new("local_testnet");
	let index = chain.propose(track(Origin::Canceller), &malicious());
	let delegate = pallet_conviction_voting::Call::delegate {
		class: 30,
		to: account("//Bob").into(),
		conviction: pallet_conviction_voting::Conviction::Locked1x,
		balance: BALLOT,
	};
	let vote =
		pallet_conviction_voting::Call::vote { poll_index: index, vote: ballot(true, SHEAF) };
	let delegate = chain.sign(&pair("//Alice"), delegate);
	let vote = chain.sign(&pair("//Bob"), vote);
	chain.add_good_block(vec![delegate, vote]);
	let ReferendumInfo::Ongoing(status) = chain.referendum(index) else { panic!("not ongoing") };
	assert_eq!(status.tally.ayes, SHEAF / 10 + BALLOT);
	chain.check_invariants();
}

#[test]
fn what_the_whitelister_lets_through_is_roots_within_hours() {
	let mut chain = Chain::new("local_testnet");
	let gift = pallet_balances::Call::force_set_balance {
		who: account("//Bob").into(),
		new_free: 5 * SHEAF,
	};
	let gift = RuntimeCall::from(gift);
	let call = pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage {
		call: Box::new(gift.clone()),
	};
	let call = RuntimeCall::from(call);
	let index = chain.propose(track(Origin::WhitelistedCaller), &call);
	chain.everybody_votes(index, true);
	let call_hash = sp_runtime::traits::BlakeTwo256::hash_of(&gift);
	let let_through = |chain: &mut Chain, name: &str| {
		let let_through = pallet_whitelist::Call::whitelist_call { call_hash };
		let let_through = chain.sign(&pair(name), let_through);
		chain.add_block(vec![let_through])
	};
	let refused = sp_runtime::DispatchError::BadOrigin;
	assert_eq!(let_through(&mut chain, "//Bob"), vec![Ok(Err(refused))]);
	assert_eq!(let_through(&mut chain, "//Alice"), vec![Ok(Ok(()))]);
	let started = chain.height();
	assert_eq!(chain.wait_for_enactment(index), Ok(()));
	assert!(chain.height() - started < 20);
	assert!(chain.owns(&account("//Bob")) < 1_006 * SHEAF, "what is free, and the bond");
}
