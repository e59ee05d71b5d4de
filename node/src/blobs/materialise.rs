//! Computing a round's next model natively from held blobs, in blocks, and storing it.

use super::{
	expected::{AggregationInputs, Expectations, Place},
	store::{BlobStore, Description, Draft, NativeHasher, Part, StoreError},
	BlobError, Blobs,
};
use bytes::Bytes;
use futures::{future::try_join_all, stream, StreamExt, TryStreamExt};
use sheaf_aggregation::{
	aggregate_chunk, Hasher, Parameters, RootBuilder, Shape, WeightedChunk, CHUNK_BYTES,
};
use sheaf_training::{BlobName, BountyId, Hash, RoundIndex};
use std::{
	collections::HashMap,
	ops::Range,
	sync::{Arc, Mutex as StdMutex, PoisonError},
	time::Instant,
};
use tokio::sync::{Mutex, OnceCell};

/// Bytes of all inputs together that one block holds, roughly.
const BLOCK_INPUT_BYTES: u64 = 4 << 20;
/// Fewest and most chunks in a block.
const BLOCK_CHUNKS: Range<u64> = 64..512;
/// Results remembered; past it the memory starts anew.
const MAX_REMEMBERED: usize = 1_024;

/// Why there is no next model.
#[derive(Debug, thiserror::Error)]
pub enum MaterialiseError {
	/// The chain has no frozen inputs for this round.
	#[error("the round is not live or its inputs are not frozen yet")]
	NotFrozen,
	/// An input is not held, or not with the right size.
	#[error("the input with root {0:?} is not held")]
	MissingInput(Hash),
	/// The parameters have no shape.
	#[error("the parameters have no valid element count")]
	InvalidParameters,
	/// The computation was cut off.
	#[error("the computation stopped: {0}")]
	Stopped(String),
	/// Store or chain failed.
	#[error(transparent)]
	Blob(#[from] BlobError),
}

impl From<StoreError> for MaterialiseError {
	fn from(error: StoreError) -> Self {
		Self::Blob(error.into())
	}
}

/// Computes next models, each once and one at a time.
#[derive(Default)]
pub struct Materialiser {
	results: StdMutex<HashMap<Hash, Arc<OnceCell<Hash>>>>,
	turn: Mutex<()>,
}

impl Materialiser {
	/// Computes and stores the next model of a round and returns its root. Callers that ask for the
	/// same at the same time share one computation.
	pub async fn next_model<E: Expectations>(
		&self,
		blobs: &Arc<Blobs<E>>,
		bounty: BountyId,
		round: RoundIndex,
		claimed: Hash,
	) -> Result<Hash, MaterialiseError> {
		let inputs = blobs.ask(move |chain| chain.aggregation_inputs(bounty, round)).await;
		let inputs = inputs.map_err(BlobError::from)?.ok_or(MaterialiseError::NotFrozen)?;
		let result = self.result(&blobs.store, &inputs.digest).await?;
		let place = Place { bounty, round, name: BlobName::NextModel };
		let root = *result.get_or_try_init(|| self.compute(blobs, &inputs, place)).await?;
		if root != claimed {
			log::error!(
				target: super::LOG_TARGET,
				"the next model of bounty {bounty}, round {round} has root {root:?} here, but the \
				 off-chain worker computed {claimed:?}",
			);
		}
		Ok(root)
	}

