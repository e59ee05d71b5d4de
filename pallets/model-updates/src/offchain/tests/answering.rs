use super::{
	scene::*,
	working::{live, put_to_work, with_keys},
	*,
};
use crate::offchain::{
	action::Action, doubt::dispute_actions, CHALLENGE_LOCK_KEY, LOCK_EXPIRY, LOCK_KEY,
};
use sheaf_training::{Statement, Turn};
use sp_runtime::offchain::storage_lock::{StorageLock, Time};

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
fn a_challenge_is_answered_while_another_worker_computes() {
	let scene = scene(299);
	with_keys(scene.served(), [201], |node| {
		put_to_work(scene.accepted(&scene.right, &scene.wrong), ONE);
		challenge_by(204, scene.right.root);
		let mut computes = StorageLock::<Time>::with_deadline(LOCK_KEY, LOCK_EXPIRY);
		let _guard = computes.try_lock().ok().unwrap();
		let mut moves = StorageLock::<Time>::with_deadline(CHALLENGE_LOCK_KEY, LOCK_EXPIRY);
		{
			let _guard = moves.try_lock().ok().unwrap();
			assert!(node.work().is_empty(), "another worker answers");
		}
		assert_eq!(node.work().len(), 1);
		assert!(moves.try_lock().is_ok(), "the lock was returned");
	});
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
