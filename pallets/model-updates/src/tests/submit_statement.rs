use super::*;

const NOT_NOW: TransactionValidityError =
	TransactionValidityError::Unknown(UnknownTransaction::Custom(1));

fn attestation(verifier: u8) -> VerifierMessage {
	let (inputs, hash) = attestation_of(verifier, &right_result());
	message(verifier, ONE, Statement::Attestation { inputs, hash })
}

#[test]
fn a_quorum_of_votes_opens_enrolment_and_each_votes_once() {
	build_and_execute(|| {
		open();
		let vote = |verifier| submit(message(verifier, RoundIndex(0), availability(0, vec![])));
		assert_ok!(vote(201));
		assert_eq!(
			last_event(),
			Event::AvailabilityVoted {
				bounty: BOUNTY,
				round: RoundIndex(0),
				attempt: 0,
				verifier: account(201),
				bits: 0
			}
		);
		assert_noop!(vote(201), Error::<Test>::AlreadyVoted);
		assert_noop!(vote(205), Error::<Test>::NotOnCommittee);
		assert_ok!(vote(202));
		assert_ok!(vote(203));
		assert_noop!(vote(204), Error::<Test>::WrongState);
	});
}

#[test]
fn a_quorum_that_holds_everything_freezes_the_updates() {
	build_and_execute(|| {
		open_uploaded();
		let frozen = round().frozen.unwrap();
		let roots: Vec<_> = frozen.updates.iter().map(|update| update.root).collect();
		assert_eq!(roots, (11..=13).map(|trainer| update(trainer).root()).collect::<Vec<_>>());
	});
}

#[test]
fn votes_must_stand_for_roots_that_open_commitments() {
	build_and_execute(|| {
		open_committed();
		let vote = |bits, roots| submit(message(201, ONE, availability(bits, roots)));
		assert_noop!(vote(0b10, vec![]), Error::<Test>::VoteWithoutRoot);
		assert_noop!(vote(1 << 64, vec![]), Error::<Test>::VoteWithoutRoot);
		let wrong = OpenedRoot { root: hash(9), ..opened(11) };
		assert_noop!(vote(0b10, vec![wrong]), Error::<Test>::RootOpensNothing);
		let copied = OpenedRoot { slot: Some(Slot(1)), ..opened(11) };
		assert_noop!(vote(0b100, vec![copied]), Error::<Test>::RootOpensNothing);
		assert_ok!(vote(0, vec![]));
		assert_noop!(vote(0, vec![]), Error::<Test>::NothingNew);
		assert_ok!(vote(0b10, vec![opened(11)]));
	});
}

#[test]
fn a_member_sends_at_most_eight_votes() {
	build_and_execute(|| {
		open_committed();
		TheTraining::mutate(|training| {
			training.as_mut().unwrap().lowest.as_mut().unwrap().votes[0].sent = 8;
		});
		assert_noop!(
			submit(message(201, ONE, availability(0b10, vec![opened(11)]))),
			Error::<Test>::TooManyVotes
		);
	});
}

#[test]
fn attestations_name_the_frozen_inputs_once() {
	build_and_execute(|| {
		open_uploaded();
		let wrong = Statement::Attestation { inputs: hash(1), hash: hash(2) };
		assert_noop!(submit(message(201, ONE, wrong)), Error::<Test>::WrongInputs);
		assert_ok!(submit(attestation(201)));
		assert_eq!(
			last_event(),
			Event::ResultAttested { bounty: BOUNTY, round: ONE, attempt: 0, account: account(201) }
		);
		assert_noop!(submit(attestation(201)), Error::<Test>::AlreadyAttested);
		let mut late = attestation(202);
		late.attempt = 1;
		assert_noop!(submit(late), Error::<Test>::WrongAttempt);
		System::set_block_number(11);
		assert_noop!(submit(attestation(202)), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn one_publication_opens_everybodys_attestation_and_is_accepted() {
	build_and_execute(|| {
		let right = {
			open_running();
			right_result()
		};
		open_attested([&right; 4], &right);
		assert_ok!(submit(message(203, ONE, Statement::Publication(right.clone()))));
		assert_eq!(round().phase, Phase::Accepted);
		assert_eq!(training().round(RoundIndex(2)).unwrap().phase, Phase::Commit);
		assert_noop!(
			submit(message(204, ONE, Statement::Publication(right.clone()))),
			Error::<Test>::AlreadyPublished
		);
		let other = Statement::Publication(result_of(hash(3)));
		assert_noop!(submit(message(204, ONE, other)), Error::<Test>::NotAttested);
	});
}

#[test]
fn scores_without_a_slice_are_refused() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		open_attested([&right; 4], &right);
		let scores = Some(sheaf_training::Scores {
			correct: 1,
			leave_one_out: Default::default(),
			answers: hash(1),
		});
		let scored = Statement::Publication(RoundResult { scores, ..right });
		assert_noop!(submit(message(201, ONE, scored)), Error::<Test>::MalformedScores);
	});
}

#[test]
fn the_pool_takes_a_signed_message_and_does_not_change_the_state() {
	build_and_execute(|| {
		open_uploaded();
		let before = training();
		let valid = validity(signed_call(attestation(201))).unwrap();
		assert_eq!((valid.priority, valid.provides.len()), (1 << 20, 1));
		assert_eq!(training(), before);
	});
}

#[test]
fn the_pool_refuses_what_can_never_be_right() {
	build_and_execute(|| {
		open_uploaded();
		let refused = |call| validity(call).unwrap_err();
		let bad_proof = TransactionValidityError::from(InvalidTransaction::BadProof);
		let foreign = VerifierMessage { genesis: hash(1), ..attestation(201) };
		assert_eq!(refused(signed_call(foreign)), bad_proof);
		let Call::submit_statement { message, .. } = signed_call(attestation(201)) else {
			unreachable!()
		};
		let signature = pair(202).sign(&message.signing_payload());
		assert_eq!(refused(Call::submit_statement { message, signature }), bad_proof);
		let unknown = VerifierMessage { bounty: BountyId(5), ..attestation(201) };
		assert_eq!(refused(signed_call(unknown)), InvalidTransaction::Call.into());
	});
}

#[test]
fn the_pool_keeps_unknown_what_is_only_not_right_now() {
	build_and_execute(|| {
		open_uploaded();
		let refused = |call| validity(call).unwrap_err();
		let from_the_future = VerifierMessage { at: 2, ..attestation(201) };
		assert_eq!(refused(signed_call(from_the_future)), NOT_NOW);
		let stranger = VerifierMessage { verifier: account(205), ..attestation(201) };
		assert_eq!(refused(signed_call(stranger)), NOT_NOW);
		assert_ok!(submit(attestation(201)));
		assert_eq!(refused(signed_call(attestation(201))), NOT_NOW);
		let old = attestation(202);
		System::set_block_number(40);
		assert_eq!(refused(signed_call(old)), InvalidTransaction::Stale.into());
	});
}

#[test]
fn two_senders_of_one_publication_share_a_tag() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		open_attested([&right; 4], &right);
		let tag = |verifier| {
			let message = message(verifier, ONE, Statement::Publication(right.clone()));
			validity(signed_call(message)).unwrap().provides
		};
		assert_eq!(tag(201), tag(202));
	});
}

#[test]
fn a_signed_origin_cannot_submit_a_statement() {
	build_and_execute(|| {
		open_uploaded();
		let Call::submit_statement { message, signature } = signed_call(attestation(201)) else {
			unreachable!()
		};
		assert_noop!(
			ModelUpdates::submit_statement(signed(201), message, signature),
			DispatchError::BadOrigin
		);
	});
}
