//! What each method answers, and which code each refusal has.

use crate::support::{
	block, hash_of,
	state::{self, account, hash, json_spec, member, spec},
	Server, TestChain, GENESIS,
};
use serde_json::{json, Value};
use sheaf_rpc::{types, Code};
use sheaf_training::{BountyState, Roles, RoundContext};
use std::sync::Arc;

const VERIFIER: Roles = Roles { trainer: false, aggregator: false, verifier: true };
const TRAINER: Roles = Roles { trainer: true, aggregator: false, verifier: false };

fn address(byte: u8) -> String {
	types::Account(account(byte)).to_string()
}

fn code(refused: Code) -> i64 {
	refused.number().into()
}

fn ids(page: &Value) -> Vec<u64> {
	let bounties = page["bounties"].as_array().unwrap().iter();
	bounties.map(|bounty| bounty["id"].as_u64().unwrap()).collect()
}

/// Five bounties: 4 preparing, 3 running, 2 and 1 completed, 0 running with a round.
fn five() -> Arc<TestChain> {
	TestChain::new(|| {
		state::one_running();
		for each in [BountyState::Completed, BountyState::Completed, state::running()] {
			state::open(&spec(), &state::bounty(each));
		}
		state::open(&spec(), &state::bounty(state::preparing()));
	})
}

