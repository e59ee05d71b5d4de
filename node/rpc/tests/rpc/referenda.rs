//! What `governance_referenda` answers.

use crate::support::{
	block, hash_of,
	state::{self, account, hash},
	Server, TestChain, GENESIS,
};
use serde_json::{json, Value};
use sheaf_rpc::{types, Code};
use sheaf_runtime::{DAYS, HOURS};
use std::sync::Arc;

fn chain() -> Arc<TestChain> {
	TestChain::new(state::referenda)
}

fn indices(page: &Value) -> Vec<u64> {
	let referenda = page["referenda"].as_array().unwrap().iter();
	referenda.map(|referendum| referendum["index"].as_u64().unwrap()).collect()
}

async fn list(server: &Server, params: Value) -> Value {
	server.ask("governance_referenda", params).await.unwrap()
}

/// Where referendum `index` of [`state::referenda`] is.
async fn state_of(index: usize) -> Value {
	let page = list(&Server::over(chain()), json!({})).await;
	page["referenda"][9 - index]["state"].clone()
}

#[tokio::test]
async fn referenda_are_listed_in_pages_newest_first() {
	let server = Server::over(chain());
	let first = list(&server, json!({ "limit": 6 })).await;
	assert_eq!(indices(&first), [9, 8, 7, 6, 5, 4]);
	assert_eq!((&first["at"], &first["total"]), (&block(GENESIS, 0), &json!(10)));
	let second = list(&server, json!({ "limit": 6, "cursor": first["next"] })).await;
	assert_eq!((indices(&second), &second["next"]), (vec![3, 2, 1, 0], &Value::Null));
}

#[tokio::test]
async fn filters_choose() {
	let server = Server::over(chain());
	let of = async |filter: Value| indices(&list(&server, json!({ "filter": filter })).await);
	assert_eq!(of(json!({ "ongoing": true })).await, [9, 8, 7, 6, 5]);
	assert_eq!(of(json!({ "ongoing": false })).await, [4, 3, 2, 1, 0]);
	assert_eq!(of(json!({ "track": 10 })).await, [9, 8, 7, 6, 5]);
	assert!(of(json!({ "track": 0 })).await.is_empty());
	assert!(of(json!({ "ongoing": false, "track": 10 })).await.is_empty());
}

#[tokio::test]
async fn one_that_is_over_says_how_and_when() {
	let statuses = ["approved", "rejected", "cancelled", "timedOut", "killed"];
	for (index, status) in statuses.into_iter().enumerate() {
		assert_eq!(state_of(index).await, json!({ "status": status, "block": 10 + index }));
	}
}

#[tokio::test]
async fn an_ongoing_one_has_its_documented_form() {
	let noted = state::noted;
	let proposal = TestChain::new(|| ()).at(hash_of(GENESIS), || noted(200)).unwrap();
	let call = [&[0, 0, 0x21, 0x03][..], &[7; 200][..]].concat();
	let expected = json!({
		"status": "ongoing",
		"poll": {
			"track": { "id": 10, "name": "parameters" },
			"submitter": types::Account(account(1)).to_string(),
			"submitted": 2,
			"proposal": {
				"hash": format!("{:#x}", proposal.hash()),
				"length": call.len(),
				"call": format!("0x{}", hex::encode(call)),
			},
			"enactment": { "kind": "after", "blocks": 5 },
			"waiting": { "reason": "votes", "since": 0, "until": 7 * DAYS },
			"ayes": "30000000000000000000",
			"nays": "10000000000000000000",
			"support": "50000000000000000000",
			"approvalShare": { "has": 750_000, "needs": 1_000_000 },
			"supportShare": { "has": 50_000, "needs": 500_000 },
		},
	});
	assert_eq!(state_of(8).await, expected);
}

#[tokio::test]
async fn each_says_what_it_waits_for() {
	let waiting = async |index| state_of(index).await["poll"]["waiting"].clone();
	let deposit = json!({
		"reason": "decisionDeposit",
		"amount": "1000000000000000000000",
		"until": 2 + 14 * DAYS,
	});
	assert_eq!(waiting(5).await, deposit);
	assert_eq!(waiting(6).await, json!({ "reason": "preparation", "until": 2 + 2 * HOURS }));
	assert_eq!(waiting(7).await, json!({ "reason": "place" }));
	assert_eq!(waiting(9).await, json!({ "reason": "confirmation", "since": 0, "until": 99 }));
}

#[tokio::test]
async fn what_nobody_noted_has_a_hash_and_no_call() {
	let proposal = state_of(9).await["poll"]["proposal"].clone();
	let expected = json!({ "hash": format!("{:#x}", hash(0x77)), "length": 300, "call": null });
	assert_eq!(proposal, expected);
}

#[tokio::test]
async fn what_it_needs_falls_while_it_is_decided() {
	let chain = chain();
	(0..50).for_each(|n| chain.import(if n == 0 { GENESIS } else { n }, n + 1, || ()));
	let server = Server::over(chain);
	let needs = async |at: u64| {
		let at = format!("{:#x}", hash_of(at));
		let page = list(&server, json!({ "at": at })).await;
		let poll = &page["referenda"][1]["state"]["poll"];
		(poll["approvalShare"]["needs"].as_u64(), poll["supportShare"]["needs"].as_u64())
	};
	let (early, late) = (needs(1).await, needs(50).await);
	assert!(late.0 < early.0 && late.1 < early.1, "{early:?} {late:?}");
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
	let server = Server::over(chain());
	let next = list(&server, json!({ "limit": 1 })).await["next"].clone();
	for (method, params) in [
		("bounty_list", json!({ "cursor": next })),
		("governance_referenda", json!({ "cursor": next, "filter": { "ongoing": true } })),
	] {
		let refused = server.refusal(method, params).await;
		assert_eq!(refused, i64::from(Code::WrongCursor.number()));
	}
}
