//! A node that answers what this client asks, over a real WebSocket.

use super::{account, metadata, record, BountiesEvent, SystemEvent, BOUNTY};
use crate::{
	chain::{
		events::BlockEvent, queries::AccountBalance, Call, Chain, ChainError, SessionKeys, Signer,
	},
	hex_hash,
	spec_file::tests::limits,
	Hash,
};
use codec::{Compact, Encode};
use jsonrpsee::{
	core::StringError,
	server::{RpcModule, Server, ServerHandle, SubscriptionMessage},
	types::ErrorObjectOwned,
};
use serde_json::{json, Value};
use std::{
	sync::{Arc, Mutex},
	time::Duration,
};
use subxt::ext::frame_metadata::RuntimeMetadataPrefixed;

const GENESIS: Hash = Hash::repeat_byte(0xab);
const FINAL: u8 = 5;
const BEST: u8 = 7;

/// The transaction that was submitted last.
pub(crate) type Submitted = Arc<Mutex<Vec<u8>>>;

fn hash_of(number: u8) -> Hash {
	match number {
		0 => GENESIS,
		number => Hash::repeat_byte(number),
	}
}

fn header(number: u8) -> Value {
	json!({
		"parentHash": hex_hash(&Hash::zero()),
		"number": format!("0x{number:x}"),
		"stateRoot": hex_hash(&Hash::zero()),
		"extrinsicsRoot": hex_hash(&Hash::zero()),
		"digest": { "logs": [] },
	})
}

fn bytes(value: impl Encode) -> String {
	format!("0x{}", hex::encode(value.encode()))
}

/// What the runtime answers, SCALE-encoded, where it is not what all tests share.
pub(crate) type Answers = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

fn runtime_call(function: &str) -> Result<String, ErrorObjectOwned> {
	match function {
		"Core_version" => {
			let apis: Vec<([u8; 8], u32)> = Vec::new();
			Ok(bytes(("sheaf", "sheaf", 1u32, 1u32, 1u32, apis, 1u32, 1u8)))
		}
		"Metadata_metadata_versions" => Ok(bytes(vec![16u32])),
		"Metadata_metadata_at_version" => {
			Ok(bytes(Some(RuntimeMetadataPrefixed::from(metadata()).encode())))
		}
		"TrainingApi_limits" => Ok(bytes(limits())),
		"TrainingApi_bounty" => Ok(bytes(None::<()>)),
		other => Err(ErrorObjectOwned::owned(
			4003,
			format!("Client error: Execution failed: Other: Exported method {other} is not found"),
			None::<()>,
		)),
	}
}

/// Events of every block: two of others, then one of the transaction.
fn block_events() -> Vec<u8> {
	let mut events = Compact(2u32).encode();
	events.extend(record(0, SystemEvent::ExtrinsicSuccess));
	let opened = BountiesEvent::BountyOpened { bounty: BOUNTY, sponsor: account(), reward: 9 };
	events.extend((0u8, 0u32, 7u8, opened, Vec::<Hash>::new()).encode());
	events
}

async fn start(with_api: bool) -> (String, Submitted, ServerHandle) {
	let known = |function: &str| function.starts_with("TrainingApi");
	start_answering(Box::new(move |function| (known(function) && !with_api).then(Vec::new))).await
}

/// Starts a node whose runtime gives these answers; an empty one stands for a missing function.
pub(crate) async fn start_answering(answers: Answers) -> (String, Submitted, ServerHandle) {
	let submitted = Submitted::default();
	let mut module = RpcModule::new(submitted.clone());
	module
		.register_method("chain_getBlockHash", |params, _, _| {
			let number: Option<u8> = params.sequence().optional_next().unwrap();
			hex_hash(&hash_of(number.unwrap_or(BEST)))
		})
		.unwrap();
	module.register_method("chain_getFinalizedHead", |_, _, _| hex_hash(&hash_of(FINAL))).unwrap();
	module
		.register_method("chain_getHeader", |params, _, _| {
			let hash: Option<String> = params.sequence().optional_next().unwrap();
			let of = |number: &u8| Some(hex_hash(&hash_of(*number))) == hash;
			header((0..=BEST).find(of).unwrap_or(BEST))
		})
		.unwrap();
	module
		.register_method("state_call", move |params, _, _| {
			let function: String = params.sequence().next()?;
			match answers(&function) {
				Some(answer) if answer.is_empty() => runtime_call("TrainingApi_none"),
				Some(answer) => Ok(format!("0x{}", hex::encode(answer))),
				None => runtime_call(&function),
			}
		})
		.unwrap();
	module
		.register_method("state_getStorage", |params, _, _| {
			let key: String = params.sequence().next().unwrap();
			// twox128("System") ++ twox128("Account") or twox128("Events")
			if key.starts_with("0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9")
			{
				return Some(bytes((1u32, 0u32, 1u32, 0u32, (70u128, 30u128, 5u128, 0u128))));
			}
			(key == "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7")
				.then(|| format!("0x{}", hex::encode(block_events())))
		})
		.unwrap();
	module
		.register_method("author_rotateKeysWithOwner", |params, _, _| {
			let owner: String = params.sequence().next()?;
			match owner == bytes(account()) {
				true => Ok(json!({ "keys": "0x0102", "proof": "0x030405" })),
				false => Err(ErrorObjectOwned::owned(-32601, "RPC call is unsafe", None::<()>)),
			}
		})
		.unwrap();
	module.register_method("system_accountNextIndex", |_, _, _| 3u32).unwrap();
	module
		.register_method(
			"system_properties",
			|_, _, _| json!({ "tokenSymbol": "SHEAF", "tokenDecimals": 9 }),
		)
		.unwrap();
	module
		.register_method("chain_getBlock", |_, submitted, _| {
			let extrinsic = format!("0x{}", hex::encode(&*submitted.lock().unwrap()));
			json!({ "block": { "header": header(BEST), "extrinsics": [extrinsic] } })
		})
		.unwrap();
	module
		.register_subscription(
			"author_submitAndWatchExtrinsic",
			"author_extrinsicUpdate",
			"author_unwatchExtrinsic",
			|params, pending, submitted, _| async move {
				let extrinsic: String = params.sequence().next()?;
				*submitted.lock().unwrap() = hex::decode(&extrinsic[2..])?;
				let sink = pending.accept().await?;
				for status in [
					json!("ready"),
					json!({ "inBlock": hex_hash(&hash_of(BEST)) }),
					json!({ "finalized": hex_hash(&hash_of(BEST)) }),
				] {
					sink.send(SubscriptionMessage::from_json(&status)?).await?;
				}
				Ok::<(), StringError>(())
			},
		)
		.unwrap();
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	(url, submitted, server.start(module))
}

