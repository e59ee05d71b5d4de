//! What a verifier should do next in a round: pure functions of the chain's state.

use alloc::vec::Vec;
use sheaf_training::{
	commitment_hash, slice_commitment, update_bit, AccountId, AttestationContext, Availability,
	BlockNumber, BountyState, Hash, MemberVotes, OpenedRoot, Phase, Round, RoundIndex, RoundResult,
	Statement, Training, MAX_VOTES_PER_MEMBER, SLICE_BIT,
};
use sp_runtime::BoundedVec;

/// Blocks that a verifier waits for the rest before it votes for a part.
const VOTE_WAIT: BlockNumber = 3;
/// Blocks before the deadline at which it waits no longer.
const LAST_BLOCKS: BlockNumber = 3;
/// Most blocks for which members wait for another to publish.
const MAX_PUBLISH_PATIENCE: BlockNumber = 3;

/// The next step of one verifier in one round, cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Action {
	/// Ask the gateway for the initial model, and vote if it is held.
	VoteInitialModel,
	/// Ask the gateway what is held, and vote if that says something new.
	VoteAvailability,
	/// Publish what was attested.
	Publish,
	/// Open what was attested to its challenger.
	Answer,
	/// Compare what others published with the own result, and dispute it.
	Doubt,
	/// Compute the result and attest it.
	Attest,
}

/// Decides what `verifier` does in `round`. A message sent now arrives one block later, which must be
/// before the deadline.
pub(crate) fn next_action(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	now: BlockNumber,
	genesis: &Hash,
) -> Option<Action> {
	if round == RoundIndex::INITIAL_MODEL {
		return votes_initial_model(training, verifier, now).then_some(Action::VoteInitialModel);
	}
	let live = training.round(round)?;
	let place = live.committee_place(verifier)?;
	let open = arrives_before(live.deadline(), now);
	match live.phase {
		Phase::Upload if open && votes_missing(training, round, live, place) => {
			Some(Action::VoteAvailability)
		}
		Phase::Attest if open && !live.attested(live.attempt, verifier) => Some(Action::Attest),
		Phase::Publish if open && publishes_now(live, place, now) => {
			unpublished(training, round, verifier, genesis).then_some(Action::Publish)
		}
		Phase::Accepted => {
			unpublished(training, round, verifier, genesis).then_some(Action::Publish)
		}
		_ => None,
	}
}

/// Whether a message sent now is in time.
pub(crate) fn arrives_before(deadline: BlockNumber, now: BlockNumber) -> bool {
	now.saturating_add(1) < deadline
}

fn votes_initial_model(training: &Training, verifier: &AccountId, now: BlockNumber) -> bool {
	let BountyState::Preparing { committee, votes, deadline } = &training.bounty.state else {
		return false;
	};
	let place = committee.iter().position(|member| member.account == *verifier);
	let bit = place.and_then(|place| 1u16.checked_shl(u32::try_from(place).ok()?));
	arrives_before(*deadline, now) && bit.is_some_and(|bit| votes & bit == 0)
}

/// Bits of everything that the committee waits for.
fn wanted(training: &Training, round: RoundIndex, live: &Round) -> u128 {
	let slice = match expected_slice(training, round, live) {
		Some(_) => SLICE_BIT,
		None => 0,
	};
	live.commitments.iter().fold(slice, |bits, commitment| bits | update_bit(commitment.slot))
}

fn expected_slice(training: &Training, round: RoundIndex, live: &Round) -> Option<Hash> {
	training.spec.slice_commitment(round).filter(|_| !live.slice_spent)
}

fn votes_missing(training: &Training, round: RoundIndex, live: &Round, place: usize) -> bool {
	let MemberVotes { bits, sent, .. } = live.votes.get(place).copied().unwrap_or_default();
	sent < MAX_VOTES_PER_MEMBER && wanted(training, round, live) & !bits != 0
}

/// Members publish one after the other, so that normally one message suffices; none waits when the
/// deadline is near.
fn publishes_now(live: &Round, place: usize, now: BlockNumber) -> bool {
	let place = BlockNumber::try_from(place).unwrap_or(BlockNumber::MAX);
	let turn = live.phase_started_at.saturating_add(place.min(MAX_PUBLISH_PATIENCE));
	now >= turn || is_near(live.deadline(), now)
}

/// Whether the deadline is so near that nobody waits for others.
pub(crate) fn is_near(deadline: BlockNumber, now: BlockNumber) -> bool {
	now.saturating_add(LAST_BLOCKS) >= deadline
}

/// Whether `verifier` attested a result in this attempt that nobody has published. In Accepted, that
/// is dissent: it must be in the clear before the accepted result is struck.
fn unpublished(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	genesis: &Hash,
) -> bool {
	let Some(live) = training.round(round) else { return false };
	live.attested(live.attempt, verifier)
		&& !live
			.publications
			.iter()
			.any(|publication| attested(training, round, verifier, &publication.hash, genesis))
}

