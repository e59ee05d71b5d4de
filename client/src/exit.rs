//! Exit codes: what a script can tell from them.

use sheaf_client::{
	aggregator::AggregatorError,
	amount::AmountError,
	blob::BlobError,
	chain::{ChainError, KeyError},
	dataset::DatasetError,
	gateway::GatewayError,
	model::ModelError,
	slices::SliceError,
	spec_file::SpecFileError,
	sponsor::SponsorError,
	trainer::{command::CommandError, train::TrainError, TrainerError},
	watchdog::{evidence::EvidenceError, WatchdogError},
};
use std::io::{self, Write};

/// Why the command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
	/// Done. Also if the reader of the output went away.
	Success = 0,
	/// Something unforeseen.
	Internal = 1,
	/// Wrong arguments (also clap's code), or no key to sign with.
	Usage = 2,
	/// The node cannot be reached, or is of another chain or version.
	Connection = 3,
	/// The chain or the node's pool refused.
	Refused = 4,
	/// A file is wrong: spec, model, data, blob.
	BadData = 5,
	/// The gateway cannot be reached or refused.
	Gateway = 6,
	/// The bounty was cancelled or aborted.
	NotCompleted = 7,
	/// A published result was found to be wrong.
	WrongResult = 8,
}

/// Shown by `--help`.
pub const HELP: &str = "\
Exit codes: 0 done, 1 internal error, 2 wrong arguments or no key, 3 no connection or wrong chain, \
4 the chain refused, 5 bad data, 6 the gateway refused or is away, 7 the bounty was not completed, \
8 `watch` found a wrong result.

Keys come from --key-file or the variable SHEAF_KEY, never from an argument.";

/// A mistake in the arguments that only the command can see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// A mistake in a file that only the command can see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);

impl Exit {
	/// The code for an error.
	pub fn of(error: &anyhow::Error) -> Self {
		error.chain().find_map(Self::of_one).unwrap_or(Self::Internal)
	}

	fn of_one(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
		macro_rules! any_of {
			($($type:ty),* => $exit:expr) => { $(if error.is::<$type>() { return Some($exit); })* };
		}
		if let Some(error) = error.downcast_ref::<io::Error>() {
			return Some(match error.kind() {
				io::ErrorKind::BrokenPipe => Self::Success,
				_ => Self::BadData,
			});
		}
		if let Some(error) = error.downcast_ref::<ChainError>() {
			return Some(Self::of_chain(error));
		}
		if let Some(error) = error.downcast_ref::<TrainerError>() {
			return Some(match error {
				TrainerError::Chain(error) => Self::of_chain(error),
				TrainerError::Gateway(error) => Self::of_gateway(error),
				TrainerError::NoSuchBounty(_) => Self::Usage,
				TrainerError::Interrupted(_) => Self::Internal,
				_ => Self::BadData,
			});
		}
		if let Some(error) = error.downcast_ref::<AggregatorError>() {
			return Some(match error {
				AggregatorError::Chain(error) => Self::of_chain(error),
				AggregatorError::Gateway(error) => Self::of_gateway(error),
				AggregatorError::NoSuchBounty(_) => Self::Usage,
				AggregatorError::Interrupted(_) => Self::Internal,
				_ => Self::BadData,
			});
		}
		if let Some(error) = error.downcast_ref::<WatchdogError>() {
			return Some(match error {
				WatchdogError::Chain(error) => Self::of_chain(error),
				WatchdogError::Gateway(error) => Self::of_gateway(error),
				WatchdogError::NoBond { .. } => Self::Refused,
				WatchdogError::NoSuchBounty(_) => Self::Usage,
				WatchdogError::Interrupted(_)
				| WatchdogError::Evidence(EvidenceError::Unproven(_)) => Self::Internal,
				_ => Self::BadData,
			});
		}
		if let Some(error) = error.downcast_ref::<SponsorError>() {
			return Some(match error {
				SponsorError::Chain(error) => Self::of_chain(error),
				SponsorError::Gateway(error) => Self::of_gateway(error),
				_ => Self::BadData,
			});
		}
		if let Some(error) = error.downcast_ref::<GatewayError>() {
			return Some(Self::of_gateway(error));
		}
		any_of!(KeyError, UsageError => Self::Usage);
		any_of!(
			AmountError, BlobError, CommandError, DataError, DatasetError, ModelError, SliceError,
			SpecFileError, TrainError => Self::BadData
		);
		None
	}

	fn of_chain(error: &ChainError) -> Self {
		match error {
			ChainError::Refused(_) | ChainError::NotTaken { .. } => Self::Refused,
			_ => Self::Connection,
		}
	}

	fn of_gateway(error: &GatewayError) -> Self {
		match error {
			GatewayError::Blob(_) => Self::BadData,
			_ => Self::Gateway,
		}
	}
}

/// A panic is one line that says where, not a page.
pub fn one_line_panics() {
	std::panic::set_hook(Box::new(|panic| {
		let message = panic
			.payload()
			.downcast_ref::<&str>()
			.map(|text| text.to_string())
			.or_else(|| panic.payload().downcast_ref::<String>().cloned())
			.unwrap_or_else(|| "no message".into());
		let place = panic.location().map(ToString::to_string).unwrap_or_default();
		let message = message.lines().next().unwrap_or_default().to_owned();
		let _ = writeln!(
			io::stderr(),
			"sheaf: internal error, please report it: {message} (at {place})"
		);
	}));
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_client::chain::Refusal;

	#[test]
	fn errors_have_their_codes() {
		let refusal = Refusal { pallet: "Balances".into(), error: "X".into(), docs: String::new() };
		let unreachable = || ChainError::Unreachable { url: "ws://x".into(), reason: "y".into() };
		let cases: [(anyhow::Error, Exit); 11] = [
			(WatchdogError::NoBond { bond: 2, free: 1 }.into(), Exit::Refused),
			(WatchdogError::Chain(unreachable()).into(), Exit::Connection),
			(WatchdogError::NoSuchBounty(sheaf_training::BountyId(1)).into(), Exit::Usage),
			(io::Error::from(io::ErrorKind::BrokenPipe).into(), Exit::Success),
			(KeyError::Missing.into(), Exit::Usage),
			(unreachable().into(), Exit::Connection),
			(TrainerError::Chain(unreachable()).into(), Exit::Connection),
			(ChainError::Refused(refusal).into(), Exit::Refused),
			(ModelError::NotAPerceptron.into(), Exit::BadData),
			(GatewayError::Refused { status: 409, message: "no".into() }.into(), Exit::Gateway),
			(anyhow::anyhow!("surprise"), Exit::Internal),
		];
		for (error, exit) in cases {
			assert_eq!(Exit::of(&error.context("while testing")), exit);
		}
	}
}