	/// The result for these inputs; a new one if the model is no longer held.
	async fn result(
		&self,
		store: &BlobStore,
		digest: &Hash,
	) -> Result<Arc<OnceCell<Hash>>, StoreError> {
		let known = self.lock().get(digest).cloned();
		if let Some(root) = known.as_ref().and_then(|result| result.get()) {
			if !store.is_held(root).await? {
				self.lock().remove(digest);
			}
		}
		let mut results = self.lock();
		if results.len() >= MAX_REMEMBERED {
			results.clear();
		}
		Ok(results.entry(*digest).or_default().clone())
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, Arc<OnceCell<Hash>>>> {
		self.results.lock().unwrap_or_else(PoisonError::into_inner)
	}

	async fn compute<E: Expectations>(
		&self,
		blobs: &Arc<Blobs<E>>,
		inputs: &AggregationInputs,
		place: Place,
	) -> Result<Hash, MaterialiseError> {
		let shape = inputs.parameters.shape().ok_or(MaterialiseError::InvalidParameters)?;
		ensure_held(&blobs.store, inputs, shape).await?;
		let _turn = self.turn.lock().await;
		let started = Instant::now();
		let mut draft = blobs.store.draft().await?;
		let root = aggregate_all(&blobs.store, inputs, shape, &mut draft).await?;
		draft.publish(&root, Description { shape, place: place.clone() }).await?;
		blobs.store.set_root_at(&place, &root).await?;
		blobs.metrics.materialised(started.elapsed());
		blobs.metrics.holds(blobs.store.held_count());
		log::info!(
			target: super::LOG_TARGET,
			"computed the next model of bounty {}, round {} from {} updates in {:?}: {root:?}",
			place.bounty,
			place.round,
			inputs.updates.len(),
			started.elapsed(),
		);
		Ok(root)
	}
}

async fn ensure_held(
	store: &BlobStore,
	inputs: &AggregationInputs,
	shape: Shape,
) -> Result<(), MaterialiseError> {
	let updates = inputs.updates.iter().map(|(_, root)| root);
	for root in std::iter::once(&inputs.previous_root).chain(updates) {
		if store.describe(root).await?.is_none_or(|held| held.shape != shape) {
			return Err(MaterialiseError::MissingInput(*root));
		}
	}
	Ok(())
}

async fn aggregate_all(
	store: &BlobStore,
	inputs: &AggregationInputs,
	shape: Shape,
	draft: &mut Draft,
) -> Result<Hash, MaterialiseError> {
	let stopped = |error: &dyn ToString| MaterialiseError::Stopped(error.to_string());
	let mut tree = RootBuilder::<NativeHasher>::new(shape);
	let reads = blocks(shape, inputs.updates.len()).map(|range| Block::read(store, inputs, range));
	let mut reads = stream::iter(reads).buffered(2);
	while let Some(block) = reads.try_next().await? {
		let parameters = inputs.parameters;
		let done = tokio::task::spawn_blocking(move || block.aggregate(&parameters)).await;
		let (chunks, leaf_hashes) = done.map_err(|error| stopped(&error))?;
		for hash in leaf_hashes.as_chunks::<32>().0 {
			tree.push_leaf_hash(*hash).map_err(|error| stopped(&error))?;
		}
		draft.write(Part::Chunks, &chunks).await?;
		draft.write(Part::Leaves, &leaf_hashes).await?;
	}
	Ok(tree.finish().map_err(|error| stopped(&error))?.into())
}

/// Ranges of chunks, sized so that all inputs of one fit in memory many times over.
fn blocks(shape: Shape, updates: usize) -> impl Iterator<Item = Range<u64>> {
	let inputs = u64::try_from(updates).unwrap_or(u64::MAX).saturating_add(1);
	let fitting = BLOCK_INPUT_BYTES / inputs.saturating_mul(CHUNK_BYTES as u64).max(1);
	let chunks = fitting.clamp(BLOCK_CHUNKS.start, BLOCK_CHUNKS.end);
	let leaf_count = shape.leaf_count();
	let starts = (0..leaf_count.div_ceil(chunks)).map(move |block| block.saturating_mul(chunks));
	starts.map(move |start| start..start.saturating_add(chunks).min(leaf_count))
}

/// The same chunks of all inputs.
struct Block {
	first: u64,
	previous: Bytes,
	updates: Vec<(u32, Bytes)>,
}

impl Block {
	async fn read(
		store: &BlobStore,
		inputs: &AggregationInputs,
		chunks: Range<u64>,
	) -> Result<Self, StoreError> {
		let bytes = [chunks.start, chunks.end].map(|at| at.saturating_mul(CHUNK_BYTES as u64));
		let range = || bytes[0]..bytes[1];
		let previous = store.read(&inputs.previous_root, Part::Chunks, range()).await?;
		let updates = inputs.updates.iter().map(|(weight, root)| async move {
			Ok::<_, StoreError>((*weight, store.read(root, Part::Chunks, range()).await?))
		});
		Ok(Self { first: chunks.start, previous, updates: try_join_all(updates).await? })
	}

	/// The next model's chunks, and their leaf hashes.
	fn aggregate(&self, parameters: &Parameters) -> (Vec<u8>, Vec<u8>) {
		let chunks_of = |bytes: &Bytes| bytes.as_chunks::<CHUNK_BYTES>().0.len();
		let mut chunks = Vec::with_capacity(self.previous.len());
		let mut leaf_hashes = Vec::with_capacity(chunks_of(&self.previous).saturating_mul(32));
		let mut inputs = Vec::with_capacity(self.updates.len());
		for (place, previous) in self.previous.as_chunks::<CHUNK_BYTES>().0.iter().enumerate() {
			inputs.clear();
			inputs.extend(self.updates.iter().filter_map(|(weight, bytes)| {
				let chunk = bytes.as_chunks::<CHUNK_BYTES>().0.get(place)?;
				Some(WeightedChunk { weight: *weight, chunk })
			}));
			let index = self.first.saturating_add(place as u64);
			let next = aggregate_chunk(parameters, index, previous, &inputs);
			leaf_hashes.extend_from_slice(&NativeHasher::hash(&next));
			chunks.extend_from_slice(&next);
		}
		(chunks, leaf_hashes)
	}
}
