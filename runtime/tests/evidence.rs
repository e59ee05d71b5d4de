//! Evidence against honest results, and evidence used where it does not belong.

mod support;

use pallet_model_updates::{Call as Updates, Error};
use sheaf_aggregation::{ChunkProof, WrongResultProof};
use sheaf_runtime::{Balance, Runtime};
use sheaf_training::{BountyId, BountyState, Hash, Phase, RoundIndex, Statement};
use sp_runtime::{transaction_validity::TransactionSource, ApplyExtrinsicResult};
use support::{
	account,
	actors::{Cast, AGGREGATOR, TRAINERS, VERIFIERS},
	books::{balanced_books, Books},
	pair,
	stories::{in_phase, refused, CHALLENGER, FIRST, NOT_NOW, SECOND},
	world::noise,
};

const MAJORITY: [&str; 4] = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
const ACCEPTED: ApplyExtrinsicResult = Ok(Ok(()));

/// What evidence about a chunk consists of, to be changed.
struct Parts<'a> {
	index: &'a mut u64,
	leaf: &'a mut sheaf_aggregation::Hash,
	path: &'a mut Vec<sheaf_aggregation::Hash>,
	previous: &'a mut ChunkProof,
	updates: &'a mut Vec<ChunkProof>,
}

type Change = fn(Parts);

fn changed(mut proof: WrongResultProof, change: Change) -> WrongResultProof {
	let WrongResultProof::Chunk { index, claimed_leaf, claimed_siblings, previous, updates } =
		&mut proof
	else {
		unreachable!("evidence is about a chunk")
	};
	change(Parts { index, leaf: claimed_leaf, path: claimed_siblings, previous, updates });
	proof
}

/// A bounty whose first round was accepted, and that leaves time for much evidence.
fn in_a_long_window(liars: &[&'static str]) -> Cast {
	let mut cast = Cast::gather();
	cast.liars = liars.to_vec();
	cast.spec.lengths.window = 50;
	cast.start();
	cast.reach(Phase::Accepted);
	cast
}

fn fees_of(cast: &Cast, name: &str) -> Balance {
	Books::of(&cast.chain.events).fee_of(&account(name))
}

// Attack: an honest result is struck with evidence that was tampered with, cut short, drawn out, moved
// to another place or order. It fails because everything in it is checked against roots on chain, and
// lengths before anything is hashed; whoever sends it pays for the transaction.
#[test]
fn no_evidence_convicts_an_honest_result_and_all_of_it_costs_a_fee() {
	let mut cast = in_a_long_window(&[]);
	let root = cast.accepted_root();
	let cases: [(Change, Error<Runtime>); 15] = [
		(|_| (), Error::ResultIsCorrect),
		(|proof| proof.leaf[0] ^= 1, Error::ClaimDoesNotMatchRoot),
		(|proof| proof.path[0][0] ^= 1, Error::ClaimDoesNotMatchRoot),
		(|proof| *proof.index = 0, Error::ClaimDoesNotMatchRoot),
		(|proof| *proof.index = 2, Error::IndexOutOfRange),
		(|proof| *proof.index = u64::MAX, Error::IndexOutOfRange),
		(|proof| proof.path.clear(), Error::MalformedProof),
		(|proof| proof.path.push([0; 32]), Error::MalformedProof),
		(|proof| proof.previous.chunk[0] ^= 1, Error::PreviousChunkDoesNotMatchRoot),
		(|proof| proof.previous.chunk.truncate(1_023), Error::MalformedProof),
		(|proof| proof.previous.chunk.push(0), Error::MalformedProof),
		(|proof| proof.updates[1].chunk[0] ^= 1, Error::UpdateChunkDoesNotMatchRoot),
		(|proof| proof.updates.swap(0, 1), Error::UpdateChunkDoesNotMatchRoot),
		(|proof| proof.updates.truncate(2), Error::MalformedProof),
		(|proof| proof.updates.push(proof.updates[0].clone()), Error::MalformedProof),
	];
	let evidence = cast.evidence(&root);
	for (place, (change, error)) in cases.into_iter().enumerate() {
		let before = fees_of(&cast, CHALLENGER);
		let proof = changed(evidence.clone(), change);
		assert_eq!(cast.accuse(CHALLENGER, root, proof), refused(error), "case {place}");
		assert!(fees_of(&cast, CHALLENGER) > before, "case {place}");
	}
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	assert!(balanced_books(&mut cast.chain).slashes.is_empty());
}

// Attack: evidence of another kind, or against a model that nobody published. It fails because a right
// root has no other element count in its preimage and nothing in its padding.
#[test]
fn evidence_of_another_kind_does_not_convict_an_honest_result() {
	let mut cast = in_a_long_window(&[]);
	let root = cast.accepted_root();
	let top = cast.blobs.top(&root);
	let count = |element_count| WrongResultProof::ElementCount { element_count, top };
	let padding =
		WrongResultProof::Padding { index: 2, claimed_leaf: [1; 32], claimed_siblings: vec![top] };
	let right = cast.evidence(&root);
	let cases = [
		(root, count(299), Error::ResultIsCorrect),
		(root, count(300), Error::ClaimDoesNotMatchRoot),
		(root, padding, Error::IndexOutOfRange),
		(Hash::repeat_byte(1), right, Error::NoSuchResult),
	];
	for (accused, proof, error) in cases {
		assert_eq!(cast.accuse(CHALLENGER, accused, proof), refused(error));
	}
	assert_eq!(cast.finish(), BountyState::Completed);
	assert!(balanced_books(&mut cast.chain).slashes.is_empty());
}

// Attack: a member sends wrong evidence, which costs it no fee, again and again. It fails because the
// pool and the block's author check it before they take it.
#[test]
fn wrong_evidence_without_a_fee_is_taken_into_no_block() {
	let mut cast = Cast::accepted(&[]);
	let root = cast.accepted_root();
	let proof = cast.evidence(&root);
	let statement = Statement::WrongResult { root, proof };
	let accusation = cast.state(VERIFIERS[0], FIRST, 0, statement);
	let answer = cast.chain.validate(TransactionSource::External, accusation.clone());
	assert_eq!(answer, Err(NOT_NOW));
	assert_eq!(cast.chain.add_block(vec![accusation]), vec![Err(NOT_NOW)]);
	assert_eq!(cast.finish(), BountyState::Completed);
}

// Attack: right evidence is sent twice, to be rewarded twice or to slash twice. It fails because a struck
// root stands no more. The first costs nothing, the second its fee.
#[test]
fn right_evidence_is_free_and_works_once() {
	let mut cast = Cast::accepted(&MAJORITY);
	let wrong = cast.accepted_root();
	let proof = cast.evidence(&wrong);
	assert_eq!(cast.accuse(CHALLENGER, wrong, proof.clone()), vec![ACCEPTED]);
	assert_eq!(fees_of(&cast, CHALLENGER), 0);
	assert_eq!(cast.accuse("//Eve", wrong, proof.clone()), refused(Error::NoSuchResult));
	assert!(fees_of(&cast, "//Eve") > 0);
	cast.run_until(|training| training.lowest_index() == Some(SECOND));
	assert_eq!(cast.accuse("//Eve", wrong, proof), refused(Error::NoSuchRound));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.apply_slashes(&MAJORITY);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slashes.len(), 4, "each of them once");
	assert_eq!(books.slash_reward_of("//Eve"), 0);
}

