//! `sheaf rewards`

use crate::{
	context::{self, tokens, Context, Out},
	exit::Exit,
	table,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{address, AccountId};
use sheaf_training::Receipt;

/// `sheaf rewards`
#[derive(clap::Subcommand)]
pub enum Command {
	/// Show receipts, newest first, and totals
	Show(Options),
}

/// Options of `show`.
#[derive(Args)]
pub struct Options {
	/// Account to show [default: that of the key]
	#[arg(long, value_parser = context::account)]
	account: Option<AccountId>,
	/// Most receipts to show
	#[arg(long, default_value_t = 100)]
	limit: u32,
}

/// Receipts that the node answers at once.
const PAGE: u32 = 100;

/// Shows receipts.
pub async fn run(command: Command, context: &Context, out: Out<'_>) -> Result<Exit> {
	let Command::Show(options) = command;
	let account = context.account(&options.account)?;
	let chain = context.chain().await?;
	let earned = chain.node(&account).await?.map(|node| node.earned);
	let (mut receipts, mut total, mut start) = (Vec::<Receipt>::new(), 0, 0);
	while start < options.limit {
		let page = chain.receipts(&account, start, PAGE.min(options.limit - start)).await?;
		total = page.total;
		receipts.extend(page.page);
		start += PAGE;
		if start >= total {
			break;
		}
	}
	let shown: u128 = receipts.iter().filter(|r| r.delivered).map(|r| r.amount).sum();
	if context.json() {
		let value = json!({
			"account": address(&account),
			"receipts": receipts.iter().map(|receipt| json!({
				"bounty": receipt.bounty.0,
				"round": receipt.round.0,
				"service": format!("{:?}", receipt.service),
				"amount": receipt.amount.to_string(),
				"block": receipt.block,
				"delivered": receipt.delivered,
			})).collect::<Vec<_>>(),
			"receipts_total": total,
			"paid": shown.to_string(),
			"earned": earned.map(|earned| earned.to_string()),
		});
		context.object(out, &value)?;
		return Ok(Exit::Success);
	}
	let token = chain.token().await?;
	let mut list = table::of(&["bounty", "round", "service", "amount", "block", ""]);
	for receipt in &receipts {
		list.add_row(vec![
			receipt.bounty.to_string(),
			receipt.round.to_string(),
			format!("{:?}", receipt.service),
			tokens(receipt.amount, &token),
			receipt.block.to_string(),
			if receipt.delivered { "" } else { "not delivered" }.to_owned(),
		]);
	}
	table::write(&mut *out, &list)?;
	let mut rows = vec![(
		"receipts",
		format!("{} of {total} shown, {}", receipts.len(), tokens(shown, &token)),
	)];
	if let Some(earned) = earned {
		rows.push(("earned in all", tokens(earned, &token)));
	}
	if (receipts.len() as u64) < u64::from(total.min(options.limit)) {
		rows.push(("", "this node's off-chain index does not hold all of them".into()));
	}
	table::write(out, &table::properties(rows))?;
	Ok(Exit::Success)
}
