//! The fraud proof checker accepts exactly the true proofs of what is wrong: nothing against an
//! honest result, everything that is wrong in another one.
#![no_main]

use arbitrary::Arbitrary;
use codec::{Decode, Encode};
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{
	max_proof_bytes, verify_wrong_chunk, Blake2b256, ChunkProof, FraudProofError, Hash,
	WrongResultProof,
};
use sheaf_fuzz::{
	one_of,
	round::{Claim, Round},
	up_to,
};

#[derive(Arbitrary, Debug)]
struct Input {
	rule: u8,
	/// Chunks, and elements that the last one lacks.
	leaves: u8,
	lacking: u8,
	updates: u8,
	/// What is wrong with the claimed result; nothing in an honest one.
	wrongs: Vec<Wrong>,
	/// What the proof is about, and what is changed in it.
	about: About,
	changes: Vec<Change>,
	/// Bits flipped in its encoding.
	flips: Vec<(u16, u8)>,
}

#[derive(Arbitrary, Debug)]
enum Wrong {
	/// A leaf, maybe in the padding, is another one's.
	Copied {
		index: u8,
		from: u8,
	},
	/// A leaf is the hash of nothing known.
	Bit {
		index: u8,
		byte: u8,
		bit: u8,
	},
	ElementCount(u64),
}

#[derive(Arbitrary, Debug)]
enum About {
	Leaf(u8),
	Count,
}

#[derive(Arbitrary, Debug)]
enum Change {
	Index(u64),
	NextIndex(u8),
	Leaf(u8, u8),
	RightLeaf,
	Sibling { of: u8, place: u8, byte: u8, flip: u8 },
	SwapSiblings { of: u8, a: u8, b: u8 },
	Shorten { of: u8 },
	Lengthen { of: u8 },
	Byte { of: u8, at: u16, flip: u8 },
	ChunkLength { of: u8, longer: bool },
	SwapUpdates(u8, u8),
	DropUpdate(u8),
	RepeatUpdate(u8),
	PreviousAsUpdate(u8),
	OtherKind,
	Count(u64),
}

fn claim(round: &Round, wrongs: &[Wrong]) -> Claim {
	let mut leaves = round.leaves();
	let mut element_count = round.parameters.element_count;
	let count = leaves.len();
	for wrong in wrongs {
		match wrong {
			Wrong::Copied { index, from } => {
				leaves[usize::from(*index) % count] = leaves[usize::from(*from) % count];
			}
			Wrong::Bit { index, byte, bit } => {
				leaves[usize::from(*index) % count][usize::from(*byte % 32)] ^= 1 << (bit % 8);
			}
			Wrong::ElementCount(other) => element_count = *other,
		}
	}
	Claim::new(element_count, leaves)
}

/// The chunk proofs of a proof, the previous model's first.
fn chunk_proofs(proof: &mut WrongResultProof) -> Vec<&mut ChunkProof> {
	match proof {
		WrongResultProof::Chunk { previous, updates, .. } => {
			[previous].into_iter().chain(updates).collect()
		}
		_ => Vec::new(),
	}
}

/// One of the proof's paths: 0 is the claimed leaf's.
fn path(proof: &mut WrongResultProof, of: u8) -> Option<&mut Vec<Hash>> {
	let paths = chunk_proofs(proof).len() + 1;
	match usize::from(of) % paths {
		0 => match proof {
			WrongResultProof::Chunk { claimed_siblings, .. }
			| WrongResultProof::Padding { claimed_siblings, .. } => Some(claimed_siblings),
			_ => None,
		},
		chunk => chunk_proofs(proof).into_iter().nth(chunk - 1).map(|chunk| &mut chunk.siblings),
	}
}

fn change(proof: &mut WrongResultProof, change: &Change, round: &Round) {
	use WrongResultProof::*;
	match (change, &mut *proof) {
		(Change::Index(to), Chunk { index, .. } | Padding { index, .. }) => *index = *to,
		(Change::NextIndex(by), Chunk { index, .. } | Padding { index, .. }) => {
			*index = index.wrapping_add((*by).into());
		}
		(Change::Leaf(byte, flip), Chunk { claimed_leaf, .. } | Padding { claimed_leaf, .. }) => {
			claimed_leaf[usize::from(*byte % 32)] ^= flip
		}
		(
			Change::RightLeaf,
			Chunk { index, claimed_leaf, .. } | Padding { index, claimed_leaf, .. },
		) => *claimed_leaf = round.next.tree.node(0, *index).unwrap_or_default(),
		(Change::Count(to), ElementCount { element_count, .. }) => *element_count = *to,
		(Change::OtherKind, Chunk { index, claimed_leaf, claimed_siblings, .. }) => {
			let (index, claimed_leaf) = (*index, *claimed_leaf);
			let claimed_siblings = claimed_siblings.clone();
			*proof = Padding { index, claimed_leaf, claimed_siblings };
		}
		(Change::OtherKind, Padding { index, claimed_leaf, claimed_siblings }) => {
			let at = *index % round.shape().leaf_count();
			*proof = Chunk {
				index: *index,
				claimed_leaf: *claimed_leaf,
				claimed_siblings: claimed_siblings.clone(),
				previous: round.previous.prove(at),
				updates: round.updates.iter().map(|update| update.prove(at)).collect(),
			};
		}
		(Change::SwapUpdates(a, b), Chunk { updates, .. }) if !updates.is_empty() => {
			let place = |byte: &u8| usize::from(*byte) % updates.len();
			let (a, b) = (place(a), place(b));
			updates.swap(a, b);
		}
		(Change::DropUpdate(place), Chunk { updates, .. }) if !updates.is_empty() => {
			let place = usize::from(*place) % updates.len();
			updates.remove(place);
		}
		(Change::RepeatUpdate(place), Chunk { updates, .. }) if !updates.is_empty() => {
			updates.push(updates[usize::from(*place) % updates.len()].clone());
		}
		(Change::PreviousAsUpdate(place), Chunk { previous, updates, .. }) => {
			let place = usize::from(*place) % updates.len().max(1);
			if let Some(update) = updates.get_mut(place) {
				core::mem::swap(update, previous);
			}
		}
		_ => change_parts(proof, change),
	}
}

