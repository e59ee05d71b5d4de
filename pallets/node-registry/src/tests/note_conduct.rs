use super::*;

/// Everything that has no penalty, and the counter that it raises.
fn counts(conduct: Conduct) -> Record {
	build_and_record(|| {
		register(ALICE, TRAINER, 100);
		assert_eq!(Registry::note_conduct(&ALICE, conduct, 0), 0);
	})
}

fn build_and_record(test: impl FnOnce()) -> Record {
	let mut record = Record::default();
	build_and_execute(|| {
		test();
		record = stored(&ALICE).record;
	});
	record
}

#[test]
fn each_conduct_raises_its_counter_by_one() {
	use Conduct::*;
	let none = Record::default();
	assert_eq!(counts(Completed), Record { completed: 1, ..none });
	assert_eq!(counts(LateUpdate), Record { late: 1, ..none });
	assert_eq!(counts(ProvenWrong), Record { proven_wrong: 1, ..none });
	for missed in [
		MissedCommit,
		Undelivered,
		AbsentAggregator,
		AbsentMember,
		UnopenedAttestation,
		OtherModelAttested,
	] {
		assert_eq!(counts(missed), Record { missed: 1, ..none });
	}
}

#[test]
fn counters_saturate() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Nodes::<Test>::mutate(&ALICE, |node| {
			node.as_mut().unwrap().record.missed = u32::MAX;
		});
		Registry::note_conduct(&ALICE, Conduct::MissedCommit, 0);
		assert_eq!(stored(&ALICE).record.missed, u32::MAX);
	});
}

#[test]
fn conduct_without_a_penalty_burns_and_says_nothing() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let (issuance, events) = (Balances::total_issuance(), System::event_count());
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::LateUpdate, 0), 0);
		assert_eq!((Balances::total_issuance(), System::event_count()), (issuance, events));
		assert_eq!(held(&ALICE), 100);
	});
}

#[test]
fn a_penalty_is_burned_out_of_the_active_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 30));
		let issuance = Balances::total_issuance();
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::MissedCommit, 20), 20);

		let node = stored(&ALICE);
		assert_eq!((node.bond, node.slashable(), held(&ALICE)), (100, 130, 130));
		assert_eq!(node.record, Record { missed: 1, ..Default::default() });
		assert_eq!(Balances::total_issuance(), issuance - 20);
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 150);
		System::assert_last_event(
			Event::Penalised { account: ALICE, conduct: Conduct::MissedCommit, burned: 20 }.into(),
		);
	});
}

#[test]
fn what_the_active_bond_lacks_is_taken_from_the_earliest_unbonding_amounts() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 190);
		for (block, amount) in [(1, 20), (2, 30), (3, 40)] {
			System::set_block_number(block);
			assert_ok!(Registry::unbond(signed(ALICE), amount));
		}
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::Undelivered, 125), 125);
		let node = stored(&ALICE);
		let unbonding: Vec<_> =
			node.unbonding.iter().map(|entry| (entry.amount, entry.withdrawable_at)).collect();
		assert_eq!((node.bond, unbonding), (0, vec![(25, 102), (40, 103)]));
		assert_eq!(held(&ALICE), 65);
	});
}

#[test]
fn a_penalty_never_takes_more_than_there_is() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 150);
		assert_ok!(Registry::unbond(signed(ALICE), 50));
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::Undelivered, Balance::MAX), 150);
		assert_eq!((stored(&ALICE).slashable(), held(&ALICE)), (0, 0));
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::Undelivered, 1), 0);
		assert_eq!(stored(&ALICE).record.missed, 2);
	});
}

#[test]
fn a_role_outlasts_penalties_down_to_the_ejection_share_of_its_smallest_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::note_conduct(&ALICE, Conduct::MissedCommit, 20);
		assert_eq!(Registry::roles(&ALICE), TRAINER);
		Registry::note_conduct(&ALICE, Conduct::MissedCommit, 1);
		assert_eq!((stored(&ALICE).roles, Registry::roles(&ALICE)), (TRAINER, Roles::default()));
		assert_ok!(Registry::bond_more(signed(ALICE), 1));
		assert_eq!(Registry::roles(&ALICE), TRAINER);
	});
}

#[test]
fn a_penalty_follows_a_node_that_left_and_forgets_it_with_its_last_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::MissedCommit, 60), 60);
		assert_eq!((stored(&ALICE).slashable(), stored(&ALICE).record.missed), (40, 1));

		assert_eq!(Registry::note_conduct(&ALICE, Conduct::MissedCommit, 60), 40);
		assert!(!Nodes::<Test>::contains_key(&ALICE));
		System::assert_last_event(Event::NodeRemoved { account: ALICE }.into());
	});
}

#[test]
fn frozen_tokens_do_not_stop_a_penalty() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		freeze(&ALICE, Balance::MAX);
		assert_eq!(Registry::note_conduct(&ALICE, Conduct::MissedCommit, 70), 70);
		assert_eq!(held(&ALICE), 30);
	});
}

#[test]
fn the_conduct_of_unknown_accounts_is_ignored() {
	build_and_execute(|| {
		let events = System::event_count();
		assert_eq!(Registry::note_conduct(&BOB, Conduct::MissedCommit, 10), 0);
		assert!(!Nodes::<Test>::contains_key(&BOB));
		assert_eq!(System::event_count(), events);
	});
}

#[test]
fn a_node_that_registers_again_before_it_withdrew_keeps_its_record() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::note_conduct(&ALICE, Conduct::Completed, 0);
		assert_ok!(Registry::leave(signed(ALICE)));
		register(ALICE, TRAINER, 100);
		assert_eq!(stored(&ALICE).record.completed, 1);

		assert_ok!(Registry::update(signed(ALICE), TRAINER, Default::default(), region("NZ")));
		assert_eq!(stored(&ALICE).record.completed, 1);
	});
}
