//! Watches published results for any account: computes each again, proves wrong what is wrong, and
//! challenges what is withheld.

pub mod evidence;
pub mod moves;
mod recompute;
#[cfg(test)]
mod tests;

use crate::{
	aggregator::compute::ComputeError,
	blob::BlobError,
	chain::{BlockAt, Call, Chain, ChainError, Signer},
	gateway::{Gateway, GatewayError},
	hex_hash,
	trainer::state_name,
};
use evidence::{Claim, EvidenceError, Recomputed};
use moves::{next_move, Move};
use serde::Serialize;
use sheaf_aggregation::{Blake2b256, Tree};
use sheaf_training::{
	AccountId, Balance, BountyId, BountyState, BountyView, Challenge, Hash, Limits, Phase, Round,
	RoundIndex,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::PathBuf,
	sync::Arc,
};

/// Live bounties that the node is asked for at once.
const PAGE: u32 = 1_000;

/// Why watching stops.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WatchdogError {
	#[error(transparent)]
	Chain(#[from] ChainError),
	#[error(transparent)]
	Gateway(#[from] GatewayError),
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Compute(#[from] ComputeError),
	#[error(transparent)]
	Evidence(#[from] EvidenceError),
	#[error("there is no bounty {0}: `sheaf bounty list` shows them")]
	NoSuchBounty(BountyId),
	#[error(
		"the bond of a challenge is {bond} of the smallest unit, but this account can spend only \
		 {free}: fund it, or watch without --challenge"
	)]
	NoBond { bond: Balance, free: Balance },
	#[error("the computation was interrupted: {0}")]
	Interrupted(String),
}

/// What is found and done. Amounts are in the smallest unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WatchdogNote {
	/// The published model is the one computed here. `scores` is absent where none were compared.
	Agrees {
		bounty: u32,
		round: u32,
		attempt: u8,
		root: String,
		#[serde(skip_serializing_if = "Option::is_none")]
		scores: Option<bool>,
	},
	/// It is not; `chunk` is the first that differs.
	Differs { bounty: u32, round: u32, attempt: u8, root: String, expected: String, chunk: u64 },
	/// It is not, and its data is not to be had.
	Withheld {
		bounty: u32,
		round: u32,
		attempt: u8,
		root: String,
		expected: String,
		reason: String,
	},
	/// The chain took the proof.
	Proven { bounty: u32, round: u32, root: String, chunk: u64 },
	/// A proof is ready, but not filed.
	WouldProve { bounty: u32, round: u32, root: String, chunk: u64 },
	/// A challenge was opened; its bond is held.
	Challenged { bounty: u32, round: u32, root: String, bond: String },
	/// A challenge would be due.
	WouldChallenge { bounty: u32, round: u32, root: String, bond: String },
	/// A challenge was narrowed to a node; level 0 are the leaves.
	Narrowed { bounty: u32, round: u32, level: u32, index: u64 },
	/// Something cannot be done now.
	Waiting { bounty: u32, round: u32, reason: String },
	/// The node is waited for.
	Disconnected { reason: String },
	/// The bounty has ended.
	Ended { bounty: u32, state: String },
}

/// What to watch, and how far to go.
#[derive(Clone, Debug)]
pub struct WatchdogOptions {
	/// One bounty, or all live ones.
	pub bounty: Option<BountyId>,
	/// Challenge what is withheld; needs a signer.
	pub challenge: bool,
	/// Look at everything once instead of going on.
	pub once: bool,
	/// Folder for downloads and models.
	pub folder: PathBuf,
}

/// How watching ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings {
	/// A published result was wrong.
	pub wrong: bool,
	/// A published result could not be computed again when it was last looked at.
	pub unchecked: bool,
	/// The state in which the watched bounty ended, if it did.
	pub ended: Option<BountyState>,
}

/// A live round's place.
type Place = (BountyId, RoundIndex);

/// A published root that is being disputed.
struct Dispute<'a> {
	place: Place,
	round: &'a Round,
	root: Hash,
	own: Arc<Recomputed>,
}

impl Dispute<'_> {
	/// The open challenge of this root.
	fn challenge(&self) -> Option<&Challenge> {
		self.round.challenge.as_ref().filter(|_| self.accepted())
	}

	fn accepted(&self) -> bool {
		let accepted = self.round.accepted_result().map(|result| result.next_model_root);
		self.round.phase == Phase::Accepted && accepted == Some(self.root)
	}
}

