//! The `sheaf` command: see `sheaf --help` and the README.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod commands;
mod context;
mod exit;
mod table;

use clap::Parser;
use context::{Context, GlobalOptions};
use exit::Exit;
use std::{io::Write, process::ExitCode};

/// Train models together on private data, verified by a chain.
#[derive(Parser)]
#[command(name = "sheaf", version, after_help = exit::HELP)]
struct Cli {
	#[command(flatten)]
	global: GlobalOptions,
	#[command(subcommand)]
	command: commands::Command,
}

#[tokio::main]
async fn main() -> ExitCode {
	exit::one_line_panics();
	let cli = Cli::parse();
	let context = Context::new(cli.global);
	let mut out = std::io::stdout();
	let result = commands::run(cli.command, &context, &mut out).await;
	let result = result.and_then(|exit| Ok(out.flush().map(|()| exit)?));
	let exit = result.unwrap_or_else(|error| {
		let exit = Exit::of(&error);
		if exit != Exit::Success {
			let _ = writeln!(std::io::stderr(), "sheaf: {error:#}");
		}
		exit
	});
	ExitCode::from(exit as u8)
}
