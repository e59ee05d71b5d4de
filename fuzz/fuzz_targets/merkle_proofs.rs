//! A proof is accepted exactly if leaf, place and path are those of the tree; every way to build a
//! tree or a path gives the same.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{
	prove, root_of_leaf_hashes, top_from_path, verify_chunk, verify_leaf_hash, Blake2b256, Hash,
	Hasher, ProofError, Shape, Tree, CHUNK_BYTES,
};
use sheaf_fuzz::{blobs::path::PathBuilder, one_of, up_to};
use std::sync::OnceLock;

#[derive(Arbitrary, Debug)]
struct Input {
	leaves: u16,
	lacking: u8,
	/// Leaves are repeated after so many, so that subtrees can be equal.
	different: u8,
	index: u16,
	changes: Vec<Change>,
}

#[derive(Arbitrary, Debug)]
enum Change {
	Index(u64),
	FlipIndex(u8),
	Leaf(u8, u8),
	OtherLeaf(u16),
	Sibling { place: u8, byte: u8, flip: u8 },
	OtherNode { place: u8, level: u8, index: u16 },
	SwapSiblings(u8, u8),
	Shorten,
	Lengthen(u8),
	ElementCount(u64),
	MoreElements(u16),
	Root(u8, u8),
}

const DIFFERENT: usize = 256;

/// Chunks of one value each, with their hashes.
fn leaf(number: usize) -> &'static ([u8; CHUNK_BYTES], Hash) {
	static LEAVES: OnceLock<Vec<([u8; CHUNK_BYTES], Hash)>> = OnceLock::new();
	let leaves = LEAVES.get_or_init(|| {
		let chunk = |number| [number as u8; CHUNK_BYTES];
		(0..DIFFERENT).map(|n| (chunk(n), Blake2b256::hash(&chunk(n)))).collect()
	});
	&leaves[number % DIFFERENT]
}

fn pair(left: &Hash, right: &Hash) -> Hash {
	Blake2b256::hash(&[*left, *right].concat())
}

/// The root by its definition: leaves filled up with zeros, halved until one is left.
fn root_by_definition(element_count: u64, leaves: &[Hash]) -> Hash {
	let mut row = leaves.to_vec();
	row.resize(leaves.len().next_power_of_two(), [0; 32]);
	while row.len() > 1 {
		row = row.chunks(2).map(|nodes| pair(&nodes[0], &nodes[1])).collect();
	}
	Blake2b256::hash(&[&element_count.to_le_bytes()[..], &row[0]].concat())
}

/// A claim that a leaf stands somewhere.
#[derive(Clone, PartialEq)]
struct Proof {
	element_count: u64,
	root: Hash,
	index: u64,
	leaf: Hash,
	siblings: Vec<Hash>,
}

fn change(proof: &mut Proof, change: &Change, tree: &Tree<Blake2b256>) {
	let count = proof.siblings.len().max(1);
	match change {
		Change::Index(to) => proof.index = *to,
		Change::FlipIndex(bit) => proof.index ^= 1 << (bit % 64),
		Change::Leaf(byte, flip) => proof.leaf[usize::from(*byte % 32)] ^= flip,
		Change::OtherLeaf(other) => proof.leaf = leaf((*other).into()).1,
		Change::Sibling { place, byte, flip } => {
			if let Some(sibling) = proof.siblings.get_mut(usize::from(*place) % count) {
				sibling[usize::from(*byte % 32)] ^= flip;
			}
		}
		Change::OtherNode { place, level, index } => {
			let level = u32::from(*level) % (tree.shape().depth() + 1);
			let width = tree.shape().padded_leaf_count() >> level;
			let node = tree.node(level, u64::from(*index) % width).unwrap();
			if let Some(sibling) = proof.siblings.get_mut(usize::from(*place) % count) {
				*sibling = node;
			}
		}
		Change::SwapSiblings(a, b) if !proof.siblings.is_empty() => {
			proof.siblings.swap(usize::from(*a) % count, usize::from(*b) % count);
		}
		Change::SwapSiblings(..) => {}
		Change::Shorten => drop(proof.siblings.pop()),
		Change::Lengthen(byte) => proof.siblings.push([*byte; 32]),
		Change::ElementCount(to) => proof.element_count = *to,
		Change::MoreElements(by) => {
			proof.element_count = proof.element_count.wrapping_add((*by).into());
		}
		Change::Root(byte, flip) => proof.root[usize::from(*byte % 32)] ^= flip,
	}
}

fuzz_target!(|input: Input| {
	let leaf_count = 1 + up_to(599, input.leaves);
	let element_count = leaf_count * 256 - one_of(input.lacking, &[0, 1, 255]);
	let shape = Shape::new(element_count).unwrap();
	assert_eq!(shape.leaf_count(), leaf_count);
	let different = 1 + usize::from(input.different);
	let number = |index: u64| index as usize % different;
	let leaves: Vec<Hash> = (0..leaf_count).map(|index| leaf(number(index)).1).collect();

	let tree = Tree::<Blake2b256>::new(shape, leaves.clone()).unwrap();
	let root = root_by_definition(element_count, &leaves);
	assert_eq!(tree.root(), root);
	assert_eq!(root_of_leaf_hashes::<Blake2b256>(shape, &leaves), Ok(root));

	let index = u64::from(input.index) % shape.padded_leaf_count();
	let siblings = tree.prove(index).unwrap();
	assert_eq!(prove::<Blake2b256>(shape, &leaves, index).as_ref(), Ok(&siblings));
	let mut path = PathBuilder::new(shape, index);
	assert_eq!(path.is_some(), index < leaf_count);
	if let Some(mut path) = path.take() {
		leaves.iter().for_each(|leaf| path.push(*leaf));
		assert_eq!(path.finish().as_ref(), Some(&siblings));
		let chunk = &leaf(number(index)).0;
		assert_eq!(verify_chunk::<Blake2b256>(&root, shape, index, chunk, &siblings), Ok(()));
	}

	let leaf = leaves.get(index as usize).copied().unwrap_or_default();
	let mut proof = Proof { element_count, root, index, leaf, siblings };
	for each in &input.changes {
		change(&mut proof, each, &tree);
	}
	let claimed_shape = Shape::new(proof.element_count);
	let verdict = claimed_shape.map(|shape| {
		let Proof { root, index, leaf, siblings, .. } = &proof;
		verify_leaf_hash::<Blake2b256>(root, shape, *index, *leaf, siblings)
	});
	let true_here = proof.element_count == element_count
		&& proof.root == root
		&& leaves.get(proof.index as usize) == Some(&proof.leaf)
		&& tree.prove(proof.index).as_ref() == Ok(&proof.siblings);
	assert_eq!(verdict == Some(Ok(())), true_here, "{verdict:?}");

	// Past the leaves only the padding's value leads to the root.
	let top = top_from_path::<Blake2b256>(shape, proof.leaf, proof.index, &proof.siblings);
	let real = tree.node(0, proof.index) == Some(proof.leaf)
		&& tree.prove(proof.index).as_ref() == Ok(&proof.siblings);
	assert_eq!(top == Ok(tree.node(shape.depth(), 0).unwrap()), real);
	if proof.index >= shape.padded_leaf_count() {
		assert_eq!(top, Err(ProofError::IndexOutOfRange));
	}
});
