//! `sheaf bounty show`

use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
	table,
	table::percent,
};
use anyhow::Result;
use clap::Args;
use serde_json::{json, Value};
use sheaf_client::{address, hex_hash, trainer::state_name};
use sheaf_training::{BountyId, BountyState, BountyView, Round, RoundIndex};

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	bounty: u32,
}

/// Shows a bounty.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let id = BountyId(options.bounty);
	let view = chain.bounty(id, None).await?.ok_or_else(|| no_such_bounty(id))?;
	let mut rounds = Vec::new();
	if let BountyState::Running { settled, newest, .. } = view.bounty.state {
		for index in (settled.0 + 1..=newest.0).map(RoundIndex) {
			if let Some(round) = chain.round(id, index, None).await? {
				rounds.push((index, round));
			}
		}
	}
	if context.json() {
		context.object(out, &value(&view, &rounds))?;
		return Ok(Exit::Success);
	}
	let token = chain.token().await?;
	let bounty = &view.bounty;
	let mut rows = vec![
		("bounty", id.to_string()),
		("state", state(&bounty.state)),
		("sponsor", address(&bounty.sponsor)),
		("reward", tokens(bounty.reward, &token)),
		("left", tokens(bounty.remaining(), &token)),
		("rule", format!("{:?}", view.spec.parameters.rule)),
		("elements", view.spec.parameters.element_count.to_string()),
		(
			"by contribution",
			format!("{} % of the trainers' part", percent(view.spec.marginal_share)),
		),
		("model root", hex_hash(&bounty.model_root)),
		("training", table::text(&view.spec.training)),
	];
	for trainer in &bounty.trainers {
		let active = if trainer.active { "" } else { ", inactive" };
		let text = format!("{} (slot {}{active})", address(&trainer.account), trainer.slot);
		rows.push(("trainer", text));
	}
	for aggregator in &bounty.aggregators {
		rows.push(("aggregator", address(aggregator)));
	}
	for (index, round) in &rounds {
		rows.push(("round", line(*index, round)));
	}
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}

/// The mistake of naming a bounty that is not there.
pub fn no_such_bounty(id: BountyId) -> UsageError {
	UsageError(format!("there is no bounty {id}: `sheaf bounty list` shows them"))
}

fn state(state: &BountyState) -> String {
	match state {
		BountyState::Preparing { deadline, .. } | BountyState::Enrolling { deadline } => {
			format!("{} until block {deadline}", state_name(state))
		}
		BountyState::Running { settled, newest, last } => {
			format!("Running: round {newest} of {last}, {settled} settled")
		}
		_ => state_name(state).to_owned(),
	}
}

fn line(index: RoundIndex, round: &Round) -> String {
	format!(
		"{index}, attempt {}: {:?} until block {}, {} commitments, {} included, {} attestations",
		round.attempt,
		round.phase,
		round.deadline(),
		round.commitments.len(),
		round.included().len(),
		round.attestations.len()
	)
}

fn value(view: &BountyView, rounds: &[(RoundIndex, Round)]) -> Value {
	let bounty = &view.bounty;
	let rounds: Vec<Value> = rounds
		.iter()
		.map(|(index, round)| {
			json!({
				"round": index.0,
				"attempt": round.attempt,
				"phase": format!("{:?}", round.phase),
				"deadline": round.deadline(),
				"previous_model_root": hex_hash(&round.previous_model_root),
				"commitments": round.commitments.len(),
				"included": round.included().iter().map(address).collect::<Vec<_>>(),
				"attestations": round.attestations.len(),
				"aggregator": round.aggregator.as_ref().map(address),
				"accepted": round.accepted_result().map(|result| hex_hash(&result.next_model_root)),
				"correct": round.accepted_result().and_then(|r| Some(r.scores.as_ref()?.correct)),
			})
		})
		.collect();
	let (settled, newest, last) = match bounty.state {
		BountyState::Running { settled, newest, last } => (settled.0, newest.0, Some(last.0)),
		_ => (0, 0, None),
	};
	json!({
		"bounty": view.id.0,
		"state": state_name(&bounty.state),
		"settled": settled,
		"newest": newest,
		"last": last,
		"rounds": view.spec.rounds,
		"sponsor": address(&bounty.sponsor),
		"reward": bounty.reward.to_string(),
		"left": bounty.remaining().to_string(),
		"marginal_share": percent(view.spec.marginal_share),
		"model_root": hex_hash(&bounty.model_root),
		"initial_model_root": hex_hash(&view.spec.initial_model_root),
		"elements": view.spec.parameters.element_count,
		"network": view.spec.network.as_ref().map(|widths| widths.to_vec()),
		"training": String::from_utf8_lossy(&view.spec.training),
		"trainers": bounty.trainers.iter().map(|trainer| json!({
			"account": address(&trainer.account),
			"slot": trainer.slot.0,
			"weight": trainer.weight,
			"active": trainer.active,
		})).collect::<Vec<_>>(),
		"aggregators": bounty.aggregators.iter().map(address).collect::<Vec<_>>(),
		"live_rounds": rounds,
	})
}
