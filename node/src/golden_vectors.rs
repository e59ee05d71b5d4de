//! The golden vectors of the aggregation core, in the executor that runs the chain.

use crate::service::Executor;
use sheaf_aggregation_wasm::WASM_BINARY;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;

#[test]
fn wasm_computes_the_digest_of_the_independent_implementation() {
	let golden = include_str!("../../primitives/aggregation/tests/golden.json");
	let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
	let wasm = WrappedRuntimeCode(WASM_BINARY.expect("built without SKIP_WASM_BUILD").into());
	let code = RuntimeCode { code_fetcher: &wasm, hash: b"golden".into(), heap_pages: None };
	let context = CallContext::Onchain { import: false };

	let mut externalities = TestExternalities::default();
	let (digest, _) = Executor::builder().build().call(
		&mut externalities.ext(),
		&code,
		"golden_digest",
		&[],
		context,
	);
	assert_eq!(golden["self_test"], hex::encode(digest.unwrap()));
}
