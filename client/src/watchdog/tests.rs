//! Watching a node with one round in its window, whose accepted result is right, wrong or withheld.

use super::*;
use crate::{
	blob,
	chain::tests::node::{start_answering, Submitted},
	spec_file::{tests::limits, SpecFile},
};
use codec::Encode;
use jsonrpsee::server::ServerHandle;
use sheaf_training::{
	Bounty, Frozen, IncludedUpdate, Publication, RewardShares, RoundContext, RoundResult, Slot,
};
use sp_core::bounded::BoundedVec;
use sp_runtime::Permill;
use std::sync::Mutex;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpListener,
};

const BOUNTY: BountyId = BountyId(3);
const ONE: RoundIndex = RoundIndex(1);
const ELEMENTS: usize = 700;

/// What the gateway serves, by path.
type Served = BTreeMap<String, Vec<u8>>;

async fn gateway(served: Served) -> Gateway {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let url = format!("http://{}", listener.local_addr().unwrap());
	tokio::spawn(async move {
		loop {
			let (mut stream, _) = listener.accept().await.unwrap();
			let mut request = vec![0; 4096];
			let read = stream.read(&mut request).await.unwrap();
			let text = String::from_utf8_lossy(&request[..read]).into_owned();
			let path = text.split(' ').nth(1).unwrap_or_default();
			let (status, body) = match served.get(path) {
				Some(body) => ("200 OK", body.clone()),
				None => ("404 Not Found", Vec::new()),
			};
			let head = format!(
				"HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
				body.len()
			);
			let _ = stream.write_all(head.as_bytes()).await;
			let _ = stream.write_all(&body).await;
		}
	});
	Gateway::new(&url).unwrap()
}

/// A round in its window, and what a gateway serves of it.
struct Scene {
	folder: tempfile::TempDir,
	served: Served,
	view: BountyView,
	round: Round,
}

impl Scene {
	/// Two updates of 16 on average; the accepted model is off by `error` in its last element.
	fn accepted(error: i32) -> Self {
		let text = format!(
			r#"{{"tensors": [{{"name": "w", "shape": [{ELEMENTS}]}}], "rounds": 1,
			"min_trainers": 1, "max_trainers": 3, "reward": "1"}}"#
		);
		let file: SpecFile = serde_json::from_str(&text).unwrap();
		let spec = file.build(Hash::zero(), None, &limits()).unwrap();
		let mut scene_served = Served::new();
		let folder = tempfile::tempdir().unwrap();
		let mut serve = |elements: &[i32]| {
			let file = folder.path().join("served");
			let root = blob::write_elements(&file, elements).unwrap();
			let shape = blob::shape_of(ELEMENTS as u64).unwrap();
			let path = format!("/v1/blobs/{}", hex_hash(&root));
			let leaves = blob::leaf_hashes(&file, shape).unwrap().0.concat();
			scene_served.insert(format!("{path}/leaves"), leaves);
			scene_served.insert(path, std::fs::read(&file).unwrap());
			root
		};
		let previous = serve(&[100; ELEMENTS]);
		let updates = [(0u16, 10), (1, 21)].map(|(slot, delta)| IncludedUpdate {
			slot: Slot(slot),
			account: AccountId::new([slot as u8; 32]),
			root: serve(&[delta; ELEMENTS]),
			weight: 1,
		});
		let mut next = [116; ELEMENTS];
		next[ELEMENTS - 1] += error;
		let result = RoundResult { next_model_root: serve(&next), scores: None };
		let context = RoundContext {
			genesis: &Hash::zero(),
			bounty: BOUNTY,
			round: ONE,
			spec: &spec,
			limits: &limits(),
			trainers: &[],
			now: 10,
		};
		let mut round = Round::open(&context, previous, true);
		let updates = BoundedVec::truncate_from(updates.to_vec());
		round.frozen = Some(Frozen { updates, slice_root: None, inputs: Hash::repeat_byte(1) });
		let hash = result.hash();
		let publication = Publication { result, hash, attempt: 0, struck: false, at: 1 };
		round.publications = BoundedVec::truncate_from(vec![publication]);
		(round.accepted, round.phase) = (Some(hash), Phase::Accepted);
		let third = Permill::from_percent(30);
		let bounty = Bounty {
			sponsor: AccountId::new([9; 32]),
			reward: 1,
			spent: 0,
			shares: RewardShares { trainers: third, verifiers: third, aggregator: third },
			model_root: previous,
			trainers: Default::default(),
			aggregators: Default::default(),
			invitations: Default::default(),
			struck_members: Default::default(),
			state: BountyState::Running { settled: RoundIndex(0), newest: ONE, last: ONE },
		};
		let view = BountyView { id: BOUNTY, spec, bounty };
		Self { folder, served: scene_served, view, round }
	}

	/// Nobody serves the accepted model.
	fn withheld() -> Self {
		let mut scene = Self::accepted(1);
		let root = hex_hash(&scene.root());
		scene.served.retain(|path, _| !path.contains(&root));
		scene
	}

	fn root(&self) -> Hash {
		self.round.accepted_result().unwrap().next_model_root
	}

	/// Looks once, and returns what was found, told and submitted.
	async fn look(
		&self,
		signer: Option<&str>,
		challenge: bool,
	) -> (Result<Findings, WatchdogError>, Vec<WatchdogNote>, Vec<u8>) {
		let (url, submitted, _server) = self.node().await;
		let chain = Chain::connect(&url, None).await.unwrap();
		let gateway = gateway(self.served.clone()).await;
		let options = WatchdogOptions {
			bounty: None,
			challenge,
			once: true,
			folder: self.folder.path().join("work"),
		};
		let signer = signer.map(|secret| Signer::from_secret(secret).unwrap());
		let notes = Mutex::new(Vec::new());
		let mut tell = |note| notes.lock().unwrap().push(note);
		let found = match Watchdog::new(chain, gateway, signer, options, &mut tell).await {
			Ok(watchdog) => watchdog.run().await,
			Err(error) => Err(error),
		};
		let bytes = submitted.lock().unwrap().clone();
		(found, notes.into_inner().unwrap(), bytes)
	}

	async fn node(&self) -> (String, Submitted, ServerHandle) {
		let (view, round) = (Some(self.view.clone()).encode(), Some(self.round.clone()).encode());
		start_answering(Box::new(move |function| match function {
			"TrainingApi_live_bounties" => Some(vec![BOUNTY].encode()),
			"TrainingApi_bounty" => Some(view.clone()),
			"TrainingApi_round" => Some(round.clone()),
			_ => None,
		}))
		.await
	}
}

