//! Events of the training pallets, decoded by the names of their fields.

use super::{innermost, Chain, ChainError, Config};
use sheaf_training::{
	AccountId, Balance, BlockNumber, BountyId, Conduct, Hash, Phase, RoundIndex, Service, Turn,
};
use subxt::{
	events::Event,
	ext::{scale_decode, scale_decode::DecodeAsType, scale_value},
	utils::{AccountId32, H256},
};

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

const PALLETS: [&str; 4] = ["NodeRegistry", "TrainingBounties", "ModelUpdates", "Rewards"];

/// Decodes one event.
pub(super) fn decode(event: &Event<'_, Config>) -> Result<BlockEvent, ChainError> {
	let (pallet, name) = (event.pallet_name(), event.event_name());
	Ok(match (pallet, name) {
		("TrainingBounties", "BountyOpened") => {
			let e: fields::BountyOpened = read(event)?;
			BlockEvent::BountyOpened {
				bounty: BountyId(e.bounty),
				sponsor: AccountId::new(e.sponsor.0),
				reward: e.reward,
			}
		}
		("TrainingBounties", "EnrolmentOpened") => {
			let e: fields::OfBounty = read(event)?;
			BlockEvent::EnrolmentOpened { bounty: BountyId(e.bounty) }
		}
		("TrainingBounties", "TrainerEnrolled") => {
			let e: fields::TrainerEnrolled = read(event)?;
			BlockEvent::TrainerEnrolled {
				bounty: BountyId(e.bounty),
				slot: e.slot,
				account: AccountId::new(e.account.0),
			}
		}
		("TrainingBounties", "RoundOpened") => {
			let e: fields::OfRound = read(event)?;
			BlockEvent::RoundOpened { bounty: BountyId(e.bounty), round: RoundIndex(e.round) }
		}
		("TrainingBounties", "PhaseStarted") => {
			let e: fields::PhaseStarted = read(event)?;
			BlockEvent::PhaseStarted {
				bounty: BountyId(e.bounty),
				round: RoundIndex(e.round),
				attempt: e.attempt,
				phase: e.phase.into(),
				deadline: e.deadline,
			}
		}
		("TrainingBounties", "ResultAccepted") => {
			let e: fields::ResultAccepted = read(event)?;
			BlockEvent::ResultAccepted {
				bounty: BountyId(e.bounty),
				round: RoundIndex(e.round),
				root: Hash::from(e.root.0),
				correct: e.correct,
			}
		}
		("TrainingBounties", "RoundSettled") => {
			let e: fields::RoundSettled = read(event)?;
			BlockEvent::RoundSettled {
				bounty: BountyId(e.bounty),
				round: RoundIndex(e.round),
				root: e.root.map(|root| Hash::from(root.0)),
			}
		}
		("TrainingBounties", "BountyEnded") => {
			let e: fields::BountyEnded = read(event)?;
			BlockEvent::BountyEnded { bounty: BountyId(e.bounty), refund: e.refund }
		}
		("Rewards", "Paid") => {
			let e: fields::Paid = read(event)?;
			BlockEvent::Paid {
				bounty: BountyId(e.bounty),
				round: RoundIndex(e.round),
				account: AccountId::new(e.account.0),
				service: e.service.into(),
				amount: e.amount,
				delivered: e.delivered,
			}
		}
		("Rewards", "Divided") => {
			let e: fields::Divided = read(event)?;
			BlockEvent::Divided {
				bounty: BountyId(e.bounty),
				round: RoundIndex(e.round),
				treasury: e.treasury,
				burned: e.burned,
				refunded: e.refunded,
			}
		}
		("Referenda", "Submitted") => {
			let e: fields::ReferendumSubmitted = read(event)?;
			BlockEvent::ReferendumSubmitted { index: e.index }
		}
		("TrainingBounties" | "ModelUpdates", name) if DISPUTES.contains(&name) => dispute(event)?,
		_ if PALLETS.contains(&pallet) => other(event),
		_ => BlockEvent::Foreign,
	})
}

const DISPUTES: [&str; 9] = [
	"ResultStruck",
	"ChallengeOpened",
	"ChallengeMoved",
	"ChallengeEnded",
	"ChallengeBondPaid",
	"Penalised",
	"SlashDeferred",
	"SlashApplied",
	"SlashCancelled",
];

