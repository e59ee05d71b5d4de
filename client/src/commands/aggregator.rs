//! `sheaf aggregator`

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use clap::Args;
use sheaf_client::{
	address,
	aggregator::{Aggregator, AggregatorNote},
};
use sheaf_training::{BountyId, BountyState};
use std::path::PathBuf;

/// `sheaf aggregator`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Enrol, and compute and attest whenever drawn, until the bounty has ended
	Run(Options),
}

/// Options of `run`.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	bounty: u32,
	/// Folder for downloads and models [default: sheaf-aggregator/bounty-N-ADDRESS]
	#[arg(long, value_name = "DIR")]
	work_dir: Option<PathBuf>,
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	let Command::Run(options) = command;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let gateway = context.gateway()?;
	let folder = options.work_dir.unwrap_or_else(|| {
		let account = address(signer.account());
		PathBuf::from("sheaf-aggregator").join(format!("bounty-{}-{account}", options.bounty))
	});
	let mut tell = |note: AggregatorNote| {
		// Work goes on if nobody reads.
		let _ = context.say(&mut *out, &note, &line(&note));
	};
	let bounty = BountyId(options.bounty);
	let aggregator = Aggregator::new(chain, gateway, signer, bounty, folder, &mut tell);
	Ok(match aggregator.run().await? {
		BountyState::Cancelled | BountyState::Aborted => Exit::NotCompleted,
		_ => Exit::Success,
	})
}

/// A note for people.
fn line(note: &AggregatorNote) -> String {
	match note {
		AggregatorNote::Enrolled { bounty } => format!("enrolled in bounty {bounty}"),
		AggregatorNote::Waiting { reason, .. } => format!("waiting: {reason}"),
		AggregatorNote::Computed { round, root, correct, updates, .. } => {
			let score = correct.map(|correct| format!(", {correct} correct")).unwrap_or_default();
			format!("round {round}: {updates} updates make {root}{score}")
		}
		AggregatorNote::Attested { round, attempt, .. } => {
			format!("round {round}: attested (attempt {attempt})")
		}
		AggregatorNote::Published { round, .. } => format!("round {round}: published"),
		AggregatorNote::Answered { round, level, index, .. } => {
			format!("round {round}: opened node {index} of level {level} to a challenger")
		}
		AggregatorNote::Disconnected { reason } => format!("{reason}; trying again"),
		AggregatorNote::Ended { bounty, state } => format!("bounty {bounty} is {state}"),
	}
}
