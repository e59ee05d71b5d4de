//! Why a request is refused. Codes are stable: a number never changes its meaning.

use crate::{types::BlockRef, MAX_PAGE};
use jsonrpsee::types::{error::ErrorObject, ErrorObjectOwned};
use serde_json::json;
use sheaf_training::{BountyId, RoundIndex, SpecError};
use sp_core::H256;
use std::fmt;

/// Why a request is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
	/// The page has no entry, or more than a page may have.
	#[error("a page has 1 to {MAX_PAGE} entries, not {0}")]
	PageOutOfRange(u32),
	/// No bounty has this id.
	#[error("there is no bounty {0} at this block")]
	UnknownBounty(BountyId),
	/// The bounty has no such round, or not any more.
	#[error(
		"round {1} of bounty {0} is not live at this block: it is over, or not open yet; \
		ask with `at`, the hash of a block at which it was live"
	)]
	RoundNotLive(BountyId, RoundIndex),
	/// No node is registered under this account.
	#[error("no node is registered under {0} at this block")]
	UnknownNode(String),
	/// The node has no such block.
	#[error("this node knows no block {0:#x}")]
	UnknownBlock(H256),
	/// The node has the block, but not its state.
	#[error(
		"this node does not hold the state of block {} any more; ask a newer one, or a node that \
		runs with --state-pruning archive",
		.0.number
	)]
	PrunedBlock(BlockRef),
	/// The cursor's block is not held any more.
	#[error(
		"the block that this cursor goes through is not held any more; start from the first page"
	)]
	StaleCursor,
	/// The cursor was not made by this method for these arguments.
	#[error("this cursor was not made for this request; start from the first page")]
	WrongCursor,
	/// A spec has a list, text or number that the chain cannot store.
	#[error("the spec cannot be stored: {0}")]
	MalformedSpec(crate::types::TooLong),
	/// The chain would refuse the spec.
	#[error("the chain refuses the spec: {}", sentence(*.0))]
	SpecRefused(SpecError),
	/// A filter names a stage more than once.
	#[error("a filter names each stage at most once")]
	TooManyStages,
	/// The runtime at this block is older than the method.
	#[error("the runtime of block {} does not answer this yet; ask a newer block", .0.number)]
	OldRuntime(BlockRef),
	/// The runtime or the database failed.
	#[error("the node failed to ask the runtime; its log says why")]
	Failed,
}

macro_rules! codes {
	($($name:ident = $number:literal, $meaning:literal;)*) => {
		/// The errors by number.
		#[derive(Clone, Copy, PartialEq, Eq, Debug)]
		#[repr(i32)]
		pub enum Code {
			$(#[doc = $meaning] $name = $number,)*
		}

		impl Code {
			/// All of them.
			pub const ALL: &[Self] = &[$(Self::$name),*];

			/// What it means, in a sentence.
			pub fn meaning(self) -> &'static str {
				match self {
					$(Self::$name => $meaning,)*
				}
			}
		}
	};
}

codes! {
	PageOutOfRange = 20_001, "A page has 1 to 100 entries.";
	UnknownBounty = 20_002, "There is no bounty with this id at this block.";
	RoundNotLive = 20_003, "The round is over, or not open yet, at this block.";
	UnknownNode = 20_004, "No node is registered under this account at this block.";
	UnknownBlock = 20_005, "The node knows no such block.";
	PrunedBlock = 20_006, "The node does not hold the block's state any more.";
	StaleCursor = 20_007, "The cursor's block is not held any more: start from the first page.";
	WrongCursor = 20_008, "The cursor was not made for this request.";
	MalformedSpec = 20_009, "A part of the spec is longer or larger than the chain can store.";
	SpecRefused = 20_010, "The chain would refuse the spec; `data.reason` names the rule it breaks.";
	TooManyStages = 20_011, "A filter names each stage at most once.";
	OldRuntime = 20_012, "The runtime of the block is older than the method.";
	Failed = 20_013, "The node failed to ask the runtime.";
}

impl Code {
	/// What clients see.
	pub fn number(self) -> i32 {
		self as i32
	}

	/// Its name in camelCase.
	pub fn name(self) -> String {
		camel_case(self)
	}
}

/// Name of an enum's variant in camelCase.
fn camel_case(variant: impl fmt::Debug) -> String {
	let mut letters = format!("{variant:?}").into_bytes();
	if let Some(first) = letters.first_mut() {
		first.make_ascii_lowercase();
	}
	String::from_utf8_lossy(&letters).into_owned()
}

impl Error {
	/// Its code.
	pub fn code(&self) -> Code {
		match self {
			Self::PageOutOfRange(_) => Code::PageOutOfRange,
			Self::UnknownBounty(_) => Code::UnknownBounty,
			Self::RoundNotLive(..) => Code::RoundNotLive,
			Self::UnknownNode(_) => Code::UnknownNode,
			Self::UnknownBlock(_) => Code::UnknownBlock,
			Self::PrunedBlock(_) => Code::PrunedBlock,
			Self::StaleCursor => Code::StaleCursor,
			Self::WrongCursor => Code::WrongCursor,
			Self::MalformedSpec(_) => Code::MalformedSpec,
			Self::SpecRefused(_) => Code::SpecRefused,
			Self::TooManyStages => Code::TooManyStages,
			Self::OldRuntime(_) => Code::OldRuntime,
			Self::Failed => Code::Failed,
		}
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		let mut data = json!({ "name": error.code().name() });
		if let (Error::SpecRefused(reason), Some(data)) = (&error, data.as_object_mut()) {
			data.insert("reason".into(), camel_case(reason).into());
		}
		ErrorObject::owned(error.code().number(), error.to_string(), Some(data))
	}
}

/// What a spec does wrong.
fn sentence(error: SpecError) -> &'static str {
	match error {
		SpecError::UnknownRuleVersion => "the runtime executes another rule version",
		SpecError::UnsafeParameters => {
			"its rule, size, clip, bound, weights or trainers could overflow or make no sense"
		}
		SpecError::ModelTooLarge => "the model is larger than governance allows",
		SpecError::FractionBitsOutOfRange => "fraction bits must be within 1 to 30",
		SpecError::ManifestMismatch => {
			"the manifest's tensors do not add up to the element count, or a name repeats"
		}
		SpecError::NetworkMismatch => "the network's layers do not add up to the element count",
		SpecError::BadEvaluation => {
			"slices need a network, at least one example and one distinct commitment per round"
		}
		SpecError::TooMuchInference => "scoring one result is more work than governance allows",
		SpecError::BadMarginalShare => {
			"more is paid by marginal contribution than governance allows, or than slices of this \
			size can measure"
		}
		SpecError::RoundsOutOfRange => "it has no rounds, or more than the most",
		SpecError::TrainersOutOfRange => {
			"it has no trainers, more than the most, or a minimum above the maximum"
		}
		SpecError::WeightsNeedInvitations => "weights above one need an invited bounty",
		SpecError::PhaseTooShort => "a phase is shorter than the minimum",
		SpecError::PhaseTooLong => "a phase is longer than the maximum",
		SpecError::AttemptsOutOfRange => "it has no attempts, or more than the most",
	}
}
