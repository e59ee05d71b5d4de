//! Receipts: written to the off-chain index by settlements, read back by the runtime API.

use crate::{Config, Event, Pallet, Totals};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use sheaf_training::{AccountId, BountyId, Payment, Receipt, Receipts, RoundIndex};
use sp_core::offchain::StorageKind;
use sp_runtime::SaturatedConversion;

/// First bytes of every receipt's key.
pub const RECEIPT_TAG: &[u8; 16] = b"sheaf/receipt/v1";
/// Most receipts that [`Pallet::receipts`] returns at once.
pub const MAX_RECEIPTS_PER_PAGE: u32 = 100;

/// Key of an account's receipt number `n`, from 0, in the off-chain index.
pub fn receipt_key(account: &AccountId, n: u32) -> Vec<u8> {
	(RECEIPT_TAG, account, n).encode()
}

impl<T: Config> Pallet<T> {
	/// Writes the receipt of a payment and adds it to the account's earnings.
	pub(crate) fn record(bounty: BountyId, round: RoundIndex, payment: &Payment, delivered: bool) {
		let Payment { account, service, amount } = payment.clone();
		let n = Totals::<T>::mutate(&account, |earnings| {
			if delivered {
				earnings.add(service, amount);
			}
			let n = earnings.receipts;
			earnings.receipts = n.saturating_add(1);
			n
		});
		let block = frame_system::Pallet::<T>::block_number().saturated_into();
		let receipt = Receipt { bounty, round, service, amount, block, delivered };
		sp_io::offchain_index::set(&receipt_key(&account, n), &receipt.encode());
		Self::deposit_event(Event::Paid { bounty, round, account, service, amount, delivered });
	}

	/// Up to `limit` receipts of an account, at most [`MAX_RECEIPTS_PER_PAGE`], newest first, after
	/// leaving out the `start` newest ones. Receipts that this node does not hold are skipped.
	///
	/// For the runtime API only: it reads the node's off-chain database, which blocks must not depend
	/// on. The host ends the call with an error where no such database is registered.
	pub fn receipts(account: &AccountId, start: u32, limit: u32) -> Receipts {
		let total = Totals::<T>::get(account).receipts;
		let newest_first = (0..total.saturating_sub(start)).rev();
		let page = newest_first
			.take(limit.min(MAX_RECEIPTS_PER_PAGE).saturated_into())
			.filter_map(|n| read(account, n))
			.collect();
		Receipts { total, page }
	}
}

fn read(account: &AccountId, n: u32) -> Option<Receipt> {
	let key = receipt_key(account, n);
	let bytes = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, &key)?;
	Receipt::decode(&mut bytes.as_slice()).ok()
}
