//! Starting the blob store, its gateway and its synchronisation with a node.

use super::{
	chain::RuntimeExpectations,
	expected::Expectations,
	gateway::{Gateway, GatewayLimits},
	listener::{BoundedListener, Caller},
	metrics::Metrics,
	network::{self, ChainPeers},
	store::BlobStore,
	sync::Fetcher,
	Blobs,
};
use crate::cli::BlobParams;
use futures::{future, StreamExt};
use sc_client_api::{Backend, BlockchainEvents};
use sc_consensus_babe::SyncOracle;
use sc_network::{request_responses::IncomingRequest, service::traits::NetworkService};
use sc_network_sync::SyncingService;
use sc_service::{Error as ServiceError, SpawnTaskHandle};
use sheaf_runtime::opaque::Block;
use sheaf_training::TrainingApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use std::{net::SocketAddr, path::Path, sync::Arc};
use substrate_prometheus_endpoint::Registry;

/// Where the off-chain worker finds the gateway's URL.
const GATEWAY_KEY: &[u8] = b"sheaf::gateway";
/// The off-chain worker's locks, which a killed node leaves behind.
const LOCK_KEYS: [&[u8]; 2] =
	[b"sheaf::verification::lock", b"sheaf::verification::challenge-lock"];
const TASKS: Option<&str> = Some("blobs");

/// What the blob store needs of a node.
pub struct BlobServiceParams<'a, C> {
	/// What the operator asked for.
	pub params: &'a BlobParams,
	/// Folder of this chain's data.
	pub data_path: &'a Path,
	/// The client.
	pub client: Arc<C>,
	/// The network.
	pub network: Arc<dyn NetworkService>,
	/// Who the peers are.
	pub sync: Arc<SyncingService<Block>>,
	/// Requests of peers for blobs.
	pub requests: async_channel::Receiver<IncomingRequest>,
	/// Runs tasks.
	pub spawner: SpawnTaskHandle,
	/// Where metrics go.
	pub registry: Option<&'a Registry>,
}

/// Tells the off-chain worker where the gateway is, if there is one, and frees its locks.
pub fn prepare_offchain_storage<B: Backend<Block>>(backend: &B, params: &BlobParams) {
	let Some(mut storage) = backend.offchain_storage() else { return };
	LOCK_KEYS.into_iter().for_each(|key| storage.remove(STORAGE_PREFIX, key));
	match params.no_blobs {
		true => storage.remove(STORAGE_PREFIX, GATEWAY_KEY),
		false => storage.set(STORAGE_PREFIX, GATEWAY_KEY, params.local_url().as_bytes()),
	}
}

/// Starts everything; fails if the store cannot be opened or a port is taken.
pub async fn start<C>(service: BlobServiceParams<'_, C>) -> Result<(), ServiceError>
where
	C: ProvideRuntimeApi<Block>
		+ HeaderBackend<Block>
		+ BlockchainEvents<Block>
		+ Send
		+ Sync
		+ 'static,
	C::Api: TrainingApi<Block>,
{
	let BlobServiceParams { params, client, spawner, .. } = service;
	let chain = RuntimeExpectations::new(client.clone());
	let genesis = chain.genesis();
	let store = open_store(params, service.data_path).await?;
	let metrics = Metrics::new(service.registry).map_err(other)?;
	let blobs = Arc::new(Blobs::new(store, Arc::new(chain), metrics));
	let gateway = Arc::new(Gateway::new(blobs.clone(), GatewayLimits::default()));
	for address in params.addresses() {
		serve(gateway.clone(), address, &spawner).await?;
	}
	let answers = network::serve(blobs.clone(), service.requests);
	spawner.spawn("blob-answers", TASKS, answers);
	let peers = ChainPeers::new(service.network, service.sync.clone(), &genesis);
	let fetcher = Fetcher::new(blobs, peers);
	spawner.spawn("blob-sync", TASKS, follow(fetcher, client, service.sync));
	Ok(())
}

async fn open_store(params: &BlobParams, data_path: &Path) -> Result<Arc<BlobStore>, ServiceError> {
	let store = match &params.blob_store {
		Some(url) => BlobStore::open_url(url).await,
		None => BlobStore::open_folder(&data_path.join("blobs")).await,
	};
	Ok(Arc::new(store.map_err(other)?))
}

async fn serve<E: Expectations>(
	gateway: Arc<Gateway<E>>,
	address: SocketAddr,
	spawner: &SpawnTaskHandle,
) -> Result<(), ServiceError> {
	let listener = BoundedListener::bind(address).await.map_err(|error| {
		let message = format!("the blob gateway cannot listen on {address}: {error}");
		ServiceError::Application(message.into())
	})?;
	let service = gateway.router().into_make_service_with_connect_info::<Caller>();
	log::info!(target: super::LOG_TARGET, "🗄  Blob gateway at http://{address}");
	spawner.spawn("blob-gateway", TASKS, async move {
		if let Err(error) = axum::serve(listener, service).await {
			log::error!(target: super::LOG_TARGET, "the blob gateway stopped: {error}");
		}
	});
	Ok(())
}

/// Looks for missing blobs on every best block, unless the node is far behind.
async fn follow<C, E: Expectations>(
	fetcher: Fetcher<E, ChainPeers>,
	client: Arc<C>,
	sync: Arc<SyncingService<Block>>,
) where
	C: BlockchainEvents<Block>,
{
	let best = client.import_notification_stream().filter(|block| future::ready(block.is_new_best));
	let caught_up = best.filter_map(|_| future::ready((!sync.is_major_syncing()).then_some(())));
	fetcher.run(caught_up).await;
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> ServiceError {
	ServiceError::Application(error.into())
}
