//! The node's own blob gateway, as far as its off-chain worker uses it (see `docs/gateway.md`).

use super::{
	http::{Request, Response},
	Failure,
};
use alloc::{
	format,
	string::{String, ToString},
};
use codec::{DecodeAll, Encode};
use sheaf_training::{Availability, BountyId, Hash, RoundIndex};
use sp_core::offchain::{Duration, StorageKind};

/// Where the node writes the gateway's address: its bytes, `http://127.0.0.1:9955` say.
pub(crate) const GATEWAY_KEY: &[u8] = b"sheaf::gateway";

/// For answers that only need a look into an index.
const SHORT: Duration = Duration::from_millis(10_000);
/// For a range of a blob.
const RANGE: Duration = Duration::from_millis(60_000);
/// For computing the next model. Shorter than the job's lock, which is prolonged before.
const COMPUTATION: Duration = Duration::from_millis(300_000);
/// More than the availability of a full round: 64 updates of 34 bytes, a slice, flags.
const MAX_AVAILABILITY_BYTES: usize = 8 * 1024;

/// The node's own gateway.
pub(crate) struct Gateway {
	url: String,
}

impl Gateway {
	/// The gateway that the node told its worker about; none if it runs without.
	pub(crate) fn configured() -> Option<Self> {
		let url = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, GATEWAY_KEY)?;
		let url = core::str::from_utf8(&url).ok()?.trim().trim_end_matches('/');
		(!url.is_empty()).then(|| Self { url: url.to_string() })
	}

	/// What the node holds of a round and has checked; round 0 is the initial model.
	pub(crate) fn availability(
		&self,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Availability, Failure> {
		let url = format!("{}/v1/bounties/{bounty}/rounds/{round}/availability", self.url);
		let response = Request::get(url.clone(), SHORT).send()?;
		let body = response.read_all(MAX_AVAILABILITY_BYTES)?;
		Availability::decode_all(&mut body.as_slice()).map_err(|_| Failure::MalformedAnswer { url })
	}

	/// Fills `buffer` with the blob's bytes from `offset` on.
	pub(crate) fn read_blob(
		&self,
		root: &Hash,
		offset: u64,
		buffer: &mut [u8],
	) -> Result<(), Failure> {
		let length = u64::try_from(buffer.len()).map_err(|_| Failure::TooLarge)?;
		let Some(last) = offset.saturating_add(length).checked_sub(1) else { return Ok(()) };
		let url = format!("{}/v1/blobs/{root:#x}", self.url);
		let request = Request { range: Some((offset, last)), ..Request::get(url, RANGE) };
		request.send()?.read_exact(buffer)
	}

	/// Has the gateway compute and keep the next model, and returns its root.
	pub(crate) fn compute_next_model(
		&self,
		bounty: BountyId,
		round: RoundIndex,
		root: &Hash,
	) -> Result<Hash, Failure> {
		let url = format!("{}/v1/bounties/{bounty}/rounds/{round}/result", self.url);
		let request =
			Request { method: "POST", body: root.encode(), ..Request::get(url, COMPUTATION) };
		let response: Response = request.send()?;
		let mut answer = [0; 32];
		response.read_exact(&mut answer)?;
		Ok(answer.into())
	}
}
