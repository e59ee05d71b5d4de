//! Integer inference and fixed point.

mod support;

use proptest::prelude::*;
use sheaf_aggregation::*;

fn network(widths: &[u32]) -> Network {
	Network { widths: widths.to_vec() }
}

fn predict(widths: &[u32], fraction_bits: u8, model: &[i32], features: &[i32]) -> u32 {
	Predictor::new(&network(widths), fraction_bits).unwrap().predict(model, features).unwrap()
}

#[test]
fn every_broken_network_is_named() {
	use NetworkError::*;
	for (widths, expected) in [
		(&[][..], Err(NoLayer)),
		(&[5], Err(NoLayer)),
		(&[1, 2], Ok(())),
		(&[1, 1], Err(TooFewOutputs)),
		(&[0, 2], Err(WidthOutOfRange)),
		(&[2, 0, 2], Err(WidthOutOfRange)),
		(&[65_537, 2], Err(WidthOutOfRange)),
		(&[65_536, 65_536], Ok(())),
		(&[2; 9], Ok(())),
		(&[2; 10], Err(TooManyLayers)),
	] {
		assert_eq!(network(widths).check(), expected, "{widths:?}");
	}
}

#[test]
fn elements_and_work_are_counted() {
	assert_eq!(network(&[784, 64, 10]).element_count(), Some(784 * 64 + 64 + 64 * 10 + 10));
	assert_eq!(network(&[784, 64, 10]).multiply_accumulates(), Some(784 * 64 + 64 * 10));
	assert_eq!(network(&[u32::MAX; 4]).element_count(), None);
	assert_eq!(network(&[]).element_count(), Some(0));
}

#[test]
fn wrong_shapes_are_refused() {
	use InferenceError::*;
	assert_eq!(
		Predictor::new(&network(&[1, 1]), 0).err(),
		Some(Network(NetworkError::TooFewOutputs))
	);
	assert_eq!(Predictor::new(&network(&[1, 2]), 31).err(), Some(TooManyFractionBits));
	let mut predictor = Predictor::new(&network(&[2, 3]), 16).unwrap();
	assert_eq!(predictor.element_count(), 9);
	assert_eq!(predictor.predict(&[0; 8], &[0; 2]), Err(WrongModelLength));
	assert_eq!(predictor.predict(&[0; 10], &[0; 2]), Err(WrongModelLength));
	assert_eq!(predictor.predict(&[0; 9], &[0; 3]), Err(WrongFeatureCount));
	let layout = SliceLayout { features: 2, examples: 3 };
	assert_eq!(layout.element_count(), 17);
	for length in [16, 18] {
		let slice = vec![0; length];
		assert_eq!(score(&mut predictor, &[0; 9], layout, &slice), Err(WrongSliceLength));
	}
	let other = SliceLayout { features: 3, examples: 1 };
	assert_eq!(score(&mut predictor, &[0; 9], other, &[0; 12]), Err(WrongFeatureCount));
}

#[test]
fn ties_go_to_the_lowest_label() {
	assert_eq!(predict(&[1, 4], 0, &[0, 0, 0, 0, 5, 7, 7, 6], &[1]), 1);
	assert_eq!(predict(&[1, 2], 16, &[0; 4], &[9]), 0);
	// Both saturate at the lowest i32.
	assert_eq!(predict(&[1, 2], 0, &[-2, -3, 0, 0], &[i32::MAX]), 0);
}

#[test]
fn outputs_round_half_up_and_hidden_ones_lose_their_sign() {
	// 1 fraction bit: (acc + 1) >> 1. Output 0 becomes 1 from acc = 1, output 1 is 0 from 0.
	assert_eq!(predict(&[1, 2], 1, &[0, 1, 0, 0], &[1]), 1);
	// acc = -1 rounds to 0, a tie.
	assert_eq!(predict(&[1, 2], 1, &[-1, 0, 0, 0], &[1]), 0);
	// acc = -2 rounds to -1.
	assert_eq!(predict(&[1, 2], 1, &[-2, 0, 0, 0], &[1]), 1);
	// A negative hidden value is cut to 0, so both outputs tie; a positive one is not.
	assert_eq!(predict(&[1, 1, 2], 0, &[1, 0, 0, 1, 0, 0], &[-5]), 0);
	assert_eq!(predict(&[1, 1, 2], 0, &[1, 0, 0, 1, 0, 0], &[5]), 1);
	// The last layer keeps its sign.
	assert_eq!(predict(&[1, 2], 0, &[-1, -2, 0, 0], &[-1]), 1);
	assert_eq!(predict(&[1, 2], 0, &[-2, -1, 0, 0], &[1]), 1);
}

