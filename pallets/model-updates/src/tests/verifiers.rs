use super::*;
use crate::{CurrentVerifiers, Work, MAX_WORK};
use frame_support::traits::OneSessionHandler;
use sheaf_training::{RoundObserver, Verifiers};

#[test]
fn the_session_handler_keeps_the_validators_keys() {
	build_and_execute(|| {
		let members: Vec<_> = (201..=204).map(member).collect();
		let validators: Vec<_> = members.iter().map(|m| (&m.account, m.key.clone())).collect();
		ModelUpdates::on_genesis_session(validators.clone().into_iter());
		assert_eq!(ModelUpdates::current(), members);
		let fewer = validators[..2].to_vec();
		ModelUpdates::on_new_session(false, fewer.clone().into_iter(), fewer.clone().into_iter());
		assert_eq!(CurrentVerifiers::<Test>::get().len(), 4);
		ModelUpdates::on_new_session(true, fewer.clone().into_iter(), fewer.into_iter());
		assert_eq!(ModelUpdates::current(), members[..2]);
	});
}

#[test]
fn work_is_listed_while_a_committee_sits() {
	build_and_execute(|| {
		open_committed();
		let members = round().members();
		ModelUpdates::committee_seated(BOUNTY, ONE, &members);
		ModelUpdates::committee_seated(BOUNTY, ONE, &members);
		assert_eq!(Work::<Test>::get(account(201)).into_inner(), vec![(BOUNTY, ONE)]);
		ModelUpdates::committee_dismissed(BOUNTY, ONE, &members[..1]);
		assert!(!Work::<Test>::contains_key(account(201)));
		assert!(Work::<Test>::contains_key(account(202)));
	});
}

#[test]
fn a_verifier_with_a_full_list_is_busy() {
	build_and_execute(|| {
		let verifier = account(201);
		for round in 0..MAX_WORK {
			assert!(!ModelUpdates::busy(&verifier));
			let members = core::slice::from_ref(&verifier);
			ModelUpdates::committee_seated(BOUNTY, RoundIndex(round), members);
		}
		assert!(ModelUpdates::busy(&verifier));
		Work::<Test>::remove(&verifier);
	});
}
