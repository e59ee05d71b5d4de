//! Updates that are withheld, shown to some, or somebody else's.

mod support;

use pallet_model_updates::{Call as Updates, Error};
use pallet_training_bounties::Call as Bounties;
use sheaf_runtime::{AccountId, Balance, SHEAF};
use sheaf_training::{
	BountyState, Conduct, OpenedRoot, Phase, Record, RoundIndex, Slot, Statement,
};
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};
use support::{
	account,
	actors::{Cast, AGGREGATOR, TRAINERS, VERIFIERS},
	books::balanced_books,
	pair,
	stories::{refused, FIRST, NOT_NOW, SECOND},
	world::noise,
};

/// What the trainers get of a round at most.
const TRAINERS_PART: Balance = 375 * SHEAF;
const CHEAT: &str = TRAINERS[2];

/// A bounty that two updates are enough for.
fn of_two() -> Cast {
	let mut cast = Cast::gather();
	cast.spec.min_trainers = 2;
	cast.start();
	cast
}

/// Goes on until round 1 is settled, with the right model.
fn settle_first(cast: &mut Cast) {
	cast.run_until(|training| training.lowest_index() == Some(SECOND));
	assert_eq!(cast.model(FIRST), Some(cast.right[&FIRST]));
}

fn included(cast: &mut Cast) -> Vec<AccountId> {
	cast.reach(Phase::Attest);
	cast.first_round().included()
}

// Attack: a trainer shows its update to one verifier only, to be paid for what nobody else can check.
// It fails because a quorum must hold it. It is left out and unpaid, but not penalised: a gateway could
// have dropped it.
#[test]
fn an_update_shown_to_one_verifier_is_left_out_unpaid_and_not_penalised() {
	let mut cast = of_two();
	cast.mischief.shown_to.insert(CHEAT, vec![VERIFIERS[0]]);
	assert_eq!(included(&mut cast), [account(TRAINERS[0]), account(TRAINERS[1])]);
	cast.mischief.shown_to.clear();
	settle_first(&mut cast);
	assert_eq!(cast.record(CHEAT), Record { late: 1, ..Default::default() });
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();

	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_in(FIRST, CHEAT), 0);
	assert_eq!(books.paid_in(FIRST, TRAINERS[0]), TRAINERS_PART / 2 + 1);
	assert_eq!(books.paid_in(SECOND, CHEAT), TRAINERS_PART / 3 + 1, "it is still waited for");
	assert!(books.penalties.is_empty());
	assert_eq!(cast.bond(CHEAT), 10 * SHEAF);
}

// Attack: two verifiers of four vouch for an update that they keep to themselves, so that the others
// cannot compute the result. It fails because two are no quorum.
#[test]
fn two_of_four_verifiers_cannot_force_an_update_on_the_others() {
	let mut cast = of_two();
	cast.mischief.shown_to.insert(CHEAT, vec![VERIFIERS[0], VERIFIERS[1]]);
	assert_eq!(included(&mut cast), [account(TRAINERS[0]), account(TRAINERS[1])]);
	settle_first(&mut cast);
	balanced_books(&mut cast.chain);
}

// Attack: a trainer commits and never delivers, so that everybody waits. It fails because Upload ends at
// its deadline; the trainer pays, is not waited for again, and gets nothing until it rejoins.
#[test]
fn a_trainer_that_commits_and_never_delivers_pays_and_is_not_waited_for() {
	let mut cast = of_two();
	cast.mischief.shown_to.insert(CHEAT, Vec::new());
	assert_eq!(included(&mut cast), [account(TRAINERS[0]), account(TRAINERS[1])]);
	cast.reach(Phase::Accepted);
	let (bounty, round, attempt) = (cast.bounty, SECOND, 0);
	let hash = cast.spec.initial_model_root;
	let commit = Updates::commit_update { bounty, round, attempt, hash };
	let commit = cast.chain.sign(&pair(CHEAT), commit);
	assert_eq!(cast.chain.add_block(vec![commit]), refused(Error::Inactive));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();

	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.penalties, [(account(CHEAT), Conduct::Undelivered, SHEAF / 10)]);
	assert_eq!(books.paid_to(&account(CHEAT)), 0);
	for honest in &TRAINERS[..2] {
		assert_eq!(books.paid_in(FIRST, honest), TRAINERS_PART / 2 + 1);
		assert_eq!(books.paid_in(SECOND, honest), TRAINERS_PART / 2 + 1);
	}
}

// A trainer that was left out for its silence may come back: a penalty costs it money, not its place, as
// long as its bond is not below the ejection share of the smallest.
#[test]
fn who_was_penalised_a_little_may_rejoin() {
	let mut cast = of_two();
	cast.mischief.idle = vec![CHEAT];
	cast.reach(Phase::Accepted);
	let bounty = cast.bounty;
	let rejoin = cast.chain.sign(&pair(CHEAT), Bounties::rejoin { bounty });
	assert_eq!(cast.chain.add_block(vec![rejoin]), vec![Ok(Ok(()))]);
	cast.mischief.idle.clear();
	assert_eq!(cast.finish(), BountyState::Completed);

	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.penalties, [(account(CHEAT), Conduct::MissedCommit, SHEAF / 10)]);
	assert_eq!(books.paid_in(FIRST, CHEAT), 0);
	assert_eq!(books.paid_in(SECOND, CHEAT), TRAINERS_PART / 3 + 1);
}

