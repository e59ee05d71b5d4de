//! Calls, who sends them, and how they become transactions.

use crate::{
	support::{
		account,
		actors::{authorized, VERIFIERS},
		pair, verifier_pair, Chain,
	},
	world::World,
};
use pallet_model_updates::Call as Updates;
use sheaf_runtime::{AccountId, Runtime, RuntimeCall, UncheckedExtrinsic};
use sheaf_training::VerifierMessage;
use sp_core::Pair;
use std::{collections::BTreeMap, sync::LazyLock};

/// Who opens bounties.
pub const SPONSORS: [&str; 2] = ["//Sponsor", "//Trainer16"];
/// Who trains, if registered.
pub const TRAINERS: [&str; 6] =
	["//Trainer1", "//Trainer2", "//Trainer3", "//Trainer4", "//Trainer5", "//Trainer6"];
/// Who aggregates, if registered.
pub const AGGREGATORS: [&str; 2] = ["//Aggregator", "//Trainer15"];
/// Who has no part in bounties. The last one owns nothing.
pub const STRANGERS: [&str; 4] = ["//Eve", "//Ferdie", POOR, "//Penniless"];
/// Who can pay fees, but no bond.
pub const POOR: &str = "//Poor";

/// Everybody.
pub static EVERYBODY: LazyLock<Vec<&'static str>> =
	LazyLock::new(|| [&VERIFIERS[..], &SPONSORS, &TRAINERS, &AGGREGATORS, &STRANGERS].concat());

/// The name of an account.
pub fn name_of(account_id: &AccountId) -> Option<&'static str> {
	static NAMES: LazyLock<BTreeMap<AccountId, &'static str>> =
		LazyLock::new(|| EVERYBODY.iter().map(|name| (account(name), *name)).collect());
	NAMES.get(account_id).copied()
}

/// Who sends a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
	/// An account signs the transaction and pays for it.
	Account(&'static str),
	/// A session key of this verifier signs the statement in the call; nobody pays.
	Verifier(&'static str),
	/// Nobody signs, nobody pays.
	Nobody,
	/// Governance.
	Root,
}

/// Why a call is sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
	/// By the protocol, or by a liar who means to get away with it.
	Played,
	/// As `Played`, but by somebody else.
	ByAnother,
	/// As `Played`, but with changed bytes in its arguments, and a right signature.
	Twisted,
	/// Made up, with arguments of all kinds.
	MadeUp,
	/// Against the state of a live bounty, in this way.
	Trick(&'static str),
	/// The bytes of an earlier transaction again.
	Replayed,
	/// The bytes of an earlier transaction with a changed bit.
	Flipped,
}

/// A call with its sender.
#[derive(Clone, Debug)]
pub struct Play {
	/// Why it is sent.
	pub how: How,
	/// Who sends it.
	pub sender: Sender,
	/// The call.
	pub call: RuntimeCall,
}

impl Play {
	/// The transaction; none for governance.
	pub fn transaction(&mut self, chain: &mut Chain) -> Option<UncheckedExtrinsic> {
		match self.sender {
			Sender::Account(name) => Some(chain.sign(&pair(name), self.call.clone())),
			Sender::Nobody => Some(authorized(self.call.clone())),
			Sender::Verifier(name) => {
				self.sign_statement(name);
				Some(authorized(self.call.clone()))
			}
			Sender::Root => None,
		}
	}

	fn sign_statement(&mut self, name: &str) {
		if let RuntimeCall::ModelUpdates(Updates::submit_statement { message, signature }) =
			&mut self.call
		{
			*signature = verifier_pair(name).sign(&message.signing_payload());
		}
	}
}

/// A statement that is signed when it is sent.
pub fn statement(message: VerifierMessage) -> RuntimeCall {
	let signature = sp_core::ed25519::Signature::default().into();
	Updates::<Runtime>::submit_statement { message: Box::new(message), signature }.into()
}

impl World {
	/// The roles that an account may work in now.
	pub fn roles(&mut self, name: &str) -> sheaf_training::Roles {
		use sheaf_training::NodeRegistry;
		let account = account(name);
		self.chain.read(|| sheaf_runtime::NodeRegistry::roles(&account))
	}

	/// Those of everybody who may work in a role now.
	pub fn everybody_who(
		&mut self,
		may: impl Fn(sheaf_training::Roles) -> bool,
	) -> Vec<&'static str> {
		EVERYBODY.iter().copied().filter(|name| may(self.roles(name))).collect()
	}
}
