//! Classification in integers: which label a model gives an example, and how many it gets right.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

use crate::{Hash, Hasher};

/// Most layers of weights in a network.
pub const MAX_LAYERS: usize = 8;
/// Most values in a layer, inputs included.
pub const MAX_WIDTH: u32 = 65_536;
/// Most fraction bits for inference.
pub const MAX_FRACTION_BITS: u8 = 30;
/// Elements in front of a slice's examples: a salt of 32 bytes.
pub const SALT_ELEMENTS: u64 = 8;

/// A classifier of dense layers: `[inputs, hidden.., outputs]`; a linear model is
/// `[inputs, outputs]`.
///
/// The model holds, layer by layer, weights row-major `[out][in]`, then `out` biases.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Network {
	/// Values at the input and after each layer.
	pub widths: Vec<u32>,
}

/// Why a network is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkError {
	/// Fewer than two widths.
	NoLayer,
	/// More than [`MAX_LAYERS`] layers.
	TooManyLayers,
	/// A width is zero or above [`MAX_WIDTH`].
	WidthOutOfRange,
	/// Fewer than two outputs leave nothing to choose from.
	TooFewOutputs,
}

impl fmt::Display for NetworkError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::NoLayer => "a network has at least two widths",
			Self::TooManyLayers => "a network has at most 8 layers",
			Self::WidthOutOfRange => "a width is from 1 to 65,536",
			Self::TooFewOutputs => "a classifier has at least two outputs",
		})
	}
}

impl core::error::Error for NetworkError {}

/// Why nothing can be predicted or scored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InferenceError {
	/// The network is refused.
	Network(NetworkError),
	/// More than [`MAX_FRACTION_BITS`].
	TooManyFractionBits,
	/// The model does not have the network's element count.
	WrongModelLength,
	/// An example does not have the network's inputs.
	WrongFeatureCount,
	/// The slice does not have its layout's element count.
	WrongSliceLength,
}

impl fmt::Display for InferenceError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::Network(error) => return error.fmt(formatter),
			Self::TooManyFractionBits => "at most 30 fraction bits",
			Self::WrongModelLength => "the model does not have the network's element count",
			Self::WrongFeatureCount => "the example does not have the network's inputs",
			Self::WrongSliceLength => "the slice does not have its layout's element count",
		})
	}
}

impl core::error::Error for InferenceError {}

impl From<NetworkError> for InferenceError {
	fn from(error: NetworkError) -> Self {
		Self::Network(error)
	}
}

impl Network {
	/// Checks that there are 1 to 8 layers of 1 to 65,536 values, and at least 2 outputs.
	///
	/// # Errors
	///
	/// The first rule broken.
	pub fn check(&self) -> Result<(), NetworkError> {
		let layers = self.widths.len().saturating_sub(1);
		if layers == 0 {
			return Err(NetworkError::NoLayer);
		}
		if layers > MAX_LAYERS {
			return Err(NetworkError::TooManyLayers);
		}
		if !self.widths.iter().all(|width| (1..=MAX_WIDTH).contains(width)) {
			return Err(NetworkError::WidthOutOfRange);
		}
		match self.widths.last() {
			Some(2..) => Ok(()),
			_ => Err(NetworkError::TooFewOutputs),
		}
	}

	/// Weights and biases of all layers, or `None` on overflow.
	pub fn element_count(&self) -> Option<u64> {
		self.sum_over_layers(|inputs, outputs| inputs.checked_add(1)?.checked_mul(outputs))
	}

	/// Multiplications for one example, or `None` on overflow.
	pub fn multiply_accumulates(&self) -> Option<u64> {
		self.sum_over_layers(|inputs, outputs| inputs.checked_mul(outputs))
	}

	fn sum_over_layers(&self, layer: impl Fn(u64, u64) -> Option<u64>) -> Option<u64> {
		let mut pairs = self.widths.iter().zip(self.widths.iter().skip(1));
		pairs.try_fold(0u64, |sum, (inputs, outputs)| {
			sum.checked_add(layer(u64::from(*inputs), u64::from(*outputs))?)
		})
	}
}

