//! Running totals.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sheaf_training::{Balance, Service};

/// What an account earned so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Earnings {
	/// For updates that were included.
	pub training: Balance,
	/// For attesting accepted results as a verifier.
	pub verification: Balance,
	/// For attesting accepted results as the drawn aggregator.
	pub aggregation: Balance,
	/// Receipts written, for payments that could not be delivered too.
	pub receipts: u32,
}

impl Earnings {
	/// Adds a payment that the account received.
	pub(crate) fn add(&mut self, service: Service, amount: Balance) {
		let total = match service {
			Service::Training => &mut self.training,
			Service::Verification => &mut self.verification,
			Service::Aggregation => &mut self.aggregation,
		};
		*total = total.saturating_add(amount);
	}

	/// For all services.
	pub fn sum(&self) -> Balance {
		self.training.saturating_add(self.verification).saturating_add(self.aggregation)
	}
}

/// Where all rewards went since genesis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct RunningTotals {
	/// Rewards ever put on hold.
	pub held: Balance,
	/// Delivered to accounts for services.
	pub paid: Balance,
	/// To the treasury, opening fees not included.
	pub treasury: Balance,
	/// Burned.
	pub burned: Balance,
	/// Returned to sponsors.
	pub refunded: Balance,
	/// Opening fees, paid to the treasury beside the rewards.
	pub opening_fees: Balance,
}
