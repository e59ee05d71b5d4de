//! Every aggregation rule against its slow definition; for parameters that no bounty may have it is
//! deterministic and leaves zeros past the end.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{
	aggregate_chunk, is_zero_padded, write_elements, Parameters, Rule, WeightedChunk,
	CHUNK_ELEMENTS,
};
use sheaf_fuzz::{one_of, support::oracle::check_against_oracle};

#[derive(Arbitrary, Debug)]
struct Input {
	rule: AnyRule,
	element_count: u32,
	clip: i32,
	model_bound: i32,
	index: u8,
	previous: Values,
	updates: Vec<(u32, Values)>,
}

#[derive(Arbitrary, Debug)]
enum AnyRule {
	WeightedMean,
	Median,
	TrimmedMean(u8),
}

/// Values that a chunk repeats.
#[derive(Arbitrary, Debug)]
struct Values(Vec<Value>);

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Value {
	Small(i8),
	Any(i32),
	Edge(u8),
}

impl Value {
	fn get(self) -> i32 {
		match self {
			Self::Small(value) => value.into(),
			Self::Any(value) => value,
			Self::Edge(byte) => {
				one_of(byte, &[i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX])
			}
		}
	}
}

impl Values {
	fn chunk(&self) -> [i32; CHUNK_ELEMENTS] {
		let value = |place: usize| self.0.get(place % self.0.len().max(1)).copied();
		core::array::from_fn(|place| value(place).map_or(0, Value::get))
	}
}

fuzz_target!(|input: Input| {
	let rule = match input.rule {
		AnyRule::WeightedMean => Rule::WeightedMean,
		AnyRule::Median => Rule::Median,
		AnyRule::TrimmedMean(trim) => Rule::TrimmedMean { trim: trim.into() },
	};
	let Input { clip, model_bound, .. } = input;
	let element_count = u64::from(input.element_count % 1_100);
	let parameters = Parameters { rule, element_count, clip, model_bound };
	let index = u64::from(input.index % 6);
	let previous = input.previous.chunk();
	let updates: Vec<_> = input.updates.iter().take(20).map(|(w, v)| (*w, v.chunk())).collect();

	let trainers = updates.len() as u16;
	let max_weight = updates.iter().map(|(weight, _)| *weight).max().unwrap_or(1);
	let weighed = updates.iter().all(|(weight, _)| *weight > 0);
	// Fewer updates than a rule is meant for happen, too, so they do not count here.
	let min_trainers = rule.min_updates() as u16;
	let safe = parameters.check(trainers.max(min_trainers), min_trainers, max_weight).is_ok();
	if safe && weighed {
		check_against_oracle(&parameters, index, &previous, &updates);
		return;
	}
	let chunks: Vec<_> = updates.iter().map(|(w, update)| (*w, write_elements(update))).collect();
	let weighted: Vec<_> =
		chunks.iter().map(|(weight, chunk)| WeightedChunk { weight: *weight, chunk }).collect();
	let previous = write_elements(&previous);
	let next = aggregate_chunk(&parameters, index, &previous, &weighted);
	assert_eq!(next, aggregate_chunk(&parameters, index, &previous, &weighted));
	match parameters.shape() {
		Some(shape) => assert!(is_zero_padded(shape, index, &next)),
		None => assert!(next.iter().all(|byte| *byte == 0)),
	}
});
