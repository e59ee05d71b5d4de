//! What a round puts on the chain, and how long a wrong result stands: `docs/measurements/chain.json`.
//!
//! The figures are those of this runtime: `SHEAF_WRITE_MEASUREMENTS=1` in the environment writes the
//! file instead of comparing it.

mod support;

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::Get,
};
use pallet_model_updates::Call as Updates;
use pallet_training_bounties::Call as Bounties;
use serde_json::{json, Value};
use sheaf_aggregation::{max_proof_bytes, ChunkProof, Shape, WrongResultProof, CHUNK_BYTES};
use sheaf_runtime::{
	configs::{BlockLength, BlockWeights},
	governance::parameters::{bounties::ShortestPhases, penalties::SlashDeferral},
	AccountId, Runtime, RuntimeCall, RuntimeEvent, TransactionPayment, UncheckedExtrinsic,
};
use sheaf_training::{
	testing::hash, BountyId, Hash, LeaveOneOut, OpenedRoot, Phase, RoundIndex, RoundResult, Scores,
	Slot, Statement,
};
use sp_runtime::BoundedVec;
use std::{collections::BTreeMap, env, fs, path::Path};
use support::{
	actors::{authorized, Cast, AGGREGATOR, TRAINERS, VERIFIERS, WRONG_ELEMENT},
	pair,
};

const FIRST: RoundIndex = RoundIndex(1);
const CHALLENGER: &str = "//Ferdie";
/// Members of a committee that vote before Upload ends, in the story: a quorum of four.
const QUORUM: usize = 3;
const TRAINER_COUNTS: [u16; 6] = [2, 4, 8, 16, 32, 64];
const PROOF_TRAINER_COUNTS: [usize; 3] = [8, 32, 64];
const ELEMENT_COUNTS: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// A transaction of a round, and how many of it there are.
struct Sent {
	sender: &'static str,
	name: &'static str,
	count: usize,
	transaction: UncheckedExtrinsic,
}

impl Sent {
	fn bytes(&self) -> u64 {
		self.transaction.encoded_size() as u64
	}

	/// Computation that a block must have left, in picoseconds: with extensions and authorisation.
	fn ref_time(&self) -> u64 {
		self.transaction.get_dispatch_info().total_weight().ref_time()
	}

	fn describe(&self, cast: &mut Cast) -> Value {
		let info = self.transaction.get_dispatch_info();
		let operational = info.class == DispatchClass::Operational;
		let length = self.bytes() as u32;
		let signed = matches!(self.transaction.preamble, sp_runtime::generic::Preamble::Signed(..));
		let fee = signed
			.then(|| cast.chain.read(|| TransactionPayment::compute_fee(length, &info, 0)))
			.map(|fee| fee.to_string());
		json!({
			"sender": self.sender,
			"name": self.name,
			"bytes": self.bytes(),
			"picoseconds": self.ref_time(),
			"proof_size": info.total_weight().proof_size(),
			"operational": operational,
			"fee": fee,
		})
	}
}

/// Everything that is sent in a round with so many trainers and a committee of four, of which `votes`
/// vote, each with all roots: as if none had seen another's vote.
fn round(cast: &mut Cast, trainers: u16, votes: usize, marginals: bool) -> Vec<Sent> {
	let bounty = cast.bounty;
	let mut sent = Vec::new();
	let mut add = |sender, name, count, transaction| {
		sent.push(Sent { sender, name, count, transaction });
	};
	add("trainer", "commitment", trainers.into(), cast.commit(TRAINERS[0], FIRST, 0));
	let slots = std::iter::once(None).chain((0..trainers).map(|slot| Some(Slot(slot))));
	let roots = slots.map(|slot| OpenedRoot { slot, root: hash(1) }).collect();
	let roots = BoundedVec::truncate_from(roots);
	let verifier = VERIFIERS[0];
	let vote = Statement::Availability { bits: u128::MAX, roots };
	add("verifier", "vote", votes, cast.state(verifier, FIRST, 0, vote));
	let attestation = Statement::Attestation { inputs: hash(1), hash: hash(2) };
	add("verifier", "attestation", VERIFIERS.len(), cast.state(verifier, FIRST, 0, attestation));
	let call = Updates::attest_as_aggregator {
		bounty,
		round: FIRST,
		attempt: 0,
		inputs: hash(1),
		hash: hash(2),
	};
	add("aggregator", "attestation", 1, cast.chain.sign(&pair(AGGREGATOR), call));
	let of_each = vec![LeaveOneOut { correct: 1, changed: 1 }; trainers.into()];
	let leave_one_out = BoundedVec::truncate_from(if marginals { of_each } else { Vec::new() });
	let scores = Some(Scores { correct: 1, leave_one_out, answers: hash(3) });
	let publication = Statement::Publication(RoundResult { next_model_root: hash(1), scores });
	add("verifier", "publication", 1, cast.state(verifier, FIRST, 0, publication));
	let settle = Bounties::<Runtime>::advance {
		bounty,
		round: FIRST,
		attempt: 0,
		phase: Phase::Accepted,
		deadline: 1,
	};
	add("anyone", "settlement", 1, authorized(settle));
	sent
}

