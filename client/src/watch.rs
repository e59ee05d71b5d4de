//! A bounty's life as a stream of records, from final blocks only.

use crate::{
	address,
	chain::{events::BlockEvent, queries::POLL, BlockAt, Chain, ChainError},
	hex_hash,
	trainer::state_name,
};
use serde::Serialize;
use sheaf_training::{
	AccountId, Balance, BlockNumber, BountyId, BountySpec, BountyState, BountyView, Hash, Phase,
	RoundIndex,
};
use std::collections::BTreeMap;

/// One payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaymentRecord {
	/// Who.
	pub account: String,
	/// `Training`, `Verification` or `Aggregation`.
	pub service: String,
	/// In the smallest unit.
	pub amount: String,
	/// False if the treasury got it because the account could not receive it.
	pub delivered: bool,
}

/// Something that happened; absent fields do not apply. Amounts are decimal strings in the smallest
/// unit, because they do not fit the numbers of every JSON reader.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Record {
	pub event: String,
	pub bounty: u32,
	pub block: BlockNumber,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub state: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub round: Option<u32>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub attempt: Option<u8>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub phase: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub deadline: Option<BlockNumber>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub account: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub slot: Option<u16>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub reward: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub root: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub correct: Option<u32>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub examples: Option<u32>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub commitments: Option<usize>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub included: Option<Vec<String>>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub attestations: Option<usize>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub paid: Option<BTreeMap<String, String>>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub payments: Option<Vec<PaymentRecord>>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub treasury: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub burned: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub refunded: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub offenders: Option<Vec<String>>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub challenger: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub upheld: Option<bool>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub turn: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub level: Option<u32>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub index: Option<u64>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub conduct: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub due: Option<BlockNumber>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub amount: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	pub detail: Option<String>,
}

/// Reads final blocks one by one.
pub struct Watcher {
	bounty: BountyId,
	examples: Option<u32>,
	next: BlockNumber,
}

impl Watcher {
	/// Starts at block `from`, or at the newest final block.
	///
	/// # Errors
	///
	/// [`ChainError`].
	pub async fn new(
		chain: &Chain,
		bounty: BountyId,
		spec: &BountySpec,
		from: Option<BlockNumber>,
	) -> Result<Self, ChainError> {
		let next = match from {
			Some(from) => from,
			None => chain.finalized().await?.number.saturating_add(1),
		};
		let examples = spec.evaluation.as_ref().map(|evaluation| evaluation.examples);
		Ok(Self { bounty, examples, next })
	}

	/// Where the bounty stands now.
	pub fn snapshot(view: &BountyView, at: BlockAt) -> Record {
		Record {
			event: "Snapshot".into(),
			bounty: view.id.0,
			block: at.number,
			state: Some(state_name(&view.bounty.state).into()),
			round: match view.bounty.state {
				BountyState::Running { newest, .. } => Some(newest.0),
				_ => None,
			},
			root: Some(hex_hash(&view.bounty.model_root)),
			reward: Some(view.bounty.reward.to_string()),
			..Record::default()
		}
	}

	/// Waits for the next final block and tells what happened in it to this bounty. Nothing is told
	/// twice; if the connection breaks, the same block is read again.
	///
	/// # Errors
	///
	/// [`ChainError`].
	pub async fn next(&mut self, chain: &Chain) -> Result<Vec<Record>, ChainError> {
		loop {
			let finalized = chain.finalized().await?;
			if finalized.number >= self.next {
				return self.read(chain, finalized).await;
			}
			tokio::time::sleep(POLL).await;
		}
	}

	/// The block after the last one that was read.
	pub fn position(&self) -> BlockNumber {
		self.next
	}