fn names(notes: &[WatchdogNote]) -> Vec<String> {
	let name = |note| serde_json::to_value(note).unwrap()["event"].as_str().unwrap().to_owned();
	notes.iter().map(name).collect()
}

#[tokio::test]
async fn a_right_result_agrees() {
	let (found, notes, submitted) = Scene::accepted(0).look(Some("//Alice"), true).await;
	assert_eq!(found.unwrap(), Findings::default());
	assert_eq!(names(&notes), ["agrees"]);
	assert!(submitted.is_empty());
}

#[tokio::test]
async fn a_wrong_result_is_proven_wrong_by_any_account() {
	let scene = Scene::accepted(1);
	let (found, notes, submitted) = scene.look(Some("//Alice"), false).await;
	assert!(found.unwrap().wrong);
	assert_eq!(names(&notes), ["differs", "proven"]);
	assert!(matches!(notes[0], WatchdogNote::Differs { chunk: 2, .. }));
	let call = [vec![10, 0], (BOUNTY, ONE, scene.root()).encode()].concat();
	assert!(submitted.windows(call.len()).any(|part| part == call));
}

#[tokio::test]
async fn without_a_key_a_proof_is_only_told() {
	let (found, notes, submitted) = Scene::accepted(1).look(None, false).await;
	assert!(found.unwrap().wrong);
	assert_eq!(names(&notes), ["differs", "would_prove"]);
	assert!(submitted.is_empty());
}

#[tokio::test]
async fn a_withheld_result_is_challenged_if_that_was_asked_for() {
	let scene = Scene::withheld();
	let (found, notes, submitted) = scene.look(Some("//Alice"), false).await;
	assert!(found.unwrap().wrong);
	assert_eq!(names(&notes), ["withheld", "would_challenge"]);
	assert!(submitted.is_empty());
	let (_, notes, submitted) = scene.look(Some("//Alice"), true).await;
	assert_eq!(names(&notes), ["withheld", "challenged"]);
	let call = [vec![10, 1], (BOUNTY, ONE, scene.root()).encode()].concat();
	assert!(submitted.ends_with(&call));
}

#[tokio::test]
async fn leaves_that_a_challenge_opened_prove_a_withheld_result_wrong() {
	let mut scene = Scene::withheld();
	let mut next = [116; ELEMENTS];
	next[ELEMENTS - 1] += 1;
	let file = scene.folder.path().join("wrong");
	blob::write_elements(&file, &next).unwrap();
	let shape = blob::shape_of(ELEMENTS as u64).unwrap();
	let (leaves, _) = blob::leaf_hashes(&file, shape).unwrap();
	let claimed = Tree::<Blake2b256>::new(shape, leaves).unwrap();
	let other = AccountId::new([5; 32]);
	let mut challenge = moves::tests::challenge(&other, shape.depth());
	challenge.turn = sheaf_training::Turn::Challenger;
	let nodes = claimed.open(shape.depth(), 0).unwrap().into_iter().map(Hash::from);
	challenge.opened = BoundedVec::truncate_from(nodes.collect());
	scene.round.challenge = Some(challenge);
	let (_, notes, submitted) = scene.look(Some("//Alice"), false).await;
	assert_eq!(names(&notes), ["differs", "proven"]);
	assert!(!submitted.is_empty());
}

#[tokio::test]
async fn inputs_that_are_not_to_be_had_leave_a_result_unchecked() {
	let mut scene = Scene::accepted(0);
	scene.served.clear();
	let (found, notes, _) = scene.look(None, false).await;
	assert_eq!(found.unwrap(), Findings { unchecked: true, ..Findings::default() });
	assert_eq!(names(&notes), ["waiting"]);
}

#[test]
fn a_bond_that_is_missing_is_one_clear_sentence() {
	let text = WatchdogError::NoBond { bond: 100, free: 7 }.to_string();
	assert!(text.contains("100") && text.contains('7') && !text.contains('\n'), "{text}");
}
