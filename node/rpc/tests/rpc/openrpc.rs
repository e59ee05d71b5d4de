//! The OpenRPC document is current, and says of the methods what they do.

use crate::support::{
	hash_of,
	state::{self, account, json_spec},
	Server, TestChain, GENESIS,
};
use serde_json::{json, Value};
use sheaf_rpc::{openrpc, types, Code};
use std::collections::{BTreeMap, BTreeSet};

const INVALID_PARAMS: i64 = -32602;

fn server() -> Server {
	Server::over(TestChain::new(|| {
		state::one_running();
		state::register(&account(1), Default::default(), b"");
		state::referenda();
	}))
}

fn methods() -> BTreeMap<String, Value> {
	let document = openrpc::document();
	let methods = document["methods"].as_array().unwrap().iter();
	methods.map(|method| (method["name"].as_str().unwrap().to_owned(), method.clone())).collect()
}

/// Good values by parameter name.
fn sample(param: &str) -> Value {
	match param {
		"bounty" => json!(0),
		"round" => json!(1),
		"account" => types::Account(account(1)).to_string().into(),
		"spec" => json_spec(),
		"filter" => json!({}),
		"limit" => json!(10),
		"at" => format!("{:#x}", hash_of(GENESIS)).into(),
		"cursor" => Value::Null,
		"subscription" => "none".into(),
		other => panic!("no sample for {other}"),
	}
}

#[test]
fn the_committed_document_is_current() {
	let committed: Value =
		serde_json::from_str(include_str!("../../../../docs/openrpc.json")).unwrap();
	let command = "cargo run --release -p sheaf-rpc --example openrpc > docs/openrpc.json";
	assert!(committed == openrpc::document(), "docs/openrpc.json is old: {command}");
}

#[test]
fn it_has_every_registered_method_and_no_other() {
	let documented: BTreeSet<String> = methods().into_keys().collect();
	let server = server();
	let registered = server.0.method_names().filter(|name| *name != openrpc::DISCOVER);
	assert_eq!(documented, registered.map(str::to_owned).collect());
}

#[tokio::test]
async fn the_node_answers_it() {
	let answer = server().ask(openrpc::DISCOVER, json!([])).await;
	assert_eq!(answer, Ok(openrpc::document()));
}

/// `true` is of no type that a parameter has, so the server refuses it if it knows the parameter.
#[tokio::test]
async fn the_server_knows_every_documented_parameter_by_its_name() {
	let server = server();
	for (name, method) in methods() {
		if name.ends_with("subscribe") {
			continue;
		}
		let params = method["params"].as_array().unwrap();
		let named = |param: &Value| param["name"].as_str().unwrap().to_owned();
		let good: serde_json::Map<_, _> =
			params.iter().map(|param| (named(param), sample(&named(param)))).collect();
		let accepted = server.ask(&name, good.clone().into()).await;
		assert_ne!(accepted.err().map(|error| error.0), Some(INVALID_PARAMS), "{name}");
		for param in params {
			let mut wrong = good.clone();
			wrong.insert(named(param), json!(true));
			let refused = server.refusal(&name, wrong.into()).await;
			assert_eq!(refused, INVALID_PARAMS, "{name} {}", named(param));
			let mut without = good.clone();
			without.remove(&named(param));
			let refused = server.ask(&name, without.into()).await.err().map(|error| error.0);
			let required = param["required"].as_bool().unwrap();
			assert_eq!(refused == Some(INVALID_PARAMS), required, "{name} {}", named(param));
		}
	}
}

#[tokio::test]
async fn places_of_parameters_are_those_of_the_document() {
	let server = server();
	for (name, method) in methods() {
		if name.ends_with("subscribe") {
			continue;
		}
		let params = method["params"].as_array().unwrap().iter();
		let good: Vec<_> = params.map(|param| sample(param["name"].as_str().unwrap())).collect();
		for place in 0..good.len() {
			let mut wrong = good.clone();
			wrong[place] = json!(true);
			let refused = server.refusal(&name, wrong.into()).await;
			assert_eq!(refused, INVALID_PARAMS, "{name} at {place}");
		}
		let accepted = server.ask(&name, good.into()).await;
		assert_ne!(accepted.err().map(|error| error.0), Some(INVALID_PARAMS), "{name}");
	}
}

