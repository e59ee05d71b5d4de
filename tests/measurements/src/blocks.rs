//! What blocks cost: full ones, and empty ones on states with few and with many open bounties.

use crate::{chain::Chain, spread::Spread};
use anyhow::{Context, Result};
use frame_support::traits::Get;
use pallet_training_bounties::{Bounties, LiveBounties, NextBountyId, Rounds, Specs};
use serde::Serialize;
use sheaf_aggregation::{Parameters, Rule};
use sheaf_runtime::{
	configs::{BlockWeights, BountyLimits},
	AccountId, Runtime, RuntimeCall, UncheckedExtrinsic, MILLISECONDS_PER_BLOCK, WASM_BINARY,
};
use sheaf_training::{
	Bounty, BountyId, BountySpec, BountyState, EnrolmentPolicy, Hash, PhaseLengths, RewardShares,
	Round, RoundContext, RoundIndex, Slot, Tensor, Trainer, RULE_VERSION,
};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{BoundedVec, Permill};

/// Open bounties of the two states.
const OPEN: [u32; 2] = [1, 10_000];
/// The same, to show that measuring works.
const OPEN_SMOKE: [u32; 2] = [1, 100];
/// Trainers of each; Alice is the first.
const TRAINERS: u8 = 8;
const FIRST: RoundIndex = RoundIndex(1);

/// A block and how long its execution takes.
#[derive(Serialize)]
struct BlockCost {
	content: &'static str,
	open_bounties: u32,
	transactions: usize,
	bytes: usize,
	weight_picoseconds: u64,
	seconds: Spread,
}

/// Everything measured.
#[derive(Serialize)]
pub struct Results {
	repetitions: u32,
	milliseconds_per_block: u64,
	block_picoseconds: u64,
	normal_picoseconds: u64,
	wasm_bytes: usize,
	wasm_compressed_bytes: usize,
	blocks: Vec<BlockCost>,
}

impl Results {
	/// What was in the blocks.
	pub fn summary(&self) -> String {
		let each = |block: &BlockCost| format!("{} {}", block.transactions, block.content);
		self.blocks.iter().map(each).collect::<Vec<_>>().join(", ")
	}
}

/// Measures all blocks, each as the second of its chain: the first also starts the first epoch.
pub fn measure(smoke: bool, repetitions: u32) -> Result<Results> {
	let open = if smoke { OPEN_SMOKE } else { OPEN };
	let mut blocks = Vec::new();
	for bounties in open {
		let mut chain = Chain::new(|| insert_bounties(bounties))?;
		let first = chain.build(None)?;
		chain.import(first)?;
		blocks.push(cost(&mut chain, "nothing", bounties, None, repetitions)?);
		if bounties > 1 {
			let signer = chain.signer();
			let transfers = (0..).map(|nonce| signer.sign(transfer(nonce), nonce));
			blocks.push(cost(&mut chain, "transfers", bounties, transfers, repetitions)?);
			let commitments = (0..bounties).map(|nonce| signer.sign(commitment(nonce), nonce));
			blocks.push(cost(&mut chain, "commitments", bounties, commitments, repetitions)?);
		}
	}
	let weights: frame_system::limits::BlockWeights = BlockWeights::get();
	let class = weights.get(frame_support::dispatch::DispatchClass::Normal);
	let compressed = WASM_BINARY.context("built with SKIP_WASM_BUILD")?;
	let wasm = sp_maybe_compressed_blob::decompress(compressed, 1 << 26)?;
	Ok(Results {
		repetitions,
		milliseconds_per_block: MILLISECONDS_PER_BLOCK,
		block_picoseconds: weights.max_block.ref_time(),
		normal_picoseconds: class.max_total.context("ordinary calls have a limit")?.ref_time(),
		wasm_bytes: wasm.len(),
		wasm_compressed_bytes: compressed.len(),
		blocks,
	})
}

