use super::*;
use crate::{receipt_key, MAX_RECEIPTS_PER_PAGE};
use codec::Encode;
use sheaf_training::{Receipt, Receipts};

/// Pays Alice `1 + n` in round `n` of so many rounds, as one block, and imports it.
fn imported(rounds: u32) -> sp_io::TestExternalities {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		System::set_block_number(33);
		fund(100_000);
		for n in 0..rounds {
			let paid = payments(vec![payment(ALICE, Service::Training, Balance::from(n) + 1)]);
			Payout::settle(&SPONSOR, BOUNTY, RoundIndex(n), &paid);
		}
		check_everything();
	});
	ext.persist_offchain_overlay();
	ext
}

fn rounds(receipts: &Receipts) -> Vec<u32> {
	receipts.page.iter().map(|receipt| receipt.round.0).collect()
}

#[test]
fn receipts_are_read_newest_first_from_a_place_on() {
	imported(5).execute_with(|| {
		let all = Payout::receipts(&ALICE, 0, 10);
		assert_eq!((all.total, rounds(&all)), (5, vec![4, 3, 2, 1, 0]));
		let page = Payout::receipts(&ALICE, 1, 2);
		assert_eq!((page.total, rounds(&page)), (5, vec![3, 2]));
		assert_eq!(rounds(&Payout::receipts(&ALICE, 4, 2)), [0]);
		assert!(Payout::receipts(&ALICE, 5, 2).page.is_empty());
		assert!(Payout::receipts(&ALICE, u32::MAX, u32::MAX).page.is_empty());
	});
}

#[test]
fn a_receipt_says_what_the_event_said() {
	imported(1).execute_with(|| {
		let receipt = Receipt {
			bounty: BOUNTY,
			round: RoundIndex(0),
			service: Service::Training,
			amount: 1,
			block: 33,
			delivered: true,
		};
		assert_eq!(Payout::receipts(&ALICE, 0, 1).page, [receipt]);
	});
}

#[test]
fn a_payment_that_was_not_delivered_has_a_receipt_that_says_so() {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		fund(100);
		settle(&payments(vec![payment(NOBODY, Service::Verification, 1)]));
	});
	ext.persist_offchain_overlay();
	ext.execute_with(|| {
		let receipts = Payout::receipts(&NOBODY, 0, 1);
		assert_eq!(receipts.total, 1);
		assert!(!receipts.page[0].delivered);
	});
}

#[test]
fn a_page_is_bounded() {
	imported(MAX_RECEIPTS_PER_PAGE + 5).execute_with(|| {
		let page = Payout::receipts(&ALICE, 0, u32::MAX).page;
		assert_eq!(u32::try_from(page.len()), Ok(MAX_RECEIPTS_PER_PAGE));
	});
}

#[test]
fn receipts_that_this_node_does_not_hold_are_left_out() {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		fund(100);
		settle(&payments(vec![payment(ALICE, Service::Training, 1)]));
	});
	// Without off-chain indexing the overlay is dropped.
	ext.execute_with(|| {
		let receipts = Payout::receipts(&ALICE, 0, 10);
		assert_eq!((receipts.total, receipts.page.len()), (1, 0));
	});
}

#[test]
fn an_account_without_payments_has_no_receipts() {
	imported(1).execute_with(|| {
		assert_eq!(Payout::receipts(&BOB, 0, 10), Receipts { total: 0, page: vec![] });
	});
}

#[test]
fn the_key_of_a_receipt_is_tag_account_and_number() {
	let mut key = b"sheaf/receipt/v1".to_vec();
	key.extend([3; 32]);
	key.extend(258u32.encode());
	assert_eq!(receipt_key(&ALICE, 258), key);
	assert_eq!(key.len(), 16 + 32 + 4);
}