fn totals(sent: &[Sent], sender: Option<&str>) -> Value {
	let chosen = || sent.iter().filter(|each| sender.is_none_or(|name| name == each.sender));
	let sum = |of: &dyn Fn(&Sent) -> u64| -> u64 {
		chosen().map(|each| each.count as u64 * of(each)).sum()
	};
	json!({
		"transactions": sum(&|_| 1),
		"bytes": sum(&|each| each.bytes()),
		"picoseconds": sum(&|each| each.ref_time()),
	})
}

/// Whether a transaction belongs to the first round.
fn of_first_round(transaction: &UncheckedExtrinsic) -> bool {
	use pallet_model_updates::Call::{attest_as_aggregator, commit_update, submit_statement};
	use pallet_training_bounties::Call::advance;
	match &transaction.function {
		RuntimeCall::ModelUpdates(commit_update { round, .. })
		| RuntimeCall::ModelUpdates(attest_as_aggregator { round, .. })
		| RuntimeCall::TrainingBounties(advance { round, .. }) => *round == FIRST,
		RuntimeCall::ModelUpdates(submit_statement { message, .. }) => message.round == FIRST,
		_ => false,
	}
}

/// Plays a bounty of three trainers and sums up what its first round put on the chain.
fn played() -> Value {
	let mut cast = Cast::gather();
	cast.start();
	let mut sent = Vec::new();
	for _ in 0..100 {
		let training = cast.training();
		if training.bounty.ended() {
			break;
		}
		let actions = cast.actions(&training);
		sent.extend(actions.iter().filter(|each| of_first_round(each)).map(|transaction| Sent {
			sender: "anyone",
			name: "whatever it is",
			count: 1,
			transaction: transaction.clone(),
		}));
		cast.chain.add_good_block(actions);
	}
	totals(&sent, None)
}

/// What a transaction is called in the tables.
fn name_of(transaction: &UncheckedExtrinsic) -> &'static str {
	use pallet_model_updates::Call::{
		attest_as_aggregator, commit_update, publish_as_aggregator, submit_statement,
	};
	match &transaction.function {
		RuntimeCall::ModelUpdates(commit_update { .. }) => "commitment",
		RuntimeCall::ModelUpdates(attest_as_aggregator { .. }) => "attestation of the aggregator",
		RuntimeCall::ModelUpdates(publish_as_aggregator { .. }) => "publication of the aggregator",
		RuntimeCall::ModelUpdates(submit_statement { message, .. }) => match message.statement {
			Statement::Availability { .. } => "vote",
			Statement::Attestation { .. } => "attestation",
			Statement::Publication(_) => "publication",
			_ => "dispute",
		},
		RuntimeCall::TrainingBounties(_) => "settlement",
		_ => "other",
	}
}

/// Plays a bounty of three trainers: what each kind of transaction of its first round declared, and the
/// most that one took of a block.
fn taken() -> Value {
	let mut cast = Cast::gather();
	cast.start();
	cast.finish();
	let mut kinds = BTreeMap::<&str, (u64, u64)>::new();
	for (number, block) in (1..).zip(&cast.chain.blocks) {
		let weights = cast.chain.events.iter().filter_map(|(at, event)| match event {
			RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info })
				if *at == number && dispatch_info.class != DispatchClass::Mandatory =>
			{
				Some(dispatch_info.weight.ref_time())
			}
			_ => None,
		});
		for (transaction, taken) in block.iter().zip(weights) {
			if of_first_round(transaction) {
				let info = transaction.get_dispatch_info();
				let base = BlockWeights::get().get(info.class).base_extrinsic;
				let declared = info.total_weight().saturating_add(base).ref_time();
				let most = kinds.entry(name_of(transaction)).or_default();
				*most = (most.0.max(declared), most.1.max(taken));
			}
		}
	}
	let row =
		|(name, (declared, taken))| json!({ "name": name, "declared": declared, "taken": taken });
	kinds.into_iter().map(row).collect()
}

