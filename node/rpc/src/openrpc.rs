//! The OpenRPC document of the methods: schemas from the types that the server reads and writes,
//! beside a table of the methods that the tests hold against the server.

use crate::{
	types::{
		Account, BountyAt, BountyFilter, BountyPage, BountySpec, Cursor, HexHash, NodeAt,
		NodeFilter, NodePage, Quote, ReceiptPage, ReferendumFilter, ReferendumPage, RoundAt,
	},
	BountyNotification, Code, RoundNotification,
};
use schemars::{generate::SchemaSettings, JsonSchema, SchemaGenerator};
use serde_json::{json, Map, Value};

/// The method that answers the document.
pub const DISCOVER: &str = "rpc.discover";
/// Version of the OpenRPC specification.
const SPECIFICATION: &str = "1.3.2";
/// Version of the methods: the first part changes when a client must.
const VERSION: &str = "1.0.0";

/// Errors that every method with `at` can answer.
const READING: [Code; 4] = [Code::UnknownBlock, Code::PrunedBlock, Code::OldRuntime, Code::Failed];
/// Errors that pages have beside these.
const PAGING: [Code; 3] = [Code::PageOutOfRange, Code::StaleCursor, Code::WrongCursor];

/// A method while it is described.
struct Method<'a> {
	schemas: &'a mut SchemaGenerator,
	name: &'static str,
	summary: &'static str,
	params: Vec<Value>,
	errors: Vec<Code>,
}

impl<'a> Method<'a> {
	fn new(schemas: &'a mut SchemaGenerator, name: &'static str, summary: &'static str) -> Self {
		Self { schemas, name, summary, params: Vec::new(), errors: Vec::new() }
	}

	fn param<T: JsonSchema>(mut self, name: &str, summary: &str, required: bool) -> Self {
		let schema = self.schemas.subschema_for::<T>();
		self.params.push(json!({
			"name": name, "summary": summary, "required": required, "schema": schema,
		}));
		self
	}

	fn required<T: JsonSchema>(self, name: &str, summary: &str) -> Self {
		self.param::<T>(name, summary, true)
	}

	fn optional<T: JsonSchema>(self, name: &str, summary: &str) -> Self {
		self.param::<T>(name, summary, false)
	}

	/// The block to read.
	fn at(self) -> Self {
		self.optional::<HexHash>("at", "Hash of the block to read; the best one by default.")
			.errors(&READING)
	}

	/// Size and place of a page, and the block to read.
	fn paged(self) -> Self {
		self.optional::<u32>("limit", "Entries at most, 1 to 100; 25 by default.")
			.optional::<Cursor>("cursor", "`next` of the page before; the first page by default.")
			.errors(&PAGING)
			.at()
	}

	fn errors(mut self, codes: &[Code]) -> Self {
		self.errors.extend(codes);
		self
	}

	fn answers<T: JsonSchema>(self, result: &str) -> Value {
		let schema = self.schemas.subschema_for::<T>();
		let errors = self.errors.iter();
		let errors =
			errors.map(|code| json!({ "$ref": format!("#/components/errors/{}", code.name()) }));
		json!({
			"name": self.name,
			"summary": self.summary,
			"paramStructure": "either",
			"params": self.params,
			"result": { "name": result, "schema": schema },
			"errors": errors.collect::<Vec<_>>(),
		})
	}

	/// A subscription: its result is the name under which notifications come. OpenRPC has no word for
	/// them, so they are an extension.
	fn notifies<T: JsonSchema>(self, notification: &str, unsubscribe: &str) -> Value {
		let schema = self.schemas.subschema_for::<T>();
		let mut method = self.answers::<String>("subscription");
		if let Some(fields) = method.as_object_mut() {
			let extension =
				json!({ "name": notification, "schema": schema, "unsubscribe": unsubscribe });
			fields.insert("x-notification".into(), extension);
		}
		method
	}
}

