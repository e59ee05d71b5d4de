//! One function per number in the README. Run after every test and by `try_state`.
#![cfg(any(test, feature = "try-runtime"))]

use crate::{Bounties, Config, LiveBounties, Models, Pallet, Rounds, Specs};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use sheaf_training::{
	AccountId, Balance, Bounty, BountyId, BountyState, Phase, Rewards, Round, RoundIndex,
	TrainingRounds,
};
use sp_runtime::TryRuntimeError;

type Check = Result<(), TryRuntimeError>;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn check_invariants() -> Check {
		Self::invariant_1_every_bounty_has_a_spec()?;
		Self::invariant_2_live_bounties_are_those_that_have_not_ended()?;
		Self::invariant_3_spending_is_within_the_reward()?;
		Self::invariant_4_rounds_belong_to_running_bounties()?;
		Self::invariant_5_remainders_are_what_sponsors_owe()?;
		for (id, index, round) in Rounds::<T>::iter() {
			Self::invariant_6_an_accepted_result_stands_in_its_window(&round)?;
			Self::invariant_7_a_challenge_is_of_an_accepted_result(&round)?;
			Self::invariant_8_a_round_waits_in_commit_for_the_one_before(id, index, &round)?;
		}
		for (id, bounty) in Bounties::<T>::iter() {
			Self::invariant_9_settled_rounds_have_models(id, &bounty)?;
			Self::invariant_10_trainers_stand_in_slot_order(id, &bounty)?;
		}
		Ok(())
	}

	fn invariant_1_every_bounty_has_a_spec() -> Check {
		let all = Bounties::<T>::iter_keys().all(Specs::<T>::contains_key);
		let as_many = Bounties::<T>::iter_keys().count() == Specs::<T>::iter_keys().count();
		ensure!(all && as_many, "1: a bounty without a spec, or a spec without a bounty");
		Ok(())
	}

	fn invariant_2_live_bounties_are_those_that_have_not_ended() -> Check {
		let live = Bounties::<T>::iter_values().filter(|bounty| !bounty.ended()).count();
		ensure!(LiveBounties::<T>::iter_keys().count() == live, "2: too many or few live bounties");
		for (id, bounty) in Bounties::<T>::iter() {
			let listed = LiveBounties::<T>::contains_key(id.0.to_be_bytes());
			ensure!(listed != bounty.ended(), "2: the list of live bounties is wrong");
		}
		Ok(())
	}

	fn invariant_3_spending_is_within_the_reward() -> Check {
		for bounty in Bounties::<T>::iter_values() {
			ensure!(bounty.spent <= bounty.reward, "3: a bounty spent more than its reward");
			let all = bounty.spent == bounty.reward;
			ensure!(!bounty.ended() || all, "3: a bounty ended without spending its reward");
		}
		Ok(())
	}

	fn invariant_4_rounds_belong_to_running_bounties() -> Check {
		for (id, index) in Rounds::<T>::iter_keys() {
			let live = Self::load(id).is_some_and(|training| training.round(index).is_some());
			ensure!(live, "4: a round of no running bounty");
		}
		for (id, bounty) in Bounties::<T>::iter() {
			if let BountyState::Running { settled, newest, last } = bounty.state {
				let lowest = settled.next();
				let counted = newest == lowest || newest == lowest.next();
				ensure!(counted && newest <= last, "4: the newest round of a bounty is miscounted");
				let stored = Rounds::<T>::contains_key(id, lowest)
					&& Rounds::<T>::contains_key(id, lowest.next()) == (newest > lowest);
				ensure!(stored, "4: a running bounty without its live rounds");
			}
		}
		Ok(())
	}

	fn invariant_5_remainders_are_what_sponsors_owe() -> Check {
		let mut remainders = BTreeMap::<AccountId, Balance>::new();
		for bounty in Bounties::<T>::iter_values() {
			let owed = remainders.entry(bounty.sponsor.clone()).or_default();
			*owed = owed.saturating_add(bounty.remaining());
		}
		for (sponsor, owed) in remainders {
			ensure!(T::Rewards::owed(&sponsor) == owed, "5: a sponsor's hold is not what is left");
		}
		Ok(())
	}

	fn invariant_6_an_accepted_result_stands_in_its_window(round: &Round) -> Check {
		let accepted = round.accepted.is_some();
		ensure!(accepted == (round.phase == Phase::Accepted), "6: accepted outside of its window");
		let standing =
			round.publications.iter().any(|p| Some(p.hash) == round.accepted && !p.struck);
		ensure!(!accepted || standing, "6: the accepted result is not published, or struck");
		Ok(())
	}

	fn invariant_7_a_challenge_is_of_an_accepted_result(round: &Round) -> Check {
		let challenged = round.challenge.is_some();
		ensure!(
			!challenged || round.phase == Phase::Accepted,
			"7: a challenge of nothing accepted"
		);
		Ok(())
	}

	fn invariant_8_a_round_waits_in_commit_for_the_one_before(
		id: BountyId,
		index: RoundIndex,
		round: &Round,
	) -> Check {
		let lowest = Self::load(id).and_then(|training| training.lowest_index());
		if lowest == Some(index) {
			ensure!(round.previous_settled, "8: the lowest round waits for one before");
			return Ok(());
		}
		let before = lowest.and_then(|lowest| Rounds::<T>::get(id, lowest));
		let accepted = before.as_ref().and_then(|before| before.accepted_result());
		let starts_from = accepted.map(|result| result.next_model_root);
		ensure!(
			round.phase == Phase::Commit && !round.previous_settled,
			"8: a round went on before the one before it was settled"
		);
		ensure!(
			starts_from == Some(round.previous_model_root),
			"8: a round does not start from the accepted model"
		);
		Ok(())
	}

	fn invariant_9_settled_rounds_have_models(id: BountyId, bounty: &Bounty) -> Check {
		let BountyState::Running { settled, .. } = bounty.state else { return Ok(()) };
		let models = Models::<T>::iter_key_prefix(id).count();
		ensure!(
			u32::try_from(models) == Ok(settled.0),
			"9: more or fewer models than settled rounds"
		);
		let newest = match settled {
			RoundIndex::INITIAL_MODEL => Specs::<T>::get(id).map(|spec| spec.initial_model_root),
			settled => Models::<T>::get(id, settled),
		};
		ensure!(newest == Some(bounty.model_root), "9: the newest model is not the bounty's");
		Ok(())
	}

	fn invariant_10_trainers_stand_in_slot_order(id: BountyId, bounty: &Bounty) -> Check {
		let slots = bounty.trainers.iter().map(|trainer| trainer.slot);
		let ascending = slots.clone().zip(slots.clone().skip(1)).all(|(a, b)| a < b);
		let places = Specs::<T>::get(id).map_or(0, |spec| spec.max_trainers);
		let within = slots.max().is_none_or(|last| last.0 < places);
		ensure!(ascending && within, "10: trainers out of order or beyond their places");
		let once = bounty.trainers.iter().all(|trainer| {
			bounty.trainers.iter().filter(|other| other.account == trainer.account).count() == 1
		});
		ensure!(once, "10: a trainer has two places");
		Ok(())
	}
}
