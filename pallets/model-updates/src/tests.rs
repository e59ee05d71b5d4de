//! One file per call, on a bounty with a real model: 299 elements, trainers 11 to 13, verifiers 201
//! to 204, aggregator 21.

mod aggregator;
mod challenge;
mod commit_update;
mod prove_wrong_chunk;
mod slashes;
mod submit_statement;
mod verifiers;
mod weights;

use crate::{mock::*, Call, Error, Event};
use frame_support::{
	assert_noop, assert_ok, dispatch::DispatchResultWithPostInfo, pallet_prelude::*,
	traits::Authorize,
};
use sheaf_aggregation::{
	aggregate_chunk, write_elements, ChunkBytes, Shape, Tree, WeightedChunk, CHUNK_ELEMENTS,
};
use sheaf_training::{
	commitment_hash,
	testing::{account, hash},
	AttestationContext, BountyId, Environment, Hash, OpenedRoot, Phase, Round, RoundIndex,
	RoundResult, Slot, Statement, Training, TrainingRounds, VerifierMessage,
};
use sp_core::Pair;

const BOUNTY: BountyId = BountyId(0);
const ONE: RoundIndex = RoundIndex(1);

fn signed(byte: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(byte))
}

fn training() -> Training {
	TheTraining::get().unwrap()
}

fn round() -> Round {
	training().round(ONE).unwrap().clone()
}

/// A blob of 299 elements that all have one value.
struct Blob {
	chunks: Vec<ChunkBytes>,
	tree: Tree<sheaf_training::HostBlake2>,
}

impl Blob {
	fn of(chunks: Vec<ChunkBytes>) -> Self {
		let leaves = chunks.iter().map(|chunk| sp_io::hashing::blake2_256(chunk)).collect();
		let tree = Tree::new(Shape::new(299).unwrap(), leaves).unwrap();
		Self { chunks, tree }
	}

	fn filled(value: i32) -> Self {
		let mut last = [0; CHUNK_ELEMENTS];
		last[..299 - CHUNK_ELEMENTS].fill(value);
		Self::of(vec![write_elements(&[value; CHUNK_ELEMENTS]), write_elements(&last)])
	}

	fn root(&self) -> Hash {
		self.tree.root().into()
	}
}

fn update(trainer: u8) -> Blob {
	Blob::filled(i32::from(trainer) * 100)
}

/// The model that follows from `previous` and the updates of all trainers.
fn next_model(previous: &Blob) -> Blob {
	let parameters = training().spec.parameters;
	let updates: Vec<Blob> = (11..=13).map(update).collect();
	let chunks = (0..2usize)
		.map(|index| {
			let chunks: Vec<_> = updates
				.iter()
				.map(|blob| WeightedChunk { weight: 1, chunk: &blob.chunks[index] })
				.collect();
			aggregate_chunk(&parameters, index as u64, &previous.chunks[index], &chunks)
		})
		.collect();
	Blob::of(chunks)
}

fn initial_model() -> Blob {
	Blob::filled(7)
}

/// A bounty in round 1, Commit, with trainers 11 to 13. No evaluation slices.
fn open_running() {
	open();
	TheTraining::mutate(|training| {
		let training = training.as_mut().unwrap();
		training.spec.evaluation = None;
		training.spec.initial_model_root = initial_model().root();
		training.bounty.model_root = initial_model().root();
	});
	for verifier in 201..=203 {
		assert_ok!(submit(message(verifier, RoundIndex(0), availability(0, vec![]))));
	}
	TheTraining::mutate(|training| {
		let training = training.as_mut().unwrap();
		for trainer in 11..=13 {
			training.enroll(account(trainer), &TestEnvironment).unwrap();
		}
	});
}

fn commitment(trainer: u8) -> Hash {
	let genesis = TestEnvironment.genesis();
	commitment_hash(&genesis, BOUNTY, ONE, 0, &account(trainer), &update(trainer).root())
}

/// In Upload.
fn open_committed() {
	open_running();
	for trainer in 11..=13 {
		let hash = commitment(trainer);
		assert_ok!(ModelUpdates::commit_update(signed(trainer), BOUNTY, ONE, 0, hash));
	}
}

fn opened(trainer: u8) -> OpenedRoot {
	OpenedRoot { slot: Some(Slot(u16::from(trainer) - 11)), root: update(trainer).root() }
}

/// In Attest.
fn open_uploaded() {
	open_committed();
	let roots: Vec<_> = (11..=13).map(opened).collect();
	for verifier in 201..=203 {
		assert_ok!(submit(message(verifier, ONE, availability(0b1110, roots.clone()))));
	}
	assert_eq!(round().phase, Phase::Attest);
}

fn result_of(root: Hash) -> RoundResult {
	RoundResult { next_model_root: root, scores: None }
}

fn right_result() -> RoundResult {
	result_of(next_model(&initial_model()).root())
}

fn attestation_of(by: u8, result: &RoundResult) -> (Hash, Hash) {
	let inputs = round().frozen.unwrap().inputs;
	let genesis = TestEnvironment.genesis();
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: ONE,
		attempt: 0,
		inputs: &inputs,
	};
	(inputs, context.attestation_hash(&account(by), &result.hash()))
}

/// In Publish: verifiers and aggregator attested these results.
fn open_attested(results: [&RoundResult; 4], aggregator: &RoundResult) {
	open_uploaded();
	for (verifier, result) in (201..=204).zip(results) {
		let (inputs, hash) = attestation_of(verifier, result);
		assert_ok!(submit(message(verifier, ONE, Statement::Attestation { inputs, hash })));
	}
	let (inputs, hash) = attestation_of(21, aggregator);
	assert_ok!(ModelUpdates::attest_as_aggregator(signed(21), BOUNTY, ONE, 0, inputs, hash));
	assert_eq!(round().phase, Phase::Publish);
}

fn availability(bits: u128, roots: Vec<OpenedRoot>) -> Statement {
	Statement::Availability { bits, roots: BoundedVec::truncate_from(roots) }
}

fn message(verifier: u8, round: RoundIndex, statement: Statement) -> VerifierMessage {
	VerifierMessage {
		genesis: TestEnvironment.genesis(),
		at: System::block_number(),
		bounty: BOUNTY,
		round,
		attempt: 0,
		verifier: account(verifier),
		statement,
	}
}

fn signed_call(message: VerifierMessage) -> Call<Test> {
	let verifier = <[u8; 32]>::from(message.verifier.clone())[0];
	let signature = pair(verifier).sign(&message.signing_payload());
	Call::submit_statement { message: Box::new(message), signature }
}

fn validity(call: Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
	let call = RuntimeCall::from(call);
	call.authorize(TransactionSource::External).unwrap().map(|(valid, _)| valid)
}

/// Dispatches a statement as it is after its authorization.
fn submit(message: VerifierMessage) -> DispatchResultWithPostInfo {
	let Call::submit_statement { message, signature } = signed_call(message) else {
		unreachable!()
	};
	let origin = frame_system::RawOrigin::Authorized.into();
	ModelUpdates::submit_statement(origin, message, signature)
}

fn last_event() -> Event<Test> {
	match System::events().pop().unwrap().event {
		RuntimeEvent::ModelUpdates(event) => event,
		other => panic!("not ours: {other:?}"),
	}
}
