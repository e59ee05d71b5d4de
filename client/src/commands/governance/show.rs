//! `sheaf governance show`

use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
	table,
};
use anyhow::Result;
use clap::Args;
use serde_json::{json, Value};
use sheaf_client::chain::{
	governance::{Ongoing, Referendum, Track},
	queries::Token,
};

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the referendum [default: all]
	referendum: Option<u32>,
	/// Most referenda to show
	#[arg(long, default_value_t = 20)]
	limit: u32,
}

/// Shows referenda.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let token = chain.token().await?;
	if let Some(index) = options.referendum {
		let referendum = chain.referendum(index).await?;
		let referendum =
			referendum.ok_or_else(|| UsageError(format!("there is no referendum {index}")))?;
		return one(&referendum, &token, context, out);
	}
	let count = chain.referendum_count().await?;
	let mut referenda = Vec::new();
	for index in (count.saturating_sub(options.limit)..count).rev() {
		referenda.extend(chain.referendum(index).await?);
	}
	if context.json() {
		let referenda: Vec<Value> = referenda.iter().map(as_json).collect();
		context.object(out, &json!({ "referenda": referenda, "referenda_total": count }))?;
		return Ok(Exit::Success);
	}
	let mut list = table::of(&["", "state", "track", "ayes", "nays", "support", "proposal"]);
	for Referendum { index, state, ongoing } in &referenda {
		let mut row = vec![index.to_string(), state.clone()];
		if let Some(ongoing) = ongoing {
			row.push(track_name(ongoing));
			let numbers = [ongoing.ayes, ongoing.nays, ongoing.support];
			row.extend(numbers.map(|amount| tokens(amount, &token)));
			row.push(shortened(&proposal(ongoing)));
		}
		list.add_row(row);
	}
	table::write(out, &list)?;
	Ok(Exit::Success)
}

fn one(referendum: &Referendum, token: &Token, context: &Context, out: Out<'_>) -> Result<Exit> {
	if context.json() {
		context.object(out, &as_json(referendum))?;
		return Ok(Exit::Success);
	}
	let mut rows =
		vec![("referendum", referendum.index.to_string()), ("state", referendum.state.clone())];
	if let Some(ongoing) = &referendum.ongoing {
		let block = |block: Option<u32>| block.map_or("-".into(), |block| format!("block {block}"));
		rows.extend([
			("track", track_name(ongoing)),
			("ayes", tokens(ongoing.ayes, token)),
			("nays", tokens(ongoing.nays, token)),
			("support", tokens(ongoing.support, token)),
			("decision deposit", if ongoing.has_deposit { "placed" } else { "missing" }.into()),
			("deciding since", block(ongoing.deciding_since)),
			("confirmed at", block(ongoing.confirmed_at)),
			("proposal", proposal(ongoing)),
		]);
	}
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}

fn track_name(ongoing: &Ongoing) -> String {
	Track::by_id(ongoing.track)
		.map_or_else(|| ongoing.track.to_string(), |track| track.name.to_owned())
}

fn proposal(ongoing: &Ongoing) -> String {
	match &ongoing.proposal {
		Some(proposal) => table::text(proposal.as_bytes()),
		None => "a call that nobody noted".into(),
	}
}

/// Longest text of a proposal in a list.
const SHORT: usize = 60;

fn shortened(proposal: &str) -> String {
	match proposal.char_indices().nth(SHORT) {
		Some((end, _)) => format!("{}…", &proposal[..end]),
		None => proposal.to_owned(),
	}
}

fn as_json(referendum: &Referendum) -> Value {
	let ongoing = referendum.ongoing.as_ref().map(|ongoing| {
		json!({
			"track": track_name(ongoing),
			"ayes": ongoing.ayes.to_string(),
			"nays": ongoing.nays.to_string(),
			"support": ongoing.support.to_string(),
			"decision_deposit": ongoing.has_deposit,
			"deciding_since": ongoing.deciding_since,
			"confirmed_at": ongoing.confirmed_at,
			"proposal": ongoing.proposal,
		})
	});
	json!({ "referendum": referendum.index, "state": referendum.state, "ongoing": ongoing })
}
