//! The aggregation rules once more, written differently.

use sheaf_aggregation::{
	aggregate_chunk, read_elements, write_elements, Parameters, Rule, WeightedChunk,
};

/// One element, in `i128` and by definition: ranks by counting, rounding by remainder.
pub fn oracle(parameters: &Parameters, previous: i32, updates: &[(u32, i32)]) -> i32 {
	let clip = i128::from(parameters.clip);
	let mut values: Vec<(i128, i128)> = updates
		.iter()
		.map(|(weight, value)| (i128::from(*weight), i128::from(*value).clamp(-clip, clip)))
		.collect();
	if values.is_empty() {
		return previous;
	}
	if parameters.rule != Rule::WeightedMean {
		values.iter_mut().for_each(|(weight, _)| *weight = 1);
		values.sort_by_key(|(_, value)| *value);
		let mut drop = match parameters.rule {
			Rule::TrimmedMean { trim } => usize::from(trim),
			_ => usize::MAX,
		};
		while drop > 0 && values.len() > 2 {
			values.pop();
			values.remove(0);
			drop -= 1;
		}
	}
	let total: i128 = values.iter().map(|(weight, _)| weight).sum();
	let sum: i128 = values.iter().map(|(weight, value)| weight * value).sum();
	// The integer nearest to sum / total, the higher one if there are two.
	let mut mean = sum / total;
	while 2 * (sum - mean * total) >= total {
		mean += 1;
	}
	while 2 * (sum - mean * total) < -total {
		mean -= 1;
	}
	let bound = i128::from(parameters.model_bound);
	(i128::from(previous) + mean).clamp(-bound, bound) as i32
}

/// One chunk, element by element.
pub fn check_against_oracle(
	parameters: &Parameters,
	index: u64,
	previous: &[i32; 256],
	updates: &[(u32, [i32; 256])],
) {
	let chunks: Vec<_> =
		updates.iter().map(|(weight, update)| (*weight, write_elements(update))).collect();
	let weighted: Vec<_> =
		chunks.iter().map(|(weight, chunk)| WeightedChunk { weight: *weight, chunk }).collect();
	let next =
		read_elements(&aggregate_chunk(parameters, index, &write_elements(previous), &weighted));
	let elements = parameters.shape().unwrap().elements_in_chunk(index);
	for (position, next) in next.into_iter().enumerate() {
		let column: Vec<_> =
			updates.iter().map(|(weight, update)| (*weight, update[position])).collect();
		let expected = match position < elements {
			true => oracle(parameters, previous[position], &column),
			false => 0,
		};
		assert_eq!(next, expected, "{parameters:?} {position} {} {column:?}", previous[position]);
	}
}