	async fn read(&mut self, chain: &Chain, finalized: BlockAt) -> Result<Vec<Record>, ChainError> {
		let Some(hash) = chain.block_hash(self.next).await? else {
			return Err(ChainError::Lost(format!("block {} is missing", self.next)));
		};
		let at = BlockAt { number: self.next, hash };
		let records = match chain.events(hash).await {
			Ok(events) => self.records(chain, events, at).await?,
			Err(ChainError::Lost(reason)) if is_pruned(&reason) => {
				return self.skip_to(chain, finalized).await;
			}
			Err(error) => return Err(error),
		};
		self.next = self.next.saturating_add(1);
		Ok(records)
	}

	/// Passes over blocks that the node does not keep, and tells where the bounty stands after them.
	async fn skip_to(&mut self, chain: &Chain, to: BlockAt) -> Result<Vec<Record>, ChainError> {
		let view = chain.bounty(self.bounty, Some(to.hash)).await?;
		let gap = Record {
			event: "Gap".into(),
			bounty: self.bounty.0,
			block: to.number,
			detail: Some(format!("the node does not keep blocks {} to {}", self.next, to.number)),
			..Record::default()
		};
		self.next = to.number;
		let snapshot = view.map(|view| Self::snapshot(&view, to));
		Ok(std::iter::once(gap).chain(snapshot).collect())
	}

	async fn records(
		&self,
		chain: &Chain,
		events: Vec<BlockEvent>,
		at: BlockAt,
	) -> Result<Vec<Record>, ChainError> {
		let own: Vec<BlockEvent> =
			events.into_iter().filter(|event| event.bounty() == Some(self.bounty)).collect();
		let mut records = Vec::new();
		for event in &own {
			let base = Record { bounty: self.bounty.0, block: at.number, ..Record::default() };
			if let Some(record) = self.record(chain, event, &own, base, at).await? {
				records.push(record);
			}
		}
		Ok(records)
	}

	/// One event's record; payments are part of their round's settlement.
	async fn record(
		&self,
		chain: &Chain,
		event: &BlockEvent,
		block: &[BlockEvent],
		base: Record,
		at: BlockAt,
	) -> Result<Option<Record>, ChainError> {
		let named = |name: &str| Record { event: name.into(), ..base.clone() };
		Ok(Some(match event {
			BlockEvent::BountyOpened { sponsor, reward, .. } => Record {
				account: Some(address(sponsor)),
				reward: Some(reward.to_string()),
				..named("BountyOpened")
			},
			BlockEvent::EnrolmentOpened { .. } => named("EnrolmentOpened"),
			BlockEvent::TrainerEnrolled { slot, account, .. } => Record {
				slot: Some(*slot),
				account: Some(address(account)),
				..named("TrainerEnrolled")
			},
			BlockEvent::RoundOpened { round, .. } => {
				Record { round: Some(round.0), ..named("RoundOpened") }
			}
			BlockEvent::PhaseStarted { round, attempt, phase, deadline, .. } => {
				let seen = match phase {
					Phase::Upload => chain.round(self.bounty, *round, Some(at.hash)).await?,
					_ => None,
				};
				Record {
					round: Some(round.0),
					attempt: Some(*attempt),
					phase: Some(format!("{phase:?}")),
					deadline: Some(*deadline),
					commitments: seen.map(|round| round.commitments.len()),
					..named("PhaseStarted")
				}
			}
			BlockEvent::ResultAccepted { round, root, correct, .. } => {
				self.accepted(chain, named("ResultAccepted"), *round, root, *correct, at).await?
			}
			BlockEvent::RoundSettled { round, root, .. } => {
				let record = Record {
					round: Some(round.0),
					root: root.as_ref().map(hex_hash),
					..named("RoundSettled")
				};
				settlement(record, *round, block)
			}
			BlockEvent::Paid { .. }
			| BlockEvent::Divided { .. }
			| BlockEvent::ReferendumSubmitted { .. }
			| BlockEvent::Foreign => return Ok(None),
			BlockEvent::BountyEnded { refund, .. } => {
				let view = chain.bounty(self.bounty, Some(at.hash)).await?;
				Record {
					state: view.map(|view| state_name(&view.bounty.state).into()),
					refunded: Some(refund.to_string()),
					..named("BountyEnded")
				}
			}
			BlockEvent::ResultStruck { .. }
			| BlockEvent::ChallengeOpened { .. }
			| BlockEvent::ChallengeMoved { .. }
			| BlockEvent::ChallengeEnded { .. }
			| BlockEvent::ChallengeBondPaid { .. }
			| BlockEvent::Penalised { .. }
			| BlockEvent::SlashDeferred { .. }
			| BlockEvent::SlashApplied { .. }
			| BlockEvent::SlashCancelled { .. } => dispute(event, base),
			BlockEvent::Other { name, round, fields, .. } => Record {
				round: round.map(|round| round.0),
				detail: Some(fields.clone()),
				..named(name)
			},
		}))
	}

