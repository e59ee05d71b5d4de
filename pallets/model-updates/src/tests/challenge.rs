use super::{prove_wrong_chunk::*, *};
use sheaf_aggregation::{Opening, WrongResultProof};
use sheaf_training::{HostBlake2, OpenedNodes, Turn};

const BOND: u128 = 500;

fn open_challenge(by: u8, root: Hash) -> DispatchResult {
	ModelUpdates::open_challenge(signed(by), BOUNTY, ONE, root)
}

fn answer(by: u8, nodes: OpenedNodes) -> DispatchResultWithPostInfo {
	ModelUpdates::answer_challenge(signed(by), BOUNTY, ONE, nodes)
}

fn narrow(by: u8, child: u8) -> DispatchResult {
	ModelUpdates::narrow_challenge(signed(by), BOUNTY, ONE, child)
}

fn nodes_of(tree: &Tree<HostBlake2>, level: u32, index: u64) -> OpenedNodes {
	let nodes = tree.open(level, index).unwrap().into_iter().map(Hash::from).collect();
	BoundedVec::truncate_from(nodes)
}

fn held(by: u8) -> u128 {
	Balances::reserved_balance(account(by))
}

/// The next move is not made.
fn fall_silent() {
	let deadline = round().deadline();
	System::set_block_number(deadline);
	let mut training = training();
	training.advance(ONE, 0, Phase::Accepted, deadline, &TestEnvironment).unwrap();
	Rounds::store(training);
}

/// The accepted model has 300 chunks, about which nothing is known but their hashes.
fn accept_deep_model() -> Tree<HostBlake2> {
	open_running();
	let shape = Shape::new(300 * 256).unwrap();
	let leaves = (0..300u32).map(|leaf| sp_io::hashing::blake2_256(&leaf.encode())).collect();
	let tree = Tree::new(shape, leaves).unwrap();
	let wrong = result_of(tree.root().into());
	open_attested([&wrong; 4], &wrong);
	TheTraining::mutate(|training| {
		training.as_mut().unwrap().spec.parameters.element_count = 300 * 256;
	});
	assert_ok!(submit(message(201, ONE, Statement::Publication(wrong))));
	tree
}

#[test]
fn a_challenge_holds_the_bond_and_starts_the_attesters_clock() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(open_challenge(77, root));
		assert_eq!(held(77), BOND);
		let challenge = round().challenge.unwrap();
		assert_eq!((challenge.turn, challenge.deadline), (Turn::Attesters, 11));
		assert_noop!(open_challenge(78, root), Error::<Test>::ChallengeOpen);
	});
}

#[test]
fn a_challenge_needs_the_accepted_root_the_window_and_a_free_bond() {
	build_and_execute(|| {
		open_running();
		assert_noop!(open_challenge(77, hash(5)), Error::<Test>::WrongPhase);
	});
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_noop!(open_challenge(77, hash(5)), Error::<Test>::NoSuchResult);
		assert_noop!(open_challenge(99, root), Error::<Test>::CannotBond);
		System::set_block_number(round().deadline());
		assert_noop!(open_challenge(77, root), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn a_member_opens_a_challenge_and_an_answer_without_fees() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(submit(message(204, ONE, Statement::Challenge { root })));
		assert_eq!(held(204), BOND);
		let nodes = nodes_of(&wrong_model().tree, 1, 0);
		let statement = Statement::Answer { nodes };
		assert_noop!(submit(message(204, ONE, statement.clone())), Error::<Test>::NotAttested);
		assert_ok!(submit(message(202, ONE, statement.clone())));
		assert_noop!(submit(message(202, ONE, statement)), Error::<Test>::NotYourTurn);
		assert_noop!(
			submit(message(204, ONE, Statement::Narrow { child: 0 })),
			Error::<Test>::LeavesOpen
		);
	});
}

#[test]
fn statements_of_a_challenge_are_authorized_only_when_they_would_work() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		let valid = |verifier, statement| validity(signed_call(message(verifier, ONE, statement)));
		assert!(valid(204, Statement::Narrow { child: 0 }).is_err());
		assert!(valid(204, Statement::Challenge { root: hash(3) }).is_err());
		assert!(valid(204, Statement::Challenge { root }).is_ok());
		let all = Balances::free_balance(account(204));
		let _ = Balances::force_set_balance(RuntimeOrigin::root(), account(204), 10);
		assert!(valid(204, Statement::Challenge { root }).is_err(), "no bond");
		assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), account(204), all));
		assert_ok!(open_challenge(77, root));
		let answer = |nodes| Statement::Answer { nodes };
		assert!(valid(201, answer(Default::default())).is_err());
		assert!(valid(201, answer(nodes_of(&wrong_model().tree, 1, 0))).is_ok());
		let proof = proof_against(&wrong_model(), 0);
		assert!(valid(204, Statement::WrongResult { root, proof: proof.clone() }).is_ok());
		let Call::submit_statement { message, .. } =
			signed_call(message(204, ONE, Statement::WrongResult { root, proof }))
		else {
			unreachable!()
		};
		let signature = pair(203).sign(&message.signing_payload());
		assert_eq!(
			validity(Call::submit_statement { message, signature }),
			Err(InvalidTransaction::BadProof.into()),
			"only the member itself"
		);
	});
}

