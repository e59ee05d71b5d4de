//! Which published results a verifier doubts, and whose turn it is in a dispute: pure functions of the
//! chain's state.

use super::action::{arrives_before, is_near, Action};
use alloc::vec::Vec;
use sheaf_aggregation::{Opening, Shape, Tree};
use sheaf_training::{
	AccountId, Attestation, AttestationContext, BlockNumber, Challenge, Hash, HostBlake2, Phase,
	Publication, Round, RoundIndex, Training, Turn,
};

/// Most blocks for which members leave an answer or a proof to those before them.
const MAX_PATIENCE: BlockNumber = 3;
/// Blocks that the data of an accepted result has to arrive at this node.
const WITHHELD_AFTER: BlockNumber = 5;
/// Bytes of it that arrive in a block, at least.
const BYTES_PER_BLOCK: u64 = 8 << 20;

/// What `verifier` has to do about disputes in `round`.
pub(crate) fn dispute_actions(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	now: BlockNumber,
	genesis: &Hash,
) -> Vec<Action> {
	let Some(live) = training.round(round) else { return Vec::new() };
	let Some(place) = live.committee_place(verifier) else { return Vec::new() };
	let accepted = live.accepted_result().map(|result| result.next_model_root);
	let turn = live.challenge.as_ref().is_some_and(|challenge| {
		live.phase == Phase::Accepted
			&& answers_now(challenge, training.spec.lengths.answer, place, now)
	});
	let answers =
		turn && accepted.is_some_and(|root| is_liable(training, round, verifier, &root, genesis));
	let doubts = !doubted_roots(training, round, verifier, genesis).is_empty();
	let answer = answers.then_some(Action::Answer);
	answer.into_iter().chain(doubts.then_some(Action::Doubt)).collect()
}

/// Members answer one after the other, so that normally one message suffices; none waits when the
/// deadline is near.
fn answers_now(
	challenge: &Challenge,
	answer_length: BlockNumber,
	place: usize,
	now: BlockNumber,
) -> bool {
	let since = challenge.deadline.saturating_sub(answer_length);
	challenge.turn == Turn::Attesters
		&& arrives_before(challenge.deadline, now)
		&& is_turn(since, place, challenge.deadline, now)
}

/// Whether the member at this place need not wait for those before it any more.
pub(crate) fn is_turn(
	since: BlockNumber,
	place: usize,
	deadline: BlockNumber,
	now: BlockNumber,
) -> bool {
	let patience = BlockNumber::try_from(place).unwrap_or(MAX_PATIENCE).min(MAX_PATIENCE);
	now >= since.saturating_add(patience) || is_near(deadline, now)
}

/// Published roots that stand and that `verifier` never attested; the accepted one first.
pub(crate) fn doubted_roots(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	genesis: &Hash,
) -> Vec<Hash> {
	let Some(live) = training.round(round) else { return Vec::new() };
	let standing = live.publications.iter().filter(|publication| !publication.struck);
	let mut roots: Vec<Hash> = Vec::new();
	for root in standing.map(|publication| publication.result.next_model_root) {
		if !roots.contains(&root) && !is_liable(training, round, verifier, &root, genesis) {
			roots.push(root);
		}
	}
	let accepted = live.accepted_result().map(|result| result.next_model_root);
	roots.sort_by_key(|root| Some(*root) != accepted);
	roots
}

/// Whether an attestation of `verifier`, of any attempt, opens to a published result with this root.
fn is_liable(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	root: &Hash,
	genesis: &Hash,
) -> bool {
	let Some(live) = training.round(round) else { return false };
	let Some(frozen) = &live.frozen else { return false };
	let with_root = |p: &&Publication| p.result.next_model_root == *root;
	let opens = |a: &Attestation| {
		let (attempt, inputs) = (a.attempt, &frozen.inputs);
		let context = AttestationContext { genesis, bounty: training.id, round, attempt, inputs };
		let mut published = live.publications.iter().filter(with_root);
		published.any(|p| context.attestation_hash(verifier, &p.hash) == a.hash)
	};
	live.attestations.iter().filter(|a| a.account == *verifier).any(opens)
}

/// Whether it is time to challenge the accepted result, whose data this node has missed since then:
/// there was time to fetch it, or half of the window has passed.
pub(crate) fn challenges_now(
	live: &Round,
	shape: Shape,
	missed_since: BlockNumber,
	now: BlockNumber,
) -> bool {
	let size = shape.leaf_count().saturating_mul(1_024);
	let transfer = size.checked_div(BYTES_PER_BLOCK).unwrap_or(0);
	let transfer = BlockNumber::try_from(transfer).unwrap_or(BlockNumber::MAX);
	let patience = WITHHELD_AFTER.saturating_add(transfer);
	let waited = now.saturating_sub(live.phase_started_at);
	live.phase == Phase::Accepted
		&& live.challenge.is_none()
		&& arrives_before(live.deadline(), now)
		&& (now >= missed_since.saturating_add(patience)
			|| waited.saturating_mul(2) >= live.phase_length)
}

/// Place, among the nodes that a challenge has opened, of the first that differs from the right
/// tree's.
pub(crate) fn first_wrong_node(challenge: &Challenge, right: &Tree<HostBlake2>) -> Option<u8> {
	let nodes = right.open(challenge.level, challenge.index).ok()?;
	let place = nodes.iter().zip(&challenge.opened).position(|(node, opened)| *node != opened.0)?;
	u8::try_from(place).ok()
}

/// Index of the leaf that is the `child`-th opened node.
pub(crate) fn leaf_index(challenge: &Challenge, shape: Shape, child: u8) -> Option<u64> {
	let opening = Opening::of(shape, challenge.level, challenge.index).ok()?;
	(opening.level == 0).then(|| opening.first.saturating_add(u64::from(child)))
}
