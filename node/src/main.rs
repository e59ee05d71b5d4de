#![doc = include_str!("../README.md")]
// The errors of the SDK are what they are.
#![allow(clippy::result_large_err)]

mod blobs;
mod chain_spec;
mod cli;
mod command;
#[cfg(test)]
mod golden_vectors;
mod ports;
mod receipts;
mod rpc;
mod service;
mod training_metrics;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {}", one_line(&error.to_string()));
			ExitCode::FAILURE
		}
	}
}

/// Some errors of the SDK are paragraphs.
fn one_line(text: &str) -> String {
	text.split_whitespace().collect::<Vec<_>>().join(" ")
}
