//! A chain of the real runtime: state in the node's database, blocks built and executed in wasm.

use crate::spread::seconds;
use anyhow::{anyhow, ensure, Context, Result};
use codec::{Decode, Encode};
use frame_system::offchain::CreateAuthorizedTransaction;
use sc_client_api::backend::{
	Backend as _, BlockImportOperation as _, NewBlockState, TrieCacheContext,
};
use sc_client_db::{Backend, BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_executor::WasmExecutor;
use sheaf_runtime::{
	genesis_config_presets, Header, Nonce, Runtime, RuntimeCall, RuntimeGenesisConfig,
	SignedPayload, UncheckedExtrinsic, MILLISECONDS_PER_BLOCK, WASM_BINARY,
};
use sp_consensus_babe::digests::{PreDigest, SecondaryVRFPreDigest};
use sp_core::{
	crypto::VrfSecret,
	storage::{well_known_keys, Storage},
	traits::{CallContext, RuntimeCode, WrappedRuntimeCode},
	Pair, H256,
};
use sp_externalities::Extensions;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::{BlakeTwo256, Header as _},
	ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, StateVersion,
};
use sp_state_machine::{BasicExternalities, OverlayedChanges, StateMachine};
use std::path::Path;

type Block = sp_runtime::generic::Block<Header, sp_runtime::OpaqueExtrinsic>;
type Overlay = OverlayedChanges<BlakeTwo256>;

/// Slot of block 0.
const FIRST_SLOT: u64 = 1_000;
/// Memory for values of the state, as a node has it by default.
const CACHE_BYTES: usize = 1 << 30;

/// A block that was built.
pub struct Built {
	block: Block,
	overlay: Overlay,
	/// Transactions, without the inherent one.
	pub transactions: usize,
	/// What the runtime says that the block weighs, in picoseconds.
	pub weight: u64,
}

impl Built {
	/// Bytes of the block.
	pub fn bytes(&self) -> usize {
		self.block.encoded_size()
	}
}

/// A chain with one validator, Alice.
pub struct Chain {
	backend: Backend<Block>,
	executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
	code: WrappedRuntimeCode<'static>,
	head: Header,
	genesis: H256,
}

impl Chain {
	/// A chain in an empty folder, of the development preset changed by `change`.
	pub fn new(folder: &Path, change: impl FnOnce()) -> Result<Self> {
		let blob = WASM_BINARY.context("built with SKIP_WASM_BUILD: there is no runtime")?;
		let settings = DatabaseSettings {
			trie_cache_maximum_size: Some(CACHE_BYTES),
			state_pruning: Some(PruningMode::ArchiveAll),
			source: DatabaseSource::ParityDb { path: folder.into() },
			blocks_pruning: BlocksPruning::KeepAll,
			pruning_filters: Vec::new(),
			metrics_registry: None,
		};
		let backend = Backend::new(settings, 0)?;
		let mut operation = backend.begin_operation()?;
		let state = genesis(blob, change)?;
		let root = operation.set_genesis_state(state, true, StateVersion::V1)?;
		let none = Default::default;
		let head = Header::new(0, none(), root, none(), Digest::default());
		operation.set_block_data(
			head.clone(),
			Some(Vec::new()),
			None,
			None,
			NewBlockState::Final,
			true,
		)?;
		backend.commit_operation(operation)?;
		let executor = WasmExecutor::builder().build();
		let genesis = head.hash();
		Ok(Self { backend, executor, code: WrappedRuntimeCode(blob.into()), head, genesis })
	}

	fn call(&self, overlay: &mut Overlay, function: &str, arguments: &[u8]) -> Result<Vec<u8>> {
		let state = self.backend.state_at(self.head.hash(), TrieCacheContext::Trusted)?;
		let code =
			RuntimeCode { code_fetcher: &self.code, hash: b"chain".to_vec(), heap_pages: None };
		let answer = StateMachine::new(
			&state,
			overlay,
			&self.executor,
			function,
			arguments,
			&mut Extensions::default(),
			&code,
			CallContext::Onchain { import: true },
		)
		.execute();
		answer.map_err(|error| anyhow!("{function}: {error}"))
	}

