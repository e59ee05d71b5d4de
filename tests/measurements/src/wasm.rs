//! The executor that runs the chain, and a block of chunks in it.

use crate::{
	spread::{seconds, Spread},
	vectors::{self, RULES},
};
use anyhow::{ensure, Context, Result};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use serde::Serialize;
use sheaf_aggregation::{root_of_chunks, ChunkBytes, Hash, Shape};
use sheaf_aggregation_wasm::{work::Block, WASM_BINARY};
use sheaf_training::HostBlake2;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;
use std::hint::black_box;

const TRAINERS: [usize; 3] = [8, 32, 64];
/// Chunks of a block: a megabyte with all of 64 updates.
const CHUNKS: u64 = 16;
/// Repetitions within a call, so that what a call costs by itself does not show.
const TIMES: u32 = 50;

/// An executor as the node's, with `sheaf-aggregation` to run.
pub struct Machine {
	executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
	externalities: TestExternalities,
	code: WrappedRuntimeCode<'static>,
}

impl Machine {
	/// Ready for calls.
	pub fn new() -> Result<Self> {
		let blob = WASM_BINARY.context("built with SKIP_WASM_BUILD: there is no blob to run")?;
		Ok(Self {
			executor: WasmExecutor::builder().build(),
			externalities: TestExternalities::default(),
			code: WrappedRuntimeCode(blob.into()),
		})
	}

	/// Calls an exported function with SCALE-encoded arguments.
	fn call<T: Decode>(&mut self, function: &str, arguments: &[u8]) -> Result<T> {
		let code =
			RuntimeCode { code_fetcher: &self.code, hash: b"work".to_vec(), heap_pages: None };
		let context = CallContext::Onchain { import: false };
		let mut state = self.externalities.ext();
		let (result, _) = self.executor.call(&mut state, &code, function, arguments, context);
		Ok(T::decode(&mut result?.as_slice())?)
	}

	/// Seconds of what an exported function does once, and what it returns. Its last argument says how
	/// often it does it; doing nothing is taken off.
	pub fn seconds<T: Decode>(
		&mut self,
		function: &str,
		arguments: impl Encode,
		times: u32,
	) -> Result<(f64, T)> {
		let with = |times: u32| (&arguments, times).encode();
		// The first call compiles.
		self.call::<T>(function, &with(0))?;
		let (nothing, _) = seconds(|| self.call::<T>(function, &with(0)))?;
		let (all, result) = seconds(|| self.call(function, &with(times)))?;
		Ok(((all - nothing) / f64::from(times), result))
	}
}

/// What a block of chunks costs, natively and in wasm, in nanoseconds per input element.
#[derive(Serialize)]
pub struct BlockCost {
	/// A rule, or "root" for hashing.
	work: &'static str,
	trainers: usize,
	native: Spread,
	wasm: Spread,
}

/// Measures every rule, and hashing.
pub fn measure(machine: &mut Machine, smoke: bool, repetitions: u32) -> Result<Vec<BlockCost>> {
	let counts = if smoke { &TRAINERS[..1] } else { &TRAINERS };
	let mut costs = vec![root(machine, repetitions)?];
	for trainers in counts {
		for work in RULES {
			costs.push(rule(machine, work, *trainers, repetitions)?);
		}
	}
	Ok(costs)
}

/// Nanoseconds per element of repeated (native, wasm) measurements in seconds.
fn cost(work: &'static str, trainers: usize, elements: u64, times: Vec<(f64, f64)>) -> BlockCost {
	let each = |seconds: f64| seconds * 1e9 / elements as f64;
	let (native, wasm) = times.into_iter().map(|(n, w)| (each(n), each(w))).unzip();
	BlockCost { work, trainers, native: Spread::of(native), wasm: Spread::of(wasm) }
}

fn rule(
	machine: &mut Machine,
	work: &'static str,
	trainers: usize,
	repetitions: u32,
) -> Result<BlockCost> {
	let shape = Shape::new(CHUNKS * 256).context("no elements")?;
	let column = |seed| vectors::chunks(seed, shape).collect::<Vec<_>>();
	let block = Block {
		parameters: vectors::parameters(work, trainers, shape.element_count()),
		previous: column(0),
		updates: (1..=trainers as u64).map(column).collect(),
	};
	let mut measured = Vec::new();
	for _ in 0..repetitions {
		let (native, expected) = natively(TIMES, || black_box(&block).aggregate(0))?;
		let (wasm, result) = machine.seconds::<Vec<ChunkBytes>>("aggregate", &block, TIMES)?;
		ensure!(expected == result, "wasm computes another model than native code");
		measured.push((native, wasm));
	}
	Ok(cost(work, trainers, shape.element_count() * trainers as u64, measured))
}

fn root(machine: &mut Machine, repetitions: u32) -> Result<BlockCost> {
	let shape = Shape::new(64 * CHUNKS * 256).context("no elements")?;
	let chunks: Vec<_> = vectors::chunks(0, shape).collect();
	let mut measured = Vec::new();
	for _ in 0..repetitions {
		let compute = || root_of_chunks::<HostBlake2>(shape, black_box(&chunks)).ok();
		let (native, expected) = natively(TIMES, compute)?;
		let arguments = (shape.element_count(), &chunks);
		let (wasm, result) = machine.seconds::<Option<Hash>>("root", arguments, TIMES)?;
		ensure!(expected == result, "wasm computes another root than native code");
		measured.push((native, wasm));
	}
	Ok(cost("root", 1, shape.element_count(), measured))
}

/// Seconds of doing something once, of many times, and what the last time gave.
pub fn natively<T>(times: u32, mut work: impl FnMut() -> T) -> Result<(f64, T)> {
	let (all, result) = seconds(|| {
		let mut result = work();
		for _ in 1..times {
			result = work();
		}
		Ok(result)
	})?;
	Ok((all / f64::from(times), result))
}
