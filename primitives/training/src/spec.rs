//! What a sponsor asks for, the bounds governance sets, and the price floor.

use crate::{Balance, BlockNumber, Hash, Penalties, RoundIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sheaf_aggregation::{Network, Parameters, Shape, SliceLayout};
use sp_core::ConstU32;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding, traits::Saturating, BoundedVec, Permill,
	Rounding,
};

/// Most trainers of a bounty.
pub const MAX_TRAINERS: u32 = 64;
/// Most rounds of a bounty.
pub const MAX_ROUNDS: u32 = 128;
/// Most aggregators that may enrol for a bounty.
pub const MAX_AGGREGATORS: u32 = 8;
/// Most tensors in a model's manifest.
pub const MAX_TENSORS: u32 = 64;
/// Most attempts that a round may have.
pub const MAX_ATTEMPTS: u8 = 8;
/// Largest model, and largest slice, that can be scored, in elements: an off-chain worker holds each in
/// one allocation, which may not exceed 32 MiB.
pub const MAX_SCORED_ELEMENTS: u64 = 7_500_000;
/// Version of the aggregation rules and inference that this runtime executes.
pub const RULE_VERSION: u16 = 1;

/// A named tensor of the model; tensors are concatenated in order, each row-major.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tensor {
	/// Name in the safetensors file, UTF-8.
	pub name: BoundedVec<u8, ConstU32<64>>,
	/// Dimensions; their product is the number of elements.
	pub shape: BoundedVec<u32, ConstU32<4>>,
}

/// The sponsor's evaluation slices: one per round, revealed as a blob when the round closes.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Evaluation {
	/// Examples in each slice.
	pub examples: u32,
	/// [`crate::slice_commitment`] of each round's slice, first round first.
	pub slice_commitments: BoundedVec<Hash, ConstU32<MAX_ROUNDS>>,
}

/// Who may enrol as a trainer.
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
pub enum EnrolmentPolicy {
	/// Every registered trainer.
	Open,
	/// Only whom the sponsor invited.
	Invited,
}

/// Lengths of the phases in blocks, each for the first attempt.
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
pub struct PhaseLengths {
	/// Time for the committee to receive the initial model.
	pub prepare: BlockNumber,
	/// Time to enrol.
	pub enrolment: BlockNumber,
	/// Time to train and commit.
	pub commit: BlockNumber,
	/// Time to upload and be voted available.
	pub upload: BlockNumber,
	/// Time to compute and attest.
	pub attest: BlockNumber,
	/// Time to publish.
	pub publish: BlockNumber,
	/// Challenge window of an accepted result.
	pub window: BlockNumber,
	/// Time for each move of a challenge.
	pub answer: BlockNumber,
	/// Time to prove a result wrong after the last move of a challenge.
	pub proof: BlockNumber,
}

/// Everything about a bounty that never changes after it was opened.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BountySpec {
	/// Must be [`RULE_VERSION`] at opening; the runtime keeps every version in use.
	pub rule_version: u16,
	/// Rule, size and bounds of the aggregation.
	pub parameters: Parameters,
	/// Fraction bits of every element, 1 to 30; 16 by default.
	pub fraction_bits: u8,
	/// Widths of a perceptron's layers, inputs first; two widths are a linear model. Without it the
	/// chain aggregates but cannot score.
	pub network: Option<BoundedVec<u32, ConstU32<9>>>,
	/// Tensors in the order of the elements.
	pub manifest: BoundedVec<Tensor, ConstU32<MAX_TENSORS>>,
	/// Root of the model that round 1 starts from.
	pub initial_model_root: Hash,
	/// Slices by which results are scored, if any.
	pub evaluation: Option<Evaluation>,
	/// Part of the trainers' part that is paid by marginal contribution; the rest is paid equally.
	pub marginal_share: Permill,
	/// Rounds to train.
	pub rounds: u32,
	/// Fewest updates that make a round.
	pub min_trainers: u16,
	/// Places for trainers.
	pub max_trainers: u16,
	/// Largest weight that the sponsor may give to an invited trainer.
	pub max_weight: u32,
	/// Who may enrol.
	pub enrolment: EnrolmentPolicy,
	/// Phase lengths.
	pub lengths: PhaseLengths,
	/// Attempts that a round has before the bounty aborts.
	pub max_attempts: u8,
	/// What trainers should do, as JSON for the client's trainer (epochs, rate, momentum, batch).
	/// The chain does not read it.
	pub training: BoundedVec<u8, ConstU32<1024>>,
}

