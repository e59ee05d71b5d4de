use super::*;
use crate::blobs::upload::upload_bytes;
use sheaf_aggregation::CHUNK_BYTES;
use std::{
	io::{Read, Write},
	net::TcpStream,
};

/// Sends raw bytes with pauses and reads the answer's first line.
async fn raw(address: SocketAddr, pieces: Vec<Vec<u8>>, pause: Duration) -> String {
	let talk = move || {
		let mut stream = TcpStream::connect(address).unwrap();
		for piece in pieces {
			if stream.write_all(&piece).is_err() {
				break;
			}
			std::thread::sleep(pause);
		}
		let mut answer = vec![0; 64];
		let count = stream.read(&mut answer).unwrap_or(0);
		String::from_utf8_lossy(&answer[..count]).lines().next().unwrap_or_default().to_owned()
	};
	tokio::task::spawn_blocking(talk).await.unwrap()
}

fn head(path: &str, length: u64) -> Vec<u8> {
	format!("PUT /v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

async fn node_for(blob: &TestBlob) -> TestNode {
	TestNode::start(vec![uploading(vec![committed(0, &blob.root)])]).await
}

#[tokio::test]
async fn a_right_update_is_stored() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	assert_eq!(node.put(UPDATE_0, blob.body()).await.status, 201);
	assert!(node.blobs.store.is_held(&blob.root).await.unwrap());
	assert_eq!(node.blobs.store.held_count(), 1);
	node.assert_nothing_unfinished().await;
}

#[tokio::test]
async fn a_right_slice_is_stored() {
	let blob = TestBlob::update(2);
	let node = TestNode::start(vec![uploading(vec![slice(&blob.root)])]).await;
	assert_eq!(node.put(SLICE, blob.body()).await.status, 201);
}

#[tokio::test]
async fn the_initial_model_is_stored_while_preparing() {
	let blob = TestBlob::update(3);
	let node = TestNode::start(vec![preparing(&blob.root)]).await;
	node.chain().state().finalised = 0;
	assert_eq!(node.put(MODEL, blob.body()).await.status, 201);
}

#[tokio::test]
async fn a_blob_of_many_steps_is_stored() {
	let elements = 256 * 3_000 + 5;
	let blob = TestBlob::new(elements, |position| position as i32);
	let expected = ExpectedBlob { element_count: elements, ..committed(0, &blob.root) };
	let node = TestNode::start(vec![uploading(vec![expected])]).await;
	assert_eq!(node.put(UPDATE_0, blob.body()).await.status, 201);
	let root = format!("blobs/{:?}", blob.root);
	assert!(node.get(&root).await.body == blob.bytes());
}

#[tokio::test]
async fn a_second_upload_is_answered_without_reading() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	node.hold(UPDATE_0, &blob).await;
	assert_eq!(node.put(UPDATE_0, blob.body()).await.status, 200);
	let mut request = head(UPDATE_0, upload_bytes(blob.shape));
	let end = request.len() - 2;
	request.splice(end..end, b"Expect: 100-continue\r\n".iter().copied());
	let answer = raw(node.address, vec![request], Duration::ZERO).await;
	assert_eq!(answer, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_root_held_elsewhere_is_recognised_at_a_second_place() {
	let blob = TestBlob::update(1);
	let expected = vec![committed(0, &blob.root), committed(1, &blob.root)];
	let node = TestNode::start(vec![uploading(expected)]).await;
	node.hold(UPDATE_0, &blob).await;
	assert_eq!(node.put(UPDATE_1, blob.body()).await.status, 200);
	let availability = node.blobs.availability(BOUNTY, ROUND).await.unwrap().unwrap();
	assert_eq!(availability.updates, vec![(Slot(0), blob.root), (Slot(1), blob.root)]);
}

#[tokio::test]
async fn a_root_that_opens_nothing_is_refused() {
	let node = node_for(&TestBlob::update(1)).await;
	let other = TestBlob::update(2);
	node.put(UPDATE_0, other.body()).await.assert_error(409, "root_opens_nothing");
}

#[tokio::test]
async fn a_root_other_than_the_known_one_is_refused() {
	let node = TestNode::start(vec![preparing(&TestBlob::update(1).root)]).await;
	let other = TestBlob::update(2);
	node.put(MODEL, other.body()).await.assert_error(409, "root_opens_nothing");
}

#[tokio::test]
async fn a_blob_that_is_too_short_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let mut body = blob.body();
	body.pop();
	node.put(UPDATE_0, body).await.assert_error(413, "wrong_length");
}

#[tokio::test]
async fn a_blob_that_is_too_long_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let body = [blob.body(), vec![0; CHUNK_BYTES]].concat();
	node.put(UPDATE_0, body).await.assert_error(413, "wrong_length");
	let huge = raw(node.address, vec![head(UPDATE_0, u64::MAX / 2)], Duration::ZERO).await;
	assert_eq!(huge, "HTTP/1.1 413 Payload Too Large");
}

