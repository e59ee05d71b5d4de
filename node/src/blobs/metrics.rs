//! Prometheus metrics of the blob store.

use std::time::Duration;
use substrate_prometheus_endpoint::{
	exponential_buckets, register, CounterVec, Gauge, Histogram, HistogramOpts, Opts,
	PrometheusError, Registry, U64,
};

#[derive(Clone)]
struct Registered {
	uploads: CounterVec<U64>,
	bytes: CounterVec<U64>,
	held: Gauge<U64>,
	fetches: CounterVec<U64>,
	materialise_seconds: Histogram,
	verification_seconds: Histogram,
}

/// Counters of what gateway, synchronisation and materialisation did; silent without a registry.
#[derive(Clone, Default)]
pub struct Metrics(Option<Registered>);

impl Metrics {
	/// Registers the metrics, if there is a registry.
	pub fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		registry.map(Registered::new).transpose().map(Self)
	}

	/// An upload ended; `outcome` is `accepted`, `held` or the error code it was refused with.
	pub fn upload_ended(&self, outcome: &str) {
		if let Some(registered) = &self.0 {
			registered.uploads.with_label_values(&[outcome]).inc();
		}
	}

	/// Bytes came in (`http`, `peer`).
	pub fn received(&self, from: &str, bytes: u64) {
		self.count_bytes("in", from, bytes);
	}

	/// Bytes went out (`http`, `peer`).
	pub fn sent(&self, to: &str, bytes: u64) {
		self.count_bytes("out", to, bytes);
	}

	fn count_bytes(&self, direction: &str, channel: &str, bytes: u64) {
		if let Some(registered) = &self.0 {
			registered.bytes.with_label_values(&[direction, channel]).inc_by(bytes);
		}
	}

	/// The store holds this many blobs.
	pub fn holds(&self, blobs: u64) {
		if let Some(registered) = &self.0 {
			registered.held.set(blobs);
		}
	}

	/// A fetch from peers ended; `outcome` is `fetched`, `not_found` or `failed`.
	pub fn fetch_ended(&self, outcome: &str) {
		if let Some(registered) = &self.0 {
			registered.fetches.with_label_values(&[outcome]).inc();
		}
	}

	/// A next model was computed in this time.
	pub fn materialised(&self, time: Duration) {
		if let Some(registered) = &self.0 {
			registered.materialise_seconds.observe(time.as_secs_f64());
		}
	}

	/// The off-chain worker computed a result in this time.
	pub fn verified(&self, time: Duration) {
		if let Some(registered) = &self.0 {
			registered.verification_seconds.observe(time.as_secs_f64());
		}
	}
}

impl Registered {
	fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let counters = |name: &str, help: &str, labels: &[&str]| {
			CounterVec::new(Opts::new(name, help), labels).and_then(|c| register(c, registry))
		};
		let seconds = |name: &str, help: &str| {
			let options = HistogramOpts::new(name, help);
			let options = options.buckets(exponential_buckets(0.01, 3.0, 10)?);
			register(Histogram::with_opts(options)?, registry)
		};
		Ok(Self {
			uploads: counters("sheaf_blob_uploads_total", "Uploads by outcome", &["outcome"])?,
			bytes: counters(
				"sheaf_blob_bytes_total",
				"Bytes of blobs by direction and channel",
				&["direction", "channel"],
			)?,
			held: register(
				Gauge::new("sheaf_blobs_held", "Complete blobs in the store")?,
				registry,
			)?,
			fetches: counters(
				"sheaf_blob_fetches_total",
				"Fetches from peers by outcome",
				&["outcome"],
			)?,
			materialise_seconds: seconds(
				"sheaf_blob_materialise_seconds",
				"Time to compute and store a next model",
			)?,
			verification_seconds: seconds(
				"sheaf_verification_seconds",
				"Time in which the off-chain worker computed a result",
			)?,
		})
	}
}
