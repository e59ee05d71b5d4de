//! Signing, submitting and following a transaction.

use super::{events, Chain, ChainError, Config, Refusal, Signer};
use crate::{chain::events::BlockEvent, Hash};
use std::time::Duration;
use subxt::{
	client::OnlineClientAtBlockImpl,
	config::substrate::SubstrateExtrinsicParamsBuilder,
	error::{
		ExtrinsicError, TransactionEventsError, TransactionProgressError, TransactionStatusError,
	},
	tx::{TransactionInBlock, TransactionProgress, TransactionStatus},
};
use tokio::time::timeout;

type AtBlock = OnlineClientAtBlockImpl<Config>;

/// Blocks for which a transaction is good, from the final block that it names.
const MORTALITY: u64 = 256;

/// How long the node may say nothing about a transaction: longer than [`MORTALITY`] usually takes.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// Tries to get a transaction into the pool when another of the same account was faster.
const ATTEMPTS: u32 = 4;

/// A transaction on its way.
pub struct Submission {
	call: String,
	progress: TransactionProgress<Config, AtBlock>,
}

/// A transaction that succeeded in a block.
pub struct Included {
	/// The block.
	pub block: Hash,
	/// What it made the chain say.
	pub events: Vec<BlockEvent>,
}

impl Chain {
	/// Signs a call and hands it to the node.
	///
	/// The nonce counts what waits in the node's pool, so that several calls can follow each other
	/// without waiting for finality.
	///
	/// # Errors
	///
	/// [`ChainError::NotTaken`], [`ChainError::UnknownCall`] and errors of the connection.
	pub async fn submit(
		&self,
		call: &super::Call,
		signer: &Signer,
	) -> Result<Submission, ChainError> {
		let mut attempt = 1;
		loop {
			match self.submit_once(call, signer).await {
				Err(ChainError::NotTaken { reason, .. })
					if attempt < ATTEMPTS && is_nonce_conflict(&reason) =>
				{
					tracing::debug!(reason, "another transaction of this account was faster");
					attempt += 1;
					tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
				}
				result => return result,
			}
		}
	}

	async fn submit_once(
		&self,
		call: &super::Call,
		signer: &Signer,
	) -> Result<Submission, ChainError> {
		let sender = signer.keypair().public_key().to_account_id();
		let nonce = self.rpc.system_account_next_index(&sender).await.map_err(ChainError::rpc)?;
		let at = self.client.at_current_block().await.map_err(lost)?;
		let params = SubstrateExtrinsicParamsBuilder::<Config>::new()
			.nonce(nonce)
			.mortal_from_unchecked(MORTALITY, at.block_number(), at.block_hash())
			.build();
		let failed = |error| not_submitted(call, error);
		let mut unsigned = at.tx().create_signable_offline(call, params).map_err(failed)?;
		let transaction = unsigned.sign(signer.keypair()).map_err(failed)?;
		let progress = transaction.submit_and_watch().await.map_err(failed)?;
		Ok(Submission { call: call.title(), progress })
	}

	/// Submits a call and waits until it succeeded in a block of the best chain.
	pub async fn submit_in_block(
		&self,
		call: &super::Call,
		signer: &Signer,
	) -> Result<Included, ChainError> {
		self.submit(call, signer).await?.in_block().await
	}

	/// Submits a call and waits until it succeeded in a final block.
	pub async fn submit_finalized(
		&self,
		call: &super::Call,
		signer: &Signer,
	) -> Result<Included, ChainError> {
		self.submit(call, signer).await?.finalized().await
	}
}

impl Submission {
	/// Waits until it is in a block of the best chain; it can still be taken back by a fork.
	pub async fn in_block(&mut self) -> Result<Included, ChainError> {
		loop {
			match self.next().await? {
				TransactionStatus::InBestBlock(block)
				| TransactionStatus::InFinalizedBlock(block) => return self.included(block).await,
				_ => continue,
			}
		}
	}

	/// Waits until it is in a final block.
	pub async fn finalized(mut self) -> Result<Included, ChainError> {
		loop {
			if let TransactionStatus::InFinalizedBlock(block) = self.next().await? {
				return self.included(block).await;
			}
		}
	}

	async fn next(&mut self) -> Result<TransactionStatus<Config, AtBlock>, ChainError> {
		let not_taken = |reason| ChainError::NotTaken { call: self.call.clone(), reason };
		let silent = || ChainError::Lost(format!("no news of {} for too long", self.call));
		match timeout(SILENCE, self.progress.next()).await.map_err(|_| silent())? {
			None => Err(ChainError::Lost("the node stopped reporting on the transaction".into())),
			Some(Err(TransactionProgressError::TransactionStatusError(error))) => {
				Err(not_taken(error.to_string()))
			}
			Some(Err(error)) => Err(lost(error)),
			Some(Ok(
				TransactionStatus::Error { message }
				| TransactionStatus::Invalid { message }
				| TransactionStatus::Dropped { message },
			)) => Err(not_taken(message)),
			Some(Ok(status)) => Ok(status),
		}
	}

	async fn included(
		&self,
		block: TransactionInBlock<Config, AtBlock>,
	) -> Result<Included, ChainError> {
		let found = block.wait_for_success().await.map_err(|error| failed(&error))?;
		let mut events = Vec::new();
		for event in found.iter() {
			events.push(events::decode(&event.map_err(lost)?)?);
		}
		Ok(Included { block: Hash::from(block.block_hash().0), events })
	}
}

fn is_nonce_conflict(reason: &str) -> bool {
	["outdated", "Stale", "priority is too low", "Priority is too low", "(1014)", "(1013)"]
		.iter()
		.any(|sign| reason.contains(sign))
}

pub(super) fn lost(error: impl std::error::Error + 'static) -> ChainError {
	ChainError::Lost(super::innermost(&error))
}

fn failed(error: &TransactionEventsError) -> ChainError {
	match Refusal::from_events(error) {
		Some(refusal) => ChainError::Refused(refusal),
		None => ChainError::Lost(super::innermost(error)),
	}
}

pub(super) fn not_submitted(call: &super::Call, error: ExtrinsicError) -> ChainError {
	use ExtrinsicError::*;
	let not_taken = |reason| ChainError::NotTaken { call: call.title(), reason };
	match &error {
		EncodeError(_)
		| PalletNameNotFound(_)
		| CallNameNotFound { .. }
		| UnsupportedVersion
		| Params(_) => {
			let reason = super::innermost(&error);
			ChainError::UnknownCall { call: call.title(), reason }
		}
		TransactionStatusError(
			self::TransactionStatusError::Error(reason)
			| self::TransactionStatusError::Invalid(reason)
			| self::TransactionStatusError::Dropped(reason),
		) => not_taken(reason.clone()),
		ErrorSubmittingTransaction(backend) => match user_error(backend) {
			Some(reason) => not_taken(reason),
			None => lost(error),
		},
		_ => lost(error),
	}
}

/// What the node's pool said, if it was the node and not the connection.
fn user_error(error: &subxt::error::BackendError) -> Option<String> {
	use subxt::{
		error::{BackendError, RpcError},
		rpcs::Error,
	};
	let BackendError::Rpc(RpcError::ClientError(Error::User(user))) = error else { return None };
	let data = user.data.as_ref().map(|data| data.get().trim_matches('"').to_owned());
	Some(match data {
		Some(data) => format!("{}: {data} ({})", user.message, user.code),
		None => format!("{} ({})", user.message, user.code),
	})
}
