use super::*;

#[test]
fn a_trainer_leaves_and_its_place_is_free() {
	build_and_execute(|| {
		open_running();
		assert_ok!(TrainingBounties::leave(signed(12), BOUNTY));
		assert_eq!(last_event(), Event::NodeLeft { bounty: BOUNTY, account: account(12) });
		assert_ok!(TrainingBounties::enroll(signed(14), BOUNTY));
		let slots: Vec<_> = Bounties::<Test>::get(BOUNTY)
			.unwrap()
			.trainers
			.iter()
			.map(|trainer| (trainer.slot.0, trainer.account.clone()))
			.collect();
		assert_eq!(slots, vec![(0, account(11)), (1, account(14)), (2, account(13))]);
	});
}

#[test]
fn leaving_ends_a_commit_phase_that_only_waited_for_the_leaver() {
	build_and_execute(|| {
		open_running();
		commit(11);
		commit(12);
		assert_eq!(round(1).phase, Phase::Commit);
		assert_ok!(TrainingBounties::leave(signed(13), BOUNTY));
		assert_eq!(round(1).phase, Phase::Upload);
	});
}

#[test]
fn an_aggregator_leaves_at_any_time() {
	build_and_execute(|| {
		open_running();
		assert_ok!(TrainingBounties::enroll_aggregator(signed(21), BOUNTY));
		(11..=13).for_each(commit);
		assert_ok!(TrainingBounties::leave(signed(21), BOUNTY));
		assert!(Bounties::<Test>::get(BOUNTY).unwrap().aggregators.is_empty());
	});
}

#[test]
fn leaving_is_refused_to_strangers_and_with_a_commitment_standing() {
	build_and_execute(|| {
		let leave = |trainer| TrainingBounties::leave(signed(trainer), BOUNTY);
		assert_noop!(leave(11), Error::<Test>::NoSuchBounty);
		open_running();
		assert_noop!(leave(14), Error::<Test>::NotEnrolled);
		commit(11);
		assert_noop!(leave(11), Error::<Test>::CommitmentStanding);
		commit(12);
		commit(13);
		assert_noop!(leave(12), Error::<Test>::EnrolmentClosed);
	});
}
