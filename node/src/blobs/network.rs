//! Blobs over the chain's own peer-to-peer network.

use super::{
	expected::Expectations,
	protocol::{answer, protocol_name, Request, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES},
	sync::Peers,
	Blobs,
};
use codec::{DecodeAll, Encode};
use futures::StreamExt;
use sc_network::{
	request_responses::{IfDisconnected, IncomingRequest, OutgoingResponse},
	service::traits::NetworkService,
	NetworkBackend, PeerId, ProtocolName, ReputationChange,
};
use sc_network_sync::SyncingService;
use sheaf_runtime::opaque::Block;
use sheaf_training::Hash;
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError},
	time::Duration,
};

/// Requests that wait to be answered; more are refused.
const MAX_WAITING: usize = 64;
/// Requests answered at a time.
const MAX_ANSWERS: usize = 8;
/// Requests of one peer that are answered at a time.
const MAX_ANSWERS_PER_PEER: usize = 4;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

const MALFORMED_REQUEST: ReputationChange =
	ReputationChange::new(-(1 << 12), "malformed blob request");
const WRONG_BLOB: ReputationChange = ReputationChange::new(-(1 << 28), "sent a wrong blob");

/// The protocol, to be added to the network's configuration, and its requests.
pub fn protocol<N: NetworkBackend<Block, Hash>>(
	genesis: &Hash,
) -> (N::RequestResponseProtocolConfig, async_channel::Receiver<IncomingRequest>) {
	let (sender, requests) = async_channel::bounded(MAX_WAITING);
	let config = N::request_response_config(
		protocol_name(genesis).into(),
		Vec::new(),
		MAX_REQUEST_BYTES,
		MAX_RESPONSE_BYTES,
		REQUEST_TIMEOUT,
		Some(sender),
	);
	(config, requests)
}

/// Answers requests until the network ends.
pub async fn serve<E: Expectations>(
	blobs: Arc<Blobs<E>>,
	requests: async_channel::Receiver<IncomingRequest>,
) {
	let turns = Turns::default();
	let serve_one = |request: IncomingRequest| {
		let (blobs, turns) = (&blobs, &turns);
		async move {
			if turns.take(&request.peer) {
				let peer = request.peer;
				respond(blobs, request).await;
				turns.give_back(&peer);
			}
		}
	};
	requests.for_each_concurrent(MAX_ANSWERS, serve_one).await;
}

async fn respond<E: Expectations>(blobs: &Arc<Blobs<E>>, incoming: IncomingRequest) {
	let IncomingRequest { peer, payload, pending_response } = incoming;
	let (result, reputation_changes) = match Request::decode_all(&mut &payload[..]) {
		Ok(request) => match answer(blobs, request).await {
			Ok(response) => (Ok(response.encode()), Vec::new()),
			Err(error) => {
				log::warn!(target: super::LOG_TARGET, "cannot answer {peer}: {error}");
				(Err(()), Vec::new())
			}
		},
		Err(_) => (Err(()), vec![MALFORMED_REQUEST]),
	};
	let response = OutgoingResponse { result, reputation_changes, sent_feedback: None };
	let _ = pending_response.send(response);
}

/// How many requests of each peer are being answered.
#[derive(Default)]
struct Turns(Mutex<HashMap<PeerId, usize>>);

impl Turns {
	/// False if the peer has as many turns as it may.
	fn take(&self, peer: &PeerId) -> bool {
		let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		let taken = turns.entry(*peer).or_default();
		let free = *taken < MAX_ANSWERS_PER_PEER;
		if free {
			*taken = taken.saturating_add(1);
		}
		free
	}

	fn give_back(&self, peer: &PeerId) {
		let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		if let Some(taken) = turns.get_mut(peer) {
			*taken = taken.saturating_sub(1);
			if *taken == 0 {
				turns.remove(peer);
			}
		}
	}
}

/// The peers that this node follows the chain with.
pub struct ChainPeers {
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	protocol: ProtocolName,
}

impl ChainPeers {
	/// Peers of this network.
	pub fn new(
		network: Arc<dyn NetworkService>,
		sync: Arc<SyncingService<Block>>,
		genesis: &Hash,
	) -> Self {
		Self { network, sync, protocol: protocol_name(genesis).into() }
	}
}

impl Peers for ChainPeers {
	type Id = PeerId;

	async fn connected(&self) -> Vec<PeerId> {
		let peers = self.sync.peers_info().await.unwrap_or_default();
		peers.into_iter().map(|(peer, _)| peer).collect()
	}

	async fn request(&self, peer: &PeerId, request: Vec<u8>) -> Option<Vec<u8>> {
		let protocol = self.protocol.clone();
		let connect = IfDisconnected::ImmediateError;
		match self.network.request(*peer, protocol, request, None, connect).await {
			Ok((response, _)) => Some(response),
			Err(error) => {
				log::trace!(target: super::LOG_TARGET, "{peer} does not answer: {error}");
				None
			}
		}
	}

	fn report(&self, peer: &PeerId) {
		self.network.report_peer(*peer, WRONG_BLOB);
	}
}
