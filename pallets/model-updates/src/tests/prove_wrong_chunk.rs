use super::*;
use sheaf_aggregation::{ChunkProof, WrongResultProof};

/// A model with one wrong element in its first chunk.
pub(super) fn wrong_model() -> Blob {
	let mut chunks = next_model(&initial_model()).chunks;
	chunks[0][17] ^= 1;
	Blob::of(chunks)
}

pub(super) fn proof_against(blob: &Blob, index: u64) -> WrongResultProof {
	let place = usize::try_from(index).unwrap();
	let chunk = |blob: &Blob| ChunkProof::new(&blob.tree, index, &blob.chunks[place]).unwrap();
	WrongResultProof::Chunk {
		index,
		claimed_leaf: sp_io::hashing::blake2_256(&blob.chunks[place]),
		claimed_siblings: blob.tree.prove(index).unwrap(),
		previous: chunk(&initial_model()),
		updates: (11..=13).map(|trainer| chunk(&update(trainer))).collect(),
	}
}

pub(super) fn prove(root: Hash, proof: WrongResultProof) -> DispatchResultWithPostInfo {
	ModelUpdates::prove_wrong_chunk(signed(77), BOUNTY, ONE, root, Box::new(proof))
}

/// Verifiers 201 to 203 and the aggregator had a wrong model accepted; 204 was honest.
pub(super) fn accept_wrong_model() -> Hash {
	open_running();
	let (right, wrong) = (right_result(), result_of(wrong_model().root()));
	open_attested([&wrong, &wrong, &wrong, &right], &wrong);
	assert_ok!(submit(message(201, ONE, Statement::Publication(wrong.clone()))));
	assert_eq!(round().phase, Phase::Accepted);
	wrong.next_model_root
}

#[test]
fn a_right_proof_strikes_the_result_reports_its_attesters_and_is_free() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		let post = prove(root, proof_against(&wrong_model(), 0)).unwrap();
		assert_eq!(post.pays_fee, Pays::No);
		assert_eq!(round().phase, Phase::Publish);
		assert!(training().round(RoundIndex(2)).is_none(), "what built on it is discarded");
		let (reporters, offence) = Reports::get().pop().unwrap();
		assert_eq!(reporters, vec![account(77)]);
		assert_eq!(offence.offenders, vec![account(21), account(201), account(202), account(203)]);
		System::assert_has_event(
			Event::WrongChunkProven { bounty: BOUNTY, round: ONE, root, challenger: account(77) }
				.into(),
		);
	});
}

#[test]
fn after_a_strike_the_one_honest_result_replaces_it() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		assert_ok!(prove(root, proof_against(&wrong_model(), 0)));
		let right = right_result();
		assert_ok!(submit(message(204, ONE, Statement::Publication(right.clone()))));
		let deadline = round().deadline();
		System::set_block_number(deadline);
		TheTraining::mutate(|training| {
			let training = training.as_mut().unwrap();
			training.advance(ONE, 0, Phase::Publish, deadline, &TestEnvironment).unwrap();
		});
		assert_eq!(round().phase, Phase::Accepted);
		assert_eq!(round().accepted, Some(right.hash()));
	});
}

#[test]
fn an_honest_result_cannot_be_struck() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		open_attested([&right; 4], &right);
		assert_ok!(submit(message(201, ONE, Statement::Publication(right.clone()))));
		let (root, blob) = (right.next_model_root, next_model(&initial_model()));
		for index in 0..2 {
			assert_noop!(prove(root, proof_against(&blob, index)), Error::<Test>::ResultIsCorrect);
		}
		assert_noop!(
			prove(root, proof_against(&wrong_model(), 0)),
			Error::<Test>::ClaimDoesNotMatchRoot
		);
		assert!(Reports::get().is_empty());
	});
}

#[test]
fn each_flaw_of_a_proof_has_its_error() {
	build_and_execute(|| {
		let root = accept_wrong_model();
		let with = |change: &dyn Fn(&mut u64, &mut ChunkProof, &mut Vec<ChunkProof>)| {
			let mut proof = proof_against(&wrong_model(), 0);
			if let WrongResultProof::Chunk { index, previous, updates, .. } = &mut proof {
				change(index, previous, updates);
			}
			prove(root, proof)
		};
		assert_noop!(with(&|index, _, _| *index = 9), Error::<Test>::IndexOutOfRange);
		assert_noop!(with(&|_, _, updates| updates.truncate(2)), Error::<Test>::MalformedProof);
		assert_noop!(
			with(&|_, previous, _| previous.chunk[0] ^= 1),
			Error::<Test>::PreviousChunkDoesNotMatchRoot
		);
		assert_noop!(
			with(&|_, _, updates| updates[1].chunk[0] ^= 1),
			Error::<Test>::UpdateChunkDoesNotMatchRoot
		);
		assert_noop!(prove(hash(5), proof_against(&wrong_model(), 0)), Error::<Test>::NoSuchResult);
		assert_ok!(prove(root, proof_against(&wrong_model(), 0)));
		assert_noop!(prove(root, proof_against(&wrong_model(), 0)), Error::<Test>::NoSuchResult);
	});
}

#[test]
fn a_proof_needs_a_round_with_frozen_updates() {
	build_and_execute(|| {
		open_running();
		let proof = || proof_against(&wrong_model(), 0);
		assert_noop!(prove(hash(1), proof()), Error::<Test>::WrongPhase);
		let call = |bounty, round| {
			ModelUpdates::prove_wrong_chunk(
				signed(77),
				BountyId(bounty),
				RoundIndex(round),
				hash(1),
				Box::new(proof()),
			)
		};
		assert_noop!(call(0, 2), Error::<Test>::NoSuchRound);
		assert_noop!(call(1, 1), Error::<Test>::NoSuchBounty);
	});
}
