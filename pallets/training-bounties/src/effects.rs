//! Loads a bounty with its live rounds, stores it again, and carries out what followed.

use crate::{
	Bounties, ChainEnvironment, Config, Event, LiveBounties, Models, Pallet, Rounds, Specs,
};
use alloc::vec::Vec;
use sheaf_training::{
	AccountId, Balance, BountyId, BountyState, Conduct, Effect, NodeRegistry, Rewards, RoundIndex,
	RoundObserver, Training, TrainingRounds,
};

impl<T: Config> TrainingRounds for Pallet<T> {
	type Environment = ChainEnvironment<T>;

	fn environment() -> Self::Environment {
		ChainEnvironment::default()
	}

	fn load(id: BountyId) -> Option<Training> {
		let bounty = Bounties::<T>::get(id)?;
		let spec = Specs::<T>::get(id)?;
		let (lowest, following) = match bounty.state {
			BountyState::Running { settled, .. } => {
				let lowest = settled.next();
				(Rounds::<T>::get(id, lowest), Rounds::<T>::get(id, lowest.next()))
			}
			_ => (None, None),
		};
		Some(Training::new(id, spec, bounty, lowest, following))
	}

	fn store(training: Training) {
		let Training { id, bounty, lowest, following, effects, .. } = training;
		let sponsor = bounty.sponsor.clone();
		for effect in effects {
			Self::carry_out(id, &sponsor, effect);
		}
		if let BountyState::Running { settled, .. } = bounty.state {
			let index = settled.next();
			for (index, round) in [(index, lowest), (index.next(), following)] {
				if let Some(round) = round {
					Rounds::<T>::insert(id, index, round);
				}
			}
		}
		Bounties::<T>::insert(id, bounty);
	}

	fn live(limit: u32) -> Vec<BountyId> {
		Self::live_bounties(BountyId(0), limit)
	}
}

impl<T: Config> Pallet<T> {
	fn note_conduct(
		bounty: BountyId,
		round: RoundIndex,
		conduct: Conduct,
		accounts: &[AccountId],
		penalty: Balance,
	) {
		for account in accounts {
			let burned = T::Nodes::note_conduct(account, conduct, penalty);
			if penalty > 0 {
				let account = account.clone();
				Self::deposit_event(Event::Penalised { bounty, round, account, conduct, burned });
			}
		}
	}

	fn carry_out(bounty: BountyId, sponsor: &AccountId, effect: Effect) {
		let event = match effect {
			Effect::EnrolmentOpened => Event::EnrolmentOpened { bounty },
			Effect::RoundOpened(round) => Event::RoundOpened { bounty, round },
			Effect::PhaseStarted { round, attempt, phase, deadline } => {
				Event::PhaseStarted { bounty, round, attempt, phase, deadline }
			}
			Effect::CommitteeSeated { round, members } => {
				T::Observer::committee_seated(bounty, round, &members);
				Event::CommitteeSeated { bounty, round, members }
			}
			Effect::CommitteeDismissed { round, members } => {
				return T::Observer::committee_dismissed(bounty, round, &members)
			}
			Effect::LiabilityBegan { accounts, .. } => {
				return accounts.iter().for_each(T::Nodes::begin_liability)
			}
			Effect::LiabilityEnded { accounts, .. } => {
				return accounts.iter().for_each(T::Nodes::end_liability)
			}
			Effect::TrainersInactive { round, accounts, absence } => {
				Event::TrainersInactive { bounty, round, accounts, absence }
			}
			Effect::ResultAccepted { round, root, correct } => {
				Event::ResultAccepted { bounty, round, root, correct }
			}
			Effect::ResultStruck { round, attempt, root, offenders, challenger } => {
				let (accused, by) = (offenders.clone(), challenger.clone());
				T::Observer::result_struck(bounty, round, attempt, root, accused, by);
				Event::ResultStruck { bounty, round, attempt, root, offenders, challenger }
			}
			Effect::StrikesResolved { round, dissenters } => {
				return T::Observer::strikes_resolved(bounty, round, dissenters)
			}
			Effect::ChallengeOpened { round, challenge } => Event::ChallengeOpened {
				bounty,
				round,
				challenger: challenge.challenger,
				deadline: challenge.deadline,
			},
			Effect::ChallengeMoved { round, challenge } => Event::ChallengeMoved {
				bounty,
				round,
				turn: challenge.turn,
				level: challenge.level,
				index: challenge.index,
				deadline: challenge.deadline,
			},
			Effect::ChallengeEnded { round, challenge, outcome } => {
				let challenger = challenge.challenger.clone();
				T::Observer::challenge_ended(bounty, round, challenge, outcome.clone());
				Event::ChallengeEnded { bounty, round, challenger, outcome }
			}
			Effect::Conducted { round, conduct, accounts, penalty } => {
				return Self::note_conduct(bounty, round, conduct, &accounts, penalty)
			}
			Effect::RoundDiscarded(round) => {
				Rounds::<T>::remove(bounty, round);
				Event::RoundDiscarded { bounty, round }
			}
			Effect::RoundSettled { round, root, settlement } => {
				T::Rewards::settle(sponsor, bounty, round, &settlement);
				Rounds::<T>::remove(bounty, round);
				if let Some(root) = root {
					Models::<T>::insert(bounty, round, root);
				}
				Event::RoundSettled { bounty, round, root }
			}
			Effect::Ended { refund } => {
				T::Rewards::refund(sponsor, bounty, refund);
				LiveBounties::<T>::remove(bounty.0.to_be_bytes());
				Event::BountyEnded { bounty, refund }
			}
		};
		Self::deposit_event(event);
	}
}
