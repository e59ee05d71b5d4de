//! What a bounty fixes about its arithmetic, and when that is safe.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

use crate::{Rule, Shape};

/// Smallest model a bounty may have, in elements: one full chunk.
pub const MIN_ELEMENT_COUNT: u64 = 256;

/// The sum of bit lengths that keeps `2 * sum(w_k * d_k) + W` inside an `i64`.
const MAX_SUM_BITS: u32 = 62;

/// What the rule needs to know besides the data.
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
pub struct Parameters {
	/// How updates become one.
	pub rule: Rule,
	/// Elements in the model and in every update.
	pub element_count: u64,
	/// Largest magnitude of an update's element that counts, in fixed point; positive.
	pub clip: i32,
	/// Largest magnitude of a model's element, in fixed point; positive.
	pub model_bound: i32,
}

/// Why parameters are refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterError {
	/// `clip` is zero or negative.
	ClipNotPositive,
	/// `model_bound` is zero or negative.
	ModelBoundNotPositive,
	/// `element_count` is below [`MIN_ELEMENT_COUNT`].
	TooFewElements,
	/// `element_count` is above [`MAX_ELEMENT_COUNT`](crate::MAX_ELEMENT_COUNT).
	TooManyElements,
	/// `min_trainers` is zero.
	NoTrainers,
	/// `min_trainers` is above `max_trainers`.
	MoreTrainersRequiredThanAllowed,
	/// `max_weight` is zero.
	NoWeight,
	/// `min_trainers` is below `2 * trim + 1`.
	TooFewTrainersToTrim,
	/// A weighted sum could leave an `i64`.
	SumCouldOverflow,
}

impl fmt::Display for ParameterError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::ClipNotPositive => "clip must be positive",
			Self::ModelBoundNotPositive => "model bound must be positive",
			Self::TooFewElements => "a model has at least 256 elements",
			Self::TooManyElements => "a model has at most 2^40 elements",
			Self::NoTrainers => "at least one trainer is required",
			Self::MoreTrainersRequiredThanAllowed => "min_trainers is above max_trainers",
			Self::NoWeight => "max_weight must be at least 1",
			Self::TooFewTrainersToTrim => "min_trainers must be at least 2 * trim + 1",
			Self::SumCouldOverflow => "clip, max_weight and max_trainers are too large together",
		})
	}
}

impl core::error::Error for ParameterError {}

impl Parameters {
	/// Checks everything that makes the rule exact, and returns the model's shape.
	///
	/// `bits(clip) + bits(max_weight) + ceil_log2(max_trainers) + 1 <= 62`, so that no sum
	/// overflows.
	///
	/// # Errors
	///
	/// The first rule broken.
	pub fn check(
		&self,
		max_trainers: u16,
		min_trainers: u16,
		max_weight: u32,
	) -> Result<Shape, ParameterError> {
		let ensure = |holds: bool, error| if holds { Ok(()) } else { Err(error) };
		ensure(self.clip > 0, ParameterError::ClipNotPositive)?;
		ensure(self.model_bound > 0, ParameterError::ModelBoundNotPositive)?;
		ensure(self.element_count >= MIN_ELEMENT_COUNT, ParameterError::TooFewElements)?;
		let shape = self.shape().ok_or(ParameterError::TooManyElements)?;
		ensure(min_trainers >= 1, ParameterError::NoTrainers)?;
		ensure(min_trainers <= max_trainers, ParameterError::MoreTrainersRequiredThanAllowed)?;
		ensure(max_weight >= 1, ParameterError::NoWeight)?;
		ensure(
			u32::from(min_trainers) >= self.rule.min_updates(),
			ParameterError::TooFewTrainersToTrim,
		)?;
		let sum_bits = bits(self.clip.unsigned_abs())
			.saturating_add(bits(max_weight))
			.saturating_add(ceil_log2(u32::from(max_trainers)))
			.saturating_add(1);
		ensure(sum_bits <= MAX_SUM_BITS, ParameterError::SumCouldOverflow)?;
		Ok(shape)
	}

	/// The model's shape, or `None` if it has no elements or more than 2^40.
	pub fn shape(&self) -> Option<Shape> {
		Shape::new(self.element_count)
	}
}

/// Bits needed to write `value`.
fn bits(value: u32) -> u32 {
	u32::BITS.saturating_sub(value.leading_zeros())
}

/// `ceil(log2(value))`; 0 for 0 and 1.
fn ceil_log2(value: u32) -> u32 {
	bits(value.saturating_sub(1))
}
