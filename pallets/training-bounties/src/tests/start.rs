use super::*;

#[test]
fn the_sponsor_starts_with_the_minimum_of_trainers() {
	build_and_execute(|| {
		open_enrolling(spec());
		let start = || TrainingBounties::start(sponsor(), BOUNTY);
		assert_ok!(TrainingBounties::enroll(signed(11), BOUNTY));
		assert_noop!(start(), Error::<Test>::TooFewTrainers);
		assert_ok!(TrainingBounties::enroll(signed(12), BOUNTY));
		assert_ok!(start());
		assert_eq!(round(1).phase, Phase::Commit);
		assert_noop!(start(), Error::<Test>::WrongState);
	});
}

#[test]
fn only_the_sponsor_starts() {
	build_and_execute(|| {
		assert_noop!(TrainingBounties::start(sponsor(), BOUNTY), Error::<Test>::NoSuchBounty);
		open_enrolling(spec());
		assert_noop!(TrainingBounties::start(signed(2), BOUNTY), Error::<Test>::NotSponsor);
	});
}
