//! Every rule against an oracle that is written differently, and at its bounds.

mod support;

use proptest::prelude::*;
use sheaf_aggregation::*;
use support::oracle::check_against_oracle;

const ELEMENT_COUNT: u64 = 256 + 100;

fn any_rule() -> impl Strategy<Value = Rule> {
	prop_oneof![
		Just(Rule::WeightedMean),
		Just(Rule::Median),
		(0u16..6).prop_map(|trim| Rule::TrimmedMean { trim }),
	]
}

/// Many small and equal values, and the extremes.
fn any_element() -> impl Strategy<Value = i32> {
	prop_oneof![
		4 => -5i32..=5,
		4 => -100_000i32..=100_000,
		2 => any::<i32>(),
		1 => Just(i32::MIN),
		1 => Just(i32::MAX),
	]
}

fn any_chunk() -> impl Strategy<Value = [i32; 256]> {
	prop::collection::vec(any_element(), 256).prop_map(|elements| elements.try_into().unwrap())
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn aggregation_equals_the_oracle(
		rule in any_rule(),
		clip in prop_oneof![1i32..10, 1i32..200_000, Just(i32::MAX)],
		model_bound in prop_oneof![1i32..10, 1i32..200_000, Just(i32::MAX)],
		index in 0u64..3,
		previous in any_chunk(),
		updates in prop::collection::vec(
			(prop_oneof![Just(1u32), 1u32..9, 1u32..1 << 24], any_chunk()), 0..12),
	) {
		let parameters = Parameters { rule, element_count: ELEMENT_COUNT, clip, model_bound };
		check_against_oracle(&parameters, index, &previous, &updates);
	}

	#[test]
	fn nothing_makes_it_fail(
		rule in any_rule(),
		element_count in prop_oneof![any::<u64>(), 0u64..600],
		clip: i32,
		model_bound: i32,
		index: u64,
		weights in prop::collection::vec(any::<u32>(), 0..5),
		chunk in any_chunk(),
	) {
		let parameters = Parameters { rule, element_count, clip, model_bound };
		let chunk = write_elements(&chunk);
		let updates: Vec<_> =
			weights.iter().map(|weight| WeightedChunk { weight: *weight, chunk: &chunk }).collect();
		let next = aggregate_chunk(&parameters, index, &chunk, &updates);
		prop_assert_eq!(next, aggregate_chunk(&parameters, index, &chunk, &updates));
	}

	#[test]
	fn equal_weights_weigh_nothing(weight in 1u32..1 << 20, chunks in prop::collection::vec(any_chunk(), 1..6)) {
		let parameters = Parameters {
			rule: Rule::WeightedMean, element_count: 256, clip: 1 << 20, model_bound: i32::MAX,
		};
		let chunks: Vec<_> = chunks.iter().map(write_elements).collect();
		let next = |weight| {
			let updates: Vec<_> =
				chunks.iter().map(|chunk| WeightedChunk { weight, chunk }).collect();
			aggregate_chunk(&parameters, 0, &[0; CHUNK_BYTES], &updates)
		};
		prop_assert_eq!(next(weight), next(1));
	}
}

#[test]
fn sums_do_not_overflow_at_the_largest_accepted_parameters() {
	// bits(clip) + bits(max_weight) + ceil_log2(max_trainers) + 1 = 62 in each.
	for (clip, max_weight, trainers) in [
		(i32::MAX, (1u32 << 20) - 1, 1024u16),
		(i32::MAX, (1u32 << 30) - 1, 1),
		((1 << 19) - 1, u32::MAX, 1024),
		((1 << 29) - 1, u32::MAX, 1),
		(i32::MAX, (1u32 << 14) - 1, 65_535),
	] {
		for rule in [Rule::WeightedMean, Rule::TrimmedMean { trim: 0 }] {
			let parameters = Parameters { rule, element_count: 256, clip, model_bound: i32::MAX };
			assert_eq!(parameters.check(trainers, 1, max_weight), Ok(parameters.shape().unwrap()));
			for element in [i32::MIN, i32::MAX, -1] {
				let chunk = write_elements(&[element; 256]);
				let updates = vec![
					WeightedChunk { weight: max_weight, chunk: &chunk };
					usize::from(trainers)
				];
				let next = aggregate_chunk(&parameters, 0, &[0; CHUNK_BYTES], &updates);
				assert_eq!(read_elements(&next)[255], element.clamp(-clip, clip));
			}
		}
	}
}

