//! Commitments and attestations, to the byte. Runtime, off-chain worker and client all use these.

use crate::{AccountId, BountyId, Hash, RoundIndex, Slot, MAX_TRAINERS};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_io::hashing::blake2_256;
use sp_runtime::BoundedVec;

/// BLAKE2b-256 by the host.
pub struct HostBlake2;

impl sheaf_aggregation::Hasher for HostBlake2 {
	fn hash(bytes: &[u8]) -> sheaf_aggregation::Hash {
		blake2_256(bytes)
	}
}

const COMMIT_TAG: [u8; 15] = *b"sheaf/commit/v1";
const ATTEST_TAG: [u8; 15] = *b"sheaf/attest/v1";
const INPUTS_TAG: [u8; 15] = *b"sheaf/inputs/v1";
const SLICE_TAG: [u8; 14] = *b"sheaf/slice/v1";

fn hash_of(value: &impl Encode) -> Hash {
	value.using_encoded(blake2_256).into()
}

/// A trainer's commitment to an update. Whoever holds the blob can open it.
pub fn commitment_hash(
	genesis: &Hash,
	bounty: BountyId,
	round: RoundIndex,
	attempt: u8,
	account: &AccountId,
	root: &Hash,
) -> Hash {
	hash_of(&(COMMIT_TAG, genesis, bounty, round, attempt, account, root))
}

/// A sponsor's commitment to an evaluation slice. The slice's salt hides it.
pub fn slice_commitment(slice_root: &Hash) -> Hash {
	hash_of(&(SLICE_TAG, slice_root))
}

/// An update that went into a result.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct IncludedUpdate {
	/// Place of the trainer; updates stand in ascending order of it.
	pub slot: Slot,
	/// Who trained it, and is paid.
	pub account: AccountId,
	/// Root of the update.
	pub root: Hash,
	/// Weight under the weighted mean.
	pub weight: u32,
}

/// Digest of everything that a result is a function of.
pub fn inputs_hash(
	genesis: &Hash,
	bounty: BountyId,
	round: RoundIndex,
	rule_version: u16,
	previous_model_root: &Hash,
	updates: &[IncludedUpdate],
	slice_root: Option<&Hash>,
) -> Hash {
	hash_of(&(
		INPUTS_TAG,
		(genesis, bounty, round, rule_version),
		previous_model_root,
		updates,
		slice_root,
	))
}

/// How a model does without one trainer's update.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct LeaveOneOut {
	/// Correct answers of the model without the update.
	pub correct: u32,
	/// Examples that the models with and without it answer differently.
	pub changed: u32,
}

impl LeaveOneOut {
	/// Marginal contribution to a model with `correct` answers: `m = correct - self.correct` where
	/// that is more than noise, `m > 0` and `m^2 > 4 * changed`, else 0. (If the update changed
	/// answers at random, `m` would have a standard deviation of at most `sqrt(changed)`.)
	pub fn marginal(&self, correct: u32) -> u32 {
		let marginal = correct.saturating_sub(self.correct);
		let square = u64::from(marginal).saturating_mul(marginal.into());
		match square > u64::from(self.changed).saturating_mul(4) {
			true => marginal,
			false => 0,
		}
	}
}

/// How the next model does on the round's evaluation slice.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Scores {
	/// Correct answers of the next model.
	pub correct: u32,
	/// One entry per included update in slot order; empty where the bounty does not pay by
	/// marginal contribution.
	pub leave_one_out: BoundedVec<LeaveOneOut, ConstU32<MAX_TRAINERS>>,
	/// [`sheaf_aggregation::answers_hash`] of the predicted labels.
	pub answers: Hash,
}

/// What verifiers and aggregator compute, attest and publish.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RoundResult {
	/// Root of the next model.
	pub next_model_root: Hash,
	/// Present if and only if the round froze an evaluation slice.
	pub scores: Option<Scores>,
}

impl RoundResult {
	/// Digest that attestations are over.
	pub fn hash(&self) -> Hash {
		hash_of(self)
	}
}

