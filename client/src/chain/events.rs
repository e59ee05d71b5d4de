//! Events of the training pallets.

mod decode;
mod text;

use super::{innermost, Chain, ChainError};
pub(super) use decode::decode;
use sheaf_training::{
	AccountId, Balance, BlockNumber, BountyId, Conduct, Hash, Phase, RoundIndex, Service, Turn,
};
use subxt::utils::H256;

/// What a block's event says.
#[derive(Clone, PartialEq, Debug)]
pub enum BlockEvent {
	/// A bounty was opened and funded.
	BountyOpened {
		/// The bounty.
		bounty: BountyId,
		/// Who pays.
		sponsor: AccountId,
		/// How much.
		reward: Balance,
	},
	/// The initial model is available, trainers may enrol.
	EnrolmentOpened {
		/// The bounty.
		bounty: BountyId,
	},
	/// A trainer took a place.
	TrainerEnrolled {
		/// The bounty.
		bounty: BountyId,
		/// The place.
		slot: u16,
		/// The trainer.
		account: AccountId,
	},
	/// A round opened for commitments.
	RoundOpened {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
	},
	/// A phase began.
	PhaseStarted {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// The attempt.
		attempt: u8,
		/// The phase.
		phase: Phase,
		/// First block after it.
		deadline: BlockNumber,
	},
	/// A result was accepted.
	ResultAccepted {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Root of the next model.
		root: Hash,
		/// Correct answers on the round's slice, if it was scored.
		correct: Option<u32>,
	},
	/// A round was settled.
	RoundSettled {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Root of its model; none if it aborted.
		root: Option<Hash>,
	},
	/// Somebody was paid.
	Paid {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Who.
		account: AccountId,
		/// For what.
		service: Service,
		/// How much.
		amount: Balance,
		/// False if it went to the treasury because the account could not receive it.
		delivered: bool,
	},
	/// Where the rest of a tranche went.
	Divided {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// To the treasury.
		treasury: Balance,
		/// Burned.
		burned: Balance,
		/// Back to the sponsor.
		refunded: Balance,
	},
	/// A bounty ended.
	BountyEnded {
		/// The bounty.
		bounty: BountyId,
		/// What went back to the sponsor.
		refund: Balance,
	},
	/// A result was proven wrong, or not opened to its challenger.
	ResultStruck {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// The attempt.
		attempt: u8,
		/// Root of the result.
		root: Hash,
		/// Who attested it.
		offenders: Vec<AccountId>,
		/// Who brought it down, if anybody had to.
		challenger: Option<AccountId>,
	},
	/// The accepted result was challenged.
	ChallengeOpened {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Who challenged it.
		challenger: AccountId,
		/// First block at which an answer is too late.
		deadline: BlockNumber,
	},
	/// A move in a challenge was made.
	ChallengeMoved {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Whose move is next.
		turn: Turn,
		/// Level of the node in question.
		level: u32,
		/// Index of the node in question.
		index: u64,
		/// First block at which the next move is too late.
		deadline: BlockNumber,
	},
	/// A challenge ended.
	ChallengeEnded {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Who had opened it.
		challenger: AccountId,
		/// Whether the result was struck.
		upheld: bool,
	},
	/// The bond of a challenge was paid out.
	ChallengeBondPaid {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// To whom.
		to: AccountId,
		/// How much.
		amount: Balance,
	},
	/// Misconduct cost a node bond.
	Penalised {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Who.
		account: AccountId,
		/// For what.
		conduct: Conduct,
		/// How much.
		burned: Balance,
	},
	/// A slash hangs over an account.
	SlashDeferred {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Whose bond.
		offender: AccountId,
		/// First block at which it can be applied.
		due: BlockNumber,
	},
	/// A slash was applied.
	SlashApplied {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Whose bond.
		offender: AccountId,
		/// How much.
		amount: Balance,
		/// Who received how much of it; the rest was burned.
		rewards: Vec<(AccountId, Balance)>,
	},
	/// Governance cancelled a slash.
	SlashCancelled {
		/// The bounty.
		bounty: BountyId,
		/// The round.
		round: RoundIndex,
		/// Whose bond.
		offender: AccountId,
	},
	/// Any other event of a training pallet that names a bounty.
	Other {
		/// The pallet.
		pallet: String,
		/// The event.
		name: String,
		/// The bounty.
		bounty: BountyId,
		/// The round, if it names one.
		round: Option<RoundIndex>,
		/// All fields, as text.
		fields: String,
	},
	/// A referendum was submitted.
	ReferendumSubmitted {
		/// Its number.
		index: u32,
	},
	/// An event of another pallet.
	Foreign,
}

impl BlockEvent {
	/// The bounty that it is about.
	pub fn bounty(&self) -> Option<BountyId> {
		use BlockEvent::*;
		match self {
			BountyOpened { bounty, .. }
			| EnrolmentOpened { bounty }
			| TrainerEnrolled { bounty, .. }
			| RoundOpened { bounty, .. }
			| PhaseStarted { bounty, .. }
			| ResultAccepted { bounty, .. }
			| RoundSettled { bounty, .. }
			| Paid { bounty, .. }
			| Divided { bounty, .. }
			| BountyEnded { bounty, .. }
			| ResultStruck { bounty, .. }
			| ChallengeOpened { bounty, .. }
			| ChallengeMoved { bounty, .. }
			| ChallengeEnded { bounty, .. }
			| ChallengeBondPaid { bounty, .. }
			| Penalised { bounty, .. }
			| SlashDeferred { bounty, .. }
			| SlashApplied { bounty, .. }
			| SlashCancelled { bounty, .. }
			| Other { bounty, .. } => Some(*bounty),
			ReferendumSubmitted { .. } | Foreign => None,
		}
	}
}

impl Chain {
	/// The events of a block, those of other pallets left out.
	///
	/// # Errors
	///
	/// [`ChainError`]; a node that pruned the block's state counts as lost.
	pub async fn events(&self, block: Hash) -> Result<Vec<BlockEvent>, ChainError> {
		let lost = |error: &(dyn std::error::Error + 'static)| ChainError::Lost(innermost(error));
		let at = self.client.at_block(H256(block.0)).await.map_err(|error| lost(&error))?;
		let found = at.events().fetch().await.map_err(|error| lost(&error))?;
		let mut events = Vec::new();
		for event in found.iter() {
			let event = event.map_err(|_| ChainError::Undecodable("System.Events".into()))?;
			match decode(&event)? {
				BlockEvent::Foreign => {}
				event => events.push(event),
			}
		}
		Ok(events)
	}
}
