//! HTTP through the host functions, each wait with an absolute deadline.
//!
//! Bodies are read into the caller's buffer: `sp_runtime`'s body yields byte by byte.

use super::Failure;
use alloc::{string::String, vec::Vec};
use sp_core::offchain::{Duration, HttpRequestId, HttpRequestStatus, Timestamp};
use sp_io::offchain;

/// Bytes handed to one read. The host copies the whole buffer both ways, and fills it with at most
/// one frame.
const READ_BYTES: usize = 64 * 1024;

/// A request to the gateway.
pub(crate) struct Request {
	pub(crate) method: &'static str,
	pub(crate) url: String,
	/// Name and value.
	pub(crate) header: Option<(&'static str, String)>,
	pub(crate) body: Vec<u8>,
	/// Time until the body must have arrived.
	pub(crate) timeout: Duration,
}

/// A successful answer whose body is not read yet.
pub(crate) struct Response {
	id: HttpRequestId,
	url: String,
	deadline: Timestamp,
}

impl Request {
	pub(crate) fn get(url: String, timeout: Duration) -> Self {
		Self { method: "GET", url, header: None, body: Vec::new(), timeout }
	}

	/// Sends it and waits for a status of 200 to 299.
	pub(crate) fn send(self) -> Result<Response, Failure> {
		let deadline = offchain::timestamp().add(self.timeout);
		let Some(id) = self.start(deadline) else {
			return Err(Failure::Unreachable { url: self.url });
		};
		match offchain::http_response_wait(&[id], Some(deadline)).first() {
			Some(HttpRequestStatus::Finished(200..=299)) => {
				Ok(Response { id, url: self.url, deadline })
			}
			Some(HttpRequestStatus::Finished(status)) => {
				Err(Failure::Refused { url: self.url, status: *status })
			}
			_ => Err(Failure::Unreachable { url: self.url }),
		}
	}

	fn start(&self, deadline: Timestamp) -> Option<HttpRequestId> {
		let id = offchain::http_request_start(self.method, &self.url, &[]).ok()?;
		if let Some((name, value)) = &self.header {
			offchain::http_request_add_header(id, name, value).ok()?;
		}
		if !self.body.is_empty() {
			offchain::http_request_write_body(id, &self.body, Some(deadline)).ok()?;
		}
		offchain::http_request_write_body(id, &[], Some(deadline)).ok()?;
		Some(id)
	}
}

impl Response {
	/// Fills `buffer`; the body must have exactly its length.
	pub(crate) fn read_exact(self, buffer: &mut [u8]) -> Result<(), Failure> {
		let mut rest = &mut *buffer;
		while !rest.is_empty() {
			let (window, _) = rest.split_at_mut(rest.len().min(READ_BYTES));
			let read = self.read(window)?;
			if read == 0 {
				return Err(self.malformed());
			}
			rest = rest.get_mut(read..).unwrap_or_default();
		}
		// The read that finds nothing also lets the host forget the request.
		match self.read(&mut [0; 1])? {
			0 => Ok(()),
			_ => Err(self.malformed()),
		}
	}

	/// Reads the whole body, which may have at most `limit` bytes.
	pub(crate) fn read_all(self, limit: usize) -> Result<Vec<u8>, Failure> {
		let mut body = Vec::new();
		let mut window = alloc::vec![0; READ_BYTES];
		loop {
			let read = self.read(&mut window)?;
			if read == 0 {
				return Ok(body);
			}
			body.extend_from_slice(window.get(..read).unwrap_or_default());
			if body.len() > limit {
				return Err(self.malformed());
			}
		}
	}

	/// The failure of an answer that makes no sense.
	pub(crate) fn malformed(&self) -> Failure {
		Failure::MalformedAnswer { url: self.url.clone() }
	}

	/// Reads what is there, at most a frame; 0 at the end. `window` must not be empty: the host
	/// would drop what it holds.
	fn read(&self, window: &mut [u8]) -> Result<usize, Failure> {
		offchain::http_response_read_body(self.id, window, Some(self.deadline))
			.ok()
			.and_then(|read| usize::try_from(read).ok())
			.ok_or_else(|| Failure::Unreachable { url: self.url.clone() })
	}
}
