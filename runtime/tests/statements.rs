//! Verifiers that say two things, what others said, or the same thing again.

mod support;

use sheaf_runtime::{Balance, SHEAF};
use sheaf_training::{
	BountyId, BountyState, Conduct, Phase, Record, RoundIndex, Service, Statement,
};
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionSource, TransactionValidityError,
};
use support::{
	account,
	actors::{authorized, signed_statement, Cast, AGGREGATOR, TRAINERS, VERIFIERS},
	books::balanced_books,
	stories::{FIRST, NOT_NOW},
	verifier_pair,
};

const CHEAT: &str = VERIFIERS[0];
/// A member's part of a round.
const FEE: Balance = 50 * SHEAF / 4;

/// Goes on to the end and checks that the cheat alone lost something: its fee and a penalty.
fn assert_only_the_cheat_pays(cast: &mut Cast, conduct: Conduct) {
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.penalties, [(account(CHEAT), conduct, FEE + SHEAF)]);
	assert!(books.slashes.is_empty());
	assert_eq!(books.paid_in(FIRST, CHEAT), 0);
	assert!(VERIFIERS[1..].iter().all(|name| books.paid_in(FIRST, name) == FEE));
	assert!(TRAINERS.iter().all(|name| books.paid_in(FIRST, name) == 125 * SHEAF));
}

// Attack: a member attests two results in one attempt, to be right with one of them whichever is
// accepted. It fails because only its first attestation of an attempt is taken, and that one counts.
#[test]
fn a_member_attests_once_an_attempt_and_its_first_word_counts() {
	let mut cast = Cast::in_first(Phase::Attest);
	let round = cast.first_round();
	let right = cast.attest(CHEAT, FIRST, &round);
	cast.liars = vec![CHEAT];
	let wrong = cast.attest(CHEAT, FIRST, &round);
	cast.chain.add_good_block(vec![wrong]);
	assert_eq!(cast.chain.validate(TransactionSource::External, right.clone()), Err(NOT_NOW));
	assert_eq!(cast.chain.add_block(vec![right]), vec![Err(NOT_NOW)]);
	cast.mischief.secretive = vec![CHEAT];
	assert_only_the_cheat_pays(&mut cast, Conduct::UnopenedAttestation);
}

// Attack: a lazy member sends another's attestation as its own, to be paid without computing. It fails
// because the account is inside: nothing that is published opens the copy.
#[test]
fn a_copied_attestation_opens_to_nothing_and_costs_more_than_the_fee() {
	let mut cast = Cast::in_first(Phase::Attest);
	let round = cast.first_round();
	let result = cast.result_of(VERIFIERS[1], FIRST, &round);
	let theirs = cast.attestation(FIRST, &round, &account(VERIFIERS[1]), &result);
	let copy = cast.state(CHEAT, FIRST, 0, theirs);
	cast.chain.add_good_block(vec![copy]);
	cast.reach(Phase::Publish);
	let publication = cast.state(CHEAT, FIRST, 0, Statement::Publication(result));
	let answer = cast.chain.validate(TransactionSource::External, publication);
	assert_eq!(answer, Err(NOT_NOW), "it attested nothing that it could publish");
	cast.mischief.secretive = vec![CHEAT];
	assert_only_the_cheat_pays(&mut cast, Conduct::UnopenedAttestation);
}

// Attack: every transaction of a bounty is sent again in the next block. It fails because fee-less calls
// name the one place where they count, and signed ones have a number.
#[test]
fn whatever_was_said_counts_once() {
	let mut cast = Cast::in_first(Phase::Commit);
	while !cast.training().bounty.ended() {
		let training = cast.training();
		let said = cast.actions(&training);
		cast.chain.add_good_block(said.clone());
		let again = cast.chain.add_block(said);
		assert!(again.iter().all(|result| result.is_err()), "{again:?}");
	}
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_for(VERIFIERS[0], Service::Verification), 4 * FEE / 2);
	assert_eq!(books.paid_for(AGGREGATOR, Service::Aggregation), 50 * SHEAF);
	assert!(books.penalties.is_empty());
}

