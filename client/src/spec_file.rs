//! A bounty's spec as a JSON file for people.

use crate::{
	amount::{self, AmountError},
	model::{Layout, TensorShape},
	trainer::train::Hints,
};
use codec::Encode;
use serde::{Deserialize, Serialize};
use sheaf_aggregation::{to_fixed, Parameters, Rule};
use sheaf_training::{
	Balance, BlockNumber, BountySpec, EnrolmentPolicy, Evaluation, Hash, Limits, PhaseLengths,
	Tensor, RULE_VERSION,
};
use sp_runtime::Permill;
use std::{fs, path::Path};

/// Why a spec file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SpecFileError {
	/// The file cannot be read.
	#[error("{path}: {reason}")]
	Unreadable {
		/// The file.
		path: String,
		/// Why.
		reason: String,
	},
	/// A field does not make sense.
	#[error("the spec's {field} {reason}")]
	BadField {
		/// Which.
		field: &'static str,
		/// Why.
		reason: String,
	},
	/// The reward is not an amount.
	#[error("the spec's reward: {0}")]
	Reward(#[from] AmountError),
}

fn bad(field: &'static str, reason: impl Into<String>) -> SpecFileError {
	SpecFileError::BadField { field, reason: reason.into() }
}

/// How updates become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
	/// Mean by weight.
	#[default]
	WeightedMean,
	/// Median.
	Median,
	/// Mean without `trim` values at each end.
	TrimmedMean {
		/// Values dropped at each end.
		trim: u16,
	},
}

impl From<RuleName> for Rule {
	fn from(name: RuleName) -> Self {
		match name {
			RuleName::WeightedMean => Self::WeightedMean,
			RuleName::Median => Self::Median,
			RuleName::TrimmedMean { trim } => Self::TrimmedMean { trim },
		}
	}
}

/// Who may enrol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentName {
	/// Every registered trainer.
	#[default]
	Open,
	/// Only whom the sponsor invited.
	Invited,
}

/// Phase lengths in blocks. What is left out is as short as the chain allows, but at least
/// [`USUAL_LENGTH`] for people and [`MACHINE_LENGTH`] for machines: phases end when all have acted,
/// and one that ends too early costs those who were about to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LengthsFile {
	pub prepare: Option<BlockNumber>,
	pub enrolment: Option<BlockNumber>,
	pub commit: Option<BlockNumber>,
	pub upload: Option<BlockNumber>,
	pub attest: Option<BlockNumber>,
	pub publish: Option<BlockNumber>,
	pub window: Option<BlockNumber>,
	pub answer: Option<BlockNumber>,
	pub proof: Option<BlockNumber>,
}

/// Blocks that people get to enrol and to train, where the spec does not say.
pub const USUAL_LENGTH: BlockNumber = 50;

/// Blocks that finality, transfers and computing get, where the spec does not say.
pub const MACHINE_LENGTH: BlockNumber = 20;

/// The file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecFile {
	/// Widths of a perceptron, inputs first: `[64, 32, 10]`. The chain can score it.
	#[serde(default)]
	pub network: Option<Vec<u32>>,
	/// Tensors of any other model.
	#[serde(default)]
	pub tensors: Option<Vec<TensorFile>>,
	/// `"weighted_mean"`, `"median"` or `{"trimmed_mean": {"trim": 1}}`.
	#[serde(default)]
	pub rule: RuleName,
	/// Rounds to train.
	pub rounds: u32,
	/// Fewest updates that make a round.
	pub min_trainers: u16,
	/// Places for trainers.
	pub max_trainers: u16,
	/// Largest weight of an invited trainer.
	#[serde(default = "one")]
	pub max_weight: u32,
	/// `"open"` or `"invited"`.
	#[serde(default)]
	pub enrolment: EnrolmentName,
	/// Largest magnitude of an update's element that counts, as a float.
	#[serde(default = "default_clip")]
	pub clip: f64,
	/// Largest magnitude of a model's element, as a float.
	#[serde(default = "default_model_bound")]
	pub model_bound: f64,
	/// Fraction bits of every element.
	#[serde(default = "default_fraction_bits")]
	pub fraction_bits: u8,
	/// Percent of the trainers' part that is paid by marginal contribution; needs slices.
	#[serde(default)]
	pub marginal_share: f64,
	/// Phase lengths.
	#[serde(default)]
	pub lengths: LengthsFile,
	/// Attempts that a round has.
	#[serde(default = "default_attempts")]
	pub max_attempts: u8,
	/// What trainers should do: [`Hints`], and whatever else a training program understands.
	#[serde(default)]
	pub training: serde_json::Map<String, serde_json::Value>,
	/// Decimal tokens.
	pub reward: String,
}

