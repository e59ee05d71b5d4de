//! `sheaf model train`

use crate::{
	context::{Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{
	dataset::Dataset,
	initial,
	spec_file::SpecFile,
	trainer::train::{self, Hints},
};
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Training data
	#[arg(long, value_name = "FILE")]
	data: PathBuf,
	/// A bounty's spec: network, rounds and hints
	#[arg(long, value_name = "FILE")]
	spec: PathBuf,
	/// Model to start from [default: a random one]
	#[arg(long, value_name = "FILE")]
	initial_model: Option<PathBuf>,
	/// Epochs in all [default: those of all rounds]
	#[arg(long)]
	epochs: Option<u32>,
	/// Seed of a random initial model and of the order of examples
	#[arg(long, default_value_t = 0)]
	seed: u64,
	/// File to write
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

/// Trains alone.
pub fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let file = SpecFile::read(&options.spec)?;
	let layout = file.layout()?;
	let widths = file
		.network
		.as_deref()
		.ok_or_else(|| UsageError("`model train` needs a spec with a network".into()))?;
	let data = Dataset::read(&options.data)?;
	let mut values = match &options.initial_model {
		Some(path) => layout.read(path)?,
		None => initial::he(widths, options.seed),
	};
	let hints = file.hints()?;
	let all = hints.epochs.saturating_mul(file.rounds);
	let hints = Hints { epochs: options.epochs.unwrap_or(all), ..hints };
	let progress = context.spinner("training");
	let trained =
		train::train(widths, &mut values, &data, &hints, options.seed, |epoch, trained| {
			progress.set_message(format!("epoch {epoch}: loss {:.4}", trained.loss));
		})?;
	progress.finish_and_clear();
	layout.to_fixed(&values)?;
	layout.write(&options.out, &values)?;
	let path = options.out.display().to_string();
	let value = json!({
		"epochs": hints.epochs,
		"loss": trained.loss,
		"accuracy": trained.accuracy,
		"file": path,
	});
	let text = format!(
		"{} epochs, loss {:.4}, {:.2} % of the training data right, in {path}",
		hints.epochs,
		trained.loss,
		trained.accuracy * 100.0
	);
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}
