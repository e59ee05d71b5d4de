//! Fetching from peers what the chain expects and this node lacks.

use super::{
	expected::{Expectations, Expected},
	incoming::{Fault, Incoming},
	protocol::{Request, Response, MAX_CHUNKS, MAX_LEAF_HASHES},
	store::LEAF_HASH_BYTES,
	BlobError, Blobs,
};
use codec::{DecodeAll, Encode};
use futures::{
	future::join_all,
	stream::{self, FuturesUnordered},
	FutureExt, Stream, StreamExt,
};
use sheaf_aggregation::{Shape, CHUNK_BYTES};
use sheaf_training::Hash;
use std::{
	collections::HashSet,
	fmt::Display,
	future::Future,
	pin::pin,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};

/// Live bounties that are followed.
const MAX_BOUNTIES: u32 = 256;
/// Peers that are asked for one blob.
const MAX_PEERS: usize = 16;
/// Blobs that are looked for at a time.
const MAX_SEARCHES: usize = 16;
/// Blobs that are fetched at a time.
const MAX_FETCHES: usize = 4;
/// Blobs that are looked for, fetched or waiting for it.
const MAX_WANTED: usize = 256;
/// How long a peer may think about whether it holds a blob.
const FIND_TIMEOUT: Duration = Duration::from_secs(5);
/// Slowest fetch in bytes per second, after [`FETCH_GRACE`].
const MIN_BYTES_PER_SECOND: u64 = 64 * 1_024;
const FETCH_GRACE: Duration = Duration::from_secs(30);

/// The peers of this node.
pub trait Peers: Send + Sync + 'static {
	/// Names a peer.
	type Id: Clone + Display + Send + Sync + 'static;
	/// Who is connected.
	fn connected(&self) -> impl Future<Output = Vec<Self::Id>> + Send;
	/// Asks a peer; none if it does not answer.
	fn request(
		&self,
		peer: &Self::Id,
		request: Vec<u8>,
	) -> impl Future<Output = Option<Vec<u8>>> + Send;
	/// Reports a peer that sent something wrong.
	fn report(&self, peer: &Self::Id);
}

/// Looks for missing blobs and fetches them.
pub struct Fetcher<E, P> {
	blobs: Arc<Blobs<E>>,
	peers: P,
	searches: Semaphore,
	fetches: Semaphore,
	/// Rotates the peers, so that not all are asked in the same order.
	rotation: AtomicUsize,
}

/// What came of looking for a blob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
	/// It is held now.
	Fetched,
	/// No peer has it.
	NotFound,
	/// Peers said they have it, but it did not come.
	Failed,
}

/// Why a fetch from one peer ended early.
enum FetchError {
	/// The peer did not answer, or no longer has it.
	Silent,
	/// The peer sent something wrong.
	Wrong(Fault),
	/// Not the peer's fault.
	Local(Fault),
}

impl From<Fault> for FetchError {
	fn from(fault: Fault) -> Self {
		match fault {
			Fault::Store(_) => Self::Local(fault),
			_ => Self::Wrong(fault),
		}
	}
}

impl<E: Expectations, P: Peers> Fetcher<E, P> {
	/// A fetcher over these peers.
	pub fn new(blobs: Arc<Blobs<E>>, peers: P) -> Self {
		Self {
			blobs,
			peers,
			searches: Semaphore::new(MAX_SEARCHES),
			fetches: Semaphore::new(MAX_FETCHES),
			rotation: AtomicUsize::new(0),
		}
	}

