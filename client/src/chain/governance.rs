//! Referenda: what one submits and how one votes, and what the chain says about them.
//!
//! Proposals are calls of any pallet, so they are written and read by the node's metadata.

use super::{
	payload::{Arguments, Call},
	Chain, ChainError,
};
use crate::{AccountId, Balance};
use codec::{Compact, Decode, Encode};
use sheaf_governance::{
	Proposal, Referendum, ReferendumFilter, ReferendumPage, Refusal, TrackVoting,
};
use sheaf_training::Hash;
use sp_crypto_hashing::{blake2_256, twox_128};
use subxt::{
	ext::scale_value::{self, Value},
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

/// A deposit of a referendum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deposit {
	/// Of who submitted it.
	Submission,
	/// Of who wanted it decided.
	Decision,
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

	/// Takes back these votes, by track and referendum, and unlocks what these tracks lock no longer.
	pub fn unlock(account: &AccountId, votes: &[(u16, u32)], tracks: &[u16]) -> Self {
		let voting = |name, fields: Vec<(&str, Value)>| {
			Value::unnamed_variant("ConvictionVoting", [Value::named_variant(name, fields)])
		};
		let number = |number: u32| Value::u128(number.into());
		let remove = votes.iter().map(|(track, referendum)| {
			let class = Value::unnamed_variant("Some", [number((*track).into())]);
			voting("remove_vote", vec![("class", class), ("index", number(*referendum))])
		});
		let unlock = tracks.iter().map(|track| {
			let target = Value::from_bytes(AsRef::<[u8; 32]>::as_ref(account));
			let target = Value::unnamed_variant("Id", [target]);
			voting("unlock", vec![("class", number((*track).into())), ("target", target)])
		});
		let calls = Value::unnamed_composite(remove.chain(unlock));
		Self::dynamic("Utility", "batch_all", [calls])
	}

	/// Gives a deposit of a referendum that is over back to who placed it.
	pub fn refund_deposit(deposit: Deposit, referendum: u32) -> Self {
		let name = match deposit {
			Deposit::Submission => "refund_submission_deposit",
			Deposit::Decision => "refund_decision_deposit",
		};
		Self::new("Referenda", name, Arguments::default().with(&referendum))
	}

	/// Pays an approved spend of the treasury.
	pub fn payout(spend: u32) -> Self {
		Self::new("Treasury", "payout", Arguments::default().with(&spend))
	}

	/// Takes a delegation back.
	pub fn undelegate(track: Track) -> Self {
		Self::new("ConvictionVoting", "undelegate", Arguments::default().with(&track.id))
	}
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

	/// Refuses an encoded call that the chain would refuse as a proposal.
	///
	/// # Errors
	///
	/// [`ChainError::ProposalRefused`] with the reason.
	pub async fn check_proposal(&self, call: &[u8]) -> Result<(), ChainError> {
		let checked: Result<(), Refusal> =
			self.call("GovernanceApi_check_proposal", call, None).await?;
		checked.map_err(ChainError::ProposalRefused)
	}

	/// What an account votes on, and what that locks, by track.
	pub async fn voting_of(&self, account: &AccountId) -> Result<Vec<TrackVoting>, ChainError> {
		self.call("GovernanceApi_voting_of", account, None).await
	}

	/// A page of referenda, newest first, of those numbered below `before`.
	pub async fn referenda(
		&self,
		before: Option<u32>,
		limit: u32,
	) -> Result<ReferendumPage, ChainError> {
		let arguments = (ReferendumFilter::default(), before, limit);
		self.call("GovernanceApi_referenda", arguments, None).await
	}

	/// A referendum.
	pub async fn referendum(&self, index: u32) -> Result<Option<Referendum>, ChainError> {
		let page = self.referenda(index.checked_add(1), 1).await?;
		Ok(page.referenda.into_iter().find(|referendum| referendum.index == index))
	}

	/// What a referendum would dispatch, as text; none if nobody noted the call.
	pub async fn proposal_text(&self, proposal: &Proposal) -> Result<Option<String>, ChainError> {
		let noted = match (&proposal.call, proposal.length) {
			(Some(call), _) => Some(call.clone()),
			(None, Some(length)) => self.preimage(&proposal.hash, length).await?,
			(None, None) => None,
		};
		let at = self.client.at_current_block().await.map_err(super::submit::lost)?;
		Ok(noted.and_then(|bytes| call_text(&bytes, &at.metadata())))
	}

	async fn preimage(&self, hash: &Hash, length: u32) -> Result<Option<Vec<u8>>, ChainError> {
		let mut key = [twox_128(b"Preimage"), twox_128(b"PreimageFor")].concat();
		key.extend(hash.as_bytes());
		key.extend(length.encode());
		let value = self.rpc.state_get_storage(&key, None).await.map_err(ChainError::rpc)?;
		Ok(value.and_then(|value| Vec::<u8>::decode(&mut value.as_slice()).ok()))
	}
}

/// An encoded call as text.
pub(super) fn call_text(mut bytes: &[u8], metadata: &ArcMetadata) -> Option<String> {
	let calls = metadata.outer_enums().call_enum_ty();
	let call = scale_value::scale::decode_as_type(&mut bytes, calls, metadata.types());
	call.ok().map(|call| call.to_string())
}
