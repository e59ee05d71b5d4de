//! The node: client, consensus, network, off-chain workers and blobs.

use crate::{
	blobs::{
		network,
		service::{self as blob_service, BlobServiceParams},
	},
	cli::BlobParams,
	receipts::OffchainIndexReader,
	rpc,
	training_metrics::{self, TrainingMetrics},
};
use futures::FutureExt;
use sc_basic_authorship::ProposerFactory;
use sc_client_api::{Backend, ExecutorProvider};
use sc_consensus::{DefaultImportQueue, LongestChain};
use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeParams, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState};
use sc_executor::WasmExecutor;
use sc_network::{
	config::FullNetworkConfiguration, request_responses::IncomingRequest,
	service::traits::NetworkService, NetworkBackend, NotificationMetrics, NotificationService,
	ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
	error::Error as ServiceError, BuildNetworkParams, Configuration, PartialComponents, Role,
	SpawnTasksParams, TFullBackend, TFullClient, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sheaf_runtime::{opaque::Block, BlockNumber, Hash, RuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus_babe::inherents::{
	BabeCreateInherentDataProviders, InherentDataProvider as BabeInherents,
};
use sp_keystore::KeystorePtr;
use std::{path::Path, sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// What runs the runtime. No host functions of our own: they would shut out standard tools.
pub type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The client.
pub type FullClient = TFullClient<Block, RuntimeApi, Executor>;
/// Database and off-chain storage.
pub type FullBackend = TFullBackend<Block>;
type SelectChain = LongestChain<FullBackend, Block>;
type Pool = TransactionPoolHandle<Block, FullClient>;
type Grandpa = GrandpaBlockImport<FullBackend, Block, FullClient, SelectChain>;
type GrandpaLink = LinkHalf<Block, FullClient, SelectChain>;
type Babe = BabeBlockImport<
	Block,
	FullClient,
	Grandpa,
	BabeCreateInherentDataProviders<Block>,
	SelectChain,
>;

/// Blocks after which a justification is kept at the latest.
const JUSTIFICATION_PERIOD: u32 = 512;
/// How long a GRANDPA message may travel.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);
/// Part of a slot in which a block is built.
const PROPOSAL_PORTION: f32 = 2.0 / 3.0;

/// Consensus parts that exist before the network.
pub struct Consensus {
	babe: Babe,
	babe_link: BabeLink<Block>,
	babe_worker: BabeWorkerHandle<Block>,
	grandpa_link: GrandpaLink,
	telemetry: Option<Telemetry>,
}

/// Everything that exists before the network.
pub type Components = PartialComponents<
	FullClient,
	FullBackend,
	SelectChain,
	DefaultImportQueue<Block>,
	Pool,
	Consensus,
>;

/// Opens the database and builds everything that needs no network.
pub fn components(config: &Configuration) -> Result<Components, ServiceError> {
	let worker = telemetry_worker(config)?;
	let handle = worker.as_ref().map(|(_, telemetry)| telemetry.handle());
	let executor = sc_service::new_wasm_executor(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			handle.clone(),
			executor,
			Vec::new(),
		)?;
	let client = Arc::new(client);
	if let Some(storage) = backend.offchain_storage() {
		let reader = OffchainIndexReader::new(storage);
		client.execution_extensions().set_extensions_factory(reader);
	}
	let telemetry = worker.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let select_chain = LongestChain::new(backend.clone());
	let transaction_pool = transaction_pool(config, &client, &task_manager);
	let (import_queue, consensus) =
		consensus(config, &client, &select_chain, &transaction_pool, &task_manager, telemetry)?;
	Ok(PartialComponents {
		client,
		backend,
		task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: consensus,
	})
}

fn telemetry_worker(
	config: &Configuration,
) -> Result<Option<(TelemetryWorker, Telemetry)>, ServiceError> {
	let endpoints = config.telemetry_endpoints.clone().filter(|endpoints| !endpoints.is_empty());
	let start = |endpoints| -> Result<_, sc_telemetry::Error> {
		let worker = TelemetryWorker::new(16)?;
		let telemetry = worker.handle().new_telemetry(endpoints);
		Ok((worker, telemetry))
	};
	Ok(endpoints.map(start).transpose()?)
}

fn transaction_pool(
	config: &Configuration,
	client: &Arc<FullClient>,
	task_manager: &TaskManager,
) -> Arc<Pool> {
	let builder = sc_transaction_pool::Builder::new(
		task_manager.spawn_essential_handle(),
		client.clone(),
		config.role.is_authority().into(),
	);
	let builder = builder.with_options(config.transaction_pool.clone());
	Arc::new(builder.with_prometheus(config.prometheus_registry()).build())
}

fn consensus(
	config: &Configuration,
	client: &Arc<FullClient>,
	select_chain: &SelectChain,
	pool: &Arc<Pool>,
	task_manager: &TaskManager,
	telemetry: Option<Telemetry>,
) -> Result<(DefaultImportQueue<Block>, Consensus), ServiceError> {
	let handle = telemetry.as_ref().map(Telemetry::handle);
	let (grandpa, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		client,
		select_chain.clone(),
		handle.clone(),
	)?;
	let babe_config = sc_consensus_babe::configuration(&**client)?;
	let slot_duration = babe_config.slot_duration();
	let (babe, babe_link) = sc_consensus_babe::block_import(
		babe_config,
		grandpa.clone(),
		client.clone(),
		inherents(slot_duration),
		select_chain.clone(),
		OffchainTransactionPoolFactory::new(pool.clone()),
	)?;
	let (import_queue, babe_worker) =
		sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
			link: babe_link.clone(),
			block_import: babe.clone(),
			justification_import: Some(Box::new(grandpa)),
			client: client.clone(),
			slot_duration,
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			telemetry: handle,
		})?;
	Ok((import_queue, Consensus { babe, babe_link, babe_worker, grandpa_link, telemetry }))
}

fn inherents(
	slot_duration: sp_consensus_babe::SlotDuration,
) -> BabeCreateInherentDataProviders<Block> {
	Arc::new(move |_, _| async move {
		let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
		let slot = BabeInherents::from_timestamp_and_slot_duration(*timestamp, slot_duration);
		Ok((slot, timestamp))
	})
}

/// Reverts what consensus keeps beside the blocks.
pub fn revert_consensus(
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	blocks: BlockNumber,
) -> sc_cli::Result<()> {
	sc_consensus_babe::revert(client.clone(), backend, blocks)?;
	sc_consensus_grandpa::revert(client, blocks)?;
	Ok(())
}

/// Starts the node.
pub async fn start<N: NetworkBackend<Block, Hash>>(
	config: Configuration,
	blob_params: BlobParams,
) -> Result<TaskManager, ServiceError> {
	let PartialComponents {
		client,
		backend,
		mut task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: Consensus { babe, babe_link, babe_worker, grandpa_link, mut telemetry },
	} = components(&config)?;
	let genesis = client.info().genesis_hash;
	let metrics = N::register_notification_metrics(config.prometheus_registry());
	let registry = config.prometheus_registry().cloned();
	let mut net_config =
		FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, registry.clone());
	let (grandpa_name, grandpa_messages) =
		add_grandpa::<N>(&config, &genesis, &mut net_config, &metrics);
	let blob_requests = add_blobs::<N>(&genesis, &mut net_config, &blob_params);
	let warp_sync = sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	);
	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(Arc::new(warp_sync))),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	let node = Node {
		client: client.clone(),
		pool: transaction_pool.clone(),
		keystore: keystore_container.keystore(),
		network: network.clone(),
		sync: sync_service.clone(),
		registry,
		role: config.role,
		name: config.network.node_name.clone(),
		force_authoring: config.force_authoring,
	};
	blob_service::prepare_offchain_storage(&*backend, &blob_params);
	if let Some(requests) = blob_requests {
		node.start_blobs(&blob_params, &config.data_path, requests, &task_manager).await?;
	}
	node.start_training_metrics(&task_manager)?;
	if config.offchain_worker.enabled {
		node.start_offchain_workers(&backend, &task_manager)?;
	}
	let enable_grandpa = !config.disable_grandpa;
	let (rpc_client, rpc_pool) = (client.clone(), transaction_pool.clone());
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		client,
		backend,
		task_manager: &mut task_manager,
		keystore: node.keystore.clone(),
		transaction_pool,
		rpc_builder: Box::new(move |_| {
			rpc::module(rpc_client.clone(), rpc_pool.clone()).map_err(ServiceError::Application)
		}),
		network,
		system_rpc_tx,
		tx_handler_controller,
		sync_service,
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;
	let handle = telemetry.as_ref().map(Telemetry::handle);
	if node.role.is_authority() {
		node.start_authoring(babe, babe_link, select_chain, handle.clone(), &task_manager)?;
	}
	if enable_grandpa {
		let messages = (grandpa_name, grandpa_messages);
		node.start_finality(grandpa_link, messages, handle, &task_manager)?;
	}
	task_manager.keep_alive((babe_worker, telemetry));
	Ok(task_manager)
}

