//! Amounts as people write them: decimal tokens.

use sheaf_training::Balance;

/// Why a text is not an amount.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AmountError {
	/// Not digits with at most one point.
	#[error("\"{0}\" is not an amount: write tokens as 12 or 12.5")]
	Malformed(String),
	/// More decimal places than the token has.
	#[error("\"{0}\" has more than the token's {1} decimal places")]
	TooFine(String, u8),
	/// Beyond 2^128.
	#[error("\"{0}\" is too large")]
	TooLarge(String),
}

/// Reads decimal tokens as the smallest unit.
///
/// # Errors
///
/// [`AmountError`].
pub fn parse(text: &str, decimals: u8) -> Result<Balance, AmountError> {
	let clean = text.trim().replace('_', "");
	let (whole, fraction) = clean.split_once('.').unwrap_or((&clean, ""));
	let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || !digits(whole) || !digits(fraction) || clean.ends_with('.') {
		return Err(AmountError::Malformed(text.into()));
	}
	let fraction = fraction.trim_end_matches('0');
	let places = usize::from(decimals);
	if fraction.len() > places {
		return Err(AmountError::TooFine(text.into(), decimals));
	}
	format!("{whole}{fraction:0<places$}").parse().map_err(|_| AmountError::TooLarge(text.into()))
}

/// Writes an amount in tokens, exactly, without trailing zeros.
pub fn format(amount: Balance, decimals: u8) -> String {
	let places = usize::from(decimals);
	let digits = format!("{amount:0>width$}", width = places + 1);
	let (whole, fraction) = digits.split_at(digits.len() - places);
	match fraction.trim_end_matches('0') {
		"" => whole.to_owned(),
		fraction => format!("{whole}.{fraction}"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_survive_writing_and_reading() {
		for (text, amount) in
			[("0", 0), ("1", 10_000), ("12.5", 125_000), ("0.0001", 1), ("7.25", 72_500)]
		{
			assert_eq!(parse(text, 4), Ok(amount));
			assert_eq!(format(amount, 4), text);
		}
		assert_eq!(parse("1_000", 0), Ok(1000));
		assert_eq!(format(1000, 0), "1000");
	}

	#[test]
	fn what_is_not_exact_is_refused() {
		for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "1.2.3"] {
			assert_eq!(parse(text, 4), Err(AmountError::Malformed(text.into())), "{text}");
		}
		assert!(matches!(parse("0.00001", 4), Err(AmountError::TooFine(..))));
		assert!(matches!(parse(&"9".repeat(40), 4), Err(AmountError::TooLarge(_))));
	}
}
