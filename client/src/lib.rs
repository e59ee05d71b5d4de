//! Client of Sheaf: everything a sponsor, a trainer or an aggregator does off the chain.
//!
//! - [`chain`]: reading and submitting, without generated code
//! - [`gateway`]: the blob gateway of a node, over HTTP
//! - [`blob`]: files of fixed-point elements and their roots
//! - [`model`], [`dataset`], [`slices`]: safetensors in, fixed point out
//! - [`spec_file`]: the sponsor's spec as a friendly JSON file
//! - [`trainer`]: the stages of a trainer's round
//! - [`aggregator`]: computing, attesting and publishing the next model
//! - [`sponsor`]: opening a bounty and revealing its slices
//! - [`watch`]: a bounty's life as a stream of records
//! - [`watchdog`]: computing published results again, and disputing wrong ones
#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod aggregator;
pub mod amount;
pub mod blob;
pub mod chain;
pub mod dataset;
pub mod gateway;
pub mod initial;
pub mod model;
pub mod slices;
pub mod spec_file;
pub mod sponsor;
pub mod trainer;
pub mod watch;
pub mod watchdog;

pub use sheaf_training::{AccountId, Balance, BlockNumber, BountyId, Hash, RoundIndex};

/// The address of an account, with the generic prefix 42.
pub fn address(account: &AccountId) -> String {
	use sp_core::crypto::Ss58Codec;
	account.to_ss58check()
}

/// An account from its address or from `0x` and 64 hexadecimal digits.
pub fn parse_account(text: &str) -> Option<AccountId> {
	use sp_core::crypto::Ss58Codec;
	match text.strip_prefix("0x") {
		Some(digits) => {
			let bytes: [u8; 32] = hex::decode(digits).ok()?.try_into().ok()?;
			Some(AccountId::new(bytes))
		}
		None => AccountId::from_ss58check(text).ok(),
	}
}

/// A hash from `0x` and 64 hexadecimal digits.
pub fn parse_hash(text: &str) -> Option<Hash> {
	let digits = text.strip_prefix("0x").unwrap_or(text);
	let bytes: [u8; 32] = hex::decode(digits).ok()?.try_into().ok()?;
	Some(Hash::from(bytes))
}

/// A hash as `0x` and 64 hexadecimal digits.
pub fn hex_hash(hash: &Hash) -> String {
	format!("0x{}", hex::encode(hash.as_bytes()))
}
