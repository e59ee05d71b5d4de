use super::*;
use crate::{Capability, Node};
use sheaf_training::{NodeFilter, NodePage, MAX_LOOKED_AT, MAX_PAGE};
use std::collections::BTreeSet;

fn list(filter: &NodeFilter, after: Option<&AccountId>, limit: u32) -> NodePage {
	Registry::list(filter, after, limit)
}

fn accounts(page: &NodePage) -> BTreeSet<AccountId> {
	page.nodes.iter().map(|node| node.account.clone()).collect()
}

fn with_roles(roles: Roles) -> NodeFilter {
	NodeFilter { roles, ..Default::default() }
}

#[test]
fn pages_show_every_node_once() {
	build_and_execute(|| {
		assert_eq!(list(&NodeFilter::default(), None, 10), NodePage::default());
		[ALICE, BOB, CHARLIE].into_iter().for_each(|account| register(account, TRAINER, 100));
		let first = list(&NodeFilter::default(), None, 2);
		assert_eq!((first.nodes.len(), first.next.is_some()), (2, true));
		let second = list(&NodeFilter::default(), first.next.as_ref(), 2);
		assert_eq!((second.nodes.len(), second.next.clone()), (1, None));
		let all: BTreeSet<_> = accounts(&first).union(&accounts(&second)).cloned().collect();
		assert_eq!(all, BTreeSet::from([ALICE, BOB, CHARLIE]));
		assert_eq!(list(&NodeFilter::default(), None, 3).next, None);
		assert_eq!(list(&NodeFilter::default(), None, 0).nodes.len(), 1, "no empty page");
	});
}

#[test]
fn a_page_goes_on_though_the_node_that_ended_the_last_one_is_gone() {
	build_and_execute(|| {
		[ALICE, BOB, CHARLIE].into_iter().for_each(|account| register(account, TRAINER, 100));
		let all: Vec<_> = list(&NodeFilter::default(), None, 3).nodes;
		let last = all[0].account.clone();
		assert_ok!(Registry::leave(signed(last.clone())));
		System::set_block_number(200);
		assert_ok!(Registry::withdraw_unbonded(signed(last.clone())));
		assert_eq!(list(&NodeFilter::default(), Some(&last), 10).nodes, all[1..]);
	});
}

#[test]
fn filters_choose_by_roles_and_region() {
	build_and_execute(|| {
		let here = region("DE");
		let none = Capability::default();
		assert_ok!(Registry::register(signed(ALICE), TRAINER, none, here.clone(), 100));
		register(BOB, TRAINER_AND_AGGREGATOR, 200);
		assert_ok!(Registry::register(signed(CHARLIE), VERIFIER, none, here, 1_000));
		let found = |filter: &NodeFilter| accounts(&list(filter, None, 10));
		assert_eq!(found(&with_roles(TRAINER)), BTreeSet::from([ALICE, BOB]));
		assert_eq!(found(&with_roles(TRAINER_AND_AGGREGATOR)), BTreeSet::from([BOB]));
		assert_eq!(found(&with_roles(VERIFIER)), BTreeSet::from([CHARLIE]));
		let in_region = NodeFilter { region: Some(b"DE".to_vec()), ..with_roles(TRAINER) };
		assert_eq!(found(&in_region), BTreeSet::from([ALICE]));
		let nowhere = NodeFilter { region: Some(Vec::new()), ..Default::default() };
		assert_eq!(found(&nowhere), BTreeSet::from([BOB]));
	});
}

#[test]
fn one_call_looks_at_a_bounded_number_of_nodes() {
	new_test_ext(Vec::new()).execute_with(|| {
		for n in 0..MAX_LOOKED_AT + 1 {
			let account = AccountId::new(sp_io::hashing::blake2_256(&n.to_le_bytes()));
			Nodes::<Test>::insert(account, Node { roles: TRAINER, ..Default::default() });
		}
		let page = list(&NodeFilter::default(), None, u32::MAX);
		assert_eq!(page.nodes.len() as u32, MAX_PAGE);
		let page = list(&with_roles(VERIFIER), None, u32::MAX);
		assert!(page.nodes.is_empty());
		let rest = list(&NodeFilter::default(), page.next.as_ref(), u32::MAX);
		assert_eq!((rest.nodes.len(), rest.next), (1, None));
	});
}
