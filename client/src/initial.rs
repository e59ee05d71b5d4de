//! A random initial model.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// He initialisation of a perceptron: normal weights with variance `2 / inputs`, biases zero.
///
/// The same seed gives the same model on machines whose `ln` and `cos` round alike; what the chain
/// knows is the root of the result.
pub fn he(widths: &[u32], seed: u64) -> Vec<f32> {
	let mut random = ChaCha20Rng::seed_from_u64(seed);
	let mut values = Vec::new();
	for (inputs, outputs) in widths.iter().zip(widths.iter().skip(1)) {
		let deviation = (2.0 / f64::from((*inputs).max(1))).sqrt();
		let weights = u64::from(*inputs) * u64::from(*outputs);
		values.extend((0..weights).map(|_| (normal(&mut random) * deviation) as f32));
		values.extend((0..*outputs).map(|_| 0.0));
	}
	values
}

/// A standard normal value, by Box and Muller.
fn normal(random: &mut ChaCha20Rng) -> f64 {
	let radius: f64 = 1.0 - random.random::<f64>();
	let angle: f64 = random.random::<f64>() * std::f64::consts::TAU;
	(-2.0 * radius.ln()).sqrt() * angle.cos()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn weights_have_the_wanted_spread_and_biases_are_zero() {
		let values = he(&[100, 50, 10], 7);
		assert_eq!(values.len(), 101 * 50 + 51 * 10);
		let weights = &values[..5000];
		let variance = weights.iter().map(|w| w * w).sum::<f32>() / 5000.0;
		assert!((variance - 0.02).abs() < 0.002, "{variance}");
		assert!(values[5000..5050].iter().all(|bias| *bias == 0.0));
	}

	#[test]
	fn a_seed_gives_one_model() {
		assert_eq!(he(&[4, 2], 1), he(&[4, 2], 1));
		assert_ne!(he(&[4, 2], 1), he(&[4, 2], 2));
	}
}
