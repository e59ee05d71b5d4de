//! Downloads: whole, a range, the leaf hashes, or one chunk with its proof.

use super::{
	expected::Expectations,
	gateway::{octets, Gateway, Refusal},
	path::PathBuilder,
	store::{Description, Part, BLOCK_BYTES, LEAF_HASH_BYTES},
};
use axum::{
	body::Body,
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use bytes::Bytes;
use codec::Encode;
use futures::{stream, Stream};
use sheaf_aggregation::{ChunkProof, CHUNK_BYTES};
use sheaf_training::Hash;
use std::ops::Range;

/// Bytes that a download holds at a time.
const STEP_BYTES: u64 = 256 * 1_024;

/// The chunks, or the range of them that the header asks for.
pub async fn blob<E: Expectations>(
	gateway: &Gateway<E>,
	root: Hash,
	range: Option<&HeaderValue>,
) -> Result<Response, Refusal> {
	let held = shown(gateway, &root).await?;
	let size = Part::Chunks.size_bytes(held.shape);
	match range.map_or(Asked::Whole, |range| asked(range, size)) {
		Asked::Whole => Ok(stream_of(gateway, root, Part::Chunks, 0..size)),
		Asked::Range(range) => {
			let content_range =
				format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
			let mut response = stream_of(gateway, root, Part::Chunks, range);
			*response.status_mut() = StatusCode::PARTIAL_CONTENT;
			set(&mut response, header::CONTENT_RANGE, &content_range);
			Ok(response)
		}
		Asked::Unsatisfiable => {
			let message = format!("the blob has {size} bytes");
			let status = StatusCode::RANGE_NOT_SATISFIABLE;
			let mut response = Refusal::new(status, "wrong_range", message).into_response();
			set(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
			Ok(response)
		}
	}
}

/// The leaf hashes.
pub async fn leaves<E: Expectations>(
	gateway: &Gateway<E>,
	root: Hash,
) -> Result<Response, Refusal> {
	let held = shown(gateway, &root).await?;
	Ok(stream_of(gateway, root, Part::Leaves, 0..Part::Leaves.size_bytes(held.shape)))
}

/// One chunk with its siblings.
pub async fn chunk<E: Expectations>(
	gateway: &Gateway<E>,
	root: Hash,
	index: u64,
) -> Result<Response, Refusal> {
	let held = shown(gateway, &root).await?;
	let outside = || Refusal::new(StatusCode::NOT_FOUND, "no_such_chunk", "the blob is shorter");
	let mut path = PathBuilder::new(held.shape, index).ok_or_else(outside)?;
	let stopped = |_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "the node stops");
	let _turn = gateway.proofs.acquire().await.map_err(stopped)?;
	let store = &gateway.blobs.store;
	let size = Part::Leaves.size_bytes(held.shape);
	let mut position = 0;
	while position < size {
		let end = size.min(position.saturating_add(BLOCK_BYTES as u64));
		let page = store.read(&root, Part::Leaves, position..end).await?;
		page.as_chunks::<{ LEAF_HASH_BYTES as usize }>().0.iter().for_each(|hash| path.push(*hash));
		position = end;
	}
	let first = index.saturating_mul(CHUNK_BYTES as u64);
	let chunk =
		store.read(&root, Part::Chunks, first..first.saturating_add(CHUNK_BYTES as u64)).await?;
	let siblings = path.finish().ok_or_else(outside)?;
	let proof = ChunkProof { chunk: chunk.to_vec(), siblings }.encode();
	gateway.blobs.metrics.sent("http", proof.len() as u64);
	Ok(octets(proof))
}

/// Describes a blob that is held and may be shown.
async fn shown<E: Expectations>(gateway: &Gateway<E>, root: &Hash) -> Result<Description, Refusal> {
	let not_held = || Refusal::new(StatusCode::NOT_FOUND, "not_held", "no such blob is held");
	let held = gateway.blobs.store.describe(root).await?.ok_or_else(not_held)?;
	if gateway.blobs.may_show(&held.place).await? {
		return Ok(held);
	}
	let message = "the block that closed Commit is not final yet; try again shortly";
	Err(Refusal::new(StatusCode::TOO_EARLY, "too_early", message))
}

fn stream_of<E: Expectations>(
	gateway: &Gateway<E>,
	root: Hash,
	part: Part,
	range: Range<u64>,
) -> Response {
	let length = range.end.saturating_sub(range.start);
	let body = Body::from_stream(pieces(gateway, root, part, range));
	let mut response = body.into_response();
	set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
	set(&mut response, header::CONTENT_LENGTH, &length.to_string());
	set(&mut response, header::ACCEPT_RANGES, "bytes");
	response
}

fn pieces<E: Expectations>(
	gateway: &Gateway<E>,
	root: Hash,
	part: Part,
	range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
	let blobs = gateway.blobs.clone();
	stream::try_unfold(range, move |range| {
		let blobs = blobs.clone();
		async move {
			if range.is_empty() {
				return Ok(None);
			}
			let end = range.end.min(range.start.saturating_add(STEP_BYTES));
			let bytes = blobs.store.read(&root, part, range.start..end).await;
			let bytes = bytes.map_err(std::io::Error::other)?;
			blobs.metrics.sent("http", bytes.len() as u64);
			Ok(Some((bytes, end..range.end)))
		}
	})
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
	if let Ok(value) = HeaderValue::from_str(value) {
		response.headers_mut().insert(name, value);
	}
}

/// What a `Range` header asks for.
#[derive(PartialEq, Eq, Debug)]
enum Asked {
	/// All: there is no single range of bytes in the header.
	Whole,
	/// These bytes.
	Range(Range<u64>),
	/// Bytes past the end.
	Unsatisfiable,
}

fn asked(header: &HeaderValue, size: u64) -> Asked {
	let text = header.to_str().ok().and_then(|text| text.trim().strip_prefix("bytes="));
	let Some((first, last)) = text.and_then(|range| range.split_once('-')) else {
		return Asked::Whole;
	};
	let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
		(Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
		(Ok(first), Err(_)) if last.trim().is_empty() => first..size,
		(Err(_), Ok(count)) if first.trim().is_empty() => size.saturating_sub(count)..size,
		_ => return Asked::Whole,
	};
	if range.is_empty() {
		Asked::Unsatisfiable
	} else {
		Asked::Range(range)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ranges_are_understood() {
		let ask = |text: &'static str| asked(&HeaderValue::from_static(text), 1_000);
		assert_eq!(ask("bytes=0-99"), Asked::Range(0..100));
		assert_eq!(ask("bytes=900-5000"), Asked::Range(900..1_000));
		assert_eq!(ask("bytes=900-"), Asked::Range(900..1_000));
		assert_eq!(ask("bytes=-10"), Asked::Range(990..1_000));
		assert_eq!(ask("bytes=1000-"), Asked::Unsatisfiable);
		assert_eq!(ask("bytes=-0"), Asked::Unsatisfiable);
		assert_eq!(ask("bytes=0-1,5-6"), Asked::Whole);
		assert_eq!(ask("lines=0-1"), Asked::Whole);
	}
}
