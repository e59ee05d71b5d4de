//! Changes of storage that an upgrade runs.

use crate::Runtime;

/// Run in the first block after an upgrade.
pub type SingleBlock = ();

/// Run over several blocks after an upgrade, a part of each block's weight. Meanwhile the chain takes
/// no transactions but deadlines run, so an upgrade with such a migration must end within the
/// shortest phase.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type MultiBlock = ();
/// What the benchmarks of the migrations pallet expect.
#[cfg(feature = "runtime-benchmarks")]
pub type MultiBlock = pallet_migrations::mock_helpers::MockedMigrations;

/// The pallet that runs [`MultiBlock`].
pub type Migrator = pallet_migrations::Pallet<Runtime>;

/// Dry runs of upgrades and blocks. They panic because that is how they report.
#[cfg(feature = "try-runtime")]
pub(crate) mod dry_run {
	use crate::{Block, Executive};
	use frame_support::weights::Weight;
	use frame_try_runtime::{TryStateSelect, UpgradeCheckSelect};
	use sp_runtime::traits::Block as BlockT;

	/// Runs the migrations, with checks as selected.
	pub fn upgrade(checks: UpgradeCheckSelect) -> Weight {
		Executive::try_runtime_upgrade(checks).expect("the upgrade fails its checks")
	}

	/// Executes a block, with checks as selected.
	pub fn block(
		block: <Block as BlockT>::LazyBlock,
		state_root_check: bool,
		signature_check: bool,
		select: TryStateSelect,
	) -> Weight {
		Executive::try_execute_block(block, state_root_check, signature_check, select)
			.expect("the block fails its checks")
	}
}
