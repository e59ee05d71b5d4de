//! Computes a round's result from the blobs, a block of chunks at a time.
//!
//! The roots of all inputs are computed on the way, so that a damaged store ends in a failure, not
//! in a wrong attestation.

use super::{gateway::Gateway, Failure};
use alloc::vec::Vec;
use sheaf_aggregation::{
	aggregate_chunk, answers_hash, changed, read_elements, score, ChunkBytes, Predictor,
	RootBuilder, Score, Shape, SliceLayout, WeightedChunk, CHUNK_BYTES,
};
use sheaf_training::{
	BountySpec, Frozen, Hash, HostBlake2, LeaveOneOut, RoundResult, Scores, MAX_SCORED_ELEMENTS,
};
use sp_runtime::BoundedVec;

/// Bytes of all buffers together that are aimed at.
const WINDOW_BYTES: u64 = 4 << 20;
/// Bytes of all buffers together that the heap can spare: it has 128 MiB, rounds allocations up to
/// powers of two, and may hold a model and a slice besides.
const MAX_WINDOW_BYTES: u64 = 24 << 20;
/// Fewest chunks read at a time.
const MIN_BLOCK_CHUNKS: u64 = 16;
/// Most range requests of one computation. The host numbers requests with 16 bits.
const MAX_REQUESTS: u64 = 40_000;
/// Chunks of a slice read at a time.
const SLICE_BLOCK_CHUNKS: u64 = 1024;

const CHUNK: u64 = 1024;

/// Computes the next model's root from the previous model and the frozen updates, and scores it
/// where a slice is frozen. `keep_alive` is called between blocks.
///
/// # Errors
///
/// If the gateway does not serve an input, serves another one, or the round is too large.
pub(crate) fn compute_result(
	gateway: &Gateway,
	spec: &BountySpec,
	previous_model_root: Hash,
	frozen: &Frozen,
	keep_alive: &mut dyn FnMut(),
) -> Result<RoundResult, Failure> {
	let shape = spec.shape().ok_or(Failure::Inconsistent)?;
	let mut model = match frozen.slice_root {
		Some(_) => Some(Vec::with_capacity(scored_elements(shape)?)),
		None => None,
	};
	let aggregation = Aggregation { gateway, spec, shape, frozen, previous_model_root };
	let next_model_root = aggregation.run(None, model.as_mut(), keep_alive)?.into();
	let scores = match (frozen.slice_root, model) {
		(Some(slice_root), Some(model)) => {
			Some(score_models(&aggregation, model, slice_root, keep_alive)?)
		}
		_ => None,
	};
	Ok(RoundResult { next_model_root, scores })
}

/// What no spec that the chain accepts exceeds.
fn scored_elements(shape: Shape) -> Result<usize, Failure> {
	match shape.element_count() {
		count @ ..=MAX_SCORED_ELEMENTS => usize::try_from(count).map_err(|_| Failure::TooLarge),
		_ => Err(Failure::TooLarge),
	}
}

/// Chunks read at a time from each of `inputs` blobs.
fn block_chunks(shape: Shape, inputs: u64) -> Result<u64, Failure> {
	let buffers = inputs.saturating_add(1).saturating_mul(CHUNK);
	let aimed_at = WINDOW_BYTES.checked_div(buffers).unwrap_or(0);
	let needed = shape.leaf_count().saturating_mul(inputs).div_ceil(MAX_REQUESTS);
	let chunks = aimed_at.max(needed).max(MIN_BLOCK_CHUNKS).min(shape.leaf_count());
	match chunks.saturating_mul(buffers) {
		..=MAX_WINDOW_BYTES => Ok(chunks),
		_ => Err(Failure::TooLarge),
	}
}

/// A blob that is read block by block and checked at the end.
struct Input {
	root: Hash,
	builder: RootBuilder<HostBlake2>,
	block: Vec<u8>,
}

impl Input {
	fn new(root: Hash, shape: Shape) -> Self {
		Self { root, builder: RootBuilder::new(shape), block: Vec::new() }
	}

