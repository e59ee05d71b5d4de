//! Requests to the blob gateway, in any order and shape: it takes exactly the blobs that the chain
//! expects, shows what it holds and no secret early, and never fails.
#![no_main]

use arbitrary::Arbitrary;
use axum::{
	body::{to_bytes, Body},
	extract::ConnectInfo,
	http::{header, HeaderMap, HeaderValue, Method, Request, StatusCode},
	Router,
};
use codec::DecodeAll;
use futures::stream;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{verify_chunk, Blake2b256, ChunkProof};
use sheaf_fuzz::{
	blobs::{
		expected::{AggregationInputs, ChainError, Expectations},
		gateway::{Gateway, GatewayLimits},
		listener::Caller,
		metrics::Metrics,
		store::BlobStore,
		Blobs,
	},
	one_of,
	support::{shape, Vector},
};
use sheaf_training::{
	commitment_hash, slice_commitment,
	testing::{account, hash},
	Availability, BlobName, BlockNumber, BountyId, ExpectedBlob, Hash, Phase, RoundBlobs,
	RoundIndex, Slot,
};
use std::{
	convert::Infallible,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, OnceLock,
	},
};
use tokio::runtime::Runtime;
use tower::ServiceExt;

#[derive(Arbitrary, Debug)]
enum Asked<'a> {
	Put {
		place: u8,
		of: u8,
		body: Changed,
		length: Option<i8>,
		pieces: u16,
	},
	Get {
		of: u8,
		range: Option<Range<'a>>,
	},
	Leaves(u8),
	Chunk(u8, u64),
	Availability(u8),
	Result {
		local: bool,
		body: &'a [u8],
	},
	Raw {
		method: u8,
		path: &'a str,
		body: &'a [u8],
	},
	/// The closing block is final from now on, or not any more.
	Final(bool),
}

/// What differs from the right body of an upload.
#[derive(Arbitrary, Debug)]
struct Changed {
	flips: Vec<(u16, u8)>,
	/// Bytes that are missing or too many at the end.
	off: i16,
}

#[derive(Arbitrary, Debug)]
enum Range<'a> {
	Bytes(Option<u64>, Option<u64>),
	Small(Option<u16>, Option<u16>),
	Raw(&'a [u8]),
}

const BOUNTY: BountyId = BountyId(7);
const ROUND: RoundIndex = RoundIndex(3);
const CLOSED_AT: BlockNumber = 100;
const PATHS: [&str; 3] =
	["/v1/bounties/7/model", "/v1/bounties/7/rounds/3/updates/0", "/v1/bounties/7/rounds/3/slice"];
/// Model, update and slice: two chunks, three, and a part of one.
const ELEMENTS: [u64; 3] = [300, 700, 20];

/// A blob with the body of its upload.
struct Blob {
	vector: Vector,
	root: Hash,
	bytes: Vec<u8>,
	leaves: Vec<u8>,
	body: Vec<u8>,
}

fn blobs() -> &'static [Blob; 3] {
	static BLOBS: OnceLock<[Blob; 3]> = OnceLock::new();
	BLOBS.get_or_init(|| {
		ELEMENTS.map(|elements| {
			let vector = Vector::random(shape(elements), elements, 4);
			let root = Hash::from(vector.tree.root());
			let count = vector.chunks.len() as u64;
			let leaves: Vec<_> = (0..count).filter_map(|i| vector.tree.node(0, i)).collect();
			let (bytes, leaves) = (vector.chunks.concat(), leaves.concat());
			let body = [root.as_bytes(), &leaves, &bytes].concat();
			Blob { vector, root, bytes, leaves, body }
		})
	})
}

/// A chain that expects the three blobs.
#[derive(Default)]
struct Chain {
	closed: AtomicBool,
}

impl Expectations for Chain {
	fn genesis(&self) -> Hash {
		hash(1)
	}

