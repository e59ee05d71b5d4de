use super::*;
use crate::{
	mock::{pair, Extrinsic, ModelUpdates, RuntimeCall, System, Test},
	offchain::{memory, LOCK_EXPIRY, LOCK_KEY},
	Call, CurrentVerifiers, Work,
};
use codec::Decode;
use frame_support::{
	dispatch::RawOrigin, pallet_prelude::TransactionSource, traits::Authorize, WeakBoundedVec,
};
use sheaf_training::{BountyState, Statement, VerifierMessage, VERIFIER_KEY_TYPE};
use sp_core::{
	offchain::{testing::TestTransactionPoolExt, TransactionPoolExt},
	Pair,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{
	offchain::storage_lock::{StorageLock, Time},
	traits::Dispatchable,
};

/// A node at block 11.
pub struct Node {
	pub served: Arc<Mutex<Served>>,
	/// Takes what is in the pool.
	pub pool: Box<dyn Fn() -> Vec<Vec<u8>>>,
}

/// A node with the keys of verifiers 201 to `last`.
fn with_node(served: Served, last: u8, test: impl FnOnce(&Node)) {
	with_keys(served, 201..=last, test);
}

/// A node with the keys of these verifiers.
pub fn with_keys(served: Served, keys: impl IntoIterator<Item = u8>, test: impl FnOnce(&Node)) {
	let mut externalities = sp_io::TestExternalities::default();
	let served = Arc::new(Mutex::new(served));
	let (storage, _) = testing::TestOffchainExt::new();
	let (pool_extension, pool) = TestTransactionPoolExt::new();
	let keystore = MemoryKeystore::new();
	for byte in keys {
		let seed = format!("0x{}", format!("{byte:02x}").repeat(32));
		keystore.insert(VERIFIER_KEY_TYPE, &seed, pair(byte).public().as_ref()).unwrap();
	}
	externalities.register_extension(KeystoreExt::new(keystore));
	externalities.register_extension(TransactionPoolExt::new(pool_extension));
	externalities.register_extension(OffchainDbExt::new(storage));
	externalities.register_extension(OffchainWorkerExt::new(TestGateway::new(served.clone())));
	externalities.execute_with(|| {
		configure_gateway(b"http://gateway");
		System::set_block_number(11);
		let verifiers = (201..=204).map(member).collect();
		CurrentVerifiers::<Test>::put(WeakBoundedVec::force_from(verifiers, None));
		let pool = Box::new(move || core::mem::take(&mut pool.write().transactions));
		test(&Node { served, pool });
	});
}

impl Node {
	/// Lets the worker run after the current block, and returns what it sent.
	pub fn work(&self) -> Vec<VerifierMessage> {
		ModelUpdates::verify_rounds(System::block_number());
		let sent = (self.pool)();
		sent.iter().map(|bytes| self.include(bytes, false)).collect()
	}

	/// The same, and includes it in the next block.
	pub fn work_and_include(&self) -> Vec<VerifierMessage> {
		ModelUpdates::verify_rounds(System::block_number());
		System::set_block_number(System::block_number() + 1);
		let sent = (self.pool)();
		sent.iter().map(|bytes| self.include(bytes, true)).collect()
	}

	fn include(&self, bytes: &[u8], dispatch: bool) -> VerifierMessage {
		let call = Extrinsic::decode(&mut &bytes[..]).unwrap().function;
		let RuntimeCall::ModelUpdates(Call::submit_statement { message, .. }) = &call else {
			panic!("not a statement: {call:?}");
		};
		let message = (**message).clone();
		if dispatch {
			// A publication of what another has published in this block is not authorized any more.
			if call.authorize(TransactionSource::InBlock).unwrap().is_ok() {
				call.dispatch(RawOrigin::Authorized.into()).unwrap();
			}
		}
		message
	}

	pub fn asked(&self) -> Vec<String> {
		core::mem::take(&mut self.served.lock().unwrap().asked)
	}
}

/// Lets the bounty be found by everybody's list of work.
pub fn put_to_work(training: Training, round: RoundIndex) {
	for byte in 201..=204 {
		Work::<Test>::insert(account(byte), BoundedVec::truncate_from(vec![(BOUNTY, round)]));
	}
	TheTraining::set(Some(training));
}

pub fn live() -> Round {
	TheTraining::get().unwrap().lowest.unwrap()
}

fn expected_model() -> Blob {
	let updates: Vec<_> = (0..3).map(|slot| (1, update(slot))).collect();
	mean_of(&initial_model(), &updates)
}

/// In Attest after everybody voted.
fn attesting(node: &Node) {
	put_to_work(in_upload(), ONE);
	assert_eq!(node.work_and_include().len(), 4);
	assert_eq!(live().phase, Phase::Attest);
	node.asked();
}

#[test]
fn verifiers_take_a_round_from_upload_to_acceptance() {
	with_node(serving(), 204, |node| {
		attesting(node);
		let attestations = node.work_and_include();
		assert_eq!(attestations.len(), 4);
		assert_eq!(live().phase, Phase::Publish);
		let computations = node.asked().iter().filter(|asked| asked.starts_with("POST")).count();
		assert_eq!(computations, 1, "four seats, one computation");
		assert_eq!(node.served.lock().unwrap().computing_ms, Some(0), "its time is told");
		let publications = node.work_and_include();
		assert_eq!(publications.len(), 1, "the first member publishes for all");
		assert_eq!(live().phase, Phase::Accepted);
		assert!(node.asked().is_empty(), "the result was remembered");
		let accepted = live().accepted_result().unwrap().clone();
		assert_eq!(accepted.next_model_root, expected_model().root);
		assert!(accepted.scores.is_some());
		assert!(node.work().is_empty(), "nobody dissents");
	});
}

#[test]
fn verifiers_vote_for_an_initial_model_that_they_hold() {
	let missing = Availability { initial_model: false, ..complete() };
	with_node(Served { availability: missing, ..serving() }, 204, |node| {
		System::set_block_number(1);
		put_to_work(opened(), RoundIndex::INITIAL_MODEL);
		assert!(node.work_and_include().is_empty());
		node.served.lock().unwrap().availability.initial_model = true;
		assert_eq!(node.work_and_include().len(), 4);
		let training = TheTraining::get().unwrap();
		assert!(matches!(training.bounty.state, BountyState::Enrolling { .. }));
	});
}

#[test]
fn a_gateway_that_computes_another_model_prevents_the_attestation() {
	with_node(serving(), 204, |node| {
		attesting(node);
		node.served.lock().unwrap().computes = Some(Hash::repeat_byte(66));
		assert!(node.work().is_empty());
		let posts = node.asked().iter().filter(|asked| asked.starts_with("POST")).count();
		assert_eq!(posts, 1, "what failed is not computed again for every seat and block");
		node.served.lock().unwrap().computes = None;
		System::set_block_number(System::block_number() + 4);
		assert_eq!(node.work().len(), 4, "once they agree, it attests");
	});
}

#[test]
fn a_damaged_update_prevents_the_attestation() {
	with_node(serving(), 204, |node| {
		attesting(node);
		let name = format!("{:#x}", update(1).root);
		node.served.lock().unwrap().blobs.get_mut(&name).unwrap()[5] ^= 1;
		assert!(node.work().is_empty());
		assert!(!node.asked().iter().any(|asked| asked.starts_with("POST")));
	});
}

#[test]
fn a_forgotten_result_is_computed_again_to_publish_it() {
	with_node(serving(), 204, |node| {
		attesting(node);
		node.work_and_include();
		let kind = sp_core::offchain::StorageKind::PERSISTENT;
		sp_io::offchain::local_storage_clear(kind, b"sheaf::result");
		assert_eq!(node.work_and_include().len(), 1);
		assert_eq!(live().phase, Phase::Accepted);
	});
}

#[test]
fn another_result_than_the_attested_one_is_not_published() {
	with_node(serving(), 204, |node| {
		attesting(node);
		node.work_and_include();
		TheTraining::mutate(|training| {
			let round = training.as_mut().unwrap().lowest.as_mut().unwrap();
			for attestation in round.attestations.iter_mut() {
				attestation.hash = Hash::repeat_byte(9);
			}
		});
		assert!(node.work().is_empty());
	});
}

#[test]
fn what_was_sent_is_sent_again_four_blocks_later_in_other_bytes() {
	with_node(serving(), 201, |node| {
		put_to_work(in_upload(), ONE);
		let first = node.work();
		assert_eq!(first.len(), 1);
		for block in 12..15 {
			System::set_block_number(block);
			assert!(node.work().is_empty(), "at block {block}");
		}
		System::set_block_number(15);
		let again = node.work();
		assert_eq!(again.len(), 1);
		assert_eq!(again[0].statement, first[0].statement);
		assert_ne!(again[0].at, first[0].at);
	});
}

#[test]
fn a_node_signs_only_for_the_seats_whose_keys_it_holds() {
	with_node(serving(), 202, |node| {
		put_to_work(in_upload(), ONE);
		let by: Vec<_> = node.work().into_iter().map(|message| message.verifier).collect();
		assert_eq!(by, [account(201), account(202)]);
	});
}

#[test]
fn a_verifier_that_left_the_validators_still_does_its_work() {
	with_node(serving(), 201, |node| {
		CurrentVerifiers::<Test>::kill();
		put_to_work(in_upload(), ONE);
		assert!(node.work().is_empty(), "odd blocks are for the lists of work");
		System::set_block_number(12);
		assert_eq!(node.work().len(), 1);
	});
}

#[test]
fn one_worker_at_a_time_asks_the_gateway() {
	with_node(serving(), 204, |node| {
		put_to_work(in_upload(), ONE);
		let mut lock = StorageLock::<Time>::with_deadline(LOCK_KEY, LOCK_EXPIRY);
		{
			let _guard = lock.try_lock().ok().unwrap();
			assert!(node.work().is_empty());
			assert!(node.asked().is_empty());
		}
		assert_eq!(node.work().len(), 4, "the lock is free again");
		assert!(lock.try_lock().is_ok(), "and was returned");
	});
}

#[test]
fn deadlines_are_met_without_a_gateway_and_while_the_lock_is_held() {
	with_node(Served { down: true, ..serving() }, 204, |node| {
		configure_gateway(b"");
		put_to_work(in_upload(), ONE);
		System::set_block_number(29);
		let mut lock = StorageLock::<Time>::with_deadline(LOCK_KEY, LOCK_EXPIRY);
		let _guard = lock.try_lock().ok().unwrap();
		let subject = (b"advance", BOUNTY, Some((ONE, 0u8, Phase::Upload)), 30u32);
		assert!(node.work().is_empty());
		assert!(!memory::recently_sent(&subject, 29));
		System::set_block_number(30);
		assert!(node.work().is_empty());
		assert!(memory::recently_sent(&subject, 30));
	});
}

#[test]
fn a_gateway_that_is_down_is_asked_once_a_block() {
	with_node(Served { down: true, ..serving() }, 204, |node| {
		put_to_work(in_upload(), ONE);
		assert!(node.work().is_empty());
		node.served.lock().unwrap().down = false;
		assert_eq!(node.work().len(), 4);
	});
}

#[test]
fn statements_are_bound_to_the_chain_and_signed() {
	with_node(serving(), 201, |node| {
		put_to_work(in_upload(), ONE);
		ModelUpdates::verify_rounds(System::block_number());
		let bytes = (node.pool)().pop().unwrap();
		let call = Extrinsic::decode(&mut &bytes[..]).unwrap().function;
		let RuntimeCall::ModelUpdates(Call::submit_statement { message, .. }) = &call else {
			panic!("not a statement");
		};
		assert_eq!((message.genesis, message.at), (genesis(), 11));
		assert!(matches!(message.statement, Statement::Availability { bits: 0b1111, .. }));
		call.authorize(TransactionSource::Local).unwrap().unwrap();
	});
}
