//! Any size, any leaf: its proof verifies, and nothing else does.

mod support;

use proptest::prelude::*;
use sheaf_aggregation::*;
use support::{numbered_leaves, shape, Vector};

type B = Blake2b256;

#[test]
fn impossible_shapes_are_refused() {
	assert_eq!(Shape::new(0), None);
	assert_eq!(Shape::new(MAX_ELEMENT_COUNT + 1), None);
	assert_eq!(Shape::new(u64::MAX), None);
	assert_eq!(shape(MAX_ELEMENT_COUNT).depth(), 32);
}

#[test]
fn a_single_leaf_is_the_top() {
	let shape = shape(1);
	let leaf = [7; 32];
	let root = root_of_leaf_hashes::<B>(shape, &[leaf]).unwrap();
	assert_eq!(root, seal_root::<B>(1, leaf));
	assert_eq!(top_from_path::<B>(shape, leaf, 0, &[]), Ok(leaf));
	assert_eq!(verify_leaf_hash::<B>(&root, shape, 0, leaf, &[]), Ok(()));
}

#[test]
fn a_builder_refuses_too_few_and_too_many_leaves() {
	let shape = shape(600);
	let leaves = numbered_leaves(4);
	for (count, expected) in
		[(0, TreeError::TooFewLeaves), (2, TreeError::TooFewLeaves), (4, TreeError::TooManyLeaves)]
	{
		assert_eq!(root_of_leaf_hashes::<B>(shape, &leaves[..count]), Err(expected));
		assert_eq!(prove::<B>(shape, &leaves[..count], 0), Err(expected));
		assert_eq!(Tree::<B>::new(shape, leaves[..count].to_vec()).err(), Some(expected));
		let chunks = vec![[0; CHUNK_BYTES]; count];
		assert_eq!(root_of_chunks::<B>(shape, &chunks), Err(expected));
	}
	assert_eq!(prove::<B>(shape, &leaves[..3], 4), Err(TreeError::IndexOutOfRange));
}

#[test]
fn padding_nodes_are_zero_subtrees() {
	let shape = shape(5 * 256);
	let tree = Tree::<B>::new(shape, numbered_leaves(5)).unwrap();
	assert_eq!(tree.node(0, 5), Some([0; 32]));
	assert_eq!(tree.node(1, 3), Some(zero_subtree::<B>(1)));
	assert_eq!(tree.node(0, 8), None);
	assert_eq!(tree.node(3, 1), None);
	assert_eq!(tree.node(4, 0), None);
	assert_eq!(tree.node(64, 0), None);
	let top = tree.node(3, 0).unwrap();
	assert_eq!(tree.root(), seal_root::<B>(1280, top));
	for index in 5..8 {
		let siblings = tree.prove(index).unwrap();
		assert_eq!(top_from_path::<B>(shape, [0; 32], index, &siblings), Ok(top));
		assert_eq!(
			verify_leaf_hash::<B>(&tree.root(), shape, index, [0; 32], &siblings),
			Err(ProofError::IndexOutOfRange)
		);
		assert_eq!(
			verify_chunk::<B>(&tree.root(), shape, index, &[0; 1024], &siblings),
			Err(ProofError::IndexOutOfRange)
		);
	}
}

/// Off powers of two, the last leaf's proof must not verify at any other index.
fn the_last_proof_holds_at_one_index(leaf_count: u64) {
	let shape = shape(leaf_count * 256);
	let leaves = numbered_leaves(leaf_count);
	let root = root_of_leaf_hashes::<B>(shape, &leaves).unwrap();
	let last = leaf_count - 1;
	let siblings = prove::<B>(shape, &leaves, last).unwrap();
	let accepts = |index| {
		verify_leaf_hash::<B>(&root, shape, index, leaves[last as usize], &siblings).is_ok()
	};
	let everywhere = 0..shape.padded_leaf_count() + 300;
	assert_eq!(everywhere.filter(|index| accepts(*index)).collect::<Vec<_>>(), [last]);
	assert!(!accepts(u64::MAX));
	assert!(!accepts(last + (1 << 32)));
	assert!(!accepts(last + shape.padded_leaf_count()));
}

#[test]
fn the_last_of_153_leaves_is_bound_to_its_index() {
	the_last_proof_holds_at_one_index(153);
}

#[test]
fn the_last_of_9766_leaves_is_bound_to_its_index() {
	the_last_proof_holds_at_one_index(9_766);
}

