//! An aggregator: when drawn, it computes the next model, attests it, and publishes it if nobody
//! else does.

pub mod compute;

use crate::{
	blob::{self, BlobError},
	chain::{BlockAt, Call, Chain, ChainError, Signer},
	gateway::{Gateway, GatewayError},
	hex_hash,
	trainer::{download, state_name},
};
use compute::ComputeError;
use serde::Serialize;
use sheaf_training::{
	AttestationContext, BountyId, BountyState, BountyView, Frozen, Hash, Phase, Round, RoundIndex,
	RoundResult,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::PathBuf,
};

/// Blocks that the committee has to publish before the aggregator does.
const PUBLISH_PATIENCE: u32 = 2;

/// Why an aggregator stops.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AggregatorError {
	#[error(transparent)]
	Chain(#[from] ChainError),
	#[error(transparent)]
	Gateway(#[from] GatewayError),
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Compute(#[from] ComputeError),
	#[error("there is no bounty {0}: `sheaf bounty list` shows them")]
	NoSuchBounty(BountyId),
	#[error("the computation was interrupted: {0}")]
	Interrupted(String),
}

/// What an aggregator tells.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AggregatorNote {
	Enrolled { bounty: u32 },
	Waiting { bounty: u32, reason: String },
	Computed { bounty: u32, round: u32, root: String, correct: Option<u32>, updates: usize },
	Attested { bounty: u32, round: u32, attempt: u8, root: String },
	Published { bounty: u32, round: u32, attempt: u8, root: String },
	Disconnected { reason: String },
	Ended { bounty: u32, state: String },
}

/// An aggregator at work on one bounty.
pub struct Aggregator<'a> {
	chain: Chain,
	gateway: Gateway,
	signer: Signer,
	bounty: BountyId,
	folder: PathBuf,
	/// Results by the hash of their inputs.
	results: BTreeMap<Hash, RoundResult>,
	/// Rounds, attempts and calls that the chain refused: another try would cost a fee again.
	refused: BTreeSet<(u32, u8, String)>,
	/// Whether the bounty was seen.
	known: bool,
	waiting: String,
	tell: &'a mut (dyn FnMut(AggregatorNote) + Send),
}

impl<'a> Aggregator<'a> {
	/// Prepares the work; `folder` holds downloads and computed models.
	pub fn new(
		chain: Chain,
		gateway: Gateway,
		signer: Signer,
		bounty: BountyId,
		folder: PathBuf,
		tell: &'a mut (dyn FnMut(AggregatorNote) + Send),
	) -> Self {
		let (results, refused, waiting) = (BTreeMap::new(), BTreeSet::new(), String::new());
		let known = false;
		Self { chain, gateway, signer, bounty, folder, results, refused, known, waiting, tell }
	}

	/// Works until the bounty has ended.
	///
	/// # Errors
	///
	/// [`AggregatorError`]; a lost node or gateway is waited for.
	pub async fn run(mut self) -> Result<BountyState, AggregatorError> {
		let mut last: Option<BlockAt> = None;
		loop {
			let result = match self.chain.next_best(last).await {
				Ok(best) => {
					last = Some(best);
					self.look(best).await
				}
				Err(error) => Err(error.into()),
			};
			match result {
				Ok(Some(state)) => return Ok(state),
				Ok(None) => {}
				Err(AggregatorError::Chain(error)) if error.is_connection() => {
					(self.tell)(AggregatorNote::Disconnected { reason: error.to_string() });
					self.chain.reconnect().await?;
				}
				Err(AggregatorError::Chain(error @ ChainError::NotTaken { .. })) => {
					self.wait(error.to_string());
				}
				Err(AggregatorError::Gateway(error)) if error.is_passing() => {
					self.wait(error.to_string());
				}
				Err(error) => return Err(error),
			}
		}
	}

	fn wait(&mut self, reason: String) {
		if self.waiting != reason {
			self.waiting.clone_from(&reason);
			(self.tell)(AggregatorNote::Waiting { bounty: self.bounty.0, reason });
		}
	}

	async fn look(&mut self, best: BlockAt) -> Result<Option<BountyState>, AggregatorError> {
		let Some(view) = self.chain.bounty(self.bounty, None).await? else {
			if !self.known {
				return Err(AggregatorError::NoSuchBounty(self.bounty));
			}
			self.wait("the node has fallen behind: it does not know the bounty".into());
			return Ok(None);
		};
		self.known = true;
		if view.bounty.ended() {
			let state = state_name(&view.bounty.state).to_owned();
			(self.tell)(AggregatorNote::Ended { bounty: self.bounty.0, state });
			return Ok(Some(view.bounty.state));
		}
		if !view.bounty.aggregators.contains(self.signer.account()) {
			let call = Call::enroll_aggregator(self.bounty);
			match self.chain.submit_in_block(&call, &self.signer).await {
				Ok(_) => (self.tell)(AggregatorNote::Enrolled { bounty: self.bounty.0 }),
				Err(error) if error.is_refusal("AlreadyEnrolled") => {}
				Err(error) => return Err(error.into()),
			}
		}
		if let BountyState::Running { settled, newest, .. } = view.bounty.state {
			for index in settled.0 + 1..=newest.0 {
				self.look_at_round(&view, RoundIndex(index), best).await?;
			}
		}
		Ok(None)
	}

