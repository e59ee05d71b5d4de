//! Chains that one can start: `development` with one validator, `local_testnet` with four. Both have
//! short times and publicly known keys: never for a real network.
//!
//! `main` is a template for a real one: the allocation of the tokens, the times of the code, and no
//! validators. Who starts it puts accounts with keys in place of those of the allocation, and adds
//! validators with session keys, balances and bonds.

#![cfg_attr(not(test), deny(clippy::expect_used, clippy::as_conversions))]

use crate::{
	configs::{TreasuryAccount, TREASURY},
	network_parameters::MinimumLengths,
	AccountId, BabeConfig, Balance, BalancesConfig, BlockNumber, NetworkParametersConfig,
	NodeRegistryConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys, VestingConfig, DAYS,
	SHEAF,
};
use alloc::{vec, vec::Vec};
use frame_support::{build_struct_json_patch, PalletId};
use serde_json::Value;
use sheaf_training::Roles;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_core::hex2array;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::traits::AccountIdConversion;

/// A slot has a primary author with probability one in four; every slot without one has a secondary
/// author, whose block carries randomness as well.
pub const EPOCH_CONFIG: BabeEpochConfiguration =
	BabeEpochConfiguration { c: (1, 4), allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots };

/// What every known account owns at the start.
const ENDOWMENT: Balance = 1_000_000 * SHEAF;
/// Bond of each validator as a verifier.
const VERIFIER_BOND: Balance = 1_000 * SHEAF;
/// Five minutes of slots.
const LOCAL_EPOCH_SLOTS: u64 = 100;
/// An hour of governance takes a block, so that a referendum takes minutes.
const LOCAL_GOVERNANCE_HOUR: u32 = 1;
/// A minute of blocks.
const LOCAL_UNBONDING_PERIOD: u32 = 20;
/// Half a minute of blocks.
const LOCAL_SLASH_DEFERRAL: u32 = 10;
/// MiB that Upload must allow a block for, when all nodes share a machine.
const LOCAL_UPLOAD_MIB_PER_BLOCK: u32 = 64;
/// Shortest phases, when all nodes share a machine.
const LOCAL_MIN_LENGTHS: MinimumLengths = MinimumLengths {
	prepare: 4,
	enrolment: 2,
	commit: 2,
	upload: 4,
	attest: 4,
	publish: 4,
	window: 4,
	answer: 4,
	proof: 4,
};

/// Accounts that demonstrations and tests use, with the derivation of their sr25519 keys.
pub const DEMONSTRATION_ACCOUNTS: [(&str, [u8; 32]); 18] = [
	("//Sponsor", hex2array!("825273125d92ccaa0475792bec43bd0dfbfd65a4720815414458b54770b04b2c")),
	(
		"//Aggregator",
		hex2array!("d05c674f62fec0de8af7230b871e06f8e83fa373e04bdaf958eb83e40cd82a51"),
	),
	("//Trainer1", hex2array!("fae621ecd2cac0efdd9363e399d15f2a969c6c152e0033cbe3e010c5e5587a71")),
	("//Trainer2", hex2array!("96e94bb4c19ba8a8c3054ccc6c09b2e6dc6c2402ba16177c36deae802e649839")),
	("//Trainer3", hex2array!("6efac887fb44431c016e6d35100617c59aad6e3282152ca5057c67a6b3c5db38")),
	("//Trainer4", hex2array!("c29ea4b3dfbcfe1099b3237af5bfbcc14a2f3218339a6bc625e80a25871f0f09")),
	("//Trainer5", hex2array!("60f73ae7069dcbd3d4d056474db392661fa5c4626679fc57c39628d8441d8b71")),
	("//Trainer6", hex2array!("783c99e2a545dc70ad7e570fd0df488f8307edcfbaa556f4530c162a82ed2c09")),
	("//Trainer7", hex2array!("f414e6c16638ef147cb33348d775452323dd871c774178bc30a0cb590ba97b71")),
	("//Trainer8", hex2array!("eae1e931a60b854f638f19b8cf0e102d059d611bc4b2c01c719d8172dfa4c819")),
	("//Trainer9", hex2array!("565440907df8f0d68d075b5ad2bf70ac25632aff05df135f10f291397399ce02")),
	("//Trainer10", hex2array!("ba23afcf0c038496bccabfce1e451a7e9c83053a94726c97c107b1f39b755769")),
	("//Trainer11", hex2array!("64c1b49041d56388cffb7cd5b114e2e95fd445dc77dc98ca25f6709e01edd131")),
	("//Trainer12", hex2array!("a67ea8645eb15706dcec9062d0da20b836e110509b98e73d0bc4fb2f8a886338")),
	("//Trainer13", hex2array!("ce147427cde3c50b9379aada24a4dc72e7a725cb3e7be9f0a1098a595cc1cd33")),
	("//Trainer14", hex2array!("34aeb8d3793e52cd353f33ba154194a9d9ffeb126323d8c48bdecbfcf1197c0b")),
	("//Trainer15", hex2array!("becc2b9f39461dc43205d80a728eac9d0074ec7c62545fbf8dfd52a44ff81531")),
	("//Trainer16", hex2array!("26b4daec6017c34e04c07b1d5ed5d8a8a5701d7db02edd1d5391fb55ee48243c")),
];

/// Name of the template of a real network.
pub const MAIN_RUNTIME_PRESET: &str = "main";

/// A month of blocks.
const MONTHS: BlockNumber = 365 * DAYS / 12;

