//! What each parameter may be. The same check is made when a parameter is proposed and when it is
//! set, because others may have changed between.

// Derived encodings cast a variant to its index.
#![allow(clippy::as_conversions)]

use crate::{
	configs::ExistentialDeposit,
	governance::parameters::{
		bonds, bounties, penalties, rounds, shares, FeeShares, RuntimeParameters, SlashShares,
	},
	Balance, ModelUpdates, Runtime, SHEAF,
};
use core::ops::RangeInclusive;
use frame_support::{ensure, traits::Get};
use sheaf_training::{PhaseLengths, RewardShares, Verifiers, MAX_COMMITTEE};
use sp_runtime::Permill;

/// Longest that any number of blocks may be: a year.
const YEAR: u32 = 365 * crate::DAYS;
/// Most elements that gateways and verifiers are built for: 64 MiB.
const LARGEST_MODEL: u64 = 16_777_216;
/// Most that a penalty may cost.
const LARGEST_PENALTY: Balance = 100 * SHEAF;
/// Largest of the smallest bonds.
const LARGEST_BOND: Balance = 1_000_000 * SHEAF;

pub use sheaf_governance::OutOfRange;

use OutOfRange::*;

fn within<Number: PartialOrd>(
	number: &Number,
	range: RangeInclusive<Number>,
) -> Result<(), OutOfRange> {
	ensure!(number >= range.start(), TooSmall);
	ensure!(number <= range.end(), TooLarge);
	Ok(())
}

/// Refuses parts that add up to more than `most`.
fn at_most(parts: &[Permill], most: Permill) -> Result<(), OutOfRange> {
	let sum = parts.iter().fold(0u32, |sum, part| sum.saturating_add(part.deconstruct()));
	ensure!(sum <= most.deconstruct(), SharesExceedWhole);
	Ok(())
}

/// Refuses a value that a parameter must not have now.
pub fn check(parameter: &RuntimeParameters) -> Result<(), OutOfRange> {
	match parameter {
		RuntimeParameters::Shares(parameter) => check_share(parameter),
		RuntimeParameters::Bounties(parameter) => check_bounties(parameter),
		RuntimeParameters::Rounds(parameter) => check_rounds(parameter),
		RuntimeParameters::Penalties(parameter) => check_penalty(parameter),
		RuntimeParameters::Bonds(parameter) => check_bond(parameter),
		// Root's, who need not be asked.
		RuntimeParameters::Access(_) => Ok(()),
	}
}

fn check_share(parameter: &shares::Parameters) -> Result<(), OutOfRange> {
	use shares::Parameters::*;
	match parameter {
		RewardParts(_, Some(RewardShares { trainers, verifiers, aggregator })) => {
			ensure!(!trainers.is_zero() && !verifiers.is_zero(), ShareIsZero);
			at_most(&[*trainers, *verifiers, *aggregator], Permill::one())
		}
		ProtocolParts(_, Some(parts)) => at_most(&[parts.treasury, parts.burn], Permill::one()),
		FeeParts(_, Some(FeeShares { treasury, burn })) => {
			at_most(&[*treasury, *burn], Permill::one())
		}
		_ => Err(NoValue),
	}
}

fn check_bounties(parameter: &bounties::Parameters) -> Result<(), OutOfRange> {
	use bounties::Parameters::*;
	match parameter {
		MaxElementCount(_, Some(elements)) => within(elements, 256..=LARGEST_MODEL),
		MaxInferenceWork(_, Some(work)) => within(work, 1_000_000..=1_000_000_000_000),
		PricePerGib(_, Some(price)) => within(price, SHEAF / 1_000..=1_000 * SHEAF),
		OpeningFee(_, Some(fee)) => within(fee, ExistentialDeposit::get()..=1_000 * SHEAF),
		MaxMarginalShare(_, Some(share)) => {
			within(share, Permill::zero()..=Permill::from_percent(90))
		}
		MinMarginalExamples(_, Some(examples)) => within(examples, 1..=1_000_000),
		UploadMibPerBlock(_, Some(mib)) => within(mib, 1..=1_024),
		ShortestPhases(_, Some(lengths)) => {
			let longest = bounties::LongestPhase::get();
			ensure!(all(lengths).iter().all(|length| (1..=longest).contains(length)), PhasesCross);
			Ok(())
		}
		LongestPhase(_, Some(longest)) => {
			let shortest = bounties::ShortestPhases::get();
			ensure!(all(&shortest).iter().all(|length| length <= longest), PhasesCross);
			within(longest, 1..=YEAR)
		}
		_ => Err(NoValue),
	}
}