#[test]
fn accumulation_wraps_at_64_bits() {
	// Two products of 2^62 make 2^63, which wraps to the lowest i64.
	let model = [i32::MIN, i32::MIN, 0, 0, 0, 0];
	assert_eq!(predict(&[2, 2], 0, &model, &[i32::MIN, i32::MIN]), 1);
	assert_eq!(predict(&[2, 2], 0, &model, &[i32::MIN, 0]), 0);
}

#[test]
fn a_slice_is_salt_then_examples() {
	let layout = SliceLayout { features: 2, examples: 2 };
	let slice: Vec<i32> = (0..14).collect();
	assert_eq!(layout.example(&slice, 0), Some((&[8, 9][..], 10)));
	assert_eq!(layout.example(&slice, 1), Some((&[11, 12][..], 13)));
	assert_eq!(layout.example(&slice, 2), None);
	assert_eq!(layout.example(&slice[..13], 1), None);
	let largest = SliceLayout { features: u32::MAX, examples: u32::MAX };
	assert_eq!(largest.element_count(), u64::MAX - (1 << 32) + 9);
	assert_eq!(largest.example(&slice, u32::MAX - 1), None);
}

#[test]
fn labels_without_an_output_never_match() {
	let mut predictor = Predictor::new(&network(&[1, 2]), 0).unwrap();
	let layout = SliceLayout { features: 1, examples: 5 };
	let slice = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 2, 1, -1, 1, i32::MAX];
	let score = score(&mut predictor, &[0, 1, 0, 0], layout, &slice).unwrap();
	assert_eq!(score, Score { correct: 1, predictions: vec![1; 5] });
	let empty = SliceLayout { features: 1, examples: 0 };
	let none = sheaf_aggregation::score(&mut predictor, &[0; 4], empty, &[0; 8]).unwrap();
	assert_eq!(none, Score { correct: 0, predictions: vec![] });
}

#[test]
fn changed_counts_differences() {
	assert_eq!(changed(&[], &[]), 0);
	assert_eq!(changed(&[1, 2, 3], &[1, 0, 3]), 1);
	assert_eq!(changed(&[1, 2, 3], &[1]), 2);
	assert_eq!(changed(&[0], &[1, 2, 3]), 3);
}

#[test]
fn floats_without_a_value_are_refused() {
	assert_eq!(to_fixed(f64::NAN, 16), Err(FixedPointError::NotANumber));
	assert_eq!(to_fixed(-f64::NAN, 16), Err(FixedPointError::NotANumber));
	for value in [f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 32_768.0] {
		assert_eq!(to_fixed(value, 16), Err(FixedPointError::OutOfRange));
	}
	assert_eq!(to_fixed(f64::MIN_POSITIVE, 255), Ok(0));
	assert_eq!(to_fixed(-32_768.0, 16), Ok(i32::MIN));
}

proptest! {
	#[test]
	fn fixed_point_survives_a_round_trip(value: i32, fraction_bits in 0u8..=31) {
		prop_assert_eq!(to_fixed(from_fixed(value, fraction_bits), fraction_bits), Ok(value));
	}

	#[test]
	fn rounding_is_half_to_even(value in -3.0e9f64..3.0e9, fraction_bits in 0u8..=16) {
		let scale = f64::from(1u32 << fraction_bits);
		let rounded = (value / scale * scale).round_ties_even();
		let fits = rounded >= f64::from(i32::MIN) && rounded <= f64::from(i32::MAX);
		let expected = fits.then_some(rounded as i32);
		prop_assert_eq!(to_fixed(value / scale, fraction_bits).ok(), expected);
	}

	#[test]
	fn any_bits_are_refused_or_close(bits: u64, fraction_bits: u8) {
		let value = f64::from_bits(bits);
		if let Ok(fixed) = to_fixed(value, fraction_bits) {
			let scaled = value * 2f64.powi(i32::from(fraction_bits));
			prop_assert!((scaled - f64::from(fixed)).abs() <= 0.5);
		}
	}

	#[test]
	fn a_predictor_keeps_nothing_between_examples(seed: u64) {
		let network = network(&[5, 7, 3]);
		let mut generator = support::Generator::new(seed);
		let mut used = Predictor::new(&network, 16).unwrap();
		let size = network.element_count().unwrap();
		for _ in 0..5 {
			let (model, features) = (generator.elements(size, 8), generator.elements(5, 8));
			let fresh = Predictor::new(&network, 16).unwrap().predict(&model, &features);
			prop_assert_eq!(used.predict(&model, &features), fresh);
		}
	}
}
