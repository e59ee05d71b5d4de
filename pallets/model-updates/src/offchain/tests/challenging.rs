use super::{
	scene::*,
	working::{live, put_to_work, with_keys},
	*,
};
use crate::mock::TestEnvironment;
use sheaf_aggregation::WrongResultProof;
use sheaf_training::{Statement, VerifierMessage};

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
