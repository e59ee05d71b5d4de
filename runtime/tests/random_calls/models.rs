//! Results of rounds, right and wrong, and what proves a wrong one.

use crate::{
	support::world::tree_of,
	world::{Flaw, Lie, World},
};
use sheaf_aggregation::{seal_root, Blake2b256, Shape, Tree, WrongResultProof, CHUNK_ELEMENTS};
use sheaf_training::{Hash, LeaveOneOut, Round, RoundResult, Training};
use sp_io::hashing::blake2_256;
use sp_runtime::BoundedVec;

impl World {
	/// Whether somebody holds a model of the bounty's size under this root.
	pub fn holds_model(&self, training: &Training, root: &Hash) -> bool {
		let count = training.spec.parameters.element_count;
		self.blobs.hold(root) && self.blobs.get(root).len() as u64 == count
	}

	/// Whether the result of a round can be computed.
	pub fn computable(&self, training: &Training, round: &Round) -> bool {
		round.frozen.is_some() && self.holds_model(training, &round.previous_model_root)
	}

	/// The right result of a round's frozen inputs. Marginal contributions are made up, but all
	/// verifiers agree on them: the chain takes the word of a quorum.
	pub fn right_result(&mut self, training: &Training, round: &Round) -> RoundResult {
		let frozen = round.frozen.as_ref().unwrap();
		if let Some(result) = self.knows.right.get(&frozen.inputs) {
			return result.clone();
		}
		let mut result = self.blobs.compute(&training.spec, round);
		if let Some(scores) =
			result.scores.as_mut().filter(|_| training.spec.measures_contribution())
		{
			let entries = frozen.updates.iter().map(|_| LeaveOneOut {
				correct: rand::RngExt::random_range(&mut self.random, 0..=scores.correct + 2),
				changed: rand::RngExt::random_range(&mut self.random, 0..4),
			});
			scores.leave_one_out = BoundedVec::truncate_from(entries.collect());
		}
		self.knows.right.insert(frozen.inputs, result.clone());
		result
	}

	/// What liars say instead. All who tell the same lie say the same.
	pub fn wrong_result(&mut self, training: &Training, round: &Round, lie: Lie) -> RoundResult {
		let mut result = self.right_result(training, round);
		match lie {
			Lie::WrongScores => {
				if let Some(scores) = &mut result.scores {
					scores.correct ^= 1;
				}
			}
			Lie::Withheld | Lie::Garbage => {
				result.next_model_root = blake2_256(result.next_model_root.as_bytes()).into();
			}
			Lie::WrongElement => result.next_model_root = self.with_wrong_element(&result),
			Lie::OtherLength => result.next_model_root = self.with_other_length(&result),
			Lie::Padding => result.next_model_root = self.with_padding(&result),
		}
		result
	}

	fn with_wrong_element(&mut self, right: &RoundResult) -> Hash {
		let mut elements = self.blobs.get(&right.next_model_root).clone();
		let place = right.next_model_root.to_low_u64_be() as usize % elements.len();
		elements[place] ^= 1;
		let root = self.blobs.put(elements);
		self.knows.flaws.insert(root, Flaw::Chunk((place / CHUNK_ELEMENTS) as u64));
		root
	}

	fn with_other_length(&mut self, right: &RoundResult) -> Hash {
		let tree = tree_of(self.blobs.get(&right.next_model_root));
		let shape = tree.shape();
		let top = tree.node(shape.depth(), 0).unwrap();
		let count = shape.element_count() + 1;
		let root = seal_root::<Blake2b256>(count, top).into();
		self.knows.flaws.insert(root, Flaw::Length(count, top.into()));
		root
	}

	/// The right root itself where there is no padding.
	fn with_padding(&mut self, right: &RoundResult) -> Hash {
		let elements = self.blobs.get(&right.next_model_root);
		let tree = tree_of(elements);
		let shape = tree.shape();
		let padding = shape.leaf_count();
		if padding == shape.padded_leaf_count() {
			return right.next_model_root;
		}
		let leaf = [7; 32];
		let mut leaves: Vec<_> =
			(0..shape.padded_leaf_count()).map(|place| tree.node(0, place).unwrap()).collect();
		leaves[padding as usize] = leaf;
		let full = Shape::new(shape.padded_leaf_count() * CHUNK_ELEMENTS as u64).unwrap();
		let tree = Tree::<Blake2b256>::new(full, leaves).unwrap();
		let top = tree.node(full.depth(), 0).unwrap();
		let root = seal_root::<Blake2b256>(shape.element_count(), top).into();
		let siblings = tree.prove(padding).unwrap();
		let siblings = siblings.into_iter().map(Hash::from).collect();
		self.knows.flaws.insert(root, Flaw::Padding(padding, leaf.into(), siblings));
		root
	}

	/// Evidence against a root, if anybody knows what is wrong with it.
	pub fn evidence(&self, round: &Round, root: &Hash) -> Option<WrongResultProof> {
		Some(match self.knows.flaws.get(root)?.clone() {
			Flaw::Chunk(index) => self.blobs.prove(round, root, index),
			Flaw::Length(element_count, top) => {
				WrongResultProof::ElementCount { element_count, top: top.0 }
			}
			Flaw::Padding(index, claimed_leaf, siblings) => WrongResultProof::Padding {
				index,
				claimed_leaf: claimed_leaf.0,
				claimed_siblings: siblings.into_iter().map(|sibling| sibling.0).collect(),
			},
		})
	}
}
