//! Proving in one step that a claimed next model is wrong.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

use crate::{
	aggregate_chunk,
	proof::{has_depth, verify_path},
	seal_root,
	tree::PADDING_LEAF,
	verify_chunk, ChunkBytes, Hash, Hasher, Parameters, ProofError, Shape, Tree, TreeError,
	WeightedChunk,
};

/// A chunk and its path to a root.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct ChunkProof {
	/// 1,024 bytes.
	pub chunk: Vec<u8>,
	/// `depth` siblings, bottom-up.
	pub siblings: Vec<Hash>,
}

impl ChunkProof {
	/// Proves chunk `index` of the vector under `tree`.
	///
	/// # Errors
	///
	/// [`TreeError::IndexOutOfRange`] from `2^depth` on.
	pub fn new<H: Hasher>(
		tree: &Tree<H>,
		index: u64,
		chunk: &ChunkBytes,
	) -> Result<Self, TreeError> {
		Ok(Self { chunk: chunk.to_vec(), siblings: tree.prove(index)? })
	}

	/// The chunk, if it is 1,024 bytes and its path exactly `depth` long.
	fn well_formed(&self, shape: Shape) -> Option<&ChunkBytes> {
		let chunk = self.chunk.as_slice().try_into().ok()?;
		has_depth(shape, &self.siblings).then_some(chunk)
	}
}

/// Evidence that a root is not the root of the next model. One kind suffices.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum WrongResultProof {
	/// The root's preimage holds another element count.
	#[codec(index = 0)]
	ElementCount {
		/// The count in the preimage.
		element_count: u64,
		/// The rest of the preimage.
		top: Hash,
	},
	/// A leaf below `leaf_count` is not the hash of the rule's output.
	#[codec(index = 1)]
	Chunk {
		/// Which leaf.
		index: u64,
		/// What stands there.
		claimed_leaf: Hash,
		/// Its `depth` siblings, bottom-up.
		claimed_siblings: Vec<Hash>,
		/// The same chunk of the previous model.
		previous: ChunkProof,
		/// The same chunk of every update, in ascending slot order.
		updates: Vec<ChunkProof>,
	},
	/// A leaf in the padding is not `[0; 32]`.
	#[codec(index = 2)]
	Padding {
		/// Which leaf, from `leaf_count` to `2^depth - 1`.
		index: u64,
		/// What stands there.
		claimed_leaf: Hash,
		/// Its `depth` siblings, bottom-up.
		claimed_siblings: Vec<Hash>,
	},
}

/// A frozen update.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct WeightedRoot {
	/// The trainer's weight, from 1.
	pub weight: u32,
	/// Root of its update.
	pub root: Hash,
}

/// Everything the next model is a function of.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
	/// The bounty's arithmetic.
	pub parameters: Parameters,
	/// Root of the model before this round.
	pub previous_root: Hash,
	/// The included updates, in ascending slot order.
	pub updates: &'a [WeightedRoot],
}

/// Why a proof does not show that a root is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FraudProofError {
	/// The parameters' element count has no shape.
	InvalidParameters,
	/// The index lies outside the part of the tree this kind of proof is about.
	IndexOutOfRange,
	/// There is not exactly one chunk for each included update.
	WrongNumberOfUpdates,
	/// The claimed leaf's path does not have exactly `depth` siblings.
	MalformedClaimedPath,
	/// The previous model's chunk is not 1,024 bytes, or its path not `depth` long.
	MalformedPreviousChunk,
	/// An update's chunk is not 1,024 bytes, or its path not `depth` long.
	MalformedUpdateChunk {
		/// Position in the list of included updates.
		position: u32,
	},
	/// The claimed leaf, or preimage, does not lead to the claimed root.
	ClaimedPathDoesNotMatchRoot,
	/// The previous model's chunk does not lead to its root.
	PreviousChunkDoesNotMatchRoot,
	/// An update's chunk does not lead to its root.
	UpdateChunkDoesNotMatchRoot {
		/// Position in the list of included updates.
		position: u32,
	},
	/// What the proof points at is exactly what it should be.
	ResultIsCorrect,
}

impl fmt::Display for FraudProofError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let text = match self {
			Self::InvalidParameters => "the parameters have no valid element count",
			Self::IndexOutOfRange => "the leaf index is out of range",
			Self::WrongNumberOfUpdates => "the proof must hold one chunk for each update",
			Self::MalformedClaimedPath => "the claimed leaf's path has the wrong length",
			Self::MalformedPreviousChunk => "the previous model's chunk has the wrong length",
			Self::MalformedUpdateChunk { position } => {
				return write!(formatter, "the chunk of update {position} has the wrong length")
			}
			Self::ClaimedPathDoesNotMatchRoot => "the claim does not lead to the claimed root",
			Self::PreviousChunkDoesNotMatchRoot => {
				"the previous model's chunk does not lead to its root"
			}
			Self::UpdateChunkDoesNotMatchRoot { position } => {
				return write!(
					formatter,
					"the chunk of update {position} does not lead to its root"
				)
			}
			Self::ResultIsCorrect => "the result is correct here",
		};
		formatter.write_str(text)
	}
}

impl core::error::Error for FraudProofError {}

