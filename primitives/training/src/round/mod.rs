//! One round as a value: its phase, and everything that was said in it.
//!
//! The transitions are in the submodules, one per phase; [`crate::Training`] chains them and draws
//! the consequences for the bounty.

mod attest;
mod challenge;
mod commit;
mod publish;
mod upload;
mod waiting;

pub use challenge::{Challenge, ChallengeOutcome, OpenedNodes, Turn, MAX_DEPTH};
pub use upload::{update_bit, OpenedRoot, SLICE_BIT};
pub use waiting::{RoundStatus, Waiting};

use crate::{
	AccountId, BlockNumber, BountyId, BountySpec, Committee, Draw, Hash, IncludedUpdate, Limits,
	RoundIndex, RoundResult, Slot, Trainer, MAX_ATTEMPTS, MAX_COMMITTEE, MAX_TRAINERS,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Blocks between the end of Commit and the draw, where there are more validators than places.
pub const DRAW_DELAY: BlockNumber = 3;
/// Votes that a member may send per attempt.
pub const MAX_VOTES_PER_MEMBER: u8 = 8;
/// Most attestations of a round: a full committee and an aggregator in every attempt.
pub const MAX_ATTESTATIONS: u32 = (MAX_COMMITTEE + 1) * MAX_ATTEMPTS as u32;

/// Where a round stands.
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
pub enum Phase {
	/// Trainers train and commit.
	Commit,
	/// Waiting for randomness to draw a committee for Upload, or for Attest where updates are
	/// already frozen.
	Draw,
	/// Blobs arrive, the committee votes what it holds and has checked.
	Upload,
	/// Committee and aggregator compute and attest.
	Attest,
	/// The result is published in the clear.
	Publish,
	/// A result was accepted; its challenge window runs.
	Accepted,
}

/// A trainer's commitment to an update.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Commitment {
	/// Place of the trainer.
	pub slot: Slot,
	/// Who committed.
	pub account: AccountId,
	/// Weight under the weighted mean.
	pub weight: u32,
	/// Attempt in which it was made; it stays valid in later ones.
	pub attempt: u8,
	/// [`crate::commitment_hash`].
	pub hash: Hash,
	/// The update's root, once a verifier that holds the blob has opened the commitment.
	pub root: Option<Hash>,
	/// Block in which it was made.
	pub at: BlockNumber,
}

/// What one committee member said about availability in this attempt.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct MemberVotes {
	/// Bit 0: the slice; bit `1 + slot`: that trainer's update.
	pub bits: u128,
	/// Votes sent.
	pub sent: u8,
	/// Block of the last vote; 0 before the first.
	pub at: BlockNumber,
}

/// Inputs of the result, fixed when Upload ended.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Frozen {
	/// The included set U in slot order.
	pub updates: BoundedVec<IncludedUpdate, ConstU32<MAX_TRAINERS>>,
	/// Root of the evaluation slice, if it was available.
	pub slice_root: Option<Hash>,
	/// [`crate::inputs_hash`] of it all.
	pub inputs: Hash,
}

/// One attestation.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Attestation {
	/// Attempt that it belongs to.
	pub attempt: u8,
	/// Who attested.
	pub account: AccountId,
	/// Whether it counts toward the quorum; the aggregator's does not.
	pub member: bool,
	/// Opens to a result, once that is published.
	pub hash: Hash,
	/// Block in which it was made.
	pub at: BlockNumber,
}

/// A result in the clear.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Publication {
	/// The result.
	pub result: RoundResult,
	/// `result.hash()`.
	pub hash: Hash,
	/// Attempt in which it was published.
	pub attempt: u8,
	/// Proven wrong.
	pub struck: bool,
	/// Block in which it was published.
	pub at: BlockNumber,
}