#[tokio::test]
async fn an_upload_without_length_is_refused() {
	let node = node_for(&TestBlob::update(1)).await;
	let request = format!(
		"PUT /v1/{UPDATE_0} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	);
	let answer = raw(node.address, vec![request.into_bytes()], Duration::ZERO).await;
	assert_eq!(answer, "HTTP/1.1 411 Length Required");
}

#[tokio::test]
async fn wrong_leaf_hashes_are_refused() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let mut wrong = blob.clone();
	wrong.leaf_hashes[1][0] ^= 1;
	node.put(UPDATE_0, wrong.body()).await.assert_error(400, "wrong_leaf_hashes");
	node.assert_nothing_unfinished().await;
}

#[tokio::test]
async fn a_wrong_chunk_is_refused_by_number() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let mut wrong = blob.clone();
	wrong.chunks[1][5] ^= 1;
	let answer = node.put(UPDATE_0, wrong.body()).await;
	answer.assert_error(400, "wrong_chunk");
	assert!(String::from_utf8_lossy(&answer.body).contains("chunk 1 "));
	assert!(!node.blobs.store.is_held(&blob.root).await.unwrap());
	node.assert_nothing_unfinished().await;
}

#[tokio::test]
async fn the_sender_of_a_large_wrong_blob_sees_why_it_is_refused() {
	let elements = 256 * 20_000;
	let blob = TestBlob::new(elements, |position| position as i32);
	let expected = ExpectedBlob { element_count: elements, ..committed(0, &blob.root) };
	let node = TestNode::start(vec![uploading(vec![expected])]).await;
	let mut wrong = blob.clone();
	wrong.chunks[0][0] ^= 1;
	node.put(UPDATE_0, wrong.body()).await.assert_error(400, "wrong_chunk");
}

#[tokio::test]
async fn wrong_padding_is_refused() {
	let mut chunks = TestBlob::update(1).chunks;
	chunks[2][CHUNK_BYTES - 1] = 1;
	let blob = TestBlob::of_chunks(Shape::new(ELEMENTS).unwrap(), chunks);
	let node = node_for(&blob).await;
	node.put(UPDATE_0, blob.body()).await.assert_error(400, "wrong_padding");
}

#[tokio::test]
async fn a_slow_upload_is_ended() {
	let blob = TestBlob::update(1);
	let limits = GatewayLimits {
		grace: Duration::from_millis(100),
		min_bytes_per_second: 1 << 20,
		..Default::default()
	};
	let rounds = vec![uploading(vec![committed(0, &blob.root)])];
	let node = TestNode::with_limits(rounds, limits).await;
	let body = blob.body();
	let pieces = vec![head(UPDATE_0, body.len() as u64), body[..100].to_vec(), vec![0; 1]];
	let answer = raw(node.address, pieces, Duration::from_millis(200)).await;
	assert_eq!(answer, "HTTP/1.1 408 Request Timeout");
	node.assert_nothing_unfinished().await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let address = node.address;
	let talk = move || {
		let mut stream = TcpStream::connect(address).unwrap();
		let body = blob.body();
		stream.write_all(&head(UPDATE_0, body.len() as u64)).unwrap();
		stream.write_all(&body[..2_000]).unwrap();
		std::thread::sleep(Duration::from_millis(100));
	};
	tokio::task::spawn_blocking(talk).await.unwrap();
	node.assert_nothing_unfinished().await;
	assert_eq!(node.blobs.store.held_count(), 0);
}

