//! Two forks of one chain: what is said on one is heard on the other, in another order, later, or where
//! it no longer fits. Nothing is paid twice, and nobody is punished for a fork.

mod support;

use sheaf_runtime::{UncheckedExtrinsic, SHEAF};
use sheaf_training::{BountyState, Conduct, Hash, Phase, RoundIndex};
use sp_runtime::ApplyExtrinsicResult;
use std::{collections::BTreeMap, mem::swap};
use support::{
	account,
	actors::{Cast, AGGREGATOR, REWARD, TRAINERS, VERIFIERS},
	books::{balanced_books, Books},
	stories::{refused, FIRST, NOT_NOW, SECOND},
	Chain,
};

/// What each account was paid in each round.
fn payments(chain: &Chain) -> BTreeMap<(RoundIndex, Vec<u8>), u128> {
	let mut payments = BTreeMap::new();
	for paid in Books::of(&chain.events).payments {
		let account: &[u8] = paid.account.as_ref();
		*payments.entry((paid.round, account.to_vec())).or_default() += paid.amount;
	}
	payments
}

/// What is due on the cast's chain now: the end of a phase.
fn due(cast: &mut Cast) -> Vec<UncheckedExtrinsic> {
	let training = cast.training();
	let next = cast.chain.height() + 1;
	let lowest = training.lowest_index().and_then(|index| Some((index, training.round(index)?)));
	let due = lowest.filter(|(_, round)| next >= round.deadline());
	due.map(|(index, round)| cast.advance(index, round)).into_iter().collect()
}

// Attack: everything that was said on a fork which lost is said again on the one that won, two blocks
// later and in the opposite order; and once more when all is over. It fails to do harm: statements name
// their inputs and not their block, so they count there too, once.
#[test]
fn what_one_fork_said_completes_the_other_and_nothing_is_paid_twice() {
	let mut cast = Cast::in_first(Phase::Commit);
	let mut other = cast.chain.fork();
	let forked = cast.chain.blocks.len();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let said = cast.chain.blocks[forked..].to_vec();
	let expected = payments(&cast.chain);
	balanced_books(&mut cast.chain);

	swap(&mut cast.chain, &mut other);
	let later = cast.chain.height() + 2;
	cast.idle_until(later);
	for block in &said {
		let mut calls = due(&mut cast);
		let ends = calls.len();
		calls.extend(block.iter().rev().cloned());
		let results = cast.chain.add_block(calls);
		// The other fork's calls that end phases name deadlines of its own.
		let heard = if ends > 0 { &results[..ends] } else { &results[..] };
		assert!(heard.iter().all(|result| *result == Ok(Ok(()))), "{results:?}");
	}
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	cast.assert_models_are_right();
	assert_eq!(payments(&cast.chain), expected);

	let before = balanced_books(&mut cast.chain);
	let again = [said.concat(), cast.chain.blocks.concat()].concat();
	let results = cast.chain.add_block(again);
	assert!(results.iter().all(|result| result.is_err()), "{results:?}");
	let after = balanced_books(&mut cast.chain);
	assert_eq!(after.paid(), before.paid());
	assert_eq!(after.paid() + after.treasury + after.burned, REWARD);
	assert_eq!(after.fees, before.fees);
	assert!(after.penalties.is_empty() && after.slashes.is_empty());
}

