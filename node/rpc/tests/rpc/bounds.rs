//! No answer is above 1 MiB: the largest things that the chain can store, and 10,000 bounties.

use crate::support::{
	largest,
	state::{self, account, spec},
	Server, TestChain,
};
use serde_json::{json, Value};
use sheaf_rpc::types::{self, Account};
use sheaf_training::{Bounty, BountyState, MAX_LOOKED_AT};

const MIB: usize = 1 << 20;

/// The size of the answer, which must be a result.
async fn size(server: &Server, method: &str, params: Value) -> usize {
	let answer = server.raw(method, &params).await;
	let value: Value = serde_json::from_str(&answer).unwrap();
	assert!(value["result"].is_object(), "{method}: {value}");
	answer.len()
}

#[tokio::test]
async fn the_largest_answers_are_below_a_mebibyte() {
	let server = Server::over(TestChain::new(|| {
		(0..100).for_each(|_| state::open(&largest::spec(), &largest::bounty()));
		state::put(
			sheaf_training::BountyId(0),
			&Bounty { state: state::running(), ..largest::bounty() },
		);
		largest::put_round();
		(0..100).for_each(largest::put_node);
		state::receipts(&account(1), 100, |_| true);
		(0..100).for_each(largest::put_referendum);
	}));
	let receipts = json!({ "account": Account(account(1)).to_string(), "limit": 100 });
	for (method, params, entries) in [
		("bounty_list", json!({ "limit": 100 }), 100),
		("bounty_get", json!([1]), 1),
		("round_get", json!([0, 1]), 1),
		("node_list", json!({ "limit": 100 }), 100),
		("rewards_receipts", receipts, 100),
		("governance_referenda", json!({ "limit": 100 }), 100),
	] {
		let bytes = size(&server, method, params).await;
		println!("{method}: {bytes} bytes");
		assert!(bytes < MIB, "{method}: {bytes}");
		assert!(bytes > 80 * entries, "{method} has its {entries} entries");
	}
}

#[tokio::test]
async fn ten_thousand_bounties_are_walked_in_bounded_pages() {
	const BOUNTIES: u32 = 10_000;
	let server = Server::over(TestChain::new(|| {
		let (spec, running) = (spec(), state::bounty(state::running()));
		let ended = state::bounty(BountyState::Completed);
		for id in 0..BOUNTIES {
			state::open(&spec, if id % 1_000 == 0 { &running } else { &ended });
		}
	}));
	let walk = async |filter: Value| {
		let (mut cursor, mut found, mut pages) = (Value::Null, Vec::new(), 0);
		loop {
			let params = json!({ "filter": filter, "limit": 100, "cursor": cursor });
			let answer = server.raw("bounty_list", &params).await;
			assert!(answer.len() < MIB);
			let answer: Value = serde_json::from_str(&answer).unwrap();
			let page: types::BountyPage = serde_json::from_value(answer["result"].clone()).unwrap();
			found.extend(page.bounties.into_iter().map(|bounty| bounty.id));
			pages += 1;
			match page.next {
				Some(next) => cursor = next.0.into(),
				None => return (found, pages),
			}
		}
	};
	let (all, pages) = walk(json!({})).await;
	assert_eq!((all, pages), ((0..BOUNTIES).rev().collect(), BOUNTIES / 100));
	let (few, pages) = walk(json!({ "stages": ["running"] })).await;
	assert_eq!(few, (0..10).rev().map(|n| n * 1_000).collect::<Vec<_>>());
	assert_eq!(pages, BOUNTIES / MAX_LOOKED_AT);
}
