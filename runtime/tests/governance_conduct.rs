//! What misconduct costs and what nodes put up, after governance changed it.

mod support;

use frame_support::traits::fungible::InspectHold;
use pallet_model_updates::Call as Updates;
use pallet_node_registry::Call as Nodes;
use pallet_training_bounties::Call as Bounties;
use sheaf_runtime::{
	governance::{
		origins::Origin,
		parameters::{bonds, penalties, rounds, RuntimeParameters, SlashShares},
	},
	Balance, Balances, ModelUpdates, NodeRegistry, Runtime, RuntimeEvent, RuntimeHoldReason, SHEAF,
};
use sheaf_training::{Conduct, NodeRegistry as _, Roles, RoundIndex};
use sp_runtime::{ApplyExtrinsicResult, Permill};
use support::{
	account,
	actors::{authorized, Cast, REWARD, SPONSOR, TRAINERS, VERIFIERS, WRONG_ELEMENT},
	governance::{set, track},
	pair,
	stories::{CHALLENGER, FIRST},
	Chain,
};

macro_rules! parameter {
	($concern:ident::$name:ident = $value:expr) => {
		RuntimeParameters::from($concern::Parameters::$name($concern::$name, Some($value)))
	};
}

fn put(chain: &mut Chain, parameter: RuntimeParameters) {
	assert_eq!(chain.dispatch_as(track(Origin::Parameters), set(parameter)), Ok(()));
}

/// A bounty whose first round's result, wrong because of three liars, was accepted.
fn wrongly_accepted() -> (Cast, sheaf_training::Hash) {
	let mut cast = Cast::accepted(&VERIFIERS[..3]);
	let root = cast.accepted_root();
	(cast, root)
}

#[test]
fn a_slash_is_as_large_as_late_and_as_divided_as_governance_says() {
	let (mut cast, root) = wrongly_accepted();
	let parts = SlashShares {
		challenger: Permill::from_percent(40),
		dissenters: Permill::from_percent(10),
	};
	put(&mut cast.chain, parameter!(penalties::WrongResultSlash = Permill::from_percent(90)));
	put(&mut cast.chain, parameter!(penalties::SlashDeferral = 19));
	put(&mut cast.chain, parameter!(penalties::SlashParts = parts));
	let round = cast.first_round();
	let proof = Box::new(cast.blobs.prove(&round, &root, WRONG_ELEMENT as u64 / 256));
	let bounty = cast.bounty;
	let prove = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
	let prove = cast.chain.sign(&pair(CHALLENGER), prove);
	cast.chain.add_good_block(vec![prove]);
	let due = cast.chain.read(|| ModelUpdates::deferred_slashes(1))[0].due;
	assert_eq!(due, cast.chain.height() + 19);

	cast.run_until(|training| training.bounty.ended());
	while cast.chain.height() + 1 < due {
		cast.chain.add_block(Vec::new());
	}
	let [offender, challenger, dissenter] = [VERIFIERS[0], CHALLENGER, VERIFIERS[3]].map(account);
	let owned =
		|cast: &mut Cast| [&offender, &challenger, &dissenter].map(|who| cast.chain.owns(who));
	let before = owned(&mut cast);
	let apply =
		Updates::<Runtime>::apply_slash { bounty, round: FIRST, offender: offender.clone() };
	cast.chain.add_good_block(vec![authorized(apply)]);
	let after = owned(&mut cast);
	assert_eq!(before[0] - after[0], 900 * SHEAF);
	assert_eq!(after[1] - before[1], 360 * SHEAF);
	assert_eq!(after[2] - before[2], 90 * SHEAF);
	cast.chain.check_invariants();
}

fn challenge(cast: &mut Cast, name: &str, root: sheaf_training::Hash) -> ApplyExtrinsicResult {
	let open = Updates::open_challenge { bounty: cast.bounty, round: FIRST, root };
	let open = cast.chain.sign(&pair(name), open);
	cast.chain.add_block(vec![open]).pop().unwrap()
}

#[test]
fn a_challenge_costs_the_bond_of_the_day() {
	let (mut cast, root) = wrongly_accepted();
	put(&mut cast.chain, parameter!(rounds::ChallengeBond = 7 * SHEAF));
	assert_eq!(challenge(&mut cast, CHALLENGER, root), Ok(Ok(())));
	let reason = RuntimeHoldReason::ModelUpdates(pallet_model_updates::HoldReason::ChallengeBond);
	let held = cast.chain.read(|| Balances::balance_on_hold(&reason, &account(CHALLENGER)));
	assert_eq!(held, 7 * SHEAF);
}

/// Who was penalised, for what and how much, in this order.
fn penalties_of(cast: &Cast) -> Vec<(sheaf_runtime::AccountId, Conduct, Balance)> {
	let events = cast.chain.events.iter();
	let found = events.filter_map(|(_, event)| match event {
		RuntimeEvent::TrainingBounties(pallet_training_bounties::Event::Penalised {
			account,
			conduct,
			burned,
			..
		}) => Some((account.clone(), *conduct, *burned)),
		_ => None,
	});
	found.collect()
}

