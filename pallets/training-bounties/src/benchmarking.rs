//! Benchmarks of the calls on a bounty with every place taken, and of the largest settlement.

use super::*;
use crate::Pallet as TrainingBounties;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sheaf_training::{
	testing::{account, hash, member, spec, BenchmarkHelper},
	AccountId, Attestation, AttestationContext, BountyId, BountySpec, BountyState, EnrolmentPolicy,
	Environment, Frozen, Hash, IncludedUpdate, LeaveOneOut, Phase, Publication, Round,
	RoundContext, RoundIndex, RoundResult, Scores, Training, TrainingRounds, MAX_ATTEMPTS,
	MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};

const BOUNTY: BountyId = BountyId(0);
const SPONSOR: u8 = 255;

fn trainer(slot: u32) -> AccountId {
	account(slot as u8)
}

fn full_spec() -> BountySpec {
	BountySpec {
		min_trainers: 1,
		max_trainers: MAX_TRAINERS as u16,
		max_attempts: MAX_ATTEMPTS,
		..spec()
	}
}

fn sponsor() -> RawOrigin<AccountId> {
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

/// A result of which every node computed its own.
fn result(number: u16) -> RoundResult {
	let measured = (0..MAX_TRAINERS).map(|_| LeaveOneOut { correct: 0, changed: 0 });
	let mut root = [0; 32];
	root[..2].copy_from_slice(&number.to_le_bytes());
	RoundResult {
		next_model_root: root.into(),
		scores: Some(Scores {
			correct: 1,
			leave_one_out: BoundedVec::truncate_from(measured.collect()),
			answers: hash(1),
		}),
	}
}

/// Who attested in a past attempt, or as aggregator of the last.
fn past(number: u16) -> AccountId {
	let mut bytes = [254; 32];
	bytes[..2].copy_from_slice(&number.to_le_bytes());
	AccountId::new(bytes)
}

/// As many attestations as there can be, each of a published result of its own, so that everybody
/// but the first member of the last committee attested something else than the accepted result.
fn attest_and_publish(live: &mut Round, genesis: &Hash) {
	let inputs = hash(9);
	let members = live.members();
	let mut number = 0u16;
	for attempt in 0..MAX_ATTEMPTS {
		for place in 0..=MAX_COMMITTEE as usize {
			let last = attempt + 1 == MAX_ATTEMPTS;
			let account = members.get(place).filter(|_| last).cloned().unwrap_or(past(number));
			let member = place < MAX_COMMITTEE as usize;
			let context = AttestationContext {
				genesis,
				bounty: BOUNTY,
				round: RoundIndex(1),
				attempt,
				inputs: &inputs,
			};
			let result = result(number);
			let attested = result.hash();
			let hash = context.attestation_hash(&account, &attested);
			if last && place == 0 {
				live.accepted = Some(attested);
			}
			if last && !member {
				live.aggregator = Some(account.clone());
			}
			live.attestations
				.try_push(Attestation { attempt, account, member, hash, at: 1 })
				.unwrap();
			let struck = number == 0;
			live.publications
				.try_push(Publication { result, hash: attested, attempt, struck, at: 1 })
				.unwrap();
			number += 1;
		}
	}
}

/// All updates are in.
fn freeze(live: &mut Round) {
	let updates = live.commitments.iter().map(|commitment| IncludedUpdate {
		slot: commitment.slot,
		account: commitment.account.clone(),
		root: hash(commitment.slot.0 as u8),
		weight: 1,
	});
	let mut updates: Vec<IncludedUpdate> = updates.collect();
	updates.sort_by_key(|update| update.slot);
	live.frozen = Some(Frozen {
		updates: BoundedVec::truncate_from(updates),
		slice_root: Some(hash(1)),
		inputs: hash(9),
	});
}

/// Round 1 with the largest settlement: it pays all trainers, penalises everybody else, and ends the
/// Commit of round 2, which all trainers but one missed. Returns the deadline.
fn reach_largest_settlement<T: Config>() -> u32 {
	open::<T>(full_spec());
	enroll::<T>(MAX_TRAINERS);
	commit::<T>(0..MAX_TRAINERS);
	for number in 0..(MAX_ATTEMPTS as u16 * (MAX_COMMITTEE as u16 + 1)) {
		T::BenchmarkHelper::fund(&past(number));
		T::BenchmarkHelper::register(&past(number));
	}
	let environment = TrainingBounties::<T>::environment();
	let mut training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let mut live = training.lowest.take().unwrap();
	assert_eq!((live.phase, live.commitments.len() as u32), (Phase::Upload, MAX_TRAINERS));
	freeze(&mut live);
	attest_and_publish(&mut live, &environment.genesis());
	live.attempt = MAX_ATTEMPTS - 1;
	live.phase = Phase::Accepted;
	let deadline = live.deadline() + full_spec().lengths.window;
	live.phase_length = deadline - live.phase_started_at;
	training.following = Some(following(&training, &live, &environment));
	training.lowest = Some(live);
	if let BountyState::Running { newest, .. } = &mut training.bounty.state {
		*newest = RoundIndex(2);
	}
	training.commit(RoundIndex(2), 0, &trainer(0), hash(1), &environment).unwrap();
	TrainingBounties::<T>::store(training);
	frame_system::Pallet::<T>::set_block_number(deadline.into());
	deadline
}

/// Round 2, which starts from the accepted result.
fn following(training: &Training, live: &Round, environment: &impl Environment) -> Round {
	let context = RoundContext {
		genesis: &environment.genesis(),
		bounty: BOUNTY,
		round: RoundIndex(2),
		spec: &training.spec,
		limits: &environment.limits(),
		trainers: &training.bounty.trainers,
		now: environment.now(),
	};
	Round::open(&context, live.accepted_result().unwrap().next_model_root, false)
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
		let deadline = reach_largest_settlement::<T>();
		let attempt = MAX_ATTEMPTS - 1;
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, RoundIndex(1), attempt, Phase::Accepted, deadline);
		assert!(Models::<T>::contains_key(BOUNTY, RoundIndex(1)));
		// All nodes but one that is right and one that was struck, and all trainers but one.
		assert!(frame_system::Pallet::<T>::event_count() >= 8 * 17 - 2 + MAX_TRAINERS - 1);
		assert_eq!(Rounds::<T>::get(BOUNTY, RoundIndex(2)).unwrap().phase, Phase::Upload);
	}

	#[benchmark]
	fn authorize_advance() {
		let deadline = reach_largest_settlement::<T>();
		let call = Call::<T>::advance {
			bounty: BOUNTY,
			round: RoundIndex(1),
			attempt: MAX_ATTEMPTS - 1,
			phase: Phase::Accepted,
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
