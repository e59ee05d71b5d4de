//! A self-test that runs on any target and ends in one digest.
//!
//! It drives fixed pseudo-random inputs through every rule, the tree, proofs, a fraud proof and
//! inference, and hashes all outputs. `tests/golden.py` computes the same digest independently;
//! `tests/golden.json` holds it.

use alloc::vec::Vec;
use codec::Encode;

use crate::{
	aggregate_chunk, changed, score, verify_leaf_hash, verify_wrong_chunk, write_elements,
	ChunkBytes, ChunkProof, Hash, Hasher, Inputs, Network, Parameters, Predictor, Rule, Shape,
	SliceLayout, Tree, WeightedChunk, WeightedRoot, WrongResultProof,
};

const ELEMENT_COUNT: u64 = 600;
const LEAF_COUNT: u64 = 3;
const FRACTION_BITS: u8 = 16;

/// The inputs of every golden vector: a 64-bit linear congruential generator.
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
	/// Starts the sequence of this seed.
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	/// The next number, from the high half of the state.
	pub fn next_u32(&mut self) -> u32 {
		self.0 =
			self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		u32::try_from(self.0 >> 32).unwrap_or(0)
	}

	/// The next number as `i32`, arithmetically shifted right to make it smaller.
	pub fn next_element(&mut self, shift: u32) -> i32 {
		self.next_u32().cast_signed().wrapping_shr(shift)
	}

	/// The next 256 elements.
	pub fn next_chunk(&mut self, shift: u32) -> ChunkBytes {
		let mut elements = [0; crate::CHUNK_ELEMENTS];
		elements.fill_with(|| self.next_element(shift));
		write_elements(&elements)
	}

	/// The next `count` elements.
	pub fn next_elements(&mut self, count: u64, shift: u32) -> Vec<i32> {
		(0..count).map(|_| self.next_element(shift)).collect()
	}
}

/// Runs the self-test with this hash function; 32 zero bytes if any step refuses.
pub fn digest<H: Hasher>() -> Hash {
	run::<H>().unwrap_or([0; 32])
}

fn run<H: Hasher>() -> Option<Hash> {
	let mut generator = Generator::new(1);
	let mut transcript = Vec::new();
	let trims = [0, 1, 2].map(|trim| Rule::TrimmedMean { trim });
	for rule in [Rule::WeightedMean, Rule::Median].into_iter().chain(trims) {
		for update_count in 0..=6 {
			run_round::<H>(rule, update_count, &mut generator, &mut transcript)?;
		}
	}
	run_inference(&mut generator, &mut transcript)?;
	Some(H::hash(&transcript))
}

/// Three chunks in front of everything: the previous model or an update.
struct Vector<H> {
	chunks: Vec<ChunkBytes>,
	tree: Tree<H>,
}

impl<H: Hasher> Vector<H> {
	fn new(shape: Shape, chunks: Vec<ChunkBytes>) -> Option<Self> {
		let leaves = chunks.iter().map(|chunk| H::hash(chunk)).collect();
		Some(Self { chunks, tree: Tree::new(shape, leaves).ok()? })
	}

	fn random(shape: Shape, generator: &mut Generator, shift: u32) -> Option<Self> {
		Self::new(shape, (0..LEAF_COUNT).map(|_| generator.next_chunk(shift)).collect())
	}

	fn chunk(&self, index: u64) -> Option<&ChunkBytes> {
		self.chunks.get(usize::try_from(index).ok()?)
	}

	fn prove(&self, index: u64) -> Option<ChunkProof> {
		ChunkProof::new(&self.tree, index, self.chunk(index)?).ok()
	}
}

