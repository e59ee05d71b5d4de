//! A chain of the real runtime: blocks built and executed in wasm, with the state in memory.

use crate::spread::seconds;
use anyhow::{anyhow, ensure, Context, Result};
use codec::{Decode, Encode};
use frame_system::offchain::CreateAuthorizedTransaction;
use sc_executor::WasmExecutor;
use sheaf_runtime::{
	genesis_config_presets, Header, Nonce, Runtime, RuntimeCall, RuntimeGenesisConfig,
	SignedPayload, UncheckedExtrinsic, MILLISECONDS_PER_BLOCK, WASM_BINARY,
};
use sp_consensus_babe::digests::{PreDigest, SecondaryVRFPreDigest};
use sp_core::{
	crypto::VrfSecret,
	storage::{well_known_keys, Storage},
	traits::{CallContext, CodeExecutor, Externalities, RuntimeCode, WrappedRuntimeCode},
	Pair, H256,
};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::Header as _, ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, StateVersion,
};
use sp_state_machine::BasicExternalities;

/// Slot of block 0.
const FIRST_SLOT: u64 = 1_000;

/// A block that was built.
pub struct Built {
	/// As it was when its execution began.
	begun: Header,
	header: Header,
	extrinsics: Vec<UncheckedExtrinsic>,
	/// What the runtime says that the block weighs, in picoseconds.
	pub weight: u64,
}

impl Built {
	/// Transactions, without the inherent one.
	pub fn transactions(&self) -> usize {
		self.extrinsics.len() - 1
	}

	/// Bytes of the block.
	pub fn bytes(&self) -> usize {
		(&self.header, &self.extrinsics).encoded_size()
	}
}

/// A chain with one validator, Alice.
pub struct Chain {
	state: TestExternalities,
	executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
	code: WrappedRuntimeCode<'static>,
	head: Header,
	genesis: H256,
}

impl Chain {
	/// A chain of the development preset, changed by `change`.
	pub fn new(change: impl FnOnce()) -> Result<Self> {
		let blob = WASM_BINARY.context("built with SKIP_WASM_BUILD: there is no runtime")?;
		let state = genesis(blob, change)?;
		let mut state = TestExternalities::new_with_code_and_state(blob, state, StateVersion::V1);
		let none = Default::default;
		let root = H256::decode(&mut &state.ext().storage_root(StateVersion::V1)[..])?;
		let head = Header::new(0, none(), root, none(), Digest::default());
		let executor = WasmExecutor::builder().build();
		let genesis = head.hash();
		Ok(Self { state, executor, code: WrappedRuntimeCode(blob.into()), head, genesis })
	}

	fn call(&mut self, function: &str, arguments: &[u8]) -> Result<Vec<u8>> {
		let code =
			RuntimeCode { code_fetcher: &self.code, hash: b"chain".to_vec(), heap_pages: None };
		let context = CallContext::Onchain { import: true };
		let mut state = self.state.ext();
		let (answer, _) = self.executor.call(&mut state, &code, function, arguments, context);
		answer.map_err(|error| anyhow!("{function}: {error}"))
	}

	/// Does something to the state, and undoes it.
	fn undone<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
		self.state.ext().storage_start_transaction();
		let result = run(self);
		let undone = self.state.ext().storage_rollback_transaction();
		undone.map_err(|()| anyhow!("the state was not as deep as before"))?;
		result
	}

	/// Builds the next block with as many of the transactions as fit; each must succeed.
	pub fn build(
		&mut self,
		transactions: impl IntoIterator<Item = UncheckedExtrinsic>,
	) -> Result<Built> {
		self.undone(|chain| chain.build_on_head(transactions))
	}

	fn build_on_head(
		&mut self,
		transactions: impl IntoIterator<Item = UncheckedExtrinsic>,
	) -> Result<Built> {
		let number = self.head.number + 1;
		let slot = FIRST_SLOT + u64::from(number);
		let none = Default::default;
		let begun = Header::new(number, none(), none(), self.head.hash(), digest(slot));
		self.call("Core_initialize_block", &begun.encode())?;
		let now = pallet_timestamp::Call::set { now: slot * MILLISECONDS_PER_BLOCK };
		let inherent = UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(now));
		let mut extrinsics = Vec::new();
		for extrinsic in std::iter::once(inherent).chain(transactions) {
			if !self.applied(&extrinsic)? {
				break;
			}
			extrinsics.push(extrinsic);
		}
		let header = self.call("BlockBuilder_finalize_block", &[])?;
		let header = Header::decode(&mut &header[..])?;
		Ok(Built { begun, header, extrinsics, weight: self.weight()? })
	}

	/// Applies an extrinsic, unless the block is full.
	fn applied(&mut self, extrinsic: &UncheckedExtrinsic) -> Result<bool> {
		self.state.ext().storage_start_transaction();
		let answer = self.call("BlockBuilder_apply_extrinsic", &extrinsic.encode())?;
		let answer = ApplyExtrinsicResult::decode(&mut &answer[..])?;
		let mut state = self.state.ext();
		let full = answer.is_err_and(|error| error.exhausted_resources());
		let ended = match full {
			true => state.storage_rollback_transaction(),
			false => state.storage_commit_transaction(),
		};
		ended.map_err(|()| anyhow!("the state was not as deep as before"))?;
		ensure!(full || answer == Ok(Ok(())), "a transaction failed: {answer:?}");
		Ok(!full)
	}

	/// What the runtime noted as the weight of the block, all classes together.
	fn weight(&mut self) -> Result<u64> {
		let key = frame_system::BlockWeight::<Runtime>::hashed_key();
		let bytes = self.state.ext().storage(&key).context("a block without weight")?;
		let consumed = frame_system::ConsumedWeight::decode(&mut &bytes[..])?;
		Ok(consumed.total().ref_time())
	}

	/// Executes a block as who imports it does, the state's root included. Returns seconds of the
	/// processor.
	fn execute(&mut self, built: &Built) -> Result<f64> {
		let run = || {
			self.call("Core_initialize_block", &built.begun.encode())?;
			for extrinsic in &built.extrinsics {
				self.call("BlockBuilder_apply_extrinsic", &extrinsic.encode())?;
			}
			self.call("BlockBuilder_finalize_block", &[])
		};
		let (seconds, header) = seconds(run)?;
		ensure!(header == built.header.encode(), "another header");
		Ok(seconds)
	}

	/// Executes a block, and undoes it.
	pub fn measure(&mut self, built: &Built) -> Result<f64> {
		self.undone(|chain| chain.execute(built))
	}

	/// Executes a block and keeps it: the next is built on it.
	pub fn import(&mut self, built: Built) -> Result<()> {
		self.execute(&built)?;
		self.state.commit_all().map_err(anyhow::Error::msg)?;
		self.head = built.header;
		Ok(())
	}

	/// Alice, who signs for this chain.
	pub fn signer(&self) -> Signer {
		Signer { genesis: self.genesis }
	}
}

/// Alice.
pub struct Signer {
	genesis: H256,
}

impl Signer {
	/// A transaction that she signs.
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
