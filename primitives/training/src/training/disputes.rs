//! Results that are proven wrong, or challenged because their data is withheld.

use super::{context, Effect, Environment, Frame, Refusal, Training};
use crate::{
	AccountId, Conduct, Hash, OpenedNodes, Phase, Round, RoundContext, RoundError, RoundIndex,
	RoundStep,
};
use alloc::vec::Vec;

impl Training {
	/// A published root was proven wrong by `challenger`.
	pub fn strike(
		&mut self,
		round: RoundIndex,
		root: Hash,
		challenger: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		self.strike_by(round, root, challenger, environment, |live, context, steps| {
			live.strike(&root, context, steps)
		})
	}

	fn strike_by(
		&mut self,
		round: RoundIndex,
		root: Hash,
		challenger: &AccountId,
		environment: &impl Environment,
		event: impl FnOnce(&mut Round, &RoundContext<'_>, &mut Vec<RoundStep>) -> Result<(), RoundError>,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		let was_accepted = self.round(round).is_some_and(|live| live.phase == Phase::Accepted);
		let steps = self.with_round(round, &frame, event)?;
		self.note_strike(round, root, Some(challenger), &[], &frame);
		self.follow(round, steps, false, environment);
		let reopened = self.round(round).is_some_and(|live| live.phase == Phase::Publish);
		if was_accepted && reopened {
			self.discard_following(round);
		}
		self.conclude(round, environment);
		Ok(())
	}

	/// Remembers who attested a struck root, and has them punished, but for those who were `reported`
	/// for this root before.
	pub(super) fn note_strike(
		&mut self,
		round: RoundIndex,
		root: Hash,
		challenger: Option<&AccountId>,
		reported: &[AccountId],
		frame: &Frame,
	) {
		let Some(live) = self.round(round) else { return };
		let context = context!(self, round, frame);
		let attempt = live.attempt;
		let mut offenders = live.offenders(&root, &context);
		offenders.retain(|account| !reported.contains(account));
		if offenders.is_empty() {
			return;
		}
		for offender in &offenders {
			if !self.bounty.struck_members.contains(offender) {
				// Past the bound an offender is not remembered; its lost bond keeps it out.
				let _ = self.bounty.struck_members.try_push(offender.clone());
			}
		}
		let challenger = challenger.cloned();
		let proven_wrong = offenders.clone();
		self.effects.push(Effect::ResultStruck { round, attempt, root, offenders, challenger });
		self.note_conduct(round, Conduct::ProvenWrong, proven_wrong, 0);
	}

	/// Nobody opened the accepted result to its challenger in time: in this attempt it counts as
	/// wrong.
	pub(super) fn strike_unanswered(
		&mut self,
		round: RoundIndex,
		challenger: &AccountId,
		environment: &impl Environment,
	) {
		let accepted = self.round(round).and_then(|live| live.accepted_result());
		let Some(root) = accepted.map(|result| result.next_model_root) else { return };
		// An accepted result stands until it is struck, so this is not refused.
		let _ = self.strike_by(round, root, challenger, environment, |live, context, steps| {
			live.strike_withheld(context, steps)
		});
	}

	/// Somebody doubts the accepted result, whose data it cannot get.
	pub fn open_challenge(
		&mut self,
		round: RoundIndex,
		root: Hash,
		challenger: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		self.with_round(round, &frame, |live, context, _| {
			live.open_challenge(challenger, &root, context)
		})?;
		let challenge = self.round(round).and_then(|live| live.challenge.clone());
		self.effects
			.extend(challenge.map(|challenge| Effect::ChallengeOpened { round, challenge }));
		Ok(())
	}

	/// Somebody who attested the challenged result opens the node in question.
	pub fn answer_challenge(
		&mut self,
		round: RoundIndex,
		nodes: OpenedNodes,
		answerer: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		self.with_round(round, &frame, |live, context, _| {
			live.answer_challenge(answerer, nodes, context)
		})?;
		self.note_move(round);
		Ok(())
	}

	/// The challenger names the opened node that is to be opened next.
	pub fn narrow_challenge(
		&mut self,
		round: RoundIndex,
		child: u8,
		challenger: &AccountId,
		environment: &impl Environment,
	) -> Result<(), Refusal> {
		let frame = Frame::of(environment);
		self.with_round(round, &frame, |live, context, _| {
			live.narrow_challenge(challenger, child, context)
		})?;
		self.note_move(round);
		Ok(())
	}

	fn note_move(&mut self, round: RoundIndex) {
		let challenge = self.round(round).and_then(|live| live.challenge.clone());
		self.effects.extend(challenge.map(|challenge| Effect::ChallengeMoved { round, challenge }));
	}
}
