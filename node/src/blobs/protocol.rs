//! What nodes ask each other about blobs, SCALE over one request-response protocol.

use super::{
	expected::{Expectations, Place},
	store::{Part, LEAF_HASH_BYTES},
	BlobError, Blobs,
};
use codec::{Decode, Encode};
use sheaf_aggregation::CHUNK_BYTES;
use sheaf_training::Hash;
use std::sync::Arc;

/// Most bytes of a request.
pub const MAX_REQUEST_BYTES: u64 = 256;
/// Most bytes of a response.
pub const MAX_RESPONSE_BYTES: u64 = 1 << 20;
/// Most leaf hashes in a response.
pub const MAX_LEAF_HASHES: u32 = 16_384;
/// Most chunks in a response.
pub const MAX_CHUNKS: u32 = 512;

/// Name of the protocol on the chain with this genesis.
pub fn protocol_name(genesis: &Hash) -> String {
	format!("/{}/sheaf/blob/1", hex::encode(genesis))
}

/// A question.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Request {
	/// Is the blob that belongs at this place held?
	#[codec(index = 0)]
	FindPlace(Place),
	/// Is the blob with this root held?
	#[codec(index = 1)]
	FindRoot(Hash),
	/// Leaf hashes of a blob.
	#[codec(index = 2)]
	LeafHashes {
		/// The blob.
		root: Hash,
		/// The first.
		first: u64,
		/// How many, at most [`MAX_LEAF_HASHES`].
		count: u32,
	},
	/// Chunks of a blob.
	#[codec(index = 3)]
	Chunks {
		/// The blob.
		root: Hash,
		/// The first.
		first: u64,
		/// How many, at most [`MAX_CHUNKS`].
		count: u32,
	},
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Response {
	/// Not held, or not to be shown yet, or not asked for properly.
	#[codec(index = 0)]
	NotHeld,
	/// Held, under this root.
	#[codec(index = 1)]
	Found(Hash),
	/// Leaf hashes or chunks.
	#[codec(index = 2)]
	Bytes(Vec<u8>),
}

/// Answers a question of a peer.
pub async fn answer<E: Expectations>(
	blobs: &Arc<Blobs<E>>,
	request: Request,
) -> Result<Response, BlobError> {
	let response = match request {
		Request::FindPlace(place) => find(blobs, &place).await?.map(Response::Found),
		Request::FindRoot(root) => shown(blobs, &root).await?.map(|_| Response::Found(root)),
		Request::LeafHashes { root, first, count } => {
			let range = Range { part: Part::Leaves, unit: LEAF_HASH_BYTES, first, count };
			range.read(blobs, &root, MAX_LEAF_HASHES).await?
		}
		Request::Chunks { root, first, count } => {
			let range = Range { part: Part::Chunks, unit: CHUNK_BYTES as u64, first, count };
			range.read(blobs, &root, MAX_CHUNKS).await?
		}
	};
	Ok(response.unwrap_or(Response::NotHeld))
}

async fn find<E: Expectations>(
	blobs: &Arc<Blobs<E>>,
	place: &Place,
) -> Result<Option<Hash>, BlobError> {
	match blobs.expected(place).await?.filter(|expected| expected.open) {
		Some(expected) => Ok(blobs.held_root(&expected).await?),
		None => Ok(None),
	}
}

/// Leaf count of a blob that is held and may be shown.
async fn shown<E: Expectations>(
	blobs: &Arc<Blobs<E>>,
	root: &Hash,
) -> Result<Option<u64>, BlobError> {
	let Some(held) = blobs.store.describe(root).await? else { return Ok(None) };
	let shown = blobs.may_show(&held.place).await?;
	Ok(shown.then(|| held.shape.leaf_count()))
}

struct Range {
	part: Part,
	unit: u64,
	first: u64,
	count: u32,
}

impl Range {
	async fn read<E: Expectations>(
		self,
		blobs: &Arc<Blobs<E>>,
		root: &Hash,
		most: u32,
	) -> Result<Option<Response>, BlobError> {
		let Some(leaf_count) = shown(blobs, root).await? else { return Ok(None) };
		let end = self.first.saturating_add(self.count.into());
		if self.count == 0 || self.count > most || end > leaf_count {
			return Ok(None);
		}
		let bytes = self.first.saturating_mul(self.unit)..end.saturating_mul(self.unit);
		let bytes = blobs.store.read(root, self.part, bytes).await?;
		blobs.metrics.sent("peer", bytes.len() as u64);
		Ok(Some(Response::Bytes(bytes.to_vec())))
	}
}
