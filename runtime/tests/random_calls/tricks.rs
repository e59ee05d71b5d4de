//! Calls that a live bounty refuses for one particular reason each.

use crate::{
	play::{name_of, How, Play, Sender, EVERYBODY},
	support::account,
	world::{played, World},
};
use pallet_model_updates::Call as Updates;
use pallet_training_bounties::Call as Bounties;
use rand::RngExt;
use sheaf_aggregation::WrongResultProof;
use sheaf_runtime::{AccountId, Runtime, TrainingBounties};
use sheaf_training::{
	update_bit, BountyState, Challenge, Hash, LeaveOneOut, OpenedRoot, Phase, Round, RoundIndex,
	RoundResult, Slot, Statement, Training, TrainingRounds, Turn,
};
use sp_runtime::BoundedVec;

/// Every trick. A long run must come to see each of them refused.
pub const TRICKS: [&str; 29] = [
	"a member votes for the initial model again",
	"a trainer enrols again",
	"rounds start with too few trainers",
	"a trainer is invited again",
	"a full bounty is joined",
	"a trainer commits again",
	"an inactive trainer commits",
	"a committed trainer leaves",
	"an active trainer rejoins",
	"a vote says nothing new",
	"a vote is for an update without root",
	"a root opens no commitment",
	"an attestation is of other inputs",
	"a member attests again",
	"a stranger attests",
	"a stranger publishes",
	"a result is published again",
	"a result has too many scores",
	"a proof is against a right result",
	"a proof is of a place outside the tree",
	"a proof claims another leaf",
	"a proof has another previous chunk",
	"a proof has another update",
	"a proof has no updates",
	"a challenge is not of the accepted result",
	"a move is made without a challenge",
	"a stranger moves in a challenge",
	"an answer opens other nodes",
	"a move is out of turn or of no node",
];

/// A trick and the call it takes.
type Trick = Option<(&'static str, Play)>;

/// A live round of a bounty.
#[derive(Clone, Copy)]
struct Place<'a> {
	training: &'a Training,
	index: RoundIndex,
	round: &'a Round,
}

impl World {
	/// A call that the state of some live bounty refuses.
	pub fn trick(&mut self) -> Option<Play> {
		let live = self.chain.read(|| TrainingBounties::live(u32::MAX));
		let training = self.one_of(&live).and_then(|bounty| self.training(bounty))?;
		let (trick, play) = match &training.bounty.state {
			BountyState::Preparing { .. } => self.vote_again(&training),
			BountyState::Enrolling { .. } => self.trick_in_enrolment(&training),
			BountyState::Running { settled, .. } => {
				let index = settled.next();
				let round = training.lowest.as_ref()?;
				self.trick_in_round(Place { training: &training, index, round })
			}
			_ => None,
		}?;
		Some(Play { how: How::Trick(trick), ..play })
	}

	fn trick_in_round(&mut self, place: Place) -> Trick {
		match place.round.phase {
			Phase::Commit => self.trick_in_commit(place),
			Phase::Upload => self.trick_in_upload(place),
			Phase::Attest => self.trick_in_attest(place),
			Phase::Publish | Phase::Accepted => match self.random.random_range(0..3) {
				0 => self.trick_with_result(place),
				1 => self.trick_with_proof(place),
				_ => self.trick_with_challenge(place),
			},
			Phase::Draw => None,
		}
	}

