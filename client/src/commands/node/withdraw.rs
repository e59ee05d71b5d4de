//! `sheaf node withdraw`

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use serde_json::json;
use sheaf_client::{address, chain::Call};

/// Takes released bonds back.
pub async fn run(context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	chain.submit_finalized(&Call::withdraw_unbonded(), &signer).await?;
	let account = address(signer.account());
	let value = json!({ "event": "withdrawn", "account": account });
	context.say(out, &value, &format!("{account} has its released bonds back"))?;
	Ok(Exit::Success)
}
