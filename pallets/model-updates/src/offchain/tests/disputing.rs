use super::{
	working::{live, put_to_work, with_keys, Node},
	*,
};
use crate::{
	mock::{Balances, Extrinsic, Nodes, RuntimeCall, RuntimeOrigin, System, Test, TestEnvironment},
	offchain::{
		action::Action,
		doubt::{dispute_actions, doubted_roots},
		memory,
	},
	slashes::Slash,
	Call, CurrentVerifiers, DeferredSlashes, Dissenters,
};
use codec::{Decode, Encode};
use frame_support::{dispatch::RawOrigin, pallet_prelude::TransactionSource, traits::Authorize};
use sheaf_aggregation::{Hasher, Tree, WrongResultProof};
use sheaf_training::{
	Attestation, AttestationContext, Frozen, IncludedUpdate, NodeRegistry, Publication,
	RoundResult, Statement, Turn, VerifierMessage,
};
use sp_runtime::{traits::Dispatchable, Permill};

/// Elements of 274 chunks: a challenge takes two answers.
const LARGE: u64 = 70_000;

/// A round whose inputs have this many elements.
struct Scene {
	previous: Blob,
	updates: Vec<Blob>,
	/// The right next model.
	right: Blob,
	/// Another, wrong in its last chunk.
	wrong: Blob,
}

fn scene(elements: u64) -> Scene {
	let previous = Blob::random(1, elements);
	let updates: Vec<Blob> = (0..3).map(|seed| Blob::random(10 + seed, elements)).collect();
	let weighted: Vec<_> = updates.iter().map(|update| (1, update.clone())).collect();
	let right = mean_of(&previous, &weighted);
	let mut elements = right.elements.clone();
	*elements.last_mut().unwrap() ^= 1;
	Scene { previous, updates, wrong: Blob::of(elements), right }
}

fn result_of(model: &Blob) -> RoundResult {
	RoundResult { next_model_root: model.root, scores: None }
}

impl Scene {
	/// A gateway that holds the inputs and computes the right model, without the wrong one.
	fn served(&self) -> Served {
		let element_count = self.right.elements.len() as u64;
		let makes = Some(self.right.clone());
		let mut served = Served { element_count, makes, ..Served::default() };
		self.updates.iter().chain([&self.previous]).for_each(|input| served.add(input));
		served
	}

