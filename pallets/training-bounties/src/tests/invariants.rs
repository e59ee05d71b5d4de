//! Each invariant notices what it is there for.

use super::{stories::*, *};
use crate::{LiveBounties, Models, Rounds, Specs};
use sheaf_training::{Bounty, Slot};
use sp_runtime::DispatchError;

/// Breaks the state of round 1 in its window, with round 2 in Commit, and expects the number of the
/// invariant that notices.
fn notices(number: &str, break_it: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		reach_accepted(plain_spec());
		check_everything();
		break_it();
		match TrainingBounties::check_invariants() {
			Err(DispatchError::Other(message)) => {
				assert!(message.starts_with(&format!("{number}:")), "{number}: {message}")
			}
			other => panic!("{number}: {other:?}"),
		}
	});
}

fn change_bounty(change: impl FnOnce(&mut Bounty)) {
	Bounties::<Test>::mutate(BOUNTY, |bounty| change(bounty.as_mut().unwrap()));
}

fn change_round(index: RoundIndex, change: impl FnOnce(&mut Round)) {
	Rounds::<Test>::mutate(BOUNTY, index, |round| change(round.as_mut().unwrap()));
}

#[test]
fn a_bounty_without_spec_is_noticed() {
	notices("1", || Specs::<Test>::remove(BOUNTY));
	notices("1", || Specs::<Test>::insert(BountyId(9), plain_spec()));
}

#[test]
fn a_wrong_list_of_live_bounties_is_noticed() {
	notices("2", || LiveBounties::<Test>::remove(BOUNTY.0.to_be_bytes()));
	notices("2", || LiveBounties::<Test>::insert([9; 4], ()));
}

#[test]
fn spending_more_than_the_reward_or_ending_with_less_is_noticed() {
	notices("3", || change_bounty(|bounty| bounty.spent = bounty.reward + 1));
	notices("3", || {
		LiveBounties::<Test>::remove(BOUNTY.0.to_be_bytes());
		change_bounty(|bounty| bounty.state = BountyState::Completed);
	});
}

#[test]
fn rounds_that_do_not_fit_their_bounty_are_noticed() {
	notices("4", || Rounds::<Test>::insert(BOUNTY, RoundIndex(3), round(1)));
	notices("4", || Rounds::<Test>::remove(BOUNTY, SECOND));
	notices("4", || Rounds::<Test>::remove(BOUNTY, FIRST));
	notices("4", || {
		change_bounty(|bounty| {
			let BountyState::Running { last, .. } = &mut bounty.state else { panic!() };
			*last = FIRST;
		})
	});
}

#[test]
fn a_remainder_that_is_not_held_is_noticed() {
	notices("5", || change_bounty(|bounty| bounty.spent += 1));
	notices("5", || Owed::mutate(|all| *all.get_mut(&account(1)).unwrap() -= 1));
}

#[test]
fn an_accepted_result_that_does_not_stand_is_noticed() {
	notices("6", || change_round(FIRST, |round| round.phase = Phase::Publish));
	notices("6", || change_round(FIRST, |round| round.accepted = Some(hash(9))));
	notices("6", || change_round(FIRST, |round| round.publications[0].struck = true));
	notices("6", || change_round(FIRST, |round| round.accepted = None));
}

#[test]
fn a_challenge_of_nothing_is_noticed() {
	notices("7", || {
		open_challenge();
		let challenge = round(1).challenge;
		change_round(FIRST, |round| round.challenge = None);
		change_round(SECOND, |round| round.challenge = challenge);
	});
}

#[test]
fn a_round_that_does_not_wait_for_the_one_before_is_noticed() {
	notices("8", || change_round(SECOND, |round| round.phase = Phase::Upload));
	notices("8", || change_round(SECOND, |round| round.previous_settled = true));
	notices("8", || change_round(SECOND, |round| round.previous_model_root = hash(9)));
	notices("8", || change_round(FIRST, |round| round.previous_settled = false));
}

#[test]
fn models_that_do_not_match_the_settled_rounds_are_noticed() {
	notices("9", || Models::<Test>::insert(BOUNTY, FIRST, hash(9)));
	notices("9", || change_bounty(|bounty| bounty.model_root = hash(9)));
}

#[test]
fn trainers_out_of_order_are_noticed() {
	notices("10", || change_bounty(|bounty| bounty.trainers[0].slot = Slot(1)));
	notices("10", || change_bounty(|bounty| bounty.trainers[2].slot = Slot(3)));
	notices("10", || change_bounty(|bounty| bounty.trainers[2].account = account(11)));
}
