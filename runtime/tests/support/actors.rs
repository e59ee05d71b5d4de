//! Everybody who takes part in a bounty, acting as soon as the chain lets them.

use super::{
	account,
	mischief::Mischief,
	pair, verifier_pair,
	world::{self, Blobs, Elements},
	Chain, GENESIS,
};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_model_updates::Call as Updates;
use pallet_node_registry::Call as Nodes;
use pallet_training_bounties::Call as Bounties;
use sheaf_runtime::{
	AccountId, Balance, Runtime, RuntimeCall, TrainingBounties, UncheckedExtrinsic, SHEAF,
};
use sheaf_training::{
	commitment_hash, quorum, slice_commitment, testing, update_bit, AttestationContext, BountyId,
	BountySpec, BountyState, Evaluation, OpenedRoot, Phase, Roles, Round, RoundIndex, RoundResult,
	Statement, Training, TrainingRounds, VerifierMessage, SLICE_BIT,
};
use sp_core::Pair;
use sp_runtime::BoundedVec;
use std::collections::BTreeMap;

/// Names of the validators of `local_testnet`.
pub const VERIFIERS: [&str; 4] = ["//Alice", "//Bob", "//Charlie", "//Dave"];
/// Names of the trainers.
pub const TRAINERS: [&str; 3] = ["//Trainer1", "//Trainer2", "//Trainer3"];
/// Name of the sponsor.
pub const SPONSOR: &str = "//Sponsor";
/// Name of the aggregator.
pub const AGGREGATOR: &str = "//Aggregator";
/// The element that liars change.
pub const WRONG_ELEMENT: usize = 280;
/// What the bounty is for.
pub const REWARD: Balance = 1_000 * SHEAF + 7;

/// A bounty on a four-validator chain, with everybody it takes and all their blobs.
pub struct Cast {
	/// The chain.
	pub chain: Chain,
	/// What gateways hold.
	pub blobs: Blobs,
	/// The spec.
	pub spec: BountySpec,
	/// The bounty.
	pub bounty: BountyId,
	/// Who attests and publishes a wrong model in round 1.
	pub liars: Vec<&'static str>,
	/// What its sponsor puts up.
	pub reward: Balance,
	/// Names of those who train.
	pub trainers: Vec<&'static str>,
	/// What else is not done as it should.
	pub mischief: Mischief,
	/// Root of the model that each round's frozen inputs make.
	pub right: BTreeMap<RoundIndex, sheaf_training::Hash>,
	slices: Vec<sheaf_training::Hash>,
}

impl Cast {
	/// Registers everybody; no bounty yet.
	pub fn gather() -> Self {
		Self::gather_with(&TRAINERS)
	}

