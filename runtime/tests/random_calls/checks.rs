//! Sends calls, and checks after each of them what must hold.

use crate::{
	play::{Play, Sender},
	support::account,
	tally::{burned_by, Outcome},
	world::World,
};
use codec::Decode;
use frame_support::traits::PalletInfoAccess;
use frame_system::{AccountInfo, RawOrigin};
use pallet_balances::AccountData;
use pallet_model_updates::Event as UpdatesEvent;
use pallet_rewards::Event as RewardsEvent;
use pallet_training_bounties::Event as BountiesEvent;
use sheaf_runtime::{
	configs::TreasuryAccount, AccountId, Balance, Nonce, Runtime, RuntimeEvent, RuntimeOrigin,
	System, TransactionPayment, UncheckedExtrinsic,
};
use sp_core::bytes::to_hex;
use sp_io::hashing::twox_128;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult, DispatchError,
};
use sp_state_machine::Backend;

type Account = AccountInfo<Nonce, AccountData<Balance>>;

/// A key whose value differs from what it was before the call.
struct Change {
	key: Vec<u8>,
	before: Option<Vec<u8>>,
	after: Option<Vec<u8>>,
}

impl World {
	/// Sends a call and checks everything.
	pub fn send(&mut self, mut play: Play) {
		match play.transaction(&mut self.chain) {
			Some(transaction) => self.send_transaction(play, transaction),
			None => self.decree(play),
		}
	}

	/// Applies a transaction, whatever `play` says about where it comes from.
	pub fn send_transaction(&mut self, play: Play, transaction: UncheckedExtrinsic) {
		let issuance = self.issuance();
		let result = self.chain.apply(transaction.clone());
		self.remember(play.clone(), format!("{result:?}"), Some(transaction));
		self.check_call(&play, result, issuance);
		if result == Err(InvalidTransaction::ExhaustsResources.into()) {
			self.next_block();
		}
	}

	/// Dispatches a call of governance, as a referendum would.
	fn decree(&mut self, play: Play) {
		let issuance = self.issuance();
		let call = play.call.clone();
		let result = self.chain.read(|| call.dispatch(RuntimeOrigin::from(RawOrigin::Root)));
		let result = result.map(|_| ()).map_err(|failed| failed.error);
		self.remember(play.clone(), format!("{result:?}"), None);
		self.check_call(&play, Ok(result), issuance);
	}

	fn check_call(&mut self, play: &Play, result: ApplyExtrinsicResult, issuance: Balance) {
		let outcome = match result {
			Ok(Ok(())) => Outcome::Succeeded,
			Ok(Err(error)) => {
				self.check_failure(play, error);
				Outcome::Failed(error)
			}
			Err(error) => {
				self.check_refusal(error);
				Outcome::Refused(error)
			}
		};
		self.tally.note_call(&play.call, play.how, outcome);
		let burned = self.note_events();
		assert_eq!(self.issuance(), issuance - burned, "issuance changed by more than was burned");
		self.settle_state();
		self.chain.check_invariants();
	}

	/// What a block's author does not include leaves no trace in the state.
	fn check_refusal(&mut self, error: TransactionValidityError) {
		let full = error == InvalidTransaction::ExhaustsResources.into();
		for Change { key, before, after } in self.changes() {
			// Noted before the transaction is looked at; with an error the author drops that, too.
			let noted = ["ExtrinsicData", "InherentsApplied"];
			let noted = noted.iter().any(|item| key.starts_with(&storage_prefix("System", item)));
			// Only when the nonce has been counted does it show that the block is full.
			let counted = full && key.starts_with(&storage_prefix("System", "Account"));
			let [before, after] = [before, after].map(|account| decode_account(&account));
			assert!(
				noted || counted && before.data == after.data,
				"{error:?}, but {} changed",
				to_hex(&key, false)
			);
		}
		self.chain.state.reset_overlay();
	}

	/// A call that failed costs its signer a fee and a nonce, and changes nothing else.
	fn check_failure(&mut self, play: &Play, error: DispatchError) {
		assert!(play.sender != Sender::Nobody, "what was authorised fails: {error:?}");
		assert!(!matches!(play.sender, Sender::Verifier(_)), "a statement fails: {error:?}");
		let accounts = storage_prefix("System", "Account");
		let [system, payment] =
			["System", TransactionPayment::name()].map(|p| twox_128(p.as_bytes()));
		let mut paid: i128 = 0;
		for Change { key, before, after } in self.changes() {
			if !key.starts_with(&accounts) {
				let kept = [&system[..], &payment, b":extrinsic_index"];
				assert!(
					kept.iter().any(|prefix| key.starts_with(prefix)),
					"{error:?}, but {} changed",
					to_hex(&key, false)
				);
				continue;
			}
			let who = AccountId::decode(&mut &key[key.len() - 32..]).unwrap();
			let [before, after] = [before, after].map(|account| decode_account(&account));
			assert_eq!(before.data.reserved, after.data.reserved, "{error:?}, but a hold changed");
			paid += after.data.free as i128 - before.data.free as i128;
			let signer = matches!(play.sender, Sender::Account(name) if account(name) == who);
			assert_eq!(after.nonce, before.nonce + u32::from(signer), "the nonce of {who}");
			if !signer {
				assert_eq!(who, TreasuryAccount::get(), "{error:?}, but {who} changed");
			}
		}
		assert_eq!(paid, 0, "a fee is paid to the treasury");
	}

