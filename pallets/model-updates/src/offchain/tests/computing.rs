use super::*;
use crate::offchain::{compute::compute_result, gateway::Gateway, Failure};
use sheaf_aggregation::{answers_hash, changed, score, Predictor};
use sheaf_training::{Frozen, IncludedUpdate, LeaveOneOut, RoundResult};
use sp_runtime::Permill;

const WEIGHTS: [u32; 3] = [1, 2, 5];

/// The updates of the first `count` slots, weighted.
fn frozen(count: u16, slice_root: Option<Hash>) -> Frozen {
	let updates = (0..count).map(|slot| IncludedUpdate {
		slot: Slot(slot),
		account: trainer(slot),
		root: update(slot).root,
		weight: WEIGHTS[usize::from(slot)],
	});
	let updates = BoundedVec::truncate_from(updates.collect());
	Frozen { updates, slice_root, inputs: Hash::repeat_byte(5) }
}

fn compute(training: &Training, frozen: &Frozen) -> Result<RoundResult, Failure> {
	let gateway = Gateway::configured().unwrap();
	let previous = initial_model().root;
	compute_result(&gateway, &training.spec, previous, frozen, &mut || ())
}

fn expected_model(count: u16) -> Blob {
	let updates: Vec<_> =
		(0..count).map(|slot| (WEIGHTS[usize::from(slot)].into(), update(slot))).collect();
	mean_of(&initial_model(), &updates)
}

#[test]
fn the_result_equals_the_direct_computation() {
	with_gateway(serving(), |_| {
		let training = opened();
		let result = compute(&training, &frozen(2, Some(slice().root))).unwrap();
		let model = expected_model(2);
		assert_eq!(result.next_model_root, model.root);
		let mut predictor = Predictor::new(&training.spec.network().unwrap(), 16).unwrap();
		let layout = training.spec.slice_layout().unwrap();
		let expected = score(&mut predictor, &model.elements, layout, &slice().elements).unwrap();
		let scores = result.scores.unwrap();
		assert_eq!(scores.correct, expected.correct);
		assert_eq!(scores.answers.0, answers_hash::<Blake2b256>(&expected.predictions));
		assert!(scores.leave_one_out.is_empty());
		assert!(expected.predictions.iter().any(|label| *label != expected.predictions[0]));
	});
}

#[test]
fn contributions_are_measured_by_leaving_each_update_out() {
	with_gateway(serving(), |_| {
		let mut training = opened();
		training.spec.marginal_share = Permill::from_percent(40);
		let mut predictor = Predictor::new(&training.spec.network().unwrap(), 16).unwrap();
		let layout = training.spec.slice_layout().unwrap();
		let mut answers = |model: &Blob| {
			score(&mut predictor, &model.elements, layout, &slice().elements).unwrap()
		};
		let whole = answers(&expected_model(3));
		let without = |left_out: u16| {
			let others = (0..3).filter(|slot| *slot != left_out);
			let others: Vec<_> =
				others.map(|slot| (WEIGHTS[usize::from(slot)].into(), update(slot))).collect();
			let score = answers(&mean_of(&initial_model(), &others));
			let changed = changed(&whole.predictions, &score.predictions);
			LeaveOneOut { correct: score.correct, changed }
		};
		let expected: Vec<_> = (0..3).map(without).collect();
		assert!(expected.iter().any(|one| one.changed > 0));
		let scores = compute(&training, &frozen(3, Some(slice().root))).unwrap().scores.unwrap();
		assert_eq!((scores.correct, scores.leave_one_out.to_vec()), (whole.correct, expected));

		let whole = answers(&expected_model(1));
		let previous = answers(&initial_model());
		let alone = LeaveOneOut {
			correct: previous.correct,
			changed: changed(&whole.predictions, &previous.predictions),
		};
		let scores = compute(&training, &frozen(1, Some(slice().root))).unwrap().scores.unwrap();
		assert_eq!(
			scores.leave_one_out.to_vec(),
			[alone],
			"without it there is the previous model"
		);
	});
}

#[test]
fn without_a_slice_there_are_no_scores() {
	with_gateway(serving(), |_| {
		let result = compute(&opened(), &frozen(3, None)).unwrap();
		assert_eq!(result, RoundResult { next_model_root: expected_model(3).root, scores: None });
	});
}

