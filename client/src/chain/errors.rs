//! What can go wrong with the chain, and what to do about it.

use sheaf_training::Hash;
use subxt::error::{DispatchError, TransactionEventsError};

/// Why the chain could not be asked, or refused.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// No connection.
	#[error("cannot reach the node at {url}: {reason}; is it running, and is --node right?")]
	Unreachable {
		/// Address of the node.
		url: String,
		/// What happened.
		reason: String,
	},
	/// The node follows another chain.
	#[error(
		"the node at {url} follows another chain (its genesis is {found:?}, expected {expected:?}): \
		 give --node a node of your chain, or correct --genesis"
	)]
	WrongChain {
		/// Address of the node.
		url: String,
		/// Its genesis.
		found: Hash,
		/// The genesis asked for.
		expected: Hash,
	},
	/// The runtime has no training API.
	#[error(
		"the node at {url} is not a node of Sheaf, or of another version ({reason}): give --node \
		 another, or update this program"
	)]
	NotSheaf {
		/// Address of the node.
		url: String,
		/// What is missing.
		reason: String,
	},
	/// The connection broke.
	#[error("lost the node: {0}")]
	Lost(String),
	/// Bytes that this client does not understand.
	#[error("the node's answer to {0} cannot be decoded: update this program, or its node")]
	Undecodable(String),
	/// A call failed in its block.
	#[error("{0}")]
	Refused(Refusal),
	/// The call cannot be proposed.
	#[error("the chain would refuse this proposal: {}", refused_because(*.0))]
	ProposalRefused(sheaf_governance::Refusal),
	/// The pool did not take the transaction, or dropped it.
	#[error("the node did not take {call}: {}", pool_advice(reason))]
	NotTaken {
		/// The call.
		call: String,
		/// Why.
		reason: String,
	},
	/// The call does not exist in this runtime, or has other arguments.
	#[error(
		"this chain does not know {call} as this program sends it ({reason}): start it again if the \
		 chain was upgraded just now, else update it"
	)]
	UnknownCall {
		/// The call.
		call: String,
		/// Why.
		reason: String,
	},
}

impl ChainError {
	/// An error of the connection or of a method behind it.
	pub(crate) fn rpc(error: subxt::rpcs::Error) -> Self {
		Self::Lost(super::innermost(&error))
	}

	/// Whether asking again later can help: the connection broke.
	pub fn is_connection(&self) -> bool {
		matches!(self, Self::Unreachable { .. } | Self::Lost(_))
	}

	/// Whether the chain refused a call with this error.
	pub fn is_refusal(&self, error: &str) -> bool {
		matches!(self, Self::Refused(refusal) if refusal.error == error)
	}
}

/// What is wrong with a proposal, and what to do.
fn refused_because(refusal: sheaf_governance::Refusal) -> &'static str {
	use sheaf_governance::{OutOfRange::*, Refusal::*};
	match refusal {
		Parameter(NoValue) => "a parameter cannot be taken away; give it another value",
		Parameter(SharesExceedWhole) => {
			"the parts add up to more than the whole; make them smaller"
		}
		Parameter(ShareIsZero) => "those who do the work must receive a part; make it larger",
		Parameter(TooSmall) => "the value is below its range; docs/governance.md lists the ranges",
		Parameter(TooLarge) => "the value is above its range; docs/governance.md lists the ranges",
		Parameter(PhasesCross) => {
			"the shortest phases would be zero or longer than the longest; choose lengths from 1 to \
			Bounties.LongestPhase"
		}
		Parameter(TooFewVerifiers) => {
			"fewer verifiers than a committee needs would be left; choose a smaller value"
		}
		Parameter(DeferralOutlastsUnbonding) => {
			"a bond could be withdrawn before its slash is due; keep Penalties.SlashDeferral below \
			Bonds.UnbondingPeriod"
		}
		Unreadable => "it is no call of this chain, or nested too deep; propose a simpler one",
		TooLong => "it is too long; propose its parts one by one, an upgrade by its hash",
		NotNoted => "it carries the hash of a call that nobody noted; note that preimage first",
		TooManyCalls => "it carries too many calls; propose them one by one",
		TooManyParameters => "it sets too many parameters; propose them one by one",
		TooManyLookups => "it carries too many other proposals; propose them one by one",
	}
}

