//! Evaluation slices: for each round a part of the sponsor's test data under a random salt.

use crate::{
	blob::{self, BlobError},
	dataset::{Dataset, DatasetError},
};
use rand::seq::SliceRandom;
use sheaf_aggregation::{to_fixed, SliceLayout, SALT_ELEMENTS};
use sheaf_training::{slice_commitment, Hash};

/// Why slices cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
	/// The data does not fit.
	#[error(transparent)]
	Data(#[from] DatasetError),
	/// No root.
	#[error(transparent)]
	Blob(#[from] BlobError),
	/// A feature is too large for fixed point.
	#[error("feature {feature} of example {example} is {value}, too large for fixed point")]
	TooLarge {
		/// Which example.
		example: usize,
		/// Which of its features.
		feature: usize,
		/// The value.
		value: f32,
	},
}

/// One round's slice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
	/// Salt and examples.
	pub elements: Vec<i32>,
	/// Root of its tree: a secret until the slice is revealed.
	pub root: Hash,
	/// What the spec carries.
	pub commitment: Hash,
}

/// Builds one slice per round of different examples, drawn by the system's randomness.
///
/// No example is in two slices: a slice is public after its round, and would measure nothing in a
/// later one.
///
/// # Errors
///
/// [`SliceError`].
pub fn build(
	data: &Dataset,
	layout: SliceLayout,
	rounds: u32,
	fraction_bits: u8,
) -> Result<Vec<Slice>, SliceError> {
	let per_round = layout.examples as usize;
	let needed = per_round.saturating_mul(rounds as usize);
	if data.width != layout.features as usize {
		let expected = layout.features as usize;
		return Err(DatasetError::WrongFeatures { found: data.width, expected }.into());
	}
	if per_round == 0 || data.len() < needed {
		let needed = needed.max(1);
		return Err(DatasetError::TooFewExamples { needed, found: data.len() }.into());
	}
	let mut order: Vec<usize> = (0..data.len()).collect();
	let mut random = rand::rng();
	order.shuffle(&mut random);
	let parts = order.chunks(per_round).take(rounds as usize);
	parts.map(|part| build_one(data, part, rand::random(), fraction_bits)).collect()
}

fn build_one(
	data: &Dataset,
	examples: &[usize],
	salt: [u8; 32],
	fraction_bits: u8,
) -> Result<Slice, SliceError> {
	let mut elements =
		Vec::with_capacity(SALT_ELEMENTS as usize + examples.len() * (data.width + 1));
	elements.extend(salt.as_chunks().0.iter().map(|word| i32::from_le_bytes(*word)));
	for &example in examples {
		for (feature, value) in data.example(example).iter().enumerate() {
			let element = to_fixed(f64::from(*value), fraction_bits)
				.map_err(|_| SliceError::TooLarge { example, feature, value: *value })?;
			elements.push(element);
		}
		elements.push(i32::try_from(data.labels[example]).unwrap_or(i32::MAX));
	}
	let root = blob::root_of_elements(&elements)?;
	Ok(Slice { elements, root, commitment: slice_commitment(&root) })
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_aggregation::{score, Network, Predictor};

	/// The label is the larger of two features.
	fn data(examples: usize) -> Dataset {
		let features = (0..examples).flat_map(|i| [(i % 7) as f32, (i % 5) as f32 + 0.5]);
		let features: Vec<f32> = features.collect();
		let labels = features.chunks(2).map(|pair| u32::from(pair[1] > pair[0])).collect();
		Dataset { features, labels, width: 2 }
	}

	#[test]
	fn the_chains_predictor_reads_the_slices() {
		let layout = SliceLayout { features: 2, examples: 10 };
		let slices = build(&data(35), layout, 3, 16).unwrap();
		let network = Network { widths: vec![2, 2] };
		let mut predictor = Predictor::new(&network, 16).unwrap();
		let identity = [1 << 16, 0, 0, 1 << 16, 0, 0];
		for slice in &slices {
			assert_eq!(slice.elements.len() as u64, layout.element_count());
			let score = score(&mut predictor, &identity, layout, &slice.elements).unwrap();
			assert_eq!(score.correct, 10);
			assert_eq!(slice.commitment, slice_commitment(&slice.root));
		}
	}

	#[test]
	fn slices_differ_even_over_the_same_examples() {
		let layout = SliceLayout { features: 2, examples: 5 };
		let first = build(&data(5), layout, 1, 16).unwrap();
		let second = build(&data(5), layout, 1, 16).unwrap();
		assert_ne!(first[0].root, second[0].root);
	}

	#[test]
	fn too_few_examples_are_refused() {
		let layout = SliceLayout { features: 2, examples: 10 };
		assert!(matches!(
			build(&data(29), layout, 3, 16),
			Err(SliceError::Data(DatasetError::TooFewExamples { needed: 30, found: 29 }))
		));
	}
}
