//! A gateway in memory, behind the host functions that the worker calls.

use super::Blob;
use codec::Encode;
use sheaf_aggregation::{Blake2b256, ChunkProof, Hasher, Shape, Tree, CHUNK_BYTES};
use sheaf_training::{Availability, Hash};
use sp_core::{
	offchain::{
		Externalities, HttpError, HttpRequestId, HttpRequestStatus, OpaqueNetworkState, Timestamp,
	},
	OpaquePeerId,
};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex},
};

/// Bytes that one read returns at most, so that bodies arrive in pieces.
const FRAME: usize = 1_000;

/// What the gateway holds and answers, and what it was asked.
#[derive(Default)]
pub struct Served {
	pub blobs: BTreeMap<String, Vec<u8>>,
	/// Number of elements of all blobs whose leaf hashes and chunks are asked for.
	pub element_count: u64,
	/// What it answers at these paths, in place of the truth.
	pub forged: BTreeMap<String, Vec<u8>>,
	/// The model that it holds once it has computed it.
	pub makes: Option<Blob>,
	pub availability: Availability,
	/// Root of the model that it computes; without, it repeats what it is told.
	pub computes: Option<Hash>,
	/// Nobody answers.
	pub down: bool,
	/// Bytes appended to every answer.
	pub surplus: usize,
	/// A worker may leave answers unread.
	pub tolerated: bool,
	/// How long the worker says that it computed.
	pub computing_ms: Option<u64>,
	/// Method and path of every request.
	pub asked: Vec<String>,
}

impl Served {
	pub fn add(&mut self, blob: &Blob) {
		self.blobs.insert(format!("{:#x}", blob.root), blob.bytes());
	}

	fn answer(&mut self, request: &Request) -> (u16, Vec<u8>) {
		let path = request.url.strip_prefix("http://gateway/v1/").expect("the configured address");
		self.asked.push(format!("{} {path}", request.method));
		let parts: Vec<&str> = path.split('/').collect();
		if let Some(forged) = self.forged.get(path) {
			return (200, forged.clone());
		}
		match (request.method.as_str(), parts.as_slice()) {
			("GET", ["blobs", root]) => match self.blobs.get(*root) {
				Some(bytes) => (206, request.cut(bytes)),
				None => (404, b"{}".to_vec()),
			},
			("GET", ["blobs", root, "leaves"]) => match self.blobs.get(*root) {
				Some(bytes) => (200, leaves_of(bytes).concat()),
				None => (404, b"{}".to_vec()),
			},
			("GET", ["blobs", root, "chunks", index]) => match self.blobs.get(*root) {
				Some(bytes) => (200, self.chunk_of(bytes, index.parse().unwrap()).encode()),
				None => (404, b"{}".to_vec()),
			},
			("GET", ["bounties", _, "rounds", _, "availability"]) => {
				(200, self.availability.encode())
			}
			("POST", ["bounties", _, "rounds", _, "result"]) => {
				if let Some(model) = self.makes.take() {
					self.add(&model);
				}
				let told = Hash::from_slice(&request.body);
				(200, self.computes.unwrap_or(told).encode())
			}
			_ => (400, Vec::new()),
		}
	}
}

impl Served {
	fn chunk_of(&self, bytes: &[u8], index: usize) -> ChunkProof {
		let shape = Shape::new(self.element_count).unwrap();
		let tree = Tree::<Blake2b256>::new(shape, leaves_of(bytes)).unwrap();
		let chunk = bytes.as_chunks::<CHUNK_BYTES>().0[index];
		ChunkProof::new(&tree, index as u64, &chunk).unwrap()
	}
}

fn leaves_of(bytes: &[u8]) -> Vec<[u8; 32]> {
	bytes.as_chunks::<CHUNK_BYTES>().0.iter().map(|chunk| Blake2b256::hash(chunk)).collect()
}

struct Request {
	method: String,
	url: String,
	range: Option<(usize, usize)>,
	body: Vec<u8>,
	finished: bool,
	answer: Option<(u16, Vec<u8>)>,
	read: usize,
}

