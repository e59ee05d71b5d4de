//! Fee-less calls of verifiers: who may send them, from where, and how they are refused.

mod support;

use sheaf_runtime::UncheckedExtrinsic;
use sheaf_training::{BountyState, Hash, Phase, RoundIndex, Statement};
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionSource, TransactionValidityError, UnknownTransaction,
};
use support::actors::{authorized, signed_statement, Cast, VERIFIERS};

const NOT_NOW: UnknownTransaction = UnknownTransaction::Custom(1);

/// A bounty that waits for its initial model.
fn preparing() -> Cast {
	let mut cast = Cast::gather();
	cast.open();
	cast
}

fn holds_initial_model() -> Statement {
	Statement::Availability { bits: 0, roots: Default::default() }
}

fn vote(cast: &mut Cast, name: &str) -> UncheckedExtrinsic {
	cast.state(name, RoundIndex::INITIAL_MODEL, 0, holds_initial_model())
}

#[test]
fn a_statement_is_valid_from_every_source() {
	let mut cast = preparing();
	for source in
		[TransactionSource::Local, TransactionSource::InBlock, TransactionSource::External]
	{
		let statement = vote(&mut cast, VERIFIERS[0]);
		let valid = cast.chain.validate(source, statement).unwrap();
		assert!(valid.propagate);
		assert!(!valid.provides.is_empty());
		assert!(valid.priority >= u64::MAX / 2);
	}
	let statement = vote(&mut cast, VERIFIERS[0]);
	cast.chain.add_good_block(vec![statement]);
}

#[test]
fn what_the_pool_refuses_a_block_refuses_too() {
	let mut cast = preparing();
	let statement = vote(&mut cast, VERIFIERS[0]);
	cast.chain.add_good_block(vec![statement.clone()]);
	let refused = Err(TransactionValidityError::Unknown(NOT_NOW));
	assert_eq!(cast.chain.validate(TransactionSource::External, statement.clone()), refused);
	assert_eq!(cast.chain.add_block(vec![statement]), vec![Err(NOT_NOW.into())]);
}

#[test]
fn a_wrong_signature_is_refused() {
	let mut cast = preparing();
	let message = cast.message(VERIFIERS[0], RoundIndex::INITIAL_MODEL, 0, holds_initial_model());
	let forged = signed_statement(VERIFIERS[1], message);
	let validity = cast.chain.validate(TransactionSource::External, forged.clone());
	assert_eq!(validity, Err(InvalidTransaction::BadProof.into()));
	assert_eq!(cast.chain.add_block(vec![forged]), vec![Err(InvalidTransaction::BadProof.into())]);
}

#[test]
fn a_statement_for_another_chain_is_refused() {
	let mut cast = preparing();
	let mut message =
		cast.message(VERIFIERS[0], RoundIndex::INITIAL_MODEL, 0, holds_initial_model());
	message.genesis = Hash::repeat_byte(8);
	let foreign = signed_statement(VERIFIERS[0], message);
	let validity = cast.chain.validate(TransactionSource::External, foreign);
	assert_eq!(validity, Err(InvalidTransaction::BadProof.into()));
}

#[test]
fn an_outdated_statement_is_refused() {
	let mut cast = preparing();
	let statement = vote(&mut cast, VERIFIERS[0]);
	for _ in 0..33 {
		cast.chain.add_block(Vec::new());
	}
	let validity = cast.chain.validate(TransactionSource::External, statement);
	assert_eq!(validity, Err(InvalidTransaction::Stale.into()));
}

#[test]
fn a_statement_of_somebody_else_is_not_for_now() {
	let mut cast = preparing();
	let statement = vote(&mut cast, "//Eve");
	let validity = cast.chain.validate(TransactionSource::External, statement);
	assert_eq!(validity, Err(NOT_NOW.into()));
}

#[test]
fn advancing_too_early_is_unknown_and_in_time_valid() {
	let mut cast = preparing();
	let BountyState::Preparing { deadline, .. } = cast.training().bounty.state else {
		panic!("not preparing")
	};
	let bounty = cast.bounty;
	let advance =
		|| authorized(pallet_training_bounties::Call::advance_bounty { bounty, deadline });
	assert_eq!(cast.chain.validate(TransactionSource::External, advance()), Err(NOT_NOW.into()));
	while cast.chain.height() + 1 < deadline {
		cast.chain.add_block(Vec::new());
	}
	assert!(cast.chain.validate(TransactionSource::External, advance()).is_ok());
	cast.chain.add_good_block(vec![advance()]);
	assert_eq!(cast.training().bounty.state, BountyState::Cancelled);
	assert_eq!(
		cast.chain.validate(TransactionSource::External, advance()),
		Err(InvalidTransaction::Stale.into())
	);
	cast.chain.check_invariants();
}

#[test]
fn advancing_a_round_is_valid_from_its_deadline_on() {
	let mut cast = preparing();
	cast.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
	cast.enrol();
	let round = cast.training().round(RoundIndex(1)).cloned().unwrap();
	assert_eq!(round.phase, Phase::Commit);
	let early = cast.advance(RoundIndex(1), &round);
	assert_eq!(cast.chain.validate(TransactionSource::Local, early.clone()), Err(NOT_NOW.into()));
	while cast.chain.height() + 1 < round.deadline() {
		cast.chain.add_block(Vec::new());
	}
	cast.chain.add_good_block(vec![early]);
	let attempt = cast.training().round(RoundIndex(1)).map(|round| round.attempt);
	assert_eq!(attempt, Some(1), "nobody committed, so the round tries again");
	cast.chain.check_invariants();
}

#[test]
fn a_fee_less_transaction_cannot_carry_an_ordinary_call() {
	let mut cast = preparing();
	let transfer = pallet_balances::Call::transfer_keep_alive {
		dest: support::account("//Alice").into(),
		value: 1,
	};
	let validity = cast.chain.validate(TransactionSource::External, authorized(transfer));
	assert!(validity.is_err());
}
