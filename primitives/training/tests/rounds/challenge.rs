//! Challenges of the accepted result.

use crate::support::*;
use sheaf_aggregation::{
	aggregate_chunk, verify_wrong_chunk, write_elements, Blake2b256, ChunkBytes, ChunkProof,
	Hasher, Inputs, Tree, WeightedChunk, WeightedRoot, WrongResultProof,
};
use sheaf_training::{
	testing::{account, hash},
	BountyError, ChallengeOutcome, Effect, Hash, OpenedNodes, Phase, Refusal, RoundError, Turn,
};
use sp_runtime::BoundedVec;

/// Depth 10: two answers to the leaves.
const LEAVES: u64 = 600;

fn claimed() -> (Claim, Story) {
	let claim = Claim::new(LEAVES);
	let story = Story::claimed(&claim);
	(claim, story)
}

/// As [`claimed`], challenged by the dissenting member.
fn challenged() -> (Claim, Story) {
	let (claim, mut story) = claimed();
	story.open_challenge(204).unwrap();
	(claim, story)
}

fn error(error: RoundError) -> Result<(), Refusal> {
	round_error(error)
}

// Opening one.

#[test]
fn a_challenge_asks_for_the_top_and_puts_up_the_bond() {
	let (_, story) = challenged();
	let challenge = story.challenge();
	assert_eq!((challenge.level, challenge.index, challenge.node), (10, 0, None));
	assert_eq!(challenge.turn, Turn::Attesters);
	assert_eq!(challenge.deadline, story.world.now + LENGTHS.answer);
	assert_eq!(challenge.bond, story.world.limits.challenge_bond);
	let opened = Effect::ChallengeOpened { round: FIRST, challenge: challenge.clone() };
	assert_eq!(story.effects, [opened]);
}

#[test]
fn only_the_accepted_root_can_be_challenged() {
	let (_, mut story) = claimed();
	let challenge = |story: &mut Story, root: Hash| {
		story.happen(|training, world| training.open_challenge(FIRST, root, &account(99), world))
	};
	assert_eq!(challenge(&mut story, hash(60)), error(RoundError::NoSuchResult));
	story.publish(FIRST, 3, &result(60)).unwrap();
	let minority = challenge(&mut story, hash(60));
	assert_eq!(minority, error(RoundError::NoSuchResult), "published, not accepted");
}

#[test]
fn nothing_can_be_challenged_before_a_result_is_accepted_or_after_a_strike() {
	let (claim, mut story) = claimed();
	let mut attesting = Story::attesting(claim.spec());
	assert_eq!(attesting.open_challenge(99), error(RoundError::WrongPhase));
	story.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(story.open_challenge(99), error(RoundError::WrongPhase));
	let next = story
		.happen(|training, world| training.open_challenge(SECOND, hash(60), &account(99), world));
	assert_eq!(next, refused(BountyError::NoSuchRound));
}

#[test]
fn one_challenge_at_a_time_is_open() {
	let (_, mut story) = challenged();
	assert_eq!(story.open_challenge(99), error(RoundError::ChallengeOpen));
}

#[test]
fn a_challenge_opens_within_the_window() {
	let (_, mut story) = claimed();
	story.wait(LENGTHS.window - 1);
	story.clone().open_challenge(204).unwrap();
	story.wait(1);
	assert_eq!(story.open_challenge(204), error(RoundError::DeadlinePassed));
}

// Answering it.

#[test]
fn whoever_attested_the_result_may_answer_and_nobody_else() {
	let (claim, mut story) = challenged();
	for stranger in [204, 205, 99, 11] {
		assert_eq!(story.answer(stranger, &claim), error(RoundError::NotAttested));
	}
	story.clone().answer(203, &claim).unwrap();
	story.answer(202, &claim).unwrap();
	let challenge = story.challenge();
	assert_eq!(challenge.answerer, Some(account(202)));
	assert_eq!(challenge.turn, Turn::Challenger);
	assert_eq!(challenge.deadline, story.world.now + LENGTHS.answer);
	assert_eq!(challenge.opened, claim.answer(challenge));
	let moved = Effect::ChallengeMoved { round: FIRST, challenge: challenge.clone() };
	assert_eq!(story.effects, [moved]);
}