#[test]
fn a_model_of_many_blocks_is_read_block_by_block() {
	// 4 MiB hold 1,365 chunks of a model and an update, and of what becomes of them.
	let elements = 256 * 3_000 + 17;
	let (model, update) = (Blob::random(3, elements), Blob::random(4, elements));
	let mut served = serving();
	served.add(&model);
	served.add(&update);
	with_gateway(served, |served| {
		let mut training = opened();
		training.spec.parameters.element_count = elements;
		let mut frozen = frozen(1, None);
		frozen.updates[0].root = update.root;
		let gateway = Gateway::configured().unwrap();
		let mut signs_of_life = 0;
		let result = compute_result(&gateway, &training.spec, model.root, &frozen, &mut || {
			signs_of_life += 1
		});
		let expected = mean_of(&model, &[(1, update)]);
		assert_eq!(result.unwrap().next_model_root, expected.root);
		assert_eq!(signs_of_life, 3);
		assert_eq!(served.lock().unwrap().asked.len(), 6);
	});
}

#[test]
fn a_damaged_input_is_detected() {
	for damaged in [initial_model().root, update(1).root, slice().root] {
		let mut served = serving();
		served.blobs.get_mut(&format!("{damaged:#x}")).unwrap()[777] ^= 1;
		with_gateway(served, |_| {
			let result = compute(&opened(), &frozen(2, Some(slice().root)));
			assert_eq!(result, Err(Failure::CorruptedBlob { root: damaged }));
		});
	}
}

#[test]
fn a_damaged_padding_is_detected() {
	let mut served = serving();
	let root = update(0).root;
	*served.blobs.get_mut(&format!("{root:#x}")).unwrap().last_mut().unwrap() = 1;
	with_gateway(served, |_| {
		let result = compute(&opened(), &frozen(2, None));
		assert_eq!(result, Err(Failure::CorruptedBlob { root }));
	});
}

#[test]
fn a_missing_input_is_refused_by_the_gateway() {
	let mut served = serving();
	let root = update(0).root;
	served.blobs.remove(&format!("{root:#x}"));
	with_gateway(served, |_| {
		let url = format!("http://gateway/v1/blobs/{root:#x}");
		let result = compute(&opened(), &frozen(2, None));
		assert_eq!(result, Err(Failure::Refused { url, status: 404 }));
	});
}

#[test]
fn answers_of_another_length_are_malformed() {
	for (kept, surplus) in [(2048, 1), (2047, 0), (0, 0)] {
		let mut served = serving();
		let name = format!("{:#x}", initial_model().root);
		served.surplus = surplus;
		if kept < 2048 {
			// Cut off while it is read.
			served.blobs.get_mut(&name).unwrap().truncate(kept);
		}
		with_gateway(served, |_| {
			let url = format!("http://gateway/v1/blobs/{name}");
			let result = compute(&opened(), &frozen(2, None));
			assert_eq!(result, Err(Failure::MalformedAnswer { url }));
		});
	}
}

#[test]
fn what_cannot_be_scored_in_the_worker_s_memory_is_not_attested() {
	with_gateway(serving(), |served| {
		let mut training = opened();
		training.spec.parameters.element_count = 7_500_001;
		let result = compute(&training, &frozen(2, Some(slice().root)));
		assert_eq!(result, Err(Failure::TooLarge));
		assert!(served.lock().unwrap().asked.is_empty());
	});
}

#[test]
fn a_gateway_that_is_down_is_unreachable() {
	with_gateway(Served { down: true, ..serving() }, |_| {
		let gateway = Gateway::configured().unwrap();
		let url = "http://gateway/v1/bounties/0/rounds/1/availability".into();
		assert_eq!(gateway.availability(BOUNTY, ONE), Err(Failure::Unreachable { url }));
	});
}

#[test]
fn availability_is_read_whole_and_decoded_strictly() {
	with_gateway(serving(), |served| {
		let gateway = Gateway::configured().unwrap();
		assert_eq!(gateway.availability(BOUNTY, ONE), Ok(complete()));
		served.lock().unwrap().surplus = 1;
		let url = "http://gateway/v1/bounties/0/rounds/1/availability".into();
		assert_eq!(gateway.availability(BOUNTY, ONE), Err(Failure::MalformedAnswer { url }));
	});
}

#[test]
fn a_node_without_a_gateway_says_so() {
	with_gateway(serving(), |_| {
		configure_gateway(b"");
		assert!(Gateway::configured().is_none());
		configure_gateway(&[0xff, 0xfe]);
		assert!(Gateway::configured().is_none());
	});
}