fn methods(s: &mut SchemaGenerator) -> Vec<Value> {
	let (bounty, round) = ("Id of the bounty.", "Number of the round, from 1.");
	let subscription = "What the subscription was named.";
	vec![
		Method::new(s, "bounty_list", "Bounties that match, newest first.")
			.optional::<BountyFilter>("filter", "Which bounties; all by default.")
			.errors(&[Code::TooManyStages])
			.paged()
			.answers::<BountyPage>("page"),
		Method::new(s, "bounty_get", "A bounty, ended ones too.")
			.required::<u32>("bounty", bounty)
			.errors(&[Code::UnknownBounty])
			.at()
			.answers::<BountyAt>("bounty"),
		Method::new(s, "bounty_quote", "What a bounty with this spec would cost.")
			.required::<BountySpec>("spec", "What the sponsor would ask for.")
			.errors(&[Code::MalformedSpec, Code::SpecRefused])
			.at()
			.answers::<Quote>("quote"),
		Method::new(s, "round_get", "A live round: who acted when, and why it waits.")
			.required::<u32>("bounty", bounty)
			.required::<u32>("round", round)
			.errors(&[Code::UnknownBounty, Code::RoundNotLive])
			.at()
			.answers::<RoundAt>("round"),
		Method::new(s, "node_list", "Registered nodes that match.")
			.optional::<NodeFilter>("filter", "Which nodes; all by default.")
			.paged()
			.answers::<NodePage>("page"),
		Method::new(s, "node_get", "A registered node.")
			.required::<Account>("account", "Its account.")
			.errors(&[Code::UnknownNode])
			.at()
			.answers::<NodeAt>("node"),
		Method::new(s, "rewards_receipts", "An account's receipts, newest first.")
			.required::<Account>("account", "Who was paid.")
			.paged()
			.answers::<ReceiptPage>("page"),
		Method::new(s, "governance_referenda", "Referenda that match, newest first.")
			.optional::<ReferendumFilter>("filter", "Which referenda; all by default.")
			.paged()
			.answers::<ReferendumPage>("page"),
		Method::new(s, "bounty_subscribe", "Tells of a bounty's changes, and of those taken back.")
			.required::<u32>("bounty", bounty)
			.errors(&[Code::UnknownBounty])
			.errors(&READING)
			.notifies::<BountyNotification>("bounty_notification", "bounty_unsubscribe"),
		Method::new(s, "bounty_unsubscribe", "Ends a subscription to a bounty.")
			.required::<String>("subscription", subscription)
			.answers::<bool>("ended"),
		Method::new(s, "round_subscribe", "Tells of a round's changes, and of those taken back.")
			.required::<u32>("bounty", bounty)
			.required::<u32>("round", round)
			.errors(&[Code::UnknownBounty])
			.errors(&READING)
			.notifies::<RoundNotification>("round_notification", "round_unsubscribe"),
		Method::new(s, "round_unsubscribe", "Ends a subscription to a round.")
			.required::<String>("subscription", subscription)
			.answers::<bool>("ended"),
	]
}

/// The document.
pub fn document() -> Value {
	let settings = SchemaSettings::draft07()
		.with(|settings| settings.definitions_path = "/components/schemas".into());
	let mut schemas = settings.into_generator();
	let methods = methods(&mut schemas);
	let error =
		|code: &Code| (code.name(), json!({ "code": code.number(), "message": code.meaning() }));
	json!({
		"openrpc": SPECIFICATION,
		"info": {
			"title": "Sheaf",
			"description": "Bounties, rounds, nodes, receipts and referenda. Amounts are decimal strings in the \
				smallest unit, hashes are hexadecimal, accounts are SS58 addresses, times are block \
				numbers, shares are parts of a million.",
			"version": VERSION,
			"license": { "name": "Apache-2.0" },
		},
		"methods": methods,
		"components": {
			"schemas": schemas.take_definitions(true),
			"errors": Code::ALL.iter().map(error).collect::<Map<_, _>>(),
		},
	})
}