#[tokio::test]
async fn bounties_are_listed_in_pages_newest_first() {
	let server = Server::over(five());
	let first = server.ask("bounty_list", json!({ "limit": 3 })).await.unwrap();
	assert_eq!((ids(&first), &first["at"]), (vec![4, 3, 2], &block(GENESIS, 0)));
	let rest = json!({ "limit": 3, "cursor": first["next"] });
	let second = server.ask("bounty_list", rest).await.unwrap();
	assert_eq!((ids(&second), &second["next"]), (vec![1, 0], &Value::Null));
	let all = server.ask("bounty_list", json!([])).await.unwrap();
	assert_eq!(ids(&all), [4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn a_listed_bounty_has_its_documented_form() {
	let server = Server::over(five());
	let page = server.ask("bounty_list", json!({ "limit": 1 })).await.unwrap();
	let committee: Vec<_> = (201..=204).map(address).collect();
	let expected = json!({
		"id": 4,
		"sponsor": address(1),
		"state": {
			"stage": "preparing",
			"committee": committee,
			"voted": [address(201), address(203)],
			"deadline": 9,
		},
		"reward": "3000000000000000000000",
		"spent": "7",
		"shares": { "trainers": 750_000, "verifiers": 100_000, "aggregator": 50_000 },
		"rounds": 2,
		"minTrainers": 2,
		"maxTrainers": 3,
		"trainers": 3,
		"enrolment": "open",
		"rule": { "kind": "weightedMean" },
		"elementCount": 299,
		"scored": true,
		"modelRoot": format!("{:#x}", hash(0x64)),
	});
	assert_eq!(page["bounties"][0], expected);
}

#[tokio::test]
async fn filters_choose() {
	let server = Server::over(five());
	let list = async |filter: Value| {
		ids(&server.ask("bounty_list", json!({ "filter": filter })).await.unwrap())
	};
	assert_eq!(list(json!({ "stages": ["completed", "preparing"] })).await, [4, 2, 1]);
	assert_eq!(list(json!({ "stages": ["running"], "sponsor": address(1) })).await, [3, 0]);
	assert_eq!(list(json!({ "trainer": address(12) })).await, [4, 3, 2, 1, 0]);
	assert!(list(json!({ "trainer": address(99) })).await.is_empty());
	let all = ["preparing", "enrolling", "running", "completed", "cancelled", "aborted"];
	assert_eq!(list(json!({ "stages": all })).await.len(), 5);
	let twice = [all, all].concat();
	let refused = server.refusal("bounty_list", json!({ "filter": { "stages": twice } })).await;
	assert_eq!(refused, code(Code::TooManyStages));
}

#[tokio::test]
async fn a_bounty_is_shown_whole_and_its_spec_can_be_quoted_again() {
	let server = Server::over(five());
	let answer = server.ask("bounty_get", json!([0])).await.unwrap();
	let bounty = &answer["bounty"];
	let state = json!({ "stage": "running", "settled": 0, "newest": 1, "last": 2 });
	assert_eq!((&bounty["id"], &bounty["state"]), (&json!(0), &state));
	let trainer = json!({ "slot": 1, "account": address(12), "weight": 1, "active": true });
	assert_eq!(bounty["trainers"][1], trainer);
	assert_eq!(bounty["spec"], json_spec());
	assert_eq!(server.refusal("bounty_get", json!([5])).await, code(Code::UnknownBounty));
}

#[tokio::test]
async fn a_quote_is_the_runtimes_and_a_refused_spec_says_why() {
	let chain = five();
	let server = Server::over(chain.clone());
	let mut spec = json_spec();
	let refused = server.ask("bounty_quote", json!({ "spec": spec })).await.unwrap_err();
	assert_eq!(refused.0, code(Code::SpecRefused), "this runtime wants longer phases");
	assert_eq!(refused.1, json!({ "name": "specRefused", "reason": "phaseTooShort" }));

	for (_, length) in spec["lengths"].as_object_mut().unwrap() {
		*length = json!(1_000);
	}
	let quote = server.ask("bounty_quote", json!({ "spec": spec })).await.unwrap();
	let asked: types::BountySpec = serde_json::from_value(spec.clone()).unwrap();
	let told = chain.at(hash_of(GENESIS), || {
		sheaf_runtime::TrainingBounties::quote(&asked.try_into().unwrap()).unwrap()
	});
	assert_eq!(quote["minReward"], told.unwrap().min_reward.to_string());
	assert_eq!((&quote["modelBytes"], &quote["at"]), (&json!(2_048), &block(GENESIS, 0)));

	spec["training"] = "x".repeat(1_025).into();
	let too_long = server.refusal("bounty_quote", json!({ "spec": spec })).await;
	assert_eq!(too_long, code(Code::MalformedSpec));
}

#[tokio::test]
async fn a_round_says_who_acted_when_and_why_it_waits() {
	let chain = five();
	chain.import(GENESIS, 1, || state::committed(12));
	let server = Server::over(chain);
	let answer = server.ask("round_get", json!({ "bounty": 0, "round": 1 })).await.unwrap();
	let round = &answer["round"];
	assert_eq!((&round["phase"], &round["deadline"]), (&json!("commit"), &json!(13)));
	let missing = [address(11), address(13)];
	let waiting = json!([{ "reason": "commitments", "missing": missing, "needed": 1 }]);
	assert_eq!(round["waiting"], waiting);
	let commitment = json!({
		"slot": 1,
		"account": address(12),
		"weight": 1,
		"attempt": 0,
		"hash": format!("{:#x}", hash(12)),
		"root": null,
		"block": 4,
	});
	assert_eq!(round["commitments"], json!([commitment]));
}

#[tokio::test]
async fn votes_attestations_and_publications_have_their_blocks() {
	use sheaf_training::{Attestation, MemberVotes, Phase, Publication, RoundResult, Scores};
	let server = Server::over(TestChain::new(|| {
		state::one_running();
		state::put_round(|round, _| {
			let members = (201..=203).map(member).collect();
			round.committee = sp_runtime::BoundedVec::truncate_from(members);
			let voted = MemberVotes { bits: 0b1011, sent: 2, at: 17 };
			let votes = vec![voted, MemberVotes::default(), MemberVotes::default()];
			round.votes = sp_runtime::BoundedVec::truncate_from(votes);
			round.phase = Phase::Publish;
			let (account, hash) = (account(201), hash(5));
			let attestation = Attestation { attempt: 0, account, member: true, hash, at: 18 };
			round.attestations.try_push(attestation).unwrap();
			let scores = Scores { correct: 8, leave_one_out: Default::default(), answers: hash };
			let result = RoundResult { next_model_root: hash, scores: Some(scores) };
			let publication = Publication { hash, result, attempt: 0, struck: false, at: 19 };
			round.publications.try_push(publication).unwrap();
		});
	}));
	let answer = server.ask("round_get", json!([0, 1])).await.unwrap();
	let round = &answer["round"];
	let votes = json!({
		"account": address(201), "votes": 2, "votedAt": 17, "holds": [0, 2], "holdsSlice": true,
	});
	assert_eq!(round["committee"][0], votes);
	assert_eq!(round["committee"][1]["votedAt"], Value::Null);
	let hash = format!("{:#x}", hash(5));
	let attestation =
		json!({ "attempt": 0, "account": address(201), "member": true, "hash": hash, "block": 18 });
	assert_eq!(round["attestations"], json!([attestation]));
	let publication = json!({
		"attempt": 0, "hash": hash, "modelRoot": hash, "correct": 8, "struck": false, "block": 19,
	});
	assert_eq!(round["publications"], json!([publication]));
}

#[tokio::test]
async fn a_round_that_is_not_live_is_told_from_an_unknown_bounty() {
	let server = Server::over(five());
	assert_eq!(server.refusal("round_get", json!([0, 2])).await, code(Code::RoundNotLive));
	assert_eq!(server.refusal("round_get", json!([1, 1])).await, code(Code::RoundNotLive));
	assert_eq!(server.refusal("round_get", json!([9, 1])).await, code(Code::UnknownBounty));
}

#[tokio::test]
async fn nodes_are_listed_and_shown() {
	let server = Server::over(TestChain::new(|| {
		state::register(&account(1), TRAINER, b"DE");
		state::register(&account(2), VERIFIER, b"DE");
		state::register(&account(3), TRAINER, b"");
	}));
	let first = server.ask("node_list", json!({ "limit": 2 })).await.unwrap();
	let rest = json!({ "limit": 2, "cursor": first["next"] });
	let second = server.ask("node_list", rest).await.unwrap();
	let pages = [&first["nodes"], &second["nodes"]].map(|nodes| nodes.as_array().unwrap().clone());
	assert_eq!(pages.concat().len(), 3);
	assert_eq!(second["next"], Value::Null);

	let filter = json!({ "filter": { "roles": ["trainer"], "region": "DE" } });
	let page = server.ask("node_list", filter).await.unwrap();
	let node = json!({
		"account": address(1),
		"roles": ["trainer"],
		"bond": "500",
		"cores": 0,
		"memoryMib": 0,
		"acceleratorMib": 0,
		"region": "DE",
		"unbonding": [],
		"earned": "0",
		"record": { "completed": 0, "late": 0, "missed": 0, "provenWrong": 0 },
		"suspensions": 0,
	});
	assert_eq!(page["nodes"], json!([node]));
	let by_hex = format!("{:#x}", sp_core::H256::from([1; 32]));
	for account in [address(1), by_hex] {
		assert_eq!(server.ask("node_get", json!([account])).await.unwrap()["node"], node);
	}
	assert_eq!(server.refusal("node_get", json!([address(9)])).await, code(Code::UnknownNode));
}

#[tokio::test]
async fn receipts_come_newest_first_and_missing_ones_are_counted() {
	let server = Server::over(TestChain::new(|| state::receipts(&account(1), 5, |n| n != 3)));
	let asked = |cursor: &Value| json!({ "account": address(1), "limit": 2, "cursor": cursor });
	let first = server.ask("rewards_receipts", asked(&Value::Null)).await.unwrap();
	let receipt = json!({
		"bounty": 5, "round": 4, "service": "training", "amount": "14", "block": 24,
		"delivered": true,
	});
	assert_eq!((&first["receipts"], &first["missing"]), (&json!([receipt]), &json!(1)));
	let second = server.ask("rewards_receipts", asked(&first["next"])).await.unwrap();
	let rounds = |page: &Value| {
		let receipts = page["receipts"].as_array().unwrap().iter();
		receipts.map(|receipt| receipt["round"].as_u64().unwrap()).collect::<Vec<_>>()
	};
	assert_eq!((rounds(&second), &second["missing"]), (vec![2, 1], &json!(0)));
	let third = server.ask("rewards_receipts", asked(&second["next"])).await.unwrap();
	assert_eq!((rounds(&third), &third["next"]), (vec![0], &Value::Null));
	assert_eq!(third["total"], 5);
	let nobody = server.ask("rewards_receipts", json!([address(7)])).await.unwrap();
	assert_eq!((&nobody["total"], &nobody["next"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn pages_have_1_to_100_entries() {
	let server = Server::over(five());
	for limit in [0, 101, u32::MAX] {
		for (method, first) in [
			("bounty_list", None),
			("node_list", None),
			("rewards_receipts", Some(address(1))),
			("governance_referenda", None),
		] {
			let params = json!({ "limit": limit, "account": first });
			assert_eq!(server.refusal(method, params).await, code(Code::PageOutOfRange));
		}
	}
	assert_eq!(ids(&server.ask("bounty_list", json!({ "limit": 100 })).await.unwrap()).len(), 5);
}

#[tokio::test]
async fn an_old_block_is_asked_by_its_hash() {
	let chain = five();
	chain.import(GENESIS, 1, || {
		state::put(sheaf_training::BountyId(0), &state::bounty(BountyState::Aborted));
	});
	let server = Server::over(chain.clone());
	let stage = async |at: Option<u64>| {
		let at = at.map(|name| format!("{:#x}", hash_of(name)));
		let answer = server.ask("bounty_get", json!({ "bounty": 0, "at": at })).await;
		answer.map(|answer| answer["bounty"]["state"]["stage"].clone()).map_err(|error| error.0)
	};
	assert_eq!(stage(None).await, Ok("aborted".into()));
	assert_eq!(stage(Some(1)).await, Ok("aborted".into()));
	assert_eq!(stage(Some(GENESIS)).await, Ok("running".into()));
	assert_eq!(stage(Some(77)).await, Err(code(Code::UnknownBlock)));
	chain.prune(GENESIS);
	assert_eq!(stage(Some(GENESIS)).await, Err(code(Code::PrunedBlock)));
}

#[tokio::test]
async fn pages_are_of_one_block_until_it_is_pruned() {
	let chain = five();
	let server = Server::over(chain.clone());
	let first = server.ask("bounty_list", json!({ "limit": 3 })).await.unwrap();
	chain.import(GENESIS, 1, || {
		state::put(sheaf_training::BountyId(1), &state::bounty(BountyState::Aborted));
	});
	let rest = json!({ "limit": 3, "cursor": first["next"] });
	let second = server.ask("bounty_list", rest.clone()).await.unwrap();
	assert_eq!(second["at"], block(GENESIS, 0));
	assert_eq!(second["bounties"][0]["state"]["stage"], "completed", "as it was");
	chain.prune(GENESIS);
	assert_eq!(server.refusal("bounty_list", rest).await, code(Code::StaleCursor));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_request_only() {
	let chain = five();
	chain.import(GENESIS, 1, || {});
	let server = Server::over(chain);
	let next = server.ask("bounty_list", json!({ "limit": 2 })).await.unwrap()["next"].clone();
	let wrong = [
		("bounty_list", json!({ "cursor": next, "filter": { "stages": ["running"] } })),
		("bounty_list", json!({ "cursor": next, "at": format!("{:#x}", hash_of(GENESIS)) })),
		("node_list", json!({ "cursor": next })),
		("rewards_receipts", json!({ "cursor": next, "account": address(1) })),
		("bounty_list", json!({ "cursor": "" })),
		("bounty_list", json!({ "cursor": "0x00" })),
	];
	for (method, params) in wrong {
		let refused = server.refusal(method, params.clone()).await;
		assert_eq!(refused, code(Code::WrongCursor), "{method} {params}");
	}
	let other_limit = json!({ "cursor": next, "limit": 1 });
	assert_eq!(ids(&server.ask("bounty_list", other_limit).await.unwrap()), [2]);
}

#[tokio::test]
async fn commitments_come_in_order_of_arrival() {
	let chain = five();
	chain.import(GENESIS, 1, || {
		state::put_round(|round, context| {
			for trainer in context.trainers.iter().rev() {
				round.commit(0, trainer, hash(9), &RoundContext { now: 5, ..*context }).unwrap();
			}
		});
	});
	let server = Server::over(chain);
	let answer = server.ask("round_get", json!([0, 1])).await.unwrap();
	let commitments = answer["round"]["commitments"].as_array().unwrap().iter();
	let slots: Vec<_> = commitments.map(|commitment| commitment["slot"].clone()).collect();
	assert_eq!(slots, [2, 1, 0]);
}
