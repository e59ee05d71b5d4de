//! The Merkle tree over chunks: roots, computed in one pass, and proofs.
//!
//! `leaf = H(1,024 bytes)`, `node = H(left || right)`, leaves padded with `[0; 32]` to `2^depth`,
//! `root = H(u64le(element_count) || top)`.

use alloc::vec::Vec;
use core::{borrow::Borrow, fmt, marker::PhantomData};

use crate::{ChunkBytes, Hash, Hasher, Shape};

/// The leaf hash of every padded position.
pub(crate) const PADDING_LEAF: Hash = [0; 32];

/// Why a root or a proof cannot be built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TreeError {
	/// More leaves than the shape's `leaf_count`.
	TooManyLeaves,
	/// Fewer leaves than the shape's `leaf_count`.
	TooFewLeaves,
	/// The index is not below `2^depth`.
	IndexOutOfRange,
}

impl fmt::Display for TreeError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::TooManyLeaves => "more leaves than the shape has",
			Self::TooFewLeaves => "fewer leaves than the shape has",
			Self::IndexOutOfRange => "the leaf index is outside the padded tree",
		})
	}
}

impl core::error::Error for TreeError {}

/// Hashes two nodes into their parent.
pub(crate) fn parent<H: Hasher>(left: &Hash, right: &Hash) -> Hash {
	let mut preimage = [0; 64];
	let (first, second) = preimage.split_at_mut(32);
	first.copy_from_slice(left);
	second.copy_from_slice(right);
	H::hash(&preimage)
}

/// Binds the top of a tree to its element count: `H(u64le(element_count) || top)`.
pub fn seal_root<H: Hasher>(element_count: u64, top: Hash) -> Hash {
	let mut preimage = [0; 40];
	let (first, second) = preimage.split_at_mut(8);
	first.copy_from_slice(&element_count.to_le_bytes());
	second.copy_from_slice(&top);
	H::hash(&preimage)
}

/// The top of a subtree of `2^level` padding leaves; `level` hashes.
pub fn zero_subtree<H: Hasher>(level: u32) -> Hash {
	(0..level).fold(PADDING_LEAF, |zero, _| parent::<H>(&zero, &zero))
}

/// Computes a root leaf by leaf, holding one hash per level.
pub struct RootBuilder<H> {
	shape: Shape,
	pushed: u64,
	/// Tops of the full subtrees so far, largest first: one per set bit of `pushed`.
	subtrees: Vec<Hash>,
	hasher: PhantomData<fn() -> H>,
}

impl<H: Hasher> RootBuilder<H> {
	/// Starts an empty tree of this shape.
	pub fn new(shape: Shape) -> Self {
		Self { shape, pushed: 0, subtrees: Vec::new(), hasher: PhantomData }
	}

	/// Leaves pushed so far, which is the index of the next one.
	pub fn pushed(&self) -> u64 {
		self.pushed
	}

	/// Adds the next leaf by its hash.
	///
	/// # Errors
	///
	/// [`TreeError::TooManyLeaves`] after `leaf_count` leaves.
	pub fn push_leaf_hash(&mut self, leaf_hash: Hash) -> Result<(), TreeError> {
		if self.pushed >= self.shape.leaf_count() {
			return Err(TreeError::TooManyLeaves);
		}
		let mut node = leaf_hash;
		for _ in 0..self.pushed.trailing_ones() {
			if let Some(left) = self.subtrees.pop() {
				node = parent::<H>(&left, &node);
			}
		}
		self.subtrees.push(node);
		self.pushed = self.pushed.saturating_add(1);
		Ok(())
	}

	/// Adds the next leaf by its bytes; does not check its padding (see
	/// [`is_zero_padded`](crate::is_zero_padded)).
	///
	/// # Errors
	///
	/// [`TreeError::TooManyLeaves`] after `leaf_count` leaves.
	pub fn push_chunk(&mut self, chunk: &ChunkBytes) -> Result<(), TreeError> {
		if self.pushed >= self.shape.leaf_count() {
			return Err(TreeError::TooManyLeaves);
		}
		self.push_leaf_hash(H::hash(chunk))
	}

	/// Pads the tree and returns its root.
	///
	/// # Errors
	///
	/// [`TreeError::TooFewLeaves`] before `leaf_count` leaves.
	pub fn finish(mut self) -> Result<Hash, TreeError> {
		if self.pushed < self.shape.leaf_count() {
			return Err(TreeError::TooFewLeaves);
		}
		let mut zero = PADDING_LEAF;
		let mut node: Option<Hash> = None;
		for level in 0..self.shape.depth() {
			let has_subtree = self.pushed.wrapping_shr(level) & 1 == 1;
			let left = if has_subtree { self.subtrees.pop() } else { node.take() };
			if let Some(left) = left {
				node = Some(parent::<H>(&left, &node.unwrap_or(zero)));
			}
			zero = parent::<H>(&zero, &zero);
		}
		let top = node.or_else(|| self.subtrees.pop()).ok_or(TreeError::TooFewLeaves)?;
		Ok(seal_root::<H>(self.shape.element_count(), top))
	}
}

