//! A live round: who acted when, and why it waits.

use super::{all, Account, Amount, BlockRef, HexHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_training as training;

/// Where a round stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
	/// Trainers train and commit.
	Commit,
	/// Waiting for randomness to draw a committee.
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

impl From<training::Phase> for Phase {
	fn from(phase: training::Phase) -> Self {
		match phase {
			training::Phase::Commit => Self::Commit,
			training::Phase::Draw => Self::Draw,
			training::Phase::Upload => Self::Upload,
			training::Phase::Attest => Self::Attest,
			training::Phase::Publish => Self::Publish,
			training::Phase::Accepted => Self::Accepted,
		}
	}
}

/// Whose move it is in a challenge.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Turn {
	/// Somebody who attested the result must open the node, or it is struck.
	Attesters,
	/// The challenger must narrow its challenge or prove the result wrong, or it loses its bond.
	Challenger,
}

impl From<training::Turn> for Turn {
	fn from(turn: training::Turn) -> Self {
		match turn {
			training::Turn::Attesters => Self::Attesters,
			training::Turn::Challenger => Self::Challenger,
		}
	}
}

/// One reason for which a round waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Waiting {
	/// The round before is not settled.
	PreviousRound,
	/// Trainers have not committed.
	Commitments {
		/// The active trainers without a commitment.
		missing: Vec<Account>,
		/// Commitments short of the minimum.
		needed: u32,
	},
	/// Randomness for the draw of the committee comes with later blocks.
	Draw,
	/// Fewer than a quorum of members hold some updates or the slice.
	Availability {
		/// Slots of the trainers whose updates lack votes.
		updates: Vec<u16>,
		/// The slice lacks votes.
		slice: bool,
		/// Members who have not voted in this attempt.
		silent: Vec<Account>,
	},
	/// Members, or the aggregator, have not attested.
	Attestations {
		/// Who.
		missing: Vec<Account>,
	},
	/// No published result has a quorum.
	Publication,
	/// The accepted result is final at the deadline, unless it is struck or challenged before.
	ChallengeWindow,
	/// The next move in the challenge of the accepted result.
	ChallengeMove {
		/// Whose move it is.
		turn: Turn,
	},
	/// The deadline is reached: anybody may `advance` the round.
	Advance,
}

impl From<training::Waiting> for Waiting {
	fn from(waiting: training::Waiting) -> Self {
		use training::Waiting as Why;
		match waiting {
			Why::PreviousRound => Self::PreviousRound,
			Why::Commitments { missing, needed } => {
				Self::Commitments { missing: all(missing), needed }
			}
			Why::Draw => Self::Draw,
			Why::Availability { updates, slice, silent } => {
				let updates = updates.into_iter().map(|slot| slot.0).collect();
				Self::Availability { updates, slice, silent: all(silent) }
			}
			Why::Attestations(missing) => Self::Attestations { missing: all(missing) },
			Why::Publication => Self::Publication,
			Why::ChallengeWindow => Self::ChallengeWindow,
			Why::ChallengeMove(turn) => Self::ChallengeMove { turn: turn.into() },
			Why::Advance => Self::Advance,
		}
	}
}

/// A trainer's commitment to an update.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commitment {
	/// Place of the trainer.
	pub slot: u16,
	/// Who committed.
	pub account: Account,
	/// Weight under the weighted mean.
	pub weight: u32,
	/// Attempt in which it was made; it stays valid in later ones.
	pub attempt: u8,
	/// The commitment.
	pub hash: HexHash,
	/// The update's root, once a verifier that holds the blob has opened the commitment.
	pub root: Option<HexHash>,
	/// Block in which it was made.
	pub block: u32,
}

impl From<training::Commitment> for Commitment {
	fn from(commitment: training::Commitment) -> Self {
		let training::Commitment { slot, account, weight, attempt, hash, root, at } = commitment;
		Self {
			slot: slot.0,
			account: account.into(),
			weight,
			attempt,
			hash: hash.into(),
			root: root.map(HexHash),
			block: at,
		}
	}
}

/// A committee member, and what it said about availability in this attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
	/// Its account.
	pub account: Account,
	/// Votes it sent.
	pub votes: u8,
	/// Block of its last vote.
	pub voted_at: Option<u32>,
	/// Slots of the trainers whose updates it holds.
	pub holds: Vec<u16>,
	/// Whether it holds the slice.
	pub holds_slice: bool,
}

impl Member {
	fn of(member: training::Member, votes: training::MemberVotes) -> Self {
		Self {
			account: member.account.into(),
			votes: votes.sent,
			voted_at: (votes.sent > 0).then_some(votes.at),
			holds: slots_of(votes.bits),
			holds_slice: votes.bits & training::SLICE_BIT != 0,
		}
	}
}

/// Slots whose bits are set.
fn slots_of(bits: u128) -> Vec<u16> {
	let slots = 0..training::MAX_TRAINERS as u16;
	slots.filter(|slot| bits & training::update_bit(training::Slot(*slot)) != 0).collect()
}

/// An update that was included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncludedUpdate {
	/// Place of the trainer.
	pub slot: u16,
	/// Who trained it, and is paid.
	pub account: Account,
	/// Root of the update.
	pub root: HexHash,
	/// Weight under the weighted mean.
	pub weight: u32,
}

impl From<training::IncludedUpdate> for IncludedUpdate {
	fn from(update: training::IncludedUpdate) -> Self {
		let training::IncludedUpdate { slot, account, root, weight } = update;
		Self { slot: slot.0, account: account.into(), root: root.into(), weight }
	}
}

