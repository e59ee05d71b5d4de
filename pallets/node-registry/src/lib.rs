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
mod bond;
mod genesis;
#[cfg(any(test, feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod registration;
mod slashing;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The pallet itself.
// The macros generate casts and `expect`; nothing written here by hand has them.
#[allow(clippy::as_conversions, clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use sheaf_training::{AccountId, Balance, BlockNumber, Conduct, NodeView, Roles};
	use sp_runtime::Permill;

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// The token that bonds are in.
		type Currency: fungible::Mutate<AccountId, Balance = Balance>
			+ fungible::hold::Mutate<AccountId, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Smallest bond of a trainer.
		type MinTrainerBond: Get<Balance>;

		/// Smallest bond of an aggregator.
		type MinAggregatorBond: Get<Balance>;

		/// Smallest bond of a verifier.
		type MinVerifierBond: Get<Balance>;

		/// Share of a role's smallest bond below which a node loses the role. Joining takes the whole
		/// smallest bond; what lies between lets a node outlast small penalties.
		type EjectionShare: Get<Permill>;

		/// Blocks from unbonding to withdrawal.
		type UnbondingPeriod: Get<BlockNumber>;

		/// Weights of the calls, and of what other pallets call.
		type WeightInfo: WeightInfo;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why this pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of a registered node, or one being released.
		NodeBond,
	}

	/// Registered nodes, and nodes that left and have not withdrawn everything, are liable for a round
	/// or that a slash hangs over.
	///
	/// Written by the owner's calls, by payments, conduct, penalties, liabilities, suspensions and
	/// slashes; removed by `withdraw_unbonded`, `leave`, a penalty, a slash or the end of the last
	/// liability or suspension when a node that left has nothing bonded. Bounded by the bonds, which
	/// the minima make costly.
	#[pallet::storage]
	pub type Nodes<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Node>;

	/// Nodes registered from the start, usually the first validators as verifiers.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Account, roles and bond of each. The bond is held from the account's genesis balance, so
		/// the balances pallet must come earlier in the runtime.
		#[serde(with = "crate::genesis")]
		pub nodes: Vec<(AccountId, Roles, Balance)>,
		/// For the type parameter only.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for (account, roles, bond) in &self.nodes {
				let none = Capability::default();
				let outcome = Pallet::<T>::add_node(account, *roles, none, Region::new(), *bond);
				assert!(outcome.is_ok(), "genesis node {account:?} refused: {outcome:?}");
			}
		}
	}

	/// What happened to nodes.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A node registered.
		NodeRegistered {
			/// The node.
			account: AccountId,
			/// Its roles.
			roles: Roles,
			/// What it bonded.
			bond: Balance,
		},
		/// A node changed its roles, capability or region.
		NodeUpdated {
			/// The node.
			account: AccountId,
			/// Its roles now.
			roles: Roles,
		},
		/// A node bonded more.
		BondIncreased {
			/// The node.
			account: AccountId,
			/// By how much.
			amount: Balance,
		},
		/// A part of a bond is being released.
		UnbondingStarted {
			/// The node.
			account: AccountId,
			/// How much.
			amount: Balance,
			/// First block at which it can be withdrawn.
			withdrawable_at: BlockNumber,
		},
		/// A released bond was withdrawn.
		BondWithdrawn {
			/// The node.
			account: AccountId,
			/// How much.
			amount: Balance,
		},
		/// A node gave up its roles.
		NodeLeft {
			/// The node.
			account: AccountId,
		},
		/// A node that left has nothing bonded any more and was forgotten.
		NodeRemoved {
			/// The account that was a node.
			account: AccountId,
		},
		/// A node lost bond. `amount = rewarded + burned`.
		Slashed {
			/// The node.
			account: AccountId,
			/// How much it lost.
			amount: Balance,
			/// What others received of it.
			rewarded: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A node lost bond for how it behaved in a round.
		Penalised {
			/// The node.
			account: AccountId,
			/// What it did.
			conduct: Conduct,
			/// What was burned: the penalty, or as much of it as was bonded.
			burned: Balance,
		},
		/// A slash hangs over a node: it has no roles in effect and cannot withdraw.
		NodeSuspended {
			/// The node.
			account: AccountId,
			/// Slashes that hang over it now.
			suspensions: u32,
		},
		/// A slash that hung over a node was applied or cancelled.
		NodeResumed {
			/// The node.
			account: AccountId,
			/// Slashes that still hang over it.
			suspensions: u32,
		},
	}

	/// Rules that a call can break.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is registered already.
		AlreadyRegistered,
		/// The account is not registered, or has left.
		NotRegistered,
		/// A node needs at least one role.
		NoRole,
		/// The bond is, or would become, smaller than the roles need.
		BondTooSmall,
		/// The region may have only ASCII capital letters, digits and hyphens.
		InvalidRegion,
		/// The account cannot freely spend as much: tokens that are held, frozen or needed to keep
		/// the account alive do not count.
		InsufficientFreeBalance,
		/// An amount of zero changes nothing.
		ZeroAmount,
		/// Too many amounts are unbonding; withdraw one first.
		TooManyUnbonding,
		/// Nothing that is unbonding can be withdrawn yet.
		NothingToWithdraw,
		/// A slash hangs over the node: nothing can be withdrawn until it is applied or cancelled.
		SlashPending,
		/// A round that this node worked on can still be proven wrong: nothing can be withdrawn until all
		/// of them are settled.
		StillLiable,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_n: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_invariants()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers the signer as a node and holds its bond.
		///
		/// An account that left may register again before it has withdrawn everything. Slashes that hang
		/// over it stay: it takes up its roles when they are applied or cancelled.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(
			origin: OriginFor<T>,
			roles: Roles,
			capability: Capability,
			region: Region,
			bond: Balance,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::add_node(&account, roles, capability, region, bond)?;
			Self::deposit_event(Event::NodeRegistered { account, roles, bond });
			Ok(())
		}

		/// Replaces the node's roles, capability and region. The active bond must cover the roles.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::update())]
		pub fn update(
			origin: OriginFor<T>,
			roles: Roles,
			capability: Capability,
			region: Region,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::change_node(&account, |node| {
				Self::ensure_valid(roles, &region, node.bond)?;
				*node = Node { roles, capability, region, ..node.clone() };
				Ok(())
			})?;
			Self::deposit_event(Event::NodeUpdated { account, roles });
			Ok(())
		}

		/// Adds `amount` to the node's active bond.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::bond_more())]
		pub fn bond_more(
			origin: OriginFor<T>,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(amount > 0, Error::<T>::ZeroAmount);
			Self::change_node(&account, |node| {
				Self::hold_bond(&account, amount)?;
				node.bond = node.bond.saturating_add(amount);
				Ok(())
			})?;
			Self::deposit_event(Event::BondIncreased { account, amount });
			Ok(())
		}

		/// Starts to release `amount` of the active bond. What remains must cover the roles; to
		/// release everything, [`Pallet::leave`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::unbond())]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(amount > 0, Error::<T>::ZeroAmount);
			Self::change_node(&account, |node| {
				let remaining = node.bond.checked_sub(amount).ok_or(Error::<T>::BondTooSmall)?;
				ensure!(remaining >= Self::min_bond(node.roles), Error::<T>::BondTooSmall);
				Self::start_unbonding(&account, node, amount)
			})
		}

		/// Releases to the owner everything whose unbonding period is over, unless a round that the node
		/// is liable for is open or a slash hangs over it.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::withdraw_unbonded())]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let amount = Self::release_withdrawable(&account)?;
			Self::deposit_event(Event::BondWithdrawn { account: account.clone(), amount });
			Self::remove_if_finished(&account);
			Ok(())
		}

		/// Gives up all roles and starts to release the whole bond. A slash that hangs over the node is
		/// not escaped.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::change_node(&account, |node| {
				node.roles = Roles::default();
				let bond = node.bond;
				Self::start_unbonding(&account, node, bond)
			})?;
			Self::deposit_event(Event::NodeLeft { account: account.clone() });
			Self::remove_if_finished(&account);
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A node: its roles, bond, hardware, region, earnings and record. None if the account is
		/// unknown.
		pub fn node(account: AccountId) -> Option<NodeView> {
			Self::node_view(&account)
		}
	}
}