#[test]
fn an_answer_is_the_nodes_in_question() {
	let (claim, mut story) = challenged();
	let wrong_opening = error(RoundError::WrongOpening);
	assert_eq!(story.answer_raw(201, Default::default()), wrong_opening, "nothing");
	let nodes = claim.answer(story.challenge());
	let mut too_many = nodes.clone();
	too_many.try_push(hash(1)).unwrap();
	assert_eq!(story.answer_raw(201, too_many), wrong_opening);
	let mut another = nodes;
	another[7] = hash(7);
	assert_eq!(story.answer_raw(201, another), wrong_opening);
	let foreign = claim.tree.open(2, 7).unwrap().into_iter().map(Hash::from).collect();
	assert_eq!(story.answer_raw(201, BoundedVec::truncate_from(foreign)), wrong_opening);
}

#[test]
fn a_later_answer_must_lead_to_the_node_that_was_named() {
	let (claim, mut story) = challenged();
	story.answer(201, &claim).unwrap();
	story.narrow(204, 3).unwrap();
	let other: OpenedNodes = BoundedVec::truncate_from(
		claim.tree.open(2, 4).unwrap().into_iter().map(Hash::from).collect(),
	);
	assert_eq!(story.answer_raw(201, other), error(RoundError::WrongOpening));
	story.answer(201, &claim).unwrap();
}

#[test]
fn nobody_answers_without_a_challenge_out_of_turn_or_late() {
	let (claim, mut story) = claimed();
	assert_eq!(story.answer(201, &claim), error(RoundError::NoChallenge));
	story.open_challenge(204).unwrap();
	let mut late = story.clone();
	story.answer(201, &claim).unwrap();
	assert_eq!(story.answer(202, &claim), error(RoundError::NotYourTurn));
	late.wait(LENGTHS.answer - 1);
	late.clone().answer(201, &claim).unwrap();
	late.wait(1);
	assert_eq!(late.answer(201, &claim), error(RoundError::DeadlinePassed));
	late.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(late.answer(201, &claim), error(RoundError::WrongPhase));
}

#[test]
fn a_root_over_another_tree_cannot_be_answered() {
	// The right number of elements is in the spec, so a claim of another shape has no answer.
	let (claim, mut story) = challenged();
	story.training.spec.parameters.element_count -= 256;
	assert_eq!(story.answer(201, &claim), error(RoundError::WrongOpening));
}

// Narrowing it.

#[test]
fn narrowing_asks_for_a_node_that_was_opened() {
	let (claim, mut story) = challenged();
	story.answer(201, &claim).unwrap();
	story.wait(1);
	story.narrow(204, 149).unwrap();
	let challenge = story.challenge();
	assert_eq!((challenge.level, challenge.index), (2, 149));
	assert_eq!(challenge.node.map(|node| node.0), claim.tree.node(2, 149));
	assert!(challenge.opened.is_empty());
	assert_eq!(challenge.turn, Turn::Attesters);
	assert_eq!(challenge.deadline, story.world.now + LENGTHS.answer);
	let path: Vec<_> = challenge.siblings.iter().map(|sibling| sibling.0).collect();
	assert_eq!(path, claim.tree.prove(149 << 2).unwrap()[2..]);
}

#[test]
fn only_the_challenger_narrows_in_its_turn_and_in_time() {
	let (claim, mut story) = challenged();
	assert_eq!(story.narrow(204, 0), error(RoundError::NotYourTurn));
	story.answer(201, &claim).unwrap();
	assert_eq!(story.narrow(99, 0), error(RoundError::NotChallenger));
	assert_eq!(story.narrow(204, 150), error(RoundError::NoSuchNode), "150 nodes were opened");
	story.wait(LENGTHS.answer);
	assert_eq!(story.narrow(204, 0), error(RoundError::DeadlinePassed));
	let (_, mut unchallenged) = claimed();
	assert_eq!(unchallenged.narrow(204, 0), error(RoundError::NoChallenge));
	unchallenged.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(unchallenged.narrow(204, 0), error(RoundError::WrongPhase));
}

#[test]
fn at_the_leaves_there_is_nothing_to_narrow_but_time_to_prove() {
	let (claim, mut story) = challenged();
	story.open_down_to(599, 204, &claim);
	let challenge = story.challenge();
	assert_eq!((challenge.level, challenge.index), (2, 149));
	assert_eq!(challenge.deadline, story.world.now + LENGTHS.proof);
	assert_eq!(story.narrow(204, 0), error(RoundError::LeavesOpen));
}

#[test]
fn a_model_of_one_chunk_is_opened_by_one_answer() {
	let claim = Claim::new(1);
	let mut story = Story::claimed(&claim);
	story.open_challenge(204).unwrap();
	story.answer(201, &claim).unwrap();
	assert!(story.challenge().at_the_leaves());
	assert_eq!(story.challenge().path(claim.tree.shape(), 0), Some(vec![]));
}

