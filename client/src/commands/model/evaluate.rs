//! `sheaf model evaluate`

use crate::{
	context::{Context, Out},
	exit::{DataError, Exit},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_aggregation::{to_fixed, Network, Predictor};
use sheaf_client::{
	dataset::Dataset,
	model::{network_of_file, Layout},
	trainer::train,
};
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// The model
	#[arg(long, value_name = "FILE")]
	model: PathBuf,
	/// Test data
	#[arg(long, value_name = "FILE")]
	data: PathBuf,
	/// Compute in integers as the chain does
	#[arg(long)]
	fixed: bool,
	/// Fraction bits for --fixed
	#[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=30))]
	fraction_bits: u8,
}

/// Evaluates a model.
pub fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let network = network_of_file(&options.model)?;
	let layout = Layout::of_network(&network.widths, options.fraction_bits);
	let values = layout.read(&options.model)?;
	let data = Dataset::read(&options.data)?;
	let correct = match options.fixed {
		false => train::evaluate(&network.widths, &values, &data)?,
		true => evaluate_fixed(&network, &layout, &values, &data)?,
	};
	let accuracy = correct as f64 / data.len() as f64;
	let value = json!({
		"correct": correct,
		"examples": data.len(),
		"accuracy": accuracy,
		"fixed": options.fixed,
	});
	let text = format!("{correct} of {} correct ({:.2} %)", data.len(), accuracy * 100.0);
	context.say(out, &value, &text)?;
	Ok(Exit::Success)
}

fn evaluate_fixed(
	network: &Network,
	layout: &Layout,
	values: &[f32],
	data: &Dataset,
) -> Result<usize> {
	let outputs = network.widths.last().copied().unwrap_or(0);
	data.fits(network.widths.first().copied().unwrap_or(0), outputs)?;
	let model = layout.to_fixed(values)?;
	let refused = |error: &dyn std::fmt::Display| DataError(error.to_string());
	let mut predictor = Predictor::new(network, layout.fraction_bits).map_err(|e| refused(&e))?;
	let mut correct = 0;
	for (index, label) in data.labels.iter().enumerate() {
		let features = data.example(index).iter();
		let features: Result<Vec<i32>, _> =
			features.map(|value| to_fixed(f64::from(*value), layout.fraction_bits)).collect();
		let features = features.map_err(|error| refused(&error))?;
		let answer = predictor.predict(&model, &features).map_err(|error| refused(&error))?;
		correct += usize::from(answer == *label);
	}
	Ok(correct)
}
