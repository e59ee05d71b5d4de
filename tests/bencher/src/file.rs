//! A pallet's `weights.rs`: rendered from a template, with the documentation of the benchmarks.

use crate::analysis::Weight;
use anyhow::{Context, Result};
use handlebars::Handlebars;
use serde::Serialize;
use std::{collections::BTreeMap, fs, path::Path};

const TEMPLATE: &str = include_str!("../weights.hbs");
/// Where the functions end in a rendered file and the figures begin.
const FIGURES: &str = "/// The weights as measured";

/// How the figures came about.
#[derive(Serialize)]
pub struct Run {
	steps: u32,
	repeat: u32,
	processor: String,
	load: String,
}

impl Run {
	/// With what the machine says of itself.
	pub fn describe(steps: u32, repeat: u32) -> Self {
		let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
		let processors = read("/proc/cpuinfo");
		let model =
			processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
		let load = read("/proc/loadavg");
		Self {
			steps,
			repeat,
			processor: model.map_or("unknown", |(_, model)| model).into(),
			load: load.split(' ').next().unwrap_or_default().into(),
		}
	}
}

#[derive(Serialize)]
struct Function<'a> {
	docs: &'a [String],
	parameters: String,
	arguments: String,
	#[serde(flatten)]
	weight: &'a Weight,
}

#[derive(Serialize)]
struct Page<'a> {
	pallet: &'a str,
	run: &'a Run,
	functions: Vec<Function<'a>>,
}

/// The text of a pallet's `weights.rs`.
pub fn render(pallet: &str, benchmarks: &Path, weights: &[Weight], run: &Run) -> Result<String> {
	let source = fs::read_to_string(benchmarks)
		.with_context(|| format!("reading {}", benchmarks.display()))?;
	let docs = docs(&source);
	let functions = weights
		.iter()
		.map(|weight| {
			let docs = docs
				.get(&weight.function)
				.with_context(|| format!("the benchmark of {} says nothing", weight.function))?;
			let components = || weight.slopes.iter().map(|slope| &slope.component);
			let parameters: Vec<String> = components().map(|name| format!("{name}: u32")).collect();
			let arguments: Vec<String> = weight
				.slopes
				.iter()
				.map(|slope| format!("{}{}: u32", slope.unused_mark(), slope.component))
				.collect();
			let (parameters, arguments) = (parameters.join(", "), arguments.join(", "));
			Ok(Function { docs, parameters, arguments, weight })
		})
		.collect::<Result<_>>()?;
	let mut engine = Handlebars::new();
	engine.register_escape_fn(handlebars::no_escape);
	engine.set_strict_mode(true);
	Ok(engine.render_template(TEMPLATE, &Page { pallet, run, functions })?)
}

/// The documentation above each `#[benchmark]`.
fn docs(source: &str) -> BTreeMap<String, Vec<String>> {
	let mut docs = BTreeMap::new();
	let mut above = Vec::new();
	for line in source.lines().map(str::trim) {
		if let Some(text) = line.strip_prefix("///") {
			above.push(text.trim().to_string());
		} else if let Some(rest) = line.strip_prefix("fn ") {
			let name: String =
				rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
			docs.insert(name, std::mem::take(&mut above));
		} else if !line.starts_with("#[benchmark") {
			above.clear();
		}
	}
	docs.retain(|_, lines| !lines.is_empty());
	docs
}

/// What does not depend on measuring: the functions, their components and documentation.
pub fn functions(text: &str) -> Option<String> {
	let (functions, _) = text.split_once(FIGURES)?;
	let (_, functions) = functions.split_once("pub trait WeightInfo")?;
	Some(functions.split_whitespace().collect::<Vec<_>>().join(" "))
}
