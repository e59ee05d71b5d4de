//! Uploads: root, leaf hashes and chunks in one stream, each checked as it arrives.

use super::{
	expected::{Expectations, Expected, Place},
	gateway::{Gateway, GatewayLimits, Refusal},
	incoming::Incoming,
	listener::Caller,
	store::{Part, BLOCK_BYTES},
};
use axum::{
	body::{Body, BodyDataStream},
	extract::Request,
	http::{header, HeaderMap, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use sheaf_aggregation::Shape;
use sheaf_training::Hash;
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::{Semaphore, SemaphorePermit},
	time::{timeout_at, Instant},
};

/// Bytes of chunks that are checked at a time.
const STEP_BYTES: u64 = 256 * 1_024;
const ROOT_BYTES: u64 = 32;
/// What is still read from a refused upload, so that its sender gets to see the answer.
const LINGER_BYTES: u64 = BLOCK_BYTES as u64;
const LINGER: Duration = Duration::from_millis(500);

/// Takes the blob that belongs at a place.
pub async fn upload<E: Expectations>(
	gateway: Arc<Gateway<E>>,
	caller: Caller,
	place: Place,
	request: Request,
) -> Result<Response, Refusal> {
	// On its own, so that what was written is removed even if the sender hangs up.
	let task = tokio::spawn(async move {
		let (parts, body) = request.into_parts();
		let mut body = PacedBody::new(body, gateway.limits);
		let outcome = receive(&gateway, caller, place, &parts.headers, &mut body).await;
		gateway.blobs.metrics.received("http", body.received);
		gateway.blobs.metrics.upload_ended(match &outcome {
			Ok(StatusCode::CREATED) => "accepted",
			Ok(_) => "held",
			Err(refusal) => refusal.code,
		});
		let waits_for_us = parts.headers.contains_key(header::EXPECT) && body.received == 0;
		if !waits_for_us {
			body.linger().await;
		}
		outcome
	});
	let lost = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "stopped", "the node stops");
	let mut response = match task.await.map_err(lost)? {
		Ok(status) => status.into_response(),
		Err(refusal) => refusal.into_response(),
	};
	if response.status() != StatusCode::CREATED {
		response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
	}
	Ok(response)
}

async fn receive<E: Expectations>(
	gateway: &Gateway<E>,
	caller: Caller,
	place: Place,
	headers: &HeaderMap,
	body: &mut PacedBody,
) -> Result<StatusCode, Refusal> {
	let expected = check_head(gateway, &place, headers).await?;
	let blobs = &gateway.blobs;
	if blobs.held_root(&expected).await?.is_some() {
		return Ok(StatusCode::OK);
	}
	let root = body.take(ROOT_BYTES).await?;
	let root = Hash::from_slice(&root);
	if !expected.accepts(&blobs.chain.genesis(), &root) {
		let message = "the root is not the one that the chain expects here";
		return Err(Refusal::new(StatusCode::CONFLICT, "root_opens_nothing", message));
	}
	if blobs.store.describe(&root).await?.is_some_and(|held| held.shape == expected.shape) {
		blobs.store.set_root_at(&place, &root).await?;
		return Ok(StatusCode::OK);
	}
	let slots = if caller.local { &gateway.local_uploads } else { &gateway.other_uploads };
	let _slot = free_slot(slots)?;
	let mut incoming = Incoming::start(&blobs.store, root, expected.shape, place.clone()).await?;
	copy(body, &mut incoming, expected.shape).await?;
	incoming.finish().await?;
	blobs.store.set_root_at(&place, &root).await?;
	blobs.metrics.holds(blobs.store.held_count());
	Ok(StatusCode::CREATED)
}

fn free_slot(slots: &Semaphore) -> Result<SemaphorePermit<'_>, Refusal> {
	let busy = "too many uploads at once; try again";
	let refusal = |_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", busy);
	slots.try_acquire().map_err(refusal)
}

