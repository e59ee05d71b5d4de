//! Models and updates of random elements.

use anyhow::Result;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sheaf_aggregation::{write_elements, ChunkBytes, Parameters, Rule, Shape};
use std::{
	fs::File,
	io::{BufWriter, Write},
	path::Path,
};

/// The rules, by what trims them: a quarter of the updates at each end.
pub const RULES: [&str; 3] = ["weighted mean", "median", "trimmed mean"];

/// The arithmetic of a bounty with this rule.
pub fn parameters(rule: &str, trainers: usize, element_count: u64) -> Parameters {
	let rule = match rule {
		"median" => Rule::Median,
		"trimmed mean" => Rule::TrimmedMean { trim: (trainers / 4) as u16 },
		_ => Rule::WeightedMean,
	};
	Parameters { rule, element_count, clip: 1 << 18, model_bound: 1 << 22 }
}

/// Whether the rule is another one than those before it: of fewer than four, none is trimmed.
pub fn makes_sense(rule: &str, trainers: usize) -> bool {
	rule != "trimmed mean" || trainers >= 4
}

/// Random chunks; elements past the last one are zero.
pub fn chunks(seed: u64, shape: Shape) -> impl Iterator<Item = ChunkBytes> {
	let mut random = ChaCha8Rng::seed_from_u64(seed);
	(0..shape.leaf_count()).map(move |index| {
		let mut elements = [0; 256];
		let filled = &mut elements[..shape.elements_in_chunk(index)];
		filled.fill_with(|| random.random_range(-(1 << 16)..1 << 16));
		write_elements(&elements)
	})
}

/// Writes random chunks to a file, as blobs are stored.
pub fn write(path: &Path, seed: u64, shape: Shape) -> Result<()> {
	let mut file = BufWriter::new(File::create(path)?);
	for chunk in chunks(seed, shape) {
		file.write_all(&chunk)?;
	}
	Ok(file.flush()?)
}
