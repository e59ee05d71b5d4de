//! Proofs against wrong results, and challenges of withheld ones.

use crate::{
	play::{name_of, Play, Sender, EVERYBODY},
	world::{played, World},
};
use pallet_model_updates::Call as Updates;
use rand::RngExt;
use sheaf_aggregation::WrongResultProof;
use sheaf_runtime::{AccountId, Runtime};
use sheaf_training::{
	Challenge, Hash, OpenedNodes, Phase, Round, RoundIndex, Statement, Training, Turn,
};

impl World {
	/// Somebody goes against a published result, or defends it.
	pub fn dispute(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
	) -> Option<Play> {
		if let Some(challenge) = &round.challenge {
			return match challenge.turn {
				Turn::Attesters => self.answer(training, index, round, challenge),
				Turn::Challenger => self.pursue_challenge(training, index, round, challenge),
			};
		}
		let standing: Vec<Hash> = round
			.publications
			.iter()
			.filter(|publication| !publication.struck)
			.map(|publication| publication.result.next_model_root)
			.collect();
		let root = self.one_of(&standing)?;
		let flawed = self.knows.flaws.contains_key(&root);
		if flawed && self.chance(0.4) {
			let proof = self.evidence(round, &root)?;
			return self.prove(training, index, round, root, proof);
		}
		let doubtful = flawed || !self.blobs.hold(&root);
		if round.phase == Phase::Accepted && self.chance(if doubtful { 0.5 } else { 0.08 }) {
			return self.open_challenge(training, index, round);
		}
		None
	}

	/// Somebody sends a proof: a stranger, or a member without a fee.
	fn prove(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
		root: Hash,
		proof: WrongResultProof,
	) -> Option<Play> {
		let bounty = training.id;
		if self.chance(0.5) {
			let member = self.one_of(&round.committee)?;
			let says = Statement::WrongResult { root, proof };
			return Some(self.state(
				name_of(&member.account)?,
				(bounty, index, round.attempt),
				says,
			));
		}
		let name = self.one_of(&EVERYBODY)?;
		let proof = Box::new(proof);
		let call = Updates::<Runtime>::prove_wrong_chunk { bounty, round: index, root, proof };
		Some(played(Sender::Account(name), call))
	}

	fn open_challenge(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
	) -> Option<Play> {
		let root = round.accepted_result()?.next_model_root;
		let bounty = training.id;
		if self.chance(0.4) {
			let member = self.one_of(&round.committee)?;
			let place = (bounty, index, round.attempt);
			let says = Statement::Challenge { root };
			return Some(self.state(name_of(&member.account)?, place, says));
		}
		let name = self.one_of(&EVERYBODY)?;
		let call = Updates::<Runtime>::open_challenge { bounty, round: index, root };
		Some(played(Sender::Account(name), call))
	}

	/// Somebody who attested the challenged result opens its tree, if it holds the data.
	fn answer(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
		challenge: &Challenge,
	) -> Option<Play> {
		let root = round.accepted_result()?.next_model_root;
		if !self.holds_model(training, &root) || !self.chance(0.4) {
			return None;
		}
		let nodes = self.blobs.open(&root, challenge.level, challenge.index);
		let attested = |account: &AccountId| {
			let of = round.attestations.iter().filter(|a| a.account == *account);
			let mut results = of.filter_map(|a| self.knows.results.get(&a.hash));
			results.any(|result| result.next_model_root == root)
		};
		let attesters: Vec<AccountId> =
			round.attestations.iter().map(|a| a.account.clone()).filter(attested).collect();
		let account = self.one_of(&attesters)?;
		Some(self.answer_as(training, index, round, &account, nodes))
	}

	fn answer_as(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
		account: &AccountId,
		nodes: OpenedNodes,
	) -> Play {
		let bounty = training.id;
		let name = name_of(account).unwrap();
		if round.committee_place(account).is_none() || self.chance(0.2) {
			let call = Updates::<Runtime>::answer_challenge { bounty, round: index, nodes };
			return played(Sender::Account(name), call);
		}
		self.state(name, (bounty, index, round.attempt), Statement::Answer { nodes })
	}

	/// The challenger narrows, or somebody proves the result wrong from what the chain has.
	fn pursue_challenge(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
		challenge: &Challenge,
	) -> Option<Play> {
		let root = round.accepted_result()?.next_model_root;
		if challenge.at_the_leaves() || self.chance(0.05) {
			let proof = self.evidence(round, &root).filter(|_| self.chance(0.5))?;
			return self.prove(training, index, round, root, proof);
		}
		let child = self.random.random_range(0..challenge.opened.len()) as u8;
		let name = name_of(&challenge.challenger)?;
		if round.committee_place(&challenge.challenger).is_some() && self.chance(0.7) {
			let place = (training.id, index, round.attempt);
			return Some(self.state(name, place, Statement::Narrow { child }));
		}
		let call =
			Updates::<Runtime>::narrow_challenge { bounty: training.id, round: index, child };
		Some(played(Sender::Account(name), call))
	}
}
