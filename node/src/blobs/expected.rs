//! What the chain expects of a node's blobs, and from when on its secrets may be shown.

use codec::{Decode, Encode};
use sheaf_aggregation::{Parameters, Shape};
use sheaf_training::{
	commitment_hash, slice_commitment, BlobName, BlockNumber, BountyId, ExpectedBlob, Hash, Phase,
	RoundBlobs, RoundIndex,
};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError},
};

/// Rounds whose closing block is remembered; past it the memory starts anew.
const MAX_REMEMBERED_ROUNDS: usize = 4_096;

/// The chain could not be asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the chain could not be asked: {0}")]
pub struct ChainError(pub String);

/// Everything that the next model of a round is a function of.
#[derive(Clone, Debug)]
pub struct AggregationInputs {
	/// Digest of the inputs on chain, which names them.
	pub digest: Hash,
	/// Rule, size and bounds.
	pub parameters: Parameters,
	/// Root of the model that the updates are deltas of.
	pub previous_root: Hash,
	/// Weight and root of every included update, in slot order.
	pub updates: Vec<(u32, Hash)>,
}

/// What blob store, gateway and synchronisation ask of the chain, at its best block.
///
/// Calls may take milliseconds: ask from a blocking thread.
pub trait Expectations: Send + Sync + 'static {
	/// Hash of block 0.
	fn genesis(&self) -> Hash;
	/// The blobs of a bounty's live rounds; none for an unknown bounty.
	fn round_blobs(&self, bounty: BountyId) -> Result<Arc<Vec<RoundBlobs>>, ChainError>;
	/// At most `limit` bounties that have not ended.
	fn live_bounties(&self, limit: u32) -> Result<Vec<BountyId>, ChainError>;
	/// The frozen inputs of a live round.
	fn aggregation_inputs(
		&self,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<AggregationInputs>, ChainError>;
	/// Height of the newest final block.
	fn finalised(&self) -> BlockNumber;
	/// Hash of the block at this height on the best chain.
	fn hash_at(&self, height: BlockNumber) -> Option<Hash>;
}

/// Where a blob belongs.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Place {
	/// The bounty.
	pub bounty: BountyId,
	/// The round; 0 for the initial model.
	pub round: RoundIndex,
	/// Which of the round's blobs.
	pub name: BlobName,
}

impl Place {
	/// A name for the place: `{bounty}-{round}-{item}`.
	pub fn key(&self) -> String {
		let item = match &self.name {
			BlobName::InitialModel => "model".to_owned(),
			BlobName::Update(slot) => format!("update-{slot}"),
			BlobName::Slice => "slice".to_owned(),
			BlobName::NextModel => "next".to_owned(),
		};
		format!("{}-{}-{item}", self.bounty, self.round)
	}

	/// Whether the blob is a secret until the block that closed Commit is final.
	pub fn is_secret(&self) -> bool {
		matches!(self.name, BlobName::Update(_) | BlobName::Slice)
	}
}

/// A blob that the chain expects now.
#[derive(Clone, Debug)]
pub struct Expected {
	/// Where it belongs.
	pub place: Place,
	/// What it must match.
	pub blob: ExpectedBlob,
	/// Its size.
	pub shape: Shape,
	/// Whether it may be taken and shown.
	pub open: bool,
}

impl Expected {
	/// Whether a blob with this root belongs here.
	pub fn accepts(&self, genesis: &Hash, root: &Hash) -> bool {
		match (&self.blob.root, &self.blob.opens) {
			(Some(known), _) => known == root,
			(None, Some((commitment, attempt, account))) => match self.place.name {
				BlobName::Update(_) => {
					let Place { bounty, round, .. } = self.place;
					commitment_hash(genesis, bounty, round, *attempt, account, root) == *commitment
				}
				BlobName::Slice => slice_commitment(root) == *commitment,
				_ => false,
			},
			(None, None) => false,
		}
	}
}

/// Remembers which block closed Commit, so that later phases need not wait for their own start to
/// be final.
#[derive(Default)]
pub struct FinalisedGround {
	closings: Mutex<HashMap<(u32, u32), Closing>>,
}

/// The block at which a round's Upload was first seen to begin.
struct Closing {
	attempt: u8,
	height: BlockNumber,
	hash: Hash,
}

impl Closing {
	fn is_on(&self, chain: &impl Expectations) -> bool {
		chain.hash_at(self.height) == Some(self.hash)
	}
}

impl FinalisedGround {
	/// Whether the block that closed the round's Commit is final, as this node sees it. Errs on
	/// the late side.
	pub fn closing_block_final(&self, chain: &impl Expectations, round: &RoundBlobs) -> bool {
		match round.phase {
			None => true,
			Some(Phase::Commit) => false,
			Some(Phase::Draw | Phase::Upload) => {
				self.remember(chain, round);
				chain.finalised() >= self.closing_height(chain, round)
			}
			Some(_) => chain.finalised() >= self.closing_height(chain, round),
		}
	}

	fn remember(&self, chain: &impl Expectations, round: &RoundBlobs) {
		let key = (round.bounty.0, round.round.0);
		let height = round.phase_started_at;
		let Some(hash) = chain.hash_at(height) else { return };
		let mut closings = self.closings.lock().unwrap_or_else(PoisonError::into_inner);
		if closings.len() >= MAX_REMEMBERED_ROUNDS {
			closings.clear();
		}
		let known = closings.get(&key).is_some_and(|closing| {
			closing.attempt == round.attempt && closing.height <= height && closing.is_on(chain)
		});
		if !known {
			closings.insert(key, Closing { attempt: round.attempt, height, hash });
		}
	}

	/// The remembered height if it belongs to this attempt and this chain, else the phase's start,
	/// which is never before the closing block.
	fn closing_height(&self, chain: &impl Expectations, round: &RoundBlobs) -> BlockNumber {
		let closings = self.closings.lock().unwrap_or_else(PoisonError::into_inner);
		closings
			.get(&(round.bounty.0, round.round.0))
			.filter(|closing| closing.attempt == round.attempt && closing.is_on(chain))
			.map_or(round.phase_started_at, |closing| closing.height)
	}
}