/// Watches. Without a signer it only tells.
pub struct Watchdog<'a> {
	chain: Chain,
	gateway: Gateway,
	signer: Option<Signer>,
	options: WatchdogOptions,
	limits: Limits,
	/// What was computed, by place and inputs.
	computed: BTreeMap<Place, (Hash, Arc<Recomputed>)>,
	/// What was told of live rounds, so that nothing is told twice.
	told: BTreeMap<Place, BTreeSet<String>>,
	/// Calls that the chain refused: another try would cost a fee again.
	refused: BTreeMap<Place, BTreeSet<String>>,
	/// Whether the bounty was seen.
	known: bool,
	findings: Findings,
	tell: &'a mut (dyn FnMut(WatchdogNote) + Send),
}

impl<'a> Watchdog<'a> {
	/// Prepares the watch.
	///
	/// # Errors
	///
	/// [`WatchdogError::NoBond`] if challenges are wanted but not affordable.
	pub async fn new(
		chain: Chain,
		gateway: Gateway,
		signer: Option<Signer>,
		options: WatchdogOptions,
		tell: &'a mut (dyn FnMut(WatchdogNote) + Send),
	) -> Result<Self, WatchdogError> {
		let limits = chain.limits(None).await?;
		let watchdog = Self {
			chain,
			gateway,
			signer,
			options,
			limits,
			computed: BTreeMap::new(),
			told: BTreeMap::new(),
			refused: BTreeMap::new(),
			known: false,
			findings: Findings::default(),
			tell,
		};
		if watchdog.options.challenge {
			watchdog.ensure_bond().await?;
		}
		Ok(watchdog)
	}

	/// Watches until the bounty has ended; all bounties are watched for ever.
	///
	/// # Errors
	///
	/// [`WatchdogError`]; a lost node or gateway is waited for, unless everything is looked at once.
	pub async fn run(mut self) -> Result<Findings, WatchdogError> {
		let mut last: Option<BlockAt> = None;
		loop {
			let result = match self.chain.next_best(last).await {
				Ok(best) => {
					last = Some(best);
					self.look().await
				}
				Err(error) => Err(error.into()),
			};
			match result {
				Err(WatchdogError::Chain(error)) if error.is_connection() && !self.options.once => {
					(self.tell)(WatchdogNote::Disconnected { reason: error.to_string() });
					self.chain.reconnect().await?;
				}
				Err(error) => return Err(error),
				Ok(()) if self.options.once || self.findings.ended.is_some() => {
					return Ok(self.findings)
				}
				Ok(()) => {}
			}
		}
	}

	/// Looks at everything that is live now.
	async fn look(&mut self) -> Result<(), WatchdogError> {
		self.findings.unchecked = false;
		let bounties = match self.options.bounty {
			Some(bounty) => vec![bounty],
			None => self.live().await?,
		};
		let mut live = BTreeSet::new();
		for bounty in bounties {
			let Some(view) = self.chain.bounty(bounty, None).await? else {
				match self.options.bounty {
					Some(_) if !self.known => return Err(WatchdogError::NoSuchBounty(bounty)),
					_ => continue,
				}
			};
			self.known = true;
			if let BountyState::Running { settled, newest, .. } = view.bounty.state {
				for index in (settled.0.saturating_add(1)..=newest.0).map(RoundIndex) {
					live.insert((bounty, index));
					match self.look_at_round(&view, index).await {
						Err(WatchdogError::Chain(error)) => return Err(error.into()),
						// One bounty's trouble must not keep the others from being watched.
						Err(error) if self.options.bounty.is_none() => {
							self.findings.unchecked = true;
							let place = (bounty, index);
							self.say_once(place, waiting(place, error.to_string()));
						}
						result => result?,
					}
				}
			}
			if view.bounty.ended() && self.options.bounty.is_some() {
				let state = state_name(&view.bounty.state).to_owned();
				(self.tell)(WatchdogNote::Ended { bounty: bounty.0, state });
				self.findings.ended = Some(view.bounty.state);
			}
		}
		self.forget_all_but(&live);
		Ok(())
	}

