//! `sheaf bounty watch`

use super::{open::upload_model, show::no_such_bounty};
use crate::{
	context::{tokens, Context, Out},
	exit::{Exit, UsageError},
};
use anyhow::Result;
use clap::Args;
use sheaf_client::{
	chain::{queries::Token, queries::POLL, Chain},
	gateway::Gateway,
	sponsor::{BountyFolder, SliceUploader, SponsorError},
	trainer::state_name,
	watch::{Record, Watcher},
	BlockNumber,
};
use sheaf_training::{BountyId, BountyState, BountyView};
use std::path::PathBuf;

/// Options.
#[derive(Args)]
pub struct Options {
	/// Number of the bounty
	#[arg(long, value_name = "N")]
	bounty: u32,
	/// Reveal each round's evaluation slice when its Commit is closed for good
	#[arg(long, requires = "work_dir")]
	upload_slices: bool,
	/// Folder that `bounty open` made
	#[arg(long, value_name = "DIR")]
	work_dir: Option<PathBuf>,
	/// First block to read [default: the newest final one]
	#[arg(long, value_name = "BLOCK")]
	from: Option<BlockNumber>,
	/// Stop when this round is settled
	#[arg(long, value_name = "ROUND")]
	until_round: Option<u32>,
}

/// What to follow.
pub struct Follow {
	/// The bounty.
	pub bounty: BountyId,
	/// First block to read.
	pub from: Option<BlockNumber>,
	/// The sponsor's folder, to upload from.
	pub folder: Option<BountyFolder>,
	/// Stop after this round.
	pub until_round: Option<u32>,
}

/// Follows a bounty.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let chain = context.chain().await?;
	let gateway = context.gateway()?;
	let bounty = BountyId(options.bounty);
	let folder = match (options.upload_slices, options.work_dir) {
		(true, Some(path)) => {
			let view = chain.bounty(bounty, None).await?.ok_or_else(|| no_such_bounty(bounty))?;
			Some(BountyFolder::of_bounty(&path, &chain.genesis(), bounty, &view.spec)?)
		}
		(true, None) => return Err(UsageError("--upload-slices needs --work-dir".into()).into()),
		(false, _) => None,
	};
	let (from, until_round) = (options.from, options.until_round);
	follow(Follow { bounty, from, folder, until_round }, chain, gateway, context, out).await
}

/// Writes what happens until the bounty has ended.
pub async fn follow(
	follow: Follow,
	mut chain: Chain,
	gateway: Gateway,
	context: &Context,
	out: Out<'_>,
) -> Result<Exit> {
	let token = chain.token().await?;
	let best = chain.bounty(follow.bounty, None).await?;
	let best = best.ok_or_else(|| no_such_bounty(follow.bounty))?;
	let at = chain.finalized().await?;
	let from = follow.from.unwrap_or(at.number.saturating_add(1));
	if let Some(view) = chain.bounty(follow.bounty, Some(at.hash)).await? {
		show(context, out, &Watcher::snapshot(&view, at), &token)?;
		if view.bounty.ended() && from > at.number {
			return Ok(exit(Some(state_name(&view.bounty.state))));
		}
	}
	let mut watcher = Watcher::new(&chain, follow.bounty, &best.spec, Some(from)).await?;
	let mut helper = follow.folder.map(|folder| Helper {
		slices: SliceUploader::new(folder.clone()),
		folder,
		model_done: false,
		said: String::new(),
	});
	loop {
		let mut lost = None;
		match watcher.next(&chain).await {
			Ok(records) => {
				for record in records {
					show(context, out, &record, &token)?;
					if let Some(exit) = ending(&record, follow.until_round) {
						return Ok(exit);
					}
				}
			}
			Err(error) if error.is_connection() => lost = Some(error),
			Err(error) => return Err(error.into()),
		}
		if let (Some(helper), None) = (&mut helper, &lost) {
			match helper.look(&chain, &gateway, follow.bounty, context).await {
				Ok(records) => {
					for record in records {
						show(context, out, &record, &token)?;
					}
				}
				Err(SponsorError::Chain(error)) if error.is_connection() => lost = Some(error),
				Err(error) => return Err(error.into()),
			}
		}
		if let Some(error) = lost {
			context.note(&format!("{error}; trying again"));
			tokio::time::sleep(POLL).await;
			chain.reconnect().await?;
		}
	}
}

