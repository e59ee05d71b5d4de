//! What fuzz targets share: parts of Sheaf that are in no library, and helpers to check them with.

#[path = "../../client/src/amount.rs"]
pub mod amount;
#[path = "../../node/src/blobs/mod.rs"]
#[allow(dead_code)]
pub mod blobs;
#[path = "../../client/src/dataset.rs"]
pub mod dataset;
pub mod memory;
#[path = "../../client/src/model.rs"]
pub mod model;
pub mod round;
#[path = "../../primitives/aggregation/tests/support/mod.rs"]
pub mod support;

/// A number from 0 to `most`, for bytes that stand for something small.
pub fn up_to(most: u64, byte: impl Into<u64>) -> u64 {
	byte.into() % (most + 1)
}

/// One of these.
pub fn one_of<T: Copy>(byte: u8, choices: &[T]) -> T {
	choices[usize::from(byte) % choices.len()]
}