/// The largest proof that a chunk is wrong.
fn proof(elements: u64, trainers: usize) -> WrongResultProof {
	let shape = Shape::new(elements).unwrap();
	let siblings = vec![[1; 32]; shape.depth() as usize];
	let chunk = ChunkProof { chunk: vec![1; CHUNK_BYTES], siblings: siblings.clone() };
	let proof = WrongResultProof::Chunk {
		index: 0,
		claimed_leaf: [1; 32],
		claimed_siblings: siblings,
		previous: chunk.clone(),
		updates: vec![chunk; trainers],
	};
	assert_eq!(proof.encoded_size() as u64, max_proof_bytes(shape, trainers as u32));
	proof
}

/// A fraud proof as a transaction: of anybody, and of a verifier.
fn fraud_proof(cast: &mut Cast, elements: u64, trainers: usize) -> Value {
	let proof = proof(elements, trainers);
	let (bounty, root, proof_bytes) = (cast.bounty, hash(1), proof.encoded_size());
	let statement = Statement::WrongResult { root, proof: proof.clone() };
	let call = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof: Box::new(proof) };
	let by_anyone = Sent {
		sender: "anyone",
		name: "fraud proof",
		count: 1,
		transaction: cast.chain.sign(&pair(CHALLENGER), call),
	};
	let by_verifier = Sent {
		sender: "verifier",
		name: "fraud proof",
		count: 1,
		transaction: cast.state(VERIFIERS[0], FIRST, 0, statement),
	};
	json!({
		"elements": elements,
		"trainers": trainers,
		"proof_bytes": proof_bytes,
		"by_anyone": by_anyone.describe(cast),
		"by_verifier": by_verifier.describe(cast),
	})
}

/// The number of the block with the first such event.
fn block_of(cast: &Cast, wanted: impl Fn(&RuntimeEvent) -> bool) -> u32 {
	cast.chain.events.iter().find(|(_, event)| wanted(event)).map(|(block, _)| *block).unwrap()
}

/// Three of four members and the aggregator have a wrong model accepted; a passer-by proves it wrong in
/// the next block, and the slashes are applied when they are due.
fn slashed() -> Value {
	use pallet_model_updates::Event::{ResultPublished, SlashApplied, WrongChunkProven};
	use pallet_training_bounties::Event::ResultAccepted;
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR];
	cast.start();
	let phase = |training: &sheaf_training::Training| training.round(FIRST).map(|r| r.phase);
	cast.run_until(|training| phase(training) == Some(Phase::Accepted));
	let round = cast.training().round(FIRST).cloned().unwrap();
	let root: Hash = round.accepted_result().unwrap().next_model_root;
	let proof = Box::new(cast.blobs.prove(&round, &root, WRONG_ELEMENT as u64 / 256));
	let bounty = cast.bounty;
	let call = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
	let call = cast.chain.sign(&pair(CHALLENGER), call);
	cast.chain.add_good_block(vec![call]);
	cast.run_until(|training| training.round(FIRST).is_none());
	let over = cast.chain.height();
	let (offender, due) = cast.chain.read(|| slash_of(bounty, root));
	while cast.chain.height() < due {
		let training = cast.training();
		let actions = cast.actions(&training);
		cast.chain.add_good_block(actions);
	}
	let apply = Updates::apply_slash { bounty, round: FIRST, offender };
	cast.chain.add_good_block(vec![authorized::<Updates<Runtime>>(apply)]);
	let published = block_of(&cast, |event| match event {
		RuntimeEvent::ModelUpdates(ResultPublished { root: published, .. }) => *published == root,
		_ => false,
	});
	let after = |wanted: &dyn Fn(&RuntimeEvent) -> bool| block_of(&cast, wanted) - published;
	json!({
		"accepted": after(&|event| matches!(
			event,
			RuntimeEvent::TrainingBounties(ResultAccepted { .. })
		)),
		"proven": after(&|event| matches!(
			event,
			RuntimeEvent::ModelUpdates(WrongChunkProven { .. })
		)),
		"settled": over - published,
		"due": due - published,
		"applied": after(&|event| matches!(
			event,
			RuntimeEvent::ModelUpdates(SlashApplied { .. })
		)),
		"networks": networks(&mut cast),
	})
}

