#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
	not(test),
	deny(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::cast_possible_truncation,
		clippy::cast_sign_loss,
		clippy::cast_possible_wrap,
		clippy::cast_lossless
	)
)]

extern crate alloc;

mod api;
mod bounty;
mod committee;
mod conduct;
mod encoding;
mod ids;
mod interface;
mod message;
mod page;
mod reward;
mod round;
mod spec;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod training;
mod view;

pub use api::*;
pub use bounty::*;
pub use committee::*;
pub use conduct::*;
pub use encoding::*;
pub use ids::*;
pub use interface::*;
pub use message::*;
pub use page::*;
pub use reward::*;
pub use round::*;
pub use spec::*;
pub use training::*;
pub use view::*;