/// A tensor in the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorFile {
	/// Name in the safetensors file.
	pub name: String,
	/// Dimensions.
	pub shape: Vec<u32>,
}

fn one() -> u32 {
	1
}

fn default_clip() -> f64 {
	1.0
}

fn default_model_bound() -> f64 {
	64.0
}

fn default_fraction_bits() -> u8 {
	16
}

fn default_attempts() -> u8 {
	4
}

impl SpecFile {
	/// Reads the file.
	///
	/// # Errors
	///
	/// [`SpecFileError::Unreadable`] with the place of the mistake.
	pub fn read(path: &Path) -> Result<Self, SpecFileError> {
		let unreadable = |reason: String| {
			let path = path.display().to_string();
			SpecFileError::Unreadable { path, reason }
		};
		let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
		serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
	}

	/// The model's tensors.
	///
	/// # Errors
	///
	/// [`SpecFileError::BadField`] unless there is exactly one of network and tensors.
	pub fn layout(&self) -> Result<Layout, SpecFileError> {
		match (&self.network, &self.tensors) {
			(Some(widths), None) => Ok(Layout::of_network(widths, self.fraction_bits)),
			(None, Some(tensors)) => {
				let tensors = tensors.iter().map(|tensor| TensorShape {
					name: tensor.name.clone(),
					shape: tensor.shape.iter().map(|width| *width as usize).collect(),
				});
				Ok(Layout { tensors: tensors.collect(), fraction_bits: self.fraction_bits })
			}
			_ => Err(bad("model", "needs either \"network\" or \"tensors\"")),
		}
	}

	/// The reward in the smallest unit.
	///
	/// # Errors
	///
	/// [`SpecFileError::Reward`].
	pub fn reward(&self, decimals: u8) -> Result<Balance, SpecFileError> {
		Ok(amount::parse(&self.reward, decimals)?)
	}

	/// The spec that the chain takes.
	///
	/// # Errors
	///
	/// [`SpecFileError::BadField`] for what does not fit; the chain checks the rest.
	pub fn build(
		&self,
		initial_model_root: Hash,
		evaluation: Option<(u32, Vec<Hash>)>,
		limits: &Limits,
	) -> Result<BountySpec, SpecFileError> {
		let layout = self.layout()?;
		let manifest: Vec<Tensor> =
			layout.tensors.iter().map(tensor).collect::<Result<_, SpecFileError>>()?;
		let fixed = |field, value: f64| match to_fixed(value, self.fraction_bits) {
			Ok(element) if element > 0 => Ok(element),
			_ => Err(bad(field, "must be positive and fit into fixed point")),
		};
		let network = match &self.network {
			None => None,
			Some(widths) => {
				let widths = widths.clone().try_into();
				Some(widths.map_err(|_| bad("network", "has more than 9 widths"))?)
			}
		};
		let evaluation = match evaluation {
			None => None,
			Some((examples, commitments)) => {
				let slice_commitments =
					commitments.try_into().map_err(|_| bad("rounds", "are more than 128"))?;
				Some(Evaluation { examples, slice_commitments })
			}
		};
		let mut spec = BountySpec {
			rule_version: RULE_VERSION,
			parameters: Parameters {
				rule: self.rule.into(),
				element_count: layout.elements() as u64,
				clip: fixed("clip", self.clip)?,
				model_bound: fixed("model_bound", self.model_bound)?,
			},
			fraction_bits: self.fraction_bits,
			network,
			manifest: manifest.try_into().map_err(|_| bad("tensors", "are more than 64"))?,
			initial_model_root,
			evaluation,
			marginal_share: self.marginal_share()?,
			rounds: self.rounds,
			min_trainers: self.min_trainers,
			max_trainers: self.max_trainers,
			max_weight: self.max_weight,
			enrolment: match self.enrolment {
				EnrolmentName::Open => EnrolmentPolicy::Open,
				EnrolmentName::Invited => EnrolmentPolicy::Invited,
			},
			lengths: limits.min_lengths,
			max_attempts: self.max_attempts,
			training: self.training_bytes()?,
		};
		spec.lengths = self.lengths(&spec, limits);
		Ok(spec)
	}

