//! The numbers that referenda set, with the values they have until then. Their ranges are in
//! [`ranges`](super::ranges).
//!
//! One value is what is judged together: shares of a whole, the phases of a round. So two referenda
//! about different things cannot undo each other.

// Derived encodings cast a variant to its index.
#![allow(clippy::as_conversions)]

use crate::{AccountId, Balance, BlockNumber, Runtime, DAYS, SHEAF};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::dynamic_params::{dynamic_pallet_params, dynamic_params};
use scale_info::TypeInfo;
use sheaf_training::{PhaseLengths, ProtocolShares, RewardShares};
use sp_runtime::Permill;

pub use dynamic::*;

/// Parts of a transaction fee; the rest is for the block's author.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct FeeShares {
	/// For the treasury.
	pub treasury: Permill,
	/// Burned.
	pub burn: Permill,
}

/// Parts of a slash that others than the offender receive; the rest is burned.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SlashShares {
	/// For whoever brought the result down.
	pub challenger: Permill,
	/// For those who attested another result.
	pub dissenters: Permill,
}

/// Who holds an office, if anybody.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Holder(pub Option<AccountId>);

/// Parameters by concern. Indices are never used twice.
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic {
	use super::*;

	/// How rewards and fees are divided.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod shares {
		/// Parts of a reward that are fixed when its bounty opens; the rest is the protocol's.
		#[codec(index = 0)]
		pub static RewardParts: RewardShares = RewardShares {
			trainers: Permill::from_percent(75),
			verifiers: Permill::from_percent(10),
			aggregator: Permill::from_percent(5),
		};

		/// How the protocol's part of every reward is divided, relative to each other.
		#[codec(index = 1)]
		pub static ProtocolParts: ProtocolShares =
			ProtocolShares { treasury: Permill::from_percent(5), burn: Permill::from_percent(5) };

		/// How transaction fees are divided. Tips are the author's.
		#[codec(index = 2)]
		pub static FeeParts: FeeShares =
			FeeShares { treasury: Permill::from_percent(100), burn: Permill::from_percent(0) };
	}

	/// What sponsors may ask for. Counts for bounties that are opened afterwards.
	#[dynamic_pallet_params]
	#[codec(index = 1)]
	pub mod bounties {
		/// Most elements of a model.
		#[codec(index = 0)]
		pub static MaxElementCount: u64 = 16_777_216;

		/// Most multiply-accumulates to score one result: by default a few seconds of a verifier.
		#[codec(index = 1)]
		pub static MaxInferenceWork: u64 = 2_000_000_000;

		/// Price of verifying 2^30 bytes by one verifier.
		#[codec(index = 2)]
		pub static PricePerGib: Balance = SHEAF;

		/// What opening costs for good.
		#[codec(index = 3)]
		pub static OpeningFee: Balance = SHEAF;

		/// Largest part of the trainers' part that may be paid by marginal contribution.
		#[codec(index = 4)]
		pub static MaxMarginalShare: Permill = Permill::from_percent(50);

		/// Fewest examples in which a marginal contribution can show.
		#[codec(index = 5)]
		pub static MinMarginalExamples: u32 = 100;

		/// MiB of a round's data for which Upload must be a block longer: by default about 11 MB/s
		/// for everything that a verifier must receive.
		#[codec(index = 6)]
		pub static UploadMibPerBlock: u32 = 32;

		/// Shortest phases, in blocks: by default for a network across the world.
		#[codec(index = 7)]
		pub static ShortestPhases: PhaseLengths = PhaseLengths {
			prepare: 20,
			enrolment: 5,
			commit: 20,
			upload: 20,
			attest: 20,
			publish: 10,
			window: 100,
			answer: 50,
			proof: 50,
		};

		/// Longest phase, in blocks: by default a week.
		#[codec(index = 8)]
		pub static LongestPhase: BlockNumber = 7 * DAYS;
	}

	/// How rounds run, in open bounties too.
	#[dynamic_pallet_params]
	#[codec(index = 2)]
	pub mod rounds {
		/// Fewest members of a committee: by default as many as a quorum needs to survive one that
		/// is hostile.
		#[codec(index = 0)]
		pub static MinCommittee: u32 = 4;

		/// Most often that a phase doubles with the attempts.
		#[codec(index = 1)]
		pub static MaxDoublings: u8 = 8;

		/// What a challenger puts up.
		#[codec(index = 2)]
		pub static ChallengeBond: Balance = 100 * SHEAF;

		/// Challenges of one result by strangers.
		#[codec(index = 3)]
		pub static MaxChallenges: u8 = 4;
	}

	/// What misconduct costs, in open bounties too.
	#[dynamic_pallet_params]
	#[codec(index = 3)]
	pub mod penalties {
		/// A trainer that was waited for and did not commit.
		#[codec(index = 0)]
		pub static MissedCommit: Balance = SHEAF / 10;

		/// A trainer that committed and delivered to nobody.
		#[codec(index = 1)]
		pub static Undelivered: Balance = SHEAF / 10;

		/// A drawn aggregator that did not attest in time.
		#[codec(index = 2)]
		pub static AbsentAggregator: Balance = SHEAF;

		/// An attestation of something else than the accepted model, on top of the round's fee.
		#[codec(index = 3)]
		pub static FalseAttestation: Balance = SHEAF;

		/// Part of its bond that a verifier loses with a wrong result.
		#[codec(index = 4)]
		pub static WrongResultSlash: Permill = Permill::from_percent(50);

		/// Who receives what of a slash.
		#[codec(index = 5)]
		pub static SlashParts: SlashShares = SlashShares {
			challenger: Permill::from_percent(25),
			dissenters: Permill::from_percent(25),
		};

		/// Blocks from a strike to its slash, in which it can be cancelled.
		#[codec(index = 6)]
		pub static SlashDeferral: BlockNumber = DAYS;
	}

	/// What nodes put up.
	#[dynamic_pallet_params]
	#[codec(index = 4)]
	pub mod bonds {
		/// Smallest bond of a trainer.
		#[codec(index = 0)]
		pub static MinTrainerBond: Balance = 10 * SHEAF;

		/// Smallest bond of an aggregator.
		#[codec(index = 1)]
		pub static MinAggregatorBond: Balance = 100 * SHEAF;

		/// Smallest bond of a verifier.
		#[codec(index = 2)]
		pub static MinVerifierBond: Balance = 1_000 * SHEAF;

		/// Blocks for which a bond stays slashable after its owner asked for it.
		#[codec(index = 3)]
		pub static UnbondingPeriod: BlockNumber = 7 * DAYS;

		/// Share of a role's smallest bond below which a node loses the role: by default far above what
		/// the slash for a wrong result leaves, and far below what a few penalties take.
		#[codec(index = 4)]
		pub static EjectionShare: Permill = Permill::from_percent(80);
	}

	/// Who may do what. Root's to say.
	#[dynamic_pallet_params]
	#[codec(index = 5)]
	pub mod access {
		/// Whose word opens the whitelisted track to a call; nobody's by default. Meant for the
		/// multisig of those who maintain the code.
		#[codec(index = 0)]
		pub static Whitelister: Holder = Holder(None);
	}
}

macro_rules! impl_from_concern {
	($($variant:ident: $concern:ident),* $(,)?) => {$(
		impl From<$concern::Parameters> for RuntimeParameters {
			fn from(parameter: $concern::Parameters) -> Self {
				Self::$variant(parameter)
			}
		}
	)*};
}

impl_from_concern! {
	Shares: shares,
	Bounties: bounties,
	Rounds: rounds,
	Penalties: penalties,
	Bonds: bonds,
	Access: access,
}