/// How long a slash can be cancelled, and the shortest window in which a result must be proven wrong.
fn networks(cast: &mut Cast) -> Value {
	let lengths = || (SlashDeferral::get(), ShortestPhases::get().window);
	let local = cast.chain.read(lengths);
	let real = sp_io::TestExternalities::default().execute_with(lengths);
	json!([
		{ "name": "local, as simulated", "deferral": local.0, "window": local.1 },
		{ "name": "default of a real network", "deferral": real.0, "window": real.1 },
	])
}

/// An offender of the strike of a root, and the block from which its slash is applied.
fn slash_of(bounty: BountyId, root: Hash) -> (AccountId, u32) {
	let of_round = pallet_model_updates::DeferredSlashes::<Runtime>::iter_prefix((bounty, FIRST));
	let mut slashes = of_round.filter(|(_, slash)| slash.root == root);
	slashes.next().map(|(offender, slash)| (offender, slash.due)).unwrap()
}

fn measured() -> Value {
	let mut cast = Cast::gather();
	cast.start();
	let weights: frame_system::limits::BlockWeights = BlockWeights::get();
	let lengths: frame_system::limits::BlockLength = BlockLength::get();
	let normal = weights.get(DispatchClass::Normal).max_total.unwrap();
	let most = round(&mut cast, 64, VERIFIERS.len(), true);
	let rounds = TRAINER_COUNTS.map(|trainers| {
		let sent = round(&mut cast, trainers, VERIFIERS.len(), false);
		json!({
			"trainers": trainers,
			"all": totals(&sent, None),
			"trainer": totals(&sent, Some("trainer")),
			"verifier": totals(&sent, Some("verifier")),
			"aggregator": totals(&sent, Some("aggregator")),
		})
	});
	let eight = round(&mut cast, 8, VERIFIERS.len(), false);
	let proofs = ELEMENT_COUNTS
		.into_iter()
		.flat_map(|elements| PROOF_TRAINER_COUNTS.map(|trainers| (elements, trainers)));
	json!({
		"milliseconds_per_block": sheaf_runtime::MILLISECONDS_PER_BLOCK,
		"block_picoseconds": weights.max_block.ref_time(),
		"normal_picoseconds": normal.ref_time(),
		"block_bytes": lengths.max.get(DispatchClass::Operational),
		"normal_bytes": lengths.max.get(DispatchClass::Normal),
		"with_8_trainers": eight.iter().map(|sent| sent.describe(&mut cast)).collect::<Vec<_>>(),
		"with_64_trainers_and_marginals":
			most.iter().map(|sent| sent.describe(&mut cast)).collect::<Vec<_>>(),
		"taken_with_3_trainers": taken(),
		"rounds": rounds,
		"fraud_proofs": proofs
			.map(|(elements, trainers)| fraud_proof(&mut cast, elements, trainers))
			.collect::<Vec<_>>(),
		"slash": slashed(),
	})
}

#[test]
fn what_is_counted_for_a_round_is_what_a_round_sends() {
	let mut cast = Cast::gather();
	cast.start();
	let counted = round(&mut cast, TRAINERS.len() as u16, QUORUM, false);
	assert_eq!(totals(&counted, None), played());
}

#[test]
fn the_documented_figures_are_those_of_this_runtime() {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/measurements/chain.json");
	let measured = measured();
	if env::var_os("SHEAF_WRITE_MEASUREMENTS").is_some() {
		fs::create_dir_all(path.parent().unwrap()).unwrap();
		fs::write(&path, serde_json::to_string_pretty(&measured).unwrap() + "\n").unwrap();
	}
	let kept: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
	assert_eq!(
		kept, measured,
		"run this test with SHEAF_WRITE_MEASUREMENTS=1, then tests/measurements/report.py"
	);
}