#[test]
fn a_false_attestation_costs_what_governance_says() {
	let mut cast = Cast::gather();
	cast.liars = vec![VERIFIERS[0]];
	cast.start();
	put(&mut cast.chain, parameter!(penalties::FalseAttestation = 5 * SHEAF));
	cast.run_until(|training| training.lowest_index() == Some(RoundIndex(2)));
	let fee = REWARD / 2 / 10 / 4;
	let found = penalties_of(&cast);
	assert_eq!(found.len(), 1);
	assert_eq!((&found[0].0, found[0].2), (&account(VERIFIERS[0]), fee + 5 * SHEAF));
}

#[test]
fn a_missed_commitment_costs_what_governance_says() {
	let mut cast = Cast::gather();
	cast.spec.min_trainers = 2;
	cast.start();
	put(&mut cast.chain, parameter!(penalties::MissedCommit = 2 * SHEAF));
	let commitments: Vec<_> =
		TRAINERS[..2].iter().map(|name| cast.commit(name, FIRST, 0)).collect();
	cast.chain.add_good_block(commitments);
	let round = cast.first_round();
	while cast.chain.height() + 1 < round.deadline() {
		cast.chain.add_block(Vec::new());
	}
	let advance = cast.advance(FIRST, &round);
	cast.chain.add_good_block(vec![advance]);
	let missed = (account(TRAINERS[2]), Conduct::MissedCommit, 2 * SHEAF);
	assert_eq!(penalties_of(&cast), vec![missed]);
}

#[test]
fn a_new_node_bonds_what_governance_says() {
	let cases = [
		(
			parameter!(bonds::MinTrainerBond = 11 * SHEAF),
			11,
			Roles { trainer: true, ..Default::default() },
		),
		(
			parameter!(bonds::MinAggregatorBond = 111 * SHEAF),
			111,
			Roles { aggregator: true, ..Default::default() },
		),
		(
			parameter!(bonds::MinVerifierBond = 999 * SHEAF),
			999,
			Roles { verifier: true, ..Default::default() },
		),
	];
	for (parameter, least, roles) in cases {
		let mut chain = Chain::new("local_testnet");
		put(&mut chain, parameter);
		let mut register = |bond| {
			let (capability, region) = Default::default();
			let register = Nodes::register { roles, capability, region, bond };
			let register = chain.sign(&pair("//Eve"), register);
			chain.add_block(vec![register])
		};
		let too_small = pallet_node_registry::Error::<Runtime>::BondTooSmall.into();
		assert_eq!(register(least * SHEAF - 1), vec![Ok(Err(too_small))]);
		assert_eq!(register(least * SHEAF), vec![Ok(Ok(()))]);
	}
}

#[test]
fn a_bond_is_released_when_governance_says() {
	let mut chain = Chain::new("local_testnet");
	put(&mut chain, parameter!(bonds::UnbondingPeriod = 33));
	let leave = chain.sign(&pair(VERIFIERS[0]), Nodes::leave {});
	chain.add_good_block(vec![leave]);
	let expected = chain.height() + 33;
	let released = chain.events.iter().any(|(_, event)| {
		use pallet_node_registry::Event::UnbondingStarted;
		matches!(
			event,
			RuntimeEvent::NodeRegistry(UnbondingStarted { withdrawable_at, .. })
				if *withdrawable_at == expected
		)
	});
	assert!(released);
}

#[test]
fn a_bounty_needs_the_committee_that_governance_says() {
	let mut cast = Cast::gather();
	put(&mut cast.chain, parameter!(rounds::MinCommittee = 4));
	let leave = cast.chain.sign(&pair(VERIFIERS[0]), Nodes::leave {});
	cast.chain.add_good_block(vec![leave]);
	let open = Bounties::open_bounty { spec: cast.spec.clone(), reward: REWARD };
	let open = cast.chain.sign(&pair(SPONSOR), open);
	let refused = pallet_training_bounties::Error::<Runtime>::TooFewVerifiers.into();
	assert_eq!(cast.chain.add_block(vec![open]), vec![Ok(Err(refused))]);
}

#[test]
fn a_role_is_lost_below_the_share_that_governance_says() {
	let mut chain = Chain::new("local_testnet");
	let verifies =
		|chain: &mut Chain| chain.read(|| NodeRegistry::roles(&account(VERIFIERS[0])).verifier);
	put(&mut chain, parameter!(bonds::MinVerifierBond = 1_250 * SHEAF));
	assert!(verifies(&mut chain), "a bond of 1,000 is 80 % of 1,250");
	put(&mut chain, parameter!(bonds::MinVerifierBond = 1_000 * SHEAF));
	chain.read(|| {
		NodeRegistry::note_conduct(&account(VERIFIERS[0]), Conduct::AbsentMember, SHEAF);
	});
	assert!(verifies(&mut chain));
	put(&mut chain, parameter!(bonds::EjectionShare = Permill::one()));
	assert!(!verifies(&mut chain));
}
