//! A round in Accepted whose result some of the committee attested, and some did not.

use super::{working::Node, *};
use crate::mock::{Balances, RuntimeOrigin, System, TestEnvironment};
use sheaf_aggregation::{Hasher, Tree};
use sheaf_training::{
	Attestation, AttestationContext, Frozen, IncludedUpdate, Publication, RoundResult, Statement,
	VerifierMessage,
};

/// Elements of 274 chunks: a challenge takes two answers.
pub const LARGE: u64 = 70_000;

/// A round whose inputs have this many elements.
pub struct Scene {
	pub previous: Blob,
	pub updates: Vec<Blob>,
	/// The right next model.
	pub right: Blob,
	/// Another, wrong in its last chunk.
	pub wrong: Blob,
}

pub fn scene(elements: u64) -> Scene {
	let previous = Blob::random(1, elements);
	let updates: Vec<Blob> = (0..3).map(|seed| Blob::random(10 + seed, elements)).collect();
	let weighted: Vec<_> = updates.iter().map(|update| (1, update.clone())).collect();
	let right = mean_of(&previous, &weighted);
	let mut elements = right.elements.clone();
	*elements.last_mut().unwrap() ^= 1;
	Scene { previous, updates, wrong: Blob::of(elements), right }
}

pub fn result_of(model: &Blob) -> RoundResult {
	RoundResult { next_model_root: model.root, scores: None }
}

impl Scene {
	/// A gateway that holds the inputs and computes the right model, without the wrong one.
	pub fn served(&self) -> Served {
		let element_count = self.right.elements.len() as u64;
		let makes = Some(self.right.clone());
		let mut served = Served { element_count, makes, ..Served::default() };
		self.updates.iter().chain([&self.previous]).for_each(|input| served.add(input));
		served
	}

	/// Accepted from block 10 to 50, after 201 to 203 attested the one result and 204 the other.
	pub fn accepted(&self, accepted: &Blob, by_the_last: &Blob) -> Training {
		let mut training = in_upload();
		training.spec.parameters.element_count = self.right.elements.len() as u64;
		let round = training.lowest.as_mut().unwrap();
		round.previous_model_root = self.previous.root;
		let updates = (0..).zip(&self.updates).map(|(slot, update)| IncludedUpdate {
			slot: Slot(slot),
			account: trainer(slot),
			root: update.root,
			weight: 1,
		});
		let updates = BoundedVec::truncate_from(updates.collect());
		round.frozen = Some(Frozen { updates, slice_root: None, inputs: Hash::repeat_byte(5) });
		(201..=203).for_each(|byte| attest(round, byte, accepted));
		attest(round, 204, by_the_last);
		publish(round, accepted);
		round.accepted = Some(result_of(accepted).hash());
		round.phase = Phase::Accepted;
		round.phase_length = 40;
		training
	}

	pub fn tree(&self, model: &Blob) -> Tree<Blake2b256> {
		let leaves = model.chunks.iter().map(|chunk| Blake2b256::hash(chunk)).collect();
		Tree::new(Shape::new(model.elements.len() as u64).unwrap(), leaves).unwrap()
	}

	/// The attesters' answer to the open challenge of this model.
	pub fn answer(&self, model: &Blob) {
		TheTraining::mutate(|training| {
			let training = training.as_mut().unwrap();
			let challenge = training.lowest.as_ref().unwrap().challenge.clone().unwrap();
			let nodes = self.tree(model).open(challenge.level, challenge.index).unwrap();
			let nodes = nodes.into_iter().map(Hash::from).collect();
			let nodes = BoundedVec::truncate_from(nodes);
			training.answer_challenge(ONE, nodes, &account(201), &TestEnvironment).unwrap();
		});
	}
}

pub fn attest(round: &mut Round, byte: u8, model: &Blob) {
	let (genesis, inputs) = (genesis(), Hash::repeat_byte(5));
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: ONE,
		attempt: round.attempt,
		inputs: &inputs,
	};
	let hash = context.attestation_hash(&account(byte), &result_of(model).hash());
	let attestation =
		Attestation { attempt: round.attempt, account: account(byte), member: true, hash, at: 1 };
	round.attestations.try_push(attestation).unwrap();
}

pub fn publish(round: &mut Round, model: &Blob) {
	let result = result_of(model);
	let hash = result.hash();
	let publication = Publication { result, hash, attempt: round.attempt, struck: false, at: 1 };
	round.publications.try_push(publication).unwrap();
}

pub fn challenge_by(byte: u8, root: Hash) {
	TheTraining::mutate(|training| {
		let training = training.as_mut().unwrap();
		training.open_challenge(ONE, root, &account(byte), &TestEnvironment).unwrap();
	});
}

pub fn fund(byte: u8) {
	Balances::force_set_balance(RuntimeOrigin::root(), account(byte), 10_000).unwrap();
}

pub fn at(block: u32) {
	System::set_block_number(block);
}

/// What is sent at the first of these blocks at which anything but a publication is sent.
pub fn first_sent(node: &Node, blocks: core::ops::Range<u32>) -> Option<(u32, Statement)> {
	blocks.into_iter().find_map(|block| {
		at(block);
		let sent = node.work().into_iter().map(|message| message.statement);
		let mut disputing = sent.filter(|said| !matches!(said, Statement::Publication(_)));
		disputing.next().map(|said| (block, said))
	})
}

/// Everything that was said but publications.
pub fn disputing(sent: Vec<VerifierMessage>) -> Vec<VerifierMessage> {
	let publishes =
		|message: &VerifierMessage| matches!(message.statement, Statement::Publication(_));
	sent.into_iter().filter(|message| !publishes(message)).collect()
}

pub fn leaves_path(blob: &Blob) -> String {
	format!("blobs/{:#x}/leaves", blob.root)
}
