//! Challenges: an accepted result whose data is withheld is opened on chain, 8 levels a move.
//!
//! Challenger and attesters move in turns. An answer opens the node in question; the challenger then
//! names one of the opened nodes that is wrong, until the leaves are open. The state holds the path
//! from the node to the top, so that whoever knows the inputs can prove a wrong leaf from it alone.

use super::{Phase, Round, RoundContext, RoundError, RoundStep};
use crate::{AccountId, Balance, BlockNumber, Hash, HostBlake2};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sheaf_aggregation::{seal_root, Opening, MAX_OPENED_NODES};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Most levels of a tree.
pub const MAX_DEPTH: u32 = 40;

/// The nodes of an answer.
pub type OpenedNodes = BoundedVec<Hash, ConstU32<MAX_OPENED_NODES>>;

/// Whose move it is.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Turn {
	/// Somebody who attested the result must open the node, or it is struck.
	Attesters,
	/// The challenger must name one of the opened nodes, or prove the result wrong, or it loses its
	/// bond.
	Challenger,
}

/// An open challenge of the accepted result.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Challenge {
	/// Who opened it.
	pub challenger: AccountId,
	/// What it put up.
	pub bond: Balance,
	/// Level of the node in question: 0 for a leaf, the tree's depth for its top.
	pub level: u32,
	/// Index of the node in its level.
	pub index: u64,
	/// The node; none for the top, of which only the seal is known.
	pub node: Option<Hash>,
	/// The node's path to the top, bottom-up.
	pub siblings: BoundedVec<Hash, ConstU32<MAX_DEPTH>>,
	/// What the last answer opened under the node; empty while it is the attesters' turn.
	pub opened: OpenedNodes,
	/// Who gave the last answer.
	pub answerer: Option<AccountId>,
	/// Whose move it is.
	pub turn: Turn,
	/// First block at which the move is too late.
	pub deadline: BlockNumber,
}

impl Challenge {
	/// Whether the opened nodes are leaves, so that there is nothing more to open.
	pub fn at_the_leaves(&self) -> bool {
		self.turn == Turn::Challenger && self.level <= sheaf_aggregation::LEVELS_PER_OPENING
	}

	/// The siblings, bottom-up, from the `child`-th opened node to the top.
	pub fn path(&self, shape: sheaf_aggregation::Shape, child: u64) -> Option<Vec<Hash>> {
		let opening = Opening::of(shape, self.level, self.index).ok()?;
		let below = opening.siblings::<HostBlake2>(&raw(&self.opened), child).ok()?;
		Some(below.into_iter().map(Hash::from).chain(self.siblings.iter().copied()).collect())
	}
}

fn raw(nodes: &[Hash]) -> Vec<sheaf_aggregation::Hash> {
	nodes.iter().map(|node| node.0).collect()
}

/// How a challenge ended.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum ChallengeOutcome {
	/// The result was struck: the challenger gets its bond back.
	Upheld,
	/// The challenger had nothing more to say: its bond goes to who gave the last answer.
	Rejected {
		/// Who gave the last answer.
		answerer: AccountId,
	},
}

impl Round {
	/// Asks the attesters of the accepted result to open its tree.
	pub fn open_challenge(
		&mut self,
		challenger: &AccountId,
		root: &Hash,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		let accepted = self.ensure_accepted()?;
		if accepted != *root {
			return Err(RoundError::NoSuchResult);
		}
		if self.challenge.is_some() {
			return Err(RoundError::ChallengeOpen);
		}
		self.ensure_open(context.now)?;
		self.count_challenge(challenger, context)?;
		let shape = context.spec.shape().ok_or(RoundError::WrongPhase)?;
		self.challenge = Some(Challenge {
			challenger: challenger.clone(),
			bond: context.limits.challenge_bond,
			level: shape.depth(),
			index: 0,
			node: None,
			siblings: Default::default(),
			opened: Default::default(),
			answerer: None,
			turn: Turn::Attesters,
			deadline: context.now.saturating_add(context.spec.lengths.answer),
		});
		Ok(())
	}

	/// Of each accepted result, members whose attestation does not open to it have a challenge each.
	/// All others share a number, so that challenges are bounded and strangers cannot use up those of
	/// an honest member.
	fn count_challenge(
		&mut self,
		challenger: &AccountId,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		let dissents = self
			.accepted_result()
			.is_some_and(|r| !self.is_liable(challenger, &r.next_model_root, context));
		let seat = self.committee_place(challenger).filter(|_| dissents);
		let bit = seat.and_then(|place| 1u16.checked_shl(u32::try_from(place).ok()?));
		if let Some(bit) = bit.filter(|bit| self.member_challenges & bit == 0) {
			self.member_challenges |= bit;
			return Ok(());
		}
		if self.challenges >= context.limits.max_challenges {
			return Err(RoundError::TooManyChallenges);
		}
		self.challenges = self.challenges.saturating_add(1);
		Ok(())
	}

