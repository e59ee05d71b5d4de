//! Measures what a verifier computes for a round and what a fraud proof costs, natively and in the
//! executor that runs the chain; and what blocks cost. See `docs/measurements.md`.

mod aggregation;
mod blocks;
mod chain;
mod fraud;
mod spread;
mod vectors;
mod wasm;

use anyhow::Result;
use clap::Parser;
use serde::Serialize;
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Measures what aggregation and fraud proofs cost.
#[derive(Parser)]
struct Options {
	/// How often each is measured.
	#[arg(long, default_value_t = 5)]
	repetitions: u32,
	/// Measure blocks of the runtime instead.
	#[arg(long)]
	blocks: bool,
	/// File for the results, JSON [default: docs/measurements/computation.json, or blocks.json]
	#[arg(long)]
	out: Option<PathBuf>,
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

impl Options {
	fn repetitions(&self) -> u32 {
		if self.smoke {
			2
		} else {
			self.repetitions
		}
	}

	fn write(&self, file: &str, results: &impl Serialize) -> Result<()> {
		let default = || Path::new("docs/measurements").join(file);
		let path = self.out.clone().unwrap_or_else(default);
		Ok(fs::write(path, serde_json::to_string_pretty(results)? + "\n")?)
	}
}

fn main() -> Result<()> {
	let options = Options::parse();
	if options.blocks {
		let results = blocks::measure(options.smoke, options.repetitions())?;
		if options.smoke {
			println!("built and executed blocks: {}", results.summary());
			return Ok(());
		}
		return options.write("blocks.json", &results);
	}
	measure_computation(&options)
}

fn measure_computation(options: &Options) -> Result<()> {
	let repetitions = options.repetitions();
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
	options.write("computation.json", &results)
}
