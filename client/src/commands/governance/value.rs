//! Values as people write them: `2%`, `3 SHEAF`, `{ treasury: 2%, burn: 8% }`.

use crate::exit::UsageError;
use anyhow::Result;
use sheaf_client::{amount, chain::queries::Token};
use subxt::ext::scale_value::{stringify::from_str, Value};

/// Reads a value. Shares are written with `%` and amounts with the token's symbol; both become the
/// whole numbers that the chain counts in.
pub fn parse(text: &str, token: &Token) -> Result<Value> {
	let whole = in_whole_numbers(text, token)?;
	match from_str(&whole) {
		(Ok(value), rest) if rest.trim().is_empty() => Ok(value),
		_ => {
			let message = format!(
				"\"{text}\" is not a value: write 12, 2%, 3 {} or {{ name: 1 }}",
				token.symbol
			);
			Err(UsageError(message).into())
		}
	}
}

/// Millionths in a percent, as decimal places.
const PERCENT_DECIMALS: u8 = 4;

fn in_whole_numbers(text: &str, token: &Token) -> Result<String> {
	let mut whole = String::new();
	let mut rest = text;
	while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
		let inside_word = rest[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
		let end = rest[start..]
			.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
			.map_or(rest.len(), |length| start + length);
		let (number, after) = (&rest[start..end], &rest[end..]);
		whole.push_str(&rest[..start]);
		let trimmed = after.trim_start();
		let (units, after) = if inside_word {
			(None, after)
		} else if let Some(after) = after.strip_prefix('%') {
			(Some(amount::parse(number, PERCENT_DECIMALS)?), after)
		} else if let Some(after) = trimmed.strip_prefix(token.symbol.as_str()) {
			(Some(amount::parse(number, token.decimals)?), after)
		} else {
			(None, after)
		};
		whole.push_str(&units.map_or_else(|| number.to_owned(), |units| units.to_string()));
		rest = after;
	}
	whole.push_str(rest);
	Ok(whole)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn read(text: &str) -> Result<String> {
		let token = Token { symbol: "SHEAF".into(), decimals: 18 };
		Ok(parse(text, &token)?.to_string())
	}

	#[test]
	fn shares_and_amounts_become_whole_numbers() {
		for (text, number) in [
			("12", "12"),
			("2%", "20000"),
			("0.5%", "5000"),
			("1.5 SHEAF", "1500000000000000000"),
			("3SHEAF", "3000000000000000000"),
		] {
			assert_eq!(read(text).unwrap(), number);
		}
		let shares = read("{ treasury: 2%, burn: 8% }").unwrap();
		assert_eq!(shares, read("{ treasury: 20000, burn: 80000 }").unwrap());
	}

	#[test]
	fn what_is_no_value_is_refused() {
		for text in ["", "1.5", "{ treasury: 2%", "0.00001%", "12 apples"] {
			assert!(read(text).is_err(), "{text}");
		}
	}
}
