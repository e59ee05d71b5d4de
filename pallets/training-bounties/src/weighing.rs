//! What calls weigh: before dispatch the most that they can take, afterwards what they took.

use crate::{Config, Pallet, WeightInfo};
use frame_support::{traits::Get, weights::Weight};
use sheaf_training::{Effect, Training, Verifiers, MAX_ATTESTATIONS, MAX_TRAINERS};

/// Passes that a settlement makes to compare attestations with published results: for misconduct and
/// for dissenters.
const PASSES: u32 = 2;

/// What the weight of an `advance` depends on.
#[derive(Clone, Copy)]
pub(crate) struct Size {
	attestations: u32,
	publications: u32,
	trainers: u32,
	verifiers: u32,
}

impl Size {
	/// The largest.
	pub(crate) fn most<T: Config>() -> Self {
		Self {
			attestations: MAX_ATTESTATIONS,
			publications: MAX_ATTESTATIONS,
			trainers: MAX_TRAINERS,
			verifiers: T::MaxVerifiers::get(),
		}
	}

	/// That of a bounty.
	pub(crate) fn of<T: Config>(training: &Training) -> Self {
		let rounds = || training.lowest.iter().chain(&training.following);
		let most = |lengths: Option<usize>| count(lengths.unwrap_or(0));
		Self {
			attestations: most(rounds().map(|round| round.attestations.len()).max()),
			publications: most(rounds().map(|round| round.publications.len()).max()),
			trainers: count(training.bounty.trainers.len()),
			verifiers: T::Verifiers::count(),
		}
	}

	/// The same, or the largest if a result was struck: reporting who attested it takes more than
	/// noting how others behaved.
	pub(crate) fn after<T: Config>(self, effects: &[Effect]) -> Self {
		match effects.iter().any(|effect| matches!(effect, Effect::ResultStruck { .. })) {
			true => Self::most::<T>(),
			false => self,
		}
	}

	/// Of an `advance`.
	pub(crate) fn advance<T: Config>(self) -> Weight {
		T::WeightInfo::advance(self.attestations, self.trainers).saturating_add(self.rest::<T>())
	}

	/// Of checking an `advance`.
	pub(crate) fn authorize<T: Config>(self) -> Weight {
		T::WeightInfo::authorize_advance(self.attestations, self.trainers)
			.saturating_add(self.rest::<T>())
	}

	/// What checking an `advance` takes less than the most.
	pub(crate) fn unspent<T: Config>(self) -> Weight {
		Self::most::<T>().authorize::<T>().saturating_sub(self.authorize::<T>())
	}

	/// Each result was published by somebody whose attestation opens to it, so that a pass compares half
	/// of all pairs.
	fn rest<T: Config>(self) -> Weight {
		let results = self.publications.min(MAX_ATTESTATIONS.div_ceil(2));
		T::WeightInfo::open_attestations(PASSES.saturating_mul(results))
			.saturating_add(T::WeightInfo::draw(self.verifiers))
	}
}

impl<T: Config> Pallet<T> {
	/// Of an `open_bounty` with so many validators.
	pub(crate) fn weight_of_opening(verifiers: u32) -> Weight {
		T::WeightInfo::open_bounty().saturating_add(T::WeightInfo::draw(verifiers))
	}

	/// The most of a `leave`: it ends Commit.
	pub(crate) fn most_of_leaving() -> Weight {
		Self::weight_of_leaving_last(T::MaxVerifiers::get())
	}

	/// Of a `leave` after which this followed.
	pub(crate) fn weight_of_leaving(effects: &[Effect]) -> Weight {
		match effects {
			[] => T::WeightInfo::leave(),
			_ => Self::weight_of_leaving_last(T::Verifiers::count()),
		}
	}

	fn weight_of_leaving_last(verifiers: u32) -> Weight {
		T::WeightInfo::leave_last().saturating_add(T::WeightInfo::draw(verifiers))
	}
}

fn count(length: usize) -> u32 {
	u32::try_from(length).unwrap_or(u32::MAX)
}
