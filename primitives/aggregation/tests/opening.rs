//! Opening a tree 8 levels at a time.

mod support;

use proptest::prelude::*;
use sheaf_aggregation::{
	seal_root, zero_subtree, Blake2b256 as B, Hash, Opening, OpeningError, Shape, Tree,
	LEVELS_PER_OPENING, MAX_OPENED_NODES,
};
use support::{numbered_leaves, shape};

/// A tree over so many numbered leaves.
fn tree_of(leaf_count: u64) -> Tree<B> {
	Tree::new(shape(leaf_count * 256), numbered_leaves(leaf_count)).unwrap()
}

/// Every node that stands over data, as level and index.
fn nodes_over_data(shape: Shape) -> impl Iterator<Item = (u32, u64)> {
	(0..=shape.depth()).flat_map(move |level| {
		(0..shape.leaf_count().div_ceil(1 << level)).map(move |index| (level, index))
	})
}

/// Opens from the top down to `leaf` and returns the siblings that the openings gave, bottom-up.
fn path_by_openings(tree: &Tree<B>, leaf: u64) -> Vec<Hash> {
	let (mut level, mut index) = (tree.shape().depth(), 0);
	let mut path = Vec::new();
	loop {
		let opening = Opening::of(tree.shape(), level, index).unwrap();
		let nodes = tree.open(level, index).unwrap();
		assert_eq!(Some(opening.node::<B>(&nodes).unwrap()), tree.node(level, index));
		let child = (leaf >> opening.level) - opening.first;
		path = [opening.siblings::<B>(&nodes, child).unwrap(), path].concat();
		(level, index) = (opening.level, opening.first + child);
		if level == 0 {
			return path;
		}
	}
}

#[test]
fn openings_from_the_top_to_a_leaf_are_the_leafs_proof() {
	for leaf_count in [1, 2, 3, 153, 256, 257, 9_766] {
		let tree = tree_of(leaf_count);
		for leaf in [0, leaf_count / 2, leaf_count - 1] {
			let proof = tree.prove(leaf).unwrap();
			assert_eq!(path_by_openings(&tree, leaf), proof, "{leaf} of {leaf_count}");
		}
	}
}

#[test]
fn the_top_of_153_leaves_opens_to_its_leaves_and_not_to_padding() {
	let tree = tree_of(153);
	let opening = Opening::of(tree.shape(), 8, 0).unwrap();
	assert_eq!(opening, Opening { level: 0, first: 0, count: 153, levels: 8 });
	let nodes = tree.open(8, 0).unwrap();
	assert_eq!(nodes, numbered_leaves(153));
	assert_eq!(seal_root::<B>(153 * 256, opening.node::<B>(&nodes).unwrap()), tree.root());
}

#[test]
fn the_top_of_9766_leaves_opens_in_two_steps() {
	let shape = shape(9_766 * 256);
	let top = Opening::of(shape, 14, 0).unwrap();
	assert_eq!(top, Opening { level: 6, first: 0, count: 153, levels: 8 });
	let last = Opening::of(shape, 6, 152).unwrap();
	assert_eq!(last, Opening { level: 0, first: 9_728, count: 38, levels: 6 });
}

#[test]
fn a_single_leaf_opens_to_itself() {
	let tree = tree_of(1);
	let opening = Opening::of(tree.shape(), 0, 0).unwrap();
	assert_eq!(opening, Opening { level: 0, first: 0, count: 1, levels: 0 });
	let nodes = tree.open(0, 0).unwrap();
	assert_eq!(opening.node::<B>(&nodes), Ok(numbered_leaves(1)[0]));
	assert_eq!(opening.siblings::<B>(&nodes, 0), Ok(vec![]));
	assert_eq!(seal_root::<B>(256, nodes[0]), tree.root());
}

#[test]
fn the_largest_tree_opens_in_four_steps() {
	let shape = Shape::new(sheaf_aggregation::MAX_ELEMENT_COUNT).unwrap();
	let (mut level, mut index) = (shape.depth(), 0);
	for step in 1..=4 {
		let opening = Opening::of(shape, level, index).unwrap();
		assert_eq!(opening.count, u64::from(MAX_OPENED_NODES), "step {step}");
		(level, index) = (opening.level, opening.first + opening.count - 1);
	}
	assert_eq!((level, index), (0, shape.leaf_count() - 1));
}

#[test]
fn nothing_opens_outside_the_tree_or_over_padding() {
	let shape = shape(153 * 256);
	let no_such_node = Err(OpeningError::NoSuchNode);
	assert_eq!(Opening::of(shape, 9, 0), no_such_node);
	assert_eq!(Opening::of(shape, u32::MAX, 0), no_such_node);
	assert_eq!(Opening::of(shape, 8, 1), no_such_node);
	assert_eq!(Opening::of(shape, 0, u64::MAX), no_such_node);
	assert_eq!(Opening::of(shape, 0, 153), no_such_node, "padding");
	assert!(Opening::of(shape, 3, 19).is_ok(), "one leaf of eight is data");
	assert_eq!(Opening::of(shape, 3, 20), no_such_node, "nothing but padding under it");
	assert_eq!(tree_of(153).open(3, 20).unwrap_err(), OpeningError::NoSuchNode);
}