	/// The part that is paid by marginal contribution, exact to a ten-thousandth of a percent.
	fn marginal_share(&self) -> Result<Permill, SpecFileError> {
		match self.marginal_share {
			percent @ 0.0..=100.0 => Ok(Permill::from_parts((percent * 10_000.0).round() as u32)),
			_ => Err(bad("marginal_share", "must be a percentage from 0 to 100")),
		}
	}

	/// What the built-in trainer reads of the hints.
	///
	/// # Errors
	///
	/// [`SpecFileError::BadField`].
	pub fn hints(&self) -> Result<Hints, SpecFileError> {
		let value = serde_json::Value::Object(self.training.clone());
		let hints: Hints =
			serde_json::from_value(value).map_err(|error| bad("training", error.to_string()))?;
		hints.check().map_err(|error| bad("training", error.to_string()))?;
		Ok(hints)
	}

	fn training_bytes<Bound: sp_core::Get<u32>>(
		&self,
	) -> Result<sp_core::bounded::BoundedVec<u8, Bound>, SpecFileError> {
		let mut training = self.training.clone();
		let hints = serde_json::to_value(self.hints()?);
		if let Ok(serde_json::Value::Object(hints)) = hints {
			training.extend(hints);
		}
		let text = serde_json::to_vec(&training).map_err(|e| bad("training", e.to_string()))?;
		text.try_into().map_err(|_| bad("training", "is longer than 1,024 bytes"))
	}

	fn lengths(&self, spec: &BountySpec, limits: &Limits) -> PhaseLengths {
		let (own, least) = (&self.lengths, &limits.min_lengths);
		PhaseLengths {
			prepare: own.prepare.unwrap_or(least.prepare.max(MACHINE_LENGTH)),
			enrolment: own.enrolment.unwrap_or(least.enrolment.max(USUAL_LENGTH)),
			commit: own.commit.unwrap_or(least.commit.max(USUAL_LENGTH)),
			upload: own.upload.unwrap_or(spec.min_upload(limits).max(MACHINE_LENGTH)),
			attest: own.attest.unwrap_or(least.attest.max(MACHINE_LENGTH)),
			publish: own.publish.unwrap_or(least.publish.max(MACHINE_LENGTH)),
			window: own.window.unwrap_or(least.window.max(1)),
			answer: own.answer.unwrap_or(least.answer.max(1)),
			proof: own.proof.unwrap_or(least.proof.max(1)),
		}
	}
}

fn tensor(shape: &TensorShape) -> Result<Tensor, SpecFileError> {
	let dimensions: Result<Vec<u32>, _> =
		shape.shape.iter().map(|dimension| u32::try_from(*dimension)).collect();
	let dimensions = dimensions.map_err(|_| bad("tensors", "are too large"))?;
	Ok(Tensor {
		name: shape
			.name
			.as_bytes()
			.to_vec()
			.try_into()
			.map_err(|_| bad("tensors", "have a name of more than 64 bytes"))?,
		shape: dimensions.try_into().map_err(|_| bad("tensors", "have more than 4 dimensions"))?,
	})
}

