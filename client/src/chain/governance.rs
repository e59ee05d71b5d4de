//! Referenda: what one submits and how one votes, and what the chain says about them.
//!
//! Proposals are calls of any pallet, so they are written and read by the node's metadata.

use super::{
	payload::{Arguments, Call},
	Chain, ChainError,
};
use crate::{AccountId, Balance};
use codec::{Compact, Decode, Encode};
use sp_crypto_hashing::{blake2_128, blake2_256, twox_128};
use subxt::{
	ext::scale_value::{self, At, Composite, Value, ValueDef},
	metadata::ArcMetadata,
};

/// Longest call that a referendum itself holds; a longer one is noted as a preimage.
const MAX_INLINE_BYTES: usize = 128;

/// What a referendum runs on and its proposal acts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Track {
	/// Its id.
	pub id: u16,
	/// Its name.
	pub name: &'static str,
	/// The variant of the governance origins; none for root.
	origin: Option<&'static str>,
}

/// Every track.
pub const TRACKS: [Track; 7] = [
	Track { id: 0, name: "root", origin: None },
	Track { id: 1, name: "whitelisted-caller", origin: Some("WhitelistedCaller") },
	Track { id: 10, name: "parameters", origin: Some("Parameters") },
	Track { id: 20, name: "small-spender", origin: Some("SmallSpender") },
	Track { id: 21, name: "spender", origin: Some("Spender") },
	Track { id: 30, name: "canceller", origin: Some("Canceller") },
	Track { id: 31, name: "killer", origin: Some("Killer") },
];

impl Track {
	/// The track with this name.
	pub fn by_name(name: &str) -> Option<Self> {
		TRACKS.into_iter().find(|track| track.name == name)
	}

	/// The track with this id.
	pub fn by_id(id: u16) -> Option<Self> {
		TRACKS.into_iter().find(|track| track.id == id)
	}

	fn origin(&self) -> Value {
		let (pallet, origin) = match self.origin {
			None => ("system", "Root"),
			Some(origin) => ("GovernanceOrigins", origin),
		};
		Value::unnamed_variant(pallet, [Value::unnamed_variant(origin, [])])
	}
}

impl Call {
	/// Submits a referendum about an encoded call, to be enacted as soon as the track allows.
	pub fn submit_referendum(track: Track, proposal: &[u8]) -> Self {
		let proposal = match proposal.len() <= MAX_INLINE_BYTES {
			true => Value::unnamed_variant("Inline", [Value::from_bytes(proposal)]),
			false => {
				let hash = Value::from_bytes(blake2_256(proposal));
				let length = Value::u128(proposal.len() as u128);
				Value::named_variant("Lookup", [("hash", hash), ("len", length)])
			}
		};
		let soon = Value::unnamed_variant("After", [Value::u128(0)]);
		Self::dynamic("Referenda", "submit", [track.origin(), proposal, soon])
	}

	/// Keeps on chain what a hash stands for, for a deposit.
	pub fn note_preimage(bytes: &[u8]) -> Self {
		Self::new("Preimage", "note_preimage", Arguments::default().with(&bytes))
	}

	/// Puts down what a referendum needs to be decided.
	pub fn place_decision_deposit(referendum: u32) -> Self {
		let arguments = Arguments::default().with(&referendum);
		Self::new("Referenda", "place_decision_deposit", arguments)
	}

	/// Votes with `balance`, multiplied and locked by `conviction` (0 to 6).
	pub fn vote(referendum: u32, aye: bool, conviction: u8, balance: Balance) -> Self {
		// A standard vote: the first bit of a byte says aye, the rest is the conviction.
		let vote = (0u8, u8::from(aye) << 7 | conviction, balance);
		let arguments = Arguments::default().with(&Compact(referendum)).with(&vote);
		Self::new("ConvictionVoting", "vote", arguments)
	}

	/// Has somebody vote with `balance` of the sender on everything of a track.
	pub fn delegate(track: Track, to: &AccountId, conviction: u8, balance: Balance) -> Self {
		let to = (0u8, to);
		let arguments =
			Arguments::default().with(&track.id).with(&to).with(&conviction).with(&balance);
		Self::new("ConvictionVoting", "delegate", arguments)
	}

	/// Takes a delegation back.
	pub fn undelegate(track: Track) -> Self {
		Self::new("ConvictionVoting", "undelegate", Arguments::default().with(&track.id))
	}
}

/// A referendum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Referendum {
	/// Its number.
	pub index: u32,
	/// `Ongoing`, `Approved`, `Rejected`, `Cancelled`, `TimedOut` or `Killed`.
	pub state: String,
	/// What only an ongoing one has.
	pub ongoing: Option<Ongoing>,
}

/// A referendum that people can vote on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ongoing {
	/// Id of its track.
	pub track: u16,
	/// Votes for it.
	pub ayes: Balance,
	/// Votes against it.
	pub nays: Balance,
	/// Tokens of those who voted for it or abstained.
	pub support: Balance,
	/// Whether the decision deposit is placed.
	pub has_deposit: bool,
	/// Block in which deciding began.
	pub deciding_since: Option<u32>,
	/// Block in which it is approved if nothing changes.
	pub confirmed_at: Option<u32>,
	/// The call that it would dispatch, if its preimage is noted and can be read.
	pub proposal: Option<String>,
}

