//! Sponsors that want the work without paying for it, or more work than they pay for.

mod support;

use pallet_training_bounties::{Call as Bounties, Error};
use sheaf_runtime::{Balance, Runtime, SHEAF};
use sheaf_training::{testing, BountyState, Conduct, Phase, Service};
use support::{
	account,
	actors::{Cast, AGGREGATOR, REWARD, SPONSOR, TRAINERS, VERIFIERS},
	books::{balanced_books, Books},
	pair,
	stories::{in_phase, FIRST, SECOND},
};

/// What the trainers get of a round at most.
const TRAINERS_PART: Balance = 375 * SHEAF;

fn whole_reward(books: &Books) -> Balance {
	books.paid() + books.treasury + books.burned + books.refunded
}

// Attack: a sponsor's friends on the committee hold every update and then say nothing, attempt after
// attempt, so that the round fails and the sponsor keeps the updates. It fails because an abort pays
// the included updates in full, and the verifiers' part is not refunded.
#[test]
fn with_silent_verifiers_a_sponsor_pays_for_the_updates_all_the_same() {
	let mut cast = Cast::in_first(Phase::Attest);
	cast.mischief.silent = vec![VERIFIERS[2], VERIFIERS[3]];
	assert_eq!(cast.finish(), BountyState::Aborted);
	assert_eq!(cast.committees(FIRST).len(), 3, "every attempt was made");

	let books = balanced_books(&mut cast.chain);
	for trainer in TRAINERS {
		assert_eq!(books.paid_to(&account(trainer)), TRAINERS_PART / 3);
	}
	assert!(VERIFIERS.iter().all(|name| books.paid_to(&account(name)) == 0));
	let dust = 2;
	assert_eq!(books.refunded, REWARD - REWARD / 2 + dust, "only the round that nobody trained");
	assert_eq!(whole_reward(&books), REWARD);
	assert!(books.penalties.is_empty(), "a failed attempt is nobody's proven fault");
	assert_eq!(cast.model(FIRST), None);
}

// Attack: as above, but the verifiers fall silent in Upload already. This one is not stopped: what no
// quorum vouches for counts as not delivered. It takes more than committee - quorum of the members, and
// the sponsor gets no model that anybody checked.
#[test]
fn updates_that_no_quorum_vouches_for_are_not_paid() {
	let mut cast = Cast::gather();
	cast.start();
	cast.mischief.silent = vec![VERIFIERS[2], VERIFIERS[3]];
	assert_eq!(cast.finish(), BountyState::Aborted);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid(), 0);
	assert_eq!(books.refunded, REWARD);
	assert!(books.penalties.is_empty(), "without a quorum of voters no trainer is to blame");
}

// Attack: a sponsor enrols trainers of its own, which commit and deliver nothing, so that every round
// falls short of updates. It fails because who delivered to a quorum is paid when the round aborts, as
// if there had been enough; the sponsor's own trainers are penalised.
#[test]
fn with_trainers_of_its_own_that_deliver_nothing_a_sponsor_pays_the_honest_one() {
	let [honest, sybils] = [&TRAINERS[..1], &TRAINERS[1..]];
	let mut cast = Cast::gather();
	cast.start();
	cast.mischief.shown_to = sybils.iter().map(|name| (*name, Vec::new())).collect();
	assert_eq!(cast.finish(), BountyState::Aborted);

	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_to(&account(honest[0])), TRAINERS_PART / 3, "its part of a full round");
	for sybil in sybils {
		assert_eq!(books.paid_to(&account(sybil)), 0);
		let penalty = (account(sybil), Conduct::Undelivered, SHEAF / 10);
		assert_eq!(books.penalties.iter().filter(|each| **each == penalty).count(), 1);
	}
	assert_eq!(whole_reward(&books), REWARD);
}

