//! Adding, changing, removing and describing nodes, and what other pallets ask about them.

use crate::{Capability, Config, Error, Event, Node, Nodes, Pallet, Region};
use frame_support::{ensure, traits::Get};
use sheaf_training::{AccountId, Balance, NodeView, Roles};
use sp_runtime::{DispatchResult, Permill};

impl<T: Config> Pallet<T> {
	/// Smallest bond that covers all of `roles`: the largest of their minima.
	pub fn min_bond(roles: Roles) -> Balance {
		[
			(roles.trainer, T::MinTrainerBond::get()),
			(roles.aggregator, T::MinAggregatorBond::get()),
			(roles.verifier, T::MinVerifierBond::get()),
		]
		.into_iter()
		.filter_map(|(chosen, min_bond)| chosen.then_some(min_bond))
		.max()
		.unwrap_or_default()
	}

	/// The roles among `node`'s that its active bond covers.
	pub(crate) fn covered_roles(node: &Node) -> Roles {
		Roles {
			trainer: node.roles.trainer && node.bond >= T::MinTrainerBond::get(),
			aggregator: node.roles.aggregator && node.bond >= T::MinAggregatorBond::get(),
			verifier: node.roles.verifier && node.bond >= T::MinVerifierBond::get(),
		}
	}

	/// Refuses a node without role, with a bond too small for its roles or a malformed region.
	pub(crate) fn ensure_valid(roles: Roles, region: &Region, bond: Balance) -> DispatchResult {
		ensure!(roles != Roles::default(), Error::<T>::NoRole);
		ensure!(is_well_formed(region), Error::<T>::InvalidRegion);
		ensure!(bond >= Self::min_bond(roles), Error::<T>::BondTooSmall);
		Ok(())
	}

	/// Holds the bond and stores the node, which keeps what it has unbonding from before it left.
	pub(crate) fn add_node(
		account: &AccountId,
		roles: Roles,
		capability: Capability,
		region: Region,
		bond: Balance,
	) -> DispatchResult {
		let earlier = Nodes::<T>::get(account).unwrap_or_default();
		ensure!(earlier.has_left(), Error::<T>::AlreadyRegistered);
		Self::ensure_valid(roles, &region, bond)?;
		Self::hold_bond(account, bond)?;
		let node = Node { roles, capability, region, bond, ..earlier };
		Nodes::<T>::insert(account, node);
		Ok(())
	}

	/// Changes a node that is registered and has not left; stores nothing if `change` fails.
	pub(crate) fn change_node(
		account: &AccountId,
		change: impl FnOnce(&mut Node) -> DispatchResult,
	) -> DispatchResult {
		Nodes::<T>::try_mutate(account, |node| {
			let registered = node.as_mut().filter(|node| !node.has_left());
			change(registered.ok_or(Error::<T>::NotRegistered)?)
		})
	}

	/// Forgets a node that left and has nothing bonded.
	pub(crate) fn remove_if_finished(account: &AccountId) {
		let finished = |node: &Node| node.has_left() && node.slashable() == 0;
		if Nodes::<T>::get(account).is_some_and(|node| finished(&node)) {
			Nodes::<T>::remove(account);
			Self::deposit_event(Event::NodeRemoved { account: account.clone() });
		}
	}

	/// A node as runtime API and view function return it.
	pub fn node_view(account: &AccountId) -> Option<NodeView> {
		let node = Nodes::<T>::get(account)?;
		Some(NodeView {
			account: account.clone(),
			roles: node.roles,
			bond: node.bond,
			cores: node.capability.cores,
			memory_mib: node.capability.memory_mib,
			accelerator_mib: node.capability.accelerator_mib,
			region: node.region.into_inner(),
			unbonding: node
				.unbonding
				.iter()
				.map(|entry| (entry.amount, entry.withdrawable_at))
				.collect(),
			earned: node.earned,
		})
	}
}

impl<T: Config> sheaf_training::NodeRegistry for Pallet<T> {
	fn roles(account: &AccountId) -> Roles {
		Nodes::<T>::get(account).map(|node| Self::covered_roles(&node)).unwrap_or_default()
	}

	fn note_earned(account: &AccountId, amount: Balance) {
		Nodes::<T>::mutate_extant(account, |node| {
			node.earned = node.earned.saturating_add(amount);
		});
	}

	fn slash(account: &AccountId, fraction: Permill, rewarded: &[(AccountId, Permill)]) -> Balance {
		Self::slash_node(account, fraction, rewarded)
	}
}

/// Whether a region has only ASCII capital letters, digits and hyphens.
pub(crate) fn is_well_formed(region: &Region) -> bool {
	region.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'-')
}