	fn anybody(&mut self) -> &'static str {
		self.one_of(&EVERYBODY).unwrap()
	}

	fn vote_again(&mut self, training: &Training) -> Trick {
		let BountyState::Preparing { committee, votes, .. } = &training.bounty.state else {
			return None;
		};
		let mut voted = committee.iter().enumerate().filter(|(place, _)| votes >> place & 1 == 1);
		let name = name_of(&voted.next()?.1.account)?;
		let vote = Statement::Availability { bits: 0, roots: Default::default() };
		let place = (training.id, RoundIndex::INITIAL_MODEL, 0);
		Some(("a member votes for the initial model again", self.state(name, place, vote)))
	}

	fn trick_in_enrolment(&mut self, training: &Training) -> Trick {
		let bounty = training.id;
		let few = training.bounty.trainers.len() < usize::from(training.spec.min_trainers);
		if let Some(invitation) = training.bounty.invitations.first().filter(|_| self.chance(0.5)) {
			let invite =
				Bounties::invite { bounty, account: invitation.account.clone(), weight: 1 };
			return Some(("a trainer is invited again", self.by_sponsor(training, invite)?));
		}
		if few && self.chance(0.5) {
			let start = self.by_sponsor(training, Bounties::start { bounty })?;
			return Some(("rounds start with too few trainers", start));
		}
		let name = name_of(&self.one_of(&training.bounty.trainers)?.account)?;
		let call = Bounties::<Runtime>::enroll { bounty };
		Some(("a trainer enrols again", played(Sender::Account(name), call)))
	}

	fn join_full(&mut self, training: &Training) -> Trick {
		let trainers = &training.bounty.trainers;
		let free = trainers.len() < usize::from(training.spec.max_trainers)
			|| trainers.iter().any(|trainer| !trainer.active);
		let able = self.everybody_who(|roles| roles.trainer);
		let able: Vec<_> = able
			.into_iter()
			.filter(|name| training.bounty.trainer(&account(name)).is_none())
			.collect();
		let name = self.one_of(&able)?;
		let call = Bounties::<Runtime>::enroll { bounty: training.id };
		(!free).then(|| ("a full bounty is joined", played(Sender::Account(name), call)))
	}

	fn trick_in_commit(&mut self, place: Place) -> Trick {
		let Place { training, index, round } = place;
		let bounty = training.id;
		if self.chance(0.2) {
			return self.join_full(training);
		}
		let trainer = self.one_of(&training.bounty.trainers)?;
		let sender = Sender::Account(name_of(&trainer.account)?);
		let hash = Hash::from(self.random.random::<[u8; 32]>());
		let commit = Updates::<Runtime>::commit_update {
			bounty,
			round: index,
			attempt: round.attempt,
			hash,
		};
		let leave = Bounties::<Runtime>::leave { bounty };
		let rejoin = Bounties::<Runtime>::rejoin { bounty };
		match (trainer.active, round.committed(&trainer.account)) {
			(false, _) => Some(("an inactive trainer commits", played(sender, commit))),
			(_, true) if self.chance(0.5) => {
				Some(("a trainer commits again", played(sender, commit)))
			}
			(_, true) => Some(("a committed trainer leaves", played(sender, leave))),
			_ => Some(("an active trainer rejoins", played(sender, rejoin))),
		}
	}

	fn trick_in_upload(&mut self, place: Place) -> Trick {
		let member = self.random.random_range(0..place.round.committee.len());
		let before = place.round.votes[member];
		let slot = Slot(self.random.random_range(0..5));
		let unknown = !place.round.commitments.iter().any(|c| c.slot == slot && c.root.is_some());
		let (trick, bits, root) = match self.random.random_range(0..3) {
			0 if before.sent > 0 => ("a vote says nothing new", before.bits, None),
			1 if unknown => ("a vote is for an update without root", update_bit(slot), None),
			_ if unknown => {
				let root = Hash::from(self.random.random::<[u8; 32]>());
				let slot = Some(slot).filter(|_| self.chance(0.7));
				("a root opens no commitment", before.bits, Some(OpenedRoot { slot, root }))
			}
			_ => return None,
		};
		let roots = BoundedVec::truncate_from(root.into_iter().collect());
		let name = name_of(&place.round.committee[member].account)?;
		let play = self.state_in(place, name, Statement::Availability { bits, roots });
		// A root that is known already is skipped, and an empty first vote is allowed.
		let refused = trick != "a root opens no commitment" || place.round.slice_root.is_none();
		refused.then_some((trick, play))
	}

	fn state_in(&mut self, place: Place, name: &'static str, says: Statement) -> Play {
		self.state(name, (place.training.id, place.index, place.round.attempt), says)
	}

	fn trick_in_attest(&mut self, place: Place) -> Trick {
		let Place { training, index, round } = place;
		let inputs = round.frozen.as_ref()?.inputs;
		let hash = Hash::from(self.random.random::<[u8; 32]>());
		let member = self.one_of(&round.committee)?.account;
		let name = name_of(&member)?;
		let (bounty, attempt) = (training.id, round.attempt);
		match self.random.random_range(0..3) {
			0 => {
				let call = Updates::<Runtime>::attest_as_aggregator {
					bounty,
					round: index,
					attempt,
					inputs: hash,
					hash,
				};
				let signed = played(Sender::Account(name), call);
				let says = Statement::Attestation { inputs: hash, hash };
				let stated = self.state_in(place, name, says);
				Some((
					"an attestation is of other inputs",
					if self.chance(0.5) { signed } else { stated },
				))
			}
			1 if round.attested(attempt, &member) => {
				let says = Statement::Attestation { inputs, hash };
				Some(("a member attests again", self.state_in(place, name, says)))
			}
			_ => {
				let stranger = self.anybody();
				let seated = round.committee_place(&account(stranger)).is_some()
					|| round.aggregator == Some(account(stranger));
				let call = Updates::<Runtime>::attest_as_aggregator {
					bounty,
					round: index,
					attempt,
					inputs,
					hash,
				};
				(!seated).then(|| ("a stranger attests", played(Sender::Account(stranger), call)))
			}
		}
	}

	fn trick_with_result(&mut self, place: Place) -> Trick {
		let Place { training, index, round } = place;
		let attestation = self.one_of(&round.attestations)?;
		let result = self.knows.results.get(&attestation.hash)?.clone();
		let (bounty, attempt) = (training.id, attestation.attempt);
		let publish = |name, result: RoundResult| {
			let call =
				Updates::<Runtime>::publish_as_aggregator { bounty, round: index, attempt, result };
			played(Sender::Account(name), call)
		};
		let stranger = self.anybody();
		let attester = name_of(&attestation.account)?;
		let published = round.publications.iter().any(|p| p.hash == result.hash());
		match self.random.random_range(0..3) {
			0 if stranger != attester && !round.attested(attempt, &account(stranger)) => {
				Some(("a stranger publishes", publish(stranger, result)))
			}
			1 if published => Some(("a result is published again", publish(attester, result))),
			_ => {
				let mut result = result;
				let entries = vec![LeaveOneOut { correct: 0, changed: 0 }; 64];
				result.scores.as_mut()?.leave_one_out = BoundedVec::truncate_from(entries);
				Some(("a result has too many scores", publish(attester, result)))
			}
		}
	}

	fn trick_with_proof(&mut self, place: Place) -> Trick {
		let Place { training, index, round } = place;
		if !self.computable(training, round) {
			return None;
		}
		let right = self.right_result(training, round).next_model_root;
		let standing =
			round.publications.iter().any(|p| !p.struck && p.result.next_model_root == right);
		if !standing {
			return None;
		}
		let chunks = training.spec.shape()?.leaf_count();
		let chunk = self.random.random_range(0..chunks);
		let mut proof = self.blobs.prove(round, &right, chunk);
		let tricks: Vec<_> =
			TRICKS.into_iter().filter(|trick| trick.starts_with("a proof")).collect();
		let trick = self.one_of(&tricks)?;
		spoil(&mut proof, trick);
		let (bounty, root) = (training.id, right);
		if self.chance(0.3) {
			let member = name_of(&self.one_of(&round.committee)?.account)?;
			let says = Statement::WrongResult { root, proof };
			return Some((trick, self.state_in(place, member, says)));
		}
		let name = self.anybody();
		let proof = Box::new(proof);
		let call = Updates::<Runtime>::prove_wrong_chunk { bounty, round: index, root, proof };
		Some((trick, played(Sender::Account(name), call)))
	}

	fn trick_with_challenge(&mut self, place: Place) -> Trick {
		let Place { training, index, round } = place;
		let bounty = training.id;
		let name = self.anybody();
		let sender = Sender::Account(name);
		let Some(challenge) = &round.challenge else {
			if self.chance(0.5) {
				let call = Updates::<Runtime>::narrow_challenge { bounty, round: index, child: 0 };
				return Some(("a move is made without a challenge", played(sender, call)));
			}
			let root = Hash::from(self.random.random::<[u8; 32]>());
			let call = Updates::<Runtime>::open_challenge { bounty, round: index, root };
			return Some(("a challenge is not of the accepted result", played(sender, call)));
		};
		if self.chance(0.2) {
			let root = round.accepted_result()?.next_model_root;
			let call = Updates::<Runtime>::open_challenge { bounty, round: index, root };
			return Some(("a move is out of turn or of no node", played(sender, call)));
		}
		self.trick_in_challenge(place, challenge, sender)
	}

	fn trick_in_challenge(
		&mut self,
		Place { training, index: round, round: live }: Place,
		challenge: &Challenge,
		sender: Sender,
	) -> Trick {
		let bounty = training.id;
		let challenger = Sender::Account(name_of(&challenge.challenger)?);
		let narrow = |child| Updates::<Runtime>::narrow_challenge { bounty, round, child };
		let nodes = BoundedVec::truncate_from(vec![Hash::repeat_byte(1); 2]);
		let answer = Updates::<Runtime>::answer_challenge { bounty, round, nodes };
		let attester: AccountId = self.one_of(&live.attestations)?.account;
		let attester = Sender::Account(name_of(&attester)?);
		let no_node = "a move is out of turn or of no node";
		match (challenge.turn, self.random.random_range(0..3)) {
			(Turn::Challenger, 0..2) if !challenge.at_the_leaves() => {
				Some((no_node, played(challenger, narrow(u8::MAX))))
			}
			(Turn::Attesters, 0) => Some(("an answer opens other nodes", played(attester, answer))),
			(Turn::Attesters, _) => Some((no_node, played(challenger, narrow(0)))),
			(Turn::Challenger, 0) => Some((no_node, played(attester, answer))),
			(Turn::Challenger, 1) => Some((no_node, played(challenger, narrow(u8::MAX)))),
			_ if sender == challenger => None,
			_ => Some(("a stranger moves in a challenge", played(sender, narrow(0)))),
		}
	}
}

/// Makes a proof wrong in the way that the trick says.
fn spoil(proof: &mut WrongResultProof, trick: &str) {
	let WrongResultProof::Chunk { index, claimed_leaf, previous, updates, .. } = proof else {
		return;
	};
	match trick {
		"a proof is of a place outside the tree" => *index += 1 << 20,
		"a proof claims another leaf" => claimed_leaf[0] ^= 1,
		"a proof has another previous chunk" => previous.chunk[0] ^= 1,
		"a proof has another update" => updates.iter_mut().for_each(|u| u.chunk[3] ^= 1),
		"a proof has no updates" => updates.clear(),
		_ => {}
	}
}