	async fn live(&self) -> Result<Vec<BountyId>, WatchdogError> {
		let mut bounties: Vec<BountyId> = Vec::new();
		loop {
			let start = bounties.last().map_or(BountyId(0), |last| last.next());
			let page = self.chain.live_bounties(start, PAGE).await?;
			let last = page.len() < PAGE as usize;
			bounties.extend(page);
			if last {
				return Ok(bounties);
			}
		}
	}

	/// Drops memory and files of rounds that are over.
	fn forget_all_but(&mut self, live: &BTreeSet<Place>) {
		for place in self.computed.keys().filter(|place| !live.contains(place)) {
			// Files that stay are only space.
			let _ = std::fs::remove_dir_all(folder(&self.options.folder, *place));
		}
		self.computed.retain(|place, _| live.contains(place));
		self.told.retain(|place, _| live.contains(place));
		self.refused.retain(|place, _| live.contains(place));
	}

	async fn look_at_round(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
	) -> Result<(), WatchdogError> {
		let place = (view.id, index);
		let Some(round) = self.chain.round(view.id, index, None).await? else { return Ok(()) };
		let Some(frozen) = round.frozen.clone() else { return Ok(()) };
		let standing = || round.publications.iter().filter(|publication| !publication.struck);
		if standing().next().is_none() {
			return Ok(());
		}
		let own = match self.recompute(view, index, &round, &frozen).await {
			Err(WatchdogError::Gateway(error)) if error.is_passing() => {
				self.findings.unchecked = true;
				let reason = format!("the results cannot be computed again: {error}");
				self.say_once(place, waiting(place, reason));
				return Ok(());
			}
			own => own?,
		};
		let mut disputed = BTreeSet::new();
		for publication in standing() {
			let root = publication.result.next_model_root;
			if root == own.result.next_model_root {
				self.say_once(
					place,
					WatchdogNote::Agrees {
						bounty: place.0 .0,
						round: index.0,
						attempt: publication.attempt,
						root: hex_hash(&root),
						scores: own.scores_agree(&publication.result),
					},
				);
			} else if disputed.insert(root) {
				self.findings.wrong = true;
				let own = own.clone();
				let dispute = Dispute { place, round: &round, root, own };
				match self.dispute(&dispute).await {
					Err(WatchdogError::Chain(error @ ChainError::NotTaken { .. })) => {
						self.say_once(place, waiting(place, error.to_string()));
					}
					Err(error @ WatchdogError::NoBond { .. }) => {
						self.say_once(place, waiting(place, error.to_string()));
					}
					result => result?,
				}
			}
		}
		Ok(())
	}

	/// Does what can be done about a wrong root: a proof if its leaves are known, else a challenge.
	async fn dispute(&mut self, dispute: &Dispute<'_>) -> Result<(), WatchdogError> {
		let account = self.signer.as_ref().map(|signer| signer.account().clone());
		let next = dispute.challenge().map(|challenge| {
			let nobody = || AccountId::new([0; 32]);
			next_move(challenge, &dispute.own.tree, &account.unwrap_or_else(nobody))
		});
		if let Some(Move::Prove(claim)) = &next {
			return self.prove(dispute, claim).await;
		}
		let shape = dispute.own.tree.shape();
		match self.gateway.leaves(&dispute.root, shape).await {
			Ok(leaves) => {
				let claimed = Tree::<Blake2b256>::new(shape, leaves).map_err(BlobError::from)?;
				match Claim::first_wrong(&dispute.own.tree, &claimed) {
					Some(claim) => self.prove(dispute, &claim).await,
					None => Ok(()),
				}
			}
			Err(error) if error.is_passing() => {
				let ((bounty, round), attempt) = (dispute.place, dispute.round.attempt);
				let note = WatchdogNote::Withheld {
					bounty: bounty.0,
					round: round.0,
					attempt,
					root: hex_hash(&dispute.root),
					expected: hex_hash(&dispute.own.result.next_model_root),
					reason: error.to_string(),
				};
				self.say_once(dispute.place, note);
				self.challenge(dispute, next).await
			}
			Err(error) => Err(error.into()),
		}
	}

