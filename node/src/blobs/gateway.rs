//! The HTTP gateway that `docs/gateway.md` describes.

use super::{
	download,
	expected::{ChainError, Expectations, Place},
	incoming::Fault,
	listener::Caller,
	materialise::{MaterialiseError, Materialiser},
	store::StoreError,
	upload, BlobError, Blobs,
};
use axum::{
	extract::{FromRequestParts, Path, Request, State},
	http::{header, request::Parts, StatusCode},
	response::{IntoResponse, Response},
	routing::{get, post, put},
	Json, Router,
};
use codec::Encode;
use sheaf_training::{BlobName, BountyId, Hash, RoundIndex, Slot};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// What the gateway allows before it refuses.
#[derive(Clone, Copy, Debug)]
pub struct GatewayLimits {
	/// Uploads at a time, for callers on this machine and again for all others.
	pub uploads: usize,
	/// Chunk proofs computed at a time; more wait.
	pub proofs: usize,
	/// Slowest upload in bytes per second, on average since it began.
	pub min_bytes_per_second: u64,
	/// Time that an upload has before its speed counts.
	pub grace: Duration,
}

impl Default for GatewayLimits {
	fn default() -> Self {
		Self {
			uploads: 16,
			proofs: 4,
			min_bytes_per_second: 64 * 1_024,
			grace: Duration::from_secs(5),
		}
	}
}

/// What all requests share.
pub struct Gateway<E> {
	/// Blobs and the chain.
	pub blobs: Arc<Blobs<E>>,
	/// Computes next models.
	pub materialiser: Materialiser,
	/// What is allowed.
	pub limits: GatewayLimits,
	/// Uploads that callers on this machine may still start.
	pub local_uploads: Semaphore,
	/// Uploads that others may still start.
	pub other_uploads: Semaphore,
	/// Proofs that may still be started.
	pub proofs: Semaphore,
}

impl<E: Expectations> Gateway<E> {
	/// A gateway to these blobs.
	pub fn new(blobs: Arc<Blobs<E>>, limits: GatewayLimits) -> Self {
		Self {
			blobs,
			materialiser: Materialiser::default(),
			limits,
			local_uploads: Semaphore::new(limits.uploads),
			other_uploads: Semaphore::new(limits.uploads),
			proofs: Semaphore::new(limits.proofs),
		}
	}

	/// The routes.
	pub fn router(self: Arc<Self>) -> Router {
		Router::new()
			.route("/v1/health", get(health::<E>))
			.route("/v1/bounties/{bounty}/model", put(put_model::<E>))
			.route("/v1/bounties/{bounty}/rounds/{round}/updates/{slot}", put(put_update::<E>))
			.route("/v1/bounties/{bounty}/rounds/{round}/slice", put(put_slice::<E>))
			.route("/v1/bounties/{bounty}/rounds/{round}/availability", get(availability::<E>))
			.route("/v1/bounties/{bounty}/rounds/{round}/result", post(result::<E>))
			.route("/v1/blobs/{root}", get(get_blob::<E>))
			.route("/v1/blobs/{root}/leaves", get(get_leaves::<E>))
			.route("/v1/blobs/{root}/chunks/{index}", get(get_chunk::<E>))
			.fallback(no_such_path)
			.method_not_allowed_fallback(no_such_method)
			.with_state(self)
	}
}

/// An answer that is an error: a status, a stable code and a sentence.
#[derive(Debug)]
pub struct Refusal {
	/// HTTP status.
	pub status: StatusCode,
	/// Stable code.
	pub code: &'static str,
	/// What is wrong.
	pub message: String,
}

impl Refusal {
	/// A refusal with these parts.
	pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
		Self { status, code, message: message.into() }
	}

	/// 400.
	pub fn malformed(code: &'static str, message: impl Into<String>) -> Self {
		Self::new(StatusCode::BAD_REQUEST, code, message)
	}
}

impl IntoResponse for Refusal {
	fn into_response(self) -> Response {
		let body = serde_json::json!({ "error": self.code, "message": self.message });
		(self.status, Json(body)).into_response()
	}
}

