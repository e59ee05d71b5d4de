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
use sheaf_aggregation::{Blake2b256, Tree};
use sheaf_training::{
	AccountId, AttestationContext, BlockNumber, BountyId, BountySpec, BountyState, BountyView,
	Challenge, Frozen, Hash, Phase, Round, RoundIndex, RoundResult, Turn,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::{Path, PathBuf},
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
	Answered { bounty: u32, round: u32, level: u32, index: u64 },
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
			Phase::Accepted => match answer_is_due(&round, &account, &view.spec, best.number) {
				Some(challenge) => self.answer(view, index, &round, &frozen, challenge).await,
				None => Ok(()),
			},
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

	/// Opens the node in question of a challenge. The committee does the same; whose answer comes
	/// first does not matter.
	async fn answer(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
		challenge: &Challenge,
	) -> Result<(), AggregatorError> {
		let result = self.result(view, index, round, frozen).await?;
		let accepted = round.accepted_result().map(|accepted| accepted.next_model_root);
		if accepted != Some(result.next_model_root) {
			return Ok(());
		}
		let nodes = opened_nodes(&view.spec, &self.next_file(index), challenge)?;
		let call = Call::answer_challenge(self.bounty, index, &nodes);
		let (level, node) = (challenge.level, challenge.index);
		if self.send(&call, index, round.attempt).await? {
			let (bounty, round) = (self.bounty.0, index.0);
			(self.tell)(AggregatorNote::Answered { bounty, round, level, index: node });
		}
		Ok(())
	}

	/// Where the next model of a round is kept.
	fn next_file(&self, index: RoundIndex) -> PathBuf {
		self.folder.join(format!("next-{:04}.blob", index.0))
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
			// A member answered the challenge first; there may be a next question.
			Err(error) if error.is_refusal("NotYourTurn") || error.is_refusal("NoChallenge") => {
				Ok(false)
			}
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
		let next = self.next_file(index);
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

/// The challenge that `account` should answer now: it attested in this round, and half of the time to
/// answer has passed without anybody else's answer.
fn answer_is_due<'r>(
	round: &'r Round,
	account: &AccountId,
	spec: &BountySpec,
	now: BlockNumber,
) -> Option<&'r Challenge> {
	let challenge = round.challenge.as_ref()?;
	let half = spec.lengths.answer / 2;
	let due = now >= challenge.deadline.saturating_sub(half) && now < challenge.deadline;
	let attested = round.attestations.iter().any(|attestation| attestation.account == *account);
	(due && attested && challenge.turn == Turn::Attesters).then_some(challenge)
}

/// The nodes that a challenge asks for, of the model in `file`.
fn opened_nodes(
	spec: &BountySpec,
	file: &Path,
	challenge: &Challenge,
) -> Result<Vec<Hash>, BlobError> {
	let shape = blob::shape_of(spec.parameters.element_count)?;
	let (leaves, _) = blob::leaf_hashes(file, shape)?;
	let tree = Tree::<Blake2b256>::new(shape, leaves)?;
	let nodes = tree.open(challenge.level, challenge.index).unwrap_or_default();
	Ok(nodes.into_iter().map(Hash::from).collect())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		spec_file::{tests::limits, SpecFile},
		watchdog::moves::tests::challenge,
	};
	use sheaf_training::{Attestation, RoundContext};

	fn spec() -> BountySpec {
		let text = r#"{"tensors": [{"name": "w", "shape": [700]}], "rounds": 1, "min_trainers": 1,
			"max_trainers": 3, "lengths": {"answer": 10}, "reward": "1"}"#;
		let file: SpecFile = serde_json::from_str(text).unwrap();
		file.build(Hash::zero(), None, &limits()).unwrap()
	}

	#[test]
	fn who_attested_answers_when_the_committee_has_not_for_half_of_the_time() {
		let (spec, account) = (spec(), AccountId::new([1; 32]));
		let context = RoundContext {
			genesis: &Hash::zero(),
			bounty: BountyId(1),
			round: RoundIndex(1),
			spec: &spec,
			limits: &limits(),
			trainers: &[],
			now: 80,
		};
		let mut round = Round::open(&context, Hash::zero(), true);
		// The deadline is block 100.
		round.challenge = Some(challenge(&AccountId::new([2; 32]), 2));
		let due = |round: &Round, now| answer_is_due(round, &account, &spec, now).is_some();
		assert!(!due(&round, 95), "it attested nothing");
		let (member, hash) = (false, Hash::zero());
		let attestation = Attestation { attempt: 0, account: account.clone(), member, hash, at: 1 };
		round.attestations.try_push(attestation).unwrap();
		assert_eq!([94, 95, 99, 100].map(|now| due(&round, now)), [false, true, true, false]);
		round.challenge.as_mut().unwrap().turn = Turn::Challenger;
		assert!(!due(&round, 95));
	}

	#[test]
	fn an_answer_is_what_the_chain_can_fold_into_the_root() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("next.blob");
		let root = blob::write_elements(&file, &[5; 700]).unwrap();
		let question = challenge(&AccountId::new([2; 32]), 2);
		let nodes = opened_nodes(&spec(), &file, &question).unwrap();
		let shape = blob::shape_of(700).unwrap();
		let opening = sheaf_aggregation::Opening::of(shape, 2, 0).unwrap();
		let nodes: Vec<_> = nodes.iter().map(|node| node.0).collect();
		let top = opening.node::<Blake2b256>(&nodes).unwrap();
		assert_eq!(sheaf_aggregation::seal_root::<Blake2b256>(700, top), root.0);
	}
}