#[test]
fn a_chunk_is_not_accepted_as_a_node_or_a_root() {
	// Two leaves: what stands above them is 64 bytes, never 1,024, and a shorter path is refused.
	let shape = shape(512);
	let vector = Vector::random(shape, 3, 0);
	let siblings = vector.tree.prove(0).unwrap();
	let root = vector.tree.root();
	let too_long = [siblings.clone(), siblings.clone()].concat();
	for path in [&[][..], &too_long] {
		assert_eq!(
			verify_chunk::<B>(&root, shape, 0, &vector.chunks[0], path),
			Err(ProofError::WrongNumberOfSiblings)
		);
		assert_eq!(
			top_from_path::<B>(shape, [0; 32], 0, path),
			Err(ProofError::WrongNumberOfSiblings)
		);
	}
	assert_eq!(
		verify_chunk::<B>(&vector.tree.node(1, 0).unwrap(), shape, 0, &vector.chunks[0], &siblings),
		Err(ProofError::RootMismatch)
	);
	assert_eq!(top_from_path::<B>(shape, [0; 32], 2, &siblings), Err(ProofError::IndexOutOfRange));
}

#[test]
fn nonzero_padding_is_seen() {
	let shape = shape(257);
	let mut chunk = [0; CHUNK_BYTES];
	chunk[..4].fill(1);
	assert!(is_zero_padded(shape, 1, &chunk));
	assert!(!is_zero_padded(shape, 2, &chunk));
	for byte in [4, 7, 500, 1023] {
		let mut bad = chunk;
		bad[byte] = 1;
		assert!(!is_zero_padded(shape, 1, &bad), "{byte}");
		assert!(is_zero_padded(shape, 0, &bad));
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn elements_survive_their_bytes(seed: u64) {
		let elements = support::Generator::new(seed).elements(256, 0);
		let elements: [i32; 256] = elements.try_into().unwrap();
		prop_assert_eq!(read_elements(&write_elements(&elements)), elements);
	}

	#[test]
	fn every_leaf_of_every_size_verifies(leaf_count in 1u64..70, missing in 0u64..256) {
		let shape = shape(leaf_count * 256 - missing);
		prop_assert_eq!(shape.leaf_count(), leaf_count);
		let leaves = numbered_leaves(leaf_count);
		let root = root_of_leaf_hashes::<B>(shape, &leaves).unwrap();
		let tree = Tree::<B>::new(shape, leaves.clone()).unwrap();
		prop_assert_eq!(tree.root(), root);
		for (index, leaf) in (0..).zip(&leaves) {
			let siblings = tree.prove(index).unwrap();
			prop_assert_eq!(&siblings, &prove::<B>(shape, &leaves, index).unwrap());
			prop_assert_eq!(verify_leaf_hash::<B>(&root, shape, index, *leaf, &siblings), Ok(()));
		}
	}

	#[test]
	fn tampering_anywhere_is_caught(
		element_count in 1u64..3_000,
		seed: u64,
		position: prop::sample::Index,
		place in 0usize..7,
		byte: prop::sample::Index,
		bit in 0u32..8,
	) {
		let shape = shape(element_count);
		let vector = Vector::random(shape, seed, 0);
		let index = position.index(shape.leaf_count() as usize) as u64;
		let mut chunk = vector.chunks[index as usize];
		let (mut root, mut siblings) = (vector.tree.root(), vector.tree.prove(index).unwrap());
		prop_assert_eq!(verify_chunk::<B>(&root, shape, index, &chunk, &siblings), Ok(()));
		let (mut claimed_index, mut claimed_shape) = (index, shape);
		match place {
			0 => chunk[byte.index(CHUNK_BYTES)] ^= 1 << bit,
			1 => root[byte.index(32)] ^= 1 << bit,
			2 if !siblings.is_empty() => {
				let which = byte.index(siblings.len());
				siblings[which][byte.index(32)] ^= 1 << bit;
			},
			3 => siblings.push([0; 32]),
			4 if siblings.pop().is_some() => {},
			5 => claimed_index ^= 1 << byte.index(64),
			_ => claimed_shape = support::shape(element_count % 256 + 1 + shape.leaf_count() * 256),
		}
		let accepted =
			verify_chunk::<B>(&root, claimed_shape, claimed_index, &chunk, &siblings).is_ok();
		prop_assert!(!accepted);
	}

	#[test]
	fn swapped_siblings_are_caught(leaf_count in 5u64..200, position: prop::sample::Index) {
		let shape = shape(leaf_count * 256);
		let leaves = numbered_leaves(leaf_count);
		let index = position.index(leaf_count as usize);
		let root = root_of_leaf_hashes::<B>(shape, &leaves).unwrap();
		let siblings = prove::<B>(shape, &leaves, index as u64).unwrap();
		let mut reversed = siblings.clone();
		reversed.reverse();
		prop_assume!(reversed != siblings);
		prop_assert_eq!(
			verify_leaf_hash::<B>(&root, shape, index as u64, leaves[index], &reversed),
			Err(ProofError::RootMismatch)
		);
	}
}
