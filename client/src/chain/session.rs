//! Session keys: what a validator's node signs with.

use super::{Chain, ChainError};
use codec::Encode;
use sheaf_training::AccountId;
use subxt::rpcs::{rpc_params, Error};

/// Public session keys that a node made, and its proof that it has the secret ones.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize)]
pub struct SessionKeys {
	/// All public keys, as the chain's runtime encodes them.
	#[serde(with = "prefixed_hex")]
	pub keys: Vec<u8>,
	/// The owner, signed with each of them.
	#[serde(with = "prefixed_hex")]
	pub proof: Vec<u8>,
}

impl Chain {
	/// Has the node make new session keys for `owner`. The secret ones stay in the node's keystore.
	///
	/// The node answers this only on its own machine, or if it was started with
	/// `--rpc-methods unsafe`.
	///
	/// # Errors
	///
	/// [`ChainError::NotTaken`] with what the node said, and errors of the connection.
	pub async fn rotate_session_keys(&self, owner: &AccountId) -> Result<SessionKeys, ChainError> {
		let owner = format!("0x{}", hex::encode(owner.encode()));
		let method = "author_rotateKeysWithOwner";
		let answer = self.connection.request(method, rpc_params![owner]).await;
		answer.map_err(|error| match error {
			Error::User(user) => ChainError::NotTaken { call: method.into(), reason: user.message },
			error => ChainError::rpc(error),
		})
	}
}

mod prefixed_hex {
	use serde::{de::Error, Deserialize, Deserializer};

	pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
		let text = String::deserialize(from)?;
		let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x"))?;
		hex::decode(digits).map_err(D::Error::custom)
	}
}
