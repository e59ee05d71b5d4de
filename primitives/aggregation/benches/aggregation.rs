//! Bytes read per second by everything a chain, an off-chain worker or a client runs in bulk, with
//! `memcpy` and bare BLAKE2b-256 beside it as the bounds.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use sheaf_aggregation::*;

type B = Blake2b256;

const UPDATES: u64 = 8;
const LEAVES: u64 = 1024;

fn random_chunks(seed: u64, count: u64) -> Vec<ChunkBytes> {
	let mut state = seed;
	let mut element = || {
		state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
		(state >> 32) as i32 >> 12
	};
	(0..count).map(|_| write_elements(&std::array::from_fn(|_| element()))).collect()
}

fn parameters(rule: Rule) -> Parameters {
	Parameters { rule, element_count: LEAVES * 256, clip: 1 << 18, model_bound: 1 << 24 }
}

fn bounds(criterion: &mut Criterion) {
	let source = random_chunks(1, LEAVES).concat();
	let mut target = vec![0; source.len()];
	let mut group = criterion.benchmark_group("bounds");
	group.throughput(Throughput::Bytes(source.len() as u64));
	group.bench_function("memcpy, 1 MiB", |bencher| {
		bencher.iter(|| black_box(&mut target).copy_from_slice(black_box(&source)))
	});
	group.bench_function("BLAKE2b-256, 1 MiB at once", |bencher| {
		bencher.iter(|| B::hash(black_box(&source)))
	});
	group.finish();
}

fn tree(criterion: &mut Criterion) {
	let chunks = random_chunks(2, LEAVES);
	let shape = parameters(Rule::Median).shape().unwrap();
	let mut group = criterion.benchmark_group("tree");
	group.throughput(Throughput::Bytes(shape.size_bytes()));
	group.bench_function("root, 1 MiB", |bencher| {
		bencher.iter(|| root_of_chunks::<B>(shape, black_box(&chunks)))
	});
	group.finish();
}

fn rules(criterion: &mut Criterion) {
	let chunks = random_chunks(3, UPDATES + 1);
	let mut group = criterion.benchmark_group("rules, 8 updates");
	group.throughput(Throughput::Bytes((UPDATES + 1) * CHUNK_BYTES as u64));
	for (name, rule, equal) in [
		("mean", Rule::WeightedMean, true),
		("weighted mean", Rule::WeightedMean, false),
		("median", Rule::Median, true),
		("trimmed mean", Rule::TrimmedMean { trim: 2 }, true),
	] {
		let parameters = parameters(rule);
		let updates: Vec<_> = (1..)
			.zip(&chunks[1..])
			.map(|(slot, chunk)| WeightedChunk { weight: if equal { 1 } else { slot }, chunk })
			.collect();
		group.bench_function(name, |bencher| {
			bencher.iter(|| {
				aggregate_chunk(&parameters, 0, black_box(&chunks[0]), black_box(&updates))
			})
		});
	}
	group.finish();
}

fn fraud_proof(criterion: &mut Criterion) {
	let parameters = parameters(Rule::WeightedMean);
	let shape = parameters.shape().unwrap();
	let prove = |seed| {
		let chunks = random_chunks(seed, LEAVES);
		let leaves = chunks.iter().map(|chunk| B::hash(chunk)).collect();
		let tree = Tree::<B>::new(shape, leaves).unwrap();
		(tree.root(), ChunkProof::new(&tree, 5, &chunks[5]).unwrap(), tree)
	};
	let (claimed_root, claimed, claimed_tree) = prove(100);
	let (previous_root, previous, _) = prove(101);
	let (roots, updates): (Vec<_>, Vec<_>) = (0..UPDATES)
		.map(|slot| {
			let (root, proof, _) = prove(slot);
			(WeightedRoot { weight: 1, root }, proof)
		})
		.unzip();
	let inputs = Inputs { parameters, previous_root, updates: &roots };
	let proof = WrongResultProof::Chunk {
		index: 5,
		claimed_leaf: claimed_tree.node(0, 5).unwrap(),
		claimed_siblings: claimed.siblings,
		previous,
		updates,
	};
	assert_eq!(verify_wrong_chunk::<B>(&inputs, &claimed_root, &proof), Ok(()));
	let mut group = criterion.benchmark_group("fraud proof, 8 updates");
	group.throughput(Throughput::Bytes(max_proof_bytes(shape, UPDATES as u32)));
	group.bench_function("verify", |bencher| {
		bencher.iter(|| verify_wrong_chunk::<B>(&inputs, &claimed_root, black_box(&proof)))
	});
	group.finish();
}

fn inference(criterion: &mut Criterion) {
	let network = Network { widths: vec![784, 64, 10] };
	let model: Vec<i32> = random_chunks(4, 200).iter().flat_map(read_elements).collect();
	let model = &model[..network.element_count().unwrap() as usize];
	let features = &model[..784];
	let mut predictor = Predictor::new(&network, 16).unwrap();
	let mut group = criterion.benchmark_group("inference");
	group.throughput(Throughput::Bytes(model.len() as u64 * 4));
	group.bench_function("784-64-10, one example", |bencher| {
		bencher.iter(|| predictor.predict(black_box(model), black_box(features)))
	});
	group.finish();
}

criterion_group!(benches, bounds, tree, rules, fraud_proof, inference);
criterion_main!(benches);
