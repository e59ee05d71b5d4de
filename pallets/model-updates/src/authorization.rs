//! Checks verifiers' messages in the pool and before dispatch: the whole event on a copy of the
//! state, and the signature, the cheaper of the two first.

use crate::{weighing::Outcome, Config, Error, Pallet};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{pallet_prelude::*, traits::Get};
use sheaf_training::{
	AccountId, BountyId, BountyState, Environment, Member, Refusal, RoundIndex, Statement,
	Training, TrainingRounds, VerifierMessage, VerifierSignature,
};
use sp_application_crypto::RuntimeAppPublic;

/// Code of a message that the state does not accept now, but might later or on another fork.
const NOT_NOW: u8 = 1;
/// Blocks for which a message may be sent.
pub(crate) const MESSAGE_LIFETIME: u32 = 32;

impl<T: Config> Pallet<T> {
	/// Applies a statement; the bond of a challenge is the caller's business.
	pub(crate) fn apply_statement(
		training: &mut Training,
		message: &VerifierMessage,
	) -> DispatchResult {
		let environment = T::Rounds::environment();
		let VerifierMessage { round, attempt, verifier, statement, .. } = message;
		let applied: Result<(), Refusal> = match statement {
			Statement::WrongResult { root, proof } => {
				return Self::strike(training, *round, root, proof, verifier)
			}
			Statement::Availability { .. } if *round == RoundIndex::INITIAL_MODEL => {
				training.vote_initial_model(verifier, &environment)
			}
			Statement::Availability { bits, roots } => {
				training.vote(*round, *attempt, verifier, *bits, roots, &environment)
			}
			Statement::Attestation { inputs, hash } => {
				training.attest(*round, *attempt, verifier, *inputs, *hash, &environment)
			}
			Statement::Publication(result) => {
				training.publish(*round, *attempt, verifier, result.clone(), &environment)
			}
			Statement::Challenge { root } => {
				training.open_challenge(*round, *root, verifier, &environment)
			}
			Statement::Answer { nodes } => {
				training.answer_challenge(*round, nodes.clone(), verifier, &environment)
			}
			Statement::Narrow { child } => {
				training.narrow_challenge(*round, *child, verifier, &environment)
			}
		};
		Ok(applied.map_err(Error::<T>::from)?)
	}

	/// The seat of the message's sender: its key as it was when the committee was drawn.
	fn seat_of(training: &Training, message: &VerifierMessage) -> Option<Member> {
		let committee = match &training.bounty.state {
			BountyState::Preparing { committee, .. } => committee,
			_ => &training.round(message.round)?.committee,
		};
		committee.iter().find(|member| member.account == message.verifier).cloned()
	}

	/// While the bounty lives, a refused message is *unknown*, not *invalid*: the pool bans the bytes
	/// of invalid ones, and the message may be right on another fork.
	pub(crate) fn authorize_statement(
		_: TransactionSource,
		message: &VerifierMessage,
		signature: &VerifierSignature,
	) -> TransactionValidityWithRefund {
		let not_now = UnknownTransaction::Custom(NOT_NOW);
		let environment = T::Rounds::environment();
		if message.genesis != environment.genesis() {
			return Err(InvalidTransaction::BadProof.into());
		}
		let age = environment.now().checked_sub(message.at).ok_or(not_now)?;
		if age > MESSAGE_LIFETIME {
			return Err(InvalidTransaction::Stale.into());
		}
		let mut training = T::Rounds::load(message.bounty).ok_or(InvalidTransaction::Call)?;
		if training.bounty.ended() {
			return Err(InvalidTransaction::Stale.into());
		}
		let seat = Self::seat_of(&training, message).ok_or(not_now)?;
		let signed = || seat.key.verify(&message.signing_payload(), signature);
		// What costs more than the signature comes after it.
		let costly =
			matches!(message.statement, Statement::WrongResult { .. } | Statement::Answer { .. });
		if costly && !signed() {
			return Err(InvalidTransaction::BadProof.into());
		}
		Self::apply_statement(&mut training, message).map_err(|_| not_now)?;
		let bonds = matches!(message.statement, Statement::Challenge { .. });
		if bonds && !Self::can_bond(&message.verifier) {
			return Err(not_now.into());
		}
		if !costly && !signed() {
			return Err(InvalidTransaction::BadProof.into());
		}
		ValidTransaction::with_tag_prefix("sheaf/statement")
			.priority(T::VerifierPriority::get())
			.and_provides(Self::tag(message))
			.longevity(MESSAGE_LIFETIME.saturating_sub(age).max(1).into())
			.propagate(true)
			.build()
			.map(|valid| (valid, Self::unspent(message, &training)))
	}

	/// What the check of a message took less than the most.
	fn unspent(message: &VerifierMessage, training: &Training) -> Weight {
		let took = Self::weight_of_authorizing(message, Outcome::of(training));
		Self::weight_of_authorizing(message, Outcome::MOST).saturating_sub(took)
	}

	/// A slash can be applied once it is due and its round is over.
	pub(crate) fn authorize_slash(
		bounty: BountyId,
		round: RoundIndex,
		offender: &AccountId,
	) -> TransactionValidityWithRefund {
		Self::due_slash(bounty, round, offender)
			.map_err(|_| UnknownTransaction::Custom(NOT_NOW))?;
		ValidTransaction::with_tag_prefix("sheaf/slash")
			.priority(T::VerifierPriority::get())
			.and_provides((bounty, round, offender))
			.longevity(MESSAGE_LIFETIME.into())
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// A publication is the same whoever sends it; of the rest, each member's stands for itself.
	fn tag(message: &VerifierMessage) -> Vec<u8> {
		let VerifierMessage { bounty, round, attempt, verifier, statement, .. } = message;
		let place = (bounty, round, attempt);
		match statement {
			Statement::Availability { bits, .. } => (0u8, place, verifier, bits).encode(),
			Statement::Attestation { .. } => (1u8, place, verifier).encode(),
			Statement::Publication(result) => (2u8, place, result.hash()).encode(),
			Statement::WrongResult { root, .. } => (3u8, bounty, round, root).encode(),
			Statement::Challenge { root } => (4u8, bounty, round, root).encode(),
			Statement::Answer { nodes } => (5u8, bounty, round, nodes).encode(),
			Statement::Narrow { child } => (6u8, place, verifier, child, message.at).encode(),
		}
	}
}
