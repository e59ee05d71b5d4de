//! `sheaf-aggregation` as a wasm blob, built, called and hashing as the runtime does.
//!
//! Natively this crate is `WASM_BINARY` and [`work`]; a test of the node and the measurements run the
//! blob in the node's executor. In wasm it exports `golden_digest`, which takes nothing and returns the
//! 32 bytes that `tests/golden.json` holds as `self_test`, and what [`work`] holds, to be timed.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod work;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

#[cfg(target_arch = "wasm32")]
mod blob {
	use crate::work::{push_chunks, Block, ProofCase};
	use alloc::vec::Vec;
	use core::hint::black_box;
	use sheaf_aggregation::{golden, ChunkBytes, Hash, Hasher, RootBuilder, Shape};

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

		// Whether a proof convicts, every time.
		fn convicts(case: ProofCase, times: u32) -> bool {
			case.convicts::<HostBlake2>(times)
		}

		// The next model's chunks of a block, as computed the last time.
		fn aggregate(block: Block, times: u32) -> Vec<ChunkBytes> {
			(0..times).fold(Vec::new(), |_, _| black_box(&block).aggregate(0))
		}

		// The root of a vector of these chunks, as computed the last time.
		fn root(elements: u64, chunks: Vec<ChunkBytes>, times: u32) -> Option<Hash> {
			let shape = Shape::new(elements)?;
			(0..times).fold(None, |_, _| {
				let mut tree = RootBuilder::<HostBlake2>::new(shape);
				push_chunks(&mut tree, black_box(&chunks)).ok()?;
				tree.finish().ok()
			})
		}
	}
}
