use super::{prove_wrong_chunk::*, *};
use crate::{DeferredSlashes, Dissenters};
use sp_runtime::Permill;

/// Block at which slashes of strikes at block 1 are due.
const DUE: u32 = 6;

fn apply(offender: u8) -> DispatchResultWithPostInfo {
	let origin = frame_system::RawOrigin::Authorized.into();
	ModelUpdates::apply_slash(origin, BOUNTY, ONE, account(offender))
}

fn cancel(origin: RuntimeOrigin, offender: u8) -> DispatchResult {
	ModelUpdates::cancel_slash(origin, BOUNTY, ONE, account(offender))
}

fn due(offender: u8) -> bool {
	let call = Call::apply_slash { bounty: BOUNTY, round: ONE, offender: account(offender) };
	validity(call).is_ok()
}

fn strike() {
	let root = accept_wrong_model();
	assert_ok!(prove(root, proof_against(&wrong_model(), 0)));
}

/// Ends the current phase at its deadline.
fn advance(phase: Phase) {
	let deadline = round().deadline();
	System::set_block_number(deadline);
	let mut training = training();
	training.advance(ONE, 0, phase, deadline, &TestEnvironment).unwrap();
	Rounds::store(training);
}

/// The honest result of 204 replaces the struck one and is settled.
fn settle() {
	assert_ok!(submit(message(204, ONE, Statement::Publication(right_result()))));
	advance(Phase::Publish);
	advance(Phase::Accepted);
}

#[test]
fn a_strike_suspends_its_offenders_and_takes_nothing_yet() {
	build_and_execute(|| {
		strike();
		assert!(Slashes::get().is_empty());
		let mut suspended = Suspended::get();
		suspended.sort();
		assert_eq!(suspended, vec![account(21), account(201), account(202), account(203)]);
		let slashes = ModelUpdates::deferred_slashes(100);
		assert_eq!(slashes.len(), 4);
		assert!(slashes.iter().all(|s| s.due == DUE && s.challenger == Some(account(77))));
	});
}

#[test]
fn a_slash_waits_for_its_block_and_for_the_end_of_the_round() {
	build_and_execute(|| {
		strike();
		System::set_block_number(DUE);
		assert!(!due(201), "it is not known who dissented");
		assert_noop!(apply(201), Error::<Test>::SlashNotDue);
		settle();
		assert!(due(201));
		assert!(!due(204));
		assert_noop!(apply(204), Error::<Test>::NoSuchSlash);
	});
}

#[test]
fn challenger_and_dissenters_share_in_an_applied_slash() {
	build_and_execute(|| {
		strike();
		settle();
		assert_eq!(Dissenters::<Test>::get((BOUNTY, ONE)).unwrap().into_inner(), [account(204)]);
		assert_ok!(apply(201));
		let quarter = Permill::from_percent(25);
		let rewarded = vec![(account(77), quarter), (account(204), quarter)];
		assert_eq!(Slashes::get(), vec![(account(201), Permill::from_percent(50), rewarded)]);
		assert!(!Suspended::get().contains(&account(201)));
		assert_noop!(apply(201), Error::<Test>::NoSuchSlash);
		assert_eq!(
			last_event(),
			Event::SlashApplied {
				bounty: BOUNTY,
				round: ONE,
				offender: account(201),
				amount: 0,
				rewards: vec![]
			}
		);
		for offender in [21, 202, 203] {
			assert_ok!(apply(offender));
		}
		assert!(Suspended::get().is_empty());
		assert!(!Dissenters::<Test>::contains_key((BOUNTY, ONE)));
	});
}

#[test]
fn governance_cancels_a_slash_and_nobody_else() {
	build_and_execute(|| {
		strike();
		assert_noop!(cancel(signed(1), 201), sp_runtime::DispatchError::BadOrigin);
		assert_ok!(cancel(RuntimeOrigin::root(), 201));
		assert!(!Suspended::get().contains(&account(201)));
		assert_noop!(cancel(RuntimeOrigin::root(), 201), Error::<Test>::NoSuchSlash);
		assert_eq!(
			last_event(),
			Event::SlashCancelled { bounty: BOUNTY, round: ONE, offender: account(201) }
		);
		settle();
		assert_noop!(apply(201), Error::<Test>::NoSuchSlash);
	});
}

#[test]
fn of_two_slashes_in_one_round_the_first_stays() {
	build_and_execute(|| {
		strike();
		let before = DeferredSlashes::<Test>::get((BOUNTY, ONE), account(201)).unwrap();
		ModelUpdates::defer_slash((BOUNTY, ONE), &account(201), hash(9), Permill::one(), None);
		let after = DeferredSlashes::<Test>::get((BOUNTY, ONE), account(201)).unwrap();
		assert_eq!(before, after);
		assert_eq!(Suspended::get().len(), 4);
	});
}

#[test]
fn only_authorized_calls_apply_slashes() {
	build_and_execute(|| {
		strike();
		settle();
		let call = ModelUpdates::apply_slash(signed(1), BOUNTY, ONE, account(201));
		assert_noop!(call, sp_runtime::DispatchError::BadOrigin);
	});
}