impl From<ChainError> for Refusal {
	fn from(error: ChainError) -> Self {
		log::warn!(target: super::LOG_TARGET, "{error}");
		Self::new(StatusCode::INTERNAL_SERVER_ERROR, "chain_failed", error.to_string())
	}
}

impl From<StoreError> for Refusal {
	fn from(error: StoreError) -> Self {
		log::warn!(target: super::LOG_TARGET, "{error}");
		Self::new(StatusCode::INSUFFICIENT_STORAGE, "store_failed", "the store is full or failed")
	}
}

impl From<BlobError> for Refusal {
	fn from(error: BlobError) -> Self {
		match error {
			BlobError::Chain(error) => error.into(),
			BlobError::Store(error) => error.into(),
		}
	}
}

impl From<Fault> for Refusal {
	fn from(fault: Fault) -> Self {
		let code = match &fault {
			Fault::WrongLeafHashes => "wrong_leaf_hashes",
			Fault::WrongChunk(_) => "wrong_chunk",
			Fault::WrongPadding(_) => "wrong_padding",
			Fault::WrongSize => "wrong_size",
			Fault::Store(_) => {
				log::warn!(target: super::LOG_TARGET, "{fault}");
				let status = StatusCode::INSUFFICIENT_STORAGE;
				return Self::new(status, "store_failed", "the store is full or failed");
			}
		};
		Self::malformed(code, fault.to_string())
	}
}

impl From<MaterialiseError> for Refusal {
	fn from(error: MaterialiseError) -> Self {
		let (status, code) = match &error {
			MaterialiseError::NotFrozen => (StatusCode::CONFLICT, "inputs_not_frozen"),
			MaterialiseError::MissingInput(_) => (StatusCode::CONFLICT, "input_missing"),
			MaterialiseError::Blob(BlobError::Chain(_)) => {
				(StatusCode::INTERNAL_SERVER_ERROR, "chain_failed")
			}
			_ => (StatusCode::INTERNAL_SERVER_ERROR, "result_failed"),
		};
		let expected = status == StatusCode::CONFLICT;
		let level = if expected { log::Level::Debug } else { log::Level::Warn };
		log::log!(target: super::LOG_TARGET, level, "no result: {error}");
		Self::new(status, code, error.to_string())
	}
}

/// The variable segments of the path, in order.
struct Segments(Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for Segments {
	type Rejection = Refusal;

	async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
		let segments = Path::<Vec<String>>::from_request_parts(parts, state).await;
		segments.map(|Path(segments)| Self(segments)).map_err(|_| malformed_path())
	}
}

impl Segments {
	fn number<T: std::str::FromStr>(&self, place: usize) -> Result<T, Refusal> {
		let text = self.0.get(place).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
		text.and_then(|text| text.parse().ok()).ok_or_else(malformed_path)
	}

	fn bounty(&self) -> Result<BountyId, Refusal> {
		self.number(0).map(BountyId)
	}

	fn round(&self) -> Result<RoundIndex, Refusal> {
		self.number(1).map(RoundIndex)
	}

	fn place(&self, name: BlobName) -> Result<Place, Refusal> {
		Ok(Place { bounty: self.bounty()?, round: self.round()?, name })
	}

	fn root(&self) -> Result<Hash, Refusal> {
		let digits = self.0.first().and_then(|text| text.strip_prefix("0x"));
		let mut root = [0; 32];
		digits
			.and_then(|digits| hex::decode_to_slice(digits, &mut root).ok())
			.ok_or_else(malformed_path)?;
		Ok(root.into())
	}
}

fn malformed_path() -> Refusal {
	Refusal::malformed("malformed_path", "the path holds no valid number or root")
}

async fn no_such_path() -> Refusal {
	Refusal::new(StatusCode::NOT_FOUND, "no_such_path", "there is nothing at this path")
}

async fn no_such_method() -> Refusal {
	let status = StatusCode::METHOD_NOT_ALLOWED;
	Refusal::new(status, "no_such_method", "the path does not know this method")
}

/// Milliseconds that the off-chain worker computed for the result that it names.
const COMPUTING_TIME_HEADER: &str = "x-sheaf-computing-ms";

type Shared<E> = State<Arc<Gateway<E>>>;

