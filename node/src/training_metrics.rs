//! Prometheus metrics of bounties and rewards, from final blocks.
//!
//! Counters count what became final while this node ran and was not catching up.

use futures::StreamExt;
use pallet_rewards::Event as RewardsEvent;
use pallet_training_bounties::Event as BountiesEvent;
use sc_client_api::{Backend, BlockchainEvents, StorageKey, StorageProvider};
use sc_consensus_babe::SyncOracle;
use sc_network_sync::SyncingService;
use sheaf_runtime::{opaque::Block, Hash, Runtime, RuntimeEvent, SHEAF};
use sheaf_training::{Balance, BountyId, Phase, RoundBlobs, Service, TrainingApi};
use sp_api::ProvideRuntimeApi;
use std::sync::Arc;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, GaugeVec, Opts, PrometheusError, Registry, F64, U64,
};

/// Live bounties that are counted, the oldest first; as many as blobs are fetched for.
const MAX_BOUNTIES: u32 = 256;
/// Of rounds; before the first one, the initial model is made available.
const PHASES: [&str; 7] =
	["preparing", "commit", "draw", "upload", "attest", "publish", "accepted"];
/// How a round can end.
const ENDS: [&str; 2] = ["model", "aborted"];
/// Where rewards go.
const RECIPIENTS: [&str; 6] =
	["training", "verification", "aggregation", "treasury", "burned", "refunded"];

type EventRecord = frame_system::EventRecord<RuntimeEvent, Hash>;

/// The metrics.
#[derive(Clone)]
pub struct TrainingMetrics {
	bounties_live: Gauge<U64>,
	rounds_live: GaugeVec<U64>,
	rounds_settled: CounterVec<U64>,
	results_struck: Counter<U64>,
	challenges_opened: Counter<U64>,
	rewards: CounterVec<F64>,
	blocks_unread: Counter<U64>,
}

impl TrainingMetrics {
	/// Registers the metrics, each label at 0.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let counter =
			|name: &str, help: &str| Counter::new(name, help).and_then(|c| register(c, registry));
		let rounds_live = GaugeVec::new(
			Opts::new("sheaf_rounds_live", "Rounds that are not settled, by phase"),
			&["phase"],
		)?;
		let rounds_settled = CounterVec::new(
			Opts::new("sheaf_rounds_settled_total", "Rounds that ended, with a model or without"),
			&["end"],
		)?;
		let rewards = CounterVec::new(
			Opts::new("sheaf_rewards_tokens_total", "Tokens that left rewards, by where they went"),
			&["to"],
		)?;
		PHASES.iter().for_each(|phase| rounds_live.with_label_values(&[phase]).set(0));
		ENDS.iter().for_each(|end| rounds_settled.with_label_values(&[end]).reset());
		RECIPIENTS.iter().for_each(|to| rewards.with_label_values(&[to]).reset());
		Ok(Self {
			bounties_live: register(
				Gauge::new("sheaf_bounties_live", "Bounties that have not ended")?,
				registry,
			)?,
			rounds_live: register(rounds_live, registry)?,
			rounds_settled: register(rounds_settled, registry)?,
			results_struck: counter("sheaf_results_struck_total", "Results that were struck")?,
			challenges_opened: counter("sheaf_challenges_opened_total", "Challenges of results")?,
			rewards: register(rewards, registry)?,
			blocks_unread: counter(
				"sheaf_blocks_unread_total",
				"Final blocks whose events this node could not read: is it older than the runtime?",
			)?,
		})
	}

	fn count(&self, event: &RuntimeEvent) {
		match event {
			RuntimeEvent::TrainingBounties(event) => self.count_round(event),
			RuntimeEvent::Rewards(event) => self.count_reward(event),
			_ => {}
		}
	}

	fn count_round(&self, event: &BountiesEvent<Runtime>) {
		match event {
			BountiesEvent::RoundSettled { root, .. } => {
				let end = if root.is_some() { "model" } else { "aborted" };
				self.rounds_settled.with_label_values(&[end]).inc();
			}
			BountiesEvent::ResultStruck { .. } => self.results_struck.inc(),
			BountiesEvent::ChallengeOpened { .. } => self.challenges_opened.inc(),
			_ => {}
		}
	}

	fn count_reward(&self, event: &RewardsEvent<Runtime>) {
		match event {
			// What could not be delivered is in the treasury's part.
			RewardsEvent::Paid { service, amount, delivered: true, .. } => {
				self.went(service_name(*service), *amount)
			}
			RewardsEvent::Divided { treasury, burned, refunded, .. } => {
				self.went("treasury", *treasury);
				self.went("burned", *burned);
				self.went("refunded", *refunded);
			}
			RewardsEvent::Refunded { amount, .. } => self.went("refunded", *amount),
			RewardsEvent::RefundUndeliverable { amount, .. } => self.went("treasury", *amount),
			_ => {}
		}
	}

	fn went(&self, to: &str, amount: Balance) {
		self.rewards.with_label_values(&[to]).inc_by(amount as f64 / SHEAF as f64);
	}

	fn show_live(&self, bounties: &[Vec<RoundBlobs>]) {
		self.bounties_live.set(bounties.len() as u64);
		let mut counts = [0; PHASES.len()];
		for round in bounties.iter().flatten() {
			counts[phase_place(round.phase)] += 1;
		}
		for (phase, count) in PHASES.iter().zip(counts) {
			self.rounds_live.with_label_values(&[phase]).set(count);
		}
	}
}