fn run_round<H: Hasher>(
	rule: Rule,
	update_count: u32,
	generator: &mut Generator,
	transcript: &mut Vec<u8>,
) -> Option<()> {
	let parameters =
		Parameters { rule, element_count: ELEMENT_COUNT, clip: 1 << 20, model_bound: 1 << 24 };
	let shape = parameters.shape()?;
	let previous = Vector::<H>::random(shape, generator, 6)?;
	let mut updates = Vec::new();
	let mut roots = Vec::new();
	for _ in 0..update_count {
		let weight = (generator.next_u32() & 7).wrapping_add(1);
		let update = Vector::<H>::random(shape, generator, 8)?;
		roots.push(WeightedRoot { weight, root: update.tree.root() });
		updates.push(update);
	}
	let mut next = Vec::new();
	for index in 0..LEAF_COUNT {
		let chunks = roots.iter().zip(&updates).map(|(root, update)| {
			Some(WeightedChunk { weight: root.weight, chunk: update.chunk(index)? })
		});
		let chunks = chunks.collect::<Option<Vec<_>>>()?;
		next.push(aggregate_chunk(&parameters, index, previous.chunk(index)?, &chunks));
	}
	let next = Vector::new(shape, next)?;
	transcript.extend(next.tree.root());
	run_proofs(shape, &next, transcript)?;
	let inputs = Inputs { parameters, previous_root: previous.tree.root(), updates: &roots };
	run_fraud_proof(&inputs, &previous, &updates, next, transcript)
}

fn run_proofs<H: Hasher>(shape: Shape, next: &Vector<H>, transcript: &mut Vec<u8>) -> Option<()> {
	for index in 0..shape.padded_leaf_count() {
		let siblings = next.tree.prove(index).ok()?;
		let leaf = next.tree.node(0, index)?;
		let root = next.tree.root();
		let accepted = verify_leaf_hash::<H>(&root, shape, index, leaf, &siblings).is_ok();
		transcript.extend(siblings.concat());
		transcript.push(u8::from(accepted));
	}
	Some(())
}

/// Flips one bit of the next model and proves it wrong, then the same against the right one.
fn run_fraud_proof<H: Hasher>(
	inputs: &Inputs<'_>,
	previous: &Vector<H>,
	updates: &[Vector<H>],
	next: Vector<H>,
	transcript: &mut Vec<u8>,
) -> Option<()> {
	let index = 1;
	let mut wrong = next.chunks.clone();
	*wrong.get_mut(1)?.get_mut(77)? ^= 1;
	let wrong = Vector::new(next.tree.shape(), wrong)?;
	for claimed in [wrong, next] {
		let proof = WrongResultProof::Chunk {
			index,
			claimed_leaf: claimed.tree.node(0, index)?,
			claimed_siblings: claimed.tree.prove(index).ok()?,
			previous: previous.prove(index)?,
			updates: updates.iter().map(|update| update.prove(index)).collect::<Option<_>>()?,
		};
		let root = claimed.tree.root();
		let accepted = verify_wrong_chunk::<H>(inputs, &root, &proof).is_ok();
		transcript.extend(H::hash(&proof.encode()));
		transcript.push(u8::from(accepted));
	}
	Some(())
}

fn run_inference(generator: &mut Generator, transcript: &mut Vec<u8>) -> Option<()> {
	let layout = SliceLayout { features: 6, examples: 20 };
	let slice = generator.next_elements(layout.element_count(), 13);
	let mut all_predictions = Vec::new();
	for widths in [&[6, 3][..], &[6, 5, 3], &[6, 7, 5, 4]] {
		let network = Network { widths: widths.to_vec() };
		let model = generator.next_elements(network.element_count()?, 14);
		let mut predictor = Predictor::new(&network, FRACTION_BITS).ok()?;
		let score = score(&mut predictor, &model, layout, &slice).ok()?;
		transcript.extend(score.correct.to_le_bytes());
		transcript.extend(score.predictions.iter().flat_map(|label| label.to_le_bytes()));
		all_predictions.push(score.predictions);
	}
	if let [first, second, ..] = all_predictions.as_slice() {
		transcript.extend(changed(first, second).to_le_bytes());
	}
	Some(())
}

#[cfg(test)]
mod tests {
	#[test]
	fn the_self_test_ends_in_the_digest_of_the_independent_implementation() {
		let golden: serde_json::Value =
			serde_json::from_str(include_str!("../tests/golden.json")).unwrap();
		assert_eq!(golden["self_test"], hex::encode(super::digest::<crate::Blake2b256>()));
	}
}