	/// Accepted from block 10 to 50, after 201 to 203 attested the one result and 204 the other.
	fn accepted(&self, accepted: &Blob, by_the_last: &Blob) -> Training {
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

	fn tree(&self, model: &Blob) -> Tree<Blake2b256> {
		let leaves = model.chunks.iter().map(|chunk| Blake2b256::hash(chunk)).collect();
		Tree::new(Shape::new(model.elements.len() as u64).unwrap(), leaves).unwrap()
	}

	/// The attesters' answer to the open challenge of this model.
	fn answer(&self, model: &Blob) {
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

fn attest(round: &mut Round, byte: u8, model: &Blob) {
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
		Attestation { attempt: round.attempt, account: account(byte), member: true, hash };
	round.attestations.try_push(attestation).unwrap();
}

fn publish(round: &mut Round, model: &Blob) {
	let result = result_of(model);
	let hash = result.hash();
	let publication = Publication { result, hash, attempt: round.attempt, struck: false };
	round.publications.try_push(publication).unwrap();
}

fn challenge_by(byte: u8, root: Hash) {
	TheTraining::mutate(|training| {
		let training = training.as_mut().unwrap();
		training.open_challenge(ONE, root, &account(byte), &TestEnvironment).unwrap();
	});
}

fn fund(byte: u8) {
	Balances::force_set_balance(RuntimeOrigin::root(), account(byte), 10_000).unwrap();
}

fn at(block: u32) {
	System::set_block_number(block);
}

/// What is sent at the first of these blocks at which anything but a publication is sent.
fn first_sent(node: &Node, blocks: core::ops::Range<u32>) -> Option<(u32, Statement)> {
	blocks.into_iter().find_map(|block| {
		at(block);
		let sent = node.work().into_iter().map(|message| message.statement);
		let mut disputing = sent.filter(|said| !matches!(said, Statement::Publication(_)));
		disputing.next().map(|said| (block, said))
	})
}

/// Everything that was said but publications.
fn disputing(sent: Vec<VerifierMessage>) -> Vec<VerifierMessage> {
	let publishes =
		|message: &VerifierMessage| matches!(message.statement, Statement::Publication(_));
	sent.into_iter().filter(|message| !publishes(message)).collect()
}

fn leaves_path(blob: &Blob) -> String {
	format!("blobs/{:#x}/leaves", blob.root)
}

#[test]
fn the_first_member_answers_a_challenge_of_a_right_result() {
	let scene = scene(299);
	with_keys(scene.served(), 201..=203, |node| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		let sent = node.work_and_include();
		assert_eq!(sent.len(), 1, "the others wait");
		assert_eq!(sent[0].verifier, account(201));
		let challenge = live().challenge.unwrap();
		assert_eq!(challenge.turn, Turn::Challenger);
		assert_eq!(challenge.opened.len(), 2);
		assert!(node.work().is_empty());
	});
}

#[test]
fn a_lost_model_is_computed_again_to_answer() {
	let scene = scene(299);
	with_keys(scene.served(), [202], |node| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		at(12);
		assert!(matches!(node.work()[0].statement, Statement::Answer { .. }));
		assert!(node.asked().iter().any(|asked| asked.starts_with("POST")));
	});
}

#[test]
fn a_held_model_is_opened_without_computing() {
	let scene = scene(LARGE);
	let mut served = scene.served();
	served.add(&scene.right);
	with_keys(served, [201], |node| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		assert_eq!(node.work_and_include().len(), 1);
		assert_eq!(node.asked(), [format!("GET {}", leaves_path(&scene.right))]);
		assert_eq!(live().challenge.unwrap().opened.len(), 137);
	});
}

#[test]
fn members_answer_in_turn_and_nobody_waits_at_the_end() {
	let scene = scene(299);
	with_keys(scene.served(), [201], |_| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		let training = TheTraining::get().unwrap();
		let first_at = |training: &Training, byte| {
			(11..21).find(|now| {
				dispute_actions(training, ONE, &account(byte), *now, &genesis())
					.contains(&Action::Answer)
			})
		};
		assert_eq!(first_at(&training, 201), Some(11));
		assert_eq!(first_at(&training, 203), Some(13));
		assert_eq!(first_at(&training, 204), None, "it attested another result");
		let mut short = training.clone();
		short.spec.lengths.answer = 4;
		short.lowest.as_mut().unwrap().challenge.as_mut().unwrap().deadline = 15;
		assert_eq!(first_at(&short, 203), Some(12));
		let mut late = training;
		late.lowest.as_mut().unwrap().challenge.as_mut().unwrap().deadline = 12;
		assert_eq!(first_at(&late, 201), None, "it would arrive at the deadline");
	});
}

#[test]
fn a_damaged_model_is_not_opened() {
	let scene = scene(299);
	let mut forged = scene.served();
	forged.forged.insert(leaves_path(&scene.right), vec![7; 64]);
	let mut short = scene.served();
	short.forged.insert(leaves_path(&scene.right), vec![7; 63]);
	for served in [forged, short] {
		with_keys(served, [201], |node| {
			put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
			challenge_by(204, scene.right.root);
			assert!(node.work().is_empty());
		});
	}
}

#[test]
fn an_answer_is_sent_again_four_blocks_later() {
	let scene = scene(299);
	with_keys(scene.served(), [201], |node| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		assert_eq!(node.work().len(), 1);
		at(14);
		assert!(node.work().is_empty());
		at(15);
		assert_eq!(node.work().len(), 1);
	});
}

