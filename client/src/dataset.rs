//! Data sets: a safetensors file with `features` `[n, d]` and `labels` `[n]`.

use crate::model::{self, ModelError};
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use std::{fs, path::Path};

/// Why a data set is refused.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
	/// The file cannot be read as safetensors, or a tensor has a wrong type.
	#[error(transparent)]
	File(#[from] ModelError),
	/// A tensor is not there or has another shape.
	#[error("{path} must have features [n, d] and labels [n]: {reason}")]
	WrongShape {
		/// The file.
		path: String,
		/// What is wrong.
		reason: String,
	},
	/// A feature is NaN or infinite.
	#[error("feature {feature} of example {example} is {value}")]
	NotFinite {
		/// Which example.
		example: usize,
		/// Which of its features.
		feature: usize,
		/// The value.
		value: f32,
	},
	/// A label is negative or has no output.
	#[error("example {example} has the label {label}, but the model's outputs are 0 to {highest}")]
	LabelOutOfRange {
		/// Which example.
		example: usize,
		/// Its label.
		label: u32,
		/// The last output.
		highest: u32,
	},
	/// Another number of features than the model has inputs.
	#[error("the data set has {found} features per example, the model {expected} inputs")]
	WrongFeatures {
		/// The data set's.
		found: usize,
		/// The model's.
		expected: usize,
	},
	/// Too few examples for what is asked.
	#[error("{needed} examples are needed, the data set has {found}")]
	TooFewExamples {
		/// How many are needed.
		needed: usize,
		/// How many there are.
		found: usize,
	},
}

/// Examples with labels.
#[derive(Clone, PartialEq, Debug)]
pub struct Dataset {
	/// `examples * features` values, row-major.
	pub features: Vec<f32>,
	/// One label per example.
	pub labels: Vec<u32>,
	/// Values per example.
	pub width: usize,
}

impl Dataset {
	/// Reads a data set.
	///
	/// # Errors
	///
	/// [`DatasetError`].
	pub fn read(path: &Path) -> Result<Self, DatasetError> {
		let name = path.display().to_string();
		let wrong = |reason: String| DatasetError::WrongShape { path: name.clone(), reason };
		let bytes = fs::read(path).map_err(|error| ModelError::Io { path: name.clone(), error })?;
		let file = SafeTensors::deserialize(&bytes).map_err(|error| {
			ModelError::NotSafetensors { path: name.clone(), reason: error.to_string() }
		})?;
		let features = file.tensor("features").map_err(|_| wrong("no features".into()))?;
		let labels = file.tensor("labels").map_err(|_| wrong("no labels".into()))?;
		let [examples, width] = features.shape()[..] else {
			return Err(wrong(format!("features are {:?}", features.shape())));
		};
		if labels.shape() != [examples] || examples == 0 || width == 0 {
			let shapes = format!("{:?} and {:?}", features.shape(), labels.shape());
			return Err(wrong(format!("they are {shapes}")));
		}
		let values = model::floats("features", &features)?;
		if let Some(place) = values.iter().position(|value| !value.is_finite()) {
			let (example, feature) = (place / width, place % width);
			return Err(DatasetError::NotFinite { example, feature, value: values[place] });
		}
		let labels = integers(labels.dtype(), labels.data()).ok_or_else(|| {
			wrong(format!(
				"labels must be I64, I32, U32 or U8, not negative, not {:?}",
				labels.dtype()
			))
		})?;
		Ok(Self { features: values, labels, width })
	}

	/// Number of examples.
	pub fn len(&self) -> usize {
		self.labels.len()
	}

	/// Whether there is no example.
	pub fn is_empty(&self) -> bool {
		self.labels.is_empty()
	}

	/// Features of one example.
	pub fn example(&self, index: usize) -> &[f32] {
		&self.features[index * self.width..(index + 1) * self.width]
	}

	/// These examples, in this order.
	pub fn select(&self, examples: &[usize]) -> Self {
		let features = examples.iter().flat_map(|index| self.example(*index)).copied().collect();
		let labels = examples.iter().map(|index| self.labels[*index]).collect();
		Self { features, labels, width: self.width }
	}

