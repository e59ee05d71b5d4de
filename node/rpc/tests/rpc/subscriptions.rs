//! What subscriptions tell, reorganisations included.

use crate::support::{
	hash_of,
	state::{self, spec},
	TestChain, GENESIS,
};
use jsonrpsee::{core::EmptyServerParams, MethodsError, RpcModule};
use serde_json::{json, Value};
use sheaf_rpc::{
	types::{BlockRef, HexHash},
	BountyNotification, Code, Notification, RoundNotification,
};
use sheaf_training::{BountyId, BountyState};
use std::{sync::Arc, time::Duration};

fn block(name: u64, number: u32) -> BlockRef {
	BlockRef { hash: HexHash(hash_of(name)), number }
}

fn chain() -> Arc<TestChain> {
	TestChain::new(state::one_running)
}

fn module(chain: &Arc<TestChain>) -> RpcModule<()> {
	sheaf_rpc::module(chain.clone()).unwrap()
}

/// A subscription's notifications. A test that waits for one in vain fails.
struct Told(jsonrpsee::core::server::Subscription);

impl Told {
	async fn of(module: &RpcModule<()>, method: &str, params: Vec<u32>) -> Self {
		Self(module.subscribe_unbounded(method, params).await.unwrap())
	}

	async fn next<T: serde::de::DeserializeOwned>(&mut self) -> T {
		let next = tokio::time::timeout(Duration::from_secs(60), self.0.next::<T>());
		next.await.expect("a notification").expect("not closed").unwrap().0
	}
}

/// A bounty's stage in a notification, with the block and the blocks taken back.
fn seen(notification: BountyNotification) -> (BlockRef, Option<String>, Vec<BlockRef>) {
	let (at, taken_back, value) = match notification {
		Notification::Changed { at, value } => (at, Vec::new(), value),
		Notification::Reverted { at, taken_back, value } => (at, taken_back, value),
		Notification::Final { at } => return (at, Some("final".into()), Vec::new()),
	};
	let stage = value.map(|bounty| {
		let state = serde_json::to_value(&bounty.state).unwrap();
		state["stage"].as_str().unwrap().to_owned()
	});
	(at, stage, taken_back)
}

fn ended() {
	state::put(BountyId(0), &state::bounty(BountyState::Completed));
}

#[tokio::test]
async fn a_bounty_is_told_at_once_and_when_it_changes() {
	let chain = chain();
	let module = module(&chain);
	let mut told = Told::of(&module, "bounty_subscribe", vec![0]).await;
	let first = seen(told.next().await);
	// Its only block is final from the start.
	assert_eq!(first, (block(GENESIS, 0), Some("running".into()), vec![]));
	assert_eq!(seen(told.next().await), (block(GENESIS, 0), Some("final".into()), vec![]));
	chain.import(GENESIS, 1, || {});
	chain.import(1, 2, ended);
	assert_eq!(seen(told.next().await), (block(2, 2), Some("completed".into()), vec![]));
	chain.finalize(2);
	assert_eq!(seen(told.next().await), (block(2, 2), Some("final".into()), vec![]));
}

#[tokio::test]
async fn a_reorganisation_takes_back_what_was_told() {
	let chain = chain();
	let module = module(&chain);
	let mut told = Told::of(&module, "bounty_subscribe", vec![0]).await;
	let _: (BountyNotification, BountyNotification) = (told.next().await, told.next().await);
	chain.import(GENESIS, 1, ended);
	assert_eq!(seen(told.next().await), (block(1, 1), Some("completed".into()), vec![]));
	chain.import(GENESIS, 11, || {});
	let reverted = (block(11, 1), Some("running".into()), vec![block(1, 1)]);
	assert_eq!(seen(told.next().await), reverted);
	chain.import(11, 12, ended);
	assert_eq!(seen(told.next().await), (block(12, 2), Some("completed".into()), vec![]));
}

#[tokio::test]
async fn a_bounty_that_a_reorganisation_takes_away_is_told_as_none() {
	let chain = chain();
	chain.import(GENESIS, 1, || state::open(&spec(), &state::bounty(state::running())));
	let module = module(&chain);
	let mut told = Told::of(&module, "bounty_subscribe", vec![1]).await;
	assert_eq!(seen(told.next().await), (block(1, 1), Some("running".into()), vec![]));
	chain.import(GENESIS, 11, || {});
	assert_eq!(seen(told.next().await), (block(11, 1), None, vec![block(1, 1)]));
}

#[tokio::test]
async fn a_round_is_told_from_before_it_opens() {
	let chain = TestChain::new(|| state::open(&spec(), &state::bounty(state::running())));
	let module = module(&chain);
	let mut told = Told::of(&module, "round_subscribe", vec![0, 1]).await;
	let at = block(GENESIS, 0);
	let nothing = RoundNotification::Changed { at, value: None };
	assert_eq!(told.next::<RoundNotification>().await, nothing);
	assert_eq!(told.next::<RoundNotification>().await, Notification::Final { at });
	chain.import(GENESIS, 1, || state::put_round(|_, _| {}));
	let opened: RoundNotification = told.next().await;
	let Notification::Changed { value: Some(round), .. } = opened else { panic!("{opened:?}") };
	assert!(round.commitments.is_empty());
	chain.import(1, 2, || state::committed(12));
	let committed: Value = told.next().await;
	assert_eq!(committed["event"], "changed");
	assert_eq!(committed["value"]["commitments"][0]["block"], 4);
	chain.import(1, 12, || {});
	let reverted: Value = told.next().await;
	assert_eq!(reverted["event"], "reverted");
	assert_eq!(reverted["takenBack"], json!([crate::support::block(2, 2)]));
	assert_eq!(reverted["value"]["commitments"], json!([]));
}

#[tokio::test]
async fn an_unknown_bounty_cannot_be_subscribed_to() {
	let chain = chain();
	let module = module(&chain);
	for (method, params) in [("bounty_subscribe", vec![9]), ("round_subscribe", vec![9, 1])] {
		let refused = module.subscribe_unbounded(method, params).await.map(|_| ());
		let Err(MethodsError::JsonRpc(error)) = refused else { panic!("{method}: {refused:?}") };
		assert_eq!(error.code(), Code::UnknownBounty.number());
	}
	let nothing = module.subscribe_unbounded("bounty_subscribe", EmptyServerParams::new()).await;
	assert!(matches!(nothing, Err(MethodsError::JsonRpc(error)) if error.code() == -32602));
}

#[tokio::test]
async fn changes_that_come_while_nobody_looks_are_told_as_one() {
	let chain = chain();
	let module = module(&chain);
	let mut told = Told::of(&module, "bounty_subscribe", vec![0]).await;
	let _: (BountyNotification, BountyNotification) = (told.next().await, told.next().await);
	// One executor thread: the subscription cannot look before this task waits.
	for name in 1..=50 {
		chain.import(if name == 1 { GENESIS } else { name - 1 }, name, ended);
	}
	assert_eq!(seen(told.next().await), (block(50, 50), Some("completed".into()), vec![]));
}
