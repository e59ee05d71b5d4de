//! A round as the other pallets lead it, for the tests of what follows from it.

use super::*;
use sheaf_aggregation::{seal_root, Opening};
use sheaf_training::{
	commitment_hash, update_bit, AttestationContext, Hash, HostBlake2, Limits, OpenedNodes,
	OpenedRoot, RoundResult, Slot,
};

pub const FIRST: RoundIndex = RoundIndex(1);
pub const SECOND: RoundIndex = RoundIndex(2);
pub const MEMBERS: [u8; 4] = [201, 202, 203, 204];
pub const AGGREGATOR: u8 = 21;
/// Doubts results.
pub const CHALLENGER: u8 = 60;

/// Two rounds of 500,000 each, without slices.
pub fn plain_spec() -> BountySpec {
	BountySpec { evaluation: None, ..spec() }
}

pub fn limits() -> Limits {
	TestLimits::get()
}

fn genesis() -> Hash {
	use sheaf_training::Environment;
	TrainingBounties::environment().genesis()
}

/// Nodes under the top of the tree of a model told apart by one byte.
pub fn opened_nodes(model: u8) -> OpenedNodes {
	let shape = Bounties::<Test>::get(BOUNTY).and_then(|_| crate::Specs::<Test>::get(BOUNTY));
	let opening = top(&shape.unwrap());
	let nodes = (0..opening.count).map(|place| Hash::repeat_byte(model ^ place as u8)).collect();
	OpenedNodes::truncate_from(nodes)
}

fn top(spec: &BountySpec) -> Opening {
	let shape = spec.shape().unwrap();
	Opening::of(shape, shape.depth(), 0).unwrap()
}

/// Root of that model.
pub fn root(model: u8) -> Hash {
	let spec = crate::Specs::<Test>::get(BOUNTY).unwrap();
	let nodes: Vec<_> = opened_nodes(model).iter().map(|node| node.0).collect();
	let node = top(&spec).node::<HostBlake2>(&nodes).unwrap();
	seal_root::<HostBlake2>(spec.parameters.element_count, node).into()
}

pub fn result(model: u8) -> RoundResult {
	RoundResult { next_model_root: root(model), scores: None }
}

/// A bounty in round 1, Commit, with trainers 11 to 13 and an aggregator.
pub fn open_with_aggregator(spec: BountySpec) {
	open_enrolling(spec);
	assert_ok!(TrainingBounties::enroll_aggregator(signed(AGGREGATOR), BOUNTY));
	for trainer in 11..=13 {
		assert_ok!(TrainingBounties::enroll(signed(trainer), BOUNTY));
	}
}

pub fn commit_update(index: RoundIndex, trainer: u8) {
	let (attempt, trainer_account) = (round(index.0).attempt, account(trainer));
	let hash =
		commitment_hash(&genesis(), BOUNTY, index, attempt, &trainer_account, &hash(trainer));
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.commit(index, attempt, &trainer_account, hash, &environment).unwrap();
	});
}

/// A member says that it holds the updates of these trainers.
pub fn vote(member: u8, trainers: &[u8]) {
	let slot = |trainer: &u8| Slot(u16::from(trainer - 11));
	let bits = trainers.iter().fold(0, |bits, trainer| bits | update_bit(slot(trainer)));
	let roots: Vec<_> = trainers
		.iter()
		.map(|trainer| OpenedRoot { slot: Some(slot(trainer)), root: hash(*trainer) })
		.collect();
	let attempt = round(1).attempt;
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.vote(FIRST, attempt, &account(member), bits, &roots, &environment).unwrap();
	});
}

/// Round 1 in Attest with the updates of all trainers.
pub fn reach_attest(spec: BountySpec) {
	open_with_aggregator(spec);
	(11..=13).for_each(|trainer| commit_update(FIRST, trainer));
	MEMBERS[..3].iter().for_each(|member| vote(*member, &[11, 12, 13]));
	assert_eq!(round(1).phase, Phase::Attest);
}

pub fn attest(node: u8, model: u8) {
	let live = round(1);
	let inputs = live.frozen.unwrap().inputs;
	let context = AttestationContext {
		genesis: &genesis(),
		bounty: BOUNTY,
		round: FIRST,
		attempt: live.attempt,
		inputs: &inputs,
	};
	let hash = context.attestation_hash(&account(node), &result(model).hash());
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.attest(FIRST, live.attempt, &account(node), inputs, hash, &environment).unwrap();
	});
}

pub fn publish(node: u8, model: u8) {
	let (attempt, result) = (round(1).attempt, result(model));
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.publish(FIRST, attempt, &account(node), result, &environment).unwrap();
	});
}

/// Three members and the aggregator attest model 1, which is accepted; member 204 attests model 2.
pub fn reach_accepted(spec: BountySpec) {
	reach_attest(spec);
	[201, 202, 203, AGGREGATOR].into_iter().for_each(|node| attest(node, 1));
	attest(204, 2);
	publish(201, 1);
	assert_eq!((round(1).phase, round(2).phase), (Phase::Accepted, Phase::Commit));
}

pub fn open_challenge() {
	let root = root(1);
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.open_challenge(FIRST, root, &account(CHALLENGER), &environment).unwrap();
	});
}

pub fn answer_challenge(node: u8) {
	let nodes = opened_nodes(1);
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.answer_challenge(FIRST, nodes, &account(node), &environment).unwrap();
	});
}

pub fn narrow_challenge(child: u8) {
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.narrow_challenge(FIRST, child, &account(CHALLENGER), &environment).unwrap();
	});
}

/// Somebody proves a root wrong.
pub fn strike(model: u8) {
	let root = root(model);
	happen(|training| {
		let environment = TrainingBounties::environment();
		training.strike(FIRST, root, &account(CHALLENGER), &environment).unwrap();
	});
}

/// Ends the phase of a round at its deadline, as anyone may.
pub fn advance(index: RoundIndex) {
	let live = round(index.0);
	System::set_block_number(live.deadline());
	System::reset_events();
	let (attempt, phase, deadline) = (live.attempt, live.phase, live.deadline());
	assert_ok!(TrainingBounties::advance(authorized(), BOUNTY, index, attempt, phase, deadline));
}

/// The pallet's events since the last [`advance`], by name.
pub fn event_names() -> Vec<String> {
	System::events()
		.into_iter()
		.map(|record| match record.event {
			RuntimeEvent::TrainingBounties(event) => {
				let text = format!("{event:?}");
				text.trim_start_matches("Event::").split(' ').next().unwrap().to_owned()
			}
			other => panic!("not ours: {other:?}"),
		})
		.collect()
}
