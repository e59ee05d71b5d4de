//! Strikes, challenges, and what becomes of those who caused them.

use super::{byte, plain_spec, result, Story, FIRST};
use sheaf_aggregation::{Blake2b256, Shape, Tree};
use sheaf_training::{
	testing::{account, hash},
	AccountId, Balance, BountySpec, Challenge, ChallengeOutcome, Conduct, Effect, Hash, HostBlake2,
	OpenedNodes, Refusal, RoundIndex, RoundResult,
};
use sp_runtime::BoundedVec;

/// A claimed model of which only the tree matters.
pub struct Claim {
	pub tree: Tree<Blake2b256>,
}

impl Claim {
	/// A model of so many chunks.
	pub fn new(leaf_count: u64) -> Self {
		Self::numbered(0, leaf_count)
	}

	/// Another model for every number.
	pub fn numbered(number: u64, leaf_count: u64) -> Self {
		let shape = Shape::new(leaf_count * 256).unwrap();
		let leaf =
			|index: u64| <HostBlake2 as sheaf_aggregation::Hasher>::hash(&index.to_le_bytes());
		Self { tree: Tree::new(shape, (number..number + leaf_count).map(leaf).collect()).unwrap() }
	}

	/// A spec for models of this size.
	pub fn spec(&self) -> BountySpec {
		let mut spec = plain_spec();
		spec.parameters.element_count = self.tree.shape().element_count();
		spec
	}

	pub fn root(&self) -> Hash {
		self.tree.root().into()
	}

	pub fn result(&self) -> RoundResult {
		RoundResult { next_model_root: self.root(), scores: None }
	}

	/// The right answer to a challenge.
	pub fn answer(&self, challenge: &Challenge) -> OpenedNodes {
		let nodes = self.tree.open(challenge.level, challenge.index).unwrap();
		BoundedVec::truncate_from(nodes.into_iter().map(Hash::from).collect())
	}
}

impl Story {
	/// Round 1 in Accepted with `claim`, which the members 201 to 203 attested. 204 attested result
	/// 60, which is not published.
	pub fn claimed(claim: &Claim) -> Self {
		Self::claimed_under(claim.spec(), claim)
	}

	/// As [`Self::claimed`], under this spec.
	pub fn claimed_under(spec: BountySpec, claim: &Claim) -> Self {
		let mut story = Self::attesting(spec);
		story.attest_by(FIRST, &[0, 1, 2], &claim.result());
		story.attest_by(FIRST, &[3], &result(60));
		story.publish(FIRST, 0, &claim.result()).unwrap();
		story
	}

	// What is.

	pub fn challenge(&self) -> &Challenge {
		self.live(FIRST).challenge.as_ref().expect("a challenge is open")
	}

	/// The offenders of strikes in the last event, by their bytes.
	pub fn offenders(&self) -> Vec<u8> {
		let offenders = |effect: &Effect| match effect {
			Effect::ResultStruck { offenders, .. } => bytes(offenders),
			_ => Vec::new(),
		};
		self.effects.iter().flat_map(offenders).collect()
	}

	/// Who brought down a result in the last event.
	pub fn challenger(&self) -> Option<u8> {
		self.effects.iter().find_map(|effect| match effect {
			Effect::ResultStruck { challenger, .. } => challenger.as_ref().map(byte),
			_ => None,
		})
	}

	/// The dissenters that the last event resolved, by their bytes.
	pub fn dissenters(&self) -> Option<Vec<u8>> {
		self.effects.iter().find_map(|effect| match effect {
			Effect::StrikesResolved { dissenters, .. } => Some(bytes(dissenters)),
			_ => None,
		})
	}

	/// How challenges ended in the last event: whose, and how.
	pub fn ended_challenges(&self) -> Vec<(u8, ChallengeOutcome)> {
		let ended = |effect: &Effect| match effect {
			Effect::ChallengeEnded { challenge, outcome, .. } => {
				Some((byte(&challenge.challenger), outcome.clone()))
			}
			_ => None,
		};
		self.effects.iter().filter_map(ended).collect()
	}

	/// Who behaved how in the last event, and what it costs.
	pub fn conducts(&self) -> Vec<(u8, Conduct, Balance)> {
		let mut conducts = Vec::new();
		for effect in &self.effects {
			if let Effect::Conducted { conduct, accounts, penalty, .. } = effect {
				conducts.extend(accounts.iter().map(|who| (byte(who), *conduct, *penalty)));
			}
		}
		conducts
	}

	/// As [`Self::conducts`], of this kind.
	pub fn conduct(&self, of: Conduct) -> Vec<(u8, Balance)> {
		let conducts = self.conducts().into_iter().filter(|(_, conduct, _)| *conduct == of);
		conducts.map(|(who, _, penalty)| (who, penalty)).collect()
	}

	// What happens.

	/// Account 99 proves a root wrong.
	pub fn strike(&mut self, round: RoundIndex, root: u8) -> Result<(), Refusal> {
		self.strike_root(round, hash(root))
	}

	pub fn strike_root(&mut self, round: RoundIndex, root: Hash) -> Result<(), Refusal> {
		self.happen(|training, world| training.strike(round, root, &account(99), world))
	}

	/// Somebody challenges the accepted result of round 1.
	pub fn open_challenge(&mut self, challenger: u8) -> Result<(), Refusal> {
		let accepted = self.live(FIRST).accepted_result().map(|result| result.next_model_root);
		let root = accepted.unwrap_or_default();
		self.happen(|training, world| {
			training.open_challenge(FIRST, root, &account(challenger), world)
		})
	}

	/// `answerer` gives the right answer.
	pub fn answer(&mut self, answerer: u8, claim: &Claim) -> Result<(), Refusal> {
		let nodes = match &self.live(FIRST).challenge {
			Some(challenge) => claim.answer(challenge),
			None => Default::default(),
		};
		self.answer_raw(answerer, nodes)
	}

	pub fn answer_raw(&mut self, answerer: u8, nodes: OpenedNodes) -> Result<(), Refusal> {
		self.happen(|training, world| {
			training.answer_challenge(FIRST, nodes, &account(answerer), world)
		})
	}

	pub fn narrow(&mut self, challenger: u8, child: u8) -> Result<(), Refusal> {
		self.happen(|training, world| {
			training.narrow_challenge(FIRST, child, &account(challenger), world)
		})
	}

	/// Member 201 answers and `challenger` narrows, always to the child of `leaf`, down to the leaves.
	pub fn open_down_to(&mut self, leaf: u64, challenger: u8, claim: &Claim) {
		self.answer(201, claim).unwrap();
		while !self.challenge().at_the_leaves() {
			let challenge = self.challenge();
			let shape = claim.tree.shape();
			let opening =
				sheaf_aggregation::Opening::of(shape, challenge.level, challenge.index).unwrap();
			let child = (leaf >> opening.level) - opening.first;
			self.narrow(challenger, child as u8).unwrap();
			self.answer(201, claim).unwrap();
		}
	}
}

fn bytes(accounts: &[AccountId]) -> Vec<u8> {
	accounts.iter().map(byte).collect()
}