/// Runs one network; keeps its buffers between examples.
#[derive(Clone, Debug)]
pub struct Predictor {
	/// Inputs and outputs of each layer.
	layers: Vec<(usize, usize)>,
	element_count: usize,
	fraction_bits: u8,
	values: Vec<i32>,
	next_values: Vec<i32>,
}

impl Predictor {
	/// Prepares a network whose features and model have `fraction_bits`.
	///
	/// # Errors
	///
	/// [`InferenceError::Network`], [`InferenceError::TooManyFractionBits`], or
	/// [`InferenceError::WrongModelLength`] for a model no memory of this machine can hold.
	pub fn new(network: &Network, fraction_bits: u8) -> Result<Self, InferenceError> {
		network.check()?;
		if fraction_bits > MAX_FRACTION_BITS {
			return Err(InferenceError::TooManyFractionBits);
		}
		let size =
			|value: u64| usize::try_from(value).map_err(|_| InferenceError::WrongModelLength);
		let element_count = size(network.element_count().ok_or(InferenceError::WrongModelLength)?)?;
		let widths = network.widths.iter().map(|width| size(u64::from(*width)));
		let widths = widths.collect::<Result<Vec<_>, _>>()?;
		let layers = widths.iter().copied().zip(widths.iter().copied().skip(1)).collect();
		let widest = widths.iter().copied().max().unwrap_or(0);
		let buffer = || Vec::with_capacity(widest);
		Ok(Self { layers, element_count, fraction_bits, values: buffer(), next_values: buffer() })
	}

	/// Features of one example.
	pub fn inputs(&self) -> usize {
		self.layers.first().map_or(0, |(inputs, _)| *inputs)
	}

	/// Elements of the model.
	pub fn element_count(&self) -> usize {
		self.element_count
	}

	/// Returns the label with the highest output, the lowest one on ties.
	///
	/// `acc = sum(weight * value)` and `acc + (bias << F)` in wrapping `i64`, then
	/// `(acc + 2^(F-1)) >> F` clamped to `i32`, and `max(0)` except after the last layer.
	///
	/// # Errors
	///
	/// [`InferenceError::WrongModelLength`], [`InferenceError::WrongFeatureCount`].
	pub fn predict(&mut self, model: &[i32], features: &[i32]) -> Result<u32, InferenceError> {
		if model.len() != self.element_count {
			return Err(InferenceError::WrongModelLength);
		}
		if features.len() != self.inputs() {
			return Err(InferenceError::WrongFeatureCount);
		}
		self.values.clear();
		self.values.extend_from_slice(features);
		let last = self.layers.len().saturating_sub(1);
		let mut rest = model;
		for (position, (inputs, outputs)) in self.layers.iter().enumerate() {
			let lowest = if position == last { i32::MIN } else { 0 };
			let (weights, after) = split(rest, inputs.saturating_mul(*outputs))?;
			let (biases, after) = split(after, *outputs)?;
			rest = after;
			self.next_values.clear();
			let rows = weights.chunks_exact(*inputs).zip(biases);
			self.next_values.extend(rows.map(|(row, bias)| {
				neuron(row, *bias, &self.values, self.fraction_bits).max(lowest)
			}));
			core::mem::swap(&mut self.values, &mut self.next_values);
		}
		Ok(index_of_highest(&self.values))
	}
}

fn split(model: &[i32], length: usize) -> Result<(&[i32], &[i32]), InferenceError> {
	model.split_at_checked(length).ok_or(InferenceError::WrongModelLength)
}

