use super::*;

#[test]
fn the_last_commitment_ends_the_phase() {
	build_and_execute(|| {
		open_running();
		let commit =
			|trainer, hash| ModelUpdates::commit_update(signed(trainer), BOUNTY, ONE, 0, hash);
		assert_ok!(commit(11, commitment(11)));
		assert_eq!(
			last_event(),
			Event::UpdateCommitted {
				bounty: BOUNTY,
				round: ONE,
				attempt: 0,
				account: account(11),
				hash: commitment(11)
			}
		);
		assert_ok!(commit(12, commitment(12)));
		assert_eq!(round().phase, Phase::Commit);
		assert_ok!(commit(13, commitment(13)));
		assert_eq!(round().phase, Phase::Upload);
	});
}

#[test]
fn a_commitment_needs_an_enrolled_trainer_in_the_named_place() {
	build_and_execute(|| {
		open_running();
		let commit = |trainer, bounty, round, attempt, value| {
			ModelUpdates::commit_update(
				signed(trainer),
				BountyId(bounty),
				RoundIndex(round),
				attempt,
				hash(value),
			)
		};
		assert_noop!(commit(11, 1, 1, 0, 1), Error::<Test>::NoSuchBounty);
		assert_noop!(commit(11, 0, 2, 0, 1), Error::<Test>::NoSuchRound);
		assert_noop!(commit(11, 0, 1, 1, 1), Error::<Test>::WrongAttempt);
		assert_noop!(commit(14, 0, 1, 0, 1), Error::<Test>::NotEnrolled);
		assert_ok!(commit(11, 0, 1, 0, 1));
		assert_noop!(commit(11, 0, 1, 0, 2), Error::<Test>::AlreadyCommitted);
		System::set_block_number(11);
		assert_noop!(commit(12, 0, 1, 0, 2), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn a_commitment_is_refused_before_the_rounds_and_after_commit() {
	build_and_execute(|| {
		open();
		let commit = || ModelUpdates::commit_update(signed(11), BOUNTY, ONE, 0, hash(1));
		assert_noop!(commit(), Error::<Test>::NotEnrolled);
		open_committed();
		assert_noop!(commit(), Error::<Test>::WrongPhase);
	});
}

#[test]
fn an_inactive_trainer_must_rejoin_first() {
	build_and_execute(|| {
		open_running();
		TheTraining::mutate(|training| {
			training.as_mut().unwrap().bounty.trainers[0].active = false;
		});
		assert_noop!(
			ModelUpdates::commit_update(signed(11), BOUNTY, ONE, 0, hash(1)),
			Error::<Test>::Inactive
		);
	});
}
