#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]

extern crate alloc;

mod api;
mod referendum;
mod refusal;
mod voting;

pub use api::*;
pub use referendum::*;
pub use refusal::*;
pub use voting::*;
