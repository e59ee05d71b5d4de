//! Floats to fixed point and amounts of tokens: exact, and back again.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{from_fixed, to_fixed, FixedPointError};
use sheaf_fuzz::amount;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
	value: f64,
	narrow: f32,
	fixed: i32,
	fraction_bits: u8,
	amount: u128,
	decimals: u8,
	text: &'a str,
}

/// The nearest fixed-point value, found by doubling: exact, because every step is.
fn by_definition(value: f64, fraction_bits: u8) -> Result<i32, FixedPointError> {
	if value.is_nan() {
		return Err(FixedPointError::NotANumber);
	}
	let mut scaled = value;
	for _ in 0..fraction_bits {
		// Doubling is exact, or infinite; of a subnormal number, too.
		scaled *= 2.0;
	}
	let rounded = scaled.round_ties_even();
	match (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded) {
		true => Ok(rounded as i32),
		false => Err(FixedPointError::OutOfRange),
	}
}

/// The amount that a text means, digit by digit.
fn amount_by_definition(text: &str, decimals: u8) -> Option<u128> {
	let clean: String = text.trim().chars().filter(|character| *character != '_').collect();
	let mut parts = clean.split('.');
	let (whole, fraction) = (parts.next()?, parts.next());
	let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
	if parts.next().is_some() || !digits(whole) || !fraction.is_none_or(digits) {
		return None;
	}
	let fraction = fraction.unwrap_or_default();
	let (kept, rest) = fraction.split_at(fraction.len().min(decimals.into()));
	if rest.bytes().any(|byte| byte != b'0') {
		return None;
	}
	let missing = usize::from(decimals) - kept.len();
	let all = whole.bytes().chain(kept.bytes()).chain(core::iter::repeat_n(b'0', missing));
	all.into_iter()
		.try_fold(0u128, |sum, digit| sum.checked_mul(10)?.checked_add((digit - b'0').into()))
}

fuzz_target!(|input: Input| {
	let bits = input.fraction_bits % 31;
	for value in [input.value, input.narrow.into(), from_fixed(input.fixed, bits) + input.value] {
		assert_eq!(to_fixed(value, bits), by_definition(value, bits), "{value} at {bits}");
	}
	assert_eq!(to_fixed(from_fixed(input.fixed, bits), bits), Ok(input.fixed));

	let decimals = input.decimals % 40;
	let written = amount::format(input.amount, decimals);
	assert_eq!(amount::parse(&written, decimals), Ok(input.amount), "{written}");
	let read = amount::parse(input.text, decimals);
	assert_eq!(read.as_ref().ok().copied(), amount_by_definition(input.text, decimals), "{read:?}");
});
