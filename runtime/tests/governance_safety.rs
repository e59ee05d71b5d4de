//! What governance can stop: a slash before it is applied, and calls while something is mended.

mod support;

use frame_support::traits::{fungible::InspectHold, ConstU32};
use pallet_model_updates::Call as Updates;
use pallet_training_bounties::Call as Bounties;
use sheaf_runtime::{
	governance::origins::Origin, Balances, ModelUpdates, NodeRegistry, Runtime, RuntimeCall,
	RuntimeEvent, RuntimeHoldReason, SHEAF,
};
use sheaf_training::{BountyState, NodeRegistry as _, Phase, RoundIndex};
use sp_runtime::{
	transaction_validity::TransactionSource, BoundedVec, DispatchError, DispatchResult,
};
use support::{
	account,
	actors::{authorized, Cast, AGGREGATOR, REWARD, SPONSOR, TRAINERS, VERIFIERS, WRONG_ELEMENT},
	governance::{filtered, root, together, track, PROPOSER},
	pair, Chain,
};

const FIRST: RoundIndex = RoundIndex(1);

#[test]
fn a_referendum_cancels_a_deferred_slash() {
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]];
	cast.start();
	cast.run_until(|training| training.round(FIRST).is_some_and(|r| r.phase == Phase::Accepted));
	let round = cast.training().round(FIRST).cloned().unwrap();
	let root = round.accepted_result().unwrap().next_model_root;
	let proof = Box::new(cast.blobs.prove(&round, &root, WRONG_ELEMENT as u64 / 256));
	let bounty = cast.bounty;
	let prove = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
	let prove = cast.chain.sign(&pair(PROPOSER), prove);
	cast.chain.add_good_block(vec![prove]);
	let [spared, slashed] = [account(VERIFIERS[0]), account(VERIFIERS[1])];
	assert!(!cast.chain.read(|| NodeRegistry::roles(&spared).verifier), "suspended");

	let cancel = Updates::cancel_slash { bounty, round: FIRST, offender: spared.clone() };
	let passed = cast.chain.pass(track(Origin::Canceller), &RuntimeCall::from(cancel));
	assert_eq!(passed, Ok(()));
	let due = cast.chain.read(|| ModelUpdates::deferred_slashes(100));
	assert!(due.iter().all(|slash| slash.offender != spared && slash.due > cast.chain.height()));
	assert!(cast.chain.read(|| NodeRegistry::roles(&spared).verifier));

	cast.run_until(|training| training.bounty.ended());
	while cast.chain.height() < due[0].due {
		cast.chain.add_block(Vec::new());
	}
	let apply = |offender: &sheaf_runtime::AccountId| {
		authorized(Updates::<Runtime>::apply_slash {
			bounty,
			round: FIRST,
			offender: offender.clone(),
		})
	};
	assert!(cast.chain.validate(TransactionSource::External, apply(&spared)).is_err());
	cast.chain.add_good_block(vec![apply(&slashed)]);
	let reason = RuntimeHoldReason::NodeRegistry(pallet_node_registry::HoldReason::NodeBond);
	let bond = |who| cast.chain.read(|| Balances::balance_on_hold(&reason, who));
	assert_eq!([&spared, &slashed].map(bond), [1_000 * SHEAF, 500 * SHEAF]);
	cast.chain.check_invariants();
}

type Name = BoundedVec<u8, ConstU32<64>>;

fn pause(pallet: &str, call: &str) -> RuntimeCall {
	let name = |text: &str| Name::truncate_from(text.as_bytes().to_vec());
	pallet_tx_pause::Call::pause { full_name: (name(pallet), name(call)) }.into()
}

/// The calls of the runtime, as pallet and call.
fn every_call() -> Vec<(&'static str, &'static str)> {
	use frame_support::traits::GetCallMetadata;
	let pallets = RuntimeCall::get_module_names().iter();
	pallets
		.flat_map(|pallet| {
			RuntimeCall::get_call_names(pallet).iter().map(move |call| (*pallet, *call))
		})
		.collect()
}

