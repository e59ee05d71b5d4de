//! Which pallets the benchmark command measures on this runtime.

use crate::{
	Babe, Balances, Grandpa, ModelUpdates, MultiBlockMigrations, NodeRegistry, Rewards, Runtime,
	RuntimeOrigin, Timestamp, TrainingBounties, SHEAF,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{
	fungible::Mutate, StorageInfo, StorageInfoTrait, WhitelistedStorageKeys,
};
use sheaf_training::{testing::BenchmarkHelper, AccountId, Member, Rewards as _, Roles, Training};
use sp_runtime::WeakBoundedVec;

frame_benchmarking::define_benchmarks!(
	[pallet_babe, Babe]
	[pallet_balances, Balances]
	[pallet_grandpa, Grandpa]
	[pallet_migrations, MultiBlockMigrations]
	[pallet_model_updates, ModelUpdates]
	[pallet_node_registry, NodeRegistry]
	[pallet_rewards, Rewards]
	[pallet_timestamp, Timestamp]
	[pallet_training_bounties, TrainingBounties]
);

/// The benchmarks that there are.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::<BenchmarkList>::new();
	list_benchmarks!(list, extra);
	(list, crate::AllPalletsWithSystem::storage_info())
}

/// Runs the benchmarks that `config` selects.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = crate::AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}

/// What benchmarks find around the pallet that they measure.
pub struct World;

impl BenchmarkHelper for World {
	fn fund(account: &AccountId) {
		Balances::set_balance(account, 1_000_000 * SHEAF);
	}

	fn register(account: &AccountId) {
		let roles = Roles { trainer: true, aggregator: true, verifier: true };
		let origin = RuntimeOrigin::signed(account.clone());
		let registered = NodeRegistry::register(
			origin,
			roles,
			Default::default(),
			Default::default(),
			1_000 * SHEAF,
		);
		frame_support::assert_ok!(registered);
	}

	fn seat_verifiers(members: Vec<Member>) {
		for member in &members {
			Self::fund(&member.account);
			Self::register(&member.account);
		}
		let verifiers = WeakBoundedVec::force_from(members, None);
		pallet_model_updates::CurrentVerifiers::<Runtime>::put(verifiers);
	}

	fn insert_training(training: Training) {
		let Training { id, spec, bounty, .. } = training;
		frame_support::assert_ok!(Rewards::fund(&bounty.sponsor, bounty.reward, SHEAF));
		pallet_training_bounties::Specs::<Runtime>::insert(id, spec);
		pallet_training_bounties::Bounties::<Runtime>::insert(id, bounty);
		pallet_training_bounties::LiveBounties::<Runtime>::insert(id.0.to_be_bytes(), ());
	}
}