#[test]
fn what_stands_and_was_not_attested_is_doubted_the_accepted_first() {
	let scene = scene(299);
	let mut training = scene.accepted(&scene.right, &scene.wrong);
	let round = training.lowest.as_mut().unwrap();
	round.publications.clear();
	publish(round, &scene.wrong);
	publish(round, &scene.previous);
	publish(round, &scene.right);
	publish(round, &scene.updates[0]);
	round.publications[3].struck = true;
	let doubted = |byte| doubted_roots(&training, ONE, &account(byte), &genesis());
	assert_eq!(doubted(201), [scene.wrong.root, scene.previous.root]);
	assert_eq!(doubted(204), [scene.right.root, scene.previous.root]);
	assert_eq!(doubted(9), [scene.right.root, scene.wrong.root, scene.previous.root]);
	let actions = |byte| dispute_actions(&training, ONE, &account(byte), 20, &genesis());
	assert_eq!(actions(201), [Action::Doubt]);
	assert!(actions(9).is_empty(), "not on the committee");
	training.lowest.as_mut().unwrap().attempt = 1;
	let doubted = doubted_roots(&training, ONE, &account(201), &genesis());
	assert!(!doubted.contains(&scene.right.root), "it attested it in an earlier attempt");
}

#[test]
fn a_wrong_accepted_result_is_proven_wrong_and_the_right_one_published() {
	let scene = scene(299);
	let mut served = scene.served();
	served.add(&scene.wrong);
	with_keys(served, [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		let sent = node.work_and_include();
		assert_eq!(
			sent.len(),
			1,
			"the dissenter publishes, and leaves the proof to those before it"
		);
		assert!(matches!(sent[0].statement, Statement::Publication(_)));
		at(14);
		let sent = node.work_and_include();
		let Statement::WrongResult { root, proof } = &sent[0].statement else { panic!("{sent:?}") };
		assert_eq!(*root, scene.wrong.root);
		assert!(matches!(proof, WrongResultProof::Chunk { index: 1, .. }));
		assert!(live().is_struck(&scene.wrong.root));
		assert_eq!(live().phase, Phase::Publish);
		assert!(disputing(node.work()).is_empty());
	});
}

#[test]
fn a_proof_is_sent_again_four_blocks_later() {
	let scene = scene(299);
	let mut served = scene.served();
	served.add(&scene.wrong);
	with_keys(served, [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..30).unwrap().0, 14);
		assert_eq!(first_sent(node, 15..30).unwrap().0, 18);
	});
}

#[test]
fn a_wrong_result_that_is_not_accepted_is_proven_wrong_too() {
	let scene = scene(299);
	let mut served = scene.served();
	served.add(&scene.wrong);
	with_keys(served, 201..=203, |node| {
		let mut training = scene.accepted(&scene.right, &scene.wrong);
		publish(training.lowest.as_mut().unwrap(), &scene.wrong);
		put_to_work(training, ONE);
		let sent = node.work_and_include();
		assert_eq!(sent.len(), 1, "one of the node's seats speaks");
		assert!(live().is_struck(&scene.wrong.root));
		assert_eq!(live().accepted_result(), Some(&result_of(&scene.right)));
	});
}

#[test]
fn a_wrong_result_of_an_earlier_attempt_is_proven_wrong_while_the_next_one_attests() {
	let scene = scene(299);
	let mut served = scene.served();
	served.add(&scene.wrong);
	with_keys(served, [201], |node| {
		let mut training = scene.accepted(&scene.right, &scene.wrong);
		let round = training.lowest.as_mut().unwrap();
		round.publications.clear();
		publish(round, &scene.wrong);
		(round.attempt, round.phase, round.accepted) = (1, Phase::Attest, None);
		put_to_work(training, ONE);
		let sent = node.work_and_include();
		assert!(sent.iter().any(|said| matches!(said.statement, Statement::Attestation { .. })));
		assert!(live().is_struck(&scene.wrong.root));
	});
}

