//! Keeps out, when they are proposed, proposals that must not be enacted.
//!
//! A referendum is about the hash of a call, so what it says is looked up where it is submitted: the
//! call must be in the proposal itself or a noted preimage, small enough to read, and no parameter
//! that it sets may be out of range. This is part of the filter that every call passes, also inside
//! batches, proxies and multisigs, so there is no way around it; a transaction extension would see
//! the outer call only. The filter checks `set_parameter` itself as well, so what was in range when
//! proposed and is no longer when enacted changes nothing.

use crate::{governance::ranges, Hash, Preimage, RuntimeCall};
use alloc::{vec, vec::Vec};
use codec::DecodeLimit;
use frame_support::{
	ensure,
	traits::{Bounded, Contains, QueryPreimage},
};
use sheaf_governance::Refusal;
use sp_runtime::traits::BlakeTwo256;

/// Longest proposal. An upgrade fits too, by `system.authorize_upgrade`.
pub const MAX_PROPOSAL_BYTES: u32 = 16 * 1024;
/// Most calls that one proposal may carry, at all depths.
const MAX_CALLS: u32 = 256;
/// Most parameters that one proposal may set.
pub const MAX_PARAMETERS: u32 = 8;
/// Most proposals that are looked up for one: itself, what it has whitelisted, what it submits.
pub const MAX_LOOKUPS: u32 = 4;
/// Deepest nesting of lists and boxes in a proposal.
const MAX_DECODING_DEPTH: u32 = 32;

/// A proposal as a referendum holds it.
type Proposal = Bounded<RuntimeCall, BlakeTwo256>;

/// Passes every call but unreadable proposals and parameters out of range.
pub struct OnlySoundProposals;

impl Contains<RuntimeCall> for OnlySoundProposals {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Parameters(_)
			| RuntimeCall::Referenda(pallet_referenda::Call::submit { .. }) => {
				Inspection::default().check(call).is_ok()
			}
			_ => true,
		}
	}
}

/// Whether an encoded call could be proposed, and if not, why.
pub fn check(call: &[u8]) -> Result<(), Refusal> {
	Inspection::default().check_encoded(call)
}

/// What may still be looked at, so that no proposal costs much to refuse.
struct Inspection {
	calls: u32,
	parameters: u32,
	lookups: u32,
}

impl Default for Inspection {
	fn default() -> Self {
		Self { calls: MAX_CALLS, parameters: MAX_PARAMETERS, lookups: MAX_LOOKUPS }
	}
}

/// Takes one of what is left, if there is one.
fn take_one(left: &mut u32, or: Refusal) -> Result<(), Refusal> {
	*left = left.checked_sub(1).ok_or(or)?;
	Ok(())
}

impl Inspection {
	/// Refuses a call if it, or one that it would dispatch, cannot be read or sets a parameter out of
	/// range.
	fn check(&mut self, call: &RuntimeCall) -> Result<(), Refusal> {
		use pallet_whitelist::Call::dispatch_whitelisted_call;
		take_one(&mut self.calls, Refusal::TooManyCalls)?;
		match call {
			RuntimeCall::Parameters(pallet_parameters::Call::set_parameter { key_value }) => {
				take_one(&mut self.parameters, Refusal::TooManyParameters)?;
				Ok(ranges::check(key_value)?)
			}
			RuntimeCall::Referenda(pallet_referenda::Call::submit { proposal, .. }) => {
				self.check_proposal(proposal)
			}
			RuntimeCall::Whitelist(dispatch_whitelisted_call { call_hash, .. }) => {
				self.check_noted(call_hash)
			}
			call => carried_by(call).into_iter().try_for_each(|inner| self.check(inner)),
		}
	}

	fn check_proposal(&mut self, proposal: &Proposal) -> Result<(), Refusal> {
		match proposal {
			Bounded::Inline(bytes) => self.check_encoded(bytes),
			Bounded::Lookup { hash, .. } | Bounded::Legacy { hash, .. } => self.check_noted(hash),
		}
	}

	/// Checks the preimage of `hash`.
	fn check_noted(&mut self, hash: &Hash) -> Result<(), Refusal> {
		take_one(&mut self.lookups, Refusal::TooManyLookups)?;
		let length = Preimage::len(hash).ok_or(Refusal::NotNoted)?;
		// Before it is read.
		ensure!(length <= MAX_PROPOSAL_BYTES, Refusal::TooLong);
		let bytes = Preimage::fetch(hash, Some(length)).map_err(|_| Refusal::NotNoted)?;
		self.check_encoded(&bytes)
	}

	fn check_encoded(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
		let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
		ensure!(length <= MAX_PROPOSAL_BYTES, Refusal::TooLong);
		let call = RuntimeCall::decode_all_with_depth_limit(MAX_DECODING_DEPTH, &mut bytes)
			.map_err(|_| Refusal::Unreadable)?;
		self.check(&call)
	}
}

/// The calls that a call dispatches.
fn carried_by(call: &RuntimeCall) -> Vec<&RuntimeCall> {
	use pallet_multisig::Call as Multisig;
	use pallet_proxy::Call as Proxy;
	use pallet_scheduler::Call as Scheduler;
	use pallet_utility::Call as Utility;
	use pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage;
	match call {
		RuntimeCall::Utility(
			Utility::batch { calls }
			| Utility::batch_all { calls }
			| Utility::force_batch { calls },
		) => calls.iter().collect(),
		RuntimeCall::Utility(Utility::if_else { main, fallback }) => vec![main, fallback],
		RuntimeCall::Utility(
			Utility::as_derivative { call, .. }
			| Utility::dispatch_as { call, .. }
			| Utility::dispatch_as_fallible { call, .. }
			| Utility::with_weight { call, .. },
		)
		| RuntimeCall::Proxy(Proxy::proxy { call, .. } | Proxy::proxy_announced { call, .. })
		| RuntimeCall::Multisig(
			Multisig::as_multi { call, .. } | Multisig::as_multi_threshold_1 { call, .. },
		)
		| RuntimeCall::Scheduler(
			Scheduler::schedule { call, .. }
			| Scheduler::schedule_named { call, .. }
			| Scheduler::schedule_after { call, .. }
			| Scheduler::schedule_named_after { call, .. },
		)
		| RuntimeCall::Whitelist(dispatch_whitelisted_call_with_preimage { call }) => vec![call],
		_ => Vec::new(),
	}
}
