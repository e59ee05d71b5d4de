//! Local training: plain stochastic gradient descent with momentum, with the demo's settings.

use crate::data::{normal, random, Example, LABELS, PIXELS};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

/// Width of the hidden layer.
pub const HIDDEN: usize = 32;
/// Weights and biases: per layer row-major `[out][in]`, then the biases.
pub const ELEMENTS: usize = (PIXELS + 1) * HIDDEN + (HIDDEN + 1) * LABELS;

const EPOCHS: usize = 5;
const RATE: f32 = 0.05;
const MOMENTUM: f32 = 0.9;
const BATCH: usize = 8;

/// He initialisation: normal weights with variance `2 / inputs`, biases zero.
pub fn initial(seed: u64) -> Vec<f32> {
	let mut random = random(seed, 1);
	let mut values = Vec::with_capacity(ELEMENTS);
	for (inputs, outputs) in [(PIXELS, HIDDEN), (HIDDEN, LABELS)] {
		let deviation = (2.0 / inputs as f64).sqrt();
		values.extend((0..inputs * outputs).map(|_| (normal(&mut random) * deviation) as f32));
		values.extend(std::iter::repeat_n(0.0, outputs));
	}
	values
}

/// Trains a model in place on one trainer's images.
pub fn train(model: &mut [f32], examples: &[Example], random: &mut ChaCha20Rng) {
	let mut velocity = vec![0.0; ELEMENTS];
	let mut gradient = vec![0.0; ELEMENTS];
	let mut order: Vec<&Example> = examples.iter().collect();
	for _ in 0..EPOCHS {
		order.shuffle(random);
		for batch in order.chunks(BATCH) {
			gradient.fill(0.0);
			batch.iter().for_each(|example| add_gradient(model, example, &mut gradient));
			let steps = model.iter_mut().zip(&mut velocity).zip(&gradient);
			for ((value, velocity), gradient) in steps {
				*velocity = MOMENTUM * *velocity + gradient / batch.len() as f32;
				*value -= RATE * *velocity;
			}
		}
	}
}

/// One layer's weights and biases, and the rest of the model.
fn layer(model: &[f32], inputs: usize, outputs: usize) -> (&[f32], &[f32], &[f32]) {
	let (weights, rest) = model.split_at(inputs * outputs);
	let (biases, rest) = rest.split_at(outputs);
	(weights, biases, rest)
}

fn forward<const OUT: usize>(weights: &[f32], biases: &[f32], inputs: &[f32]) -> [f32; OUT] {
	std::array::from_fn(|out| {
		let row = &weights[out * inputs.len()..][..inputs.len()];
		row.iter().zip(inputs).fold(biases[out], |sum, (weight, value)| sum + weight * value)
	})
}

/// Adds a layer's gradient for one example, given that of its outputs.
fn add_layer(gradient: &mut [f32], inputs: &[f32], outputs: &[f32]) {
	let (weights, biases) = gradient.split_at_mut(inputs.len() * outputs.len());
	for ((row, bias), error) in weights.chunks_exact_mut(inputs.len()).zip(biases).zip(outputs) {
		row.iter_mut().zip(inputs).for_each(|(weight, value)| *weight += error * value);
		*bias += error;
	}
}

/// Adds the gradient of the softmax cross entropy of one example, by back-propagation.
fn add_gradient(model: &[f32], example: &Example, gradient: &mut [f32]) {
	let (first_weights, first_biases, rest) = layer(model, PIXELS, HIDDEN);
	let (weights, biases, _) = layer(rest, HIDDEN, LABELS);
	let hidden: [f32; HIDDEN] = forward(first_weights, first_biases, &example.pixels);
	let hidden = hidden.map(|value| value.max(0.0));
	let outputs: [f32; LABELS] = forward(weights, biases, &hidden);
	let highest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
	let exponentials = outputs.map(|value| (value - highest).exp());
	let whole: f32 = exponentials.iter().sum();
	let mut errors = exponentials.map(|value| value / whole);
	errors[example.label] -= 1.0;
	let mut hidden_errors = [0.0; HIDDEN];
	for (row, error) in weights.chunks_exact(HIDDEN).zip(errors) {
		hidden_errors.iter_mut().zip(row).for_each(|(sum, weight)| *sum += error * weight);
	}
	for (error, value) in hidden_errors.iter_mut().zip(hidden) {
		*error = if value > 0.0 { *error } else { 0.0 };
	}
	let (first, second) = gradient.split_at_mut((PIXELS + 1) * HIDDEN);
	add_layer(first, &example.pixels, &hidden_errors);
	add_layer(second, &hidden, &errors);
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::data::tests::digits;

	/// Loss of one example.
	fn loss(model: &[f32], example: &Example) -> f64 {
		let (first_weights, first_biases, rest) = layer(model, PIXELS, HIDDEN);
		let (weights, biases, _) = layer(rest, HIDDEN, LABELS);
		let hidden: [f32; HIDDEN] = forward(first_weights, first_biases, &example.pixels);
		let outputs: [f32; LABELS] = forward(weights, biases, &hidden.map(|value| value.max(0.0)));
		let whole: f64 = outputs.iter().map(|value| f64::from(*value).exp()).sum();
		whole.ln() - f64::from(outputs[example.label])
	}

	#[test]
	fn the_gradient_is_the_slope_of_the_loss() {
		let (model, example) = (initial(1), &digits()[5]);
		let mut gradient = vec![0.0; ELEMENTS];
		add_gradient(&model, example, &mut gradient);
		for place in (0..ELEMENTS).step_by(37).chain([PIXELS * HIDDEN + 3, ELEMENTS - 1]) {
			let at = |change: f32| {
				let mut model = model.clone();
				model[place] += change;
				loss(&model, example)
			};
			let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
			assert!((slope - f64::from(gradient[place])).abs() < 5e-3, "{place}: {slope}");
		}
	}
}