	async fn prove(&mut self, dispute: &Dispute<'_>, claim: &Claim) -> Result<(), WatchdogError> {
		let (place, chunk) = (dispute.place, claim.index);
		let (bounty, round) = (place.0 .0, place.1 .0);
		let root = hex_hash(&dispute.root);
		let expected = hex_hash(&dispute.own.result.next_model_root);
		let attempt = dispute.round.attempt;
		let differs =
			WatchdogNote::Differs { bounty, round, attempt, root: root.clone(), expected, chunk };
		self.say_once(place, differs);
		let (own, claimed, wrong) = (dispute.own.clone(), claim.clone(), dispute.root);
		let work = tokio::task::spawn_blocking(move || own.prove(&wrong, &claimed));
		let proof = work.await.map_err(|error| WatchdogError::Interrupted(error.to_string()))??;
		let call = Call::prove_wrong_chunk(place.0, place.1, dispute.root, &proof);
		let would = WatchdogNote::WouldProve { bounty, round, root: root.clone(), chunk };
		if self.send(place, &call, &root, would).await? {
			(self.tell)(WatchdogNote::Proven { bounty, round, root, chunk });
		}
		Ok(())
	}

	/// Opens a challenge of the accepted result, or makes the next move in one's own.
	async fn challenge(
		&mut self,
		dispute: &Dispute<'_>,
		next: Option<Move>,
	) -> Result<(), WatchdogError> {
		let place = dispute.place;
		let (bounty, round) = (place.0 .0, place.1 .0);
		match next {
			None if dispute.accepted() && dispute.round.challenge.is_none() => {
				let (root, bond) =
					(hex_hash(&dispute.root), self.limits.challenge_bond.to_string());
				let would =
					WatchdogNote::WouldChallenge { bounty, round, root: root.clone(), bond };
				if !self.options.challenge || self.signer.is_none() {
					self.say_once(place, would);
					return Ok(());
				}
				self.ensure_bond().await?;
				let call = Call::open_challenge(place.0, place.1, dispute.root);
				let tag = format!("attempt {}", dispute.round.attempt);
				if self.send(place, &call, &tag, would).await? {
					let bond = self.limits.challenge_bond.to_string();
					(self.tell)(WatchdogNote::Challenged { bounty, round, root, bond });
				}
			}
			Some(Move::Narrow { child, level, index }) => {
				let call = Call::narrow_challenge(place.0, place.1, child);
				let tag = format!("attempt {} level {level}", dispute.round.attempt);
				let narrowed = WatchdogNote::Narrowed { bounty, round, level, index };
				if self.send(place, &call, &tag, narrowed.clone()).await? {
					(self.tell)(narrowed);
				}
			}
			_ => {}
		}
		Ok(())
	}

	/// Sends a call, once if it is refused; without a signer it tells what `would` be done. Whether
	/// the chain took it.
	async fn send(
		&mut self,
		place: Place,
		call: &Call,
		tag: &str,
		would: WatchdogNote,
	) -> Result<bool, WatchdogError> {
		let Some(signer) = self.signer.clone() else {
			self.say_once(place, would);
			return Ok(false);
		};
		let key = format!("{} {tag}", call.title());
		if self.refused.get(&place).is_some_and(|refused| refused.contains(&key)) {
			return Ok(false);
		}
		match self.chain.submit_in_block(call, &signer).await {
			Ok(_) => Ok(true),
			// Others were faster.
			Err(error) if error.is_refusal("NoSuchResult") => Ok(false),
			Err(ChainError::Refused(refusal)) => {
				self.refused.entry(place).or_default().insert(key);
				self.say_once(place, waiting(place, refusal.to_string()));
				Ok(false)
			}
			Err(error) => Err(error.into()),
		}
	}

	async fn ensure_bond(&self) -> Result<(), WatchdogError> {
		let Some(signer) = &self.signer else { return Ok(()) };
		let balance = self.chain.balance(signer.account()).await?;
		let locked = balance.frozen.saturating_sub(balance.held).max(self.limits.min_payment);
		let (bond, free) = (self.limits.challenge_bond, balance.free.saturating_sub(locked));
		match free >= bond {
			true => Ok(()),
			false => Err(WatchdogError::NoBond { bond, free }),
		}
	}

	fn say_once(&mut self, place: Place, note: WatchdogNote) {
		if self.told.entry(place).or_default().insert(format!("{note:?}")) {
			(self.tell)(note);
		}
	}
}

fn waiting((bounty, round): Place, reason: String) -> WatchdogNote {
	WatchdogNote::Waiting { bounty: bounty.0, round: round.0, reason }
}

/// Where a round's files are.
fn folder(base: &std::path::Path, (bounty, round): Place) -> PathBuf {
	base.join(format!("bounty-{bounty}-round-{round}"))
}
