//! Benchmarks of the calls on a bounty with every place taken, and of the largest settlement. What
//! stands above a benchmark is the documentation of its weight.

use super::*;
use crate::Pallet as TrainingBounties;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sheaf_training::{
	testing::{account, hash, member, spec, BenchmarkHelper},
	AccountId, Attestation, AttestationContext, BountyId, BountySpec, BountyState, Draw,
	EnrolmentPolicy, Environment, Frozen, Hash, IncludedUpdate, LeaveOneOut, Limits, Member, Phase,
	Publication, Round, RoundContext, RoundIndex, RoundResult, Scores, Training, TrainingRounds,
	MAX_ATTEMPTS, MAX_ATTESTATIONS, MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};

const BOUNTY: BountyId = BountyId(0);
const SPONSOR: u8 = 255;
/// Attestations of one attempt: of a full committee and the aggregator.
const ATTESTERS: u32 = MAX_COMMITTEE + 1;
/// Most validators that are benchmarked to be drawn from.
const MAX_VERIFIERS: u32 = 1_000;

fn trainer(slot: u32) -> AccountId {
	account(slot as u8)
}

fn full_spec() -> BountySpec {
	spec_for(MAX_TRAINERS)
}

fn spec_for(trainers: u32) -> BountySpec {
	BountySpec {
		min_trainers: 1,
		max_trainers: trainers as u16,
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

/// A result like no other, with as many scores as there can be.
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

fn attestation(number: u16, attempt: u8, by: (AccountId, bool), genesis: &Hash) -> Attestation {
	let (account, member) = by;
	let inputs = hash(9);
	let context = AttestationContext {
		genesis,
		bounty: BOUNTY,
		round: RoundIndex(1),
		attempt,
		inputs: &inputs,
	};
	let hash = context.attestation_hash(&account, &result(number).hash());
	Attestation { attempt, account, member, hash, at: 1 }
}

fn publication(number: u16, attempt: u8) -> Publication {
	let result = result(number);
	let hash = result.hash();
	Publication { result, hash, attempt, struck: false, at: 1 }
}

/// So many attestations, those of the last attempt first. Only the first two open to something: one to
/// the accepted result, one to a struck one.
fn attest_and_publish(live: &mut Round, attestations: u32, genesis: &Hash) {
	let members = live.members();
	for number in 0..attestations as u16 {
		let attempt = MAX_ATTEMPTS - 1 - (number / ATTESTERS as u16) as u8;
		let place = usize::from(number % ATTESTERS as u16);
		let last = attempt + 1 == MAX_ATTEMPTS;
		let account = members.get(place).filter(|_| last).cloned().unwrap_or(past(number));
		let member = place < MAX_COMMITTEE as usize;
		if last && !member {
			live.aggregator = Some(account.clone());
		}
		let attestation = attestation(number, attempt, (account, member), genesis);
		live.attestations.try_push(attestation).unwrap();
	}
	for number in 0..2 {
		live.publications.try_push(publication(number, MAX_ATTEMPTS - 1)).unwrap();
	}
	live.accepted = Some(result(0).hash());
	live.publications[1].struck = true;
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

/// Round 1 before a settlement that pays so many trainers, penalises all who attested but two, and
/// ends the Commit of round 2, which all trainers but one missed. Returns the deadline.
fn reach_settlement<T: Config>(attestations: u32, trainers: u32) -> u32 {
	open::<T>(spec_for(trainers));
	enroll::<T>(trainers);
	commit::<T>(0..trainers);
	for number in 0..attestations as u16 {
		T::BenchmarkHelper::fund(&past(number));
		T::BenchmarkHelper::register(&past(number));
	}
	let environment = TrainingBounties::<T>::environment();
	let mut training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let mut live = training.lowest.take().unwrap();
	assert_eq!((live.phase, live.commitments.len() as u32), (Phase::Upload, trainers));
	freeze(&mut live);
	attest_and_publish(&mut live, attestations, &environment.genesis());
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

/// The last attempt of round 1, of which all updates were delivered before and all but the first are
/// committed again. No committee can be drawn any more.
fn reach_abort<T: Config>() {
	open::<T>(full_spec());
	enroll::<T>(MAX_TRAINERS);
	commit::<T>(1..MAX_TRAINERS);
	let mut training = TrainingBounties::<T>::load(BOUNTY).unwrap();
	let live = training.lowest.as_mut().unwrap();
	live.attempt = MAX_ATTEMPTS - 1;
	live.delivered = u128::MAX;
	live.commitments.iter_mut().for_each(|each| each.root = Some(hash(each.slot.0 as u8)));
	TrainingBounties::<T>::store(training);
	T::BenchmarkHelper::seat_verifiers(Vec::new());
}

/// A call that settles a round, and what it settles.
fn settling_call<T: Config>(deadline: u32) -> Call<T> {
	Call::advance {
		bounty: BOUNTY,
		round: RoundIndex(1),
		attempt: MAX_ATTEMPTS - 1,
		phase: Phase::Accepted,
		deadline,
	}
}

/// Round 2, which starts from the accepted result.
fn following(training: &Training, live: &Round, environment: &impl Environment) -> Round {
	let (genesis, limits) = (environment.genesis(), environment.limits());
	let context = context(training, RoundIndex(2), (&genesis, &limits, environment.now()));
	Round::open(&context, live.accepted_result().unwrap().next_model_root, false)
}

fn context<'a>(
	training: &'a Training,
	round: RoundIndex,
	(genesis, limits, now): (&'a Hash, &'a Limits, u32),
) -> RoundContext<'a> {
	let Training { spec, bounty, .. } = training;
	RoundContext { genesis, bounty: BOUNTY, round, spec, limits, trainers: &bounty.trainers, now }
}

/// A bounty whose Preparing ends without a vote. Returns the deadline.
fn prepare_in_vain<T: Config>() -> u32 {
	prepare::<T>();
	TrainingBounties::<T>::open_bounty(sponsor().into(), full_spec(), reward::<T>()).unwrap();
	let deadline = match Bounties::<T>::get(BOUNTY).unwrap().state {
		BountyState::Preparing { deadline, .. } => deadline,
		state => panic!("{state:?}"),
	};
	frame_system::Pallet::<T>::set_block_number(deadline.into());
	deadline
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Weight of `open_bounty`, without the draw.
	#[benchmark]
	fn open_bounty() {
		prepare::<T>();
		let reward = reward::<T>();
		#[extrinsic_call]
		_(sponsor(), full_spec(), reward);
		assert!(Bounties::<T>::contains_key(BOUNTY));
	}

	/// Weight of `invite`.
	#[benchmark]
	fn invite() {
		open::<T>(BountySpec { enrolment: EnrolmentPolicy::Invited, ..full_spec() });
		for slot in 1..MAX_TRAINERS {
			TrainingBounties::<T>::invite(sponsor().into(), BOUNTY, trainer(slot), 1).unwrap();
		}
		#[extrinsic_call]
		_(sponsor(), BOUNTY, trainer(0), 1);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().invitations.len() as u32, MAX_TRAINERS);
	}

	/// Weight of `enroll`, `enroll_aggregator` and `rejoin`, of which the last enrolment starts the
	/// rounds.
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

	/// Weight of a `leave` that ends nothing.
	#[benchmark]
	fn leave() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS);
		commit::<T>(2..MAX_TRAINERS);
		#[extrinsic_call]
		_(RawOrigin::Signed(trainer(0)), BOUNTY);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().trainers.len() as u32, MAX_TRAINERS - 1);
	}

	/// Weight of a `leave` that ends Commit, without the draw: no committee is found, and the abort of
	/// the round pays all other trainers.
	#[benchmark]
	fn leave_last() {
		reach_abort::<T>();
		#[extrinsic_call]
		leave(RawOrigin::Signed(trainer(0)), BOUNTY);
		assert_eq!(Bounties::<T>::get(BOUNTY).unwrap().state, BountyState::Aborted);
	}

	/// Weight of `start`.
	#[benchmark]
	fn start() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS - 1);
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
		assert!(Rounds::<T>::contains_key(BOUNTY, RoundIndex(1)));
	}

	/// Weight of `close_bounty`, of which two rounds live.
	#[benchmark]
	fn close_bounty() {
		reach_settlement::<T>(MAX_ATTESTATIONS, MAX_TRAINERS);
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
	}

	/// Weight of `cancel_bounty`.
	#[benchmark]
	fn cancel_bounty() {
		open::<T>(full_spec());
		super::enroll::<T>(MAX_TRAINERS - 1);
		#[extrinsic_call]
		_(sponsor(), BOUNTY);
		assert!(Bounties::<T>::get(BOUNTY).unwrap().ended());
	}

	/// Weight of `advance_bounty`, which cancels a bounty whose initial model nobody voted for.
	#[benchmark]
	fn advance_bounty() {
		let deadline = prepare_in_vain::<T>();
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, deadline);
		assert!(Bounties::<T>::get(BOUNTY).unwrap().ended());
	}

	/// Weight of checking an `advance_bounty` on a copy of the state.
	#[benchmark]
	fn authorize_advance_bounty() {
		let deadline = prepare_in_vain::<T>();
		let call = Call::<T>::advance_bounty { bounty: BOUNTY, deadline };
		#[block]
		{
			assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		}
	}

	/// Weight of an `advance` that settles a round with `a` attestations that open to nothing and `t`
	/// trainers, who then miss the next round. Without the draw, and without opening attestations.
	#[benchmark]
	fn advance(a: Linear<ATTESTERS, MAX_ATTESTATIONS>, t: Linear<1, MAX_TRAINERS>) {
		let deadline = reach_settlement::<T>(a, t);
		let attempt = MAX_ATTEMPTS - 1;
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, RoundIndex(1), attempt, Phase::Accepted, deadline);
		assert!(Models::<T>::contains_key(BOUNTY, RoundIndex(1)));
		// All who attested but one that is right and one that was struck, and all trainers but one.
		assert!(frame_system::Pallet::<T>::event_count() >= a - 2 + t - 1);
		assert_eq!(Rounds::<T>::get(BOUNTY, RoundIndex(2)).unwrap().phase, Phase::Upload);
	}

	/// Weight of checking such an `advance` on a copy of the state.
	#[benchmark]
	fn authorize_advance(a: Linear<ATTESTERS, MAX_ATTESTATIONS>, t: Linear<1, MAX_TRAINERS>) {
		let deadline = reach_settlement::<T>(a, t);
		let call = settling_call::<T>(deadline);
		#[block]
		{
			assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		}
	}

	/// Weight of comparing as many attestations as a round can have with `p` published results.
	#[benchmark]
	fn open_attestations(p: Linear<0, MAX_ATTESTATIONS>) {
		reach_settlement::<T>(MAX_ATTESTATIONS, 1);
		let environment = TrainingBounties::<T>::environment();
		let (genesis, limits) = (environment.genesis(), environment.limits());
		let training = TrainingBounties::<T>::load(BOUNTY).unwrap();
		let mut live = training.lowest.clone().unwrap();
		let unknown = (0..p).map(|number| publication(1_000 + number as u16, 0));
		live.publications = BoundedVec::truncate_from(unknown.collect());
		let dissenters;
		#[block]
		{
			dissenters =
				live.dissenters(&context(&training, RoundIndex(1), (&genesis, &limits, 1)));
		}
		assert!(dissenters.is_empty());
	}

	/// Weight of looking for a committee among `v` validators.
	#[benchmark]
	fn draw(v: Linear<0, MAX_VERIFIERS>) {
		let byte = |place: u32| place.to_le_bytes();
		let members = (0..v).map(|place| {
			let mut raw = [253; 32];
			raw[..4].copy_from_slice(&byte(place));
			Member { account: AccountId::new(raw), ..member(1) }
		});
		T::BenchmarkHelper::seat_verifiers(members.collect());
		let environment = TrainingBounties::<T>::environment();
		let drawn;
		#[block]
		{
			drawn = environment.draw(BOUNTY, RoundIndex(1), 0, false, &[], &[]);
		}
		assert_eq!(drawn == Draw::Later, v > MAX_COMMITTEE);
	}

	impl_benchmark_test_suite!(
		TrainingBounties,
		crate::mock::new_test_ext(),
		crate::mock::Test,
		extra = false
	);
}
