//! Benchmarks of the calls on a round with every place taken.

use super::*;
use alloc::{boxed::Box, vec, vec::Vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::traits::{Authorize, EnsureOrigin};
use frame_system::RawOrigin;
use sheaf_aggregation::{
	write_elements, ChunkBytes, ChunkProof, Shape, Tree, WrongResultProof, CHUNK_ELEMENTS,
};
use sheaf_training::{
	commitment_hash,
	testing::{account, hash, shares, spec, BenchmarkHelper},
	AttestationContext, Bounty, BountyId, BountySpec, BountyState, Committee, Environment, Hash,
	HostBlake2, Member, NodeRegistry, OpenedNodes, OpenedRoot, Phase, RoundIndex, RoundResult,
	Slot, Statement, Training, TrainingRounds, VerifierId, VerifierMessage, MAX_ATTESTATIONS,
	MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};

const BOUNTY: BountyId = BountyId(0);
const ONE: RoundIndex = RoundIndex(1);
const AGGREGATOR: u8 = 200;
const REWARD: u128 = 1 << 66;
/// Chunks of the deepest tree that is challenged: 16 levels.
const DEEP_CHUNKS: u64 = 65_536;

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

/// A full committee and the aggregator had the model under `tree` accepted.
fn accept<T: Config>(root: Hash) {
	open::<T>(MAX_TRAINERS);
	commit::<T>(0..MAX_TRAINERS);
	upload::<T>(MAX_TRAINERS, 11);
	let result = result(root);
	attest::<T>(&result);
	happen::<T>(|training, environment| {
		training.publish(ONE, 0, &verifier(0), result, environment).unwrap();
	});
}

/// A tree whose top opening has as many nodes as an opening can have.
fn deep_tree() -> Tree<HostBlake2> {
	let shape = Shape::new(DEEP_CHUNKS * 256).unwrap();
	let leaves = (0..DEEP_CHUNKS).map(|leaf| sp_io::hashing::blake2_256(&leaf.encode()));
	Tree::new(shape, leaves.collect()).unwrap()
}

/// A challenge of [`deep_tree`] in which it is the attesters' turn.
fn challenge<T: Config>() -> OpenedNodes {
	let tree = deep_tree();
	accept::<T>(tree.root().into());
	happen::<T>(|training, environment| {
		training.spec.parameters.element_count = DEEP_CHUNKS * 256;
		let root = tree.root().into();
		training.open_challenge(ONE, root, &account(250), environment).unwrap();
	});
	let nodes = tree.open(16, 0).unwrap().into_iter().map(Hash::from).collect();
	BoundedVec::truncate_from(nodes)
}

/// A slash that is due, with as many dissenters as a round can have.
fn hang_slash<T: Config>() -> sheaf_training::AccountId {
	let offender = verifier(0);
	T::BenchmarkHelper::fund(&offender);
	T::BenchmarkHelper::register(&offender);
	let slash = Slash {
		root: hash(1),
		fraction: sp_runtime::Permill::from_percent(50),
		challenger: Some(account(250)),
		due: 0,
	};
	T::Nodes::suspend(&offender);
	DeferredSlashes::<T>::insert((BOUNTY, ONE), &offender, slash);
	let dissenters: Vec<_> = (0..MAX_ATTESTATIONS).map(|_| account(251)).collect();
	T::BenchmarkHelper::fund(&account(250));
	T::BenchmarkHelper::fund(&account(251));
	Dissenters::<T>::insert((BOUNTY, ONE), BoundedVec::truncate_from(dissenters));
	offender
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

	#[benchmark]
	fn open_challenge() {
		accept::<T>(hash(1));
		T::BenchmarkHelper::fund(&account(250));
		let challenger = RawOrigin::Signed(account(250));
		#[extrinsic_call]
		_(challenger, BOUNTY, ONE, hash(1));
		assert!(T::Rounds::load(BOUNTY).unwrap().round(ONE).unwrap().challenge.is_some());
	}

	#[benchmark]
	fn answer_challenge() {
		let nodes = challenge::<T>();
		#[block]
		{
			let mut training = T::Rounds::load(BOUNTY).unwrap();
			training.spec.parameters.element_count = DEEP_CHUNKS * 256;
			let environment = T::Rounds::environment();
			let account = account(AGGREGATOR);
			training.answer_challenge(ONE, nodes, &account, &environment).unwrap();
			T::Rounds::store(training);
		}
	}

	#[benchmark]
	fn narrow_challenge() {
		let nodes = challenge::<T>();
		happen::<T>(|training, environment| {
			training.spec.parameters.element_count = DEEP_CHUNKS * 256;
			let account = account(AGGREGATOR);
			training.answer_challenge(ONE, nodes, &account, environment).unwrap();
		});
		#[block]
		{
			let mut training = T::Rounds::load(BOUNTY).unwrap();
			training.spec.parameters.element_count = DEEP_CHUNKS * 256;
			let environment = T::Rounds::environment();
			training.narrow_challenge(ONE, 255, &account(250), &environment).unwrap();
			T::Rounds::store(training);
		}
	}

	#[benchmark]
	fn apply_slash() {
		let offender = hang_slash::<T>();
		#[extrinsic_call]
		_(RawOrigin::Authorized, BOUNTY, ONE, offender.clone());
		assert!(!DeferredSlashes::<T>::contains_key((BOUNTY, ONE), &offender));
	}

	#[benchmark]
	fn authorize_slash() {
		let offender = hang_slash::<T>();
		let call = Call::<T>::apply_slash { bounty: BOUNTY, round: ONE, offender };
		#[block]
		{
			assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		}
	}

	#[benchmark]
	fn cancel_slash() -> Result<(), BenchmarkError> {
		let offender = hang_slash::<T>();
		let origin = T::CancelSlashOrigin::try_successful_origin()
			.map_err(|_| BenchmarkError::Weightless)?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, BOUNTY, ONE, offender.clone());
		assert!(!DeferredSlashes::<T>::contains_key((BOUNTY, ONE), &offender));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
