//! Opening a tree level by level, for results whose data is withheld.
//!
//! Who claims a root can be asked for the nodes some levels below a node. Knowing them down to the
//! leaves, anybody who can compute the right tree finds a wrong leaf and proves it with
//! [`crate::WrongResultProof`], without a byte of the withheld data.

use alloc::vec::Vec;
use core::fmt;

use crate::{
	tree::{parent, PADDING_LEAF},
	Hash, Hasher, Shape, Tree,
};

/// Levels of the tree that one opening descends.
pub const LEVELS_PER_OPENING: u32 = 8;
/// Most nodes of one opening, `2^LEVELS_PER_OPENING`.
pub const MAX_OPENED_NODES: u32 = 1 << LEVELS_PER_OPENING;

/// Why an opening is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpeningError {
	/// The tree has no such node, or only padding under it.
	NoSuchNode,
	/// Another number of nodes than stand over data.
	WrongNumberOfNodes,
}

impl fmt::Display for OpeningError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::NoSuchNode => "the tree has no data under this node",
			Self::WrongNumberOfNodes => "the opening must hold every node over data and no other",
		})
	}
}

impl core::error::Error for OpeningError {}

/// Where an opening lies: the nodes at `level` under one node higher up that stand over data.
///
/// Levels count from the leaves (0) to the top (`depth`), indices from the left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opening {
	/// Level of the opened nodes.
	pub level: u32,
	/// Index of the first of them.
	pub first: u64,
	/// How many stand over data, from 1 to [`MAX_OPENED_NODES`].
	pub count: u64,
	/// Levels that the opening descends, at most [`LEVELS_PER_OPENING`].
	pub levels: u32,
}

impl Opening {
	/// The opening of the node at `index` of `level`.
	///
	/// # Errors
	///
	/// [`OpeningError::NoSuchNode`] outside the tree and over padding.
	pub fn of(shape: Shape, level: u32, index: u64) -> Result<Self, OpeningError> {
		let width = shape.padded_leaf_count().checked_shr(level).unwrap_or(0);
		if level > shape.depth() || index >= width {
			return Err(OpeningError::NoSuchNode);
		}
		let levels = level.min(LEVELS_PER_OPENING);
		let below = level.saturating_sub(levels);
		let first = index.checked_shl(levels).ok_or(OpeningError::NoSuchNode)?;
		let span = 1u64.checked_shl(below).ok_or(OpeningError::NoSuchNode)?;
		let over_data = shape.leaf_count().div_ceil(span);
		let all = 1u64.checked_shl(levels).ok_or(OpeningError::NoSuchNode)?;
		let count = over_data.saturating_sub(first).min(all);
		if count == 0 {
			return Err(OpeningError::NoSuchNode);
		}
		Ok(Self { level: below, first, count, levels })
	}

	/// The hash of the opened node, computed from `nodes`; those over padding are known to everybody.
	///
	/// # Errors
	///
	/// [`OpeningError::WrongNumberOfNodes`] unless there are [`Opening::count`].
	pub fn node<H: Hasher>(&self, nodes: &[Hash]) -> Result<Hash, OpeningError> {
		Ok(self.fold::<H>(nodes, None)?.0)
	}

	/// The siblings, bottom-up, between the opened node and its `child`-th opened node.
	///
	/// # Errors
	///
	/// [`OpeningError::WrongNumberOfNodes`] as [`Opening::node`], [`OpeningError::NoSuchNode`] unless
	/// `child` is below [`Opening::count`].
	pub fn siblings<H: Hasher>(
		&self,
		nodes: &[Hash],
		child: u64,
	) -> Result<Vec<Hash>, OpeningError> {
		if child >= self.count {
			return Err(OpeningError::NoSuchNode);
		}
		Ok(self.fold::<H>(nodes, Some(child))?.1)
	}

	fn fold<H: Hasher>(
		&self,
		nodes: &[Hash],
		child: Option<u64>,
	) -> Result<(Hash, Vec<Hash>), OpeningError> {
		if u64::try_from(nodes.len()) != Ok(self.count) {
			return Err(OpeningError::WrongNumberOfNodes);
		}
		let mut zero = crate::zero_subtree::<H>(self.level);
		let mut row = nodes.to_vec();
		let mut place = child.and_then(|child| usize::try_from(child).ok());
		let mut siblings = Vec::new();
		for _ in 0..self.levels {
			if let Some(place) = &mut place {
				siblings.push(row.get(*place ^ 1).copied().unwrap_or(zero));
				*place >>= 1;
			}
			row = row
				.chunks(2)
				.map(|pair| match pair {
					[left, right] => parent::<H>(left, right),
					[left] => parent::<H>(left, &zero),
					_ => zero,
				})
				.collect();
			zero = parent::<H>(&zero, &zero);
		}
		Ok((row.first().copied().unwrap_or(PADDING_LEAF), siblings))
	}
}

impl<H: Hasher> Tree<H> {
	/// The nodes of the opening of the node at `index` of `level`.
	///
	/// # Errors
	///
	/// [`OpeningError::NoSuchNode`] outside the tree and over padding.
	pub fn open(&self, level: u32, index: u64) -> Result<Vec<Hash>, OpeningError> {
		let opening = Opening::of(self.shape(), level, index)?;
		(opening.first..opening.first.saturating_add(opening.count))
			.map(|index| self.node(opening.level, index).ok_or(OpeningError::NoSuchNode))
			.collect()
	}
}
