#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod genesis_config_presets;
pub mod governance;
pub mod migrations;
pub mod network_parameters;
mod transactions;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub use apis::RuntimeApi;
pub use sheaf_training::{Balance, BlockNumber};

/// A signature of an account, of any supported kind.
pub type Signature = MultiSignature;
/// An account: 32 bytes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// Number of an account's next transaction.
pub type Nonce = u32;
/// A BLAKE2b-256 digest.
pub type Hash = sp_core::H256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block with its justifications.
pub type SignedBlock = generic::SignedBlock<Block>;
/// What a node needs to name a block.
pub type BlockId = generic::BlockId<Block>;

/// What every transaction carries besides its call. Authorisation comes first: it turns a fee-less
/// general transaction into an origin that the others accept.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);
/// A transaction as it travels.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What an account signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Types for code that need not know the runtime's calls.
pub mod opaque {
	use super::{generic, BlakeTwo256, BlockNumber};
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A header.
	pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
	/// A block whose transactions are bytes.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
	/// What names a block.
	pub type BlockId = generic::BlockId<Block>;
}

impl_opaque_keys! {
	/// The keys of a validator: it authors with the first, votes on finality with the second and
	/// signs what it verified with the third.
	pub struct SessionKeys {
		/// Authors blocks.
		pub babe: Babe,
		/// Votes on finality.
		pub grandpa: Grandpa,
		/// Signs what its off-chain worker verified.
		pub verifier: ModelUpdates,
	}
}

/// Version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("sheaf"),
	impl_name: Cow::Borrowed("sheaf-node"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 0,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// One SHEAF in its smallest units; the token has 18 decimals.
pub const SHEAF: Balance = 1_000_000_000_000_000_000;
/// A thousandth of a SHEAF.
pub const MILLI_SHEAF: Balance = SHEAF / 1_000;
/// Time between two blocks.
pub const MILLISECONDS_PER_BLOCK: u64 = 3_000;
/// Blocks in an hour.
pub const HOURS: BlockNumber = 1_200;
/// Blocks in a day.
pub const DAYS: BlockNumber = 24 * HOURS;

/// The pallets. Their order is that of genesis and of the hooks: parameters before those who read
/// them, balances before those who hold.
#[frame_support::runtime]
pub mod runtime {
	/// The runtime.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	// The chain itself.
	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type NetworkParameters = crate::network_parameters;
	#[runtime::pallet_index(2)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(3)]
	pub type MultiBlockMigrations = pallet_migrations;

	// Consensus.
	#[runtime::pallet_index(10)]
	pub type Babe = pallet_babe;
	#[runtime::pallet_index(11)]
	pub type Authorship = pallet_authorship;

	// Money, before whatever holds it at genesis.
	#[runtime::pallet_index(20)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(21)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(22)]
	pub type Vesting = pallet_vesting;

	// Validators and their keys.
	#[runtime::pallet_index(12)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(13)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(14)]
	pub type Offences = pallet_offences;

	// Governance.
	#[runtime::pallet_index(30)]
	pub type Preimage = pallet_preimage;
	#[runtime::pallet_index(31)]
	pub type Scheduler = pallet_scheduler;
	#[runtime::pallet_index(32)]
	pub type Parameters = pallet_parameters;
	#[runtime::pallet_index(33)]
	pub type GovernanceOrigins = crate::governance::origins;
	#[runtime::pallet_index(34)]
	pub type ConvictionVoting = pallet_conviction_voting;
	#[runtime::pallet_index(35)]
	pub type Referenda = pallet_referenda;
	#[runtime::pallet_index(36)]
	pub type Whitelist = pallet_whitelist;
	#[runtime::pallet_index(37)]
	pub type Treasury = pallet_treasury;
	#[runtime::pallet_index(38)]
	pub type TxPause = pallet_tx_pause;

	// Acting for others, together, or several times at once.
	#[runtime::pallet_index(50)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(51)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(52)]
	pub type Multisig = pallet_multisig;

	// Training.
	#[runtime::pallet_index(40)]
	pub type NodeRegistry = pallet_node_registry;
	#[runtime::pallet_index(41)]
	pub type TrainingBounties = pallet_training_bounties;
	#[runtime::pallet_index(42)]
	pub type ModelUpdates = pallet_model_updates;
	#[runtime::pallet_index(43)]
	pub type Rewards = pallet_rewards;
}
