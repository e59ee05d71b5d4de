use super::*;

#[test]
fn cancelling_an_open_bounty_returns_the_reward() {
	build_and_execute(|| {
		open(spec());
		assert_ok!(TrainingBounties::cancel_bounty(sponsor(), BOUNTY));
		assert_eq!(Refunded::get(), vec![(account(1), REWARD)]);
		assert_eq!(state(), BountyState::Cancelled);
		assert!(Seated::get().is_empty());
		assert!(TrainingBounties::live_bounties(BountyId(0), 10).is_empty());
		assert_eq!(last_event(), Event::BountyEnded { bounty: BOUNTY, refund: REWARD });
	});
}

#[test]
fn only_the_sponsor_cancels_and_only_before_the_rounds() {
	build_and_execute(|| {
		let cancel = |by| TrainingBounties::cancel_bounty(signed(by), BOUNTY);
		assert_noop!(cancel(1), Error::<Test>::NoSuchBounty);
		open_running();
		assert_noop!(cancel(2), Error::<Test>::NotSponsor);
		assert_noop!(cancel(1), Error::<Test>::WrongState);
	});
}