/// What a node's pool says of a transaction, and what to do.
const POOL_ADVICE: &[(&str, &str)] = &[
	("Inability to pay some fees", "the account cannot pay the fee, send it some tokens first"),
	(
		"bad signature",
		"the signature is not for this chain as it is now, start again: it was upgraded just now, or \
		 the node is of another chain",
	),
	("ancient birth block", "it waited for too long, start again"),
];

/// What to do about a transaction that the pool refused, with what the pool said.
fn pool_advice(reason: &str) -> String {
	let advice = POOL_ADVICE.iter().find(|(sign, _)| reason.contains(sign));
	match advice {
		Some((_, advice)) => format!("{advice} ({reason})"),
		None => reason.to_owned(),
	}
}

/// A call that failed in its block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
	/// The pallet that refused; empty if it was not a pallet.
	pub pallet: String,
	/// The error's name in the metadata.
	pub error: String,
	/// What it says in the metadata.
	pub docs: String,
}

impl std::fmt::Display for Refusal {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match advice(&self.pallet, &self.error) {
			Some(sentence) => write!(formatter, "{sentence}")?,
			None if self.docs.is_empty() => write!(formatter, "the chain refused the call")?,
			None => write!(formatter, "the chain refused the call: {}", self.docs)?,
		}
		match self.pallet.is_empty() {
			true => write!(formatter, " ({})", self.error),
			false => write!(formatter, " ({}::{})", self.pallet, self.error),
		}
	}
}

impl Refusal {
	/// From what a failed transaction's events say.
	pub(crate) fn from_events(error: &TransactionEventsError) -> Option<Self> {
		match error {
			TransactionEventsError::ExtrinsicFailed(error) => Some(Self::from_dispatch(error)),
			_ => None,
		}
	}

	fn from_dispatch(error: &DispatchError) -> Self {
		if let DispatchError::Module(module) = error {
			if let Ok(details) = module.details() {
				return Self {
					pallet: details.pallet.name().into(),
					error: details.variant.name.clone(),
					docs: details.variant.docs.join(" ").trim().into(),
				};
			}
		}
		if let DispatchError::Token(token) = error {
			let error = format!("{token:?}");
			return Self { pallet: "Token".into(), error, docs: token.to_string() };
		}
		Self { pallet: String::new(), error: format!("{error:?}"), docs: error.to_string() }
	}
}

