//! The built-in trainer: a perceptron, softmax cross entropy, SGD with momentum, on the CPU.

use crate::{
	dataset::{Dataset, DatasetError},
	model::Layout,
};
use candle_core::{backprop::GradStore, Device, Tensor, Var};
use rand::{seq::SliceRandom, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use sheaf_training::BountySpec;

/// What a sponsor asks of trainers: JSON in the spec.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
	/// Passes over the data per round.
	pub epochs: u32,
	/// Learning rate.
	pub rate: f64,
	/// Momentum.
	pub momentum: f64,
	/// Examples per step.
	pub batch: usize,
}

impl Default for Hints {
	fn default() -> Self {
		Self { epochs: 1, rate: 0.05, momentum: 0.9, batch: 16 }
	}
}

/// Why nothing can be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
	/// The hints are not JSON of this form.
	#[error("the bounty's training hints are not understood: {0}")]
	MalformedHints(String),
	/// A hint makes no sense.
	#[error("the training hint {0}")]
	BadHint(&'static str),
	/// The bounty has no network: its model needs a program of its own.
	#[error("the built-in trainer knows perceptrons only: give --train-command")]
	NoNetwork,
	/// The data does not fit the model.
	#[error(transparent)]
	Data(#[from] DatasetError),
	/// The computation failed.
	#[error("training failed: {0}")]
	Failed(#[from] candle_core::Error),
	/// The loss is not a number any more.
	#[error("training diverged in epoch {0}: the learning rate is too high for this data")]
	Diverged(u32),
}

impl Hints {
	/// From a bounty's spec; none at all are the default ones.
	///
	/// # Errors
	///
	/// [`TrainError::MalformedHints`], [`TrainError::BadHint`].
	pub fn of_spec(spec: &BountySpec) -> Result<Self, TrainError> {
		let text: &[u8] = &spec.training;
		let hints: Self = match text.is_empty() {
			true => Self::default(),
			false => serde_json::from_slice(text)
				.map_err(|error| TrainError::MalformedHints(error.to_string()))?,
		};
		hints.check()?;
		Ok(hints)
	}

	/// Refuses what cannot train.
	///
	/// # Errors
	///
	/// [`TrainError::BadHint`].
	pub fn check(&self) -> Result<(), TrainError> {
		let ensure = |holds: bool, broken| match holds {
			true => Ok(()),
			false => Err(TrainError::BadHint(broken)),
		};
		ensure((1..=100_000).contains(&self.epochs), "epochs must be between 1 and 100,000")?;
		ensure(self.rate.is_finite() && self.rate > 0.0, "rate must be positive")?;
		ensure((0.0..1.0).contains(&self.momentum), "momentum must be at least 0 and below 1")?;
		ensure(self.batch >= 1, "batch must be at least 1")
	}
}

/// How the last epoch went.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trained {
	/// Mean loss.
	pub loss: f64,
	/// Part of the examples answered correctly.
	pub accuracy: f64,
}

/// Weights and bias of one layer.
struct Layer {
	weight: Var,
	bias: Var,
}

/// A perceptron being trained.
struct Perceptron {
	layers: Vec<Layer>,
	velocities: Vec<Tensor>,
}

impl Perceptron {
	fn new(widths: &[u32], values: &[f32]) -> Result<Self, TrainError> {
		let layout = Layout::of_network(widths, 16);
		let mut rest = values;
		let mut variables = Vec::new();
		let mut velocities = Vec::new();
		for tensor in &layout.tensors {
			let (own, after) = rest.split_at_checked(tensor.elements()).ok_or_else(|| {
				candle_core::Error::Msg("the model does not have the network's elements".into())
			})?;
			rest = after;
			let variable = Var::from_slice(own, tensor.shape.as_slice(), &Device::Cpu)?;
			velocities.push(variable.zeros_like()?);
			variables.push(variable);
		}
		let mut layers = Vec::new();
		let mut variables = variables.into_iter();
		while let (Some(weight), Some(bias)) = (variables.next(), variables.next()) {
			layers.push(Layer { weight, bias });
		}
		Ok(Self { layers, velocities })
	}

	fn forward(&self, inputs: &Tensor) -> Result<Tensor, TrainError> {
		let mut values = inputs.clone();
		let last = self.layers.len().saturating_sub(1);
		for (place, layer) in self.layers.iter().enumerate() {
			values = values.matmul(&layer.weight.t()?)?.broadcast_add(&layer.bias)?;
			if place != last {
				values = values.relu()?;
			}
		}
		Ok(values)
	}

	fn step(&mut self, gradients: &GradStore, hints: &Hints) -> Result<(), TrainError> {
		let variables = self.layers.iter().flat_map(|layer| [&layer.weight, &layer.bias]);
		for (variable, velocity) in variables.zip(&mut self.velocities) {
			if let Some(gradient) = gradients.get(variable) {
				*velocity = ((&*velocity * hints.momentum)? + gradient)?;
				variable.set(&variable.sub(&(&*velocity * hints.rate)?)?)?;
			}
		}
		Ok(())
	}

	fn values(&self) -> Result<Vec<f32>, TrainError> {
		let mut values = Vec::new();
		for layer in &self.layers {
			values.extend(layer.weight.flatten_all()?.to_vec1::<f32>()?);
			values.extend(layer.bias.to_vec1::<f32>()?);
		}
		Ok(values)
	}
}

/// Trains `values` in place and tells each epoch. The same seed, data and machine give the same
/// model.
///
/// # Errors
///
/// [`TrainError`].
pub fn train(
	widths: &[u32],
	values: &mut Vec<f32>,
	data: &Dataset,
	hints: &Hints,
	seed: u64,
	mut epoch_done: impl FnMut(u32, Trained),
) -> Result<Trained, TrainError> {
	hints.check()?;
	let (Some(inputs), Some(outputs)) = (widths.first(), widths.last()) else {
		return Err(TrainError::NoNetwork);
	};
	data.fits(*inputs, *outputs)?;
	let mut perceptron = Perceptron::new(widths, values)?;
	let mut random = ChaCha20Rng::seed_from_u64(seed);
	let mut order: Vec<usize> = (0..data.len()).collect();
	let mut trained = Trained { loss: f64::NAN, accuracy: 0.0 };
	for epoch in 1..=hints.epochs {
		order.shuffle(&mut random);
		let (mut loss_sum, mut correct) = (0.0, 0usize);
		for batch in order.chunks(hints.batch) {
			let (inputs, labels) = gather(data, batch)?;
			let outputs = perceptron.forward(&inputs)?;
			let loss = candle_nn::loss::cross_entropy(&outputs, &labels)?;
			let answers = outputs.argmax(1)?.to_vec1::<u32>()?;
			let right = answers.iter().zip(batch).filter(|(a, b)| **a == data.labels[**b]);
			correct += right.count();
			loss_sum += f64::from(loss.to_scalar::<f32>()?) * batch.len() as f64;
			perceptron.step(&loss.backward()?, hints)?;
		}
		let examples = data.len() as f64;
		trained = Trained { loss: loss_sum / examples, accuracy: correct as f64 / examples };
		if !trained.loss.is_finite() {
			return Err(TrainError::Diverged(epoch));
		}
		epoch_done(epoch, trained);
	}
	*values = perceptron.values()?;
	Ok(trained)
}

fn gather(data: &Dataset, batch: &[usize]) -> Result<(Tensor, Tensor), TrainError> {
	let features: Vec<f32> = batch.iter().flat_map(|index| data.example(*index)).copied().collect();
	let labels: Vec<u32> = batch.iter().map(|index| data.labels[*index]).collect();
	let features = Tensor::from_vec(features, (batch.len(), data.width), &Device::Cpu)?;
	let labels = Tensor::from_vec(labels, batch.len(), &Device::Cpu)?;
	Ok((features, labels))
}

/// Answers of a perceptron of floats, and how many of them are right.
///
/// # Errors
///
/// [`TrainError`].
pub fn evaluate(widths: &[u32], values: &[f32], data: &Dataset) -> Result<usize, TrainError> {
	let (Some(inputs), Some(outputs)) = (widths.first(), widths.last()) else {
		return Err(TrainError::NoNetwork);
	};
	data.fits(*inputs, *outputs)?;
	let perceptron = Perceptron::new(widths, values)?;
	let all: Vec<usize> = (0..data.len()).collect();
	let mut correct = 0;
	for batch in all.chunks(1024) {
		let (inputs, _) = gather(data, batch)?;
		let answers = perceptron.forward(&inputs)?.argmax(1)?.to_vec1::<u32>()?;
		correct += answers.iter().zip(batch).filter(|(a, b)| **a == data.labels[**b]).count();
	}
	Ok(correct)
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use rand::RngExt;

	/// Four clouds at the corners of a square; opposite corners share a label, so a linear model
	/// cannot tell them apart.
	pub(crate) fn corners(examples: usize, seed: u64) -> Dataset {
		let mut random = ChaCha20Rng::seed_from_u64(seed);
		let mut data = Dataset { features: Vec::new(), labels: Vec::new(), width: 2 };
		for _ in 0..examples {
			let (right, top): (bool, bool) = (random.random(), random.random());
			let mut near =
				|far: bool| f32::from(u8::from(far)) * 2.0 - 1.0 + (random.random::<f32>() - 0.5);
			let (x, y) = (near(right), near(top));
			data.features.extend([x, y]);
			data.labels.push(u32::from(right != top));
		}
		data
	}

	const HINTS: Hints = Hints { epochs: 30, rate: 0.05, momentum: 0.9, batch: 16 };

	#[test]
	fn a_small_network_learns_what_a_line_cannot_divide() {
		let widths = [2, 16, 2];
		let mut values = crate::initial::he(&widths, 3);
		let before = evaluate(&widths, &values, &corners(400, 2)).unwrap();
		let trained = train(&widths, &mut values, &corners(400, 1), &HINTS, 5, |_, _| {}).unwrap();
		let after = evaluate(&widths, &values, &corners(400, 2)).unwrap();
		assert!(after > 380, "{before} before, {after} after, {trained:?}");
	}

	#[test]
	fn a_seed_gives_one_model() {
		let widths = [2, 8, 2];
		let model = |seed| {
			let mut values = crate::initial::he(&widths, 3);
			let hints = Hints { epochs: 2, ..HINTS };
			train(&widths, &mut values, &corners(100, 1), &hints, seed, |_, _| {}).unwrap();
			values
		};
		assert_eq!(model(5), model(5));
		assert_ne!(model(5), model(6));
	}

	#[test]
	fn data_that_does_not_fit_is_refused() {
		let mut values = crate::initial::he(&[3, 2], 3);
		let result = train(&[3, 2], &mut values, &corners(10, 1), &HINTS, 5, |_, _| {});
		assert!(matches!(result, Err(TrainError::Data(DatasetError::WrongFeatures { .. }))));
	}

	#[test]
	fn hints_that_cannot_train_are_refused() {
		for hints in [
			Hints { epochs: 0, ..HINTS },
			Hints { rate: f64::NAN, ..HINTS },
			Hints { momentum: 1.0, ..HINTS },
			Hints { batch: 0, ..HINTS },
		] {
			assert!(matches!(hints.check(), Err(TrainError::BadHint(_))), "{hints:?}");
		}
	}
}
