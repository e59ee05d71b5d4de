//! No arguments make a method panic, and every answer is a result or a known code.

use crate::support::{
	hash_of,
	state::{self, account, json_spec, spec},
	Server, TestChain, GENESIS,
};
use proptest::{prelude::*, test_runner::Config};
use serde_json::{json, Map, Value};
use sheaf_rpc::{openrpc, types, Code};
use std::sync::LazyLock;
use tokio::runtime::Runtime;

const METHODS: [&str; 8] = [
	"bounty_list",
	"bounty_get",
	"bounty_quote",
	"round_get",
	"node_list",
	"node_get",
	"rewards_receipts",
	"governance_referenda",
];

static SERVER: LazyLock<(Runtime, Server, Value)> = LazyLock::new(|| {
	let runtime = Runtime::new().unwrap();
	let chain = TestChain::new(|| {
		(0..30).for_each(|_| state::open(&spec(), &state::bounty(state::preparing())));
		state::put_round(|_, _| {});
		state::register(&account(1), Default::default(), b"DE");
		state::receipts(&account(1), 30, |_| true);
		state::referenda();
	});
	chain.import(GENESIS, 1, || {});
	chain.import(1, 2, || {});
	chain.prune(1);
	let server = Server::over(chain);
	let page = runtime.block_on(server.ask("bounty_list", json!({ "limit": 5 }))).unwrap();
	(runtime, server, page["next"].clone())
});

/// Asks, and checks that the answer is one that the document allows.
fn answered(method: &str, params: &Value) -> Result<(), TestCaseError> {
	let (runtime, server, _) = &*SERVER;
	if let Err((code, _)) = runtime.block_on(server.ask(method, params.clone())) {
		let known = Code::ALL.iter().any(|known| i64::from(known.number()) == code);
		prop_assert!(known || code == -32602, "{method} {params}: {code}");
		prop_assert_ne!(code, i64::from(Code::Failed.number()), "{} {}", method, params);
	}
	Ok(())
}

fn any_json() -> impl Strategy<Value = Value> {
	let leaf = prop_oneof![
		Just(Value::Null),
		any::<bool>().prop_map(Value::from),
		any::<u64>().prop_map(Value::from),
		any::<i64>().prop_map(Value::from),
		any::<f64>().prop_map(Value::from),
		any::<String>().prop_map(Value::from),
		"0x[0-9a-f]{0,140}".prop_map(Value::from),
	];
	leaf.prop_recursive(3, 24, 6, |inner| {
		prop_oneof![
			prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
			prop::collection::vec((field_name(), inner), 0..6)
				.prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
		]
	})
}

const FIELDS: [&str; 9] =
	["stages", "sponsor", "trainer", "roles", "region", "spec", "lengths", "rule", "kind"];

fn field_name() -> impl Strategy<Value = String> {
	prop_oneof![prop::sample::select(&FIELDS[..]).prop_map(str::to_owned), any::<String>()]
}

/// A value that is often nearly right.
fn argument(name: &'static str) -> BoxedStrategy<Value> {
	let number = prop_oneof![0u32..40, any::<u32>()].prop_map(Value::from);
	let hashes = [hash_of(GENESIS), hash_of(1), hash_of(2), hash_of(3)];
	let hash = prop::sample::select(hashes.to_vec()).prop_map(|hash| format!("{hash:#x}").into());
	let near: BoxedStrategy<Value> = match name {
		"bounty" | "round" | "limit" => number.boxed(),
		"account" => any::<[u8; 32]>()
			.prop_map(|bytes| types::Account(bytes.into()).to_string().into())
			.boxed(),
		"at" => hash.boxed(),
		"cursor" => damaged_cursor().boxed(),
		"filter" => json_filter().boxed(),
		_ => damaged_spec().boxed(),
	};
	prop_oneof![4 => near, 1 => Just(Value::Null), 1 => any_json()].boxed()
}

fn json_filter() -> impl Strategy<Value = Value> {
	let stages = prop::sample::select(vec!["preparing", "running", "aborted", "nonsense"]);
	let roles = prop::sample::select(vec!["trainer", "verifier", "sponsor"]);
	prop_oneof![
		prop::collection::vec(stages, 0..9).prop_map(|stages| json!({ "stages": stages })),
		(prop::collection::vec(roles, 0..9), any::<String>())
			.prop_map(|(roles, region)| json!({ "roles": roles, "region": region })),
		(any::<Option<bool>>(), any::<Option<u32>>())
			.prop_map(|(ongoing, track)| json!({ "ongoing": ongoing, "track": track })),
	]
}

/// A cursor of `bounty_list` with one digit changed, or as it is.
fn damaged_cursor() -> impl Strategy<Value = Value> {
	(any::<prop::sample::Index>(), "[0-9a-f]", any::<bool>()).prop_map(|(place, digit, damage)| {
		let mut text = SERVER.2.as_str().unwrap().to_owned();
		if damage {
			let place = place.index(text.len());
			text.replace_range(place..place + 1, &digit);
		}
		text.into()
	})
}

/// A good spec with one field replaced by anything.
fn damaged_spec() -> impl Strategy<Value = Value> {
	let good = json_spec();
	let fields: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
	let numbers =
		prop_oneof![any::<u64>().prop_map(Value::from), (0u32..200).prop_map(Value::from)];
	let list = prop::collection::vec(0u32..100, 0..200).prop_map(Value::from);
	let any_value = prop_oneof![numbers, list, any_json()];
	(prop::sample::select(fields), any_value).prop_map(move |(field, value)| {
		let mut spec = good.clone();
		spec[field] = value;
		spec
	})
}

/// A method with all its documented parameters, by name.
fn request() -> impl Strategy<Value = (&'static str, Value)> {
	let document = openrpc::document();
	prop::sample::select(&METHODS[..]).prop_flat_map(move |name| {
		let methods = document["methods"].as_array().unwrap().iter();
		let method = methods.clone().find(|method| method["name"] == name).unwrap();
		let params: Vec<_> = method["params"].as_array().unwrap().iter().map(known_name).collect();
		let arguments: Vec<_> = params.iter().map(|param| argument(param)).collect();
		arguments.prop_map(move |values| {
			let named = params.iter().map(|param| (*param).to_owned()).zip(values);
			(name, named.collect::<Map<_, _>>().into())
		})
	})
}

fn known_name(param: &Value) -> &'static str {
	let names = ["bounty", "round", "limit", "account", "at", "cursor", "filter", "spec"];
	names.into_iter().find(|name| param["name"] == *name).expect("a parameter with a strategy")
}

proptest! {
	#![proptest_config(Config { cases: 10_000, ..Config::default() })]

	#[test]
	fn arguments_that_are_nearly_right_are_answered((method, params) in request()) {
		answered(method, &params)?;
	}

	#[test]
	fn any_arguments_are_answered(
		method in prop::sample::select(&METHODS[..]),
		params in prop::collection::vec(any_json(), 0..5),
	) {
		answered(method, &params.into())?;
	}
}

#[test]
fn every_method_with_arguments_is_tried() {
	let document = openrpc::document();
	let methods = document["methods"].as_array().unwrap().iter();
	let names = methods.map(|method| method["name"].as_str().unwrap());
	let reads: Vec<_> = names.filter(|name| !name.ends_with("subscribe")).collect();
	assert_eq!(reads, METHODS);
}
