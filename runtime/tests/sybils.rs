//! Many accounts of one operator, and trainers that do no work.

mod support;

use pallet_training_bounties::{Call as Bounties, Error};
use sheaf_runtime::{Runtime, SHEAF};
use sheaf_training::{BountyState, Conduct, EnrolmentPolicy, Service, Training};
use sp_runtime::{ApplyExtrinsicResult, Permill};
use support::{
	account,
	actors::{Cast, REWARD, SPONSOR, TRAINERS},
	books::balanced_books,
	pair,
	stories::{FIRST, SECOND},
	world::{noise, slice, Elements},
};

const SYBILS: [&str; 3] = ["//Trainer4", "//Trainer5", "//Trainer6"];

fn enrol(cast: &mut Cast, name: &str) -> Vec<ApplyExtrinsicResult> {
	let bounty = cast.bounty;
	let enroll = cast.chain.sign(&pair(name), Bounties::enroll { bounty });
	cast.chain.add_block(vec![enroll])
}

fn refused(error: Error<Runtime>) -> Vec<ApplyExtrinsicResult> {
	vec![Ok(Err(error.into()))]
}

// Attack: one operator takes every place of a bounty and does nothing, so that nobody else can train. It
// fails because who missed a Commit pays and can be replaced: the next attempt is the honest trainers'.
#[test]
fn idle_sybils_on_every_place_pay_and_are_replaced() {
	let mut cast = Cast::gather_with(&[TRAINERS, SYBILS].concat());
	cast.trainers = SYBILS.to_vec();
	cast.mischief.idle = SYBILS.to_vec();
	cast.start();
	assert_eq!(enrol(&mut cast, TRAINERS[0]), refused(Error::NoPlaceLeft));
	let second_attempt =
		|training: &Training| training.round(FIRST).is_some_and(|round| round.attempt == 1);
	cast.run_until(second_attempt);
	for honest in TRAINERS {
		assert_eq!(enrol(&mut cast, honest), vec![Ok(Ok(()))]);
	}
	assert_eq!(enrol(&mut cast, SYBILS[0]), refused(Error::NoPlaceLeft), "it must wait");
	cast.trainers = TRAINERS.to_vec();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();

	let books = balanced_books(&mut cast.chain);
	for sybil in SYBILS {
		assert_eq!(books.paid_to(&account(sybil)), 0);
		assert!(books.penalties.contains(&(account(sybil), Conduct::MissedCommit, SHEAF / 10)));
	}
	assert_eq!(books.penalties.len(), 3);
	for honest in TRAINERS {
		assert_eq!(books.paid_for(honest, Service::Training), 250 * SHEAF + 1);
	}
}

// Attack: one operator takes all places but one, commits, and delivers nothing. This one is not stopped
// where the sponsor waits for all: the bounty aborts, the honest trainer is paid, the rest is refunded.
// What it costs the operator is a penalty a place. A sponsor's remedy is a minimum below the places.
#[test]
fn sybils_that_commit_and_deliver_nothing_abort_a_bounty_that_needs_them() {
	for (min_trainers, end) in [(3, BountyState::Aborted), (1, BountyState::Completed)] {
		let mut cast = Cast::gather();
		cast.spec.min_trainers = min_trainers;
		cast.start();
		cast.mischief.shown_to = [(TRAINERS[1], Vec::new()), (TRAINERS[2], Vec::new())].into();
		assert_eq!(cast.finish(), end);
		let books = balanced_books(&mut cast.chain);
		let honest = if min_trainers == 3 { 125 * SHEAF } else { 375 * SHEAF + 2 };
		assert_eq!(books.paid_in(FIRST, TRAINERS[0]), honest);
		assert_eq!(books.penalties.len(), 2);
		assert_eq!(books.paid_to(&account(TRAINERS[1])), 0);
		assert_eq!(books.paid() + books.treasury + books.burned + books.refunded, REWARD);
	}
}

// Attack: accounts without a bond enrol, or without being wanted. It fails because a place needs a
// bonded node, and a sponsor may take only whom it invited.
#[test]
fn a_place_needs_a_bond_and_where_the_sponsor_says_so_an_invitation() {
	let mut cast = Cast::gather_with(&[TRAINERS, SYBILS].concat());
	cast.trainers = TRAINERS.to_vec();
	cast.spec.enrolment = EnrolmentPolicy::Invited;
	cast.open();
	let enrolling =
		|training: &Training| matches!(training.bounty.state, BountyState::Enrolling { .. });
	cast.run_until(enrolling);
	assert_eq!(enrol(&mut cast, "//Eve"), refused(Error::NotATrainerNode));
	assert_eq!(enrol(&mut cast, SYBILS[0]), refused(Error::NotInvited));
	let bounty = cast.bounty;
	for name in TRAINERS {
		let invite = Bounties::invite { bounty, account: account(name), weight: 1 };
		let invite = cast.chain.sign(&pair(SPONSOR), invite);
		cast.chain.add_good_block(vec![invite]);
	}
	cast.enrol();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert!(SYBILS.iter().all(|name| books.paid_to(&account(name)) == 0));
}

/// The sum of two vectors.
fn sum(a: &Elements, b: &Elements) -> Elements {
	a.iter().zip(b).map(|(a, b)| a + b).collect()
}

// Attack: free-riders under pay by contribution, one with an update of zeros, one with a copy of the
// honest update. It fails for the copy, which is unpaid, and in part for the zeros: they get the equal
// part, and nothing of what is paid by contribution.
#[test]
fn free_riders_get_the_equal_part_at_most() {
	let [honest, idle, copier] = TRAINERS;
	let mut cast = Cast::gather();
	let elements = cast.spec.parameters.element_count;
	cast.spec.marginal_share = Permill::from_percent(50);
	(cast.spec.rounds, cast.spec.min_trainers) = (1, 2);
	let learnt = noise(elements, 5);
	let truth = sum(cast.blobs.get(&cast.spec.initial_model_root), &learnt);
	let examples = slice(&cast.spec.network().unwrap(), 200, 6);
	let examples = cast.blobs.labelled_by(&cast.spec, &truth, examples);
	cast.score_on(200, vec![examples]);
	let zeros = vec![0; elements as usize];
	cast.mischief.updates = [(honest, learnt.clone()), (idle, zeros), (copier, learnt)].into();
	cast.start();
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.model(FIRST), Some(cast.right[&FIRST]));
	assert_eq!(cast.model(SECOND), None);

	let books = balanced_books(&mut cast.chain);
	let part = 750 * SHEAF + 5;
	let by_contribution = part / 2;
	let equal = (part - by_contribution) / 2;
	assert_eq!(books.paid_to(&account(honest)), by_contribution + equal);
	assert_eq!(books.paid_to(&account(idle)), equal, "a fourth instead of half");
	assert_eq!(books.paid_to(&account(copier)), 0, "it committed later to the same update");
	assert!(books.penalties.is_empty());
}
