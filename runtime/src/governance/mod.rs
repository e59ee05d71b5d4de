//! How token holders decide: the numbers they set, the origins their referenda act with, the tracks
//! that referenda run on, and the check that keeps unreadable and out-of-range proposals out.

#![cfg_attr(not(test), deny(clippy::expect_used, clippy::as_conversions))]

pub mod origins;
pub mod parameters;
pub mod proposals;
pub mod ranges;
pub mod referenda;
pub mod tracks;
pub mod voting;
pub mod weights;