impl Chain {
	/// Encodes a call as this chain would.
	///
	/// # Errors
	///
	/// [`ChainError::UnknownCall`] if the chain has no such call or its arguments are others.
	pub async fn encode_call(&self, call: &Call) -> Result<Vec<u8>, ChainError> {
		let at = self.client.at_current_block().await.map_err(super::submit::lost)?;
		at.tx().call_data(call).map_err(|error| super::submit::not_submitted(call, error))
	}

	/// How many referenda there have been.
	pub async fn referendum_count(&self) -> Result<u32, ChainError> {
		let key = [twox_128(b"Referenda"), twox_128(b"ReferendumCount")].concat();
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		let Some(value) = value else { return Ok(0) };
		u32::decode(&mut value.as_slice())
			.map_err(|_| ChainError::Undecodable("Referenda.ReferendumCount".into()))
	}

	/// A referendum.
	pub async fn referendum(&self, index: u32) -> Result<Option<Referendum>, ChainError> {
		let mut key = [twox_128(b"Referenda"), twox_128(b"ReferendumInfoFor")].concat();
		key.extend(blake2_128(&index.encode()));
		key.extend(index.encode());
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		let Some(value) = value else { return Ok(None) };
		let at = self.client.at_current_block().await.map_err(super::submit::lost)?;
		let metadata = at.metadata();
		let (mut referendum, proposal) = read(index, &value, &metadata)
			.ok_or_else(|| ChainError::Undecodable("Referenda.ReferendumInfoFor".into()))?;
		let bytes = match proposal {
			Some(Proposal::Inline(bytes)) => Some(bytes),
			Some(Proposal::Noted { hash, length }) => self.preimage(&hash, length).await?,
			None => None,
		};
		if let (Some(ongoing), Some(bytes)) = (&mut referendum.ongoing, bytes) {
			ongoing.proposal = call_text(&bytes, &metadata);
		}
		Ok(Some(referendum))
	}

	async fn preimage(&self, hash: &[u8], length: u32) -> Result<Option<Vec<u8>>, ChainError> {
		let mut key = [twox_128(b"Preimage"), twox_128(b"PreimageFor")].concat();
		key.extend(hash);
		key.extend(length.encode());
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		Ok(value.and_then(|value| Vec::<u8>::decode(&mut value.as_slice()).ok()))
	}
}

/// Where a proposal's call is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Proposal {
	/// Here.
	Inline(Vec<u8>),
	/// In the preimage of this hash.
	Noted { hash: Vec<u8>, length: u32 },
}

/// Reads a referendum as the chain stores it, without what it proposes.
pub(super) fn read(
	index: u32,
	value: &[u8],
	metadata: &ArcMetadata,
) -> Option<(Referendum, Option<Proposal>)> {
	let storage = metadata.pallet_by_name("Referenda")?.storage()?;
	let of = storage.entry_by_name("ReferendumInfoFor")?.value_ty();
	let info = decode(value, of, metadata)?;
	let ValueDef::Variant(info) = info.value else { return None };
	if info.name != "Ongoing" {
		return Some((Referendum { index, state: info.name, ongoing: None }, None));
	}
	let status = info.values.values().next()?;
	let tally = status.at("tally")?;
	let deciding = content(status.at("deciding")?);
	let ongoing = Ongoing {
		track: u16::try_from(status.at("track")?.as_u128()?).ok()?,
		ayes: tally.at("ayes")?.as_u128()?,
		nays: tally.at("nays")?.as_u128()?,
		support: tally.at("support")?.as_u128()?,
		has_deposit: content(status.at("decision_deposit")?).is_some(),
		deciding_since: deciding.and_then(|deciding| number(deciding.at("since")?)),
		confirmed_at: deciding.and_then(|deciding| number(content(deciding.at("confirming")?)?)),
		proposal: None,
	};
	let proposal = proposal(status.at("proposal")?);
	Some((Referendum { index, state: info.name, ongoing: Some(ongoing) }, proposal))
}

fn proposal(value: &Value<u32>) -> Option<Proposal> {
	let ValueDef::Variant(variant) = &value.value else { return None };
	match variant.name.as_str() {
		"Inline" => Some(Proposal::Inline(bytes_of(variant.values.values().next()?)?)),
		"Lookup" => Some(Proposal::Noted {
			hash: bytes_of(value.at("hash")?)?,
			length: number(value.at("len")?)?,
		}),
		_ => None,
	}
}

/// An encoded call as text.
pub(super) fn call_text(bytes: &[u8], metadata: &ArcMetadata) -> Option<String> {
	let calls = metadata.outer_enums().call_enum_ty();
	decode(bytes, calls, metadata).map(|call| call.to_string())
}

fn decode(mut bytes: &[u8], of: u32, metadata: &ArcMetadata) -> Option<Value<u32>> {
	scale_value::scale::decode_as_type(&mut bytes, of, metadata.types()).ok()
}

/// What is in an `Option`.
fn content(option: &Value<u32>) -> Option<&Value<u32>> {
	match &option.value {
		ValueDef::Variant(variant) if variant.name == "Some" => variant.values.values().next(),
		_ => None,
	}
}

fn number(value: &Value<u32>) -> Option<u32> {
	u32::try_from(value.as_u128()?).ok()
}

/// The bytes of a value that is a list of bytes, maybe wrapped.
fn bytes_of(value: &Value<u32>) -> Option<Vec<u8>> {
	let ValueDef::Composite(Composite::Unnamed(values)) = &value.value else { return None };
	if let [inner] = values.as_slice() {
		if inner.as_u128().is_none() {
			return bytes_of(inner);
		}
	}
	values.iter().map(|byte| u8::try_from(byte.as_u128()?).ok()).collect()
}
