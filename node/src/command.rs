//! What each subcommand does.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	ports,
	service::{self, FullBackend, FullClient},
};
use sc_cli::{CliConfiguration, Result, Runner, SubstrateCli};
use sc_consensus::DefaultImportQueue;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{ChainType, Configuration, DatabaseSource, PartialComponents};
use sheaf_runtime::{opaque::Block, Hash};
use std::{future::Future, sync::Arc};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Sheaf Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the Sheaf authors".into()
	}

	fn support_url() -> String {
		"the project's issue tracker".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> std::result::Result<Box<dyn sc_service::ChainSpec>, String> {
		chain_spec::load(id)
	}
}

/// Parses the command line and does what it says.
pub fn run() -> Result<()> {
	let cli = Cli::from_args();
	match &cli.subcommand {
		None => run_node(&cli),
		Some(Subcommand::Key(command)) => command.run(&cli),
		Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
		Some(Subcommand::BuildSpec(command)) => {
			let runner = cli.create_runner(command)?;
			runner.sync_run(|config| command.run(config.chain_spec, config.network))
		}
		Some(Subcommand::PurgeChain(command)) => {
			let runner = cli.create_runner(command)?;
			runner.sync_run(|config| command.run(config.database))
		}
		Some(Subcommand::ChainInfo(command)) => {
			let runner = cli.create_runner(command)?;
			runner.sync_run(|config| command.run::<Block>(&config))
		}
		Some(Subcommand::CheckBlock(command)) => {
			with_components(&cli, command, |parts| command.run(parts.client, parts.import_queue))
		}
		Some(Subcommand::ImportBlocks(command)) => {
			with_components(&cli, command, |parts| command.run(parts.client, parts.import_queue))
		}
		Some(Subcommand::ExportBlocks(command)) => {
			with_components(&cli, command, |parts| command.run(parts.client, parts.database))
		}
		Some(Subcommand::Revert(command)) => with_components(&cli, command, |parts| {
			command.run(parts.client, parts.backend, Some(Box::new(service::revert_consensus)))
		}),
	}
}

/// Runs a command on a chain's database.
fn with_components<C: CliConfiguration, F: Future<Output = Result<()>>>(
	cli: &Cli,
	command: &C,
	run: impl FnOnce(Parts) -> F,
) -> Result<()> {
	let runner = with_indexing(cli.create_runner(command)?);
	runner.async_run(|config| {
		let components = service::components(&config)?;
		let PartialComponents { client, backend, import_queue, task_manager, .. } = components;
		Ok((run(Parts { client, backend, import_queue, database: config.database }), task_manager))
	})
}

/// What commands on a database need.
struct Parts {
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	import_queue: DefaultImportQueue<Block>,
	database: DatabaseSource,
}

/// Receipts are in the off-chain index, so every import writes it.
fn with_indexing(mut runner: Runner<Cli>) -> Runner<Cli> {
	runner.config_mut().offchain_worker.indexing_enabled = true;
	runner
}

fn run_node(cli: &Cli) -> Result<()> {
	let mut runner = with_indexing(cli.create_runner(&cli.run)?);
	ports::ensure_free(runner.config_mut(), &cli.blobs.addresses())?;
	let blobs = cli.blobs.clone();
	runner.run_node_until_exit(|config| async move {
		warn_about_single_validator(&config);
		match config.network.network_backend {
			NetworkBackendType::Litep2p => {
				service::start::<Litep2pNetworkBackend>(config, blobs).await
			}
			NetworkBackendType::Libp2p => {
				service::start::<NetworkWorker<Block, Hash>>(config, blobs).await
			}
		}
		.map_err(sc_cli::Error::Service)
	})
}

fn warn_about_single_validator(config: &Configuration) {
	if config.chain_spec.chain_type() == ChainType::Development {
		log::warn!(
			"⚠️  Development chain: a single validator cross-checks nothing. Availability, results \
			 and scores are whatever this one node says. Do not trust or pay for them."
		);
	}
}