fn change_parts(proof: &mut WrongResultProof, change: &Change) {
	match change {
		Change::Sibling { of, place, byte, flip } => {
			let path = path(proof, *of).map(Vec::as_mut_slice).unwrap_or_default();
			let place = usize::from(*place) % path.len().max(1);
			if let Some(sibling) = path.get_mut(place) {
				sibling[usize::from(*byte % 32)] ^= flip;
			}
		}
		Change::SwapSiblings { of, a, b } => {
			let path = path(proof, *of).map(Vec::as_mut_slice).unwrap_or_default();
			let count = path.len().max(1);
			let (a, b) = (usize::from(*a) % count, usize::from(*b) % count);
			if !path.is_empty() {
				path.swap(a, b);
			}
		}
		Change::Shorten { of } => drop(path(proof, *of).and_then(Vec::pop)),
		Change::Lengthen { of } => {
			if let Some(path) = path(proof, *of) {
				path.push([0; 32]);
			}
		}
		Change::Byte { of, at, flip } => {
			let mut chunks = chunk_proofs(proof);
			let of = usize::from(*of) % chunks.len().max(1);
			if let Some(chunk) = chunks.get_mut(of).filter(|chunk| !chunk.chunk.is_empty()) {
				let at = usize::from(*at) % chunk.chunk.len();
				chunk.chunk[at] ^= flip;
			}
		}
		Change::ChunkLength { of, longer } => {
			let mut chunks = chunk_proofs(proof);
			let of = usize::from(*of) % chunks.len().max(1);
			match (chunks.get_mut(of), longer) {
				(Some(chunk), true) => chunk.chunk.push(0),
				(Some(chunk), false) => drop(chunk.chunk.pop()),
				_ => {}
			}
		}
		_ => {}
	}
}

fn flipped(proof: &WrongResultProof, flips: &[(u16, u8)]) -> Option<WrongResultProof> {
	let mut bytes = proof.encode();
	for (at, flip) in flips {
		let at = usize::from(*at) % bytes.len();
		bytes[at] ^= flip;
	}
	WrongResultProof::decode(&mut &bytes[..]).ok()
}

fuzz_target!(|input: Input| {
	let leaves = 1 + up_to(5, input.leaves);
	let element_count = leaves * 256 - one_of(input.lacking, &[0, 1, 255]);
	let round = Round::of(input.rule, element_count, up_to(3, input.updates));
	let (shape, inputs) = (round.shape(), round.inputs());
	let claim = claim(&round, &input.wrongs);
	let root = claim.root();
	let verify = |proof: &_| verify_wrong_chunk::<Blake2b256>(&inputs, &root, proof);

	// Every wrong place has its proof, and no right one.
	for index in 0..shape.padded_leaf_count() {
		let proof = claim.prove_leaf(&round, index).unwrap();
		assert!(proof.encoded_size() as u64 <= max_proof_bytes(shape, inputs.updates.len() as u32));
		let expected = match claim.element_count == element_count {
			false => None,
			true if claim.is_proven_wrong_by(&round, &proof) => Some(Ok(())),
			true => Some(Err(FraudProofError::ResultIsCorrect)),
		};
		let verdict = verify(&proof);
		assert!(expected.map_or(verdict.is_err(), |expected| verdict == expected), "{verdict:?}");
	}

	// A changed proof is accepted only if it is still a true one.
	let index = |byte: u8| u64::from(byte) % shape.padded_leaf_count();
	let mut proof = match input.about {
		About::Leaf(byte) => claim.prove_leaf(&round, index(byte)).unwrap(),
		About::Count => claim.prove_count(),
	};
	for each in &input.changes {
		change(&mut proof, each, &round);
	}
	let Some(proof) = flipped(&proof, &input.flips) else { return };
	let accepted = verify(&proof).is_ok();
	assert_eq!(accepted, claim.is_proven_wrong_by(&round, &proof));
	let honest = round.next.tree.root();
	assert!(verify_wrong_chunk::<Blake2b256>(&inputs, &honest, &proof).is_err());
});
