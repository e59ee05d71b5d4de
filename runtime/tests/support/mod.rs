//! A chain in process: real blocks of the real runtime, with BABE digests, inherents, signatures and
//! fees, but without a node.
#![allow(dead_code)]

pub mod actors;
pub mod books;
pub mod governance;
pub mod mischief;
pub mod stories;
pub mod world;

use codec::Encode;
use sheaf_runtime::{
	genesis_config_presets, AccountId, Babe, Balances, Executive, Header, Nonce, Runtime,
	RuntimeCall, RuntimeEvent, RuntimeGenesisConfig, SessionKeys, SignedPayload, System,
	TxExtension, UncheckedExtrinsic, MILLISECONDS_PER_BLOCK,
};
use sheaf_training::VerifierPair;
use sp_consensus_babe::digests::{PreDigest, SecondaryVRFPreDigest};
use sp_core::{
	crypto::VrfSecret,
	offchain::{testing::TestOffchainExt, OffchainDbExt, OffchainWorkerExt},
	sr25519, Pair, H256,
};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::Era,
	traits::{Header as _, IdentifyAccount, TransactionExtension as _},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, MultiAddress, MultiSigner,
};
use std::{
	collections::{BTreeMap, HashMap},
	sync::{LazyLock, Mutex},
};

/// Hash of block 0.
pub const GENESIS: H256 = H256::repeat_byte(7);

/// The genesis configuration of a preset: the default with the preset's changes.
pub fn genesis_config(preset: &str) -> RuntimeGenesisConfig {
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	let id = sp_genesis_builder::PresetId::from(preset);
	let patch = genesis_config_presets::get_preset(&id).unwrap();
	merge(&mut config, serde_json::from_slice(&patch).unwrap());
	serde_json::from_value(config).unwrap()
}

fn merge(into: &mut serde_json::Value, patch: serde_json::Value) {
	match (into, patch) {
		(serde_json::Value::Object(into), serde_json::Value::Object(patch)) => {
			for (key, value) in patch {
				merge(into.entry(key).or_insert(serde_json::Value::Null), value);
			}
		}
		(into, patch) => *into = patch,
	}
}

/// The key pair of a derivation such as `//Alice`. Kept, because deriving takes long.
pub fn pair(seed: &str) -> sr25519::Pair {
	static PAIRS: LazyLock<Mutex<HashMap<String, sr25519::Pair>>> = LazyLock::new(Default::default);
	let derive = || sr25519::Pair::from_string(seed, None).unwrap();
	PAIRS.lock().unwrap().entry(seed.into()).or_insert_with(derive).clone()
}

/// The verifier's session key pair of a derivation. Kept, too.
pub fn verifier_pair(seed: &str) -> VerifierPair {
	static PAIRS: LazyLock<Mutex<HashMap<String, VerifierPair>>> = LazyLock::new(Default::default);
	let derive = || VerifierPair::from_string(seed, None).unwrap();
	PAIRS.lock().unwrap().entry(seed.into()).or_insert_with(derive).clone()
}

/// The account of a derivation such as `//Alice`.
pub fn account(seed: &str) -> AccountId {
	MultiSigner::from(pair(seed).public()).into_account()
}

/// A chain and its state.
pub struct Chain {
	/// The state, with what was not committed yet on top.
	pub state: TestExternalities,
	head: H256,
	slot: u64,
	/// Events of every block so far, with the block's number.
	pub events: Vec<(u32, RuntimeEvent)>,
	/// Transactions of every block so far, good or bad.
	pub blocks: Vec<Vec<UncheckedExtrinsic>>,
	/// What every account owned at genesis.
	pub endowments: BTreeMap<AccountId, u128>,
}

impl Chain {
	/// A new chain of this preset.
	pub fn new(preset: &str) -> Self {
		let mut state = TestExternalities::new(genesis_config(preset).build_storage().unwrap());
		register_offchain(&mut state);
		let endowments = state.execute_with(|| {
			frame_system::BlockHash::<Runtime>::insert(0, GENESIS);
			let owned = |data: pallet_balances::AccountData<u128>| data.free + data.reserved;
			frame_system::Account::<Runtime>::iter().map(|(who, a)| (who, owned(a.data))).collect()
		});
		let (events, blocks) = Default::default();
		Self { state, head: GENESIS, slot: 1_000, events, blocks, endowments }
	}

