//! Sums by element and their rounded mean.

use crate::{chunk::words, rule::Deltas, ChunkBytes, CHUNK_ELEMENTS};

/// The mean of clamped updates by weight, or `None` if the weights sum to zero.
pub(crate) fn mean_of<'a>(
	updates: impl Iterator<Item = (u32, &'a ChunkBytes)> + Clone,
	clip: i32,
) -> Option<Deltas> {
	let weights = updates.clone().map(|(weight, _)| u64::from(weight));
	let mean = RoundedMean::over(weights.fold(0, u64::saturating_add))?;
	let lowest = clip.saturating_neg();
	let mut sums = [0i64; CHUNK_ELEMENTS];
	for (weight, chunk) in updates {
		let weight = i64::from(weight);
		for (sum, word) in sums.iter_mut().zip(words(chunk)) {
			let delta = i32::from_le_bytes(*word).min(clip).max(lowest);
			*sum = sum.wrapping_add(weight.wrapping_mul(i64::from(delta)));
		}
	}
	let mut deltas = [0; CHUNK_ELEMENTS];
	mean.divide(&sums, &mut deltas);
	Some(deltas)
}

/// Computes `floor_div(2 * sum + total, 2 * total)`, the mean rounded half up.
pub(crate) enum RoundedMean {
	/// `total < 2^31`: multiplies by a reciprocal, without a division per element.
	Narrow(Reciprocal),
	/// Any other total: divides.
	Wide {
		/// The total weight.
		total: i64,
	},
}

impl RoundedMean {
	/// A mean over this total weight; `None` for zero.
	pub(crate) fn over(total: u64) -> Option<Self> {
		if total == 0 {
			return None;
		}
		Some(match u32::try_from(total.saturating_mul(2)) {
			Ok(divisor) => Self::Narrow(Reciprocal::of(divisor)),
			Err(_) => Self::Wide { total: i64::try_from(total).unwrap_or(i64::MAX) },
		})
	}

	/// Divides sums of weighted `i32`, whose means are therefore `i32` too.
	pub(crate) fn divide(&self, sums: &[i64], means: &mut [i32]) {
		let pairs = means.iter_mut().zip(sums);
		match self {
			Self::Narrow(reciprocal) => pairs.for_each(|(mean, sum)| *mean = reciprocal.mean(*sum)),
			Self::Wide { total } => pairs.for_each(|(mean, sum)| *mean = wide_mean(*sum, *total)),
		}
	}
}

fn wide_mean(sum: i64, total: i64) -> i32 {
	let numerator = sum.wrapping_mul(2).wrapping_add(total);
	let quotient = numerator.checked_div_euclid(total.saturating_mul(2)).unwrap_or(0);
	low_i32(quotient.clamp(i64::from(i32::MIN), i64::from(i32::MAX)))
}

/// Exact division of 64 by 32 bits with two multiplications: N. Möller and T. Granlund, "Improved
/// division by invariant integers" (2011), algorithm 4, with words of 32 bits.
pub(crate) struct Reciprocal {
	/// `2 * total`, shifted left until its highest bit is set.
	divisor: u32,
	/// By how much.
	shift: u32,
	/// `floor((2^64 - 1) / divisor) - 2^32`.
	inverse: u64,
	/// `total + 2 * total * 2^31`: what rounds half up, and makes every numerator positive.
	offset: u64,
}

impl Reciprocal {
	/// For an even divisor from 2, twice the total.
	fn of(twice_total: u32) -> Self {
		let shift = twice_total.leading_zeros();
		let divisor = twice_total.wrapping_shl(shift);
		let total = u64::from(twice_total >> 1);
		let inverse = u64::MAX.checked_div(u64::from(divisor)).unwrap_or(0);
		Self {
			divisor,
			shift,
			inverse: u64::from(low_u32(inverse)),
			offset: total.wrapping_add(total.wrapping_shl(32)),
		}
	}

	/// The mean, for `|sum| <= total * (2^31 - 1)`.
	///
	/// With the offset, `0 <= numerator < 2 * total * 2^32`, so the quotient is a `u32`, 2^31
	/// above the mean.
	#[inline(always)]
	fn mean(&self, sum: i64) -> i32 {
		let numerator = sum.wrapping_mul(2).cast_unsigned().wrapping_add(self.offset);
		let shifted = numerator.wrapping_shl(self.shift);
		let estimate = self.inverse.wrapping_mul(shifted >> 32).wrapping_add(shifted);
		let mut quotient = low_u32(estimate >> 32).wrapping_add(1);
		let mut remainder = low_u32(shifted).wrapping_sub(quotient.wrapping_mul(self.divisor));
		if remainder > low_u32(estimate) {
			quotient = quotient.wrapping_sub(1);
			remainder = remainder.wrapping_add(self.divisor);
		}
		if remainder >= self.divisor {
			quotient = quotient.wrapping_add(1);
		}
		(quotient ^ 0x8000_0000).cast_signed()
	}
}

/// The low 32 bits.
#[inline(always)]
fn low_u32(value: u64) -> u32 {
	let [a, b, c, d, ..] = value.to_le_bytes();
	u32::from_le_bytes([a, b, c, d])
}

/// The low 32 bits, as a signed number.
#[inline(always)]
fn low_i32(value: i64) -> i32 {
	low_u32(value.cast_unsigned()).cast_signed()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_reciprocal_agrees_with_division() {
		let mut state = 1u64;
		let mut random = || {
			state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
			state >> 16
		};
		for round in 0..20_000u64 {
			let total = match round {
				0..100 => round + 1,
				100..200 => (1 << 31) - (round - 99),
				_ => (random() % (1 << 31)).max(1) >> (random() % 31),
			}
			.max(1);
			let reciprocal = Reciprocal::of((total * 2) as u32);
			let total = total as i64;
			let limit = total * i64::from(i32::MAX);
			let anywhere = (i128::from(random()) << 15) % (i128::from(limit) * 2 + 1);
			let anywhere = (anywhere - i128::from(limit)) as i64;
			let near = anywhere / total * total;
			let sums = [-limit, limit, 0, 1, -1, anywhere, near - 1, near, near + total / 2];
			for sum in sums.into_iter().filter(|sum| sum.abs() <= limit) {
				let expected = (2 * i128::from(sum) + i128::from(total))
					.div_euclid(2 * i128::from(total)) as i32;
				assert_eq!(reciprocal.mean(sum), expected, "{sum} over {total}");
				assert_eq!(wide_mean(sum, total), expected, "{sum} over {total}");
			}
		}
	}
}