#[test]
fn the_path_in_the_state_is_that_of_the_leaf() {
	for leaf_count in [153, 9_766] {
		let claim = Claim::new(leaf_count);
		let mut story = Story::claimed(&claim);
		story.open_challenge(204).unwrap();
		let last = leaf_count - 1;
		story.open_down_to(last, 204, &claim);
		let challenge = story.challenge();
		let child = challenge.opened.len() as u64 - 1;
		let path = challenge.path(claim.tree.shape(), child).unwrap();
		let path: Vec<_> = path.into_iter().map(|sibling| sibling.0).collect();
		assert_eq!(path, claim.tree.prove(last).unwrap());
		assert_eq!(challenge.path(claim.tree.shape(), child + 1), None);
	}
}

// Silence.

#[test]
fn silence_of_the_attesters_strikes_the_result_and_returns_the_bond() {
	let (_, mut story) = challenged();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(FIRST), (0, Phase::Publish));
	assert_eq!(story.offenders(), [201, 202, 203]);
	assert_eq!(story.challenger(), Some(204));
	assert_eq!(story.ended_challenges(), [(204, ChallengeOutcome::Upheld)]);
	assert!(story.effects.contains(&Effect::RoundDiscarded(SECOND)));
	assert_eq!(story.live(FIRST).challenge, None);
}

#[test]
fn silence_after_an_answer_strikes_too() {
	let (claim, mut story) = challenged();
	story.answer(201, &claim).unwrap();
	story.narrow(204, 0).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.offenders(), [201, 202, 203]);
	assert_eq!(story.ended_challenges(), [(204, ChallengeOutcome::Upheld)]);
}

#[test]
fn silence_of_the_challenger_costs_its_bond() {
	let (claim, mut story) = challenged();
	story.answer(202, &claim).unwrap();
	let deadline = story.challenge().deadline;
	story.advance(FIRST).unwrap();
	assert_eq!(story.world.now, deadline);
	let rejected = ChallengeOutcome::Rejected { answerer: account(202) };
	assert_eq!(story.ended_challenges(), [(204, rejected)]);
	assert!(story.offenders().is_empty());
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	assert!(story.training.following.is_some());
}

#[test]
fn silence_at_the_leaves_costs_the_bond_too() {
	let (claim, mut story) = challenged();
	story.open_down_to(0, 204, &claim);
	story.advance(FIRST).unwrap();
	let rejected = ChallengeOutcome::Rejected { answerer: account(201) };
	assert_eq!(story.ended_challenges(), [(204, rejected)]);
}

#[test]
fn a_move_that_is_due_is_not_ended_early_or_by_an_old_deadline() {
	let (_, mut story) = claimed();
	let window = story.live(FIRST).deadline();
	story.open_challenge(204).unwrap();
	let end = |story: &mut Story, deadline| {
		story.happen(|training, world| training.advance(FIRST, 0, Phase::Accepted, deadline, world))
	};
	let due = story.challenge().deadline;
	assert_eq!(end(&mut story, window), error(RoundError::StaleDeadline));
	assert_eq!(end(&mut story, due), error(RoundError::TooEarly));
	story.wait(LENGTHS.window + 1);
	assert_eq!(end(&mut story, window), error(RoundError::StaleDeadline), "an open challenge");
	end(&mut story, due).unwrap();
}

// Proofs.

#[test]
fn a_proof_ends_the_challenge_in_anybodys_favour_who_opened_it() {
	let (claim, mut story) = challenged();
	story.answer(201, &claim).unwrap();
	story.strike_root(FIRST, claim.root()).unwrap();
	assert_eq!(story.ended_challenges(), [(204, ChallengeOutcome::Upheld)]);
	assert_eq!(story.challenger(), Some(99), "who proved it is rewarded");
}

#[test]
fn a_strike_of_another_root_leaves_the_challenge_open() {
	let (_, mut story) = challenged();
	story.publish(FIRST, 3, &result(60)).unwrap();
	let challenge = story.challenge().clone();
	story.strike(FIRST, 60).unwrap();
	assert_eq!(story.challenge(), &challenge);
	assert_eq!(story.place(FIRST), (0, Phase::Accepted));
	assert!(story.training.following.is_some());
	assert_eq!(story.ended_challenges(), []);
}

/// A whole round of a model of 300 chunks, of which the committee withholds a next model with one
/// wrong element.
struct Withheld {
	previous: Vec<ChunkBytes>,
	update: Vec<ChunkBytes>,
	claim: Claim,
	story: Story,
}