	fn round_blobs(&self, bounty: BountyId) -> Result<Arc<Vec<RoundBlobs>>, ChainError> {
		let [model, update, slice] = blobs();
		let trainer = account(11);
		let commitment = commitment_hash(&hash(1), BOUNTY, ROUND, 0, &trainer, &update.root);
		let sliced = slice_commitment(&slice.root);
		let expected = |name, elements, root, opens, secret| ExpectedBlob {
			name,
			element_count: elements,
			root,
			opens,
			secret,
		};
		let round = |round, phase, blobs| RoundBlobs {
			bounty: BOUNTY,
			round,
			attempt: 0,
			phase,
			phase_started_at: CLOSED_AT,
			blobs,
		};
		let model = expected(BlobName::InitialModel, ELEMENTS[0], Some(model.root), None, false);
		let opens = Some((commitment, 0, trainer));
		let update = expected(BlobName::Update(Slot(0)), ELEMENTS[1], None, opens, true);
		let opens = Some((sliced, 0, account(1)));
		let slice = expected(BlobName::Slice, ELEMENTS[2], None, opens, true);
		let mut rounds = vec![
			round(RoundIndex::INITIAL_MODEL, None, vec![model]),
			round(ROUND, Some(Phase::Upload), vec![update, slice]),
		];
		rounds.retain(|round| round.bounty == bounty);
		Ok(Arc::new(rounds))
	}

	fn live_bounties(&self, _: u32) -> Result<Vec<BountyId>, ChainError> {
		Ok(vec![BOUNTY])
	}

	fn aggregation_inputs(
		&self,
		_: BountyId,
		_: RoundIndex,
	) -> Result<Option<AggregationInputs>, ChainError> {
		Ok(None)
	}

	fn finalised(&self) -> BlockNumber {
		CLOSED_AT - BlockNumber::from(!self.closed.load(Ordering::Relaxed))
	}

	fn hash_at(&self, height: BlockNumber) -> Option<Hash> {
		Some(Hash::from_low_u64_be(height.into()))
	}
}

/// A gateway, and what it must hold.
struct World {
	router: Router,
	chain: Arc<Chain>,
	held: [bool; 3],
}

struct Answer {
	status: StatusCode,
	headers: HeaderMap,
	body: Vec<u8>,
}

impl World {
	async fn new() -> Self {
		let store = Arc::new(BlobStore::open_url("memory:///").await.unwrap());
		let chain = Arc::new(Chain::default());
		let blobs = Arc::new(Blobs::new(store, chain.clone(), Metrics::default()));
		let gateway = Arc::new(Gateway::new(blobs, GatewayLimits::default()));
		Self { router: gateway.router(), chain, held: [false; 3] }
	}

	async fn send(&self, mut request: Request<Body>, local: bool) -> Answer {
		request.extensions_mut().insert(ConnectInfo(Caller { local }));
		let has_body = request.method() != Method::HEAD;
		let Ok(response) = self.router.clone().oneshot(request).await;
		let (parts, body) = response.into_parts();
		assert!(!parts.status.is_server_error(), "{parts:?}");
		let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
		if parts.status.is_client_error() && has_body {
			let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
			assert!(error["error"].is_string() && error["message"].is_string());
		}
		Answer { status: parts.status, headers: parts.headers, body }
	}

	async fn get(&self, path: &str, range: Option<HeaderValue>) -> Answer {
		let mut request = Request::get(path).body(Body::empty()).unwrap();
		request.headers_mut().extend(range.map(|range| (header::RANGE, range)));
		self.send(request, false).await
	}

	fn is_final(&self) -> bool {
		self.chain.closed.load(Ordering::Relaxed)
	}

	/// Whether the blob may be taken and shown: all but the model are secrets.
	fn open(&self, blob: usize) -> bool {
		blob == 0 || self.is_final()
	}

	/// What any download of this blob answers, if it is not the blob.
	fn hidden(&self, blob: usize) -> Option<StatusCode> {
		match (self.held[blob], self.open(blob)) {
			(false, _) => Some(StatusCode::NOT_FOUND),
			(true, false) => Some(StatusCode::TOO_EARLY),
			(true, true) => None,
		}
	}

