#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![cfg_attr(
	not(test),
	deny(
		clippy::indexing_slicing,
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::arithmetic_side_effects,
		clippy::cast_possible_truncation,
		clippy::cast_sign_loss,
		clippy::cast_possible_wrap,
		clippy::cast_lossless
	)
)]

extern crate alloc;

pub mod chunk;
pub mod fixed_point;
pub mod fraud;
#[cfg(any(test, feature = "golden"))]
pub mod golden;
pub mod hash;
pub mod inference;
pub mod opening;
pub mod parameters;
pub mod proof;
pub mod rule;
pub mod tree;

mod mean;
mod median;

pub use chunk::{
	is_zero_padded, read_elements, write_elements, ChunkBytes, Shape, CHUNK_BYTES, CHUNK_ELEMENTS,
	MAX_ELEMENT_COUNT,
};
pub use fixed_point::{from_fixed, to_fixed, FixedPointError};
pub use fraud::{
	max_proof_bytes, verify_wrong_chunk, ChunkProof, FraudProofError, Inputs, WeightedRoot,
	WrongResultProof,
};
pub use hash::{Blake2b256, Hash, Hasher};
pub use inference::{
	answers_hash, changed, score, InferenceError, Network, NetworkError, Predictor, Score,
	SliceLayout, MAX_FRACTION_BITS, MAX_LAYERS, MAX_WIDTH, SALT_ELEMENTS,
};
pub use opening::{Opening, OpeningError, LEVELS_PER_OPENING, MAX_OPENED_NODES};
pub use parameters::{ParameterError, Parameters, MIN_ELEMENT_COUNT};
pub use proof::{top_from_path, verify_chunk, verify_leaf_hash, ProofError};
pub use rule::{aggregate_chunk, Rule, WeightedChunk};
pub use tree::{
	prove, root_of_chunks, root_of_leaf_hashes, seal_root, zero_subtree, RootBuilder, Tree,
	TreeError,
};
