//! Benchmarks of the calls on a round in its last attempt, with every place taken and as much left by
//! earlier attempts as there can be. What stands above a benchmark is the documentation of its weight.

mod scene;

use super::*;
use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;
use scene::*;
use sheaf_aggregation::MAX_OPENED_NODES;
use sheaf_training::{
	testing::{account, hash, BenchmarkHelper},
	BountyState, Draw, Environment, Member, Phase, Statement, TrainingRounds, VerifierId,
	MAX_ATTESTATIONS, MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::BoundedVec;

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Weight of a `commit_update` that ends nothing.
	#[benchmark]
	fn commit_update() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS - 2);
		let next = MAX_TRAINERS - 2;
		let hash = commitment::<T>(next);
		#[extrinsic_call]
		_(RawOrigin::Signed(trainer(next)), BOUNTY, ONE, LAST, hash);
		assert_eq!(live::<T>().phase, Phase::Commit);
	}

	/// Weight of a `commit_update` that ends Commit, without the draw: no committee is found, and the
	/// abort of the round pays all trainers.
	#[benchmark]
	fn commit_last_update() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS - 1);
		let last = MAX_TRAINERS - 1;
		let hash = commitment::<T>(last);
		change::<T>(|live| {
			live.delivered = u128::MAX;
			for each in live.commitments.iter_mut() {
				each.root = Some(sheaf_training::testing::hash(each.slot.0 as u8));
			}
		});
		T::BenchmarkHelper::seat_verifiers(Vec::new());
		#[extrinsic_call]
		commit_update(RawOrigin::Signed(trainer(last)), BOUNTY, ONE, LAST, hash);
		assert!(is_over::<T>());
	}

	/// Weight of the vote that has the initial model available.
	#[benchmark]
	fn vote_initial_model() {
		let call = vote_for_initial_model::<T>();
		#[block]
		{
			dispatch::<T>(call);
		}
		let state = T::Rounds::load(BOUNTY).unwrap().bounty.state;
		assert!(matches!(state, BountyState::Enrolling { .. }));
	}

	/// Weight of a member's vote that opens `r` commitments and ends nothing.
	#[benchmark]
	fn vote(r: Linear<0, MAX_TRAINERS>) {
		let call = vote_for::<T>(r);
		#[block]
		{
			dispatch::<T>(call);
		}
		assert_eq!(live::<T>().votes[0].sent, 1);
	}

	/// Weight of the check of such a vote on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_vote(r: Linear<0, MAX_TRAINERS>) {
		let call = vote_for::<T>(r);
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of a member's vote that ends Upload: one update is a copy of another, and the abort of
	/// the round pays all other trainers.
	#[benchmark]
	fn last_vote() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS);
		upload::<T>(MAX_TRAINERS, QUORUM - 1);
		copy_an_update::<T>();
		let call = last_vote_call::<T>();
		#[block]
		{
			dispatch::<T>(call);
		}
		assert!(is_over::<T>());
	}

	/// Weight of the check of a vote that freezes the inputs on a copy of the state.
	#[benchmark]
	fn authorize_last_vote() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS);
		upload::<T>(MAX_TRAINERS, QUORUM - 1);
		let call = last_vote_call::<T>();
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of an attestation that ends Attest.
	#[benchmark]
	fn attest() {
		let result = result(hash(1));
		open::<T>(MAX_TRAINERS);
		attested::<T>(MAX_TRAINERS, 0, Some(account(AGGREGATOR)), &result);
		let (inputs, hash) = attestation::<T>(&account(AGGREGATOR), LAST, &result);
		let aggregator = RawOrigin::Signed(account(AGGREGATOR));
		#[extrinsic_call]
		attest_as_aggregator(aggregator, BOUNTY, ONE, LAST, inputs, hash);
		assert_eq!(live::<T>().phase, Phase::Publish);
	}

	/// Weight of the check of an attestation on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_attestation() {
		let result = result(hash(1));
		open::<T>(MAX_TRAINERS);
		let last = MAX_COMMITTEE - 1;
		attested::<T>(MAX_TRAINERS, 0, Some(verifier(last)), &result);
		let (inputs, hash) = attestation::<T>(&verifier(last), LAST, &result);
		let call = submit::<T>(last, Statement::Attestation { inputs, hash });
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of a publication that has the result accepted and the next round opened.
	#[benchmark]
	fn publish() {
		let result = published::<T>();
		let publisher = RawOrigin::Signed(account(AGGREGATOR));
		#[extrinsic_call]
		publish_as_aggregator(publisher, BOUNTY, ONE, LAST, result);
		assert_eq!(live::<T>().phase, Phase::Accepted);
	}

	/// Weight of a publication of a struck root, which `o` offenders attested.
	#[benchmark]
	fn publish_struck(o: Linear<ATTESTERS, MAX_ATTESTATIONS>) {
		let result = struck::<T>(o);
		let publisher = RawOrigin::Signed(account(AGGREGATOR));
		#[extrinsic_call]
		publish_as_aggregator(publisher, BOUNTY, ONE, LAST, result);
		assert_eq!(live::<T>().phase, Phase::Publish);
	}

	/// Weight of the check of such a publication on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_publication() {
		let result = struck::<T>(MAX_ATTESTATIONS);
		let call = submit::<T>(0, Statement::Publication(result));
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of a proof with `n` updates against a result that `o` offenders attested.
	#[benchmark]
	fn prove_wrong_chunk(n: Linear<2, MAX_TRAINERS>, o: Linear<ATTESTERS, MAX_ATTESTATIONS>) {
		let (root, proof) = wrong::<T>(n, o);
		let challenger = RawOrigin::Signed(account(250));
		#[extrinsic_call]
		_(challenger, BOUNTY, ONE, root, Box::new(proof));
		assert_eq!(live::<T>().phase, Phase::Publish);
	}

	/// Weight of the check of such a proof on a copy of the state, with the signature.
	#[benchmark]
	fn authorize_wrong_result(n: Linear<2, MAX_TRAINERS>) {
		let (root, proof) = wrong::<T>(n, MAX_ATTESTATIONS);
		let call = submit::<T>(0, Statement::WrongResult { root, proof });
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of `open_challenge`.
	#[benchmark]
	fn open_challenge() {
		open::<T>(MAX_TRAINERS);
		accept::<T>(MAX_TRAINERS, 0, hash(1));
		T::BenchmarkHelper::fund(&account(250));
		let challenger = RawOrigin::Signed(account(250));
		#[extrinsic_call]
		_(challenger, BOUNTY, ONE, hash(1));
		assert!(live::<T>().challenge.is_some());
	}

	/// Weight of the check of a challenge on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_challenge() {
		open::<T>(MAX_TRAINERS);
		accept::<T>(MAX_TRAINERS, 0, hash(1));
		T::BenchmarkHelper::fund(&verifier(0));
		let call = submit::<T>(0, Statement::Challenge { root: hash(1) });
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of an answer that opens `h` nodes.
	#[benchmark]
	fn answer_challenge(h: Linear<2, MAX_OPENED_NODES>) {
		let nodes = challenge::<T>(u64::from(h) * 256, &account(250));
		let answerer = RawOrigin::Signed(account(AGGREGATOR));
		#[extrinsic_call]
		_(answerer, BOUNTY, ONE, nodes);
		assert!(live::<T>().challenge.unwrap().answerer.is_some());
	}

	/// Weight of the check of such an answer on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_answer(h: Linear<2, MAX_OPENED_NODES>) {
		let nodes = challenge::<T>(u64::from(h) * 256, &account(250));
		let call = submit::<T>(1, Statement::Answer { nodes });
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of `narrow_challenge`.
	#[benchmark]
	fn narrow_challenge() {
		answered::<T>(&account(250));
		let challenger = RawOrigin::Signed(account(250));
		#[extrinsic_call]
		_(challenger, BOUNTY, ONE, 255);
		assert_eq!(live::<T>().challenge.unwrap().level, 8);
	}

	/// Weight of the check of a narrowing on a copy of the state, with its signature.
	#[benchmark]
	fn authorize_narrowing() {
		answered::<T>(&verifier(0));
		let call = submit::<T>(0, Statement::Narrow { child: 255 });
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of `apply_slash` with `d` dissenters to reward.
	#[benchmark]
	fn apply_slash(d: Linear<0, MAX_ATTESTATIONS>) {
		let offender = hang_slash::<T>(d);
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, ONE, offender.clone());
		assert!(!DeferredSlashes::<T>::contains_key((BOUNTY, ONE), &offender));
	}

	/// Weight of checking that a slash is due.
	#[benchmark]
	fn authorize_slash() {
		let offender = hang_slash::<T>(MAX_ATTESTATIONS);
		let call = Call::<T>::apply_slash { bounty: BOUNTY, round: ONE, offender };
		#[block]
		{
			assert_authorized::<T>(&call);
		}
	}

	/// Weight of `cancel_slash`.
	#[benchmark]
	fn cancel_slash() -> Result<(), BenchmarkError> {
		let offender = hang_slash::<T>(MAX_ATTESTATIONS);
		let origin = T::CancelSlashOrigin::try_successful_origin()
			.map_err(|_| BenchmarkError::Weightless)?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, BOUNTY, ONE, offender.clone());
		assert!(!DeferredSlashes::<T>::contains_key((BOUNTY, ONE), &offender));
		Ok(())
	}

	/// Weight of comparing as many attestations as a round can have with `p` published results.
	#[benchmark]
	fn open_attestations(p: Linear<0, MAX_ATTESTATIONS>) {
		let root = hash(9);
		published::<T>();
		let environment = T::Rounds::environment();
		let (genesis, limits) = (environment.genesis(), environment.limits());
		let training = T::Rounds::load(BOUNTY).unwrap();
		let mut round = live::<T>();
		let unknown = (0..p).map(|number| {
			let mut unknown = publication(scored(root), false);
			unknown.hash = hash(number as u8);
			unknown
		});
		round.publications = BoundedVec::truncate_from(unknown.collect());
		let liable;
		#[block]
		{
			liable = round.liable(&root, &context(&training, &genesis, &limits));
		}
		assert!(liable.is_empty());
	}

	/// Weight of looking for a committee among `v` validators.
	#[benchmark]
	fn draw(v: Linear<0, MAX_VERIFIERS>) {
		let key = VerifierId::generate_pair(None);
		let members = (0..v).map(|place| Member { account: past(place), key: key.clone() });
		T::BenchmarkHelper::seat_verifiers(members.collect());
		let environment = T::Rounds::environment();
		let drawn;
		#[block]
		{
			drawn = environment.draw(BOUNTY, ONE, 0, false, &[], &[]);
		}
		assert!(drawn != Draw::TooFew || v == 0);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