#[test]
fn who_attested_nothing_computes_once_and_accuses_nobody_of_a_right_result() {
	let scene = scene(299);
	with_keys(scene.served(), [204], |node| {
		let mut training = scene.accepted(&scene.right, &scene.right);
		training.lowest.as_mut().unwrap().attestations.pop();
		put_to_work(training, ONE);
		assert!(node.work().is_empty());
		assert!(!node.asked().is_empty());
		at(12);
		assert!(node.work().is_empty());
		assert!(node.asked().is_empty(), "the result was remembered");
	});
}

#[test]
fn without_all_inputs_nobody_is_accused() {
	let scene = scene(299);
	for damage in [true, false] {
		let mut served = scene.served();
		served.add(&scene.wrong);
		let name = format!("{:#x}", scene.updates[1].root);
		match damage {
			true => served.blobs.get_mut(&name).unwrap()[5] ^= 1,
			false => drop(served.blobs.remove(&name)),
		}
		with_keys(served, [204], |node| {
			fund(204);
			put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
			assert_eq!(first_sent(node, 11..50), None);
		});
	}
}

#[test]
fn nobody_is_accused_when_worker_and_gateway_disagree() {
	let scene = scene(299);
	let mut served = Served { computes: Some(Hash::repeat_byte(66)), ..scene.served() };
	served.add(&scene.wrong);
	with_keys(served, [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..50), None);
	});
}

#[test]
fn forged_chunks_make_no_proof() {
	let scene = scene(299);
	let path = |blob: &Blob| format!("blobs/{:#x}/chunks/1", blob.root);
	let other_chunk = scene.served();
	let other_chunk = {
		let proof = sheaf_aggregation::ChunkProof {
			chunk: scene.updates[1].chunks[0].to_vec(),
			siblings: vec![[0; 32]],
		};
		let mut served = other_chunk;
		served.forged.insert(path(&scene.updates[1]), proof.encode());
		served
	};
	let mut huge = scene.served();
	huge.forged.insert(path(&scene.previous), vec![1; 1 << 20]);
	let mut garbage = scene.served();
	garbage.forged.insert(path(&scene.updates[2]), vec![255; 40]);
	for mut served in [other_chunk, huge, garbage] {
		served.add(&scene.wrong);
		// What is left unread of a body that is too long counts as surplus.
		served.tolerated = true;
		with_keys(served, [204], |node| {
			put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
			assert_eq!(first_sent(node, 11..30), None);
		});
	}
}

#[test]
fn a_wrong_result_behind_forged_leaves_is_challenged() {
	let scene = scene(299);
	let mut served = scene.served();
	served.forged.insert(leaves_path(&scene.wrong), vec![9; 64]);
	with_keys(served, [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		let root = scene.wrong.root;
		assert_eq!(first_sent(node, 11..50), Some((19, Statement::Challenge { root })));
	});
}

#[test]
fn a_withheld_result_is_challenged_after_a_few_blocks_but_not_too_late() {
	let scene = scene(299);
	let challenged_at = |length, from| {
		let mut block = None;
		with_keys(scene.served(), [204], |node| {
			fund(204);
			let mut training = scene.accepted(&scene.wrong, &scene.right);
			training.lowest.as_mut().unwrap().phase_length = length;
			put_to_work(training, ONE);
			block = first_sent(node, from..60).map(|(block, _)| block);
		});
		block
	};
	assert_eq!(challenged_at(40, 11), Some(19), "five blocks after its turn");
	assert_eq!(challenged_at(8, 11), Some(14), "half of the window");
	assert_eq!(challenged_at(40, 47), Some(47), "near the end nobody waits");
	assert_eq!(challenged_at(40, 49), None, "it would arrive at the end");
}

#[test]
fn nobody_challenges_without_a_bond_or_without_its_own_model() {
	let scene = scene(299);
	with_keys(scene.served(), [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..50), None, "no bond");
	});
	let mut served = scene.served();
	served.forged.insert(leaves_path(&scene.right), vec![7; 64]);
	with_keys(served, [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..50), None, "its own model is damaged");
	});
}

