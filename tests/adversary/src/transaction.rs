//! Sending fee-less calls, as the off-chain worker does.

use anyhow::Result;
use codec::Encode;
use frame_system::offchain::CreateAuthorizedTransaction;
use sheaf_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic};
use subxt::{
	config::RpcConfigFor,
	rpcs::{methods::legacy::LegacyRpcMethods, RpcClient},
	SubstrateConfig,
};

/// A fee-less transaction without signer.
pub fn authorized<Call>(call: Call) -> UncheckedExtrinsic
where
	RuntimeCall: From<Call>,
{
	<Runtime as CreateAuthorizedTransaction<Call>>::create_authorized_transaction(call.into())
}

/// Hands transactions to a node.
pub struct Sender {
	rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
}

impl Sender {
	/// Connects to the node.
	pub async fn connect(url: &str) -> Result<Self> {
		let rpc = LegacyRpcMethods::new(RpcClient::from_insecure_url(url).await?);
		Ok(Self { rpc })
	}

	/// Sends a call. That the pool does not take it is said, no error: the next block shows whether
	/// it is still due.
	pub async fn send<Call>(&self, what: &str, call: Call)
	where
		RuntimeCall: From<Call>,
	{
		match self.rpc.author_submit_extrinsic(&authorized(call).encode()).await {
			Ok(_) => println!("{what}"),
			Err(error) => println!("{what}: not taken: {error}"),
		}
	}
}
