//! Handing the update over, once nothing can take the closing of Commit back.

use crate::chain::{Chain, ChainError};
use sheaf_training::{BountyId, Phase, RoundIndex};

/// Whether the block that closed Commit is final: the final state knows the round past Commit.
///
/// Before that, a fork could let others commit after they have seen this blob.
///
/// # Errors
///
/// [`ChainError`].
pub async fn closing_is_final(
	chain: &Chain,
	bounty: BountyId,
	round: RoundIndex,
	attempt: u8,
) -> Result<bool, ChainError> {
	let at = chain.finalized().await?;
	let seen = chain.round(bounty, round, Some(at.hash)).await?;
	Ok(seen.is_some_and(|round| round.attempt >= attempt && round.phase != Phase::Commit))
}
