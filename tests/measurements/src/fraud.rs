//! Size and checking time of the proof that one chunk of a result is wrong.

use crate::{
	spread::Spread,
	vectors,
	wasm::{natively, Machine},
};
use anyhow::{ensure, Context, Result};
use codec::Encode;
use serde::Serialize;
use sheaf_aggregation::{
	aggregate_chunk, max_proof_bytes, ChunkBytes, ChunkProof, Hash, Hasher, Shape, Tree,
	WeightedChunk, WeightedRoot, WrongResultProof,
};
use sheaf_aggregation_wasm::work::ProofCase;
use sheaf_training::HostBlake2;

const TRAINERS: [usize; 3] = [8, 32, 64];
const ELEMENTS: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// The chunk that is wrong.
const INDEX: u64 = 5;
/// Repetitions within a call.
const TIMES: u32 = 100;

/// What a proof costs.
#[derive(Serialize)]
pub struct ProofCost {
	trainers: usize,
	elements: u64,
	/// In SCALE.
	proof_bytes: usize,
	/// To decode and check it.
	native_microseconds: Spread,
	/// The same in the executor of the chain.
	wasm_microseconds: Spread,
}

/// Measures proofs of every size.
pub fn measure(machine: &mut Machine, smoke: bool, repetitions: u32) -> Result<Vec<ProofCost>> {
	let sizes = if smoke { &ELEMENTS[..1] } else { &ELEMENTS };
	let mut costs = Vec::new();
	for elements in sizes {
		for trainers in TRAINERS {
			costs.push(prove(machine, *elements, trainers, repetitions)?);
		}
	}
	Ok(costs)
}

fn prove(
	machine: &mut Machine,
	elements: u64,
	trainers: usize,
	repetitions: u32,
) -> Result<ProofCost> {
	let case = case(elements, trainers)?;
	let shape = case.parameters.shape().context("no shape")?;
	ensure!(case.proof.len() as u64 == max_proof_bytes(shape, trainers as u32));
	let (mut native, mut wasm) = (Vec::new(), Vec::new());
	for _ in 0..repetitions {
		let (time, convicted) = natively(TIMES, || case.convicts::<HostBlake2>(1))?;
		ensure!(convicted, "the proof does not convict");
		native.push(time * 1e6);
		let (time, convicted) = machine.seconds::<bool>("convicts", &case, TIMES)?;
		ensure!(convicted, "the proof does not convict in wasm");
		wasm.push(time * 1e6);
	}
	Ok(ProofCost {
		trainers,
		elements,
		proof_bytes: case.proof.len(),
		native_microseconds: Spread::of(native),
		wasm_microseconds: Spread::of(wasm),
	})
}

/// A round whose result is wrong in one element, and the proof of it.
fn case(elements: u64, trainers: usize) -> Result<ProofCase> {
	let parameters = vectors::parameters("weighted mean", trainers, elements);
	let shape = parameters.shape().context("no shape")?;
	let (previous_root, previous, previous_chunk) = prove_chunk(0, shape)?;
	let mut updates = Vec::new();
	let mut proofs = Vec::new();
	let mut chunks = Vec::new();
	for seed in 1..=trainers as u64 {
		let (root, proof, chunk) = prove_chunk(seed, shape)?;
		updates.push(WeightedRoot { weight: 1, root });
		proofs.push(proof);
		chunks.push(chunk);
	}
	let column: Vec<_> = chunks.iter().map(|chunk| WeightedChunk { weight: 1, chunk }).collect();
	let mut wrong = aggregate_chunk(&parameters, INDEX, &previous_chunk, &column);
	wrong[0] ^= 1;
	// Its other chunks do not matter: a claim is its path.
	let mut leaves = leaf_hashes(0, shape);
	leaves[INDEX as usize] = HostBlake2::hash(&wrong);
	let claim = Tree::<HostBlake2>::new(shape, leaves)?;
	let proof = WrongResultProof::Chunk {
		index: INDEX,
		claimed_leaf: HostBlake2::hash(&wrong),
		claimed_siblings: claim.prove(INDEX)?,
		previous,
		updates: proofs,
	};
	Ok(ProofCase {
		parameters,
		previous_root,
		updates,
		claimed_root: claim.root(),
		proof: proof.encode(),
	})
}

fn leaf_hashes(seed: u64, shape: Shape) -> Vec<Hash> {
	vectors::chunks(seed, shape).map(|chunk| HostBlake2::hash(&chunk)).collect()
}

/// A random vector's root, and its chunk at [`INDEX`] with its path.
fn prove_chunk(seed: u64, shape: Shape) -> Result<(Hash, ChunkProof, ChunkBytes)> {
	let chunk = vectors::chunks(seed, shape).nth(INDEX as usize).context("too few chunks")?;
	let tree = Tree::<HostBlake2>::new(shape, leaf_hashes(seed, shape))?;
	Ok((tree.root(), ChunkProof::new(&tree, INDEX, &chunk)?, chunk))
}