/// Where an attestation belongs: it can be used nowhere else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttestationContext<'a> {
	/// Hash of block 0.
	pub genesis: &'a Hash,
	/// The bounty.
	pub bounty: BountyId,
	/// The round.
	pub round: RoundIndex,
	/// The attempt of the round.
	pub attempt: u8,
	/// The frozen inputs.
	pub inputs: &'a Hash,
}

impl AttestationContext<'_> {
	/// The attestation of `account` to the result with `result_hash`.
	pub fn attestation_hash(&self, account: &AccountId, result_hash: &Hash) -> Hash {
		hash_of(&(
			ATTEST_TAG,
			(self.genesis, self.bounty, self.round, self.attempt),
			account,
			self.inputs,
			result_hash,
		))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn hash(byte: u8) -> Hash {
		Hash::repeat_byte(byte)
	}

	#[test]
	fn a_commitment_is_the_hash_of_the_documented_bytes() {
		let account = AccountId::new([7; 32]);
		let mut bytes = b"sheaf/commit/v1".to_vec();
		bytes.extend([1; 32]);
		bytes.extend(2u32.to_le_bytes());
		bytes.extend(3u32.to_le_bytes());
		bytes.push(4);
		bytes.extend([7; 32]);
		bytes.extend([9; 32]);
		assert_eq!(
			commitment_hash(&hash(1), BountyId(2), RoundIndex(3), 4, &account, &hash(9)).0,
			blake2_256(&bytes)
		);
	}

	#[test]
	fn an_attestation_is_the_hash_of_the_documented_bytes() {
		let account = AccountId::new([7; 32]);
		let mut bytes = b"sheaf/attest/v1".to_vec();
		bytes.extend([1; 32]);
		bytes.extend(2u32.to_le_bytes());
		bytes.extend(3u32.to_le_bytes());
		bytes.push(4);
		bytes.extend([7; 32]);
		bytes.extend([5; 32]);
		bytes.extend([6; 32]);
		let context = AttestationContext {
			genesis: &hash(1),
			bounty: BountyId(2),
			round: RoundIndex(3),
			attempt: 4,
			inputs: &hash(5),
		};
		assert_eq!(context.attestation_hash(&account, &hash(6)).0, blake2_256(&bytes));
	}

	#[test]
	fn inputs_are_the_hash_of_the_documented_bytes() {
		let update = IncludedUpdate {
			slot: Slot(258),
			account: AccountId::new([7; 32]),
			root: hash(8),
			weight: 3,
		};
		let mut bytes = b"sheaf/inputs/v1".to_vec();
		bytes.extend([1; 32]);
		bytes.extend(2u32.to_le_bytes());
		bytes.extend(3u32.to_le_bytes());
		bytes.extend(1u16.to_le_bytes());
		bytes.extend([5; 32]);
		bytes.push(1 << 2);
		bytes.extend(258u16.to_le_bytes());
		bytes.extend([7; 32]);
		bytes.extend([8; 32]);
		bytes.extend(3u32.to_le_bytes());
		bytes.push(1);
		bytes.extend([9; 32]);
		let inputs = inputs_hash(
			&hash(1),
			BountyId(2),
			RoundIndex(3),
			1,
			&hash(5),
			&[update],
			Some(&hash(9)),
		);
		assert_eq!(inputs.0, blake2_256(&bytes));
	}

	#[test]
	fn the_hosts_hash_is_that_of_every_client() {
		use sheaf_aggregation::{Blake2b256, Hasher};
		for length in [0, 40, 64, 152, 1_024] {
			let bytes = alloc::vec![7; length];
			assert_eq!(HostBlake2::hash(&bytes), Blake2b256::hash(&bytes), "{length} bytes");
		}
	}

	#[test]
	fn another_account_makes_another_attestation() {
		let (genesis, inputs) = (hash(1), hash(5));
		let context = AttestationContext {
			genesis: &genesis,
			bounty: BountyId(2),
			round: RoundIndex(3),
			attempt: 0,
			inputs: &inputs,
		};
		let [first, second] = [1, 2].map(|byte| AccountId::new([byte; 32]));
		assert_ne!(
			context.attestation_hash(&first, &hash(6)),
			context.attestation_hash(&second, &hash(6))
		);
	}
}
