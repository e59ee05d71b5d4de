//! Weights of `pallet-model-updates`, as `scripts/benchmark-pallets.sh` measured them.
//!
//! Processor: Intel(R) Xeon(R) Processor, load before: 12.57. Repetitions: 20, at each of 11
//! values of each component. Times are those of wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the functions that the benchmarks measure weigh.
pub trait WeightInfo {
	/// Weight of a `commit_update` that ends nothing.
	fn commit_update() -> Weight;
	/// Weight of a `commit_update` that ends Commit, without the draw: no committee is found, and the
	/// abort of the round pays all trainers.
	fn commit_last_update() -> Weight;
	/// Weight of the vote that has the initial model available.
	fn vote_initial_model() -> Weight;
	/// Weight of a member's vote that opens `r` commitments and ends nothing.
	fn vote(r: u32) -> Weight;
	/// Weight of the check of such a vote on a copy of the state, with its signature.
	fn authorize_vote(r: u32) -> Weight;
	/// Weight of a member's vote that ends Upload: one update is a copy of another, and the abort of
	/// the round pays all other trainers.
	fn last_vote() -> Weight;
	/// Weight of the check of a vote that freezes the inputs on a copy of the state.
	fn authorize_last_vote() -> Weight;
	/// Weight of an attestation that ends Attest.
	fn attest() -> Weight;
	/// Weight of the check of an attestation on a copy of the state, with its signature.
	fn authorize_attestation() -> Weight;
	/// Weight of a publication that has the result accepted and the next round opened.
	fn publish() -> Weight;
	/// Weight of a publication of a struck root, which `o` offenders attested.
	fn publish_struck(o: u32) -> Weight;
	/// Weight of the check of such a publication on a copy of the state, with its signature.
	fn authorize_publication() -> Weight;
	/// Weight of a proof with `n` updates against a result that `o` offenders attested.
	fn prove_wrong_chunk(n: u32, o: u32) -> Weight;
	/// Weight of the check of such a proof on a copy of the state, with the signature.
	fn authorize_wrong_result(n: u32) -> Weight;
	/// Weight of `open_challenge`.
	fn open_challenge() -> Weight;
	/// Weight of the check of a challenge on a copy of the state, with its signature.
	fn authorize_challenge() -> Weight;
	/// Weight of an answer that opens `h` nodes.
	fn answer_challenge(h: u32) -> Weight;
	/// Weight of the check of such an answer on a copy of the state, with its signature.
	fn authorize_answer(h: u32) -> Weight;
	/// Weight of `narrow_challenge`.
	fn narrow_challenge() -> Weight;
	/// Weight of the check of a narrowing on a copy of the state, with its signature.
	fn authorize_narrowing() -> Weight;
	/// Weight of `apply_slash` with `d` dissenters to reward.
	fn apply_slash(d: u32) -> Weight;
	/// Weight of checking that a slash is due.
	fn authorize_slash() -> Weight;
	/// Weight of `cancel_slash`.
	fn cancel_slash() -> Weight;
	/// Weight of comparing as many attestations as a round can have with `p` published results.
	fn open_attestations(p: u32) -> Weight;
	/// Weight of looking for a committee among `v` validators.
	fn draw(v: u32) -> Weight;
}

