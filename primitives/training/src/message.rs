//! Fee-less messages of verifiers, signed with their session key.

use crate::{
	AccountId, BlockNumber, BountyId, Hash, OpenedNodes, OpenedRoot, RoundIndex, RoundResult,
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sheaf_aggregation::WrongResultProof;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Key type of the verifier's session key.
pub const VERIFIER_KEY_TYPE: sp_core::crypto::KeyTypeId = sp_core::crypto::KeyTypeId(*b"veri");

mod app {
	use sp_application_crypto::{app_crypto, ed25519};
	app_crypto!(ed25519, super::VERIFIER_KEY_TYPE);
}

/// A verifier's public session key.
pub type VerifierId = app::Public;
/// A verifier's signature.
pub type VerifierSignature = app::Signature;
#[cfg(feature = "std")]
/// A verifier's key pair.
pub type VerifierPair = app::Pair;

/// Most roots that one vote may carry.
pub const MAX_ROOTS_PER_VOTE: u32 = crate::MAX_TRAINERS + 1;

/// What a verifier says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum Statement {
	/// "I hold and have checked these": bit 0 the slice, bit `1 + slot` an update. In round 0, no
	/// bits are needed: it stands for the initial model.
	Availability {
		/// The bits.
		bits: u128,
		/// Roots that open commitments, where the chain does not know them.
		roots: BoundedVec<OpenedRoot, ConstU32<MAX_ROOTS_PER_VOTE>>,
	},
	/// "I computed the result, and this commits me to it."
	Attestation {
		/// The frozen inputs.
		inputs: Hash,
		/// [`crate::AttestationContext::attestation_hash`].
		hash: Hash,
	},
	/// "This is the result that I attested."
	Publication(RoundResult),
	/// "This published root is wrong, and here is why."
	WrongResult {
		/// The root.
		root: Hash,
		/// Why.
		proof: WrongResultProof,
	},
	/// "Open the accepted result with this root to me." Holds the bond on the verifier's account.
	Challenge {
		/// The root.
		root: Hash,
	},
	/// "These are the nodes under the one in question."
	Answer {
		/// The nodes, see [`sheaf_aggregation::Opening`].
		nodes: OpenedNodes,
	},
	/// "Of the nodes that my challenge opened, open this one."
	Narrow {
		/// Its place among them.
		child: u8,
	},
}

/// A statement with everything that binds it to one place and time.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct VerifierMessage {
	/// Hash of block 0: a message is good on one chain only.
	pub genesis: Hash,
	/// Best block of the sender. Also keeps a repeated message from having the same bytes.
	pub at: BlockNumber,
	/// The bounty.
	pub bounty: BountyId,
	/// The round; 0 for the initial model.
	pub round: RoundIndex,
	/// The attempt.
	pub attempt: u8,
	/// The committee member.
	pub verifier: AccountId,
	/// What it says.
	pub statement: Statement,
}

impl VerifierMessage {
	/// The bytes that the session key signs.
	pub fn signing_payload(&self) -> alloc::vec::Vec<u8> {
		(*b"sheaf/verifier/v1", self).encode()
	}
}
