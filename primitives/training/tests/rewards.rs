//! Every split of a reward sums to the unit, at every size.

use proptest::prelude::*;
use sheaf_training::{
	settle, settle_aborted, testing::account, tranche, AccountId, Contributions, Contributor,
	ProtocolShares, RewardShares, RoundIndex, Service, Settlement, MAX_ROUNDS,
};
use sp_runtime::Permill;

/// Nothing is paid by contribution.
const NONE: Permill = Permill::zero();

fn contributors(marginals: &[u32]) -> Vec<Contributor> {
	let accounts = (1u8..).map(account).zip(marginals);
	accounts.map(|(account, marginal)| Contributor { account, marginal: *marginal }).collect()
}

fn accounts(first: u8, count: u8) -> Vec<AccountId> {
	(first..first + count).map(account).collect()
}

fn shares(trainers: u32, verifiers: u32, aggregator: u32) -> RewardShares {
	RewardShares {
		trainers: Permill::from_parts(trainers),
		verifiers: Permill::from_parts(verifiers),
		aggregator: Permill::from_parts(aggregator),
	}
}

fn protocol(treasury: u32, burn: u32) -> ProtocolShares {
	ProtocolShares { treasury: Permill::from_parts(treasury), burn: Permill::from_parts(burn) }
}

/// Amounts of every size, the extremes among them.
fn amount() -> impl Strategy<Value = u128> {
	prop_oneof![
		Just(0),
		Just(1),
		Just(u128::MAX),
		0..1_000u128,
		any::<u64>().prop_map(u128::from),
		any::<u128>(),
	]
}

prop_compose! {
	/// Any shares, even ones that sum to more than the whole.
	fn any_shares()(parts in prop::array::uniform3(0..=1_000_000u32)) -> RewardShares {
		shares(parts[0], parts[1], parts[2])
	}
}

prop_compose! {
	fn any_protocol()(parts in prop::array::uniform2(0..=1_000_000u32)) -> ProtocolShares {
		protocol(parts[0], parts[1])
	}
}

prop_compose! {
	fn contributions()(
		trainers in 0u8..=64,
		committee in 0u8..=16,
		absent in 0u8..=16,
		aggregator: bool,
	) -> Contributions {
		Contributions {
			trainers: contributors(&vec![0; trainers.into()]),
			verifiers: accounts(100, committee.saturating_sub(absent)),
			committee: u32::from(committee),
			aggregator: aggregator.then(|| account(200)),
		}
	}
}

/// The sum of a settlement's fields, which must not even overflow.
fn exact_total(settlement: &Settlement) -> Option<u128> {
	let fixed = [settlement.treasury, settlement.burn, settlement.refund];
	let paid = settlement.payments.iter().map(|payment| payment.amount);
	paid.chain(fixed).try_fold(0u128, u128::checked_add)
}

fn paid_for(settlement: &Settlement, service: Service) -> u128 {
	let of_service = settlement.payments.iter().filter(|payment| payment.service == service);
	of_service.map(|payment| payment.amount).sum()
}

