//! Benchmarks of the calls on a round with every place taken.

use super::*;
use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sheaf_aggregation::{
	write_elements, ChunkBytes, ChunkProof, Shape, Tree, WrongResultProof, CHUNK_ELEMENTS,
};
use sheaf_training::HostBlake2;
use sheaf_training::{
	commitment_hash,
	testing::{account, hash, shares, spec, BenchmarkHelper},
	AttestationContext, Bounty, BountyId, BountySpec, BountyState, Committee, Environment, Hash,
	Member, OpenedRoot, Phase, RoundIndex, RoundResult, Slot, Statement, Training, TrainingRounds,
	VerifierId, VerifierMessage, MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};

const BOUNTY: BountyId = BountyId(0);
const ONE: RoundIndex = RoundIndex(1);
const AGGREGATOR: u8 = 200;
const REWARD: u128 = 1 << 66;

fn trainer(slot: u32) -> sheaf_training::AccountId {
	account(slot as u8)
}

fn verifier(place: u32) -> sheaf_training::AccountId {
	account(100 + place as u8)
}

/// A model of two chunks of which each element is `value`.
struct Blob {
	chunks: Vec<ChunkBytes>,
	tree: Tree<HostBlake2>,
}

impl Blob {
	fn filled(value: i32) -> Self {
		let mut last = [0; CHUNK_ELEMENTS];
		last[..299 - CHUNK_ELEMENTS].fill(value);
		let chunks = vec![write_elements(&[value; CHUNK_ELEMENTS]), write_elements(&last)];
		let leaves = chunks.iter().map(|chunk| sp_io::hashing::blake2_256(chunk)).collect();
		Self { chunks, tree: Tree::new(Shape::new(299).unwrap(), leaves).unwrap() }
	}

	fn root(&self) -> Hash {
		self.tree.root().into()
	}

	fn chunk(&self) -> ChunkProof {
		ChunkProof::new(&self.tree, 0, &self.chunks[0]).unwrap()
	}
}

/// Changes the stored bounty as the other pallets would.
fn happen<T: Config>(
	event: impl FnOnce(&mut Training, &<T::Rounds as TrainingRounds>::Environment),
) {
	let mut training = T::Rounds::load(BOUNTY).unwrap();
	event(&mut training, &T::Rounds::environment());
	T::Rounds::store(training);
}

/// A bounty in round 1, Commit, with `trainers` trainers and a full committee's validators.
fn open<T: Config>(trainers: u32) {
	let members: Vec<Member> = (0..MAX_COMMITTEE)
		.map(|place| Member { account: verifier(place), key: VerifierId::generate_pair(None) })
		.collect();
	T::BenchmarkHelper::seat_verifiers(members.clone());
	T::BenchmarkHelper::fund(&account(255));
	let spec = BountySpec {
		min_trainers: 1,
		max_trainers: trainers as u16,
		evaluation: None,
		initial_model_root: Blob::filled(7).root(),
		..spec()
	};
	let bounty = Bounty {
		sponsor: account(255),
		reward: REWARD,
		spent: 0,
		shares: shares(),
		model_root: spec.initial_model_root,
		trainers: Default::default(),
		aggregators: BoundedVec::truncate_from(vec![account(AGGREGATOR)]),
		invitations: Default::default(),
		struck_members: Default::default(),
		state: BountyState::Enrolling { deadline: 1_000 },
	};
	T::BenchmarkHelper::fund(&account(AGGREGATOR));
	T::BenchmarkHelper::register(&account(AGGREGATOR));
	T::BenchmarkHelper::insert_training(Training::new(BOUNTY, spec, bounty, None, None));
	happen::<T>(|training, environment| {
		for slot in 0..trainers {
			training.enroll(trainer(slot), environment).unwrap();
		}
	});
}

fn update(slot: u32) -> Blob {
	Blob::filled(1_000 + slot as i32)
}

fn commitment<T: Config>(slot: u32) -> Hash {
	let genesis = T::Rounds::environment().genesis();
	commitment_hash(&genesis, BOUNTY, ONE, 0, &trainer(slot), &update(slot).root())
}

fn commit<T: Config>(slots: core::ops::Range<u32>) {
	happen::<T>(|training, environment| {
		for slot in slots {
			training.commit(ONE, 0, &trainer(slot), commitment::<T>(slot), environment).unwrap();
		}
	});
}

fn everything(trainers: u32) -> (u128, Vec<OpenedRoot>) {
	let bits = (0..trainers).fold(0, |bits, slot| bits | (2u128 << slot));
	let roots = (0..trainers)
		.map(|slot| OpenedRoot { slot: Some(Slot(slot as u16)), root: update(slot).root() })
		.collect();
	(bits, roots)
}

/// Every member but the last of a quorum has voted for everything.
fn upload<T: Config>(trainers: u32, votes: u32) {
	let (bits, roots) = everything(trainers);
	happen::<T>(|training, environment| {
		for place in 0..votes {
			training.vote(ONE, 0, &verifier(place), bits, &roots, environment).unwrap();
		}
	});
}

fn result(root: Hash) -> RoundResult {
	RoundResult { next_model_root: root, scores: None }
}

