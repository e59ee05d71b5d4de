//! Moving money out of a sponsor's hold. Nothing here can fail: a settlement or refund runs where a
//! finished round must end, so what cannot be delivered has another place to go.

use crate::{Config, Event, HoldReason, Ledger, Obligations, Pallet};
use frame_support::{
	defensive,
	storage::with_storage_layer,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Get,
	},
};
use sheaf_training::{
	AccountId, Balance, BountyId, NodeRegistry, Payment, Rewards, RoundIndex, Settlement,
};
use sp_runtime::DispatchResult;

/// What left a sponsor's hold, and where it went.
#[derive(Default)]
struct Moved {
	paid: Balance,
	treasury: Balance,
	burned: Balance,
	refunded: Balance,
}

impl Moved {
	fn total(&self) -> Balance {
		self.paid
			.saturating_add(self.treasury)
			.saturating_add(self.burned)
			.saturating_add(self.refunded)
	}
}

impl<T: Config> Rewards for Pallet<T> {
	fn fund(sponsor: &AccountId, reward: Balance, opening_fee: Balance) -> DispatchResult {
		Self::hold_reward(sponsor, reward, opening_fee)
	}

	fn settle(sponsor: &AccountId, bounty: BountyId, round: RoundIndex, settlement: &Settlement) {
		let mut moved = Moved::default();
		let mut undelivered: Balance = 0;
		for payment in settlement.payments.iter().filter(|payment| payment.amount > 0) {
			let delivered = Self::pay(sponsor, payment);
			let sum = if delivered { &mut moved.paid } else { &mut undelivered };
			*sum = sum.saturating_add(payment.amount);
			Self::record(bounty, round, payment, delivered);
		}
		let undelivered =
			undelivered.saturating_add(Self::release(sponsor, settlement.refund, &mut moved));
		let treasury = settlement.treasury.saturating_add(undelivered);
		Self::give_to_treasury(sponsor, treasury, &mut moved);
		Self::burn(sponsor, settlement.burn, &mut moved);
		Self::close_books(sponsor, settlement.total(), &moved);
		let Moved { treasury, burned, refunded, .. } = moved;
		Self::deposit_event(Event::Divided { bounty, round, treasury, burned, refunded });
	}

	fn owed(sponsor: &AccountId) -> Balance {
		Obligations::<T>::get(sponsor)
	}

	fn refund(sponsor: &AccountId, bounty: BountyId, amount: Balance) {
		if amount == 0 {
			return;
		}
		let mut moved = Moved::default();
		let undelivered = Self::release(sponsor, amount, &mut moved);
		Self::give_to_treasury(sponsor, undelivered, &mut moved);
		Self::close_books(sponsor, amount, &moved);
		let sponsor = sponsor.clone();
		Self::deposit_event(if undelivered == 0 {
			Event::Refunded { bounty, sponsor, amount }
		} else {
			Event::RefundUndeliverable { bounty, sponsor, amount }
		});
	}
}

impl<T: Config> Pallet<T> {
	/// Pays a service and returns whether its account received it.
	fn pay(sponsor: &AccountId, payment: &Payment) -> bool {
		let delivered = Self::transfer(sponsor, &payment.account, payment.amount);
		if delivered {
			T::Nodes::note_earned(&payment.account, payment.amount);
		}
		delivered
	}

	/// Releases `amount` to the sponsor, all or nothing, and returns what it could not receive.
	fn release(sponsor: &AccountId, amount: Balance, moved: &mut Moved) -> Balance {
		if amount == 0 {
			return 0;
		}
		let reason = HoldReason::BountyReward.into();
		let released =
			with_storage_layer(|| T::Currency::release(&reason, sponsor, amount, Precision::Exact));
		if released.is_err() {
			return amount;
		}
		moved.refunded = moved.refunded.saturating_add(amount);
		0
	}

	/// Moves `amount` to the treasury; burns it if the treasury cannot receive it.
	fn give_to_treasury(sponsor: &AccountId, amount: Balance, moved: &mut Moved) {
		if amount == 0 {
			return;
		}
		if Self::transfer(sponsor, &T::Treasury::get(), amount) {
			moved.treasury = moved.treasury.saturating_add(amount);
		} else {
			Self::burn(sponsor, amount, moved);
		}
	}

	/// Burns `amount`, or what there is.
	fn burn(sponsor: &AccountId, amount: Balance, moved: &mut Moved) {
		if amount == 0 {
			return;
		}
		let reason = HoldReason::BountyReward.into();
		let burned = with_storage_layer(|| {
			let (precision, force) = (Precision::BestEffort, Fortitude::Force);
			T::Currency::burn_held(&reason, sponsor, amount, precision, force)
		});
		moved.burned = moved.burned.saturating_add(burned.unwrap_or_default());
	}

	/// Moves exactly `amount` from the sponsor's hold, whatever freezes say, and returns whether the
	/// other account received it. Otherwise nothing moved.
	fn transfer(sponsor: &AccountId, to: &AccountId, amount: Balance) -> bool {
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(
				&HoldReason::BountyReward.into(),
				sponsor,
				to,
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)
		})
		.is_ok()
	}

	/// Lowers what the sponsor owes by what left its hold, and adds that to the totals.
	fn close_books(sponsor: &AccountId, owed: Balance, moved: &Moved) {
		if moved.total() != owed {
			defensive!("a bounty owed more than is on hold for its sponsor");
		}
		Obligations::<T>::mutate_exists(sponsor, |obligation| {
			let left = obligation.unwrap_or_default().saturating_sub(moved.total());
			*obligation = Some(left).filter(|left| *left > 0);
		});
		Ledger::<T>::mutate(|ledger| {
			ledger.paid = ledger.paid.saturating_add(moved.paid);
			ledger.treasury = ledger.treasury.saturating_add(moved.treasury);
			ledger.burned = ledger.burned.saturating_add(moved.burned);
			ledger.refunded = ledger.refunded.saturating_add(moved.refunded);
		});
	}
}
