//! The next model from files, chunk by chunk, and its score.

use crate::blob::{self, BlobError, BlobReader, BlobWriter};
use sheaf_aggregation::{
	aggregate_chunk, answers_hash, changed, read_elements, score, Blake2b256, ChunkBytes,
	InferenceError, Predictor, Score, SliceLayout, WeightedChunk,
};
use sheaf_training::{BountySpec, Hash, LeaveOneOut, RoundResult, Scores};
use std::path::{Path, PathBuf};

/// Why a result cannot be computed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ComputeError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error("the model cannot be scored: {0}")]
	Inference(#[from] InferenceError),
	#[error("the bounty froze a slice but its spec has none")]
	NoSlices,
	#[error("an input ends before the model does")]
	ShortInput,
	#[error("the round has more updates than a round can have")]
	TooManyUpdates,
}

/// The frozen inputs of a round, downloaded and checked.
#[derive(Clone, Debug)]
pub struct InputFiles {
	/// The previous model.
	pub previous: PathBuf,
	/// Weights and updates in slot order.
	pub updates: Vec<(u32, PathBuf)>,
	/// The slice's root and file.
	pub slice: Option<(Hash, PathBuf)>,
}

/// Writes the next model to `next` and returns the result to attest.
///
/// # Errors
///
/// [`ComputeError`].
pub fn compute(
	spec: &BountySpec,
	inputs: &InputFiles,
	next: &Path,
) -> Result<RoundResult, ComputeError> {
	let next_model_root = next_model(spec, inputs, next)?;
	let scores = match &inputs.slice {
		None => None,
		Some((root, file)) => {
			let element_count = spec.parameters.element_count;
			let model = blob::read_elements(next, element_count, next_model_root)?;
			Some(Examiner::new(spec, root, file)?.scores(spec, inputs, &model)?)
		}
	};
	Ok(RoundResult { next_model_root, scores })
}

/// Writes the next model to `next` and returns its root, without a score.
///
/// # Errors
///
/// [`ComputeError`].
pub fn next_model(
	spec: &BountySpec,
	inputs: &InputFiles,
	next: &Path,
) -> Result<Hash, ComputeError> {
	let mut writer = BlobWriter::create(next, blob::shape_of(spec.parameters.element_count)?)?;
	aggregate(spec, inputs, None, |_, chunk| Ok(writer.push(chunk)?))?;
	Ok(writer.finish(None)?)
}

/// Aggregates chunk by chunk, without the update at the place `left_out`.
fn aggregate(
	spec: &BountySpec,
	inputs: &InputFiles,
	left_out: Option<usize>,
	mut take: impl FnMut(u64, &ChunkBytes) -> Result<(), ComputeError>,
) -> Result<(), ComputeError> {
	let shape = blob::shape_of(spec.parameters.element_count)?;
	let mut previous = BlobReader::open(&inputs.previous, shape)?;
	let mut updates = Vec::new();
	for (place, (weight, file)) in inputs.updates.iter().enumerate() {
		if left_out != Some(place) {
			updates.push((*weight, BlobReader::open(file, shape)?));
		}
	}
	let mut chunks: Vec<(u32, ChunkBytes)> = Vec::with_capacity(updates.len());
	for index in 0..shape.leaf_count() {
		let before = previous.next_chunk()?.ok_or(ComputeError::ShortInput)?;
		chunks.clear();
		for (weight, reader) in &mut updates {
			chunks.push((*weight, reader.next_chunk()?.ok_or(ComputeError::ShortInput)?));
		}
		let weighted: Vec<WeightedChunk<'_>> =
			chunks.iter().map(|(weight, chunk)| WeightedChunk { weight: *weight, chunk }).collect();
		take(index, &aggregate_chunk(&spec.parameters, index, &before, &weighted))?;
	}
	Ok(())
}

/// Scores models on one slice.
struct Examiner {
	predictor: Predictor,
	layout: SliceLayout,
	slice: Vec<i32>,
}

impl Examiner {
	fn new(spec: &BountySpec, slice_root: &Hash, slice: &Path) -> Result<Self, ComputeError> {
		let network = spec.network().ok_or(ComputeError::NoSlices)?;
		let layout = spec.slice_layout().ok_or(ComputeError::NoSlices)?;
		let slice = blob::read_elements(slice, layout.element_count(), *slice_root)?;
		Ok(Self { predictor: Predictor::new(&network, spec.fraction_bits)?, layout, slice })
	}

	fn scores(
		&mut self,
		spec: &BountySpec,
		inputs: &InputFiles,
		model: &[i32],
	) -> Result<Scores, ComputeError> {
		let whole = self.score(model)?;
		let mut leave_one_out = Vec::new();
		if spec.measures_contribution() {
			for place in 0..inputs.updates.len() {
				let without = self.score(&model_without(spec, inputs, place)?)?;
				let changed = changed(&whole.predictions, &without.predictions);
				leave_one_out.push(LeaveOneOut { correct: without.correct, changed });
			}
		}
		Ok(Scores {
			correct: whole.correct,
			leave_one_out: leave_one_out.try_into().map_err(|_| ComputeError::TooManyUpdates)?,
			answers: answers_hash::<Blake2b256>(&whole.predictions).into(),
		})
	}