/// A round.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Round {
	/// Restarts so far, from any phase.
	pub attempt: u8,
	/// Where it stands.
	pub phase: Phase,
	/// Block at which the phase opened.
	pub phase_started_at: BlockNumber,
	/// Length of the phase; it accepts calls while `now < phase_started_at + phase_length`.
	pub phase_length: BlockNumber,
	/// Whether the round before is settled. Until then Commit does not end.
	pub previous_settled: bool,
	/// Root of the model that the updates are deltas of.
	pub previous_model_root: Hash,
	/// Commitments in order of arrival.
	pub commitments: BoundedVec<Commitment, ConstU32<MAX_TRAINERS>>,
	/// The committee of this attempt; empty before Upload.
	pub committee: Committee,
	/// The aggregator of this attempt.
	pub aggregator: Option<AccountId>,
	/// Votes by committee place.
	pub votes: BoundedVec<MemberVotes, ConstU32<MAX_COMMITTEE>>,
	/// Root of the evaluation slice, once a vote has carried it.
	pub slice_root: Option<Hash>,
	/// The slice was revealed in an attempt that failed, so it can measure nothing any more.
	pub slice_spent: bool,
	/// Bits of updates that a quorum held in attempts that fell short of updates. Nothing was made of
	/// them, but they were delivered: their trainers are paid if the round aborts.
	pub delivered: u128,
	/// Inputs, once frozen.
	pub frozen: Option<Frozen>,
	/// Attestations of all attempts.
	pub attestations: BoundedVec<Attestation, ConstU32<MAX_ATTESTATIONS>>,
	/// Published results of all attempts.
	pub publications: BoundedVec<Publication, ConstU32<MAX_ATTESTATIONS>>,
	/// Hash of the accepted result.
	pub accepted: Option<Hash>,
	/// A result accepted in this attempt was struck.
	pub struck_in_attempt: bool,
	/// The open challenge of the accepted result.
	pub challenge: Option<Challenge>,
	/// Challenges of the accepted result that others than dissenting members have opened.
	pub challenges: u8,
	/// Bit `i`: member `i` of this committee has opened its challenge of the accepted result.
	pub member_challenges: u16,
	/// Roots that were struck because nobody opened them, with the attempt. They may be right, so
	/// later attempts may come to them again.
	pub withheld: BoundedVec<(u8, Hash), ConstU32<MAX_ATTESTATIONS>>,
}

/// Why a round refuses an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum RoundError {
	/// The round is in a phase that does not accept this.
	WrongPhase,
	/// The round is in another attempt.
	WrongAttempt,
	/// The phase's deadline has passed; it only waits to be advanced.
	DeadlinePassed,
	/// The deadline is not reached.
	TooEarly,
	/// The named deadline is not that of this phase.
	StaleDeadline,
	/// This trainer committed already.
	AlreadyCommitted,
	/// The sender is not on the committee.
	NotOnCommittee,
	/// A root opens no commitment of this round.
	RootOpensNothing,
	/// A bit stands for nothing, or for an item whose root is neither known nor carried.
	VoteWithoutRoot,
	/// The vote says nothing new.
	NothingNew,
	/// The member sent as many votes as it may.
	TooManyVotes,
	/// The named inputs are not the frozen ones.
	WrongInputs,
	/// This account attested in this attempt.
	AlreadyAttested,
	/// No attestation of the sender opens to this result.
	NotAttested,
	/// The result was published.
	AlreadyPublished,
	/// Scores are missing, uncalled for, or of another size than the round's.
	MalformedScores,
	/// No unstruck published result has this root.
	NoSuchResult,
	/// A bounded list is full; cannot happen within the spec's bounds.
	Full,
	/// A challenge of this result is open already.
	ChallengeOpen,
	/// The round has no open challenge.
	NoChallenge,
	/// As many challenges were opened in this round as are allowed.
	TooManyChallenges,
	/// It is the other side's move.
	NotYourTurn,
	/// Only who opened the challenge may narrow it.
	NotChallenger,
	/// The nodes are not those under the node in question.
	WrongOpening,
	/// No opened node has this place.
	NoSuchNode,
	/// The leaves are open: prove the result wrong.
	LeavesOpen,
}

