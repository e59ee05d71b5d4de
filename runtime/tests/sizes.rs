//! What transactions may be long: a trainer's are short, and evidence leaves room for others.

mod support;

use codec::Encode;
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use pallet_model_updates::{Call as Updates, Error};
use sheaf_aggregation::{max_proof_bytes, ChunkProof, Shape, WrongResultProof};
use sheaf_runtime::{
	configs::{BlockLength, BlockWeights},
	RuntimeCall, UncheckedExtrinsic,
};
use sheaf_training::{BountyId, BountyState, RoundIndex, Statement, MAX_TRAINERS};
use sp_runtime::generic::Preamble;
use support::{
	account,
	actors::{signed_statement, Cast, TRAINERS, VERIFIERS},
	pair,
	stories::{refused, CHALLENGER, FIRST, SECOND},
};

/// Elements of the largest model.
const MOST_ELEMENTS: u64 = 1 << 24;

fn signer(transaction: &UncheckedExtrinsic) -> Option<sheaf_runtime::AccountId> {
	match &transaction.preamble {
		Preamble::Signed(sp_runtime::MultiAddress::Id(account), ..) => Some(account.clone()),
		_ => None,
	}
}

#[test]
fn a_trainer_sends_one_transaction_of_at_most_250_bytes_a_round() {
	let mut cast = Cast::gather();
	cast.start();
	let enrolled = cast.chain.blocks.len();
	assert_eq!(cast.finish(), BountyState::Completed);
	let sent = cast.chain.blocks[enrolled..].concat();
	for trainer in TRAINERS {
		let its = sent.iter().filter(|sent| signer(sent) == Some(account(trainer)));
		let rounds = its.map(|sent| match &sent.function {
			RuntimeCall::ModelUpdates(Updates::commit_update { round, .. }) => {
				assert!(sent.encoded_size() <= 250, "{} bytes", sent.encoded_size());
				*round
			}
			other => panic!("{other:?}"),
		});
		assert_eq!(rounds.collect::<Vec<RoundIndex>>(), [FIRST, SECOND]);
	}
}

/// Evidence as long as it can be: about the largest model, of as many trainers as there may be.
fn longest_evidence() -> WrongResultProof {
	let shape = Shape::new(MOST_ELEMENTS).unwrap();
	let siblings = vec![[7; 32]; shape.depth() as usize];
	let chunk = ChunkProof { chunk: vec![7; 1_024], siblings: siblings.clone() };
	let proof = WrongResultProof::Chunk {
		index: shape.leaf_count() - 1,
		claimed_leaf: [7; 32],
		claimed_siblings: siblings,
		previous: chunk.clone(),
		updates: vec![chunk; MAX_TRAINERS as usize],
	};
	assert_eq!(proof.encoded_size() as u64, max_proof_bytes(shape, MAX_TRAINERS));
	proof
}

fn accusation(cast: &mut Cast, earlier: u32) -> UncheckedExtrinsic {
	let (bounty, root) = (BountyId(7), cast.spec.initial_model_root);
	let proof = Box::new(longest_evidence());
	let call = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
	cast.chain.sign_later(&pair(CHALLENGER), call, earlier)
}

#[test]
fn evidence_of_64_trainers_leaves_at_least_half_of_a_block() {
	let mut cast = Cast::gather();
	let accusations = vec![accusation(&mut cast, 0), accusation(&mut cast, 1)];
	let normal = *BlockLength::get().max.get(DispatchClass::Normal) as usize;
	assert!(
		accusations[0].encoded_size() <= normal / 2,
		"{} of {normal}",
		accusations[0].encoded_size()
	);
	let heaviest = BlockWeights::get().get(DispatchClass::Normal).max_extrinsic.unwrap();
	let weight = accusations[0].function.get_dispatch_info().total_weight();
	assert!(weight.all_lte(heaviest), "{weight} of {heaviest}");
	// So a block takes two: both are executed, and refused because there is no such bounty.
	let both = [refused(Error::NoSuchBounty), refused(Error::NoSuchBounty)].concat();
	assert_eq!(cast.chain.add_block(accusations), both);
}

#[test]
fn a_members_evidence_of_64_trainers_fits_into_what_blocks_keep_for_verifiers() {
	let mut cast = Cast::gather();
	let (root, proof) = (cast.spec.initial_model_root, longest_evidence());
	let message = cast.message(VERIFIERS[0], FIRST, 0, Statement::WrongResult { root, proof });
	let statement = signed_statement(VERIFIERS[0], message);
	let length = BlockLength::get();
	let kept = length.max.get(DispatchClass::Operational) - length.max.get(DispatchClass::Normal);
	assert!(statement.encoded_size() <= kept as usize, "even where others fill a block");
	let heaviest = BlockWeights::get().get(DispatchClass::Operational).max_extrinsic.unwrap();
	let weight = statement.function.get_dispatch_info().total_weight();
	assert!(weight.all_lte(heaviest), "{weight} of {heaviest}");
}
