//! The runtime's answers to what the blob store asks.

use super::expected::{AggregationInputs, ChainError, Expectations};
use sheaf_runtime::opaque::Block;
use sheaf_training::{BlockNumber, BountyId, Hash, RoundBlobs, RoundIndex, TrainingApi};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use std::{
	collections::HashMap,
	fmt::Display,
	sync::{Arc, Mutex, PoisonError},
};

/// Bounties whose blobs are remembered for the current best block.
const MAX_CACHED_BOUNTIES: usize = 1_024;

/// Asks the runtime at the best block, for each bounty once per block.
pub struct RuntimeExpectations<C> {
	client: Arc<C>,
	genesis: Hash,
	cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
	at: Hash,
	rounds: HashMap<u32, Arc<Vec<RoundBlobs>>>,
}

impl<C: HeaderBackend<Block>> RuntimeExpectations<C> {
	/// Over this client.
	pub fn new(client: Arc<C>) -> Self {
		let genesis = client.info().genesis_hash;
		Self { client, genesis, cache: Mutex::default() }
	}

	fn cached(&self, at: &Hash, bounty: BountyId) -> Option<Arc<Vec<RoundBlobs>>> {
		let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
		(cache.at == *at).then(|| cache.rounds.get(&bounty.0).cloned()).flatten()
	}

	fn remember(&self, at: Hash, bounty: BountyId, rounds: Arc<Vec<RoundBlobs>>) {
		let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
		if cache.at != at || cache.rounds.len() >= MAX_CACHED_BOUNTIES {
			*cache = Cache { at, rounds: HashMap::new() };
		}
		cache.rounds.insert(bounty.0, rounds);
	}
}

fn failed(error: impl Display) -> ChainError {
	ChainError(error.to_string())
}

impl<C> Expectations for RuntimeExpectations<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: TrainingApi<Block>,
{
	fn genesis(&self) -> Hash {
		self.genesis
	}

	fn round_blobs(&self, bounty: BountyId) -> Result<Arc<Vec<RoundBlobs>>, ChainError> {
		let at = self.client.info().best_hash;
		if let Some(rounds) = self.cached(&at, bounty) {
			return Ok(rounds);
		}
		let rounds = self.client.runtime_api().round_blobs(at, bounty).map_err(failed)?;
		let rounds = Arc::new(rounds);
		self.remember(at, bounty, rounds.clone());
		Ok(rounds)
	}

	fn live_bounties(&self, limit: u32) -> Result<Vec<BountyId>, ChainError> {
		let at = self.client.info().best_hash;
		self.client.runtime_api().live_bounties(at, BountyId(0), limit).map_err(failed)
	}

	fn aggregation_inputs(
		&self,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<AggregationInputs>, ChainError> {
		let at = self.client.info().best_hash;
		let api = self.client.runtime_api();
		let Some(round) = api.round(at, bounty, round).map_err(failed)? else { return Ok(None) };
		let Some(view) = api.bounty(at, bounty).map_err(failed)? else { return Ok(None) };
		Ok(round.frozen.map(|frozen| AggregationInputs {
			digest: frozen.inputs,
			parameters: view.spec.parameters,
			previous_root: round.previous_model_root,
			updates: frozen.updates.iter().map(|update| (update.weight, update.root)).collect(),
		}))
	}

	fn finalised(&self) -> BlockNumber {
		self.client.info().finalized_number
	}

	fn hash_at(&self, height: BlockNumber) -> Option<Hash> {
		self.client.hash(height).ok().flatten()
	}
}
