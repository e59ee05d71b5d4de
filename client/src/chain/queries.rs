//! Reads: runtime calls by name, decoded into the types of `sheaf_training`.

use super::{BlockAt, Chain, ChainError};
use codec::{Decode, DecodeAll, Encode};
use sheaf_training::{
	AccountId, Balance, BountyId, BountySpec, BountyView, Hash, Limits, NodeView, Quote, Receipts,
	Round, RoundIndex, SpecError,
};
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};

/// How amounts are written for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
	/// Symbol of the token.
	pub symbol: String,
	/// Decimal places.
	pub decimals: u8,
}

impl Default for Token {
	fn default() -> Self {
		Self { symbol: "UNIT".into(), decimals: 12 }
	}
}

/// The head of `frame_system::AccountInfo` with `pallet_balances::AccountData`.
#[derive(Decode)]
struct AccountInfo {
	_nonce: u32,
	_consumers: u32,
	_providers: u32,
	_sufficients: u32,
	free: Balance,
	reserved: Balance,
	frozen: Balance,
}

/// What an account owns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AccountBalance {
	/// Not held.
	pub free: Balance,
	/// Held: rewards of bounties, bonds.
	pub held: Balance,
	/// Locked part of the whole.
	pub frozen: Balance,
}

impl Chain {
	pub(super) async fn call<R: Decode>(
		&self,
		function: &str,
		arguments: impl Encode,
		at: Option<Hash>,
	) -> Result<R, ChainError> {
		let at = at.map(|hash| subxt::utils::H256(hash.0));
		let arguments = arguments.encode();
		let bytes = self.rpc.state_call(function, Some(&arguments), at).await;
		let bytes = bytes.map_err(|error| {
			let error = super::innermost(&error);
			match error.contains("not found") && error.contains("xported method") {
				true => ChainError::NotSheaf { url: self.url.clone(), reason: error },
				false => ChainError::Lost(error),
			}
		})?;
		R::decode_all(&mut bytes.as_slice())
			.map_err(|_| ChainError::Undecodable(function.to_owned()))
	}

	/// A bounty, ended ones too. All reads are at the best block where `at` is none.
	pub async fn bounty(
		&self,
		id: BountyId,
		at: Option<Hash>,
	) -> Result<Option<BountyView>, ChainError> {
		self.call("TrainingApi_bounty", id, at).await
	}

	/// Up to `limit` bounties from `start` on.
	pub async fn bounties(
		&self,
		start: BountyId,
		limit: u32,
	) -> Result<Vec<BountyView>, ChainError> {
		self.call("TrainingApi_bounties", (start, limit), None).await
	}

	/// Up to `limit` bounties that have not ended, from `start` on.
	pub async fn live_bounties(
		&self,
		start: BountyId,
		limit: u32,
	) -> Result<Vec<BountyId>, ChainError> {
		self.call("TrainingApi_live_bounties", (start, limit), None).await
	}

	/// A live round.
	pub async fn round(
		&self,
		bounty: BountyId,
		round: RoundIndex,
		at: Option<Hash>,
	) -> Result<Option<Round>, ChainError> {
		self.call("TrainingApi_round", (bounty, round), at).await
	}

	/// What a spec would cost, or why it is refused.
	pub async fn quote(&self, spec: &BountySpec) -> Result<Result<Quote, SpecError>, ChainError> {
		self.call("TrainingApi_quote", spec, None).await
	}

	/// The bounds that governance sets.
	pub async fn limits(&self, at: Option<Hash>) -> Result<Limits, ChainError> {
		self.call("TrainingApi_limits", (), at).await
	}

	/// A registered node.
	pub async fn node(&self, account: &AccountId) -> Result<Option<NodeView>, ChainError> {
		self.call("TrainingApi_node", account, None).await
	}

	/// A page of an account's receipts, newest first.
	pub async fn receipts(
		&self,
		account: &AccountId,
		start: u32,
		limit: u32,
	) -> Result<Receipts, ChainError> {
		self.call("TrainingApi_receipts", (account, start, limit), None).await
	}

	/// What an account owns; nothing for one that does not exist.
	pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, ChainError> {
		let mut key = [twox_128(b"System"), twox_128(b"Account")].concat();
		key.extend(blake2_128(account.as_ref()));
		key.extend::<&[u8]>(account.as_ref());
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		let Some(value) = value else { return Ok(AccountBalance::default()) };
		let info = AccountInfo::decode(&mut value.as_slice())
			.map_err(|_| ChainError::Undecodable("System.Account".into()))?;
		Ok(AccountBalance { free: info.free, held: info.reserved, frozen: info.frozen })
	}

	/// Root of the model that a settled round produced.
	pub async fn model_root(
		&self,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<Hash>, ChainError> {
		let mut key = [twox_128(b"TrainingBounties"), twox_128(b"Models")].concat();
		for part in [bounty.encode(), round.encode()] {
			key.extend(twox_64(&part));
			key.extend(part);
		}
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		let undecodable = |_| ChainError::Undecodable("TrainingBounties.Models".into());
		value.map(|value| Hash::decode(&mut value.as_slice()).map_err(undecodable)).transpose()
	}

	/// The chain's name.
	pub async fn name(&self) -> Result<String, ChainError> {
		self.rpc.system_chain().await.map_err(ChainError::rpc)
	}

	/// How the chain writes amounts.
	pub async fn token(&self) -> Result<Token, ChainError> {
		let properties = self.rpc.system_properties().await.map_err(ChainError::rpc)?;
		let first = |value: Option<&serde_json::Value>| match value {
			Some(serde_json::Value::Array(values)) => values.first().cloned(),
			other => other.cloned(),
		};
		let default = Token::default();
		let symbol = first(properties.get("tokenSymbol"))
			.and_then(|symbol| symbol.as_str().map(str::to_owned))
			.unwrap_or(default.symbol);
		let decimals = first(properties.get("tokenDecimals"))
			.and_then(|decimals| decimals.as_u64())
			.and_then(|decimals| u8::try_from(decimals).ok())
			.unwrap_or(default.decimals);
		Ok(Token { symbol, decimals })
	}

	/// Waits until the best block is another than `last`.
	pub async fn next_best(&self, last: Option<BlockAt>) -> Result<BlockAt, ChainError> {
		loop {
			let best = self.best().await?;
			if Some(best) != last {
				return Ok(best);
			}
			tokio::time::sleep(POLL).await;
		}
	}
}

/// Time between looks at the chain: short against a block of three seconds.
pub const POLL: std::time::Duration = std::time::Duration::from_millis(700);