/// Whether the verifier's attestation of the current attempt opens to the result with this hash.
pub(crate) fn attested(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	result_hash: &Hash,
	genesis: &Hash,
) -> bool {
	let Some(live) = training.round(round) else { return false };
	let Some(hash) = attestation(training, round, verifier, result_hash, genesis) else {
		return false;
	};
	live.attestations
		.iter()
		.any(|a| a.attempt == live.attempt && a.account == *verifier && a.hash == hash)
}

fn attestation(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	result_hash: &Hash,
	genesis: &Hash,
) -> Option<Hash> {
	let live = training.round(round)?;
	let inputs = &live.frozen.as_ref()?.inputs;
	let context =
		AttestationContext { genesis, bounty: training.id, round, attempt: live.attempt, inputs };
	Some(context.attestation_hash(verifier, result_hash))
}

/// The attestation of a result, in the current attempt.
pub(crate) fn attestation_statement(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	result: &RoundResult,
	genesis: &Hash,
) -> Option<Statement> {
	let inputs = training.round(round)?.frozen.as_ref()?.inputs;
	let hash = attestation(training, round, verifier, &result.hash(), genesis)?;
	Some(Statement::Attestation { inputs, hash })
}

/// The vote that `verifier` should send, given what its gateway holds. None of it would be refused:
/// a held root that opens nothing is left out.
pub(crate) fn availability_vote(
	training: &Training,
	round: RoundIndex,
	verifier: &AccountId,
	now: BlockNumber,
	genesis: &Hash,
	availability: &Availability,
) -> Option<Statement> {
	let live = training.round(round)?;
	let mine = live.votes.get(live.committee_place(verifier)?)?;
	if !availability.closing_block_final {
		return None;
	}
	let held = held_items(training, round, live, genesis, availability);
	let bits = held.iter().fold(0, |bits, item| bits | item.bit);
	if !is_time_to_vote(live, mine, bits, wanted(training, round, live), now) {
		return None;
	}
	let roots: Vec<OpenedRoot> =
		held.into_iter().filter(|item| !item.known).map(|item| item.opened).collect();
	Some(Statement::Availability { bits, roots: BoundedVec::try_from(roots).ok()? })
}

/// Something that the gateway holds and the round waits for.
struct Held {
	bit: u128,
	opened: OpenedRoot,
	/// The root is on chain.
	known: bool,
}

fn held_items(
	training: &Training,
	round: RoundIndex,
	live: &Round,
	genesis: &Hash,
	availability: &Availability,
) -> Vec<Held> {
	let slice = availability.slice.filter(|root| match live.slice_root {
		Some(known) => known == *root,
		None => expected_slice(training, round, live) == Some(slice_commitment(root)),
	});
	let slice = slice.map(|root| Held {
		bit: SLICE_BIT,
		opened: OpenedRoot { slot: None, root },
		known: live.slice_root.is_some(),
	});
	let updates = live.commitments.iter().filter_map(|commitment| {
		let (slot, root) =
			availability.updates.iter().find(|(slot, _)| *slot == commitment.slot).copied()?;
		let opens = match commitment.root {
			Some(known) => known == root,
			None => {
				let (attempt, account) = (commitment.attempt, &commitment.account);
				let bounty = training.id;
				commitment.hash == commitment_hash(genesis, bounty, round, attempt, account, &root)
			}
		};
		opens.then_some(Held {
			bit: update_bit(slot),
			opened: OpenedRoot { slot: Some(slot), root },
			known: commitment.root.is_some(),
		})
	});
	slice.into_iter().chain(updates).collect()
}

/// Saves votes: everything at once if it is there; else parts, after a short wait and spread over the
/// phase, the last vote kept for completion or the end. Who holds nothing says half-way that it is
/// there.
fn is_time_to_vote(
	live: &Round,
	mine: &MemberVotes,
	bits: u128,
	wanted: u128,
	now: BlockNumber,
) -> bool {
	let waited = now.saturating_sub(live.phase_started_at);
	if bits & !mine.bits == 0 {
		return mine.sent == 0 && waited.saturating_mul(2) >= live.phase_length;
	}
	if (bits | mine.bits) & wanted == wanted || is_near(live.deadline(), now) {
		return true;
	}
	let sent = BlockNumber::from(mine.sent);
	let votes = BlockNumber::from(MAX_VOTES_PER_MEMBER);
	let spread = waited.saturating_mul(votes) >= live.phase_length.saturating_mul(sent);
	waited >= VOTE_WAIT && spread && sent.saturating_add(1) < votes
}