/// Everything that can be refused before the body is read.
async fn check_head<E: Expectations>(
	gateway: &Gateway<E>,
	place: &Place,
	headers: &HeaderMap,
) -> Result<Expected, Refusal> {
	let length = headers
		.get(header::CONTENT_LENGTH)
		.and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
		.ok_or_else(|| {
			let status = StatusCode::LENGTH_REQUIRED;
			Refusal::new(status, "length_required", "an upload needs a Content-Length")
		})?;
	let expected = gateway.blobs.expected(place).await?.ok_or_else(|| {
		let status = StatusCode::NOT_FOUND;
		Refusal::new(status, "not_expected", "the chain expects no such blob now")
	})?;
	if !expected.open {
		let message = "the block that closed Commit is not final yet; try again shortly";
		return Err(Refusal::new(StatusCode::TOO_EARLY, "too_early", message));
	}
	let right = upload_bytes(expected.shape);
	if length != right {
		let message = format!("the body must have {right} bytes");
		return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "wrong_length", message));
	}
	Ok(expected)
}

/// Bytes of an upload: root, leaf hashes and chunks.
pub fn upload_bytes(shape: Shape) -> u64 {
	let parts = [Part::Leaves, Part::Chunks].map(|part| part.size_bytes(shape));
	parts.into_iter().fold(ROOT_BYTES, u64::saturating_add)
}

async fn copy(body: &mut PacedBody, incoming: &mut Incoming, shape: Shape) -> Result<(), Refusal> {
	let mut left = Part::Leaves.size_bytes(shape);
	while left > 0 {
		let bytes = body.take(left.min(STEP_BYTES)).await?;
		left = left.saturating_sub(bytes.len() as u64);
		incoming.leaf_hashes(&bytes).await?;
	}
	incoming.check_leaf_hashes().await?;
	let mut left = Part::Chunks.size_bytes(shape);
	while left > 0 {
		let bytes = body.take(left.min(STEP_BYTES)).await?;
		left = left.saturating_sub(bytes.len() as u64);
		incoming.chunks(&bytes).await?;
	}
	Ok(())
}

/// A body that must keep up a speed.
struct PacedBody {
	stream: BodyDataStream,
	buffer: BytesMut,
	started: Instant,
	limits: GatewayLimits,
	received: u64,
	ended: bool,
}

impl PacedBody {
	fn new(body: Body, limits: GatewayLimits) -> Self {
		Self {
			stream: body.into_data_stream(),
			buffer: BytesMut::new(),
			started: Instant::now(),
			limits,
			received: 0,
			ended: false,
		}
	}

	/// Exactly the next `count` bytes.
	async fn take(&mut self, count: u64) -> Result<Bytes, Refusal> {
		let count = usize::try_from(count).unwrap_or(usize::MAX);
		while self.buffer.len() < count {
			let slow = |_| {
				let message = "slower than the minimum speed";
				Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
			};
			if !self.read(self.deadline()).await.map_err(slow)? {
				return Err(Refusal::malformed("incomplete", "the body ended early"));
			}
		}
		Ok(self.buffer.split_to(count).freeze())
	}

	/// When the next bytes must be here at the latest.
	fn deadline(&self) -> Instant {
		let speed = self.limits.min_bytes_per_second.max(1);
		let allowed = Duration::from_millis(self.received.saturating_mul(1_000) / speed);
		self.started.checked_add(self.limits.grace.saturating_add(allowed)).unwrap_or(self.started)
	}

	/// Reads a frame; false at the end.
	async fn read(&mut self, until: Instant) -> Result<bool, tokio::time::error::Elapsed> {
		match timeout_at(until, self.stream.next()).await? {
			Some(Ok(bytes)) => {
				self.received = self.received.saturating_add(bytes.len() as u64);
				self.buffer.extend_from_slice(&bytes);
			}
			_ => self.ended = true,
		}
		Ok(!self.ended)
	}

	/// Reads on for a moment and forgets it.
	async fn linger(&mut self) {
		let until = Instant::now().checked_add(LINGER).unwrap_or_else(Instant::now);
		let most = self.received.saturating_add(LINGER_BYTES);
		while !self.ended && self.received < most {
			self.buffer.clear();
			if self.read(until).await.is_err() {
				return;
			}
		}
	}
}