	async fn accepted(
		&self,
		chain: &Chain,
		record: Record,
		index: RoundIndex,
		root: &Hash,
		correct: Option<u32>,
		at: BlockAt,
	) -> Result<Record, ChainError> {
		let round = chain.round(self.bounty, index, Some(at.hash)).await?;
		let attestations = round
			.as_ref()
			.map(|round| round.attestations.iter().filter(|a| a.attempt == round.attempt).count());
		Ok(Record {
			round: Some(index.0),
			root: Some(hex_hash(root)),
			correct,
			examples: correct.and(self.examples),
			attempt: round.as_ref().map(|round| round.attempt),
			deadline: round.as_ref().map(|round| round.deadline()),
			included: round.map(|round| round.included().iter().map(address).collect()),
			attestations,
			..record
		})
	}
}

/// What happened to a wrong result, or to those who attested it.
fn dispute(event: &BlockEvent, base: Record) -> Record {
	let of = |name: &str, round: &RoundIndex| Record {
		event: name.into(),
		round: Some(round.0),
		..base.clone()
	};
	match event {
		BlockEvent::ResultStruck { round, attempt, root, offenders, challenger, .. } => Record {
			attempt: Some(*attempt),
			root: Some(hex_hash(root)),
			offenders: Some(offenders.iter().map(address).collect()),
			challenger: challenger.as_ref().map(address),
			..of("ResultStruck", round)
		},
		BlockEvent::ChallengeOpened { round, challenger, deadline, .. } => Record {
			challenger: Some(address(challenger)),
			deadline: Some(*deadline),
			..of("ChallengeOpened", round)
		},
		BlockEvent::ChallengeMoved { round, turn, level, index, deadline, .. } => Record {
			turn: Some(format!("{turn:?}")),
			level: Some(*level),
			index: Some(*index),
			deadline: Some(*deadline),
			..of("ChallengeMoved", round)
		},
		BlockEvent::ChallengeEnded { round, challenger, upheld, .. } => Record {
			challenger: Some(address(challenger)),
			upheld: Some(*upheld),
			..of("ChallengeEnded", round)
		},
		BlockEvent::ChallengeBondPaid { round, to, amount, .. } => Record {
			account: Some(address(to)),
			amount: Some(amount.to_string()),
			..of("ChallengeBondPaid", round)
		},
		BlockEvent::Penalised { round, account, conduct, burned, .. } => Record {
			account: Some(address(account)),
			conduct: Some(format!("{conduct:?}")),
			amount: Some(burned.to_string()),
			..of("Penalised", round)
		},
		BlockEvent::SlashDeferred { round, offender, due, .. } => Record {
			account: Some(address(offender)),
			due: Some(*due),
			..of("SlashDeferred", round)
		},
		BlockEvent::SlashApplied { round, offender, amount, rewards, .. } => Record {
			account: Some(address(offender)),
			amount: Some(amount.to_string()),
			paid: Some(sums(rewards.iter().map(|(to, part)| (to, *part)))),
			..of("SlashApplied", round)
		},
		BlockEvent::SlashCancelled { round, offender, .. } => {
			Record { account: Some(address(offender)), ..of("SlashCancelled", round) }
		}
		_ => base,
	}
}

