//! Models, updates and slices: what the blobs hold, and what becomes of them.

use sheaf_aggregation::{
	aggregate_chunk, answers_hash, changed, read_elements, score, top_from_path, write_elements,
	Blake2b256, ChunkBytes, ChunkProof, Hasher, Network, Predictor, Score, Shape, SliceLayout,
	Tree, WeightedChunk, WrongResultProof, CHUNK_ELEMENTS,
};
use sheaf_training::{BountySpec, Hash, LeaveOneOut, OpenedNodes, Round, RoundResult, Scores};
use sp_runtime::BoundedVec;
use std::collections::HashMap;

/// A vector of fixed-point elements.
pub type Elements = Vec<i32>;

/// Blobs by root, as gateways hold them.
#[derive(Default)]
pub struct Blobs(HashMap<Hash, Elements>);

impl Blobs {
	/// Keeps a blob and returns its root.
	pub fn put(&mut self, elements: Elements) -> Hash {
		let root = root_of(&elements);
		self.0.insert(root, elements);
		root
	}

	/// Whether anybody holds the blob with this root.
	pub fn hold(&self, root: &Hash) -> bool {
		self.0.contains_key(root)
	}

	/// The blob with this root.
	pub fn get(&self, root: &Hash) -> &Elements {
		&self.0[root]
	}

	/// What an honest node computes of a round's frozen inputs, and keeps.
	pub fn compute(&mut self, spec: &BountySpec, round: &Round) -> RoundResult {
		let frozen = round.frozen.as_ref().unwrap();
		let next = self.aggregate(spec, round, None);
		let scores = frozen.slice_root.map(|slice| self.score(spec, round, &next, &slice));
		RoundResult { next_model_root: self.put(next), scores }
	}

	/// The next model, of all included updates but the one at `left_out`.
	fn aggregate(&self, spec: &BountySpec, round: &Round, left_out: Option<usize>) -> Elements {
		let previous = chunks(self.get(&round.previous_model_root));
		let included = round.frozen.iter().flat_map(|frozen| &frozen.updates).enumerate();
		let updates: Vec<(u32, Vec<ChunkBytes>)> = included
			.filter(|(place, _)| Some(*place) != left_out)
			.map(|(_, update)| (update.weight, chunks(self.get(&update.root))))
			.collect();
		let next = (0..previous.len()).map(|place| {
			let column: Vec<WeightedChunk> = updates
				.iter()
				.map(|(weight, chunks)| WeightedChunk { weight: *weight, chunk: &chunks[place] })
				.collect();
			aggregate_chunk(&spec.parameters, place as u64, &previous[place], &column)
		});
		let mut next: Elements = next.flat_map(|chunk| read_elements(&chunk)).collect();
		next.truncate(spec.parameters.element_count as usize);
		next
	}

	/// The node under the seal of a blob's root.
	pub fn top(&self, root: &Hash) -> sheaf_aggregation::Hash {
		let elements = self.get(root);
		let tree = tree_of(elements);
		let leaf = Blake2b256::hash(&chunks(elements)[0]);
		top_from_path::<Blake2b256>(tree.shape(), leaf, 0, &tree.prove(0).unwrap()).unwrap()
	}

	/// A slice whose labels are what a model answers.
	pub fn labelled_by(
		&self,
		spec: &BountySpec,
		model: &Elements,
		mut slice: Elements,
	) -> Elements {
		let network = spec.network().unwrap();
		let mut predictor = Predictor::new(&network, spec.fraction_bits).unwrap();
		for example in slice[8..].chunks_mut(network.widths[0] as usize + 1) {
			let (label, features) = example.split_last_mut().unwrap();
			*label = predictor.predict(model, features).unwrap() as i32;
		}
		slice
	}

	/// What opens a node of a blob's tree in a challenge.
	pub fn open(&self, root: &Hash, level: u32, index: u64) -> OpenedNodes {
		let nodes = tree_of(self.get(root)).open(level, index).unwrap();
		OpenedNodes::truncate_from(nodes.into_iter().map(Hash::from).collect())
	}

	/// Evidence about chunk `index` of a published model, against a round's frozen inputs.
	pub fn prove(&self, round: &Round, claimed: &Hash, index: u64) -> WrongResultProof {
		let chunk_proof = |root: &Hash| {
			let elements = self.get(root);
			ChunkProof::new(&tree_of(elements), index, &chunks(elements)[index as usize]).unwrap()
		};
		let claim = chunk_proof(claimed);
		let frozen = round.frozen.as_ref().unwrap();
		WrongResultProof::Chunk {
			index,
			claimed_leaf: Blake2b256::hash(&claim.chunk),
			claimed_siblings: claim.siblings,
			previous: chunk_proof(&round.previous_model_root),
			updates: frozen.updates.iter().map(|update| chunk_proof(&update.root)).collect(),
		}
	}

	fn score(&self, spec: &BountySpec, round: &Round, model: &Elements, slice: &Hash) -> Scores {
		let score = self.answers(spec, model, slice);
		let measured = match spec.measures_contribution() {
			true => round.frozen.as_ref().unwrap().updates.len(),
			false => 0,
		};
		let leave_one_out = (0..measured).map(|place| {
			let without = self.answers(spec, &self.aggregate(spec, round, Some(place)), slice);
			let changed = changed(&score.predictions, &without.predictions);
			LeaveOneOut { correct: without.correct, changed }
		});
		Scores {
			correct: score.correct,
			leave_one_out: BoundedVec::truncate_from(leave_one_out.collect()),
			answers: answers_hash::<Blake2b256>(&score.predictions).into(),
		}
	}

	fn answers(&self, spec: &BountySpec, model: &Elements, slice: &Hash) -> Score {
		let network = spec.network().unwrap();
		let mut predictor = Predictor::new(&network, spec.fraction_bits).unwrap();
		score(&mut predictor, model, spec.slice_layout().unwrap(), self.get(slice)).unwrap()
	}
}

fn chunks(elements: &Elements) -> Vec<ChunkBytes> {
	elements
		.chunks(CHUNK_ELEMENTS)
		.map(|part| {
			let mut chunk = [0; CHUNK_ELEMENTS];
			chunk[..part.len()].copy_from_slice(part);
			write_elements(&chunk)
		})
		.collect()
}

/// The root of a blob.
pub fn root_of(elements: &Elements) -> Hash {
	tree_of(elements).root().into()
}

/// The tree over a blob.
pub fn tree_of(elements: &Elements) -> Tree<Blake2b256> {
	let shape = Shape::new(elements.len() as u64).unwrap();
	Tree::new(shape, chunks(elements).iter().map(|chunk| Blake2b256::hash(chunk)).collect())
		.unwrap()
}

/// Elements that differ for every seed, at most about a quarter in magnitude.
pub fn noise(count: u64, seed: u64) -> Elements {
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
	(0..count)
		.map(|_| {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			(state % 32_768) as i32 - 16_384
		})
		.collect()
}

/// A slice of random examples with random labels.
pub fn slice(network: &Network, examples: u32, seed: u64) -> Elements {
	let layout = SliceLayout { features: network.widths[0], examples };
	let labels = *network.widths.last().unwrap() as i32;
	let stride = network.widths[0] as usize + 1;
	let mut elements = noise(layout.element_count(), seed);
	for label in elements.iter_mut().skip(8).skip(stride - 1).step_by(stride) {
		*label = label.rem_euclid(labels);
	}
	elements
}
