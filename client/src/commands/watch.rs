//! `sheaf watch`

use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use sheaf_client::{
	chain::queries::Token,
	watchdog::{Findings, Watchdog, WatchdogNote, WatchdogOptions},
};
use sheaf_training::{BountyId, BountyState};
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty [default: all that have not ended]
	#[arg(long, value_name = "N")]
	bounty: Option<u32>,
	/// Only tell; needs no key
	#[arg(long, conflicts_with = "challenge")]
	dry_run: bool,
	/// Challenge a wrong result whose data nobody serves. Holds a bond, see `bounty quote`: it comes
	/// back if the result falls, and is lost if this command stops before the challenge has ended
	#[arg(long)]
	challenge: bool,
	/// Look at everything that is live once, and end
	#[arg(long)]
	once: bool,
	/// Folder for downloads; a round's are removed when it is over
	#[arg(long, value_name = "DIR", default_value = "sheaf-watch")]
	work_dir: PathBuf,
}

/// Watches.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let signer = match options.dry_run {
		true => None,
		false => Some(context.signer()?),
	};
	let chain = context.chain().await?;
	let token = chain.token().await?;
	let gateway = context.gateway()?;
	if options.challenge {
		let bond = chain.limits(None).await?.challenge_bond;
		context.note(&format!(
			"Note: each challenge holds a bond of {}; it is lost if this command stops before the \
			 challenge has ended.",
			tokens(bond, &token)
		));
	}
	if options.work_dir.is_file() {
		let text = format!("--work-dir {} is a file", options.work_dir.display());
		return Err(UsageError(text).into());
	}
	let options = WatchdogOptions {
		bounty: options.bounty.map(BountyId),
		challenge: options.challenge,
		once: options.once,
		folder: options.work_dir,
	};
	let mut tell = |note: WatchdogNote| {
		// Work goes on if nobody reads.
		let _ = context.say(&mut *out, &note, &line(&note, &token));
	};
	let watchdog = Watchdog::new(chain, gateway, signer, options, &mut tell).await?;
	Ok(exit(&watchdog.run().await?))
}

fn exit(findings: &Findings) -> Exit {
	match findings {
		Findings { wrong: true, .. } => Exit::WrongResult,
		Findings { unchecked: true, .. } => Exit::Gateway,
		Findings { ended: Some(BountyState::Cancelled | BountyState::Aborted), .. } => {
			Exit::NotCompleted
		}
		_ => Exit::Success,
	}
}

/// A note for people.
fn line(note: &WatchdogNote, token: &Token) -> String {
	use WatchdogNote::*;
	let at = |bounty: &u32, round: &u32| format!("bounty {bounty} round {round}");
	let amount = |text: &String| tokens(text.parse().unwrap_or(0), token);
	match note {
		Agrees { bounty, round, root, scores, .. } => {
			let scores = match scores {
				Some(true) => ", and so do its scores",
				Some(false) => ", but its scores differ (no proof exists for scores)",
				None => "",
			};
			format!("{}: {root} agrees{scores}", at(bounty, round))
		}
		Differs { bounty, round, root, chunk, .. } => {
			format!("{}: {root} differs at chunk {chunk}", at(bounty, round))
		}
		Withheld { bounty, round, root, reason, .. } => {
			format!("{}: {root} differs, and its data is withheld: {reason}", at(bounty, round))
		}
		Proven { bounty, round, chunk, .. } => {
			format!("{}: proven wrong at chunk {chunk}", at(bounty, round))
		}
		WouldProve { bounty, round, chunk, .. } => {
			format!("{}: can be proven wrong at chunk {chunk}; not filed", at(bounty, round))
		}
		Challenged { bounty, round, bond, .. } => {
			format!("{}: challenged, {} held", at(bounty, round), amount(bond))
		}
		WouldChallenge { bounty, round, bond, .. } => format!(
			"{}: must be challenged; run with --challenge and {} to spare",
			at(bounty, round),
			amount(bond)
		),
		Narrowed { bounty, round, level, index } => {
			format!("{}: asked for node {index} of level {level}", at(bounty, round))
		}
		Waiting { bounty, round, reason } => format!("{}: {reason}", at(bounty, round)),
		Disconnected { reason } => format!("{reason}; trying again"),
		Ended { bounty, state } => format!("bounty {bounty} is {state}"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_wrong_result_outweighs_how_the_bounty_ended() {
		let ended = Some(BountyState::Aborted);
		let findings = Findings { wrong: true, unchecked: true, ended };
		assert_eq!(exit(&findings), Exit::WrongResult);
		assert_eq!(exit(&Findings { wrong: false, ..findings.clone() }), Exit::Gateway);
		let checked = Findings { wrong: false, unchecked: false, ..findings };
		assert_eq!(exit(&checked), Exit::NotCompleted);
		assert_eq!(exit(&Findings::default()), Exit::Success);
	}

	#[test]
	fn findings_are_readable_lines() {
		let (bounty, round, attempt) = (3, 2, 0);
		let (root, expected) = ("0x01".to_owned(), "0x02".to_owned());
		let token = Token::default();
		let differs = WatchdogNote::Differs {
			bounty,
			round,
			attempt,
			root: root.clone(),
			expected,
			chunk: 7,
		};
		assert_eq!(line(&differs, &token), "bounty 3 round 2: 0x01 differs at chunk 7");
		let bond = "1500000000000".to_owned();
		let challenge = WatchdogNote::WouldChallenge { bounty, round, root, bond };
		let text = line(&challenge, &token);
		assert!(text.contains("--challenge") && text.contains("1.5 UNIT"), "{text}");
	}
}