/// Adds what a settlement paid: its events stand in the same block.
fn settlement(record: Record, settled: RoundIndex, block: &[BlockEvent]) -> Record {
	let mut payments = Vec::new();
	let mut delivered_to = Vec::new();
	let mut record = record;
	for event in block {
		match event {
			BlockEvent::Paid { round, account, service, amount, delivered, .. }
				if *round == settled =>
			{
				if *delivered {
					delivered_to.push((account, *amount));
				}
				payments.push(PaymentRecord {
					account: address(account),
					service: format!("{service:?}"),
					amount: amount.to_string(),
					delivered: *delivered,
				});
			}
			BlockEvent::Divided { round, treasury, burned, refunded, .. } if *round == settled => {
				record.treasury = Some(treasury.to_string());
				record.burned = Some(burned.to_string());
				record.refunded = Some(refunded.to_string());
			}
			_ => {}
		}
	}
	Record { paid: Some(sums(delivered_to)), payments: Some(payments), ..record }
}

/// What each account received in all.
fn sums<'a>(
	payments: impl IntoIterator<Item = (&'a AccountId, Balance)>,
) -> BTreeMap<String, String> {
	let mut sums = BTreeMap::<&AccountId, Balance>::new();
	for (account, amount) in payments {
		let sum = sums.entry(account).or_default();
		*sum = sum.saturating_add(amount);
	}
	sums.into_iter().map(|(account, sum)| (address(account), sum.to_string())).collect()
}

fn is_pruned(reason: &str) -> bool {
	["discarded", "pruned", "UnknownBlock", "Unknown block"]
		.iter()
		.any(|sign| reason.contains(sign))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_training::Service;

	#[test]
	fn a_strike_names_who_attested_and_who_proved_it() {
		let [first, second] = [1, 2].map(|byte| AccountId::new([byte; 32]));
		let event = BlockEvent::ResultStruck {
			bounty: BountyId(1),
			round: RoundIndex(2),
			attempt: 0,
			root: Hash::zero(),
			offenders: vec![first.clone()],
			challenger: Some(second.clone()),
		};
		let record = dispute(&event, Record { bounty: 1, block: 7, ..Record::default() });
		assert_eq!((record.event.as_str(), record.round), ("ResultStruck", Some(2)));
		assert_eq!(record.offenders, Some(vec![address(&first)]));
		assert_eq!(record.challenger, Some(address(&second)));
	}

	#[test]
	fn a_settlement_sums_what_an_account_gets_for_several_services() {
		let (bounty, round) = (BountyId(1), RoundIndex(2));
		let paid = |byte, service, amount, delivered| BlockEvent::Paid {
			bounty,
			round,
			account: AccountId::new([byte; 32]),
			service,
			amount,
			delivered,
		};
		let block = [
			paid(1, Service::Training, 10, true),
			paid(1, Service::Verification, 5, true),
			paid(2, Service::Training, 10, false),
			BlockEvent::Divided { bounty, round, treasury: 3, burned: 2, refunded: 0 },
			BlockEvent::Divided {
				bounty,
				round: RoundIndex(3),
				treasury: 9,
				burned: 9,
				refunded: 9,
			},
		];
		let record = settlement(Record::default(), round, &block);
		let first = address(&AccountId::new([1; 32]));
		assert_eq!(record.paid, Some(BTreeMap::from([(first, "15".to_owned())])));
		assert_eq!(record.payments.unwrap().len(), 3);
		assert_eq!(record.treasury.as_deref(), Some("3"));
		let json = serde_json::to_value(Record { block: 4, ..Record::default() }).unwrap();
		assert_eq!(json, serde_json::json!({"event": "", "bounty": 0, "block": 4}));
	}
}
