//! How the pallets are set up, one file per concern.

mod consensus;
mod money;
mod system;
mod training;

pub use consensus::{EpochDuration, MaxValidators};
pub use money::{ExistentialDeposit, TreasuryAccount, TREASURY};
pub use system::{BlockLength, BlockWeights};
pub use training::{BountyLimits, ProtocolParts, RewardParts};
