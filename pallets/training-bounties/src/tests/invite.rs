use super::*;

fn invited_spec() -> BountySpec {
	BountySpec { enrolment: EnrolmentPolicy::Invited, max_weight: 5, ..spec() }
}

#[test]
fn an_invitation_sets_the_weight() {
	build_and_execute(|| {
		open_enrolling(invited_spec());
		assert_ok!(TrainingBounties::invite(sponsor(), BOUNTY, account(11), 5));
		assert_eq!(
			last_event(),
			Event::TrainerInvited { bounty: BOUNTY, account: account(11), weight: 5 }
		);
		assert_ok!(TrainingBounties::enroll(signed(11), BOUNTY));
		let bounty = Bounties::<Test>::get(BOUNTY).unwrap();
		assert_eq!(bounty.trainers[0].weight, 5);
		assert!(bounty.invitations.is_empty());
	});
}

#[test]
fn only_the_sponsor_invites_each_once_within_bounds() {
	build_and_execute(|| {
		let invite =
			|by, who, weight| TrainingBounties::invite(signed(by), BOUNTY, account(who), weight);
		assert_noop!(invite(1, 11, 1), Error::<Test>::NoSuchBounty);
		open(invited_spec());
		assert_noop!(invite(2, 11, 1), Error::<Test>::NotSponsor);
		assert_noop!(invite(1, 11, 0), Error::<Test>::WeightOutOfRange);
		assert_noop!(invite(1, 11, 6), Error::<Test>::WeightOutOfRange);
		assert_ok!(invite(1, 11, 1));
		assert_noop!(invite(1, 11, 1), Error::<Test>::AlreadyInvited);
	});
}

#[test]
fn an_open_bounty_needs_no_invitations() {
	build_and_execute(|| {
		open(spec());
		assert_noop!(
			TrainingBounties::invite(sponsor(), BOUNTY, account(11), 1),
			Error::<Test>::WrongState
		);
	});
}
