//! `sheaf governance show`

use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
	table,
};
use anyhow::Result;
use clap::Args;
use serde_json::{json, Value};
use sheaf_client::chain::{governance::Track, queries::Token, Chain};
use sheaf_governance::{Poll, Referendum, ReferendumState, Share, Stage};
use sp_runtime::Perbill;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the referendum [default: all]
	referendum: Option<u32>,
	/// Most referenda to show, 1 to 100
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
	limit: u32,
}

/// A referendum and what it proposes, as text.
struct Shown {
	referendum: Referendum,
	proposal: Option<String>,
}

impl Shown {
	async fn new(referendum: Referendum, chain: &Chain) -> Result<Self> {
		let proposal = match &referendum.state {
			ReferendumState::Ongoing(poll) => chain.proposal_text(&poll.proposal).await?,
			_ => None,
		};
		Ok(Self { referendum, proposal })
	}

	fn poll(&self) -> Option<&Poll> {
		match &self.referendum.state {
			ReferendumState::Ongoing(poll) => Some(poll),
			_ => None,
		}
	}

	fn proposal(&self) -> String {
		match &self.proposal {
			Some(proposal) => table::text(proposal.as_bytes()),
			None => "a call that nobody noted".into(),
		}
	}
}

/// Shows referenda.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let token = chain.token().await?;
	if let Some(index) = options.referendum {
		let referendum = chain.referendum(index).await?;
		let referendum =
			referendum.ok_or_else(|| UsageError(format!("there is no referendum {index}")))?;
		return one(&Shown::new(referendum, &chain).await?, &token, context, out);
	}
	let page = chain.referenda(None, options.limit).await?;
	let mut all = Vec::new();
	for referendum in page.referenda {
		all.push(Shown::new(referendum, &chain).await?);
	}
	if context.json() {
		let referenda: Vec<Value> = all.iter().map(as_json).collect();
		context.object(out, &json!({ "referenda": referenda, "referenda_total": page.total }))?;
		return Ok(Exit::Success);
	}
	let mut list = table::of(&["", "state", "track", "ayes", "nays", "support", "proposal"]);
	for shown in &all {
		let mut row =
			vec![shown.referendum.index.to_string(), name(&shown.referendum.state).into()];
		if let Some(poll) = shown.poll() {
			row.push(track_name(poll));
			let numbers = [poll.ayes, poll.nays, poll.support];
			row.extend(numbers.map(|amount| tokens(amount, &token)));
			row.push(shortened(&shown.proposal()));
		}
		list.add_row(row);
	}
	table::write(out, &list)?;
	Ok(Exit::Success)
}

fn one(shown: &Shown, token: &Token, context: &Context, out: Out<'_>) -> Result<Exit> {
	if context.json() {
		context.object(out, &as_json(shown))?;
		return Ok(Exit::Success);
	}
	let Referendum { index, state } = &shown.referendum;
	let mut rows = vec![("referendum", index.to_string()), ("state", name(state).into())];
	if let Some(poll) = shown.poll() {
		rows.extend([
			("track", track_name(poll)),
			("waits for", waits_for(poll.stage, token)),
			("ayes", tokens(poll.ayes, token)),
			("nays", tokens(poll.nays, token)),
			("support", tokens(poll.support, token)),
			("approval", has_of(poll.approval_share)),
			("turnout", has_of(poll.support_share)),
			("proposal", shown.proposal()),
		]);
	}
	if let Some(block) = ended_at(state) {
		rows.push(("since", format!("block {block}")));
	}
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}

fn name(state: &ReferendumState) -> &'static str {
	match state {
		ReferendumState::Ongoing(_) => "Ongoing",
		ReferendumState::Approved(_) => "Approved",
		ReferendumState::Rejected(_) => "Rejected",
		ReferendumState::Cancelled(_) => "Cancelled",
		ReferendumState::TimedOut(_) => "TimedOut",
		ReferendumState::Killed(_) => "Killed",
	}
}

fn ended_at(state: &ReferendumState) -> Option<u32> {
	use ReferendumState::*;
	match state {
		Ongoing(_) => None,
		Approved(at) | Rejected(at) | Cancelled(at) | TimedOut(at) | Killed(at) => Some(*at),
	}
}

fn waits_for(stage: Stage, token: &Token) -> String {
	match stage {
		Stage::Preparing { until } => format!("the time to prepare, up to block {until}"),
		Stage::Deposit { amount, until } => {
			format!("a decision deposit of {} before block {until}", tokens(amount, token))
		}
		Stage::Queued => "a place among those that are decided".into(),
		Stage::Deciding { since, until } => {
			format!("votes, from block {since}; rejected at block {until}")
		}
		Stage::Confirming { until, .. } => format!("confirmation; approved at block {until}"),
	}
}

/// For example `62.50 %, needs 80.00 %`.
fn has_of(Share { has, needs }: Share) -> String {
	let percent = |share: Perbill| f64::from(share.deconstruct()) / 10_000_000.0;
	format!("{:.2} %, needs {:.2} %", percent(has), percent(needs))
}

fn track_name(poll: &Poll) -> String {
	Track::by_id(poll.track).map_or_else(|| poll.track.to_string(), |track| track.name.to_owned())
}

/// Longest text of a proposal in a list.
const SHORT: usize = 60;

fn shortened(proposal: &str) -> String {
	match proposal.char_indices().nth(SHORT) {
		Some((end, _)) => format!("{}…", &proposal[..end]),
		None => proposal.to_owned(),
	}
}

fn as_json(shown: &Shown) -> Value {
	let ongoing = shown.poll().map(|poll| {
		let (deciding_since, confirmed_at) = match poll.stage {
			Stage::Deciding { since, .. } => (Some(since), None),
			Stage::Confirming { since, until } => (Some(since), Some(until)),
			_ => (None, None),
		};
		json!({
			"track": track_name(poll),
			"ayes": poll.ayes.to_string(),
			"nays": poll.nays.to_string(),
			"support": poll.support.to_string(),
			"decision_deposit": !matches!(poll.stage, Stage::Deposit { .. }),
			"deciding_since": deciding_since,
			"confirmed_at": confirmed_at,
			"proposal": shown.proposal,
		})
	});
	let Referendum { index, state } = &shown.referendum;
	json!({
		"referendum": index,
		"state": name(state),
		"ended_at": ended_at(state),
		"ongoing": ongoing,
	})
}