	fn score(&mut self, model: &[i32]) -> Result<Score, ComputeError> {
		Ok(score(&mut self.predictor, model, self.layout, &self.slice)?)
	}
}

/// The elements of the model without the update at `place`: without the only one, those of the
/// previous model.
fn model_without(
	spec: &BountySpec,
	inputs: &InputFiles,
	place: usize,
) -> Result<Vec<i32>, ComputeError> {
	let shape = blob::shape_of(spec.parameters.element_count)?;
	let mut elements = Vec::new();
	aggregate(spec, inputs, Some(place), |index, chunk| {
		elements.extend(read_elements(chunk).iter().take(shape.elements_in_chunk(index)));
		Ok(())
	})?;
	Ok(elements)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		dataset::Dataset,
		slices,
		spec_file::{tests::limits, SpecFile},
	};

	fn spec() -> BountySpec {
		let text = r#"{"network": [100, 3], "rounds": 1, "min_trainers": 1, "max_trainers": 3,
			"reward": "1"}"#;
		let file: SpecFile = serde_json::from_str(text).unwrap();
		let evaluation = Some((4, vec![Hash::zero()]));
		file.build(Hash::zero(), evaluation, &limits()).unwrap()
	}

	#[test]
	fn the_next_model_is_the_rule_of_its_inputs_and_is_scored() {
		let spec = spec();
		let folder = tempfile::tempdir().unwrap();
		let file = |name: &str| folder.path().join(name);
		let previous: Vec<i32> = (0..303).collect();
		blob::write_elements(&file("previous"), &previous).unwrap();
		for (name, delta) in [("a", 10), ("b", 21)] {
			blob::write_elements(&file(name), &[delta; 303]).unwrap();
		}
		let data = Dataset { features: vec![1.0; 400], labels: vec![2; 4], width: 100 };
		let layout = spec.slice_layout().unwrap();
		let slice = slices::build(&data, layout, 1, 16).unwrap().remove(0);
		blob::write_elements(&file("slice"), &slice.elements).unwrap();
		let inputs = InputFiles {
			previous: file("previous"),
			updates: vec![(1, file("a")), (1, file("b"))],
			slice: Some((slice.root, file("slice"))),
		};
		let result = compute(&spec, &inputs, &file("next")).unwrap();
		let expected: Vec<i32> = previous.iter().map(|value| value + 16).collect();
		assert_eq!(result.next_model_root, blob::root_of_elements(&expected).unwrap());
		let scores = result.scores.unwrap();
		assert_eq!(scores.correct, 4, "the third output has the largest weights");
		assert_eq!(scores.answers.0, answers_hash::<Blake2b256>(&[2; 4]));
		assert!(scores.leave_one_out.is_empty());
	}

	#[test]
	fn a_contribution_is_what_is_worse_without_the_update() {
		let mut spec = spec();
		spec.marginal_share = sp_runtime::Permill::from_percent(40);
		let folder = tempfile::tempdir().unwrap();
		let file = |name: &str| folder.path().join(name);
		blob::write_elements(&file("previous"), &[0; 303]).unwrap();
		// The last three elements are the biases of the labels.
		let update = |name: &str, label: usize, delta: i32| {
			let mut elements = [0; 303];
			elements[300 + label] = delta;
			blob::write_elements(&file(name), &elements).unwrap();
		};
		update("a", 2, 90);
		update("b", 1, 60);
		let data = Dataset { features: vec![0.0; 400], labels: vec![2, 2, 2, 1], width: 100 };
		let layout = spec.slice_layout().unwrap();
		let slice = slices::build(&data, layout, 1, 16).unwrap().remove(0);
		blob::write_elements(&file("slice"), &slice.elements).unwrap();
		let slice = Some((slice.root, file("slice")));
		let updates = vec![(1, file("a")), (1, file("b"))];
		let inputs = InputFiles { previous: file("previous"), updates, slice };
		let scores = compute(&spec, &inputs, &file("next")).unwrap().scores.unwrap();
		assert_eq!(scores.correct, 3, "a outweighs b");
		let (without_a, without_b) =
			(LeaveOneOut { correct: 1, changed: 4 }, LeaveOneOut { correct: 3, changed: 0 });
		assert_eq!(scores.leave_one_out.to_vec(), [without_a, without_b]);

		let inputs = InputFiles { updates: vec![(1, file("a"))], ..inputs };
		let scores = compute(&spec, &inputs, &file("next")).unwrap().scores.unwrap();
		// The previous model answers 0 to everything.
		assert_eq!(scores.leave_one_out.to_vec(), [LeaveOneOut { correct: 0, changed: 4 }]);
	}

	#[test]
	fn without_a_slice_there_is_no_score() {
		let spec = spec();
		let folder = tempfile::tempdir().unwrap();
		let previous = folder.path().join("previous");
		let root = blob::write_elements(&previous, &[7; 303]).unwrap();
		let inputs = InputFiles { previous, updates: Vec::new(), slice: None };
		let result = compute(&spec, &inputs, &folder.path().join("next")).unwrap();
		assert_eq!(result, RoundResult { next_model_root: root, scores: None });
	}
}