	/// Writes the data set: features as F32, labels as I64.
	///
	/// # Errors
	///
	/// [`DatasetError::File`].
	pub fn write(&self, path: &Path) -> Result<(), DatasetError> {
		let name = path.display().to_string();
		let features: Vec<u8> =
			self.features.iter().flat_map(|value| value.to_le_bytes()).collect();
		let labels: Vec<u8> =
			self.labels.iter().flat_map(|label| i64::from(*label).to_le_bytes()).collect();
		let failed = |error: safetensors::SafeTensorError| ModelError::NotSafetensors {
			path: name.clone(),
			reason: error.to_string(),
		};
		let shape = vec![self.len(), self.width];
		let features = TensorView::new(Dtype::F32, shape, &features).map_err(failed)?;
		let labels = TensorView::new(Dtype::I64, vec![self.len()], &labels).map_err(failed)?;
		let views = [("features", features), ("labels", labels)];
		let file = safetensors::serialize(views, None).map_err(failed)?;
		fs::write(path, file).map_err(|error| ModelError::Io { path: name.clone(), error })?;
		Ok(())
	}

	/// Checks that a model with these inputs and outputs can be trained or tested on it.
	///
	/// # Errors
	///
	/// [`DatasetError::WrongFeatures`], [`DatasetError::LabelOutOfRange`].
	pub fn fits(&self, inputs: u32, outputs: u32) -> Result<(), DatasetError> {
		if self.width != inputs as usize {
			return Err(DatasetError::WrongFeatures {
				found: self.width,
				expected: inputs as usize,
			});
		}
		match self.labels.iter().position(|label| *label >= outputs) {
			None => Ok(()),
			Some(example) => Err(DatasetError::LabelOutOfRange {
				example,
				label: self.labels[example],
				highest: outputs.saturating_sub(1),
			}),
		}
	}
}

/// Labels as u32, none for another type or a negative label.
fn integers(dtype: Dtype, data: &[u8]) -> Option<Vec<u32>> {
	match dtype {
		Dtype::I64 => data
			.as_chunks()
			.0
			.iter()
			.map(|word| u32::try_from(i64::from_le_bytes(*word)).ok())
			.collect(),
		Dtype::I32 => data
			.as_chunks()
			.0
			.iter()
			.map(|word| u32::try_from(i32::from_le_bytes(*word)).ok())
			.collect(),
		Dtype::U32 => Some(data.as_chunks().0.iter().map(|w| u32::from_le_bytes(*w)).collect()),
		Dtype::U8 => Some(data.iter().map(|byte| u32::from(*byte)).collect()),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	fn write(path: &Path, features: &[f32], width: usize, labels: &[i64]) {
		let features: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
		let bytes: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
		let shape = vec![labels.len(), width];
		let views = [
			("features", TensorView::new(Dtype::F32, shape, &features).unwrap()),
			("labels", TensorView::new(Dtype::I64, vec![labels.len()], &bytes).unwrap()),
		];
		fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
	}

	#[test]
	fn a_data_set_is_read_with_its_shape() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("train.safetensors");
		write(&path, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &[0, 1, 2]);
		let data = Dataset::read(&path).unwrap();
		assert_eq!((data.len(), data.width), (3, 2));
		assert_eq!(data.example(1), [3.0, 4.0]);
		assert!(data.fits(2, 3).is_ok());
		assert!(matches!(data.fits(2, 2), Err(DatasetError::LabelOutOfRange { example: 2, .. })));
		assert!(matches!(data.fits(3, 3), Err(DatasetError::WrongFeatures { .. })));
	}

	#[test]
	fn a_part_survives_the_disk() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("part.safetensors");
		let data = Dataset { features: vec![1.0, 2.0, 3.0, 4.0], labels: vec![7, 8], width: 2 };
		let part = data.select(&[1]);
		part.write(&path).unwrap();
		assert_eq!(Dataset::read(&path).unwrap(), part);
		assert_eq!(part.features, [3.0, 4.0]);
	}

	#[test]
	fn nan_and_negative_labels_are_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("train.safetensors");
		write(&path, &[1.0, f32::NAN], 1, &[0, 1]);
		assert!(matches!(Dataset::read(&path), Err(DatasetError::NotFinite { example: 1, .. })));
		write(&path, &[1.0, 2.0], 1, &[0, -1]);
		assert!(matches!(Dataset::read(&path), Err(DatasetError::WrongShape { .. })));
	}
}
