//! The vectors of golden.py, an independent implementation.

mod support;

use codec::Encode;
use serde::Deserialize;
use sheaf_aggregation::*;
use support::{chunks_of, numbered_leaves, shape, Generator, Vector};

#[derive(Deserialize)]
struct Golden {
	shapes: Vec<ShapeCase>,
	roots: Vec<RootCase>,
	leaf_roots: Vec<LeafRootCase>,
	explicit_rules: Vec<ExplicitRuleCase>,
	seeded_rules: Vec<SeededRuleCase>,
	proof_sizes: Vec<ProofSizeCase>,
	inference: Vec<InferenceCase>,
	fixed_point: Vec<(String, u8, Option<i32>)>,
}

#[derive(Deserialize)]
struct ShapeCase {
	element_count: u64,
	leaf_count: u64,
	depth: u32,
	elements_in_last_chunk: usize,
}

#[derive(Deserialize)]
struct RootCase {
	element_count: u64,
	seed: u64,
	shift: u32,
	root: String,
	last_leaf: String,
	last_leaf_siblings: Vec<String>,
}

#[derive(Deserialize)]
struct LeafRootCase {
	element_count: u64,
	root: String,
}

#[derive(Deserialize)]
struct RuleCase {
	name: String,
	#[serde(default)]
	trim: u16,
}

#[derive(Deserialize)]
struct ExplicitRuleCase {
	rule: RuleCase,
	clip: i32,
	model_bound: i32,
	previous: Vec<i32>,
	weights: Vec<u32>,
	updates: Vec<Vec<i32>>,
	next: Vec<i32>,
}

#[derive(Deserialize)]
struct SeededRuleCase {
	rule: RuleCase,
	seed: u64,
	element_count: u64,
	updates: usize,
	previous_shift: u32,
	update_shift: u32,
	clip: i32,
	model_bound: i32,
	next_root: String,
}

#[derive(Deserialize)]
struct ProofSizeCase {
	element_count: u64,
	updates: u32,
	bytes: u64,
}

#[derive(Deserialize)]
struct InferenceCase {
	widths: Vec<u32>,
	fraction_bits: u8,
	model: Vec<i32>,
	slice: Vec<i32>,
	examples: u32,
	correct: u32,
	predictions: Vec<u32>,
	answers: String,
}

fn golden() -> Golden {
	serde_json::from_str(include_str!("golden.json")).unwrap()
}

fn rule(case: &RuleCase) -> Rule {
	match case.name.as_str() {
		"WeightedMean" => Rule::WeightedMean,
		"Median" => Rule::Median,
		"TrimmedMean" => Rule::TrimmedMean { trim: case.trim },
		other => panic!("no rule {other}"),
	}
}

