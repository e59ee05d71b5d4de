//! Fields of events that have no type here, as text for people.

use crate::{address, hex_hash};
use sheaf_training::{AccountId, Hash};
use subxt::ext::scale_value::{Composite, Primitive, Value, ValueDef};

/// What the names of fields with hashes contain; other fields of 32 bytes are accounts.
const HASHES: [&str; 3] = ["hash", "root", "commitment"];

/// `attempt 0, account 5Grw..`: all fields but the bounty and the round.
pub(super) fn text(all: &Composite<()>) -> String {
	let Composite::Named(fields) = all else {
		return Value::from(all.clone()).to_string();
	};
	let own = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "bounty" | "round"));
	own.map(|(name, value)| format!("{name} {}", one(name, value))).collect::<Vec<_>>().join(", ")
}

/// A field, taken out of the types around it.
fn one(name: &str, value: &Value<()>) -> String {
	let ValueDef::Composite(Composite::Unnamed(parts)) = &value.value else {
		return value.to_string();
	};
	if let Some(bytes) = bytes(parts) {
		return match HASHES.iter().any(|sign| name.contains(sign)) {
			true => hex_hash(&Hash::from(bytes)),
			false => address(&AccountId::new(bytes)),
		};
	}
	let parts: Vec<String> = parts.iter().map(|part| one(name, part)).collect();
	match parts.is_empty() {
		true => "none".into(),
		false => parts.join(" and "),
	}
}

fn bytes(parts: &[Value<()>]) -> Option<[u8; 32]> {
	let byte = |part: &Value<()>| match &part.value {
		ValueDef::Primitive(Primitive::U128(number)) => u8::try_from(*number).ok(),
		_ => None,
	};
	let bytes: Option<Vec<u8>> = parts.iter().map(byte).collect();
	bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn of_bytes(byte: u8) -> Value<()> {
		let bytes = std::iter::repeat_with(|| Value::u128(byte.into())).take(32);
		Value::unnamed_composite([Value::unnamed_composite(bytes)])
	}

	#[test]
	fn accounts_and_hashes_are_written_as_such() {
		let fields = Composite::named([
			("bounty", Value::unnamed_composite([Value::u128(3)])),
			("attempt", Value::u128(1)),
			("members", Value::unnamed_composite([of_bytes(1), of_bytes(2)])),
			("next_model_root", of_bytes(3)),
			("absent", Value::unnamed_composite([])),
		]);
		let [first, second] = [1, 2].map(|byte| address(&AccountId::new([byte; 32])));
		let root = hex_hash(&Hash::repeat_byte(3));
		assert_eq!(
			text(&fields),
			format!("attempt 1, members {first} and {second}, next_model_root {root}, absent none")
		);
	}
}