	/// Reads the next `chunks` chunks in place of the last ones.
	fn read_next(&mut self, gateway: &Gateway, chunks: u64) -> Result<(), Failure> {
		let bytes = usize::try_from(chunks.saturating_mul(CHUNK)).map_err(|_| Failure::TooLarge)?;
		self.block.resize(bytes, 0);
		let offset = self.builder.pushed().saturating_mul(CHUNK);
		gateway.read_blob(&self.root, offset, &mut self.block)?;
		for chunk in self.block.as_chunks::<CHUNK_BYTES>().0 {
			self.builder.push_chunk(chunk).map_err(|_| Failure::Inconsistent)?;
		}
		Ok(())
	}

	fn chunks(&self) -> &[ChunkBytes] {
		self.block.as_chunks().0
	}

	/// Fails unless everything that was read is the blob under the root.
	fn check(self) -> Result<(), Failure> {
		match self.builder.finish() {
			Ok(root) if root == self.root.0 => Ok(()),
			_ => Err(Failure::CorruptedBlob { root: self.root }),
		}
	}
}

/// The aggregation of one round.
struct Aggregation<'a> {
	gateway: &'a Gateway,
	spec: &'a BountySpec,
	shape: Shape,
	frozen: &'a Frozen,
	previous_model_root: Hash,
}

impl Aggregation<'_> {
	/// Returns the root of the next model, made without the update at the place `left_out`, and its
	/// elements in `model` if they are wanted.
	fn run(
		&self,
		left_out: Option<usize>,
		mut model: Option<&mut Vec<i32>>,
		keep_alive: &mut dyn FnMut(),
	) -> Result<sheaf_aggregation::Hash, Failure> {
		let updates = self.frozen.updates.iter().enumerate();
		let updates = updates.filter(|(place, _)| Some(*place) != left_out);
		let (weights, roots): (Vec<u32>, Vec<Hash>) =
			updates.map(|(_, update)| (update.weight, update.root)).unzip();
		let roots = core::iter::once(self.previous_model_root).chain(roots);
		let mut inputs: Vec<Input> = roots.map(|root| Input::new(root, self.shape)).collect();
		let count = u64::try_from(inputs.len()).map_err(|_| Failure::TooLarge)?;
		let block = block_chunks(self.shape, count)?;
		let mut next = RootBuilder::<HostBlake2>::new(self.shape);
		while next.pushed() < self.shape.leaf_count() {
			let chunks = self.shape.leaf_count().saturating_sub(next.pushed()).min(block);
			for input in &mut inputs {
				input.read_next(self.gateway, chunks)?;
			}
			self.aggregate_block(&inputs, &weights, &mut next, model.as_deref_mut())?;
			keep_alive();
		}
		inputs.into_iter().try_for_each(Input::check)?;
		next.finish().map_err(|_| Failure::Inconsistent)
	}

	/// Aggregates the chunks that the inputs hold now.
	fn aggregate_block(
		&self,
		inputs: &[Input],
		weights: &[u32],
		next: &mut RootBuilder<HostBlake2>,
		mut model: Option<&mut Vec<i32>>,
	) -> Result<(), Failure> {
		let (previous, updates) = inputs.split_first().ok_or(Failure::Inconsistent)?;
		let mut weighted = Vec::with_capacity(updates.len());
		for (place, previous) in previous.chunks().iter().enumerate() {
			weighted.clear();
			for (weight, update) in weights.iter().zip(updates) {
				let chunk = update.chunks().get(place).ok_or(Failure::Inconsistent)?;
				weighted.push(WeightedChunk { weight: *weight, chunk });
			}
			let index = next.pushed();
			let chunk = aggregate_chunk(&self.spec.parameters, index, previous, &weighted);
			next.push_chunk(&chunk).map_err(|_| Failure::Inconsistent)?;
			if let Some(model) = &mut model {
				let elements = self.shape.elements_in_chunk(index);
				model.extend(read_elements(&chunk).iter().take(elements));
			}
		}
		Ok(())
	}
}

