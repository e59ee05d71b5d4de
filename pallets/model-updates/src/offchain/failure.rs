//! Why a verifier could not do its part in this block. The next block tries again.

use alloc::string::String;
use core::fmt;
use sheaf_aggregation::InferenceError;
use sheaf_training::Hash;

/// The gateway does not serve a round before the block that closed Commit is final.
const TOO_EARLY: u16 = 425;

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
	/// The gateway cannot be reached, or was too slow.
	Unreachable {
		/// Where it was asked.
		url: String,
	},
	/// The gateway answered with another status than success.
	Refused {
		/// Where it was asked.
		url: String,
		/// HTTP status.
		status: u16,
	},
	/// The gateway's answer has another length or form than it must have.
	MalformedAnswer {
		/// Where it was asked.
		url: String,
	},
	/// The data that the gateway serves under a root has another one: its store is damaged.
	CorruptedBlob {
		/// The root asked for.
		root: Hash,
	},
	/// The gateway computed another next model from the same inputs.
	RootMismatch {
		/// What this worker computed.
		computed: Hash,
		/// What the gateway computed.
		by_gateway: Hash,
	},
	/// The computed result does not open what this verifier attested.
	AttestedAnother {
		/// What this worker computes now.
		computed: Hash,
	},
	/// The round is too large for the worker's memory.
	TooLarge,
	/// The result cannot be scored.
	CannotScore(InferenceError),
	/// The round asks for something that its spec does not define; cannot happen.
	Inconsistent,
	/// The keystore does not sign with the key of this seat.
	CannotSign,
}

impl Failure {
	/// An error is a disagreement that the operator must look into; a warning may pass by itself.
	pub(crate) fn level(&self) -> log::Level {
		match self {
			Self::Refused { status: TOO_EARLY, .. } => log::Level::Debug,
			Self::Unreachable { .. }
			| Self::Refused { .. }
			| Self::MalformedAnswer { .. }
			| Self::TooLarge
			| Self::CannotScore(_) => log::Level::Warn,
			Self::CorruptedBlob { .. }
			| Self::RootMismatch { .. }
			| Self::AttestedAnother { .. }
			| Self::Inconsistent
			| Self::CannotSign => log::Level::Error,
		}
	}

	/// Whether computing again in the next block would probably fail again.
	pub(crate) fn lasts(&self) -> bool {
		use Failure::*;
		matches!(
			self,
			CorruptedBlob { .. } | RootMismatch { .. } | AttestedAnother { .. } | CannotScore(_)
		)
	}
}

impl fmt::Display for Failure {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable { url } => write!(formatter, "no answer from {url}"),
			Self::Refused { url, status } => write!(formatter, "status {status} from {url}"),
			Self::MalformedAnswer { url } => write!(formatter, "malformed answer from {url}"),
			Self::CorruptedBlob { root } => {
				write!(formatter, "the gateway's blob {root:#x} is damaged")
			}
			Self::RootMismatch { computed, by_gateway } => write!(
				formatter,
				"root mismatch: computed {computed:#x}, the gateway {by_gateway:#x}"
			),
			Self::AttestedAnother { computed } => write!(
				formatter,
				"the result with root {computed:#x} is not the one that was attested"
			),
			Self::TooLarge => formatter.write_str("too large for the off-chain worker's memory"),
			Self::CannotScore(error) => write!(formatter, "cannot score: {error}"),
			Self::Inconsistent => formatter.write_str("the round and its spec do not fit together"),
			Self::CannotSign => formatter.write_str("the keystore does not sign with this key"),
		}
	}
}
