//! How a round's tranche of the reward is divided. Every split sums to the unit.

use crate::{AccountId, Balance, BlockNumber, BountyId, RewardShares, RoundIndex};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, Permill, Rounding};

/// What somebody was paid for.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Service {
	/// An update that was included.
	Training,
	/// Attesting the accepted result as a committee member.
	Verification,
	/// Attesting the accepted result as the drawn aggregator.
	Aggregation,
}

/// One payment of a settlement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Payment {
	/// Who is paid.
	pub account: AccountId,
	/// For what.
	pub service: Service,
	/// How much.
	pub amount: Balance,
}

/// The protocol's parts, relative to each other: what the fixed shares leave is divided so.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct ProtocolShares {
	/// For the treasury.
	pub treasury: Permill,
	/// Burned.
	pub burn: Permill,
}

/// Where every unit of a tranche goes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Settlement {
	/// Payments to accounts.
	pub payments: Vec<Payment>,
	/// To the treasury: its share, dust, and shares without a recipient.
	pub treasury: Balance,
	/// Burned.
	pub burn: Balance,
	/// Back to the sponsor.
	pub refund: Balance,
}

impl Settlement {
	/// Everything that leaves the bounty's reward.
	pub fn total(&self) -> Balance {
		self.payments
			.iter()
			.fold(self.treasury, |sum, payment| sum.saturating_add(payment.amount))
			.saturating_add(self.burn)
			.saturating_add(self.refund)
	}
}

/// A payment as it was delivered, kept in the off-chain index and returned by the runtime API.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Receipt {
	/// The bounty that paid.
	pub bounty: BountyId,
	/// The round it paid for.
	pub round: RoundIndex,
	/// The service.
	pub service: Service,
	/// The amount.
	pub amount: Balance,
	/// Block of the settlement.
	pub block: BlockNumber,
	/// False if the account could not receive it and the treasury did instead.
	pub delivered: bool,
}

/// A trainer whose update was included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contributor {
	/// Its account.
	pub account: AccountId,
	/// Its marginal contribution, 0 if it does not count; see [`crate::LeaveOneOut::marginal`].
	pub marginal: u32,
}

/// Who did what in a finished round.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contributions {
	/// Whose updates were included.
	pub trainers: Vec<Contributor>,
	/// Members who attested the accepted result.
	pub verifiers: Vec<AccountId>,
	/// Size of the committee, present or not.
	pub committee: u32,
	/// The drawn aggregator, if it attested the accepted result.
	pub aggregator: Option<AccountId>,
}

/// The tranche of `round` (from 1): `reward / rounds`, the last takes the remainder.
pub fn tranche(reward: Balance, rounds: u32, round: RoundIndex) -> Balance {
	let each = reward.checked_div(u128::from(rounds)).unwrap_or(0);
	if round.0 == rounds {
		reward.saturating_sub(each.saturating_mul(u128::from(rounds.saturating_sub(1))))
	} else {
		each
	}
}

/// A tranche divided by shares; the fields sum to it.
struct Parts {
	trainers: Balance,
	verifiers: Balance,
	aggregator: Balance,
	treasury: Balance,
	burn: Balance,
}

fn parts(tranche: Balance, shares: &RewardShares, protocol: &ProtocolShares) -> Parts {
	let mut left = tranche;
	let mut take = |share: Permill| {
		let amount = share.mul_floor(tranche).min(left);
		left = left.saturating_sub(amount);
		amount
	};
	let trainers = take(shares.trainers);
	let verifiers = take(shares.verifiers);
	let aggregator = take(shares.aggregator);
	let whole = u128::from(protocol.burn.deconstruct())
		.saturating_add(u128::from(protocol.treasury.deconstruct()));
	let burn_parts = u128::from(protocol.burn.deconstruct());
	let burn = multiply_by_rational_with_rounding(left, burn_parts, whole.max(1), Rounding::Down)
		.unwrap_or(0)
		.min(left);
	Parts { trainers, verifiers, aggregator, treasury: left.saturating_sub(burn), burn }
}

/// What one member and the aggregator get of a tranche when they did their work.
pub fn fees(
	tranche: Balance,
	shares: &RewardShares,
	protocol: &ProtocolShares,
	committee: u32,
) -> (Balance, Balance) {
	let parts = parts(tranche, shares, protocol);
	(parts.verifiers.checked_div(u128::from(committee)).unwrap_or(0), parts.aggregator)
}

