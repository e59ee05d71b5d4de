use super::{stories::*, *};
use sheaf_training::{Balance, Conduct};

/// What a round of 500,000 pays one of four members, and the aggregator.
const MEMBER_FEE: Balance = 12_500;

fn noted(conduct: Conduct) -> Vec<(sheaf_training::AccountId, Balance)> {
	let all = Conducts::get().into_iter();
	all.filter(|(_, other, _)| *other == conduct).map(|(who, _, penalty)| (who, penalty)).collect()
}

#[test]
fn a_round_without_misconduct_costs_nobody_anything() {
	build_and_execute(|| {
		reach_attest(plain_spec());
		MEMBERS.into_iter().chain([AGGREGATOR]).for_each(|node| attest(node, 1));
		publish(201, 1);
		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		advance(FIRST);
		let completed: Vec<_> =
			[11, 12, 13, 21, 201, 202, 203, 204].map(|node| (account(node), 0)).to_vec();
		assert_eq!(noted(Conduct::Completed), completed);
		assert_eq!(Conducts::get().len(), completed.len());
		assert!(!event_names().contains(&"Penalised".to_owned()));
	});
}

#[test]
fn who_misses_commit_is_penalised_once_when_it_ends() {
	build_and_execute(|| {
		open_with_aggregator(plain_spec());
		commit_update(FIRST, 11);
		commit_update(FIRST, 12);
		advance(FIRST);
		let penalty = limits().penalties.missed_commit;
		assert_eq!(Conducts::get(), [(account(13), Conduct::MissedCommit, penalty)]);
		System::assert_has_event(
			Event::Penalised {
				bounty: BOUNTY,
				round: FIRST,
				account: account(13),
				conduct: Conduct::MissedCommit,
				burned: penalty,
			}
			.into(),
		);
		assert_eq!(
			event_names(),
			["TrainersInactive", "Penalised", "CommitteeSeated", "PhaseStarted"]
		);
	});
}

#[test]
fn who_is_inactive_already_is_not_penalised_again() {
	build_and_execute(|| {
		open_with_aggregator(plain_spec());
		commit_update(FIRST, 11);
		advance(FIRST);
		assert_eq!(noted(Conduct::MissedCommit).len(), 2);
		advance(FIRST);
		assert_eq!(noted(Conduct::MissedCommit).len(), 2);
	});
}

#[test]
fn who_delivers_to_nobody_is_penalised_and_who_delivers_to_few_is_not() {
	build_and_execute(|| {
		TestLimits::mutate(|limits| limits.penalties.undelivered = 22);
		open_with_aggregator(BountySpec { min_trainers: 1, ..plain_spec() });
		(11..=13).for_each(|trainer| commit_update(FIRST, trainer));
		vote(201, &[11, 12]);
		vote(202, &[11]);
		vote(203, &[11]);
		advance(FIRST);
		assert_eq!(noted(Conduct::Undelivered), [(account(13), 22)]);
		assert_eq!(noted(Conduct::LateUpdate), [(account(12), 0)]);
		assert_eq!(Conducts::get().len(), 2);
		let penalised = event_names().iter().filter(|name| *name == "Penalised").count();
		assert_eq!(penalised, 1, "a conduct without a penalty is no event");
	});
}

#[test]
fn an_absent_aggregator_loses_its_fee_and_a_penalty_at_the_settlement() {
	build_and_execute(|| {
		reach_attest(plain_spec());
		MEMBERS.into_iter().for_each(|member| attest(member, 1));
		advance(FIRST);
		publish(201, 1);
		assert!(Conducts::get().is_empty());
		advance(FIRST);
		let penalty = limits().penalties.absent_aggregator;
		assert_eq!(noted(Conduct::AbsentAggregator), [(account(AGGREGATOR), penalty)]);
		let (_, _, settlement) = Settled::get().remove(0);
		assert!(settlement.payments.iter().all(|paid| paid.account != account(AGGREGATOR)));
	});
}

#[test]
fn an_attestation_of_something_else_costs_more_than_the_fee() {
	let penalty = MEMBER_FEE + limits().penalties.false_attestation;
	build_and_execute(|| {
		reach_accepted(plain_spec());
		advance(FIRST);
		assert_eq!(noted(Conduct::UnopenedAttestation), [(account(204), penalty)]);
	});
	build_and_execute(|| {
		reach_accepted(plain_spec());
		publish(204, 2);
		advance(FIRST);
		assert_eq!(noted(Conduct::OtherModelAttested), [(account(204), penalty)]);
		assert_eq!(noted(Conduct::UnopenedAttestation), []);
	});
}

#[test]
fn an_absent_member_is_noted_without_a_penalty() {
	build_and_execute(|| {
		reach_attest(plain_spec());
		[201, 202, 203, AGGREGATOR].into_iter().for_each(|node| attest(node, 1));
		advance(FIRST);
		publish(201, 1);
		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		advance(FIRST);
		assert_eq!(noted(Conduct::AbsentMember), [(account(204), 0)]);
		assert!(!event_names().contains(&"Penalised".to_owned()));
	});
}

#[test]
fn the_event_says_what_was_really_burned() {
	build_and_execute(|| {
		BondOfEach::set(5);
		reach_accepted(plain_spec());
		advance(FIRST);
		BondOfEach::set(Balance::MAX);
		System::assert_has_event(
			Event::Penalised {
				bounty: BOUNTY,
				round: FIRST,
				account: account(204),
				conduct: Conduct::UnopenedAttestation,
				burned: 5,
			}
			.into(),
		);
	});
}

#[test]
fn penalties_come_before_the_settlement_and_the_next_round_after_it() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		(11..=13).for_each(|trainer| commit_update(SECOND, trainer));
		advance(FIRST);
		assert_eq!(
			event_names(),
			["Penalised", "RoundSettled", "CommitteeSeated", "PhaseStarted"],
			"the next round's Commit ends with the settlement"
		);
		assert_eq!(round(2).phase, Phase::Upload);
		assert_eq!(Settled::get().len(), 1);
	});
}
