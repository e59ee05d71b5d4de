//! A made-up chain, blobs and a gateway to test with.

mod downloads;
mod materialise;
mod store;
mod sync;
mod uploads;

use super::{
	expected::{AggregationInputs, ChainError, Expectations},
	gateway::{Gateway, GatewayLimits},
	listener::{BoundedListener, Caller},
	metrics::Metrics,
	store::{BlobStore, NativeHasher},
	Blobs,
};
use sheaf_aggregation::{
	root_of_leaf_hashes, write_elements, ChunkBytes, Hasher, Parameters, Rule, Shape,
	CHUNK_ELEMENTS,
};
use sheaf_training::{
	commitment_hash, slice_commitment, AccountId, BlobName, BlockNumber, BountyId, ExpectedBlob,
	Hash, Phase, RoundBlobs, RoundIndex, Slot,
};
use std::{
	net::SocketAddr,
	sync::{Arc, Mutex, MutexGuard},
	time::Duration,
};
use substrate_prometheus_endpoint::Registry;
use tempfile::TempDir;

pub const BOUNTY: BountyId = BountyId(7);
pub const ROUND: RoundIndex = RoundIndex(3);
/// Block that closed Commit.
pub const CLOSED_AT: BlockNumber = 100;
/// Three chunks, the last one with padding.
pub const ELEMENTS: u64 = 700;

/// What the made-up chain says.
#[derive(Default)]
pub struct ChainState {
	pub rounds: Vec<RoundBlobs>,
	pub finalised: BlockNumber,
	pub inputs: Option<AggregationInputs>,
	/// Distinguishes forks.
	pub fork: u8,
}

#[derive(Default)]
pub struct FakeChain(Mutex<ChainState>);

impl FakeChain {
	pub fn state(&self) -> MutexGuard<'_, ChainState> {
		self.0.lock().unwrap()
	}
}

impl Expectations for FakeChain {
	fn genesis(&self) -> Hash {
		Hash::repeat_byte(1)
	}

	fn round_blobs(&self, bounty: BountyId) -> Result<Arc<Vec<RoundBlobs>>, ChainError> {
		let rounds = self.state().rounds.iter().filter(|r| r.bounty == bounty).cloned().collect();
		Ok(Arc::new(rounds))
	}

	fn live_bounties(&self, _limit: u32) -> Result<Vec<BountyId>, ChainError> {
		let mut bounties: Vec<_> = self.state().rounds.iter().map(|r| r.bounty).collect();
		bounties.dedup();
		Ok(bounties)
	}

	fn aggregation_inputs(
		&self,
		_bounty: BountyId,
		_round: RoundIndex,
	) -> Result<Option<AggregationInputs>, ChainError> {
		Ok(self.state().inputs.clone())
	}

	fn finalised(&self) -> BlockNumber {
		self.state().finalised
	}

	fn hash_at(&self, height: BlockNumber) -> Option<Hash> {
		let mut hash = Hash::from_low_u64_be(height.into());
		hash.0[0] = self.state().fork;
		Some(hash)
	}
}

/// A blob with its tree.
#[derive(Clone)]
pub struct TestBlob {
	pub shape: Shape,
	pub chunks: Vec<ChunkBytes>,
	pub leaf_hashes: Vec<[u8; 32]>,
	pub root: Hash,
}

impl TestBlob {
	pub fn new(element_count: u64, element: impl Fn(u64) -> i32) -> Self {
		let shape = Shape::new(element_count).unwrap();
		let chunk = |index: u64| {
			let mut elements = [0; CHUNK_ELEMENTS];
			for (place, value) in elements.iter_mut().enumerate() {
				let position = index * CHUNK_ELEMENTS as u64 + place as u64;
				*value = if position < element_count { element(position) } else { 0 };
			}
			write_elements(&elements)
		};
		Self::of_chunks(shape, (0..shape.leaf_count()).map(chunk).collect())
	}

	pub fn of_chunks(shape: Shape, chunks: Vec<ChunkBytes>) -> Self {
		let leaf_hashes: Vec<_> = chunks.iter().map(|chunk| NativeHasher::hash(chunk)).collect();
		let root = root_of_leaf_hashes::<NativeHasher>(shape, &leaf_hashes).unwrap().into();
		Self { shape, chunks, leaf_hashes, root }
	}

	/// An update with this seed in every element.
	pub fn update(seed: i32) -> Self {
		Self::new(ELEMENTS, |position| seed + position as i32)
	}

	pub fn bytes(&self) -> Vec<u8> {
		self.chunks.concat()
	}

	/// The body of an upload.
	pub fn body(&self) -> Vec<u8> {
		[self.root.as_bytes(), &self.leaf_hashes.concat(), &self.bytes()].concat()
	}
}

/// An update that slot `slot` has committed to.
pub fn committed(slot: u16, root: &Hash) -> ExpectedBlob {
	let account = AccountId::new([slot as u8; 32]);
	let genesis = Hash::repeat_byte(1);
	let hash = commitment_hash(&genesis, BOUNTY, ROUND, 0, &account, root);
	ExpectedBlob {
		name: BlobName::Update(Slot(slot)),
		element_count: ELEMENTS,
		root: None,
		opens: Some((hash, 0, account)),
		secret: true,
	}
}

