//! `sheaf data`

use crate::{
	context::{Context, Out},
	exit::{DataError, Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use rand::{seq::SliceRandom, SeedableRng};
use serde_json::json;
use sheaf_client::dataset::Dataset;
use std::path::PathBuf;

/// `sheaf data`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Divide a data set into test data and one part per trainer
	Split(Options),
}

/// Options of `split`.
#[derive(Args)]
pub struct Options {
	/// The whole data set
	#[arg(long, value_name = "FILE")]
	data: PathBuf,
	/// Examples kept for testing
	#[arg(long, value_name = "COUNT")]
	test: usize,
	/// Parts for trainers
	#[arg(long, value_name = "COUNT")]
	trainers: usize,
	/// Part of each label that goes to one trainer instead of all alike: 0 is even, 1 is one label,
	/// one trainer
	#[arg(long, default_value_t = 0.0)]
	skew: f64,
	/// Multiply features by this
	#[arg(long, default_value_t = 1.0)]
	scale: f32,
	/// Seed of the shuffle
	#[arg(long, default_value_t = 0)]
	seed: u64,
	/// Folder for test.safetensors, train.safetensors and trainer-1.safetensors, ...
	#[arg(long, value_name = "DIR")]
	out: PathBuf,
}

/// Divides a data set.
pub fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	let Command::Split(options) = command;
	if options.trainers == 0 || options.test == 0 || !(0.0..=1.0).contains(&options.skew) {
		let text = "--trainers and --test must be at least 1 and --skew between 0 and 1";
		return Err(UsageError(text.into()).into());
	}
	let mut data = Dataset::read(&options.data)?;
	data.features.iter_mut().for_each(|feature| *feature *= options.scale);
	if data.features.iter().any(|feature| !feature.is_finite()) {
		return Err(
			DataError(format!("--scale {} leaves no finite features", options.scale)).into()
		);
	}
	let parts = divide(&data, &options)?;
	std::fs::create_dir_all(&options.out)?;
	let (test, train) = parts.split_at(1);
	let mut files = vec![("test.safetensors".to_owned(), test.concat())];
	files.push(("train.safetensors".to_owned(), train.concat()));
	for (number, part) in (1..).zip(train) {
		files.push((format!("trainer-{number}.safetensors"), part.clone()));
	}
	let mut written = Vec::new();
	for (name, examples) in files {
		let path = options.out.join(name);
		data.select(&examples).write(&path)?;
		written.push(json!({ "file": path, "examples": examples.len() }));
	}
	let text: Vec<String> = written
		.iter()
		.map(|file| {
			format!(
				"{} examples in {}",
				file["examples"],
				file["file"].as_str().unwrap_or_default()
			)
		})
		.collect();
	context.say(out, &written, &text.join("\n"))?;
	Ok(Exit::Success)
}

/// Test examples first, then those of each trainer; none of the parts is empty.
fn divide(data: &Dataset, options: &Options) -> Result<Vec<Vec<usize>>, DataError> {
	if data.len() < options.test.saturating_add(options.trainers) {
		return Err(DataError(format!("{} examples are too few to divide so", data.len())));
	}
	let mut random = rand_chacha::ChaCha20Rng::seed_from_u64(options.seed);
	let mut order: Vec<usize> = (0..data.len()).collect();
	order.shuffle(&mut random);
	let train = order.split_off(options.test);
	let mut parts = vec![Vec::new(); options.trainers];
	let skewed = (train.len() as f64 * options.skew) as usize;
	for (place, example) in train.into_iter().enumerate() {
		let owner = match place < skewed {
			true => data.labels[example] as usize % options.trainers,
			false => place % options.trainers,
		};
		parts[owner].push(example);
	}
	if let Some(trainer) = parts.iter().position(Vec::is_empty) {
		let text = format!("trainer {} would get no example: give a smaller --skew", trainer + 1);
		return Err(DataError(text));
	}
	parts.insert(0, order);
	Ok(parts)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn options(skew: f64) -> Options {
		Options {
			data: PathBuf::new(),
			test: 10,
			trainers: 3,
			skew,
			scale: 1.0,
			seed: 1,
			out: PathBuf::new(),
		}
	}

	fn data() -> Dataset {
		let labels = (0..100).map(|i| i % 3).collect();
		Dataset { features: vec![0.0; 100], labels, width: 1 }
	}

	#[test]
	fn every_example_is_in_exactly_one_part() {
		for skew in [0.0, 0.5, 1.0] {
			let parts = divide(&data(), &options(skew)).unwrap();
			assert_eq!((parts.len(), parts[0].len()), (4, 10));
			let mut all = parts.concat();
			all.sort_unstable();
			assert_eq!(all, (0..100).collect::<Vec<_>>());
		}
	}

	#[test]
	fn full_skew_gives_each_trainer_its_labels() {
		let data = data();
		let parts = divide(&data, &options(1.0)).unwrap();
		for (trainer, part) in (0..).zip(&parts[1..]) {
			assert!(part.iter().all(|example| data.labels[*example] == trainer));
		}
	}

	#[test]
	fn parts_without_examples_are_refused() {
		let refusal = |options: Options| divide(&data(), &options).unwrap_err().to_string();
		let most = Options { test: usize::MAX, ..options(0.0) };
		assert!(refusal(most).contains("too few"));
		let four = Options { trainers: 4, ..options(1.0) };
		assert!(refusal(four).contains("trainer 4 would get no example"));
	}
}
