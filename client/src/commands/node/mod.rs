//! `sheaf node`

mod leave;
mod register;
mod set_keys;
mod show;
mod withdraw;

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;

/// `sheaf node`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Register this account, or change what it offers
	Register(register::Options),
	/// Show a registered node
	Show(show::Options),
	/// End the registration and begin to release the bond
	Leave,
	/// Take released bonds back
	Withdraw,
	/// Have the node make new session keys, and set them for this account
	SetKeys,
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	match command {
		Command::Register(options) => register::run(options, context, out).await,
		Command::Show(options) => show::run(options, context, out).await,
		Command::Leave => leave::run(context, out).await,
		Command::Withdraw => withdraw::run(context, out).await,
		Command::SetKeys => set_keys::run(context, out).await,
	}
}