	async fn look_at_round(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		best: BlockAt,
	) -> Result<(), AggregatorError> {
		let Some(round) = self.chain.round(self.bounty, index, None).await? else { return Ok(()) };
		let Some(frozen) = round.frozen.clone() else { return Ok(()) };
		let account = self.signer.account().clone();
		let drawn = round.aggregator.as_ref() == Some(&account);
		let attested = round.attested(round.attempt, &account);
		match round.phase {
			Phase::Attest if drawn && !attested => self.attest(view, index, &round, &frozen).await,
			Phase::Publish if attested => {
				let patience = round.phase_started_at.saturating_add(PUBLISH_PATIENCE);
				match best.number >= patience {
					true => self.publish(view, index, &round, &frozen).await,
					false => Ok(()),
				}
			}
			_ => Ok(()),
		}
	}

	async fn attest(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<(), AggregatorError> {
		let result = self.result(view, index, round, frozen).await?;
		let genesis = self.chain.genesis();
		let context = AttestationContext {
			genesis: &genesis,
			bounty: self.bounty,
			round: index,
			attempt: round.attempt,
			inputs: &frozen.inputs,
		};
		let hash = context.attestation_hash(self.signer.account(), &result.hash());
		let (attempt, inputs) = (round.attempt, frozen.inputs);
		let call = Call::attest_as_aggregator(self.bounty, index, attempt, inputs, hash);
		if self.send(&call, index, attempt).await? {
			let (bounty, root) = (self.bounty.0, hex_hash(&result.next_model_root));
			(self.tell)(AggregatorNote::Attested { bounty, round: index.0, attempt, root });
		}
		Ok(())
	}

	async fn publish(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<(), AggregatorError> {
		let result = self.result(view, index, round, frozen).await?;
		let hash = result.hash();
		if round.publications.iter().any(|publication| publication.hash == hash) {
			return Ok(());
		}
		let attempt = round.attempt;
		let call = Call::publish_as_aggregator(self.bounty, index, attempt, &result);
		if self.send(&call, index, attempt).await? {
			let (bounty, root) = (self.bounty.0, hex_hash(&result.next_model_root));
			(self.tell)(AggregatorNote::Published { bounty, round: index.0, attempt, root });
		}
		Ok(())
	}

	/// Sends a call, once if it is refused; that others were faster is no error. Whether the chain
	/// took it.
	async fn send(
		&mut self,
		call: &Call,
		index: RoundIndex,
		attempt: u8,
	) -> Result<bool, AggregatorError> {
		let key = (index.0, attempt, call.title());
		if self.refused.contains(&key) {
			return Ok(false);
		}
		match self.chain.submit_in_block(call, &self.signer).await {
			Ok(_) => Ok(true),
			Err(ChainError::Refused(refusal)) => {
				self.refused.insert(key);
				self.wait(refusal.to_string());
				Ok(false)
			}
			Err(error) => Err(error.into()),
		}
	}

	/// The result of a round's frozen inputs, computed once.
	async fn result(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<RoundResult, AggregatorError> {
		if let Some(result) = self.results.get(&frozen.inputs) {
			return Ok(result.clone());
		}
		let inputs = self.gather(view, round, frozen).await?;
		let spec = view.spec.clone();
		let next = self.folder.join(format!("next-{:04}.blob", index.0));
		let updates = inputs.updates.len();
		let work = tokio::task::spawn_blocking(move || compute::compute(&spec, &inputs, &next));
		let result = work.await.map_err(|e| AggregatorError::Interrupted(e.to_string()))??;
		self.results.insert(frozen.inputs, result.clone());
		(self.tell)(AggregatorNote::Computed {
			bounty: self.bounty.0,
			round: index.0,
			root: hex_hash(&result.next_model_root),
			correct: result.scores.as_ref().map(|scores| scores.correct),
			updates,
		});
		Ok(result)
	}

	/// Downloads everything that a result is a function of.
	async fn gather(
		&self,
		view: &BountyView,
		round: &Round,
		frozen: &Frozen,
	) -> Result<compute::InputFiles, AggregatorError> {
		let model = blob::shape_of(view.spec.parameters.element_count)?;
		let previous = self.fetch(&round.previous_model_root, model).await?;
		let mut updates = Vec::new();
		for update in &frozen.updates {
			updates.push((update.weight, self.fetch(&update.root, model).await?));
		}
		let slice = match (frozen.slice_root, view.spec.slice_shape()) {
			(Some(root), Some(shape)) => Some((root, self.fetch(&root, shape).await?)),
			_ => None,
		};
		Ok(compute::InputFiles { previous, updates, slice })
	}

	async fn fetch(
		&self,
		root: &Hash,
		shape: sheaf_aggregation::Shape,
	) -> Result<PathBuf, AggregatorError> {
		let file = download::path(&self.folder, root);
		match blob::leaf_hashes(&file, shape) {
			Ok((_, found)) if found == *root => {}
			_ => self.gateway.download(root, shape, &file).await?,
		}
		Ok(file)
	}
}
