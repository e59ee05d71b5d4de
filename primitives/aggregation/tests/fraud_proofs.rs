//! Every kind of wrong result is proven wrong; a correct one never is.

mod support;

use codec::{Decode, Encode};
use proptest::prelude::*;
use sheaf_aggregation::*;
use support::{shape, Vector};

type B = Blake2b256;

/// A finished round: 1,100 elements, 5 leaves, depth 3, so three leaves of padding.
struct Round {
	parameters: Parameters,
	previous: Vector,
	updates: Vec<Vector>,
	roots: Vec<WeightedRoot>,
	next: Vector,
}

const RULES: [Rule; 3] = [Rule::WeightedMean, Rule::Median, Rule::TrimmedMean { trim: 1 }];

fn round(rule: Rule, update_count: u64, seed: u64) -> Round {
	let parameters = Parameters { rule, element_count: 1_100, clip: 1 << 20, model_bound: 1 << 24 };
	let shape = parameters.shape().unwrap();
	let previous = Vector::random(shape, seed, 7);
	let updates: Vec<_> =
		(1..=update_count).map(|slot| Vector::random(shape, seed ^ (slot << 32), 10)).collect();
	let roots: Vec<_> = (1..)
		.zip(&updates)
		.map(|(weight, update)| WeightedRoot { weight, root: update.tree.root() })
		.collect();
	let chunk = |index: u64| {
		let weighted: Vec<_> = roots
			.iter()
			.zip(&updates)
			.map(|(root, update)| WeightedChunk {
				weight: root.weight,
				chunk: &update.chunks[index as usize],
			})
			.collect();
		aggregate_chunk(&parameters, index, &previous.chunks[index as usize], &weighted)
	};
	let next = Vector::new(shape, (0..shape.leaf_count()).map(chunk).collect());
	Round { parameters, previous, updates, roots, next }
}

impl Round {
	fn inputs(&self) -> Inputs<'_> {
		Inputs {
			parameters: self.parameters,
			previous_root: self.previous.tree.root(),
			updates: &self.roots,
		}
	}

	fn shape(&self) -> Shape {
		self.parameters.shape().unwrap()
	}

	/// The proof that `claimed` is wrong at `index`, whether it is or not.
	fn prove(&self, claimed: &Tree<B>, index: u64) -> WrongResultProof {
		WrongResultProof::Chunk {
			index,
			claimed_leaf: claimed.node(0, index).unwrap(),
			claimed_siblings: claimed.prove(index).unwrap(),
			previous: self.previous.prove(index),
			updates: self.updates.iter().map(|update| update.prove(index)).collect(),
		}
	}

	fn verify(&self, root: &Hash, proof: &WrongResultProof) -> Result<(), FraudProofError> {
		verify_wrong_chunk::<B>(&self.inputs(), root, proof)
	}

	/// The next model with one bit flipped.
	fn with_wrong_bit(&self, index: u64, byte: usize) -> Vector {
		let mut chunks = self.next.chunks.clone();
		chunks[index as usize][byte] ^= 1;
		Vector::new(self.shape(), chunks)
	}
}

/// A tree whose leaves, padding included, are whatever one likes.
fn free_tree(shape: Shape, leaves: Vec<Hash>) -> (Hash, Tree<B>) {
	assert_eq!(leaves.len() as u64, shape.padded_leaf_count());
	let full = support::shape(shape.padded_leaf_count() * 256);
	let tree = Tree::new(full, leaves).unwrap();
	let top = tree.node(shape.depth(), 0).unwrap();
	(seal_root::<B>(shape.element_count(), top), tree)
}

#[test]
fn one_wrong_bit_in_any_chunk_is_proven() {
	for rule in RULES {
		let round = round(rule, 4, 1);
		for index in 0..round.shape().leaf_count() {
			let wrong = round.with_wrong_bit(index, 301);
			let root = wrong.tree.root();
			for pointed_at in 0..round.shape().leaf_count() {
				let expected = match pointed_at == index {
					true => Ok(()),
					false => Err(FraudProofError::ResultIsCorrect),
				};
				assert_eq!(round.verify(&root, &round.prove(&wrong.tree, pointed_at)), expected);
			}
		}
	}
}

