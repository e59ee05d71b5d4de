//! `sheaf model download`

use crate::{
	context::{Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{
	blob, chain::Chain, hex_hash, model::Layout, parse_hash, trainer::download, Hash,
};
use sheaf_training::{BountyId, BountyView, RoundIndex};
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	bounty: u32,
	/// Round whose model to take; 0 is the initial one [default: the newest settled one]
	#[arg(long, value_name = "ROUND", conflicts_with = "root")]
	round: Option<u32>,
	/// Root of the model, instead of a round
	#[arg(long, value_name = "HASH", value_parser = root)]
	root: Option<Hash>,
	/// File to write
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

fn root(text: &str) -> Result<Hash, String> {
	parse_hash(text).ok_or_else(|| "expected 0x and 64 hexadecimal digits".into())
}

/// Downloads a model.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let gateway = context.gateway()?;
	let id = BountyId(options.bounty);
	let view = chain.bounty(id, None).await?;
	let view = view.ok_or_else(|| UsageError(format!("there is no bounty {id}")))?;
	let root = match (options.root, options.round) {
		(Some(root), _) => root,
		(None, Some(round)) => root_of(&chain, &view, RoundIndex(round)).await?,
		(None, None) => view.bounty.model_root,
	};
	let elements = view.spec.parameters.element_count;
	let folder = tempfile::tempdir()?;
	let file = download::path(folder.path(), &root);
	let waiting = context.spinner("downloading");
	gateway.download(&root, blob::shape_of(elements)?, &file).await?;
	waiting.finish_and_clear();
	let layout = Layout::of_spec(&view.spec);
	let model = blob::read_elements(&file, elements, root)?;
	layout.write(&options.out, &layout.to_floats(&model))?;
	let path = options.out.display().to_string();
	let value = json!({ "root": hex_hash(&root), "elements": elements, "file": path });
	context.say(out, &value, &format!("{} in {path}", hex_hash(&root)))?;
	Ok(Exit::Success)
}

/// The root of a round's model: settled, or accepted and live.
async fn root_of(chain: &Chain, view: &BountyView, round: RoundIndex) -> Result<Hash> {
	if round.0 == 0 {
		return Ok(view.spec.initial_model_root);
	}
	if let Some(root) = chain.model_root(view.id, round).await? {
		return Ok(root);
	}
	let live = chain.round(view.id, round, None).await?;
	if let Some(result) = live.as_ref().and_then(|round| round.accepted_result()) {
		return Ok(result.next_model_root);
	}
	Err(UsageError(format!("round {round} has no accepted model")).into())
}
