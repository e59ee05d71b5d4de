use super::*;
use crate::blobs::{
	protocol::{answer, Request, Response},
	sync::{Fetcher, Outcome, Peers},
};
use codec::{Decode, Encode};
use sheaf_training::BlobName;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a peer does to its answers.
type Tamper = fn(Response) -> Response;

/// Peers in the same process.
#[derive(Clone, Default)]
struct FakePeers {
	peers: Vec<(Arc<Blobs<FakeChain>>, Option<Tamper>)>,
	reported: Arc<Mutex<Vec<usize>>>,
	/// They say what they hold, but never send it.
	stalled: bool,
	/// Fetches that were begun.
	begun: Arc<AtomicUsize>,
}

impl Peers for FakePeers {
	type Id = usize;

	async fn connected(&self) -> Vec<usize> {
		(0..self.peers.len()).collect()
	}

	async fn request(&self, peer: &usize, request: Vec<u8>) -> Option<Vec<u8>> {
		let (blobs, tamper) = &self.peers[*peer];
		let request = Request::decode(&mut &request[..]).unwrap();
		if matches!(request, Request::LeafHashes { first: 0, .. }) {
			self.begun.fetch_add(1, Ordering::Relaxed);
		}
		let response = answer(blobs, request).await.unwrap();
		if self.stalled && matches!(response, Response::Bytes(_)) {
			std::future::pending::<()>().await;
		}
		Some(tamper.map_or(response.clone(), |tamper| tamper(response)).encode())
	}

	fn report(&self, peer: &usize) {
		self.reported.lock().unwrap().push(*peer);
	}
}

async fn node_with(rounds: &[RoundBlobs]) -> TestNode {
	TestNode::start(rounds.to_vec()).await
}

fn fetcher(node: &TestNode, peers: FakePeers) -> Fetcher<FakeChain, FakePeers> {
	Fetcher::new(node.blobs.clone(), peers)
}

fn honest(nodes: &[&TestNode]) -> FakePeers {
	let peers = nodes.iter().map(|node| (node.blobs.clone(), None)).collect();
	FakePeers { peers, ..Default::default() }
}

#[tokio::test]
async fn a_missing_update_is_fetched_from_the_peer_that_has_it() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, empty, there] =
		[node_with(&rounds).await, node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let fetcher = fetcher(&here, honest(&[&empty, &there]));
	let wanted = fetcher.wanted().await;
	assert_eq!(wanted.len(), 1);
	assert_eq!(fetcher.search(wanted[0].clone()).await, Outcome::Fetched);
	assert!(fetcher.wanted().await.is_empty());
	let availability = here.blobs.availability(BOUNTY, ROUND).await.unwrap().unwrap();
	assert_eq!(availability.updates, vec![(Slot(0), blob.root)]);
}

#[tokio::test]
async fn a_blob_held_from_another_place_is_not_fetched_again() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root), committed(1, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	here.hold(UPDATE_0, &blob).await;
	there.hold(UPDATE_1, &blob).await;
	let stalled = FakePeers { stalled: true, ..honest(&[&there]) };
	let fetcher = fetcher(&here, stalled);
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::Fetched);
	let availability = here.blobs.availability(BOUNTY, ROUND).await.unwrap().unwrap();
	assert_eq!(availability.updates, vec![(Slot(0), blob.root), (Slot(1), blob.root)]);
}

#[tokio::test]
async fn what_nobody_has_does_not_wait_for_slow_fetches() {
	let blobs: Vec<_> = (0..8).map(TestBlob::update).collect();
	let slots = (0..).zip(&blobs).map(|(slot, blob)| committed(slot, &blob.root)).collect();
	let rounds = [uploading(slots)];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	for (slot, blob) in blobs.iter().enumerate().take(7) {
		there.hold(&format!("bounties/7/rounds/3/updates/{slot}"), blob).await;
	}
	let fetcher = fetcher(&here, FakePeers { stalled: true, ..honest(&[&there]) });
	let mut wanted = fetcher.wanted().await;
	let missing = wanted.pop().unwrap();
	let fetches = futures::future::join_all(wanted.into_iter().map(|each| fetcher.search(each)));
	let search = async {
		tokio::time::sleep(Duration::from_millis(300)).await;
		fetcher.search(missing).await
	};
	tokio::select! {
		_ = fetches => panic!("the peers send nothing"),
		outcome = search => assert_eq!(outcome, Outcome::NotFound),
		_ = tokio::time::sleep(Duration::from_secs(10)) => panic!("waits for the fetches"),
	}
}

#[tokio::test]
async fn a_blob_of_many_pages_is_fetched() {
	let elements = 256 * 17_000;
	let blob = TestBlob::new(elements, |position| position as i32);
	let expected = ExpectedBlob { element_count: elements, ..committed(0, &blob.root) };
	let rounds = [uploading(vec![expected])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let fetcher = fetcher(&here, honest(&[&there]));
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::Fetched);
	assert!(here.blobs.store.is_held(&blob.root).await.unwrap());
}

#[tokio::test]
async fn every_block_starts_a_search() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let fetcher = fetcher(&here, honest(&[&there]));
	let (sender, blocks) = futures::channel::mpsc::unbounded();
	let running = tokio::spawn(async move { fetcher.run(blocks).await });
	sender.unbounded_send(()).unwrap();
	while !here.blobs.store.is_held(&blob.root).await.unwrap() {
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	drop(sender);
	running.await.unwrap();
}

