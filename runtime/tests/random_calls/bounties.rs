//! What everybody does for a bounty before, around and after its rounds.

use crate::{
	play::{name_of, statement, Play, Sender, EVERYBODY},
	support::{account, GENESIS},
	world::{played, World},
};
use pallet_training_bounties::Call as Bounties;
use rand::RngExt;
use sheaf_runtime::{ModelUpdates, NodeRegistry, Runtime, TrainingBounties};
use sheaf_training::{
	BountyId, BountyState, EnrolmentPolicy, NodeRegistry as _, Phase, RoundIndex, Statement,
	Training, TrainingRounds, VerifierMessage, Verifiers,
};

impl World {
	/// What somebody would send now, if anybody has anything to do.
	pub fn play(&mut self) -> Option<Play> {
		for _ in 0..6 {
			let play = match self.chance(0.12) {
				true => self.tend_nodes(),
				false => self.pursue_bounty(),
			};
			if play.is_some() {
				return play;
			}
		}
		None
	}

	fn pursue_bounty(&mut self) -> Option<Play> {
		let live = self.chain.read(|| TrainingBounties::live(u32::MAX));
		if live.len() < self.mood.bounties || self.chance(0.005) {
			// Without verifiers no bounty opens: their slashes and bonds come first.
			return if self.has_verifiers() { self.open_bounty() } else { self.tend_nodes() };
		}
		let bounty = self.one_of(&live)?;
		let training = self.training(bounty)?;
		match training.bounty.state.clone() {
			BountyState::Preparing { deadline, .. } | BountyState::Enrolling { deadline }
				if self.now() >= deadline =>
			{
				Some(played(
					Sender::Nobody,
					Bounties::<Runtime>::advance_bounty { bounty, deadline },
				))
			}
			BountyState::Preparing { .. } => self.prepare(&training),
			BountyState::Enrolling { .. } => self.enrol(&training),
			BountyState::Running { settled, .. } => {
				let following = self.chance(0.3) && training.following.is_some();
				let lowest = settled.next();
				self.run_round(&training, if following { lowest.next() } else { lowest })
			}
			_ => None,
		}
	}

	fn has_verifiers(&mut self) -> bool {
		self.chain.read(|| {
			let mut validators = ModelUpdates::current().into_iter();
			validators.any(|validator| NodeRegistry::roles(&validator.account).verifier)
		})
	}

	/// A bounty with its live rounds.
	pub fn training(&mut self, bounty: BountyId) -> Option<Training> {
		self.chain.read(|| TrainingBounties::load(bounty))
	}

	/// A call of the bounty's sponsor.
	pub fn by_sponsor(&self, training: &Training, call: Bounties<Runtime>) -> Option<Play> {
		Some(played(Sender::Account(name_of(&training.bounty.sponsor)?), call))
	}

	/// A statement of a verifier, signed when it is sent.
	pub fn state(
		&mut self,
		verifier: &'static str,
		(bounty, round, attempt): (BountyId, RoundIndex, u8),
		says: Statement,
	) -> Play {
		let message = VerifierMessage {
			genesis: GENESIS,
			at: self.now(),
			bounty,
			round,
			attempt,
			verifier: account(verifier),
			statement: says,
		};
		played(Sender::Verifier(verifier), statement(message))
	}

	fn prepare(&mut self, training: &Training) -> Option<Play> {
		let BountyState::Preparing { committee, votes, .. } = &training.bounty.state else {
			return None;
		};
		match self.random.random_range(0..100) {
			0..3 => self.cancel(training),
			3..12 => self.invite(training),
			12..20 => self.enrol_aggregator(training),
			_ if !self.holds_model(training, &training.bounty.model_root) || !self.diligent() => {
				None
			}
			_ => {
				let place = self.random.random_range(0..committee.len());
				if votes >> place & 1 == 1 {
					return None;
				}
				let verifier = name_of(&committee[place].account)?;
				let vote = Statement::Availability { bits: 0, roots: Default::default() };
				Some(self.state(verifier, (training.id, RoundIndex::INITIAL_MODEL, 0), vote))
			}
		}
	}