fn all(lengths: &PhaseLengths) -> [u32; 9] {
	let PhaseLengths { prepare, enrolment, commit, upload, attest, publish, window, answer, proof } =
		*lengths;
	[prepare, enrolment, commit, upload, attest, publish, window, answer, proof]
}

fn check_rounds(parameter: &rounds::Parameters) -> Result<(), OutOfRange> {
	use rounds::Parameters::*;
	match parameter {
		MinCommittee(_, Some(members)) => {
			within(members, 1..=MAX_COMMITTEE)?;
			let (bond, share) = (bonds::MinVerifierBond::get(), bonds::EjectionShare::get());
			ensure!(verifiers_left(bond, share, *members), TooFewVerifiers);
			Ok(())
		}
		MaxDoublings(_, Some(doublings)) => within(doublings, 0..=16),
		ChallengeBond(_, Some(bond)) => within(bond, SHEAF..=10_000 * SHEAF),
		MaxChallenges(_, Some(challenges)) => within(challenges, 1..=16),
		_ => Err(NoValue),
	}
}

fn check_penalty(parameter: &penalties::Parameters) -> Result<(), OutOfRange> {
	use penalties::Parameters::*;
	match parameter {
		MissedCommit(_, Some(penalty))
		| Undelivered(_, Some(penalty))
		| AbsentAggregator(_, Some(penalty))
		| FalseAttestation(_, Some(penalty)) => within(penalty, 0..=LARGEST_PENALTY),
		WrongResultSlash(_, Some(part)) => within(part, Permill::from_percent(1)..=Permill::one()),
		// What offenders could give to each other must not be the whole.
		SlashParts(_, Some(SlashShares { challenger, dissenters })) => {
			at_most(&[*challenger, *dissenters], Permill::from_percent(75))
		}
		SlashDeferral(_, Some(deferral)) => {
			ensure!(*deferral < bonds::UnbondingPeriod::get(), DeferralOutlastsUnbonding);
			within(deferral, 1..=YEAR)
		}
		_ => Err(NoValue),
	}
}

fn check_bond(parameter: &bonds::Parameters) -> Result<(), OutOfRange> {
	use bonds::Parameters::*;
	match parameter {
		MinTrainerBond(_, Some(bond)) | MinAggregatorBond(_, Some(bond)) => {
			within(bond, ExistentialDeposit::get()..=LARGEST_BOND)
		}
		MinVerifierBond(_, Some(bond)) => {
			within(bond, LARGEST_PENALTY..=LARGEST_BOND)?;
			let share = bonds::EjectionShare::get();
			ensure!(verifiers_left(*bond, share, rounds::MinCommittee::get()), TooFewVerifiers);
			Ok(())
		}
		EjectionShare(_, Some(share)) => {
			within(share, Permill::from_percent(1)..=Permill::one())?;
			let (bond, members) = (bonds::MinVerifierBond::get(), rounds::MinCommittee::get());
			ensure!(verifiers_left(bond, *share, members), TooFewVerifiers);
			Ok(())
		}
		UnbondingPeriod(_, Some(period)) => {
			ensure!(*period > penalties::SlashDeferral::get(), DeferralOutlastsUnbonding);
			within(period, 1..=YEAR)
		}
		_ => Err(NoValue),
	}
}

/// Whether `members` of today's validators are verifiers that no slash hangs over and whose bond
/// reaches the ejection share of `min_bond`.
fn verifiers_left(min_bond: Balance, ejection_share: Permill, members: u32) -> bool {
	let least = ejection_share.mul_ceil(min_bond);
	let left = ModelUpdates::current().into_iter().filter(|member| {
		pallet_node_registry::Nodes::<Runtime>::get(&member.account)
			.is_some_and(|node| node.roles.verifier && node.bond >= least && !node.is_suspended())
	});
	let members = usize::try_from(members).unwrap_or(usize::MAX);
	left.take(members).count() == members
}
