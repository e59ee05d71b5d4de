//! What the methods take and answer, as JSON.
//!
//! Names are camelCase. Amounts are decimal strings, hashes hexadecimal with `0x`, accounts SS58
//! addresses. Times are block numbers, lengths are blocks, shares are parts of a million.

mod bounty;
mod node;
mod receipt;
mod referendum;
mod round;
mod spec;
mod text;

pub use bounty::*;
pub use node::*;
pub use receipt::*;
pub use referendum::*;
pub use round::*;
pub use spec::*;
pub use text::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockRef {
	/// Its hash.
	pub hash: HexHash,
	/// Its height.
	pub number: u32,
}

/// Where the next page goes on. It stays good as long as the block of the first page is held, so that
/// all pages are of one block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(pub String);

fn all<T, U: From<T>>(items: impl IntoIterator<Item = T>) -> Vec<U> {
	items.into_iter().map(U::from).collect()
}
