//! Every refusal of the state machine and of a proof has an error.

use crate::{Config, Error};
use sheaf_aggregation::FraudProofError;
use sheaf_training::{BountyError, Refusal, RoundError};

impl<T: Config> From<Refusal> for Error<T> {
	fn from(refusal: Refusal) -> Self {
		match refusal {
			Refusal::Bounty(error) => error.into(),
			Refusal::Round(error) => error.into(),
		}
	}
}

impl<T: Config> From<BountyError> for Error<T> {
	fn from(error: BountyError) -> Self {
		match error {
			BountyError::NotEnrolled => Error::NotEnrolled,
			BountyError::Inactive => Error::Inactive,
			BountyError::NotOnCommittee => Error::NotOnCommittee,
			BountyError::AlreadyVoted => Error::AlreadyVoted,
			BountyError::DeadlinePassed => Error::DeadlinePassed,
			BountyError::NoSuchRound => Error::NoSuchRound,
			// The rest belong to calls of other pallets.
			_ => Error::WrongState,
		}
	}
}

impl<T: Config> From<RoundError> for Error<T> {
	fn from(error: RoundError) -> Self {
		match error {
			RoundError::WrongPhase => Error::WrongPhase,
			RoundError::WrongAttempt => Error::WrongAttempt,
			RoundError::DeadlinePassed => Error::DeadlinePassed,
			RoundError::AlreadyCommitted => Error::AlreadyCommitted,
			RoundError::NotOnCommittee => Error::NotOnCommittee,
			RoundError::RootOpensNothing => Error::RootOpensNothing,
			RoundError::VoteWithoutRoot => Error::VoteWithoutRoot,
			RoundError::NothingNew => Error::NothingNew,
			RoundError::TooManyVotes => Error::TooManyVotes,
			RoundError::WrongInputs => Error::WrongInputs,
			RoundError::AlreadyAttested => Error::AlreadyAttested,
			RoundError::NotAttested => Error::NotAttested,
			RoundError::AlreadyPublished => Error::AlreadyPublished,
			RoundError::MalformedScores => Error::MalformedScores,
			RoundError::NoSuchResult => Error::NoSuchResult,
			RoundError::Full => Error::Full,
			RoundError::ChallengeOpen => Error::ChallengeOpen,
			RoundError::NoChallenge => Error::NoChallenge,
			RoundError::TooManyChallenges => Error::TooManyChallenges,
			RoundError::NotYourTurn => Error::NotYourTurn,
			RoundError::NotChallenger => Error::NotChallenger,
			RoundError::WrongOpening => Error::WrongOpening,
			RoundError::NoSuchNode => Error::NoSuchNode,
			RoundError::LeavesOpen => Error::LeavesOpen,
			// These belong to `advance`.
			RoundError::TooEarly | RoundError::StaleDeadline => Error::WrongPhase,
		}
	}
}

impl<T: Config> From<FraudProofError> for Error<T> {
	fn from(error: FraudProofError) -> Self {
		use FraudProofError::*;
		match error {
			InvalidParameters
			| WrongNumberOfUpdates
			| MalformedClaimedPath
			| MalformedPreviousChunk
			| MalformedUpdateChunk { .. } => Error::MalformedProof,
			IndexOutOfRange => Error::IndexOutOfRange,
			ClaimedPathDoesNotMatchRoot => Error::ClaimDoesNotMatchRoot,
			PreviousChunkDoesNotMatchRoot => Error::PreviousChunkDoesNotMatchRoot,
			UpdateChunkDoesNotMatchRoot { .. } => Error::UpdateChunkDoesNotMatchRoot,
			ResultIsCorrect => Error::ResultIsCorrect,
		}
	}
}