/// A pallet's error, and what to do. An empty pallet stands for all.
type Advice = (&'static str, &'static str, &'static str);

const ADVICE: &[Advice] = &[
	("NodeRegistry", "AlreadyRegistered", "This account is registered already: `sheaf node register` again changes what it offers."),
	("NodeRegistry", "NotRegistered", "This account is not registered: run `sheaf node register` first."),
	("NodeRegistry", "BondTooSmall", "The bond is too small for these roles: give a larger --bond."),
	("NodeRegistry", "NoRole", "A node needs a role: give --trainer, --aggregator or --verifier."),
	("NodeRegistry", "NothingToWithdraw", "Nothing is released yet: `sheaf node show` says from which block on."),
	("NodeRegistry", "TooManyUnbonding", "Too many bonds are being released: withdraw the released ones first."),
	("NodeRegistry", "InvalidRegion", "The region must be an ISO 3166 country code or empty."),
	("NodeRegistry", "InsufficientFreeBalance", "This account cannot spend the bond: locked and held tokens do not count."),
	("NodeRegistry", "ZeroAmount", "The amount must not be zero."),
	("", "NoSuchBounty", "There is no bounty with this number: `sheaf bounty list` shows them."),
	("TrainingBounties", "NotSponsor", "Only the sponsor of this bounty may do that."),
	("TrainingBounties", "NotATrainerNode", "This account is not registered as a trainer, or its bond is too small: run `sheaf node register --trainer`."),
	("TrainingBounties", "NotAnAggregatorNode", "This account is not registered as an aggregator, or its bond is too small: run `sheaf node register --aggregator`."),
	("TrainingBounties", "RewardTooSmall", "The reward is below the smallest that verification costs: `sheaf bounty quote` tells it."),
	("TrainingBounties", "TooFewVerifiers", "The chain has too few verifiers at present: try again later."),
	("Rewards", "InsufficientFreeBalance", "This account cannot spend the reward and the opening fee: locked and held tokens do not count."),
	("Token", "FundsUnavailable", "This account does not have enough free tokens."),
	("Token", "Frozen", "This account's tokens are locked."),
	("Token", "BelowMinimum", "The amount is below what an account may hold."),
	("", "EnrolmentClosed", "Enrolment is closed now: it opens again when the next round begins."),
	("", "AlreadyEnrolled", "This account is enrolled already."),
	("", "NotEnrolled", "This account is not enrolled in the bounty."),
	("", "NotInvited", "The bounty takes only invited trainers: ask its sponsor."),
	("", "AlreadyInvited", "This account is invited already."),
	("", "WeightOutOfRange", "The weight must be between 1 and the spec's max_weight."),
	("", "NoPlaceLeft", "Every place is taken."),
	("", "CommitmentStanding", "A commitment stands in this round: leave when the next one begins."),
	("", "Inactive", "This trainer is inactive after an absence: it must rejoin first."),
	("", "AlreadyActive", "This trainer is active already."),
	("", "TooFewTrainers", "Too few trainers are enrolled to start."),
	("", "WrongState", "The bounty is in a state that does not allow this: `sheaf bounty show` tells it."),
	("", "NoSuchRound", "This round is not live any more."),
	("", "WrongPhase", "The round is in another phase by now."),
	("", "WrongAttempt", "The round is in another attempt by now."),
	("", "DeadlinePassed", "The phase's deadline has passed."),
	("", "TooEarly", "The deadline is not reached yet."),
	("", "AlreadyCommitted", "This trainer committed in this round already."),
	("", "WrongInputs", "The inputs are not those that the chain froze: this client and its node disagree, or are on a fork."),
	("", "AlreadyAttested", "This account attested in this attempt already."),
	("", "NotAttested", "No attestation of this account opens to this result."),
	("", "AlreadyPublished", "This result was published already."),
	("", "NotOnCommittee", "This account was not drawn for this attempt."),
	("", "UnknownRuleVersion", "This chain executes another version of the rules: update the client."),
	("", "UnsafeParameters", "Rule, clip, bounds, weights and trainers do not fit together: sums could overflow, or too few trainers are required for the trim."),
	("", "ModelTooLarge", "The model has more elements than this chain allows."),
	("", "FractionBitsOutOfRange", "fraction_bits must be between 1 and 30."),
	("", "ManifestMismatch", "The tensors do not add up to the model's elements, or a name repeats."),
	("", "NetworkMismatch", "The network's layers do not add up to the model's elements."),
	("", "BadEvaluation", "Slices need a network, at least one example, and one distinct slice per round."),
	("", "TooMuchInference", "Scoring would be more work than this chain allows: take fewer examples per slice or a smaller network."),
	("", "BadMarginalShare", "marginal_share is more than this chain allows, or the slices are too small to measure it: take a smaller share or more examples per slice; `sheaf bounty quote` shows the bounds."),
	("", "RoundsOutOfRange", "rounds must be between 1 and 128."),
	("", "TrainersOutOfRange", "min_trainers must be at least 1 and not above max_trainers, and that not above 64."),
	("", "WeightsNeedInvitations", "A max_weight above 1 needs \"enrolment\": \"invited\"."),
	("", "PhaseTooShort", "A phase is shorter than this chain allows: `sheaf bounty quote` shows the shortest ones."),
	("", "PhaseTooLong", "A phase is longer than this chain allows."),
	("", "AttemptsOutOfRange", "max_attempts must be between 1 and 8."),
	("", "StaleDeadline", "The phase has moved on by now."),
	("", "MalformedScores", "The scores do not fit the round: this client and the chain are of different versions."),
	("", "NoSuchResult", "No result with this root stands published."),
	("", "MalformedProof", "The proof's chunks, paths or number of updates have the wrong size."),
	("", "IndexOutOfRange", "The proof's index is outside the tree."),
	("", "ClaimDoesNotMatchRoot", "The claimed leaf does not lie under the root that is to be struck."),
	("", "PreviousChunkDoesNotMatchRoot", "The previous model's chunk does not lie under its root."),
	("", "UpdateChunkDoesNotMatchRoot", "An update's chunk does not lie under its root."),
	("", "ResultIsCorrect", "The result is right at this place: there is nothing to prove."),
	("", "ChallengeOpen", "A challenge of this result is open already: wait until it has ended."),
	("", "NoChallenge", "The round has no open challenge: it may have ended by now."),
	("", "TooManyChallenges", "This result was challenged as often as this chain allows: it can still be proven wrong."),
	("", "NotYourTurn", "It is the other side's move in this challenge."),
	("", "NotChallenger", "Only the account that opened the challenge may go on with it."),
	("", "WrongOpening", "The nodes are not those under the node in question: this client computed another model."),
	("", "NoSuchNode", "The challenge has not opened a node with this number."),
	("", "LeavesOpen", "The challenge has reached the leaves: prove the result wrong."),
	("", "CannotBond", "This account cannot spend the bond of a challenge: locked and held tokens do not count. `sheaf bounty quote` tells it."),
	("", "NoSuchSlash", "No such slash hangs over this account: it was applied or cancelled."),
	("", "SlashNotDue", "The slash can be applied only when it is due and its round is over."),
	("System", "CallFiltered", "The chain does not let this call through now: it is paused, or it proposes a value out of range (docs/governance.md lists them)."),
	("ConvictionVoting", "InsufficientFunds", "This account has fewer tokens than that: give at most all of its own, held ones included."),
	("ConvictionVoting", "NotOngoing", "This referendum takes no votes any more: `sheaf governance show` tells its state."),
	("ConvictionVoting", "AlreadyDelegating", "This account delegates its votes on this track: run `sheaf governance undelegate` first."),
	("ConvictionVoting", "AlreadyVoting", "This account has votes of its own on this track: delegate when these are removed."),
	("ConvictionVoting", "NotDelegating", "This account delegates no votes on this track."),
	("NodeRegistry", "StillLiable", "A round that this node worked on can still be proven wrong: withdraw when it is settled."),
	("NodeRegistry", "SlashPending", "A slash hangs over this account: nothing can be withdrawn until it is applied or cancelled."),
	("", "Full", "A bounded list on the chain is full."),
	("", "BadOrigin", "This account may not make this call."),
];

/// The sentence that says what to do about an error, if there is one.
pub fn advice(pallet: &str, error: &str) -> Option<&'static str> {
	let named = ADVICE.iter().find(|(of, name, _)| *of == pallet && *name == error);
	let general = || ADVICE.iter().find(|(of, name, _)| of.is_empty() && *name == error);
	named.or_else(general).map(|(_, _, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn refusal(pallet: &str, error: &str, docs: &str) -> Refusal {
		Refusal { pallet: pallet.into(), error: error.into(), docs: docs.into() }
	}

	#[test]
	fn a_known_error_says_what_to_do_and_names_itself() {
		let text = refusal("NodeRegistry", "NotRegistered", "docs").to_string();
		assert!(text.contains("sheaf node register"), "{text}");
		assert!(text.ends_with("(NodeRegistry::NotRegistered)"), "{text}");
	}

	#[test]
	fn what_the_pool_refuses_says_what_to_do() {
		let refused = |reason: &str| {
			ChainError::NotTaken { call: "A.b".into(), reason: reason.into() }.to_string()
		};
		let text = refused("Invalid Transaction: Inability to pay some fees (1010)");
		assert!(text.contains("send it some tokens first"), "{text}");
		let text = refused("Invalid Transaction: Transaction has a bad signature (1010)");
		assert!(text.contains("start again"), "{text}");
		assert_eq!(refused("surprise"), "the node did not take A.b: surprise");
	}

	#[test]
	fn an_error_of_the_machine_has_its_sentence_in_every_pallet() {
		assert_eq!(advice("ModelUpdates", "WrongPhase"), advice("TrainingBounties", "WrongPhase"));
		assert!(advice("ModelUpdates", "WrongPhase").is_some());
	}

	#[test]
	fn an_unknown_error_falls_back_to_the_metadata() {
		let text = refusal("Balances", "VestingBalance", "Vesting balance too high.").to_string();
		assert!(text.contains("Vesting balance too high."), "{text}");
	}

	#[test]
	fn no_error_stands_twice_in_the_table() {
		for (place, (pallet, name, _)) in ADVICE.iter().enumerate() {
			let again = ADVICE[..place].iter().any(|(p, n, _)| p == pallet && n == name);
			assert!(!again, "{pallet}::{name}");
		}
	}

	#[test]
	fn every_sentence_is_one() {
		for (_, name, sentence) in ADVICE {
			assert!(sentence.ends_with('.'), "{name}");
		}
	}
}
