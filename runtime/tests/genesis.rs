//! The local presets start a chain that can train; the main one allocates every token.

mod support;

use frame_support::traits::{
	fungible::{Inspect, InspectHold},
	tokens::{Fortitude, Preservation},
	Get,
};
use sheaf_runtime::{
	configs::{EpochDuration, ExistentialDeposit, TreasuryAccount},
	genesis_config_presets::{
		preset_names, ALLOCATIONS, DEMONSTRATION_ACCOUNTS, MAIN_RUNTIME_PRESET,
	},
	network_parameters, AccountId, Babe, Balances, Grandpa, ModelUpdates, NodeRegistry, Runtime,
	RuntimeHoldReason, RuntimeOrigin, Session, Vesting, DAYS, HOURS, SHEAF,
};
use sheaf_training::{NodeRegistry as _, Roles, Verifiers};
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::AccountIdConversion;
use support::{account, session_keys, Chain};

const VALIDATORS: [Sr25519Keyring; 4] =
	[Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie, Sr25519Keyring::Dave];

const LOCAL_PRESETS: [&str; 2] = ["development", "local_testnet"];

fn validators(preset: &str) -> &'static [Sr25519Keyring] {
	if preset == "development" {
		&VALIDATORS[..1]
	} else {
		&VALIDATORS
	}
}

/// Runs a test on every preset with validators.
fn on_every_local_preset(test: impl Fn(&mut Chain, &[Sr25519Keyring])) {
	for name in LOCAL_PRESETS {
		test(&mut Chain::new(name), validators(name));
	}
}

#[test]
fn every_preset_satisfies_every_invariant() {
	for name in preset_names() {
		Chain::new(name.as_ref()).check_invariants();
	}
}

#[test]
fn validators_author_finalise_and_verify_with_their_own_keys() {
	on_every_local_preset(|chain, validators| {
		chain.read(|| {
			let accounts: Vec<AccountId> = validators.iter().map(|v| v.to_account_id()).collect();
			assert_eq!(Session::validators(), accounts);
			let keys: Vec<_> = validators.iter().map(|v| session_keys(*v)).collect();
			let babe: Vec<_> = Babe::authorities().iter().map(|(key, _)| key.clone()).collect();
			let grandpa: Vec<_> =
				Grandpa::grandpa_authorities().into_iter().map(|(key, _)| key).collect();
			let verifiers = ModelUpdates::current();
			assert_eq!(babe, keys.iter().map(|k| k.babe.clone()).collect::<Vec<_>>());
			assert_eq!(grandpa, keys.iter().map(|k| k.grandpa.clone()).collect::<Vec<_>>());
			for ((member, keys), account) in verifiers.iter().zip(keys).zip(accounts) {
				assert_eq!((&member.account, &member.key), (&account, &keys.verifier));
			}
		})
	});
}

#[test]
fn every_validator_is_a_bonded_verifier() {
	let bonded = RuntimeHoldReason::NodeRegistry(pallet_node_registry::HoldReason::NodeBond);
	on_every_local_preset(|chain, validators| {
		chain.read(|| {
			for validator in validators {
				let account = validator.to_account_id();
				let verifier = Roles { verifier: true, ..Default::default() };
				assert_eq!(NodeRegistry::roles(&account), verifier);
				assert_eq!(Balances::balance_on_hold(&bonded, &account), 1_000 * SHEAF);
			}
		})
	});
}

#[test]
fn everybody_known_owns_a_million_and_nobody_else_anything() {
	on_every_local_preset(|chain, _| {
		let known = Sr25519Keyring::well_known()
			.map(|key| key.to_account_id())
			.chain(DEMONSTRATION_ACCOUNTS.map(|(name, _)| account(name)))
			.chain([TreasuryAccount::get()]);
		let mut accounts = 0;
		for account in known {
			assert_eq!(chain.owns(&account), 1_000_000 * SHEAF);
			accounts += 1;
		}
		chain.read(|| {
			assert_eq!(frame_system::Account::<Runtime>::iter().count(), accounts as usize);
			assert_eq!(Balances::total_issuance(), accounts * 1_000_000 * SHEAF);
			assert_eq!(ExistentialDeposit::get(), SHEAF / 1_000);
		});
	});
}

#[test]
fn presets_have_short_times_and_the_default_has_long_ones() {
	on_every_local_preset(|chain, _| {
		chain.read(|| {
			assert_eq!(EpochDuration::get(), 100);
			let unbonding: u32 = <Runtime as pallet_node_registry::Config>::UnbondingPeriod::get();
			assert_eq!(unbonding, 20);
		})
	});
	sp_io::TestExternalities::default().execute_with(|| {
		assert_eq!(EpochDuration::get(), 2_400);
		let unbonding: u32 = <Runtime as pallet_node_registry::Config>::UnbondingPeriod::get();
		assert_eq!(unbonding, 201_600);
		let members: u32 = <Runtime as pallet_training_bounties::Config>::MinCommittee::get();
		assert_eq!(members, 4);
	});
}

#[test]
fn a_session_ends_after_an_epoch_and_keeps_the_validators() {
	let mut chain = Chain::new("local_testnet");
	let before = chain.read(|| (Session::validators(), ModelUpdates::current()));
	for _ in 0..3 {
		chain.add_block(Vec::new());
		chain.skip_slots(98);
		chain.add_block(Vec::new());
	}
	chain.read(|| {
		assert_eq!(Session::current_index(), 2);
		assert_eq!((Session::validators(), ModelUpdates::current()), before);
	});
	chain.check_invariants();
}

#[test]
fn the_main_preset_allocates_150_million_tokens_and_no_other() {
	let tokens: u128 = ALLOCATIONS.iter().map(|part| part.tokens).sum();
	assert_eq!(tokens, 150_000_000);
	let mut chain = Chain::new(MAIN_RUNTIME_PRESET);
	for part in &ALLOCATIONS {
		let account: AccountId = part.account.into_account_truncating();
		assert_eq!(chain.owns(&account), part.tokens * SHEAF, "{}", part.purpose);
	}
	chain.read(|| {
		assert_eq!(Balances::total_issuance(), 150_000_000 * 10u128.pow(18));
		assert_eq!(frame_system::Account::<Runtime>::iter().count(), ALLOCATIONS.len());
		assert!(Session::validators().is_empty(), "who starts it adds them");
		assert_eq!(network_parameters::GovernanceHour::<Runtime>::get(), HOURS);
	});
}

#[test]
fn tokens_of_the_main_preset_vest_as_the_table_says() {
	let month = 365 * DAYS / 12;
	let mut chain = Chain::new(MAIN_RUNTIME_PRESET);
	for part in &ALLOCATIONS {
		let account: AccountId = part.account.into_account_truncating();
		let mut free_after = |months: u32| {
			chain.tamper(|| {
				frame_system::Pallet::<Runtime>::set_block_number(months * month);
				let _ = Vesting::vest(RuntimeOrigin::signed(account.clone()));
				let spendable = Balances::reducible_balance(
					&account,
					Preservation::Expendable,
					Fortitude::Polite,
				);
				(spendable + SHEAF / 2) / SHEAF
			})
		};
		let (start, months) = part.vesting.unwrap_or_default();
		let of = |tokens| if months == 0 { part.tokens } else { tokens };
		assert_eq!(free_after(start), of(0), "{}", part.purpose);
		assert_eq!(free_after(start + months / 2), of(part.tokens / 2), "{}", part.purpose);
		assert_eq!(free_after(start + months), part.tokens, "{}", part.purpose);
	}
}
