use super::*;
use sheaf_training::tranche;

/// A small generator, so that every run tests the same splits.
struct Random(u64);

impl Random {
	fn next(&mut self) -> u64 {
		self.0 =
			self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		self.0 >> 33
	}

	/// Up to `most`, often zero or less than the existential deposit.
	fn amount(&mut self, most: Balance) -> Balance {
		let most = match self.next() % 4 {
			0 => 0,
			1 => most.min(EXISTENTIAL_DEPOSIT),
			_ => most,
		};
		Balance::from(self.next()) % (most + 1)
	}

	/// A settlement of exactly `total`, partly to accounts that cannot receive it.
	fn settlement(&mut self, total: Balance) -> Settlement {
		let mut left = total;
		let mut take = |random: &mut Self| {
			let amount = random.amount(left);
			left -= amount;
			amount
		};
		let services = [Service::Training, Service::Verification, Service::Aggregation];
		let payments = (0..self.next() % 9)
			.map(|place| Payment {
				account: AccountId::new([self.next() as u8 % 12; 32]),
				service: services[place as usize % 3],
				amount: take(self),
			})
			.collect();
		let (burn, refund) = (take(self), take(self));
		Settlement { payments, burn, refund, treasury: left }
	}
}

#[test]
fn random_settlements_move_exactly_their_total_and_burn_exactly_what_is_burned() {
	build_and_execute(|| {
		let mut random = Random(7);
		for bounty in 0..60 {
			let (bounty, reward) = (BountyId(bounty), random.amount(9_999));
			let issuance = Balances::total_issuance();
			let before = Ledger::<Test>::get();
			let rounds = 1 + random.next() as u32 % 5;
			fund(reward);
			for round in 1..=rounds {
				let round = RoundIndex(round);
				let settlement = random.settlement(tranche(reward, rounds, round));
				let owed = held(&SPONSOR);
				Payout::settle(&SPONSOR, bounty, round, &settlement);
				assert_eq!(owed - held(&SPONSOR), settlement.total());
				check_everything();
			}
			let after = Ledger::<Test>::get();
			assert_eq!(held(&SPONSOR), 0);
			assert_eq!(issuance - Balances::total_issuance(), after.burned - before.burned);
		}
		assert!(Ledger::<Test>::get().paid > 0);
	});
}

#[test]
fn an_aborted_bounty_leaves_nothing_behind() {
	build_and_execute(|| {
		let reward = 1_003;
		fund(reward);
		let first = tranche(reward, 4, RoundIndex(1));
		settle(&Settlement {
			payments: vec![payment(ALICE, Service::Training, first - 7)],
			treasury: 3,
			burn: 2,
			refund: 2,
		});
		Payout::refund(&SPONSOR, BOUNTY, reward - first);
		assert_eq!((held(&SPONSOR), free(&SPONSOR)), (0, ENDOWMENT - first + 2));
	});
}
