//! Checking that a leaf stands at a position under a root.

use core::fmt;

use crate::{
	tree::{parent, seal_root},
	ChunkBytes, Hash, Hasher, Shape,
};

/// Why a proof is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofError {
	/// The index is not below the number of leaves allowed here.
	IndexOutOfRange,
	/// There are not exactly `depth` siblings.
	WrongNumberOfSiblings,
	/// The path leads to another root.
	RootMismatch,
}

impl fmt::Display for ProofError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::IndexOutOfRange => "the leaf index is out of range",
			Self::WrongNumberOfSiblings => "the number of siblings is not the depth of the tree",
			Self::RootMismatch => "the path does not lead to the root",
		})
	}
}

impl core::error::Error for ProofError {}

/// Whether a path has exactly the tree's depth.
pub(crate) fn has_depth(shape: Shape, siblings: &[Hash]) -> bool {
	usize::try_from(shape.depth()) == Ok(siblings.len())
}

/// Climbs from a leaf to the top; bit `l` of `index` says on which side of level `l` the path is.
///
/// `index` may lie in the padding.
///
/// # Errors
///
/// [`ProofError::IndexOutOfRange`] from `2^depth` on, [`ProofError::WrongNumberOfSiblings`]
/// unless there are exactly `depth`. Both are checked before any hash.
pub fn top_from_path<H: Hasher>(
	shape: Shape,
	leaf_hash: Hash,
	index: u64,
	siblings: &[Hash],
) -> Result<Hash, ProofError> {
	if index >= shape.padded_leaf_count() {
		return Err(ProofError::IndexOutOfRange);
	}
	if !has_depth(shape, siblings) {
		return Err(ProofError::WrongNumberOfSiblings);
	}
	let mut node = leaf_hash;
	let mut turns = index;
	for sibling in siblings {
		node = match turns & 1 {
			0 => parent::<H>(&node, sibling),
			_ => parent::<H>(sibling, &node),
		};
		turns >>= 1;
	}
	Ok(node)
}

/// Checks that `leaf_hash` is leaf `index` of the data under `root`.
///
/// # Errors
///
/// [`ProofError::IndexOutOfRange`] from `leaf_count` on, [`ProofError::WrongNumberOfSiblings`]
/// unless there are exactly `depth`, [`ProofError::RootMismatch`].
pub fn verify_leaf_hash<H: Hasher>(
	root: &Hash,
	shape: Shape,
	index: u64,
	leaf_hash: Hash,
	siblings: &[Hash],
) -> Result<(), ProofError> {
	if index >= shape.leaf_count() {
		return Err(ProofError::IndexOutOfRange);
	}
	verify_path::<H>(root, shape, index, leaf_hash, siblings)
}

/// Like [`verify_leaf_hash`], for every index below `2^depth`.
pub(crate) fn verify_path<H: Hasher>(
	root: &Hash,
	shape: Shape,
	index: u64,
	leaf_hash: Hash,
	siblings: &[Hash],
) -> Result<(), ProofError> {
	let top = top_from_path::<H>(shape, leaf_hash, index, siblings)?;
	match seal_root::<H>(shape.element_count(), top) == *root {
		true => Ok(()),
		false => Err(ProofError::RootMismatch),
	}
}

/// Checks that `chunk` is chunk `index` of the data under `root`; does not check its padding.
///
/// # Errors
///
/// As [`verify_leaf_hash`]; index and number of siblings are checked before any hash.
pub fn verify_chunk<H: Hasher>(
	root: &Hash,
	shape: Shape,
	index: u64,
	chunk: &ChunkBytes,
	siblings: &[Hash],
) -> Result<(), ProofError> {
	if index >= shape.leaf_count() {
		return Err(ProofError::IndexOutOfRange);
	}
	if !has_depth(shape, siblings) {
		return Err(ProofError::WrongNumberOfSiblings);
	}
	verify_path::<H>(root, shape, index, H::hash(chunk), siblings)
}
