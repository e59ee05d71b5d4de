//! One pass over a round's data, as a verifier makes it: blobs are read from files block by block, the
//! root of each is computed, they are aggregated, and the result's root is computed.

use crate::{
	spread::{seconds, Spread},
	vectors::{self, RULES},
};
use anyhow::{ensure, Context, Result};
use serde::Serialize;
use sheaf_aggregation::{ChunkBytes, Parameters, RootBuilder, Shape, CHUNK_BYTES};
use sheaf_aggregation_wasm::work::{push_chunks, Block};
use sheaf_training::HostBlake2;
use std::{
	fs::{self, File},
	io::Read,
	path::{Path, PathBuf},
};

const TRAINERS: [usize; 6] = [2, 4, 8, 16, 32, 64];
const ELEMENTS: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Bytes of all inputs that are held at a time, as off-chain workers and gateways aim at.
const WINDOW_BYTES: usize = 4 << 20;
/// Fewest chunks of each input that are held at a time.
const MIN_BLOCK_CHUNKS: usize = 16;

/// A pass, measured several times: medians, and the spread of the whole.
#[derive(Serialize)]
pub struct Pass {
	rule: &'static str,
	trainers: usize,
	elements: u64,
	/// From files, which the system holds in memory.
	read_seconds: f64,
	/// Roots of the previous model and all updates.
	input_roots_seconds: f64,
	/// The rule itself.
	rule_seconds: f64,
	/// Root of the next model.
	result_root_seconds: f64,
	/// All of it.
	total_seconds: Spread,
	/// Most memory of the whole process during the passes.
	peak_bytes: u64,
}

/// Measures every rule for every number of trainers and elements.
pub fn measure(folder: &Path, smoke: bool, repetitions: u32) -> Result<Vec<Pass>> {
	let sizes = if smoke { &ELEMENTS[..1] } else { &ELEMENTS };
	let counts = if smoke { &TRAINERS[..3] } else { &TRAINERS };
	let mut passes = Vec::new();
	for elements in sizes {
		let shape = Shape::new(*elements).context("no elements")?;
		let most = counts[counts.len() - 1];
		// The previous model, and an update each.
		let files: Vec<PathBuf> = (0..=most).map(|place| folder.join(place.to_string())).collect();
		for (seed, file) in (0..).zip(&files) {
			vectors::write(file, seed, shape)?;
		}
		for trainers in counts {
			let mut results = Vec::new();
			for rule in RULES.into_iter().filter(|rule| vectors::makes_sense(rule, *trainers)) {
				let parameters = vectors::parameters(rule, *trainers, *elements);
				results.push(repeat(rule, &parameters, &files[..=*trainers], repetitions)?);
			}
			eprintln!("{elements} elements, {trainers} trainers");
			passes.append(&mut results);
		}
	}
	Ok(passes)
}

fn repeat(
	rule: &'static str,
	parameters: &Parameters,
	files: &[PathBuf],
	repetitions: u32,
) -> Result<Pass> {
	forget_peak()?;
	let times = (0..repetitions).map(|_| pass(parameters, files)).collect::<Result<Vec<_>>>()?;
	let spread = |of: &dyn Fn(&Times) -> f64| Spread::of(times.iter().map(of).collect());
	Ok(Pass {
		rule,
		trainers: files.len() - 1,
		elements: parameters.element_count,
		read_seconds: spread(&|times| times.read).median,
		input_roots_seconds: spread(&|times| times.input_roots).median,
		rule_seconds: spread(&|times| times.rule).median,
		result_root_seconds: spread(&|times| times.result_root).median,
		total_seconds: spread(&|t| t.read + t.input_roots + t.rule + t.result_root),
		peak_bytes: peak()?,
	})
}

/// Seconds of one pass.
#[derive(Default)]
struct Times {
	read: f64,
	input_roots: f64,
	rule: f64,
	result_root: f64,
}

fn pass(parameters: &Parameters, files: &[PathBuf]) -> Result<Times> {
	let shape = parameters.shape().context("no shape")?;
	let mut times = Times::default();
	let mut inputs = files.iter().map(File::open).collect::<Result<Vec<_>, _>>()?;
	let new_tree = || RootBuilder::<HostBlake2>::new(shape);
	let mut trees: Vec<_> = files.iter().map(|_| new_tree()).collect();
	let mut next = new_tree();
	while next.pushed() < shape.leaf_count() {
		let left = (shape.leaf_count() - next.pushed()) as usize;
		let chunks = left.min(MIN_BLOCK_CHUNKS.max(WINDOW_BYTES / CHUNK_BYTES / (files.len() + 1)));
		let (time, mut columns) = seconds(|| read(&mut inputs, chunks))?;
		times.read += time;
		let (time, ()) = seconds(|| {
			let mut pairs = trees.iter_mut().zip(&columns);
			Ok(pairs.try_for_each(|(tree, chunks)| push_chunks(tree, chunks))?)
		})?;
		times.input_roots += time;
		let updates = columns.split_off(1);
		let block = Block { parameters: *parameters, previous: columns.remove(0), updates };
		let (time, chunks) = seconds(|| Ok(block.aggregate(next.pushed())))?;
		times.rule += time;
		times.result_root += seconds(|| Ok(push_chunks(&mut next, &chunks)?))?.0;
	}
	let (time, ()) =
		seconds(|| trees.into_iter().try_for_each(|t| t.finish().map(|_| ()).map_err(Into::into)))?;
	times.input_roots += time;
	times.result_root += seconds(|| Ok(next.finish()?))?.0;
	Ok(times)
}

/// The next chunks of each input.
fn read(inputs: &mut [File], chunks: usize) -> Result<Vec<Vec<ChunkBytes>>> {
	let mut columns = Vec::with_capacity(inputs.len());
	for input in inputs {
		let mut column = vec![[0; CHUNK_BYTES]; chunks];
		input.read_exact(column.as_flattened_mut())?;
		columns.push(column);
	}
	Ok(columns)
}

/// Lets the system count this process's most memory from here on.
fn forget_peak() -> Result<()> {
	fs::write("/proc/self/clear_refs", "5").context("Linux alone counts peak memory like this")
}

/// Most memory of this process, in bytes.
fn peak() -> Result<u64> {
	let status = fs::read_to_string("/proc/self/status")?;
	let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
	let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
	let bytes = kib.parse::<u64>()? * 1024;
	ensure!(bytes > 0, "no memory was used");
	Ok(bytes)
}
