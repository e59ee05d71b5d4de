//! Values that are text in JSON: amounts, hashes and accounts.

use schemars::{json_schema, JsonSchema, Schema, SchemaGenerator};
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};
use sheaf_training::AccountId;
use sp_core::{crypto::Ss58Codec, H256};
use std::{borrow::Cow, fmt, str::FromStr};

/// Implements JSON and its schema for a type by its `Display` and `FromStr`.
macro_rules! text {
	($name:ident, $schema:tt) => {
		impl Serialize for $name {
			fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
				serializer.collect_str(self)
			}
		}

		impl<'de> Deserialize<'de> for $name {
			fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
				let text = Cow::<'de, str>::deserialize(deserializer)?;
				text.parse().map_err(D::Error::custom)
			}
		}

		impl JsonSchema for $name {
			fn schema_name() -> Cow<'static, str> {
				stringify!($name).into()
			}

			fn json_schema(_: &mut SchemaGenerator) -> Schema {
				json_schema!($schema)
			}
		}
	};
}

/// An amount in the smallest unit of the token, as a decimal string: JavaScript's numbers are too
/// small.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount(pub u128);

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.0.fmt(f)
	}
}

impl FromStr for Amount {
	type Err = &'static str;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let digits = text.bytes().all(|byte| byte.is_ascii_digit());
		let amount = digits.then(|| text.parse().ok()).flatten();
		amount.map(Self).ok_or("an amount is a decimal string below 2^128")
	}
}

text!(Amount, {
	"type": "string",
	"pattern": "^[0-9]{1,39}$",
	"description": "An amount in the smallest unit of the token, below 2^128.",
});

/// A hash: of a block, a blob's root, a commitment. `0x` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HexHash(pub H256);

impl From<H256> for HexHash {
	fn from(hash: H256) -> Self {
		Self(hash)
	}
}

impl fmt::Display for HexHash {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{:#x}", self.0)
	}
}

impl FromStr for HexHash {
	type Err = &'static str;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let hash = from_hex(text).ok_or("a hash is 0x and 64 hexadecimal digits")?;
		Ok(Self(hash.into()))
	}
}

text!(HexHash, {
	"type": "string",
	"pattern": "^0x[0-9a-fA-F]{64}$",
	"description": "A hash of 32 bytes.",
});

/// An account: an SS58 address. `0x` and 64 hexadecimal digits are understood, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account(pub AccountId);

impl From<AccountId> for Account {
	fn from(account: AccountId) -> Self {
		Self(account)
	}
}

impl fmt::Display for Account {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.0.to_ss58check())
	}
}

impl FromStr for Account {
	type Err = &'static str;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let account = match from_hex(text) {
			Some(bytes) => Some(AccountId::new(bytes)),
			None => AccountId::from_ss58check(text).ok(),
		};
		account.map(Self).ok_or("an account is an SS58 address, or 0x and 64 hexadecimal digits")
	}
}

text!(Account, {
	"type": "string",
	"description": "An SS58 address, or 0x and 64 hexadecimal digits. Answers have the address.",
});

fn from_hex(text: &str) -> Option<[u8; 32]> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x")?, &mut bytes).ok()?;
	Some(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parsed<T: for<'de> Deserialize<'de>>(json: &str) -> Option<T> {
		serde_json::from_str(json).ok()
	}

	#[test]
	fn amounts_are_decimal_strings_up_to_the_largest() {
		let largest = format!("\"{}\"", u128::MAX);
		assert_eq!(serde_json::to_string(&Amount(u128::MAX)).unwrap(), largest);
		assert_eq!(parsed(&largest), Some(Amount(u128::MAX)));
		for wrong in ["1", "\"\"", "\"+1\"", "\"-1\"", "\"1.0\"", "\"0x1\"", "null"] {
			assert_eq!(parsed::<Amount>(wrong), None, "{wrong}");
		}
		let too_large = "\"340282366920938463463374607431768211456\"";
		assert_eq!(parsed::<Amount>(too_large), None);
	}

	#[test]
	fn hashes_are_64_hexadecimal_digits() {
		let hash = HexHash(H256::repeat_byte(0xab));
		let json = format!("\"0x{}\"", "ab".repeat(32));
		assert_eq!(serde_json::to_string(&hash).unwrap(), json);
		assert_eq!(parsed(&json), Some(hash));
		for wrong in ["\"0xab\"", "\"ab\"", "7", "\"\"", "\"0xé\""] {
			assert_eq!(parsed::<HexHash>(wrong), None, "{wrong}");
		}
	}

	#[test]
	fn accounts_are_addresses_or_hexadecimal() {
		let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		let account: Account = parsed(&format!("\"{alice}\"")).unwrap();
		assert_eq!(serde_json::to_string(&account).unwrap(), format!("\"{alice}\""));
		let by_hex = format!("\"0x{}\"", hex::encode(&account.0));
		assert_eq!(parsed(&by_hex), Some(account));
		assert_eq!(parsed::<Account>("\"5Grwva\""), None);
	}
}
