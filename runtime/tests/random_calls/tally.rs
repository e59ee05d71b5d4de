//! Counts of calls, events and errors, and what must be among them.

use crate::{play::How, tricks::TRICKS};
use codec::Encode;
use frame_support::traits::{GetCallMetadata, PalletInfoAccess};
use pallet_model_updates::Event as UpdatesEvent;
use pallet_node_registry::Event as NodesEvent;
use pallet_rewards::Event as RewardsEvent;
use pallet_training_bounties::Event as BountiesEvent;
use scale_info::{TypeDef, TypeInfo};
use sheaf_runtime::{
	Balance, ModelUpdates, NodeRegistry, Rewards, Runtime, RuntimeCall, RuntimeEvent,
	TrainingBounties, SHEAF,
};
use sheaf_training::ChallengeOutcome;
use sp_runtime::{transaction_validity::TransactionValidityError, DispatchError};
use std::{
	collections::BTreeMap,
	fmt::{Display, Formatter},
	sync::LazyLock,
};

/// What a challenger puts up.
const CHALLENGE_BOND: Balance = 100 * SHEAF;

/// Variants of the training pallets' events and errors by pallet and place.
type Names = BTreeMap<(u8, u8), String>;

static EVENTS: LazyLock<Names> = LazyLock::new(|| {
	let mut names = Names::new();
	add_variants::<NodeRegistry, NodesEvent<Runtime>>(&mut names);
	add_variants::<TrainingBounties, BountiesEvent<Runtime>>(&mut names);
	add_variants::<ModelUpdates, UpdatesEvent<Runtime>>(&mut names);
	add_variants::<Rewards, RewardsEvent<Runtime>>(&mut names);
	names
});

static ERRORS: LazyLock<Names> = LazyLock::new(|| {
	let mut names = Names::new();
	add_variants::<NodeRegistry, pallet_node_registry::Error<Runtime>>(&mut names);
	add_variants::<TrainingBounties, pallet_training_bounties::Error<Runtime>>(&mut names);
	add_variants::<ModelUpdates, pallet_model_updates::Error<Runtime>>(&mut names);
	add_variants::<Rewards, pallet_rewards::Error<Runtime>>(&mut names);
	names
});

fn add_variants<Pallet: PalletInfoAccess, Type: TypeInfo>(names: &mut Names) {
	let TypeDef::Variant(variants) = Type::type_info().type_def else { panic!("not an enum") };
	for variant in variants.variants {
		let name = format!("{}.{}", Pallet::name(), variant.name);
		names.insert((Pallet::index() as u8, variant.index), name);
	}
}

/// Calls of the training pallets.
fn all_calls() -> Vec<String> {
	let pallets = [NodeRegistry::name(), TrainingBounties::name(), ModelUpdates::name()];
	let calls = |pallet| {
		let names = RuntimeCall::get_call_names(pallet).iter();
		names.map(move |call| format!("{pallet}.{call}"))
	};
	pallets.into_iter().flat_map(calls).collect()
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
	/// It did what it says.
	Succeeded,
	/// It was dispatched and failed.
	Failed(DispatchError),
	/// It was not even dispatched.
	Refused(TransactionValidityError),
}

/// Counts of what happened.
#[derive(Default)]
pub struct Tally {
	/// Calls by name and why they were sent: succeeded, failed, refused.
	calls: BTreeMap<(String, How), [u64; 3]>,
	/// Events, errors of calls, reasons of refusals, and more than one event can tell.
	happened: BTreeMap<String, u64>,
	/// Blocks.
	pub blocks: u64,
}

impl Tally {
	/// Counts a call.
	pub fn note_call(&mut self, call: &RuntimeCall, how: How, outcome: Outcome) {
		let name = call.get_call_metadata();
		let name = format!("{}.{}", name.pallet_name, name.function_name);
		let place = match outcome {
			Outcome::Succeeded => 0,
			Outcome::Failed(error) => {
				self.note(name_of_error(error));
				1
			}
			Outcome::Refused(error) => {
				self.note(format!("refused: {error:?}"));
				2
			}
		};
		self.calls.entry((name, how)).or_default()[place] += 1;
	}

	/// Counts the events of one call.
	pub fn note_events(&mut self, events: &[RuntimeEvent]) {
		let mut named = Vec::new();
		for event in events {
			let encoded = event.encode();
			if let Some(name) = EVENTS.get(&(encoded[0], encoded[1])) {
				self.note(name.clone());
				named.push(name);
			}
			if let RuntimeEvent::TrainingBounties(BountiesEvent::Penalised { conduct, .. }) = event
			{
				self.note(format!("penalty: {conduct:?}"));
			}
		}
		let any = |name: &str| named.iter().any(|known| *known == name);
		let proven = any("ModelUpdates.WrongChunkProven");
		let outcome = |which: fn(&ChallengeOutcome) -> bool| {
			events.iter().any(|event| match event {
				RuntimeEvent::TrainingBounties(BountiesEvent::ChallengeEnded {
					outcome, ..
				}) => which(outcome),
				_ => false,
			})
		};
		let upheld = outcome(|outcome| *outcome == ChallengeOutcome::Upheld);
		for (happened, what) in [
			(proven, "result struck by a proof"),
			(upheld && proven, "challenge ended by a proof"),
			(upheld && !proven, "result struck by silence"),
			(outcome(|outcome| *outcome != ChallengeOutcome::Upheld), "challenge rejected"),
			(any("TrainingBounties.RoundDiscarded"), "round taken back"),
		] {
			if happened {
				self.note(what.into());
			}
		}
	}

