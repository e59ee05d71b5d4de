//! The whole protocol of one bounty as a total function: what happened, and what follows.
//!
//! [`Training`] holds a bounty and its live rounds, at most two. Each method takes one event,
//! changes the value and collects [`Effect`]s that the pallets carry out: money, offences, events,
//! work lists. A refused event leaves a value that must be dropped. Nothing here can fail half-way.

mod disputes;
mod enrolment;
mod rounds;

use crate::{
	AccountId, Balance, BlockNumber, Bounty, BountyError, BountyId, BountySpec, BountyState,
	Challenge, ChallengeOutcome, Conduct, Draw, Hash, Limits, Phase, ProtocolShares, Round,
	RoundError, RoundIndex, Settlement,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What the machine asks of the chain.
pub trait Environment {
	/// Block of the call.
	fn now(&self) -> BlockNumber;
	/// Hash of block 0.
	fn genesis(&self) -> Hash;
	/// Governance's bounds.
	fn limits(&self) -> Limits;
	/// The protocol's parts of a tranche.
	fn protocol_shares(&self) -> ProtocolShares;
	/// Draws a committee and aggregator for an attempt. `delayed` says that it waited in
	/// [`Phase::Draw`]: answering [`Draw::Later`] again counts as [`Draw::TooFew`]. `excluded`
	/// members are not drawn.
	fn draw(
		&self,
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		delayed: bool,
		excluded: &[AccountId],
		aggregators: &[AccountId],
	) -> Draw;
}

/// Why a trainer became inactive.
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
pub enum Absence {
	/// It did not commit in time.
	MissedCommit,
	/// It committed, but not one member received the update.
	Undelivered,
}

/// What follows from an event, for the pallets to carry out in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
	/// Enrolment opened: the initial model is available.
	EnrolmentOpened,
	/// A round opened for commitments.
	RoundOpened(RoundIndex),
	/// A phase of a round began, first block after it in `deadline`.
	PhaseStarted {
		/// The round.
		round: RoundIndex,
		/// Its attempt.
		attempt: u8,
		/// The phase.
		phase: Phase,
		/// First block at which the phase accepts nothing more.
		deadline: BlockNumber,
	},
	/// A committee took its seats.
	CommitteeSeated {
		/// The round.
		round: RoundIndex,
		/// Accounts of the members.
		members: Vec<AccountId>,
	},
	/// A committee has nothing more to do.
	CommitteeDismissed {
		/// The round.
		round: RoundIndex,
		/// Accounts of the members.
		members: Vec<AccountId>,
	},
	/// Accounts can lose bond for what they do in a round from now on.
	LiabilityBegan {
		/// The round.
		round: RoundIndex,
		/// Who.
		accounts: Vec<AccountId>,
	},
	/// Accounts cannot lose bond for this round any more, but for what they are already accused of.
	LiabilityEnded {
		/// The round.
		round: RoundIndex,
		/// Who.
		accounts: Vec<AccountId>,
	},
	/// Trainers are not waited for any more.
	TrainersInactive {
		/// The round.
		round: RoundIndex,
		/// Who.
		accounts: Vec<AccountId>,
		/// Why.
		absence: Absence,
	},
	/// A result was accepted and its challenge window runs.
	ResultAccepted {
		/// The round.
		round: RoundIndex,
		/// Root of the next model.
		root: Hash,
		/// Correct answers on the round's slice, if it was scored.
		correct: Option<u32>,
	},
	/// A result was proven wrong.
	ResultStruck {
		/// The round.
		round: RoundIndex,
		/// The attempt in which it was struck.
		attempt: u8,
		/// Its root.
		root: Hash,
		/// Who attested it.
		offenders: Vec<AccountId>,
		/// Who proved it wrong, or challenged it and got no answer. None if the result had been proven
		/// wrong before these offenders published it.
		challenger: Option<AccountId>,
	},
	/// A round in which results were struck is over: who attested another published result, which
	/// stands.
	StrikesResolved {
		/// The round.
		round: RoundIndex,
		/// The members.
		dissenters: Vec<AccountId>,
	},
	/// The accepted result was challenged; the bond is to be held.
	ChallengeOpened {
		/// The round.
		round: RoundIndex,
		/// The challenge.
		challenge: Challenge,
	},
	/// A move in a challenge was made.
	ChallengeMoved {
		/// The round.
		round: RoundIndex,
		/// The challenge after it.
		challenge: Challenge,
	},
	/// A challenge ended; its bond is to be returned or paid.
	ChallengeEnded {
		/// The round.
		round: RoundIndex,
		/// The challenge.
		challenge: Challenge,
		/// How.
		outcome: ChallengeOutcome,
	},
	/// How nodes behaved, for their records, and what it costs each of them.
	Conducted {
		/// The round.
		round: RoundIndex,
		/// How.
		conduct: Conduct,
		/// Who.
		accounts: Vec<AccountId>,
		/// To be taken from the bond of each and burned.
		penalty: Balance,
	},
	/// A round was taken back because the result that it started from was struck.
	RoundDiscarded(RoundIndex),
	/// A round was settled; `settlement` must be paid out of the reward.
	RoundSettled {
		/// The round.
		round: RoundIndex,
		/// Root of the model it produced; none if the round aborted.
		root: Option<Hash>,
		/// Where its tranche goes.
		settlement: Settlement,
	},
	/// The bounty ended; `refund` goes back to the sponsor.
	Ended {
		/// What remains of the reward.
		refund: Balance,
	},
}