/// What a round's transitions need to know about the bounty and the chain.
#[derive(Clone, Copy)]
pub struct RoundContext<'a> {
	/// Hash of block 0.
	pub genesis: &'a Hash,
	/// The bounty.
	pub bounty: BountyId,
	/// This round.
	pub round: RoundIndex,
	/// The bounty's spec.
	pub spec: &'a BountySpec,
	/// Governance's bounds.
	pub limits: &'a Limits,
	/// The bounty's trainers.
	pub trainers: &'a [Trainer],
	/// Block of the call.
	pub now: BlockNumber,
}

/// What a round's transition entails; [`crate::Training`] acts on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RoundStep {
	/// Another phase began. Upload, Attest after a retry and Draw follow a [`Draw`].
	PhaseStarted,
	/// These trainers did not commit.
	Missed(Vec<AccountId>),
	/// These trainers committed but not one member received their update.
	Undelivered(Vec<AccountId>),
	/// The updates of these trainers are left out, though somebody received them.
	Late(Vec<AccountId>),
	/// Nobody answered the open challenge of this account.
	Unanswered(AccountId),
	/// A challenge ended.
	ChallengeEnded(Challenge, ChallengeOutcome),
	/// A new attempt began.
	NewAttempt {
		/// The committee, which has nothing more to do.
		dismissed: Vec<AccountId>,
		/// Those who are not [liable](Round::answerable) any more.
		released: Vec<AccountId>,
	},
	/// A committee must be drawn: answer with [`Round::seat`].
	NeedsCommittee,
	/// A result was accepted.
	Accepted,
	/// The accepted result outlasted its window.
	Settled,
	/// No attempts are left, or no committee can be drawn.
	Aborted,
}

impl Round {
	/// A round that opens for commitments.
	pub fn open(
		context: &RoundContext<'_>,
		previous_model_root: Hash,
		previous_settled: bool,
	) -> Self {
		Self {
			attempt: 0,
			phase: Phase::Commit,
			phase_started_at: context.now,
			phase_length: context.spec.lengths.commit,
			previous_settled,
			previous_model_root,
			commitments: Default::default(),
			committee: Default::default(),
			aggregator: None,
			votes: Default::default(),
			slice_root: None,
			slice_spent: false,
			delivered: 0,
			frozen: None,
			attestations: Default::default(),
			publications: Default::default(),
			challenge: None,
			challenges: 0,
			member_challenges: 0,
			withheld: Default::default(),
			accepted: None,
			struck_in_attempt: false,
		}
	}

	/// First block at which the phase accepts nothing more, or while a challenge is open, at which its
	/// next move is too late.
	pub fn deadline(&self) -> BlockNumber {
		match &self.challenge {
			Some(challenge) => challenge.deadline,
			None => self.phase_started_at.saturating_add(self.phase_length),
		}
	}

	/// Place of `account` in the committee.
	pub fn committee_place(&self, account: &AccountId) -> Option<usize> {
		self.committee.iter().position(|member| member.account == *account)
	}

	/// The accepted result.
	pub fn accepted_result(&self) -> Option<&RoundResult> {
		let hash = self.accepted?;
		self.publications.iter().find(|p| p.hash == hash).map(|p| &p.result)
	}

	/// Whether this attempt waits for a slice, and the commitment it must open.
	pub fn expected_slice(&self, context: &RoundContext<'_>) -> Option<Hash> {
		context.spec.slice_commitment(context.round).filter(|_| !self.slice_spent)
	}

	fn ensure_phase(&self, phases: &[Phase], attempt: u8) -> Result<(), RoundError> {
		if attempt != self.attempt {
			return Err(RoundError::WrongAttempt);
		}
		if phases.contains(&self.phase) {
			Ok(())
		} else {
			Err(RoundError::WrongPhase)
		}
	}

	fn ensure_open(&self, now: BlockNumber) -> Result<(), RoundError> {
		if now < self.deadline() {
			Ok(())
		} else {
			Err(RoundError::DeadlinePassed)
		}
	}

