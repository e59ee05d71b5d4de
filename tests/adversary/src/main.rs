//! Verifiers that lie, for tests on real nodes: see the README.

mod lie;
mod puppets;
mod transaction;
mod workshop;

use anyhow::{Context, Result};
use clap::{Args, Parser};
use lie::Lie;
use puppets::{Puppets, Verifier};
use sheaf_client::{chain::Chain, gateway::Gateway};
use sheaf_training::BountyId;
use std::path::PathBuf;
use transaction::Sender;
use workshop::Workshop;

/// Works on one bounty until it has ended.
#[derive(Parser)]
enum Command {
	/// Speak for validators
	Speak {
		#[command(flatten)]
		common: Common,
		/// Development name of a validator that tells the truth, such as Alice; may be repeated
		#[arg(long)]
		honest: Vec<String>,
		/// Development name of a validator that lies; may be repeated
		#[arg(long)]
		liar: Vec<String>,
		/// What the liars lie about
		#[arg(long, default_value = "none")]
		lie: Lie,
	},
}

/// Options of all commands.
#[derive(Args)]
struct Common {
	/// WebSocket address of a node
	#[arg(long)]
	node: String,
	/// HTTP address of that node's blob gateway
	#[arg(long)]
	gateway: String,
	/// Folder for downloads and computed models
	#[arg(long)]
	work_dir: PathBuf,
	/// Number of the bounty
	#[arg(long)]
	bounty: u32,
}

impl Common {
	async fn open(self) -> Result<(Chain, Workshop, BountyId)> {
		let chain = Chain::connect(&self.node, None).await?;
		let gateway = Gateway::new(&self.gateway)?;
		Ok((chain, Workshop { gateway, folder: self.work_dir }, BountyId(self.bounty)))
	}
}

#[tokio::main]
async fn main() -> Result<()> {
	match Command::parse() {
		Command::Speak { common, honest, liar, lie } => {
			let sender = Sender::connect(&common.node).await?;
			let (chain, workshop, bounty) = common.open().await?;
			let honest = honest.iter().map(|name| Verifier::named(name, Lie::None));
			let liars = liar.iter().map(|name| Verifier::named(name, lie.clone()));
			let verifiers = honest.chain(liars).collect::<Option<Vec<_>>>();
			let verifiers = verifiers.context("not a development name")?;
			Puppets::new(chain, workshop, sender, bounty, verifiers).run().await
		}
	}
}
