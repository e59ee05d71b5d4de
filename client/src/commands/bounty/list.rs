//! `sheaf bounty list`

use crate::{
	context::{tokens, Context, Out},
	exit::Exit,
	table,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{address, trainer::state_name};
use sheaf_training::{BountyId, BountyState, BountyView};

/// Options.
#[derive(Args)]
pub struct Options {
	/// First bounty to show
	#[arg(long, default_value_t = 0)]
	start: u32,
	/// Most bounties to show, up to 100
	#[arg(long, default_value_t = 50)]
	limit: u32,
}

/// Lists bounties.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let views = chain.bounties(BountyId(options.start), options.limit.min(100)).await?;
	if context.json() {
		let list: Vec<_> = views
			.iter()
			.map(|view| {
				json!({
					"bounty": view.id.0,
					"state": state_name(&view.bounty.state),
					"sponsor": address(&view.bounty.sponsor),
					"reward": view.bounty.reward.to_string(),
					"rounds": view.spec.rounds,
					"trainers": view.bounty.trainers.len(),
					"max_trainers": view.spec.max_trainers,
					"elements": view.spec.parameters.element_count,
				})
			})
			.collect();
		context.object(out, &list)?;
		return Ok(Exit::Success);
	}
	let token = chain.token().await?;
	let mut table =
		table::of(&["bounty", "state", "round", "trainers", "elements", "reward", "sponsor"]);
	for view in &views {
		table.add_row(vec![
			view.id.to_string(),
			state_name(&view.bounty.state).to_owned(),
			progress(view),
			format!("{}/{}", view.bounty.trainers.len(), view.spec.max_trainers),
			view.spec.parameters.element_count.to_string(),
			tokens(view.bounty.reward, &token),
			address(&view.bounty.sponsor),
		]);
	}
	table::write(out, &table)?;
	Ok(Exit::Success)
}

/// The newest round of all, as far as the bounty runs.
pub fn progress(view: &BountyView) -> String {
	match view.bounty.state {
		BountyState::Running { newest, last, .. } => format!("{newest}/{last}"),
		_ => format!("-/{}", view.spec.rounds),
	}
}
