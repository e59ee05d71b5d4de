use super::*;

#[test]
fn the_drawn_aggregator_attests_and_publishes() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		open_attested([&right; 4], &right);
		assert_ok!(ModelUpdates::publish_as_aggregator(signed(21), BOUNTY, ONE, 0, right.clone()));
		assert_eq!(
			last_event(),
			Event::ResultPublished {
				bounty: BOUNTY,
				round: ONE,
				attempt: 0,
				account: account(21),
				root: right.next_model_root
			}
		);
		assert_eq!(round().phase, Phase::Accepted);
	});
}

#[test]
fn only_the_drawn_aggregator_attests() {
	build_and_execute(|| {
		open_uploaded();
		let (inputs, hash) = attestation_of(21, &right_result());
		let attest = |account| {
			ModelUpdates::attest_as_aggregator(signed(account), BOUNTY, ONE, 0, inputs, hash)
		};
		assert_noop!(attest(22), Error::<Test>::NotOnCommittee);
		assert_ok!(attest(21));
		assert_noop!(attest(21), Error::<Test>::AlreadyAttested);
	});
}

#[test]
fn publishing_needs_an_attestation_of_that_result() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		let publish = |account, result: &RoundResult| {
			ModelUpdates::publish_as_aggregator(signed(account), BOUNTY, ONE, 0, result.clone())
		};
		assert_noop!(publish(21, &right), Error::<Test>::WrongPhase);
		open_attested([&right; 4], &right);
		assert_noop!(publish(22, &right), Error::<Test>::NotAttested);
		assert_noop!(publish(21, &result_of(hash(1))), Error::<Test>::NotAttested);
	});
}
