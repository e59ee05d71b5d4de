//! What verifiers lie about.

use std::{path::PathBuf, str::FromStr};

/// A lie, or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lie {
	/// Honest.
	None,
	/// Attests what no result opens.
	GarbageAttestation,
	/// Publishes nothing in the first attempt of a round.
	NoPublication,
	/// Votes the update in this file available.
	Vouch(PathBuf),
	/// Attests and publishes a wrong model; serves it from the node whose blob store this is, or
	/// withholds it from everybody.
	WrongModel(Option<PathBuf>),
}

impl FromStr for Lie {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.split_once(':').unwrap_or((text, "")) {
			("none", "") => Ok(Self::None),
			("garbage-attestation", "") => Ok(Self::GarbageAttestation),
			("no-publication", "") => Ok(Self::NoPublication),
			("vouch", file) => Ok(Self::Vouch(file.into())),
			("wrong-model", store) => Ok(Self::WrongModel(Some(store.into()))),
			("withheld-model", "") => Ok(Self::WrongModel(None)),
			_ => Err(format!("{text} is no lie that this program knows")),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_lie_is_known_by_its_name() {
		assert_eq!("none".parse(), Ok(Lie::None));
		assert_eq!("vouch:a/b".parse(), Ok(Lie::Vouch("a/b".into())));
		assert_eq!("wrong-model:a/b".parse(), Ok(Lie::WrongModel(Some("a/b".into()))));
		assert_eq!("withheld-model".parse(), Ok(Lie::WrongModel(None)));
		assert!("none:a".parse::<Lie>().is_err());
		assert!("truth".parse::<Lie>().is_err());
	}
}
