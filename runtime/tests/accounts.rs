//! Accounts that die, leave, or come back, when they should be paid or punished.

mod support;

use pallet_node_registry::{Call as Nodes, Error};
use sheaf_runtime::{configs::ExistentialDeposit, Runtime, TrainingBounties, SHEAF};
use sheaf_training::{BountyState, Phase, Record, Roles};
use support::{
	account,
	actors::{Cast, SPONSOR, TRAINERS, VERIFIERS},
	books::balanced_books,
	pair,
	stories::{FIRST, SECOND},
};

/// Blocks until a released bond can be withdrawn, and some.
const UNBONDING: u32 = 22;
const LIARS: [&str; 3] = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]];

fn leave(cast: &mut Cast, name: &str) {
	let leave = cast.chain.sign(&pair(name), Nodes::leave {});
	cast.chain.add_good_block(vec![leave]);
}

fn wait(cast: &mut Cast, blocks: u32) {
	let until = cast.chain.height() + blocks;
	cast.idle_until(until);
}

fn withdraw(cast: &mut Cast, name: &str) -> sp_runtime::ApplyExtrinsicResult {
	let withdraw = cast.chain.sign(&pair(name), Nodes::withdraw_unbonded {});
	cast.chain.add_block(vec![withdraw]).remove(0)
}

// Attack: a payee's account is dead when the round settles, at the smallest reward there is, so that the
// settlement fails and everybody waits. It fails to harm because the smallest payment is no less than
// what an account needs to live: it lives again.
#[test]
fn a_dead_payee_is_paid_the_smallest_reward_there_is() {
	let dead = TRAINERS[0];
	let mut cast = Cast::gather();
	cast.spec.lengths.window = 40;
	let spec = cast.spec.clone();
	let least = cast.chain.read(|| TrainingBounties::price(spec)).unwrap().min_reward;
	cast.reward = least;
	cast.start();
	cast.reach(Phase::Accepted);
	leave(&mut cast, dead);
	wait(&mut cast, UNBONDING);
	assert_eq!(withdraw(&mut cast, dead), Ok(Ok(())));
	let dest = account("//Eve").into();
	let all = pallet_balances::Call::transfer_all { dest, keep_alive: false };
	let all = cast.chain.sign(&pair(dead), all);
	cast.chain.add_good_block(vec![all]);
	assert_eq!(cast.chain.owns(&account(dead)), 0);
	assert!(!cast.chain.read(|| frame_system::Account::<Runtime>::contains_key(account(dead))));

	cast.mischief.idle = TRAINERS.to_vec();
	cast.run_until(|training| training.lowest_index() == Some(SECOND));
	let books = balanced_books(&mut cast.chain);
	let part = books.paid_in(FIRST, TRAINERS[1]);
	assert!(part >= ExistentialDeposit::get(), "{part}");
	assert_eq!(books.paid_in(FIRST, dead), part);
	assert_eq!(cast.chain.owns(&account(dead)), part);
}

// Attack: the sponsor's own account holds nothing but the reward when the bounty ends. Its refund and
// everybody's pay come out of the hold, so nothing depends on what else it owns.
#[test]
fn a_sponsor_that_spent_everything_else_still_pays() {
	let mut cast = Cast::in_first(Phase::Upload);
	let dest = account("//Eve").into();
	let all = pallet_balances::Call::transfer_all { dest, keep_alive: true };
	let all = cast.chain.sign(&pair(SPONSOR), all);
	cast.chain.add_good_block(vec![all]);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_to(&account(TRAINERS[0])), 250 * SHEAF + 1);
}

// Attack: a liar leaves the registry as soon as it has attested, to withdraw its bond before the slash.
// It fails because a bond stays slashable while it is released, and a strike stops all withdrawals.
#[test]
fn a_liar_that_leaves_at_once_is_slashed_in_full() {
	let mut cast = Cast::gather();
	cast.liars = LIARS.to_vec();
	cast.start();
	cast.reach(Phase::Publish);
	leave(&mut cast, LIARS[0]);
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Err(Error::<Runtime>::NothingToWithdraw.into())));
	cast.reach(Phase::Accepted);
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	wait(&mut cast, UNBONDING);
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Err(Error::<Runtime>::SlashPending.into())));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.apply_slashes(&LIARS);
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Ok(())), "what is left");
	assert_eq!(cast.bond(LIARS[0]), 0);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slashes.len(), 3);
	let spent = 500 * SHEAF + books.fee_of(&account(LIARS[0]));
	assert_eq!(cast.chain.owns(&account(LIARS[0])), 1_000_000 * SHEAF - spent);
}