fn unhex(text: &str) -> Hash {
	hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn shapes_agree() {
	for case in golden().shapes {
		let shape = shape(case.element_count);
		assert_eq!(shape.element_count(), case.element_count);
		assert_eq!(shape.leaf_count(), case.leaf_count);
		assert_eq!(shape.depth(), case.depth);
		assert_eq!(shape.size_bytes(), case.leaf_count * 1024);
		assert_eq!(shape.padded_leaf_count(), 1 << case.depth);
		assert_eq!(shape.elements_in_chunk(case.leaf_count - 1), case.elements_in_last_chunk);
		assert_eq!(shape.elements_in_chunk(case.leaf_count), 0);
	}
}

#[test]
fn roots_and_siblings_agree() {
	for case in golden().roots {
		let shape = shape(case.element_count);
		let elements = Generator::new(case.seed).elements(case.element_count, case.shift);
		let chunks = chunks_of(&elements);
		let root = unhex(&case.root);
		assert_eq!(root_of_chunks::<Blake2b256>(shape, &chunks), Ok(root));
		let tree = Vector::new(shape, chunks).tree;
		assert_eq!(tree.root(), root);
		let last = shape.leaf_count() - 1;
		let siblings = tree.prove(last).unwrap();
		assert_eq!(siblings.iter().map(hex::encode).collect::<Vec<_>>(), case.last_leaf_siblings);
		let leaf = unhex(&case.last_leaf);
		assert_eq!(tree.node(0, last), Some(leaf));
		assert_eq!(verify_leaf_hash::<Blake2b256>(&root, shape, last, leaf, &siblings), Ok(()));
	}
}

#[test]
fn roots_of_leaf_hashes_agree() {
	for case in golden().leaf_roots {
		let shape = shape(case.element_count);
		let leaves = numbered_leaves(shape.leaf_count());
		assert_eq!(root_of_leaf_hashes::<Blake2b256>(shape, &leaves), Ok(unhex(&case.root)));
	}
}

#[test]
fn rules_agree_on_explicit_elements() {
	for (number, case) in golden().explicit_rules.iter().enumerate() {
		let parameters = Parameters {
			rule: rule(&case.rule),
			element_count: 256,
			clip: case.clip,
			model_bound: case.model_bound,
		};
		let chunk = |elements: &Vec<i32>| chunks_of(elements)[0];
		let updates: Vec<_> = case.updates.iter().map(chunk).collect();
		let weighted: Vec<_> = case
			.weights
			.iter()
			.zip(&updates)
			.map(|(weight, chunk)| WeightedChunk { weight: *weight, chunk })
			.collect();
		let next = aggregate_chunk(&parameters, 0, &chunk(&case.previous), &weighted);
		let next = read_elements(&next);
		assert_eq!(next[..case.next.len()], case.next, "case {number}");
		assert!(next[case.next.len()..].iter().all(|element| *element == 0));
	}
}

#[test]
fn rules_agree_on_seeded_chunks() {
	for case in golden().seeded_rules {
		let parameters = Parameters {
			rule: rule(&case.rule),
			element_count: case.element_count,
			clip: case.clip,
			model_bound: case.model_bound,
		};
		let shape = parameters.shape().unwrap();
		let padded = shape.leaf_count() * 256;
		let mut generator = Generator::new(case.seed);
		let previous = chunks_of(&generator.elements(padded, case.previous_shift));
		let updates: Vec<(u32, Vec<ChunkBytes>)> = (0..case.updates)
			.map(|_| {
				let weight = generator.u32() % 1000 + 1;
				(weight, chunks_of(&generator.elements(padded, case.update_shift)))
			})
			.collect();
		let next = previous.iter().enumerate().map(|(index, previous)| {
			let weighted: Vec<_> = updates
				.iter()
				.map(|(weight, chunks)| WeightedChunk { weight: *weight, chunk: &chunks[index] })
				.collect();
			aggregate_chunk(&parameters, index as u64, previous, &weighted)
		});
		let root = root_of_chunks::<Blake2b256>(shape, next).unwrap();
		assert_eq!(hex::encode(root), case.next_root, "seed {}", case.seed);
	}
}

#[test]
fn the_largest_proof_has_the_promised_size() {
	for case in golden().proof_sizes {
		let shape = shape(case.element_count);
		assert_eq!(max_proof_bytes(shape, case.updates), case.bytes);
		let siblings = vec![[0; 32]; shape.depth() as usize];
		let one = ChunkProof { chunk: vec![0; CHUNK_BYTES], siblings: siblings.clone() };
		let proof = WrongResultProof::Chunk {
			index: 0,
			claimed_leaf: [0; 32],
			claimed_siblings: siblings.clone(),
			previous: one.clone(),
			updates: vec![one; case.updates as usize],
		};
		assert_eq!(proof.encoded_size() as u64, case.bytes);
		let padding = WrongResultProof::Padding {
			index: 0,
			claimed_leaf: [0; 32],
			claimed_siblings: siblings,
		};
		assert!((padding.encoded_size() as u64) < case.bytes);
	}
}

#[test]
fn predictions_agree() {
	for case in golden().inference {
		let network = Network { widths: case.widths };
		let mut predictor = Predictor::new(&network, case.fraction_bits).unwrap();
		let layout = SliceLayout { features: network.widths[0], examples: case.examples };
		let score = score(&mut predictor, &case.model, layout, &case.slice).unwrap();
		assert_eq!(score.predictions, case.predictions);
		assert_eq!(score.correct, case.correct);
		assert_eq!(hex::encode(answers_hash::<Blake2b256>(&score.predictions)), case.answers);
	}
}

#[test]
fn fixed_point_agrees() {
	for (bits, fraction_bits, expected) in golden().fixed_point {
		let bytes: [u8; 8] = hex::decode(bits).unwrap().try_into().unwrap();
		let value = f64::from_be_bytes(bytes);
		assert_eq!(to_fixed(value, fraction_bits).ok(), expected, "{value} at {fraction_bits}");
	}
}
