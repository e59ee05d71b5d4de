//! What calls weigh: before dispatch the most that they can take, afterwards what they took.

use crate::{Config, Pallet, WeightInfo};
use frame_support::{traits::Get, weights::Weight};
use sheaf_aggregation::WrongResultProof;
use sheaf_training::{
	Effect, RoundIndex, Statement, Training, VerifierMessage, MAX_ATTEMPTS, MAX_ATTESTATIONS,
};

/// What followed from an event, as far as its weight depends on it.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
	/// Whether anything did.
	followed: bool,
	/// Whether that settled a round.
	settled: bool,
	/// Most results that were published in a live round.
	publications: u32,
	/// Most that one strike reported.
	offenders: u32,
}

impl Outcome {
	/// The most.
	pub(crate) const MOST: Self = Self {
		followed: true,
		settled: true,
		publications: MAX_ATTESTATIONS,
		offenders: MAX_ATTESTATIONS,
	};

	/// Of an event that changed this.
	pub(crate) fn of(training: &Training) -> Self {
		let rounds = training.lowest.iter().chain(&training.following);
		let publications = rounds.map(|round| round.publications.len()).max();
		let struck = training.effects.iter().map(|effect| match effect {
			Effect::ResultStruck { offenders, .. } => offenders.len(),
			_ => 0,
		});
		Self {
			followed: !training.effects.is_empty(),
			settled: training
				.effects
				.iter()
				.any(|effect| matches!(effect, Effect::RoundSettled { .. })),
			publications: count(publications.unwrap_or(0)),
			offenders: count(struck.max().unwrap_or(0)),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The most of a commitment: it ends Commit.
	pub(crate) fn most_of_committing() -> Weight {
		Self::weight_of_last_commitment(T::MaxVerifiers::get())
	}

	/// Of a commitment with this outcome.
	pub(crate) fn weight_of_committing(outcome: Outcome) -> Weight {
		match outcome.followed {
			false => T::WeightInfo::commit_update(),
			true => Self::weight_of_last_commitment(Self::verifier_count()),
		}
	}

	fn weight_of_last_commitment(verifiers: u32) -> Weight {
		T::WeightInfo::commit_last_update().saturating_add(T::WeightInfo::draw(verifiers))
	}

	/// Of a publication with this outcome. A struck root is compared before and after.
	pub(crate) fn weight_of_publishing(outcome: Outcome) -> Weight {
		match outcome.offenders {
			0 => T::WeightInfo::publish(),
			offenders => {
				T::WeightInfo::publish_struck(offenders).saturating_add(compared::<T>(2, outcome))
			}
		}
	}

	/// Of a proof with this outcome.
	pub(crate) fn weight_of_proving(proof: &WrongResultProof, outcome: Outcome) -> Weight {
		T::WeightInfo::prove_wrong_chunk(updates(proof), outcome.offenders)
			.saturating_add(compared::<T>(1, outcome))
	}

	/// Of opening a challenge; the challenger's own attestations are compared with all results.
	pub(crate) fn weight_of_challenging() -> Weight {
		T::WeightInfo::open_challenge().saturating_add(own_compared::<T>())
	}

	/// Of an answer with so many nodes; the answerer's own attestations are compared with all results.
	pub(crate) fn weight_of_answering(nodes: usize) -> Weight {
		T::WeightInfo::answer_challenge(count(nodes)).saturating_add(own_compared::<T>())
	}

	/// Of a vote with this outcome. Freezing the inputs takes no more than it does in a check.
	fn weight_of_voting(roots: u32, outcome: Outcome) -> Weight {
		let followed = match outcome {
			Outcome { settled: true, .. } => T::WeightInfo::last_vote(),
			Outcome { followed: true, .. } => T::WeightInfo::authorize_last_vote(),
			_ => Weight::zero(),
		};
		T::WeightInfo::vote(roots).saturating_add(followed)
	}

	/// Of a verifier's statement with this outcome.
	pub(crate) fn weight_of_stating(message: &VerifierMessage, outcome: Outcome) -> Weight {
		match &message.statement {
			Statement::Availability { .. } if message.round == RoundIndex::INITIAL_MODEL => {
				T::WeightInfo::vote_initial_model()
			}
			Statement::Availability { roots, .. } => {
				Self::weight_of_voting(count(roots.len()), outcome)
			}
			Statement::Attestation { .. } => T::WeightInfo::attest(),
			Statement::Publication(_) => Self::weight_of_publishing(outcome),
			Statement::WrongResult { proof, .. } => Self::weight_of_proving(proof, outcome),
			Statement::Challenge { .. } => Self::weight_of_challenging(),
			Statement::Answer { nodes } => Self::weight_of_answering(nodes.len()),
			Statement::Narrow { .. } => T::WeightInfo::narrow_challenge(),
		}
	}

	/// Of checking a verifier's statement with this outcome.
	pub(crate) fn weight_of_authorizing(message: &VerifierMessage, outcome: Outcome) -> Weight {
		let own = own_compared::<T>();
		match &message.statement {
			Statement::Availability { roots, .. } => match outcome.followed {
				false => T::WeightInfo::authorize_vote(count(roots.len())),
				true => T::WeightInfo::authorize_vote(count(roots.len()))
					.saturating_add(T::WeightInfo::authorize_last_vote()),
			},
			Statement::Attestation { .. } => T::WeightInfo::authorize_attestation(),
			Statement::Publication(_) => {
				T::WeightInfo::authorize_publication().saturating_add(compared::<T>(2, outcome))
			}
			Statement::WrongResult { proof, .. } => {
				T::WeightInfo::authorize_wrong_result(updates(proof))
					.saturating_add(compared::<T>(1, outcome))
			}
			Statement::Challenge { .. } => T::WeightInfo::authorize_challenge().saturating_add(own),
			Statement::Answer { nodes } => {
				T::WeightInfo::authorize_answer(count(nodes.len())).saturating_add(own)
			}
			Statement::Narrow { .. } => T::WeightInfo::authorize_narrowing(),
		}
	}
}

/// Of so many passes that compare all attestations with the published results. Each result was
/// published by somebody whose attestation opens to it, so that a pass compares half of all pairs.
fn compared<T: Config>(passes: u32, outcome: Outcome) -> Weight {
	let results = outcome.publications.min(MAX_ATTESTATIONS.div_ceil(2));
	T::WeightInfo::open_attestations(passes.saturating_mul(results))
}

/// Of comparing the attestations of one account, one an attempt, with all published results.
fn own_compared<T: Config>() -> Weight {
	T::WeightInfo::open_attestations(MAX_ATTEMPTS.into())
}

/// Updates that a proof carries.
fn updates(proof: &WrongResultProof) -> u32 {
	match proof {
		WrongResultProof::Chunk { updates, .. } => count(updates.len()),
		_ => 0,
	}
}

fn count(length: usize) -> u32 {
	u32::try_from(length).unwrap_or(u32::MAX)
}
