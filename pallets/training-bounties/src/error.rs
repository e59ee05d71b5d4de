//! Every refusal of the state machine has an error of its own.

use crate::{Config, Error};
use sheaf_training::{BountyError, Refusal, RoundError, SpecError};

macro_rules! one_to_one {
	($from:ident, $value:expr, $($variant:ident),+ $(,)?) => {
		match $value {
			$($from::$variant => Error::$variant,)+
		}
	};
}

impl<T: Config> From<SpecError> for Error<T> {
	fn from(error: SpecError) -> Self {
		one_to_one!(
			SpecError,
			error,
			UnknownRuleVersion,
			UnsafeParameters,
			ModelTooLarge,
			FractionBitsOutOfRange,
			ManifestMismatch,
			NetworkMismatch,
			BadEvaluation,
			TooMuchInference,
			BadMarginalShare,
			RoundsOutOfRange,
			TrainersOutOfRange,
			WeightsNeedInvitations,
			PhaseTooShort,
			PhaseTooLong,
			AttemptsOutOfRange,
		)
	}
}

impl<T: Config> From<Refusal> for Error<T> {
	fn from(refusal: Refusal) -> Self {
		use BountyError::*;
		match refusal {
			Refusal::Round(RoundError::TooEarly) => Error::TooEarly,
			// Of the round's refusals, `advance` can only meet that and a stale attempt, phase or
			// deadline. What updates and challenges break is for the pallet that takes them.
			Refusal::Round(_) => Error::StaleDeadline,
			Refusal::Bounty(error) => match error {
				// The last three answer calls of the pallet that takes votes and commitments.
				WrongState | AlreadyVoted | NotOnCommittee | Inactive => Error::WrongState,
				EnrolmentClosed => Error::EnrolmentClosed,
				AlreadyEnrolled => Error::AlreadyEnrolled,
				NotEnrolled => Error::NotEnrolled,
				NotInvited => Error::NotInvited,
				AlreadyInvited => Error::AlreadyInvited,
				WeightOutOfRange => Error::WeightOutOfRange,
				NoPlaceLeft => Error::NoPlaceLeft,
				CommitmentStanding => Error::CommitmentStanding,
				AlreadyActive => Error::AlreadyActive,
				TooFewTrainers => Error::TooFewTrainers,
				TooEarly => Error::TooEarly,
				DeadlinePassed => Error::DeadlinePassed,
				StaleDeadline => Error::StaleDeadline,
				NoSuchRound => Error::NoSuchRound,
			},
		}
	}
}