fn cost(
	chain: &mut Chain,
	content: &'static str,
	open_bounties: u32,
	transactions: impl IntoIterator<Item = UncheckedExtrinsic>,
	repetitions: u32,
) -> Result<BlockCost> {
	let block = chain.build(transactions)?;
	// The first compiles the runtime.
	chain.measure(&block)?;
	let seconds = (0..repetitions).map(|_| chain.measure(&block)).collect::<Result<_>>()?;
	Ok(BlockCost {
		content,
		open_bounties,
		transactions: block.transactions(),
		bytes: block.bytes(),
		weight_picoseconds: block.weight,
		seconds: Spread::of(seconds),
	})
}

/// A transfer to an account that is new.
fn transfer(number: u32) -> RuntimeCall {
	let mut bytes = [1; 32];
	bytes[..4].copy_from_slice(&number.to_le_bytes());
	let dest = AccountId::new(bytes).into();
	pallet_balances::Call::transfer_keep_alive { dest, value: sheaf_runtime::SHEAF }.into()
}

/// Alice's commitment in a bounty.
fn commitment(number: u32) -> RuntimeCall {
	let hash = Hash::repeat_byte(1);
	let bounty = BountyId(number);
	pallet_model_updates::Call::commit_update { bounty, round: FIRST, attempt: 0, hash }.into()
}

/// Opens so many bounties, of which the trainers of the first round are to commit.
fn insert_bounties(count: u32) {
	let (spec, bounty) = (spec(), bounty());
	let (genesis, limits) = (Hash::zero(), BountyLimits::get());
	for id in (0..count).map(BountyId) {
		let context = RoundContext {
			genesis: &genesis,
			bounty: id,
			round: FIRST,
			spec: &spec,
			limits: &limits,
			trainers: &bounty.trainers,
			now: 0,
		};
		Rounds::<Runtime>::insert(id, FIRST, Round::open(&context, spec.initial_model_root, true));
		Specs::<Runtime>::insert(id, spec.clone());
		Bounties::<Runtime>::insert(id, bounty.clone());
		LiveBounties::<Runtime>::insert(id.0.to_be_bytes(), ());
	}
	NextBountyId::<Runtime>::put(BountyId(count));
}

fn bounty() -> Bounty {
	let trainer = |slot: u8| Trainer {
		slot: Slot(slot.into()),
		account: match slot {
			0 => Sr25519Keyring::Alice.to_account_id(),
			_ => AccountId::new([slot; 32]),
		},
		weight: 1,
		active: true,
	};
	Bounty {
		sponsor: Sr25519Keyring::Bob.to_account_id(),
		reward: sheaf_runtime::SHEAF,
		spent: 0,
		shares: RewardShares {
			trainers: Permill::from_percent(75),
			verifiers: Permill::from_percent(10),
			aggregator: Permill::from_percent(5),
		},
		model_root: Hash::zero(),
		trainers: BoundedVec::truncate_from((0..TRAINERS).map(trainer).collect()),
		aggregators: Default::default(),
		invitations: Default::default(),
		struck_members: Default::default(),
		state: BountyState::Running { settled: RoundIndex(0), newest: FIRST, last: RoundIndex(10) },
	}
}

/// A linear model without evaluation.
fn spec() -> BountySpec {
	let tensor = Tensor {
		name: BoundedVec::truncate_from(b"weight".to_vec()),
		shape: BoundedVec::truncate_from(vec![10, 65]),
	};
	BountySpec {
		rule_version: RULE_VERSION,
		parameters: Parameters {
			rule: Rule::WeightedMean,
			element_count: 650,
			clip: 1 << 20,
			model_bound: 1 << 24,
		},
		fraction_bits: 16,
		network: None,
		manifest: BoundedVec::truncate_from(vec![tensor]),
		initial_model_root: Hash::zero(),
		evaluation: None,
		marginal_share: Permill::zero(),
		rounds: 10,
		min_trainers: 2,
		max_trainers: TRAINERS.into(),
		max_weight: 1,
		enrolment: EnrolmentPolicy::Open,
		lengths: PhaseLengths {
			prepare: 100,
			enrolment: 100,
			commit: 100,
			upload: 100,
			attest: 100,
			publish: 100,
			window: 100,
			answer: 100,
			proof: 100,
		},
		max_attempts: 3,
		training: Default::default(),
	}
}
