//! What all commands share: where the node is, who signs, how to write.

use crate::exit::UsageError;
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use sheaf_client::{
	amount,
	chain::{queries::Token, Chain, Signer},
	gateway::Gateway,
	parse_account, parse_hash, AccountId, Balance, Hash,
};
use std::{
	io::{IsTerminal, Write},
	path::PathBuf,
};

/// Where output goes.
pub type Out<'a> = &'a mut (dyn Write + Send);

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct GlobalOptions {
	/// WebSocket address of a node
	#[arg(
		long,
		global = true,
		help_heading = "Everywhere",
		env = "SHEAF_NODE",
		default_value = "ws://127.0.0.1:9944"
	)]
	node: String,
	/// HTTP address of a node's blob gateway
	#[arg(
		long,
		global = true,
		help_heading = "Everywhere",
		env = "SHEAF_GATEWAY",
		default_value = "http://127.0.0.1:9955"
	)]
	gateway: String,
	/// Write JSON for programs instead of text for people
	#[arg(long, global = true, help_heading = "Everywhere")]
	json: bool,
	/// File with the key: a secret phrase, or a polkadot-js keystore (password in SHEAF_PASSWORD);
	/// only its owner may read it. Without it the key is taken from the variable SHEAF_KEY
	#[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
	key_file: Option<PathBuf>,
	/// Refuse a node whose chain has another genesis hash
	#[arg(long, global = true, help_heading = "Everywhere", env = "SHEAF_GENESIS", value_name = "HASH", value_parser = hash)]
	genesis: Option<Hash>,
}

fn hash(text: &str) -> Result<Hash, String> {
	parse_hash(text).ok_or_else(|| "expected 0x and 64 hexadecimal digits".into())
}

/// An account argument.
pub fn account(text: &str) -> Result<AccountId, String> {
	parse_account(text).ok_or_else(|| "expected an address, or 0x and 64 hexadecimal digits".into())
}

/// What commands get.
pub struct Context {
	options: GlobalOptions,
}

impl Context {
	/// From the arguments.
	pub fn new(options: GlobalOptions) -> Self {
		Self { options }
	}

	/// Whether to write JSON.
	pub fn json(&self) -> bool {
		self.options.json
	}

	/// Connects to the node.
	pub async fn chain(&self) -> Result<Chain> {
		Ok(Chain::connect(&self.options.node, self.options.genesis).await?)
	}

	/// The gateway; nothing is sent yet.
	pub fn gateway(&self) -> Result<Gateway> {
		Ok(Gateway::new(&self.options.gateway)?)
	}

	/// The key that signs.
	pub fn signer(&self) -> Result<Signer> {
		Ok(Signer::load(self.options.key_file.as_deref())?)
	}

	/// The account asked about, or else the signer's.
	pub fn account(&self, given: &Option<AccountId>) -> Result<AccountId> {
		match given {
			Some(account) => Ok(account.clone()),
			None => Ok(self.signer()?.account().clone()),
		}
	}

	/// Writes one JSON value on one line.
	pub fn object(&self, out: Out<'_>, value: &impl Serialize) -> Result<()> {
		writeln!(out, "{}", serde_json::to_string(value)?)?;
		Ok(out.flush()?)
	}

	/// Writes `value` as JSON or `text` for people.
	pub fn say(&self, out: Out<'_>, value: &impl Serialize, text: &str) -> Result<()> {
		match self.json() {
			true => self.object(out, value),
			false => {
				writeln!(out, "{text}")?;
				Ok(out.flush()?)
			}
		}
	}

	/// A hint or warning for people, beside the output.
	pub fn note(&self, text: &str) {
		let _ = writeln!(std::io::stderr(), "{text}");
	}

	/// A spinner on a terminal, nothing elsewhere.
	pub fn spinner(&self, text: &str) -> indicatif::ProgressBar {
		if self.json() || !std::io::stderr().is_terminal() {
			return indicatif::ProgressBar::hidden();
		}
		let bar = indicatif::ProgressBar::new_spinner().with_message(text.to_owned());
		bar.enable_steady_tick(std::time::Duration::from_millis(120));
		bar
	}
}

/// Writes amounts for people: `12.5 UNIT`.
pub fn tokens(amount: Balance, token: &Token) -> String {
	format!("{} {}", amount::format(amount, token.decimals), token.symbol)
}

/// Reads an amount argument.
pub fn parse_tokens(text: &str, token: &Token) -> Result<Balance> {
	amount::parse(text, token.decimals).map_err(|error| UsageError(error.to_string()).into())
}