	fn enrol(&mut self, training: &Training) -> Option<Play> {
		let bounty = training.id;
		let enough = training.bounty.trainers.len() >= usize::from(training.spec.min_trainers);
		match self.random.random_range(0..100) {
			0..2 => self.cancel(training),
			2..5 => self.leave(training),
			5..25 => self.enrol_aggregator(training),
			25..35 if enough => self.by_sponsor(training, Bounties::start { bounty }),
			_ => self.enrol_trainer(training),
		}
	}

	fn cancel(&mut self, training: &Training) -> Option<Play> {
		self.by_sponsor(training, Bounties::cancel_bounty { bounty: training.id })
	}

	fn invite(&mut self, training: &Training) -> Option<Play> {
		let trainers = self.everybody_who(|roles| roles.trainer);
		let account = account(self.one_of(&trainers)?);
		let invited = training.bounty.invitations.iter().any(|i| i.account == account);
		let known = invited || training.bounty.trainer(&account).is_some();
		if training.spec.enrolment == EnrolmentPolicy::Open || known {
			return None;
		}
		let weight = self.random.random_range(1..=training.spec.max_weight);
		self.by_sponsor(training, Bounties::invite { bounty: training.id, account, weight })
	}

	/// A trainer that has no place enrols, or is invited first.
	pub fn enrol_trainer(&mut self, training: &Training) -> Option<Play> {
		let places = usize::from(training.spec.max_trainers);
		let trainers = &training.bounty.trainers;
		if trainers.len() >= places && trainers.iter().all(|trainer| trainer.active) {
			return None;
		}
		let able = self.everybody_who(|roles| roles.trainer);
		let name = self.one_of(&able)?;
		if training.bounty.trainer(&account(name)).is_some() {
			return None;
		}
		let invited = training.bounty.invitations.iter().any(|i| i.account == account(name));
		match training.spec.enrolment == EnrolmentPolicy::Open || invited {
			true => Some(played(
				Sender::Account(name),
				Bounties::<Runtime>::enroll { bounty: training.id },
			)),
			false => self.invite(training),
		}
	}

	fn enrol_aggregator(&mut self, training: &Training) -> Option<Play> {
		let able = self.everybody_who(|roles| roles.aggregator);
		let name = self.one_of(&able)?;
		let call = Bounties::<Runtime>::enroll_aggregator { bounty: training.id };
		let enrolled = training.bounty.aggregators.contains(&account(name));
		(!enrolled).then(|| played(Sender::Account(name), call))
	}

	fn leave(&mut self, training: &Training) -> Option<Play> {
		let bounty = &training.bounty;
		let enrolled = |name: &&&str| {
			bounty.trainer(&account(name)).is_some() || bounty.aggregators.contains(&account(name))
		};
		let enrolled: Vec<_> = EVERYBODY.iter().filter(enrolled).copied().collect();
		let name = self.one_of(&enrolled)?;
		Some(played(Sender::Account(name), Bounties::<Runtime>::leave { bounty: training.id }))
	}

	/// What is done around a round in Commit.
	pub fn change_enrolment(&mut self, training: &Training) -> Option<Play> {
		let bounty = training.id;
		match self.random.random_range(0..10) {
			0..4 => self.enrol_trainer(training),
			4..6 => self.enrol_aggregator(training),
			6..8 => self.leave(training),
			8 => self.invite(training),
			_ => self.by_sponsor(training, Bounties::close_bounty { bounty }),
		}
	}

	/// The call that ends a phase, if it is due.
	pub fn advance(&mut self, training: &Training, index: RoundIndex) -> Option<Play> {
		let round = training.round(index)?;
		let waits = round.phase == Phase::Commit && !round.previous_settled;
		if self.now() < round.deadline() || waits {
			return None;
		}
		let call = Bounties::<Runtime>::advance {
			bounty: training.id,
			round: index,
			attempt: round.attempt,
			phase: round.phase,
			deadline: round.deadline(),
		};
		Some(played(Sender::Nobody, call))
	}
}
