//! What trainers, verifiers and aggregators do in a round.

use crate::{
	play::{name_of, Play, Sender},
	support::{world::noise, GENESIS},
	world::{played, Lie, World},
};
use pallet_model_updates::Call as Updates;
use pallet_training_bounties::Call as Bounties;
use rand::RngExt;
use sheaf_runtime::{AccountId, Runtime};
use sheaf_training::{
	commitment_hash, update_bit, AttestationContext, Hash, OpenedRoot, Phase, Round, RoundIndex,
	RoundResult, Statement, Training, SLICE_BIT,
};
use sp_runtime::BoundedVec;

const LIES: [Lie; 6] = [
	Lie::WrongElement,
	Lie::WrongElement,
	Lie::Withheld,
	Lie::WrongScores,
	Lie::OtherLength,
	Lie::Padding,
];

impl World {
	/// What somebody would send now in a live round.
	pub fn run_round(&mut self, training: &Training, index: RoundIndex) -> Option<Play> {
		let round = training.round(index)?;
		if let Some(advance) = self.advance(training, index) {
			return Some(advance);
		}
		match round.phase {
			Phase::Commit => self.commit(training, index, round),
			Phase::Draw => None,
			Phase::Upload => self.vote(training, index, round),
			Phase::Attest => self.attest(training, index, round),
			Phase::Publish | Phase::Accepted => self.publish_or_dispute(training, index, round),
		}
	}

	fn commit(&mut self, training: &Training, index: RoundIndex, round: &Round) -> Option<Play> {
		if self.chance(0.12) {
			return self.change_enrolment(training);
		}
		let trainer = self.one_of(&training.bounty.trainers)?;
		let name = name_of(&trainer.account)?;
		if !trainer.active {
			let call = Bounties::<Runtime>::rejoin { bounty: training.id };
			let able = self.roles(name).trainer && self.chance(0.5);
			return able.then(|| played(Sender::Account(name), call));
		}
		if round.committed(&trainer.account) || !self.diligent() {
			return None;
		}
		let root = self.update(training);
		let hash =
			commitment_hash(&GENESIS, training.id, index, round.attempt, &trainer.account, &root);
		let delivered = self.chance(0.93);
		self.knows.updates.insert(hash, Some(root).filter(|_| delivered));
		let (bounty, attempt) = (training.id, round.attempt);
		let call = Updates::<Runtime>::commit_update { bounty, round: index, attempt, hash };
		Some(played(Sender::Account(name), call))
	}

	/// Root of a trained update, which now and then is another trainer's.
	fn update(&mut self, training: &Training) -> Hash {
		if self.chance(0.04) {
			let rounds = training.lowest.iter().chain(&training.following);
			let known = rounds.flat_map(|round| &round.commitments);
			let roots: Vec<Hash> =
				known.filter_map(|c| *self.knows.updates.get(&c.hash)?).collect();
			if let Some(copied) = self.one_of(&roots) {
				return copied;
			}
		}
		let seed = self.random.random();
		self.blobs.put(noise(training.spec.parameters.element_count, seed))
	}

	fn vote(&mut self, training: &Training, index: RoundIndex, round: &Round) -> Option<Play> {
		let place = self.random.random_range(0..round.committee.len());
		let name = name_of(&round.committee[place].account)?;
		let before = round.votes[place];
		let (mut bits, mut roots) = (0, Vec::new());
		for commitment in &round.commitments {
			let held = self.knows.updates.get(&commitment.hash).copied().flatten();
			if let Some(root) = held.filter(|_| self.chance(0.95)) {
				bits |= update_bit(commitment.slot);
				roots.push(OpenedRoot { slot: Some(commitment.slot), root });
			}
		}
		if let Some(root) = self.slice_root(training, index).filter(|_| !round.slice_spent) {
			bits |= SLICE_BIT;
			roots.push(OpenedRoot { slot: None, root });
		}
		let new = bits & !before.bits != 0 || before.sent == 0;
		if !new || !self.diligent() {
			return None;
		}
		let roots = BoundedVec::truncate_from(roots);
		let says = Statement::Availability { bits, roots };
		Some(self.state(name, (training.id, index, round.attempt), says))
	}

