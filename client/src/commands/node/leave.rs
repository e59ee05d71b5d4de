//! `sheaf node leave`

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use serde_json::json;
use sheaf_client::{address, chain::Call};

/// Ends the registration.
pub async fn run(context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	chain.submit_finalized(&Call::leave_registry(), &signer).await?;
	let account = address(signer.account());
	let value = json!({ "event": "left", "account": account });
	let text = format!("{account} leaves; `sheaf node show` says when its bond is released");
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}