#[tokio::test]
async fn answers_have_the_documented_fields() {
	let document = openrpc::document();
	let server = server();
	for (name, params) in [
		("bounty_list", json!({})),
		("bounty_get", json!([0])),
		("round_get", json!([0, 1])),
		("node_list", json!({})),
		("node_get", json!([sample("account")])),
		("rewards_receipts", json!([sample("account")])),
		("governance_referenda", json!({})),
	] {
		let answer = server.ask(name, params).await.unwrap();
		check(&document, &methods()[name]["result"]["schema"], &answer, name);
	}
}

/// Checks the parts of JSON Schema that the document uses.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
	if let Some(reference) = schema["$ref"].as_str() {
		let target = document.pointer(reference.trim_start_matches('#'));
		return check(document, target.expect(reference), value, place);
	}
	if let Some(parts) = schema["allOf"].as_array() {
		return parts.iter().for_each(|part| check(document, part, value, place));
	}
	if let Some(options) = schema["anyOf"].as_array() {
		let fitting = options.iter().find(|option| (option["type"] == "null") == value.is_null());
		return check(document, fitting.expect(place), value, place);
	}
	if let Some(options) = schema["oneOf"].as_array() {
		let fits = |option: &&Value| {
			let tag = option["properties"].as_object().into_iter().flatten();
			let tagged = tag.filter(|(_, tag)| tag["const"].is_string());
			let mut tagged = tagged.map(|(name, tag)| value[name] == tag["const"]);
			let constant = option["const"] == *value;
			let listed = option["enum"].as_array().is_some_and(|all| all.contains(value));
			constant || listed || tagged.next().unwrap_or(false)
		};
		let fitting = options.iter().find(fits);
		let fitting = fitting.unwrap_or_else(|| panic!("{place}: {value} fits none of {schema}"));
		return check(document, fitting, value, place);
	}
	let types = match &schema["type"] {
		Value::Array(all) => all.clone(),
		Value::Null => panic!("{place}: {schema} says nothing"),
		one => vec![one.clone()],
	};
	let is = match value {
		Value::Null => "null",
		Value::Bool(_) => "boolean",
		Value::Number(_) => "integer",
		Value::String(_) => "string",
		Value::Array(_) => "array",
		Value::Object(_) => "object",
	};
	assert!(types.contains(&is.into()), "{place}: {value} is no {types:?}");
	for item in value.as_array().into_iter().flatten() {
		check(document, &schema["items"], item, place);
	}
	if let Some(fields) = value.as_object() {
		for required in schema["required"].as_array().into_iter().flatten() {
			assert!(fields.contains_key(required.as_str().unwrap()), "{place}: no {required}");
		}
		for (name, field) in fields {
			let described = schema["properties"].get(name);
			let described = described.unwrap_or_else(|| panic!("{place}: {name} is undocumented"));
			check(document, described, field, &format!("{place}.{name}"));
		}
	}
}

#[test]
fn every_reference_leads_somewhere_and_codes_are_distinct() {
	fn walk(document: &Value, value: &Value) {
		match value {
			Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
			Value::Object(fields) => {
				if let Some(Value::String(reference)) = fields.get("$ref") {
					let target = document.pointer(reference.trim_start_matches('#'));
					assert!(target.is_some(), "{reference}");
				}
				fields.values().for_each(|field| walk(document, field));
			}
			_ => {}
		}
	}
	let document = openrpc::document();
	walk(&document, &document);
	let codes: BTreeSet<i32> = Code::ALL.iter().map(|code| code.number()).collect();
	assert_eq!(codes.len(), Code::ALL.len());
}
