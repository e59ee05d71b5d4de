//! Prints an account's receipts, and fails unless each is found among the events of its block.
//!
//! `sheaf-example ws://127.0.0.1:9944 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY`

use anyhow::{ensure, Context, Result};
use sheaf_rpc::types::{HexHash, Receipt, ReceiptPage};
use subxt::{
	backend::LegacyBackend,
	ext::scale_decode::DecodeAsType,
	rpcs::{rpc_params, RpcClient},
	utils::AccountId32,
	OnlineClient, SubstrateConfig,
};

/// Entries of a page of receipts.
const PAGE: u32 = 100;

/// The event `Rewards.Paid`, by the names of its fields.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Paid {
	bounty: u32,
	round: u32,
	account: AccountId32,
	amount: u128,
	delivered: bool,
}

impl Paid {
	fn is(&self, account: &AccountId32, receipt: &Receipt) -> bool {
		(self.bounty, self.round) == (receipt.bounty, receipt.round)
			&& (self.amount, self.delivered) == (receipt.amount.0, receipt.delivered)
			&& self.account == *account
	}
}

#[tokio::main]
async fn main() -> Result<()> {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let [node, account] = arguments.as_slice() else {
		anyhow::bail!("give the address of a node and an account");
	};
	let account: AccountId32 = account.parse().context("the account is not an address")?;
	let rpc = RpcClient::from_insecure_url(node).await?;
	let backend = LegacyBackend::builder().build(rpc.clone());
	let config = SubstrateConfig::new();
	let chain = OnlineClient::from_backend_with_config(config, backend.into()).await?;

	for receipt in receipts(&rpc, &account).await? {
		let block: HexHash = rpc.request("chain_getBlockHash", rpc_params![receipt.block]).await?;
		let events = chain.at_block(subxt::utils::H256(block.0 .0)).await?.events().fetch().await?;
		let mut paid = Vec::new();
		for event in events.iter() {
			let event = event?;
			if (event.pallet_name(), event.event_name()) == ("Rewards", "Paid") {
				paid.push(event.decode_fields_unchecked_as::<Paid>()?);
			}
		}
		let found = paid.iter().any(|event| event.is(&account, &receipt));
		ensure!(found, "block {} has no event of this receipt: {receipt:?}", receipt.block);
		println!("{}", serde_json::to_string(&receipt)?);
	}
	Ok(())
}

/// All receipts of an account, newest first.
async fn receipts(rpc: &RpcClient, account: &AccountId32) -> Result<Vec<Receipt>> {
	let (mut found, mut cursor) = (Vec::new(), None);
	loop {
		let account = account.to_string();
		let parameters = rpc_params![account, PAGE, cursor];
		let page: ReceiptPage = rpc.request("rewards_receipts", parameters).await?;
		ensure!(page.missing == 0, "this node does not hold all receipts: ask another");
		found.extend(page.receipts);
		if page.next.is_none() {
			return Ok(found);
		}
		cursor = page.next;
	}
}