proptest! {
	#[test]
	fn a_settlement_sums_to_its_tranche(
		tranche in amount(),
		shares in any_shares(),
		protocol in any_protocol(),
		contributions in contributions(),
	) {
		let settlement = settle(tranche, &shares, &protocol, NONE, contributions);
		prop_assert_eq!(exact_total(&settlement), Some(tranche));
		prop_assert_eq!(settlement.total(), tranche);
		prop_assert_eq!(settlement.refund, 0);
	}

	#[test]
	fn no_service_gets_more_than_its_share(
		tranche in amount(),
		shares in any_shares(),
		protocol in any_protocol(),
		contributions in contributions(),
	) {
		let heads = contributions.trainers.len() as u128;
		let committee = u128::from(contributions.committee);
		let settlement = settle(tranche, &shares, &protocol, NONE, contributions);
		let (trainers, verifiers) =
			(shares.trainers.mul_floor(tranche), shares.verifiers.mul_floor(tranche));
		prop_assert!(paid_for(&settlement, Service::Training) <= trainers);
		prop_assert!(paid_for(&settlement, Service::Verification) <= verifiers);
		let aggregation = paid_for(&settlement, Service::Aggregation);
		prop_assert!(aggregation <= shares.aggregator.mul_floor(tranche));
		for payment in &settlement.payments {
			let fair = match payment.service {
				Service::Training => trainers / heads,
				Service::Verification => verifiers / committee,
				Service::Aggregation => shares.aggregator.mul_floor(tranche),
			};
			prop_assert!(payment.amount <= fair);
		}
	}

	#[test]
	fn an_aborted_rounds_settlement_sums_to_its_tranche(
		tranche in amount(),
		shares in any_shares(),
		protocol in any_protocol(),
		included in 0u8..=64,
		min_trainers in 0u16..=64,
	) {
		let accounts = accounts(1, included);
		let settlement = settle_aborted(tranche, &shares, &protocol, accounts, min_trainers);
		prop_assert_eq!(exact_total(&settlement), Some(tranche));
		let heads = u128::from(min_trainers).max(u128::from(included)).max(1);
		let fair = shares.trainers.mul_floor(tranche) / heads;
		prop_assert!(settlement.payments.iter().all(|payment| payment.amount == fair));
		prop_assert_eq!(settlement.payments.len(), usize::from(included));
	}

	#[test]
	fn tranches_sum_to_the_reward(reward in amount(), rounds in 1..=MAX_ROUNDS) {
		let each: Vec<u128> =
			(1..=rounds).map(|round| tranche(reward, rounds, RoundIndex(round))).collect();
		let sum = each.iter().try_fold(0u128, |sum, tranche| sum.checked_add(*tranche));
		prop_assert_eq!(sum, Some(reward));
		let last = *each.last().unwrap();
		prop_assert!(each.iter().all(|tranche| *tranche <= last), "the last takes the remainder");
		prop_assert!(last - each[0] < u128::from(rounds));
	}

	#[test]
	fn marginal_pay_sums_to_the_trainers_part_at_most_and_leaves_each_an_equal_share(
		tranche in amount(),
		shares in any_shares(),
		marginal_share in (0..=1_000_000u32).prop_map(Permill::from_parts),
		marginals in prop::collection::vec(prop_oneof![Just(0), 0..100u32, any::<u32>()], 1..=64),
	) {
		let trainers = contributors(&marginals);
		let contributions = Contributions { trainers, ..Default::default() };
		let settlement = settle(tranche, &shares, &protocol(1, 1), marginal_share, contributions);
		prop_assert_eq!(exact_total(&settlement), Some(tranche));
		let part = shares.trainers.mul_floor(tranche);
		let by_marginals = marginal_share.mul_floor(part);
		let heads = marginals.len() as u128;
		prop_assert!(paid_for(&settlement, Service::Training) <= part);
		prop_assert!(part - paid_for(&settlement, Service::Training) < heads, "only dust is left");
		let paid: Vec<u128> = settlement.payments.iter().map(|p| p.amount).collect();
		let equal = *paid.iter().min().unwrap();
		prop_assert!(equal >= (part - by_marginals) / heads);
		let most = by_marginals.saturating_mul(2) / heads;
		for (amount, marginal) in paid.iter().zip(&marginals) {
			prop_assert!(amount - equal <= most, "the cap");
			for (other_amount, other) in paid.iter().zip(&marginals) {
				prop_assert!(marginal < other || amount >= other_amount, "more for more");
			}
		}
	}

	#[test]
	fn nonsense_creates_no_money_either(
		reward in amount(), rounds: u32, round: u32, committee in 0u32..20, min_trainers: u16,
	) {
		let tranche = tranche(reward, rounds, RoundIndex(round));
		let contributions = Contributions {
			trainers: contributors(&[0; 3]),
			verifiers: accounts(100, 16),
			committee,
			aggregator: None,
		};
		let (shares, protocol) = (shares(750_000, 100_000, 50_000), protocol(0, 0));
		let settlement = settle(tranche, &shares, &protocol, NONE, contributions);
		prop_assert_eq!(exact_total(&settlement), Some(tranche), "more verifiers than members");
		settle_aborted(tranche, &shares, &protocol, accounts(1, 3), min_trainers);
	}
}

#[test]
fn an_aborted_round_without_updates_is_refunded_whole() {
	for tranche in [0, 1, 1_000_000, u128::MAX] {
		let shares = shares(750_000, 100_000, 50_000);
		let settlement = settle_aborted(tranche, &shares, &protocol(50_000, 50_000), vec![], 2);
		assert_eq!(settlement, Settlement { refund: tranche, ..Default::default() });
	}
}

#[test]
fn an_aborted_round_with_fewer_updates_than_needed_pays_each_as_if_there_were_enough() {
	let shares = shares(750_000, 100_000, 50_000);
	let protocol = protocol(50_000, 50_000);
	let settlement = settle_aborted(1_000, &shares, &protocol, accounts(1, 2), 4);
	let paid: Vec<u128> = settlement.payments.iter().map(|payment| payment.amount).collect();
	assert_eq!(paid, [187, 187], "750 / 4");
	assert_eq!(settlement.refund, 750 - 2 * 187);
	assert_eq!(settlement.burn, 50);
	assert_eq!(settlement.treasury, 50 + 100 + 50, "the verifiers' and the aggregator's parts");
}

