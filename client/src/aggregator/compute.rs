//! The next model from files, chunk by chunk, and its score.

use crate::blob::{self, BlobError, BlobReader, BlobWriter};
use sheaf_aggregation::{
	aggregate_chunk, answers_hash, score, Blake2b256, ChunkBytes, InferenceError, Predictor,
	WeightedChunk,
};
use sheaf_training::{BountySpec, Hash, RoundResult, Scores};
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
	let shape = blob::shape_of(spec.parameters.element_count)?;
	let mut previous = BlobReader::open(&inputs.previous, shape)?;
	let mut updates = Vec::new();
	for (weight, file) in &inputs.updates {
		updates.push((*weight, BlobReader::open(file, shape)?));
	}
	let mut writer = BlobWriter::create(next, shape)?;
	let mut chunks: Vec<(u32, ChunkBytes)> = Vec::with_capacity(updates.len());
	for index in 0..shape.leaf_count() {
		let before = previous.next_chunk()?.ok_or(ComputeError::ShortInput)?;
		chunks.clear();
		for (weight, reader) in &mut updates {
			chunks.push((*weight, reader.next_chunk()?.ok_or(ComputeError::ShortInput)?));
		}
		let weighted: Vec<WeightedChunk<'_>> =
			chunks.iter().map(|(weight, chunk)| WeightedChunk { weight: *weight, chunk }).collect();
		writer.push(&aggregate_chunk(&spec.parameters, index, &before, &weighted))?;
	}
	let next_model_root = writer.finish(None)?;
	let scores = match &inputs.slice {
		None => None,
		Some((root, file)) => Some(score_model(spec, next, &next_model_root, root, file)?),
	};
	Ok(RoundResult { next_model_root, scores })
}

fn score_model(
	spec: &BountySpec,
	model: &Path,
	model_root: &Hash,
	slice_root: &Hash,
	slice: &Path,
) -> Result<Scores, ComputeError> {
	let network = spec.network().ok_or(ComputeError::NoSlices)?;
	let layout = spec.slice_layout().ok_or(ComputeError::NoSlices)?;
	let model = blob::read_elements(model, spec.parameters.element_count, *model_root)?;
	let slice = blob::read_elements(slice, layout.element_count(), *slice_root)?;
	let mut predictor = Predictor::new(&network, spec.fraction_bits)?;
	let score = score(&mut predictor, &model, layout, &slice)?;
	Ok(Scores {
		correct: score.correct,
		leave_one_out: Default::default(),
		answers: answers_hash::<Blake2b256>(&score.predictions).into(),
	})
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
