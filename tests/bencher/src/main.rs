//! Runs the benchmarks of Sheaf's pallets in the runtime's wasm and writes their `src/weights.rs`.

mod analysis;
mod file;
mod runtime;

use anyhow::{ensure, Context, Result};
use clap::Parser;
use runtime::Runtime;
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Measures what the functions of Sheaf's pallets cost.
#[derive(Parser)]
struct Options {
	/// A pallet to measure, as its folder is called; may be repeated, all without it.
	#[arg(long)]
	pallet: Vec<String>,
	/// Measure only this function, and write nothing.
	#[arg(long)]
	function: Option<String>,
	/// Values that each component is measured at.
	#[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(2..))]
	steps: u32,
	/// Times that each is measured.
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
	repeat: u32,
	/// Write nothing: fail if a `weights.rs` has other functions than the benchmarks.
	#[arg(long)]
	check: bool,
	/// The folder of the pallets.
	#[arg(long, default_value = "pallets")]
	folder: PathBuf,
}

fn main() -> Result<()> {
	let options = Options::parse();
	let runtime = Runtime::new()?;
	let run = file::Run::describe(options.steps, options.repeat);
	let pallets = pallets(&runtime, &options)?;
	for list in pallets {
		let name = folder_of(&list.pallet);
		let mut functions = Vec::new();
		for benchmark in &list.benchmarks {
			let function = String::from_utf8(benchmark.name.clone())?;
			if options.function.as_ref().is_some_and(|only| *only != function) {
				continue;
			}
			let measured = runtime.measure(&list, benchmark, options.steps, options.repeat)?;
			let weight = analysis::analyse(&function, measured, &runtime.storage)
				.with_context(|| format!("{name}: {function}"))?;
			println!("{name} {weight}");
			functions.push(weight);
		}
		if options.function.is_some() {
			continue;
		}
		let source = options.folder.join(&name).join("src");
		let text = file::render(&name, &source.join("benchmarking.rs"), &functions, &run)?;
		let path = source.join("weights.rs");
		match options.check {
			true => check(&path, &text)?,
			false => fs::write(&path, text)?,
		}
	}
	Ok(())
}

/// The benchmarks of the pallets that were asked for: those that have a folder.
fn pallets(runtime: &Runtime, options: &Options) -> Result<Vec<frame_benchmarking::BenchmarkList>> {
	let there = |name: &String| options.folder.join(name).is_dir();
	let unknown = options.pallet.iter().find(|name| !there(name));
	ensure!(unknown.is_none(), "there is no pallet {}", unknown.map_or("", String::as_str));
	let mut lists = runtime.benchmarks()?;
	lists.retain(|list| {
		let name = folder_of(&list.pallet);
		there(&name) && (options.pallet.is_empty() || options.pallet.contains(&name))
	});
	ensure!(!lists.is_empty(), "no pallet of {} has benchmarks", options.folder.display());
	Ok(lists)
}

/// `pallet_node_registry` lies in `node-registry`.
fn folder_of(pallet: &[u8]) -> String {
	let name = String::from_utf8_lossy(pallet);
	name.trim_start_matches("pallet_").replace('_', "-")
}

fn check(path: &Path, text: &str) -> Result<()> {
	let kept = fs::read_to_string(path).with_context(|| path.display().to_string())?;
	ensure!(
		file::functions(&kept) == file::functions(text),
		"{} has other functions than the benchmarks: run scripts/benchmark-pallets.sh",
		path.display()
	);
	Ok(())
}
