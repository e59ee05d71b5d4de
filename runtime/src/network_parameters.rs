//! What differs between networks that run the same code: short times for a local chain, long ones
//! for a real one.
//!
//! Written once, at genesis; governance gets calls for them later. [`EpochSlots`] must never change
//! in a chain's life, BABE would stop.

pub use pallet::*;

use sheaf_training::{BlockNumber, PhaseLengths};

/// Shortest phase lengths that a sponsor may ask for, in blocks.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	codec::Encode,
	codec::Decode,
	codec::MaxEncodedLen,
	scale_info::TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
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
	/// A week of blocks.
	const UNBONDING_PERIOD: BlockNumber = 201_600;
	/// A day of blocks.
	const SLASH_DEFERRAL: BlockNumber = 28_800;
	/// Fewest verifiers of which a quorum survives one that is hostile.
	const MIN_COMMITTEE: u32 = 4;
	/// About 11 MB/s for everything that a verifier must receive.
	const UPLOAD_MIB_PER_BLOCK: u32 = 32;
	/// For a network across the world.
	const MINIMUM_LENGTHS: MinimumLengths = MinimumLengths {
		prepare: 20,
		enrolment: 5,
		commit: 20,
		upload: 20,
		attest: 20,
		publish: 10,
		window: 100,
		answer: 50,
		proof: 50,
	};

	/// What the pallet needs from the runtime: nothing.
	#[pallet::config]
	pub trait Config: frame_system::Config {}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Slots of an epoch, which is also a session. Written at genesis only.
	#[pallet::storage]
	pub type EpochSlots<T> = StorageValue<_, u64, ValueQuery, ConstU64<EPOCH_SLOTS>>;

	/// Blocks for which a bond stays slashable after its owner asked for it. Written at genesis.
	#[pallet::storage]
	pub type UnbondingPeriod<T> =
		StorageValue<_, BlockNumber, ValueQuery, ConstU32<UNBONDING_PERIOD>>;

	/// Blocks from a strike to its slash. Written at genesis.
	#[pallet::storage]
	pub type SlashDeferral<T> = StorageValue<_, BlockNumber, ValueQuery, ConstU32<SLASH_DEFERRAL>>;

	/// Fewest members of a committee. Written at genesis.
	#[pallet::storage]
	pub type MinCommittee<T> = StorageValue<_, u32, ValueQuery, ConstU32<MIN_COMMITTEE>>;

	/// MiB of a round's data for which Upload must be a block longer. Written at genesis.
	#[pallet::storage]
	pub type UploadMibPerBlock<T> =
		StorageValue<_, u32, ValueQuery, ConstU32<UPLOAD_MIB_PER_BLOCK>>;

	/// Default of [`MinLengths`].
	#[pallet::type_value]
	pub fn DefaultMinLengths() -> MinimumLengths {
		MINIMUM_LENGTHS
	}

	/// Shortest phases. Written at genesis.
	#[pallet::storage]
	pub type MinLengths<T> = StorageValue<_, MinimumLengths, ValueQuery, DefaultMinLengths>;

	/// The parameters of a new chain; by default those of a real network.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Slots of an epoch; at least 10.
		pub epoch_slots: u64,
		/// Blocks for which a bond stays slashable after its owner asked for it.
		pub unbonding_period: BlockNumber,
		/// Blocks from a strike to its slash; less than the unbonding period.
		pub slash_deferral: BlockNumber,
		/// Fewest members of a committee.
		pub min_committee: u32,
		/// MiB of a round's data for which Upload must be a block longer.
		pub upload_mib_per_block: u32,
		/// Shortest phases.
		pub min_lengths: MinimumLengths,
		/// Marker.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				epoch_slots: EPOCH_SLOTS,
				unbonding_period: UNBONDING_PERIOD,
				slash_deferral: SLASH_DEFERRAL,
				min_committee: MIN_COMMITTEE,
				upload_mib_per_block: UPLOAD_MIB_PER_BLOCK,
				min_lengths: MINIMUM_LENGTHS,
				_config: Default::default(),
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			EpochSlots::<T>::put(self.epoch_slots.max(10));
			UnbondingPeriod::<T>::put(self.unbonding_period);
			SlashDeferral::<T>::put(self.slash_deferral);
			MinCommittee::<T>::put(self.min_committee.max(1));
			UploadMibPerBlock::<T>::put(self.upload_mib_per_block.max(1));
			MinLengths::<T>::put(self.min_lengths);
		}
	}
}