#[test]
fn an_update_of_minus_one_counts_minus_clip_at_most() {
	let parameters = Parameters {
		rule: Rule::WeightedMean,
		element_count: 256,
		clip: 100,
		model_bound: i32::MAX,
	};
	let chunk = write_elements(&[i32::MIN; 256]);
	let updates = [WeightedChunk { weight: 1, chunk: &chunk }];
	let next = aggregate_chunk(&parameters, 0, &[0; CHUNK_BYTES], &updates);
	assert_eq!(read_elements(&next), [-100; 256]);
}

#[test]
fn without_updates_the_model_stays_and_its_padding_is_cleared() {
	for rule in [Rule::WeightedMean, Rule::Median, Rule::TrimmedMean { trim: 3 }] {
		let parameters = Parameters { rule, element_count: 257, clip: 1, model_bound: 1 };
		let previous = write_elements(&[1_000; 256]);
		assert_eq!(aggregate_chunk(&parameters, 0, &previous, &[]), previous);
		let last = read_elements(&aggregate_chunk(&parameters, 1, &previous, &[]));
		assert_eq!(last[0], 1_000);
		assert_eq!(last[1..], [0; 255]);
		assert_eq!(aggregate_chunk(&parameters, 2, &previous, &[]), [0; CHUNK_BYTES]);
	}
}

#[test]
fn a_total_weight_of_zero_counts_as_no_update() {
	let parameters =
		Parameters { rule: Rule::WeightedMean, element_count: 256, clip: 100, model_bound: 100 };
	let previous = write_elements(&[1_000; 256]);
	let update = write_elements(&[5; 256]);
	let updates = [WeightedChunk { weight: 0, chunk: &update }; 3];
	assert_eq!(aggregate_chunk(&parameters, 0, &previous, &updates), previous);
}

#[test]
fn every_broken_parameter_is_named() {
	use ParameterError::*;
	let good = Parameters {
		rule: Rule::WeightedMean,
		element_count: 256,
		clip: 1 << 16,
		model_bound: 1 << 20,
	};
	assert!(good.check(100, 3, 10).is_ok());
	assert_eq!(Parameters { clip: 0, ..good }.check(100, 3, 10), Err(ClipNotPositive));
	assert_eq!(Parameters { clip: i32::MIN, ..good }.check(100, 3, 10), Err(ClipNotPositive));
	assert_eq!(Parameters { model_bound: 0, ..good }.check(9, 3, 10), Err(ModelBoundNotPositive));
	assert_eq!(Parameters { element_count: 255, ..good }.check(9, 3, 10), Err(TooFewElements));
	let huge = Parameters { element_count: MAX_ELEMENT_COUNT + 1, ..good };
	assert_eq!(huge.check(9, 3, 10), Err(TooManyElements));
	assert_eq!(good.check(9, 0, 10), Err(NoTrainers));
	assert_eq!(good.check(2, 3, 10), Err(MoreTrainersRequiredThanAllowed));
	assert_eq!(good.check(9, 3, 0), Err(NoWeight));
	let trimmed = Parameters { rule: Rule::TrimmedMean { trim: 2 }, ..good };
	assert_eq!(trimmed.check(9, 4, 1), Err(TooFewTrainersToTrim));
	assert!(trimmed.check(9, 5, 1).is_ok());
	let most = Parameters { rule: Rule::TrimmedMean { trim: u16::MAX }, ..good };
	assert_eq!(most.check(u16::MAX, u16::MAX, 1), Err(TooFewTrainersToTrim));
	let wide = Parameters { clip: i32::MAX, ..good };
	assert!(wide.check(1024, 3, (1 << 20) - 1).is_ok());
	assert_eq!(wide.check(1025, 3, (1 << 20) - 1), Err(SumCouldOverflow));
	assert_eq!(wide.check(1024, 3, 1 << 20), Err(SumCouldOverflow));
}