/// Scores the next model on the slice under `slice_root`, and where contributions are measured, the
/// model without each update. Takes one more pass over the inputs for each; `model`'s memory is used
/// again.
fn score_models(
	aggregation: &Aggregation<'_>,
	mut model: Vec<i32>,
	slice_root: Hash,
	keep_alive: &mut dyn FnMut(),
) -> Result<Scores, Failure> {
	let Aggregation { gateway, spec, .. } = aggregation;
	let network = spec.network().ok_or(Failure::Inconsistent)?;
	let layout = spec.slice_layout().ok_or(Failure::Inconsistent)?;
	let shape = spec.slice_shape().ok_or(Failure::Inconsistent)?;
	let slice = read_slice(gateway, slice_root, shape, keep_alive)?;
	let predictor = Predictor::new(&network, spec.fraction_bits).map_err(Failure::CannotScore)?;
	let mut examiner = Examiner { predictor, layout, slice };
	let whole = examiner.score(&model)?;
	let mut leave_one_out = BoundedVec::new();
	if spec.measures_contribution() {
		for place in 0..aggregation.frozen.updates.len() {
			model.clear();
			aggregation.run(Some(place), Some(&mut model), keep_alive)?;
			let without = examiner.score(&model)?;
			keep_alive();
			let changed = changed(&whole.predictions, &without.predictions);
			leave_one_out
				.try_push(LeaveOneOut { correct: without.correct, changed })
				.map_err(|_| Failure::Inconsistent)?;
		}
	}
	Ok(Scores {
		correct: whole.correct,
		leave_one_out,
		answers: answers_hash::<HostBlake2>(&whole.predictions).into(),
	})
}

/// Scores models on one slice.
struct Examiner {
	predictor: Predictor,
	layout: SliceLayout,
	slice: Vec<i32>,
}

impl Examiner {
	fn score(&mut self, model: &[i32]) -> Result<Score, Failure> {
		score(&mut self.predictor, model, self.layout, &self.slice).map_err(Failure::CannotScore)
	}
}

fn read_slice(
	gateway: &Gateway,
	root: Hash,
	shape: Shape,
	keep_alive: &mut dyn FnMut(),
) -> Result<Vec<i32>, Failure> {
	let mut elements = Vec::with_capacity(scored_elements(shape)?);
	let mut input = Input::new(root, shape);
	while input.builder.pushed() < shape.leaf_count() {
		let first = input.builder.pushed();
		let chunks = shape.leaf_count().saturating_sub(first).min(SLICE_BLOCK_CHUNKS);
		input.read_next(gateway, chunks)?;
		for (index, chunk) in (first..).zip(input.chunks()) {
			elements.extend(read_elements(chunk).iter().take(shape.elements_in_chunk(index)));
		}
		keep_alive();
	}
	input.check()?;
	Ok(elements)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn blocks_fit_the_window_and_the_number_of_requests() {
		let shape = |elements| Shape::new(elements).unwrap();
		assert_eq!(block_chunks(shape(256), 3), Ok(1));
		assert_eq!(block_chunks(shape(10_000_000), 21), Ok(186));
		assert_eq!(block_chunks(shape(10_000_000), 65), Ok(64));
		let large = shape(50_000_000);
		let chunks = block_chunks(large, 65).unwrap();
		assert!(large.leaf_count().div_ceil(chunks) * 65 <= 41_000);
		assert!(chunks * 66 * 1024 <= MAX_WINDOW_BYTES);
		assert_eq!(block_chunks(shape(100_000_000), 65), Err(Failure::TooLarge));
	}

	#[test]
	fn what_does_not_fit_one_allocation_is_not_scored() {
		let elements = |count| scored_elements(Shape::new(count).unwrap());
		assert_eq!(elements(7_500_000), Ok(7_500_000));
		assert_eq!(elements(7_500_001), Err(Failure::TooLarge));
	}
}