	async fn put(&mut self, place: usize, body: &[u8], length: Option<u64>, pieces: usize) {
		let right = &blobs()[place].body;
		let cut: Vec<_> = body.chunks(pieces.max(1)).map(<[u8]>::to_vec).collect();
		let stream = stream::iter(cut.into_iter().map(Ok::<_, Infallible>));
		let mut request = Request::put(PATHS[place]);
		if let Some(length) = length {
			request = request.header(header::CONTENT_LENGTH, length);
		}
		let request = request.body(Body::from_stream(stream)).unwrap();
		let status = self.send(request, true).await.status;
		let expected = match length {
			None => StatusCode::LENGTH_REQUIRED,
			_ if !self.open(place) => StatusCode::TOO_EARLY,
			Some(length) if length != right.len() as u64 => StatusCode::PAYLOAD_TOO_LARGE,
			_ if self.held[place] => StatusCode::OK,
			_ if body.starts_with(right) => StatusCode::CREATED,
			_ if body.len() >= 32 && !body.starts_with(&right[..32]) => StatusCode::CONFLICT,
			_ => StatusCode::BAD_REQUEST,
		};
		assert_eq!(status, expected, "an upload of {} bytes", body.len());
		self.held[place] |= status == StatusCode::CREATED;
	}

	async fn check_blob(&self, blob: usize, range: &Option<Range<'_>>) {
		let Blob { root, bytes, .. } = &blobs()[blob];
		let header = match range {
			None => None,
			Some(range) => match range.header() {
				Some(header) => Some(header),
				None => return,
			},
		};
		let answer = self.get(&format!("/v1/blobs/{root:?}"), header).await;
		if let Some(status) = self.hidden(blob) {
			assert_eq!(answer.status, status);
			return;
		}
		let size = bytes.len() as u64;
		let shown = answer.headers.get(header::CONTENT_RANGE).map(|h| h.to_str().unwrap());
		let expected = match range.as_ref().map(Range::numbers) {
			None => Some(0..size),
			Some(Some(numbers)) => wanted(numbers, size),
			// Anything else is all, one range, or none.
			Some(None) => match (answer.status, shown) {
				(StatusCode::RANGE_NOT_SATISFIABLE, _) => None,
				(StatusCode::PARTIAL_CONTENT, Some(shown)) => Some(parse_content_range(shown)),
				_ => Some(0..size),
			},
		};
		let Some(expected) = expected else {
			assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE);
			return;
		};
		assert!(answer.status.is_success());
		assert_eq!(answer.body, bytes[expected.start as usize..expected.end as usize]);
		if answer.status == StatusCode::PARTIAL_CONTENT {
			assert_eq!(parse_content_range(shown.unwrap()), expected);
		}
	}

	async fn check_chunk(&self, blob: usize, index: u64) {
		let Blob { root, vector, .. } = &blobs()[blob];
		let answer = self.get(&format!("/v1/blobs/{root:?}/chunks/{index}"), None).await;
		let inside = index < vector.chunks.len() as u64;
		let missing = (!inside).then_some(StatusCode::NOT_FOUND);
		if let Some(status) = self.hidden(blob).or(missing) {
			assert_eq!(answer.status, status);
			return;
		}
		let proof = ChunkProof::decode_all(&mut &answer.body[..]).unwrap();
		let chunk = vector.chunks[index as usize];
		assert_eq!(proof.chunk, chunk);
		let shape = vector.tree.shape();
		verify_chunk::<Blake2b256>(&root.0, shape, index, &chunk, &proof.siblings).unwrap();
	}

	async fn check_availability(&self, round: u32) {
		let path = format!("/v1/bounties/7/rounds/{round}/availability");
		let answer = self.get(&path, None).await;
		let expected = match round {
			0 => Availability {
				closing_block_final: true,
				initial_model: self.held[0],
				..Default::default()
			},
			3 => Availability {
				closing_block_final: self.is_final(),
				initial_model: false,
				slice: (self.held[2] && self.is_final()).then_some(blobs()[2].root),
				updates: (self.held[1] && self.is_final())
					.then_some((Slot(0), blobs()[1].root))
					.into_iter()
					.collect(),
			},
			_ => return assert_eq!(answer.status, StatusCode::NOT_FOUND),
		};
		assert_eq!(Availability::decode_all(&mut &answer.body[..]).unwrap(), expected);
	}

	async fn handle(&mut self, asked: &Asked<'_>) {
		let which = |byte: &u8| usize::from(byte % 3);
		match asked {
			Asked::Put { place, of, body: changed, length, pieces } => {
				let body = changed.body(&blobs()[which(of)].body);
				let right = blobs()[which(place)].body.len() as u64;
				let length = length.map(|off| right.saturating_add_signed(off.into()));
				self.put(which(place), &body, length, (*pieces).into()).await;
			}
			Asked::Get { of, range } => self.check_blob(which(of), range).await,
			Asked::Leaves(of) => {
				let Blob { root, leaves, .. } = &blobs()[which(of)];
				let answer = self.get(&format!("/v1/blobs/{root:?}/leaves"), None).await;
				match self.hidden(which(of)) {
					Some(status) => assert_eq!(answer.status, status),
					None => assert_eq!(&answer.body, leaves),
				}
			}
			Asked::Chunk(of, index) => self.check_chunk(which(of), *index).await,
			Asked::Availability(round) => self.check_availability((round % 5).into()).await,
			Asked::Result { local, body } => {
				let path = "/v1/bounties/7/rounds/3/result";
				let request = Request::post(path).body(Body::from(body.to_vec())).unwrap();
				let expected = match (local, body.len()) {
					(false, _) => StatusCode::FORBIDDEN,
					(true, 32) => StatusCode::CONFLICT,
					(true, _) => StatusCode::BAD_REQUEST,
				};
				assert_eq!(self.send(request, *local).await.status, expected);
			}
			Asked::Raw { method, path, body } => {
				let method = one_of(*method, &["GET", "PUT", "POST", "HEAD", "DELETE"]);
				let request = Request::builder().method(method).uri(format!("/{path}"));
				if let Ok(request) = request.body(Body::from(body.to_vec())) {
					self.send(request, false).await;
				}
			}
			Asked::Final(is) => self.chain.closed.store(*is, Ordering::Relaxed),
		}
	}
}

