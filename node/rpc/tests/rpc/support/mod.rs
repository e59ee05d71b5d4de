//! A chain in memory: blocks whose state is the real runtime's storage, asked through its runtime API
//! without a node.

pub mod largest;
pub mod state;

use futures::{channel::mpsc, stream::BoxStream, StreamExt};
use jsonrpsee::RpcModule;
use serde_json::{json, Value};
use sheaf_governance::{
	runtime_decl_for_governance_api::GovernanceApiV1, ReferendumFilter, ReferendumPage,
};
use sheaf_rpc::{
	types::{BlockRef, HexHash},
	Chain, Error, Heads,
};
use sheaf_runtime::{Block, Runtime, System};
use sheaf_training::{
	runtime_decl_for_training_api::TrainingApiV2, AccountId, BountyFilter, BountyId, BountyPage,
	BountySpec, BountyView, NodeFilter, NodePage, NodeView, Quote, Receipts, RoundIndex,
	RoundStatus, SpecError,
};
use sp_core::{
	offchain::{testing::TestOffchainExt, OffchainDbExt},
	H256,
};
use sp_io::TestExternalities;
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, MutexGuard},
};

/// What a block does to the storage.
pub type Change = Arc<dyn Fn() + Send + Sync>;

struct TestBlock {
	number: u32,
	parent: Option<H256>,
	changes: Vec<Change>,
	/// None once it is pruned.
	state: Option<TestExternalities>,
}

struct Tree {
	blocks: HashMap<H256, TestBlock>,
	best: H256,
	finalized: H256,
	listeners: Vec<mpsc::UnboundedSender<()>>,
}

/// The chain. Its blocks are told apart by a number that the test chooses.
pub struct TestChain(Mutex<Tree>);

/// Hash of the block that a test calls `name`.
pub fn hash_of(name: u64) -> H256 {
	H256::from_low_u64_be(name)
}

/// Name of the first block, at height 0.
pub const GENESIS: u64 = 1_000;

impl TestChain {
	/// With a first block whose storage this makes.
	pub fn new(genesis: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
		let hash = hash_of(GENESIS);
		let tree =
			Tree { blocks: HashMap::new(), best: hash, finalized: hash, listeners: Vec::new() };
		let chain = Self(Mutex::new(tree));
		chain.insert(hash, 0, None, vec![Arc::new(genesis)]);
		Arc::new(chain)
	}

	fn tree(&self) -> MutexGuard<'_, Tree> {
		self.0.lock().unwrap()
	}

	fn insert(&self, hash: H256, number: u32, parent: Option<H256>, changes: Vec<Change>) {
		let mut state = TestExternalities::default();
		let (index, _) = TestOffchainExt::with_offchain_db(state.offchain_db());
		state.register_extension(OffchainDbExt::new(index));
		state.execute_with(|| {
			changes.iter().for_each(|change| change());
			System::set_block_number(number);
		});
		state.persist_offchain_overlay();
		let block = TestBlock { number, parent, changes, state: Some(state) };
		self.tree().blocks.insert(hash, block);
	}

	/// Imports a block on top of `parent`, as the best one.
	pub fn import(&self, parent: u64, name: u64, change: impl Fn() + Send + Sync + 'static) {
		let (number, mut changes) = {
			let tree = self.tree();
			let below = &tree.blocks[&hash_of(parent)];
			(below.number + 1, below.changes.clone())
		};
		changes.push(Arc::new(change));
		self.insert(hash_of(name), number, Some(hash_of(parent)), changes);
		self.tree().best = hash_of(name);
		self.notify();
	}

	pub fn finalize(&self, name: u64) {
		self.tree().finalized = hash_of(name);
		self.notify();
	}

	fn notify(&self) {
		self.tree().listeners.retain(|listener| listener.unbounded_send(()).is_ok());
	}

	pub fn prune(&self, name: u64) {
		self.tree().blocks.get_mut(&hash_of(name)).unwrap().state = None;
	}

	/// Runs on the state of a block.
	pub fn at<T>(&self, hash: H256, read: impl FnOnce() -> T) -> Result<T, Error> {
		let mut tree = self.tree();
		let block = tree.blocks.get_mut(&hash).ok_or(Error::UnknownBlock(hash))?;
		let number = block.number;
		let state = block.state.as_mut();
		let pruned = Error::PrunedBlock(BlockRef { hash: HexHash(hash), number });
		Ok(state.ok_or(pruned)?.execute_with(read))
	}
}

impl Chain for TestChain {
	fn heads(&self) -> Heads {
		let tree = self.tree();
		let of = |hash: H256| BlockRef { hash: HexHash(hash), number: tree.blocks[&hash].number };
		Heads { best: of(tree.best), finalized: of(tree.finalized) }
	}