fn tree(chunks: &[ChunkBytes]) -> Tree<Blake2b256> {
	let shape = sheaf_aggregation::Shape::new(chunks.len() as u64 * 256).unwrap();
	let leaves = chunks.iter().map(|chunk| Blake2b256::hash(chunk)).collect();
	Tree::new(shape, leaves).unwrap()
}

fn withheld(wrong: usize) -> Withheld {
	let chunks = |factor: i32| -> Vec<ChunkBytes> {
		(0..300).map(|index| write_elements(&[index * factor; 256])).collect()
	};
	let (previous, update) = (chunks(3), chunks(-1));
	let mut spec = Claim::new(300).spec();
	spec.min_trainers = 1;
	let mut next: Vec<ChunkBytes> = previous
		.iter()
		.zip(&update)
		.zip(0..)
		.map(|((previous, update), index)| {
			let updates = [WeightedChunk { weight: 1, chunk: update }];
			aggregate_chunk(&spec.parameters, index, previous, &updates)
		})
		.collect();
	next[wrong][17] ^= 1;
	let claim = Claim { tree: tree(&next) };
	let story = Story::claimed_under(spec, &claim);
	Withheld { previous, update, claim, story }
}

#[test]
fn after_the_last_answer_the_state_alone_proves_a_wrong_chunk() {
	let wrong = 261;
	let Withheld { previous, update, claim, mut story } = withheld(wrong as usize);
	story.open_challenge(204).unwrap();
	story.open_down_to(wrong, 204, &claim);

	// From here on nothing of the withheld model is used but what the chain holds.
	let challenge = story.challenge();
	let shape = story.training.spec.shape().unwrap();
	let first = challenge.index << challenge.level;
	let siblings_of = |tree: &Tree<Blake2b256>, chunks: &[ChunkBytes], index: u64| {
		ChunkProof::new(tree, index, &chunks[index as usize]).unwrap()
	};
	let (previous_tree, update_tree) = (tree(&previous), tree(&update));
	let updates = [WeightedRoot { weight: 1, root: update_tree.root() }];
	let inputs = Inputs {
		parameters: story.training.spec.parameters,
		previous_root: previous_tree.root(),
		updates: &updates,
	};
	let convicts = |child: usize| {
		let index = first + child as u64;
		let path = challenge.path(shape, child as u64).unwrap();
		let proof = WrongResultProof::Chunk {
			index,
			claimed_leaf: challenge.opened[child].0,
			claimed_siblings: path.into_iter().map(|sibling| sibling.0).collect(),
			previous: siblings_of(&previous_tree, &previous, index),
			updates: vec![siblings_of(&update_tree, &update, index)],
		};
		let root = story.live(FIRST).accepted_result().unwrap().next_model_root.0;
		verify_wrong_chunk::<Blake2b256>(&inputs, &root, &proof).is_ok()
	};
	let convicted: Vec<u64> =
		(0..challenge.opened.len()).filter(|c| convicts(*c)).map(|c| first + c as u64).collect();
	assert_eq!(convicted, [wrong]);
}

// The window.

#[test]
fn the_window_ends_no_earlier_than_a_proof_takes_after_the_last_answer() {
	let (claim, mut story) = claimed();
	story.wait(LENGTHS.window - 1);
	story.open_challenge(204).unwrap();
	story.wait(LENGTHS.answer - 1);
	story.answer(201, &claim).unwrap();
	let started = story.live(FIRST).phase_started_at;
	let ends = |story: &Story| started + story.live(FIRST).phase_length;
	assert_eq!(ends(&story), story.world.now + LENGTHS.proof);
	story.advance(FIRST).unwrap();
	assert_eq!(ends(&story), story.world.now + LENGTHS.proof, "others may have waited");
	assert_eq!(story.live(FIRST).deadline(), ends(&story));
	let started = Effect::PhaseStarted {
		round: FIRST,
		attempt: 0,
		phase: Phase::Accepted,
		deadline: ends(&story),
	};
	assert!(story.effects.contains(&started), "the new deadline is announced");
	story.advance(FIRST).unwrap();
	assert_eq!(story.settlement().1, Some(claim.root()));
}

#[test]
fn an_early_challenge_does_not_change_the_window() {
	let (claim, mut story) = claimed();
	let deadline = story.live(FIRST).deadline();
	story.open_challenge(204).unwrap();
	story.answer(201, &claim).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).deadline(), deadline);
}

#[test]
fn the_next_rounds_commit_waits_for_the_challenge() {
	let (claim, mut story) = claimed();
	story.wait(LENGTHS.window - 1);
	story.open_challenge(204).unwrap();
	story.commit_all(SECOND);
	assert_eq!(story.place(SECOND), (0, Phase::Commit));
	story.answer(201, &claim).unwrap();
	story.advance(FIRST).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.place(SECOND), (0, Phase::Upload), "in the dispatch that settled the first");
}

