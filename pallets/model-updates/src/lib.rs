#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod authorization;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod bonds;
mod error;
mod invariants;
#[cfg(test)]
mod mock;
mod offchain;
mod slashes;
mod strikes;
#[cfg(test)]
mod tests;
mod verifiers;
mod weighing;
pub mod weights;

pub use pallet::*;
pub use slashes::Slash;
pub use strikes::WrongResult;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::{weighing::Outcome, *};
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::{offchain::CreateAuthorizedTransaction, pallet_prelude::*};
	use sheaf_aggregation::WrongResultProof;
	use sheaf_training::{
		AccountId, Advancer, Balance, BlockNumber, BountyId, Hash as RootHash, Member,
		NodeRegistry, OpenedNodes, RoundIndex, RoundResult, Statement, Training, TrainingRounds,
		VerifierMessage, VerifierSignature, MAX_ATTESTATIONS,
	};
	use sp_runtime::Permill;
	use sp_staking::offence::ReportOffence;

	/// Rounds that one verifier may be on the committee of at a time.
	pub const MAX_WORK: u32 = 256;

	/// Who an offence is reported of.
	pub type Offender = (AccountId, ());

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
		+ CreateAuthorizedTransaction<Call<Self>>
	{
		/// The bounties and their live rounds.
		type Rounds: TrainingRounds;
		/// Sends the calls that end phases.
		type Advancer: Advancer;
		/// Where verifier bonds are slashed.
		type Nodes: NodeRegistry;
		/// The token that challengers' bonds are in.
		type Currency: fungible::Mutate<AccountId, Balance = Balance>
			+ fungible::hold::Mutate<AccountId, Reason = Self::RuntimeHoldReason>;
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;
		/// Blocks from a strike to its slash, in which governance can cancel it.
		type SlashDeferral: Get<BlockNumber>;
		/// Who may cancel a slash.
		type CancelSlashOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Takes reports of wrong results.
		type Offences: ReportOffence<AccountId, Offender, WrongResult>;
		/// Part of an offender's bond that a wrong result costs.
		type WrongResultSlash: Get<Permill>;
		/// Part of what is slashed that goes to whoever proved the result wrong.
		type ChallengerShare: Get<Permill>;
		/// Part of what is slashed that members who attested another result share.
		type DissenterShare: Get<Permill>;
		/// Priority of verifiers' messages in the pool.
		type VerifierPriority: Get<TransactionPriority>;
		/// Most validators whose keys are kept.
		type MaxVerifiers: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// Sets up the pallets around this one for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: sheaf_training::testing::BenchmarkHelper;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why this pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of an open challenge.
		ChallengeBond,
	}

	/// Slashes that are not applied yet, by round and offender. Written by strikes, removed when they
	/// are applied or cancelled.
	#[pallet::storage]
	pub type DeferredSlashes<T> = StorageDoubleMap<
		_,
		Twox64Concat,
		(BountyId, RoundIndex),
		Blake2_128Concat,
		AccountId,
		Slash,
	>;

	/// Who attested a result that stands, of rounds that are over and have slashes. Removed with the
	/// last of them.
	#[pallet::storage]
	pub type Dissenters<T> = StorageMap<
		_,
		Twox64Concat,
		(BountyId, RoundIndex),
		BoundedVec<AccountId, ConstU32<MAX_ATTESTATIONS>>,
	>;

	/// The strike that is being reported: the SDK does not tell the handler of an offence what it is
	/// about. Empty between calls.
	#[pallet::storage]
	pub type Reporting<T> = StorageValue<_, (BountyId, RoundIndex, RootHash)>;

	/// The validators of this session with their verifier keys. Written at each new session.
	#[pallet::storage]
	pub type CurrentVerifiers<T: Config> =
		StorageValue<_, WeakBoundedVec<Member, T::MaxVerifiers>, ValueQuery>;

	/// Rounds that a verifier sits on the committee of; round 0 is an initial model. Written when a
	/// committee is seated, removed when it is dismissed.
	#[pallet::storage]
	pub type Work<T> = StorageMap<
		_,
		Blake2_128Concat,
		AccountId,
		BoundedVec<(BountyId, RoundIndex), ConstU32<MAX_WORK>>,
		ValueQuery,
	>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A trainer committed to an update.
		UpdateCommitted {
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			account: AccountId,
			hash: RootHash,
		},
		/// A verifier said what it holds and has checked; in round 0 the initial model.
		AvailabilityVoted {
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			verifier: AccountId,
			bits: u128,
		},
		/// A committee member or the aggregator attested a result.
		ResultAttested { bounty: BountyId, round: RoundIndex, attempt: u8, account: AccountId },
		/// A result was published in the clear.
		ResultPublished {
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			account: AccountId,
			root: RootHash,
		},
		/// A result was proven wrong by `challenger`.
		WrongChunkProven {
			bounty: BountyId,
			round: RoundIndex,
			root: RootHash,
			challenger: AccountId,
		},
		/// A slash hangs over an account; from `due` on, and when the round is over, it is applied.
		SlashDeferred { bounty: BountyId, round: RoundIndex, offender: AccountId, due: BlockNumber },
		/// A slash was applied.
		SlashApplied {
			bounty: BountyId,
			round: RoundIndex,
			offender: AccountId,
			/// What was taken.
			amount: Balance,
			/// Who received how much of it; the rest was burned.
			rewards: Vec<(AccountId, Balance)>,
		},
		/// Governance cancelled a slash.
		SlashCancelled { bounty: BountyId, round: RoundIndex, offender: AccountId },
		/// The bond of a challenge that was upheld went back, or else to who answered it. It is less
		/// than was held if the answerer could not receive it: then it is burned.
		ChallengeBondPaid { bounty: BountyId, round: RoundIndex, to: AccountId, amount: Balance },
	}

	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no bounty with this id.
		NoSuchBounty,
		/// The bounty has no such live round.
		NoSuchRound,
		/// The bounty is in a state that does not accept this.
		WrongState,
		/// The account is not enrolled as a trainer.
		NotEnrolled,
		/// The trainer is inactive: rejoin first.
		Inactive,
		/// The round is in a phase that does not accept this.
		WrongPhase,
		/// The round is in another attempt.
		WrongAttempt,
		/// The phase's deadline has passed.
		DeadlinePassed,
		/// This trainer has committed in this round.
		AlreadyCommitted,
		/// The sender is neither on the committee nor the drawn aggregator.
		NotOnCommittee,
		/// The member has voted the initial model available.
		AlreadyVoted,
		/// A root opens no commitment of this round.
		RootOpensNothing,
		/// A bit stands for nothing, or for an item whose root is neither known nor carried.
		VoteWithoutRoot,
		/// The vote says nothing new.
		NothingNew,
		/// The member has sent as many votes as it may.
		TooManyVotes,
		/// The named inputs are not the frozen ones.
		WrongInputs,
		/// This account has attested in this attempt.
		AlreadyAttested,
		/// No attestation of the sender opens to this result.
		NotAttested,
		/// The result is published already.
		AlreadyPublished,
		/// Scores are missing, uncalled for, or of the wrong size.
		MalformedScores,
		/// No result with this root is published and unstruck.
		NoSuchResult,
		/// A bounded list is full.
		Full,
		/// The proof's chunks, paths or number of updates have the wrong size.
		MalformedProof,
		/// The index is outside the tree.
		IndexOutOfRange,
		/// The claimed leaf does not lie under the root that is to be struck.
		ClaimDoesNotMatchRoot,
		/// The previous model's chunk does not lie under its root.
		PreviousChunkDoesNotMatchRoot,
		/// An update's chunk does not lie under its root.
		UpdateChunkDoesNotMatchRoot,
		/// The result is right at this place.
		ResultIsCorrect,
		/// A challenge of this result is open already.
		ChallengeOpen,
		/// The round has no open challenge.
		NoChallenge,
		/// As many challenges were opened in this round as are allowed.
		TooManyChallenges,
		/// It is the other side's move.
		NotYourTurn,
		/// Only who opened the challenge may narrow it.
		NotChallenger,
		/// The nodes are not those under the node in question.
		WrongOpening,
		/// No opened node has this place.
		NoSuchNode,
		/// The leaves are open: prove the result wrong.
		LeavesOpen,
		/// The account cannot freely spend the bond of a challenge.
		CannotBond,
		/// No such slash hangs over this account.
		NoSuchSlash,
		/// The slash is not due, or its round is not over.
		SlashNotDue,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Commits to an update without revealing it: `hash` is
		/// [`sheaf_training::commitment_hash`] of the update's root and the sender's account.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::most_of_committing())]
		pub fn commit_update(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			hash: RootHash,
		) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.commit(round, attempt, &account, hash, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::UpdateCommitted { bounty, round, attempt, account, hash });
			let weight = Self::weight_of_committing(Outcome::of(&training));
			T::Rounds::store(training);
			Ok(Some(weight).into())
		}

		/// Takes a verifier's statement, signed with its session key, without a fee.
		#[pallet::call_index(1)]
		#[pallet::weight((
			Pallet::<T>::weight_of_stating(message, Outcome::MOST),
			DispatchClass::Operational,
		))]
		#[pallet::authorize(|source, message, signature| {
			Self::authorize_statement(source, message, signature)
		})]
		#[pallet::weight_of_authorize(Pallet::<T>::weight_of_authorizing(message, Outcome::MOST))]
		pub fn submit_statement(
			origin: OriginFor<T>,
			message: Box<VerifierMessage>,
			_signature: VerifierSignature,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let mut training = Self::load(message.bounty)?;
			Self::apply_statement(&mut training, &message)?;
			if let Statement::Challenge { .. } = message.statement {
				Self::hold_bond(&message.verifier)?;
			}
			let weight = Self::weight_of_stating(&message, Outcome::of(&training));
			Self::deposit_statement_event(*message);
			T::Rounds::store(training);
			Ok(Some(weight).into())
		}

		/// Attests a result as the drawn aggregator.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::attest())]
		pub fn attest_as_aggregator(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			inputs: RootHash,
			hash: RootHash,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.attest(round, attempt, &account, inputs, hash, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::ResultAttested { bounty, round, attempt, account });
			T::Rounds::store(training);
			Ok(())
		}

		/// Publishes the result that the sender attested as an aggregator.
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::weight_of_publishing(Outcome::MOST))]
		pub fn publish_as_aggregator(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			result: RoundResult,
		) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			let root = result.next_model_root;
			let mut training = Self::load(bounty)?;
			training
				.publish(round, attempt, &account, result, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::ResultPublished { bounty, round, attempt, account, root });
			let weight = Self::weight_of_publishing(Outcome::of(&training));
			T::Rounds::store(training);
			Ok(Some(weight).into())
		}

		/// Proves that a published result is wrong at one place. The runtime computes that place
		/// itself; a right proof strikes the result, costs no fee and is rewarded.
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::weight_of_proving(proof, Outcome::MOST))]
		pub fn prove_wrong_chunk(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			root: RootHash,
			proof: Box<WrongResultProof>,
		) -> DispatchResultWithPostInfo {
			let challenger = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			Self::strike(&mut training, round, &root, &proof, &challenger)?;
			Self::deposit_event(Event::WrongChunkProven { bounty, round, root, challenger });
			let weight = Self::weight_of_proving(&proof, Outcome::of(&training));
			T::Rounds::store(training);
			Ok((Some(weight), Pays::No).into())
		}

		/// Asks those who attested the accepted result with this root to open its tree, for who
		/// cannot get its data. Holds a bond: silence strikes the result and returns it, but a
		/// challenger that falls silent itself loses it.
		#[pallet::call_index(5)]
		#[pallet::weight(Pallet::<T>::weight_of_challenging())]
		pub fn open_challenge(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			root: RootHash,
		) -> DispatchResult {
			let challenger = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.open_challenge(round, root, &challenger, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::hold_bond(&challenger)?;
			T::Rounds::store(training);
			Ok(())
		}

		/// Opens the node in question of a challenge, as an aggregator that attested the result. A
		/// right answer costs no fee.
		#[pallet::call_index(6)]
		#[pallet::weight(Pallet::<T>::weight_of_answering(nodes.len()))]
		pub fn answer_challenge(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			nodes: OpenedNodes,
		) -> DispatchResultWithPostInfo {
			let answerer = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.answer_challenge(round, nodes, &answerer, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			T::Rounds::store(training);
			Ok(Pays::No.into())
		}

		/// Names the `child`-th of the nodes that the last answer opened as the one to open next.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::narrow_challenge())]
		pub fn narrow_challenge(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			child: u8,
		) -> DispatchResult {
			let challenger = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.narrow_challenge(round, child, &challenger, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			T::Rounds::store(training);
			Ok(())
		}

		/// Applies a slash that is due. Anyone may send it, without a fee; validators do.
		#[pallet::call_index(8)]
		#[pallet::weight((T::WeightInfo::apply_slash(MAX_ATTESTATIONS), DispatchClass::Operational))]
		#[pallet::authorize(|_, bounty, round, offender| {
			Self::authorize_slash(*bounty, *round, offender)
		})]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_slash())]
		pub fn apply_slash(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			offender: AccountId,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let dissenters = Self::apply(bounty, round, offender)?;
			Ok(Some(T::WeightInfo::apply_slash(dissenters)).into())
		}

		/// Cancels a slash that is not applied yet.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::cancel_slash())]
		pub fn cancel_slash(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			offender: AccountId,
		) -> DispatchResult {
			T::CancelSlashOrigin::ensure_origin(origin)?;
			Self::cancel(bounty, round, offender)?;
			Ok(())
		}
	}

	impl<T: Config> Pallet<T> {
		fn load(bounty: BountyId) -> Result<Training, Error<T>> {
			T::Rounds::load(bounty).ok_or(Error::<T>::NoSuchBounty)
		}

		fn deposit_statement_event(message: VerifierMessage) {
			let VerifierMessage { bounty, round, attempt, verifier, statement, .. } = message;
			let event = match statement {
				Statement::Availability { bits, .. } => {
					Event::AvailabilityVoted { bounty, round, attempt, verifier, bits }
				}
				Statement::Attestation { .. } => {
					Event::ResultAttested { bounty, round, attempt, account: verifier }
				}
				Statement::Publication(result) => Event::ResultPublished {
					bounty,
					round,
					attempt,
					account: verifier,
					root: result.next_model_root,
				},
				Statement::WrongResult { root, .. } => {
					Event::WrongChunkProven { bounty, round, root, challenger: verifier }
				}
				// The bounties' pallet tells of each move.
				Statement::Challenge { .. }
				| Statement::Answer { .. }
				| Statement::Narrow { .. } => return,
			};
			Self::deposit_event(event);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Verifies, attests and publishes for the validators whose keys this node holds.
		fn offchain_worker(now: BlockNumberFor<T>) {
			if sp_io::offchain::is_validator() {
				Self::verify_rounds(now);
			}
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_invariants()
		}
	}
}
