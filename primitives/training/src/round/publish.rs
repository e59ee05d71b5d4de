//! Publish and Accepted: results in the clear, accepted by quorum, struck by proof.

use super::{
	update_bit, Attestation, ChallengeOutcome, Commitment, Phase, Publication, Round, RoundContext, RoundError,
	RoundStep,
};
use crate::{
	AccountId, AttestationContext, Conduct, Contributions, Contributor, Hash, RoundResult,
};
use alloc::vec::Vec;

impl Round {
	/// Takes a result from somebody whose attestation of `attempt` opens to it.
	pub fn publish(
		&mut self,
		attempt: u8,
		account: &AccountId,
		result: RoundResult,
		context: &RoundContext<'_>,
	) -> Result<(), RoundError> {
		if !matches!(self.phase, Phase::Publish | Phase::Accepted) {
			return Err(RoundError::WrongPhase);
		}
		if attempt > self.attempt {
			return Err(RoundError::WrongAttempt);
		}
		if self.phase == Phase::Publish {
			self.ensure_open(context.now)?;
		}
		let frozen = self.frozen.as_ref().ok_or(RoundError::WrongPhase)?;
		let measured = match context.spec.measures_contribution() {
			true => frozen.updates.len(),
			false => 0,
		};
		let scores_fit = match (&result.scores, frozen.slice_root) {
			(Some(scores), Some(_)) => scores.leave_one_out.len() == measured,
			(None, None) => true,
			_ => false,
		};
		if !scores_fit {
			return Err(RoundError::MalformedScores);
		}
		let hash = result.hash();
		let opens = self.attestations.iter().any(|a| {
			a.attempt == attempt && a.account == *account && self.opens(a, &hash, context)
		});
		if !opens {
			return Err(RoundError::NotAttested);
		}
		if self.publications.iter().any(|p| p.hash == hash) {
			return Err(RoundError::AlreadyPublished);
		}
		let root = result.next_model_root;
		let struck = self.is_struck(&root);
		self.publications
			.try_push(Publication { result, hash, attempt: self.attempt, struck })
			.map_err(|_| RoundError::Full)
	}

	fn opens(
		&self,
		attestation: &Attestation,
		result_hash: &Hash,
		context: &RoundContext<'_>,
	) -> bool {
		let Some(frozen) = &self.frozen else { return false };
		let attested = AttestationContext {
			genesis: context.genesis,
			bounty: context.bounty,
			round: context.round,
			attempt: attestation.attempt,
			inputs: &frozen.inputs,
		};
		attested.attestation_hash(&attestation.account, result_hash) == attestation.hash
	}

	/// Members of the current attempt whose attestations open to the result.
	fn supporters(&self, result_hash: &Hash, context: &RoundContext<'_>) -> Vec<AccountId> {
		self.attestations
			.iter()
			.filter(|a| a.member && a.attempt == self.attempt)
			.filter(|a| self.opens(a, result_hash, context))
			.map(|a| a.account.clone())
			.collect()
	}

	/// The unstruck result with most members, the smaller hash on ties, and how many they are.
	fn best_result(&self, context: &RoundContext<'_>) -> Option<(Hash, usize)> {
		self.publications
			.iter()
			.filter(|p| !p.struck)
			.map(|p| (p.hash, self.supporters(&p.hash, context).len()))
			.filter(|(_, members)| *members > 0)
			.max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
	}

	fn accept(
		&mut self,
		result_hash: Hash,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) {
		self.accepted = Some(result_hash);
		self.start(Phase::Accepted, context, steps);
		steps.push(RoundStep::Accepted);
	}

