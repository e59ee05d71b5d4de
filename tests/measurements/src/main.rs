//! Measures what a verifier computes for a round and what a fraud proof costs, natively and in the
//! executor that runs the chain. See `docs/measurements.md`.

mod aggregation;
mod fraud;
mod spread;
mod vectors;
mod wasm;

use anyhow::Result;
use clap::Parser;
use serde::Serialize;
use std::{fs, path::PathBuf};

/// Measures what aggregation and fraud proofs cost.
#[derive(Parser)]
struct Options {
	/// How often each is measured.
	#[arg(long, default_value_t = 5)]
	repetitions: u32,
	/// File for the results, JSON.
	#[arg(long, default_value = "docs/measurements/computation.json")]
	out: PathBuf,
	/// Folder for up to 2.7 GB of updates [default: the system's for temporary files]
	#[arg(long)]
	scratch: Option<PathBuf>,
	/// Small models, two repetitions, nothing kept: shows within seconds that everything works.
	#[arg(long)]
	smoke: bool,
}

/// Everything measured.
#[derive(Serialize)]
struct Results {
	processors: usize,
	repetitions: u32,
	aggregation: Vec<aggregation::Pass>,
	blocks: Vec<wasm::BlockCost>,
	fraud_proofs: Vec<fraud::ProofCost>,
}

fn main() -> Result<()> {
	let options = Options::parse();
	let repetitions = if options.smoke { 2 } else { options.repetitions };
	let folder = match &options.scratch {
		Some(folder) => tempfile::tempdir_in(folder)?,
		None => tempfile::tempdir()?,
	};
	let mut machine = wasm::Machine::new()?;
	let results = Results {
		processors: std::thread::available_parallelism()?.get(),
		repetitions,
		// First, as its memory is measured.
		aggregation: aggregation::measure(folder.path(), options.smoke, repetitions)?,
		blocks: wasm::measure(&mut machine, options.smoke, repetitions)?,
		fraud_proofs: fraud::measure(&mut machine, options.smoke, repetitions)?,
	};
	if options.smoke {
		let counts = [results.aggregation.len(), results.blocks.len(), results.fraud_proofs.len()];
		println!("measured passes, blocks and proofs: {counts:?}; wasm and native code agree");
		return Ok(());
	}
	Ok(fs::write(&options.out, serde_json::to_string_pretty(&results)? + "\n")?)
}