impl Changed {
	fn body(&self, right: &[u8]) -> Vec<u8> {
		let mut body = right.to_vec();
		for (at, flip) in &self.flips {
			let at = usize::from(*at) % body.len();
			body[at] ^= flip;
		}
		body.resize(body.len().saturating_add_signed((self.off).into()), 0);
		body
	}
}

impl Range<'_> {
	fn numbers(&self) -> Option<(Option<u64>, Option<u64>)> {
		match *self {
			Self::Bytes(first, last) => Some((first, last)),
			Self::Small(first, last) => Some((first.map(u64::from), last.map(u64::from))),
			Self::Raw(_) => None,
		}
	}

	/// None if no header can hold it.
	fn header(&self) -> Option<HeaderValue> {
		let text = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
		match (self, self.numbers()) {
			(Self::Raw(bytes), _) => HeaderValue::from_bytes(bytes).ok(),
			(_, Some((first, last))) => {
				format!("bytes={}-{}", text(first), text(last)).parse().ok()
			}
			_ => None,
		}
	}
}

/// The bytes that a range means, as HTTP has it; none if it lies outside.
fn wanted(numbers: (Option<u64>, Option<u64>), size: u64) -> Option<core::ops::Range<u64>> {
	let range = match numbers {
		(None, None) => 0..size,
		(None, Some(count)) => size - count.min(size)..size,
		(Some(first), None) => first..size,
		(Some(first), Some(last)) if first > last => 0..size,
		(Some(first), Some(last)) => first..last.min(size - 1) + 1,
	};
	(range.start < range.end).then_some(range)
}

fn parse_content_range(text: &str) -> core::ops::Range<u64> {
	let range = text.strip_prefix("bytes ").unwrap().split_once('/').unwrap().0;
	let (first, last) = range.split_once('-').unwrap();
	first.parse().unwrap()..last.parse::<u64>().unwrap() + 1
}

fuzz_target!(|asked: Vec<Asked>| {
	static RUNTIME: OnceLock<Runtime> = OnceLock::new();
	let runtime = RUNTIME.get_or_init(|| {
		tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
	});
	runtime.block_on(async {
		let mut world = World::new().await;
		for each in asked.iter().take(8) {
			world.handle(each).await;
		}
	});
});
