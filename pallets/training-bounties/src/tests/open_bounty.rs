use super::*;
use sheaf_training::{quorum, RULE_VERSION};
use sp_runtime::Permill;

#[test]
fn opening_funds_the_reward_and_seats_a_committee() {
	build_and_execute(|| {
		open(spec());
		assert_eq!(Funded::get(), vec![(account(1), REWARD, 5)]);
		let members: Vec<_> = (201..=204).map(account).collect();
		assert_eq!(Seated::get(), vec![(BOUNTY, RoundIndex(0), members.clone())]);
		assert!(matches!(state(), BountyState::Preparing { deadline: 11, .. }));
		assert_eq!(TrainingBounties::live_bounties(BountyId(0), 10), vec![BOUNTY]);
		let round = RoundIndex(0);
		assert_eq!(
			last_event(),
			Event::BountyOpened { bounty: BOUNTY, sponsor: account(1), reward: REWARD }
		);
		System::assert_has_event(Event::CommitteeSeated { bounty: BOUNTY, round, members }.into());
	});
}

#[test]
fn a_quorum_that_holds_the_initial_model_opens_enrolment() {
	build_and_execute(|| {
		open_enrolling(spec());
		assert_eq!(quorum(4), 3);
		assert_eq!(state(), BountyState::Enrolling { deadline: 11 });
		assert!(Seated::get().is_empty());
		assert_eq!(last_event(), Event::EnrolmentOpened { bounty: BOUNTY });
	});
}

#[test]
fn ids_count_up_and_pages_follow_them() {
	build_and_execute(|| {
		for _ in 0..3 {
			open(spec());
		}
		let ids = |start, limit| TrainingBounties::live_bounties(BountyId(start), limit);
		assert_eq!(ids(0, 10), [0, 1, 2].map(BountyId));
		assert_eq!(ids(1, 10), [1, 2].map(BountyId));
		assert_eq!(ids(1, 1), [1].map(BountyId));
		assert_eq!(TrainingBounties::bounty_page(BountyId(2), 10).len(), 1);
		assert_eq!(TrainingBounties::bounty_page(BountyId(9), 10).len(), 0);
	});
}

#[test]
fn a_reward_below_the_quote_is_refused() {
	build_and_execute(|| {
		let floor = TrainingBounties::quote(&spec()).unwrap().min_reward;
		let open = |reward| TrainingBounties::open_bounty(sponsor(), spec(), reward);
		assert_noop!(open(floor - 1), Error::<Test>::RewardTooSmall);
		assert_ok!(open(floor));
	});
}

#[test]
fn a_sponsor_that_cannot_pay_opens_nothing() {
	build_and_execute(|| {
		assert_noop!(
			TrainingBounties::open_bounty(signed(BROKE), spec(), REWARD),
			sp_runtime::TokenError::FundsUnavailable
		);
	});
}

#[test]
fn too_few_verifiers_are_refused() {
	build_and_execute(|| {
		MinCommittee::set(5);
		assert_noop!(
			TrainingBounties::open_bounty(sponsor(), spec(), REWARD),
			Error::<Test>::TooFewVerifiers
		);
	});
}

/// Each way in which a spec can be wrong.
fn refuses(error: Error<Test>, change: impl FnOnce(&mut BountySpec)) {
	build_and_execute(|| {
		let mut wrong = spec();
		change(&mut wrong);
		assert_noop!(TrainingBounties::open_bounty(sponsor(), wrong, REWARD), error);
	});
}

#[test]
fn nonsense_is_refused_with_its_own_error() {
	refuses(Error::UnknownRuleVersion, |s| s.rule_version = RULE_VERSION + 1);
	refuses(Error::UnsafeParameters, |s| s.parameters.clip = 0);
	refuses(Error::FractionBitsOutOfRange, |s| s.fraction_bits = 31);
	refuses(Error::ManifestMismatch, |s| s.manifest[1].shape[0] = 12);
	refuses(Error::NetworkMismatch, |s| s.network.as_mut().unwrap()[1] = 14);
	refuses(Error::BadEvaluation, |s| s.evaluation.as_mut().unwrap().examples = 0);
	refuses(Error::BadMarginalShare, |s| s.marginal_share = Permill::from_percent(51));
	refuses(Error::BadMarginalShare, |s| {
		s.marginal_share = Permill::from_percent(50);
		s.evaluation = None;
	});
	refuses(Error::RoundsOutOfRange, |s| s.rounds = 0);
	refuses(Error::TrainersOutOfRange, |s| s.min_trainers = 4);
	refuses(Error::WeightsNeedInvitations, |s| s.max_weight = 2);
	refuses(Error::PhaseTooShort, |s| s.lengths.attest = 3);
	refuses(Error::PhaseTooLong, |s| s.lengths.window = 1_001);
	refuses(Error::AttemptsOutOfRange, |s| s.max_attempts = 0);
}

#[test]
fn models_and_scoring_above_the_limits_are_refused() {
	build_and_execute(|| {
		TestLimits::mutate(|limits| limits.max_inference_work = 1);
		let open = || TrainingBounties::open_bounty(sponsor(), spec(), REWARD);
		assert_noop!(open(), Error::<Test>::TooMuchInference);
		TestLimits::mutate(|limits| limits.max_element_count = 298);
		assert_noop!(open(), Error::<Test>::ModelTooLarge);
	});
}