	/// What the call changed so far.
	fn changes(&mut self) -> Vec<Change> {
		let state = &mut self.chain.state;
		let keys: Vec<Vec<u8>> =
			state.overlayed_changes().changes().map(|(key, _)| key.clone()).collect();
		let after: Vec<_> =
			state.execute_with(|| keys.iter().map(|key| sp_io::storage::get(key)).collect());
		keys.into_iter()
			.zip(after)
			.map(|(key, after)| Change {
				before: state.backend.storage(&key).unwrap(),
				after: after.map(|value| value.to_vec()),
				key,
			})
			.filter(|change| change.before != change.after)
			.collect()
	}

	/// Makes what happened part of the committed state, so that the next call's changes stand alone.
	pub fn settle_state(&mut self) {
		self.chain.state.persist_offchain_overlay();
		self.chain.state.commit_all().unwrap();
	}

	/// Every unit of the token.
	pub fn issuance(&mut self) -> Balance {
		self.chain.read(pallet_balances::TotalIssuance::<Runtime>::get)
	}

	/// Counts what the last call's events say, and returns what they say was burned.
	fn note_events(&mut self) -> Balance {
		let seen = self.events_seen;
		let events: Vec<RuntimeEvent> = self.chain.read(|| {
			let records = System::read_events_no_consensus().skip(seen);
			records.map(|record| record.event).collect()
		});
		self.events_seen += events.len();
		self.tally.note_events(&events);
		for event in &events {
			self.check_event(event);
		}
		self.check_division(&events);
		events.iter().map(burned_by).sum()
	}

	/// A round that is over was divided to the last unit: to whom it was paid, the treasury, nobody,
	/// and back to the sponsor.
	fn check_division(&mut self, events: &[RuntimeEvent]) {
		for event in events {
			let RuntimeEvent::Rewards(RewardsEvent::Divided {
				bounty,
				round,
				treasury,
				burned,
				refunded,
			}) = event
			else {
				continue;
			};
			let paid: Balance = events
				.iter()
				.filter_map(|event| match event {
					RuntimeEvent::Rewards(RewardsEvent::Paid {
						bounty: payer,
						round: paid_for,
						delivered: true,
						amount,
						..
					}) if (payer, paid_for) == (bounty, round) => Some(*amount),
					_ => None,
				})
				.sum();
			let training = self.training(*bounty).unwrap();
			let (reward, rounds) = (training.bounty.reward, Balance::from(training.spec.rounds));
			let odd = if round.0 == training.spec.rounds { reward % rounds } else { 0 };
			let divided = paid + treasury + burned + refunded;
			assert_eq!(divided, reward / rounds + odd, "round {round} of {bounty} was not divided");
		}
	}

	/// Nobody can prove a right result wrong. Counts how bounties end, too.
	fn check_event(&mut self, event: &RuntimeEvent) {
		match event {
			RuntimeEvent::ModelUpdates(UpdatesEvent::WrongChunkProven { root, .. }) => {
				let right = self.knows.right.values().any(|r| r.next_model_root == *root);
				assert!(!right, "the right result {root:?} was struck");
			}
			RuntimeEvent::TrainingBounties(BountiesEvent::BountyEnded { bounty, .. }) => {
				let ended = pallet_training_bounties::Bounties::<Runtime>::get;
				let state = self.chain.read(|| ended(bounty)).unwrap().state;
				self.tally.note(format!("bounty {state:?}"));
			}
			RuntimeEvent::TrainingBounties(BountiesEvent::PhaseStarted {
				attempt: 1.., ..
			}) => {
				self.tally.note("later attempt".into());
			}
			_ => {}
		}
	}
}

fn decode_account(bytes: &Option<Vec<u8>>) -> Account {
	bytes.as_ref().and_then(|bytes| Account::decode(&mut &bytes[..]).ok()).unwrap_or_default()
}

fn storage_prefix(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}