fn attestation<T: Config>(by: &sheaf_training::AccountId, result: &RoundResult) -> (Hash, Hash) {
	let training = T::Rounds::load(BOUNTY).unwrap();
	let inputs = training.round(ONE).unwrap().frozen.as_ref().unwrap().inputs;
	let genesis = T::Rounds::environment().genesis();
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: ONE,
		attempt: 0,
		inputs: &inputs,
	};
	(inputs, context.attestation_hash(by, &result.hash()))
}

fn attest<T: Config>(result: &RoundResult) {
	let members = (0..MAX_COMMITTEE).map(verifier).chain([account(AGGREGATOR)]);
	let attestations: Vec<_> =
		members.map(|by| (by.clone(), attestation::<T>(&by, result))).collect();
	happen::<T>(|training, environment| {
		for (by, (inputs, hash)) in attestations {
			training.attest(ONE, 0, &by, inputs, hash, environment).unwrap();
		}
	});
}

fn phase<T: Config>() -> Phase {
	T::Rounds::load(BOUNTY).unwrap().round(ONE).unwrap().phase
}

/// The statement of the member that completes the quorum for every update.
fn completing_statement<T: Config>() -> VerifierMessage {
	let (bits, roots) = everything(MAX_TRAINERS);
	VerifierMessage {
		genesis: T::Rounds::environment().genesis(),
		at: T::Rounds::environment().now(),
		bounty: BOUNTY,
		round: ONE,
		attempt: 0,
		verifier: verifier(10),
		statement: Statement::Availability { bits, roots: BoundedVec::truncate_from(roots) },
	}
}

fn signed(message: VerifierMessage, committee: &Committee) -> sheaf_training::VerifierSignature {
	let seat = committee.iter().find(|member| member.account == message.verifier).unwrap();
	seat.key.sign(&message.signing_payload()).unwrap()
}

fn prepare_statement<T: Config>() -> (VerifierMessage, sheaf_training::VerifierSignature) {
	open::<T>(MAX_TRAINERS);
	commit::<T>(0..MAX_TRAINERS);
	upload::<T>(MAX_TRAINERS, 10);
	let message = completing_statement::<T>();
	let committee = T::Rounds::load(BOUNTY).unwrap().round(ONE).unwrap().committee.clone();
	let signature = signed(message.clone(), &committee);
	(message, signature)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn commit_update() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS - 1);
		let last = MAX_TRAINERS - 1;
		let hash = commitment::<T>(last);
		#[extrinsic_call]
		_(RawOrigin::Signed(trainer(last)), BOUNTY, ONE, 0, hash);
		assert_eq!(phase::<T>(), Phase::Upload);
	}

	#[benchmark]
	fn submit_statement() {
		let (message, signature) = prepare_statement::<T>();
		#[extrinsic_call]
		_(RawOrigin::Authorized, Box::new(message), signature);
		assert_eq!(phase::<T>(), Phase::Attest);
	}

	#[benchmark]
	fn authorize_statement() {
		let (message, signature) = prepare_statement::<T>();
		let call = Call::<T>::submit_statement { message: Box::new(message), signature };
		#[block]
		{
			assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		}
	}

	#[benchmark]
	fn attest() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS);
		upload::<T>(MAX_TRAINERS, 11);
		let (inputs, hash) = attestation::<T>(&account(AGGREGATOR), &result(hash(1)));
		#[extrinsic_call]
		attest_as_aggregator(RawOrigin::Signed(account(AGGREGATOR)), BOUNTY, ONE, 0, inputs, hash);
	}

	#[benchmark]
	fn publish() {
		open::<T>(MAX_TRAINERS);
		commit::<T>(0..MAX_TRAINERS);
		upload::<T>(MAX_TRAINERS, 11);
		let result = result(hash(1));
		super::attest::<T>(&result);
		let publisher = RawOrigin::Signed(account(AGGREGATOR));
		#[extrinsic_call]
		publish_as_aggregator(publisher, BOUNTY, ONE, 0, result);
		assert_eq!(phase::<T>(), Phase::Accepted);
	}

	#[benchmark]
	fn prove_wrong_chunk(n: Linear<1, MAX_TRAINERS>) {
		open::<T>(n);
		commit::<T>(0..n);
		upload::<T>(n, 11);
		let wrong = Blob::filled(1);
		let result = result(wrong.root());
		super::attest::<T>(&result);
		happen::<T>(|training, environment| {
			training.publish(ONE, 0, &verifier(0), result, environment).unwrap();
		});
		let proof = WrongResultProof::Chunk {
			index: 0,
			claimed_leaf: sp_io::hashing::blake2_256(&wrong.chunks[0]),
			claimed_siblings: wrong.tree.prove(0).unwrap(),
			previous: Blob::filled(7).chunk(),
			updates: (0..n).map(|slot| update(slot).chunk()).collect(),
		};
		let challenger = RawOrigin::Signed(account(250));
		#[extrinsic_call]
		_(challenger, BOUNTY, ONE, wrong.root(), Box::new(proof));
		assert_eq!(phase::<T>(), Phase::Publish);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
