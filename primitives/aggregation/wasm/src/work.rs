//! What verifiers and runtimes compute in bulk, to be timed natively and in wasm alike.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::hint::black_box;
use sheaf_aggregation::{
	aggregate_chunk, verify_wrong_chunk, ChunkBytes, Hash, Hasher, Inputs, Parameters, RootBuilder,
	TreeError, WeightedChunk, WeightedRoot, WrongResultProof,
};

/// A fraud proof with everything it is checked against.
#[derive(Encode, Decode)]
pub struct ProofCase {
	/// The bounty's arithmetic.
	pub parameters: Parameters,
	/// Root of the model before the round.
	pub previous_root: Hash,
	/// The included updates.
	pub updates: Vec<WeightedRoot>,
	/// The root that is to be convicted.
	pub claimed_root: Hash,
	/// A [`WrongResultProof`] in SCALE.
	pub proof: Vec<u8>,
}

impl ProofCase {
	/// Whether the proof convicts the root, decoded and checked anew so many times.
	pub fn convicts<H: Hasher>(&self, times: u32) -> bool {
		let inputs = Inputs {
			parameters: self.parameters,
			previous_root: self.previous_root,
			updates: &self.updates,
		};
		(0..times).all(|_| {
			let proof = WrongResultProof::decode(&mut black_box(self.proof.as_slice()));
			proof.is_ok_and(|proof| {
				verify_wrong_chunk::<H>(&inputs, &self.claimed_root, &proof).is_ok()
			})
		})
	}
}

/// The same chunks of the previous model and of all updates.
#[derive(Encode, Decode)]
pub struct Block {
	/// The bounty's arithmetic.
	pub parameters: Parameters,
	/// Of the previous model.
	pub previous: Vec<ChunkBytes>,
	/// Of each update, of weight 1.
	pub updates: Vec<Vec<ChunkBytes>>,
}

impl Block {
	/// The next model's chunks, of which the first has the index `first`.
	pub fn aggregate(&self, first: u64) -> Vec<ChunkBytes> {
		let mut weighted = Vec::with_capacity(self.updates.len());
		let previous = (first..).zip(self.previous.iter().enumerate());
		previous
			.map(|(index, (place, previous))| {
				weighted.clear();
				let column = self.updates.iter().filter_map(|update| update.get(place));
				weighted.extend(column.map(|chunk| WeightedChunk { weight: 1, chunk }));
				aggregate_chunk(&self.parameters, index, previous, &weighted)
			})
			.collect()
	}
}

/// Hashes chunks into a tree.
///
/// # Errors
///
/// If the tree has no place for them.
pub fn push_chunks<H: Hasher>(
	tree: &mut RootBuilder<H>,
	chunks: &[ChunkBytes],
) -> Result<(), TreeError> {
	chunks.iter().try_for_each(|chunk| tree.push_chunk(chunk))
}
