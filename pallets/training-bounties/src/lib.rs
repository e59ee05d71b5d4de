#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod advancer;
mod authorization;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod drawing;
mod effects;
mod error;
mod inspection;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod weighing;
pub mod weights;

pub use drawing::ChainEnvironment;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::{weighing::Size, *};
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Randomness};
	use frame_system::pallet_prelude::*;
	use sheaf_training::{
		Absence, AccountId, Balance, BlockNumber, Bounty, BountyId, BountySpec, BountyState,
		BountyView, ChallengeOutcome, Conduct, Environment, Hash as RootHash, Invitation, Limits,
		NodeRegistry, Phase, ProtocolShares, Quote, RewardShares, Rewards, Round, RoundIndex,
		RoundObserver, Slot, SpecError, Training, TrainingRounds, Turn, Verifiers,
	};

	/// Four bytes, most significant first, so that keys iterate in order of ids.
	pub type OrderedId = [u8; 4];

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>>
	{
		/// Who may train, aggregate and verify.
		type Nodes: NodeRegistry;
		/// Keeps and pays the rewards.
		type Rewards: Rewards;
		/// Hears of committees, strikes and the end of challenges.
		type Observer: RoundObserver;
		/// The validators with their verifier keys.
		type Verifiers: Verifiers;
		/// Draws committees and aggregators; parent-block VRF randomness.
		type Randomness: Randomness<Option<Self::Hash>, BlockNumberFor<Self>>;
		/// Bounds on what sponsors may ask for.
		type Limits: Get<Limits>;
		/// Parts of the reward that are fixed at opening.
		type Shares: Get<RewardShares>;
		/// The protocol's parts.
		type ProtocolShares: Get<ProtocolShares>;
		/// Most validators that a committee is drawn from.
		type MaxVerifiers: Get<u32>;
		/// Fewest members of a committee.
		type MinCommittee: Get<u32>;
		/// Priority of fee-less `advance` calls in the pool.
		type AdvancePriority: Get<TransactionPriority>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// Sets up the pallets around this one for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: sheaf_training::testing::BenchmarkHelper;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Id of the next bounty. Written by `open_bounty`.
	#[pallet::storage]
	pub type NextBountyId<T> = StorageValue<_, BountyId, ValueQuery>;

	/// What sponsors asked for. Written by `open_bounty` and never changed or removed.
	#[pallet::storage]
	pub type Specs<T> = StorageMap<_, Twox64Concat, BountyId, BountySpec>;

	/// Bounties. Written by every event of a bounty; ended ones stay as a record.
	#[pallet::storage]
	pub type Bounties<T> = StorageMap<_, Twox64Concat, BountyId, Bounty>;

	/// Live rounds, at most two a bounty. Removed when settled, aborted or discarded.
	#[pallet::storage]
	pub type Rounds<T> =
		StorageDoubleMap<_, Twox64Concat, BountyId, Twox64Concat, RoundIndex, Round>;

	/// Root of the model that each settled round produced. At most one per round of a bounty.
	#[pallet::storage]
	pub type Models<T> =
		StorageDoubleMap<_, Twox64Concat, BountyId, Twox64Concat, RoundIndex, RootHash>;

	/// Bounties that have not ended. Written by `open_bounty`, removed at their end.
	#[pallet::storage]
	pub type LiveBounties<T> = StorageMap<_, Identity, OrderedId, ()>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A bounty was opened and its reward is held.
		BountyOpened { bounty: BountyId, sponsor: AccountId, reward: Balance },
		/// The initial model is available; trainers may enrol.
		EnrolmentOpened { bounty: BountyId },
		/// The sponsor invited a trainer.
		TrainerInvited { bounty: BountyId, account: AccountId, weight: u32 },
		/// A trainer enrolled.
		TrainerEnrolled { bounty: BountyId, slot: Slot, account: AccountId },
		/// An aggregator enrolled.
		AggregatorEnrolled { bounty: BountyId, account: AccountId },
		/// An inactive trainer is active again.
		TrainerRejoined { bounty: BountyId, account: AccountId },
		/// A trainer or an aggregator left.
		NodeLeft { bounty: BountyId, account: AccountId },
		/// The sponsor closed the bounty: `last` is its last round.
		BountyClosed { bounty: BountyId, last: RoundIndex },
		/// A round opened for commitments.
		RoundOpened { bounty: BountyId, round: RoundIndex },
		/// A phase of a round began; `deadline` is the first block after it.
		PhaseStarted {
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			phase: Phase,
			deadline: BlockNumber,
		},
		/// A committee took its seats; round 0 is the initial model.
		CommitteeSeated { bounty: BountyId, round: RoundIndex, members: Vec<AccountId> },
		/// Trainers are not waited for until they rejoin.
		TrainersInactive {
			bounty: BountyId,
			round: RoundIndex,
			accounts: Vec<AccountId>,
			absence: Absence,
		},
		/// A result was accepted; its challenge window runs.
		ResultAccepted { bounty: BountyId, round: RoundIndex, root: RootHash, correct: Option<u32> },
		/// A result was proven wrong, or not opened to its challenger. `offenders` attested it;
		/// `challenger` brought it down, if anybody had to.
		ResultStruck {
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			root: RootHash,
			offenders: Vec<AccountId>,
			challenger: Option<AccountId>,
		},
		/// The accepted result was challenged. Somebody who attested it must open it before `deadline`.
		ChallengeOpened {
			bounty: BountyId,
			round: RoundIndex,
			challenger: AccountId,
			deadline: BlockNumber,
		},
		/// A move in a challenge was made. It is about the node `index` of `level` (0 are the leaves);
		/// the next move is that of `turn`, before `deadline`.
		ChallengeMoved {
			bounty: BountyId,
			round: RoundIndex,
			turn: Turn,
			level: u32,
			index: u64,
			deadline: BlockNumber,
		},
		/// A challenge ended.
		ChallengeEnded {
			bounty: BountyId,
			round: RoundIndex,
			challenger: AccountId,
			outcome: ChallengeOutcome,
		},
		/// Misconduct cost a node bond. `burned` is the penalty, or as much of it as was bonded.
		Penalised {
			bounty: BountyId,
			round: RoundIndex,
			account: AccountId,
			conduct: Conduct,
			burned: Balance,
		},
		/// A round was taken back because the result that it started from was struck.
		RoundDiscarded { bounty: BountyId, round: RoundIndex },
		/// A round was settled; without a root it aborted.
		RoundSettled { bounty: BountyId, round: RoundIndex, root: Option<RootHash> },
		/// A bounty ended; `refund` went back to the sponsor.
		BountyEnded { bounty: BountyId, refund: Balance },
	}

	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no bounty with this id.
		NoSuchBounty,
		/// Only the bounty's sponsor may do this.
		NotSponsor,
		/// The reward is below what `quote` asks for.
		RewardTooSmall,
		/// The chain has too few bonded verifiers to watch over a bounty.
		TooFewVerifiers,
		/// The account is not registered as a trainer with a sufficient bond.
		NotATrainerNode,
		/// The account is not registered as an aggregator with a sufficient bond.
		NotAnAggregatorNode,
		/// The runtime executes another rule version than the spec names.
		UnknownRuleVersion,
		/// The rule, size, clip, bound, weights or trainers could overflow or make no sense.
		UnsafeParameters,
		/// The model is larger than governance allows.
		ModelTooLarge,
		/// Fraction bits must be within 1 to 30.
		FractionBitsOutOfRange,
		/// The manifest's tensors do not add up to the element count, or a name repeats.
		ManifestMismatch,
		/// The network's layers do not add up to the element count.
		NetworkMismatch,
		/// Slices need a network, at least one example and one distinct commitment per round.
		BadEvaluation,
		/// Scoring one result would be more work than governance allows.
		TooMuchInference,
		/// More is paid by marginal contribution than governance allows, or without slices that are
		/// large enough to measure it.
		BadMarginalShare,
		/// Zero rounds, or more than the most.
		RoundsOutOfRange,
		/// Zero trainers, more than the most, or a minimum above the maximum.
		TrainersOutOfRange,
		/// Weights above one need an invited bounty.
		WeightsNeedInvitations,
		/// A phase is shorter than the minimum.
		PhaseTooShort,
		/// A phase is longer than the maximum.
		PhaseTooLong,
		/// Zero attempts, or more than the most.
		AttemptsOutOfRange,
		/// The bounty is in a state that does not accept this.
		WrongState,
		/// Enrolment is closed: the newest round is past Commit.
		EnrolmentClosed,
		/// The account is enrolled already.
		AlreadyEnrolled,
		/// The account is not enrolled.
		NotEnrolled,
		/// The bounty takes only invited trainers.
		NotInvited,
		/// The account is invited or enrolled already.
		AlreadyInvited,
		/// The weight is zero or above the spec's maximum.
		WeightOutOfRange,
		/// Every place is taken.
		NoPlaceLeft,
		/// A trainer with a commitment standing cannot leave.
		CommitmentStanding,
		/// The trainer is active already.
		AlreadyActive,
		/// There are fewer trainers than the minimum.
		TooFewTrainers,
		/// The deadline is not reached.
		TooEarly,
		/// The deadline has passed.
		DeadlinePassed,
		/// The named attempt, phase or deadline is not the current one.
		StaleDeadline,
		/// The bounty has no such live round.
		NoSuchRound,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Opens a bounty and holds its reward. The opening fee goes to the treasury for good.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::weight_of_opening(T::MaxVerifiers::get()))]
		pub fn open_bounty(
			origin: OriginFor<T>,
			spec: BountySpec,
			#[pallet::compact] reward: Balance,
		) -> DispatchResultWithPostInfo {
			let sponsor = ensure_signed(origin)?;
			let quote = Self::quote(&spec).map_err(Error::<T>::from)?;
			ensure!(reward >= quote.min_reward, Error::<T>::RewardTooSmall);
			let bounty = NextBountyId::<T>::get();
			let committee = Self::preparing_committee(bounty).ok_or(Error::<T>::TooFewVerifiers)?;
			T::Rewards::fund(&sponsor, reward, quote.opening_fee)?;
			NextBountyId::<T>::put(bounty.next());
			Self::insert_bounty(bounty, sponsor.clone(), spec, reward, committee);
			Self::deposit_event(Event::BountyOpened { bounty, sponsor, reward });
			Ok(Some(Self::weight_of_opening(T::Verifiers::count())).into())
		}

		/// Invites a trainer and gives its updates a weight.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::invite())]
		pub fn invite(
			origin: OriginFor<T>,
			bounty: BountyId,
			account: AccountId,
			weight: u32,
		) -> DispatchResult {
			let mut training = Self::ensure_sponsor(origin, bounty)?;
			let invitation = Invitation { account: account.clone(), weight };
			training.invite(invitation).map_err(Error::<T>::from)?;
			Self::store(training);
			Self::deposit_event(Event::TrainerInvited { bounty, account, weight });
			Ok(())
		}

		/// Enrols the sender as a trainer. The last free place starts the rounds.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::enroll())]
		pub fn enroll(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(T::Nodes::roles(&account).trainer, Error::<T>::NotATrainerNode);
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			let slot =
				training.enroll(account.clone(), &Self::environment()).map_err(Error::<T>::from)?;
			Self::deposit_event(Event::TrainerEnrolled { bounty, slot, account });
			Self::store(training);
			Ok(())
		}

		/// Enrols the sender as an aggregator, of whom each attempt draws one.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::enroll())]
		pub fn enroll_aggregator(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(T::Nodes::roles(&account).aggregator, Error::<T>::NotAnAggregatorNode);
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			training.enroll_aggregator(account.clone()).map_err(Error::<T>::from)?;
			Self::store(training);
			Self::deposit_event(Event::AggregatorEnrolled { bounty, account });
			Ok(())
		}

		/// Makes the sender active again after it missed a round. Its bond must cover the role again.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::enroll())]
		pub fn rejoin(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(T::Nodes::roles(&account).trainer, Error::<T>::NotATrainerNode);
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			training.rejoin(&account).map_err(Error::<T>::from)?;
			Self::store(training);
			Self::deposit_event(Event::TrainerRejoined { bounty, account });
			Ok(())
		}

		/// Takes the sender out of the bounty.
		#[pallet::call_index(5)]
		#[pallet::weight(Pallet::<T>::most_of_leaving())]
		pub fn leave(origin: OriginFor<T>, bounty: BountyId) -> DispatchResultWithPostInfo {
			let account = ensure_signed(origin)?;
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			training.leave(&account, &Self::environment()).map_err(Error::<T>::from)?;
			let weight = Self::weight_of_leaving(&training.effects);
			Self::deposit_event(Event::NodeLeft { bounty, account });
			Self::store(training);
			Ok(Some(weight).into())
		}

		/// Starts the rounds before the enrolment deadline, with at least the minimum of trainers.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::start())]
		pub fn start(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let mut training = Self::ensure_sponsor(origin, bounty)?;
			training.start(&Self::environment()).map_err(Error::<T>::from)?;
			Self::store(training);
			Ok(())
		}

		/// Makes the highest round opened the last one; later rounds are refunded.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::close_bounty())]
		pub fn close_bounty(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let mut training = Self::ensure_sponsor(origin, bounty)?;
			let last = training.close().map_err(Error::<T>::from)?;
			Self::store(training);
			Self::deposit_event(Event::BountyClosed { bounty, last });
			Ok(())
		}

		/// Cancels a bounty whose rounds have not started; the reward goes back.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::cancel_bounty())]
		pub fn cancel_bounty(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let mut training = Self::ensure_sponsor(origin, bounty)?;
			training.cancel().map_err(Error::<T>::from)?;
			Self::store(training);
			Ok(())
		}

		/// Ends Preparing or Enrolling at its deadline. Anyone may send it, without a fee.
		#[pallet::call_index(9)]
		#[pallet::weight((T::WeightInfo::advance_bounty(), DispatchClass::Operational))]
		#[pallet::authorize(Self::authorize_advance_bounty)]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_advance_bounty())]
		pub fn advance_bounty(
			origin: OriginFor<T>,
			bounty: BountyId,
			deadline: BlockNumber,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			training.advance_bounty(deadline, &Self::environment()).map_err(Error::<T>::from)?;
			Self::store(training);
			Ok(())
		}

		/// Ends a round's phase at its deadline. Anyone may send it, without a fee. Naming what the
		/// sender saw keeps the bytes of two such calls apart and makes a late one harmless.
		#[pallet::call_index(10)]
		#[pallet::weight((Size::most::<T>().advance::<T>(), DispatchClass::Operational))]
		#[pallet::authorize(Self::authorize_advance)]
		#[pallet::weight_of_authorize(Size::most::<T>().authorize::<T>())]
		pub fn advance(
			origin: OriginFor<T>,
			bounty: BountyId,
			round: RoundIndex,
			attempt: u8,
			phase: Phase,
			deadline: BlockNumber,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let mut training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			let size = Size::of::<T>(&training);
			training
				.advance(round, attempt, phase, deadline, &Self::environment())
				.map_err(Error::<T>::from)?;
			let weight = size.after::<T>(&training.effects).advance::<T>();
			Self::store(training);
			Ok(Some(weight).into())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A bounty with its spec, ended ones too.
		pub fn bounty(bounty: BountyId) -> Option<BountyView> {
			Self::bounty_view(bounty)
		}

		/// A live round.
		pub fn round(bounty: BountyId, round: RoundIndex) -> Option<Round> {
			Rounds::<T>::get(bounty, round)
		}

		/// What a spec would cost, or why it is refused.
		pub fn price(spec: BountySpec) -> Result<Quote, SpecError> {
			Self::quote(&spec)
		}
	}

	impl<T: Config> Pallet<T> {
		/// Loads a bounty that the origin must be the sponsor of.
		fn ensure_sponsor(
			origin: OriginFor<T>,
			bounty: BountyId,
		) -> Result<Training, DispatchError> {
			let sender = ensure_signed(origin)?;
			let training = Self::load(bounty).ok_or(Error::<T>::NoSuchBounty)?;
			ensure!(training.bounty.sponsor == sender, Error::<T>::NotSponsor);
			Ok(training)
		}

		fn insert_bounty(
			id: BountyId,
			sponsor: AccountId,
			spec: BountySpec,
			reward: Balance,
			committee: sheaf_training::Committee,
		) {
			let now = ChainEnvironment::<T>::default().now();
			let members: Vec<AccountId> = committee.iter().map(|m| m.account.clone()).collect();
			let bounty = Bounty {
				sponsor,
				reward,
				spent: 0,
				shares: T::Shares::get(),
				model_root: spec.initial_model_root,
				trainers: Default::default(),
				aggregators: Default::default(),
				invitations: Default::default(),
				struck_members: Default::default(),
				state: BountyState::Preparing {
					committee,
					votes: 0,
					deadline: now.saturating_add(spec.lengths.prepare),
				},
			};
			Specs::<T>::insert(id, spec);
			Bounties::<T>::insert(id, bounty);
			LiveBounties::<T>::insert(id.0.to_be_bytes(), ());
			T::Observer::committee_seated(id, RoundIndex::INITIAL_MODEL, &members);
			let round = RoundIndex::INITIAL_MODEL;
			Self::deposit_event(Event::CommitteeSeated { bounty: id, round, members });
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_invariants()
		}
	}
}
