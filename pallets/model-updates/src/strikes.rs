//! Wrong results: checking the proof, and reporting the offence to the SDK.

use crate::{Config, Error, Offender, Pallet, Reporting};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{dispatch::DispatchResult, traits::Get, weights::Weight};
use scale_info::TypeInfo;
use sheaf_aggregation::{verify_wrong_chunk, Inputs, WeightedRoot, WrongResultProof};
use sheaf_training::{AccountId, BountyId, Hash, HostBlake2, RoundIndex, Training, TrainingRounds};
use sp_runtime::{DispatchError, Perbill, Permill};
use sp_staking::{
	offence::{Kind, Offence, OffenceDetails, OnOffenceHandler, ReportOffence},
	SessionIndex,
};

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

	/// Strikes the result with `root` if the proof holds.
	pub(crate) fn strike(
		training: &mut Training,
		round: RoundIndex,
		root: &Hash,
		proof: &WrongResultProof,
		challenger: &AccountId,
	) -> DispatchResult {
		Self::check_wrong_chunk(training, round, root, proof)?;
		let struck = training.strike(round, *root, challenger, &T::Rounds::environment());
		Ok(struck.map_err(Error::<T>::from)?)
	}

	/// Reports a strike as an offence.
	pub(crate) fn report_strike(
		(bounty, round, attempt): (BountyId, RoundIndex, u8),
		root: Hash,
		offenders: Vec<AccountId>,
		challenger: Option<AccountId>,
	) {
		let digest = sp_io::hashing::blake2_256(&(root, &offenders).encode()).into();
		let offence = WrongResult {
			slot: (bounty, round, attempt, digest),
			offenders,
			slash: T::WrongResultSlash::get(),
			validators: Self::verifier_count(),
		};
		Reporting::<T>::put((bounty, round, root));
		// A repeated report of the same offence changes nothing.
		let _ = T::Offences::report_offence(challenger.into_iter().collect(), offence);
		Reporting::<T>::kill();
	}
}

impl<T: Config> OnOffenceHandler<AccountId, Offender, Weight> for Pallet<T> {
	/// Defers the slash of each offender. The first reporter is the challenger.
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, Offender>],
		slash_fractions: &[Perbill],
		_: SessionIndex,
	) -> Weight {
		let Some((bounty, round, root)) = Reporting::<T>::get() else { return Weight::zero() };
		for (details, fraction) in offenders.iter().zip(slash_fractions) {
			let fraction = Permill::from_parts(fraction.deconstruct().div_ceil(1_000));
			let challenger = details.reporters.first().cloned();
			Self::defer_slash((bounty, round), &details.offender.0, root, fraction, challenger);
		}
		Weight::zero()
	}
}
