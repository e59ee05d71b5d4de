use super::*;
use sheaf_aggregation::{aggregate_chunk, WeightedChunk};

const RESULT: &str = "bounties/7/rounds/3/result";

fn next_model(previous: &TestBlob, updates: &[(u32, &TestBlob)]) -> TestBlob {
	let chunks = previous.chunks.iter().enumerate().map(|(index, chunk)| {
		let inputs: Vec<_> = updates
			.iter()
			.map(|(weight, update)| WeightedChunk { weight: *weight, chunk: &update.chunks[index] })
			.collect();
		let parameters =
			Parameters { element_count: previous.shape.element_count(), ..parameters() };
		aggregate_chunk(&parameters, index as u64, chunk, &inputs)
	});
	TestBlob::of_chunks(previous.shape, chunks.collect())
}

async fn frozen(previous: &TestBlob, updates: &[(u32, &TestBlob)]) -> TestNode {
	let element_count = previous.shape.element_count();
	let sized = |blob: ExpectedBlob| ExpectedBlob { element_count, ..blob };
	let mut initial = preparing(&previous.root);
	initial.blobs = initial.blobs.into_iter().map(sized).collect();
	let expected = updates.iter().enumerate();
	let expected =
		expected.map(|(slot, (_, update))| sized(committed(slot as u16, &update.root))).collect();
	let node = TestNode::start(vec![initial, uploading(expected)]).await;
	node.chain().state().inputs = Some(AggregationInputs {
		digest: Hash::repeat_byte(9),
		parameters: Parameters { element_count, ..parameters() },
		previous_root: previous.root,
		updates: updates.iter().map(|(weight, update)| (*weight, update.root)).collect(),
	});
	node
}

async fn upload_all(node: &TestNode, previous: &TestBlob, updates: &[(u32, &TestBlob)]) {
	node.hold(MODEL, previous).await;
	for (slot, (_, update)) in updates.iter().enumerate() {
		node.hold(&format!("bounties/7/rounds/3/updates/{slot}"), update).await;
	}
}

#[tokio::test]
async fn the_next_model_is_computed_and_served() {
	let (previous, one, two) = (TestBlob::update(5), TestBlob::update(-90), TestBlob::update(700));
	let updates = [(1, &one), (3, &two)];
	let node = frozen(&previous, &updates).await;
	upload_all(&node, &previous, &updates).await;
	let expected = next_model(&previous, &updates);
	let answer = node.post(RESULT, expected.root.as_bytes().to_vec()).await;
	assert_eq!((answer.status, &answer.body[..]), (200, expected.root.as_bytes()));
	let served = node.get(&format!("blobs/{:?}", expected.root)).await;
	assert_eq!(served.body, expected.bytes());
}

#[tokio::test]
async fn the_workers_computing_time_is_measured() {
	let (previous, one) = (TestBlob::update(5), TestBlob::update(700));
	let updates = [(1, &one)];
	let node = frozen(&previous, &updates).await;
	upload_all(&node, &previous, &updates).await;
	let root = next_model(&previous, &updates).root;
	for time in ["1500", "not a number"] {
		let request = reqwest::Client::new().post(node.url(RESULT)).body(root.as_bytes().to_vec());
		let answer = request.header("x-sheaf-computing-ms", time).send().await.unwrap();
		assert_eq!(answer.status(), 200);
	}
	let families = node.registry.gather();
	let seconds =
		families.iter().find(|each| each.get_name() == "sheaf_verification_seconds").unwrap();
	let histogram = seconds.get_metric()[0].get_histogram();
	assert_eq!((histogram.get_sample_count(), histogram.get_sample_sum()), (1, 1.5));
}

#[tokio::test]
async fn a_proxy_on_this_machine_does_not_make_its_callers_local() {
	let node = TestNode::start(Vec::new()).await;
	for header in ["X-Forwarded-For", "Forwarded"] {
		let request = reqwest::Client::new().post(node.url(RESULT)).body(vec![0; 32]);
		let answer = request.header(header, "203.0.113.7").send().await.unwrap();
		assert_eq!(answer.status(), 403, "{header}");
	}
	assert_eq!(node.post(RESULT, vec![0; 32]).await.status, 409, "nothing is frozen");
}

#[tokio::test]
async fn a_model_of_many_blocks_is_computed() {
	let elements = 256 * 1_300 + 17;
	let blob = |seed: i32| TestBlob::new(elements, |position| seed * (position as i32 % 1_001));
	let (previous, one, two) = (blob(1), blob(-7), blob(30));
	let updates = [(1, &one), (1, &two)];
	let node = frozen(&previous, &updates).await;
	upload_all(&node, &previous, &updates).await;
	let expected = next_model(&previous, &updates);
	let answer = node.post(RESULT, expected.root.as_bytes().to_vec()).await;
	assert_eq!(answer.body, expected.root.as_bytes());
}

#[tokio::test]
async fn a_wrong_claim_is_answered_with_the_own_root() {
	let (previous, one) = (TestBlob::update(5), TestBlob::update(6));
	let updates = [(1, &one)];
	let node = frozen(&previous, &updates).await;
	upload_all(&node, &previous, &updates).await;
	let answer = node.post(RESULT, vec![3; 32]).await;
	assert_eq!(answer.body, next_model(&previous, &updates).root.as_bytes());
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_computation() {
	let (previous, one) = (TestBlob::update(5), TestBlob::update(6));
	let updates = [(1, &one)];
	let node = frozen(&previous, &updates).await;
	upload_all(&node, &previous, &updates).await;
	let answers = futures::future::join_all((0..8).map(|_| node.post(RESULT, vec![0; 32]))).await;
	assert!(answers.iter().all(|answer| answer.status == 200));
	assert_eq!(node.blobs.store.held_count(), 3);
}

#[tokio::test]
async fn a_missing_input_is_a_conflict_until_it_comes() {
	let (previous, one) = (TestBlob::update(5), TestBlob::update(6));
	let updates = [(1, &one)];
	let node = frozen(&previous, &updates).await;
	node.hold(MODEL, &previous).await;
	node.post(RESULT, vec![0; 32]).await.assert_error(409, "input_missing");
	node.hold(UPDATE_0, &one).await;
	assert_eq!(node.post(RESULT, vec![0; 32]).await.status, 200);
}

#[tokio::test]
async fn inputs_that_are_not_frozen_are_a_conflict() {
	let node = TestNode::start(Vec::new()).await;
	node.post(RESULT, vec![0; 32]).await.assert_error(409, "inputs_not_frozen");
}

#[tokio::test]
async fn a_claim_that_is_no_root_is_refused() {
	let node = TestNode::start(Vec::new()).await;
	node.post(RESULT, vec![0; 31]).await.assert_error(400, "malformed_root");
	node.post(RESULT, vec![0; 33]).await.assert_error(400, "malformed_root");
}