	/// Looks for what is missing whenever `blocks` has an item; returns when it ends.
	pub async fn run(&self, blocks: impl Stream<Item = ()>) {
		let mut blocks = pin!(blocks.fuse());
		let mut under_way = HashSet::new();
		let mut searches = FuturesUnordered::new();
		loop {
			tokio::select! {
				Some(key) = searches.next() => {
					under_way.remove(&key);
				},
				block = blocks.next() => {
					if block.is_none() {
						return;
					}
					while let Some(Some(())) = blocks.next().now_or_never() {}
					for expected in self.wanted().await {
						let key = key_of(&expected);
						// Its root may have come on chain while it is fetched by its commitment.
						let by_place = under_way.contains(&expected.place.key());
						let room = !by_place && under_way.len() < MAX_WANTED;
						if room && under_way.insert(key.clone()) {
							searches.push(self.search(expected).map(|_| key));
						}
					}
				},
			}
		}
	}

	/// What the chain expects, may be shown and is not held.
	pub async fn wanted(&self) -> Vec<Expected> {
		match self.find_wanted().await {
			Ok(wanted) => wanted,
			Err(error) => {
				log::warn!(target: super::LOG_TARGET, "cannot tell which blobs are missing: {error}");
				Vec::new()
			}
		}
	}

	async fn find_wanted(&self) -> Result<Vec<Expected>, BlobError> {
		let mut wanted = Vec::new();
		for bounty in self.blobs.ask(|chain| chain.live_bounties(MAX_BOUNTIES)).await? {
			for round in self.blobs.round_blobs(bounty).await?.iter() {
				for expected in self.blobs.all_expected(round) {
					let known = expected.blob.root.is_some() || expected.blob.opens.is_some();
					if known && expected.open && self.blobs.held_root(&expected).await?.is_none() {
						wanted.push(expected);
					}
				}
			}
		}
		Ok(wanted)
	}

	/// Looks for one blob and fetches it.
	pub async fn search(&self, expected: Expected) -> Outcome {
		let holders = match self.searches.acquire().await {
			Ok(_turn) => self.holders(&expected).await,
			Err(_) => Vec::new(),
		};
		let outcome = match holders.is_empty() {
			true => Outcome::NotFound,
			false => match self.fetches.acquire().await {
				Ok(_turn) => self.fetch_from_any(&expected, holders).await,
				Err(_) => Outcome::NotFound,
			},
		};
		self.blobs.metrics.fetch_ended(match outcome {
			Outcome::Fetched => "fetched",
			Outcome::NotFound => "not_found",
			Outcome::Failed => "failed",
		});
		outcome
	}

	/// Peers that say they hold the blob, with the root under which they do.
	async fn holders(&self, expected: &Expected) -> Vec<(P::Id, Hash)> {
		let mut peers = self.peers.connected().await;
		let turn = self.rotation.fetch_add(1, Ordering::Relaxed);
		let first = turn.checked_rem(peers.len()).unwrap_or(0);
		peers.rotate_left(first);
		peers.truncate(MAX_PEERS);
		let request = match expected.blob.root {
			Some(root) => Request::FindRoot(root),
			None => Request::FindPlace(expected.place.clone()),
		};
		let genesis = self.blobs.chain.genesis();
		let answers = peers.iter().map(|peer| timeout(FIND_TIMEOUT, self.ask(peer, &request)));
		let answers = join_all(answers).await;
		let found = peers.into_iter().zip(answers).filter_map(|(peer, answer)| match answer {
			Ok(Some(Response::Found(root))) => Some((peer, root)),
			_ => None,
		});
		found.filter(|(_, root)| expected.accepts(&genesis, root)).collect()
	}