// Attack: evidence that is right in one place is used in another round or bounty, against honest work.
// It fails because it must lead to a root that was published there, from that place's inputs.
#[test]
fn evidence_is_good_in_its_own_round_and_bounty_only() {
	let mut cast = in_a_long_window(&MAJORITY);
	let wrong = cast.accepted_root();
	let proof = cast.evidence(&wrong);

	// Another bounty with other updates, where all are honest.
	cast.liars.clear();
	cast.bounty = BountyId(1);
	let elements = cast.spec.parameters.element_count;
	cast.mischief.updates =
		TRAINERS.iter().zip(40..).map(|(name, seed)| (*name, noise(elements, seed))).collect();
	cast.start();
	cast.reach(Phase::Accepted);
	let honest = cast.accepted_root();
	assert_ne!(honest, wrong);
	let accuse = |cast: &mut Cast, bounty, round, root| {
		let proof = Box::new(proof.clone());
		let call = Updates::prove_wrong_chunk { bounty: BountyId(bounty), round, root, proof };
		let call = cast.chain.sign(&pair(CHALLENGER), call);
		cast.chain.add_block(vec![call])
	};
	assert_eq!(accuse(&mut cast, 1, FIRST, honest), refused(Error::ClaimDoesNotMatchRoot));
	assert_eq!(accuse(&mut cast, 1, FIRST, wrong), refused(Error::NoSuchResult));
	assert_eq!(accuse(&mut cast, 1, SECOND, honest), refused(Error::WrongPhase));
	assert_eq!(accuse(&mut cast, 1, RoundIndex(3), honest), refused(Error::NoSuchRound));
	assert_eq!(accuse(&mut cast, 2, FIRST, honest), refused(Error::NoSuchBounty));
	assert!(in_phase(&cast.training(), Phase::Accepted));
	assert_eq!(accuse(&mut cast, 0, FIRST, wrong), vec![ACCEPTED]);
	balanced_books(&mut cast.chain);
}

// Attack: liars let the attempt fail in which they published a wrong result, to be out of reach before
// it is proven. It fails because evidence is good against every attempt of a round until it settles.
#[test]
fn a_wrong_result_of_a_failed_attempt_is_still_punished() {
	let mut cast = Cast::gather();
	cast.liars = VERIFIERS[..2].to_vec();
	cast.start();
	cast.reach(Phase::Publish);
	let round = cast.first_round();
	let lie = cast.result_of(VERIFIERS[0], FIRST, &round);
	let wrong = lie.next_model_root;
	let published = cast.state(VERIFIERS[0], FIRST, 0, Statement::Publication(lie));
	cast.chain.add_good_block(vec![published]);
	// Two against two: no quorum, so the attempt fails.
	cast.mischief.secretive = VERIFIERS.to_vec();
	cast.run_until(|training| training.round(FIRST).is_some_and(|round| round.attempt == 1));
	assert_eq!(cast.prove(wrong), vec![ACCEPTED]);
	cast.mischief.secretive.clear();
	cast.liars.clear();
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&VERIFIERS[..2]);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slashes.len(), 2);
	assert!(books.slash_reward_of(VERIFIERS[2]) > 0 && books.slash_reward_of(VERIFIERS[3]) > 0);
}
