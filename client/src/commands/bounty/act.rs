//! `sheaf bounty invite`, `start`, `close` and `cancel`: one call each.

use crate::{
	context::{self, Context, Out},
	exit::Exit,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{chain::Call, AccountId};
use sheaf_training::BountyId;

/// Options of a call about a bounty.
#[derive(Args)]
pub struct BountyOptions {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	pub bounty: u32,
}

/// Options of `invite`.
#[derive(Args)]
pub struct InviteOptions {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	pub bounty: u32,
	/// Account to invite
	#[arg(long, value_parser = context::account)]
	pub account: AccountId,
	/// Weight of its updates under the weighted mean
	#[arg(long, default_value_t = 1)]
	pub weight: u32,
}

/// Sends the call and waits for finality.
pub async fn run(
	call: Call,
	bounty: BountyId,
	done: &str,
	context: &Context,
	out: Out<'_>,
) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let waiting = context.spinner("waiting for finality");
	chain.submit_finalized(&call, &signer).await?;
	waiting.finish_and_clear();
	let value = json!({ "event": done, "bounty": bounty.0 });
	context.say(out, &value, &format!("bounty {bounty}: {done}"))?;
	Ok(Exit::Success)
}
