#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
	not(any(test, feature = "runtime-benchmarks")),
	deny(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::as_conversions
	)
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod funding;
#[cfg(any(test, feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod receipts;
mod settlement;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use pallet::*;
pub use receipts::{receipt_key, MAX_RECEIPTS_PER_PAGE, RECEIPT_TAG};
pub use types::*;
pub use weights::WeightInfo;

/// The pallet itself.
// The macros generate casts and `expect`; nothing written here by hand has them.
#[allow(clippy::as_conversions, clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use sheaf_training::{AccountId, Balance, BountyId, NodeRegistry, RoundIndex, Service};

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The token that rewards are in.
		type Currency: fungible::Mutate<AccountId, Balance = Balance>
			+ fungible::hold::Mutate<AccountId, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Account of the treasury. It should hold at least the existential deposit from genesis on.
		type Treasury: Get<AccountId>;

		/// Counts what nodes earn.
		type Nodes: NodeRegistry;

		/// Weights of what other pallets call.
		type WeightInfo: WeightInfo;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why this pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Rewards of a sponsor's bounties that are not paid yet.
		BountyReward,
	}

	/// What is owed out of each sponsor's hold, for all its bounties.
	///
	/// Raised by funding, lowered by settlements and refunds, removed at zero. Bounded by the open
	/// bounties.
	#[pallet::storage]
	pub type Obligations<T: Config> =
		StorageMap<_, Blake2_128Concat, AccountId, Balance, ValueQuery>;

	/// What each account earned so far, and how many receipts it has.
	///
	/// Written by settlements and never removed: the number of receipts is where the next one goes.
	/// Bounded by the payments made, each of which a sponsor paid for.
	#[pallet::storage]
	pub type Totals<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Earnings, ValueQuery>;

	/// Where all rewards went since genesis. Written by everything that moves money here.
	#[pallet::storage]
	pub type Ledger<T: Config> = StorageValue<_, RunningTotals, ValueQuery>;

	/// What happened to rewards.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A reward was put on hold and an opening fee paid.
		Funded {
			/// Who promises the reward.
			sponsor: AccountId,
			/// What is on hold for it.
			reward: Balance,
			/// What the treasury received.
			opening_fee: Balance,
		},
		/// A service was paid; this is the receipt.
		Paid {
			/// The bounty that paid.
			bounty: BountyId,
			/// The round it paid for.
			round: RoundIndex,
			/// Who earned it.
			account: AccountId,
			/// For what.
			service: Service,
			/// How much.
			amount: Balance,
			/// False if the account could not receive it and the treasury did instead.
			delivered: bool,
		},
		/// What a settlement did not pay for services went here.
		Divided {
			/// The bounty.
			bounty: BountyId,
			/// The round.
			round: RoundIndex,
			/// To the treasury, with what could not be delivered.
			treasury: Balance,
			/// To nobody.
			burned: Balance,
			/// Back to the sponsor.
			refunded: Balance,
		},
		/// A sponsor got back what was left of a bounty's reward.
		Refunded {
			/// The bounty.
			bounty: BountyId,
			/// Its sponsor.
			sponsor: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A sponsor could not receive its refund: its account is dead and the refund below the
		/// existential deposit. The treasury received it instead.
		RefundUndeliverable {
			/// The bounty.
			bounty: BountyId,
			/// Its sponsor.
			sponsor: AccountId,
			/// How much.
			amount: Balance,
		},
	}

	/// Rules that funding can break.
	#[pallet::error]
	pub enum Error<T> {
		/// The sponsor cannot freely spend reward and fee: tokens that are held, frozen or needed to
		/// keep the account alive do not count.
		InsufficientFreeBalance,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_n: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_invariants()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What an account earned so far, for each service.
		pub fn totals(account: AccountId) -> Earnings {
			Totals::<T>::get(account)
		}

		/// Where all rewards went since genesis.
		pub fn ledger() -> RunningTotals {
			Ledger::<T>::get()
		}
	}
}