	pub(super) fn conclude_publish(
		&mut self,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> bool {
		let quorum = usize::try_from(self.quorum()).unwrap_or(usize::MAX);
		let best = self.best_result(context).filter(|(_, members)| *members >= quorum);
		if let Some((hash, _)) = best {
			self.accept(hash, context, steps);
		}
		best.is_some()
	}

	pub(super) fn end_publish(&mut self, context: &RoundContext<'_>, steps: &mut Vec<RoundStep>) {
		match self.best_result(context).filter(|_| self.struck_in_attempt) {
			Some((hash, _)) => self.accept(hash, context, steps),
			None => self.retry(context, steps),
		}
	}

	/// Strikes every result with a root that was proven wrong; [`Round::liable`] says who attested
	/// one of them. If the accepted result is among them, Publish opens again. A result of an earlier
	/// attempt can be struck in every phase of a later one.
	pub fn strike(
		&mut self,
		root: &Hash,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> Result<(), RoundError> {
		if self.frozen.is_none() {
			return Err(RoundError::WrongPhase);
		}
		let mut wrong = Vec::new();
		for publication in self.publications.iter_mut() {
			if !publication.struck && publication.result.next_model_root == *root {
				publication.struck = true;
				wrong.push(publication.hash);
			}
		}
		if wrong.is_empty() {
			return Err(RoundError::NoSuchResult);
		}
		if self.accepted.is_some_and(|accepted| wrong.contains(&accepted)) {
			let challenge = self.challenge.take();
			let ended = challenge.map(|c| RoundStep::ChallengeEnded(c, ChallengeOutcome::Upheld));
			steps.extend(ended);
			self.accepted = None;
			self.struck_in_attempt = true;
			self.start(Phase::Publish, context, steps);
		}
		Ok(())
	}

	/// Whether a root was proven wrong in this round.
	pub fn is_struck(&self, root: &Hash) -> bool {
		self.publications.iter().any(|p| p.struck && p.result.next_model_root == *root)
	}

	/// Whoever's attestation opens to a published result with this root.
	pub fn liable(&self, root: &Hash, context: &RoundContext<'_>) -> Vec<AccountId> {
		let hashes: Vec<Hash> = self
			.publications
			.iter()
			.filter(|p| p.result.next_model_root == *root)
			.map(|p| p.hash)
			.collect();
		self.attesters(|_| true, |hash| hashes.contains(hash), context)
	}

	/// Members whose attestation of any attempt opens to a published result that is not struck, and
	/// none to one that is.
	pub fn dissenters(&self, context: &RoundContext<'_>) -> Vec<AccountId> {
		let with = |struck: bool| -> Vec<Hash> {
			self.publications.iter().filter(|p| p.struck == struck).map(|p| p.hash).collect()
		};
		let (sound, wrong) = (with(false), with(true));
		let offenders = self.attesters(|_| true, |hash| wrong.contains(hash), context);
		let mut dissenters = self.attesters(|a| a.member, |hash| sound.contains(hash), context);
		dissenters.retain(|dissenter| !offenders.contains(dissenter));
		dissenters
	}

	/// Whose attestations of the kind that `counts` open to a published result that `matches`, each
	/// account once.
	fn attesters(
		&self,
		counts: impl Fn(&Attestation) -> bool,
		matches: impl Fn(&Hash) -> bool,
		context: &RoundContext<'_>,
	) -> Vec<AccountId> {
		let mut accounts: Vec<AccountId> = self
			.attestations
			.iter()
			.filter(|a| counts(a))
			.filter(|a| {
				self.publications
					.iter()
					.any(|p| matches(&p.hash) && self.opens(a, &p.hash, context))
			})
			.map(|a| a.account.clone())
			.collect();
		accounts.sort();
		accounts.dedup();
		accounts
	}

	/// Who is paid for the accepted result.
	pub fn contributions(&self, context: &RoundContext<'_>) -> Contributions {
		let Some(accepted) = &self.accepted else { return Contributions::default() };
		let aggregator = self.aggregator.clone().filter(|aggregator| {
			self.attestations.iter().any(|a| {
				a.attempt == self.attempt
					&& a.account == *aggregator
					&& self.opens(a, accepted, context)
			})
		});
		Contributions {
			trainers: self.contributors(),
			verifiers: self.supporters(accepted, context),
			committee: u32::try_from(self.committee.len()).unwrap_or(u32::MAX),
			aggregator,
		}
	}

	/// The included trainers with their marginal contributions.
	fn contributors(&self) -> Vec<Contributor> {
		let scores = self.accepted_result().and_then(|result| result.scores.as_ref());
		let measure = |place: usize| {
			let scores = scores?;
			Some(scores.leave_one_out.get(place)?.marginal(scores.correct))
		};
		self.included()
			.into_iter()
			.enumerate()
			.map(|(place, account)| Contributor { account, marginal: measure(place).unwrap_or(0) })
			.collect()
	}

	/// How committee and aggregators behaved whose work is not paid, each account once. Who attested
	/// a struck result is left out: the offence was reported.
	pub fn misconduct(&self, context: &RoundContext<'_>) -> Vec<(AccountId, bool, Conduct)> {
		let Some(accepted) = self.accepted_result() else { return Vec::new() };
		let opened: Vec<(&Attestation, Option<&Publication>)> = self
			.attestations
			.iter()
			.map(|a| (a, self.publications.iter().find(|p| self.opens(a, &p.hash, context))))
			.collect();
		let proven_wrong = |account: &AccountId| {
			opened.iter().any(|(a, opened)| a.account == *account && opened.is_some_and(|p| p.struck))
		};
		let mut noted: Vec<(AccountId, bool, Conduct)> = Vec::new();
		for (attestation, publication) in &opened {
			let conduct = match publication {
				Some(p) if p.result.next_model_root == accepted.next_model_root => continue,
				Some(_) => Conduct::OtherModelAttested,
				None => Conduct::UnopenedAttestation,
			};
			let account = &attestation.account;
			if !proven_wrong(account) && !noted.iter().any(|(other, ..)| other == account) {
				noted.push((account.clone(), attestation.member, conduct));
			}
		}
		for member in &self.committee {
			if !self.attestations.iter().any(|a| a.account == member.account) {
				noted.push((member.account.clone(), true, Conduct::AbsentMember));
			}
		}
		noted
	}

	/// Whether a result of this round was proven wrong.
	pub fn has_strikes(&self) -> bool {
		self.publications.iter().any(|publication| publication.struck)
	}

	/// Whose finished work an abort must pay: the included set, or before it was frozen everybody
	/// whose update a quorum held. Of two updates with one root, the one committed earlier counts.
	pub fn finished_work(&self) -> Vec<AccountId> {
		if self.frozen.is_some() {
			return self.included();
		}
		let mut counted: Vec<&Commitment> = Vec::new();
		for commitment in &self.commitments {
			let delivered = self.delivered & update_bit(commitment.slot) != 0;
			if delivered && !counted.iter().any(|other| other.root == commitment.root) {
				counted.push(commitment);
			}
		}
		counted.sort_by_key(|commitment| commitment.slot);
		counted.into_iter().map(|commitment| commitment.account.clone()).collect()
	}

	/// Accounts of the included set.
	pub fn included(&self) -> Vec<AccountId> {
		self.frozen
			.iter()
			.flat_map(|frozen| frozen.updates.iter().map(|update| update.account.clone()))
			.collect()
	}
}
