//! The worker against a gateway that is a map of blobs, with a model of 299 elements.

mod actions;
mod answering;
mod challenging;
mod computing;
mod disputing;
mod gateway;
mod scene;
mod slashing;
mod working;

use crate::mock::{member, open, TheTraining};
use gateway::{Served, TestGateway};
use sheaf_aggregation::{
	root_of_chunks, write_elements, Blake2b256, ChunkBytes, Shape, CHUNK_ELEMENTS,
};
use sheaf_training::{
	commitment_hash, slice_commitment, testing::account, AccountId, Availability, BountyId,
	Commitment, Environment, Hash, MemberVotes, Phase, Round, RoundContext, RoundIndex, Slot,
	Training,
};
use sp_core::offchain::{testing, OffchainDbExt, OffchainWorkerExt};
use sp_runtime::BoundedVec;
use std::sync::{Arc, Mutex};

const BOUNTY: BountyId = BountyId(0);
const ONE: RoundIndex = RoundIndex(1);

/// A vector as the gateway holds it.
#[derive(Clone)]
struct Blob {
	elements: Vec<i32>,
	chunks: Vec<ChunkBytes>,
	root: Hash,
}

impl Blob {
	fn of(elements: Vec<i32>) -> Self {
		let chunk = |part: &[i32]| {
			let mut padded = [0; CHUNK_ELEMENTS];
			padded[..part.len()].copy_from_slice(part);
			write_elements(&padded)
		};
		let chunks: Vec<_> = elements.chunks(CHUNK_ELEMENTS).map(chunk).collect();
		let shape = Shape::new(elements.len() as u64).unwrap();
		let root = root_of_chunks::<Blake2b256>(shape, &chunks).unwrap().into();
		Self { elements, chunks, root }
	}

	/// `count` elements between about -1 and 1 in fixed point.
	fn random(seed: u64, count: u64) -> Self {
		let mut state = seed;
		let mut next = || {
			state = state
				.wrapping_mul(6_364_136_223_846_793_005)
				.wrapping_add(1_442_695_040_888_963_407);
			((state >> 32) as i32) >> 15
		};
		Self::of((0..count).map(|_| next()).collect())
	}

	fn bytes(&self) -> Vec<u8> {
		self.chunks.concat()
	}
}

fn initial_model() -> Blob {
	Blob::random(1, 299)
}

fn update(slot: u16) -> Blob {
	Blob::random(10 + u64::from(slot), 299)
}

/// Ten examples of 22 features and a label from 0 to 12, after a salt.
fn slice() -> Blob {
	let mut elements = Blob::random(2, 8 + 10 * 23).elements;
	for (place, element) in elements.iter_mut().enumerate() {
		if place >= 8 && (place - 8) % 23 == 22 {
			*element = element.rem_euclid(13);
		}
	}
	Blob::of(elements)
}

/// Every element computed as the design page says.
fn mean_of(previous: &Blob, updates: &[(i64, Blob)]) -> Blob {
	let weights: i64 = updates.iter().map(|(weight, _)| weight).sum();
	let element = |place: usize| {
		let clamped = |blob: &Blob| i64::from(blob.elements[place]).clamp(-(1 << 20), 1 << 20);
		let sum: i64 = updates.iter().map(|(weight, blob)| weight * clamped(blob)).sum();
		let mean = (2 * sum + weights).div_euclid(2 * weights);
		(i64::from(previous.elements[place]) + mean).clamp(-(1 << 24), 1 << 24) as i32
	};
	Blob::of((0..previous.elements.len()).map(element).collect())
}

/// The bounty of the mock with a real initial model and slice, without an aggregator.
fn opened() -> Training {
	open();
	let mut training = TheTraining::get().unwrap();
	training.spec.initial_model_root = initial_model().root;
	training.bounty.model_root = initial_model().root;
	training.bounty.aggregators = Default::default();
	training.spec.evaluation.as_mut().unwrap().slice_commitments =
		BoundedVec::truncate_from(vec![slice_commitment(&slice().root), Hash::repeat_byte(77)]);
	training
}

fn genesis() -> Hash {
	crate::mock::TestEnvironment.genesis()
}

fn trainer(slot: u16) -> AccountId {
	account(11 + slot as u8)
}

/// A round in Upload from block 10 to 30, with commitments of slots 0 to 2 and verifiers 201 to 204.
fn in_upload() -> Training {
	let mut training = opened();
	let commitments = (0..3).map(|slot| Commitment {
		slot: Slot(slot),
		account: trainer(slot),
		weight: 1,
		attempt: 0,
		hash: commitment_hash(&genesis(), BOUNTY, ONE, 0, &trainer(slot), &update(slot).root),
		root: None,
		at: 1,
	});
	let context = RoundContext {
		genesis: &genesis(),
		bounty: BOUNTY,
		round: ONE,
		spec: &training.spec,
		limits: &crate::mock::TestEnvironment.limits(),
		trainers: &[],
		now: 10,
	};
	let mut round = Round::open(&context, initial_model().root, true);
	round.phase = Phase::Upload;
	round.phase_length = 20;
	round.commitments = BoundedVec::truncate_from(commitments.collect());
	round.committee = BoundedVec::truncate_from((201..=204).map(member).collect());
	round.votes = BoundedVec::truncate_from(vec![MemberVotes::default(); 4]);
	training.lowest = Some(round);
	training.bounty.state = sheaf_training::BountyState::Running {
		settled: RoundIndex(0),
		newest: ONE,
		last: RoundIndex(2),
	};
	training
}

/// Everything is there.
fn complete() -> Availability {
	Availability {
		closing_block_final: true,
		initial_model: true,
		slice: Some(slice().root),
		updates: (0..3).map(|slot| (Slot(slot), update(slot).root)).collect(),
	}
}

/// A gateway that holds everything and computes the right model.
fn serving() -> Served {
	let mut served = Served { availability: complete(), ..Served::default() };
	served.add(&initial_model());
	served.add(&slice());
	(0..3).for_each(|slot| served.add(&update(slot)));
	served
}

/// Runs `test` with a gateway at the configured address.
fn with_gateway(served: Served, test: impl FnOnce(&Arc<Mutex<Served>>)) {
	let mut externalities = sp_io::TestExternalities::default();
	let served = Arc::new(Mutex::new(served));
	let (storage, _) = testing::TestOffchainExt::new();
	externalities.register_extension(OffchainDbExt::new(storage));
	externalities.register_extension(OffchainWorkerExt::new(TestGateway::new(served.clone())));
	externalities.execute_with(|| {
		configure_gateway(b"http://gateway/");
		test(&served)
	});
}

fn configure_gateway(url: &[u8]) {
	let kind = sp_core::offchain::StorageKind::PERSISTENT;
	sp_io::offchain::local_storage_set(kind, super::gateway::GATEWAY_KEY, url);
}
