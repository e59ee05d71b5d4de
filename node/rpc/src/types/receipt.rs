//! Receipts of payments.

use super::{Amount, BlockRef, Cursor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheaf_training as training;

/// What somebody was paid for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Service {
	/// An update that was included.
	Training,
	/// Attesting the accepted result as a committee member.
	Verification,
	/// Attesting the accepted result as the drawn aggregator.
	Aggregation,
}

/// A payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
	/// The bounty that paid.
	pub bounty: u32,
	/// The round it paid for.
	pub round: u32,
	/// The service.
	pub service: Service,
	/// The amount.
	pub amount: Amount,
	/// Block of the settlement.
	pub block: u32,
	/// False if the account could not receive it and the treasury did instead.
	pub delivered: bool,
}

impl From<training::Receipt> for Receipt {
	fn from(receipt: training::Receipt) -> Self {
		let training::Receipt { bounty, round, service, amount, block, delivered } = receipt;
		let service = match service {
			training::Service::Training => Service::Training,
			training::Service::Verification => Service::Verification,
			training::Service::Aggregation => Service::Aggregation,
		};
		let amount = Amount(amount);
		Self { bounty: bounty.0, round: round.0, service, amount, block, delivered }
	}
}

/// A page of an account's receipts, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptPage {
	/// The block that was asked.
	pub at: BlockRef,
	/// How many receipts the account has.
	pub total: u32,
	/// The receipts of this page.
	pub receipts: Vec<Receipt>,
	/// Receipts of this page that this node does not hold, because it did not execute their blocks.
	pub missing: u32,
	/// Where the next page goes on; none on the last one.
	pub next: Option<Cursor>,
}