#[test]
fn a_bounty_can_be_closed_during_a_challenge() {
	let (claim, mut story) = challenged();
	assert_eq!(story.close(), Ok(SECOND));
	story.answer(201, &claim).unwrap();
	story.advance(FIRST).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.training.lowest_index(), Some(SECOND));
}

// How many.

/// Opens a challenge and lets it be rejected.
fn spend_challenge(story: &mut Story, claim: &Claim, challenger: u8) -> Result<(), Refusal> {
	story.open_challenge(challenger)?;
	story.answer(201, claim)?;
	story.advance(FIRST)
}

#[test]
fn strangers_share_a_number_of_challenges() {
	let (claim, mut story) = claimed();
	for stranger in [99, 98] {
		spend_challenge(&mut story, &claim, stranger).unwrap();
	}
	let too_many = error(RoundError::TooManyChallenges);
	assert_eq!(story.open_challenge(97), too_many);
	assert_eq!(story.open_challenge(11), too_many);
}

#[test]
fn strangers_and_attesters_cannot_use_up_the_challenge_of_a_dissenting_member() {
	let (claim, mut story) = claimed();
	for spender in [201, 99] {
		spend_challenge(&mut story, &claim, spender).unwrap();
	}
	let too_many = error(RoundError::TooManyChallenges);
	assert_eq!(story.open_challenge(202), too_many, "a member that attested it");
	spend_challenge(&mut story, &claim, 204).unwrap();
	assert_eq!(story.open_challenge(204), too_many, "one each");
}

#[test]
fn a_dissenting_member_may_use_the_strangers_challenges_after_its_own() {
	let (claim, mut story) = claimed();
	for _ in 0..3 {
		spend_challenge(&mut story, &claim, 204).unwrap();
	}
	assert_eq!(story.open_challenge(204), error(RoundError::TooManyChallenges));
}

#[test]
fn a_member_whose_attestation_opened_late_dissents_until_then() {
	let claim = Claim::new(LEAVES);
	let mut story = Story::attesting(claim.spec());
	story.attest_by(FIRST, &[0, 1, 2], &claim.result());
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &claim.result()).unwrap();
	story.world.limits.max_challenges = 0;
	assert_eq!(story.open_challenge(99), error(RoundError::TooManyChallenges));
	story.open_challenge(204).unwrap();
}

#[test]
fn challenges_drawn_out_to_the_last_block_prolong_the_window_by_a_bounded_time() {
	let (claim, mut story) = claimed();
	let window_ends = story.live(FIRST).deadline();
	for challenger in [99, 98, 204] {
		story.world.now = story.live(FIRST).deadline() - 1;
		story.open_challenge(challenger).unwrap();
		story.world.now = story.challenge().deadline - 1;
		story.answer(201, &claim).unwrap();
		story.world.now = story.challenge().deadline - 1;
		story.narrow(challenger, 0).unwrap();
		story.world.now = story.challenge().deadline - 1;
		story.answer(201, &claim).unwrap();
		story.advance(FIRST).unwrap();
	}
	let each = 3 * LENGTHS.answer + 2 * LENGTHS.proof;
	assert!(story.live(FIRST).deadline() <= window_ends + 3 * each);
	for challenger in [99, 98, 97, 201, 202, 203, 204, 11] {
		assert_eq!(story.open_challenge(challenger), error(RoundError::TooManyChallenges));
	}
	story.advance(FIRST).unwrap();
	assert_eq!(story.settlement().1, Some(claim.root()));
}

#[test]
fn every_accepted_result_has_challenges_of_its_own() {
	let (first, second) = (Claim::new(LEAVES), Claim::new(LEAVES + 1));
	let mut story = Story::attesting(first.spec());
	story.attest_by(FIRST, &[0, 1], &first.result());
	story.attest_by(FIRST, &[2], &first.result());
	story.attest_by(FIRST, &[3], &second.result());
	story.publish(FIRST, 0, &first.result()).unwrap();
	story.publish(FIRST, 3, &second.result()).unwrap();
	for stranger in [99, 98] {
		spend_challenge(&mut story, &first, stranger).unwrap();
	}
	story.open_challenge(204).unwrap();
	story.advance(FIRST).unwrap();
	story.advance(FIRST).unwrap();
	assert_eq!(story.live(FIRST).accepted_result(), Some(&second.result()));
	assert_eq!((story.live(FIRST).challenges, story.live(FIRST).member_challenges), (0, 0));
	story.open_challenge(99).unwrap();
}
