//! The self-test of `sheaf-aggregation` as a wasm blob, built, called and hashing as the runtime does.
//!
//! Natively this crate is only `WASM_BINARY`; a test of the node runs it in the node's executor. In
//! wasm it exports `golden_digest`, which takes nothing and returns the 32 bytes that
//! `tests/golden.json` holds as `self_test`.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

#[cfg(target_arch = "wasm32")]
mod blob {
	use sheaf_aggregation::{golden, Hash, Hasher};

	/// BLAKE2b-256 by the host, as in the runtime.
	struct HostBlake2;

	impl Hasher for HostBlake2 {
		fn hash(bytes: &[u8]) -> Hash {
			sp_io::hashing::blake2_256(bytes)
		}
	}

	sp_core::wasm_export_functions! {
		fn golden_digest() -> Hash {
			golden::digest::<HostBlake2>()
		}
	}
}
