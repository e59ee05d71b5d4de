//! A round by the protocol's own functions: next model, scores without each trainer, payments.

use crate::{
	conduct::Update,
	data::{Example, LABELS, PIXELS, TRAINERS},
	training::{ELEMENTS, HIDDEN},
};
use anyhow::{ensure, Result};
use sheaf_aggregation::{
	aggregate_chunk, changed, read_elements, root_of_chunks, score, to_fixed, write_elements,
	Blake2b256, ChunkBytes, Network, Parameters, Predictor, Rule, SliceLayout, WeightedChunk,
	CHUNK_ELEMENTS, SALT_ELEMENTS,
};
use sheaf_training::{
	settle, Contributions, Contributor, LeaveOneOut, ProtocolShares, RewardShares, Service,
};
use sp_runtime::{AccountId32, Permill};
use std::collections::HashSet;

/// Fraction bits of every element.
pub const FRACTION_BITS: u8 = 16;
/// Largest delta that counts: 4.
pub const CLIP: i32 = 4 << 16;
/// Largest element of a model: 64.
const MODEL_BOUND: i32 = 64 << 16;
/// A round's part of the reward.
const TRANCHE: u128 = 1_000_000_000_000_000;

/// The study's rules with their names in the results.
pub const RULES: [(Rule, &str); 3] = [
	(Rule::WeightedMean, "weighted mean"),
	(Rule::Median, "median"),
	(Rule::TrimmedMean { trim: 2 }, "trimmed mean 2"),
];

/// What the bounty fixes about its arithmetic.
pub fn parameters(rule: Rule) -> Parameters {
	let element_count = ELEMENTS as u64;
	Parameters { rule, element_count, clip: CLIP, model_bound: MODEL_BOUND }
}

fn chunks(elements: &[i32]) -> Vec<ChunkBytes> {
	let chunks = elements.chunks(CHUNK_ELEMENTS).map(|part| {
		let mut chunk = [0; CHUNK_ELEMENTS];
		chunk[..part.len()].copy_from_slice(part);
		write_elements(&chunk)
	});
	chunks.collect()
}

/// The next model, and the one without each update.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Models {
	/// With all updates.
	pub next: Vec<i32>,
	/// Without one, in slot order.
	pub without: Vec<Vec<i32>>,
}

/// Combines the updates, all with weight 1.
///
/// # Errors
///
/// If two have one root: the protocol would leave the later one out.
pub fn combine(rule: Rule, previous: &[i32], updates: &[Update]) -> Result<Models> {
	let parameters = parameters(rule);
	let shape = parameters.check(TRAINERS as u16, TRAINERS as u16, 1)?;
	let previous = chunks(previous);
	let updates: Vec<Vec<ChunkBytes>> = updates.iter().map(|update| chunks(update)).collect();
	let mut roots = HashSet::new();
	for update in &updates {
		ensure!(roots.insert(root_of_chunks::<Blake2b256>(shape, update)?), "equal updates");
	}
	let model = |left_out: Option<usize>| {
		let mut elements = Vec::with_capacity(ELEMENTS);
		for (index, before) in previous.iter().enumerate() {
			let included = updates.iter().enumerate().filter(|(slot, _)| Some(*slot) != left_out);
			let weighted: Vec<WeightedChunk<'_>> = included
				.map(|(_, update)| WeightedChunk { weight: 1, chunk: &update[index] })
				.collect();
			let next = aggregate_chunk(&parameters, index as u64, before, &weighted);
			elements.extend(read_elements(&next));
		}
		elements.truncate(ELEMENTS);
		elements
	};
	let without = (0..updates.len()).map(|slot| model(Some(slot))).collect();
	Ok(Models { next: model(None), without })
}

/// The examples of an evaluation slice as the chain reads them, under a salt of zeros.
pub fn slice(examples: &[Example]) -> Vec<i32> {
	let mut elements = vec![0; SALT_ELEMENTS as usize];
	for example in examples {
		let fixed = |value: &f32| to_fixed(f64::from(*value), FRACTION_BITS).unwrap_or(0);
		elements.extend(example.pixels.iter().map(fixed));
		elements.push(example.label as i32);
	}
	elements
}

/// Answers models' questions.
pub struct Scorer(Predictor);

impl Scorer {
	/// For the study's perceptron.
	pub fn new() -> Result<Self> {
		let widths = [PIXELS, HIDDEN, LABELS].map(|width| width as u32).to_vec();
		Ok(Self(Predictor::new(&Network { widths }, FRACTION_BITS)?))
	}

	/// Correct answers and the answers.
	pub fn score(&mut self, model: &[i32], slice: &[i32]) -> Result<(u32, Vec<u32>)> {
		let stride = PIXELS + 1;
		let layout = SliceLayout {
			features: PIXELS as u32,
			examples: ((slice.len() - SALT_ELEMENTS as usize) / stride) as u32,
		};
		let score = score(&mut self.0, model, layout, slice)?;
		Ok((score.correct, score.predictions))
	}