/// Checks that `claimed_root` is **not** the root of the next model: `Ok` means it is wrong.
///
/// Lengths are checked before anything is hashed. A chunk proof costs
/// `(updates + 2) * (depth + 1)` node hashes, `updates + 2` leaf hashes and one chunk's
/// aggregation.
///
/// # Errors
///
/// Why the proof shows nothing; [`FraudProofError::ResultIsCorrect`] if it is sound but points at
/// a correct place.
pub fn verify_wrong_chunk<H: Hasher>(
	inputs: &Inputs<'_>,
	claimed_root: &Hash,
	proof: &WrongResultProof,
) -> Result<(), FraudProofError> {
	let shape = inputs.parameters.shape().ok_or(FraudProofError::InvalidParameters)?;
	match proof {
		WrongResultProof::ElementCount { element_count, top } => {
			ensure(*element_count != shape.element_count(), FraudProofError::ResultIsCorrect)?;
			ensure(
				seal_root::<H>(*element_count, *top) == *claimed_root,
				FraudProofError::ClaimedPathDoesNotMatchRoot,
			)
		}
		WrongResultProof::Padding { index, claimed_leaf, claimed_siblings } => {
			let padding = shape.leaf_count()..shape.padded_leaf_count();
			ensure(padding.contains(index), FraudProofError::IndexOutOfRange)?;
			ensure(*claimed_leaf != PADDING_LEAF, FraudProofError::ResultIsCorrect)?;
			verify_claim::<H>(claimed_root, shape, *index, *claimed_leaf, claimed_siblings)
		}
		WrongResultProof::Chunk { index, claimed_leaf, claimed_siblings, previous, updates } => {
			ensure(*index < shape.leaf_count(), FraudProofError::IndexOutOfRange)?;
			ensure(has_depth(shape, claimed_siblings), FraudProofError::MalformedClaimedPath)?;
			let chunks = check_lengths(inputs, shape, previous, updates)?;
			verify_claim::<H>(claimed_root, shape, *index, *claimed_leaf, claimed_siblings)?;
			let expected = expected_chunk::<H>(inputs, shape, *index, &chunks)?;
			ensure(H::hash(&expected) != *claimed_leaf, FraudProofError::ResultIsCorrect)
		}
	}
}

/// A proof's inputs with their lengths checked.
struct Chunks<'a> {
	previous: (&'a ChunkBytes, &'a [Hash]),
	updates: Vec<(&'a ChunkBytes, &'a [Hash])>,
}

fn check_lengths<'a>(
	inputs: &Inputs<'_>,
	shape: Shape,
	previous: &'a ChunkProof,
	updates: &'a [ChunkProof],
) -> Result<Chunks<'a>, FraudProofError> {
	ensure(updates.len() == inputs.updates.len(), FraudProofError::WrongNumberOfUpdates)?;
	let previous_chunk =
		previous.well_formed(shape).ok_or(FraudProofError::MalformedPreviousChunk)?;
	let well_formed = |(position, update): (u32, &'a ChunkProof)| {
		let chunk =
			update.well_formed(shape).ok_or(FraudProofError::MalformedUpdateChunk { position })?;
		Ok((chunk, update.siblings.as_slice()))
	};
	Ok(Chunks {
		previous: (previous_chunk, &previous.siblings),
		updates: (0..).zip(updates).map(well_formed).collect::<Result<_, _>>()?,
	})
}

/// Checks every input against its root and computes what the chunk must be.
fn expected_chunk<H: Hasher>(
	inputs: &Inputs<'_>,
	shape: Shape,
	index: u64,
	chunks: &Chunks<'_>,
) -> Result<ChunkBytes, FraudProofError> {
	let (previous, siblings) = chunks.previous;
	verify_chunk::<H>(&inputs.previous_root, shape, index, previous, siblings)
		.map_err(|_| FraudProofError::PreviousChunkDoesNotMatchRoot)?;
	let mut weighted = Vec::with_capacity(chunks.updates.len());
	for (position, (update, (chunk, siblings))) in
		(0..).zip(inputs.updates.iter().zip(&chunks.updates))
	{
		verify_chunk::<H>(&update.root, shape, index, chunk, siblings)
			.map_err(|_| FraudProofError::UpdateChunkDoesNotMatchRoot { position })?;
		weighted.push(WeightedChunk { weight: update.weight, chunk });
	}
	Ok(aggregate_chunk(&inputs.parameters, index, previous, &weighted))
}

fn verify_claim<H: Hasher>(
	claimed_root: &Hash,
	shape: Shape,
	index: u64,
	leaf: Hash,
	siblings: &[Hash],
) -> Result<(), FraudProofError> {
	verify_path::<H>(claimed_root, shape, index, leaf, siblings).map_err(|error| match error {
		ProofError::IndexOutOfRange => FraudProofError::IndexOutOfRange,
		ProofError::WrongNumberOfSiblings => FraudProofError::MalformedClaimedPath,
		ProofError::RootMismatch => FraudProofError::ClaimedPathDoesNotMatchRoot,
	})
}

fn ensure(holds: bool, error: FraudProofError) -> Result<(), FraudProofError> {
	if holds {
		Ok(())
	} else {
		Err(error)
	}
}

/// Bytes of the largest well-formed [`WrongResultProof`] in SCALE, for this many updates.
pub fn max_proof_bytes(shape: Shape, updates: u32) -> u64 {
	// Depth is at most 32, so its compact length is one byte; that of 1,024 is two.
	let siblings = u64::from(shape.depth()).saturating_mul(32).saturating_add(1);
	let chunk_proof = siblings.saturating_add(1024 + 2);
	let chunk_proofs = u64::from(updates).saturating_add(1).saturating_mul(chunk_proof);
	let update_count = u64::try_from(codec::Compact(updates).encoded_size()).unwrap_or(5);
	let variant_index_and_leaf: u64 = 1 + 8 + 32;
	variant_index_and_leaf
		.saturating_add(siblings)
		.saturating_add(update_count)
		.saturating_add(chunk_proofs)
}
