//! Committee members and aggregator who agree on a wrong model, in every number.

mod support;

use pallet_model_updates::Error;
use sheaf_runtime::SHEAF;
use sheaf_training::{BountyState, Phase, Service};
use support::{
	account,
	actors::{Cast, AGGREGATOR, REWARD, TRAINERS, VERIFIERS},
	books::balanced_books,
	mischief::Lie,
	stories::{in_phase, refused, CHALLENGER, FIRST, SECOND},
};

const MAJORITY: [&str; 4] = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
const HONEST: &str = VERIFIERS[3];
/// Half of three verifiers' bonds and of an aggregator's.
const SLASHED: u128 = 3 * 500 * SHEAF + 50 * SHEAF;

// Attack: three of four members and the aggregator have a wrong model accepted. It fails because the
// fourth proves one chunk of it wrong, without a fee; what it published itself is the only result left.
#[test]
fn a_colluding_majority_pays_the_honest_member_and_gets_nothing() {
	let mut cast = Cast::accepted(&MAJORITY);
	let wrong = cast.accepted_root();
	cast.prove_as_member(HONEST, wrong);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	assert!(cast.right.values().all(|root| *root != wrong));
	cast.apply_slashes(&MAJORITY);

	let books = balanced_books(&mut cast.chain);
	assert!(MAJORITY.iter().all(|name| books.paid_to(&account(name)) == 0));
	for trainer in TRAINERS {
		assert_eq!(books.paid_for(trainer, Service::Training), 250 * SHEAF + 1);
	}
	// A fourth of round 1's part, whose committee had four seats, and all of round 2's.
	assert_eq!(books.paid_in(FIRST, HONEST), 50 * SHEAF / 4);
	assert_eq!(books.paid_in(SECOND, HONEST), 50 * SHEAF);
	assert_eq!(books.slashes.iter().map(|(_, amount, _)| amount).sum::<u128>(), SLASHED);
	assert_eq!(books.slash_reward_of(HONEST), SLASHED / 2, "as challenger and as dissenter");
	assert_eq!(books.fee_of(&account(HONEST)), 0);
	assert_eq!(books.paid() + books.treasury + books.burned, REWARD);
	assert!(books.penalties.is_empty(), "a slash is not a penalty on top");
}

// Attack: as above, but the proof comes before the honest member has published its own result, so that
// nothing is left to accept. It fails because the strike opens Publish again.
#[test]
fn a_strike_before_the_dissenter_published_still_ends_with_its_result() {
	let mut cast = Cast::gather();
	cast.liars = MAJORITY.to_vec();
	cast.start();
	cast.mischief.secretive = vec![HONEST];
	cast.reach(Phase::Accepted);
	let wrong = cast.accepted_root();
	assert_eq!(cast.first_round().publications.len(), 1, "only the wrong one");
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert!(in_phase(&cast.training(), Phase::Publish));
	cast.mischief.secretive.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&MAJORITY);

	let books = balanced_books(&mut cast.chain);
	assert_eq!(cast.committees(FIRST).len(), 1, "without another attempt");
	assert_eq!(books.slash_reward_of(HONEST), SLASHED / 4);
	assert_eq!(books.slash_reward_of(CHALLENGER), SLASHED / 4);
	assert_eq!(books.paid_in(FIRST, HONEST), 50 * SHEAF / 4);
	assert_eq!(books.paid_for(TRAINERS[0], Service::Training), 250 * SHEAF + 1);
	assert!(MAJORITY.iter().all(|name| books.paid_to(&account(name)) == 0));
}

// Attack: liars accept a wrong model and then denounce themselves, to get the challenger's part. It
// fails because nobody is rewarded out of its own bond, and the accomplices' is not enough.
#[test]
fn who_denounces_its_own_lie_still_loses() {
	let mut cast = Cast::accepted(&MAJORITY);
	let wrong = cast.accepted_root();
	cast.prove_as_member(MAJORITY[0], wrong);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&MAJORITY);

	let books = balanced_books(&mut cast.chain);
	let accomplices = 2 * 500 * SHEAF + 50 * SHEAF;
	assert_eq!(books.slash_reward_of(MAJORITY[0]), accomplices / 4);
	assert_eq!(cast.bond(MAJORITY[0]), 500 * SHEAF);
	assert_eq!(books.slash_reward_of(HONEST), SLASHED / 4);
	let all_of_them = MAJORITY.iter().map(|name| books.slash_reward_of(name)).sum::<u128>();
	assert!(all_of_them < SLASHED / 4, "together they lose more than three quarters");
}