// Attack: the sponsor never reveals the slice, or shows it to one friend, so that rounds do not end or
// nobody's contribution shows. It fails because Upload ends without the slice, and all are paid alike.
#[test]
fn a_slice_that_is_withheld_leaves_the_round_unscored_and_everybody_paid() {
	for shown_to in [vec![], vec![VERIFIERS[0]]] {
		let mut cast = Cast::gather();
		cast.mischief.slice_shown_to = Some(shown_to);
		cast.start();
		cast.reach(Phase::Accepted);
		assert_eq!(cast.first_round().accepted_result().unwrap().scores, None);
		assert_eq!(cast.finish(), BountyState::Completed);
		cast.assert_models_are_right();
		let books = balanced_books(&mut cast.chain);
		for trainer in TRAINERS {
			assert_eq!(books.paid_for(trainer, Service::Training), 2 * TRAINERS_PART / 3 + 1);
		}
		assert_eq!(books.paid_for(AGGREGATOR, Service::Aggregation), 50 * SHEAF);
		assert!(books.penalties.is_empty());
	}
}

// Attack: the sponsor ends the bounty once it has seen the updates. It fails because only rounds that
// have not opened can be closed; after the start nothing can be cancelled.
#[test]
fn a_sponsor_cannot_close_or_cancel_a_round_that_has_begun() {
	let mut cast = Cast::in_first(Phase::Attest);
	let bounty = cast.bounty;
	let cancel = cast.chain.sign(&pair(SPONSOR), Bounties::cancel_bounty { bounty });
	let refused = Error::<Runtime>::WrongState.into();
	assert_eq!(cast.chain.add_block(vec![cancel]), vec![Ok(Err(refused))]);
	let close = cast.chain.sign(&pair(SPONSOR), Bounties::close_bounty { bounty });
	cast.chain.add_good_block(vec![close]);
	assert_eq!(cast.finish(), BountyState::Completed);
	assert_eq!(cast.model(FIRST), Some(cast.right[&FIRST]));
	assert_eq!(cast.model(SECOND), None);

	let books = balanced_books(&mut cast.chain);
	for trainer in TRAINERS {
		assert_eq!(books.paid_to(&account(trainer)), TRAINERS_PART / 3);
	}
	assert_eq!(books.refunded, REWARD - REWARD / 2, "the round that was not opened");
	assert_eq!(whole_reward(&books), REWARD);
}

// Attack: a sponsor drowns validators in data that it pays next to nothing for. It fails because the
// verifiers' part must cover what they read, and sizes are bounded.
#[test]
fn a_huge_bounty_cannot_be_had_for_a_small_reward() {
	let mut cast = Cast::gather();
	cast.spec.network = None;
	cast.spec.evaluation = None;
	cast.spec.parameters.element_count = 1 << 24;
	let shape = sp_runtime::BoundedVec::truncate_from(vec![1 << 24]);
	cast.spec.manifest.truncate(1);
	cast.spec.manifest.iter_mut().for_each(|tensor| tensor.shape = shape.clone());
	(cast.spec.max_trainers, cast.spec.rounds) = (64, 128);
	cast.spec.lengths = testing::lengths(200);
	let bounty = |cast: &mut Cast, reward| {
		let call = Bounties::open_bounty { spec: cast.spec.clone(), reward };
		let call = cast.chain.sign(&pair(SPONSOR), call);
		cast.chain.add_block(vec![call])
	};
	let refused = |error: Error<Runtime>| vec![Ok(Err(error.into()))];
	assert_eq!(bounty(&mut cast, REWARD), refused(Error::RewardTooSmall));
	let spec = cast.spec.clone();
	let quote = cast.chain.read(|| pallet_training_bounties::Pallet::<Runtime>::price(spec));
	let least = quote.unwrap().min_reward;
	// 66 times 64 MiB, by four verifiers, in 128 rounds, of which they get a tenth.
	assert_eq!(least, 66 * 4 * 128 * SHEAF / 16 * 10);
	assert_eq!(bounty(&mut cast, least - 1), refused(Error::RewardTooSmall));
	assert_eq!(bounty(&mut cast, least), vec![Ok(Ok(()))]);
	cast.spec.parameters.element_count += 1;
	assert_eq!(bounty(&mut cast, 100 * least), refused(Error::ModelTooLarge));
	assert!(!in_phase(&cast.training(), Phase::Commit));
	balanced_books(&mut cast.chain);
}