#[test]
fn the_default_split_is_what_the_protocol_says() {
	let shares = shares(750_000, 100_000, 50_000);
	let contributions = Contributions {
		trainers: contributors(&[0; 3]),
		verifiers: accounts(100, 4),
		committee: 4,
		aggregator: Some(account(200)),
	};
	let settlement = settle(1_200, &shares, &protocol(50_000, 50_000), NONE, contributions);
	assert_eq!(paid_for(&settlement, Service::Training), 900);
	assert_eq!(paid_for(&settlement, Service::Verification), 120);
	assert_eq!(paid_for(&settlement, Service::Aggregation), 60);
	assert_eq!((settlement.treasury, settlement.burn), (60, 60));
}

#[test]
fn what_has_no_recipient_goes_to_the_treasury() {
	let shares = shares(750_000, 100_000, 50_000);
	let nobody = Contributions { committee: 4, ..Default::default() };
	let settlement = settle(1_000, &shares, &protocol(50_000, 50_000), NONE, nobody);
	assert_eq!((settlement.treasury, settlement.burn), (950, 50));
}

#[test]
fn governance_divides_what_the_fixed_shares_leave() {
	let shares = shares(750_000, 100_000, 50_000);
	let nobody = Contributions::default;
	let burned = |protocol| settle(1_000, &shares, &protocol, NONE, nobody()).burn;
	assert_eq!(burned(protocol(0, 50_000)), 100);
	assert_eq!(burned(protocol(50_000, 0)), 0);
	assert_eq!(burned(protocol(0, 0)), 0, "the treasury takes what nobody is assigned");
	assert_eq!(burned(protocol(900_000, 300_000)), 25);
}

/// What trainers with these marginals get of 1,000 units, half of it by contribution.
fn paid_by_half(marginals: &[u32]) -> Vec<u128> {
	let shares = shares(1_000_000, 0, 0);
	let contributions = Contributions { trainers: contributors(marginals), ..Default::default() };
	let half = Permill::from_percent(50);
	let settlement = settle(1_000, &shares, &protocol(50_000, 50_000), half, contributions);
	settlement.payments.iter().map(|payment| payment.amount).collect()
}

#[test]
fn half_a_part_is_paid_in_proportion_to_what_trainers_contributed() {
	assert_eq!(paid_by_half(&[3, 2, 3, 2]), [125 + 150, 125 + 100, 125 + 150, 125 + 100]);
}

#[test]
fn no_trainer_gets_more_than_twice_the_mean_for_its_contribution_and_the_rest_is_equal() {
	let cap = 2 * 500 / 4;
	assert_eq!(paid_by_half(&[9, 0, 0, 0]), [187 + cap, 187, 187, 187], "750 / 4 is equal");
	assert_eq!(paid_by_half(&[9, 1, 0, 0]), [175 + cap, 175 + 50, 175, 175]);
}

#[test]
fn without_contributions_everything_is_paid_equally() {
	assert_eq!(paid_by_half(&[0; 4]), [250; 4]);
}

#[test]
fn equal_contributions_are_paid_equally() {
	assert_eq!(paid_by_half(&[u32::MAX; 4]), [250; 4]);
	assert_eq!(paid_by_half(&[1]), [1_000]);
}

#[test]
fn a_contribution_within_the_noise_does_not_count() {
	let marginal = |without, changed, with| {
		sheaf_training::LeaveOneOut { correct: without, changed }.marginal(with)
	};
	assert_eq!(marginal(50, 24, 60), 10, "100 > 4 * 24");
	assert_eq!(marginal(50, 25, 60), 0, "100 = 4 * 25");
	assert_eq!(marginal(50, 0, 51), 1, "no noise at all");
	assert_eq!(marginal(50, 0, 50), 0);
	assert_eq!(marginal(60, 0, 50), 0, "it did harm");
	assert_eq!(marginal(0, u32::MAX, u32::MAX), u32::MAX);
}

#[test]
fn a_fee_is_what_a_settlement_pays() {
	let shares = shares(750_000, 100_000, 50_000);
	let protocol = protocol(50_000, 50_000);
	assert_eq!(sheaf_training::fees(1_203, &shares, &protocol, 4), (30, 60));
	assert_eq!(sheaf_training::fees(1_203, &shares, &protocol, 0), (0, 60));
}