/// What a sponsor's watch does beside watching.
struct Helper {
	folder: BountyFolder,
	slices: SliceUploader,
	model_done: bool,
	/// The last passing error that was told.
	said: String,
}

impl Helper {
	/// Uploads what is due; errors of the gateway are told and tried again.
	async fn look(
		&mut self,
		chain: &Chain,
		gateway: &Gateway,
		bounty: BountyId,
		context: &Context,
	) -> Result<Vec<Record>, SponsorError> {
		let Some(view) = chain.bounty(bounty, None).await? else { return Ok(Vec::new()) };
		let block = chain.best().await?.number;
		let base = Record { bounty: bounty.0, block, ..Record::default() };
		let mut records = Vec::new();
		if preparing(&view) && !self.model_done {
			match upload_model(chain, gateway, bounty, &self.folder).await {
				Ok(()) => {
					self.model_done = true;
					let event = "InitialModelUploaded".to_owned();
					records.push(Record { event, ..base.clone() });
				}
				Err(error) => self.say(context, format!("{error:#}")),
			}
		}
		match self.slices.look(chain, gateway, &view).await {
			Ok(done) => {
				for (round, attempt) in done {
					let event = "SliceUploaded".to_owned();
					let (round, attempt) = (Some(round.0), Some(attempt));
					records.push(Record { event, round, attempt, ..base.clone() });
				}
			}
			Err(SponsorError::Gateway(error)) => self.say(context, error.to_string()),
			Err(error) => return Err(error),
		}
		Ok(records)
	}

	fn say(&mut self, context: &Context, text: String) {
		if self.said != text {
			context.note(&text);
			self.said = text;
		}
	}
}

fn preparing(view: &BountyView) -> bool {
	matches!(view.bounty.state, BountyState::Preparing { .. })
}

fn ending(record: &Record, until_round: Option<u32>) -> Option<Exit> {
	match record.event.as_str() {
		"BountyEnded" => Some(exit(record.state.as_deref())),
		// After a gap the end itself may be among the blocks that nobody keeps.
		"Snapshot" => match record.state.as_deref() {
			Some("Completed" | "Cancelled" | "Aborted") => Some(exit(record.state.as_deref())),
			_ => None,
		},
		"RoundSettled" if until_round.is_some() && record.round >= until_round => {
			Some(Exit::Success)
		}
		_ => None,
	}
}

fn exit(state: Option<&str>) -> Exit {
	match state {
		Some("Cancelled" | "Aborted") => Exit::NotCompleted,
		_ => Exit::Success,
	}
}

fn show(context: &Context, out: Out<'_>, record: &Record, token: &Token) -> Result<()> {
	context.say(out, record, &line(record, token))
}

/// A record for people.
fn line(record: &Record, token: &Token) -> String {
	let number = |value: &Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
	let amount = |text: &Option<String>| amount(text.as_deref().unwrap_or_default(), token);
	let round = || match (record.round, record.attempt) {
		(Some(round), Some(attempt)) if attempt > 0 => format!("round {round} attempt {attempt}"),
		(Some(round), _) => format!("round {round}"),
		_ => String::new(),
	};
	let text = match record.event.as_str() {
		"Snapshot" => format!(
			"bounty {} is {}{}",
			record.bounty,
			record.state.as_deref().unwrap_or("unknown"),
			record.round.map(|round| format!(", round {round}")).unwrap_or_default()
		),
		"BountyOpened" => format!("opened with a reward of {}", amount(&record.reward)),
		"EnrolmentOpened" => "initial model available, enrolment opened".into(),
		"TrainerEnrolled" => format!(
			"trainer {} in slot {}",
			record.account.as_deref().unwrap_or_default(),
			record.slot.unwrap_or_default()
		),
		"RoundOpened" => format!("{} opened", round()),
		"PhaseStarted" => {
			let commitments = record.commitments.map(|n| format!(", {n} commitments"));
			format!(
				"{}: {} until block {}{}",
				round(),
				record.phase.as_deref().unwrap_or_default(),
				number(&record.deadline),
				commitments.unwrap_or_default()
			)
		}
		"ResultAccepted" => accepted(record, round()),
		"RoundSettled" => {
			let paid = paid(record, token);
			format!(
				"{} settled: {}; treasury {}, burned {}, refunded {}",
				round(),
				if paid.is_empty() { "nobody paid" } else { &paid },
				amount(&record.treasury),
				amount(&record.burned),
				amount(&record.refunded)
			)
		}
		"BountyEnded" => format!(
			"{}; {} refunded",
			record.state.as_deref().unwrap_or("ended"),
			amount(&record.refunded)
		),
		"SliceUploaded" => format!("{}: slice uploaded", round()),
		"InitialModelUploaded" => "initial model uploaded".into(),
		"ResultStruck" | "ChallengeOpened" | "ChallengeMoved" | "ChallengeEnded"
		| "ChallengeBondPaid" | "Penalised" | "SlashDeferred" | "SlashApplied"
		| "SlashCancelled" => dispute(record, round(), amount(&record.amount), paid(record, token)),
		other => {
			let of = record.round.map(|_| format!("{}: ", round())).unwrap_or_default();
			let detail = record.detail.as_ref().map(|detail| format!(": {detail}"));
			format!("{of}{}{}", words(other), detail.unwrap_or_default())
		}
	};
	format!("#{:<7} {text}", record.block)
}