/// Bounds that governance sets.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Limits {
	/// Most elements of a model.
	pub max_element_count: u64,
	/// Most multiply-accumulates to score one result.
	pub max_inference_work: u64,
	/// Shortest phases.
	pub min_lengths: PhaseLengths,
	/// Longest phases.
	pub max_lengths: PhaseLengths,
	/// MiB of a round's data that Upload must allow a further block for.
	pub upload_mib_per_block: u32,
	/// Price of verifying 2^30 bytes by one verifier.
	pub price_per_gib: Balance,
	/// Smallest payment that can be delivered: the existential deposit.
	pub min_payment: Balance,
	/// What opening costs, kept by the treasury even if the bounty is cancelled.
	pub opening_fee: Balance,
	/// Most often that Upload, Attest and Publish double with the attempts.
	pub max_doublings: u8,
	/// Largest part of the trainers' part that a bounty may pay by marginal contribution.
	pub max_marginal_share: Permill,
	/// Fewest examples of a slice that marginal contributions may be measured with.
	pub min_marginal_examples: u32,
	/// What a challenger puts up.
	pub challenge_bond: Balance,
	/// Challenges that others than dissenting committee members may open of an accepted result.
	pub max_challenges: u8,
	/// What misconduct costs.
	pub penalties: Penalties,
}

/// Why a spec is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum SpecError {
	/// This runtime executes another rule version.
	UnknownRuleVersion,
	/// Rule, size or bounds could overflow or make no sense.
	UnsafeParameters,
	/// The model is larger than governance allows.
	ModelTooLarge,
	/// `fraction_bits` is not within 1 to 30.
	FractionBitsOutOfRange,
	/// The manifest's tensors do not add up to `element_count`, or a name repeats.
	ManifestMismatch,
	/// The network's layers do not add up to `element_count`, or are malformed.
	NetworkMismatch,
	/// Slices need a network, at least one example and one distinct commitment per round.
	BadEvaluation,
	/// Scoring one result would be more work than governance allows, or the model or a slice is larger
	/// than [`MAX_SCORED_ELEMENTS`].
	TooMuchInference,
	/// More is paid by marginal contribution than governance allows, or without slices that are
	/// large enough to measure it.
	BadMarginalShare,
	/// No rounds, or more than the most.
	RoundsOutOfRange,
	/// No trainers, more than the most, or a minimum above the maximum.
	TrainersOutOfRange,
	/// Weights need invitations.
	WeightsNeedInvitations,
	/// A phase is shorter than the minimum.
	PhaseTooShort,
	/// A phase is longer than the maximum.
	PhaseTooLong,
	/// No attempts, or more than the most.
	AttemptsOutOfRange,
}

/// Parts of the reward that are fixed when a bounty opens; the rest is the protocol's.
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
pub struct RewardShares {
	/// For the included trainers.
	pub trainers: Permill,
	/// For the committee.
	pub verifiers: Permill,
	/// For the drawn aggregator.
	pub aggregator: Permill,
}

/// What a bounty would cost, before opening it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Quote {
	/// Smallest reward that `open_bounty` accepts.
	pub min_reward: Balance,
	/// Kept by the treasury.
	pub opening_fee: Balance,
	/// Size of a model and of each update, in bytes.
	pub model_bytes: u64,
	/// Size of an evaluation slice, in bytes; 0 without.
	pub slice_bytes: u64,
	/// What a verifier reads per round at most, in bytes.
	pub bytes_per_verifier_and_round: u64,
	/// Shortest Upload phase for this size, in blocks.
	pub min_upload: BlockNumber,
	/// Verifiers that the price was computed for.
	pub committee: u32,
}

impl BountySpec {
	/// The shape of the model and of each update.
	pub fn shape(&self) -> Option<Shape> {
		self.parameters.shape()
	}

	/// The perceptron that the chain can score, if the spec has one.
	pub fn network(&self) -> Option<Network> {
		self.network.as_ref().map(|widths| Network { widths: widths.to_vec() })
	}

	/// Layout of an evaluation slice, if the spec has slices.
	pub fn slice_layout(&self) -> Option<SliceLayout> {
		let features = *self.network.as_ref()?.first()?;
		Some(SliceLayout { features, examples: self.evaluation.as_ref()?.examples })
	}

	/// The shape of an evaluation slice, if the spec has slices.
	pub fn slice_shape(&self) -> Option<Shape> {
		Shape::new(self.slice_layout()?.element_count())
	}