	async fn fetch_from_any(&self, expected: &Expected, holders: Vec<(P::Id, Hash)>) -> Outcome {
		// It may have come by another way meanwhile.
		if let Ok(Some(_)) = self.blobs.held_root(expected).await {
			return Outcome::Fetched;
		}
		let allowed = Duration::from_secs(expected.shape.size_bytes() / MIN_BYTES_PER_SECOND);
		let allowed = FETCH_GRACE.saturating_add(allowed);
		for (peer, root) in holders {
			let key = key_of(expected);
			if self.is_held_elsewhere(expected, &root).await {
				return Outcome::Fetched;
			}
			match timeout(allowed, self.fetch(expected, &peer, root)).await {
				Ok(Ok(())) => {
					log::debug!(target: super::LOG_TARGET, "fetched {key} from {peer}: {root:?}");
					return Outcome::Fetched;
				}
				Ok(Err(FetchError::Local(fault))) => {
					log::warn!(target: super::LOG_TARGET, "cannot store {key}: {fault}");
					return Outcome::Failed;
				}
				Ok(Err(FetchError::Wrong(fault))) => {
					log::warn!(target: super::LOG_TARGET, "{peer} sent {key} wrong: {fault}");
					self.peers.report(&peer);
				}
				Ok(Err(FetchError::Silent)) | Err(_) => {
					log::debug!(target: super::LOG_TARGET, "{peer} did not send {key}");
				}
			}
		}
		Outcome::Failed
	}

	/// Whether the blob is held from another place; if so, it is known to belong here too.
	async fn is_held_elsewhere(&self, expected: &Expected, root: &Hash) -> bool {
		let store = &self.blobs.store;
		match store.describe(root).await {
			Ok(Some(held)) if held.shape == expected.shape => {
				store.set_root_at(&expected.place, root).await.is_ok()
			}
			_ => false,
		}
	}

	async fn fetch(&self, expected: &Expected, peer: &P::Id, root: Hash) -> Result<(), FetchError> {
		let (store, shape) = (&self.blobs.store, expected.shape);
		let mut incoming = Incoming::start(store, root, shape, expected.place.clone()).await?;
		for (first, count) in pages(shape, MAX_LEAF_HASHES) {
			let request = Request::LeafHashes { root, first, count };
			let bytes = self.bytes(peer, request, u64::from(count) * LEAF_HASH_BYTES).await?;
			incoming.leaf_hashes(&bytes).await?;
		}
		incoming.check_leaf_hashes().await?;
		let requests = pages(shape, MAX_CHUNKS).map(|(first, count)| {
			let request = Request::Chunks { root, first, count };
			self.bytes(peer, request, u64::from(count) * CHUNK_BYTES as u64)
		});
		let mut answers = stream::iter(requests).buffered(2);
		while let Some(bytes) = answers.next().await {
			incoming.chunks(&bytes?).await?;
		}
		incoming.finish().await?;
		store.set_root_at(&expected.place, &root).await.map_err(Fault::Store)?;
		self.blobs.metrics.holds(store.held_count());
		Ok(())
	}

	/// Asks for bytes; a peer that sends another number of them is wrong.
	async fn bytes(
		&self,
		peer: &P::Id,
		request: Request,
		count: u64,
	) -> Result<Vec<u8>, FetchError> {
		match self.ask(peer, &request).await {
			Some(Response::Bytes(bytes)) if bytes.len() as u64 == count => {
				self.blobs.metrics.received("peer", count);
				Ok(bytes)
			}
			Some(Response::Bytes(_)) => Err(FetchError::Wrong(Fault::WrongSize)),
			_ => Err(FetchError::Silent),
		}
	}

	async fn ask(&self, peer: &P::Id, request: &Request) -> Option<Response> {
		let answer = self.peers.request(peer, request.encode()).await?;
		Response::decode_all(&mut &answer[..]).ok()
	}
}

/// Tells wanted blobs apart: a round may have several results.
fn key_of(expected: &Expected) -> String {
	match &expected.blob.root {
		Some(root) => format!("{} {root:?}", expected.place.key()),
		None => expected.place.key(),
	}
}

/// Pages over all leaves: the first of each, and how many.
fn pages(shape: Shape, most: u32) -> impl Iterator<Item = (u64, u32)> {
	let (leaves, size) = (shape.leaf_count(), u64::from(most));
	(0..leaves.div_ceil(size)).map(move |page| {
		let first = page.saturating_mul(size);
		let count = leaves.saturating_sub(first).min(size);
		(first, u32::try_from(count).unwrap_or(most))
	})
}
