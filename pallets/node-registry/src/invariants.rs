//! The invariants of the README, one function for each number.

use crate::{registration::is_well_formed, Config, HoldReason, Node, Nodes, Pallet};
use frame_support::{ensure, traits::fungible::hold::Inspect};
use sheaf_training::{AccountId, NodeRegistry, Roles};
use sp_runtime::TryRuntimeError;

type Check = Result<(), TryRuntimeError>;

impl<T: Config> Pallet<T> {
	/// Checks every invariant for every node.
	pub(crate) fn check_invariants() -> Check {
		Nodes::<T>::iter().try_for_each(|(account, node)| {
			Self::invariant_1_hold_is_bond_and_unbonding(&account, &node)?;
			Self::invariant_2_unbonding_is_nonzero_and_ascending(&node)?;
			Self::invariant_3_without_role_only_unbonding(&node)?;
			Self::invariant_4_roles_in_effect_are_covered(&account, &node)?;
			Self::invariant_5_region_is_well_formed(&node)?;
			Self::invariant_6_a_suspended_node_has_no_role_in_effect(&account, &node)
		})
	}

	fn invariant_1_hold_is_bond_and_unbonding(account: &AccountId, node: &Node) -> Check {
		let held = T::Currency::balance_on_hold(&HoldReason::NodeBond.into(), account);
		ensure!(held == node.slashable(), "1: the hold is not bond plus unbonding");
		Ok(())
	}

	fn invariant_2_unbonding_is_nonzero_and_ascending(node: &Node) -> Check {
		ensure!(node.unbonding.iter().all(|e| e.amount > 0), "2: nothing is unbonding in an entry");
		let later = node.unbonding.iter().skip(1);
		let ascending =
			node.unbonding.iter().zip(later).all(|(a, b)| a.withdrawable_at < b.withdrawable_at);
		ensure!(ascending, "2: unbonding entries are out of order");
		Ok(())
	}

	fn invariant_3_without_role_only_unbonding(node: &Node) -> Check {
		let remembered = !node.unbonding.is_empty() || node.is_suspended() || node.is_liable();
		let leaving = node.bond == 0 && remembered;
		ensure!(!node.has_left() || leaving, "3: a node that left is bonded or not removed");
		Ok(())
	}

	fn invariant_4_roles_in_effect_are_covered(account: &AccountId, node: &Node) -> Check {
		let roles = <Self as NodeRegistry>::roles(account);
		let Roles { trainer, aggregator, verifier } = roles;
		let registered = (!trainer || node.roles.trainer)
			&& (!aggregator || node.roles.aggregator)
			&& (!verifier || node.roles.verifier);
		ensure!(registered, "4: a role is in effect that was not registered");
		let smallest = Self::ejection_bond(Self::min_bond(roles));
		ensure!(node.bond >= smallest, "4: a role in effect is not covered");
		Ok(())
	}

	fn invariant_5_region_is_well_formed(node: &Node) -> Check {
		ensure!(is_well_formed(&node.region), "5: a region is malformed");
		Ok(())
	}

	fn invariant_6_a_suspended_node_has_no_role_in_effect(
		account: &AccountId,
		node: &Node,
	) -> Check {
		let idle = <Self as NodeRegistry>::roles(account) == Roles::default();
		ensure!(!node.is_suspended() || idle, "6: a suspended node has a role in effect");
		Ok(())
	}
}
