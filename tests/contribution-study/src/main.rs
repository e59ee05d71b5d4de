//! The study "Scores pay": what honest and dishonest trainers are paid, and what the model learns,
//! under each aggregation rule. Next models, scores and payments are computed by the crates that the
//! chain runs; only local training is this program's own. See `docs/contribution-study.md`.

mod bounty;
mod conduct;
mod data;
mod results;
mod round;
mod training;

use anyhow::Result;
use clap::Parser;
use std::{path::PathBuf, time::Instant};

/// Measures what honest and dishonest trainers are paid.
#[derive(Parser)]
struct Options {
	/// Seeds, from 1: each draws its own split, initial model, order of examples and noise.
	#[arg(long, default_value_t = 20)]
	seeds: u64,
	/// Rounds of each bounty.
	#[arg(long, default_value_t = 10)]
	rounds: u32,
	/// Folder for the results.
	#[arg(long, default_value = "docs/contribution-study")]
	out: PathBuf,
	/// The digits.
	#[arg(long, default_value = "data/digits/digits.safetensors")]
	data: PathBuf,
	/// One seed, two rounds, nothing written: shows within seconds that everything works.
	#[arg(long)]
	smoke: bool,
}

fn main() -> Result<()> {
	let options = Options::parse();
	let started = Instant::now();
	let (seeds, rounds) = if options.smoke { (1, 2) } else { (options.seeds, options.rounds) };
	let digits = data::read(&options.data)?;
	let mut results = results::Results::new(rounds);
	for seed in 1..=seeds {
		let split = data::split(digits.clone(), seed);
		results.add_split(seed, &split);
		for (population, (conduct, _)) in conduct::Conduct::ALL.into_iter().enumerate() {
			for (place, (rule, _)) in round::RULES.into_iter().enumerate() {
				let outcome = bounty::run(&split, conduct, rule, seed, rounds)?;
				results.add(seed, population, place, &outcome);
			}
		}
		eprintln!("seed {seed} of {seeds}: {} s", started.elapsed().as_secs());
	}
	match options.smoke {
		true => print!("{}", results.summary()),
		false => results.write(&options.out)?,
	}
	Ok(())
}
