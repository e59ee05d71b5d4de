#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod authorization;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod error;
mod invariants;
#[cfg(test)]
mod mock;
mod offchain;
mod strikes;
#[cfg(test)]
mod tests;
mod verifiers;
pub mod weights;

pub use pallet::*;
pub use strikes::WrongResult;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::pallet_prelude::*;
	use frame_system::{offchain::CreateAuthorizedTransaction, pallet_prelude::*};
	use sheaf_aggregation::WrongResultProof;
	use sheaf_training::{
		AccountId, Advancer, BountyId, Hash as RootHash, Member, NodeRegistry, RoundIndex,
		RoundResult, Statement, Training, TrainingRounds, VerifierMessage, VerifierSignature,
		MAX_TRAINERS,
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
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Commits to an update without revealing it: `hash` is
		/// [`sheaf_training::commitment_hash`] of the update's root and the sender's account.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::commit_update())]
		pub fn commit_update(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			hash: RootHash,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			training
				.commit(round, attempt, &account, hash, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::UpdateCommitted { bounty, round, attempt, account, hash });
			T::Rounds::store(training);
			Ok(())
		}

		/// Takes a verifier's statement, signed with its session key, without a fee.
		#[pallet::call_index(1)]
		#[pallet::weight((T::WeightInfo::submit_statement(), DispatchClass::Operational))]
		#[pallet::authorize(|source, message, signature| {
			Self::authorize_statement(source, message, signature)
		})]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_statement())]
		pub fn submit_statement(
			origin: OriginFor<T>,
			message: Box<VerifierMessage>,
			_signature: VerifierSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let mut training = Self::load(message.bounty)?;
			Self::apply_statement(&mut training, &message).map_err(Error::<T>::from)?;
			Self::deposit_statement_event(*message);
			Self::store_and_report(training, None);
			Ok(())
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
		#[pallet::weight(T::WeightInfo::publish())]
		pub fn publish_as_aggregator(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			result: RoundResult,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let root = result.next_model_root;
			let mut training = Self::load(bounty)?;
			training
				.publish(round, attempt, &account, result, &T::Rounds::environment())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::ResultPublished { bounty, round, attempt, account, root });
			Self::store_and_report(training, None);
			Ok(())
		}

		/// Proves that a published result is wrong at one place. The runtime computes that place
		/// itself; a right proof strikes the result, costs no fee and is rewarded.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::prove_wrong_chunk(MAX_TRAINERS))]
		pub fn prove_wrong_chunk(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			root: RootHash,
			proof: Box<WrongResultProof>,
		) -> DispatchResultWithPostInfo {
			let challenger = ensure_signed(origin)?;
			let mut training = Self::load(bounty)?;
			Self::check_wrong_chunk(&training, round, &root, &proof)?;
			training.strike(round, root, &T::Rounds::environment()).map_err(Error::<T>::from)?;
			Self::deposit_event(Event::WrongChunkProven {
				bounty,
				round,
				root,
				challenger: challenger.clone(),
			});
			Self::store_and_report(training, Some(challenger));
			Ok(Pays::No.into())
		}
	}

	impl<T: Config> Pallet<T> {
		fn load(bounty: BountyId) -> Result<Training, Error<T>> {
			T::Rounds::load(bounty).ok_or(Error::<T>::NoSuchBounty)
		}

		fn deposit_statement_event(message: VerifierMessage) {
			let VerifierMessage { bounty, round, attempt, verifier, statement, .. } = message;
			Self::deposit_event(match statement {
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
			});
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
