//! `sheaf model`

mod download;
mod evaluate;
mod train;

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;

/// `sheaf model`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Download a bounty's model and check it against its root on the chain
	Download(download::Options),
	/// Count the examples that a model answers correctly
	Evaluate(evaluate::Options),
	/// Train alone on one data set with a bounty's spec, to compare with
	Train(train::Options),
}

/// Runs it.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	match command {
		Command::Download(options) => download::run(options, context, out).await,
		Command::Evaluate(options) => evaluate::run(options, context, out),
		Command::Train(options) => train::run(options, context, out),
	}
}