#[tokio::test]
async fn an_update_whose_root_comes_on_chain_meanwhile_is_fetched_once() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let peers = FakePeers { stalled: true, ..honest(&[&there]) };
	let begun = peers.begun.clone();
	let fetcher = fetcher(&here, peers);
	let (sender, blocks) = futures::channel::mpsc::unbounded();
	let running = tokio::spawn(async move { fetcher.run(blocks).await });
	sender.unbounded_send(()).unwrap();
	while begun.load(Ordering::Relaxed) == 0 {
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	for node in [&here, &there] {
		node.chain().state().rounds[0].blobs[0].root = Some(blob.root);
	}
	sender.unbounded_send(()).unwrap();
	tokio::time::sleep(Duration::from_millis(300)).await;
	assert_eq!(begun.load(Ordering::Relaxed), 1);
	running.abort();
}

#[tokio::test]
async fn nothing_is_wanted_before_finality() {
	let blob = TestBlob::update(1);
	let here = node_with(&[uploading(vec![committed(0, &blob.root)])]).await;
	here.chain().state().finalised = CLOSED_AT - 1;
	assert!(fetcher(&here, FakePeers::default()).wanted().await.is_empty());
}

#[tokio::test]
async fn a_peer_passes_nothing_on_before_finality() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	there.chain().state().finalised = CLOSED_AT - 1;
	let fetcher = fetcher(&here, honest(&[&there]));
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::NotFound);
	for request in [
		Request::FindRoot(blob.root),
		Request::LeafHashes { root: blob.root, first: 0, count: 1 },
		Request::Chunks { root: blob.root, first: 0, count: 1 },
	] {
		assert_eq!(answer(&there.blobs, request).await.unwrap(), Response::NotHeld);
	}
}

#[tokio::test]
async fn a_lying_peer_is_reported_and_the_next_one_asked() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let mut peers = honest(&[&there, &there]);
	peers.peers[0].1 = Some(|response| match response {
		Response::Bytes(mut bytes) => {
			bytes[7] ^= 1;
			Response::Bytes(bytes)
		}
		other => other,
	});
	let reported = peers.reported.clone();
	let fetcher = fetcher(&here, peers);
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::Fetched);
	assert_eq!(*reported.lock().unwrap(), vec![0]);
}

#[tokio::test]
async fn a_peer_that_sends_too_little_is_reported() {
	let blob = TestBlob::update(1);
	let rounds = [uploading(vec![committed(0, &blob.root)])];
	let [here, there] = [node_with(&rounds).await, node_with(&rounds).await];
	there.hold(UPDATE_0, &blob).await;
	let mut peers = honest(&[&there]);
	peers.peers[0].1 = Some(|response| match response {
		Response::Bytes(_) => Response::Bytes(vec![0; 32]),
		other => other,
	});
	let reported = peers.reported.clone();
	let fetcher = fetcher(&here, peers);
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::Failed);
	assert_eq!(*reported.lock().unwrap(), vec![0]);
	here.assert_nothing_unfinished().await;
}

#[tokio::test]
async fn a_root_that_opens_nothing_is_not_fetched() {
	let (blob, other) = (TestBlob::update(1), TestBlob::update(2));
	let here = node_with(&[uploading(vec![committed(0, &blob.root)])]).await;
	let there = node_with(&[uploading(vec![committed(0, &other.root)])]).await;
	there.hold(UPDATE_0, &other).await;
	let fetcher = fetcher(&here, honest(&[&there]));
	let wanted = fetcher.wanted().await.remove(0);
	assert_eq!(fetcher.search(wanted).await, Outcome::NotFound);
}

#[tokio::test]
async fn every_published_result_is_fetched() {
	let results = [TestBlob::update(1), TestBlob::update(2)];
	let published = results.iter().map(|blob| model(BlobName::NextModel, &blob.root)).collect();
	let here = node_with(&[uploading(published)]).await;
	let [first, second] = [
		node_with(&[preparing(&results[0].root)]).await,
		node_with(&[preparing(&results[1].root)]).await,
	];
	first.hold(MODEL, &results[0]).await;
	second.hold(MODEL, &results[1]).await;
	let fetcher = fetcher(&here, honest(&[&first, &second]));
	for wanted in fetcher.wanted().await {
		assert_eq!(fetcher.search(wanted).await, Outcome::Fetched);
	}
	for blob in &results {
		assert!(here.blobs.store.is_held(&blob.root).await.unwrap());
	}
}

#[tokio::test]
async fn a_peer_gets_only_pages_that_exist() {
	let blob = TestBlob::update(1);
	let there = node_with(&[uploading(vec![committed(0, &blob.root)])]).await;
	there.hold(UPDATE_0, &blob).await;
	let root = blob.root;
	for request in [
		Request::Chunks { root, first: 0, count: 0 },
		Request::Chunks { root, first: 0, count: 4 },
		Request::Chunks { root, first: u64::MAX, count: 1 },
		Request::LeafHashes { root, first: 3, count: 1 },
		Request::LeafHashes { root, first: 0, count: u32::MAX },
	] {
		assert_eq!(answer(&there.blobs, request).await.unwrap(), Response::NotHeld);
	}
	let request = Request::Chunks { root, first: 1, count: 2 };
	let expected = blob.bytes()[1_024..].to_vec();
	assert_eq!(answer(&there.blobs, request).await.unwrap(), Response::Bytes(expected));
}