	fn ensure_accepted(&self) -> Result<Hash, RoundError> {
		match self.accepted_result() {
			Some(result) if self.phase == Phase::Accepted => Ok(result.next_model_root),
			_ => Err(RoundError::WrongPhase),
		}
	}

	/// Opens the node in question. `nodes` are those of its [`Opening`], without those over padding.
	pub fn answer_challenge(
		&mut self,
		answerer: &AccountId,
		nodes: OpenedNodes,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		let root = self.ensure_accepted()?;
		let challenge = self.challenge.as_ref().ok_or(RoundError::NoChallenge)?;
		ensure_turn(challenge, Turn::Attesters, context.now)?;
		if !self.is_liable(answerer, &root, context) {
			return Err(RoundError::NotAttested);
		}
		let shape = context.spec.shape().ok_or(RoundError::WrongPhase)?;
		let opening = Opening::of(shape, challenge.level, challenge.index)
			.map_err(|_| RoundError::WrongOpening)?;
		let node =
			opening.node::<HostBlake2>(&raw(&nodes)).map_err(|_| RoundError::WrongOpening)?;
		let opens = match challenge.node {
			Some(expected) => expected.0 == node,
			None => seal_root::<HostBlake2>(shape.element_count(), node) == root.0,
		};
		if !opens {
			return Err(RoundError::WrongOpening);
		}
		let proof_deadline = context.now.saturating_add(context.spec.lengths.proof);
		if let Some(challenge) = &mut self.challenge {
			challenge.opened = nodes;
			challenge.answerer = Some(answerer.clone());
			challenge.turn = Turn::Challenger;
			challenge.deadline = match challenge.at_the_leaves() {
				true => proof_deadline,
				false => context.now.saturating_add(context.spec.lengths.answer),
			};
		}
		self.prolong_window(proof_deadline);
		Ok(())
	}

	/// The window ends no earlier than `block`.
	fn prolong_window(&mut self, block: BlockNumber) {
		let needed = block.saturating_sub(self.phase_started_at);
		self.phase_length = self.phase_length.max(needed);
	}

	/// The challenger names the `child`-th opened node as the one to open next.
	pub fn narrow_challenge(
		&mut self,
		challenger: &AccountId,
		child: u8,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		self.ensure_accepted()?;
		let shape = context.spec.shape().ok_or(RoundError::WrongPhase)?;
		let challenge = self.challenge.as_mut().ok_or(RoundError::NoChallenge)?;
		ensure_turn(challenge, Turn::Challenger, context.now)?;
		if challenge.challenger != *challenger {
			return Err(RoundError::NotChallenger);
		}
		if challenge.at_the_leaves() {
			return Err(RoundError::LeavesOpen);
		}
		let opening = Opening::of(shape, challenge.level, challenge.index)
			.map_err(|_| RoundError::NoSuchNode)?;
		let node = challenge.opened.get(usize::from(child)).copied();
		let node = node.ok_or(RoundError::NoSuchNode)?;
		let path = challenge.path(shape, u64::from(child)).ok_or(RoundError::NoSuchNode)?;
		challenge.siblings = BoundedVec::try_from(path).map_err(|_| RoundError::Full)?;
		challenge.level = opening.level;
		challenge.index = opening.first.saturating_add(u64::from(child));
		challenge.node = Some(node);
		challenge.opened = Default::default();
		challenge.turn = Turn::Attesters;
		challenge.deadline = context.now.saturating_add(context.spec.lengths.answer);
		Ok(())
	}

	/// The move was not made in time: the result is struck, or the challenge is rejected.
	pub(super) fn end_move(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let Some(challenge) = self.challenge.take() else { return };
		match (challenge.turn, challenge.answerer.clone()) {
			(Turn::Challenger, Some(answerer)) => {
				// Others may have waited for their turn.
				self.prolong_window(context.now.saturating_add(context.spec.lengths.proof));
				let outcome = ChallengeOutcome::Rejected { answerer };
				steps.push(RoundStep::ChallengeEnded(challenge, outcome));
				steps.push(RoundStep::PhaseStarted);
			}
			_ => {
				let challenger = challenge.challenger.clone();
				self.challenge = Some(challenge);
				steps.push(RoundStep::Unanswered(challenger));
			}
		}
	}
}

fn ensure_turn(challenge: &Challenge, turn: Turn, now: BlockNumber) -> Result<(), RoundError> {
	if challenge.turn != turn {
		return Err(RoundError::NotYourTurn);
	}
	if now >= challenge.deadline {
		return Err(RoundError::DeadlinePassed);
	}
	Ok(())
}
