//! The hash function, supplied by the caller.

use blake2::{digest::consts::U32, Blake2b, Digest};

/// 32 bytes of BLAKE2b-256 output.
pub type Hash = [u8; 32];

/// BLAKE2b-256, as a host function in a runtime or in software elsewhere.
///
/// Every implementation must return the same bytes as [`Blake2b256`]; it is a parameter only so
/// that a runtime can use its host's native code.
pub trait Hasher {
	/// Returns the BLAKE2b-256 hash of `bytes`, without key, salt or personalisation.
	fn hash(bytes: &[u8]) -> Hash;
}

/// BLAKE2b-256 in software, for code outside a runtime.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Blake2b256;

impl Hasher for Blake2b256 {
	fn hash(bytes: &[u8]) -> Hash {
		Blake2b::<U32>::digest(bytes).into()
	}
}