#[test]
fn an_opening_has_exactly_the_nodes_over_data() {
	let tree = tree_of(153);
	let opening = Opening::of(tree.shape(), 8, 0).unwrap();
	let nodes = tree.open(8, 0).unwrap();
	let with_padding = [&nodes[..], &[zero_subtree::<B>(0)]].concat();
	for wrong in [&nodes[..152], &with_padding, &[]] {
		assert_eq!(opening.node::<B>(wrong), Err(OpeningError::WrongNumberOfNodes));
		assert_eq!(opening.siblings::<B>(wrong, 0), Err(OpeningError::WrongNumberOfNodes));
	}
	assert_eq!(opening.siblings::<B>(&nodes, 153), Err(OpeningError::NoSuchNode));
	assert_eq!(opening.siblings::<B>(&nodes, u64::MAX), Err(OpeningError::NoSuchNode));
}

#[test]
fn data_in_the_padding_cannot_be_opened() {
	// A full tree of 256 leaves, claimed to be one of 153: nobody has 153 leaves that lead to its top.
	let full = tree_of(256);
	let claimed = seal_root::<B>(153 * 256, full.node(8, 0).unwrap());
	let opening = Opening::of(shape(153 * 256), 8, 0).unwrap();
	let top = opening.node::<B>(&numbered_leaves(153)).unwrap();
	assert_ne!(seal_root::<B>(153 * 256, top), claimed);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn every_node_of_every_size_opens_to_what_leads_to_it(leaf_count in 1u64..700) {
		let tree = tree_of(leaf_count);
		for (level, index) in nodes_over_data(tree.shape()) {
			let opening = Opening::of(tree.shape(), level, index).unwrap();
			prop_assert!((1..=u64::from(MAX_OPENED_NODES)).contains(&opening.count));
			prop_assert_eq!(opening.levels, level.min(LEVELS_PER_OPENING));
			let nodes = tree.open(level, index).unwrap();
			prop_assert_eq!(nodes.len() as u64, opening.count);
			prop_assert_eq!(Some(opening.node::<B>(&nodes).unwrap()), tree.node(level, index));
		}
	}

	#[test]
	fn the_openings_of_a_level_cover_its_data_once(leaf_count in 1u64..100_000, level in 0u32..17) {
		let shape = shape(leaf_count * 256);
		prop_assume!(level <= shape.depth());
		let mut next = 0;
		for index in 0..leaf_count.div_ceil(1 << level) {
			let opening = Opening::of(shape, level, index).unwrap();
			prop_assert_eq!(opening.first, next);
			next += opening.count;
		}
		let below = level - level.min(LEVELS_PER_OPENING);
		prop_assert_eq!(next, leaf_count.div_ceil(1 << below));
	}

	#[test]
	fn openings_lead_to_every_leaf(leaf_count in 1u64..3_000, leaf: prop::sample::Index) {
		let tree = tree_of(leaf_count);
		let leaf = leaf.index(leaf_count as usize) as u64;
		prop_assert_eq!(path_by_openings(&tree, leaf), tree.prove(leaf).unwrap());
	}

	#[test]
	fn no_other_nodes_open_a_node(
		leaf_count in 1u64..700,
		which: prop::sample::Index,
		place: prop::sample::Index,
		bit in 0usize..256,
	) {
		let tree = tree_of(leaf_count);
		let all: Vec<_> = nodes_over_data(tree.shape()).collect();
		let (level, index) = *which.get(&all);
		let opening = Opening::of(tree.shape(), level, index).unwrap();
		let mut nodes = tree.open(level, index).unwrap();
		let place = place.index(nodes.len());
		nodes[place][bit / 8] ^= 1 << (bit % 8);
		prop_assert_ne!(Some(opening.node::<B>(&nodes).unwrap()), tree.node(level, index));
	}

	#[test]
	fn nonsense_does_not_panic(
		element_count in 1u64..=sheaf_aggregation::MAX_ELEMENT_COUNT,
		level: u32,
		index: u64,
	) {
		let shape = shape(element_count);
		for level in [level, level % 40] {
			for index in [index, index >> (index % 64)] {
				if let Ok(opening) = Opening::of(shape, level, index) {
					prop_assert!(opening.first + opening.count <= shape.leaf_count());
					prop_assert!(opening.node::<B>(&[]).is_err());
				}
			}
		}
	}
}