async fn health<E: Expectations>(State(gateway): Shared<E>) -> Response {
	let body = serde_json::json!({
		"status": "ok",
		"genesis": gateway.blobs.chain.genesis(),
		"finalised": gateway.blobs.chain.finalised(),
		"blobs": gateway.blobs.store.held_count(),
	});
	Json(body).into_response()
}

async fn put_model<E: Expectations>(
	State(gateway): Shared<E>,
	caller: Caller,
	segments: Segments,
	request: Request,
) -> Result<Response, Refusal> {
	let place = Place {
		bounty: segments.bounty()?,
		round: RoundIndex::INITIAL_MODEL,
		name: BlobName::InitialModel,
	};
	upload::upload(gateway, caller, place, request).await
}

async fn put_update<E: Expectations>(
	State(gateway): Shared<E>,
	caller: Caller,
	segments: Segments,
	request: Request,
) -> Result<Response, Refusal> {
	let place = segments.place(BlobName::Update(Slot(segments.number(2)?)))?;
	upload::upload(gateway, caller, place, request).await
}

async fn put_slice<E: Expectations>(
	State(gateway): Shared<E>,
	caller: Caller,
	segments: Segments,
	request: Request,
) -> Result<Response, Refusal> {
	let place = segments.place(BlobName::Slice)?;
	upload::upload(gateway, caller, place, request).await
}

async fn get_blob<E: Expectations>(
	State(gateway): Shared<E>,
	segments: Segments,
	headers: axum::http::HeaderMap,
) -> Result<Response, Refusal> {
	download::blob(&gateway, segments.root()?, headers.get(header::RANGE)).await
}

async fn get_leaves<E: Expectations>(
	State(gateway): Shared<E>,
	segments: Segments,
) -> Result<Response, Refusal> {
	download::leaves(&gateway, segments.root()?).await
}

async fn get_chunk<E: Expectations>(
	State(gateway): Shared<E>,
	segments: Segments,
) -> Result<Response, Refusal> {
	download::chunk(&gateway, segments.root()?, segments.number(1)?).await
}

async fn availability<E: Expectations>(
	State(gateway): Shared<E>,
	segments: Segments,
) -> Result<Response, Refusal> {
	let availability = gateway.blobs.availability(segments.bounty()?, segments.round()?).await?;
	let unknown = || Refusal::new(StatusCode::NOT_FOUND, "no_such_round", "no such round is live");
	Ok(octets(availability.ok_or_else(unknown)?.encode()))
}

async fn result<E: Expectations>(
	State(gateway): Shared<E>,
	caller: Caller,
	segments: Segments,
	request: Request,
) -> Result<Response, Refusal> {
	if !caller.local {
		let message = "results are computed only for this machine's off-chain worker";
		return Err(Refusal::new(StatusCode::FORBIDDEN, "local_only", message));
	}
	let (bounty, round) = (segments.bounty()?, segments.round()?);
	if let Some(time) = computing_time(request.headers()) {
		gateway.blobs.metrics.verified(time);
	}
	let malformed = || Refusal::malformed("malformed_root", "the body is not a root of 32 bytes");
	let body = axum::body::to_bytes(request.into_body(), 32).await.map_err(|_| malformed())?;
	let claimed = Hash::from(<[u8; 32]>::try_from(&body[..]).map_err(|_| malformed())?);
	let task = async move {
		gateway.materialiser.next_model(&gateway.blobs, bounty, round, claimed).await
	};
	// On its own, so that a worker that hangs up early finds the model done when it asks again.
	let done = tokio::spawn(task).await;
	let root = done.unwrap_or_else(|error| Err(MaterialiseError::Stopped(error.to_string())))?;
	Ok(octets(root.as_bytes().to_vec()))
}

/// How long the off-chain worker says that it computed.
fn computing_time(headers: &axum::http::HeaderMap) -> Option<Duration> {
	let milliseconds = headers.get(COMPUTING_TIME_HEADER)?.to_str().ok()?;
	milliseconds.parse().ok().map(Duration::from_millis)
}

/// A 200 with bytes.
pub fn octets(bytes: Vec<u8>) -> Response {
	([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}
