//! `sheaf node register`

use crate::{
	context::{parse_tokens, Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{
	address,
	chain::{payload::Capability, Call},
};
use sheaf_training::Roles;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Offer to train
	#[arg(long)]
	trainer: bool,
	/// Offer to aggregate
	#[arg(long)]
	aggregator: bool,
	/// Offer to verify, for validators
	#[arg(long)]
	verifier: bool,
	/// Tokens to bond in all; more are added to an existing bond, never taken away
	#[arg(long, value_name = "TOKENS")]
	bond: Option<String>,
	/// Logical cores [default: those of this machine]
	#[arg(long)]
	cores: Option<u16>,
	/// Memory in MiB [default: that of this machine]
	#[arg(long)]
	memory_mib: Option<u32>,
	/// Memory of accelerators in MiB
	#[arg(long, default_value_t = 0)]
	accelerator_mib: u32,
	/// ISO 3166 country code
	#[arg(long, default_value = "")]
	region: String,
}

/// Registers, or updates an existing registration.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let Options { trainer, aggregator, verifier, .. } = options;
	let roles = Roles { trainer, aggregator, verifier };
	if roles == Roles::default() {
		return Err(UsageError("give --trainer, --aggregator or --verifier".into()).into());
	}
	if options.region.len() > 8 {
		return Err(UsageError("--region is a country code of at most 8 letters".into()).into());
	}
	let capability = Capability {
		cores: options.cores.unwrap_or_else(cores),
		memory_mib: options.memory_mib.unwrap_or_else(memory_mib),
		accelerator_mib: options.accelerator_mib,
	};
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let bond = options.bond.as_deref().map(|text| parse_tokens(text, &token)).transpose()?;
	let region = options.region.as_bytes();
	let registered = chain.node(signer.account()).await?;
	let mut calls = Vec::new();
	match &registered {
		None => {
			let bond = bond.ok_or_else(|| UsageError("a new node needs --bond TOKENS".into()))?;
			calls.push(Call::register(roles, capability, region, bond));
		}
		Some(node) => {
			let missing = bond.unwrap_or(0).saturating_sub(node.bond);
			if missing > 0 {
				calls.push(Call::bond_more(missing));
			}
			calls.push(Call::update(roles, capability, region));
		}
	}
	let waiting = context.spinner("waiting for finality");
	for call in &calls {
		chain.submit_finalized(call, &signer).await?;
	}
	waiting.finish_and_clear();
	let account = address(signer.account());
	let done = if registered.is_some() { "updated" } else { "registered" };
	let value = json!({ "event": done, "account": account });
	context.say(out, &value, &format!("{done} {account}"))?;
	Ok(Exit::Success)
}

fn cores() -> u16 {
	let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
	u16::try_from(cores).unwrap_or(u16::MAX)
}

/// Memory of this machine, 0 where that cannot be read.
fn memory_mib() -> u32 {
	let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
	let kib = text
		.lines()
		.find_map(|line| line.strip_prefix("MemTotal:"))
		.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
		.unwrap_or(0);
	u32::try_from(kib / 1024).unwrap_or(u32::MAX)
}
