//! What differs between networks that run the same code: short times for a local chain, long ones
//! for a real one.
//!
//! Two numbers are this pallet's own and written at genesis only: [`EpochSlots`], which must never
//! change in a chain's life because BABE would stop, and [`GovernanceHour`], because whoever could
//! shorten it could outrun those who would vote against. The others are governance's
//! [parameters](crate::governance::parameters); genesis gives them their first values.

pub use pallet::*;

use crate::{
	governance::{
		parameters::{access, bonds, bounties, penalties, rounds, Holder, RuntimeParameters},
		ranges::{self, OutOfRange},
	},
	AccountId,
};
use frame_support::traits::dynamic_params::AggregatedKeyValue;
use sheaf_training::{BlockNumber, PhaseLengths};

/// Shortest phase lengths that a sponsor may ask for, in blocks, as a genesis file says them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MinimumLengths {
	/// For the initial model to arrive.
	pub prepare: BlockNumber,
	/// To enrol.
	pub enrolment: BlockNumber,
	/// To train and commit.
	pub commit: BlockNumber,
	/// To upload, before the allowance for the size of the data.
	pub upload: BlockNumber,
	/// To compute and attest.
	pub attest: BlockNumber,
	/// To publish.
	pub publish: BlockNumber,
	/// To challenge.
	pub window: BlockNumber,
	/// For each move of a challenge.
	pub answer: BlockNumber,
	/// To prove a result wrong after a challenge's last move.
	pub proof: BlockNumber,
}

impl From<MinimumLengths> for PhaseLengths {
	fn from(lengths: MinimumLengths) -> Self {
		let MinimumLengths {
			prepare,
			enrolment,
			commit,
			upload,
			attest,
			publish,
			window,
			answer,
			proof,
		} = lengths;
		Self { prepare, enrolment, commit, upload, attest, publish, window, answer, proof }
	}
}

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::ConstU64};

	/// Two hours of slots.
	const EPOCH_SLOTS: u64 = 2_400;
	/// What the pallet needs from the runtime: parameters to give their first values.
	#[pallet::config]
	pub trait Config:
		frame_system::Config + pallet_parameters::Config<RuntimeParameters = RuntimeParameters>
	{
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Slots of an epoch, which is also a session. Written at genesis only.
	#[pallet::storage]
	pub type EpochSlots<T> = StorageValue<_, u64, ValueQuery, ConstU64<EPOCH_SLOTS>>;

	/// Blocks of an hour in the times of governance's tracks. Written at genesis only.
	#[pallet::storage]
	pub type GovernanceHour<T> =
		StorageValue<_, BlockNumber, ValueQuery, ConstU32<{ crate::HOURS }>>;

	/// What a new chain starts with; by default a real network.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Slots of an epoch; at least 10.
		pub epoch_slots: u64,
		/// Blocks of an hour in the times of governance's tracks; at least 1.
		pub governance_hour: BlockNumber,
		/// Blocks for which a bond stays slashable after its owner asked for it.
		pub unbonding_period: Option<BlockNumber>,
		/// Blocks from a strike to its slash; less than the unbonding period.
		pub slash_deferral: Option<BlockNumber>,
		/// Fewest members of a committee.
		pub min_committee: Option<u32>,
		/// MiB of a round's data for which Upload must be a block longer.
		pub upload_mib_per_block: Option<u32>,
		/// Shortest phases.
		pub min_lengths: Option<MinimumLengths>,
		/// Whose word opens the whitelisted track.
		pub whitelister: Option<AccountId>,
		/// Marker.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				epoch_slots: EPOCH_SLOTS,
				governance_hour: crate::HOURS,
				unbonding_period: None,
				slash_deferral: None,
				min_committee: None,
				upload_mib_per_block: None,
				min_lengths: None,
				whitelister: None,
				_config: Default::default(),
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			EpochSlots::<T>::put(self.epoch_slots.max(10));
			GovernanceHour::<T>::put(self.governance_hour.max(1));
			for parameter in self.parameters() {
				let (key, value) = parameter.into_parts();
				pallet_parameters::Parameters::<T>::set(key, value);
			}
		}
	}

	impl<T: Config> GenesisConfig<T> {
		/// The parameters with their first values; without a value they keep the default.
		fn parameters(&self) -> [RuntimeParameters; 6] {
			use access::{Parameters as Access, Whitelister};
			use bonds::{Parameters as Bonds, UnbondingPeriod};
			use bounties::{Parameters as Bounties, ShortestPhases, UploadMibPerBlock};
			use penalties::{Parameters as Penalties, SlashDeferral};
			use rounds::{MinCommittee, Parameters as Rounds};
			let shortest = self.min_lengths.map(Into::into);
			let upload = self.upload_mib_per_block.map(|mib| mib.max(1));
			let members = self.min_committee.map(|members| members.max(1));
			let whitelister = self.whitelister.clone().map(|account| Holder(Some(account)));
			[
				Bonds::UnbondingPeriod(UnbondingPeriod, self.unbonding_period).into(),
				Penalties::SlashDeferral(SlashDeferral, self.slash_deferral).into(),
				Rounds::MinCommittee(MinCommittee, members).into(),
				Bounties::UploadMibPerBlock(UploadMibPerBlock, upload).into(),
				Bounties::ShortestPhases(ShortestPhases, shortest).into(),
				Access::Whitelister(Whitelister, whitelister).into(),
			]
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Why a parameter could not be proposed or set now.
		pub fn check_parameter(parameter: RuntimeParameters) -> Result<(), OutOfRange> {
			ranges::check(&parameter)
		}
	}
}