#[test]
fn dirt_past_the_last_element_is_proven() {
	let round = round(Rule::Median, 3, 2);
	let wrong = round.with_wrong_bit(4, 1023);
	assert!(!is_zero_padded(round.shape(), 4, &wrong.chunks[4]));
	assert_eq!(round.verify(&wrong.tree.root(), &round.prove(&wrong.tree, 4)), Ok(()));
}

#[test]
fn a_leaf_without_any_preimage_is_proven() {
	let round = round(Rule::WeightedMean, 3, 3);
	let mut leaves: Vec<_> = (0..5).map(|i| round.next.tree.node(0, i).unwrap()).collect();
	leaves[2] = [0xab; 32];
	let tree = Tree::new(round.shape(), leaves).unwrap();
	assert_eq!(round.verify(&tree.root(), &round.prove(&tree, 2)), Ok(()));
}

#[test]
fn data_in_the_padding_is_proven() {
	let round = round(Rule::WeightedMean, 3, 4);
	let shape = round.shape();
	let right: Vec<_> = (0..8).map(|i| round.next.tree.node(0, i).unwrap()).collect();
	assert_eq!(free_tree(shape, right.clone()).0, round.next.tree.root());
	for index in 5..8 {
		let mut leaves = right.clone();
		leaves[index as usize] = [1; 32];
		let (root, tree) = free_tree(shape, leaves);
		let proof = |index: u64| WrongResultProof::Padding {
			index,
			claimed_leaf: tree.node(0, index).unwrap(),
			claimed_siblings: tree.prove(index).unwrap(),
		};
		assert_eq!(round.verify(&root, &proof(index)), Ok(()));
		for other in (5..8).filter(|other| *other != index) {
			assert_eq!(round.verify(&root, &proof(other)), Err(FraudProofError::ResultIsCorrect));
		}
		assert_eq!(round.verify(&root, &proof(4)), Err(FraudProofError::IndexOutOfRange));
		let mut outside = proof(index);
		if let WrongResultProof::Padding { index, .. } = &mut outside {
			*index += 8;
		}
		assert_eq!(round.verify(&root, &outside), Err(FraudProofError::IndexOutOfRange));
		assert_eq!(
			round.verify(&round.next.tree.root(), &proof(index)),
			Err(FraudProofError::ClaimedPathDoesNotMatchRoot)
		);
	}
}

#[test]
fn another_element_count_in_the_root_is_proven() {
	let round = round(Rule::WeightedMean, 3, 5);
	let top = round.next.tree.node(3, 0).unwrap();
	for element_count in [0, 1, 1_099, 1_101, u64::MAX] {
		let root = seal_root::<B>(element_count, top);
		let proof = WrongResultProof::ElementCount { element_count, top };
		assert_eq!(round.verify(&root, &proof), Ok(()));
		assert_eq!(
			round.verify(&round.next.tree.root(), &proof),
			Err(FraudProofError::ClaimedPathDoesNotMatchRoot)
		);
	}
	let honest = WrongResultProof::ElementCount { element_count: 1_100, top };
	assert_eq!(
		round.verify(&round.next.tree.root(), &honest),
		Err(FraudProofError::ResultIsCorrect)
	);
}

#[test]
fn a_correct_result_survives_an_honest_attempt_everywhere() {
	for rule in RULES {
		for update_count in 0..5 {
			let round = round(rule, update_count, 6);
			let root = round.next.tree.root();
			for index in 0..round.shape().leaf_count() {
				let proof = round.prove(&round.next.tree, index);
				assert_eq!(round.verify(&root, &proof), Err(FraudProofError::ResultIsCorrect));
			}
		}
	}
}

