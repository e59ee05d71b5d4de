//! Acting for somebody else, together, or several times at once; and tokens that vest.

// Derived encodings cast a variant to its index.
#![allow(clippy::as_conversions)]

use crate::{
	Balance, Balances, OriginCaller, Runtime, RuntimeCall, RuntimeEvent, System, MILLI_SHEAF, SHEAF,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, InstanceFilter, WithdrawReasons},
};
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, ConvertInto};

/// Deposit for an entry in the state.
const ENTRY_DEPOSIT: Balance = SHEAF;
/// Deposit for an account or a hash in such an entry.
const MEMBER_DEPOSIT: Balance = 35 * MILLI_SHEAF;

/// What a proxy may do for the account that named it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum ProxyKind {
	/// Everything.
	#[default]
	Any,
	/// Everything that gives nothing away: neither transfers nor new bounties.
	NonTransfer,
	/// Referenda, votes, and what goes with them.
	Governance,
	/// What a node does: bonds, enrolment, commitments, challenges. A key for this may lie on the
	/// machine that trains.
	Training,
	/// What a sponsor does: opens, invites, starts, closes, cancels.
	Sponsor,
	/// Transfers, vested ones too.
	Transfers,
}

impl InstanceFilter<RuntimeCall> for ProxyKind {
	fn filter(&self, call: &RuntimeCall) -> bool {
		use pallet_training_bounties::Call as Bounties;
		let transfers = matches!(call, RuntimeCall::Balances(_) | RuntimeCall::Vesting(_));
		let carries = matches!(call, RuntimeCall::Utility(_));
		let sponsors = matches!(
			call,
			RuntimeCall::TrainingBounties(
				Bounties::open_bounty { .. }
					| Bounties::invite { .. }
					| Bounties::start { .. }
					| Bounties::close_bounty { .. }
					| Bounties::cancel_bounty { .. }
			)
		);
		match self {
			Self::Any => true,
			Self::NonTransfer => {
				!transfers
					&& !matches!(call, RuntimeCall::TrainingBounties(Bounties::open_bounty { .. }))
			}
			Self::Governance => {
				carries
					|| matches!(
						call,
						RuntimeCall::Preimage(_)
							| RuntimeCall::Referenda(_)
							| RuntimeCall::ConvictionVoting(_)
							| RuntimeCall::Whitelist(_)
							| RuntimeCall::Treasury(_)
					)
			}
			Self::Training => {
				carries
					|| matches!(call, RuntimeCall::NodeRegistry(_) | RuntimeCall::ModelUpdates(_))
					|| (matches!(call, RuntimeCall::TrainingBounties(_)) && !sponsors)
			}
			Self::Sponsor => carries || sponsors,
			Self::Transfers => carries || transfers,
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		match (self, other) {
			(left, right) if left == right => true,
			(Self::Any, _) => true,
			(Self::NonTransfer, Self::Governance | Self::Training) => true,
			_ => false,
		}
	}
}

parameter_types! {
	/// Tokens that vest pay fees and vote, but are neither transferred nor reserved.
	pub UnvestedFundsAllowedWithdrawReasons: WithdrawReasons =
		WithdrawReasons::except(WithdrawReasons::TRANSFER | WithdrawReasons::RESERVE);
}

impl pallet_vesting::Config for Runtime {
	type BlockNumberProvider = System;
	type BlockNumberToBalance = ConvertInto;
	type Currency = Balances;
	type MinVestedTransfer = ConstU128<SHEAF>;
	type RuntimeEvent = RuntimeEvent;
	type UnvestedFundsAllowedWithdrawReasons = UnvestedFundsAllowedWithdrawReasons;
	type WeightInfo = pallet_vesting::weights::SubstrateWeight<Runtime>;

	const MAX_VESTING_SCHEDULES: u32 = 28;
}

impl pallet_utility::Config for Runtime {
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_proxy::Config for Runtime {
	type AnnouncementDepositBase = ConstU128<ENTRY_DEPOSIT>;
	type AnnouncementDepositFactor = ConstU128<{ 2 * MEMBER_DEPOSIT }>;
	type BlockNumberProvider = System;
	type CallHasher = BlakeTwo256;
	type Currency = Balances;
	type MaxPending = ConstU32<32>;
	type MaxProxies = ConstU32<32>;
	type ProxyDepositBase = ConstU128<ENTRY_DEPOSIT>;
	type ProxyDepositFactor = ConstU128<MEMBER_DEPOSIT>;
	type ProxyType = ProxyKind;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
	type BlockNumberProvider = System;
	type Currency = Balances;
	type DepositBase = ConstU128<ENTRY_DEPOSIT>;
	type DepositFactor = ConstU128<MEMBER_DEPOSIT>;
	type MaxSignatories = ConstU32<100>;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}