// Attack: all of the committee lies. It fails because anybody who has the data may prove it. Nobody is
// left to check this bounty then, so it ends: trainers are paid, what was not trained is refunded.
#[test]
fn a_committee_of_liars_alone_ends_the_bounty_and_trainers_are_paid() {
	let mut cast = Cast::accepted(&VERIFIERS);
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert_eq!(cast.finish(), BountyState::Aborted);
	assert_eq!(cast.model(FIRST), None, "no model is better than a wrong one");
	cast.apply_slashes(&VERIFIERS);

	let books = balanced_books(&mut cast.chain);
	for trainer in TRAINERS {
		assert_eq!(books.paid_in(FIRST, trainer), 125 * SHEAF);
	}
	assert!(VERIFIERS.iter().all(|name| books.paid_to(&account(name)) == 0));
	assert!(VERIFIERS.iter().all(|name| cast.bond(name) == 500 * SHEAF));
	assert_eq!(books.slash_reward_of(CHALLENGER), 500 * SHEAF, "a fourth of four halves");
	let dust = 2;
	assert_eq!(books.refunded, REWARD - REWARD / 2 + dust, "round 2, which was not trained");
	assert_eq!(books.paid() + books.treasury + books.burned + books.refunded, REWARD);
}

// Attack: a minority publishes a wrong model next to the right one. It fails because a quorum accepts a
// result, and its own publication is what convicts it.
#[test]
fn a_lying_minority_is_slashed_and_delays_nothing() {
	let liar = VERIFIERS[0];
	let mut cast = Cast::accepted(&[liar]);
	let round = cast.first_round();
	let right = cast.accepted_root();
	assert_eq!(right, cast.right[&FIRST]);
	let lie = cast.result_of(liar, FIRST, &round);
	let wrong = lie.next_model_root;
	assert!(round.publications.iter().any(|publication| publication.result == lie));
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert!(in_phase(&cast.training(), Phase::Accepted), "the accepted result stands");
	assert!(cast.training().round(SECOND).is_some(), "and so does what builds on it");
	assert_eq!(cast.prove(right), refused(Error::ResultIsCorrect));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&[liar]);

	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_to(&account(liar)), 0);
	assert_eq!(cast.bond(liar), 500 * SHEAF);
	for honest in &VERIFIERS[1..] {
		assert_eq!(books.paid_in(FIRST, honest), 50 * SHEAF / 4);
		// A third of a fourth, to a millionth.
		let share = sp_runtime::Permill::from_parts(250_000 / 3).mul_floor(500 * SHEAF);
		assert_eq!(books.slash_reward_of(honest), share);
	}
}

// Attack: the right model under a root that says it has one element more, so that no chunk is wrong and
// nobody can read it. It fails because the root's preimage is a proof by itself.
#[test]
fn the_right_model_under_a_badly_shaped_root_is_struck() {
	let mut cast = Cast::gather();
	cast.liars = MAJORITY.to_vec();
	cast.mischief.lie = Lie::ElementCount;
	cast.start();
	cast.reach(Phase::Accepted);
	let wrong = cast.accepted_root();
	let proof = sheaf_aggregation::WrongResultProof::ElementCount {
		element_count: cast.spec.parameters.element_count + 1,
		top: cast.blobs.top(&cast.right[&FIRST]),
	};
	assert_eq!(cast.accuse(CHALLENGER, wrong, proof), vec![Ok(Ok(()))]);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&MAJORITY);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slash_reward_of(CHALLENGER), SLASHED / 4);
	assert_eq!(books.slash_reward_of(HONEST), SLASHED / 4);
}