#[tokio::test]
async fn a_node_of_the_chain_is_read() {
	let (url, _, _server) = start(true).await;
	let chain = Chain::connect(&url, Some(GENESIS)).await.unwrap();
	let best = chain.best().await.unwrap();
	assert_eq!((best.number, best.hash), (7, hash_of(7)));
	let last = chain.finalized().await.unwrap();
	assert_eq!((last.number, last.hash), (5, hash_of(5)));
	assert_eq!(chain.bounty(BOUNTY, None).await.unwrap(), None);
	let token = chain.token().await.unwrap();
	assert_eq!((token.symbol.as_str(), token.decimals), ("SHEAF", 9));
	let balance = chain.balance(&account()).await.unwrap();
	assert_eq!(balance, AccountBalance { free: 70, held: 30, frozen: 5 });
	assert_eq!(chain.events(hash_of(7)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_transaction_is_followed_to_its_events() {
	let (url, submitted, _server) = start(true).await;
	let chain = Chain::connect(&url, None).await.unwrap();
	let signer = Signer::from_secret("//Alice").unwrap();
	let call = Call::invite(BOUNTY, &account(), 1);
	let mut submission = chain.submit(&call, &signer).await.unwrap();
	let included = submission.in_block().await.unwrap();
	let opened = BlockEvent::BountyOpened { bounty: BOUNTY, sponsor: account(), reward: 9 };
	assert_eq!((included.block, included.events), (hash_of(7), vec![opened]));
	assert_eq!(submission.finalized().await.unwrap().block, hash_of(7));
	let expected = [vec![7, 1], (BOUNTY, account(), 1u32).encode()].concat();
	assert!(submitted.lock().unwrap().ends_with(&expected));
}

#[tokio::test]
async fn session_keys_are_made_for_their_owner_with_a_proof() {
	let (url, _, _server) = start(true).await;
	let chain = Chain::connect(&url, None).await.unwrap();
	let made = chain.rotate_session_keys(&account()).await.unwrap();
	assert_eq!(made, SessionKeys { keys: vec![1, 2], proof: vec![3, 4, 5] });
	let refused = chain.rotate_session_keys(&[9; 32].into()).await.unwrap_err();
	assert!(matches!(&refused, ChainError::NotTaken { reason, .. } if reason.contains("unsafe")));
}

#[tokio::test]
async fn another_chain_is_refused() {
	let (url, _, _server) = start(true).await;
	let result = Chain::connect(&url, Some(Hash::zero())).await;
	assert!(matches!(result, Err(ChainError::WrongChain { found, .. }) if found == GENESIS));
}

#[tokio::test]
async fn a_node_without_the_training_api_is_refused() {
	let (url, _, _server) = start(false).await;
	let result = Chain::connect(&url, None).await;
	assert!(matches!(result, Err(ChainError::NotSheaf { .. })));
}

#[tokio::test]
async fn a_node_that_is_not_there_is_one_clear_line() {
	let error = Chain::connect("ws://127.0.0.1:1", None).await.err().unwrap().to_string();
	assert!(error.contains("ws://127.0.0.1:1") && !error.contains('\n'), "{error}");
	assert!(!error.contains("RPC error"), "{error}");
}

#[tokio::test]
async fn a_lost_node_is_noticed_and_waited_for() {
	let (url, _, server) = start(true).await;
	let mut chain = Chain::connect(&url, None).await.unwrap();
	server.stop().unwrap();
	server.stopped().await;
	let error = chain.best().await.unwrap_err();
	assert!(error.is_connection(), "{error}");
	let waiting = tokio::time::timeout(Duration::from_millis(300), chain.reconnect());
	assert!(waiting.await.is_err(), "waits for the node");
}

#[tokio::test]
async fn a_node_that_comes_back_with_another_chain_is_not_waited_for() {
	let (url, _, _server) = start(true).await;
	let mut chain = Chain::connect(&url, None).await.unwrap();
	assert!(chain.reconnect().await.is_ok());
	chain.genesis = Hash::zero();
	assert!(matches!(chain.reconnect().await, Err(ChainError::WrongChain { .. })));
}
