//! A Merkle path from leaf hashes that are read once, in order.

use super::store::NativeHasher;
use sheaf_aggregation::{Hasher, Shape};

type Node = [u8; 32];

/// Collects the siblings of one leaf, holding one hash per level.
pub struct PathBuilder {
	shape: Shape,
	index: u64,
	pushed: u64,
	/// Tops of the full subtrees so far, largest first: one per set bit of `pushed`.
	subtrees: Vec<Node>,
	siblings: Vec<Option<Node>>,
}

impl PathBuilder {
	/// Starts the path of leaf `index`; none outside the leaves.
	pub fn new(shape: Shape, index: u64) -> Option<Self> {
		let depth = usize::try_from(shape.depth()).ok()?;
		let siblings = vec![None; depth];
		let builder = Self { shape, index, pushed: 0, subtrees: Vec::new(), siblings };
		(index < shape.leaf_count()).then_some(builder)
	}

	/// Takes the next leaf hash.
	pub fn push(&mut self, leaf_hash: Node) {
		let position = self.pushed;
		let mut node = leaf_hash;
		self.note(0, position, node);
		for level in 0..position.trailing_ones() {
			if let Some(left) = self.subtrees.pop() {
				node = parent(&left, &node);
				self.note(level.saturating_add(1), position >> level.saturating_add(1), node);
			}
		}
		self.subtrees.push(node);
		self.pushed = self.pushed.saturating_add(1);
	}

	/// The siblings, bottom-up; none unless exactly `leaf_count` leaves were pushed.
	pub fn finish(mut self) -> Option<Vec<Node>> {
		if self.pushed != self.shape.leaf_count() {
			return None;
		}
		let mut zeros = Vec::with_capacity(self.siblings.len());
		let mut zero = [0; 32];
		let mut node: Option<Node> = None;
		for level in 0..self.shape.depth() {
			let full = (self.pushed >> level) & 1 == 1;
			let left = if full { self.subtrees.pop() } else { node.take() };
			if let Some(left) = left {
				let merged = parent(&left, &node.unwrap_or(zero));
				let above = level.saturating_add(1);
				self.note(above, self.pushed.saturating_sub(1) >> above, merged);
				node = Some(merged);
			}
			zeros.push(zero);
			zero = parent(&zero, &zero);
		}
		Some(self.siblings.iter().zip(zeros).map(|(found, zero)| found.unwrap_or(zero)).collect())
	}

	fn note(&mut self, level: u32, position: u64, node: Node) {
		let sibling = self.index.checked_shr(level).map(|index| index ^ 1);
		if sibling == Some(position) {
			let place = usize::try_from(level).ok().and_then(|level| self.siblings.get_mut(level));
			if let Some(place) = place {
				*place = Some(node);
			}
		}
	}
}

fn parent(left: &Node, right: &Node) -> Node {
	let mut preimage = [0; 64];
	let (first, second) = preimage.split_at_mut(32);
	first.copy_from_slice(left);
	second.copy_from_slice(right);
	NativeHasher::hash(&preimage)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_aggregation::prove;

	#[test]
	fn every_path_is_the_one_that_the_whole_tree_gives() {
		for leaves in [1u64, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 153] {
			let shape = Shape::new(leaves * 256).unwrap();
			let hashes: Vec<Node> =
				(0..leaves).map(|leaf| NativeHasher::hash(&leaf.to_le_bytes())).collect();
			for index in 0..leaves {
				let mut builder = PathBuilder::new(shape, index).unwrap();
				hashes.iter().for_each(|hash| builder.push(*hash));
				let expected = prove::<NativeHasher>(shape, &hashes, index).unwrap();
				assert_eq!(builder.finish().unwrap(), expected, "leaf {index} of {leaves}");
			}
		}
	}

	#[test]
	fn a_leaf_outside_the_vector_has_no_path() {
		assert!(PathBuilder::new(Shape::new(512).unwrap(), 2).is_none());
	}

	#[test]
	fn a_missing_leaf_gives_no_path() {
		let mut builder = PathBuilder::new(Shape::new(512).unwrap(), 0).unwrap();
		builder.push([1; 32]);
		assert!(builder.finish().is_none());
	}
}
