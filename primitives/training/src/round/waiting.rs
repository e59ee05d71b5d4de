//! Why a round waits: what has to happen, and who could make it happen, before its phase ends.

use super::{update_bit, Phase, Round, RoundContext, Turn, SLICE_BIT};
use crate::{AccountId, BlockNumber, Slot};
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// One reason for which a round waits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum Waiting {
	/// Commit does not end before the round before is settled.
	PreviousRound,
	/// Active trainers have not committed, or there are fewer trainers than the minimum.
	Commitments {
		/// The active trainers without a commitment.
		missing: Vec<AccountId>,
		/// Commitments short of the minimum.
		needed: u32,
	},
	/// Randomness for the draw of the committee comes with later blocks.
	Draw,
	/// Fewer than a quorum of members hold some updates or the slice.
	Availability {
		/// Trainers whose updates lack votes.
		updates: Vec<Slot>,
		/// The slice lacks votes.
		slice: bool,
		/// Members who have not voted in this attempt.
		silent: Vec<AccountId>,
	},
	/// These members, and the aggregator if it is among them, have not attested.
	Attestations(Vec<AccountId>),
	/// No published result has a quorum.
	Publication,
	/// The accepted result is final at the deadline, unless it is struck or challenged before.
	ChallengeWindow,
	/// The next move in the challenge of the accepted result.
	ChallengeMove(Turn),
	/// The deadline is reached: anybody may `advance` the round.
	Advance,
}

/// A live round, with why it waits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct RoundStatus {
	/// The round.
	pub round: Round,
	/// [`Round::deadline`].
	pub deadline: BlockNumber,
	/// [`Round::waiting`].
	pub waiting: Vec<Waiting>,
}

impl Round {
	/// Why the round waits at the end of block `context.now`, so that a next call would be executed in
	/// the block after it. Only Commit can have two reasons.
	pub fn waiting(&self, context: &RoundContext<'_>) -> Vec<Waiting> {
		let may_end = self.phase != Phase::Commit || self.previous_settled;
		if may_end && context.now.saturating_add(1) >= self.deadline() {
			return vec![Waiting::Advance];
		}
		match self.phase {
			Phase::Commit => self.waiting_in_commit(context),
			Phase::Draw => vec![Waiting::Draw],
			Phase::Upload => vec![self.waiting_in_upload(context)],
			Phase::Attest => vec![Waiting::Attestations(self.without_attestation())],
			Phase::Publish => vec![Waiting::Publication],
			Phase::Accepted => vec![match &self.challenge {
				Some(challenge) => Waiting::ChallengeMove(challenge.turn),
				None => Waiting::ChallengeWindow,
			}],
		}
	}

	fn waiting_in_commit(&self, context: &RoundContext<'_>) -> Vec<Waiting> {
		let mut reasons = Vec::new();
		if !self.previous_settled {
			reasons.push(Waiting::PreviousRound);
		}
		let missing = self.without_commitment(context);
		let commitments = u32::try_from(self.commitments.len()).unwrap_or(u32::MAX);
		let needed = u32::from(context.spec.min_trainers).saturating_sub(commitments);
		if !missing.is_empty() || needed > 0 {
			reasons.push(Waiting::Commitments { missing, needed });
		}
		reasons
	}

	fn waiting_in_upload(&self, context: &RoundContext<'_>) -> Waiting {
		let lacks_votes = |slot: &Slot| !self.available(update_bit(*slot));
		let members = self.committee.iter().zip(&self.votes);
		Waiting::Availability {
			updates: self.commitments.iter().map(|c| c.slot).filter(lacks_votes).collect(),
			slice: self.expected_slice(context).is_some() && !self.available(SLICE_BIT),
			silent: members
				.filter(|(_, votes)| votes.sent == 0)
				.map(|(member, _)| member.account.clone())
				.collect(),
		}
	}
}