fn service_name(service: Service) -> &'static str {
	match service {
		Service::Training => "training",
		Service::Verification => "verification",
		Service::Aggregation => "aggregation",
	}
}

/// Place of a phase in [`PHASES`].
fn phase_place(phase: Option<Phase>) -> usize {
	match phase {
		None => 0,
		Some(Phase::Commit) => 1,
		Some(Phase::Draw) => 2,
		Some(Phase::Upload) => 3,
		Some(Phase::Attest) => 4,
		Some(Phase::Publish) => 5,
		Some(Phase::Accepted) => 6,
	}
}

/// Keeps the metrics up to date for as long as the node runs.
pub async fn follow<C, B>(
	client: Arc<C>,
	sync: Arc<SyncingService<Block>>,
	metrics: TrainingMetrics,
) where
	B: Backend<Block>,
	C: BlockchainEvents<Block> + StorageProvider<Block, B> + ProvideRuntimeApi<Block>,
	C::Api: TrainingApi<Block>,
{
	let mut finalised = client.finality_notification_stream();
	while let Some(notification) = finalised.next().await {
		if sync.is_major_syncing() {
			continue;
		}
		for block in notification.tree_route.iter().chain([&notification.hash]) {
			match events(&*client, *block) {
				Some(events) => events.iter().for_each(|record| metrics.count(&record.event)),
				None => metrics.blocks_unread.inc(),
			}
		}
		if let Ok(bounties) = live_rounds(&*client, notification.hash) {
			metrics.show_live(&bounties);
		}
	}
}

/// The events of a block, unless its state is gone or its runtime has others than this node.
fn events<C, B>(client: &C, block: Hash) -> Option<Vec<EventRecord>>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	let key = frame_support::storage::storage_prefix(b"System", b"Events");
	match client.storage(block, &StorageKey(key.to_vec())).ok()? {
		Some(bytes) => codec::DecodeAll::decode_all(&mut bytes.0.as_slice()).ok(),
		None => Some(Vec::new()),
	}
}