fn add_grandpa<N: NetworkBackend<Block, Hash>>(
	config: &Configuration,
	genesis: &Hash,
	net_config: &mut FullNetworkConfiguration<Block, Hash, N>,
	metrics: &NotificationMetrics,
) -> (ProtocolName, Box<dyn NotificationService>) {
	let name = sc_consensus_grandpa::protocol_standard_name(genesis, &config.chain_spec);
	let (protocol, messages) = sc_consensus_grandpa::grandpa_peers_set_config::<Block, N>(
		name.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(protocol);
	(name, messages)
}

fn add_blobs<N: NetworkBackend<Block, Hash>>(
	genesis: &Hash,
	net_config: &mut FullNetworkConfiguration<Block, Hash, N>,
	params: &BlobParams,
) -> Option<async_channel::Receiver<IncomingRequest>> {
	if params.no_blobs {
		return None;
	}
	let (protocol, requests) = network::protocol::<N>(genesis);
	net_config.add_request_response_protocol(protocol);
	Some(requests)
}

/// What the tasks of a running node share.
struct Node {
	client: Arc<FullClient>,
	pool: Arc<Pool>,
	keystore: KeystorePtr,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	registry: Option<Registry>,
	role: Role,
	name: String,
	force_authoring: bool,
}

impl Node {
	async fn start_blobs(
		&self,
		params: &BlobParams,
		data_path: &Path,
		requests: async_channel::Receiver<IncomingRequest>,
		task_manager: &TaskManager,
	) -> Result<(), ServiceError> {
		let service = BlobServiceParams {
			params,
			data_path,
			client: self.client.clone(),
			network: self.network.clone(),
			sync: self.sync.clone(),
			requests,
			spawner: task_manager.spawn_handle(),
			registry: self.registry.as_ref(),
		};
		blob_service::start(service).await
	}

	fn start_training_metrics(&self, task_manager: &TaskManager) -> Result<(), ServiceError> {
		let Some(registry) = &self.registry else { return Ok(()) };
		let metrics = TrainingMetrics::new(registry)
			.map_err(|error| ServiceError::Application(error.into()))?;
		let follow = training_metrics::follow::<_, FullBackend>(
			self.client.clone(),
			self.sync.clone(),
			metrics,
		);
		// Blocking: it asks the runtime.
		task_manager.spawn_handle().spawn_blocking("training-metrics", None, follow);
		Ok(())
	}

	fn start_offchain_workers(
		&self,
		backend: &FullBackend,
		task_manager: &TaskManager,
	) -> Result<(), ServiceError> {
		let workers = OffchainWorkers::new(OffchainWorkerOptions {
			runtime_api_provider: self.client.clone(),
			keystore: Some(self.keystore.clone()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(self.pool.clone())),
			network_provider: Arc::new(self.network.clone()),
			is_validator: self.role.is_authority(),
			enable_http_requests: true,
			custom_extensions: |_| Vec::new(),
		})?;
		let run = workers.run(self.client.clone(), task_manager.spawn_handle());
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			run.boxed(),
		);
		Ok(())
	}

	fn start_authoring(
		&self,
		block_import: Babe,
		babe_link: BabeLink<Block>,
		select_chain: SelectChain,
		telemetry: Option<TelemetryHandle>,
		task_manager: &TaskManager,
	) -> Result<(), ServiceError> {
		let proposer = ProposerFactory::new(
			task_manager.spawn_handle(),
			self.client.clone(),
			self.pool.clone(),
			self.registry.as_ref(),
			telemetry.clone(),
		);
		let babe = sc_consensus_babe::start_babe(BabeParams {
			keystore: self.keystore.clone(),
			client: self.client.clone(),
			select_chain,
			env: proposer,
			block_import,
			sync_oracle: self.sync.clone(),
			justification_sync_link: self.sync.clone(),
			create_inherent_data_providers: inherents(babe_link.config().slot_duration()),
			force_authoring: self.force_authoring,
			backoff_authoring_blocks: None::<()>,
			babe_link,
			block_proposal_slot_portion: SlotProportion::new(PROPOSAL_PORTION),
			max_block_proposal_slot_portion: None,
			telemetry,
		})?;
		let spawner = task_manager.spawn_essential_handle();
		spawner.spawn_blocking("babe-proposer", Some("block-authoring"), babe);
		Ok(())
	}

	fn start_finality(
		&self,
		link: GrandpaLink,
		(protocol_name, notification_service): (ProtocolName, Box<dyn NotificationService>),
		telemetry: Option<TelemetryHandle>,
		task_manager: &TaskManager,
	) -> Result<(), ServiceError> {
		let config = sc_consensus_grandpa::Config {
			gossip_duration: GOSSIP_DURATION,
			justification_generation_period: JUSTIFICATION_PERIOD,
			observer_enabled: false,
			local_role: self.role,
			name: Some(self.name.clone()),
			keystore: self.role.is_authority().then(|| self.keystore.clone()),
			telemetry: telemetry.clone(),
			protocol_name,
		};
		let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
			config,
			link,
			network: self.network.clone(),
			sync: self.sync.clone(),
			notification_service,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry: self.registry.clone(),
			shared_voter_state: SharedVoterState::empty(),
			telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool.clone()),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
		Ok(())
	}
}
