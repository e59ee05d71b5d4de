//! Fixtures for tests of the pallets and the runtime.

use crate::{
	AccountId, BountySpec, EnrolmentPolicy, Evaluation, Hash, Limits, Member, Penalties,
	PhaseLengths, ProtocolShares, RewardShares, Tensor, Training, VerifierId, RULE_VERSION,
};
use alloc::{vec, vec::Vec};
use sheaf_aggregation::{Parameters, Rule};
use sp_core::ed25519;
use sp_runtime::{BoundedVec, Permill};

/// An account told apart by one byte.
pub fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

/// A hash told apart by one byte.
pub fn hash(byte: u8) -> Hash {
	Hash::repeat_byte(byte)
}

/// A verifier whose key cannot sign.
pub fn member(byte: u8) -> Member {
	let key = VerifierId::from(ed25519::Public::from_raw([byte; 32]));
	Member { account: account(byte), key }
}

/// Lengths that are easy to count with.
pub fn lengths(each: u32) -> PhaseLengths {
	PhaseLengths {
		prepare: each,
		enrolment: each,
		commit: each,
		upload: each,
		attest: each,
		publish: each,
		window: each,
		answer: each,
		proof: each,
	}
}

/// Bounds that allow [`spec`].
pub fn limits() -> Limits {
	Limits {
		max_element_count: 1 << 20,
		max_inference_work: 1 << 30,
		min_lengths: lengths(4),
		max_lengths: lengths(1_000),
		upload_mib_per_block: 64,
		price_per_gib: 1_000_000,
		min_payment: 10,
		opening_fee: 5,
		max_doublings: 3,
		max_marginal_share: Permill::from_percent(50),
		min_marginal_examples: 10,
		challenge_bond: 500,
		max_challenges: 2,
		penalties: Penalties {
			missed_commit: 21,
			undelivered: 22,
			absent_aggregator: 23,
			false_attestation: 24,
		},
	}
}

/// The default shares.
pub fn shares() -> RewardShares {
	RewardShares {
		trainers: Permill::from_percent(75),
		verifiers: Permill::from_percent(10),
		aggregator: Permill::from_percent(5),
	}
}

/// The default protocol shares.
pub fn protocol_shares() -> ProtocolShares {
	ProtocolShares { treasury: Permill::from_percent(5), burn: Permill::from_percent(5) }
}

/// A linear model of 299 elements, two rounds, two to three trainers, with evaluation slices.
pub fn spec() -> BountySpec {
	let tensor = |name: &[u8], shape: &[u32]| Tensor {
		name: BoundedVec::truncate_from(name.to_vec()),
		shape: BoundedVec::truncate_from(shape.to_vec()),
	};
	let commitments: Vec<Hash> = (1..=2).map(|byte| crate::slice_commitment(&hash(byte))).collect();
	BountySpec {
		rule_version: RULE_VERSION,
		parameters: Parameters {
			rule: Rule::WeightedMean,
			element_count: 299,
			clip: 1 << 20,
			model_bound: 1 << 24,
		},
		fraction_bits: 16,
		network: Some(BoundedVec::truncate_from(vec![22, 13])),
		manifest: BoundedVec::truncate_from(vec![
			tensor(b"layers.0.weight", &[13, 22]),
			tensor(b"layers.0.bias", &[13]),
		]),
		initial_model_root: hash(100),
		evaluation: Some(Evaluation {
			examples: 10,
			slice_commitments: BoundedVec::truncate_from(commitments),
		}),
		marginal_share: Permill::zero(),
		rounds: 2,
		min_trainers: 2,
		max_trainers: 3,
		max_weight: 1,
		enrolment: EnrolmentPolicy::Open,
		lengths: lengths(10),
		max_attempts: 3,
		training: Default::default(),
	}
}

/// What benchmarks need from the runtime around the pallet.
pub trait BenchmarkHelper {
	/// Gives an account enough to open a bounty and to bond.
	fn fund(account: &AccountId);
	/// Registers and bonds a funded account for every role.
	fn register(account: &AccountId);
	/// Makes these the current validators, bonded as verifiers.
	fn seat_verifiers(members: Vec<Member>);
	/// Stores a bounty with its live rounds, its reward held.
	fn insert_training(training: Training);
}
