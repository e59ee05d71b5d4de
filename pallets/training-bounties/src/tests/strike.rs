use super::{stories::*, *};
use sheaf_training::Conduct;

#[test]
fn a_struck_round_reopens_and_the_next_one_is_taken_back() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		System::reset_events();
		strike(1);
		assert_eq!(event_names(), ["ResultStruck", "PhaseStarted", "RoundDiscarded"]);
		assert_eq!(round(1).phase, Phase::Publish);
		assert!(TrainingBounties::load(BOUNTY).unwrap().round(SECOND).is_none());
		assert!(Settled::get().is_empty());
		let penalised =
			Conducts::get().iter().any(|(_, conduct, _)| *conduct != Conduct::ProvenWrong);
		assert!(!penalised, "trainers of the discarded round did nothing wrong");
	});
}

#[test]
fn a_strike_without_a_challenge_ends_none() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		strike(1);
		let (.., challenger) = Strikes::get().remove(0);
		assert_eq!(challenger, Some(account(CHALLENGER)));
		assert!(EndedChallenges::get().is_empty());
	});
}

#[test]
fn a_proof_during_a_challenge_upholds_it() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		open_challenge();
		answer_challenge(201);
		System::reset_events();
		strike(1);
		assert_eq!(
			event_names(),
			["ResultStruck", "ChallengeEnded", "PhaseStarted", "RoundDiscarded"]
		);
		assert_eq!(EndedChallenges::get().len(), 1);
	});
}

#[test]
fn the_dissenter_is_accepted_the_round_reopens_the_next_and_the_dissenter_is_named() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		publish(204, 2);
		strike(1);
		advance(FIRST);
		assert_eq!(
			event_names(),
			["PhaseStarted", "ResultAccepted", "RoundOpened", "PhaseStarted"]
		);
		assert_eq!(round(2).previous_model_root, root(2));
		assert!(Resolved::get().is_empty());

		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		advance(FIRST);
		assert_eq!(Resolved::get(), [(FIRST, vec![account(204)])]);
		assert_eq!(crate::Models::<Test>::get(BOUNTY, FIRST), Some(root(2)));
		let (_, _, settlement) = Settled::get().remove(0);
		let verifiers: Vec<_> = settlement
			.payments
			.iter()
			.filter(|payment| payment.service == sheaf_training::Service::Verification)
			.map(|payment| payment.account.clone())
			.collect();
		assert_eq!(verifiers, [account(204)]);
		let penalties: u128 = Conducts::get().iter().map(|(.., penalty)| penalty).sum();
		assert_eq!(penalties, 0, "who was proven wrong is slashed, not penalised as well");
	});
}

#[test]
fn struck_members_are_not_drawn_again() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		strike(1);
		advance(FIRST);
		assert_eq!((round(1).attempt, round(1).phase), (1, Phase::Attest));
		assert_eq!(round(1).members(), [account(204)]);
		assert_eq!(round(1).aggregator, None);
		assert_eq!(
			event_names(),
			["CommitteeSeated", "PhaseStarted"],
			"a new committee for the same inputs"
		);
	});
}

#[test]
fn a_round_that_finds_no_other_committee_aborts_and_its_strikes_are_resolved() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		publish(204, 2);
		strike(1);
		strike(2);
		advance(FIRST);
		assert_eq!(state(), BountyState::Aborted);
		assert_eq!(Resolved::get(), [(FIRST, vec![])]);
		assert_eq!(event_names(), ["RoundSettled", "BountyEnded"]);
		let (_, _, settlement) = Settled::get().remove(0);
		assert_eq!(settlement.payments.len(), 3, "finished work is paid");
	});
}
