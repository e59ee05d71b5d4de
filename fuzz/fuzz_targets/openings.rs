//! Openings of a tree: where they lie follows from the shape alone, and only a node's true children
//! open it.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{
	top_from_path, Blake2b256, Hash, Opening, OpeningError, Shape, Tree, LEVELS_PER_OPENING,
	MAX_OPENED_NODES,
};
use sheaf_fuzz::{
	support::{numbered_leaves, shape},
	up_to,
};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, OnceLock, PoisonError},
};

#[derive(Arbitrary, Debug)]
struct Input {
	/// Of any vector, for what follows from the shape alone.
	element_count: u64,
	level: u32,
	index: u64,
	/// Of a tree, and a node in it.
	leaves: u16,
	down: u8,
	place: u16,
	child: u8,
	changes: Vec<Change>,
}

#[derive(Arbitrary, Debug)]
enum Change {
	Byte { node: u8, byte: u8, flip: u8 },
	Swap(u8, u8),
	Drop(u8),
	Repeat(u8),
	Zero,
}

/// By counting, in numbers that cannot overflow: where the nodes under this one are.
fn opening_by_definition(shape: Shape, level: u32, index: u64) -> Option<Opening> {
	let depth = shape.depth();
	if level > depth || u128::from(index) >= 1 << (depth - level) {
		return None;
	}
	let below = level.saturating_sub(LEVELS_PER_OPENING);
	let (first, end) = [index, index + 1].map(|i| u128::from(i) << (level - below)).into();
	// Nodes with a leaf of data under them.
	let with_data = u128::from(shape.leaf_count()).div_ceil(1 << below);
	let count = u64::try_from(end.min(with_data).checked_sub(first)?).unwrap();
	let opening = Opening { level: below, first: first as u64, count, levels: level - below };
	(count > 0).then_some(opening)
}

/// A tree of so many leaves.
fn tree(leaves: u64) -> Arc<Tree<Blake2b256>> {
	static TREES: OnceLock<Mutex<HashMap<u64, Arc<Tree<Blake2b256>>>>> = OnceLock::new();
	let mut trees =
		TREES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
	let tree = || Tree::new(shape(leaves * 256), numbered_leaves(leaves)).unwrap();
	trees.entry(leaves).or_insert_with(|| Arc::new(tree())).clone()
}

fn change(nodes: &mut Vec<Hash>, change: &Change) {
	let count = nodes.len().max(1);
	let place = |byte: &u8| usize::from(*byte) % count;
	match change {
		Change::Byte { node, byte, flip } => {
			if let Some(node) = nodes.get_mut(place(node)) {
				node[usize::from(*byte % 32)] ^= flip;
			}
		}
		Change::Swap(a, b) if !nodes.is_empty() => nodes.swap(place(a), place(b)),
		Change::Drop(at) if !nodes.is_empty() => drop(nodes.remove(place(at))),
		Change::Repeat(at) if !nodes.is_empty() => nodes.push(nodes[place(at)]),
		Change::Zero => nodes.push([0; 32]),
		_ => {}
	}
}

fuzz_target!(|input: Input| {
	if let Some(any) = Shape::new(input.element_count) {
		let level = input.level % 40;
		for index in [input.index, input.index % any.padded_leaf_count()] {
			let opening = Opening::of(any, level, index);
			assert_eq!(opening.ok(), opening_by_definition(any, level, index));
			assert!(opening.is_ok_and(|o| o.count <= MAX_OPENED_NODES.into()) || opening.is_err());
		}
	}

	let tree = tree([1, 2, 3, 5, 8, 153, 256, 257, 300, 513, 700][usize::from(input.leaves) % 11]);
	let shape = tree.shape();
	let level = up_to(shape.depth().into(), input.down) as u32;
	let index = u64::from(input.place) % (shape.padded_leaf_count() >> level);
	let Ok(opening) = Opening::of(shape, level, index) else {
		assert_eq!(tree.open(level, index), Err(OpeningError::NoSuchNode));
		return;
	};
	let right = tree.open(level, index).unwrap();
	let mut nodes = right.clone();
	for each in &input.changes {
		change(&mut nodes, each);
	}
	let node = opening.node::<Blake2b256>(&nodes);
	assert_eq!(node == Ok(tree.node(level, index).unwrap()), nodes == right, "{node:?}");

	// A child's path, and the node's own, lead to the top.
	let child = u64::from(input.child);
	let below = opening.siblings::<Blake2b256>(&right, child);
	assert_eq!(below.is_ok(), child < opening.count);
	let Ok(below) = below else { return };
	if opening.level == 0 {
		let proof = tree.prove(opening.first + child).unwrap();
		assert_eq!(below, proof[..below.len()]);
		let leaf = right[child as usize];
		let top = top_from_path::<Blake2b256>(shape, leaf, opening.first + child, &proof);
		assert_eq!(top.ok(), tree.node(shape.depth(), 0));
	}
});
