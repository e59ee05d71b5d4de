//! The chain as this client sees it: best and final blocks, raw runtime calls, transactions.
//!
//! No code is generated from metadata: what is read is decoded into the types of `sheaf_training`,
//! what is sent is encoded from them, and the node's metadata only gives places and names.

pub mod errors;
pub mod events;
pub mod governance;
pub mod keys;
pub mod payload;
pub mod queries;
mod session;
mod submit;
#[cfg(test)]
pub(crate) mod tests;

pub use errors::{ChainError, Refusal};
pub use keys::{KeyError, Signer};
pub use payload::Call;
pub use session::SessionKeys;
pub use submit::{Included, Submission};

use sheaf_training::{BlockNumber, Hash};
use std::sync::Arc;
use subxt::{
	backend::LegacyBackend,
	config::RpcConfigFor,
	rpcs::{methods::legacy::LegacyRpcMethods, RpcClient},
	OnlineClient, SubstrateConfig,
};

/// The chain's configuration, as subxt wants it.
pub type Config = SubstrateConfig;

/// A block that was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockAt {
	/// Its height.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
}

/// A connection to one node.
#[derive(Clone)]
pub struct Chain {
	url: String,
	connection: RpcClient,
	rpc: LegacyRpcMethods<RpcConfigFor<Config>>,
	client: OnlineClient<Config>,
	genesis: Hash,
}

impl Chain {
	/// Connects to the node at `url` and makes sure that it is a node of Sheaf, and of the chain
	/// with this `genesis` if one is given.
	///
	/// # Errors
	///
	/// [`ChainError::Unreachable`], [`ChainError::WrongChain`], [`ChainError::NotSheaf`].
	pub async fn connect(url: &str, genesis: Option<Hash>) -> Result<Self, ChainError> {
		let unreachable = |reason: String| ChainError::Unreachable { url: url.into(), reason };
		let connecting = RpcClient::from_insecure_url(url);
		let rpc = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
			.await
			.map_err(|_| unreachable("no answer".into()))?
			.map_err(|error| unreachable(innermost(&error)))?;
		let methods = LegacyRpcMethods::<RpcConfigFor<Config>>::new(rpc.clone());
		let backend = LegacyBackend::builder().build(rpc.clone());
		let client = OnlineClient::from_backend_with_config(Config::new(), Arc::new(backend))
			.await
			.map_err(|error| unreachable(innermost(&error)))?;
		let found = Hash::from(client.genesis_hash().0);
		if let Some(expected) = genesis.filter(|expected| *expected != found) {
			return Err(ChainError::WrongChain { url: url.into(), found, expected });
		}
		let chain = Self { url: url.into(), connection: rpc, rpc: methods, client, genesis: found };
		chain.limits(None).await?;
		Ok(chain)
	}

	/// Where the node is.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Hash of block 0.
	pub fn genesis(&self) -> Hash {
		self.genesis
	}

	/// Connects anew to the same chain as soon as its node answers again.
	///
	/// # Errors
	///
	/// What waiting does not mend: the node is of another chain or version by now.
	pub async fn reconnect(&mut self) -> Result<(), ChainError> {
		loop {
			match Self::connect(&self.url, Some(self.genesis)).await {
				Err(error) if error.is_connection() => tokio::time::sleep(RECONNECT_PAUSE).await,
				result => {
					*self = result?;
					return Ok(());
				}
			}
		}
	}

	/// The best block.
	pub async fn best(&self) -> Result<BlockAt, ChainError> {
		self.block_at(None).await
	}

	/// The newest final block.
	pub async fn finalized(&self) -> Result<BlockAt, ChainError> {
		let hash = self.rpc.chain_get_finalized_head().await.map_err(ChainError::rpc)?;
		self.block_at(Some(hash)).await
	}

	/// The hash of the block at this height on the node's best chain.
	pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Hash>, ChainError> {
		let hash = self.rpc.chain_get_block_hash(Some(number.into())).await;
		Ok(hash.map_err(ChainError::rpc)?.map(|hash| Hash::from(hash.0)))
	}

	/// The block with this hash.
	pub async fn block(&self, hash: Hash) -> Result<BlockAt, ChainError> {
		self.block_at(Some(subxt::utils::H256(hash.0))).await
	}

	async fn block_at(&self, hash: Option<subxt::utils::H256>) -> Result<BlockAt, ChainError> {
		let header = self.rpc.chain_get_header(hash).await.map_err(ChainError::rpc)?;
		let header = header.ok_or_else(|| ChainError::Lost("a header is missing".into()))?;
		let number = BlockNumber::try_from(header.number).unwrap_or(BlockNumber::MAX);
		let hash = match hash {
			Some(hash) => Hash::from(hash.0),
			None => self
				.block_hash(number)
				.await?
				.ok_or_else(|| ChainError::Lost("the best block changed".into()))?,
		};
		Ok(BlockAt { number, hash })
	}
}

const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);
const RECONNECT_PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// What went wrong at the bottom, without the sentences around it.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
	let mut deepest = error;
	while let Some(source) = deepest.source() {
		deepest = source;
	}
	let mut text = deepest.to_string();
	for prefix in ["RPC error: ", "client error: ", "RPC error: ", "client error: "] {
		if let Some(rest) = text.strip_prefix(prefix) {
			text = rest.to_owned();
		}
	}
	text
}