/// The slice with this root, not opened yet.
pub fn slice(root: &Hash) -> ExpectedBlob {
	ExpectedBlob {
		name: BlobName::Slice,
		element_count: ELEMENTS,
		root: None,
		opens: Some((slice_commitment(root), 0, AccountId::new([0; 32]))),
		secret: true,
	}
}

/// A model whose root is on chain.
pub fn model(name: BlobName, root: &Hash) -> ExpectedBlob {
	ExpectedBlob { name, element_count: ELEMENTS, root: Some(*root), opens: None, secret: false }
}

/// A round in Upload.
pub fn uploading(blobs: Vec<ExpectedBlob>) -> RoundBlobs {
	RoundBlobs {
		bounty: BOUNTY,
		round: ROUND,
		attempt: 0,
		phase: Some(Phase::Upload),
		phase_started_at: CLOSED_AT,
		blobs,
	}
}

/// A bounty in Preparing.
pub fn preparing(root: &Hash) -> RoundBlobs {
	RoundBlobs {
		bounty: BOUNTY,
		round: RoundIndex::INITIAL_MODEL,
		attempt: 0,
		phase: None,
		phase_started_at: 5,
		blobs: vec![model(BlobName::InitialModel, root)],
	}
}

pub fn parameters() -> Parameters {
	Parameters {
		rule: Rule::WeightedMean,
		element_count: ELEMENTS,
		clip: 1 << 20,
		model_bound: 1 << 24,
	}
}

/// A node without a chain or a network.
pub struct TestNode {
	pub blobs: Arc<Blobs<FakeChain>>,
	pub registry: Registry,
	pub address: SocketAddr,
	pub folder: TempDir,
}

impl TestNode {
	/// Starts with everything final and these rounds live.
	pub async fn start(rounds: Vec<RoundBlobs>) -> Self {
		Self::with_limits(rounds, GatewayLimits::default()).await
	}

	pub async fn with_limits(rounds: Vec<RoundBlobs>, limits: GatewayLimits) -> Self {
		let folder = TempDir::new().unwrap();
		let chain = FakeChain::default();
		*chain.state() = ChainState { rounds, finalised: CLOSED_AT, ..Default::default() };
		let store = Arc::new(BlobStore::open_folder(folder.path()).await.unwrap());
		let registry = Registry::new();
		let metrics = Metrics::new(Some(&registry)).unwrap();
		let blobs = Arc::new(Blobs::new(store, Arc::new(chain), metrics));
		let gateway = Arc::new(Gateway::new(blobs.clone(), limits));
		let listener = BoundedListener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
		let address = axum::serve::Listener::local_addr(&listener).unwrap();
		let service = gateway.router().into_make_service_with_connect_info::<Caller>();
		tokio::spawn(async move { axum::serve(listener, service).await });
		Self { blobs, registry, address, folder }
	}

	pub fn chain(&self) -> &FakeChain {
		&self.blobs.chain
	}

	pub fn url(&self, path: &str) -> String {
		format!("http://{}/v1/{path}", self.address)
	}

	pub async fn put(&self, path: &str, body: Vec<u8>) -> Answer {
		let request = reqwest::Client::new().put(self.url(path)).body(body);
		Answer::of(request.send().await.unwrap()).await
	}

	pub async fn get(&self, path: &str) -> Answer {
		Answer::of(reqwest::get(self.url(path)).await.unwrap()).await
	}

	pub async fn get_range(&self, path: &str, range: &str) -> Answer {
		let request = reqwest::Client::new().get(self.url(path)).header("range", range);
		Answer::of(request.send().await.unwrap()).await
	}

	pub async fn post(&self, path: &str, body: Vec<u8>) -> Answer {
		let request = reqwest::Client::new().post(self.url(path)).body(body);
		Answer::of(request.send().await.unwrap()).await
	}

	/// Uploads what is expected, and must succeed.
	pub async fn hold(&self, path: &str, blob: &TestBlob) {
		assert_eq!(self.put(path, blob.body()).await.status, 201);
	}

	/// Waits until nothing unfinished is left.
	pub async fn assert_nothing_unfinished(&self) {
		for _ in 0..100 {
			if self.blobs.store.unfinished().await.is_empty() {
				return;
			}
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
		panic!("left behind: {:?}", self.blobs.store.unfinished().await);
	}
}

/// An HTTP answer that was read to its end.
pub struct Answer {
	pub status: u16,
	pub body: Vec<u8>,
	pub headers: reqwest::header::HeaderMap,
}

impl Answer {
	async fn of(response: reqwest::Response) -> Self {
		let (status, headers) = (response.status().as_u16(), response.headers().clone());
		Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
	}

	/// The stable code of an error.
	pub fn code(&self) -> String {
		let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
		assert!(json["message"].as_str().is_some_and(|message| !message.is_empty()));
		json["error"].as_str().unwrap().to_owned()
	}

	#[track_caller]
	pub fn assert_error(&self, status: u16, code: &str) {
		assert_eq!((self.status, self.code().as_str()), (status, code));
	}
}

pub const UPDATE_0: &str = "bounties/7/rounds/3/updates/0";
pub const UPDATE_1: &str = "bounties/7/rounds/3/updates/1";
pub const SLICE: &str = "bounties/7/rounds/3/slice";
pub const MODEL: &str = "bounties/7/model";
