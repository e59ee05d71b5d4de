use super::{stories::*, *};
use frame_support::{pallet_prelude::*, traits::Authorize};
use sheaf_training::{ChallengeOutcome, Conduct, Turn};

const ANSWER: u32 = 10;
const DEADLINE: u32 = 1 + ANSWER;

#[test]
fn a_challenge_says_who_doubts_and_until_when_to_answer() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		open_challenge();
		assert_eq!(
			last_event(),
			Event::ChallengeOpened {
				bounty: BOUNTY,
				round: FIRST,
				challenger: account(CHALLENGER),
				deadline: DEADLINE,
			}
		);
		assert_eq!(round(1).deadline(), DEADLINE);
		assert!(EndedChallenges::get().is_empty());
	});
}

#[test]
fn each_move_says_whose_turn_it_is_and_about_which_node() {
	let mut spec = BountySpec { network: None, ..plain_spec() };
	spec.parameters.element_count = 256 << 10;
	spec.manifest[0].shape.truncate(1);
	spec.manifest[0].shape[0] = 256 << 10;
	spec.manifest.truncate(1);
	build_and_execute(|| {
		reach_accepted(spec);
		open_challenge();
		System::set_block_number(2);
		answer_challenge(202);
		let moved = |turn, level, index, deadline| Event::ChallengeMoved {
			bounty: BOUNTY,
			round: FIRST,
			turn,
			level,
			index,
			deadline,
		};
		assert_eq!(last_event(), moved(Turn::Challenger, 10, 0, 2 + ANSWER));
		System::set_block_number(3);
		narrow_challenge(7);
		assert_eq!(last_event(), moved(Turn::Attesters, 2, 7, 3 + ANSWER));
	});
}

#[test]
fn silence_strikes_the_result_and_tells_the_observer_who_asked() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		open_challenge();
		let challenge = round(1).challenge.unwrap();
		advance(FIRST);

		let offenders: Vec<_> = [AGGREGATOR, 201, 202, 203].map(account).to_vec();
		let challenger = Some(account(CHALLENGER));
		assert_eq!(Strikes::get(), [(FIRST, 0, root(1), offenders.clone(), challenger.clone())]);
		assert_eq!(EndedChallenges::get(), [(FIRST, challenge, ChallengeOutcome::Upheld)]);
		let noted: Vec<_> =
			offenders.iter().map(|who| (who.clone(), Conduct::ProvenWrong, 0)).collect();
		assert_eq!(Conducts::get(), noted, "bond goes through the offence, not a penalty");

		let round = FIRST;
		System::assert_has_event(
			Event::ResultStruck {
				bounty: BOUNTY,
				round,
				attempt: 0,
				root: root(1),
				offenders,
				challenger,
			}
			.into(),
		);
		let (challenger, outcome) = (account(CHALLENGER), ChallengeOutcome::Upheld);
		System::assert_has_event(
			Event::ChallengeEnded { bounty: BOUNTY, round, challenger, outcome }.into(),
		);
		assert_eq!(
			event_names(),
			["ResultStruck", "ChallengeEnded", "PhaseStarted", "RoundDiscarded"]
		);
	});
}

#[test]
fn a_challenger_with_nothing_more_to_say_is_rejected_and_the_observer_told() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		open_challenge();
		answer_challenge(202);
		let challenge = round(1).challenge.unwrap();
		assert!(challenge.at_the_leaves());
		advance(FIRST);

		let outcome = ChallengeOutcome::Rejected { answerer: account(202) };
		assert_eq!(EndedChallenges::get(), [(FIRST, challenge, outcome.clone())]);
		assert!(Strikes::get().is_empty() && Conducts::get().is_empty());
		assert_eq!(event_names(), ["ChallengeEnded", "PhaseStarted"]);
		System::assert_has_event(
			Event::ChallengeEnded {
				bounty: BOUNTY,
				round: FIRST,
				challenger: account(CHALLENGER),
				outcome,
			}
			.into(),
		);
		assert_eq!((round(1).phase, round(1).challenge), (Phase::Accepted, None));

		advance(FIRST);
		assert_eq!(Settled::get().len(), 1);
		assert!(Resolved::get().is_empty());
	});
}

#[test]
fn the_next_round_goes_on_while_a_challenge_is_open_and_waits_for_its_end() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		open_challenge();
		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		assert_eq!((round(2).phase, round(2).commitments.len()), (Phase::Commit, 3));

		System::set_block_number(round(1).deadline());
		let too_early = |index: RoundIndex| {
			let (phase, deadline) = (round(index.0).phase, round(index.0).deadline());
			TrainingBounties::advance(authorized(), BOUNTY, index, 0, phase, deadline)
		};
		assert_noop!(too_early(SECOND), Error::<Test>::TooEarly);
		System::set_block_number(2);
		answer_challenge(201);
		assert_noop!(too_early(FIRST), Error::<Test>::TooEarly);
		advance(FIRST);
		assert_eq!(round(2).commitments.len(), 3);
		advance(FIRST);
		assert_eq!(round(2).phase, Phase::Upload);
	});
}

#[test]
fn the_pool_takes_the_end_of_a_move_when_it_is_due() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		System::set_block_number(5);
		open_challenge();
		let deadline = round(1).deadline();
		assert_eq!(deadline, 5 + ANSWER);
		let call = crate::Call::<Test>::advance {
			bounty: BOUNTY,
			round: FIRST,
			attempt: 0,
			phase: Phase::Accepted,
			deadline,
		};
		let validity = || call.authorize(TransactionSource::External).unwrap().map(|_| ());
		let unknown = TransactionValidityError::Unknown(UnknownTransaction::Custom(1));
		assert_eq!(validity(), Err(unknown));
		System::set_block_number(deadline);
		assert_eq!(validity(), Ok(()));
		assert!(Strikes::get().is_empty(), "authorizing changes nothing");
	});
}

#[test]
fn a_challenged_round_that_nobody_advances_is_not_settled_by_its_window() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		System::set_block_number(9);
		open_challenge();
		System::set_block_number(11);
		assert_noop!(
			TrainingBounties::advance(authorized(), BOUNTY, FIRST, 0, Phase::Accepted, 11),
			Error::<Test>::StaleDeadline
		);
		assert!(Settled::get().is_empty());
	});
}
