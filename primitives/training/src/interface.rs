//! How the pallets meet: small traits, implemented by one pallet, wired in the runtime.

use crate::{
	AccountId, Balance, BlockNumber, BountyId, Challenge, ChallengeOutcome, Conduct, Environment,
	Hash, Member, Phase, Roles, RoundIndex, Settlement, Training,
};
use alloc::vec::Vec;
use sp_runtime::{DispatchResult, Permill};

/// Who may work. Implemented by `pallet-node-registry`.
pub trait NodeRegistry {
	/// Roles of a node whose bond suffices for them; none for an unknown node, or one that a slash
	/// hangs over.
	fn roles(account: &AccountId) -> Roles;
	/// Counts a payment for the node's record. Unknown nodes are ignored.
	fn note_earned(account: &AccountId, amount: Balance);
	/// Counts what a node did for its record, and burns up to `penalty` of its bond. Returns what was
	/// burned. Unknown nodes are ignored.
	fn note_conduct(account: &AccountId, conduct: Conduct, penalty: Balance) -> Balance;
	/// A slash hangs over the node: it has no roles and cannot withdraw bond until as many calls of
	/// [`NodeRegistry::resume`] have followed.
	fn suspend(account: &AccountId);
	/// A slash was applied or cancelled.
	fn resume(account: &AccountId);
	/// The node can lose bond for a round: until as many calls of [`NodeRegistry::end_liability`] have
	/// followed it cannot withdraw.
	fn begin_liability(account: &AccountId);
	/// The node cannot lose bond for that round any more.
	fn end_liability(account: &AccountId);
	/// Takes `fraction` of everything the node has bonded, unbonding included. The amount goes out of
	/// the node's account: `rewarded` to the accounts named, what cannot be delivered and the rest
	/// burned.
	fn slash(account: &AccountId, fraction: Permill, rewarded: &[(AccountId, Permill)]) -> Slashed;
}

/// What came of a slash.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Slashed {
	/// What was taken out of the account.
	pub taken: Balance,
	/// What each rewarded account received of it; what is missing was burned.
	pub rewards: Vec<(AccountId, Balance)>,
}

/// Validators with their verifier session keys. Implemented by `pallet-model-updates`, which keeps
/// the keys as a session handler.
pub trait Verifiers {
	/// The current validators and keys.
	fn current() -> Vec<Member>;
	/// How many they are.
	fn count() -> u32;
}

/// The bounties and their live rounds. Implemented by `pallet-training-bounties`.
pub trait TrainingRounds {
	/// What the machine asks of the chain.
	type Environment: Environment;
	/// It.
	fn environment() -> Self::Environment;
	/// Loads a bounty with its live rounds.
	fn load(bounty: BountyId) -> Option<Training>;
	/// Stores what an event made of it, and carries out its effects.
	fn store(training: Training);
	/// The first `limit` bounties that have not ended, in order of their ids.
	fn live(limit: u32) -> Vec<BountyId>;
}

/// Sends the fee-less calls that end a phase at its deadline, from the off-chain worker. Implemented
/// by `pallet-training-bounties`. Nothing is returned: only the chain tells whether a call arrived.
pub trait Advancer {
	/// Ends Preparing or Enrolling.
	fn advance_bounty(bounty: BountyId, deadline: BlockNumber);
	/// Ends a phase of a round.
	fn advance(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
	);
}

/// Keeps and pays rewards. Implemented by `pallet-rewards`.
pub trait Rewards {
	/// Holds a bounty's reward, which must be freely spendable, and moves the opening fee to the
	/// treasury.
	fn fund(sponsor: &AccountId, reward: Balance, opening_fee: Balance) -> DispatchResult;
	/// Pays a round's settlement out of the sponsor's hold. Cannot fail: what cannot be delivered
	/// goes to the treasury.
	fn settle(sponsor: &AccountId, bounty: BountyId, round: RoundIndex, settlement: &Settlement);
	/// Releases what remains of a bounty's reward to the sponsor.
	fn refund(sponsor: &AccountId, bounty: BountyId, amount: Balance);
	/// What is held for all of a sponsor's bounties and not paid yet.
	fn owed(sponsor: &AccountId) -> Balance;
}

/// Hears what rounds ask of verifiers. Implemented by `pallet-model-updates`.
pub trait RoundObserver {
	/// A committee took its seats; round 0 is the initial model.
	fn committee_seated(bounty: BountyId, round: RoundIndex, members: &[AccountId]);
	/// A committee has nothing more to do.
	fn committee_dismissed(bounty: BountyId, round: RoundIndex, members: &[AccountId]);
	/// Whether a verifier's work list is full, so that it cannot be drawn.
	fn busy(verifier: &AccountId) -> bool;
	/// A result was struck: `offenders` attested it, `challenger` brought it down.
	fn result_struck(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		root: Hash,
		offenders: Vec<AccountId>,
		challenger: Option<AccountId>,
	);
	/// A round with struck results is over; `dissenters` attested one that stands.
	fn strikes_resolved(bounty: BountyId, round: RoundIndex, dissenters: Vec<AccountId>);
	/// A challenge ended, and its bond is to be returned or paid.
	fn challenge_ended(
		bounty: BountyId,
		round: RoundIndex,
		challenge: Challenge,
		outcome: ChallengeOutcome,
	);
}