impl Request {
	fn cut(&self, bytes: &[u8]) -> Vec<u8> {
		let (first, last) = self.range.expect("blobs are asked for by ranges");
		bytes[first.min(bytes.len())..(last + 1).min(bytes.len())].to_vec()
	}
}

pub struct TestGateway {
	served: Arc<Mutex<Served>>,
	requests: BTreeMap<u16, Request>,
	next: u16,
}

impl TestGateway {
	pub fn new(served: Arc<Mutex<Served>>) -> Self {
		Self { served, requests: BTreeMap::new(), next: 1_234 }
	}
}

impl Drop for TestGateway {
	fn drop(&mut self) {
		let open = |request: &&Request| matches!(request.answer, Some((200..=299, _)));
		let leaked = self.requests.values().filter(open).count();
		let excused = std::thread::panicking() || {
			let served = self.served.lock().unwrap();
			served.surplus > 0 || served.tolerated
		};
		assert!(leaked == 0 || excused, "{leaked} answers were not read to their ends");
	}
}

impl Externalities for TestGateway {
	fn is_validator(&self) -> bool {
		true
	}

	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}

	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(1_000_000)
	}

	fn sleep_until(&mut self, _: Timestamp) {}

	fn random_seed(&mut self) -> [u8; 32] {
		[0; 32]
	}

	fn http_request_start(
		&mut self,
		method: &str,
		uri: &str,
		_: &[u8],
	) -> Result<HttpRequestId, ()> {
		let (id, (method, url)) = (self.next, (method.to_string(), uri.to_string()));
		self.next += 1;
		let request = Request {
			method,
			url,
			range: None,
			body: Vec::new(),
			finished: false,
			answer: None,
			read: 0,
		};
		self.requests.insert(id, request);
		Ok(HttpRequestId(id))
	}

	fn http_request_add_header(
		&mut self,
		id: HttpRequestId,
		name: &str,
		value: &str,
	) -> Result<(), ()> {
		if name == "x-sheaf-computing-ms" {
			self.served.lock().unwrap().computing_ms = Some(value.parse().unwrap());
			return Ok(());
		}
		assert_eq!(name, "range");
		let (first, last) = value.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
		let range = Some((first.parse().unwrap(), last.parse().unwrap()));
		self.requests.get_mut(&id.0).unwrap().range = range;
		Ok(())
	}

	fn http_request_write_body(
		&mut self,
		id: HttpRequestId,
		chunk: &[u8],
		deadline: Option<Timestamp>,
	) -> Result<(), HttpError> {
		deadline.expect("without a deadline the worker could wait for ever");
		let request = self.requests.get_mut(&id.0).unwrap();
		assert!(!request.finished);
		request.body.extend(chunk);
		request.finished = chunk.is_empty();
		Ok(())
	}

	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		deadline: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		deadline.expect("without a deadline the worker could wait for ever");
		let mut served = self.served.lock().unwrap();
		let mut status = |id: &HttpRequestId| {
			let request = self.requests.get_mut(&id.0).unwrap();
			assert!(request.finished);
			if served.down {
				return HttpRequestStatus::IoError;
			}
			let (status, mut body) = served.answer(request);
			body.extend(vec![0; served.surplus]);
			request.answer = Some((status, body));
			HttpRequestStatus::Finished(status)
		};
		ids.iter().map(&mut status).collect()
	}

	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}

	fn http_response_read_body(
		&mut self,
		id: HttpRequestId,
		buffer: &mut [u8],
		deadline: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		deadline.expect("without a deadline the worker could wait for ever");
		assert!(!buffer.is_empty(), "the real host drops a frame that it cannot write anywhere");
		let request = self.requests.get_mut(&id.0).ok_or(HttpError::Invalid)?;
		let (_, body) = request.answer.as_ref().unwrap();
		let rest = &body[request.read..];
		let read = rest.len().min(buffer.len()).min(FRAME);
		buffer[..read].copy_from_slice(&rest[..read]);
		request.read += read;
		if read == 0 {
			self.requests.remove(&id.0);
		}
		Ok(read)
	}

	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}
