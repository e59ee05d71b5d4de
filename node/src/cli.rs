//! Command line.

use sc_cli::RunCmd;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The whole command line.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do instead of running a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,
	/// How to run a node.
	#[clap(flatten)]
	pub run: RunCmd,
	/// How to keep models and updates.
	#[clap(flatten)]
	pub blobs: BlobParams,
}

/// Where models and updates are kept and who may fetch them.
#[derive(Clone, Debug, clap::Args)]
pub struct BlobParams {
	/// Port of the blob gateway on 127.0.0.1, for clients and the off-chain worker here.
	#[arg(
		long,
		value_name = "PORT",
		default_value_t = 9955,
		value_parser = clap::value_parser!(u16).range(1..),
	)]
	pub blob_port: u16,

	/// Address at which the blob gateway also serves other machines, for instance 0.0.0.0:9955.
	#[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "no_blobs")]
	pub blob_listen: Option<SocketAddr>,

	/// Keep no blobs: no gateway, no exchange with peers. Such a node cannot verify.
	#[arg(long)]
	pub no_blobs: bool,

	/// Keep blobs in this store instead of the node's folder, for instance s3://bucket/prefix.
	///
	/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and other AWS_ variables
	/// configure it.
	#[arg(long, value_name = "URL", conflicts_with = "no_blobs")]
	pub blob_store: Option<String>,
}

impl BlobParams {
	/// Addresses to listen on, one of which takes connections to 127.0.0.1 at the blob port.
	pub fn addresses(&self) -> Vec<SocketAddr> {
		if self.no_blobs {
			return Vec::new();
		}
		let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
		let local = SocketAddr::new(loopback, self.blob_port);
		match self.blob_listen {
			Some(open) if open.port() == self.blob_port && covers(open.ip(), loopback) => {
				vec![open]
			}
			Some(open) => vec![local, open],
			None => vec![local],
		}
	}

	/// URL of the gateway for the off-chain worker.
	pub fn local_url(&self) -> String {
		format!("http://127.0.0.1:{}", self.blob_port)
	}
}

fn covers(listening: IpAddr, address: IpAddr) -> bool {
	listening.is_unspecified() || listening == address
}

/// What to do instead of running a node.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Key management.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Print a chain specification.
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Export a chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate blocks.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Export blocks.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Import blocks.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the chain's database. Blobs stay.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain to an earlier state.
	Revert(sc_cli::RevertCmd),

	/// Print best and final block of the database.
	ChainInfo(sc_cli::ChainInfoCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	fn addresses(arguments: &[&str]) -> Vec<String> {
		let arguments = std::iter::once(&"sheaf-node").chain(arguments);
		let addresses = Cli::parse_from(arguments).blobs.addresses();
		addresses.iter().map(ToString::to_string).collect()
	}

	#[test]
	fn the_gateway_is_on_loopback_by_default() {
		assert_eq!(addresses(&[]), ["127.0.0.1:9955"]);
	}

	#[test]
	fn the_gateway_can_be_opened_on_another_port_too() {
		let expected = ["127.0.0.1:9955", "0.0.0.0:80"];
		assert_eq!(addresses(&["--blob-listen", "0.0.0.0:80"]), expected);
	}

	#[test]
	fn an_open_gateway_on_the_same_port_listens_once() {
		assert_eq!(addresses(&["--blob-listen", "0.0.0.0:9955"]), ["0.0.0.0:9955"]);
	}

	#[test]
	fn a_node_without_blobs_has_no_gateway() {
		assert!(addresses(&["--no-blobs"]).is_empty());
	}
}