	/// Another chain with the same blocks so far. It may go on in another way.
	pub fn fork(&mut self) -> Self {
		let mut state = TestExternalities::default();
		state.backend = self.state.as_backend();
		register_offchain(&mut state);
		let Self { head, slot, events, blocks, endowments, .. } = &*self;
		let (events, blocks) = (events.clone(), blocks.clone());
		Self { state, head: *head, slot: *slot, events, blocks, endowments: endowments.clone() }
	}

	/// Reads the state of the newest block.
	pub fn read<R>(&mut self, read: impl FnOnce() -> R) -> R {
		self.state.execute_with(read)
	}

	/// Changes the state behind the chain's back.
	pub fn tamper<R>(&mut self, change: impl FnOnce() -> R) -> R {
		self.state.execute_with(change)
	}

	/// Number of the newest block.
	pub fn height(&mut self) -> u32 {
		self.read(System::block_number)
	}

	/// Lets slots pass without a block.
	pub fn skip_slots(&mut self, slots: u64) {
		self.slot += slots;
	}

	/// Adds a block with these transactions, by whichever validator's turn it is.
	pub fn add_block(
		&mut self,
		transactions: Vec<UncheckedExtrinsic>,
	) -> Vec<ApplyExtrinsicResult> {
		self.begin_block();
		let results = transactions.into_iter().map(|transaction| self.apply(transaction)).collect();
		self.end_block();
		results
	}

