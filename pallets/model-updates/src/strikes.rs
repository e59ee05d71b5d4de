//! Wrong results: checking the proof, reporting the offence, taking the bond.

use crate::{Config, Error, Offender, Pallet};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{traits::Get, weights::Weight};
use scale_info::TypeInfo;
use sheaf_aggregation::{verify_wrong_chunk, Hasher, Inputs, WeightedRoot, WrongResultProof};
use sheaf_training::{
	AccountId, BountyId, Effect, Hash, NodeRegistry, RoundIndex, Training, TrainingRounds,
};
use sp_runtime::{DispatchError, Perbill, Permill};
use sp_staking::{
	offence::{Kind, Offence, OffenceDetails, OnOffenceHandler, ReportOffence},
	SessionIndex,
};

/// BLAKE2b-256 by the host.
pub struct HostBlake2;

impl Hasher for HostBlake2 {
	fn hash(bytes: &[u8]) -> sheaf_aggregation::Hash {
		sp_io::hashing::blake2_256(bytes)
	}
}

/// The offence of attesting a result that was proven wrong.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct WrongResult {
	/// The bounty, round and attempt in which it was struck, and a digest of root and offenders: the
	/// SDK slashes all offenders that it knows of a slot, so two reports must not share one.
	pub slot: (BountyId, RoundIndex, u8, Hash),
	/// Who attested it.
	pub offenders: Vec<AccountId>,
	/// Part of the bond that it costs.
	pub slash: Permill,
	/// Size of the validator set.
	pub validators: u32,
}

impl Offence<Offender> for WrongResult {
	const ID: Kind = *b"sheaf/wrongresul";
	type Slot = (BountyId, RoundIndex, u8, Hash);

	fn offenders(&self) -> Vec<Offender> {
		self.offenders.iter().map(|account| (account.clone(), ())).collect()
	}

	fn session_index(&self) -> SessionIndex {
		0
	}

	fn validator_set_count(&self) -> u32 {
		self.validators
	}

	fn slot(&self) -> Self::Slot {
		self.slot
	}

	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::from_parts(self.slash.deconstruct().saturating_mul(1_000))
	}
}

impl<T: Config> Pallet<T> {
	/// Succeeds if and only if `proof` shows that the published result with `root` is wrong.
	pub(crate) fn check_wrong_chunk(
		training: &Training,
		index: RoundIndex,
		root: &Hash,
		proof: &WrongResultProof,
	) -> Result<(), DispatchError> {
		let round = training.round(index).ok_or(Error::<T>::NoSuchRound)?;
		let frozen = round.frozen.as_ref().ok_or(Error::<T>::WrongPhase)?;
		let standing =
			|p: &&sheaf_training::Publication| !p.struck && p.result.next_model_root == *root;
		round.publications.iter().find(standing).ok_or(Error::<T>::NoSuchResult)?;
		let updates: Vec<WeightedRoot> = frozen
			.updates
			.iter()
			.map(|update| WeightedRoot { weight: update.weight, root: update.root.0 })
			.collect();
		let inputs = Inputs {
			parameters: training.spec.parameters,
			previous_root: round.previous_model_root.0,
			updates: &updates,
		};
		verify_wrong_chunk::<HostBlake2>(&inputs, &root.0, proof).map_err(Error::<T>::from)?;
		Ok(())
	}

	/// Stores what an event made of a bounty and reports the strikes among its effects. The first
	/// reporter is the challenger, the others attested a result that stands; without a challenger
	/// nobody is rewarded.
	pub(crate) fn store_and_report(training: Training, challenger: Option<AccountId>) {
		let bounty = training.id;
		let strikes: Vec<Effect> = training
			.effects
			.iter()
			.filter(|effect| matches!(effect, Effect::ResultStruck { .. }))
			.cloned()
			.collect();
		T::Rounds::store(training);
		for strike in strikes {
			let Effect::ResultStruck { round, attempt, root, offenders, dissenters } = strike
			else {
				continue;
			};
			let digest = sp_io::hashing::blake2_256(&(root, &offenders).encode()).into();
			let offence = WrongResult {
				slot: (bounty, round, attempt, digest),
				offenders,
				slash: T::WrongResultSlash::get(),
				validators: Self::verifier_count(),
			};
			let reporters = challenger.iter().cloned().chain(dissenters).collect();
			let reporters = if challenger.is_some() { reporters } else { Vec::new() };
			// A repeated report of the same offence changes nothing.
			let _ = T::Offences::report_offence(reporters, offence);
		}
	}
}

impl<T: Config> OnOffenceHandler<AccountId, Offender, Weight> for Pallet<T> {
	/// Takes the offenders' bonds. Of what is taken, the first reporter gets `ChallengerShare`, the
	/// others share `DissenterShare`, the rest is burned.
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, Offender>],
		slash_fractions: &[Perbill],
		_: SessionIndex,
	) -> Weight {
		for (details, fraction) in offenders.iter().zip(slash_fractions) {
			let mut rewarded = Vec::new();
			let mut reporters = details.reporters.iter();
			if let Some(challenger) = reporters.next() {
				rewarded.push((challenger.clone(), T::ChallengerShare::get()));
				let dissenters = u32::try_from(reporters.len()).unwrap_or(u32::MAX).max(1);
				let share = Permill::from_parts(
					T::DissenterShare::get().deconstruct().checked_div(dissenters).unwrap_or(0),
				);
				rewarded.extend(reporters.map(|account| (account.clone(), share)));
			}
			let fraction = Permill::from_parts(fraction.deconstruct().div_ceil(1_000));
			T::Nodes::slash(&details.offender.0, fraction, &rewarded);
		}
		Weight::zero()
	}
}