#[test]
fn dirty_padding_in_the_inputs_cannot_make_a_result_wrong() {
	let mut round = round(Rule::WeightedMean, 3, 7);
	let shape = round.shape();
	for vector in round.updates.iter_mut().chain([&mut round.previous]) {
		let mut chunks = vector.chunks.clone();
		chunks[4][800..].fill(0x55);
		*vector = Vector::new(shape, chunks);
	}
	for (root, update) in round.roots.iter_mut().zip(&round.updates) {
		root.root = update.tree.root();
	}
	let proof = round.prove(&round.next.tree, 4);
	assert_eq!(
		round.verify(&round.next.tree.root(), &proof),
		Err(FraudProofError::ResultIsCorrect)
	);
}

#[test]
fn every_refusal_is_named() {
	use FraudProofError::*;
	let round = round(Rule::Median, 3, 8);
	let wrong = round.with_wrong_bit(1, 0);
	let root = wrong.tree.root();
	type Parts<'a> =
		(&'a mut u64, &'a mut Hash, &'a mut Vec<Hash>, &'a mut ChunkProof, &'a mut Vec<ChunkProof>);
	let refused = |expected: FraudProofError, edit: &dyn Fn(Parts<'_>)| {
		let mut proof = round.prove(&wrong.tree, 1);
		assert_eq!(round.verify(&root, &proof), Ok(()));
		match &mut proof {
			WrongResultProof::Chunk {
				index,
				claimed_leaf,
				claimed_siblings,
				previous,
				updates,
			} => edit((index, claimed_leaf, claimed_siblings, previous, updates)),
			_ => unreachable!(),
		}
		assert_eq!(round.verify(&root, &proof), Err(expected));
	};
	let update = |position| UpdateChunkDoesNotMatchRoot { position };
	let malformed = |position| MalformedUpdateChunk { position };
	refused(IndexOutOfRange, &|(index, ..)| *index = 5);
	refused(IndexOutOfRange, &|(index, ..)| *index = u64::MAX);
	refused(ClaimedPathDoesNotMatchRoot, &|(index, ..)| *index = 0);
	refused(ClaimedPathDoesNotMatchRoot, &|(_, leaf, ..)| leaf[31] ^= 1);
	refused(ClaimedPathDoesNotMatchRoot, &|(_, _, path, ..)| path[2][0] ^= 1);
	refused(MalformedClaimedPath, &|(_, _, path, ..)| path.truncate(2));
	refused(MalformedClaimedPath, &|(_, _, path, ..)| path.push([0; 32]));
	refused(PreviousChunkDoesNotMatchRoot, &|(.., previous, _)| previous.chunk[0] ^= 1);
	refused(PreviousChunkDoesNotMatchRoot, &|(.., previous, _)| previous.siblings[0][0] ^= 1);
	refused(MalformedPreviousChunk, &|(.., previous, _)| previous.chunk.truncate(1023));
	refused(MalformedPreviousChunk, &|(.., previous, _)| previous.siblings.truncate(2));
	refused(update(2), &|(.., updates)| updates[2].chunk[1023] ^= 1);
	refused(update(0), &|(.., updates)| updates[0].siblings[1][5] ^= 1);
	refused(update(0), &|(.., updates)| updates.swap(0, 1));
	refused(malformed(1), &|(.., updates)| updates[1].chunk.push(0));
	refused(malformed(2), &|(.., updates)| updates[2].siblings.clear());
	refused(WrongNumberOfUpdates, &|(.., updates)| updates.truncate(2));
	refused(WrongNumberOfUpdates, &|(.., updates)| updates.push(updates[0].clone()));

	let inputs = Inputs {
		parameters: Parameters { element_count: 0, ..round.parameters },
		..round.inputs()
	};
	assert_eq!(
		verify_wrong_chunk::<B>(&inputs, &root, &round.prove(&wrong.tree, 1)),
		Err(InvalidParameters)
	);
}

/// Hashes nothing, to show that length checks come first.
struct Refusing;
impl Hasher for Refusing {
	fn hash(_: &[u8]) -> Hash {
		panic!("hashed before lengths were checked")
	}
}

#[test]
fn lengths_are_checked_before_anything_is_hashed() {
	let round = round(Rule::Median, 3, 9);
	let root = round.next.tree.root();
	let good = round.prove(&round.next.tree, 1);
	let WrongResultProof::Chunk { index, claimed_leaf, claimed_siblings, previous, updates } = good
	else {
		unreachable!()
	};
	let mut late = updates.clone();
	late[2].siblings.pop();
	let proof = WrongResultProof::Chunk {
		index,
		claimed_leaf,
		claimed_siblings: claimed_siblings.clone(),
		previous: previous.clone(),
		updates: late,
	};
	assert!(verify_wrong_chunk::<Refusing>(&round.inputs(), &root, &proof).is_err());
	let zero =
		WrongResultProof::Padding { index: 5, claimed_leaf: [0; 32], claimed_siblings: vec![] };
	assert!(verify_wrong_chunk::<Refusing>(&round.inputs(), &root, &zero).is_err());
	let short =
		WrongResultProof::Padding { index: 5, claimed_leaf: [1; 32], claimed_siblings: vec![] };
	assert_eq!(
		verify_wrong_chunk::<Refusing>(&round.inputs(), &root, &short),
		Err(FraudProofError::MalformedClaimedPath)
	);
}

#[test]
fn a_single_leaf_model_is_proven_wrong_too() {
	let parameters = Parameters { rule: Rule::Median, element_count: 256, clip: 9, model_bound: 9 };
	let vector = Vector::random(shape(256), 1, 20);
	let proof = WrongResultProof::Chunk {
		index: 0,
		claimed_leaf: [3; 32],
		claimed_siblings: vec![],
		previous: vector.prove(0),
		updates: vec![],
	};
	let inputs = Inputs { parameters, previous_root: vector.tree.root(), updates: &[] };
	let root = seal_root::<B>(256, [3; 32]);
	assert_eq!(verify_wrong_chunk::<B>(&inputs, &root, &proof), Ok(()));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn no_tampered_proof_convicts_a_correct_result(
		seed: u64,
		rule in prop::sample::select(&RULES[..]),
		update_count in 0u64..5,
		pointed_at in 0u64..5,
		edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
		truncation: prop::sample::Index,
		extension in prop::collection::vec(any::<u8>(), 0..80),
		index: u64,
	) {
		let round = round(rule, update_count, seed);
		let root = round.next.tree.root();
		let proof = round.prove(&round.next.tree, pointed_at);
		let bytes = proof.encode();
		let mut candidates = Vec::new();
		let mut edited = bytes.clone();
		for (place, value) in edits {
			let place = place.index(edited.len());
			edited[place] = value;
			candidates.push(edited.clone());
		}
		candidates.push(bytes[..truncation.index(bytes.len())].to_vec());
		candidates.push([&bytes[..], &extension].concat());
		candidates.push([&bytes[..truncation.index(bytes.len())], &extension].concat());
		for index in [index, index % 8, pointed_at ^ 1] {
			let mut reindexed = bytes.clone();
			reindexed[1..9].copy_from_slice(&index.to_le_bytes());
			candidates.push(reindexed);
		}
		for variant in 0..=2 {
			let mut other_kind = bytes.clone();
			other_kind[0] = variant;
			candidates.push(other_kind);
		}
		for candidate in candidates {
			if let Ok(proof) = WrongResultProof::decode(&mut &candidate[..]) {
				prop_assert!(round.verify(&root, &proof).is_err());
			}
		}
	}

	#[test]
	fn a_proof_against_one_root_says_nothing_about_another(seed: u64, index in 0u64..5) {
		let round = round(Rule::WeightedMean, 2, seed);
		let wrong = round.with_wrong_bit(index, 12);
		let proof = round.prove(&wrong.tree, index);
		prop_assert_eq!(round.verify(&wrong.tree.root(), &proof), Ok(()));
		prop_assert_eq!(
			round.verify(&round.next.tree.root(), &proof),
			Err(FraudProofError::ClaimedPathDoesNotMatchRoot)
		);
	}
}
