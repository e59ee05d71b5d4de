//! `sheaf governance vote`, `delegate` and `undelegate`

use super::track;
use crate::{
	context::{self, parse_tokens, tokens, Context, Out},
	exit::Exit,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use sheaf_client::{
	address,
	chain::{governance::Track, Call},
	AccountId,
};

/// For or against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Side {
	/// For
	Aye,
	/// Against
	Nay,
}

/// Options of `vote`.
#[derive(Args)]
pub struct VoteOptions {
	/// Number of the referendum
	referendum: u32,
	/// For or against
	side: Side,
	/// Tokens to vote with, all of yours at most, held ones too
	tokens: String,
	/// 0 counts a tenth and locks nothing afterwards; 1 to 6 count once to six times, and lock the
	/// winners' tokens for 1, 2, 4, 8, 16 or 32 weeks
	#[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=6))]
	conviction: u8,
}

/// Options of `delegate`.
#[derive(Args)]
pub struct DelegateOptions {
	/// The track, for example parameters
	#[arg(value_parser = track)]
	track: Track,
	/// Who votes for you
	#[arg(value_parser = context::account)]
	to: AccountId,
	/// Tokens to vote with
	tokens: String,
	/// As for a vote
	#[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=6))]
	conviction: u8,
}

/// Options of `undelegate`.
#[derive(Args)]
pub struct UndelegateOptions {
	/// The track, for example parameters
	#[arg(value_parser = track)]
	track: Track,
}

/// Votes.
pub async fn vote(options: VoteOptions, context: &Context, out: Out<'_>) -> Result<Exit> {
	let VoteOptions { referendum, side, tokens: amount, conviction } = options;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let amount = parse_tokens(&amount, &token)?;
	let waiting = context.spinner("waiting for finality");
	let call = Call::vote(referendum, side == Side::Aye, conviction, amount);
	chain.submit_finalized(&call, &signer).await?;
	waiting.finish_and_clear();
	let side = if side == Side::Aye { "aye" } else { "nay" };
	let value = json!({
		"event": "voted",
		"referendum": referendum,
		"side": side,
		"tokens": amount.to_string(),
		"conviction": conviction,
	});
	let text = format!("referendum {referendum}: {side} with {}", tokens(amount, &token));
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}

/// Delegates.
pub async fn delegate(options: DelegateOptions, context: &Context, out: Out<'_>) -> Result<Exit> {
	let DelegateOptions { track, to, tokens: amount, conviction } = options;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let amount = parse_tokens(&amount, &token)?;
	let waiting = context.spinner("waiting for finality");
	chain.submit_finalized(&Call::delegate(track, &to, conviction, amount), &signer).await?;
	waiting.finish_and_clear();
	let to = address(&to);
	let value = json!({
		"event": "delegated",
		"track": track.name,
		"to": to,
		"tokens": amount.to_string(),
		"conviction": conviction,
	});
	let text = format!("{to} votes with {} on the {} track", tokens(amount, &token), track.name);
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}

/// Takes a delegation back.
pub async fn undelegate(
	options: UndelegateOptions,
	context: &Context,
	out: Out<'_>,
) -> Result<Exit> {
	let track = options.track;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let waiting = context.spinner("waiting for finality");
	chain.submit_finalized(&Call::undelegate(track), &signer).await?;
	waiting.finish_and_clear();
	let value = json!({ "event": "undelegated", "track": track.name });
	context.say(out, &value, &format!("nobody votes for you on the {} track", track.name))?;
	Ok(Exit::Success)
}
