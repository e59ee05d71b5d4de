//! Models, updates and slices: kept by root, taken and shown over HTTP, passed on between nodes.
//!
//! Fuzzing links what works without a chain and a network.

#[cfg(not(fuzzing))]
pub mod chain;
pub mod download;
pub mod expected;
pub mod gateway;
pub mod incoming;
pub mod listener;
pub mod materialise;
pub mod metrics;
#[cfg(not(fuzzing))]
pub mod network;
pub mod path;
pub mod protocol;
#[cfg(not(fuzzing))]
pub mod service;
pub mod store;
pub mod sync;
pub mod upload;

#[cfg(test)]
mod tests;

/// Target of the log lines here.
pub(crate) const LOG_TARGET: &str = "sheaf::blobs";

use expected::{ChainError, Expectations, Expected, FinalisedGround, Place};
use metrics::Metrics;
use sheaf_aggregation::Shape;
use sheaf_training::{
	Availability, BlobName, BountyId, ExpectedBlob, Hash, RoundBlobs, RoundIndex,
};
use std::sync::Arc;
use store::{BlobStore, Description, StoreError};

/// Something this node relies on failed.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
	/// The chain.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The store.
	#[error(transparent)]
	Store(#[from] StoreError),
}

/// The blob store together with the chain's view of it.
pub struct Blobs<E> {
	/// Where blobs are kept.
	pub store: Arc<BlobStore>,
	/// What the chain expects.
	pub chain: Arc<E>,
	/// What is counted.
	pub metrics: Metrics,
	ground: FinalisedGround,
}

impl<E: Expectations> Blobs<E> {
	/// Joins a store and a chain.
	pub fn new(store: Arc<BlobStore>, chain: Arc<E>, metrics: Metrics) -> Self {
		metrics.holds(store.held_count());
		Self { store, chain, metrics, ground: FinalisedGround::default() }
	}

	/// Asks the chain on a thread where that may take time.
	pub async fn ask<T: Send + 'static>(
		self: &Arc<Self>,
		question: impl FnOnce(&E) -> Result<T, ChainError> + Send + 'static,
	) -> Result<T, ChainError> {
		let chain = self.chain.clone();
		let answer = tokio::task::spawn_blocking(move || question(&chain)).await;
		answer.unwrap_or_else(|error| Err(ChainError(error.to_string())))
	}

	/// The blobs of a bounty's live rounds.
	pub async fn round_blobs(
		self: &Arc<Self>,
		bounty: BountyId,
	) -> Result<Arc<Vec<RoundBlobs>>, ChainError> {
		self.ask(move |chain| chain.round_blobs(bounty)).await
	}

	/// What the chain expects at a place now.
	pub async fn expected(self: &Arc<Self>, place: &Place) -> Result<Option<Expected>, ChainError> {
		let rounds = self.round_blobs(place.bounty).await?;
		let Some(round) = rounds.iter().find(|round| round.round == place.round) else {
			return Ok(None);
		};
		let blob = round.blobs.iter().find(|blob| blob.name == place.name);
		Ok(blob.and_then(|blob| self.judge(round, blob)))
	}

	/// All that a round expects.
	pub fn all_expected(&self, round: &RoundBlobs) -> Vec<Expected> {
		round.blobs.iter().filter_map(|blob| self.judge(round, blob)).collect()
	}

	fn judge(&self, round: &RoundBlobs, blob: &ExpectedBlob) -> Option<Expected> {
		let place = Place { bounty: round.bounty, round: round.round, name: blob.name.clone() };
		let secret = blob.secret || place.is_secret();
		Some(Expected {
			shape: Shape::new(blob.element_count)?,
			open: !secret || self.ground.closing_block_final(&*self.chain, round),
			place,
			blob: blob.clone(),
		})
	}

	/// The root under which an expected blob is held, if it is.
	pub async fn held_root(&self, expected: &Expected) -> Result<Option<Hash>, StoreError> {
		let root = match expected.blob.root {
			Some(root) => Some(root),
			None => self.store.root_at(&expected.place).await?,
		};
		let genesis = self.chain.genesis();
		let Some(root) = root.filter(|root| expected.accepts(&genesis, root)) else {
			return Ok(None);
		};
		let description = self.store.describe(&root).await?;
		let Some(held) = description.filter(|held| held.shape == expected.shape) else {
			return Ok(None);
		};
		if held.place.is_secret() && !expected.place.is_secret() {
			// What is a model somewhere must not wait for the round of which it is an update.
			let place = expected.place.clone();
			self.store.set_description(&root, Description { place, ..held }).await?;
		}
		Ok(Some(root))
	}

	/// Whether a held blob may be shown: models always; an update or slice, while its round is
	/// live, once the block that closed Commit is final.
	pub async fn may_show(self: &Arc<Self>, place: &Place) -> Result<bool, ChainError> {
		if !place.is_secret() {
			return Ok(true);
		}
		let rounds = self.round_blobs(place.bounty).await?;
		let round = rounds.iter().find(|round| round.round == place.round);
		Ok(round.is_none_or(|round| self.ground.closing_block_final(&*self.chain, round)))
	}

	/// What of a round is held and checked.
	pub async fn availability(
		self: &Arc<Self>,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<Availability>, BlobError> {
		let rounds = self.round_blobs(bounty).await?;
		let Some(round) = rounds.iter().find(|blobs| blobs.round == round) else {
			return Ok(None);
		};
		let closing_block_final = self.ground.closing_block_final(&*self.chain, round);
		let mut availability = Availability { closing_block_final, ..Default::default() };
		for expected in self.all_expected(round).into_iter().filter(|expected| expected.open) {
			let Some(root) = self.held_root(&expected).await? else { continue };
			match expected.place.name {
				BlobName::InitialModel => availability.initial_model = true,
				BlobName::Slice => availability.slice = Some(root),
				BlobName::Update(slot) => availability.updates.push((slot, root)),
				BlobName::NextModel => {}
			}
		}
		availability.updates.sort();
		Ok(Some(availability))
	}
}
