//! Weights of `pallet-training-bounties`, as `scripts/benchmark-pallets.sh` measured them.
//!
//! Processor: Intel(R) Xeon(R) Processor, load before: 12.57. Repetitions: 20, at each of 11
//! values of each component. Times are those of wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the functions that the benchmarks measure weigh.
pub trait WeightInfo {
	/// Weight of `open_bounty`, without the draw.
	fn open_bounty() -> Weight;
	/// Weight of `invite`.
	fn invite() -> Weight;
	/// Weight of `enroll`, `enroll_aggregator` and `rejoin`, of which the last enrolment starts the
	/// rounds.
	fn enroll() -> Weight;
	/// Weight of a `leave` that ends nothing.
	fn leave() -> Weight;
	/// Weight of a `leave` that ends Commit, without the draw: no committee is found, and the abort of
	/// the round pays all other trainers.
	fn leave_last() -> Weight;
	/// Weight of `start`.
	fn start() -> Weight;
	/// Weight of `close_bounty`, of which two rounds live.
	fn close_bounty() -> Weight;
	/// Weight of `cancel_bounty`.
	fn cancel_bounty() -> Weight;
	/// Weight of `advance_bounty`, which cancels a bounty whose initial model nobody voted for.
	fn advance_bounty() -> Weight;
	/// Weight of checking an `advance_bounty` on a copy of the state.
	fn authorize_advance_bounty() -> Weight;
	/// Weight of an `advance` that settles a round with `a` attestations that open to nothing and `t`
	/// trainers, who then miss the next round. Without the draw, and without opening attestations.
	fn advance(a: u32, t: u32) -> Weight;
	/// Weight of checking such an `advance` on a copy of the state.
	fn authorize_advance(a: u32, t: u32) -> Weight;
	/// Weight of comparing as many attestations as a round can have with `p` published results.
	fn open_attestations(p: u32) -> Weight;
	/// Weight of looking for a committee among `v` validators.
	fn draw(v: u32) -> Weight;
}

/// The weights as measured, with the runtime's costs of its database.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	// At least 577 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::Work` (r:16 w:16)
	// `NodeRegistry::Nodes` (r:16 w:0)
	// `Parameters::Parameters` (r:22 w:0)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `System::Account` (r:2 w:2)
	// `TrainingBounties::Bounties` (r:0 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::NextBountyId` (r:1 w:1)
	// `TrainingBounties::Specs` (r:0 w:1)
	fn open_bounty() -> Weight {
		Weight::from_parts(603_653_000, 126_699)
			.saturating_add(T::DbWeight::get().reads_writes(62, 25))
	}
	// At least 35 microseconds.
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn invite() -> Weight {
		Weight::from_parts(37_100_000, 21_681).saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	// At least 150 microseconds.
	// `NodeRegistry::Nodes` (r:1 w:0)
	// `Parameters::Parameters` (r:20 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:0 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn enroll() -> Weight {
		Weight::from_parts(162_776_000, 145_588)
			.saturating_add(T::DbWeight::get().reads_writes(24, 2))
	}
	// At least 152 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn leave() -> Weight {
		Weight::from_parts(161_828_000, 270_159)
			.saturating_add(T::DbWeight::get().reads_writes(21, 2))
	}
	// At least 4_943 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `NodeRegistry::Nodes` (r:63 w:63)
	// `Parameters::Parameters` (r:18 w:0)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `Rewards::Totals` (r:63 w:63)
	// `System::Account` (r:65 w:65)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn leave_last() -> Weight {
		Weight::from_parts(5_347_870_000, 383_214)
			.saturating_add(T::DbWeight::get().reads_writes(219, 197))
	}
	// At least 118 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:0 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn start() -> Weight {
		Weight::from_parts(129_965_000, 144_188)
			.saturating_add(T::DbWeight::get().reads_writes(19, 2))
	}
	// At least 149 microseconds.
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn close_bounty() -> Weight {
		Weight::from_parts(170_751_000, 285_992)
			.saturating_add(T::DbWeight::get().reads_writes(4, 3))
	}
	// At least 129 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn cancel_bounty() -> Weight {
		Weight::from_parts(133_449_000, 23_554)
			.saturating_add(T::DbWeight::get().reads_writes(6, 6))
	}
	// At least 188 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::Work` (r:16 w:16)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `System::Account` (r:1 w:1)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn advance_bounty() -> Weight {
		Weight::from_parts(204_733_000, 56_460)
			.saturating_add(T::DbWeight::get().reads_writes(22, 22))
	}
	// At least 24 microseconds.
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_advance_bounty() -> Weight {
		Weight::from_parts(26_232_000, 85_532).saturating_add(T::DbWeight::get().reads_writes(3, 0))
	}
	// At least 8_848 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `Balances::Holds` (r:198 w:198)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::DeferredSlashes` (r:1 w:0)
	// `ModelUpdates::Work` (r:16 w:16)
	// `NodeRegistry::Nodes` (r:200 w:200)
	// `Parameters::Parameters` (r:22 w:0)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `Rewards::Totals` (r:65 w:65)
	// `System::Account` (r:201 w:201)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Models` (r:0 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn advance(a: u32, t: u32) -> Weight {
		Weight::from_parts(1_121_026_344, 368_799)
			.saturating_add(T::DbWeight::get().reads_writes(48, 22))
			.saturating_add(
				Weight::from_parts(61_862_898, 868)
					.saturating_add(T::DbWeight::get().reads_writes(3, 3))
					.saturating_mul(a.into()),
			)
			.saturating_add(
				Weight::from_parts(120_284_308, 1_085)
					.saturating_add(T::DbWeight::get().reads_writes(4, 4))
					.saturating_mul(t.into()),
			)
	}
	// At least 869 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::Work` (r:16 w:0)
	// `NodeRegistry::Nodes` (r:16 w:0)
	// `Parameters::Parameters` (r:22 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_advance(a: u32, t: u32) -> Weight {
		Weight::from_parts(819_466_043, 372_989)
			.saturating_add(T::DbWeight::get().reads_writes(61, 0))
			.saturating_add(Weight::from_parts(7_245_771, 81).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 200).saturating_mul(t.into()))
	}
	// At least 3 microseconds.
	fn open_attestations(p: u32) -> Weight {
		Weight::from_parts(3_631_000, 0)
			.saturating_add(Weight::from_parts(203_772_187, 0).saturating_mul(p.into()))
	}
	// At least 16 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::Work` (r:1000 w:0)
	// `NodeRegistry::Nodes` (r:1000 w:0)
	// `Parameters::Parameters` (r:4 w:0)
	fn draw(v: u32) -> Weight {
		Weight::from_parts(16_813_000, 64_538)
			.saturating_add(T::DbWeight::get().reads_writes(4, 0))
			.saturating_add(
				Weight::from_parts(20_314_619, 2_534)
					.saturating_add(T::DbWeight::get().reads_writes(2, 0))
					.saturating_mul(v.into()),
			)
	}
}