	/// Begins a block, by whichever validator's turn it is.
	pub fn begin_block(&mut self) {
		let parent = self.head;
		self.slot += 1;
		self.blocks.push(Vec::new());
		let slot = self.slot;
		self.state.execute_with(|| {
			let number = System::block_number() + 1;
			let (digest, moment) = secondary_slot(slot);
			let header =
				Header::new(number, Default::default(), Default::default(), parent, digest);
			Executive::initialize_block(&header);
			let now = pallet_timestamp::Call::set { now: moment };
			let inherent = UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(now));
			Executive::apply_extrinsic(inherent).unwrap().unwrap();
		});
	}

	/// Applies a transaction to the block that was begun.
	pub fn apply(&mut self, transaction: UncheckedExtrinsic) -> ApplyExtrinsicResult {
		self.blocks.last_mut().unwrap().push(transaction.clone());
		self.state.execute_with(|| Executive::apply_extrinsic(transaction))
	}

	/// Ends the block that was begun.
	pub fn end_block(&mut self) {
		let (header, events) = self.state.execute_with(|| {
			let number = System::block_number();
			let events: Vec<_> =
				System::events().into_iter().map(|record| (number, record.event)).collect();
			(Executive::finalize_block(), events)
		});
		self.state.persist_offchain_overlay();
		self.state.commit_all().unwrap();
		self.head = header.hash();
		self.events.extend(events);
	}

	/// Adds a block in which every transaction must succeed.
	pub fn add_good_block(&mut self, transactions: Vec<UncheckedExtrinsic>) {
		for (place, result) in self.add_block(transactions).into_iter().enumerate() {
			assert_eq!(result, Ok(Ok(())), "transaction {place}");
		}
	}

	/// What a node's pool makes of a transaction. Changes nothing.
	pub fn validate(
		&mut self,
		source: TransactionSource,
		transaction: UncheckedExtrinsic,
	) -> TransactionValidity {
		let head = self.head;
		self.state.execute_with(|| {
			frame_support::storage::with_transaction(|| {
				let validity = Executive::validate_transaction(source, transaction, head);
				sp_runtime::TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(
					validity,
				))
			})
			.unwrap()
		})
	}

	/// A transaction that `who` signs.
	pub fn sign(
		&mut self,
		who: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> UncheckedExtrinsic {
		self.sign_later(who, call, 0)
	}

	/// A transaction that `who` signs, to come after `earlier` others in the same block.
	pub fn sign_later(
		&mut self,
		who: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
		earlier: Nonce,
	) -> UncheckedExtrinsic {
		self.sign_with_tip(who, call, earlier, 0)
	}

	/// A transaction that `who` signs, with a tip.
	pub fn sign_with_tip(
		&mut self,
		who: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
		earlier: Nonce,
		tip: u128,
	) -> UncheckedExtrinsic {
		let signer = MultiSigner::from(who.public()).into_account();
		let call = call.into();
		self.state.execute_with(|| {
			let nonce = System::account_nonce(&signer) + earlier;
			let payload = SignedPayload::new(call, extension(nonce, tip)).unwrap();
			let signature = payload.using_encoded(|bytes| who.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			let address = MultiAddress::Id(signer);
			UncheckedExtrinsic::new_signed(call, address, signature.into(), extension)
		})
	}

	/// A transaction that `who` signs for these versions of runtime and transactions.
	pub fn sign_for_version(
		&mut self,
		who: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
		(spec_version, transaction_version): (u32, u32),
	) -> UncheckedExtrinsic {
		let signer = MultiSigner::from(who.public()).into_account();
		let call = call.into();
		self.state.execute_with(|| {
			let extension = extension(System::account_nonce(&signer), 0);
			let mut implicit = extension.implicit().unwrap();
			(implicit.2, implicit.3) = (spec_version, transaction_version);
			let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
			let signature = payload.using_encoded(|bytes| who.sign(bytes));
			let address = MultiAddress::Id(signer);
			UncheckedExtrinsic::new_signed(call, address, signature.into(), extension)
		})
	}

	/// Everything an account owns, held or not.
	pub fn owns(&mut self, who: &AccountId) -> u128 {
		use frame_support::traits::fungible::Inspect;
		self.read(|| Balances::total_balance(who))
	}

	/// Runs every pallet's own checks of its state. Needs `--features try-runtime`.
	pub fn check_invariants(&mut self) {
		#[cfg(feature = "try-runtime")]
		self.read(|| {
			use frame_support::traits::{TryState, TryStateSelect};
			let now = System::block_number();
			sheaf_runtime::AllPalletsWithSystem::try_state(now, TryStateSelect::All).unwrap();
		});
		self.read(|| {
			let owned: u128 = frame_system::Account::<Runtime>::iter_values()
				.map(|account| account.data.free + account.data.reserved)
				.sum();
			assert_eq!(owned, pallet_balances::TotalIssuance::<Runtime>::get());
			assert_eq!(liabilities_of_nodes(), liabilities_of_rounds());
		});
	}
}

/// For how many rounds each node is liable, as the registry counts it.
fn liabilities_of_nodes() -> BTreeMap<AccountId, u32> {
	let nodes = pallet_node_registry::Nodes::<Runtime>::iter();
	nodes.map(|(who, node)| (who, node.liabilities)).filter(|(_, count)| *count > 0).collect()
}

/// The same, as the live rounds tell it.
fn liabilities_of_rounds() -> BTreeMap<AccountId, u32> {
	let mut liabilities = BTreeMap::new();
	for round in pallet_training_bounties::Rounds::<Runtime>::iter_values() {
		for who in round.answerable() {
			*liabilities.entry(who).or_default() += 1;
		}
	}
	liabilities
}

fn register_offchain(state: &mut TestExternalities) {
	let (offchain, _) = TestOffchainExt::with_offchain_db(state.offchain_db());
	state.register_extension(OffchainDbExt::new(offchain.clone()));
	state.register_extension(OffchainWorkerExt::new(offchain));
}

fn extension(nonce: Nonce, tip: u128) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(tip),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

/// The digest of the author of a secondary slot, and the slot's time. One slot, one block.
fn secondary_slot(slot: u64) -> (Digest, u64) {
	let slot = sp_consensus_babe::Slot::from(slot);
	let authorities = Babe::authorities();
	let authority_index = (*slot % authorities.len() as u64) as u32;
	let author = sp_keyring::Sr25519Keyring::iter()
		.find(|key| key.public() == authorities[authority_index as usize].0.clone().into())
		.unwrap();
	let epoch = epoch_of(*slot);
	let randomness = match epoch == pallet_babe::EpochIndex::<Runtime>::get() {
		true => Babe::randomness(),
		false => pallet_babe::NextRandomness::<Runtime>::get(),
	};
	let transcript = sp_consensus_babe::make_vrf_transcript(&randomness, slot, epoch);
	let vrf_signature = pair(&author.to_seed()).vrf_sign(&transcript.into_sign_data());
	let digest =
		PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index, slot, vrf_signature });
	let item = DigestItem::PreRuntime(sp_consensus_babe::BABE_ENGINE_ID, digest.encode());
	(Digest { logs: vec![item] }, *slot * MILLISECONDS_PER_BLOCK)
}

fn epoch_of(slot: u64) -> u64 {
	use frame_support::traits::Get;
	let first = *pallet_babe::GenesisSlot::<Runtime>::get();
	match first {
		0 => 0,
		_ => (slot - first) / sheaf_runtime::configs::EpochDuration::get(),
	}
}

/// The session keys that a well-known name derives.
pub fn session_keys(name: Sr25519Keyring) -> SessionKeys {
	let seed = sp_keyring::Ed25519Keyring::iter().find(|k| k.to_seed() == name.to_seed()).unwrap();
	SessionKeys {
		babe: name.public().into(),
		grandpa: seed.public().into(),
		verifier: seed.public().into(),
	}
}
