use super::*;
use frame_support::{pallet_prelude::*, traits::Authorize};

fn advance(phase: Phase, deadline: u32) -> frame_support::dispatch::DispatchResultWithPostInfo {
	TrainingBounties::advance(authorized(), BOUNTY, RoundIndex(1), 0, phase, deadline)
}

fn validity(call: crate::Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
	let call = RuntimeCall::from(call);
	call.authorize(TransactionSource::External).unwrap().map(|(valid, _)| valid)
}

#[test]
fn a_signed_origin_cannot_advance() {
	build_and_execute(|| {
		open_running();
		let (round, phase) = (RoundIndex(1), Phase::Commit);
		assert_noop!(
			TrainingBounties::advance(signed(1), BOUNTY, round, 0, phase, 11),
			DispatchError::BadOrigin
		);
		assert_noop!(
			TrainingBounties::advance_bounty(signed(1), BOUNTY, 11),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn a_bounty_whose_model_never_arrives_is_refunded() {
	build_and_execute(|| {
		open(spec());
		let advance = |deadline| TrainingBounties::advance_bounty(authorized(), BOUNTY, deadline);
		assert_noop!(advance(10), Error::<Test>::StaleDeadline);
		assert_noop!(advance(11), Error::<Test>::TooEarly);
		System::set_block_number(11);
		assert_ok!(advance(11));
		assert_eq!(Refunded::get(), vec![(account(1), REWARD)]);
		assert_noop!(advance(11), Error::<Test>::WrongState);
	});
}

#[test]
fn enrolment_ends_at_its_deadline_with_enough_trainers() {
	build_and_execute(|| {
		open_enrolling(spec());
		assert_ok!(TrainingBounties::enroll(signed(11), BOUNTY));
		assert_ok!(TrainingBounties::enroll(signed(12), BOUNTY));
		System::set_block_number(11);
		assert_ok!(TrainingBounties::advance_bounty(authorized(), BOUNTY, 11));
		assert_eq!(round(1).phase, Phase::Commit);
	});
}

#[test]
fn advancing_too_early_or_stale_is_refused() {
	build_and_execute(|| {
		open_running();
		assert_noop!(advance(Phase::Commit, 11), Error::<Test>::TooEarly);
		System::set_block_number(11);
		assert_noop!(advance(Phase::Commit, 12), Error::<Test>::StaleDeadline);
		assert_noop!(advance(Phase::Upload, 11), Error::<Test>::StaleDeadline);
		assert_noop!(
			TrainingBounties::advance(authorized(), BOUNTY, RoundIndex(2), 0, Phase::Commit, 11),
			Error::<Test>::NoSuchRound
		);
		assert_noop!(
			TrainingBounties::advance(
				authorized(),
				BountyId(3),
				RoundIndex(1),
				0,
				Phase::Commit,
				11
			),
			Error::<Test>::NoSuchBounty
		);
	});
}

#[test]
fn a_round_without_commitments_ends_in_a_refund() {
	build_and_execute(|| {
		open_running();
		for attempt in 0..3u8 {
			let deadline = round(1).deadline();
			System::set_block_number(deadline);
			let (round, phase) = (RoundIndex(1), Phase::Commit);
			assert_ok!(TrainingBounties::advance(
				authorized(),
				BOUNTY,
				round,
				attempt,
				phase,
				deadline
			));
		}
		assert_eq!(state(), BountyState::Aborted);
		let refunded: u128 = Refunded::get().iter().map(|(_, amount)| amount).sum();
		let settled: u128 = Settled::get().iter().map(|(_, _, s)| s.total()).sum();
		assert_eq!(refunded + settled, REWARD);
		assert_eq!(last_event(), Event::BountyEnded { bounty: BOUNTY, refund: REWARD / 2 });
	});
}

#[test]
fn the_pool_takes_a_due_advance_and_keeps_an_early_one_unknown() {
	build_and_execute(|| {
		open_running();
		let call = |deadline| crate::Call::advance {
			bounty: BOUNTY,
			round: RoundIndex(1),
			attempt: 0,
			phase: Phase::Commit,
			deadline,
		};
		let unknown = TransactionValidityError::Unknown(UnknownTransaction::Custom(1));
		assert_eq!(validity(call(11)), Err(unknown));
		System::set_block_number(11);
		let valid = validity(call(11)).unwrap();
		assert_eq!(valid.priority, 1 << 20);
		assert_eq!(valid.provides.len(), 1);
		assert_eq!(validity(call(12)), Err(unknown));
		assert_eq!(round(1).phase, Phase::Commit, "authorizing changes nothing");
	});
}

#[test]
fn the_pool_drops_what_concerns_no_live_bounty() {
	build_and_execute(|| {
		let call = || crate::Call::advance_bounty { bounty: BOUNTY, deadline: 11 };
		assert_eq!(validity(call()), Err(InvalidTransaction::Call.into()));
		open(spec());
		System::set_block_number(11);
		assert!(validity(call()).is_ok());
		assert_ok!(TrainingBounties::cancel_bounty(sponsor(), BOUNTY));
		assert_eq!(validity(call()), Err(InvalidTransaction::Stale.into()));
	});
}