/// A part of the tokens of `main`.
pub struct Allocation {
	/// What it is for.
	pub purpose: &'static str,
	/// Stands for an account until somebody starts the network: nobody has a key to it. The
	/// treasury's is the real one.
	pub account: PalletId,
	/// How many SHEAF.
	pub tokens: Balance,
	/// Months until it begins to vest, and months in which it then vests evenly. Without, it is free
	/// at once.
	pub vesting: Option<(BlockNumber, BlockNumber)>,
}

/// Every token of `main`: 150,000,000.
pub const ALLOCATIONS: [Allocation; 6] = [
	Allocation {
		purpose: "treasury, spent by referenda",
		account: TREASURY,
		tokens: 37_500_000,
		vesting: None,
	},
	Allocation {
		purpose: "bounties and grants of the first years",
		account: PalletId(*b"sheaf/gr"),
		tokens: 37_500_000,
		vesting: Some((0, 48)),
	},
	Allocation {
		purpose: "contributors",
		account: PalletId(*b"sheaf/co"),
		tokens: 30_000_000,
		vesting: Some((12, 36)),
	},
	Allocation {
		purpose: "early backers",
		account: PalletId(*b"sheaf/ba"),
		tokens: 22_500_000,
		vesting: Some((6, 24)),
	},
	Allocation {
		purpose: "first validators and their bonds",
		account: PalletId(*b"sheaf/va"),
		tokens: 7_500_000,
		vesting: None,
	},
	Allocation {
		purpose: "the public",
		account: PalletId(*b"sheaf/pu"),
		tokens: 15_000_000,
		vesting: None,
	},
];

impl Allocation {
	fn account(&self) -> AccountId {
		self.account.into_account_truncating()
	}
}

/// A validator at the start: its account and session keys.
struct Validator {
	account: AccountId,
	keys: SessionKeys,
}

/// The validator whose keys all derive from one well-known name.
fn validator(account: Sr25519Keyring, seed: Ed25519Keyring) -> Validator {
	let keys = SessionKeys {
		babe: account.public().into(),
		grandpa: seed.public().into(),
		verifier: seed.public().into(),
	};
	Validator { account: account.to_account_id(), keys }
}

fn endowed() -> Vec<(AccountId, Balance)> {
	Sr25519Keyring::well_known()
		.map(|key| key.to_account_id())
		.chain(DEMONSTRATION_ACCOUNTS.into_iter().map(|(_, account)| account.into()))
		.chain([TreasuryAccount::get()])
		.map(|account| (account, ENDOWMENT))
		.collect()
}

/// A chain on one machine, with these validators.
fn local_chain(validators: Vec<Validator>) -> Value {
	let verifier = Roles { verifier: true, ..Default::default() };
	build_struct_json_patch!(RuntimeGenesisConfig {
		network_parameters: NetworkParametersConfig {
			epoch_slots: LOCAL_EPOCH_SLOTS,
			governance_hour: LOCAL_GOVERNANCE_HOUR,
			unbonding_period: Some(LOCAL_UNBONDING_PERIOD),
			slash_deferral: Some(LOCAL_SLASH_DEFERRAL),
			min_committee: Some(1),
			upload_mib_per_block: Some(LOCAL_UPLOAD_MIB_PER_BLOCK),
			min_lengths: Some(LOCAL_MIN_LENGTHS),
			whitelister: Some(Sr25519Keyring::Alice.to_account_id()),
		},
		babe: BabeConfig { epoch_config: EPOCH_CONFIG },
		balances: BalancesConfig { balances: endowed() },
		session: SessionConfig {
			keys: validators
				.iter()
				.map(|v| (v.account.clone(), v.account.clone(), v.keys.clone()))
				.collect(),
		},
		node_registry: NodeRegistryConfig {
			nodes: validators
				.iter()
				.map(|v| (v.account.clone(), verifier, VERIFIER_BOND))
				.collect(),
		},
	})
}

/// One validator, Alice: nothing is cross-checked.
pub fn development() -> Value {
	local_chain(vec![validator(Sr25519Keyring::Alice, Ed25519Keyring::Alice)])
}

/// Four validators: Alice, Bob, Charlie and Dave.
pub fn local_testnet() -> Value {
	local_chain(vec![
		validator(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
		validator(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
		validator(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		validator(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
	])
}

/// The template of a real network.
pub fn main() -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		babe: BabeConfig { epoch_config: EPOCH_CONFIG },
		balances: BalancesConfig {
			balances: ALLOCATIONS
				.iter()
				.map(|part| (part.account(), part.tokens.saturating_mul(SHEAF)))
				.collect(),
		},
		vesting: VestingConfig {
			vesting: ALLOCATIONS
				.iter()
				.filter_map(|part| {
					let (start, months) = part.vesting?;
					let months = [start, months].map(|months| months.saturating_mul(MONTHS));
					Some((part.account(), months[0], months[1], 0))
				})
				.collect(),
		},
	})
}

/// The preset with this name, as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let preset = match id.as_ref() {
		DEV_RUNTIME_PRESET => development(),
		LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
		MAIN_RUNTIME_PRESET => main(),
		_ => return None,
	};
	serde_json::to_vec(&preset).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	[DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET, MAIN_RUNTIME_PRESET]
		.map(PresetId::from)
		.into()
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{sr25519, Pair};

	#[test]
	fn demonstration_accounts_derive_from_their_names() {
		for (name, account) in DEMONSTRATION_ACCOUNTS {
			let pair = sr25519::Pair::from_string(name, None).unwrap();
			assert_eq!(pair.public().0, account, "{name}");
		}
	}
}