// Attack: one fork lacks an update that the other has, so that attestations and results of the one are
// wrong on the other, and who made them could be punished for them. It fails because an attestation
// names its inputs: where they are others, it is not taken, and all attest anew.
#[test]
fn an_attestation_of_another_fork_is_not_taken_and_attesting_on_both_is_no_offence() {
	let mut cast = Cast::gather();
	cast.spec.min_trainers = 2;
	cast.start();
	cast.reach(Phase::Upload);
	let mut other = cast.chain.fork();
	let forked = cast.chain.blocks.len();
	cast.reach(Phase::Accepted);
	let said = cast.chain.blocks[forked..].concat();
	let model_there = cast.accepted_root();

	swap(&mut cast.chain, &mut other);
	cast.mischief.shown_to.insert(TRAINERS[2], vec![VERIFIERS[0]]);
	cast.reach(Phase::Attest);
	let not_taken = |cast: &mut Cast| {
		let results = cast.chain.add_block(said.clone());
		let [aggregators]: [ApplyExtrinsicResult; 1] =
			results.iter().filter(|r| r.is_ok()).cloned().collect::<Vec<_>>().try_into().unwrap();
		let feeless: Vec<_> = results.into_iter().filter(|result| result.is_err()).collect();
		assert!(feeless.iter().all(|result| *result == Err(NOT_NOW)), "{feeless:?}");
		aggregators
	};
	let wrong_inputs = refused(pallet_model_updates::Error::WrongInputs);
	assert_eq!(vec![not_taken(&mut cast)], wrong_inputs, "signed, so it is included and fails");
	cast.reach(Phase::Accepted);
	let model_here = cast.accepted_root();
	assert_ne!(model_here, model_there);
	cast.mischief.shown_to.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();

	let books = balanced_books(&mut cast.chain);
	assert!(books.penalties.is_empty() && books.slashes.is_empty());
	for verifier in VERIFIERS {
		assert_eq!(cast.record(verifier).completed, 2);
		assert_eq!(books.paid_in(FIRST, verifier), 50 * SHEAF / 4);
	}
	assert_eq!(books.paid_in(FIRST, AGGREGATOR), 25 * SHEAF);
	assert_eq!(books.paid_in(FIRST, TRAINERS[2]), 0);

	// The fork that was left knows nothing of it, and would have ended as well.
	swap(&mut cast.chain, &mut other);
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.model(FIRST), Some(model_there));
	assert!(balanced_books(&mut cast.chain).penalties.is_empty());
}

// Attack: a wrong result is settled on a fork where the proof was kept out, then that fork loses. The
// proof counts on the winning one, as if the other had never been.
#[test]
fn a_result_settled_on_a_losing_fork_is_struck_on_the_winning_one() {
	let liars = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
	let mut cast = Cast::accepted(&liars);
	let wrong: Hash = cast.accepted_root();
	let mut other = cast.chain.fork();
	cast.run_until(|training| training.lowest_index() == Some(SECOND));
	assert_eq!(cast.model(FIRST), Some(wrong), "after the window a root is final, right or wrong");
	assert!(Books::of(&cast.chain.events).paid_in(FIRST, VERIFIERS[0]) > 0);

	swap(&mut cast.chain, &mut other);
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&liars);
	let books = balanced_books(&mut cast.chain);
	assert!(liars.iter().all(|name| books.paid_to(&account(name)) == 0));
	assert_eq!(books.slashes.len(), 4);
}

// Not an attack but its price: a commitment that was included on a losing fork and reaches the winning
// one after Commit is late, and its trainer pays for having been waited for. Nothing is slashed.
#[test]
fn a_commitment_that_a_fork_made_late_costs_what_a_missed_commit_costs() {
	let late = TRAINERS[2];
	let mut cast = Cast::gather();
	cast.spec.min_trainers = 2;
	cast.start();
	let mut other = cast.chain.fork();
	let commit = cast.commit(late, FIRST, 0);
	cast.chain.add_good_block(vec![commit.clone()]);

	swap(&mut cast.chain, &mut other);
	cast.mischief.idle = vec![late];
	cast.reach(Phase::Upload);
	let inactive = refused(pallet_model_updates::Error::Inactive);
	assert_eq!(cast.chain.add_block(vec![commit]), inactive);
	assert_eq!(cast.finish(), BountyState::Completed);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.penalties, [(account(late), Conduct::MissedCommit, SHEAF / 10)]);
	assert!(books.slashes.is_empty());
}
