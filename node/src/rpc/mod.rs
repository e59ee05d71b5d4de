//! RPC methods beyond those of the SDK's service.

mod chain;

use chain::NodeChain;
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::TransactionPool;
use sheaf_governance::GovernanceApi;
use sheaf_runtime::{opaque::Block, AccountId, Balance, Nonce};
use sheaf_training::TrainingApi;
use sp_api::{CallApiAt, ProvideRuntimeApi};
use sp_block_builder::BlockBuilder;
use sp_blockchain::{HeaderBackend, HeaderMetadata};
use std::{error::Error, sync::Arc};
use substrate_frame_rpc_system::{AccountNonceApi, System, SystemApiServer};

/// Account nonces, fees, and our own methods, which are in `sheaf-rpc`.
pub fn module<C, P>(
	client: Arc<C>,
	pool: Arc<P>,
) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>>
where
	C: ProvideRuntimeApi<Block>
		+ CallApiAt<Block>
		+ HeaderBackend<Block>
		+ HeaderMetadata<Block>
		+ BlockchainEvents<Block>
		+ Send
		+ Sync
		+ 'static,
	C::Api: AccountNonceApi<Block, AccountId, Nonce>
		+ pallet_transaction_payment_rpc::TransactionPaymentRuntimeApi<Block, Balance>
		+ TrainingApi<Block>
		+ GovernanceApi<Block>
		+ BlockBuilder<Block>,
	P: TransactionPool + 'static,
{
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
	module.merge(sheaf_rpc::module(Arc::new(NodeChain::new(client)))?)?;
	Ok(module)
}