// Attack: as above, in a bounty whose window is longer than bonds take to be released. It fails because
// nobody withdraws who is liable for a round that is not settled.
#[test]
fn a_liar_cannot_withdraw_while_its_result_can_be_struck() {
	let mut cast = Cast::gather();
	cast.liars = LIARS.to_vec();
	cast.spec.lengths.window = 2 * UNBONDING;
	cast.start();
	cast.reach(Phase::Accepted);
	leave(&mut cast, LIARS[0]);
	wait(&mut cast, UNBONDING);
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Err(Error::<Runtime>::StillLiable.into())));
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.apply_slashes(&LIARS);
	let slashed: Vec<_> =
		balanced_books(&mut cast.chain).slashes.into_iter().map(|(who, ..)| who).collect();
	assert!(slashed.contains(&account(LIARS[0])), "{slashed:?}");
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Ok(())));
}

// Attack: a struck verifier leaves, withdraws what is left and registers anew, to shed its record and
// sit on the committee again. The record is gone with the node; but the bounty remembers the account,
// and a new bond is at stake elsewhere.
#[test]
fn a_struck_verifier_that_registers_anew_stays_out_of_the_bounty() {
	let mut cast = Cast::gather();
	cast.liars = LIARS.to_vec();
	cast.spec.lengths.commit = 100;
	cast.start();
	cast.reach(Phase::Accepted);
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	cast.mischief.idle = TRAINERS.to_vec();
	cast.run_until(|training| training.lowest_index() == Some(SECOND));
	cast.apply_slashes(&LIARS);
	assert_eq!(cast.record(LIARS[0]), Record { proven_wrong: 1, ..Default::default() });
	leave(&mut cast, LIARS[0]);
	wait(&mut cast, UNBONDING);
	assert_eq!(withdraw(&mut cast, LIARS[0]), Ok(Ok(())));
	let verifier = Roles { verifier: true, ..Default::default() };
	let register = cast.register(LIARS[0], verifier, 1_000 * SHEAF);
	cast.chain.add_good_block(vec![register]);
	assert_eq!(cast.record(LIARS[0]), Record::default());
	cast.mischief.idle.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	assert_eq!(cast.committees(SECOND), [[account(VERIFIERS[3])]]);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.paid_to(&account(LIARS[0])), 0);
}

// Attack: a struck verifier registers anew under the slash, without withdrawing. It fails because the
// slash hangs over the account: no role is in effect until it is applied, to the new bond as well.
#[test]
fn a_slash_takes_its_part_of_a_bond_that_was_renewed_under_it() {
	let mut cast = Cast::accepted(&LIARS);
	let wrong = cast.accepted_root();
	assert_eq!(cast.prove(wrong), vec![Ok(Ok(()))]);
	leave(&mut cast, LIARS[0]);
	let verifier = Roles { verifier: true, ..Default::default() };
	let register = cast.register(LIARS[0], verifier, 1_000 * SHEAF);
	cast.chain.add_good_block(vec![register]);
	let roles = |cast: &mut Cast| {
		cast.chain.read(|| {
			<sheaf_runtime::NodeRegistry as sheaf_training::NodeRegistry>::roles(&account(LIARS[0]))
		})
	};
	assert_eq!(roles(&mut cast), Roles::default());
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.apply_slashes(&LIARS);
	assert_eq!(cast.bond(LIARS[0]), 1_000 * SHEAF, "half of what is released and of the new one");
	assert_eq!(cast.record(LIARS[0]).proven_wrong, 1);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slashes[0], (account(LIARS[0]), 1_000 * SHEAF, 500 * SHEAF));
}
