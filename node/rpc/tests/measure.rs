//! How long the wasm runtime takes for what the methods ask, with 10,000 bounties, 1,000 nodes and
//! 1,000 referenda.
//!
//! `cargo test --release -p sheaf-rpc --test measure -- --ignored --nocapture`, built with the wasm
//! runtime, or with `SHEAF_RUNTIME_WASM` naming one. The state is in memory.

#[allow(dead_code)]
#[path = "rpc/support/state.rs"]
mod state;

#[allow(dead_code)]
#[path = "rpc/support/largest.rs"]
mod largest;

use codec::Encode;
use sc_executor::WasmExecutor;
use sheaf_governance::ReferendumFilter;
use sheaf_runtime::WASM_BINARY;
use sheaf_training::{BountyFilter, BountyId, BountyStage, NodeFilter, Roles, RoundIndex};
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;
use sp_runtime::BoundedVec;
use std::time::{Duration, Instant};

type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;

const BOUNTIES: u32 = 10_000;
const NODES: u32 = 1_000;
/// Calls of each, of which the median and the longest are printed. The first compiles and is left out.
const CALLS: usize = 21;

fn runtime() -> Vec<u8> {
	match std::env::var("SHEAF_RUNTIME_WASM") {
		Ok(path) => std::fs::read(path).unwrap(),
		Err(_) => WASM_BINARY.expect("built without SKIP_WASM_BUILD").to_vec(),
	}
}

/// All bounties live and as large as can be: nothing is told without decoding them.
fn fill() {
	let (spec, bounty) = (largest::spec(), largest::bounty());
	state::open(&spec, &sheaf_training::Bounty { state: state::running(), ..bounty.clone() });
	largest::put_round();
	(1..BOUNTIES).for_each(|_| state::open(&spec, &bounty));
	(0..NODES).for_each(largest::put_node);
	(0..NODES).for_each(largest::put_referendum);
}

fn measure(name: &str, method: &str, arguments: &[u8], ext: &mut TestExternalities, wasm: &[u8]) {
	let wrapped = WrappedRuntimeCode(wasm.into());
	let code = RuntimeCode { code_fetcher: &wrapped, hash: b"measured".into(), heap_pages: None };
	let executor = Executor::builder().build();
	let mut bytes = 0;
	let mut call = || -> Duration {
		let started = Instant::now();
		let context = CallContext::Offchain;
		let (answer, _) = executor.call(&mut ext.ext(), &code, method, arguments, context);
		bytes = answer.unwrap().len();
		started.elapsed()
	};
	call();
	let mut times: Vec<Duration> = (1..CALLS).map(|_| call()).collect();
	times.sort();
	let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
	println!("{name:<42} {median:>10.2?} {longest:>10.2?} {bytes:>9} bytes");
	assert!(bytes < 1 << 20, "{name}");
}

#[test]
#[ignore = "measures; needs the wasm runtime"]
fn reads_among_ten_thousand_bounties() {
	let mut ext = TestExternalities::default();
	ext.execute_with(fill);
	ext.commit_all().unwrap();
	let wasm = runtime();
	let mut ask = |name: &str, method: &str, arguments: Vec<u8>| {
		measure(name, method, &arguments, &mut ext, &wasm);
	};
	let list = |filter: BountyFilter| (filter, None::<BountyId>, 100u32).encode();
	let nobody = BountyFilter { sponsor: Some(state::account(9)), ..Default::default() };
	let stages = BoundedVec::truncate_from(vec![BountyStage::Completed]);
	let ended = BountyFilter { stages, ..Default::default() };
	let verifiers = Roles { verifier: true, ..Default::default() };
	let somewhere = NodeFilter { region: Some(b"NOWHERE".to_vec()), roles: verifiers };
	ask("page of 100 bounties", "TrainingApi_list_bounties", list(BountyFilter::default()));
	ask("filter that no bounty matches", "TrainingApi_list_bounties", list(nobody));
	ask("stage that no bounty is in", "TrainingApi_list_bounties", list(ended));
	ask("bounty", "TrainingApi_bounty", BountyId(BOUNTIES - 1).encode());
	ask("round", "TrainingApi_round_status", (BountyId(0), RoundIndex(1)).encode());
	let nodes = |filter: NodeFilter| (filter, None::<[u8; 32]>, 100u32).encode();
	ask("page of 100 nodes", "TrainingApi_list_nodes", nodes(NodeFilter::default()));
	ask("filter that no node matches", "TrainingApi_list_nodes", nodes(somewhere));
	let referenda = |filter: ReferendumFilter| (filter, None::<u32>, 100u32).encode();
	let over = ReferendumFilter { ongoing: Some(false), ..Default::default() };
	ask("page of 100 referenda", "GovernanceApi_referenda", referenda(Default::default()));
	ask("filter that no referendum matches", "GovernanceApi_referenda", referenda(over));
}
