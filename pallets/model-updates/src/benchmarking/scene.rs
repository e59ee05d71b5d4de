//! What benchmarks find: bounties, rounds, results and challenges at their largest.

use crate::*;
use alloc::{boxed::Box, vec, vec::Vec};
use codec::Encode;

use frame_support::traits::{Authorize, UnfilteredDispatchable};
use frame_system::RawOrigin;
use sheaf_aggregation::{
	seal_root, write_elements, ChunkBytes, ChunkProof, Opening, Parameters, Shape, Tree,
	WrongResultProof, CHUNK_ELEMENTS,
};
use sheaf_training::{
	commitment_hash,
	testing::{account, hash, shares, spec, BenchmarkHelper},
	AccountId, Attestation, AttestationContext, Bounty, BountyId, BountySpec, BountyState, Draw,
	Environment, Hash, HostBlake2, LeaveOneOut, Limits, Member, NodeRegistry, OpenedNodes,
	OpenedRoot, Publication, Round, RoundContext, RoundIndex, RoundResult, Scores, Slot, Statement,
	Training, TrainingRounds, VerifierId, VerifierMessage, VerifierSignature, MAX_ATTEMPTS,
	MAX_ATTESTATIONS, MAX_COMMITTEE, MAX_TRAINERS,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{transaction_validity::TransactionSource, BoundedVec};

pub(super) const BOUNTY: BountyId = BountyId(0);
pub(super) const ONE: RoundIndex = RoundIndex(1);
pub(super) const AGGREGATOR: u8 = 200;
pub(super) const REWARD: u128 = 1 << 66;
/// Every benchmark plays in the last attempt.
pub(super) const LAST: u8 = MAX_ATTEMPTS - 1;
/// Attestations of one attempt: of a full committee and the aggregator.
pub(super) const ATTESTERS: u32 = MAX_COMMITTEE + 1;
/// Attestations of all attempts before.
pub(super) const PAST: u32 = MAX_ATTESTATIONS - ATTESTERS;
/// Members that complete a quorum of a full committee.
pub(super) const QUORUM: u32 = 11;
/// Elements of the model that most benchmarks are about: two chunks.
pub(super) const ELEMENTS: u64 = 299;
/// Elements of the largest model that is challenged: a tree of 16 levels.
pub(super) const MOST_ELEMENTS: u64 = 65_536 * 256;
/// Most validators that are benchmarked to be drawn from.
pub(super) const MAX_VERIFIERS: u32 = 1_000;

pub(super) fn trainer(slot: u32) -> AccountId {
	account(slot as u8)
}

pub(super) fn verifier(place: u32) -> AccountId {
	account(100 + place as u8)
}

/// A model of two chunks of which each element is `value`.
pub(super) struct Blob {
	pub(super) chunks: Vec<ChunkBytes>,
	pub(super) tree: Tree<HostBlake2>,
}

impl Blob {
	pub(super) fn filled(value: i32) -> Self {
		let mut last = [0; CHUNK_ELEMENTS];
		last[..299 - CHUNK_ELEMENTS].fill(value);
		let chunks = vec![write_elements(&[value; CHUNK_ELEMENTS]), write_elements(&last)];
		let leaves = chunks.iter().map(|chunk| sp_io::hashing::blake2_256(chunk)).collect();
		Self { chunks, tree: Tree::new(Shape::new(299).unwrap(), leaves).unwrap() }
	}

	pub(super) fn root(&self) -> Hash {
		self.tree.root().into()
	}

	pub(super) fn chunk(&self) -> ChunkProof {
		ChunkProof::new(&self.tree, 0, &self.chunks[0]).unwrap()
	}
}

/// Changes the stored bounty as the other pallets would.
pub(super) fn happen<T: Config>(
	event: impl FnOnce(&mut Training, &<T::Rounds as TrainingRounds>::Environment),
) {
	let mut training = T::Rounds::load(BOUNTY).unwrap();
	event(&mut training, &T::Rounds::environment());
	T::Rounds::store(training);
}

/// Changes round 1 in a way that would take many events.
pub(super) fn change<T: Config>(event: impl FnOnce(&mut Round)) {
	happen::<T>(|training, _| event(training.lowest.as_mut().unwrap()));
}

/// A bounty in round 1, Commit of the last attempt, with `trainers` trainers and a full committee's validators.
pub(super) fn open<T: Config>(trainers: u32) {
	open_model::<T>(trainers, ELEMENTS);
}

/// As [`open`], with a model of so many elements.
pub(super) fn open_model<T: Config>(trainers: u32, elements: u64) {
	let members: Vec<Member> = (0..MAX_COMMITTEE)
		.map(|place| Member { account: verifier(place), key: VerifierId::generate_pair(None) })
		.collect();
	T::BenchmarkHelper::seat_verifiers(members.clone());
	T::BenchmarkHelper::fund(&account(255));
	let spec = BountySpec {
		min_trainers: trainers as u16,
		max_trainers: trainers as u16,
		max_attempts: MAX_ATTEMPTS,
		evaluation: None,
		initial_model_root: Blob::filled(7).root(),
		parameters: Parameters { element_count: elements, ..spec().parameters },
		..spec()
	};
	let bounty = Bounty {
		sponsor: account(255),
		reward: REWARD,
		spent: 0,
		shares: shares(),
		model_root: spec.initial_model_root,
		trainers: Default::default(),
		aggregators: BoundedVec::truncate_from(vec![account(AGGREGATOR)]),
		invitations: Default::default(),
		struck_members: Default::default(),
		state: BountyState::Enrolling { deadline: 1_000 },
	};
	T::BenchmarkHelper::fund(&account(AGGREGATOR));
	T::BenchmarkHelper::register(&account(AGGREGATOR));
	T::BenchmarkHelper::insert_training(Training::new(BOUNTY, spec, bounty, None, None));
	happen::<T>(|training, environment| {
		for slot in 0..trainers {
			training.enroll(trainer(slot), environment).unwrap();
		}
	});
	for slot in 0..trainers {
		T::BenchmarkHelper::fund(&trainer(slot));
		T::BenchmarkHelper::register(&trainer(slot));
	}
	change::<T>(|live| live.attempt = LAST);
}

pub(super) fn update(slot: u32) -> Blob {
	Blob::filled(1_000 + slot as i32)
}

pub(super) fn commitment<T: Config>(slot: u32) -> Hash {
	let genesis = T::Rounds::environment().genesis();
	commitment_hash(&genesis, BOUNTY, ONE, LAST, &trainer(slot), &update(slot).root())
}

pub(super) fn commit<T: Config>(slots: core::ops::Range<u32>) {
	happen::<T>(|training, environment| {
		for slot in slots {
			training.commit(ONE, LAST, &trainer(slot), commitment::<T>(slot), environment).unwrap();
		}
	});
}

pub(super) fn everything(trainers: u32) -> (u128, Vec<OpenedRoot>) {
	let bits = (0..trainers).fold(0, |bits, slot| bits | (2u128 << slot));
	let roots = (0..trainers)
		.map(|slot| OpenedRoot { slot: Some(Slot(slot as u16)), root: update(slot).root() })
		.collect();
	(bits, roots)
}

/// So many members have voted for everything.
pub(super) fn upload<T: Config>(trainers: u32, votes: u32) {
	let (bits, roots) = everything(trainers);
	happen::<T>(|training, environment| {
		for place in 0..votes {
			training.vote(ONE, LAST, &verifier(place), bits, &roots, environment).unwrap();
		}
	});
}

pub(super) fn result(root: Hash) -> RoundResult {
	RoundResult { next_model_root: root, scores: None }
}

/// A result with as many scores as there can be.
pub(super) fn scored(root: Hash) -> RoundResult {
	let measured = (0..MAX_TRAINERS).map(|_| LeaveOneOut { correct: 0, changed: 0 });
	let leave_one_out = BoundedVec::truncate_from(measured.collect());
	RoundResult {
		next_model_root: root,
		scores: Some(Scores { correct: 1, leave_one_out, answers: hash(1) }),
	}
}

pub(super) fn attestation<T: Config>(
	by: &AccountId,
	attempt: u8,
	result: &RoundResult,
) -> (Hash, Hash) {
	let training = T::Rounds::load(BOUNTY).unwrap();
	let inputs = training.round(ONE).unwrap().frozen.as_ref().unwrap().inputs;
	let genesis = T::Rounds::environment().genesis();
	let context = AttestationContext {
		genesis: &genesis,
		bounty: BOUNTY,
		round: ONE,
		attempt,
		inputs: &inputs,
	};
	(inputs, context.attestation_hash(by, &result.hash()))
}

/// All members and the aggregator but `absent` attest.
fn attest<T: Config>(absent: Option<AccountId>, result: &RoundResult) {
	let attesters = (0..MAX_COMMITTEE).map(verifier).chain([account(AGGREGATOR)]);
	let attestations: Vec<_> = attesters
		.filter(|by| absent.as_ref() != Some(by))
		.map(|by| (by.clone(), attestation::<T>(&by, LAST, result)))
		.collect();
	happen::<T>(|training, environment| {
		for (by, (inputs, hash)) in attestations {
			training.attest(ONE, LAST, &by, inputs, hash, environment).unwrap();
		}
	});
}

/// Who attested in an earlier attempt.
pub(super) fn past(number: u32) -> AccountId {
	let mut bytes = [252; 32];
	bytes[..4].copy_from_slice(&number.to_le_bytes());
	AccountId::new(bytes)
}

pub(super) fn publication(result: RoundResult, struck: bool) -> Publication {
	let hash = result.hash();
	Publication { result, hash, attempt: 0, struck, at: 1 }
}

/// Fills the round with what earlier attempts left: attestations, of which `offences` open to `result`,
/// and other results.
pub(super) fn remember<T: Config>(offences: u32, result: &RoundResult) {
	let other = scored(hash(3));
	let mut attestations = Vec::new();
	for number in 0..PAST {
		let (attempt, account) = ((number / ATTESTERS) as u8, past(number));
		T::BenchmarkHelper::fund(&account);
		T::BenchmarkHelper::register(&account);
		let attested = if number < offences { result } else { &other };
		let (_, hash) = attestation::<T>(&account, attempt, attested);
		let member = number % ATTESTERS < MAX_COMMITTEE;
		attestations.push(Attestation { attempt, account, member, hash, at: 1 });
	}
	let published = (0..PAST).map(|number| {
		let mut root = [4; 32];
		root[..4].copy_from_slice(&number.to_le_bytes());
		publication(scored(root.into()), false)
	});
	change::<T>(|live| {
		attestations.into_iter().for_each(|each| live.attestations.try_push(each).unwrap());
		published.for_each(|each| live.publications.try_push(each).unwrap());
	});
}

/// In a round that is open, all but `absent` attested in the last attempt.
pub(super) fn attested<T: Config>(
	trainers: u32,
	offences: u32,
	absent: Option<AccountId>,
	result: &RoundResult,
) {
	commit::<T>(0..trainers);
	upload::<T>(trainers, QUORUM);
	remember::<T>(offences, result);
	attest::<T>(absent, result);
}

pub(super) fn live<T: Config>() -> Round {
	T::Rounds::load(BOUNTY).unwrap().round(ONE).unwrap().clone()
}

pub(super) fn is_over<T: Config>() -> bool {
	T::Rounds::load(BOUNTY).unwrap().bounty.ended()
}

/// A statement of a committee member.
fn message<T: Config>(place: u32, statement: Statement) -> Box<VerifierMessage> {
	Box::new(VerifierMessage {
		genesis: T::Rounds::environment().genesis(),
		at: T::Rounds::environment().now(),
		bounty: BOUNTY,
		round: ONE,
		attempt: LAST,
		verifier: verifier(place),
		statement,
	})
}

fn sign<T: Config>(message: &VerifierMessage) -> VerifierSignature {
	let training = T::Rounds::load(BOUNTY).unwrap();
	let committee = match &training.bounty.state {
		BountyState::Preparing { committee, .. } => committee,
		_ => &training.round(ONE).unwrap().committee,
	};
	let seat = committee.iter().find(|member| member.account == message.verifier).unwrap();
	seat.key.sign(&message.signing_payload()).unwrap()
}

pub(super) fn submit<T: Config>(place: u32, statement: Statement) -> Call<T> {
	let message = message::<T>(place, statement);
	Call::submit_statement { signature: sign::<T>(&message), message }
}

pub(super) fn assert_authorized<T: Config>(call: &Call<T>) {
	assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
}

pub(super) fn dispatch<T: Config>(call: Call<T>) {
	let origin: T::RuntimeOrigin = RawOrigin::Authorized.into();
	UnfilteredDispatchable::dispatch_bypass_filter(call, origin).unwrap();
}

/// The vote that completes the quorum for the initial model.
pub(super) fn vote_for_initial_model<T: Config>() -> Call<T> {
	open::<T>(MAX_TRAINERS);
	let deadline = live::<T>().deadline();
	happen::<T>(|training, environment| {
		let Draw::Now { committee, .. } = environment.draw(BOUNTY, ONE, 0, false, &[], &[]) else {
			panic!("as many validators as places")
		};
		training.bounty.trainers = Default::default();
		(training.lowest, training.following) = (None, None);
		training.bounty.state = BountyState::Preparing { committee, votes: 0, deadline };
		for place in 0..QUORUM - 1 {
			training.vote_initial_model(&verifier(place), environment).unwrap();
		}
	});
	let statement = Statement::Availability { bits: 1, roots: Default::default() };
	let mut message = message::<T>(QUORUM - 1, statement);
	message.round = RoundIndex::INITIAL_MODEL;
	Call::submit_statement { signature: sign::<T>(&message), message }
}

/// The first vote of a member, which opens `r` commitments.
pub(super) fn vote_for<T: Config>(r: u32) -> Call<T> {
	open::<T>(MAX_TRAINERS);
	commit::<T>(0..MAX_TRAINERS);
	let (bits, roots) = everything(r);
	submit::<T>(0, Statement::Availability { bits, roots: BoundedVec::truncate_from(roots) })
}

/// The vote that ends Upload.
pub(super) fn last_vote_call<T: Config>() -> Call<T> {
	let (bits, _) = everything(MAX_TRAINERS);
	submit::<T>(QUORUM - 1, Statement::Availability { bits, roots: Default::default() })
}

/// Everything was delivered in an attempt before; now the last trainer committed to the first one's
/// update, so that there is one update too few.
pub(super) fn copy_an_update<T: Config>() {
	change::<T>(|live| {
		live.delivered = u128::MAX;
		for each in live.commitments.iter_mut() {
			let slot = u32::from(each.slot.0);
			each.root = Some(update(if slot + 1 == MAX_TRAINERS { 0 } else { slot }).root());
		}
	});
}

/// The publication of a result that a full committee attested.
pub(super) fn published<T: Config>() -> RoundResult {
	let result = result(hash(1));
	open::<T>(MAX_TRAINERS);
	attested::<T>(MAX_TRAINERS, 0, None, &result);
	result
}

/// The publication of a result whose root was struck, which `o` attested.
pub(super) fn struck<T: Config>(o: u32) -> RoundResult {
	let result = result(hash(1));
	open::<T>(MAX_TRAINERS);
	attested::<T>(MAX_TRAINERS, o - ATTESTERS, None, &result);
	change::<T>(|live| {
		live.publications.try_push(publication(scored(hash(1)), true)).unwrap();
	});
	result
}

/// A wrong result that was accepted and that `o` attested, and the proof with `n` updates.
pub(super) fn wrong<T: Config>(n: u32, o: u32) -> (Hash, WrongResultProof) {
	let wrong = Blob::filled(1);
	open::<T>(n);
	accept::<T>(n, o - ATTESTERS, wrong.root());
	let proof = WrongResultProof::Chunk {
		index: 0,
		claimed_leaf: sp_io::hashing::blake2_256(&wrong.chunks[0]),
		claimed_siblings: wrong.tree.prove(0).unwrap(),
		previous: Blob::filled(7).chunk(),
		updates: (0..n).map(|slot| update(slot).chunk()).collect(),
	};
	(wrong.root(), proof)
}

/// In a round that is open, a full committee and the aggregator had the model under `root` accepted.
pub(super) fn accept<T: Config>(trainers: u32, offences: u32, root: Hash) {
	let result = result(root);
	attested::<T>(trainers, offences, None, &result);
	happen::<T>(|training, environment| {
		training.publish(ONE, LAST, &verifier(0), result, environment).unwrap();
	});
}

/// A challenge of a model of so many elements in which it is the attesters' turn, and what they open:
/// all nodes there can be.
pub(super) fn challenge<T: Config>(elements: u64, by: &AccountId) -> OpenedNodes {
	let shape = Shape::new(elements).unwrap();
	let opening = Opening::of(shape, shape.depth(), 0).unwrap();
	let nodes: Vec<_> =
		(0..opening.count).map(|node| sp_io::hashing::blake2_256(&node.encode())).collect();
	let root = seal_root::<HostBlake2>(elements, opening.node::<HostBlake2>(&nodes).unwrap());
	open_model::<T>(MAX_TRAINERS, elements);
	accept::<T>(MAX_TRAINERS, 0, root.into());
	T::BenchmarkHelper::fund(by);
	happen::<T>(|training, environment| {
		training.open_challenge(ONE, root.into(), by, environment).unwrap();
	});
	BoundedVec::truncate_from(nodes.into_iter().map(Hash::from).collect())
}

/// As [`challenge`], and an attester opened the nodes.
pub(super) fn answered<T: Config>(by: &AccountId) {
	let nodes = challenge::<T>(MOST_ELEMENTS, by);
	happen::<T>(|training, environment| {
		training.answer_challenge(ONE, nodes, &verifier(1), environment).unwrap();
	});
}

/// A slash that is due, with `d` dissenters.
pub(super) fn hang_slash<T: Config>(d: u32) -> AccountId {
	let offender = verifier(0);
	for account in [&offender, &account(250)] {
		T::BenchmarkHelper::fund(account);
	}
	T::BenchmarkHelper::register(&offender);
	let slash = Slash {
		root: hash(1),
		fraction: sp_runtime::Permill::from_percent(50),
		challenger: Some(account(250)),
		due: 0,
	};
	T::Nodes::suspend(&offender);
	DeferredSlashes::<T>::insert((BOUNTY, ONE), &offender, slash);
	let dissenters: Vec<_> = (0..d).map(past).collect();
	dissenters.iter().for_each(T::BenchmarkHelper::fund);
	Dissenters::<T>::insert((BOUNTY, ONE), BoundedVec::truncate_from(dissenters));
	offender
}

pub(super) fn context<'a>(
	training: &'a Training,
	genesis: &'a Hash,
	limits: &'a Limits,
) -> RoundContext<'a> {
	RoundContext {
		genesis,
		bounty: BOUNTY,
		round: ONE,
		spec: &training.spec,
		limits,
		trainers: &training.bounty.trainers,
		now: 1,
	}
}
