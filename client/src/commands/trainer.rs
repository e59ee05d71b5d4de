//! `sheaf trainer`

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use clap::Args;
use sheaf_client::{
	address,
	trainer::{Trainer, TrainerNote, TrainerOptions},
};
use sheaf_training::{BountyId, BountyState};
use std::path::PathBuf;

/// `sheaf trainer`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Enrol, and train every round until the bounty has ended; goes on where it was when restarted
	Run(Options),
}

/// Options of `run`.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	bounty: u32,
	/// Private training data
	#[arg(long, value_name = "FILE")]
	data: PathBuf,
	/// Program that trains instead of the built-in trainer: reads SHEAF_MODEL_IN, SHEAF_DATA,
	/// SHEAF_ROUND and SHEAF_HINTS, writes the new model to SHEAF_MODEL_OUT
	#[arg(long, value_name = "COMMAND")]
	train_command: Option<String>,
	/// Folder for models and updates [default: sheaf-trainer/bounty-N-ADDRESS]
	#[arg(long, value_name = "DIR")]
	work_dir: Option<PathBuf>,
	/// Take part in this many rounds only
	#[arg(long, value_name = "COUNT")]
	rounds: Option<u32>,
	/// Seed of the built-in trainer's order of examples
	#[arg(long, default_value_t = 0)]
	seed: u64,
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	let Command::Run(options) = command;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let gateway = context.gateway()?;
	let folder = options.work_dir.unwrap_or_else(|| {
		let account = address(signer.account());
		PathBuf::from("sheaf-trainer").join(format!("bounty-{}-{account}", options.bounty))
	});
	context.note("Note: your updates become public and can reveal your data.");
	let options = TrainerOptions {
		bounty: BountyId(options.bounty),
		data: options.data,
		command: options.train_command,
		folder,
		rounds: options.rounds,
		seed: options.seed,
	};
	let mut tell = |note: TrainerNote| {
		// Work goes on if nobody reads.
		let _ = context.say(&mut *out, &note, &line(&note));
	};
	let state = Trainer::new(chain, gateway, signer, options, &mut tell).await?.run().await?;
	Ok(match state {
		BountyState::Cancelled | BountyState::Aborted => Exit::NotCompleted,
		_ => Exit::Success,
	})
}

/// A note for people.
fn line(note: &TrainerNote) -> String {
	match note {
		TrainerNote::Enrolled { bounty } => format!("enrolled in bounty {bounty}"),
		TrainerNote::Rejoined { bounty } => format!("rejoined bounty {bounty}"),
		TrainerNote::Waiting { reason, .. } => format!("waiting: {reason}"),
		TrainerNote::Training { round, .. } => format!("round {round}: training"),
		TrainerNote::Trained { round, loss, accuracy, clipped, .. } => {
			let score = match (loss, accuracy) {
				(Some(loss), Some(accuracy)) => {
					format!(
						", loss {loss:.4}, {:.1} % of the training data right",
						accuracy * 100.0
					)
				}
				_ => String::new(),
			};
			let clipped = match clipped {
				0 => String::new(),
				count => format!(", {count} elements clipped"),
			};
			format!("round {round}: trained{score}{clipped}")
		}
		TrainerNote::Committed { round, attempt, root, .. } => {
			format!("round {round}: committed to {root} (attempt {attempt})")
		}
		TrainerNote::Resumed { round, root, .. } => {
			format!("round {round}: found the committed update {root} on the disk")
		}
		TrainerNote::Uploaded { round, .. } => format!("round {round}: uploaded"),
		TrainerNote::BlobLost { round, .. } => format!(
			"round {round}: a commitment of this account stands, but its update is not in the work \
			 folder"
		),
		TrainerNote::Missed { round, .. } => {
			format!("round {round}: too late to commit, waiting for the next one")
		}
		TrainerNote::Disconnected { reason } => format!("{reason}; trying again"),
		TrainerNote::Ended { bounty, state, rounds } => {
			format!("bounty {bounty} is {state}; took part in {} rounds", rounds.len())
		}
	}
}