	/// The commitment to the slice of `round`.
	pub fn slice_commitment(&self, round: RoundIndex) -> Option<Hash> {
		let place = usize::try_from(round.0.checked_sub(1)?).ok()?;
		self.evaluation.as_ref()?.slice_commitments.get(place).copied()
	}

	/// Bytes of a model, padded to whole chunks.
	pub fn model_bytes(&self) -> u64 {
		self.shape().map_or(0, |shape| shape.size_bytes())
	}

	/// Bytes of a slice, padded to whole chunks; 0 without slices.
	pub fn slice_bytes(&self) -> u64 {
		self.slice_shape().map_or(0, |shape| shape.size_bytes())
	}

	/// Whether trainers are paid by marginal contribution, so that results carry leave-one-out scores.
	pub fn measures_contribution(&self) -> bool {
		!self.marginal_share.is_zero()
	}

	/// Models that a verifier makes and scores per round at most: the next one, and one without each
	/// trainer where contributions are measured.
	fn models_per_round(&self) -> u64 {
		match self.measures_contribution() {
			true => u64::from(self.max_trainers).saturating_add(1),
			false => 1,
		}
	}

	/// Bytes that a round moves to each verifier at most: every update, the previous and next model,
	/// the slice.
	fn round_bytes(&self) -> u64 {
		u64::from(self.max_trainers)
			.saturating_add(2)
			.saturating_mul(self.model_bytes())
			.saturating_add(self.slice_bytes())
	}

	/// What one verifier reads per round at most: every update, the previous and next model, once for
	/// each model that it makes, and the slice.
	pub fn bytes_per_verifier_and_round(&self) -> u64 {
		self.round_bytes().saturating_mul(self.models_per_round())
	}

	/// Shortest Upload phase for the size of this bounty's rounds, in blocks.
	pub fn min_upload(&self, limits: &Limits) -> BlockNumber {
		let bytes = self.round_bytes();
		let mib = bytes.div_ceil(1 << 20);
		let blocks = mib.div_ceil(u64::from(limits.upload_mib_per_block.max(1)));
		limits.min_lengths.upload.saturating_add(BlockNumber::try_from(blocks).unwrap_or(u32::MAX))
	}

	/// Refuses what cannot be trained, verified or bounded.
	pub fn check(&self, limits: &Limits) -> Result<(), SpecError> {
		use SpecError::*;
		let ensure = |holds: bool, error| if holds { Ok(()) } else { Err(error) };
		ensure(self.rule_version == RULE_VERSION, UnknownRuleVersion)?;
		ensure((1..=30).contains(&self.fraction_bits), FractionBitsOutOfRange)?;
		ensure((1..=MAX_ROUNDS).contains(&self.rounds), RoundsOutOfRange)?;
		let (min, max) = (self.min_trainers, self.max_trainers);
		ensure(min >= 1 && min <= max && u32::from(max) <= MAX_TRAINERS, TrainersOutOfRange)?;
		ensure((1..=MAX_ATTEMPTS).contains(&self.max_attempts), AttemptsOutOfRange)?;
		let invited = self.enrolment == EnrolmentPolicy::Invited;
		ensure(self.max_weight == 1 || invited, WeightsNeedInvitations)?;
		self.parameters.check(max, min, self.max_weight).map_err(|_| UnsafeParameters)?;
		ensure(self.parameters.element_count <= limits.max_element_count, ModelTooLarge)?;
		ensure(self.manifest_matches(), ManifestMismatch)?;
		self.check_evaluation(limits)?;
		ensure(self.marginal_share_allowed(limits), BadMarginalShare)?;
		self.check_lengths(limits)
	}

	fn manifest_matches(&self) -> bool {
		let mut elements = 0u64;
		for (place, tensor) in self.manifest.iter().enumerate() {
			let size = tensor.shape.iter().try_fold(1u64, |size, dimension| {
				size.checked_mul(u64::from(*dimension)).filter(|size| *size > 0)
			});
			let Some(sum) = size.and_then(|size| elements.checked_add(size)) else { return false };
			elements = sum;
			let repeated = self.manifest.iter().take(place).any(|other| other.name == tensor.name);
			if repeated || core::str::from_utf8(&tensor.name).is_err() {
				return false;
			}
		}
		elements == self.parameters.element_count
	}

