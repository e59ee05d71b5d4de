//! What nodes and clients ask of the runtime.

use crate::{ReferendumFilter, ReferendumPage, Refusal, TrackVoting};
use alloc::vec::Vec;
use sheaf_training::AccountId;

sp_api::decl_runtime_apis! {
	/// Referenda. Each call's work is bounded.
	pub trait GovernanceApi {
		/// Referenda that match, newest first, of those numbered below `before`. At most `limit`, 1 to
		/// [`sheaf_training::MAX_PAGE`]; looks at no more than [`sheaf_training::MAX_LOOKED_AT`].
		fn referenda(filter: ReferendumFilter, before: Option<u32>, limit: u32) -> ReferendumPage;
		/// Whether an encoded call could be proposed now. What it needs noted must be noted, but for
		/// itself.
		fn check_proposal(call: Vec<u8>) -> Result<(), Refusal>;
		/// What an account votes on, and what that locks; only tracks on which there is something.
		fn voting_of(account: AccountId) -> Vec<TrackVoting>;
	}
}