/// Inputs of the result, fixed when Upload ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Frozen {
	/// The included updates in slot order.
	pub updates: Vec<IncludedUpdate>,
	/// Root of the evaluation slice, if it was available.
	pub slice_root: Option<HexHash>,
	/// Digest of it all.
	pub inputs: HexHash,
}

impl From<training::Frozen> for Frozen {
	fn from(frozen: training::Frozen) -> Self {
		Self {
			updates: all(frozen.updates),
			slice_root: frozen.slice_root.map(HexHash),
			inputs: frozen.inputs.into(),
		}
	}
}

/// An attestation of a result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
	/// Attempt that it belongs to.
	pub attempt: u8,
	/// Who attested.
	pub account: Account,
	/// Whether it counts toward the quorum; the aggregator's does not.
	pub member: bool,
	/// Opens to a result, once that is published.
	pub hash: HexHash,
	/// Block in which it was made.
	pub block: u32,
}

impl From<training::Attestation> for Attestation {
	fn from(attestation: training::Attestation) -> Self {
		let training::Attestation { attempt, account, member, hash, at } = attestation;
		Self { attempt, account: account.into(), member, hash: hash.into(), block: at }
	}
}

/// A result in the clear.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
	/// Attempt in which it was published.
	pub attempt: u8,
	/// Hash of the result.
	pub hash: HexHash,
	/// Root of the next model.
	pub model_root: HexHash,
	/// Correct answers on the slice, if it was scored.
	pub correct: Option<u32>,
	/// Proven wrong, or not opened to its challenger.
	pub struck: bool,
	/// Block in which it was published.
	pub block: u32,
}

impl From<training::Publication> for Publication {
	fn from(publication: training::Publication) -> Self {
		let training::Publication { result, hash, attempt, struck, at } = publication;
		Self {
			attempt,
			hash: hash.into(),
			model_root: result.next_model_root.into(),
			correct: result.scores.map(|scores| scores.correct),
			struck,
			block: at,
		}
	}
}

/// The open challenge of the accepted result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
	/// Who opened it.
	pub challenger: Account,
	/// What it put up.
	pub bond: Amount,
	/// Level of the node in question: 0 for a leaf.
	pub level: u32,
	/// Index of the node in its level.
	pub index: u64,
	/// Whose move it is.
	pub turn: Turn,
	/// Who gave the last answer.
	pub answerer: Option<Account>,
	/// First block at which the move is too late.
	pub deadline: u32,
}

impl From<training::Challenge> for Challenge {
	fn from(challenge: training::Challenge) -> Self {
		Self {
			challenger: challenge.challenger.into(),
			bond: Amount(challenge.bond),
			level: challenge.level,
			index: challenge.index,
			turn: challenge.turn.into(),
			answerer: challenge.answerer.map(Account),
			deadline: challenge.deadline,
		}
	}
}

/// A root that was struck because nobody opened it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withheld {
	/// The attempt.
	pub attempt: u8,
	/// The root.
	pub root: HexHash,
}

/// A live round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Round {
	/// The bounty.
	pub bounty: u32,
	/// Its number, from 1.
	pub round: u32,
	/// Restarts so far, from any phase.
	pub attempt: u8,
	/// Where it stands.
	pub phase: Phase,
	/// Block at which the phase opened.
	pub phase_started_at: u32,
	/// First block at which the phase, or the next move of a challenge, is too late.
	pub deadline: u32,
	/// Why it waits.
	pub waiting: Vec<Waiting>,
	/// Root of the model that the updates are deltas of.
	pub previous_model_root: HexHash,
	/// Commitments in order of arrival.
	pub commitments: Vec<Commitment>,
	/// The committee of this attempt; empty before Upload.
	pub committee: Vec<Member>,
	/// The aggregator of this attempt.
	pub aggregator: Option<Account>,
	/// Root of the evaluation slice, once a vote has carried it.
	pub slice_root: Option<HexHash>,
	/// The slice was revealed in an attempt that failed.
	pub slice_spent: bool,
	/// Inputs, once frozen.
	pub frozen: Option<Frozen>,
	/// Attestations of all attempts.
	pub attestations: Vec<Attestation>,
	/// Published results of all attempts.
	pub publications: Vec<Publication>,
	/// Hash of the accepted result.
	pub accepted: Option<HexHash>,
	/// The open challenge of the accepted result.
	pub challenge: Option<Challenge>,
	/// Roots that were struck because nobody opened them.
	pub withheld: Vec<Withheld>,
}

impl Round {
	pub(crate) fn of(bounty: u32, number: u32, status: training::RoundStatus) -> Self {
		let training::RoundStatus { round, deadline, waiting } = status;
		let members = round.committee.into_iter().zip(round.votes);
		let withheld = round.withheld.into_iter();
		Self {
			bounty,
			round: number,
			attempt: round.attempt,
			phase: round.phase.into(),
			phase_started_at: round.phase_started_at,
			deadline,
			waiting: all(waiting),
			previous_model_root: round.previous_model_root.into(),
			commitments: all(round.commitments),
			committee: members.map(|(member, votes)| Member::of(member, votes)).collect(),
			aggregator: round.aggregator.map(Account),
			slice_root: round.slice_root.map(HexHash),
			slice_spent: round.slice_spent,
			frozen: round.frozen.map(Into::into),
			attestations: all(round.attestations),
			publications: all(round.publications),
			accepted: round.accepted.map(HexHash),
			challenge: round.challenge.map(Into::into),
			withheld: withheld
				.map(|(attempt, root)| Withheld { attempt, root: root.into() })
				.collect(),
		}
	}
}

/// A round as it was at a block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoundAt {
	/// The block that was asked.
	pub at: BlockRef,
	/// The round.
	pub round: Round,
}
