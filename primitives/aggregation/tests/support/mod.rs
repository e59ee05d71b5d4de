//! Inputs for the tests.
#![allow(dead_code)]

pub mod oracle;

use sheaf_aggregation::{
	write_elements, Blake2b256, ChunkBytes, ChunkProof, Hash, Hasher, Shape, Tree, CHUNK_ELEMENTS,
};

/// The generator of golden.py, written once more.
pub struct Generator(u64);

impl Generator {
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	pub fn u32(&mut self) -> u32 {
		self.0 =
			self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(self.0 >> 32) as u32
	}

	pub fn elements(&mut self, count: u64, shift: u32) -> Vec<i32> {
		(0..count).map(|_| self.u32() as i32 >> shift).collect()
	}
}

pub fn shape(element_count: u64) -> Shape {
	Shape::new(element_count).unwrap()
}

/// Chunks of these elements, zeros after them.
pub fn chunks_of(elements: &[i32]) -> Vec<ChunkBytes> {
	let chunk = |part: &[i32]| {
		let mut padded = [0; CHUNK_ELEMENTS];
		padded[..part.len()].copy_from_slice(part);
		write_elements(&padded)
	};
	elements.chunks(CHUNK_ELEMENTS).map(chunk).collect()
}

/// A vector with its tree.
pub struct Vector {
	pub chunks: Vec<ChunkBytes>,
	pub tree: Tree<Blake2b256>,
}

impl Vector {
	pub fn new(shape: Shape, chunks: Vec<ChunkBytes>) -> Self {
		let leaves = chunks.iter().map(|chunk| Blake2b256::hash(chunk)).collect();
		Self { chunks, tree: Tree::new(shape, leaves).unwrap() }
	}

	pub fn random(shape: Shape, seed: u64, shift: u32) -> Self {
		Self::new(shape, chunks_of(&Generator::new(seed).elements(shape.element_count(), shift)))
	}

	pub fn prove(&self, index: u64) -> ChunkProof {
		ChunkProof::new(&self.tree, index, &self.chunks[index as usize]).unwrap()
	}
}

/// `count` different leaf hashes: `H(u64le(i))`.
pub fn numbered_leaves(count: u64) -> Vec<Hash> {
	(0..count).map(|index| Blake2b256::hash(&index.to_le_bytes())).collect()
}