	fn start(&mut self, phase: Phase, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		let lengths = &context.spec.lengths;
		let doublings = u32::from(self.attempt.min(context.limits.max_doublings)).min(31);
		let doubled = |length: BlockNumber| length.saturating_mul(1u32.wrapping_shl(doublings));
		self.phase_length = match phase {
			Phase::Commit => lengths.commit,
			Phase::Draw => DRAW_DELAY,
			Phase::Upload => doubled(lengths.upload),
			Phase::Attest => doubled(lengths.attest),
			Phase::Publish => doubled(lengths.publish),
			Phase::Accepted => lengths.window,
		};
		self.phase = phase;
		self.phase_started_at = context.now;
		steps.push(RoundStep::PhaseStarted);
	}

	/// Counts a restart; false if no attempts are left.
	fn next_attempt(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) -> bool {
		let next = self.attempt.saturating_add(1);
		if next >= context.spec.max_attempts {
			steps.push(RoundStep::Aborted);
			return false;
		}
		let mut released = self.answerable();
		self.forget_withheld(context);
		self.attempt = next;
		self.struck_in_attempt = false;
		let dismissed = self.members();
		self.committee = Default::default();
		self.votes = Default::default();
		self.aggregator = None;
		released.retain(|account| !self.answerable().contains(account));
		steps.push(RoundStep::NewAttempt { dismissed, released });
		true
	}

	/// Seats the committee that the transition asked for with [`RoundStep::NeedsCommittee`].
	pub fn seat(&mut self, draw: Draw, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		match draw {
			Draw::TooFew => steps.push(RoundStep::Aborted),
			Draw::Now { committee, .. } if committee.is_empty() => steps.push(RoundStep::Aborted),
			Draw::Later => self.start(Phase::Draw, context, steps),
			Draw::Now { committee, aggregator } => {
				let votes = committee.iter().map(|_| MemberVotes::default()).collect::<Vec<_>>();
				self.votes = BoundedVec::truncate_from(votes);
				self.committee = committee;
				self.aggregator = aggregator;
				let phase = if self.frozen.is_some() { Phase::Attest } else { Phase::Upload };
				self.start(phase, context, steps);
			}
		}
	}

	/// Ends the phase if its deadline is reached. `phase` and `deadline` name what the caller saw.
	pub fn advance(
		&mut self,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> Result<(), RoundError> {
		self.ensure_phase(&[phase], attempt)?;
		if deadline != self.deadline() {
			return Err(RoundError::StaleDeadline);
		}
		if context.now < deadline || (phase == Phase::Commit && !self.previous_settled) {
			return Err(RoundError::TooEarly);
		}
		match phase {
			Phase::Commit => self.end_commit(context, steps),
			Phase::Draw => steps.push(RoundStep::NeedsCommittee),
			Phase::Upload => self.end_upload(context, steps),
			Phase::Attest => self.end_attest(context, steps),
			Phase::Publish => self.end_publish(context, steps),
			Phase::Accepted if self.challenge.is_some() => self.end_move(context, steps),
			Phase::Accepted => steps.push(RoundStep::Settled),
		}
		Ok(())
	}

	/// Ends the phase early if everything it waits for has happened. True if it did.
	pub fn conclude(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) -> bool {
		match self.phase {
			Phase::Commit => self.conclude_commit(context, steps),
			Phase::Upload => self.conclude_upload(context, steps),
			Phase::Attest => self.conclude_attest(context, steps),
			Phase::Publish => self.conclude_publish(context, steps),
			Phase::Draw | Phase::Accepted => false,
		}
	}

	/// Another attempt with the same inputs and a new committee.
	fn retry(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		if self.next_attempt(context, steps) {
			steps.push(RoundStep::NeedsCommittee);
		}
	}

	/// Too few updates: trainers may commit again, who committed keeps its commitment.
	fn short(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		if self.next_attempt(context, steps) {
			self.slice_spent |= self.slice_root.is_some();
			self.slice_root = None;
			self.start(Phase::Commit, context, steps);
		}
	}
}
