//! The digits: read, held out, and divided unevenly among the trainers as in the demo.

use anyhow::{ensure, Context, Result};
use rand::{seq::SliceRandom, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use safetensors::SafeTensors;
use std::{fs, path::Path};

/// Pixels of an image.
pub const PIXELS: usize = 64;
/// Digits to tell apart.
pub const LABELS: usize = 10;
/// Trainers of every bounty of the study.
pub const TRAINERS: usize = 10;
/// Images that only accuracy is measured on.
pub const TEST: usize = 297;
/// Images that slices are cut from.
pub const POOL: usize = 400;
/// Fewest images that a trainer may have; the demo's.
const MIN_EXAMPLES: usize = 20;

/// One image.
#[derive(Clone, PartialEq, Debug)]
pub struct Example {
	/// Grey values from 0 to 1, row by row.
	pub pixels: [f32; PIXELS],
	/// The digit.
	pub label: usize,
}

/// Who has which images. No image is in two places.
#[derive(Clone, PartialEq, Debug)]
pub struct Split {
	/// What each trainer trains on.
	pub parts: Vec<Vec<Example>>,
	/// What the sponsor's slices are cut from.
	pub pool: Vec<Example>,
	/// What nobody but this study sees.
	pub test: Vec<Example>,
}

/// A stream of random numbers for one purpose, independent of the seed's other streams.
pub fn random(seed: u64, purpose: u64) -> ChaCha20Rng {
	let mut random = ChaCha20Rng::seed_from_u64(seed);
	random.set_stream(purpose);
	random
}

/// A standard normal value, by Box and Muller.
pub fn normal(random: &mut ChaCha20Rng) -> f64 {
	let radius: f64 = 1.0 - random.random::<f64>();
	let angle: f64 = random.random::<f64>() * std::f64::consts::TAU;
	(-2.0 * radius.ln()).sqrt() * angle.cos()
}

/// Reads `features` `[n, 64]` as f32 and `labels` `[n]` as i64.
pub fn read(path: &Path) -> Result<Vec<Example>> {
	let bytes = fs::read(path).with_context(|| path.display().to_string())?;
	let file = SafeTensors::deserialize(&bytes)?;
	let (features, labels) = (file.tensor("features")?, file.tensor("labels")?);
	ensure!(features.shape() == [labels.shape()[0], PIXELS], "features are not [n, {PIXELS}]");
	let images = features.data().as_chunks::<4>().0.as_chunks::<PIXELS>().0;
	let labels = labels.data().as_chunks().0.iter().map(|word| i64::from_le_bytes(*word));
	let examples = images.iter().zip(labels).map(|(image, label)| {
		let label = usize::try_from(label).ok().filter(|label| *label < LABELS);
		Ok(Example {
			pixels: image.map(f32::from_le_bytes),
			label: label.context("a label is not a digit")?,
		})
	});
	examples.collect()
}

/// Draws test images, the pool and the trainers' parts.
pub fn split(mut examples: Vec<Example>, seed: u64) -> Split {
	let mut random = random(seed, 0);
	examples.shuffle(&mut random);
	let mut training = examples.split_off(TEST + POOL);
	let pool = examples.split_off(TEST);
	loop {
		training.shuffle(&mut random);
		let parts = divide(&training, &mut random);
		if parts.iter().all(|part| part.len() >= MIN_EXAMPLES) {
			return Split { parts, pool, test: examples };
		}
	}
}

/// Divides each label's images in proportions drawn from a Dirichlet distribution with alpha 0.5.
fn divide(examples: &[Example], random: &mut ChaCha20Rng) -> Vec<Vec<Example>> {
	let mut parts = vec![Vec::new(); TRAINERS];
	for label in 0..LABELS {
		let members: Vec<&Example> = examples.iter().filter(|each| each.label == label).collect();
		// A squared normal value is gamma distributed with shape 0.5.
		let shares: [f64; TRAINERS] = std::array::from_fn(|_| normal(random).powi(2));
		let whole: f64 = shares.iter().sum();
		let (mut sum, mut start) = (0.0, 0);
		for (part, share) in parts.iter_mut().zip(shares) {
			sum += share;
			let end = (sum / whole * members.len() as f64).round() as usize;
			part.extend(members[start..end].iter().map(|each| (*each).clone()));
			start = end;
		}
	}
	parts.iter_mut().for_each(|part| part.shuffle(random));
	parts
}

#[cfg(test)]
pub mod tests {
	use super::*;

	pub fn digits() -> Vec<Example> {
		let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
		read(&manifest.join("../../data/digits/digits.safetensors")).unwrap()
	}

	#[test]
	fn every_image_is_in_one_place_and_a_seed_gives_one_split() {
		let split = super::split(digits(), 3);
		assert_eq!((split.test.len(), split.pool.len()), (TEST, POOL));
		assert!(split.parts.iter().all(|part| part.len() >= MIN_EXAMPLES));
		let bytes = |each: &Example| (each.pixels.map(f32::to_bits), each.label);
		let parts = split.parts.iter().flatten();
		let mut placed: Vec<_> = parts.chain(&split.pool).chain(&split.test).map(bytes).collect();
		let mut all: Vec<_> = digits().iter().map(bytes).collect();
		placed.sort();
		all.sort();
		assert_eq!(placed, all);
		assert_eq!(split, super::split(digits(), 3));
		assert_ne!(split, super::split(digits(), 4));
	}
}