/// An amount for people; nothing if it is no number.
fn amount(text: &str, token: &Token) -> String {
	tokens(text.parse().unwrap_or(0), token)
}

/// Who received how much, as text.
fn paid(record: &Record, token: &Token) -> String {
	let each = record.paid.iter().flatten();
	let each = each.map(|(account, sum)| format!("{} {}", short(account), amount(sum, token)));
	each.collect::<Vec<_>>().join(", ")
}

/// What happened to a wrong result, or to those who attested it.
fn dispute(record: &Record, round: String, amount: String, paid: String) -> String {
	let name = |text: &Option<String>| short(text.as_deref().unwrap_or_default()).to_owned();
	let whom = name(&record.account);
	let deadline = record.deadline.unwrap_or_default();
	match record.event.as_str() {
		"ResultStruck" => {
			let offenders = record.offenders.iter().flatten();
			let offenders: Vec<&str> = offenders.map(|account| short(account)).collect();
			let by = record.challenger.as_deref().map(|by| format!(" by {}", short(by)));
			format!(
				"{round}: result struck{}; attested by {}",
				by.unwrap_or_default(),
				if offenders.is_empty() { "nobody".to_owned() } else { offenders.join(", ") }
			)
		}
		"ChallengeOpened" => format!(
			"{round}: challenged by {}, to be answered before block {deadline}",
			name(&record.challenger)
		),
		"ChallengeMoved" => format!(
			"{round}: challenge at node {} of level {}; the {} must move before block {deadline}",
			record.index.unwrap_or_default(),
			record.level.unwrap_or_default(),
			record.turn.as_deref().unwrap_or_default().to_lowercase()
		),
		"ChallengeEnded" => {
			let outcome = if record.upheld == Some(true) { "upheld" } else { "rejected" };
			format!("{round}: challenge of {} {outcome}", name(&record.challenger))
		}
		"ChallengeBondPaid" => format!("{round}: bond of {amount} to {whom}"),
		"Penalised" => {
			let conduct = record.conduct.as_deref().unwrap_or_default();
			format!("{round}: {whom} penalised for {}, {amount} burned", words(conduct))
		}
		"SlashDeferred" => format!(
			"{round}: a slash hangs over {whom}, due in block {}",
			record.due.unwrap_or_default()
		),
		"SlashApplied" => {
			let rewards = if paid.is_empty() { "nobody" } else { &paid };
			format!("{round}: {whom} slashed by {amount}; of it to {rewards}")
		}
		_ => format!("{round}: the slash over {whom} was cancelled"),
	}
}

/// `MissedCommit` as `missed commit`.
fn words(name: &str) -> String {
	let mut text = String::new();
	for letter in name.chars() {
		if letter.is_uppercase() && !text.is_empty() {
			text.push(' ');
		}
		text.extend(letter.to_lowercase());
	}
	text
}

fn accepted(record: &Record, round: String) -> String {
	let score = match (record.correct, record.examples) {
		(Some(correct), Some(examples)) if examples > 0 => {
			let percent = f64::from(correct) * 100.0 / f64::from(examples);
			format!(", {correct} of {examples} correct ({percent:.1} %)")
		}
		_ => String::new(),
	};
	let included = record.included.clone().unwrap_or_default();
	let names: Vec<&str> = included.iter().map(|account| short(account)).collect();
	format!(
		"{round} accepted{score}; {} included ({}), {} attestations",
		included.len(),
		names.join(", "),
		record.attestations.unwrap_or_default()
	)
}

