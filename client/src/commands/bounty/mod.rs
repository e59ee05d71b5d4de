//! `sheaf bounty`

mod act;
mod list;
mod open;
mod quote;
mod show;
mod watch;

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;
use sheaf_client::chain::Call;
use sheaf_training::BountyId;

/// `sheaf bounty`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Show what a spec would cost, before opening it
	Quote(quote::Options),
	/// Open and fund a bounty, upload its initial model
	Open(open::Options),
	/// List bounties
	List(list::Options),
	/// Show one bounty with its live rounds
	Show(show::Options),
	/// Follow a bounty until it ends; with --upload-slices also reveal its evaluation slices
	Watch(watch::Options),
	/// Invite a trainer
	Invite(act::InviteOptions),
	/// Start the rounds before enrolment ends
	Start(act::BountyOptions),
	/// Make the newest round the last; later ones are refunded
	Close(act::BountyOptions),
	/// Cancel a bounty in which nothing was trained yet
	Cancel(act::BountyOptions),
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	match command {
		Command::Quote(options) => quote::run(options, context, out).await,
		Command::Open(options) => open::run(options, context, out).await,
		Command::List(options) => list::run(options, context, out).await,
		Command::Show(options) => show::run(options, context, out).await,
		Command::Watch(options) => watch::run(options, context, out).await,
		Command::Invite(options) => {
			let bounty = BountyId(options.bounty);
			let call = Call::invite(bounty, &options.account, options.weight);
			act::run(call, bounty, "invited", context, out).await
		}
		Command::Start(options) => {
			let bounty = BountyId(options.bounty);
			act::run(Call::start(bounty), bounty, "started", context, out).await
		}
		Command::Close(options) => {
			let bounty = BountyId(options.bounty);
			act::run(Call::close_bounty(bounty), bounty, "closed", context, out).await
		}
		Command::Cancel(options) => {
			let bounty = BountyId(options.bounty);
			act::run(Call::cancel_bounty(bounty), bounty, "cancelled", context, out).await
		}
	}
}
