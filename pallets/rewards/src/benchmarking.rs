//! Benchmarks of what other pallets call. What stands above a benchmark is the documentation of its
//! weight.

use super::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use sheaf_training::{
	AccountId, Balance, BountyId, Payment, Rewards, RoundIndex, Service, Settlement, MAX_TRAINERS,
};

/// Most payments of a settlement: all trainers, a committee of 16 and the aggregator.
const MAX_PAYMENTS: u32 = MAX_TRAINERS + 17;

fn unit<T: Config>() -> Balance {
	T::Currency::minimum_balance().max(1)
}

/// A sponsor that can fund `reward`, beside a treasury that can receive.
fn sponsor<T: Config>(reward: Balance) -> AccountId {
	let sponsor: AccountId = account("sponsor", 0, 0);
	T::Currency::set_balance(&sponsor, reward.saturating_mul(2).saturating_add(unit::<T>()));
	T::Currency::set_balance(&T::Treasury::get(), unit::<T>());
	sponsor
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Weight of funding a bounty.
	#[benchmark]
	fn fund() -> Result<(), BenchmarkError> {
		let reward = unit::<T>().saturating_mul(100);
		let sponsor = sponsor::<T>(reward);

		#[block]
		{
			<Pallet<T> as Rewards>::fund(&sponsor, reward, unit::<T>())?;
		}

		assert_eq!(Obligations::<T>::get(&sponsor), reward);
		Ok(())
	}

	/// Weight of a settlement with `p` payments.
	#[benchmark]
	fn settle(p: Linear<0, MAX_PAYMENTS>) -> Result<(), BenchmarkError> {
		let amount = unit::<T>();
		let payments = (0..p)
			.map(|n| Payment { account: account("node", n, 0), service: Service::Training, amount })
			.collect();
		let settlement = Settlement { payments, treasury: amount, burn: amount, refund: amount };
		let sponsor = sponsor::<T>(settlement.total());
		Pallet::<T>::fund(&sponsor, settlement.total(), 0)?;

		#[block]
		{
			Pallet::<T>::settle(&sponsor, BountyId(0), RoundIndex::FIRST, &settlement);
		}

		assert_eq!(Obligations::<T>::get(&sponsor), 0);
		Ok(())
	}

	/// Weight of a refund.
	#[benchmark]
	fn refund() -> Result<(), BenchmarkError> {
		let reward = unit::<T>().saturating_mul(100);
		let sponsor = sponsor::<T>(reward);
		Pallet::<T>::fund(&sponsor, reward, 0)?;

		#[block]
		{
			<Pallet<T> as Rewards>::refund(&sponsor, BountyId(0), reward);
		}

		assert_eq!(Obligations::<T>::get(&sponsor), 0);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
