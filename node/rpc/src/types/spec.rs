//! What a sponsor asks for, and what it costs.

use super::{Amount, BlockRef, HexHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_aggregation as aggregation;
use sheaf_training as training;
use sp_core::Get;
use sp_runtime::{BoundedVec, Permill};

/// How updates become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Rule {
	/// The mean by weight, rounded half up.
	WeightedMean,
	/// The middle value, or the mean of the two middle ones.
	Median,
	/// The mean of what is left without the lowest and the highest values.
	TrimmedMean {
		/// Values dropped at each end.
		trim: u16,
	},
}

impl From<aggregation::Rule> for Rule {
	fn from(rule: aggregation::Rule) -> Self {
		match rule {
			aggregation::Rule::WeightedMean => Self::WeightedMean,
			aggregation::Rule::Median => Self::Median,
			aggregation::Rule::TrimmedMean { trim } => Self::TrimmedMean { trim },
		}
	}
}

impl From<Rule> for aggregation::Rule {
	fn from(rule: Rule) -> Self {
		match rule {
			Rule::WeightedMean => Self::WeightedMean,
			Rule::Median => Self::Median,
			Rule::TrimmedMean { trim } => Self::TrimmedMean { trim },
		}
	}
}

/// Who may enrol as a trainer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentPolicy {
	/// Every registered trainer.
	Open,
	/// Only whom the sponsor invited.
	Invited,
}

impl From<training::EnrolmentPolicy> for EnrolmentPolicy {
	fn from(policy: training::EnrolmentPolicy) -> Self {
		match policy {
			training::EnrolmentPolicy::Open => Self::Open,
			training::EnrolmentPolicy::Invited => Self::Invited,
		}
	}
}

impl From<EnrolmentPolicy> for training::EnrolmentPolicy {
	fn from(policy: EnrolmentPolicy) -> Self {
		match policy {
			EnrolmentPolicy::Open => Self::Open,
			EnrolmentPolicy::Invited => Self::Invited,
		}
	}
}

/// A named tensor of the model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tensor {
	/// Name in the safetensors file.
	#[schemars(length(max = 64))]
	pub name: String,
	/// Dimensions; their product is the number of elements.
	#[schemars(length(max = 4))]
	pub shape: Vec<u32>,
}

impl From<training::Tensor> for Tensor {
	fn from(tensor: training::Tensor) -> Self {
		let name = String::from_utf8_lossy(&tensor.name).into_owned();
		Self { name, shape: tensor.shape.into_inner() }
	}
}

impl TryFrom<Tensor> for training::Tensor {
	type Error = TooLong;

	fn try_from(tensor: Tensor) -> Result<Self, TooLong> {
		let name = bounded(tensor.name.into_bytes(), "a tensor's name")?;
		Ok(Self { name, shape: bounded(tensor.shape, "a tensor's shape")? })
	}
}

/// The evaluation slices by which results are scored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evaluation {
	/// Examples in each slice.
	pub examples: u32,
	/// The commitment to each round's slice, first round first.
	#[schemars(length(max = 128))]
	pub slice_commitments: Vec<HexHash>,
}

impl From<training::Evaluation> for Evaluation {
	fn from(evaluation: training::Evaluation) -> Self {
		let commitments = evaluation.slice_commitments.into_iter().map(HexHash);
		Self { examples: evaluation.examples, slice_commitments: commitments.collect() }
	}
}

impl TryFrom<Evaluation> for training::Evaluation {
	type Error = TooLong;

	fn try_from(evaluation: Evaluation) -> Result<Self, TooLong> {
		let commitments = evaluation.slice_commitments.iter().map(|hash| hash.0).collect();
		let slice_commitments = bounded(commitments, "sliceCommitments")?;
		Ok(Self { examples: evaluation.examples, slice_commitments })
	}
}

/// Lengths of the phases in blocks, each for the first attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhaseLengths {
	/// Time for the committee to receive the initial model.
	pub prepare: u32,
	/// Time to enrol.
	pub enrolment: u32,
	/// Time to train and commit.
	pub commit: u32,
	/// Time to upload and be voted available.
	pub upload: u32,
	/// Time to compute and attest.
	pub attest: u32,
	/// Time to publish.
	pub publish: u32,
	/// Challenge window of an accepted result.
	pub window: u32,
	/// Time for each move of a challenge.
	pub answer: u32,
	/// Time to prove a result wrong after the last move of a challenge.
	pub proof: u32,
}

/// Converts between two types with the same phases.
macro_rules! same_lengths {
	($from:ty, $into:ty) => {
		impl From<$from> for $into {
			fn from(lengths: $from) -> Self {
				Self {
					prepare: lengths.prepare,
					enrolment: lengths.enrolment,
					commit: lengths.commit,
					upload: lengths.upload,
					attest: lengths.attest,
					publish: lengths.publish,
					window: lengths.window,
					answer: lengths.answer,
					proof: lengths.proof,
				}
			}
		}
	};
}

same_lengths!(training::PhaseLengths, PhaseLengths);
same_lengths!(PhaseLengths, training::PhaseLengths);