// Attack: a member's statement is used in another round, attempt or bounty, or in another's name. It
// fails because all of that is signed.
#[test]
fn a_statement_cannot_be_moved_to_another_place() {
	let mut cast = Cast::in_first(Phase::Attest);
	let round = cast.first_round();
	let result = cast.result_of(VERIFIERS[1], FIRST, &round);
	let statement = cast.attestation(FIRST, &round, &account(VERIFIERS[1]), &result);
	let original = cast.message(VERIFIERS[1], FIRST, 0, statement);
	let signature = sp_core::Pair::sign(&verifier_pair(VERIFIERS[1]), &original.signing_payload());
	let moved = |change: &dyn Fn(&mut sheaf_training::VerifierMessage)| {
		let mut message = original.clone();
		change(&mut message);
		let (message, signature) = (Box::new(message), signature.clone());
		authorized(pallet_model_updates::Call::<sheaf_runtime::Runtime>::submit_statement {
			message,
			signature,
		})
	};
	let forged = TransactionValidityError::Invalid(InvalidTransaction::BadProof);
	let cases = [
		(moved(&|message| message.at -= 1), forged),
		(moved(&|message| message.verifier = account(VERIFIERS[2])), forged),
		(moved(&|message| message.attempt = 1), NOT_NOW),
		(moved(&|message| message.round = RoundIndex(2)), NOT_NOW),
		(moved(&|message| message.bounty = BountyId(1)), InvalidTransaction::Call.into()),
	];
	for (place, (statement, error)) in cases.into_iter().enumerate() {
		let answer = cast.chain.validate(TransactionSource::External, statement.clone());
		assert_eq!(answer, Err(error), "case {place}");
		assert_eq!(cast.chain.add_block(vec![statement]), vec![Err(error)], "case {place}");
	}
	cast.chain.add_good_block(vec![signed_statement(VERIFIERS[1], original)]);
	assert_eq!(cast.finish(), BountyState::Completed);
	assert!(balanced_books(&mut cast.chain).penalties.is_empty());
}

// Attack: statements of a failed attempt are kept back and used in the next one. It fails because the
// attempt is inside.
#[test]
fn a_vote_of_a_failed_attempt_does_not_count_in_the_next() {
	let mut cast = Cast::in_first(Phase::Upload);
	let round = cast.first_round();
	let kept = cast.vote(CHEAT, FIRST, &round);
	cast.mischief.silent = VERIFIERS.to_vec();
	cast.run_until(|training| training.round(FIRST).is_some_and(|round| round.attempt == 1));
	assert_eq!(cast.chain.validate(TransactionSource::External, kept), Err(NOT_NOW));
	cast.mischief.silent.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	assert!(balanced_books(&mut cast.chain).penalties.is_empty());
}

// Attack: all members attest and nobody publishes, so that the work is done and the model nobody's. It
// fails because the round tries again with the same updates; members that go on are not paid either.
#[test]
fn when_nobody_publishes_another_attempt_pays_everybody() {
	let mut cast = Cast::in_first(Phase::Attest);
	cast.mischief.secretive = VERIFIERS.to_vec();
	cast.run_until(|training| training.round(FIRST).is_some_and(|round| round.attempt == 1));
	assert_eq!(cast.first_round().phase, Phase::Attest, "updates and slice are kept");
	cast.mischief.secretive.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert!(VERIFIERS.iter().all(|name| books.paid_in(FIRST, name) == FEE));
	assert!(books.penalties.is_empty());
}

// Attack: the aggregator is drawn and does nothing, so that the round waits for it for ever. It fails
// because a quorum of members computes the result anyway; the aggregator pays for the delay.
#[test]
fn an_absent_aggregator_delays_a_round_by_one_phase_and_pays() {
	let mut cast = Cast::in_first(Phase::Attest);
	cast.mischief.silent = vec![AGGREGATOR];
	cast.run_until(|training| training.lowest_index() == Some(RoundIndex(2)));
	cast.mischief.silent.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.penalties, [(account(AGGREGATOR), Conduct::AbsentAggregator, SHEAF)]);
	assert_eq!(books.paid_in(FIRST, AGGREGATOR), 0);
	assert!(VERIFIERS.iter().all(|name| books.paid_in(FIRST, name) == FEE));
}

// Attack: one of four members falls silent, to stop the round. It fails because three are a quorum: the
// round waits for it until Attest ends, and it is not paid. Silence may be a broken node: no penalty.
#[test]
fn a_silent_member_delays_a_round_by_one_phase_and_is_not_paid() {
	let mut cast = Cast::in_first(Phase::Upload);
	cast.mischief.silent = vec![CHEAT];
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	assert_eq!(cast.committees(FIRST).len(), 1, "without another attempt");
	assert_eq!(cast.record(CHEAT), Record { missed: 2, ..Default::default() });
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_to(&account(CHEAT)), 0);
	assert!(VERIFIERS[1..].iter().all(|name| books.paid_to(&account(name)) == 2 * FEE));
	assert!(books.penalties.is_empty());
}