/// The reason for which the chain's own check refuses a spec.
pub fn refusal(error: sheaf_training::SpecError) -> crate::chain::Refusal {
	let name = format!("{error:?}");
	debug_assert_eq!(error.encode().len(), 1);
	crate::chain::Refusal { pallet: "TrainingBounties".into(), error: name, docs: String::new() }
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	pub(crate) fn limits() -> Limits {
		let lengths = |blocks| PhaseLengths {
			prepare: blocks,
			enrolment: blocks,
			commit: blocks,
			upload: blocks,
			attest: blocks,
			publish: blocks,
			window: blocks,
			answer: blocks,
			proof: blocks,
		};
		Limits {
			max_element_count: 1 << 24,
			max_inference_work: 1 << 40,
			min_lengths: lengths(3),
			max_lengths: lengths(10_000),
			upload_mib_per_block: 4,
			price_per_gib: 1,
			min_payment: 1,
			opening_fee: 1,
			max_doublings: 3,
			max_marginal_share: Permill::from_percent(60),
			min_marginal_examples: 30,
			challenge_bond: 10,
			max_challenges: 2,
			penalties: Default::default(),
		}
	}

	const MINIMAL: &str = r#"{
		"network": [64, 32, 10],
		"rounds": 2,
		"min_trainers": 2,
		"max_trainers": 4,
		"training": {"epochs": 3, "rate": 0.1, "momentum": 0.9, "batch": 16},
		"reward": "100.5"
	}"#;

	#[test]
	fn a_minimal_file_makes_a_spec_that_the_chain_accepts() {
		let file: SpecFile = serde_json::from_str(MINIMAL).unwrap();
		let commitments = vec![Hash::repeat_byte(1), Hash::repeat_byte(2)];
		let spec = file.build(Hash::zero(), Some((30, commitments)), &limits()).unwrap();
		assert_eq!(spec.check(&limits()), Ok(()));
		assert_eq!(spec.parameters.element_count, 65 * 32 + 33 * 10);
		assert_eq!(spec.parameters.clip, 1 << 16);
		assert_eq!(spec.lengths.commit, USUAL_LENGTH);
		assert_eq!(spec.lengths.upload, MACHINE_LENGTH);
		assert_eq!(Hints::of_spec(&spec).unwrap().epochs, 3);
		assert_eq!(Layout::of_spec(&spec), file.layout().unwrap());
		assert_eq!(file.reward(3).unwrap(), 100_500);
	}

	#[test]
	fn hints_for_a_program_of_ones_own_reach_the_chain() {
		let text = MINIMAL.replace("\"batch\": 16", "\"batch\": 16, \"dropout\": 0.5");
		let file: SpecFile = serde_json::from_str(&text).unwrap();
		let spec = file.build(Hash::zero(), None, &limits()).unwrap();
		let hints: serde_json::Value = serde_json::from_slice(&spec.training).unwrap();
		assert_eq!(hints["dropout"], 0.5);
		assert_eq!(hints["epochs"], 3);
	}

	#[test]
	fn rules_have_readable_names() {
		let rule = |text: &str| serde_json::from_str::<RuleName>(text).unwrap();
		assert_eq!(rule(r#""median""#), RuleName::Median);
		assert_eq!(rule(r#"{"trimmed_mean": {"trim": 2}}"#), RuleName::TrimmedMean { trim: 2 });
	}

	#[test]
	fn a_misspelt_field_is_refused() {
		let text = MINIMAL.replace("rounds", "round");
		let error = serde_json::from_str::<SpecFile>(&text).unwrap_err();
		assert!(error.to_string().contains("round"), "{error}");
	}

	#[test]
	fn a_share_by_contribution_is_a_percentage() {
		let text = MINIMAL.replace("\"rounds\"", "\"marginal_share\": 12.5, \"rounds\"");
		let mut file: SpecFile = serde_json::from_str(&text).unwrap();
		let commitments = || vec![Hash::repeat_byte(1), Hash::repeat_byte(2)];
		let spec = file.build(Hash::zero(), Some((30, commitments())), &limits()).unwrap();
		assert_eq!(spec.marginal_share, Permill::from_parts(125_000));
		assert_eq!(spec.check(&limits()), Ok(()));
		let few = file.build(Hash::zero(), Some((29, commitments())), &limits()).unwrap();
		assert_eq!(few.check(&limits()), Err(sheaf_training::SpecError::BadMarginalShare));
		for percent in [-1.0, 100.1, f64::NAN] {
			file.marginal_share = percent;
			let refused = file.build(Hash::zero(), None, &limits());
			let field = "marginal_share";
			assert!(matches!(refused, Err(SpecFileError::BadField { field: f, .. }) if f == field));
		}
	}

	#[test]
	fn times_for_challenges_are_the_chain_s_shortest_unless_given() {
		let file: SpecFile = serde_json::from_str(MINIMAL).unwrap();
		let spec = file.build(Hash::zero(), None, &limits()).unwrap();
		assert_eq!((spec.lengths.answer, spec.lengths.proof), (3, 3));
		let text = MINIMAL.replace("\"rounds\"", "\"lengths\": {\"answer\": 7}, \"rounds\"");
		let file: SpecFile = serde_json::from_str(&text).unwrap();
		let spec = file.build(Hash::zero(), None, &limits()).unwrap();
		assert_eq!((spec.lengths.answer, spec.lengths.proof), (7, 3));
	}

	#[test]
	fn a_clip_of_nothing_is_refused() {
		let mut file: SpecFile = serde_json::from_str(MINIMAL).unwrap();
		file.clip = 0.0;
		assert!(matches!(
			file.build(Hash::zero(), None, &limits()),
			Err(SpecFileError::BadField { field: "clip", .. })
		));
	}
}