/// The beginning of an address.
fn short(address: &str) -> &str {
	address.get(..8).unwrap_or(address)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeMap;

	#[test]
	fn an_accepted_result_is_one_readable_line() {
		let record = Record {
			event: "ResultAccepted".into(),
			block: 140,
			round: Some(2),
			attempt: Some(0),
			correct: Some(27),
			examples: Some(30),
			included: Some(vec!["5GrwvaEF5zXb".into(), "5FHneW46xGXg".into()]),
			attestations: Some(4),
			..Record::default()
		};
		assert_eq!(
			line(&record, &Token::default()),
			"#140     round 2 accepted, 27 of 30 correct (90.0 %); 2 included (5GrwvaEF, 5FHneW46), \
			 4 attestations"
		);
	}

	#[test]
	fn a_settlement_names_who_got_what() {
		let record = Record {
			event: "RoundSettled".into(),
			block: 150,
			round: Some(1),
			paid: Some(BTreeMap::from([("5GrwvaEF5z".into(), "1500000000000".into())])),
			treasury: Some("0".into()),
			burned: Some("250000000000".into()),
			refunded: Some("0".into()),
			..Record::default()
		};
		assert_eq!(
			line(&record, &Token::default()),
			"#150     round 1 settled: 5GrwvaEF 1.5 UNIT; treasury 0 UNIT, burned 0.25 UNIT, \
			 refunded 0 UNIT"
		);
	}

	#[test]
	fn disputes_are_readable_lines() {
		let of = |event: &str| Record {
			event: event.into(),
			block: 150,
			round: Some(1),
			account: Some("5GrwvaEF5z".into()),
			amount: Some("1500000000000".into()),
			..Record::default()
		};
		let penalty = Record { conduct: Some("MissedCommit".into()), ..of("Penalised") };
		assert_eq!(
			line(&penalty, &Token::default()),
			"#150     round 1: 5GrwvaEF penalised for missed commit, 1.5 UNIT burned"
		);
		let offenders = Some(vec!["5FHneW46xGXg".into()]);
		let challenger = Some("5GrwvaEF5z".into());
		let strike = Record { offenders, challenger, ..of("ResultStruck") };
		assert_eq!(
			line(&strike, &Token::default()),
			"#150     round 1: result struck by 5GrwvaEF; attested by 5FHneW46"
		);
		let paid = BTreeMap::from([("5DAAnrj7VH".into(), "250000000000".into())]);
		let slash = Record { paid: Some(paid), ..of("SlashApplied") };
		assert_eq!(
			line(&slash, &Token::default()),
			"#150     round 1: 5GrwvaEF slashed by 1.5 UNIT; of it to 5DAAnrj7 0.25 UNIT"
		);
	}

	#[test]
	fn other_events_are_words() {
		let record = Record {
			event: "UpdateCommitted".into(),
			block: 21,
			round: Some(1),
			detail: Some("attempt 0, account 5GrwvaEF5z".into()),
			..Record::default()
		};
		assert_eq!(
			line(&record, &Token::default()),
			"#21      round 1: update committed: attempt 0, account 5GrwvaEF5z"
		);
	}

	#[test]
	fn a_cancelled_bounty_is_not_a_success() {
		let ended = |state: &str| Record {
			event: "BountyEnded".into(),
			state: Some(state.into()),
			..Record::default()
		};
		assert_eq!(ending(&ended("Completed"), None), Some(Exit::Success));
		assert_eq!(ending(&ended("Aborted"), None), Some(Exit::NotCompleted));
		let found = |state: &str| Record { event: "Snapshot".into(), ..ended(state) };
		assert_eq!(ending(&found("Cancelled"), None), Some(Exit::NotCompleted));
		assert_eq!(ending(&found("Running"), None), None);
		let settled = Record { event: "RoundSettled".into(), round: Some(2), ..Record::default() };
		assert_eq!(ending(&settled, Some(3)), None);
		assert_eq!(ending(&settled, Some(2)), Some(Exit::Success));
	}
}
