//! What the chain's events say about money, and whether every account owns what they say.

use super::{account, Chain};
use sheaf_runtime::{
	configs::TreasuryAccount, AccountId, Balance, Balances, Runtime, RuntimeEvent,
	RuntimeHoldReason,
};
use sheaf_training::{BountyId, Conduct, RoundIndex, Service};
use std::collections::BTreeMap;

/// A payment that was delivered.
pub struct Paid {
	/// The round it was for.
	pub round: RoundIndex,
	/// To whom.
	pub account: AccountId,
	/// For what.
	pub service: Service,
	/// How much.
	pub amount: Balance,
}

/// Sums over all events.
#[derive(Default)]
pub struct Books {
	/// Payments for services, in order.
	pub payments: Vec<Paid>,
	/// What each account paid for transactions.
	pub fees: BTreeMap<AccountId, Balance>,
	/// What settlements gave to the treasury.
	pub treasury: Balance,
	/// What settlements burned.
	pub burned: Balance,
	/// What went back to sponsors.
	pub refunded: Balance,
	/// Penalties in order: who, for what, how much was burned.
	pub penalties: Vec<(AccountId, Conduct, Balance)>,
	/// Slashes in order: who, how much, how much of it was burned.
	pub slashes: Vec<(AccountId, Balance, Balance)>,
	/// What slashes gave to each account.
	pub slash_rewards: BTreeMap<AccountId, Balance>,
	/// Everything that left the issuance.
	pub destroyed: Balance,
	changes: BTreeMap<AccountId, i128>,
	sponsors: BTreeMap<BountyId, AccountId>,
}

impl Books {
	/// The books of these events.
	pub fn of(events: &[(u32, RuntimeEvent)]) -> Self {
		let mut books = Self::default();
		for (_, event) in events {
			match event {
				RuntimeEvent::Balances(event) => books.note_transfer(event),
				RuntimeEvent::Rewards(event) => books.note_reward(event),
				RuntimeEvent::NodeRegistry(event) => books.note_bond(event),
				RuntimeEvent::TrainingBounties(event) => books.note_bounty(event),
				RuntimeEvent::TransactionPayment(
					pallet_transaction_payment::Event::TransactionFeePaid {
						who, actual_fee, ..
					},
				) => {
					*books.fees.entry(who.clone()).or_default() += actual_fee;
					books.moved(who, &TreasuryAccount::get(), *actual_fee);
				}
				_ => {}
			}
		}
		books
	}

	fn moved(&mut self, from: &AccountId, to: &AccountId, amount: Balance) {
		self.gone(from, amount);
		*self.changes.entry(to.clone()).or_default() += amount as i128;
	}

	fn gone(&mut self, from: &AccountId, amount: Balance) {
		*self.changes.entry(from.clone()).or_default() -= amount as i128;
	}

	fn note_transfer(&mut self, event: &pallet_balances::Event<Runtime>) {
		use pallet_balances::Event::{BurnedHeld, Transfer, TransferOnHold};
		match event {
			Transfer { from, to, amount } => self.moved(from, to, *amount),
			TransferOnHold { reason: RuntimeHoldReason::Rewards(_), .. } => {}
			TransferOnHold { reason, source, dest, amount } => {
				self.moved(source, dest, *amount);
				if matches!(reason, RuntimeHoldReason::NodeRegistry(_)) {
					*self.slash_rewards.entry(dest.clone()).or_default() += amount;
				}
			}
			BurnedHeld { reason: RuntimeHoldReason::ModelUpdates(_), who, amount } => {
				self.gone(who, *amount);
				self.destroyed += amount;
			}
			_ => {}
		}
	}

	fn note_reward(&mut self, event: &pallet_rewards::Event<Runtime>) {
		use pallet_rewards::Event::{Divided, Paid as PaidFor, RefundUndeliverable, Refunded};
		match event {
			PaidFor { bounty, round, account, service, amount, delivered } if *delivered => {
				let sponsor = self.sponsors[bounty].clone();
				self.moved(&sponsor, account, *amount);
				let (round, account, service, amount) =
					(*round, account.clone(), *service, *amount);
				self.payments.push(Paid { round, account, service, amount });
			}
			Divided { bounty, treasury, burned, refunded, .. } => {
				let sponsor = self.sponsors[bounty].clone();
				self.moved(&sponsor, &TreasuryAccount::get(), *treasury);
				self.gone(&sponsor, *burned);
				self.treasury += treasury;
				self.burned += burned;
				self.destroyed += burned;
				self.refunded += refunded;
			}
			Refunded { amount, .. } => self.refunded += amount,
			RefundUndeliverable { sponsor, amount, .. } => {
				self.moved(sponsor, &TreasuryAccount::get(), *amount);
			}
			_ => {}
		}
	}

	fn note_bond(&mut self, event: &pallet_node_registry::Event<Runtime>) {
		use pallet_node_registry::Event::{Penalised, Slashed};
		match event {
			Penalised { account, conduct, burned } => {
				self.gone(account, *burned);
				self.destroyed += burned;
				self.penalties.push((account.clone(), *conduct, *burned));
			}
			Slashed { account, amount, burned, .. } => {
				self.gone(account, *burned);
				self.destroyed += burned;
				self.slashes.push((account.clone(), *amount, *burned));
			}
			_ => {}
		}
	}

	fn note_bounty(&mut self, event: &pallet_training_bounties::Event<Runtime>) {
		if let pallet_training_bounties::Event::BountyOpened { bounty, sponsor, .. } = event {
			self.sponsors.insert(*bounty, sponsor.clone());
		}
	}

	/// What an account was paid for its services.
	pub fn paid_to(&self, who: &AccountId) -> Balance {
		self.sum(|paid| paid.account == *who)
	}

	/// What somebody was paid for a service.
	pub fn paid_for(&self, name: &str, service: Service) -> Balance {
		self.sum(|paid| paid.account == account(name) && paid.service == service)
	}

	/// What somebody was paid for its services in a round.
	pub fn paid_in(&self, round: RoundIndex, name: &str) -> Balance {
		self.sum(|paid| paid.account == account(name) && paid.round == round)
	}

	/// All payments for services.
	pub fn paid(&self) -> Balance {
		self.sum(|_| true)
	}

	fn sum(&self, counts: impl Fn(&Paid) -> bool) -> Balance {
		self.payments.iter().filter(|paid| counts(paid)).map(|paid| paid.amount).sum()
	}

	/// What an account paid for transactions.
	pub fn fee_of(&self, who: &AccountId) -> Balance {
		self.fees.get(who).copied().unwrap_or_default()
	}

	/// What slashes gave to somebody.
	pub fn slash_reward_of(&self, name: &str) -> Balance {
		self.slash_rewards.get(&account(name)).copied().unwrap_or_default()
	}
}

/// The chain's books. Every account owns what it had at genesis and what came and went since, and
/// what is missing from the issuance is what was burned; every pallet's invariants hold.
pub fn balanced_books(chain: &mut Chain) -> Books {
	chain.check_invariants();
	let books = Books::of(&chain.events);
	let endowments = chain.endowments.clone();
	let issued: Balance = endowments.values().sum();
	assert_eq!(chain.read(Balances::total_issuance), issued - books.destroyed);
	let accounts = endowments.keys().chain(books.changes.keys());
	for who in accounts.collect::<std::collections::BTreeSet<_>>() {
		let had = endowments.get(who).copied().unwrap_or_default() as i128;
		let change = books.changes.get(who).copied().unwrap_or_default();
		assert_eq!(chain.owns(who) as i128, had + change, "{who}");
	}
	books
}
