//! Lets runtime API calls read the off-chain index, where receipts are.

use sc_client_api::execution_extensions::ExtensionsFactory;
use sp_api::__private::Extensions;
use sp_core::offchain::{
	storage::OffchainDb, DbExternalities, OffchainDbExt, OffchainStorage, StorageKind,
};
use sp_runtime::traits::{Block as BlockT, NumberFor};

/// Name of the threads on which the SDK runs off-chain workers.
const OFFCHAIN_WORKER_THREAD: &str = "offchain-worker";

/// Supplies a read-only view of the off-chain database to every runtime call but the off-chain
/// worker's, which brings its own and must be able to write.
///
/// Block execution gets it too, so a runtime must not read off-chain storage there; ours does so
/// only in `TrainingApi::receipts`.
pub struct OffchainIndexReader<S>(S);

impl<S> OffchainIndexReader<S> {
	/// Reads from this storage.
	pub fn new(storage: S) -> Self {
		Self(storage)
	}
}

impl<Block, S> ExtensionsFactory<Block> for OffchainIndexReader<S>
where
	Block: BlockT,
	S: OffchainStorage + Clone + Sync + 'static,
{
	fn extensions_for(&self, _: Block::Hash, _: NumberFor<Block>) -> Extensions {
		let mut extensions = Extensions::new();
		// What is registered here replaces what the caller registered.
		if std::thread::current().name() != Some(OFFCHAIN_WORKER_THREAD) {
			extensions.register(OffchainDbExt::new(ReadOnly(OffchainDb::new(self.0.clone()))));
		}
		extensions
	}
}

struct ReadOnly<D>(D);

impl<D: DbExternalities> DbExternalities for ReadOnly<D> {
	fn local_storage_set(&mut self, _: StorageKind, _: &[u8], _: &[u8]) {}

	fn local_storage_clear(&mut self, _: StorageKind, _: &[u8]) {}

	fn local_storage_compare_and_set(
		&mut self,
		_: StorageKind,
		_: &[u8],
		_: Option<&[u8]>,
		_: &[u8],
	) -> bool {
		false
	}

	fn local_storage_get(&mut self, kind: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		self.0.local_storage_get(kind, key)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::offchain::{storage::InMemOffchainStorage, STORAGE_PREFIX};

	fn database() -> InMemOffchainStorage {
		let mut storage = InMemOffchainStorage::default();
		storage.set(STORAGE_PREFIX, b"receipt", b"value");
		storage
	}

	#[test]
	fn runtime_calls_can_read_but_not_write() {
		let mut view = ReadOnly(OffchainDb::new(database()));
		let kind = StorageKind::PERSISTENT;
		view.local_storage_set(kind, b"receipt", b"other");
		view.local_storage_clear(kind, b"receipt");
		assert!(!view.local_storage_compare_and_set(kind, b"lock", None, b"taken"));
		assert_eq!(view.local_storage_get(kind, b"lock"), None);
		assert_eq!(view.local_storage_get(kind, b"receipt"), Some(b"value".to_vec()));
	}
}
