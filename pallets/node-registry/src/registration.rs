//! Adding, changing, removing and describing nodes, and what other pallets ask about them.

use crate::{Capability, Config, Error, Event, Node, Nodes, Pallet, Region};
use frame_support::{ensure, traits::Get};
use sheaf_training::{
	AccountId, Balance, Conduct, NodeFilter, NodePage, NodeView, Roles, Slashed, MAX_LOOKED_AT,
	MAX_PAGE,
};
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

	/// Smallest active bond with which a node keeps a role that takes `min_bond` to join.
	pub(crate) fn ejection_bond(min_bond: Balance) -> Balance {
		T::EjectionShare::get().mul_ceil(min_bond)
	}

	/// The roles among `node`'s that its active bond still covers; none while a slash hangs over it.
	pub(crate) fn roles_in_effect(node: &Node) -> Roles {
		if node.is_suspended() {
			return Roles::default();
		}
		let covers = |min_bond| node.bond >= Self::ejection_bond(min_bond);
		Roles {
			trainer: node.roles.trainer && covers(T::MinTrainerBond::get()),
			aggregator: node.roles.aggregator && covers(T::MinAggregatorBond::get()),
			verifier: node.roles.verifier && covers(T::MinVerifierBond::get()),
		}
	}

	/// Refuses a node without role, with a bond too small for its roles or a malformed region.
	pub(crate) fn ensure_valid(roles: Roles, region: &Region, bond: Balance) -> DispatchResult {
		ensure!(roles != Roles::default(), Error::<T>::NoRole);
		ensure!(is_well_formed(region), Error::<T>::InvalidRegion);
		ensure!(bond >= Self::min_bond(roles), Error::<T>::BondTooSmall);
		Ok(())
	}

	/// Holds the bond and stores the node, which keeps what it has from before it left: what is
	/// unbonding, its record, and the slashes that hang over it.
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

	/// Forgets a node that left and has nothing bonded, unless a slash hangs over it.
	pub(crate) fn remove_if_finished(account: &AccountId) {
		if Nodes::<T>::get(account).is_some_and(|node| node.is_finished()) {
			Nodes::<T>::remove(account);
			Self::deposit_event(Event::NodeRemoved { account: account.clone() });
		}
	}

	/// A node as runtime API and view function return it.
	pub fn node_view(account: &AccountId) -> Option<NodeView> {
		Nodes::<T>::get(account).map(|node| view_of(account.clone(), node))
	}

	/// Nodes that match, of those that follow `after` in the storage.
	pub fn list(filter: &NodeFilter, after: Option<&AccountId>, limit: u32) -> NodePage {
		let nodes = match after {
			None => Nodes::<T>::iter(),
			Some(account) => Nodes::<T>::iter_from(Nodes::<T>::hashed_key_for(account)),
		};
		let limit = usize::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX);
		let most = usize::try_from(MAX_LOOKED_AT).unwrap_or(usize::MAX);
		let mut page = NodePage::default();
		let mut last = None;
		for (looked_at, (account, node)) in nodes.enumerate() {
			if page.nodes.len() >= limit || looked_at >= most {
				page.next = last;
				return page;
			}
			last = Some(account.clone());
			if filter.matches(node.roles, &node.region) {
				page.nodes.push(view_of(account, node));
			}
		}
		page
	}
}

impl<T: Config> sheaf_training::NodeRegistry for Pallet<T> {
	fn roles(account: &AccountId) -> Roles {
		Nodes::<T>::get(account).map(|node| Self::roles_in_effect(&node)).unwrap_or_default()
	}

	fn note_earned(account: &AccountId, amount: Balance) {
		Nodes::<T>::mutate_extant(account, |node| {
			node.earned = node.earned.saturating_add(amount);
		});
	}

	fn note_conduct(account: &AccountId, conduct: Conduct, penalty: Balance) -> Balance {
		Self::penalise(account, conduct, penalty)
	}

	fn suspend(account: &AccountId) {
		Self::hang_slash_over(account);
	}

	fn resume(account: &AccountId) {
		Self::take_slash_away(account);
	}

	fn begin_liability(account: &AccountId) {
		Nodes::<T>::mutate(account, |node| {
			let node = node.get_or_insert_with(Default::default);
			node.liabilities = node.liabilities.saturating_add(1);
		});
	}

	fn end_liability(account: &AccountId) {
		Nodes::<T>::mutate_extant(account, |node| {
			node.liabilities = node.liabilities.saturating_sub(1);
		});
		Self::remove_if_finished(account);
	}

	fn slash(account: &AccountId, fraction: Permill, rewarded: &[(AccountId, Permill)]) -> Slashed {
		Self::slash_node(account, fraction, rewarded)
	}
}

/// Whether a region has only ASCII capital letters, digits and hyphens.
pub(crate) fn is_well_formed(region: &Region) -> bool {
	region.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'-')
}

/// A node as runtime API and view function return it.
fn view_of(account: AccountId, node: Node) -> NodeView {
	let unbonding = node.unbonding.iter().map(|entry| (entry.amount, entry.withdrawable_at));
	NodeView {
		account,
		roles: node.roles,
		bond: node.bond,
		cores: node.capability.cores,
		memory_mib: node.capability.memory_mib,
		accelerator_mib: node.capability.accelerator_mib,
		region: node.region.into_inner(),
		unbonding: unbonding.collect(),
		earned: node.earned,
		record: node.record,
		suspensions: node.suspensions,
	}
}