fn live_rounds<C>(client: &C, at: Hash) -> Result<Vec<Vec<RoundBlobs>>, sp_api::ApiError>
where
	C: ProvideRuntimeApi<Block>,
	C::Api: TrainingApi<Block>,
{
	let api = client.runtime_api();
	let bounties = api.live_bounties(at, BountyId(0), MAX_BOUNTIES)?;
	bounties.into_iter().map(|bounty| api.round_blobs(at, bounty)).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_training::{AccountId, RoundIndex};

	const BOUNTY: BountyId = BountyId(7);
	const ROUND: RoundIndex = RoundIndex(3);

	fn metrics() -> (TrainingMetrics, Registry) {
		let registry = Registry::new();
		(TrainingMetrics::new(&registry).unwrap(), registry)
	}

	/// Values of a metric by their label; without one, under the empty name.
	fn values(registry: &Registry, name: &str) -> Vec<(String, f64)> {
		let families = registry.gather();
		let family = families.iter().find(|family| family.get_name() == name).unwrap();
		let value = |metric: &substrate_prometheus_endpoint::prometheus::proto::Metric| {
			let label = metric.get_label().first().map_or("", |label| label.get_value()).to_owned();
			let value = metric.get_counter().get_value() + metric.get_gauge().get_value();
			(label, value)
		};
		family.get_metric().iter().map(value).filter(|(_, value)| *value != 0.0).collect()
	}

	fn account() -> AccountId {
		AccountId::new([1; 32])
	}

	fn paid(service: Service, amount: Balance, delivered: bool) -> RuntimeEvent {
		let account = account();
		let (bounty, round) = (BOUNTY, ROUND);
		RewardsEvent::Paid { bounty, round, account, service, amount, delivered }.into()
	}

	#[test]
	fn every_label_is_there_from_the_start() {
		let (_, registry) = metrics();
		let families = registry.gather();
		let count = |name: &str| {
			families.iter().find(|family| family.get_name() == name).unwrap().get_metric().len()
		};
		assert_eq!(count("sheaf_rounds_live"), PHASES.len());
		assert_eq!(count("sheaf_rounds_settled_total"), ENDS.len());
		assert_eq!(count("sheaf_rewards_tokens_total"), RECIPIENTS.len());
	}

	#[test]
	fn rounds_are_counted_by_how_they_end() {
		let (metrics, registry) = metrics();
		for root in [Some(Hash::zero()), Some(Hash::zero()), None] {
			let (bounty, round) = (BOUNTY, ROUND);
			metrics.count(&BountiesEvent::RoundSettled { bounty, round, root }.into());
		}
		let settled = values(&registry, "sheaf_rounds_settled_total");
		assert_eq!(settled, [("aborted".into(), 1.0), ("model".into(), 2.0)]);
	}

	#[test]
	fn struck_results_and_challenges_are_counted() {
		let (metrics, registry) = metrics();
		let (bounty, round, challenger) = (BOUNTY, ROUND, account());
		let deadline = 9;
		let opened = BountiesEvent::ChallengeOpened {
			bounty,
			round,
			challenger: challenger.clone(),
			deadline,
		};
		metrics.count(&opened.into());
		let (attempt, root, offenders) = (0, Hash::zero(), vec![account()]);
		let challenger = Some(challenger);
		let struck =
			BountiesEvent::ResultStruck { bounty, round, attempt, root, offenders, challenger };
		metrics.count(&struck.into());
		assert_eq!(values(&registry, "sheaf_challenges_opened_total"), [("".into(), 1.0)]);
		assert_eq!(values(&registry, "sheaf_results_struck_total"), [("".into(), 1.0)]);
	}

	#[test]
	fn every_token_of_a_settlement_is_counted_once() {
		let (metrics, registry) = metrics();
		metrics.count(&paid(Service::Training, 50 * SHEAF, true));
		metrics.count(&paid(Service::Verification, 20 * SHEAF, true));
		// In the treasury's part below.
		metrics.count(&paid(Service::Aggregation, 10 * SHEAF, false));
		let (bounty, round) = (BOUNTY, ROUND);
		let (treasury, burned, refunded) = (15 * SHEAF, 5 * SHEAF, 8 * SHEAF);
		metrics.count(&RewardsEvent::Divided { bounty, round, treasury, burned, refunded }.into());
		let (sponsor, amount) = (account(), 2 * SHEAF);
		metrics.count(&RewardsEvent::Refunded { bounty, sponsor, amount }.into());
		let went = values(&registry, "sheaf_rewards_tokens_total");
		let expected = [
			("burned", 5.0),
			("refunded", 10.0),
			("training", 50.0),
			("treasury", 15.0),
			("verification", 20.0),
		];
		assert_eq!(went, expected.map(|(to, tokens)| (to.to_owned(), tokens)));
	}

	#[test]
	fn live_rounds_are_shown_by_phase_and_forgotten_when_they_end() {
		let (metrics, registry) = metrics();
		let round = |phase| RoundBlobs {
			bounty: BOUNTY,
			round: ROUND,
			attempt: 0,
			phase,
			phase_started_at: 1,
			blobs: Vec::new(),
		};
		metrics.show_live(&[
			vec![round(None)],
			vec![round(Some(Phase::Accepted)), round(Some(Phase::Commit))],
			vec![round(Some(Phase::Commit))],
		]);
		let live = values(&registry, "sheaf_rounds_live");
		let expected = [("accepted", 1.0), ("commit", 2.0), ("preparing", 1.0)];
		assert_eq!(live, expected.map(|(phase, count)| (phase.to_owned(), count)));
		assert_eq!(values(&registry, "sheaf_bounties_live"), [("".into(), 3.0)]);
		metrics.show_live(&[]);
		assert!(values(&registry, "sheaf_rounds_live").is_empty());
	}
}
