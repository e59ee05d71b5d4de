//! `sheaf governance`

mod propose;
mod reclaim;
mod show;
mod value;
mod vote;

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use sheaf_client::chain::governance::{Track, TRACKS};

/// `sheaf governance`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Submit a referendum and place its decision deposit
	#[command(subcommand)]
	Propose(propose::Proposal),
	/// Vote on a referendum; the tokens are locked while it lasts
	Vote(vote::VoteOptions),
	/// Have somebody else vote with tokens of yours on everything of a track
	Delegate(vote::DelegateOptions),
	/// Take a delegation back
	Undelegate(vote::UndelegateOptions),
	/// Take back votes on referenda that are over, and unlock tokens whose time has passed
	Unlock,
	/// Give the deposits of a referendum that is over back to who placed them
	Refund(reclaim::RefundOptions),
	/// Pay an approved spend of the treasury
	Payout(reclaim::PayoutOptions),
	/// Show referenda, newest first, or one of them
	Show(show::Options),
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	match command {
		Command::Propose(proposal) => propose::run(proposal, context, out).await,
		Command::Vote(options) => vote::vote(options, context, out).await,
		Command::Delegate(options) => vote::delegate(options, context, out).await,
		Command::Undelegate(options) => vote::undelegate(options, context, out).await,
		Command::Unlock => reclaim::unlock(context, out).await,
		Command::Refund(options) => reclaim::refund(options, context, out).await,
		Command::Payout(options) => reclaim::payout(options, context, out).await,
		Command::Show(options) => show::run(options, context, out).await,
	}
}

/// A track argument.
fn track(name: &str) -> Result<Track, String> {
	Track::by_name(name).ok_or_else(|| {
		let names: Vec<_> = TRACKS.iter().map(|track| track.name).collect();
		format!("expected one of {}", names.join(", "))
	})
}
