//! Floats in, fixed point out: the only place where a float is looked at, and only as bits.

use core::fmt;

/// Stored bits of an `f64`'s significand.
const SIGNIFICAND_BITS: u32 = 52;
/// Exponent bias of an `f64`.
const EXPONENT_BIAS: i32 = 1023;

/// Why a float has no fixed-point value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixedPointError {
	/// It is NaN.
	NotANumber,
	/// It is infinite, or its rounded value is outside an `i32`.
	OutOfRange,
}

impl fmt::Display for FixedPointError {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::NotANumber => "not a number",
			Self::OutOfRange => "outside the range of fixed point",
		})
	}
}

impl core::error::Error for FixedPointError {}

/// Converts to fixed point with `fraction_bits`, rounding half to even.
///
/// Integer arithmetic on the float's bits, so every machine agrees.
///
/// # Errors
///
/// [`FixedPointError::NotANumber`] for NaN, [`FixedPointError::OutOfRange`] for infinities and
/// for what does not fit an `i32` after rounding.
pub fn to_fixed(value: f64, fraction_bits: u8) -> Result<i32, FixedPointError> {
	if value.is_nan() {
		return Err(FixedPointError::NotANumber);
	}
	if value.is_infinite() {
		return Err(FixedPointError::OutOfRange);
	}
	let bits = value.to_bits();
	let stored = bits & (1u64 << SIGNIFICAND_BITS).wrapping_sub(1);
	let exponent = i32::try_from((bits >> SIGNIFICAND_BITS) & 0x7ff).unwrap_or(0);
	// Subnormal numbers have no implicit bit and the exponent of the smallest normal ones.
	let significand = if exponent == 0 { stored } else { stored | 1 << SIGNIFICAND_BITS };
	// |value| * 2^fraction_bits = significand * 2^shift.
	let shift = exponent
		.max(1)
		.wrapping_sub(EXPONENT_BIAS)
		.wrapping_sub(SIGNIFICAND_BITS.cast_signed())
		.wrapping_add(i32::from(fraction_bits));
	let magnitude = scale(significand, shift).ok_or(FixedPointError::OutOfRange)?;
	let signed = if value.is_sign_negative() { magnitude.wrapping_neg() } else { magnitude };
	i32::try_from(signed).map_err(|_| FixedPointError::OutOfRange)
}

/// `significand * 2^shift` rounded half to even, for a significand below 2^53; `None` if that is
/// 2^63 or more.
fn scale(significand: u64, shift: i32) -> Option<i64> {
	let distance = shift.unsigned_abs();
	let scaled = if significand == 0 {
		0
	} else if shift >= 0 {
		(distance <= significand.leading_zeros()).then(|| significand.wrapping_shl(distance))?
	} else if distance > 54 {
		// Below a quarter, since a significand is below 2^53.
		0
	} else {
		let whole = significand >> distance;
		let rest = significand ^ whole.wrapping_shl(distance);
		let half = 1u64.wrapping_shl(distance.wrapping_sub(1));
		let up = rest > half || (rest == half && whole & 1 == 1);
		whole.wrapping_add(u64::from(up))
	};
	i64::try_from(scaled).ok()
}

/// Converts from fixed point; exact.
pub fn from_fixed(value: i32, fraction_bits: u8) -> f64 {
	let exponent = 1023u64.wrapping_sub(u64::from(fraction_bits));
	let unit = f64::from_bits(exponent.wrapping_shl(SIGNIFICAND_BITS));
	f64::from(value) * unit
}
