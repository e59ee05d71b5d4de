//! How nodes behaved in a round, for their record, and what misconduct costs.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What somebody did in a round.
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
pub enum Conduct {
	/// It finished its work and is paid.
	Completed,
	/// A trainer whose update some held, but no quorum, or which another had committed to earlier.
	LateUpdate,
	/// A trainer that was waited for and did not commit.
	MissedCommit,
	/// A trainer that committed, but not one member received its update.
	Undelivered,
	/// The aggregator of the attempt that was accepted did not attest, though a quorum of members did.
	AbsentAggregator,
	/// A member of the committee that accepted the result did not attest.
	AbsentMember,
	/// It attested something that nobody published.
	UnopenedAttestation,
	/// It attested another model than the accepted one.
	OtherModelAttested,
	/// It attested a result that was proven wrong, or that nobody opened to its challenger.
	ProvenWrong,
}

/// Counters of a node's record.
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
pub struct Record {
	/// Rounds in which it finished its work.
	pub completed: u32,
	/// Rounds in which its work came too late.
	pub late: u32,
	/// Rounds in which it was waited for in vain, or attested what does not stand.
	pub missed: u32,
	/// Results it attested that were struck.
	pub proven_wrong: u32,
}

impl Record {
	/// Counts what a node did.
	pub fn note(&mut self, conduct: Conduct) {
		use Conduct::*;
		let counter = match conduct {
			Completed => &mut self.completed,
			LateUpdate => &mut self.late,
			MissedCommit | Undelivered | AbsentAggregator | AbsentMember | UnopenedAttestation
			| OtherModelAttested => &mut self.missed,
			ProvenWrong => &mut self.proven_wrong,
		};
		*counter = counter.saturating_add(1);
	}
}

/// What misconduct costs, on top of the payment that is lost. Burned.
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
pub struct Penalties {
	/// A trainer that was waited for and did not commit.
	pub missed_commit: Balance,
	/// A trainer that committed and delivered to nobody.
	pub undelivered: Balance,
	/// A drawn aggregator that did not attest in time.
	pub absent_aggregator: Balance,
	/// An attestation of something else than the accepted model, on top of the round's fee.
	pub false_attestation: Balance,
}

impl crate::Penalties {
	/// What `conduct` costs in units of the token, where the payment that the round would have made is
	/// `fee`. Waived is what one cannot be blamed for: fewer than a quorum voted, or the attempt failed
	/// or was discarded, so that nothing of it is [`Effect::Conducted`](crate::Effect::Conducted).
	pub fn of(&self, conduct: Conduct, fee: Balance) -> Balance {
		use Conduct::*;
		match conduct {
			MissedCommit => self.missed_commit,
			Undelivered => self.undelivered,
			AbsentAggregator => self.absent_aggregator,
			UnopenedAttestation | OtherModelAttested => fee.saturating_add(self.false_attestation),
			// Bond goes through the offence, not through a penalty.
			Completed | LateUpdate | AbsentMember | ProvenWrong => 0,
		}
	}
}
