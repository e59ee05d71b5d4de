//! The runtime that is measured: its genesis state, and calls of its benchmarks.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use frame_benchmarking::{
	BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkMetadata, BenchmarkParameter,
	BenchmarkResult,
};
use frame_support::traits::StorageInfo;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{BasicExternalities, OverlayedChanges, StateMachine};
use sp_storage::Storage;

#[allow(dead_code)] // What is included names more than the wasm.
mod wasm {
	include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}

/// The genesis state that benchmarks start from.
const PRESET: &str = "development";

/// Times that a benchmark is repeated before the next value of its component has its turn.
const REPEAT_AT_ONCE: u32 = 4;

type HostFunctions =
	(sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);
type State = BenchmarkingState<BlakeTwo256>;
type Components = Vec<(BenchmarkParameter, u32)>;

/// What a benchmark gave.
pub struct Measured {
	/// Times, without counting.
	pub times: Vec<BenchmarkResult>,
	/// What was read and written.
	pub counts: Vec<BenchmarkResult>,
}

/// The runtime with its benchmarks, in wasm.
pub struct Runtime {
	code: WrappedRuntimeCode<'static>,
	hash: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
	timed: State,
	counted: State,
	/// What the pallets store.
	pub storage: Vec<StorageInfo>,
	lists: Vec<BenchmarkList>,
}

impl Runtime {
	/// Compiles the runtime and builds its genesis state.
	pub fn new() -> Result<Self> {
		let wasm = wasm::WASM_BINARY.ok_or_else(|| anyhow!("built without the runtime's wasm"))?;
		let executor = WasmExecutor::builder().with_max_runtime_instances(1).build();
		let code = WrappedRuntimeCode(wasm.into());
		let hash = sp_io::hashing::blake2_256(wasm).to_vec();
		let genesis = genesis(&executor, &runtime_code(&code, &hash))?;
		let state = |counts| State::new(genesis.clone(), None, counts, counts);
		let timed = state(false).map_err(anyhow::Error::msg)?;
		let counted = state(true).map_err(anyhow::Error::msg)?;
		let mut runtime =
			Self { code, hash, executor, timed, counted, storage: Vec::new(), lists: Vec::new() };
		(runtime.lists, runtime.storage) =
			runtime.call(&runtime.timed, "Benchmark_benchmark_metadata", &false.encode())?;
		Ok(runtime)
	}

	/// All benchmarks that the runtime lists.
	pub fn benchmarks(&self) -> Result<Vec<BenchmarkList>> {
		Ok(self.lists.clone())
	}

	fn call<R: Decode>(&self, state: &State, method: &str, data: &[u8]) -> Result<R> {
		let mut overlay = OverlayedChanges::default();
		let mut extensions = Extensions::default();
		extensions.register(KeystoreExt::new(MemoryKeystore::new()));
		let code = runtime_code(&self.code, &self.hash);
		let answer = StateMachine::new(
			state,
			&mut overlay,
			&self.executor,
			method,
			data,
			&mut extensions,
			&code,
			CallContext::Offchain,
		)
		.execute()
		.map_err(|error| anyhow!("{method}: {error}"))?;
		R::decode(&mut &answer[..]).with_context(|| format!("the answer of {method}"))
	}

	/// Runs a benchmark at each value of each component, the others at their highest: once to verify
	/// it, once to count what it reads and writes, and `repeat` times to take the time: a few times each,
	/// and all over again, so that what else the machine does for a while falls on all values.
	pub fn measure(
		&self,
		list: &BenchmarkList,
		benchmark: &BenchmarkMetadata,
		steps: u32,
		repeat: u32,
	) -> Result<Measured> {
		let mut measured = Measured { times: Vec::new(), counts: Vec::new() };
		let run = |state: &State, point: &Components, verify: bool, internal_repeats: u32| {
			let config = BenchmarkConfig {
				pallet: list.pallet.clone(),
				instance: list.instance.clone(),
				benchmark: benchmark.name.clone(),
				selected_components: point.clone(),
				verify,
				internal_repeats,
			};
			self.run(state, &config)
		};
		let points = points(benchmark, steps);
		for point in &points {
			run(&self.timed, point, true, 1)?;
			measured.counts.extend(run(&self.counted, point, false, 1)?);
		}
		for _ in 0..repeat.div_ceil(REPEAT_AT_ONCE) {
			for point in &points {
				measured.times.extend(run(&self.timed, point, false, repeat.min(REPEAT_AT_ONCE))?);
			}
		}
		Ok(measured)
	}

	fn run(&self, state: &State, config: &BenchmarkConfig) -> Result<Vec<BenchmarkResult>> {
		let name = || String::from_utf8_lossy(&config.benchmark).into_owned();
		let batches: Result<Vec<BenchmarkBatch>, String> = self
			.call(state, "Benchmark_dispatch_benchmark", &config.encode())
			.with_context(name)?;
		match batches {
			Ok(batches) => Ok(batches.into_iter().flat_map(|batch| batch.results).collect()),
			Err(error) => bail!("{}: {error}", name()),
		}
	}
}

fn runtime_code<'a>(code: &'a WrappedRuntimeCode<'static>, hash: &[u8]) -> RuntimeCode<'a> {
	RuntimeCode { code_fetcher: code, hash: hash.to_vec(), heap_pages: None }
}

/// Components at which a benchmark is measured.
fn points(benchmark: &BenchmarkMetadata, steps: u32) -> Vec<Components> {
	let highest: Components =
		benchmark.components.iter().map(|(name, _, high)| (*name, *high)).collect();
	if highest.is_empty() {
		return vec![highest];
	}
	let mut points = Vec::new();
	for (place, (_, low, high)) in benchmark.components.iter().enumerate() {
		let mut values: Vec<u32> = (0..steps)
			.map(|step| {
				low + (u64::from(high - low) * u64::from(step) / u64::from(steps - 1)) as u32
			})
			.collect();
		values.dedup();
		for value in values {
			let mut point = highest.clone();
			point[place].1 = value;
			points.push(point);
		}
	}
	points
}

/// The state that the runtime builds from its preset.
fn genesis(executor: &WasmExecutor<HostFunctions>, code: &RuntimeCode) -> Result<Storage> {
	let mut state = BasicExternalities::new_empty();
	let mut call = |method: &str, data: &[u8]| -> Result<Vec<u8>> {
		let (answer, _) = executor.call(&mut state, code, method, data, CallContext::Offchain);
		answer.map_err(|error| anyhow!("{method}: {error}"))
	};
	let mut preset = |name: Option<&str>| -> Result<serde_json::Value> {
		let answer = call("GenesisBuilder_get_preset", &name.map(String::from).encode())?;
		let json = Option::<Vec<u8>>::decode(&mut &answer[..])?.context("no such preset")?;
		Ok(serde_json::from_slice(&json)?)
	};
	let mut config = preset(None)?;
	json_patch::merge(&mut config, &preset(Some(PRESET))?);
	let built = call("GenesisBuilder_build_state", &serde_json::to_vec(&config)?.encode())?;
	Result::<(), String>::decode(&mut &built[..])?.map_err(anyhow::Error::msg)?;
	Ok(state.into_storages())
}
