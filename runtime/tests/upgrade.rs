//! A new runtime in the middle of a round.

mod support;

use frame_system::{LastRuntimeUpgrade, LastRuntimeUpgradeInfo};
use pallet_model_updates::Call as Updates;
use sheaf_runtime::{Runtime, RuntimeCall, SHEAF, VERSION};
use sheaf_training::{commitment_hash, BountyState, Phase, Service};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionSource};
use support::{
	account,
	actors::{Cast, AGGREGATOR, TRAINERS, VERIFIERS},
	books::balanced_books,
	pair,
	stories::FIRST,
	GENESIS,
};

/// The chain was of an older version until its newest block.
fn upgrade(cast: &mut Cast) {
	let older = LastRuntimeUpgradeInfo {
		spec_version: (VERSION.spec_version - 1).into(),
		spec_name: VERSION.spec_name,
	};
	cast.chain.tamper(|| LastRuntimeUpgrade::<Runtime>::put(older));
}

fn version(cast: &mut Cast) -> Option<u32> {
	cast.chain.read(LastRuntimeUpgrade::<Runtime>::get).map(|info| info.spec_version.0)
}

fn assert_all_were_paid(cast: &mut Cast) {
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	for trainer in TRAINERS {
		assert_eq!(books.paid_for(trainer, Service::Training), 250 * SHEAF + 1);
	}
	for verifier in VERIFIERS {
		assert_eq!(books.paid_for(verifier, Service::Verification), 25 * SHEAF);
	}
	assert_eq!(books.paid_for(AGGREGATOR, Service::Aggregation), 50 * SHEAF);
	assert!(books.penalties.is_empty() && books.slashes.is_empty());
}

// Attack: an upgrade in any phase, to strand the round. It fails because nothing of a round is bound to
// the runtime's version, verifiers' statements included, which were signed before.
#[test]
fn a_round_goes_on_over_an_upgrade_in_every_phase() {
	let mut cast = Cast::in_first(Phase::Commit);
	for phase in [Phase::Commit, Phase::Upload, Phase::Attest, Phase::Publish, Phase::Accepted] {
		cast.reach(phase);
		let round = cast.first_round();
		let said_before = match phase {
			Phase::Upload => vec![cast.vote(VERIFIERS[0], FIRST, &round)],
			Phase::Attest => vec![cast.attest(VERIFIERS[0], FIRST, &round)],
			_ => Vec::new(),
		};
		upgrade(&mut cast);
		assert_eq!(version(&mut cast), Some(VERSION.spec_version - 1));
		cast.chain.add_good_block(said_before);
		assert_eq!(version(&mut cast), Some(VERSION.spec_version), "migrations were run");
	}
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_all_were_paid(&mut cast);
}

// Attack: a transaction that was signed for the old version, whose calls may have meant something else,
// is sent to the new one. It fails because both versions are part of every signature.
#[test]
fn what_was_signed_for_another_version_is_refused() {
	let mut cast = Cast::in_first(Phase::Commit);
	let trainer = TRAINERS[0];
	let root = cast.update_of(&account(trainer), FIRST);
	let (bounty, round, attempt) = (cast.bounty, FIRST, 0);
	let hash = commitment_hash(&GENESIS, bounty, round, attempt, &account(trainer), &root);
	let commit = RuntimeCall::from(Updates::commit_update { bounty, round, attempt, hash });
	let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
	upgrade(&mut cast);
	for old in [(spec - 1, transaction), (spec, transaction - 1), (spec + 1, transaction)] {
		let signed = cast.chain.sign_for_version(&pair(trainer), commit.clone(), old);
		let refused = InvalidTransaction::BadProof;
		let answer = cast.chain.validate(TransactionSource::External, signed.clone());
		assert_eq!(answer, Err(refused.into()));
		assert_eq!(cast.chain.add_block(vec![signed]), vec![Err(refused.into())]);
	}
	let new = cast.chain.sign_for_version(&pair(trainer), commit, (spec, transaction));
	cast.chain.add_good_block(vec![new]);
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_all_were_paid(&mut cast);
}

// Attack: a migration of several blocks, in which no transactions are taken though deadlines run, so
// that all are late. It fails while the migration is shorter than the phase; longer ones cost an attempt.
#[cfg(feature = "runtime-benchmarks")]
#[test]
fn a_round_outlasts_a_migration_of_several_blocks() {
	use frame_support::migrations::MultiStepMigrator;
	use pallet_migrations::mock_helpers::{MockedMigrationKind::SucceedAfter, MockedMigrations};
	use sheaf_runtime::MultiBlockMigrations;
	for (steps, attempts) in [(3, 1), (12, 2)] {
		let mut cast = Cast::in_first(Phase::Upload);
		cast.chain.tamper(|| MockedMigrations::set(vec![(SucceedAfter, steps)]));
		upgrade(&mut cast);
		let began = cast.chain.height();
		cast.chain.add_good_block(Vec::new());
		while cast.chain.read(MultiBlockMigrations::ongoing) {
			cast.chain.add_good_block(Vec::new());
		}
		assert!(cast.chain.height() - began >= steps);
		assert_eq!(cast.finish(), BountyState::Completed);
		assert_eq!(cast.committees(FIRST).len(), attempts);
		assert_all_were_paid(&mut cast);
	}
}
