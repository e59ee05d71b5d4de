//! Deadlines that somebody must act on, and how long this node leaves that to others.

use alloc::vec::Vec;
use sheaf_training::{
	BlockNumber, BountyState, Member, Phase, Round, RoundIndex, Training, VerifierId,
};

/// Most blocks that the members of a committee wait for each other.
const MAX_PATIENCE: BlockNumber = 4;
/// Blocks that a node without a seat waits for the committee.
const OUTSIDER_PATIENCE: BlockNumber = 8;

/// A deadline of a bounty or of one of its rounds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Deadline {
	/// First block at which it can be acted on.
	pub(crate) at: BlockNumber,
	/// The round with its attempt and phase; none for Preparing and Enrolling.
	pub(crate) phase: Option<(RoundIndex, u8, Phase)>,
	/// Who acts first; without a committee every validator may.
	pub(crate) committee: Vec<Member>,
}

/// Every deadline that stands.
pub(crate) fn deadlines(training: &Training) -> Vec<Deadline> {
	match &training.bounty.state {
		BountyState::Preparing { committee, deadline, .. } => {
			alloc::vec![Deadline { at: *deadline, phase: None, committee: committee.to_vec() }]
		}
		BountyState::Enrolling { deadline } => {
			alloc::vec![Deadline { at: *deadline, phase: None, committee: Vec::new() }]
		}
		BountyState::Running { settled, .. } => [settled.next(), settled.next().next()]
			.into_iter()
			.filter_map(|index| deadline_of(index, training.round(index)?))
			.collect(),
		_ => Vec::new(),
	}
}

/// Commit does not end before the round before is settled, whose settlement then ends it.
fn deadline_of(index: RoundIndex, round: &Round) -> Option<Deadline> {
	(round.phase != Phase::Commit || round.previous_settled).then(|| Deadline {
		at: round.deadline(),
		phase: Some((index, round.attempt, round.phase)),
		committee: round.committee.to_vec(),
	})
}

impl Deadline {
	/// Whether a node with these keys acts now. The first member, or the first validator where there
	/// is no committee, acts at once, the next a block later.
	pub(crate) fn is_due(
		&self,
		now: BlockNumber,
		validators: &[Member],
		keys: &[VerifierId],
	) -> bool {
		let members = if self.committee.is_empty() { validators } else { &self.committee };
		let place = members.iter().position(|member| keys.contains(&member.key));
		let patience = match place.map(BlockNumber::try_from) {
			Some(place) => place.unwrap_or(MAX_PATIENCE).min(MAX_PATIENCE),
			None => OUTSIDER_PATIENCE,
		};
		now >= self.at.saturating_add(patience)
	}
}