	fn block(&self, hash: H256) -> Result<BlockRef, Error> {
		let number = self.at(hash, System::block_number)?;
		Ok(BlockRef { hash: HexHash(hash), number })
	}

	fn holds(&self, descendant: &BlockRef, block: &BlockRef) -> bool {
		let tree = self.tree();
		let mut next = Some(descendant.hash.0);
		std::iter::from_fn(|| {
			let hash = next?;
			next = tree.blocks[&hash].parent;
			Some(hash)
		})
		.any(|hash| hash == block.hash.0)
	}

	fn changes(&self) -> BoxStream<'static, ()> {
		let (listener, changes) = mpsc::unbounded();
		self.tree().listeners.push(listener);
		changes.boxed()
	}

	fn bounty(&self, at: H256, id: BountyId) -> Result<Option<BountyView>, Error> {
		self.at(at, || Api::bounty(id))
	}

	fn list_bounties(
		&self,
		at: H256,
		filter: BountyFilter,
		before: Option<BountyId>,
		limit: u32,
	) -> Result<BountyPage, Error> {
		self.at(at, || Api::list_bounties(filter, before, limit))
	}

	fn quote(&self, at: H256, spec: BountySpec) -> Result<Result<Quote, SpecError>, Error> {
		self.at(at, || Api::quote(spec))
	}

	fn round(
		&self,
		at: H256,
		bounty: BountyId,
		round: RoundIndex,
	) -> Result<Option<RoundStatus>, Error> {
		self.at(at, || Api::round_status(bounty, round))
	}

	fn node(&self, at: H256, account: AccountId) -> Result<Option<NodeView>, Error> {
		self.at(at, || Api::node(account))
	}

	fn list_nodes(
		&self,
		at: H256,
		filter: NodeFilter,
		after: Option<AccountId>,
		limit: u32,
	) -> Result<NodePage, Error> {
		self.at(at, || Api::list_nodes(filter, after, limit))
	}

	fn receipts(
		&self,
		at: H256,
		account: AccountId,
		start: u32,
		limit: u32,
	) -> Result<Receipts, Error> {
		self.at(at, || Api::receipts(account, start, limit))
	}

	fn referenda(
		&self,
		at: H256,
		filter: ReferendumFilter,
		before: Option<u32>,
		limit: u32,
	) -> Result<ReferendumPage, Error> {
		self.at(at, || <Runtime as GovernanceApiV1<Block>>::referenda(filter, before, limit))
	}
}

/// The runtime's side of the API.
struct Api;

macro_rules! forward {
	($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
		impl Api {
			$(fn $name($($arg: $type),*) -> $answer {
				<Runtime as TrainingApiV2<Block>>::$name($($arg),*)
			})*
		}
	};
}

forward! {
	bounty(id: BountyId) -> Option<BountyView>;
	list_bounties(filter: BountyFilter, before: Option<BountyId>, limit: u32) -> BountyPage;
	quote(spec: BountySpec) -> Result<Quote, SpecError>;
	round_status(bounty: BountyId, round: RoundIndex) -> Option<RoundStatus>;
	node(account: AccountId) -> Option<NodeView>;
	list_nodes(filter: NodeFilter, after: Option<AccountId>, limit: u32) -> NodePage;
	receipts(account: AccountId, start: u32, limit: u32) -> Receipts;
}

/// A server over a chain.
pub struct Server(pub RpcModule<()>);

/// What it answers: the result, or code and data of an error.
pub type Answer = Result<Value, (i64, Value)>;

impl Server {
	pub fn over(chain: Arc<TestChain>) -> Self {
		Self(sheaf_rpc::module(chain).unwrap())
	}

	/// The answer as text.
	pub async fn raw(&self, method: &str, params: &Value) -> String {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let (answer, _) = self.0.raw_json_request(&request.to_string(), 1).await.unwrap();
		answer
	}

	pub async fn ask(&self, method: &str, params: Value) -> Answer {
		let answer: Value = serde_json::from_str(&self.raw(method, &params).await).unwrap();
		match answer.get("error") {
			Some(error) => Err((error["code"].as_i64().unwrap(), error["data"].clone())),
			None => Ok(answer["result"].clone()),
		}
	}

	/// The code of the error that a request must cause.
	pub async fn refusal(&self, method: &str, params: Value) -> i64 {
		let answer = self.ask(method, params.clone()).await;
		answer.expect_err(&format!("{method} {params}")).0
	}
}

/// What a block is in JSON.
pub fn block(name: u64, number: u32) -> Value {
	json!({ "hash": format!("{:#x}", hash_of(name)), "number": number })
}
