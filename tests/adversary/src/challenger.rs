//! An honest passer-by: computes what was published, and proves it wrong where it is.

use crate::workshop::Workshop;
use anyhow::{Context, Result};
use codec::DecodeAll;
use sheaf_aggregation::{Blake2b256, ChunkProof, Tree, WrongResultProof};
use sheaf_client::{
	blob,
	chain::{BlockAt, Call, Chain, Signer},
	hex_hash,
};
use sheaf_training::{BountyId, BountyState, BountyView, Frozen, Hash, Round, RoundIndex};

/// A challenger of one bounty.
pub struct Challenger {
	/// The chain.
	pub chain: Chain,
	/// What it computes with.
	pub workshop: Workshop,
	/// Who it is.
	pub signer: Signer,
	/// The bounty.
	pub bounty: BountyId,
}

impl Challenger {
	/// Watches until the bounty has ended.
	pub async fn run(self) -> Result<()> {
		let mut last: Option<BlockAt> = None;
		loop {
			let best = self.chain.next_best(last).await?;
			last = Some(best);
			let view = self.chain.bounty(self.bounty, None).await?.context("no such bounty")?;
			let BountyState::Running { settled, newest, .. } = view.bounty.state else {
				match view.bounty.ended() {
					true => return Ok(()),
					false => continue,
				}
			};
			for index in (settled.0 + 1..=newest.0).map(RoundIndex) {
				if let Err(error) = self.look(&view, index).await {
					println!("block {}, round {index}: {error:#}", best.number);
				}
			}
		}
	}

	async fn look(&self, view: &BountyView, index: RoundIndex) -> Result<()> {
		let Some(round) = self.chain.round(self.bounty, index, None).await? else { return Ok(()) };
		let Some(frozen) = &round.frozen else { return Ok(()) };
		let standing = round.publications.iter().filter(|publication| !publication.struck);
		let roots: Vec<Hash> = standing.map(|p| p.result.next_model_root).collect();
		if roots.is_empty() {
			return Ok(());
		}
		let right = self.workshop.result(view, index, &round, frozen).await?.next_model_root;
		for wrong in roots.into_iter().filter(|root| *root != right) {
			let proof = self.proof(view, index, &round, frozen, &wrong).await?;
			let call = Call::prove_wrong_chunk(self.bounty, index, wrong, &proof);
			self.chain.submit_in_block(&call, &self.signer).await?;
			println!("proved {} wrong in round {index}", hex_hash(&wrong));
		}
		Ok(())
	}

	/// The first chunk that is not what the rule gives.
	async fn proof(
		&self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
		wrong: &Hash,
	) -> Result<WrongResultProof> {
		let elements = view.spec.parameters.element_count;
		let shape = blob::shape_of(elements)?;
		let (right, _) = blob::leaf_hashes(&self.workshop.next_model(index), shape)?;
		let claimed = self.workshop.fetch(wrong, elements).await?;
		let (claimed, _) = blob::leaf_hashes(&claimed, shape)?;
		let place = claimed.iter().zip(&right).position(|(claimed, right)| claimed != right);
		let place = place.context("the leaves are right")?;
		let leaf = place as u64;
		let tree = Tree::<Blake2b256>::new(shape, claimed.clone())?;
		let mut updates = Vec::new();
		for update in &frozen.updates {
			updates.push(self.chunk(&update.root, leaf).await?);
		}
		Ok(WrongResultProof::Chunk {
			index: leaf,
			claimed_leaf: claimed[place],
			claimed_siblings: tree.prove(leaf)?,
			previous: self.chunk(&round.previous_model_root, leaf).await?,
			updates,
		})
	}

	/// A chunk with its path, from the gateway.
	async fn chunk(&self, root: &Hash, leaf: u64) -> Result<ChunkProof> {
		let gateway = self.workshop.gateway.url();
		let url = format!("{gateway}/v1/blobs/{}/chunks/{leaf}", hex_hash(root));
		let answer = reqwest::get(url).await?.error_for_status()?;
		Ok(ChunkProof::decode_all(&mut answer.bytes().await?.as_ref())?)
	}
}