	/// The slice of a round, if it is shown and has the right size.
	fn slice_root(&self, training: &Training, index: RoundIndex) -> Option<Hash> {
		let commitment = training.spec.slice_commitment(index)?;
		let root = self.knows.slices.get(&commitment).copied().flatten()?;
		let size = training.spec.slice_layout()?.element_count();
		(self.blobs.get(&root).len() as u64 == size).then_some(root)
	}

	fn attest(&mut self, training: &Training, index: RoundIndex, round: &Round) -> Option<Play> {
		let members = round.committee.iter().map(|member| &member.account);
		let waiting: Vec<AccountId> = members
			.chain(&round.aggregator)
			.filter(|account| !round.attested(round.attempt, account))
			.cloned()
			.collect();
		let account = self.one_of(&waiting)?;
		if !self.diligent() || !self.computable(training, round) {
			return None;
		}
		let inputs = round.frozen.as_ref()?.inputs;
		let hash = self.attestation(training, index, round, &account);
		let name = name_of(&account)?;
		let (bounty, attempt) = (training.id, round.attempt);
		if round.committee_place(&account).is_none() || self.chance(0.05) {
			let call = Updates::<Runtime>::attest_as_aggregator {
				bounty,
				round: index,
				attempt,
				inputs,
				hash,
			};
			return Some(played(Sender::Account(name), call));
		}
		let says = Statement::Attestation { inputs, hash };
		Some(self.state(name, (bounty, index, attempt), says))
	}

	/// What an account attests: the right result, or what the liars of this attempt agreed on.
	fn attestation(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
		account: &AccountId,
	) -> Hash {
		let plot = self.plot(training, index, round).filter(|_| self.chance(0.8));
		let lie = plot.or_else(|| Some(Lie::Garbage).filter(|_| self.chance(0.02)));
		let result = match lie {
			Some(lie) => self.wrong_result(training, round, lie),
			None => self.right_result(training, round),
		};
		let context = AttestationContext {
			genesis: &GENESIS,
			bounty: training.id,
			round: index,
			attempt: round.attempt,
			inputs: &round.frozen.as_ref().unwrap().inputs,
		};
		let hash = context.attestation_hash(account, &result.hash());
		if lie != Some(Lie::Garbage) {
			self.knows.results.insert(hash, result);
		}
		hash
	}

	fn plot(&mut self, training: &Training, index: RoundIndex, round: &Round) -> Option<Lie> {
		let place = (training.id, index, round.attempt);
		if let Some(plot) = self.knows.plots.get(&place) {
			return *plot;
		}
		let plot = self.chance(self.mood.plots).then(|| self.one_of(&LIES)).flatten();
		self.knows.plots.insert(place, plot);
		plot
	}

	fn publish_or_dispute(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
	) -> Option<Play> {
		let early = round.phase == Phase::Publish;
		if self.chance(if early { 0.8 } else { 0.1 }) {
			return self.publish(training, index, round);
		}
		self.dispute(training, index, round)
	}

	/// Somebody publishes what it attested and nobody has published yet.
	fn publish(&mut self, training: &Training, index: RoundIndex, round: &Round) -> Option<Play> {
		let attestation = self.one_of(&round.attestations)?;
		let result: RoundResult = self.knows.results.get(&attestation.hash)?.clone();
		let hash = result.hash();
		if round.publications.iter().any(|published| published.hash == hash) || !self.diligent() {
			return None;
		}
		let name = name_of(&attestation.account)?;
		let (bounty, attempt) = (training.id, attestation.attempt);
		// Only who sits on the committee now is heard without a fee.
		if round.committee_place(&attestation.account).is_none() {
			let call =
				Updates::<Runtime>::publish_as_aggregator { bounty, round: index, attempt, result };
			return Some(played(Sender::Account(name), call));
		}
		Some(self.state(name, (bounty, index, attempt), Statement::Publication(result)))
	}
}
