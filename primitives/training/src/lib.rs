#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod api;
mod bounty;
mod committee;
mod encoding;
mod ids;
mod interface;
mod message;
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
pub use encoding::*;
pub use ids::*;
pub use interface::*;
pub use message::*;
pub use reward::*;
pub use round::*;
pub use spec::*;
pub use training::*;
pub use view::*;