/// Computes the root of a vector from its chunks, in order.
///
/// # Errors
///
/// [`TreeError::TooManyLeaves`] or [`TreeError::TooFewLeaves`] unless there are `leaf_count`.
pub fn root_of_chunks<H: Hasher>(
	shape: Shape,
	chunks: impl IntoIterator<Item = impl Borrow<ChunkBytes>>,
) -> Result<Hash, TreeError> {
	let mut builder = RootBuilder::<H>::new(shape);
	for chunk in chunks {
		builder.push_chunk(chunk.borrow())?;
	}
	builder.finish()
}

/// Computes the root of a vector from its leaf hashes, in order.
///
/// # Errors
///
/// [`TreeError::TooManyLeaves`] or [`TreeError::TooFewLeaves`] unless there are `leaf_count`.
pub fn root_of_leaf_hashes<H: Hasher>(
	shape: Shape,
	leaf_hashes: &[Hash],
) -> Result<Hash, TreeError> {
	let mut builder = RootBuilder::<H>::new(shape);
	for leaf_hash in leaf_hashes {
		builder.push_leaf_hash(*leaf_hash)?;
	}
	builder.finish()
}

/// A whole tree in memory, for who serves many proofs: about 64 bytes per leaf.
pub struct Tree<H> {
	shape: Shape,
	/// From the leaves to the top; nodes over nothing but padding are left out.
	levels: Vec<Level>,
	hasher: PhantomData<fn() -> H>,
}

/// The nodes of one level that stand over data, and the value of all others.
struct Level {
	nodes: Vec<Hash>,
	zero: Hash,
}

impl Level {
	fn node(&self, index: u64) -> Hash {
		let stored = usize::try_from(index).ok().and_then(|index| self.nodes.get(index));
		stored.copied().unwrap_or(self.zero)
	}

	fn above<H: Hasher>(&self) -> Self {
		let pair = |pair: &[Hash]| match pair {
			[left, right] => parent::<H>(left, right),
			[left] => parent::<H>(left, &self.zero),
			_ => self.zero,
		};
		Self {
			nodes: self.nodes.chunks(2).map(pair).collect(),
			zero: parent::<H>(&self.zero, &self.zero),
		}
	}
}

impl<H: Hasher> Tree<H> {
	/// Builds the tree over these leaves.
	///
	/// # Errors
	///
	/// [`TreeError::TooManyLeaves`] or [`TreeError::TooFewLeaves`] unless there are `leaf_count`.
	pub fn new(shape: Shape, leaf_hashes: Vec<Hash>) -> Result<Self, TreeError> {
		check_leaf_count(shape, &leaf_hashes)?;
		let mut level = Level { nodes: leaf_hashes, zero: PADDING_LEAF };
		let mut levels = Vec::new();
		for _ in 0..shape.depth() {
			let above = level.above::<H>();
			levels.push(level);
			level = above;
		}
		levels.push(level);
		Ok(Self { shape, levels, hasher: PhantomData })
	}

	/// The shape the tree was built with.
	pub fn shape(&self) -> Shape {
		self.shape
	}

	/// The node at `index` of `level` (0: leaves, `depth`: top), or `None` outside the tree.
	pub fn node(&self, level: u32, index: u64) -> Option<Hash> {
		let width = self.shape.padded_leaf_count().checked_shr(level)?;
		let level = self.levels.get(usize::try_from(level).ok()?)?;
		(index < width).then(|| level.node(index))
	}

	/// The sealed root.
	pub fn root(&self) -> Hash {
		let top = self.levels.last().map_or(PADDING_LEAF, |level| level.node(0));
		seal_root::<H>(self.shape.element_count(), top)
	}

	/// The `depth` siblings of leaf `index`, bottom-up; `index` may lie in the padding.
	///
	/// # Errors
	///
	/// [`TreeError::IndexOutOfRange`] from `2^depth` on.
	pub fn prove(&self, index: u64) -> Result<Vec<Hash>, TreeError> {
		if index >= self.shape.padded_leaf_count() {
			return Err(TreeError::IndexOutOfRange);
		}
		let below_top = (0..self.shape.depth()).zip(&self.levels);
		Ok(below_top.map(|(height, level)| level.node(index.wrapping_shr(height) ^ 1)).collect())
	}
}

fn check_leaf_count(shape: Shape, leaf_hashes: &[Hash]) -> Result<(), TreeError> {
	let leaf_count = usize::try_from(shape.leaf_count()).map_err(|_| TreeError::TooFewLeaves)?;
	match leaf_hashes.len().cmp(&leaf_count) {
		core::cmp::Ordering::Less => Err(TreeError::TooFewLeaves),
		core::cmp::Ordering::Greater => Err(TreeError::TooManyLeaves),
		core::cmp::Ordering::Equal => Ok(()),
	}
}

/// The `depth` siblings of leaf `index`, bottom-up; `index` may lie in the padding.
///
/// Costs one hash per leaf; keep a [`Tree`] for many proofs over the same leaves.
///
/// # Errors
///
/// [`TreeError::IndexOutOfRange`] from `2^depth` on, [`TreeError::TooManyLeaves`] or
/// [`TreeError::TooFewLeaves`] unless there are `leaf_count` leaves.
pub fn prove<H: Hasher>(
	shape: Shape,
	leaf_hashes: &[Hash],
	index: u64,
) -> Result<Vec<Hash>, TreeError> {
	check_leaf_count(shape, leaf_hashes)?;
	if index >= shape.padded_leaf_count() {
		return Err(TreeError::IndexOutOfRange);
	}
	Tree::<H>::new(shape, leaf_hashes.to_vec())?.prove(index)
}