	/// Registers everybody, and these to train.
	pub fn gather_with(trainers: &[&'static str]) -> Self {
		let mut blobs = Blobs::default();
		let (spec, slices) = spec(&mut blobs);
		let mut cast = Self {
			chain: Chain::new("local_testnet"),
			blobs,
			spec,
			bounty: BountyId(0),
			liars: Vec::new(),
			reward: REWARD,
			trainers: trainers.to_vec(),
			mischief: Mischief::default(),
			right: BTreeMap::new(),
			slices,
		};
		let trainer = Roles { trainer: true, ..Default::default() };
		let aggregator = Roles { aggregator: true, ..Default::default() };
		let mut registrations: Vec<_> =
			trainers.iter().map(|name| cast.register(name, trainer, 10 * SHEAF)).collect();
		registrations.push(cast.register(AGGREGATOR, aggregator, 100 * SHEAF));
		cast.chain.add_good_block(registrations);
		cast
	}

	/// Registration of a node.
	pub fn register(&mut self, name: &str, roles: Roles, bond: Balance) -> UncheckedExtrinsic {
		let (capability, region) = Default::default();
		self.chain.sign(&pair(name), Nodes::register { roles, capability, region, bond })
	}

	/// Scores round by round on these slices of so many examples.
	pub fn score_on(&mut self, examples: u32, slices: Vec<Elements>) {
		self.slices = slices.into_iter().map(|slice| self.blobs.put(slice)).collect();
		let commitments = self.slices.iter().map(slice_commitment).collect();
		let slice_commitments = BoundedVec::truncate_from(commitments);
		self.spec.evaluation = Some(Evaluation { examples, slice_commitments });
	}

	/// Opens the bounty.
	pub fn open(&mut self) {
		let (spec, reward) = (self.spec.clone(), self.reward);
		let call = Bounties::open_bounty { spec, reward };
		let open = self.chain.sign(&pair(SPONSOR), call);
		self.chain.add_good_block(vec![open]);
	}

	/// Enrols aggregator and trainers; the last trainer starts the rounds.
	pub fn enrol(&mut self) {
		let bounty = self.bounty;
		let mut calls =
			vec![self.chain.sign(&pair(AGGREGATOR), Bounties::enroll_aggregator { bounty })];
		calls.extend(
			self.trainers
				.iter()
				.map(|name| self.chain.sign(&pair(name), Bounties::enroll { bounty })),
		);
		self.chain.add_good_block(calls);
	}

	/// Opens the bounty, waits for its initial model and enrols everybody.
	pub fn start(&mut self) {
		self.open();
		self.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
		self.enrol();
	}

	/// The bounty with its live rounds.
	pub fn training(&mut self) -> Training {
		let bounty = self.bounty;
		self.chain.read(|| TrainingBounties::load(bounty)).unwrap()
	}

	/// Adds blocks in which everybody does what there is to do, until `done` or 300 blocks.
	pub fn run_until(&mut self, done: impl Fn(&Training) -> bool) {
		for _ in 0..300 {
			let training = self.training();
			if done(&training) {
				return;
			}
			let actions = self.actions(&training);
			self.chain.add_good_block(actions);
		}
		panic!("nothing ends: {:?}", self.training().bounty.state);
	}

	/// What everybody would send now.
	pub fn actions(&mut self, training: &Training) -> Vec<UncheckedExtrinsic> {
		match &training.bounty.state {
			BountyState::Preparing { votes, .. } => VERIFIERS
				.iter()
				.enumerate()
				.filter(|(place, _)| votes >> place & 1 == 0)
				.take(3)
				.map(|(_, name)| self.holds(name, RoundIndex::INITIAL_MODEL, 0, 0, Vec::new()))
				.collect(),
			BountyState::Running { settled, .. } => [settled.next(), settled.next().next()]
				.into_iter()
				.flat_map(|index| {
					let round = training.round(index).cloned();
					round.map(|r| self.round_actions(training, index, &r)).unwrap_or_default()
				})
				.collect(),
			_ => Vec::new(),
		}
	}

	fn round_actions(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
	) -> Vec<UncheckedExtrinsic> {
		let waits = round.phase == Phase::Commit && !round.previous_settled;
		if !waits && self.chain.height() + 1 >= round.deadline() {
			return vec![self.advance(index, round)];
		}
		match round.phase {
			Phase::Commit => self.commitments(training, index, round),
			Phase::Upload => self.votes(index, round),
			Phase::Attest => self.attestations(index, round),
			Phase::Publish => self.publications(index, round),
			_ => Vec::new(),
		}
	}

	fn commitments(
		&mut self,
		training: &Training,
		index: RoundIndex,
		round: &Round,
	) -> Vec<UncheckedExtrinsic> {
		let active = |name: &str| training.bounty.trainer(&account(name)).is_some_and(|t| t.active);
		let waiting = self.trainers.iter().copied().filter(|name| {
			!self.mischief.idle.contains(name) && active(name) && !round.committed(&account(name))
		});
		let waiting: Vec<&str> = waiting.collect();
		waiting.into_iter().map(|name| self.commit(name, index, round.attempt)).collect()
	}

	/// A trainer's commitment to the update it trained in this round.
	pub fn commit(&mut self, name: &str, round: RoundIndex, attempt: u8) -> UncheckedExtrinsic {
		let root = self.update_of(&account(name), round);
		let bounty = self.bounty;
		let hash = commitment_hash(&GENESIS, bounty, round, attempt, &account(name), &root);
		self.chain.sign(&pair(name), Updates::commit_update { bounty, round, attempt, hash })
	}

	/// Root of what a trainer trained in a round.
	pub fn update_of(&mut self, trainer: &AccountId, round: RoundIndex) -> sheaf_training::Hash {
		let given = self.mischief.updates.iter().find(|(name, _)| account(name) == *trainer);
		if let Some((_, elements)) = given {
			return self.blobs.put(elements.clone());
		}
		let seed = u64::from(AsRef::<[u8; 32]>::as_ref(trainer)[0]) << 8 | u64::from(round.0);
		self.blobs.put(world::noise(self.spec.parameters.element_count, seed))
	}

	fn votes(&mut self, index: RoundIndex, round: &Round) -> Vec<UncheckedExtrinsic> {
		let members = round.committee.iter().zip(&round.votes);
		let waiting: Vec<&str> = members
			.filter(|(_, votes)| votes.sent == 0)
			.map(|(member, _)| name_of(&member.account))
			.filter(|name| !self.mischief.silent.contains(name))
			.collect();
		// With a quorum the phase may end, after which another vote would be refused.
		let voted = round.votes.iter().filter(|votes| votes.sent > 0).count();
		let missing = (quorum(round.committee.len() as u32) as usize).saturating_sub(voted);
		let voting = waiting.into_iter().take(missing.max(1));
		voting.map(|name| self.vote(name, index, round)).collect()
	}

	/// A verifier's vote for everything that it holds.
	pub fn vote(&mut self, name: &str, index: RoundIndex, round: &Round) -> UncheckedExtrinsic {
		let (mut bits, mut roots) = (0, Vec::new());
		let slice = self.slices.get(index.0 as usize - 1).copied();
		if let Some(root) =
			slice.filter(|_| self.mischief.slice_reaches(name) && !round.slice_spent)
		{
			roots.push(OpenedRoot { slot: None, root });
			bits |= SLICE_BIT;
		}
		for commitment in &round.commitments {
			if self.mischief.update_reaches(name, &commitment.account) {
				let root = self.update_of(&commitment.account, index);
				roots.push(OpenedRoot { slot: Some(commitment.slot), root });
				bits |= update_bit(commitment.slot);
			}
		}
		self.holds(name, index, round.attempt, bits, roots)
	}

	fn holds(
		&mut self,
		name: &str,
		round: RoundIndex,
		attempt: u8,
		bits: u128,
		roots: Vec<OpenedRoot>,
	) -> UncheckedExtrinsic {
		let roots = BoundedVec::truncate_from(roots);
		self.state(name, round, attempt, Statement::Availability { bits, roots })
	}

	fn attestations(&mut self, index: RoundIndex, round: &Round) -> Vec<UncheckedExtrinsic> {
		let right = self.blobs.compute(&self.spec, round).next_model_root;
		self.right.insert(index, right);
		let silent = self.mischief.silent.clone();
		let waiting = |account: &AccountId, name: &str| {
			!round.attested(round.attempt, account) && !silent.contains(&name)
		};
		let members = round.committee.iter().map(|member| name_of(&member.account));
		let mut calls: Vec<_> = members
			.filter(|name| waiting(&account(name), name))
			.map(|name| self.attest(name, index, round))
			.collect();
		if round.aggregator.as_ref().is_some_and(|aggregator| waiting(aggregator, AGGREGATOR)) {
			let result = self.result_of(AGGREGATOR, index, round);
			let statement = self.attestation(index, round, &account(AGGREGATOR), &result);
			let Statement::Attestation { inputs, hash } = statement else { unreachable!() };
			let (bounty, attempt) = (self.bounty, round.attempt);
			let call =
				Updates::attest_as_aggregator { bounty, round: index, attempt, inputs, hash };
			calls.push(self.chain.sign(&pair(AGGREGATOR), call));
		}
		calls
	}

	/// A member's attestation of what it claims.
	pub fn attest(&mut self, name: &str, index: RoundIndex, round: &Round) -> UncheckedExtrinsic {
		let result = self.result_of(name, index, round);
		let statement = self.attestation(index, round, &account(name), &result);
		self.state(name, index, round.attempt, statement)
	}

	/// Each result that a member attested and nobody has published.
	fn publications(&mut self, index: RoundIndex, round: &Round) -> Vec<UncheckedExtrinsic> {
		let mut published: Vec<_> = round.publications.iter().map(|p| p.hash).collect();
		let mut calls = Vec::new();
		for name in round.committee.iter().map(|member| name_of(&member.account)) {
			let keeps_it = self.mischief.secretive.contains(&name);
			if keeps_it || !round.attested(round.attempt, &account(name)) {
				continue;
			}
			let result = self.result_of(name, index, round);
			if !published.contains(&result.hash()) {
				published.push(result.hash());
				calls.push(self.state(name, index, round.attempt, Statement::Publication(result)));
			}
		}
		calls
	}

	/// The result that somebody claims: the right one, or in round 1 a liar's.
	pub fn result_of(&mut self, name: &str, index: RoundIndex, round: &Round) -> RoundResult {
		let mut result = self.blobs.compute(&self.spec, round);
		if index == RoundIndex(1) && self.liars.contains(&name) {
			let lie = self.mischief.lie;
			result.next_model_root = lie.about(&result.next_model_root, &mut self.blobs);
		}
		result
	}

	/// The statement with which an account attests a result.
	pub fn attestation(
		&self,
		index: RoundIndex,
		round: &Round,
		account: &AccountId,
		result: &RoundResult,
	) -> Statement {
		let inputs = round.frozen.as_ref().unwrap().inputs;
		let context = AttestationContext {
			genesis: &GENESIS,
			bounty: self.bounty,
			round: index,
			attempt: round.attempt,
			inputs: &inputs,
		};
		Statement::Attestation { inputs, hash: context.attestation_hash(account, &result.hash()) }
	}

	/// A statement as a verifier's off-chain worker sends it.
	pub fn state(
		&mut self,
		name: &str,
		round: RoundIndex,
		attempt: u8,
		statement: Statement,
	) -> UncheckedExtrinsic {
		let message = self.message(name, round, attempt, statement);
		signed_statement(name, message)
	}

	/// A statement with where and when it belongs.
	pub fn message(
		&mut self,
		name: &str,
		round: RoundIndex,
		attempt: u8,
		statement: Statement,
	) -> VerifierMessage {
		VerifierMessage {
			genesis: GENESIS,
			at: self.chain.height(),
			bounty: self.bounty,
			round,
			attempt,
			verifier: account(name),
			statement,
		}
	}

	/// Ends a round's phase at its deadline.
	pub fn advance(&mut self, index: RoundIndex, round: &Round) -> UncheckedExtrinsic {
		authorized(Bounties::<Runtime>::advance {
			bounty: self.bounty,
			round: index,
			attempt: round.attempt,
			phase: round.phase,
			deadline: round.deadline(),
		})
	}
}

/// A fee-less transaction without signer.
pub fn authorized<Call>(call: Call) -> UncheckedExtrinsic
where
	RuntimeCall: From<Call>,
{
	<Runtime as CreateAuthorizedTransaction<Call>>::create_authorized_transaction(call.into())
}

/// A message with the signature of a verifier's session key.
pub fn signed_statement(name: &str, message: VerifierMessage) -> UncheckedExtrinsic {
	let signature = verifier_pair(name).sign(&message.signing_payload());
	let message = Box::new(message);
	authorized(Updates::<Runtime>::submit_statement { message, signature })
}

fn name_of(verifier: &AccountId) -> &'static str {
	VERIFIERS.into_iter().find(|name| account(name) == *verifier).unwrap()
}

/// A linear model of 299 elements, trained by exactly three trainers in two rounds, with slices.
fn spec(blobs: &mut Blobs) -> (BountySpec, Vec<sheaf_training::Hash>) {
	let mut spec = testing::spec();
	let network = spec.network().unwrap();
	let slices: Vec<_> =
		(0..spec.rounds).map(|n| blobs.put(world::slice(&network, 10, u64::from(n)))).collect();
	let commitments = slices.iter().map(slice_commitment).collect::<Vec<_>>();
	spec.evaluation = Some(Evaluation {
		examples: 10,
		slice_commitments: BoundedVec::truncate_from(commitments),
	});
	spec.initial_model_root = blobs.put(world::noise(spec.parameters.element_count, 12_345));
	spec.min_trainers = 3;
	spec.max_trainers = 3;
	spec.lengths.window = 4;
	(spec, slices)
}
