//! One file per subcommand, each with its options and `run`.

mod aggregator;
mod bounty;
mod data;
mod governance;
mod model;
mod node;
mod rewards;
mod trainer;
mod watch;

use crate::{
	context::{Context, Out},
	exit::Exit,
};
use anyhow::Result;

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
	/// Register as a trainer, aggregator or verifier
	#[command(subcommand)]
	Node(node::Command),
	/// Open, watch and end bounties
	#[command(subcommand)]
	Bounty(bounty::Command),
	/// Train on private data for a bounty
	#[command(subcommand)]
	Trainer(trainer::Command),
	/// Compute next models for a bounty
	#[command(subcommand)]
	Aggregator(aggregator::Command),
	/// Compute published results again, and prove wrong ones wrong
	Watch(watch::Options),
	/// Download, evaluate and centrally train models
	#[command(subcommand)]
	Model(model::Command),
	/// What an account was paid
	#[command(subcommand)]
	Rewards(rewards::Command),
	/// Propose, vote, delegate, and see what is proposed
	#[command(subcommand)]
	Governance(governance::Command),
	/// Prepare data sets
	#[command(subcommand)]
	Data(data::Command),
}

/// Runs a command.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	match command {
		Command::Node(command) => node::run(command, context, out).await,
		Command::Bounty(command) => bounty::run(command, context, out).await,
		Command::Trainer(command) => trainer::run(command, context, out).await,
		Command::Aggregator(command) => aggregator::run(command, context, out).await,
		Command::Watch(options) => watch::run(options, context, out).await,
		Command::Model(command) => model::run(command, context, out).await,
		Command::Rewards(command) => rewards::run(command, context, out).await,
		Command::Governance(command) => governance::run(command, context, out).await,
		Command::Data(command) => data::run(command, context, out),
	}
}
