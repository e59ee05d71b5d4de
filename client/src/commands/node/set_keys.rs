//! `sheaf node set-keys`

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use serde_json::json;
use sheaf_client::{address, chain::Call};

/// Rotates the session keys of the node at `--node`.
pub async fn run(context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let keys = chain.rotate_session_keys(signer.account()).await?;
	let waiting = context.spinner("waiting for finality");
	chain.submit_finalized(&Call::set_session_keys(&keys), &signer).await?;
	waiting.finish_and_clear();
	let account = address(signer.account());
	let public = format!("0x{}", hex::encode(&keys.keys));
	let value = json!({ "event": "keys_set", "account": account, "keys": public });
	let text =
		format!("{account} has new session keys, used from the session after next: {public}");
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}
