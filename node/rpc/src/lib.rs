#![doc = include_str!("../README.md")]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(
	test,
	allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod api;
mod chain;
mod cursor;
mod error;
mod follow;
pub mod openrpc;
mod server;
pub mod types;

pub use api::{TrainingRpcClient, TrainingRpcServer};
pub use chain::{Chain, Heads};
pub use error::{Code, Error};
pub use follow::{BountyNotification, Notification, RoundNotification};
pub use server::TrainingRpc;
pub use sheaf_training::MAX_PAGE;

use jsonrpsee::{core::RegisterMethodError, RpcModule};
use std::sync::Arc;

/// Entries of a page where the caller does not say.
pub const DEFAULT_PAGE: u32 = 25;

/// Every method over this chain, and `rpc.discover`, which answers the OpenRPC document.
pub fn module<C: Chain>(chain: Arc<C>) -> Result<RpcModule<()>, RegisterMethodError> {
	let mut module = RpcModule::new(());
	module.merge(TrainingRpc::new(chain).into_rpc())?;
	let document = openrpc::document();
	module.register_method(openrpc::DISCOVER, move |_, _, _| document.clone())?;
	Ok(module)
}
