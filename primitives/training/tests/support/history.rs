//! What the effects of a round said so far: nobody is made to pay or is paid twice.

use super::byte;
use sheaf_training::{
	AccountId, Challenge, ChallengeOutcome, Conduct, Effect, Hash, RoundIndex, Training,
};

/// The effects of live rounds that must balance. Every event of every story is checked against it.
#[derive(Clone, Default)]
pub struct History {
	/// Who was penalised, and for what, since it was last waited for anew.
	penalised: Vec<(RoundIndex, AccountId, Conduct)>,
	/// Who was reported, for which root.
	struck: Vec<(RoundIndex, Hash, AccountId)>,
	/// The open challenge, whose bond is held.
	open: Option<(RoundIndex, Challenge)>,
	/// The round whose strikes were resolved.
	resolved: Option<RoundIndex>,
}

impl History {
	pub fn note(&mut self, before: &Training, after: &Training, effects: &[Effect]) {
		self.forgive_who_is_waited_for_anew(before, after);
		for effect in effects {
			match effect {
				Effect::Conducted { round, conduct, accounts, penalty } => {
					self.note_conduct(*round, *conduct, accounts, *penalty > 0);
				}
				Effect::ResultStruck { round, root, offenders, .. } => {
					assert!(!offenders.is_empty());
					for offender in offenders {
						let strike = (*round, *root, offender.clone());
						assert!(!self.struck.contains(&strike), "{} twice", byte(offender));
						self.struck.push(strike);
					}
				}
				Effect::StrikesResolved { round, dissenters } => {
					assert!(self.struck.iter().any(|(of, ..)| of == round), "without a strike");
					let struck = |who| self.struck.iter().any(|(of, _, s)| of == round && s == who);
					assert!(!dissenters.iter().any(struck), "an offender dissents");
					assert_eq!(self.resolved.replace(*round), None, "resolved twice");
				}
				Effect::ChallengeOpened { .. }
				| Effect::ChallengeMoved { .. }
				| Effect::ChallengeEnded { .. } => self.note_challenge(effect, effects),
				Effect::RoundSettled { round, .. } => self.forget(*round),
				Effect::RoundDiscarded(round) => {
					let penalised = self.penalised.iter().any(|(of, ..)| of == round);
					assert!(!penalised, "a discarded round is nobody's fault");
				}
				_ => {}
			}
		}
		let held = after.lowest.as_ref().and_then(|live| live.challenge.as_ref());
		assert_eq!(held, self.open.as_ref().map(|(_, challenge)| challenge), "a bond for each");
		assert!(after.following.as_ref().is_none_or(|live| live.challenge.is_none()));
	}

	/// Who rejoined or enrolled is a new promise.
	fn forgive_who_is_waited_for_anew(&mut self, before: &Training, after: &Training) {
		let active = |training: &Training, who: &AccountId| {
			training.bounty.trainer(who).is_some_and(|trainer| trainer.active)
		};
		self.penalised.retain(|(_, who, conduct)| {
			let of_trainers = matches!(conduct, Conduct::MissedCommit | Conduct::Undelivered);
			!of_trainers || active(before, who) || !active(after, who)
		});
	}

	fn note_conduct(
		&mut self,
		round: RoundIndex,
		conduct: Conduct,
		accounts: &[AccountId],
		penalised: bool,
	) {
		assert!(!accounts.is_empty());
		for who in accounts.iter().filter(|_| penalised) {
			let penalty = (round, who.clone(), conduct);
			assert!(!self.penalised.contains(&penalty), "{} twice: {conduct:?}", byte(who));
			let struck = self.struck.iter().any(|(of, _, struck)| *of == round && struck == who);
			let of_attestations =
				matches!(conduct, Conduct::UnopenedAttestation | Conduct::OtherModelAttested);
			assert!(!struck || !of_attestations, "{} lost its bond already", byte(who));
			self.penalised.push(penalty);
		}
	}

	fn note_challenge(&mut self, effect: &Effect, all: &[Effect]) {
		match effect {
			Effect::ChallengeOpened { round, challenge } => {
				assert_eq!(self.open, None, "one at a time");
				self.open = Some((*round, challenge.clone()));
			}
			Effect::ChallengeMoved { round, challenge } => {
				let (of, open) = self.open.replace((*round, challenge.clone())).expect("open");
				assert_eq!(of, *round);
				assert_eq!(
					(open.challenger, open.bond),
					(challenge.challenger.clone(), challenge.bond)
				);
				assert_ne!(open.turn, challenge.turn, "in turns");
				assert!(challenge.level <= open.level, "it descends");
			}
			Effect::ChallengeEnded { round, challenge, outcome } => {
				assert_eq!(self.open.take(), Some((*round, challenge.clone())), "ended once");
				let struck = |effect: &Effect| matches!(effect, Effect::ResultStruck { round: of, .. } if of == round);
				match outcome {
					ChallengeOutcome::Upheld => assert!(all.iter().any(struck)),
					ChallengeOutcome::Rejected { answerer } => {
						assert_eq!(challenge.answerer.as_ref(), Some(answerer));
						assert!(!all.iter().any(struck));
					}
				}
			}
			_ => {}
		}
	}

	fn forget(&mut self, round: RoundIndex) {
		let struck = self.struck.iter().any(|(of, ..)| *of == round);
		assert_eq!(self.resolved.take(), struck.then_some(round), "strikes are resolved");
		self.struck.retain(|(of, ..)| *of != round);
		self.penalised.retain(|(of, ..)| *of != round);
	}
}
