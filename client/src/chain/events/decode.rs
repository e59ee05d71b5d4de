//! Decodes events by the names of their fields.

use super::{
	super::{ChainError, Config},
	text::text,
	BlockEvent,
};
use sheaf_training::{AccountId, BountyId, Conduct, Hash, Phase, RoundIndex, Service, Turn};
use subxt::{
	events::Event,
	ext::{scale_decode, scale_decode::DecodeAsType, scale_value},
	utils::{AccountId32, H256},
};

const PALLETS: [&str; 4] = ["NodeRegistry", "TrainingBounties", "ModelUpdates", "Rewards"];

/// Decodes one event.
pub(in crate::chain) fn decode(event: &Event<'_, Config>) -> Result<BlockEvent, ChainError> {
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
			let rewards = e.rewards.into_iter().map(|(to, part)| (account(to), part)).collect();
			BlockEvent::SlashApplied { bounty, round, offender, amount: e.amount, rewards }
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
		fields: all.map(|all| text(&all)).unwrap_or_default(),
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
		SlashApplied { offender: AccountId32, amount: u128, rewards: Vec<(AccountId32, u128)> }
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
