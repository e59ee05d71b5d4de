//! Chunks of 256 elements, and the shape of the tree above them.

/// Elements in one chunk.
pub const CHUNK_ELEMENTS: usize = 256;

/// Bytes in one chunk: 256 little-endian `i32`.
pub const CHUNK_BYTES: usize = 1024;

/// Largest number of elements a vector may have: 2^40, a tree of depth 32.
pub const MAX_ELEMENT_COUNT: u64 = 1 << 40;

/// The bytes of one chunk, which is one leaf's preimage.
pub type ChunkBytes = [u8; CHUNK_BYTES];

/// `log2(CHUNK_ELEMENTS)`.
const CHUNK_ELEMENTS_LOG2: u32 = 8;

/// How a vector of `element_count` elements is laid out in chunks and in its tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
	element_count: u64,
	leaf_count: u64,
	depth: u32,
}

impl Shape {
	/// Returns the shape of a vector, or `None` for no elements or more than
	/// [`MAX_ELEMENT_COUNT`].
	pub fn new(element_count: u64) -> Option<Self> {
		if element_count == 0 || element_count > MAX_ELEMENT_COUNT {
			return None;
		}
		let leaf_count = element_count.div_ceil(1 << CHUNK_ELEMENTS_LOG2);
		let depth = leaf_count.next_power_of_two().trailing_zeros();
		Some(Self { element_count, leaf_count, depth })
	}

	/// Elements in the vector, from 1 to [`MAX_ELEMENT_COUNT`].
	pub fn element_count(self) -> u64 {
		self.element_count
	}

	/// Chunks that hold data: `ceil(element_count / 256)`, from 1 to 2^32.
	pub fn leaf_count(self) -> u64 {
		self.leaf_count
	}

	/// Levels between a leaf and the top: `ceil(log2(leaf_count))`, from 0 to 32.
	pub fn depth(self) -> u32 {
		self.depth
	}

	/// Bytes of all chunks that hold data: `leaf_count * 1,024`.
	pub fn size_bytes(self) -> u64 {
		self.leaf_count.saturating_mul(1024)
	}

	/// Leaves of the tree with its padding: `2^depth`.
	pub fn padded_leaf_count(self) -> u64 {
		1u64.wrapping_shl(self.depth)
	}

	/// Elements of the vector that chunk `index` holds: 256, less in the last chunk, 0 after it.
	pub fn elements_in_chunk(self, index: u64) -> usize {
		let before = index.saturating_mul(1 << CHUNK_ELEMENTS_LOG2);
		let left = self.element_count.saturating_sub(before);
		usize::try_from(left).map_or(CHUNK_ELEMENTS, |left| left.min(CHUNK_ELEMENTS))
	}
}

/// The 256 words of four bytes in a chunk.
pub(crate) fn words(bytes: &ChunkBytes) -> &[[u8; 4]] {
	bytes.as_chunks().0
}

/// Decodes a chunk's 256 elements.
pub fn read_elements(bytes: &ChunkBytes) -> [i32; CHUNK_ELEMENTS] {
	let mut elements = [0; CHUNK_ELEMENTS];
	for (element, word) in elements.iter_mut().zip(words(bytes)) {
		*element = i32::from_le_bytes(*word);
	}
	elements
}

/// Encodes a chunk's 256 elements.
pub fn write_elements(elements: &[i32; CHUNK_ELEMENTS]) -> ChunkBytes {
	let mut bytes = [0; CHUNK_BYTES];
	for (word, element) in bytes.as_chunks_mut().0.iter_mut().zip(elements) {
		*word = element.to_le_bytes();
	}
	bytes
}

/// Whether all elements of chunk `index` past the vector's end are zero.
pub fn is_zero_padded(shape: Shape, index: u64, bytes: &ChunkBytes) -> bool {
	words(bytes).iter().skip(shape.elements_in_chunk(index)).all(|word| *word == [0; 4])
}