#[test]
fn a_challenge_that_would_be_refused_is_not_sent() {
	let scene = scene(299);
	with_keys(scene.served(), [204], |node| {
		fund(204);
		let mut training = scene.accepted(&scene.wrong, &scene.right);
		let round = training.lowest.as_mut().unwrap();
		(round.member_challenges, round.challenges) = (0b1000, 2);
		put_to_work(training, ONE);
		assert_eq!(first_sent(node, 11..50), None);
	});
}

#[test]
fn a_challenge_and_a_move_are_sent_again_four_blocks_later() {
	let scene = scene(LARGE);
	with_keys(scene.served(), [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..30).unwrap().0, 19);
		assert_eq!(first_sent(node, 20..30).unwrap().0, 23);
		challenge_by(204, scene.wrong.root);
		scene.answer(&scene.wrong);
		let narrow = Statement::Narrow { child: 136 };
		assert_eq!(first_sent(node, 23..33), Some((23, narrow.clone())));
		assert_eq!(first_sent(node, 24..33), Some((27, narrow)));
		assert_eq!(first_sent(node, 32..36), None, "it would arrive at the deadline");
	});
}

#[test]
fn a_gateway_that_is_down_accuses_nobody() {
	let scene = scene(299);
	with_keys(Served { down: true, ..scene.served() }, [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..50), None);
	});
}

#[test]
fn a_withheld_result_that_is_not_accepted_is_not_challenged() {
	let scene = scene(299);
	with_keys(scene.served(), [201], |node| {
		fund(201);
		let mut training = scene.accepted(&scene.right, &scene.wrong);
		publish(training.lowest.as_mut().unwrap(), &scene.wrong);
		put_to_work(training, ONE);
		assert_eq!(first_sent(node, 11..50), None);
	});
}

#[test]
fn a_challenge_leads_to_a_proof_without_a_byte_of_the_withheld_data() {
	let scene = scene(LARGE);
	with_keys(scene.served(), [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		for block in [11, 14] {
			at(block);
			assert!(disputing(node.work_and_include()).is_empty());
		}
		at(19);
		let sent = disputing(node.work_and_include());
		let root = scene.wrong.root;
		assert!(matches!(&sent[..], [one] if one.statement == Statement::Challenge { root }));
		assert!(disputing(node.work()).is_empty(), "it is the attesters' turn");
		scene.answer(&scene.wrong);
		let sent = disputing(node.work_and_include());
		assert!(matches!(&sent[..], [one] if one.statement == Statement::Narrow { child: 136 }));
		assert!(disputing(node.work()).is_empty());
		scene.answer(&scene.wrong);
		assert!(live().challenge.unwrap().at_the_leaves());
		let sent = disputing(node.work_and_include());
		let [VerifierMessage { statement: Statement::WrongResult { proof, .. }, .. }] = &sent[..]
		else {
			panic!("{sent:?}");
		};
		assert!(matches!(proof, WrongResultProof::Chunk { index: 273, .. }));
		assert!(live().is_struck(&scene.wrong.root));
	});
}

#[test]
fn any_member_uses_opened_leaves() {
	let scene = scene(299);
	with_keys(scene.served(), [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		challenge_by(99, scene.wrong.root);
		scene.answer(&scene.wrong);
		let (block, said) = first_sent(node, 11..20).unwrap();
		assert_eq!(block, 14, "after those before it");
		assert!(matches!(said, Statement::WrongResult { .. }));
	});
}

#[test]
fn a_challenge_gone_astray_is_not_followed() {
	let scene = scene(LARGE);
	with_keys(scene.served(), [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		challenge_by(99, scene.wrong.root);
		scene.answer(&scene.wrong);
		TheTraining::mutate(|training| {
			let training = training.as_mut().unwrap();
			training.narrow_challenge(ONE, 0, &account(99), &TestEnvironment).unwrap();
		});
		scene.answer(&scene.wrong);
		assert_eq!(first_sent(node, 11..20), None, "these leaves are right");
	});
}

