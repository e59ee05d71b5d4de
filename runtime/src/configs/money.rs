//! Balances, fees and the treasury.
//!
//! Governance says which part of fees goes to the treasury, which is burned and which is the block's
//! author's; at first everything is the treasury's. Tips are the author's. So issuance changes only by
//! the burned parts of rewards and fees, and by slashes.

use crate::{
	governance::parameters::shares::FeeParts, AccountId, Authorship, Balance, Balances, Runtime,
	RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, System, MILLI_SHEAF,
};
use frame_support::{
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		tokens::imbalance::ResolveTo,
		ConstU128, ConstU32, ConstU8, Get, Imbalance, OnUnbalanced, VariantCountOf,
	},
	weights::ConstantMultiplier,
	PalletId,
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{
	traits::{AccountIdConversion, One, Saturating},
	FixedPointNumber, Permill, Perquintill,
};

/// The treasury's account derives from this.
pub const TREASURY: PalletId = PalletId(*b"sheaf/tr");

/// Price of a picosecond of computation: a transfer, about half a millisecond with its overhead,
/// costs about 2 thousandths of a SHEAF.
const UNITS_PER_PICOSECOND: Balance = 5_000_000;
/// Price of a byte in a block: a kilobyte costs a thousandth of a SHEAF.
const UNITS_PER_BYTE: Balance = MILLI_SHEAF / 1_000;

parameter_types! {
	/// The treasury's account. Endowed at genesis, so it can always receive.
	pub TreasuryAccount: AccountId = TREASURY.into_account_truncating();
	/// An account holds at least this or does not exist: a thousandth of a SHEAF.
	pub const ExistentialDeposit: Balance = MILLI_SHEAF;
	/// Fees rise while more of a block than this is in use, and fall below it.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	/// How fast fees change: at most by about half in two hours of full blocks.
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
	/// Fees never fall below their base.
	pub MinimumMultiplier: Multiplier = Multiplier::one();
	/// Fees never rise above a thousand times their base.
	pub MaximumMultiplier: Multiplier = Multiplier::saturating_from_integer(1_000);
}

/// Sends to the treasury.
type ToTreasury = ResolveTo<TreasuryAccount, Balances>;

/// Divides fees as governance says and gives tips to the block's author.
pub struct DivideFees;

impl DivideFees {
	/// Gives to the block's author, or to the treasury if there is none who can receive it.
	fn give_to_author(credit: Credit<AccountId, Balances>) {
		let undelivered = match Authorship::author() {
			Some(author) => Balances::resolve(&author, credit).err(),
			None => Some(credit),
		};
		undelivered.into_iter().for_each(ToTreasury::on_unbalanced);
	}
}

impl OnUnbalanced<Credit<AccountId, Balances>> for DivideFees {
	fn on_unbalanceds(mut fee_then_tip: impl Iterator<Item = Credit<AccountId, Balances>>) {
		if let Some(fee) = fee_then_tip.next() {
			let parts = FeeParts::get();
			let whole = fee.peek();
			let (burned, fee) = fee.split(parts.burn.mul_floor(whole));
			let for_author = (Permill::one().saturating_sub(parts.burn))
				.saturating_sub(parts.treasury)
				.mul_floor(whole);
			let (for_author, for_treasury) = fee.split(for_author);
			drop(burned);
			Self::give_to_author(for_author);
			ToTreasury::on_unbalanced(for_treasury);
		}
		fee_then_tip.next().into_iter().for_each(Self::give_to_author);
	}
}

impl pallet_balances::Config for Runtime {
	type AccountStore = System;
	type Balance = Balance;
	type DoneSlashHandler = ();
	type DustRemoval = ToTreasury;
	type ExistentialDeposit = ExistentialDeposit;
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<0>;
	type ReserveIdentifier = [u8; 8];
	type RuntimeEvent = RuntimeEvent;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type RuntimeHoldReason = RuntimeHoldReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
}

impl pallet_transaction_payment::Config for Runtime {
	type FeeMultiplierUpdate = TargetedFeeAdjustment<
		Self,
		TargetBlockFullness,
		AdjustmentVariable,
		MinimumMultiplier,
		MaximumMultiplier,
	>;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<UNITS_PER_BYTE>>;
	type OnChargeTransaction = FungibleAdapter<Balances, DivideFees>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
	type WeightToFee = ConstantMultiplier<Balance, ConstU128<UNITS_PER_PICOSECOND>>;
}