	/// What the chain would learn of a round: correct answers, and how the model does without each.
	pub fn measure(&mut self, models: &Models, slice: &[i32]) -> Result<(u32, Vec<LeaveOneOut>)> {
		let (correct, answers) = self.score(&models.next, slice)?;
		let mut leave_one_out = Vec::with_capacity(models.without.len());
		for model in &models.without {
			let (without, other_answers) = self.score(model, slice)?;
			let changed = changed(&answers, &other_answers);
			leave_one_out.push(LeaveOneOut { correct: without, changed });
		}
		Ok((correct, leave_one_out))
	}
}

/// What each trainer is paid for a round with these marginal contributions, in parts of the
/// trainers' part.
pub fn pay(marginals: &[u32], marginal_share: Permill) -> Vec<f64> {
	let account = |slot: usize| AccountId32::new([slot as u8; 32]);
	let percent = Permill::from_percent;
	let (trainers, verifiers, aggregator) = (percent(75), percent(10), percent(5));
	let contributors = marginals.iter().enumerate();
	let settlement = settle(
		TRANCHE,
		&RewardShares { trainers, verifiers, aggregator },
		&ProtocolShares { treasury: percent(5), burn: percent(5) },
		marginal_share,
		Contributions {
			trainers: contributors
				.map(|(slot, marginal)| Contributor { account: account(slot), marginal: *marginal })
				.collect(),
			..Default::default()
		},
	);
	let part = trainers.mul_floor(TRANCHE) as f64;
	let paid = |slot: usize| {
		let own = settlement.payments.iter().filter(|payment| {
			payment.service == Service::Training && payment.account == account(slot)
		});
		own.map(|payment| payment.amount).sum::<u128>() as f64 / part
	};
	(0..marginals.len()).map(paid).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn update(slot: usize) -> Update {
		(0..ELEMENTS).map(|place| (place * (slot + 1)) as i32 % 2_001 - 1_000).collect()
	}

	#[test]
	fn all_models_follow_the_rule_of_their_updates() {
		let previous: Vec<i32> = (0..ELEMENTS as i32).map(|place| place * 3 - 900).collect();
		let updates: Vec<Update> = (0..TRAINERS).map(update).collect();
		let models = combine(Rule::WeightedMean, &previous, &updates).unwrap();
		let mean = |values: Vec<i64>| {
			let (sum, count) = (values.iter().sum::<i64>(), values.len() as i64);
			(2 * sum + count).div_euclid(2 * count) as i32
		};
		for place in 0..ELEMENTS {
			let all: Vec<i64> = updates.iter().map(|update| update[place].into()).collect();
			let mut others = all.clone();
			others.remove(4);
			assert_eq!(models.next[place], previous[place] + mean(all));
			assert_eq!(models.without[4][place], previous[place] + mean(others));
		}
		let models = combine(Rule::Median, &previous, &updates).unwrap();
		let mut column: Vec<i32> = updates.iter().map(|update| update[777]).collect();
		column.sort();
		let middle = (column[4] + column[5] + 1).div_euclid(2);
		assert_eq!(models.next[777], previous[777] + middle);
	}

	#[test]
	fn equal_updates_are_refused() {
		let updates = vec![update(0), update(1), update(0)];
		assert!(combine(Rule::WeightedMean, &[0; ELEMENTS], &updates).is_err());
	}

	#[test]
	fn without_marginal_share_or_marginals_all_are_paid_the_same() {
		let none = [0; TRAINERS];
		let some = [9, 0, 0, 3, 0, 0, 0, 0, 0, 1];
		let half = Permill::from_percent(50);
		for paid in [pay(&some, Permill::zero()), pay(&none, Permill::zero()), pay(&none, half)] {
			assert_eq!(paid, [0.1; TRAINERS]);
		}
	}

	#[test]
	fn marginals_are_paid_in_proportion_up_to_the_cap() {
		let mut marginals = [0; TRAINERS];
		marginals[..4].copy_from_slice(&[1, 1, 2, 6]);
		let paid = pay(&marginals, Permill::from_percent(50));
		// 5 % each for the first two; 10 %, the cap, for the others; the 70 % left equally.
		for (paid, expected) in paid.iter().zip([0.12, 0.12, 0.17, 0.17, 0.07]) {
			assert!((paid - expected).abs() < 1e-9, "{paid} {expected}");
		}
		assert!((paid.iter().sum::<f64>() - 1.0).abs() < 1e-9);
	}

	#[test]
	fn whom_the_model_answers_the_same_without_has_no_marginal() {
		let mut scorer = Scorer::new().unwrap();
		let example = Example { pixels: [0.5; PIXELS], label: 0 };
		let slice = slice(&vec![example; 100]);
		let model = vec![1 << 10; ELEMENTS];
		let models = Models { next: model.clone(), without: vec![model; TRAINERS] };
		let (correct, others) = scorer.measure(&models, &slice).unwrap();
		assert_eq!(correct, 100);
		assert!(others.iter().all(|each| each.changed == 0 && each.marginal(correct) == 0));
	}
}
