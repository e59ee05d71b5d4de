use super::*;
use sheaf_training::{testing::member, MAX_COMMITTEE};

fn committee() -> Vec<u8> {
	let members = round(1).committee;
	members.iter().map(|member| <[u8; 32]>::from(member.account.clone())[0]).collect()
}

#[test]
fn all_of_few_validators_are_on_the_committee() {
	build_and_execute(|| {
		open_running();
		(11..=13).for_each(commit);
		assert_eq!(committee(), vec![201, 202, 203, 204]);
		assert_eq!(round(1).phase, Phase::Upload);
	});
}

#[test]
fn of_many_validators_some_are_drawn_after_a_delay() {
	build_and_execute(|| {
		open_running();
		Committee::set((201..=220).map(member).collect());
		(11..=13).for_each(commit);
		assert_eq!((round(1).phase, round(1).deadline()), (Phase::Draw, 4));
		System::set_block_number(4);
		assert_ok!(TrainingBounties::advance(
			authorized(),
			BOUNTY,
			RoundIndex(1),
			0,
			Phase::Draw,
			4
		));
		let mut drawn = committee();
		drawn.sort();
		drawn.dedup();
		assert_eq!(drawn.len(), usize::try_from(MAX_COMMITTEE).unwrap());
		assert_eq!(round(1).phase, Phase::Upload);
	});
}

#[test]
fn busy_and_unbonded_validators_are_not_drawn() {
	build_and_execute(|| {
		open_running();
		Busy::set(vec![account(201)]);
		Committee::set([201, 202, STRANGER, 204].map(member).to_vec());
		(11..=13).for_each(commit);
		assert_eq!(committee(), vec![202, 204]);
	});
}

#[test]
fn a_round_that_finds_no_committee_aborts_and_refunds() {
	build_and_execute(|| {
		open_running();
		MinCommittee::set(5);
		(11..=13).for_each(commit);
		assert_eq!(state(), BountyState::Aborted);
	});
}

#[test]
fn an_enrolled_aggregator_is_drawn() {
	build_and_execute(|| {
		open_running();
		assert_ok!(TrainingBounties::enroll_aggregator(signed(21), BOUNTY));
		(11..=13).for_each(commit);
		assert_eq!(round(1).aggregator, Some(account(21)));
	});
}
