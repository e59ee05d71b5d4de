use super::*;
use codec::{Decode, Encode};
use sheaf_aggregation::{verify_chunk, ChunkProof, CHUNK_BYTES};
use sheaf_training::Availability;

async fn node_holding(blob: &TestBlob) -> TestNode {
	let node = TestNode::start(vec![uploading(vec![committed(0, &blob.root)])]).await;
	node.hold(UPDATE_0, blob).await;
	node
}

fn path(blob: &TestBlob) -> String {
	format!("blobs/{:?}", blob.root)
}

#[tokio::test]
async fn a_blob_is_served_whole() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	let answer = node.get(&path(&blob)).await;
	assert_eq!((answer.status, &answer.body), (200, &blob.bytes()));
	assert_eq!(answer.headers["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn a_range_is_served() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	let answer = node.get_range(&path(&blob), "bytes=1000-2047").await;
	assert_eq!((answer.status, &answer.body[..]), (206, &blob.bytes()[1_000..2_048]));
	assert_eq!(answer.headers["content-range"], "bytes 1000-2047/3072");
}

#[tokio::test]
async fn a_range_past_the_end_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.get_range(&path(&blob), "bytes=3072-").await.assert_error(416, "wrong_range");
}

#[tokio::test]
async fn the_head_of_a_blob_has_its_length() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	let request = reqwest::Client::new().head(node.url(&path(&blob)));
	let answer = request.send().await.unwrap();
	assert_eq!(answer.status(), 200);
	assert_eq!(answer.headers()["content-length"], "3072");
}

#[tokio::test]
async fn leaf_hashes_are_served() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	let answer = node.get(&format!("{}/leaves", path(&blob))).await;
	assert_eq!(answer.body, blob.leaf_hashes.concat());
}

#[tokio::test]
async fn every_chunk_comes_with_a_proof() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	for index in 0..3 {
		let answer = node.get(&format!("{}/chunks/{index}", path(&blob))).await;
		let proof = ChunkProof::decode(&mut &answer.body[..]).unwrap();
		let chunk: [u8; CHUNK_BYTES] = proof.chunk.try_into().unwrap();
		assert_eq!(chunk, blob.chunks[index as usize]);
		let root = &blob.root.0;
		verify_chunk::<NativeHasher>(root, blob.shape, index, &chunk, &proof.siblings).unwrap();
	}
}

#[tokio::test]
async fn a_chunk_past_the_end_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.get(&format!("{}/chunks/3", path(&blob))).await.assert_error(404, "no_such_chunk");
}

#[tokio::test]
async fn a_blob_that_is_not_held_is_not_found() {
	let node = node_holding(&TestBlob::update(1)).await;
	node.get(&path(&TestBlob::update(2))).await.assert_error(404, "not_held");
}

#[tokio::test]
async fn a_malformed_root_is_refused() {
	let node = node_holding(&TestBlob::update(1)).await;
	node.get("blobs/0x12").await.assert_error(400, "malformed_path");
}

#[tokio::test]
async fn a_model_is_shown_though_it_came_as_the_update_of_a_round_in_commit() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.chain().state().rounds[0].phase = Some(Phase::Commit);
	node.get(&path(&blob)).await.assert_error(425, "too_early");
	let other = RoundBlobs { bounty: BountyId(8), ..preparing(&blob.root) };
	node.chain().state().rounds.push(other);
	assert_eq!(node.put("bounties/8/model", blob.body()).await.status, 200);
	assert_eq!(node.get(&path(&blob)).await.status, 200);
}

#[tokio::test]
async fn a_held_secret_is_not_shown_before_finality() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.chain().state().finalised = CLOSED_AT - 1;
	node.get(&path(&blob)).await.assert_error(425, "too_early");
	let leaves = format!("{}/leaves", path(&blob));
	node.get(&leaves).await.assert_error(425, "too_early");
	node.get(&format!("{}/chunks/0", path(&blob))).await.assert_error(425, "too_early");
}

#[tokio::test]
async fn an_update_of_an_ended_round_stays_available() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.chain().state().rounds.clear();
	assert_eq!(node.get(&path(&blob)).await.status, 200);
}

#[tokio::test]
async fn availability_lists_what_is_held() {
	let (update, evaluation) = (TestBlob::update(1), TestBlob::update(2));
	let missing = TestBlob::update(3);
	let expected =
		vec![committed(1, &missing.root), committed(0, &update.root), slice(&evaluation.root)];
	let node = TestNode::start(vec![uploading(expected)]).await;
	node.hold(UPDATE_0, &update).await;
	node.hold(SLICE, &evaluation).await;
	let answer = node.get("bounties/7/rounds/3/availability").await;
	let expected = Availability {
		closing_block_final: true,
		initial_model: false,
		slice: Some(evaluation.root),
		updates: vec![(Slot(0), update.root)],
	};
	assert_eq!(answer.body, expected.encode());
}

#[tokio::test]
async fn availability_of_round_zero_is_about_the_initial_model() {
	let blob = TestBlob::update(1);
	let node = TestNode::start(vec![preparing(&blob.root)]).await;
	let ask = || async {
		let answer = node.get("bounties/7/rounds/0/availability").await;
		Availability::decode(&mut &answer.body[..]).unwrap().initial_model
	};
	assert!(!ask().await);
	node.hold(MODEL, &blob).await;
	assert!(ask().await);
}

#[tokio::test]
async fn availability_says_nothing_before_finality() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.chain().state().finalised = CLOSED_AT - 1;
	let answer = node.get("bounties/7/rounds/3/availability").await;
	assert_eq!(answer.body, Availability::default().encode());
}

#[tokio::test]
async fn availability_of_an_unknown_round_is_refused() {
	let node = node_holding(&TestBlob::update(1)).await;
	node.get("bounties/7/rounds/4/availability").await.assert_error(404, "no_such_round");
}

#[tokio::test]
async fn a_root_that_the_chain_no_longer_accepts_is_not_available() {
	let blob = TestBlob::update(1);
	let node = node_holding(&blob).await;
	node.chain().state().rounds[0].blobs = vec![committed(0, &TestBlob::update(9).root)];
	let availability = node.blobs.availability(BOUNTY, ROUND).await.unwrap().unwrap();
	assert!(availability.updates.is_empty());
}

#[tokio::test]
async fn health_is_json() {
	let node = node_holding(&TestBlob::update(1)).await;
	let answer = node.get("health").await;
	let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
	assert_eq!((json["status"].as_str(), json["blobs"].as_u64()), (Some("ok"), Some(1)));
}
