//! A bounty of one population under one rule, round by round.

use crate::{
	conduct::{updates, Before, Conduct, Update},
	data::{Split, TRAINERS},
	round::{combine, pay, slice, Scorer, FRACTION_BITS},
	training::initial,
};
use anyhow::Result;
use sheaf_aggregation::{to_fixed, Rule};
use sheaf_training::LeaveOneOut;
use sp_runtime::Permill;

/// Examples per slice that are compared; what trainers send does not depend on it.
pub const SLICE_EXAMPLES: [usize; 3] = [100, 200, 400];

/// What one size of slices says about a round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measurement {
	/// Correct answers of the next model.
	pub correct: u32,
	/// One per trainer.
	pub leave_one_out: Vec<LeaveOneOut>,
}

impl Measurement {
	/// Marginal contributions that count.
	pub fn marginals(&self) -> Vec<u32> {
		self.leave_one_out.iter().map(|each| each.marginal(self.correct)).collect()
	}
}

/// What a bounty was measured to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
	/// Correct answers on the test images: of the initial model, then after each round.
	pub test: Vec<u32>,
	/// For each round one measurement per size of slices.
	pub rounds: Vec<Vec<Measurement>>,
}

impl Outcome {
	/// What each trainer is paid over all rounds, in parts of the trainers' part; `size` is the place
	/// of the slices' size, none if there are no slices.
	pub fn paid(&self, size: Option<usize>, marginal_share: Permill) -> Vec<f64> {
		let mut sums = vec![0.0; TRAINERS];
		for round in &self.rounds {
			let marginals = size.map_or(vec![0; TRAINERS], |size| round[size].marginals());
			for (sum, paid) in sums.iter_mut().zip(pay(&marginals, marginal_share)) {
				*sum += paid / self.rounds.len() as f64;
			}
		}
		sums
	}
}

/// Runs a bounty.
pub fn run(split: &Split, conduct: Conduct, rule: Rule, seed: u64, rounds: u32) -> Result<Outcome> {
	let mut scorer = Scorer::new()?;
	let test = slice(&split.test);
	let mut model = Vec::new();
	for value in initial(seed) {
		model.push(to_fixed(f64::from(value), FRACTION_BITS)?);
	}
	let mut outcome = Outcome { test: vec![scorer.score(&model, &test)?.0], rounds: Vec::new() };
	let mut previous: Option<(Vec<i32>, Vec<Update>)> = None;
	for round in 1..=rounds {
		let before = Before {
			model: &model,
			previous: previous.as_ref().map(|(older, updates)| {
				(model.iter().zip(older).map(|(new, old)| new - old).collect(), updates.as_slice())
			}),
		};
		let updates = updates(conduct, &before, &split.parts, seed, round);
		let models = combine(rule, &model, &updates)?;
		let mut measurements = Vec::new();
		for examples in SLICE_EXAMPLES {
			// Disjoint slices in turn; the pool is too small for one of each round's own.
			let slices: Vec<_> = split.pool.chunks_exact(examples).collect();
			let chosen = slices[(round as usize - 1) % slices.len()];
			let (correct, leave_one_out) = scorer.measure(&models, &slice(chosen))?;
			measurements.push(Measurement { correct, leave_one_out });
		}
		outcome.rounds.push(measurements);
		outcome.test.push(scorer.score(&models.next, &test)?.0);
		previous = Some((std::mem::replace(&mut model, models.next), updates));
	}
	Ok(outcome)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::data;

	#[test]
	fn honest_trainers_learn_and_are_paid_the_same_without_marginal_share() {
		let split = data::split(data::tests::digits(), 7);
		let outcome = run(&split, Conduct::Honest, Rule::WeightedMean, 7, 2).unwrap();
		assert!(outcome.test[2] > outcome.test[0], "{:?}", outcome.test);
		for size in [None, Some(0), Some(2)] {
			assert_eq!(outcome.paid(size, Permill::zero()), [0.1; TRAINERS]);
		}
		let paid = outcome.paid(Some(2), Permill::from_percent(50));
		assert!((paid.iter().sum::<f64>() - 1.0).abs() < 1e-9);
		// Half of an equal share; the cap and an equal share of what is left.
		assert!(paid.iter().all(|paid| (0.0499..=0.1901).contains(paid)), "{paid:?}");
		let again = run(&split, Conduct::Honest, Rule::WeightedMean, 7, 2).unwrap();
		assert_eq!(again, outcome);
	}
}