	/// Builds the next block with as many of the transactions as fit; each must succeed.
	pub fn build(
		&self,
		transactions: impl IntoIterator<Item = UncheckedExtrinsic>,
	) -> Result<Built> {
		let mut overlay = Overlay::default();
		let number = self.head.number + 1;
		let slot = FIRST_SLOT + u64::from(number);
		let parent = self.head.hash();
		let none = Default::default;
		let header = Header::new(number, none(), none(), parent, digest(slot));
		self.call(&mut overlay, "Core_initialize_block", &header.encode())?;
		let now = pallet_timestamp::Call::set { now: slot * MILLISECONDS_PER_BLOCK };
		let inherent = UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(now));
		let mut body = Vec::new();
		for transaction in std::iter::once(inherent).chain(transactions) {
			let bytes = transaction.encode();
			let answer = self.call(&mut overlay, "BlockBuilder_apply_extrinsic", &bytes)?;
			match ApplyExtrinsicResult::decode(&mut &answer[..])? {
				Err(error) if error.exhausted_resources() => break,
				result => ensure!(result == Ok(Ok(())), "a transaction failed: {result:?}"),
			}
			body.push(Decode::decode(&mut &bytes[..])?);
		}
		let answer = self.call(&mut overlay, "BlockBuilder_finalize_block", &[])?;
		let header = Header::decode(&mut &answer[..])?;
		let weight = weight_of(&mut overlay)?;
		let transactions = body.len() - 1;
		Ok(Built { block: Block { header, extrinsics: body }, overlay, transactions, weight })
	}

	/// Runs a block again, call by call as its author does, without keeping it. Returns seconds of the
	/// processor.
	pub fn execute(&self, built: &Built) -> Result<f64> {
		let Block { header, extrinsics } = &built.block;
		let none = Default::default;
		let begun = Header::new(
			header.number,
			none(),
			none(),
			header.parent_hash,
			Digest { logs: header.digest.logs[..1].to_vec() },
		);
		let run = || {
			let mut overlay = Overlay::default();
			self.call(&mut overlay, "Core_initialize_block", &begun.encode())?;
			for extrinsic in extrinsics {
				self.call(&mut overlay, "BlockBuilder_apply_extrinsic", &extrinsic.encode())?;
			}
			self.call(&mut overlay, "BlockBuilder_finalize_block", &[])
		};
		let (seconds, answer) = seconds(run)?;
		let again = Header::decode(&mut &answer[..])?;
		ensure!(again.extrinsics_root == header.extrinsics_root, "other transactions");
		ensure!(again.state_root == header.state_root, "another state");
		Ok(seconds)
	}

	/// Keeps a block: the next is built on it.
	pub fn import(&mut self, built: Built) -> Result<()> {
		let Built { block, mut overlay, .. } = built;
		let parent = self.head.hash();
		let state = self.backend.state_at(parent, TrieCacheContext::Trusted)?;
		let changes = overlay
			.drain_storage_changes(&state, StateVersion::V1)
			.map_err(|error| anyhow!("the changes of a block: {error}"))?;
		ensure!(changes.transaction_storage_root == block.header.state_root, "another state root");
		let mut operation = self.backend.begin_operation()?;
		self.backend.begin_state_operation(&mut operation, parent)?;
		operation.update_db_storage(changes.transaction)?;
		operation.update_storage(changes.main_storage_changes, changes.child_storage_changes)?;
		self.head = block.header.clone();
		let body = Some(block.extrinsics);
		operation.set_block_data(block.header, body, None, None, NewBlockState::Best, true)?;
		Ok(self.backend.commit_operation(operation)?)
	}

	/// A transaction that Alice signs.
	pub fn sign(&self, call: impl Into<RuntimeCall>, nonce: Nonce) -> UncheckedExtrinsic {
		let mut extension =
			<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
		extension.6 = frame_system::CheckNonce::from(nonce);
		let mut state = BasicExternalities::new_empty();
		let payload = state.execute_with(|| {
			frame_system::BlockHash::<Runtime>::insert(0, self.genesis);
			SignedPayload::new(call.into(), extension).expect("the genesis hash is known")
		});
		let signature = payload.using_encoded(|bytes| Sr25519Keyring::Alice.pair().sign(bytes));
		let (call, extension, _) = payload.deconstruct();
		let signer = Sr25519Keyring::Alice.to_account_id().into();
		UncheckedExtrinsic::new_signed(call, signer, signature.into(), extension)
	}
}

/// The state of the development preset, changed by `change`.
fn genesis(blob: &[u8], change: impl FnOnce()) -> Result<Storage> {
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default())?;
	let id = sp_genesis_builder::PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET);
	let patch = genesis_config_presets::get_preset(&id).context("no such preset")?;
	sc_chain_spec::json_patch::merge(&mut config, serde_json::from_slice(&patch)?);
	let config: RuntimeGenesisConfig = serde_json::from_value(config)?;
	let mut state = config.build_storage().map_err(anyhow::Error::msg)?;
	state.top.insert(well_known_keys::CODE.to_vec(), blob.to_vec());
	BasicExternalities::execute_with_storage(&mut state, change);
	Ok(state)
}

/// What the runtime noted as the weight of the block in `overlay`, all classes together.
fn weight_of(overlay: &mut Overlay) -> Result<u64> {
	let key = frame_system::BlockWeight::<Runtime>::hashed_key();
	let bytes = overlay.storage(&key).flatten().context("a block without weight")?;
	let consumed = frame_system::ConsumedWeight::decode(&mut &bytes[..])?;
	Ok(consumed.total().ref_time())
}

/// The digest of a block that Alice authors in a secondary slot.
fn digest(slot: u64) -> Digest {
	let slot = slot.into();
	let transcript = sp_consensus_babe::make_vrf_transcript(&Default::default(), slot, 0);
	let vrf_signature = Sr25519Keyring::Alice.pair().vrf_sign(&transcript.into_sign_data());
	let claim =
		PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index: 0, slot, vrf_signature });
	let item = DigestItem::PreRuntime(sp_consensus_babe::BABE_ENGINE_ID, claim.encode());
	Digest { logs: vec![item] }
}
