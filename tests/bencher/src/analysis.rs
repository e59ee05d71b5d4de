//! From measurements to a weight: a base, and a slope for each component.

use crate::runtime::Measured;
use anyhow::Result;
use frame_benchmarking::{Analysis, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What a function costs with every component at zero, or one more of a component.
#[derive(Serialize)]
pub struct Cost {
	picoseconds: String,
	proof: String,
	reads: u128,
	writes: u128,
	touches: bool,
	any: bool,
}

impl Cost {
	fn new(picoseconds: u128, proof: u128, reads: u128, writes: u128) -> Self {
		let touches = reads + writes > 0;
		let any = touches || picoseconds + proof > 0;
		Self {
			picoseconds: grouped(picoseconds),
			proof: grouped(proof),
			reads,
			writes,
			touches,
			any,
		}
	}
}

/// A component of a function and what each of it costs.
#[derive(Serialize)]
pub struct Slope {
	pub component: String,
	cost: Cost,
}

/// The weight of a function.
#[derive(Serialize)]
pub struct Weight {
	pub function: String,
	base: Cost,
	pub slopes: Vec<Slope>,
	storage: Vec<String>,
	minimum_microseconds: String,
}

impl fmt::Display for Weight {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		let cost = |cost: &Cost| {
			format!("{} ps, {} B, r:{} w:{}", cost.picoseconds, cost.proof, cost.reads, cost.writes)
		};
		write!(out, "{}: {}", self.function, cost(&self.base))?;
		for Slope { component, cost: each } in &self.slopes {
			write!(out, "; each {component}: {}", cost(each))?;
		}
		Ok(())
	}
}

/// Fits straight lines: of the times to the middle half of the repetitions, so that what else the
/// machine does adds little.
pub fn analyse(function: &str, measured: Measured, stored: &[StorageInfo]) -> Result<Weight> {
	let Measured { times, mut counts } = measured;
	let storage = touched(&counts, stored);
	for result in &mut counts {
		result.proof_size = largest_proof(result, stored);
	}
	let time = Analysis::min_squares_iqr(&times, BenchmarkSelector::ExtrinsicTime)?;
	let proof = Analysis::median_slopes(&counts, BenchmarkSelector::ProofSize)?;
	let reads = Analysis::min_squares_iqr(&counts, BenchmarkSelector::Reads)?;
	let writes = Analysis::min_squares_iqr(&counts, BenchmarkSelector::Writes)?;
	let slopes = time.names.iter().enumerate().map(|(place, component)| Slope {
		component: component.clone(),
		cost: Cost::new(
			time.slopes[place],
			proof.slopes[place],
			reads.slopes[place],
			writes.slopes[place],
		),
	});
	Ok(Weight {
		function: function.into(),
		base: Cost::new(time.base, proof.base, reads.base, writes.base),
		slopes: slopes.collect(),
		storage,
		minimum_microseconds: grouped(time.minimum.div_ceil(1_000)),
	})
}

fn info_of<'a>(key: &[u8], stored: &'a [StorageInfo]) -> Option<&'a StorageInfo> {
	stored.iter().filter(|info| key.starts_with(&info.prefix)).max_by_key(|info| info.prefix.len())
}

/// The proof as measured, and as many bytes more as the values in it can grow to. Keys are counted by
/// what they begin with.
fn largest_proof(result: &BenchmarkResult, stored: &[StorageInfo]) -> u32 {
	let grown = result.keys.iter().filter(|(.., whitelisted)| !whitelisted).filter_map(
		|(key, reads, writes, _)| {
			Some(info_of(key, stored)?.max_size?.saturating_mul(*reads.max(writes)))
		},
	);
	grown.fold(result.proof_size, u32::saturating_add)
}

/// What storage a function touches, with the most keys read and written.
fn touched(counts: &[BenchmarkResult], stored: &[StorageInfo]) -> Vec<String> {
	let mut most = BTreeMap::<String, (u32, u32)>::new();
	for (key, reads, writes, whitelisted) in counts.iter().flat_map(|result| &result.keys) {
		if !whitelisted {
			let each = most.entry(name_of(key, stored)).or_default();
			*each = (each.0.max(*reads), each.1.max(*writes));
		}
	}
	most.into_iter().map(|(name, (r, w))| format!("{name} (r:{r} w:{w})")).collect()
}

fn name_of(key: &[u8], stored: &[StorageInfo]) -> String {
	match info_of(key, stored) {
		Some(info) => format!(
			"`{}::{}`",
			String::from_utf8_lossy(&info.pallet_name),
			String::from_utf8_lossy(&info.storage_name)
		),
		None => "others".into(),
	}
}

/// A number as Rust writes long ones.
fn grouped(number: u128) -> String {
	let digits = number.to_string();
	let mut text = String::new();
	for (place, digit) in digits.chars().enumerate() {
		if place > 0 && (digits.len() - place) % 3 == 0 {
			text.push('_');
		}
		text.push(digit);
	}
	text
}

impl Slope {
	/// What Rust wants before the name of a parameter that is not used.
	pub fn unused_mark(&self) -> &'static str {
		if self.cost.any {
			""
		} else {
			"_"
		}
	}
}
