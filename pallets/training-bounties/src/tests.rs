//! One file per call. What the state machine does is tested in `sheaf-training`, stories across
//! pallets in the runtime.

mod advance;
mod blobs;
mod cancel_bounty;
mod challenge;
mod close_bounty;
mod drawing;
mod enroll;
mod invariants;
mod invite;
mod leave;
mod list;
mod open_bounty;
mod penalties;
mod start;
mod stories;
mod strike;
mod weights;

use crate::{mock::*, Bounties, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sheaf_training::{
	testing::{account, hash, spec},
	BountyId, BountySpec, BountyState, EnrolmentPolicy, Phase, Round, RoundIndex, Training,
	TrainingRounds,
};

const REWARD: u128 = 1_000_000;
const BOUNTY: BountyId = BountyId(0);

fn sponsor() -> RuntimeOrigin {
	signed(1)
}

fn signed(byte: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(byte))
}

fn authorized() -> RuntimeOrigin {
	frame_system::RawOrigin::Authorized.into()
}

fn open(spec: BountySpec) {
	assert_ok!(TrainingBounties::open_bounty(sponsor(), spec, REWARD));
}

/// Lets `event` happen as another pallet would.
fn happen(event: impl FnOnce(&mut Training)) {
	let mut training = TrainingBounties::load(BOUNTY).unwrap();
	event(&mut training);
	TrainingBounties::store(training);
}

/// A bounty in Enrolling.
fn open_enrolling(spec: BountySpec) {
	open(spec);
	for member in 201..=203 {
		happen(|training| {
			let environment = TrainingBounties::environment();
			training.vote_initial_model(&account(member), &environment).unwrap();
		});
	}
}

/// A bounty in round 1, Commit, with trainers 11 to 13.
fn open_running() {
	open_enrolling(spec());
	for trainer in 11..=13 {
		assert_ok!(TrainingBounties::enroll(signed(trainer), BOUNTY));
	}
}

fn commit(trainer: u8) {
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.commit(RoundIndex(1), 0, &account(trainer), hash(trainer), &environment).unwrap();
	});
}

fn state() -> BountyState {
	Bounties::<Test>::get(BOUNTY).unwrap().state
}

fn round(index: u32) -> Round {
	TrainingBounties::load(BOUNTY).unwrap().round(RoundIndex(index)).unwrap().clone()
}

fn last_event() -> Event<Test> {
	match System::events().pop().unwrap().event {
		RuntimeEvent::TrainingBounties(event) => event,
		other => panic!("not ours: {other:?}"),
	}
}