#[tokio::test]
async fn an_upload_before_finality_is_too_early() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	node.chain().state().finalised = CLOSED_AT - 1;
	node.put(UPDATE_0, blob.body()).await.assert_error(425, "too_early");
	node.chain().state().finalised = CLOSED_AT;
	assert_eq!(node.put(UPDATE_0, blob.body()).await.status, 201);
}

#[tokio::test]
async fn later_phases_wait_only_for_the_closing_block_that_was_seen() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	node.chain().state().finalised = CLOSED_AT - 1;
	node.put(UPDATE_0, blob.body()).await.assert_error(425, "too_early");
	{
		let mut state = node.chain().state();
		state.rounds[0].phase = Some(Phase::Attest);
		state.rounds[0].phase_started_at = CLOSED_AT + 10;
		state.finalised = CLOSED_AT;
	}
	assert_eq!(node.put(UPDATE_0, blob.body()).await.status, 201);
}

#[tokio::test]
async fn a_closing_block_on_another_fork_does_not_count() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	node.chain().state().finalised = CLOSED_AT - 1;
	node.put(UPDATE_0, blob.body()).await.assert_error(425, "too_early");
	{
		let mut state = node.chain().state();
		state.fork = 1;
		state.rounds[0].phase = Some(Phase::Attest);
		state.rounds[0].phase_started_at = CLOSED_AT + 10;
		state.finalised = CLOSED_AT;
	}
	node.put(UPDATE_0, blob.body()).await.assert_error(425, "too_early");
}

#[tokio::test]
async fn an_unknown_bounty_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	let path = "bounties/8/rounds/3/updates/0";
	node.put(path, blob.body()).await.assert_error(404, "not_expected");
}

#[tokio::test]
async fn a_place_that_the_round_does_not_have_is_refused() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	node.put(UPDATE_1, blob.body()).await.assert_error(404, "not_expected");
	node.put(SLICE, blob.body()).await.assert_error(404, "not_expected");
}

#[tokio::test]
async fn a_malformed_path_is_refused() {
	let node = node_for(&TestBlob::update(1)).await;
	for path in ["bounties/x/model", "bounties/7/rounds/3/updates/70000", "bounties/+7/model"] {
		node.put(path, Vec::new()).await.assert_error(400, "malformed_path");
	}
	node.put("nothing/here", Vec::new()).await.assert_error(404, "no_such_path");
	node.post(MODEL, Vec::new()).await.assert_error(405, "no_such_method");
}

#[tokio::test]
async fn more_uploads_than_allowed_are_refused() {
	let (slow, other) = (TestBlob::update(1), TestBlob::update(2));
	let expected = vec![committed(0, &slow.root), committed(1, &other.root)];
	let limits = GatewayLimits { uploads: 1, ..Default::default() };
	let node = TestNode::with_limits(vec![uploading(expected)], limits).await;
	let body = slow.body();
	let mut stream = TcpStream::connect(node.address).unwrap();
	stream.write_all(&head(UPDATE_0, body.len() as u64)).unwrap();
	stream.write_all(&body[..500]).unwrap();
	tokio::time::sleep(Duration::from_millis(300)).await;
	node.put(UPDATE_1, other.body()).await.assert_error(503, "busy");
	stream.write_all(&body[500..]).unwrap();
	let mut answer = node.put(UPDATE_1, other.body()).await;
	while answer.status == 503 {
		tokio::time::sleep(Duration::from_millis(20)).await;
		answer = node.put(UPDATE_1, other.body()).await;
	}
	assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_failing_store_is_reported() {
	let blob = TestBlob::update(1);
	let node = node_for(&blob).await;
	std::fs::write(node.folder.path().join("tmp"), b"in the way").unwrap();
	node.put(UPDATE_0, blob.body()).await.assert_error(507, "store_failed");
}