/// Why an event is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
	/// By the bounty.
	Bounty(BountyError),
	/// By the round.
	Round(RoundError),
}

impl From<BountyError> for Refusal {
	fn from(error: BountyError) -> Self {
		Self::Bounty(error)
	}
}

impl From<RoundError> for Refusal {
	fn from(error: RoundError) -> Self {
		Self::Round(error)
	}
}

/// A bounty with its live rounds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Training {
	/// Its id.
	pub id: BountyId,
	/// Its spec.
	pub spec: BountySpec,
	/// Its state.
	pub bounty: Bounty,
	/// The lowest round that is not settled, while Running.
	pub lowest: Option<Round>,
	/// The round after it, while the lowest is in its challenge window.
	pub following: Option<Round>,
	/// What followed so far.
	pub effects: Vec<Effect>,
}

impl Training {
	/// Puts together what the pallet stores.
	pub fn new(
		id: BountyId,
		spec: BountySpec,
		bounty: Bounty,
		lowest: Option<Round>,
		following: Option<Round>,
	) -> Self {
		Self { id, spec, bounty, lowest, following, effects: Vec::new() }
	}

	/// Number of the lowest live round.
	pub fn lowest_index(&self) -> Option<RoundIndex> {
		match self.bounty.state {
			BountyState::Running { settled, .. } => Some(settled.next()),
			_ => None,
		}
	}

	/// The live round with this number.
	pub fn round(&self, round: RoundIndex) -> Option<&Round> {
		let lowest = self.lowest_index()?;
		if round == lowest {
			self.lowest.as_ref()
		} else if round == lowest.next() {
			self.following.as_ref()
		} else {
			None
		}
	}

	fn round_mut(&mut self, round: RoundIndex) -> Result<&mut Round, BountyError> {
		let lowest = self.lowest_index().ok_or(BountyError::WrongState)?;
		let live = if round == lowest {
			self.lowest.as_mut()
		} else if round == lowest.next() {
			self.following.as_mut()
		} else {
			None
		};
		live.ok_or(BountyError::NoSuchRound)
	}

	/// Ends the bounty in `state` and refunds what remains.
	fn end(&mut self, state: BountyState) {
		let refund = self.bounty.remaining();
		self.bounty.spent = self.bounty.reward;
		self.bounty.state = state;
		self.effects.push(Effect::Ended { refund });
	}
}

/// Context of the round with number `round`; a macro because it borrows fields, not the value.
macro_rules! context {
	($training:ident, $round:expr, $frame:ident) => {
		RoundContext {
			genesis: &$frame.genesis,
			bounty: $training.id,
			round: $round,
			spec: &$training.spec,
			limits: &$frame.limits,
			trainers: &$training.bounty.trainers,
			now: $frame.now,
		}
	};
}
use context;

/// What every call reads once from the chain.
struct Frame {
	genesis: Hash,
	limits: Limits,
	now: BlockNumber,
}

impl Frame {
	fn of(environment: &impl Environment) -> Self {
		Self {
			genesis: environment.genesis(),
			limits: environment.limits(),
			now: environment.now(),
		}
	}
}