/// Decodes what happens to wrong results and those who attested them.
fn dispute(event: &Event<'_, Config>) -> Result<BlockEvent, ChainError> {
	let of_round: fields::OfRound = read(event)?;
	let (bounty, round) = (BountyId(of_round.bounty), RoundIndex(of_round.round));
	let account = |account: AccountId32| AccountId::new(account.0);
	Ok(match event.event_name() {
		"ResultStruck" => {
			let e: fields::ResultStruck = read(event)?;
			BlockEvent::ResultStruck {
				bounty,
				round,
				attempt: e.attempt,
				root: Hash::from(e.root.0),
				offenders: e.offenders.into_iter().map(account).collect(),
				challenger: e.challenger.map(account),
			}
		}
		"ChallengeOpened" => {
			let e: fields::ChallengeOpened = read(event)?;
			let (challenger, deadline) = (account(e.challenger), e.deadline);
			BlockEvent::ChallengeOpened { bounty, round, challenger, deadline }
		}
		"ChallengeMoved" => {
			let e: fields::ChallengeMoved = read(event)?;
			let (turn, level, index, deadline) = (e.turn.into(), e.level, e.index, e.deadline);
			BlockEvent::ChallengeMoved { bounty, round, turn, level, index, deadline }
		}
		"ChallengeEnded" => {
			let e: fields::ChallengeEnded = read(event)?;
			let upheld = matches!(e.outcome, fields::OutcomeName::Upheld);
			let challenger = account(e.challenger);
			BlockEvent::ChallengeEnded { bounty, round, challenger, upheld }
		}
		"ChallengeBondPaid" => {
			let e: fields::ChallengeBondPaid = read(event)?;
			BlockEvent::ChallengeBondPaid { bounty, round, to: account(e.to), amount: e.amount }
		}
		"Penalised" => {
			let e: fields::Penalised = read(event)?;
			let (conduct, burned) = (e.conduct.into(), e.burned);
			BlockEvent::Penalised { bounty, round, account: account(e.account), conduct, burned }
		}
		"SlashDeferred" => {
			let e: fields::SlashDeferred = read(event)?;
			let offender = account(e.offender);
			BlockEvent::SlashDeferred { bounty, round, offender, due: e.due }
		}
		"SlashApplied" => {
			let e: fields::SlashApplied = read(event)?;
			let offender = account(e.offender);
			BlockEvent::SlashApplied { bounty, round, offender, amount: e.amount }
		}
		"SlashCancelled" => {
			let e: fields::OfOffender = read(event)?;
			BlockEvent::SlashCancelled { bounty, round, offender: account(e.offender) }
		}
		_ => other(event),
	})
}

fn read<T: scale_decode::DecodeAsFields>(event: &Event<'_, Config>) -> Result<T, ChainError> {
	event.decode_fields_unchecked_as::<T>().map_err(|_| {
		let title = format!("{}.{}", event.pallet_name(), event.event_name());
		ChainError::Undecodable(title)
	})
}

/// An event that this client has no type for: what it says as text, if it names a bounty.
fn other(event: &Event<'_, Config>) -> BlockEvent {
	let bounty = event.decode_fields_unchecked_as::<fields::OfBounty>();
	let Ok(bounty) = bounty else { return BlockEvent::Foreign };
	let round = event.decode_fields_unchecked_as::<fields::OfRound>();
	let all = event.decode_fields_unchecked_as::<scale_value::Composite<()>>();
	BlockEvent::Other {
		pallet: event.pallet_name().to_owned(),
		name: event.event_name().to_owned(),
		bounty: BountyId(bounty.bounty),
		round: round.ok().map(|fields| RoundIndex(fields.round)),
		fields: all.map(|all| scale_value::Value::from(all).to_string()).unwrap_or_default(),
	}
}

/// Fields by name; what the chain has more of is passed over.
#[allow(unused_imports)] // The derive names its crate path where it needs none.
mod fields {
	use super::*;

	macro_rules! fields {
		($($name:ident { $($field:ident: $type:ty),* $(,)? })*) => {
			$(
				#[derive(DecodeAsType)]
				#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
				pub struct $name { $(pub $field: $type),* }
			)*
		};
	}

	fields! {
		ReferendumSubmitted { index: u32 }
		OfBounty { bounty: u32 }
		OfRound { bounty: u32, round: u32 }
		BountyOpened { bounty: u32, sponsor: AccountId32, reward: u128 }
		TrainerEnrolled { bounty: u32, slot: u16, account: AccountId32 }
		PhaseStarted { bounty: u32, round: u32, attempt: u8, phase: PhaseName, deadline: u32 }
		ResultAccepted { bounty: u32, round: u32, root: H256, correct: Option<u32> }
		RoundSettled { bounty: u32, round: u32, root: Option<H256> }
		BountyEnded { bounty: u32, refund: u128 }
		Paid {
			bounty: u32,
			round: u32,
			account: AccountId32,
			service: ServiceName,
			amount: u128,
			delivered: bool,
		}
		Divided { bounty: u32, round: u32, treasury: u128, burned: u128, refunded: u128 }
		ResultStruck {
			attempt: u8,
			root: H256,
			offenders: Vec<AccountId32>,
			challenger: Option<AccountId32>,
		}
		ChallengeOpened { challenger: AccountId32, deadline: u32 }
		ChallengeMoved { turn: TurnName, level: u32, index: u64, deadline: u32 }
		ChallengeEnded { challenger: AccountId32, outcome: OutcomeName }
		ChallengeBondPaid { to: AccountId32, amount: u128 }
		Penalised { account: AccountId32, conduct: ConductName, burned: u128 }
		SlashDeferred { offender: AccountId32, due: u32 }
		SlashApplied { offender: AccountId32, amount: u128 }
		OfOffender { offender: AccountId32 }
	}

	macro_rules! names {
		($name:ident of $type:ty { $($variant:ident),* }) => {
			#[derive(DecodeAsType)]
			#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
			pub enum $name { $($variant),* }

			impl From<$name> for $type {
				fn from(name: $name) -> Self {
					match name { $($name::$variant => Self::$variant),* }
				}
			}
		};
	}

	names!(PhaseName of Phase { Commit, Draw, Upload, Attest, Publish, Accepted });
	names!(ServiceName of Service { Training, Verification, Aggregation });
	names!(TurnName of Turn { Attesters, Challenger });
	names!(ConductName of Conduct {
		Completed, LateUpdate, MissedCommit, Undelivered, AbsentAggregator, AbsentMember,
		UnopenedAttestation, OtherModelAttested, ProvenWrong
	});

	#[derive(DecodeAsType)]
	#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
	pub enum OutcomeName {
		Upheld,
		Rejected {
			#[allow(dead_code)] // Named to match the chain's.
			answerer: AccountId32,
		},
	}
}
