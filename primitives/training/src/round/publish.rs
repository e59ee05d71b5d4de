//! Publish and Accepted: results in the clear, accepted by quorum, struck by proof.

use super::{
	update_bit, Attestation, ChallengeOutcome, Commitment, Phase, Publication, Round, RoundContext,
	RoundError, RoundStep,
};
use crate::{
	AccountId, AttestationContext, Conduct, Contributions, Contributor, Hash, RoundResult,
};
use alloc::vec::Vec;
use sp_runtime::BoundedVec;

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
			.try_push(Publication { result, hash, attempt: self.attempt, struck, at: context.now })
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
		(self.challenges, self.member_challenges) = (0, 0);
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

	/// Strikes every result with a root that was proven wrong; [`Round::offenders`] says who pays for
	/// it. If the accepted result is among them, Publish opens again. A result of an earlier
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

	/// Strikes the accepted result because its attesters did not open it. Unlike a root that was
	/// proven wrong, a later attempt may accept it.
	pub(crate) fn strike_withheld(
		&mut self,
		context: &RoundContext<'_>,
		steps: &mut Vec<RoundStep>,
	) -> Result<(), RoundError> {
		let accepted = self.accepted_result().ok_or(RoundError::NoSuchResult)?;
		let root = accepted.next_model_root;
		self.withheld.try_push((self.attempt, root)).map_err(|_| RoundError::Full)?;
		self.strike(&root, context, steps)
	}

	/// Whether a root was struck in this attempt because nobody opened it.
	fn is_withheld(&self, root: &Hash) -> bool {
		self.withheld.contains(&(self.attempt, *root))
	}

	/// Ends an attempt: what it withheld was paid for, and is as if it had never been published, so
	/// that the next committee may come to the same result. Who paid never attested it.
	pub(super) fn forget_withheld(&mut self, context: &RoundContext<'_>) {
		let publications = core::mem::take(&mut self.publications).into_iter();
		let (withheld, kept): (Vec<Publication>, Vec<Publication>) =
			publications.partition(|p| self.is_withheld(&p.result.next_model_root));
		let attestations = core::mem::take(&mut self.attestations);
		let opens = |a: &Attestation| withheld.iter().any(|p| self.opens(a, &p.hash, context));
		let paid: Vec<AccountId> = attestations
			.iter()
			.filter(|a| a.attempt == self.attempt && opens(a))
			.map(|a| a.account.clone())
			.collect();
		let standing =
			attestations.into_iter().filter(|a| !(paid.contains(&a.account) && opens(a))).collect();
		self.attestations = BoundedVec::truncate_from(standing);
		self.publications = BoundedVec::truncate_from(kept);
	}

	/// Whether a root was proven wrong in this round, or was not opened in this attempt.
	pub fn is_struck(&self, root: &Hash) -> bool {
		self.publications.iter().any(|p| p.struck && p.result.next_model_root == *root)
	}

	/// Who pays for a struck root: whoever is [`Round::liable`] for it. Of a root that nobody opened
	/// only who attested it in this attempt: earlier committees were dismissed and did not hear of
	/// the challenge.
	pub fn offenders(&self, root: &Hash, context: &RoundContext<'_>) -> Vec<AccountId> {
		let any_attempt = !self.is_withheld(root);
		self.attesters(root, |a| any_attempt || a.attempt == self.attempt, context)
	}

	/// Whoever's attestation of any attempt opens to a published result with this root, each account
	/// once.
	///
	/// Hashes 152 bytes for each attestation and each such result: at most [`MAX_ATTESTATIONS`](super::MAX_ATTESTATIONS)
	/// squared, 18,496 times.
	pub fn liable(&self, root: &Hash, context: &RoundContext<'_>) -> Vec<AccountId> {
		self.attesters(root, |_| true, context)
	}

	/// Whether `account` is among [`Round::liable`]; hashes only for its own attestations, of which
	/// there is one per attempt.
	pub fn is_liable(&self, account: &AccountId, root: &Hash, context: &RoundContext<'_>) -> bool {
		!self.attesters(root, |a| a.account == *account, context).is_empty()
	}

	/// Whose attestations of the kind that `counts` open to a published result with this root, each
	/// account once.
	fn attesters(
		&self,
		root: &Hash,
		counts: impl Fn(&Attestation) -> bool,
		context: &RoundContext<'_>,
	) -> Vec<AccountId> {
		let with_root = |p: &&Publication| p.result.next_model_root == *root;
		let opens = |a: &Attestation| {
			self.publications.iter().filter(with_root).any(|p| self.opens(a, &p.hash, context))
		};
		let attestations = self.attestations.iter().filter(|a| counts(a) && opens(a));
		let mut accounts: Vec<AccountId> = attestations.map(|a| a.account.clone()).collect();
		accounts.sort();
		accounts.dedup();
		accounts
	}

	/// Each attestation with the published result that it opens to.
	fn openings(&self, context: &RoundContext<'_>) -> Vec<(&Attestation, Option<&Publication>)> {
		let opened =
			|a: &Attestation| self.publications.iter().find(|p| self.opens(a, &p.hash, context));
		self.attestations.iter().map(|a| (a, opened(a))).collect()
	}

	/// Members whose attestation of any attempt opens to the accepted root, or if the round aborts to
	/// a published result that is not struck, and none to one that is struck.
	///
	/// Hashes 152 bytes for each attestation and published result, as [`Round::misconduct`]: at most
	/// [`MAX_ATTESTATIONS`](super::MAX_ATTESTATIONS) squared, 18,496 times.
	pub fn dissenters(&self, context: &RoundContext<'_>) -> Vec<AccountId> {
		let accepted = self.accepted_result().map(|result| result.next_model_root);
		let stands = |p: &Publication| {
			!p.struck && accepted.is_none_or(|root| root == p.result.next_model_root)
		};
		let openings = self.openings(context);
		let dissent = openings.iter().filter(|(a, p)| a.member && p.is_some_and(stands));
		let mut dissenters: Vec<AccountId> = dissent.map(|(a, _)| a.account.clone()).collect();
		dissenters.sort();
		dissenters.dedup();
		dissenters.retain(|account| !attested_struck(&openings, account));
		dissenters
	}

	/// Who is paid for the accepted result. Hashes 152 bytes for each attestation of this attempt.
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

	/// How committee and aggregators behaved whose work is not paid, each account once, with whether
	/// it attested as a member. Nothing if the round aborts: a failed attempt proves nobody's fault.
	/// Who attested a struck result is left out: the offence was reported.
	///
	/// Hashes as often as [`Round::dissenters`].
	pub fn misconduct(&self, context: &RoundContext<'_>) -> Vec<(AccountId, bool, Conduct)> {
		let Some(accepted) = self.accepted_result() else { return Vec::new() };
		let openings = self.openings(context);
		let mut noted: Vec<(AccountId, bool, Conduct)> = Vec::new();
		let mut note = |account: &AccountId, member: bool, conduct: Conduct| {
			let known = noted.iter().any(|(other, ..)| other == account);
			if !known && !attested_struck(&openings, account) {
				noted.push((account.clone(), member, conduct));
			}
		};
		for (attestation, publication) in &openings {
			let conduct = match publication {
				Some(p) if p.result.next_model_root == accepted.next_model_root => continue,
				Some(_) => Conduct::OtherModelAttested,
				None => Conduct::UnopenedAttestation,
			};
			note(&attestation.account, attestation.member, conduct);
		}
		if let Some(aggregator) = &self.aggregator {
			if !self.attested(self.attempt, aggregator) {
				note(aggregator, false, Conduct::AbsentAggregator);
			}
		}
		for member in &self.committee {
			if !self.attestations.iter().any(|a| a.account == member.account) {
				note(&member.account, true, Conduct::AbsentMember);
			}
		}
		noted
	}

	/// Whether a result of this round was struck.
	pub fn has_strikes(&self) -> bool {
		!self.withheld.is_empty() || self.publications.iter().any(|publication| publication.struck)
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

/// Whether an attestation of `account` opens to a struck result.
fn attested_struck(openings: &[(&Attestation, Option<&Publication>)], account: &AccountId) -> bool {
	openings.iter().any(|(a, p)| a.account == *account && p.is_some_and(|p| p.struck))
}
