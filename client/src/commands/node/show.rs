//! `sheaf node show`

use crate::{
	context::{self, tokens, Context, Out},
	exit::Exit,
	table,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{address, AccountId};
use sheaf_training::{Record, Roles};

/// Options.
#[derive(Args)]
pub struct Options {
	/// Account to show [default: that of the key]
	#[arg(long, value_parser = context::account)]
	account: Option<AccountId>,
}

/// Shows a node and its account's tokens.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let account = context.account(&options.account)?;
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let balance = chain.balance(&account).await?;
	let node = chain.node(&account).await?;
	if context.json() {
		let node = node.as_ref().map(|node| {
			json!({
				"roles": role_names(&node.roles),
				"bond": node.bond.to_string(),
				"cores": node.cores,
				"memory_mib": node.memory_mib,
				"accelerator_mib": node.accelerator_mib,
				"region": String::from_utf8_lossy(&node.region),
				"unbonding": node.unbonding.iter().map(|(amount, block)| {
					json!({ "amount": amount.to_string(), "from_block": block })
				}).collect::<Vec<_>>(),
				"earned": node.earned.to_string(),
				"record": {
					"completed": node.record.completed,
					"late": node.record.late,
					"missed": node.record.missed,
					"proven_wrong": node.record.proven_wrong,
				},
				"suspensions": node.suspensions,
			})
		});
		let value = json!({
			"account": address(&account),
			"free": balance.free.to_string(),
			"held": balance.held.to_string(),
			"node": node,
		});
		context.object(out, &value)?;
		return Ok(Exit::Success);
	}
	let mut rows = vec![
		("account", address(&account)),
		("free", tokens(balance.free, &token)),
		("held", tokens(balance.held, &token)),
	];
	match node {
		None => rows.push(("node", "not registered".into())),
		Some(node) => {
			rows.push(("roles", role_names(&node.roles).join(", ")));
			rows.push(("bond", tokens(node.bond, &token)));
			let capability = (node.cores, node.memory_mib, node.accelerator_mib);
			let (cores, memory, accelerator) = capability;
			rows.push((
				"capability",
				format!("{cores} cores, {memory} MiB, {accelerator} MiB of accelerators"),
			));
			rows.push(("region", table::text(&node.region)));
			for (amount, block) in &node.unbonding {
				rows.push(("released", format!("{} from block {block}", tokens(*amount, &token))));
			}
			rows.push(("earned", tokens(node.earned, &token)));
			rows.push(("record", record(&node.record)));
			rows.push(("suspensions", suspensions(node.suspensions)));
		}
	}
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}

/// How a node behaved, in rounds.
fn record(record: &Record) -> String {
	format!(
		"{} completed, {} late, {} missed, {} proven wrong",
		record.completed, record.late, record.missed, record.proven_wrong
	)
}

fn suspensions(count: u32) -> String {
	match count {
		0 => "none".into(),
		1 => "1 slash hangs over it: its roles rest, nothing can be withdrawn".into(),
		count => format!("{count} slashes hang over it: its roles rest, nothing can be withdrawn"),
	}
}

fn role_names(roles: &Roles) -> Vec<&'static str> {
	let all = [
		(roles.trainer, "trainer"),
		(roles.aggregator, "aggregator"),
		(roles.verifier, "verifier"),
	];
	all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_record_is_one_readable_line() {
		let counted = Record { completed: 9, late: 1, missed: 2, proven_wrong: 0 };
		assert_eq!(record(&counted), "9 completed, 1 late, 2 missed, 0 proven wrong");
		assert_eq!(suspensions(0), "none");
		assert!(suspensions(2).starts_with("2 slashes"));
	}
}