	fn check_evaluation(&self, limits: &Limits) -> Result<(), SpecError> {
		use SpecError::*;
		let network = self.network();
		if let Some(network) = &network {
			network.check().map_err(|_| NetworkMismatch)?;
			if network.element_count() != Some(self.parameters.element_count) {
				return Err(NetworkMismatch);
			}
		}
		let Some(evaluation) = &self.evaluation else { return Ok(()) };
		let commitments = &evaluation.slice_commitments;
		let one_each = u32::try_from(commitments.len()) == Ok(self.rounds);
		let reused = commitments
			.iter()
			.enumerate()
			.any(|(place, commitment)| commitments.iter().take(place).any(|c| c == commitment));
		let Some(network) = network.filter(|_| evaluation.examples > 0 && one_each && !reused)
		else {
			return Err(BadEvaluation);
		};
		let slice = self
			.slice_shape()
			.filter(|shape| shape.element_count() <= limits.max_element_count)
			.ok_or(BadEvaluation)?;
		let held = [self.parameters.element_count, slice.element_count()];
		if held.into_iter().any(|elements| elements > MAX_SCORED_ELEMENTS) {
			return Err(TooMuchInference);
		}
		network
			.multiply_accumulates()
			.and_then(|work| work.checked_mul(u64::from(evaluation.examples)))
			.and_then(|work| work.checked_mul(self.models_per_round()))
			.filter(|work| *work <= limits.max_inference_work)
			.map(|_| ())
			.ok_or(TooMuchInference)
	}

	fn marginal_share_allowed(&self, limits: &Limits) -> bool {
		let measurable =
			self.evaluation.as_ref().is_some_and(|e| e.examples >= limits.min_marginal_examples);
		!self.measures_contribution()
			|| (measurable && self.marginal_share <= limits.max_marginal_share)
	}

	fn check_lengths(&self, limits: &Limits) -> Result<(), SpecError> {
		let shortest = PhaseLengths { upload: self.min_upload(limits), ..limits.min_lengths };
		let of = |l: &PhaseLengths| {
			[
				l.prepare,
				l.enrolment,
				l.commit,
				l.upload,
				l.attest,
				l.publish,
				l.window,
				l.answer,
				l.proof,
			]
		};
		let all = of(&self.lengths);
		if all.iter().zip(of(&shortest)).any(|(length, min)| *length < min.max(1)) {
			return Err(SpecError::PhaseTooShort);
		}
		if all.iter().zip(of(&limits.max_lengths)).any(|(length, max)| *length > max) {
			return Err(SpecError::PhaseTooLong);
		}
		Ok(())
	}

	/// What this bounty costs with `committee` verifiers a round.
	///
	/// The verifiers' part must be at least `price_per_gib * rounds * committee *
	/// bytes_per_verifier_and_round / 2^30`, where the bytes are `(max_trainers + 2) * model_bytes +
	/// slice_bytes`, times `max_trainers + 1` if contributions are measured. The smallest payment of a
	/// round, to a trainer without contribution, must be deliverable.
	pub fn quote(&self, limits: &Limits, shares: &RewardShares, committee: u32) -> Quote {
		let bytes = self.bytes_per_verifier_and_round();
		let verification = multiply_by_rational_with_rounding(
			limits.price_per_gib,
			u128::from(committee).saturating_mul(u128::from(bytes)),
			1 << 30,
			Rounding::Up,
		)
		.unwrap_or(Balance::MAX);
		let payments =
			|recipients: u32| limits.min_payment.saturating_mul(u128::from(recipients.max(1)));
		let paid_equally = Permill::one().saturating_sub(self.marginal_share);
		let to_trainers = match paid_equally.is_zero() {
			true => Balance::MAX,
			false => tranche_for(payments(u32::from(self.max_trainers)), paid_equally),
		};
		let tranche = [
			(to_trainers, shares.trainers),
			(payments(committee).max(verification), shares.verifiers),
			(payments(1), shares.aggregator),
		]
		.into_iter()
		.map(|(needed, share)| tranche_for(needed, share))
		.max()
		.unwrap_or(Balance::MAX);
		Quote {
			min_reward: tranche.saturating_mul(u128::from(self.rounds)),
			opening_fee: limits.opening_fee,
			model_bytes: self.model_bytes(),
			slice_bytes: self.slice_bytes(),
			bytes_per_verifier_and_round: bytes,
			min_upload: self.min_upload(limits),
			committee,
		}
	}
}

/// Smallest tranche of which `share` is at least `needed`; none is needed for a share of zero.
fn tranche_for(needed: Balance, share: Permill) -> Balance {
	match u128::from(share.deconstruct()) {
		0 => 0,
		parts => multiply_by_rational_with_rounding(needed, 1_000_000, parts, Rounding::Up)
			.unwrap_or(Balance::MAX),
	}
}
