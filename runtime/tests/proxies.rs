//! Proxies, multisigs, batches and tokens that vest.

mod support;

use frame_support::traits::InstanceFilter;
use pallet_proxy::Call as Proxy;
use pallet_training_bounties::Call as Bounties;
use pallet_vesting::VestingInfo;
use sheaf_runtime::{
	configs::ProxyKind, AccountId, NodeRegistry, Runtime, RuntimeCall, RuntimeEvent, DAYS, SHEAF,
};
use sheaf_training::{BountyId, NodeRegistry as _, Roles};
use sp_runtime::DispatchResult;
use support::{
	account,
	actors::{Cast, REWARD},
	governance::{ballot, filtered, root, together},
	pair, Chain,
};

fn transfer(to: &AccountId, value: u128) -> RuntimeCall {
	pallet_balances::Call::transfer_keep_alive { dest: to.clone().into(), value }.into()
}

fn register() -> RuntimeCall {
	let roles = Roles { trainer: true, ..Default::default() };
	let (capability, region) = Default::default();
	pallet_node_registry::Call::register { roles, capability, region, bond: 10 * SHEAF }.into()
}

fn vote() -> RuntimeCall {
	pallet_conviction_voting::Call::vote { poll_index: 0, vote: ballot(true, SHEAF) }.into()
}

#[test]
fn each_kind_of_proxy_may_do_what_it_is_for() {
	use ProxyKind::*;
	let bounty = BountyId(0);
	let open = Bounties::open_bounty { spec: sheaf_training::testing::spec(), reward: 1 };
	let calls: [(RuntimeCall, &[ProxyKind]); 6] = [
		(transfer(&account("//Bob"), 1), &[Any, Transfers]),
		(register(), &[Any, NonTransfer, Training]),
		(Bounties::enroll { bounty }.into(), &[Any, NonTransfer, Training]),
		(open.into(), &[Any, Sponsor]),
		(Bounties::close_bounty { bounty }.into(), &[Any, NonTransfer, Sponsor]),
		(vote(), &[Any, NonTransfer, Governance]),
	];
	for (call, may) in calls {
		for kind in [Any, NonTransfer, Governance, Training, Sponsor, Transfers] {
			assert_eq!(kind.filter(&call), may.contains(&kind), "{kind:?} {call:?}");
		}
	}
	assert!(Any.is_superset(&Transfers) && NonTransfer.is_superset(&Training));
	assert!(!NonTransfer.is_superset(&Sponsor) && !Training.is_superset(&Any));
}

/// What came of the newest call by a proxy.
fn proxied(chain: &Chain) -> DispatchResult {
	let found = chain.events.iter().rev().find_map(|(_, event)| match event {
		RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => Some(*result),
		_ => None,
	});
	found.unwrap()
}

#[test]
fn a_training_proxy_trains_and_cannot_spend_even_in_a_batch() {
	let mut chain = Chain::new("local_testnet");
	let (delegate, real) = (account("//Ferdie").into(), account("//Eve"));
	let add = Proxy::add_proxy { delegate, proxy_type: ProxyKind::Training, delay: 0 };
	let add = chain.sign(&pair("//Eve"), add);
	chain.add_good_block(vec![add]);
	let mut act = |call: RuntimeCall| {
		let call = Box::new(call);
		let call = Proxy::proxy { real: real.clone().into(), force_proxy_type: None, call };
		let call = chain.sign(&pair("//Ferdie"), call);
		chain.add_good_block(vec![call]);
		proxied(&chain)
	};
	assert_eq!(act(register()), Ok(()));
	assert_eq!(act(transfer(&account("//Bob"), SHEAF)), Err(filtered()));
	assert_eq!(act(together(vec![transfer(&account("//Bob"), SHEAF)])), Err(filtered()));
	assert!(chain.read(|| NodeRegistry::roles(&real).trainer));
	chain.check_invariants();
}

#[test]
fn two_of_three_move_what_one_cannot() {
	let mut chain = Chain::new("local_testnet");
	let mut members = ["//Alice", "//Bob", "//Charlie"].map(account);
	members.sort();
	let shared = pallet_multisig::Pallet::<Runtime>::multi_account_id(&members, 2);
	let fund = chain.sign(&pair("//Eve"), transfer(&shared, 10 * SHEAF));
	chain.add_good_block(vec![fund]);
	let somebody = AccountId::new([9; 32]);
	let approve = |chain: &mut Chain, name: &str, maybe_timepoint| {
		let others = members.iter().filter(|member| **member != account(name));
		let call = pallet_multisig::Call::as_multi {
			threshold: 2,
			other_signatories: others.cloned().collect(),
			maybe_timepoint,
			call: Box::new(transfer(&somebody, 4 * SHEAF)),
			max_weight: frame_support::weights::Weight::from_parts(10_000_000_000, 100_000),
		};
		let call = chain.sign(&pair(name), call);
		chain.add_good_block(vec![call]);
	};
	approve(&mut chain, "//Alice", None);
	assert_eq!(chain.owns(&somebody), 0);
	let timepoint = pallet_multisig::Timepoint { height: chain.height(), index: 1 };
	approve(&mut chain, "//Charlie", Some(timepoint));
	assert_eq!(chain.owns(&somebody), 4 * SHEAF);
	chain.check_invariants();
}

#[test]
fn tokens_that_vest_vote_but_open_no_bounty() {
	let mut cast = Cast::gather();
	let holder = "//Ferdie//vesting";
	let schedule = VestingInfo::new(2_000 * SHEAF, 2_000 * SHEAF / u128::from(DAYS), 0);
	let give = pallet_vesting::Call::vested_transfer { target: account(holder).into(), schedule };
	let fees = transfer(&account(holder), SHEAF);
	let given = cast.chain.sign_all("//Eve", vec![fees, give.into()]);
	cast.chain.add_good_block(given);
	cast.chain.propose(root(), &transfer(&account("//Bob"), 1));
	let open = Bounties::open_bounty { spec: cast.spec.clone(), reward: REWARD };
	let [vote, open] = {
		let signed = cast.chain.sign_all(holder, vec![vote(), open.into()]);
		<[_; 2]>::try_from(signed).unwrap()
	};
	let refused = pallet_rewards::Error::<Runtime>::InsufficientFreeBalance.into();
	assert_eq!(cast.chain.add_block(vec![vote, open]), vec![Ok(Ok(())), Ok(Err(refused))]);
	cast.chain.check_invariants();
}
