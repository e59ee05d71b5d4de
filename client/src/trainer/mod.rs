//! A trainer: per round download, train, quantise, commit, upload.
//!
//! Nothing is remembered but files: at every new block the chain is asked where the round stands,
//! and what is due is done. So a trainer that was killed goes on where it was.

pub mod command;
pub mod commit;
pub mod download;
pub mod quantise;
mod round;
pub mod train;
pub mod upload;

use crate::{
	blob::BlobError,
	chain::{BlockAt, Call, Chain, ChainError, Signer},
	dataset::{Dataset, DatasetError},
	gateway::{Gateway, GatewayError},
	hex_hash,
	model::ModelError,
};
use command::CommandError;
use serde::Serialize;
use sheaf_training::{BountyId, BountyState, BountyView, Phase, RoundIndex};
use std::{collections::BTreeSet, path::PathBuf};
use train::{Hints, TrainError};

/// Why a trainer stops.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum TrainerError {
	#[error(transparent)]
	Chain(#[from] ChainError),
	#[error(transparent)]
	Gateway(#[from] GatewayError),
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Model(#[from] ModelError),
	#[error(transparent)]
	Data(#[from] DatasetError),
	#[error(transparent)]
	Train(#[from] TrainError),
	#[error(transparent)]
	Command(#[from] CommandError),
	#[error("there is no bounty {0}: `sheaf bounty list` shows them")]
	NoSuchBounty(BountyId),
	#[error("training was interrupted: {0}")]
	Interrupted(String),
}

/// How a trainer works.
#[derive(Clone, Debug)]
pub struct TrainerOptions {
	/// The bounty.
	pub bounty: BountyId,
	/// The private data.
	pub data: PathBuf,
	/// A program instead of the built-in trainer.
	pub command: Option<String>,
	/// Folder for models and updates.
	pub folder: PathBuf,
	/// Rounds to take part in; all if none.
	pub rounds: Option<u32>,
	/// Seed of the order of examples.
	pub seed: u64,
}

/// What a trainer tells.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TrainerNote {
	Enrolled { bounty: u32 },
	Rejoined { bounty: u32 },
	Waiting { bounty: u32, reason: String },
	Training { bounty: u32, round: u32 },
	Trained { bounty: u32, round: u32, loss: Option<f64>, accuracy: Option<f64>, clipped: usize },
	Committed { bounty: u32, round: u32, attempt: u8, root: String },
	Resumed { bounty: u32, round: u32, root: String },
	Uploaded { bounty: u32, round: u32, attempt: u8, root: String },
	BlobLost { bounty: u32, round: u32 },
	Missed { bounty: u32, round: u32 },
	Disconnected { reason: String },
	Ended { bounty: u32, state: String, rounds: Vec<u32> },
}

/// A trainer at work on one bounty.
pub struct Trainer<'a> {
	chain: Chain,
	gateway: Gateway,
	signer: Signer,
	options: TrainerOptions,
	/// Read once; none where a program reads the file itself.
	data: Option<Dataset>,
	/// Rounds with an own commitment.
	committed: BTreeSet<u32>,
	/// Rounds and attempts in which the gateway has the update.
	uploaded: BTreeSet<(u32, u8)>,
	/// Rounds that were told about, so that it is said once.
	told: BTreeSet<(u32, &'static str)>,
	/// The last reason for waiting that was told.
	waiting: String,
	tell: &'a mut (dyn FnMut(TrainerNote) + Send),
}

impl<'a> Trainer<'a> {
	/// Prepares the work; reads the data.
	///
	/// # Errors
	///
	/// [`TrainerError`] if the data does not fit the bounty.
	pub async fn new(
		chain: Chain,
		gateway: Gateway,
		signer: Signer,
		options: TrainerOptions,
		tell: &'a mut (dyn FnMut(TrainerNote) + Send),
	) -> Result<Self, TrainerError> {
		let view = chain.bounty(options.bounty, None).await?;
		let view = view.ok_or(TrainerError::NoSuchBounty(options.bounty))?;
		let data = match options.command {
			Some(_) => None,
			None => {
				let network = view.spec.network().ok_or(TrainError::NoNetwork)?;
				let data = Dataset::read(&options.data)?;
				let widths = (network.widths.first(), network.widths.last());
				let (Some(inputs), Some(outputs)) = widths else {
					return Err(TrainError::NoNetwork.into());
				};
				data.fits(*inputs, *outputs)?;
				Hints::of_spec(&view.spec)?;
				Some(data)
			}
		};
		Ok(Self {
			chain,
			gateway,
			signer,
			options,
			data,
			committed: BTreeSet::new(),
			uploaded: BTreeSet::new(),
			told: BTreeSet::new(),
			waiting: String::new(),
			tell,
		})
	}

	/// Works until the bounty has ended, or for as many rounds as asked. Returns the bounty's last
	/// state.
	///
	/// # Errors
	///
	/// [`TrainerError`]; a lost node or gateway is waited for.
	pub async fn run(mut self) -> Result<BountyState, TrainerError> {
		let mut last: Option<BlockAt> = None;
		loop {
			let result = match self.chain.next_best(last).await {
				Ok(best) => {
					last = Some(best);
					self.look().await
				}
				Err(error) => Err(error.into()),
			};
			match result {
				Ok(Some(state)) => return Ok(state),
				Ok(None) => {}
				Err(TrainerError::Chain(error)) if error.is_connection() => {
					(self.tell)(TrainerNote::Disconnected { reason: error.to_string() });
					self.chain.reconnect().await?;
				}
				Err(TrainerError::Chain(ChainError::NotTaken { call, reason })) => {
					self.wait(format!("{call} was not taken: {reason}"));
				}
				Err(TrainerError::Gateway(error)) if error.is_passing() => {
					self.wait(error.to_string());
				}
				Err(error) => return Err(error),
			}
		}
	}

	fn bounty(&self) -> BountyId {
		self.options.bounty
	}

	/// Tells a reason for waiting, once.
	fn wait(&mut self, reason: String) {
		if self.waiting != reason {
			self.waiting.clone_from(&reason);
			(self.tell)(TrainerNote::Waiting { bounty: self.options.bounty.0, reason });
		}
	}

	fn once(&mut self, round: RoundIndex, what: &'static str) -> bool {
		self.told.insert((round.0, what))
	}

	/// Does what is due at the best block.
	async fn look(&mut self) -> Result<Option<BountyState>, TrainerError> {
		let id = self.bounty();
		let Some(view) = self.chain.bounty(id, None).await? else {
			// It was there when the work began.
			self.wait("the node has fallen behind: it does not know the bounty".into());
			return Ok(None);
		};
		match view.bounty.state.clone() {
			BountyState::Preparing { .. } => {
				self.wait("the initial model is not available yet".into());
			}
			BountyState::Enrolling { .. } => {
				if self.takes_part(&view, true).await? {
					self.wait("enrolment is open".into());
				}
			}
			BountyState::Running { settled, newest, .. } => {
				for round in settled.0 + 1..=newest.0 {
					self.look_at_round(&view, RoundIndex(round)).await?;
				}
			}
			ended => return Ok(Some(self.ended(ended))),
		}
		let wanted = self.options.rounds.map(|rounds| rounds as usize);
		let enough = wanted.is_some_and(|rounds| self.delivered().len() >= rounds);
		Ok(enough.then_some(view.bounty.state))
	}

	/// Rounds in which the gateway took the update.
	fn delivered(&self) -> BTreeSet<u32> {
		self.uploaded.iter().map(|(round, _)| *round).collect()
	}

	fn ended(&mut self, state: BountyState) -> BountyState {
		let rounds = self.delivered().into_iter().collect();
		let bounty = self.bounty().0;
		let name = state_name(&state).to_owned();
		(self.tell)(TrainerNote::Ended { bounty, state: name, rounds });
		state
	}

	/// Enrols or rejoins where that is open; whether this account takes part now.
	async fn takes_part(&mut self, view: &BountyView, open: bool) -> Result<bool, TrainerError> {
		let id = self.bounty();
		let trainer = view.bounty.trainer(self.signer.account());
		let (call, note) = match trainer {
			Some(trainer) if trainer.active => return Ok(true),
			Some(_) => (Call::rejoin(id), TrainerNote::Rejoined { bounty: id.0 }),
			None => (Call::enroll(id), TrainerNote::Enrolled { bounty: id.0 }),
		};
		if !open {
			self.wait("enrolment opens again with the next round".into());
			return Ok(false);
		}
		match self.chain.submit_in_block(&call, &self.signer).await {
			Ok(_) => (self.tell)(note),
			Err(error) if error.is_refusal("AlreadyEnrolled") => {}
			Err(error) if error.is_refusal("AlreadyActive") => {}
			Err(error) if is_too_late(&error) => {
				self.wait(error.to_string());
				return Ok(false);
			}
			Err(error) => return Err(error.into()),
		}
		Ok(true)
	}

	/// What is due in one live round.
	async fn look_at_round(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
	) -> Result<(), TrainerError> {
		let id = self.bounty();
		let Some(round) = self.chain.round(id, index, None).await? else { return Ok(()) };
		if let Some(commitment) = commit::own(&round, self.signer.account()) {
			self.committed.insert(index.0);
			return self.deliver(view, index, &round, commitment).await;
		}
		let newest =
			matches!(view.bounty.state, BountyState::Running { newest, .. } if newest == index);
		let open = round.phase == Phase::Commit;
		if !newest || self.enough_rounds() {
			return Ok(());
		}
		if !self.takes_part(view, open).await? {
			return Ok(());
		}
		match open {
			true => self.train_and_commit(view, index, &round).await,
			false => {
				if self.once(index, "missed") {
					(self.tell)(TrainerNote::Missed { bounty: id.0, round: index.0 });
				}
				Ok(())
			}
		}
	}

	fn enough_rounds(&self) -> bool {
		let wanted = self.options.rounds.map(|rounds| rounds as usize);
		wanted.is_some_and(|rounds| self.committed.len() >= rounds)
	}
}

/// Refusals that only say that the bounty moved on meanwhile.
fn is_too_late(error: &ChainError) -> bool {
	const REFUSALS: [&str; 7] = [
		"DeadlinePassed",
		"EnrolmentClosed",
		"Inactive",
		"NoSuchRound",
		"WrongAttempt",
		"WrongPhase",
		"WrongState",
	];
	REFUSALS.iter().any(|name| error.is_refusal(name))
}

/// A state's name.
pub fn state_name(state: &BountyState) -> &'static str {
	match state {
		BountyState::Preparing { .. } => "Preparing",
		BountyState::Enrolling { .. } => "Enrolling",
		BountyState::Running { .. } => "Running",
		BountyState::Completed => "Completed",
		BountyState::Cancelled => "Cancelled",
		BountyState::Aborted => "Aborted",
	}
}

/// A root as notes carry it.
fn root_text(root: &sheaf_training::Hash) -> String {
	hex_hash(root)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::Refusal;
	use sheaf_training::{BountyError, RoundError};

	fn refused(error: impl std::fmt::Debug) -> ChainError {
		let (pallet, error) = ("TrainingBounties".into(), format!("{error:?}"));
		ChainError::Refused(Refusal { pallet, error, docs: String::new() })
	}

	#[test]
	fn a_trainer_that_is_too_late_waits_and_one_that_may_not_ends() {
		for late in [
			BountyError::DeadlinePassed,
			BountyError::EnrolmentClosed,
			BountyError::Inactive,
			BountyError::NoSuchRound,
			BountyError::WrongState,
		] {
			assert!(is_too_late(&refused(late)), "{late:?}");
		}
		for late in [RoundError::WrongPhase, RoundError::WrongAttempt, RoundError::DeadlinePassed] {
			assert!(is_too_late(&refused(late)), "{late:?}");
		}
		for refusal in [BountyError::NotInvited, BountyError::NoPlaceLeft] {
			assert!(!is_too_late(&refused(refusal)), "{refusal:?}");
		}
	}
}