#[test]
fn a_dissenter_publishes_even_after_the_accepted_result_was_struck() {
	let scene = scene(299);
	with_keys(scene.served(), [204], |node| {
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		TheTraining::mutate(|training| {
			let training = training.as_mut().unwrap();
			training.strike(ONE, scene.wrong.root, &account(77), &TestEnvironment).unwrap();
		});
		assert_eq!(live().phase, Phase::Publish);
		at(14);
		node.work_and_include();
		assert!(live().publications.iter().any(|p| p.result == result_of(&scene.right)));
	});
}

fn defer_slash(byte: u8, due: u32) {
	let fraction = Permill::from_percent(50);
	let slash = Slash { root: Hash::zero(), fraction, challenger: None, due };
	Nodes::suspend(&account(byte));
	DeferredSlashes::<Test>::insert((BOUNTY, ONE), account(byte), slash);
	Dissenters::<Test>::insert((BOUNTY, ONE), BoundedVec::default());
}

/// Who is slashed by what the node sends at a block.
fn slashed(node: &Node, block: u32) -> Vec<AccountId> {
	at(block);
	crate::mock::ModelUpdates::verify_rounds(block);
	let calls = (node.pool)().into_iter().map(|bytes| {
		let call = Extrinsic::decode(&mut &bytes[..]).unwrap().function;
		call.authorize(TransactionSource::Local).unwrap().unwrap();
		let RuntimeCall::ModelUpdates(Call::apply_slash { offender, .. }) = call else {
			panic!("not a slash: {call:?}");
		};
		offender
	});
	calls.collect()
}

#[test]
fn slashes_that_are_due_are_applied_by_the_validators_in_turn() {
	with_keys(Served::default(), [202], |node| {
		defer_slash(203, 12);
		defer_slash(204, 40);
		let at_blocks: Vec<u32> =
			(8..40).filter(|block| slashed(node, *block) == [account(203)]).collect();
		// Validator 1 of 4 looks at blocks 10, 18, 26, 34.
		assert_eq!(at_blocks, [18, 26, 34], "sent again while it is not applied");
		CurrentVerifiers::<Test>::kill();
		assert!(slashed(node, 42).is_empty(), "no validator");
	});
}

#[test]
fn one_validator_sends_a_slash_every_four_blocks() {
	with_keys(Served::default(), [201], |node| {
		let alone = vec![crate::mock::member(201)];
		CurrentVerifiers::<Test>::put(frame_support::WeakBoundedVec::force_from(alone, None));
		defer_slash(203, 12);
		let blocks: Vec<u32> = (11..21).filter(|block| !slashed(node, *block).is_empty()).collect();
		assert_eq!(blocks, [12, 16, 20]);
	});
}

#[test]
fn an_applied_slash_is_not_sent_again() {
	with_keys(Served::default(), 201..=204, |node| {
		defer_slash(203, 12);
		assert_eq!(slashed(node, 12), [account(203)]);
		let (bounty, round, offender) = (BOUNTY, ONE, account(203));
		let call = RuntimeCall::ModelUpdates(Call::apply_slash { bounty, round, offender });
		call.dispatch(RawOrigin::Authorized.into()).unwrap();
		assert!(slashed(node, 20).is_empty());
	});
}

#[test]
fn what_is_noticed_is_remembered_until_it_was_absent_for_long() {
	with_gateway(Served::default(), |_| {
		assert_eq!(memory::noticed_since(&1, 10), 10);
		assert_eq!(memory::noticed_since(&2, 12), 12);
		assert_eq!(memory::noticed_since(&1, 30), 10);
		assert_eq!(memory::noticed_since(&1, 61), 10);
		assert_eq!(memory::noticed_since(&1, 93), 93);
		assert_eq!(memory::noticed_since(&2, 93), 93);
		for other in 100..700u32 {
			memory::noticed_since(&other, 94);
		}
		assert_eq!(memory::noticed_since(&1, 95), 95, "the memory is bounded");
	});
}
