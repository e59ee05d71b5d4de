use super::*;
use sheaf_training::Slot;

#[test]
fn trainers_get_slots_in_order_and_the_last_place_starts_round_one() {
	build_and_execute(|| {
		open_enrolling(spec());
		assert_ok!(TrainingBounties::enroll(signed(11), BOUNTY));
		assert_eq!(
			last_event(),
			Event::TrainerEnrolled { bounty: BOUNTY, slot: Slot(0), account: account(11) }
		);
		assert_ok!(TrainingBounties::enroll(signed(12), BOUNTY));
		assert_ok!(TrainingBounties::enroll(signed(13), BOUNTY));
		assert!(matches!(state(), BountyState::Running { newest: RoundIndex(1), .. }));
		assert_eq!(round(1).phase, Phase::Commit);
		assert_eq!(
			last_event(),
			Event::PhaseStarted {
				bounty: BOUNTY,
				round: RoundIndex(1),
				attempt: 0,
				phase: Phase::Commit,
				deadline: 11
			}
		);
	});
}

#[test]
fn enrolling_needs_an_open_bounty_a_role_and_a_place() {
	build_and_execute(|| {
		let enroll = |trainer| TrainingBounties::enroll(signed(trainer), BOUNTY);
		assert_noop!(enroll(11), Error::<Test>::NoSuchBounty);
		open(spec());
		assert_noop!(enroll(11), Error::<Test>::WrongState);
	});
	build_and_execute(|| {
		open_running();
		let enroll = |trainer| TrainingBounties::enroll(signed(trainer), BOUNTY);
		assert_noop!(enroll(STRANGER), Error::<Test>::NotATrainerNode);
		assert_noop!(enroll(11), Error::<Test>::AlreadyEnrolled);
		assert_noop!(enroll(14), Error::<Test>::NoPlaceLeft);
		(11..=13).for_each(commit);
		assert_eq!(round(1).phase, Phase::Upload);
		assert_noop!(enroll(14), Error::<Test>::EnrolmentClosed);
	});
}

#[test]
fn enrolling_at_the_deadline_is_too_late() {
	build_and_execute(|| {
		open_enrolling(spec());
		System::set_block_number(10);
		assert_ok!(TrainingBounties::enroll(signed(11), BOUNTY));
		System::set_block_number(11);
		assert_noop!(TrainingBounties::enroll(signed(12), BOUNTY), Error::<Test>::DeadlinePassed);
		assert_noop!(TrainingBounties::leave(signed(11), BOUNTY), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn an_invited_bounty_takes_only_the_invited() {
	build_and_execute(|| {
		open_enrolling(BountySpec { enrolment: EnrolmentPolicy::Invited, ..spec() });
		let enroll = || TrainingBounties::enroll(signed(11), BOUNTY);
		assert_noop!(enroll(), Error::<Test>::NotInvited);
		assert_ok!(TrainingBounties::invite(sponsor(), BOUNTY, account(11), 1));
		assert_ok!(enroll());
	});
}

#[test]
fn aggregators_enrol_once_and_need_the_role() {
	build_and_execute(|| {
		let enroll = |node| TrainingBounties::enroll_aggregator(signed(node), BOUNTY);
		assert_noop!(enroll(21), Error::<Test>::NoSuchBounty);
		open(spec());
		assert_noop!(enroll(STRANGER), Error::<Test>::NotAnAggregatorNode);
		assert_ok!(enroll(21));
		assert_eq!(
			last_event(),
			Event::AggregatorEnrolled { bounty: BOUNTY, account: account(21) }
		);
		assert_noop!(enroll(21), Error::<Test>::AlreadyEnrolled);
	});
}

#[test]
fn who_missed_a_round_must_rejoin() {
	build_and_execute(|| {
		open_running();
		let rejoin = |trainer| TrainingBounties::rejoin(signed(trainer), BOUNTY);
		assert_noop!(rejoin(11), Error::<Test>::AlreadyActive);
		assert_noop!(rejoin(14), Error::<Test>::NotEnrolled);
		commit(11);
		System::set_block_number(11);
		let round_one = RoundIndex(1);
		let advance =
			|| TrainingBounties::advance(authorized(), BOUNTY, round_one, 0, Phase::Commit, 11);
		assert_ok!(advance());
		assert_eq!((round(1).phase, round(1).attempt), (Phase::Commit, 1));
		Unbonded::set(vec![account(13)]);
		assert_noop!(rejoin(13), Error::<Test>::NotATrainerNode);
		Unbonded::take();
		assert_ok!(rejoin(12));
		assert_eq!(last_event(), Event::TrainerRejoined { bounty: BOUNTY, account: account(12) });
		assert_noop!(
			TrainingBounties::rejoin(signed(12), BountyId(7)),
			Error::<Test>::NoSuchBounty
		);
	});
}