/// Everything about a bounty that never changes after it was opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BountySpec {
	/// Version of the rules; the runtime refuses another than its own.
	pub rule_version: u16,
	/// How updates become one.
	pub rule: Rule,
	/// Elements in the model and in every update.
	pub element_count: u64,
	/// Largest magnitude of an update's element that counts, in fixed point.
	pub clip: i32,
	/// Largest magnitude of a model's element, in fixed point.
	pub model_bound: i32,
	/// Fraction bits of every element, 1 to 30.
	pub fraction_bits: u8,
	/// Widths of a perceptron's layers, inputs first; without it the chain cannot score.
	#[serde(default)]
	#[schemars(length(max = 9))]
	pub network: Option<Vec<u32>>,
	/// Tensors in the order of the elements.
	#[schemars(length(max = 64))]
	pub manifest: Vec<Tensor>,
	/// Root of the model that round 1 starts from.
	pub initial_model_root: HexHash,
	/// Slices by which results are scored, if any.
	#[serde(default)]
	pub evaluation: Option<Evaluation>,
	/// Part of the trainers' part that is paid by marginal contribution, in parts of a million.
	#[serde(default)]
	#[schemars(range(max = 1_000_000))]
	pub marginal_share: u32,
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
	/// What trainers should do, JSON as text; the chain does not read it.
	#[serde(default)]
	#[schemars(length(max = 1024))]
	pub training: String,
}

impl From<training::BountySpec> for BountySpec {
	fn from(spec: training::BountySpec) -> Self {
		Self {
			rule_version: spec.rule_version,
			rule: spec.parameters.rule.into(),
			element_count: spec.parameters.element_count,
			clip: spec.parameters.clip,
			model_bound: spec.parameters.model_bound,
			fraction_bits: spec.fraction_bits,
			network: spec.network.map(BoundedVec::into_inner),
			manifest: super::all(spec.manifest),
			initial_model_root: spec.initial_model_root.into(),
			evaluation: spec.evaluation.map(Into::into),
			marginal_share: spec.marginal_share.deconstruct(),
			rounds: spec.rounds,
			min_trainers: spec.min_trainers,
			max_trainers: spec.max_trainers,
			max_weight: spec.max_weight,
			enrolment: spec.enrolment.into(),
			lengths: spec.lengths.into(),
			max_attempts: spec.max_attempts,
			training: String::from_utf8_lossy(&spec.training).into_owned(),
		}
	}
}

/// A list or text of a spec is longer than the chain can store, or a share is above the whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is too long or too large")]
pub struct TooLong(pub &'static str);

fn bounded<T, S: Get<u32>>(items: Vec<T>, name: &'static str) -> Result<BoundedVec<T, S>, TooLong> {
	items.try_into().map_err(|_| TooLong(name))
}

impl TryFrom<BountySpec> for training::BountySpec {
	type Error = TooLong;

	fn try_from(spec: BountySpec) -> Result<Self, TooLong> {
		if spec.marginal_share > 1_000_000 {
			return Err(TooLong("marginalShare"));
		}
		let tensors: Result<Vec<_>, _> = spec.manifest.into_iter().map(TryInto::try_into).collect();
		Ok(Self {
			rule_version: spec.rule_version,
			parameters: aggregation::Parameters {
				rule: spec.rule.into(),
				element_count: spec.element_count,
				clip: spec.clip,
				model_bound: spec.model_bound,
			},
			fraction_bits: spec.fraction_bits,
			network: spec.network.map(|widths| bounded(widths, "network")).transpose()?,
			manifest: bounded(tensors?, "manifest")?,
			initial_model_root: spec.initial_model_root.0,
			evaluation: spec.evaluation.map(TryInto::try_into).transpose()?,
			marginal_share: Permill::from_parts(spec.marginal_share),
			rounds: spec.rounds,
			min_trainers: spec.min_trainers,
			max_trainers: spec.max_trainers,
			max_weight: spec.max_weight,
			enrolment: spec.enrolment.into(),
			lengths: spec.lengths.into(),
			max_attempts: spec.max_attempts,
			training: bounded(spec.training.into_bytes(), "training")?,
		})
	}
}

/// What a bounty would cost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
	/// The block that was asked.
	pub at: BlockRef,
	/// Smallest reward that `open_bounty` accepts.
	pub min_reward: Amount,
	/// Kept by the treasury.
	pub opening_fee: Amount,
	/// Size of a model and of each update, in bytes.
	pub model_bytes: u64,
	/// Size of an evaluation slice, in bytes; 0 without.
	pub slice_bytes: u64,
	/// What a verifier reads per round at most, in bytes.
	pub bytes_per_verifier_and_round: u64,
	/// Shortest Upload phase for this size, in blocks.
	pub min_upload: u32,
	/// Verifiers that the price was computed for.
	pub committee: u32,
}

impl Quote {
	pub(crate) fn of(at: BlockRef, quote: training::Quote) -> Self {
		Self {
			at,
			min_reward: Amount(quote.min_reward),
			opening_fee: Amount(quote.opening_fee),
			model_bytes: quote.model_bytes,
			slice_bytes: quote.slice_bytes,
			bytes_per_verifier_and_round: quote.bytes_per_verifier_and_round,
			min_upload: quote.min_upload,
			committee: quote.committee,
		}
	}
}