// Attack: a lazy trainer repeats another's commitment, byte for byte. It fails because the account is
// inside: the update opens only its author's, who loses nothing, and the copy counts as undelivered.
#[test]
fn a_copied_commitment_opens_to_nothing_and_is_penalised() {
	let mut cast = of_two();
	let victim = cast.update_of(&account(TRAINERS[0]), FIRST);
	let (bounty, round, attempt) = (cast.bounty, FIRST, 0);
	let original = cast.commit(TRAINERS[0], FIRST, 0);
	cast.chain.add_good_block(vec![original]);
	let hash = cast.first_round().commitments[0].hash;
	let copy = Updates::commit_update { bounty, round, attempt, hash };
	let copy = cast.chain.sign(&pair(CHEAT), copy);
	cast.chain.add_good_block(vec![copy]);
	cast.mischief.shown_to.insert(CHEAT, Vec::new());
	cast.reach(Phase::Upload);

	// A verifier in league with the copier cannot open the copy either.
	let place = cast.first_round().commitments.iter().position(|c| c.account == account(CHEAT));
	let slot = Some(cast.first_round().commitments[place.unwrap()].slot);
	let roots = BoundedVec::truncate_from(vec![OpenedRoot { slot, root: victim }]);
	let vouch = Statement::Availability { bits: 0, roots };
	let vouch = cast.state(VERIFIERS[0], FIRST, 0, vouch);
	assert_eq!(cast.chain.validate(TransactionSource::External, vouch), Err(NOT_NOW));

	settle_first(&mut cast);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_in(FIRST, TRAINERS[0]), TRAINERS_PART / 2 + 1);
	assert_eq!(books.paid_in(FIRST, CHEAT), 0);
	assert_eq!(books.penalties, [(account(CHEAT), Conduct::Undelivered, SHEAF / 10)]);
}

// Attack: one operator sends one update under two accounts, or learnt another's before it committed. It
// fails because of two commitments to one root only the earlier counts, whatever the places.
#[test]
fn of_two_commitments_to_one_update_only_the_earlier_is_paid() {
	let mut cast = of_two();
	let update = noise(cast.spec.parameters.element_count, 77);
	cast.mischief.updates = [(TRAINERS[0], update.clone()), (CHEAT, update)].into();
	for earlier in [CHEAT, TRAINERS[0]] {
		let commit = cast.commit(earlier, FIRST, 0);
		cast.chain.add_good_block(vec![commit]);
	}
	assert_eq!(included(&mut cast), [account(TRAINERS[1]), account(CHEAT)]);
	cast.mischief.updates.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_in(FIRST, TRAINERS[0]), 0);
	assert_eq!(books.paid_in(FIRST, CHEAT), TRAINERS_PART / 2 + 1);
	assert!(books.penalties.is_empty(), "the later one is unpaid, not penalised");
}

// Attack: a trainer is paid in every round for one round's work, by sending the commitment of the round
// before again. It fails because round, attempt and bounty are inside a commitment.
#[test]
fn a_commitment_of_the_round_before_opens_to_nothing() {
	let mut cast = of_two();
	cast.reach(Phase::Accepted);
	let old = cast.first_round().commitments.iter().find(|c| c.account == account(CHEAT)).cloned();
	let (bounty, round, attempt, hash) = (cast.bounty, SECOND, 0, old.unwrap().hash);
	let again = Updates::commit_update { bounty, round, attempt, hash };
	let again = cast.chain.sign(&pair(CHEAT), again);
	cast.chain.add_good_block(vec![again]);
	cast.mischief.shown_to.insert(CHEAT, Vec::new());
	let uploading = |round: &sheaf_training::Round| round.phase == Phase::Upload;
	cast.run_until(|training| training.round(SECOND).is_some_and(uploading));
	let slot = Some(Slot(2));
	let root = cast.update_of(&account(CHEAT), FIRST);
	let roots = BoundedVec::truncate_from(vec![OpenedRoot { slot, root }]);
	let vouch = cast.state(VERIFIERS[0], SECOND, 0, Statement::Availability { bits: 0, roots });
	assert_eq!(cast.chain.validate(TransactionSource::External, vouch), Err(NOT_NOW));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_in(FIRST, CHEAT), TRAINERS_PART / 3);
	assert_eq!(books.paid_in(RoundIndex(2), CHEAT), 0);
}

// Attack: an update of the largest and smallest numbers there are, so that sums overflow, the model is
// ruined or a lie about it cannot be proven. It fails because every element is clipped first, by who
// computes and by who judges.
#[test]
fn an_update_out_of_all_bounds_moves_the_model_by_its_clip_and_evidence_still_works() {
	let liars = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
	let mut cast = Cast::gather();
	cast.liars = liars.to_vec();
	let elements = cast.spec.parameters.element_count as usize;
	let extreme = [i32::MIN, i32::MAX].into_iter().cycle().take(elements).collect();
	cast.mischief.updates.insert(CHEAT, extreme);
	cast.start();
	cast.reach(Phase::Accepted);
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let before = cast.blobs.get(&cast.spec.initial_model_root);
	let after = cast.blobs.get(&cast.right[&FIRST]);
	let moved = before.iter().zip(after).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
	// A third of the clip, and what the honest two add: less than half a unit of 2^16.
	let third = cast.spec.parameters.clip / 3;
	assert!((third - (1 << 15)..third + (1 << 15)).contains(&(moved as i32)), "{moved}");
	cast.apply_slashes(&liars);
	assert_eq!(balanced_books(&mut cast.chain).slashes.len(), 4);
}
