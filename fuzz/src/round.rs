//! A finished round, honestly computed, and claims about it that need not be.

use crate::support::{shape, Vector};
use sheaf_aggregation::{
	aggregate_chunk, seal_root, Blake2b256, ChunkProof, Hash, Inputs, Parameters, Rule, Shape,
	Tree, WeightedChunk, WeightedRoot, WrongResultProof,
};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Inputs and the right next model.
pub struct Round {
	pub parameters: Parameters,
	pub previous: Vector,
	pub updates: Vec<Vector>,
	pub roots: Vec<WeightedRoot>,
	pub next: Vector,
}

impl Round {
	/// A round of so many elements and updates, the same for the same arguments.
	pub fn of(rule: u8, element_count: u64, updates: u64) -> Arc<Self> {
		type Made = Mutex<HashMap<(u8, u64, u64), Arc<Round>>>;
		static MADE: OnceLock<Made> = OnceLock::new();
		let mut made =
			MADE.get_or_init(Made::default).lock().unwrap_or_else(PoisonError::into_inner);
		let key = (rule % 3, element_count, updates);
		made.entry(key).or_insert_with(|| Arc::new(Self::make(key))).clone()
	}

	fn make((rule, element_count, updates): (u8, u64, u64)) -> Self {
		let rules = [Rule::WeightedMean, Rule::Median, Rule::TrimmedMean { trim: 1 }];
		let rule = rules[usize::from(rule)];
		let parameters = Parameters { rule, element_count, clip: 1 << 20, model_bound: 1 << 24 };
		let shape = shape(element_count);
		let previous = Vector::random(shape, 1, 7);
		let updates: Vec<_> =
			(0..updates).map(|slot| Vector::random(shape, 2 + slot, 10)).collect();
		let weighted = (1..).zip(&updates);
		let roots: Vec<_> = weighted
			.map(|(weight, update)| WeightedRoot { weight, root: update.tree.root() })
			.collect();
		let chunk = |index: u64| {
			let weighted = roots.iter().zip(&updates).map(|(root, update)| WeightedChunk {
				weight: root.weight,
				chunk: &update.chunks[index as usize],
			});
			let weighted: Vec<_> = weighted.collect();
			aggregate_chunk(&parameters, index, &previous.chunks[index as usize], &weighted)
		};
		let next = Vector::new(shape, (0..shape.leaf_count()).map(chunk).collect());
		Self { parameters, previous, updates, roots, next }
	}

	/// What the next model is a function of.
	pub fn inputs(&self) -> Inputs<'_> {
		Inputs {
			parameters: self.parameters,
			previous_root: self.previous.tree.root(),
			updates: &self.roots,
		}
	}

	/// The model's shape.
	pub fn shape(&self) -> Shape {
		shape(self.parameters.element_count)
	}

	/// The right leaves, with those of the padding.
	pub fn leaves(&self) -> Vec<Hash> {
		let all = 0..self.shape().padded_leaf_count();
		all.map(|index| self.next.tree.node(0, index).unwrap()).collect()
	}
}

/// A claimed next model, of which only the tree is known.
pub struct Claim {
	/// What the root says.
	pub element_count: u64,
	/// Of all leaves, the padding's too.
	tree: Tree<Blake2b256>,
	depth: u32,
}

impl Claim {
	/// A claim of these leaves, which fill the tree.
	pub fn new(element_count: u64, leaves: Vec<Hash>) -> Self {
		let full = shape(leaves.len() as u64 * 256);
		let tree = Tree::new(full, leaves).unwrap();
		Self { element_count, tree, depth: full.depth() }
	}

	fn top(&self) -> Hash {
		self.tree.node(self.depth, 0).unwrap()
	}

	/// Its root.
	pub fn root(&self) -> Hash {
		seal_root::<Blake2b256>(self.element_count, self.top())
	}

	/// The proof that the leaf at `index` is wrong, whether it is or not; none outside the tree.
	pub fn prove_leaf(&self, round: &Round, index: u64) -> Option<WrongResultProof> {
		let claimed_leaf = self.tree.node(0, index)?;
		let claimed_siblings = self.tree.prove(index).ok()?;
		let chunk = |vector: &Vector| -> ChunkProof { vector.prove(index) };
		Some(match index < round.shape().leaf_count() {
			true => WrongResultProof::Chunk {
				index,
				claimed_leaf,
				claimed_siblings,
				previous: chunk(&round.previous),
				updates: round.updates.iter().map(chunk).collect(),
			},
			false => WrongResultProof::Padding { index, claimed_leaf, claimed_siblings },
		})
	}

	/// The proof that the element count is wrong, whether it is or not.
	pub fn prove_count(&self) -> WrongResultProof {
		WrongResultProof::ElementCount { element_count: self.element_count, top: self.top() }
	}

	/// Whether `proof` says nothing but the truth about this claim, and that is not right.
	pub fn is_proven_wrong_by(&self, round: &Round, proof: &WrongResultProof) -> bool {
		let right_count = self.element_count == round.parameters.element_count;
		let index = match proof {
			WrongResultProof::ElementCount { .. } => {
				return !right_count && *proof == self.prove_count()
			}
			WrongResultProof::Chunk { index, .. } | WrongResultProof::Padding { index, .. } => {
				*index
			}
		};
		let right = round.next.tree.node(0, index);
		right_count
			&& self.tree.node(0, index) != right
			&& self.prove_leaf(round, index).as_ref() == Some(proof)
	}
}