/// Pauses whatever can be paused and returns it.
fn pause_everything(chain: &mut Chain) -> Vec<(&'static str, &'static str)> {
	let paused = every_call().into_iter().filter(|(pallet, call)| {
		let outcome: DispatchResult = chain.dispatch_as(root(), pause(pallet, call));
		let unpausable: DispatchError = pallet_tx_pause::Error::<Runtime>::Unpausable.into();
		assert!(outcome == Ok(()) || outcome == Err(unpausable), "{outcome:?}");
		outcome.is_ok()
	});
	paused.collect()
}

#[test]
fn nobody_is_penalised_by_a_pause_of_everything_that_can_be_paused() {
	let mut cast = Cast::gather();
	cast.open();
	let paused = pause_everything(&mut cast.chain);
	assert!(paused.contains(&("TrainingBounties", "open_bounty")));
	assert!(paused.contains(&("Balances", "transfer_keep_alive")));
	cast.run_until(|training| matches!(training.bounty.state, BountyState::Enrolling { .. }));
	cast.enrol();
	cast.run_until(|training| training.bounty.ended());
	assert_eq!(cast.training().bounty.state, BountyState::Completed);
	let penalised = cast.chain.events.iter().any(|(_, event)| {
		use pallet_training_bounties::Event::{Penalised, TrainersInactive};
		matches!(event, RuntimeEvent::TrainingBounties(Penalised { .. } | TrainersInactive { .. }))
	});
	assert!(!penalised);
	for name in TRAINERS.into_iter().chain(VERIFIERS).chain([AGGREGATOR]) {
		let record = cast.chain.read(|| NodeRegistry::node(account(name))).unwrap().record;
		assert_eq!((record.late, record.missed, record.proven_wrong), (0, 0, 0), "{name}");
		assert!(record.completed > 0, "{name}");
	}
	cast.chain.check_invariants();
}

#[test]
fn a_referendum_pauses_and_another_ends_the_pause() {
	let mut cast = Cast::gather();
	let both =
		together(vec![pause("TrainingBounties", "open_bounty"), pause("Balances", "transfer_all")]);
	assert_eq!(cast.chain.pass(track(Origin::Canceller), &both), Ok(()));
	let open = |cast: &mut Cast| {
		let open = Bounties::open_bounty { spec: cast.spec.clone(), reward: REWARD };
		let open = cast.chain.sign(&pair(SPONSOR), open);
		cast.chain.add_block(vec![open])
	};
	assert_eq!(open(&mut cast), vec![Ok(Err(filtered()))]);
	let name = |text: &str| Name::truncate_from(text.as_bytes().to_vec());
	let unpause =
		pallet_tx_pause::Call::unpause { ident: (name("TrainingBounties"), name("open_bounty")) };
	assert_eq!(cast.chain.pass(track(Origin::Canceller), &unpause.into()), Ok(()));
	assert_eq!(open(&mut cast), vec![Ok(Ok(()))]);
	cast.chain.check_invariants();
}

#[test]
fn a_pause_in_a_batch_or_by_a_proxy_holds_too() {
	let mut chain = Chain::new("local_testnet");
	let paused = pause("Balances", "transfer_keep_alive");
	assert_eq!(chain.dispatch_as(root(), paused), Ok(()));
	let transfer =
		pallet_balances::Call::transfer_keep_alive { dest: account("//Bob").into(), value: SHEAF };
	let transfer = RuntimeCall::from(transfer);
	let batch = chain.sign(&pair("//Eve"), together(vec![transfer.clone()]));
	assert_eq!(chain.add_block(vec![batch]), vec![Ok(Err(filtered()))]);
	let before = chain.owns(&account("//Bob"));
	let proxy = pallet_proxy::Call::proxy {
		real: account("//Eve").into(),
		force_proxy_type: None,
		call: Box::new(transfer),
	};
	let add = pallet_proxy::Call::add_proxy {
		delegate: account("//Ferdie").into(),
		proxy_type: sheaf_runtime::configs::ProxyKind::Transfers,
		delay: 0,
	};
	let add = chain.sign(&pair("//Eve"), add);
	let proxy = chain.sign(&pair("//Ferdie"), proxy);
	chain.add_good_block(vec![add, proxy]);
	assert_eq!(chain.owns(&account("//Bob")), before, "the proxy's call was refused");
}
