//! How the pallets are set up, one file per concern.

#![cfg_attr(not(test), deny(clippy::expect_used, clippy::as_conversions))]

mod accounts;
mod consensus;
mod governance;
mod money;
mod system;
mod training;

pub use accounts::ProxyKind;
pub use consensus::{EpochDuration, MaxValidators};
pub use money::{ExistentialDeposit, TreasuryAccount, TREASURY};
pub use system::{BlockLength, BlockWeights};
pub use training::BountyLimits;
