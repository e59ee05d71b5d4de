use super::*;

#[test]
fn closing_makes_the_open_round_the_last() {
	build_and_execute(|| {
		open_running();
		assert_ok!(TrainingBounties::close_bounty(sponsor(), BOUNTY));
		assert_eq!(last_event(), Event::BountyClosed { bounty: BOUNTY, last: RoundIndex(1) });
		assert!(matches!(state(), BountyState::Running { last: RoundIndex(1), .. }));
	});
}

#[test]
fn only_the_sponsor_closes_a_running_bounty() {
	build_and_execute(|| {
		let close = |by| TrainingBounties::close_bounty(signed(by), BOUNTY);
		assert_noop!(close(1), Error::<Test>::NoSuchBounty);
		open_enrolling(spec());
		assert_noop!(close(2), Error::<Test>::NotSponsor);
		assert_noop!(close(1), Error::<Test>::WrongState);
	});
}
