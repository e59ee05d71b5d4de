//! The right model of a round, and proofs that another one is wrong.

use crate::{
	aggregator::compute::{self, ComputeError, InputFiles},
	blob::{self, BlobError},
};
use sheaf_aggregation::{
	verify_wrong_chunk, Blake2b256, ChunkProof, FraudProofError, Hash as LeafHash, Inputs, Shape,
	Tree, WeightedRoot, WrongResultProof,
};
use sheaf_training::{BountySpec, Frozen, Hash, RoundResult};
use std::path::Path;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum EvidenceError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Compute(#[from] ComputeError),
	#[error("the proof does not hold: {0}")]
	Unproven(FraudProofError),
}

/// A leaf under the root of a published result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
	/// Which leaf.
	pub index: u64,
	/// What stands there.
	pub leaf: LeafHash,
	/// Its siblings, bottom-up.
	pub siblings: Vec<LeafHash>,
}

impl Claim {
	/// The first leaf in which a claimed tree differs from the right one.
	pub fn first_wrong(right: &Tree<Blake2b256>, claimed: &Tree<Blake2b256>) -> Option<Self> {
		let index = (0..right.shape().leaf_count())
			.find(|index| right.node(0, *index) != claimed.node(0, *index))?;
		Some(Self { index, leaf: claimed.node(0, index)?, siblings: claimed.prove(index).ok()? })
	}
}

/// What this machine computed of a round's frozen inputs.
pub struct Recomputed {
	/// The result; without scores if the slice was not to be had.
	pub result: RoundResult,
	/// The tree of the next model.
	pub tree: Tree<Blake2b256>,
	/// Whether scores were computed, where there are any.
	pub scored: bool,
	spec: BountySpec,
	previous_root: Hash,
	updates: Vec<WeightedRoot>,
	inputs: InputFiles,
	shape: Shape,
}

impl Recomputed {
	/// Computes the next model into `next`, and its scores if the slice is among the inputs.
	///
	/// # Errors
	///
	/// [`ComputeError`].
	pub fn of(
		spec: BountySpec,
		previous_root: Hash,
		frozen: &Frozen,
		inputs: InputFiles,
		next: &Path,
	) -> Result<Self, ComputeError> {
		let result = compute::compute(&spec, &inputs, next)?;
		let shape = blob::shape_of(spec.parameters.element_count)?;
		let (leaves, _) = blob::leaf_hashes(next, shape)?;
		let tree = Tree::new(shape, leaves).map_err(BlobError::from)?;
		let root = |update: &sheaf_training::IncludedUpdate| WeightedRoot {
			weight: update.weight,
			root: update.root.0,
		};
		let updates = frozen.updates.iter().map(root).collect();
		let scored = result.scores.is_some() || frozen.slice_root.is_none();
		Ok(Self { result, tree, scored, spec, previous_root, updates, inputs, shape })
	}

	/// Whether published scores are those computed here; nothing if there are none to compare.
	pub fn scores_agree(&self, published: &RoundResult) -> Option<bool> {
		match (&self.result.scores, &published.scores) {
			(Some(ours), Some(theirs)) => Some(ours == theirs),
			_ => None,
		}
	}

	/// Proves that `root` is wrong at a leaf. What is returned was checked as the chain checks it.
	///
	/// # Errors
	///
	/// [`EvidenceError::Unproven`] if the claim is right or not under the root.
	pub fn prove(&self, root: &Hash, claim: &Claim) -> Result<WrongResultProof, EvidenceError> {
		let proof = WrongResultProof::Chunk {
			index: claim.index,
			claimed_leaf: claim.leaf,
			claimed_siblings: claim.siblings.clone(),
			previous: self.chunk_proof(&self.inputs.previous, claim.index)?,
			updates: self
				.inputs
				.updates
				.iter()
				.map(|(_, file)| self.chunk_proof(file, claim.index))
				.collect::<Result<_, _>>()?,
		};
		let inputs = Inputs {
			parameters: self.spec.parameters,
			previous_root: self.previous_root.0,
			updates: &self.updates,
		};
		verify_wrong_chunk::<Blake2b256>(&inputs, &root.0, &proof)
			.map_err(EvidenceError::Unproven)?;
		Ok(proof)
	}