fn heads(accounts: &[AccountId]) -> u128 {
	u128::try_from(accounts.len()).unwrap_or(u128::MAX)
}

/// Pays `each` recipient the same and returns what it gave.
fn pay_each(
	payments: &mut Vec<Payment>,
	recipients: Vec<AccountId>,
	service: Service,
	amount: Balance,
) -> Balance {
	let mut given: Balance = 0;
	for account in recipients {
		given = given.saturating_add(amount);
		payments.push(Payment { account, service, amount });
	}
	given
}

/// Pays the trainers' `part` and returns what it gave: `M = marginal_share * part` in proportion to
/// the marginal contributions, one trainer at most `floor(2 * M / trainers)`, and what that leaves
/// equally.
fn pay_trainers(
	payments: &mut Vec<Payment>,
	part: Balance,
	marginal_share: Permill,
	trainers: Vec<Contributor>,
) -> Balance {
	let heads = u128::try_from(trainers.len()).unwrap_or(u128::MAX);
	let by_marginals = marginal_share.mul_floor(part);
	let most = by_marginals.saturating_mul(2).checked_div(heads).unwrap_or(0);
	let whole =
		trainers.iter().fold(0u128, |sum, each| sum.saturating_add(u128::from(each.marginal)));
	let for_contribution = |marginal: u32| {
		multiply_by_rational_with_rounding(
			by_marginals,
			u128::from(marginal),
			whole.max(1),
			Rounding::Down,
		)
		.unwrap_or(0)
		.min(most)
	};
	let contributed = trainers
		.iter()
		.fold(0u128, |sum, each| sum.saturating_add(for_contribution(each.marginal)));
	let equal = part.saturating_sub(contributed).checked_div(heads).unwrap_or(0);
	let mut given: Balance = 0;
	for Contributor { account, marginal } in trainers {
		let amount = equal.saturating_add(for_contribution(marginal));
		given = given.saturating_add(amount);
		payments.push(Payment { account, service: Service::Training, amount });
	}
	given
}

/// Divides the tranche of a round whose result was accepted and outlasted its window.
///
/// `marginal_share` of the trainers' part is paid by marginal contribution, the rest equally; a
/// verifier gets `part / committee`; what has no recipient and all dust go to the treasury.
pub fn settle(
	tranche: Balance,
	shares: &RewardShares,
	protocol: &ProtocolShares,
	marginal_share: Permill,
	contributions: Contributions,
) -> Settlement {
	let parts = parts(tranche, shares, protocol);
	let mut payments = Vec::new();
	let each = |part: Balance, heads: u128| part.checked_div(heads).unwrap_or(0);
	let verifiers = heads(&contributions.verifiers).max(u128::from(contributions.committee));
	let mut given =
		pay_trainers(&mut payments, parts.trainers, marginal_share, contributions.trainers);
	given = given.saturating_add(pay_each(
		&mut payments,
		contributions.verifiers,
		Service::Verification,
		each(parts.verifiers, verifiers),
	));
	given = given.saturating_add(pay_each(
		&mut payments,
		contributions.aggregator.into_iter().collect(),
		Service::Aggregation,
		parts.aggregator,
	));
	let treasury = tranche.saturating_sub(given).saturating_sub(parts.burn);
	Settlement { payments, treasury, burn: parts.burn, refund: 0 }
}

/// Divides the tranche of a round that aborted: finished work is paid, never un-paid.
///
/// Each included trainer gets `floor(part / max(included, min_trainers))`, the rest of the trainers'
/// part is refunded, the verifiers' and aggregator's parts go to the treasury. Nothing included: the
/// whole tranche is refunded.
pub fn settle_aborted(
	tranche: Balance,
	shares: &RewardShares,
	protocol: &ProtocolShares,
	included: Vec<AccountId>,
	min_trainers: u16,
) -> Settlement {
	if included.is_empty() {
		return Settlement { refund: tranche, ..Default::default() };
	}
	let parts = parts(tranche, shares, protocol);
	let heads = heads(&included).max(u128::from(min_trainers));
	let amount = parts.trainers.checked_div(heads).unwrap_or(0);
	let mut payments = Vec::new();
	let given = pay_each(&mut payments, included, Service::Training, amount);
	let treasury = parts.treasury.saturating_add(parts.verifiers).saturating_add(parts.aggregator);
	let refund = parts.trainers.saturating_sub(given);
	Settlement { payments, treasury, burn: parts.burn, refund }
}
