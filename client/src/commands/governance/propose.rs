//! `sheaf governance propose`

use super::{track, value};
use crate::{
	context::{self, parse_tokens, Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use sheaf_client::{
	chain::{events::BlockEvent, governance::Track, queries::Token, Call},
	AccountId,
};
use subxt::ext::scale_value::Value;

/// What a referendum is about.
#[derive(clap::Subcommand)]
pub enum Proposal {
	/// Give a parameter another value; docs/governance.md lists them
	Parameter {
		/// For example Bounties.OpeningFee
		name: String,
		/// For example 2SHEAF, 12 or "{ treasury: 2%, burn: 8% }"
		value: String,
	},
	/// Pay from the treasury
	Spend {
		/// How much
		tokens: String,
		/// To whom
		#[arg(value_parser = context::account)]
		to: AccountId,
	},
	/// End another referendum and give its deposits back
	Cancel {
		/// Number of the referendum
		referendum: u32,
	},
	/// End another referendum and take its deposits
	Kill {
		/// Number of the referendum
		referendum: u32,
	},
	/// Cancel a slash before it is applied
	CancelSlash {
		/// Number of the bounty
		bounty: u32,
		/// The round
		round: u32,
		/// Who is to be spared
		#[arg(value_parser = context::account)]
		offender: AccountId,
	},
	/// Any call of the chain
	Call(CallOptions),
}

/// Options of `call`.
#[derive(Args)]
pub struct CallOptions {
	/// The track to run on, and the origin to act as
	#[arg(long, value_parser = track)]
	track: Track,
	/// The pallet, for example TxPause
	pallet: String,
	/// The call, for example pause
	name: String,
	/// Its arguments in order, for example 12, "Some(1)" or "{ name: 1 }"
	arguments: Vec<String>,
}

/// Most that the small spender's track pays, in tokens.
const SMALL_SPEND: u128 = 10_000;

/// Submits the referendum and places its decision deposit.
pub async fn run(proposal: Proposal, context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let (track, call) = call_of(proposal, &chain.token().await?)?;
	let bytes = chain.encode_call(&call).await?;
	chain.check_proposal(&bytes).await?;
	let waiting = context.spinner("waiting for finality");
	if bytes.len() > 128 {
		chain.submit_in_block(&Call::note_preimage(&bytes), &signer).await?;
	}
	let submit = Call::submit_referendum(track, &bytes);
	let included = chain.submit_in_block(&submit, &signer).await?;
	let index = included.events.iter().find_map(|event| match event {
		BlockEvent::ReferendumSubmitted { index } => Some(*index),
		_ => None,
	});
	let index =
		index.ok_or_else(|| anyhow::anyhow!("the chain did not say the referendum's number"))?;
	chain.submit_finalized(&Call::place_decision_deposit(index), &signer).await?;
	waiting.finish_and_clear();
	let value = json!({ "event": "proposed", "referendum": index, "track": track.name });
	context.say(out, &value, &format!("referendum {index} on the {} track", track.name))?;
	Ok(Exit::Success)
}

/// The call that a proposal makes, and the track for it.
fn call_of(proposal: Proposal, token: &Token) -> Result<(Track, Call)> {
	let number = |number: u32| Value::u128(number.into());
	Ok(match proposal {
		Proposal::Parameter { name, value } => {
			let value = value::parse(&value, token)?;
			(track("parameters").map_err(UsageError)?, set_parameter(&name, value)?)
		}
		Proposal::Spend { tokens, to } => {
			let amount = parse_tokens(&tokens, token)?;
			let small = SMALL_SPEND.saturating_mul(10u128.saturating_pow(token.decimals.into()));
			let name = if amount <= small { "small-spender" } else { "spender" };
			let now = Value::unnamed_variant("None", []);
			let arguments = [Value::unnamed_composite([]), Value::u128(amount), account(&to), now];
			(track(name).map_err(UsageError)?, Call::dynamic("Treasury", "spend", arguments))
		}
		Proposal::Cancel { referendum } => {
			let call = Call::dynamic("Referenda", "cancel", [number(referendum)]);
			(track("canceller").map_err(UsageError)?, call)
		}
		Proposal::Kill { referendum } => {
			let call = Call::dynamic("Referenda", "kill", [number(referendum)]);
			(track("killer").map_err(UsageError)?, call)
		}
		Proposal::CancelSlash { bounty, round, offender } => {
			let arguments = [number(bounty), number(round), account(&offender)];
			let call = Call::dynamic("ModelUpdates", "cancel_slash", arguments);
			(track("canceller").map_err(UsageError)?, call)
		}
		Proposal::Call(CallOptions { track, pallet, name, arguments }) => {
			let arguments = arguments.iter().map(|text| value::parse(text, token));
			(track, Call::dynamic(pallet, name, arguments.collect::<Result<Vec<_>>>()?))
		}
	})
}

fn account(account: &AccountId) -> Value {
	Value::from_bytes(AsRef::<[u8; 32]>::as_ref(account))
}

/// The call that sets the parameter `name`, for example `Bounties.OpeningFee`.
fn set_parameter(name: &str, value: Value) -> Result<Call> {
	let Some((concern, parameter)) = name.split_once('.') else {
		return Err(UsageError(format!("\"{name}\" is no parameter: write Concern.Name")).into());
	};
	let key = Value::unnamed_composite([]);
	let value = Value::unnamed_variant("Some", [value]);
	let parameter = Value::unnamed_variant(parameter, [key, value]);
	let parameter = Value::unnamed_variant(concern, [parameter]);
	Ok(Call::dynamic("Parameters", "set_parameter", [parameter]))
}
