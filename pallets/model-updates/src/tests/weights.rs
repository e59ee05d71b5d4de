use super::*;
use crate::{weights::SheafWeight, WeightInfo};
use frame_support::dispatch::GetDispatchInfo;

type Weights = SheafWeight<Test>;

/// The declared weight of a statement, what it took, and what its check gives back.
fn weights(message: VerifierMessage) -> (Weight, Weight, Weight) {
	let call = signed_call(message.clone());
	let declared = call.get_dispatch_info().call_weight;
	// The mock keeps what followed from earlier events.
	TheTraining::mutate(|training| training.as_mut().unwrap().effects.clear());
	let checked = RuntimeCall::from(call).authorize(TransactionSource::External);
	let (_, unspent) = checked.unwrap().unwrap();
	(declared, submit(message).unwrap().actual_weight.unwrap(), unspent)
}

#[test]
fn a_vote_that_ends_nothing_gives_back_what_ending_upload_would_take() {
	build_and_execute(|| {
		open_committed();
		let vote = message(201, ONE, availability(0b10, vec![opened(11)]));
		let (declared, taken, unspent) = weights(vote);
		assert_eq!(taken, Weights::vote(1));
		assert_eq!(declared, Weights::vote(1) + Weights::last_vote());
		assert_eq!(unspent, Weights::authorize_last_vote());
	});
}

#[test]
fn a_publication_weighs_by_the_offenders_that_it_reports() {
	build_and_execute(|| {
		open_running();
		let right = right_result();
		open_attested([&right; 4], &right);
		let (declared, taken, unspent) = weights(message(201, ONE, Statement::Publication(right)));
		assert_eq!(taken, Weights::publish());
		assert!(taken.all_lt(declared));
		assert!(unspent.ref_time() > 0);
	});
}

#[test]
fn a_commitment_weighs_more_if_it_ends_commit() {
	build_and_execute(|| {
		open_running();
		TheTraining::mutate(|training| training.as_mut().unwrap().effects.clear());
		let commit = |trainer: u8| {
			let hash = commitment(trainer);
			let done = ModelUpdates::commit_update(signed(trainer), BOUNTY, ONE, 0, hash);
			done.unwrap().actual_weight.unwrap()
		};
		assert_eq!(commit(11), Weights::commit_update());
		assert_eq!(commit(12), Weights::commit_update());
		let verifiers = ModelUpdates::verifier_count();
		assert_eq!(commit(13), Weights::commit_last_update() + Weights::draw(verifiers));
	});
}
