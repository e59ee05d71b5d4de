//! Repeated measurements of one thing.

use anyhow::Result;
use cpu_time::ThreadTime;
use serde::Serialize;

/// Least, middle and most of several measurements.
#[derive(Serialize, Clone, Copy)]
pub struct Spread {
	/// The least.
	pub least: f64,
	/// The middle one.
	pub median: f64,
	/// The most.
	pub most: f64,
}

impl Spread {
	/// Of at least one measurement.
	pub fn of(mut values: Vec<f64>) -> Self {
		values.sort_by(f64::total_cmp);
		let place = |place: usize| rounded(values[place]);
		Self { least: place(0), median: place(values.len() / 2), most: place(values.len() - 1) }
	}
}

/// A value with four digits: no measurement is better than that.
fn rounded(value: f64) -> f64 {
	format!("{value:.3e}").parse().unwrap_or(value)
}

/// Processor time that something takes on this thread, in seconds: other programs do not add to it.
pub fn seconds<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
	let started = ThreadTime::now();
	let done = work()?;
	Ok((started.elapsed().as_secs_f64(), done))
}
