//! Benchmarks of the calls on a bounty with every place taken.

use super::*;
use crate::Pallet as TrainingBounties;
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sheaf_training::{
	testing::{account, hash, member, spec, BenchmarkHelper},
	BountyId, BountySpec, BountyState, EnrolmentPolicy, Phase, RoundIndex, TrainingRounds,
	MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_runtime::transaction_validity::TransactionSource;

const BOUNTY: BountyId = BountyId(0);
const SPONSOR: u8 = 255;

fn trainer(slot: u32) -> sheaf_training::AccountId {
	account(slot as u8)
}

fn full_spec() -> BountySpec {
	BountySpec { min_trainers: 1, max_trainers: MAX_TRAINERS as u16, ..spec() }
}

fn sponsor() -> RawOrigin<sheaf_training::AccountId> {
	RawOrigin::Signed(account(SPONSOR))
}

/// A sponsor with means and a full committee's validators.
fn prepare<T: Config>() {
	let members = (0..MAX_COMMITTEE).map(|place| member(100 + place as u8)).collect();
	T::BenchmarkHelper::seat_verifiers(members);
	T::BenchmarkHelper::fund(&account(SPONSOR));
}

fn reward<T: Config>() -> u128 {
	TrainingBounties::<T>::quote(&full_spec()).unwrap().min_reward
}

/// A bounty in Enrolling.
fn open<T: Config>(spec: BountySpec) {
	prepare::<T>();
	TrainingBounties::<T>::open_bounty(sponsor().into(), spec, reward::<T>()).unwrap();
	let mut training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let environment = TrainingBounties::<T>::environment();
	if let BountyState::Preparing { committee, .. } = training.bounty.state.clone() {
		for member in committee {
			let _ = training.vote_initial_model(&member.account, &environment);
		}
	}
	TrainingBounties::<T>::store(training);
}

fn enroll<T: Config>(trainers: u32) {
	for slot in 0..trainers {
		T::BenchmarkHelper::fund(&trainer(slot));
		T::BenchmarkHelper::register(&trainer(slot));
		TrainingBounties::<T>::enroll(RawOrigin::Signed(trainer(slot)).into(), BOUNTY).unwrap();
	}
}

fn commit<T: Config>(trainers: core::ops::Range<u32>) {
	let mut training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let environment = TrainingBounties::<T>::environment();
	for slot in trainers {
		training.commit(RoundIndex(1), 0, &trainer(slot), hash(slot as u8), &environment).unwrap();
	}
	TrainingBounties::<T>::store(training);
}

fn pass_deadline<T: Config>(phase: Phase) -> u32 {
	let training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let round = training.round(RoundIndex(1)).unwrap();
	assert_eq!(round.phase, phase);
	frame_system::Pallet::<T>::set_block_number(round.deadline().into());
	round.deadline()
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn open_bounty() {
		prepare::<T>();
		let reward = reward::<T>();
		#[extrinsic_call]
		_(sponsor(), full_spec(), reward);
		assert!(Bounties::<T>::contains_key(BOUNTY));
	}

	#[benchmark]
	fn invite() {
		open::<T>(BountySpec { enrolment: EnrolmentPolicy::Invited, ..full_spec() });
		#[extrinsic_call]
		_(sponsor(), BOUNTY, trainer(0), 1);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().invitations.len(), 1);
	}

	#[benchmark]
	fn enroll() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS - 1);
		let last = trainer(MAX_TRAINERS - 1);
		T::BenchmarkHelper::fund(&last);
		T::BenchmarkHelper::register(&last);
		#[extrinsic_call]
		_(RawOrigin::Signed(last), BOUNTY);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().trainers.len() as u32, MAX_TRAINERS);
	}

	#[benchmark]
	fn leave() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS);
		commit::<T>(1..MAX_TRAINERS);
		#[extrinsic_call]
		_(RawOrigin::Signed(trainer(0)), BOUNTY);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().trainers.len() as u32, MAX_TRAINERS - 1);
	}

	#[benchmark]
	fn start() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS - 1);
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
		assert!(Rounds::<T>::contains_key(BOUNTY, RoundIndex(1)));
	}

	#[benchmark]
	fn close_bounty() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS);
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
	}

	#[benchmark]
	fn cancel_bounty() {
		open::<T>(full_spec());
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
		assert!(Bounties::<T>::get(BOUNTY).unwrap().ended());
	}

	#[benchmark]
	fn advance() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS / 2);
		let deadline = pass_deadline::<T>(Phase::Commit);
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, RoundIndex(1), 0, Phase::Commit, deadline);
	}

	#[benchmark]
	fn authorize_advance() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS / 2);
		let deadline = pass_deadline::<T>(Phase::Commit);
		let call = Call::<T>::advance {
			bounty: BOUNTY,
			round: RoundIndex(1),
			attempt: 0,
			phase: Phase::Commit,
			deadline,
		};
		#[block]
		{
			assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		}
	}

	impl_benchmark_test_suite!(
		TrainingBounties,
		crate::mock::new_test_ext(),
		crate::mock::Test,
		extra = false
	);
}
