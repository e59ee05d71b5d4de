//! Benchmarks of the calls and of what other pallets call, at the largest size of a node. What stands
//! above a benchmark is the documentation of its weight.

use super::*;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::fungible::{Inspect, Mutate},
	BoundedVec,
};
use frame_system::RawOrigin;
use sheaf_training::{AccountId, Balance, Conduct, NodeRegistry, Roles, MAX_ATTESTATIONS};
use sp_runtime::{Permill, SaturatedConversion};

/// Most accounts that one slash rewards: all who can attest in a round, and a challenger.
const MAX_REWARDED: u32 = MAX_ATTESTATIONS + 1;

const ROLES: Roles = Roles { trainer: true, aggregator: true, verifier: true };

fn capability() -> Capability {
	Capability { cores: u16::MAX, memory_mib: u32::MAX, accelerator_mib: u32::MAX }
}

fn longest_region() -> Region {
	BoundedVec::truncate_from(b"ABCDEFGH".to_vec())
}

/// Ten times the smallest bond that can be unbonded in many parts.
fn bond<T: Config>() -> Balance {
	let min_bond = Pallet::<T>::min_bond(ROLES).max(T::Currency::minimum_balance());
	min_bond.max(1_000).saturating_mul(10)
}

fn rich_account<T: Config>() -> AccountId {
	let account: AccountId = account("node", 0, 0);
	T::Currency::set_balance(&account, bond::<T>().saturating_mul(10));
	account
}

/// A registered node with `entries` amounts unbonding, withdrawable in successive blocks.
fn node<T: Config>(entries: u32) -> AccountId {
	let account = rich_account::<T>();
	Pallet::<T>::add_node(&account, ROLES, capability(), longest_region(), bond::<T>()).unwrap();
	Nodes::<T>::mutate(&account, |node| {
		let node = node.as_mut().unwrap();
		for entry in 1..=entries {
			node.unbond(Pallet::<T>::min_bond(ROLES).max(8) / 8, entry).unwrap();
		}
	});
	account
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Weight of `register`.
	#[benchmark]
	fn register() {
		let account = rich_account::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), ROLES, capability(), longest_region(), bond::<T>());

		assert!(Nodes::<T>::contains_key(account));
	}

	/// Weight of `update`.
	#[benchmark]
	fn update() {
		let account = node::<T>(MAX_UNBONDING);

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), ROLES, Capability::default(), Region::new());

		assert_eq!(Nodes::<T>::get(account).unwrap().capability, Capability::default());
	}

	/// Weight of `bond_more`.
	#[benchmark]
	fn bond_more() {
		let account = node::<T>(MAX_UNBONDING);
		let before = Nodes::<T>::get(&account).unwrap().bond;

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), 1);

		assert_eq!(Nodes::<T>::get(account).unwrap().bond, before + 1);
	}

	/// Weight of `unbond`.
	#[benchmark]
	fn unbond() {
		let account = node::<T>(MAX_UNBONDING - 1);
		frame_system::Pallet::<T>::set_block_number(100u32.into());

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), 1);

		assert_eq!(
			Nodes::<T>::get(account).unwrap().unbonding.len().saturated_into::<u32>(),
			MAX_UNBONDING
		);
	}

	/// Weight of `withdraw_unbonded`, which removes a node that has left.
	#[benchmark]
	fn withdraw_unbonded() {
		let account = node::<T>(MAX_UNBONDING - 1);
		Pallet::<T>::leave(RawOrigin::Signed(account.clone()).into()).unwrap();
		let last = Nodes::<T>::get(&account).unwrap().unbonding.last().unwrap().withdrawable_at;
		frame_system::Pallet::<T>::set_block_number(last.into());

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));

		assert!(!Nodes::<T>::contains_key(account));
	}

	/// Weight of `leave`.
	#[benchmark]
	fn leave() {
		let account = node::<T>(MAX_UNBONDING - 1);
		frame_system::Pallet::<T>::set_block_number(100u32.into());

		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));

		assert!(Nodes::<T>::get(account).unwrap().has_left());
	}

	/// Weight of a slash that rewards `r` accounts.
	#[benchmark]
	fn slash(r: Linear<0, MAX_REWARDED>) {
		let offender = node::<T>(MAX_UNBONDING);
		let share = Permill::from_parts(500_000 / MAX_REWARDED);
		let rewarded: alloc::vec::Vec<(AccountId, Permill)> = (0..r)
			.map(|n| account("rewarded", n, 0))
			.inspect(|account| {
				T::Currency::set_balance(account, T::Currency::minimum_balance());
			})
			.map(|account| (account, share))
			.collect();
		let slashed;

		#[block]
		{
			slashed = Pallet::<T>::slash(&offender, Permill::from_percent(50), &rewarded);
		}

		assert!(slashed.taken > 0);
	}

	/// Weight of noting conduct with a penalty, which removes a node that has left.
	#[benchmark]
	fn note_conduct() {
		let account = node::<T>(MAX_UNBONDING - 1);
		Pallet::<T>::leave(RawOrigin::Signed(account.clone()).into()).unwrap();
		let burned;

		#[block]
		{
			burned = Pallet::<T>::note_conduct(&account, Conduct::Undelivered, Balance::MAX);
		}

		assert!(burned > 0);
		assert!(!Nodes::<T>::contains_key(account));
	}

	/// Weight of suspending a node.
	#[benchmark]
	fn suspend() {
		let account = node::<T>(MAX_UNBONDING);

		#[block]
		{
			Pallet::<T>::suspend(&account);
		}

		assert_eq!(Nodes::<T>::get(account).unwrap().suspensions, 1);
	}

	/// Weight of ending the last suspension of a node that has left.
	#[benchmark]
	fn resume() {
		let account: AccountId = account("gone", 0, 0);
		Pallet::<T>::suspend(&account);

		#[block]
		{
			Pallet::<T>::resume(&account);
		}

		assert!(!Nodes::<T>::contains_key(account));
	}

	impl_benchmark_test_suite!(
		Pallet,
		crate::mock::new_test_ext(Default::default()),
		crate::mock::Test
	);
}