	/// Counts something.
	pub fn note(&mut self, what: String) {
		*self.happened.entry(what).or_default() += 1;
	}

	/// Adds another world's counts.
	pub fn add(&mut self, other: Self) {
		for (call, counts) in other.calls {
			let sums = self.calls.entry(call).or_default();
			sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
		}
		for (what, count) in other.happened {
			*self.happened.entry(what).or_default() += count;
		}
		self.blocks += other.blocks;
	}

	/// Calls sent.
	pub fn sent(&self) -> u64 {
		self.calls.values().flatten().sum()
	}

	/// What must have happened in a long run, but did not.
	pub fn missing(&self) -> Vec<String> {
		let mut missing = Vec::new();
		for call in all_calls() {
			let of_call = self.calls.iter().filter(|((name, _), _)| *name == call);
			let sums = of_call.fold([0; 2], |[good, bad], (_, counts)| {
				[good + counts[0], bad + counts[1] + counts[2]]
			});
			if sums[0] == 0 {
				missing.push(format!("{call} never succeeded"));
			}
			if sums[1] == 0 {
				missing.push(format!("{call} was never refused"));
			}
		}
		for trick in TRICKS {
			let refused = |[_, failed, refused]: &[u64; 3]| failed + refused > 0;
			let seen =
				self.calls.iter().any(|((_, how), c)| *how == How::Trick(trick) && refused(c));
			if !seen {
				missing.push(format!("never refused: {trick}"));
			}
		}
		let wrong = IMPOSSIBLE.iter().filter(|(what, _)| self.happened.contains_key(*what));
		missing.extend(wrong.map(|(what, _)| format!("an explanation of {what}, which happened")));
		let expected = EVENTS.values().chain(ERRORS.values()).cloned();
		let expected = expected.chain(HAPPENINGS.map(String::from));
		let impossible = |what: &String| IMPOSSIBLE.iter().any(|(name, _)| name == what);
		let never = |what: &String| !self.happened.contains_key(what);
		missing.extend(
			expected.filter(|what| never(what) && !impossible(what)).map(|w| format!("no {w}")),
		);
		missing
	}
}

/// What a long run must come to, besides every event and every error.
pub const HAPPENINGS: [&str; 17] = [
	"result struck by a proof",
	"challenge ended by a proof",
	"result struck by silence",
	"challenge rejected",
	"round taken back",
	"bounty Completed",
	"bounty Cancelled",
	"bounty Aborted",
	"later attempt",
	"penalty: MissedCommit",
	"penalty: Undelivered",
	"penalty: AbsentAggregator",
	"penalty: UnopenedAttestation",
	"penalty: OtherModelAttested",
	"refused: Unknown(Custom(1))",
	"refused: Invalid(BadProof)",
	"refused: Invalid(Stale)",
];

/// Why errors of fee-less calls do not show: in a block they are refused before their dispatch.
const AUTHORISED_FIRST: &str = "only calls without a fee meet it, and the pool is told `Unknown`";

/// Events and errors that cannot come up here, and why.
pub const IMPOSSIBLE: [(&str, &str); 11] = [
	("TrainingBounties.TooEarly", AUTHORISED_FIRST),
	("TrainingBounties.StaleDeadline", AUTHORISED_FIRST),
	("TrainingBounties.NoSuchRound", AUTHORISED_FIRST),
	("ModelUpdates.AlreadyVoted", AUTHORISED_FIRST),
	("ModelUpdates.RootOpensNothing", AUTHORISED_FIRST),
	("ModelUpdates.VoteWithoutRoot", AUTHORISED_FIRST),
	("ModelUpdates.NothingNew", AUTHORISED_FIRST),
	("ModelUpdates.SlashNotDue", AUTHORISED_FIRST),
	("ModelUpdates.TooManyVotes", "bounties here have fewer places than a member has votes"),
	("ModelUpdates.Full", "lists are as long as the spec's bounds need"),
	("Rewards.RefundUndeliverable", "a sponsor's account lives while it has funds on hold"),
];

/// What the events say was burned.
pub fn burned_by(event: &RuntimeEvent) -> Balance {
	match event {
		RuntimeEvent::Rewards(RewardsEvent::Divided { burned, .. })
		| RuntimeEvent::NodeRegistry(
			NodesEvent::Slashed { burned, .. } | NodesEvent::Penalised { burned, .. },
		) => *burned,
		RuntimeEvent::ModelUpdates(UpdatesEvent::ChallengeBondPaid { amount, .. }) => {
			CHALLENGE_BOND - amount
		}
		_ => 0,
	}
}

/// `Pallet.Variant` for the training pallets' errors.
fn name_of_error(error: DispatchError) -> String {
	match error {
		DispatchError::Module(module) => match ERRORS.get(&(module.index, module.error[0])) {
			Some(name) => name.clone(),
			None => format!("failed: {error:?}"),
		},
		error => format!("failed: {error:?}"),
	}
}

impl Display for Tally {
	fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
		writeln!(f, "{:52} {:>9} {:>9} {:>9}", "call", "succeeded", "failed", "refused")?;
		for ((call, how), [succeeded, failed, refused]) in &self.calls {
			let call = format!("{call} ({how:?})");
			writeln!(f, "{call:52} {succeeded:9} {failed:9} {refused:9}")?;
		}
		writeln!(f, "\n{:70} {:>11}", "happened", "times")?;
		for (what, count) in &self.happened {
			writeln!(f, "{what:70} {count:11}")?;
		}
		write!(f, "{} calls in {} blocks", self.sent(), self.blocks)
	}
}