#[test]
fn silence_of_the_attesters_strikes_and_returns_the_bond() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(open_challenge(77, root));
		fall_silent();
		assert_eq!(round().phase, Phase::Publish);
		assert_eq!(held(77), 0);
		let (reporters, offence) = Reports::get().pop().unwrap();
		assert_eq!(reporters, vec![account(77)]);
		assert_eq!(offence.offenders, vec![account(21), account(201), account(202), account(203)]);
	});
}

#[test]
fn silence_of_the_challenger_gives_its_bond_to_who_answered() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(open_challenge(77, root));
		let before = Balances::free_balance(account(21));
		let post = answer(21, nodes_of(&wrong_model().tree, 1, 0)).unwrap();
		assert_eq!(post.pays_fee, Pays::No);
		fall_silent();
		assert_eq!(round().phase, Phase::Accepted, "others may still come");
		assert!(round().challenge.is_none());
		assert_eq!(held(77), 0);
		assert_eq!(Balances::free_balance(account(21)), before + BOND);
		assert_eq!(
			last_event(),
			Event::ChallengeBondPaid { bounty: BOUNTY, round: ONE, to: account(21), amount: BOND }
		);
	});
}

#[test]
fn a_bond_that_cannot_be_paid_is_burned() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		let issuance = Balances::total_issuance();
		TheTraining::mutate(|training| {
			let lowest = training.as_mut().unwrap().lowest.as_mut().unwrap();
			lowest.challenge = None;
		});
		assert_ok!(open_challenge(77, root));
		assert_ok!(answer(21, nodes_of(&wrong_model().tree, 1, 0)));
		// An answerer without an account and a bond below the existential deposit.
		let mut training = training();
		let challenge = training.lowest.as_mut().unwrap().challenge.as_mut().unwrap();
		challenge.answerer = Some(account(99));
		challenge.bond = 5;
		Rounds::store(training);
		fall_silent();
		assert_eq!(held(77), BOND - 5);
		assert_eq!(Balances::total_issuance(), issuance - 5);
		assert_ok!(<Balances as frame_support::traits::fungible::hold::Mutate<_>>::release_all(
			&crate::HoldReason::ChallengeBond.into(),
			&account(77),
			frame_support::traits::tokens::Precision::Exact
		));
	});
}

#[test]
fn answers_and_narrowings_out_of_turn_or_place_are_refused() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		let nodes = || nodes_of(&wrong_model().tree, 1, 0);
		assert_noop!(answer(21, nodes()), Error::<Test>::NoChallenge);
		assert_noop!(narrow(77, 0), Error::<Test>::NoChallenge);
		assert_ok!(open_challenge(77, root));
		assert_noop!(narrow(77, 0), Error::<Test>::NotYourTurn);
		assert_noop!(answer(77, nodes()), Error::<Test>::NotAttested);
		let wrong = nodes_of(&initial_model().tree, 1, 0);
		assert_noop!(answer(21, wrong), Error::<Test>::WrongOpening);
		assert_ok!(answer(21, nodes()));
		assert_noop!(narrow(78, 0), Error::<Test>::NotChallenger);
		assert_noop!(narrow(77, 0), Error::<Test>::LeavesOpen);
	});
}

#[test]
fn a_deep_tree_is_opened_level_by_level() {
	build_and_execute(|| {
		let tree = accept_deep_model();
		assert_ok!(open_challenge(77, tree.root().into()));
		assert_ok!(answer(21, nodes_of(&tree, 9, 0)));
		assert_noop!(narrow(77, 150), Error::<Test>::NoSuchNode);
		assert_ok!(narrow(77, 149));
		let challenge = round().challenge.unwrap();
		assert_eq!((challenge.level, challenge.index), (1, 149));
		assert_ok!(answer(21, nodes_of(&tree, 1, 149)));
		let challenge = round().challenge.unwrap();
		let path = challenge.path(tree.shape(), 1).unwrap();
		let expected: Vec<Hash> = tree.prove(299).unwrap().into_iter().map(Hash::from).collect();
		assert_eq!(path, expected, "the state alone holds the path of every opened leaf");
		assert_eq!(Opening::of(tree.shape(), 1, 149).unwrap().first, 298);
	});
}

#[test]
fn a_proof_from_the_opened_leaves_upholds_the_challenge() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(open_challenge(77, root));
		assert_ok!(answer(21, nodes_of(&wrong_model().tree, 1, 0)));
		let challenge = round().challenge.unwrap();
		let path = challenge.path(Shape::new(299).unwrap(), 0).unwrap();
		let WrongResultProof::Chunk { index, previous, updates, .. } =
			proof_against(&wrong_model(), 0)
		else {
			unreachable!()
		};
		let proof = WrongResultProof::Chunk {
			index,
			claimed_leaf: challenge.opened[0].0,
			claimed_siblings: path.into_iter().map(|node| node.0).collect(),
			previous,
			updates,
		};
		assert_ok!(prove(root, proof));
		assert_eq!(held(77), 0);
		assert_eq!(round().phase, Phase::Publish);
	});
}

#[test]
fn strangers_challenges_are_numbered_but_a_dissenting_member_has_its_own() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		for _ in 0..2 {
			assert_ok!(open_challenge(77, root));
			assert_ok!(answer(21, nodes_of(&wrong_model().tree, 1, 0)));
			fall_silent();
		}
		assert_noop!(open_challenge(77, root), Error::<Test>::TooManyChallenges);
		assert_ok!(submit(message(204, ONE, Statement::Challenge { root })));
	});
}
