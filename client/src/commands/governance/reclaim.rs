//! `sheaf governance unlock`, `refund` and `payout`

use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{
	chain::{governance::Deposit, Call, Chain},
	AccountId,
};
use sheaf_governance::ReferendumState;

/// Options of `refund`.
#[derive(Args)]
pub struct RefundOptions {
	/// Number of the referendum
	referendum: u32,
}

/// Options of `payout`.
#[derive(Args)]
pub struct PayoutOptions {
	/// Number of the spend, as the event `Treasury.AssetSpendApproved` says it
	spend: u32,
}

/// Takes back votes on referenda that are over, and unlocks.
pub async fn unlock(context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let voting = chain.voting_of(signer.account()).await?;
	let votes: Vec<(u16, u32)> = voting
		.iter()
		.flat_map(|of| of.votes.iter().map(|vote| (of.track, vote)))
		.filter(|(_, vote)| !vote.ongoing)
		.map(|(track, vote)| (track, vote.referendum))
		.collect();
	let tracks: Vec<u16> = voting.iter().map(|of| of.track).collect();
	if !tracks.is_empty() {
		let waiting = context.spinner("waiting for finality");
		let call = Call::unlock(signer.account(), &votes, &tracks);
		chain.submit_finalized(&call, &signer).await?;
		waiting.finish_and_clear();
	}
	let locked = locked(&chain, signer.account()).await?;
	let referenda: Vec<u32> = votes.iter().map(|(_, referendum)| *referendum).collect();
	let value = json!({
		"event": "unlocked",
		"votes_taken_back": referenda,
		"still_locked": locked.to_string(),
	});
	let text =
		format!("votes taken back: {}; still locked: {}", votes.len(), tokens(locked, &token));
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}

/// What votes and delegations of an account lock. Locks overlap, so that is the largest one.
async fn locked(chain: &Chain, account: &AccountId) -> Result<u128> {
	let voting = chain.voting_of(account).await?;
	Ok(voting.iter().map(|of| of.locked).max().unwrap_or(0))
}

/// Gives the deposits of a referendum that is over back.
pub async fn refund(options: RefundOptions, context: &Context, out: Out<'_>) -> Result<Exit> {
	let RefundOptions { referendum } = options;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let found = chain.referendum(referendum).await?;
	let state =
		found.ok_or_else(|| UsageError(format!("there is no referendum {referendum}")))?.state;
	let deposits: &[Deposit] = match state {
		ReferendumState::Approved(_) | ReferendumState::Cancelled(_) => {
			&[Deposit::Submission, Deposit::Decision]
		}
		ReferendumState::Rejected(_) | ReferendumState::TimedOut(_) => &[Deposit::Decision],
		ReferendumState::Ongoing(_) | ReferendumState::Killed(_) => &[],
	};
	let waiting = context.spinner("waiting for finality");
	let mut refunded = 0;
	for deposit in deposits {
		let call = Call::refund_deposit(*deposit, referendum);
		match chain.submit_finalized(&call, &signer).await {
			Ok(_) => refunded += 1,
			Err(error) if error.is_refusal("NoDeposit") => {}
			Err(error) => return Err(error.into()),
		}
	}
	waiting.finish_and_clear();
	if refunded == 0 {
		let reason = format!("referendum {referendum} has no deposit that can be given back");
		return Err(UsageError(reason).into());
	}
	let value = json!({ "event": "refunded", "referendum": referendum, "deposits": refunded });
	let text = format!("referendum {referendum}: {refunded} deposits given back");
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}

/// Pays an approved spend.
pub async fn payout(options: PayoutOptions, context: &Context, out: Out<'_>) -> Result<Exit> {
	let PayoutOptions { spend } = options;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let waiting = context.spinner("waiting for finality");
	chain.submit_finalized(&Call::payout(spend), &signer).await?;
	waiting.finish_and_clear();
	let value = json!({ "event": "paid", "spend": spend });
	context.say(out, &value, &format!("spend {spend} is paid"))?;
	Ok(Exit::Success)
}
