//! Rounds whose trainers are paid unequally, by what their updates contributed.

use super::*;
use crate::Earnings;
use frame_support::traits::fungible::Mutate;
use sheaf_training::{
	settle as divide, Contributions, Contributor, ProtocolShares, Receipt, RewardShares,
};
use sp_runtime::Permill;

const TRANCHE: Balance = 100_003;

fn trainer(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

/// Trainers 21, 22, ... with these marginal contributions, two of four verifiers and an aggregator.
fn contributions(marginals: &[u32]) -> Contributions {
	let trainers = marginals
		.iter()
		.zip(21..)
		.map(|(marginal, byte)| Contributor { account: trainer(byte), marginal: *marginal })
		.collect();
	Contributions {
		trainers,
		verifiers: vec![trainer(41), trainer(42)],
		committee: 4,
		aggregator: Some(trainer(51)),
	}
}

fn divided(marginal_percent: u32, contributions: Contributions) -> Settlement {
	let percent = Permill::from_percent;
	let shares =
		RewardShares { trainers: percent(75), verifiers: percent(10), aggregator: percent(5) };
	let protocol = ProtocolShares { treasury: percent(5), burn: percent(5) };
	divide(TRANCHE, &shares, &protocol, percent(marginal_percent), contributions)
}

#[test]
fn what_is_paid_by_contribution_is_paid_to_the_unit() {
	build_and_execute(|| {
		fund(TRANCHE);
		settle(&divided(50, contributions(&[30, 10, 0])));

		// The trainers' part is 75,002, half of it by contribution, at most two thirds of that each:
		// 30 of 40 would be 28,125, cut to 25,000; 10 of 40 is 9,375; the rest equally.
		let equal = (75_002 - 25_000 - 9_375) / 3;
		let expected = [equal + 25_000, equal + 9_375, equal];
		assert_eq!([21, 22, 23].map(|byte| free(&trainer(byte))), expected);
		assert_eq!([41, 42].map(|byte| free(&trainer(byte))), [2_500, 2_500]);
		assert_eq!(free(&trainer(51)), 5_000);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (0, ENDOWMENT - TRANCHE));
	});
}

#[test]
fn each_unequal_payment_counts_for_its_trainer_alone() {
	build_and_execute(|| {
		fund(TRANCHE);
		let settlement = divided(50, contributions(&[1, 2, 3]));
		settle(&settlement);
		for payment in &settlement.payments {
			let earnings = Payout::totals(payment.account.clone());
			assert_eq!((earnings.sum(), earnings.receipts), (payment.amount, 1));
		}
		let amounts: Vec<_> = settlement.payments.iter().map(|payment| payment.amount).collect();
		assert!(amounts[0] < amounts[1] && amounts[1] < amounts[2]);
		let earned: Vec<_> =
			settlement.payments.iter().map(|p| (p.account.clone(), p.amount)).collect();
		assert_eq!(Earned::get(), earned);
	});
}

#[test]
fn receipts_show_what_each_trainer_received() {
	let settlement = divided(50, contributions(&[9, 1]));
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		fund(TRANCHE);
		settle(&settlement);
		check_everything();
	});
	ext.persist_offchain_overlay();
	ext.execute_with(|| {
		for payment in &settlement.payments {
			let receipt = Receipt {
				bounty: BOUNTY,
				round: ROUND,
				service: payment.service,
				amount: payment.amount,
				block: 1,
				delivered: true,
			};
			assert_eq!(Payout::receipts(&payment.account, 0, 2).page, [receipt]);
		}
	});
}

#[test]
fn a_trainer_whose_part_is_below_the_existential_deposit_has_a_receipt_that_says_so() {
	build_and_execute(|| {
		fund(TRANCHE);
		let settlement = Settlement {
			payments: vec![
				payment(BOB, Service::Training, 991),
				payment(NOBODY, Service::Training, EXISTENTIAL_DEPOSIT - 1),
			],
			..Default::default()
		};
		settle(&settlement);
		assert_eq!((free(&BOB), free(&NOBODY)), (991, 0));
		assert_eq!(free(&TREASURY_ACCOUNT), EXISTENTIAL_DEPOSIT + EXISTENTIAL_DEPOSIT - 1);
		assert_eq!(Payout::totals(NOBODY), Earnings { receipts: 1, ..Default::default() });
	});
}

#[test]
fn every_division_by_contribution_leaves_the_hold_exactly() {
	build_and_execute(|| {
		let marginals: [&[u32]; 7] =
			[&[], &[0], &[7], &[0, 0, 0], &[u32::MAX, 1], &[5; 64], &[1, 2, 4, 8, 16, 32]];
		for marginals in marginals {
			for percent in [0, 1, 33, 50, 100] {
				fund(TRANCHE);
				let (issuance, sponsor) = (Balances::total_issuance(), free(&SPONSOR));
				let settlement = divided(percent, contributions(marginals));
				assert_eq!(settlement.total(), TRANCHE);
				settle(&settlement);
				assert_eq!((held(&SPONSOR), free(&SPONSOR)), (0, sponsor));
				assert_eq!(Balances::total_issuance(), issuance - settlement.burn);
				Balances::set_balance(&SPONSOR, ENDOWMENT);
				check_everything();
			}
		}
	});
}

#[test]
fn what_is_owed_is_what_is_held_for_all_bounties_of_a_sponsor() {
	build_and_execute(|| {
		assert_eq!(Payout::owed(&SPONSOR), 0);
		fund(TRANCHE);
		fund(7);
		assert_eq!(Payout::owed(&SPONSOR), TRANCHE + 7);
		settle(&divided(50, contributions(&[1, 2])));
		assert_eq!((Payout::owed(&SPONSOR), held(&SPONSOR)), (7, 7));
		assert_eq!(Payout::owed(&OTHER_SPONSOR), 0);
	});
}
