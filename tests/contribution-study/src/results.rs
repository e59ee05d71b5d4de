//! The raw results, as files of comma-separated values.

use crate::{
	bounty::{Outcome, SLICE_EXAMPLES},
	conduct::{Conduct, DISHONEST},
	data::{Example, Split, LABELS, TEST, TRAINERS},
	round::{pay, RULES},
};
use anyhow::Result;
use sp_runtime::Permill;
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

/// Sums over all seeds, for one population, rule, size of slices, round and group of trainers.
#[derive(Default)]
struct Sums {
	/// Marginal contributions that were measured.
	measured: u32,
	/// Those that counted, being positive and more than noise.
	counted: u32,
	/// Of all of them, with their signs.
	marginal: i64,
	/// Answers that differ without the trainer.
	changed: u64,
	/// Payments with a marginal share of 50 %, in parts of the round's trainers' part.
	paid: f64,
}

/// All results.
pub struct Results {
	accuracy: String,
	pay: String,
	trainers: String,
	/// By places: population, rule, size, round, and whether dishonest.
	marginals: BTreeMap<(usize, usize, usize, usize, bool), Sums>,
	summary: String,
}

impl Results {
	/// No results of bounties with so many rounds.
	pub fn new(rounds: u32) -> Self {
		let after: Vec<String> = (0..=rounds).map(|round| format!("round_{round}")).collect();
		let paid: Vec<String> = (0..TRAINERS).map(|slot| format!("paid_{slot}")).collect();
		Self {
			accuracy: format!("seed,population,rule,{}\n", after.join(",")),
			pay: format!(
				"seed,population,rule,slice_examples,marginal_percent,{}\n",
				paid.join(",")
			),
			trainers: String::from("seed,slot,images,largest_label_percent\n"),
			marginals: BTreeMap::new(),
			summary: String::new(),
		}
	}

	/// Adds what each trainer has: images, and the largest part of all training images of a label.
	pub fn add_split(&mut self, seed: u64, split: &Split) {
		let count = |part: &[Example], label| part.iter().filter(|e| e.label == label).count();
		let all = split.parts.concat();
		for (slot, part) in split.parts.iter().enumerate() {
			let shares = (0..LABELS).map(|l| count(part, l) as f64 / count(&all, l) as f64);
			let largest = 100.0 * shares.fold(0.0, f64::max);
			let _ = writeln!(self.trainers, "{seed},{slot},{},{largest:.1}", part.len());
		}
	}

	/// Adds a bounty of the population and the rule at these places.
	pub fn add(&mut self, seed: u64, population: usize, rule: usize, outcome: &Outcome) {
		let name = format!("{},{}", Conduct::ALL[population].1, RULES[rule].1);
		self.accuracy += &format!("{seed},{name},{}\n", joined(&outcome.test));
		let equal = outcome.paid(None, Permill::zero());
		self.pay += &format!("{seed},{name},0,0,{}\n", joined(&percent(&equal)));
		let last = outcome.test.last().copied().unwrap_or(0);
		let accuracy = 100.0 * f64::from(last) / TEST as f64;
		let _ = write!(self.summary, "{name}: accuracy {accuracy:.1} %, paid to the last two");
		for (size, examples) in SLICE_EXAMPLES.iter().enumerate() {
			let paid = outcome.paid(Some(size), Permill::from_percent(50));
			self.pay += &format!("{seed},{name},{examples},50,{}\n", joined(&percent(&paid)));
			let dishonest: f64 = paid[TRAINERS - DISHONEST..].iter().sum();
			let _ = write!(self.summary, " {:.1} %", 100.0 * dishonest);
			for (round, measurements) in outcome.rounds.iter().enumerate() {
				let measured = &measurements[size];
				let paid = pay(&measured.marginals(), Permill::from_percent(50));
				for (slot, each) in measured.leave_one_out.iter().enumerate() {
					let dishonest = slot >= TRAINERS - DISHONEST;
					let key = (population, rule, size, round + 1, dishonest);
					let sums = self.marginals.entry(key).or_default();
					sums.measured += 1;
					sums.counted += u32::from(each.marginal(measured.correct) > 0);
					sums.marginal += i64::from(measured.correct) - i64::from(each.correct);
					sums.changed += u64::from(each.changed);
					sums.paid += paid[slot];
				}
			}
		}
		self.summary.push('\n');
	}

	/// A line per bounty.
	pub fn summary(&self) -> &str {
		&self.summary
	}

	/// Writes `accuracy.csv`, `pay.csv`, `trainers.csv` and `marginals.csv`.
	pub fn write(&self, folder: &Path) -> Result<()> {
		let mut marginals = String::from(
			"population,rule,slice_examples,round,trainers,measured,counted,marginal,changed,\
			 paid_percent\n",
		);
		for ((population, rule, size, round, dishonest), sums) in &self.marginals {
			let (population, rule) = (Conduct::ALL[*population].1, RULES[*rule].1);
			let group = if *dishonest { "last two" } else { "first eight" };
			let Sums { measured, counted, marginal, changed, paid } = sums;
			marginals += &format!(
				"{population},{rule},{},{round},{group},{measured},{counted},{marginal},{changed},{:.2}\n",
				SLICE_EXAMPLES[*size],
				100.0 * paid
			);
		}
		fs::create_dir_all(folder)?;
		fs::write(folder.join("accuracy.csv"), &self.accuracy)?;
		fs::write(folder.join("pay.csv"), &self.pay)?;
		fs::write(folder.join("trainers.csv"), &self.trainers)?;
		fs::write(folder.join("marginals.csv"), marginals)?;
		Ok(())
	}
}

/// Shares of the trainers' part in percent.
fn percent(paid: &[f64]) -> Vec<String> {
	paid.iter().map(|share| format!("{:.3}", 100.0 * share)).collect()
}

fn joined(values: &[impl ToString]) -> String {
	values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
