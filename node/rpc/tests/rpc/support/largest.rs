//! The largest things that the chain can store.

use super::state::{self, member};
use pallet_conviction_voting::Tally;
use pallet_node_registry::{Node, Nodes, Unbonding};
use pallet_referenda::{
	DecidingStatus, Deposit, ReferendumCount, ReferendumInfo, ReferendumInfoFor, ReferendumStatus,
};
use sheaf_runtime::Runtime;
use sheaf_training::{
	AccountId, Attestation, Bounty, BountySpec, BountyState, Commitment, Evaluation, Frozen,
	IncludedUpdate, Invitation, MemberVotes, Phase, Publication, Roles, RoundResult, Scores, Slot,
	Tensor, Trainer, MAX_AGGREGATORS, MAX_ATTESTATIONS, MAX_COMMITTEE, MAX_ROUNDS,
	MAX_STRUCK_MEMBERS, MAX_TENSORS, MAX_TRAINERS,
};
use sp_core::H256;
use sp_runtime::BoundedVec;

const HASH: H256 = H256::repeat_byte(0xff);

fn full<T: Clone, S: sp_core::Get<u32>>(item: impl Fn(u32) -> T, count: u32) -> BoundedVec<T, S> {
	let items: Vec<T> = (0..count).map(item).collect();
	items.try_into().unwrap_or_else(|_| panic!("more than {}", S::get()))
}

fn someone(n: u32) -> AccountId {
	AccountId::new(sp_crypto_hashing::blake2_256(&n.to_le_bytes()))
}

/// A spec in which everything is as long as can be; a control character is six bytes of JSON.
pub fn spec() -> BountySpec {
	let tensor = |_| Tensor { name: full(|_| 1, 64), shape: full(|_| u32::MAX, 4) };
	BountySpec {
		network: Some(full(|_| u32::MAX, 9)),
		manifest: full(tensor, MAX_TENSORS),
		evaluation: Some(Evaluation {
			examples: u32::MAX,
			slice_commitments: full(|_| HASH, MAX_ROUNDS),
		}),
		training: full(|_| 1, 1024),
		..state::spec()
	}
}

/// A bounty in Preparing.
pub fn bounty() -> Bounty {
	let trainer =
		|n| Trainer { slot: Slot(u16::MAX), account: someone(n), weight: u32::MAX, active: false };
	let committee = full(|_| member(255), MAX_COMMITTEE);
	Bounty {
		reward: u128::MAX,
		spent: u128::MAX,
		trainers: full(trainer, MAX_TRAINERS),
		aggregators: full(someone, MAX_AGGREGATORS),
		invitations: full(|n| Invitation { account: someone(n), weight: u32::MAX }, MAX_TRAINERS),
		struck_members: full(someone, MAX_STRUCK_MEMBERS),
		..state::bounty(BountyState::Preparing { committee, votes: u16::MAX, deadline: u32::MAX })
	}
}

/// Stores round 1 of bounty 0, in Upload.
pub fn put_round() {
	let at = u32::MAX;
	let commitment = |n| Commitment {
		slot: Slot(n as u16),
		account: someone(n),
		weight: u32::MAX,
		attempt: u8::MAX,
		hash: HASH,
		root: Some(HASH),
		at,
	};
	let included =
		|n| IncludedUpdate { slot: Slot(n as u16), account: someone(n), root: HASH, weight: 1 };
	let attestation =
		|n| Attestation { attempt: 255, account: someone(n), member: false, hash: HASH, at };
	let scores = Scores { correct: u32::MAX, leave_one_out: Default::default(), answers: HASH };
	let result = RoundResult { next_model_root: HASH, scores: Some(scores) };
	let publication =
		|_| Publication { result: result.clone(), hash: HASH, attempt: 255, struck: false, at };
	state::put_round(|round, _| {
		round.phase = Phase::Upload;
		round.phase_length = u32::MAX;
		round.commitments = full(commitment, MAX_TRAINERS);
		round.committee = full(|_| member(255), MAX_COMMITTEE);
		round.votes = full(|_| MemberVotes { bits: u128::MAX, sent: 8, at }, MAX_COMMITTEE);
		round.aggregator = Some(someone(0));
		let updates = full(included, MAX_TRAINERS);
		round.frozen = Some(Frozen { updates, slice_root: Some(HASH), inputs: HASH });
		round.attestations = full(attestation, MAX_ATTESTATIONS);
		round.publications = full(publication, MAX_ATTESTATIONS);
		round.accepted = Some(HASH);
		round.withheld = full(|_| (255, HASH), MAX_ATTESTATIONS);
	});
}

/// Stores the `n`-th node.
pub fn put_node(n: u32) {
	let unbonding = Unbonding { amount: u128::MAX, withdrawable_at: u32::MAX };
	let node = Node {
		roles: Roles { trainer: true, aggregator: true, verifier: true },
		region: full(|_| b'X', 8),
		bond: u128::MAX,
		unbonding: full(|_| unbonding, pallet_node_registry::MAX_UNBONDING),
		earned: u128::MAX,
		..Default::default()
	};
	Nodes::<Runtime>::insert(someone(n), node);
}

/// Stores the `n`-th referendum.
pub fn put_referendum(n: u32) {
	let deposit = || Deposit { who: someone(n), amount: u128::MAX };
	let status = ReferendumStatus {
		// The longest call that is shown, with two bytes for the call and two for the length.
		proposal: state::noted(sheaf_governance::MAX_SHOWN_CALL as usize - 4),
		submission_deposit: deposit(),
		decision_deposit: Some(deposit()),
		deciding: Some(DecidingStatus { since: u32::MAX, confirming: Some(u32::MAX) }),
		tally: Tally::from_parts(u128::MAX, u128::MAX, u128::MAX),
		..state::poll()
	};
	ReferendumInfoFor::<Runtime>::insert(n, ReferendumInfo::Ongoing(status));
	ReferendumCount::<Runtime>::put(n + 1);
}
