//! Receiving a blob whose root is known: every byte is checked before it counts.

use super::{
	expected::Place,
	store::{
		BlobStore, Description, Draft, NativeHasher, Part, StoreError, BLOCK_BYTES, LEAF_HASH_BYTES,
	},
};
use bytes::Bytes;
use sheaf_aggregation::{is_zero_padded, ChunkBytes, Hasher, RootBuilder, Shape, CHUNK_BYTES};
use sheaf_training::Hash;
use std::sync::Arc;

/// Why a received blob is refused.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
	/// The leaf hashes do not lead to the root.
	#[error("the leaf hashes do not lead to the root")]
	WrongLeafHashes,
	/// A chunk does not have its leaf hash.
	#[error("chunk {0} does not match its leaf hash")]
	WrongChunk(u64),
	/// The last chunk is not filled up with zeros.
	#[error("chunk {0} holds something past the last element")]
	WrongPadding(u64),
	/// There is more or less than the shape allows.
	#[error("the blob does not have the size of its shape")]
	WrongSize,
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

/// A blob on its way in: first all leaf hashes, then all chunks.
pub struct Incoming {
	draft: Draft,
	root: Hash,
	what: Description,
	/// The tree over the leaf hashes; none once they are checked.
	tree: Option<RootBuilder<NativeHasher>>,
	/// Chunks checked and written.
	chunks: u64,
	/// Leaf hashes of the chunks from `page_start` on.
	page: Bytes,
	page_start: u64,
}

impl Incoming {
	/// Starts to receive the blob under `root`.
	pub async fn start(
		store: &Arc<BlobStore>,
		root: Hash,
		shape: Shape,
		place: Place,
	) -> Result<Self, Fault> {
		Ok(Self {
			draft: store.draft().await?,
			root,
			what: Description { shape, place },
			tree: Some(RootBuilder::new(shape)),
			chunks: 0,
			page: Bytes::new(),
			page_start: 0,
		})
	}

	/// Takes the next leaf hashes.
	pub async fn leaf_hashes(&mut self, bytes: &[u8]) -> Result<(), Fault> {
		let tree = self.tree.as_mut().ok_or(Fault::WrongSize)?;
		let (hashes, []) = bytes.as_chunks::<32>() else { return Err(Fault::WrongSize) };
		for hash in hashes {
			tree.push_leaf_hash(*hash).map_err(|_| Fault::WrongSize)?;
		}
		Ok(self.draft.write(Part::Leaves, bytes).await?)
	}

	/// Checks the leaf hashes, which are complete, against the root.
	pub async fn check_leaf_hashes(&mut self) -> Result<(), Fault> {
		let tree = self.tree.take().ok_or(Fault::WrongSize)?;
		let root = tree.finish().map_err(|_| Fault::WrongSize)?;
		if root != self.root.0 {
			return Err(Fault::WrongLeafHashes);
		}
		Ok(self.draft.close(Part::Leaves).await?)
	}

	/// Takes the next chunks; refuses the first wrong one.
	pub async fn chunks(&mut self, bytes: &[u8]) -> Result<(), Fault> {
		if self.tree.is_some() {
			return Err(Fault::WrongSize);
		}
		let (chunks, []) = bytes.as_chunks::<CHUNK_BYTES>() else { return Err(Fault::WrongSize) };
		for chunk in chunks {
			self.check(chunk).await?;
			self.chunks = self.chunks.saturating_add(1);
		}
		Ok(self.draft.write(Part::Chunks, bytes).await?)
	}

	/// Makes the complete blob visible.
	pub async fn finish(self) -> Result<(), Fault> {
		if self.tree.is_some() || self.chunks != self.what.shape.leaf_count() {
			return Err(Fault::WrongSize);
		}
		Ok(self.draft.publish(&self.root, self.what).await?)
	}

	async fn check(&mut self, chunk: &ChunkBytes) -> Result<(), Fault> {
		let index = self.chunks;
		let leaf_hash = self.leaf_hash(index).await?;
		if NativeHasher::hash(chunk) != leaf_hash {
			return Err(Fault::WrongChunk(index));
		}
		if !is_zero_padded(self.what.shape, index, chunk) {
			return Err(Fault::WrongPadding(index));
		}
		Ok(())
	}

	async fn leaf_hash(&mut self, index: u64) -> Result<[u8; 32], Fault> {
		if index >= self.what.shape.leaf_count() {
			return Err(Fault::WrongSize);
		}
		let offset = |page_start| {
			let first = index.saturating_sub(page_start).saturating_mul(LEAF_HASH_BYTES);
			usize::try_from(first).unwrap_or(usize::MAX)
		};
		if offset(self.page_start) >= self.page.len() {
			let start = index.saturating_mul(LEAF_HASH_BYTES);
			let all = Part::Leaves.size_bytes(self.what.shape);
			let end = all.min(start.saturating_add(BLOCK_BYTES as u64));
			self.page = self.draft.read_leaves(start..end).await?;
			self.page_start = index;
		}
		let hash = self.page.get(offset(self.page_start)..).and_then(<[u8]>::first_chunk);
		hash.copied().ok_or(Fault::WrongSize)
	}
}