	fn chunk_proof(&self, file: &Path, index: u64) -> Result<ChunkProof, BlobError> {
		let (leaves, _) = blob::leaf_hashes(file, self.shape)?;
		let tree = Tree::<Blake2b256>::new(self.shape, leaves)?;
		let chunk = blob::read_chunk(file, self.shape, index)?;
		Ok(ChunkProof::new(&tree, index, &chunk)?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::spec_file::{tests::limits, SpecFile};
	use sheaf_training::{AccountId, IncludedUpdate, Slot};

	/// A round with two updates of a model of three chunks, its files in `folder`.
	fn recomputed(folder: &Path) -> Recomputed {
		let text = r#"{"tensors": [{"name": "w", "shape": [700]}], "rounds": 1, "min_trainers": 1,
			"max_trainers": 3, "reward": "1"}"#;
		let file: SpecFile = serde_json::from_str(text).unwrap();
		let spec = file.build(Hash::zero(), None, &limits()).unwrap();
		let previous: Vec<i32> = (0..700).collect();
		let previous_root = blob::write_elements(&folder.join("previous"), &previous).unwrap();
		let mut updates = Vec::new();
		let mut included = Vec::new();
		for (slot, delta) in [(0u16, 10), (1, 21)] {
			let file = folder.join(format!("update-{slot}"));
			let root = blob::write_elements(&file, &[delta; 700]).unwrap();
			let account = AccountId::new([slot as u8; 32]);
			included.push(IncludedUpdate { slot: Slot(slot), account, root, weight: 1 });
			updates.push((1, file));
		}
		let updates_of = |included: Vec<_>| included.try_into().unwrap();
		let frozen =
			Frozen { updates: updates_of(included), slice_root: None, inputs: Hash::zero() };
		let inputs = InputFiles { previous: folder.join("previous"), updates, slice: None };
		Recomputed::of(spec, previous_root, &frozen, inputs, &folder.join("next")).unwrap()
	}

	fn wrong_model(folder: &Path) -> (Hash, Tree<Blake2b256>) {
		let mut elements: Vec<i32> = (0..700).map(|value| value + 16).collect();
		elements[600] += 1;
		let file = folder.join("wrong");
		let root = blob::write_elements(&file, &elements).unwrap();
		let shape = Shape::new(700).unwrap();
		(root, Tree::new(shape, blob::leaf_hashes(&file, shape).unwrap().0).unwrap())
	}

	#[test]
	fn a_wrong_model_is_proven_wrong_at_its_first_wrong_chunk() {
		let folder = tempfile::tempdir().unwrap();
		let own = recomputed(folder.path());
		let (root, claimed) = wrong_model(folder.path());
		let claim = Claim::first_wrong(&own.tree, &claimed).unwrap();
		assert_eq!(claim.index, 2);
		let proof = own.prove(&root, &claim).unwrap();
		assert!(matches!(proof, WrongResultProof::Chunk { index: 2, .. }));
	}

	#[test]
	fn a_right_model_cannot_be_proven_wrong() {
		let folder = tempfile::tempdir().unwrap();
		let own = recomputed(folder.path());
		assert_eq!(own.result.next_model_root.0, own.tree.root());
		assert_eq!(Claim::first_wrong(&own.tree, &own.tree), None);
		let leaf = own.tree.node(0, 1).unwrap();
		let claim = Claim { index: 1, leaf, siblings: own.tree.prove(1).unwrap() };
		let refused = own.prove(&own.result.next_model_root, &claim);
		assert!(matches!(refused, Err(EvidenceError::Unproven(FraudProofError::ResultIsCorrect))));
	}

	#[test]
	fn a_leaf_of_another_tree_proves_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let own = recomputed(folder.path());
		let (_, claimed) = wrong_model(folder.path());
		let claim = Claim::first_wrong(&own.tree, &claimed).unwrap();
		let refused = own.prove(&own.result.next_model_root, &claim);
		assert!(matches!(
			refused,
			Err(EvidenceError::Unproven(FraudProofError::ClaimedPathDoesNotMatchRoot))
		));
	}
}
