//! `sheaf bounty quote`

use crate::{
	context::{tokens, Context, Out},
	exit::Exit,
	table,
	table::percent,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{chain::ChainError, spec_file, spec_file::SpecFile};
use sheaf_training::Hash;
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// The bounty's spec
	#[arg(long, value_name = "FILE")]
	spec: PathBuf,
	/// Examples in each evaluation slice; 0 for none
	#[arg(long, default_value_t = 0)]
	slice_examples: u32,
}

/// Asks the chain what a spec would cost.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let file = SpecFile::read(&options.spec)?;
	let chain = context.chain().await?;
	let limits = chain.limits(None).await?;
	let token = chain.token().await?;
	// The price depends on the sizes only: any distinct commitments will do.
	let commitments = (1..=u64::from(file.rounds)).map(Hash::from_low_u64_be).collect();
	let evaluation = (options.slice_examples > 0).then_some((options.slice_examples, commitments));
	let spec = file.build(Hash::zero(), evaluation, &limits)?;
	let quote = chain
		.quote(&spec)
		.await?
		.map_err(|error| ChainError::Refused(spec_file::refusal(error)))?;
	let offered = file.reward(token.decimals)?;
	if context.json() {
		let value = json!({
			"min_reward": quote.min_reward.to_string(),
			"offered": offered.to_string(),
			"opening_fee": quote.opening_fee.to_string(),
			"model_bytes": quote.model_bytes,
			"slice_bytes": quote.slice_bytes,
			"bytes_per_verifier_and_round": quote.bytes_per_verifier_and_round,
			"min_upload": quote.min_upload,
			"committee": quote.committee,
			"max_marginal_share": percent(limits.max_marginal_share),
			"min_marginal_examples": limits.min_marginal_examples,
			"challenge_bond": limits.challenge_bond.to_string(),
		});
		context.object(out, &value)?;
		return Ok(Exit::Success);
	}
	let least = &limits.min_lengths;
	let rows = vec![
		("smallest reward", tokens(quote.min_reward, &token)),
		("reward in the spec", tokens(offered, &token)),
		("opening fee", tokens(quote.opening_fee, &token)),
		(
			"model",
			format!("{} elements, {} bytes", spec.parameters.element_count, quote.model_bytes),
		),
		("slice", format!("{} bytes", quote.slice_bytes)),
		("a verifier reads", format!("{} bytes a round", quote.bytes_per_verifier_and_round)),
		("verifiers", quote.committee.to_string()),
		(
			"shortest phases",
			format!(
				"prepare {}, enrolment {}, commit {}, upload {}, attest {}, publish {}, window {}, \
				 answer {}, proof {}",
				least.prepare,
				least.enrolment,
				least.commit,
				quote.min_upload,
				least.attest,
				least.publish,
				least.window,
				least.answer,
				least.proof
			),
		),
		(
			"by contribution",
			format!(
				"{} %, at most {} %, with at least {} examples per slice",
				percent(spec.marginal_share),
				percent(limits.max_marginal_share),
				limits.min_marginal_examples
			),
		),
		("bond of a challenge", tokens(limits.challenge_bond, &token)),
	];
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}