/// The weights as measured, with the runtime's costs of its database.
pub struct SheafWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SheafWeight<T> {
	// At least 172 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn commit_update() -> Weight {
		Weight::from_parts(181_258_000, 270_098)
			.saturating_add(T::DbWeight::get().reads_writes(21, 2))
	}
	// At least 4_786 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `NodeRegistry::Nodes` (r:64 w:64)
	// `Parameters::Parameters` (r:18 w:0)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `Rewards::Totals` (r:64 w:64)
	// `System::Account` (r:66 w:66)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn commit_last_update() -> Weight {
		Weight::from_parts(4_843_282_000, 383_836)
			.saturating_add(T::DbWeight::get().reads_writes(222, 200))
	}
	// At least 101 microseconds.
	// `ModelUpdates::Work` (r:16 w:16)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn vote_initial_model() -> Weight {
		Weight::from_parts(108_154_000, 54_023)
			.saturating_add(T::DbWeight::get().reads_writes(18, 17))
	}
	// At least 176 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn vote(r: u32) -> Weight {
		Weight::from_parts(186_899_316, 271_643)
			.saturating_add(T::DbWeight::get().reads_writes(21, 2))
			.saturating_add(Weight::from_parts(1_484_563, 0).saturating_mul(r.into()))
	}
	// At least 206 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_vote(r: u32) -> Weight {
		Weight::from_parts(237_416_110, 271_643)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
			.saturating_add(Weight::from_parts(1_416_299, 0).saturating_mul(r.into()))
	}
	// At least 4_936 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::Work` (r:16 w:16)
	// `NodeRegistry::Nodes` (r:80 w:80)
	// `Parameters::Parameters` (r:17 w:0)
	// `Rewards::Ledger` (r:1 w:1)
	// `Rewards::Obligations` (r:1 w:1)
	// `Rewards::Totals` (r:63 w:63)
	// `System::Account` (r:65 w:65)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::LiveBounties` (r:0 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn last_vote() -> Weight {
		Weight::from_parts(5_012_083_000, 360_847)
			.saturating_add(T::DbWeight::get().reads_writes(249, 230))
	}
	// At least 275 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_last_vote() -> Weight {
		Weight::from_parts(293_102_000, 273_691)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
	}
	// At least 3_272 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn attest() -> Weight {
		Weight::from_parts(3_326_907_000, 361_559)
			.saturating_add(T::DbWeight::get().reads_writes(21, 2))
	}
	// At least 3_104 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_attestation() -> Weight {
		Weight::from_parts(3_175_743_000, 361_559)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
	}
	// At least 3_333 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn publish() -> Weight {
		Weight::from_parts(3_381_732_000, 361_629)
			.saturating_add(T::DbWeight::get().reads_writes(21, 3))
	}
	// At least 4_490 microseconds.
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::DeferredSlashes` (r:136 w:136)
	// `ModelUpdates::Reporting` (r:0 w:1)
	// `NodeRegistry::Nodes` (r:136 w:136)
	// `Offences::ConcurrentReportsIndex` (r:1 w:1)
	// `Offences::Reports` (r:136 w:136)
	// `Parameters::Parameters` (r:18 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:1)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn publish_struck(o: u32) -> Weight {
		Weight::from_parts(4_304_635_255, 432_508)
			.saturating_add(T::DbWeight::get().reads_writes(25, 4))
			.saturating_add(
				Weight::from_parts(28_624_872, 490)
					.saturating_add(T::DbWeight::get().reads_writes(3, 3))
					.saturating_mul(o.into()),
			)
	}
	// At least 3_785 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_publication() -> Weight {
		Weight::from_parts(3_860_803_000, 362_250)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
	}
	// At least 4_306 microseconds.
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::DeferredSlashes` (r:136 w:136)
	// `ModelUpdates::Reporting` (r:0 w:1)
	// `NodeRegistry::Nodes` (r:136 w:136)
	// `Offences::ConcurrentReportsIndex` (r:1 w:1)
	// `Offences::Reports` (r:136 w:136)
	// `Parameters::Parameters` (r:18 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn prove_wrong_chunk(n: u32, o: u32) -> Weight {
		Weight::from_parts(3_328_851_570, 415_985)
			.saturating_add(T::DbWeight::get().reads_writes(25, 5))
			.saturating_add(Weight::from_parts(9_526_665, 248).saturating_mul(n.into()))
			.saturating_add(
				Weight::from_parts(31_668_447, 490)
					.saturating_add(T::DbWeight::get().reads_writes(3, 3))
					.saturating_mul(o.into()),
			)
	}
	// At least 3_455 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_wrong_result(n: u32) -> Weight {
		Weight::from_parts(3_495_536_824, 347_939)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
			.saturating_add(Weight::from_parts(5_860_061, 217).saturating_mul(n.into()))
	}
	// At least 616 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `Parameters::Parameters` (r:16 w:0)
	// `System::Account` (r:1 w:1)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn open_challenge() -> Weight {
		Weight::from_parts(659_641_000, 363_156)
			.saturating_add(T::DbWeight::get().reads_writes(23, 5))
	}
	// At least 400 microseconds.
	// `Balances::Holds` (r:1 w:0)
	// `Parameters::Parameters` (r:16 w:0)
	// `System::Account` (r:1 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_challenge() -> Weight {
		Weight::from_parts(431_253_000, 363_393)
			.saturating_add(T::DbWeight::get().reads_writes(23, 0))
	}
	// At least 479 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn answer_challenge(h: u32) -> Weight {
		Weight::from_parts(535_363_685, 361_899)
			.saturating_add(T::DbWeight::get().reads_writes(21, 3))
			.saturating_add(Weight::from_parts(725_163, 0).saturating_mul(h.into()))
	}
	// At least 383 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_answer(h: u32) -> Weight {
		Weight::from_parts(445_493_390, 361_899)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
			.saturating_add(Weight::from_parts(1_016_505, 0).saturating_mul(h.into()))
	}
	// At least 634 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:1)
	// `TrainingBounties::Rounds` (r:2 w:2)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn narrow_challenge() -> Weight {
		Weight::from_parts(686_653_000, 370_124)
			.saturating_add(T::DbWeight::get().reads_writes(21, 3))
	}
	// At least 457 microseconds.
	// `Parameters::Parameters` (r:16 w:0)
	// `System::BlockHash` (r:1 w:0)
	// `TrainingBounties::Bounties` (r:1 w:0)
	// `TrainingBounties::Rounds` (r:2 w:0)
	// `TrainingBounties::Specs` (r:1 w:0)
	fn authorize_narrowing() -> Weight {
		Weight::from_parts(530_302_000, 370_124)
			.saturating_add(T::DbWeight::get().reads_writes(21, 0))
	}
	// At least 175 microseconds.
	// `Balances::Holds` (r:1 w:1)
	// `ModelUpdates::DeferredSlashes` (r:2 w:1)
	// `ModelUpdates::Dissenters` (r:1 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	// `Parameters::Parameters` (r:1 w:0)
	// `System::Account` (r:138 w:138)
	fn apply_slash(d: u32) -> Weight {
		Weight::from_parts(468_828_648, 6_761)
			.saturating_add(T::DbWeight::get().reads_writes(8, 6))
			.saturating_add(
				Weight::from_parts(49_947_391, 245)
					.saturating_add(T::DbWeight::get().reads_writes(1, 1))
					.saturating_mul(d.into()),
			)
	}
	// At least 18 microseconds.
	// `ModelUpdates::DeferredSlashes` (r:1 w:0)
	// `ModelUpdates::Dissenters` (r:1 w:0)
	fn authorize_slash() -> Weight {
		Weight::from_parts(18_361_000, 9_105).saturating_add(T::DbWeight::get().reads_writes(2, 0))
	}
	// At least 51 microseconds.
	// `ModelUpdates::DeferredSlashes` (r:2 w:1)
	// `ModelUpdates::Dissenters` (r:0 w:1)
	// `NodeRegistry::Nodes` (r:1 w:1)
	fn cancel_slash() -> Weight {
		Weight::from_parts(52_397_000, 5_313).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// At least 3 microseconds.
	fn open_attestations(p: u32) -> Weight {
		Weight::from_parts(3_028_000, 0)
			.saturating_add(Weight::from_parts(226_198_857, 0).saturating_mul(p.into()))
	}
	// At least 18 microseconds.
	// `Babe::AuthorVrfRandomness` (r:1 w:0)
	// `ModelUpdates::CurrentVerifiers` (r:1 w:0)
	// `ModelUpdates::Work` (r:1000 w:0)
	// `NodeRegistry::Nodes` (r:1000 w:0)
	// `Parameters::Parameters` (r:4 w:0)
	fn draw(v: u32) -> Weight {
		Weight::from_parts(19_628_000, 64_564)
			.saturating_add(T::DbWeight::get().reads_writes(4, 0))
			.saturating_add(
				Weight::from_parts(20_588_394, 2_534)
					.saturating_add(T::DbWeight::get().reads_writes(2, 0))
					.saturating_mul(v.into()),
			)
	}
}