/// One output before its activation.
fn neuron(weights: &[i32], bias: i32, values: &[i32], fraction_bits: u8) -> i32 {
	let products = weights.iter().zip(values);
	let sum = products.fold(0i64, |sum, (weight, value)| {
		sum.wrapping_add(i64::from(*weight).wrapping_mul(i64::from(*value)))
	});
	let fraction_bits = u32::from(fraction_bits);
	let half = 1i64.wrapping_shl(fraction_bits) >> 1;
	let scaled_bias = i64::from(bias).wrapping_shl(fraction_bits);
	let output = sum.wrapping_add(scaled_bias).wrapping_add(half).wrapping_shr(fraction_bits);
	let in_range = output.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
	i32::try_from(in_range).unwrap_or(0)
}

/// Position of the highest value, the first one on ties; 0 if there is none.
fn index_of_highest(values: &[i32]) -> u32 {
	let mut highest = (0, i32::MIN);
	for (index, value) in (0u32..).zip(values) {
		if *value > highest.1 {
			highest = (index, *value);
		}
	}
	highest.0
}

/// An evaluation slice: a salt of 32 bytes (8 elements), then `examples` times `features` values
/// and a label, without gaps, all `i32`.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct SliceLayout {
	/// Values in front of each label.
	pub features: u32,
	/// Number of examples.
	pub examples: u32,
}

impl SliceLayout {
	/// `8 + examples * (features + 1)`, which fits a `u64` for all values.
	pub fn element_count(&self) -> u64 {
		let stride = u64::from(self.features).saturating_add(1);
		u64::from(self.examples).saturating_mul(stride).saturating_add(SALT_ELEMENTS)
	}

	/// Features and label of example `index`, or `None` outside the slice.
	pub fn example<'a>(&self, slice: &'a [i32], index: u32) -> Option<(&'a [i32], i32)> {
		if index >= self.examples {
			return None;
		}
		let before = Self { features: self.features, examples: index }.element_count();
		let example = slice.get(usize::try_from(before).ok()?..)?;
		let (features, after) = example.split_at_checked(usize::try_from(self.features).ok()?)?;
		Some((features, *after.first()?))
	}
}

/// What a model answers on a slice.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Score {
	/// Examples whose predicted label is the given one.
	pub correct: u32,
	/// The predicted label of each example.
	pub predictions: Vec<u32>,
}

/// Predicts every example of a slice and counts the correct ones.
///
/// A label that no output stands for, a negative one say, never matches.
///
/// # Errors
///
/// [`InferenceError::WrongSliceLength`], [`InferenceError::WrongFeatureCount`] if the layout's
/// features are not the network's inputs, [`InferenceError::WrongModelLength`].
pub fn score(
	predictor: &mut Predictor,
	model: &[i32],
	layout: SliceLayout,
	slice: &[i32],
) -> Result<Score, InferenceError> {
	if usize::try_from(layout.element_count()) != Ok(slice.len()) {
		return Err(InferenceError::WrongSliceLength);
	}
	let mut correct = 0u32;
	let mut predictions = Vec::new();
	for index in 0..layout.examples {
		let (features, label) =
			layout.example(slice, index).ok_or(InferenceError::WrongSliceLength)?;
		let prediction = predictor.predict(model, features)?;
		let matches = u32::try_from(label) == Ok(prediction);
		correct = correct.saturating_add(u32::from(matches));
		predictions.push(prediction);
	}
	Ok(Score { correct, predictions })
}

/// Examples that two models answer differently; what only one answers counts as different.
pub fn changed(a: &[u32], b: &[u32]) -> u32 {
	let common = a.iter().zip(b).filter(|(a, b)| a != b).count();
	let different = common.saturating_add(a.len().abs_diff(b.len()));
	u32::try_from(different).unwrap_or(u32::MAX)
}

/// Commits to the predicted labels: `H(u32le(label) of every example)`.
pub fn answers_hash<H: Hasher>(predictions: &[u32]) -> Hash {
	let bytes: Vec<u8> = predictions.iter().flat_map(|label| label.to_le_bytes()).collect();
	H::hash(&bytes)
}
