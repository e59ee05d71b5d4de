use super::{
	scene::*,
	working::{live, put_to_work, with_keys},
	*,
};
use crate::{
	mock::TestEnvironment,
	offchain::{
		action::Action,
		doubt::{dispute_actions, doubted_roots},
		memory,
	},
};
use codec::Encode;
use sheaf_aggregation::{ChunkProof, WrongResultProof};
use sheaf_training::Statement;

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
			let mut training = scene.accepted(&scene.wrong, &scene.right);
			// It has published already.
			publish(training.lowest.as_mut().unwrap(), &scene.right);
			put_to_work(training, ONE);
			assert_eq!(first_sent(node, 11..50), None);
			assert!(node.asked().len() <= 40, "it tries every four blocks");
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
		let proof =
			ChunkProof { chunk: scene.updates[1].chunks[0].to_vec(), siblings: vec![[0; 32]] };
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
fn a_gateway_that_is_down_accuses_nobody() {
	let scene = scene(299);
	with_keys(Served { down: true, ..scene.served() }, [204], |node| {
		fund(204);
		put_to_work(scene.accepted(&scene.wrong, &scene.right), ONE);
		assert_eq!(first_sent(node, 11..50), None);
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
