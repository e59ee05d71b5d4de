//! What a referendum may act as, besides root.

// Derived encodings cast a variant to its index, and the pallet macro expects.
#![allow(clippy::as_conversions, clippy::expect_used)]

pub use pallet::*;

use crate::{
	governance::parameters::{access::Whitelister, RuntimeParametersKey},
	AccountId, Balance, RuntimeOrigin, SHEAF,
};
use frame_support::{
	parameter_types,
	traits::{EitherOf, EnsureOrigin, EnsureOriginWithArg, Get},
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureSigned};

/// Most that one referendum of the small spender track can spend.
pub const SMALL_SPEND: Balance = 10_000 * SHEAF;
/// Most that one referendum of the spender track can spend.
pub const SPEND: Balance = 1_000_000 * SHEAF;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;

	/// What the pallet needs from the runtime: nothing.
	#[pallet::config]
	pub trait Config: frame_system::Config {}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Each has a track of its own.
	#[pallet::origin]
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
	pub enum Origin {
		/// Sets parameters.
		Parameters,
		/// Spends up to [`SMALL_SPEND`](super::SMALL_SPEND) from the treasury.
		SmallSpender,
		/// Spends up to [`SPEND`](super::SPEND) from the treasury.
		Spender,
		/// Cancels referenda and deferred slashes.
		Canceller,
		/// Cancels referenda and takes their deposits.
		Killer,
		/// Dispatches as root what the whitelister let through.
		WhitelistedCaller,
	}
}

/// Passes an origin of this pallet for which `select` has something to say.
fn select<Success>(
	origin: RuntimeOrigin,
	select: impl FnOnce(Origin) -> Option<Success>,
) -> Result<Success, RuntimeOrigin> {
	let ours: Result<Origin, RuntimeOrigin> = origin.into();
	let ours = ours?;
	select(ours).ok_or_else(|| ours.into())
}

macro_rules! ensure_origin {
	($(#[$doc:meta] $name:ident: $origin:ident),* $(,)?) => {$(
		#[$doc]
		pub struct $name;

		impl EnsureOrigin<RuntimeOrigin> for $name {
			type Success = ();

			fn try_origin(origin: RuntimeOrigin) -> Result<(), RuntimeOrigin> {
				select(origin, |ours| (ours == Origin::$origin).then_some(()))
			}

			#[cfg(feature = "runtime-benchmarks")]
			fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
				Ok(Origin::$origin.into())
			}
		}
	)*};
}

ensure_origin! {
	/// The parameters track.
	EnsureParameters: Parameters,
	/// The cancel track.
	EnsureCanceller: Canceller,
	/// The kill track.
	EnsureKiller: Killer,
	/// The whitelisted track.
	EnsureWhitelistedCaller: WhitelistedCaller,
}

/// Root or the cancel track.
pub type RootOrCanceller = EitherOf<EnsureRoot<AccountId>, EnsureCanceller>;
/// Root or the kill track.
pub type RootOrKiller = EitherOf<EnsureRoot<AccountId>, EnsureKiller>;
/// Root or a spender track, with the most that it can spend at once.
pub type RootOrSpender = EitherOf<EnsureRootWithSuccess<AccountId, Unlimited>, EnsureSpender>;

parameter_types! {
	/// Nothing but the treasury bounds what root spends.
	pub const Unlimited: Balance = Balance::MAX;
}

/// A spender track, with the most that it can spend at once.
pub struct EnsureSpender;

impl EnsureOrigin<RuntimeOrigin> for EnsureSpender {
	type Success = Balance;

	fn try_origin(origin: RuntimeOrigin) -> Result<Balance, RuntimeOrigin> {
		select(origin, |ours| match ours {
			Origin::SmallSpender => Some(SMALL_SPEND),
			Origin::Spender => Some(SPEND),
			_ => None,
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		Ok(Origin::Spender.into())
	}
}

/// The account that is the whitelister now.
pub struct EnsureWhitelister;

impl EnsureOrigin<RuntimeOrigin> for EnsureWhitelister {
	type Success = AccountId;

	fn try_origin(origin: RuntimeOrigin) -> Result<AccountId, RuntimeOrigin> {
		let signer = <EnsureSigned<AccountId> as EnsureOrigin<_>>::try_origin(origin)?;
		match Whitelister::get().0 {
			Some(whitelister) if whitelister == signer => Ok(signer),
			_ => Err(RuntimeOrigin::signed(signer)),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		Whitelister::get().0.map(RuntimeOrigin::signed).ok_or(())
	}
}

/// Who sets a parameter: the parameters track, and only it, so that no number escapes the check of its
/// range, which root's calls would. Root acts as that track by `utility.dispatch_as`. Who has access
/// is root's to say.
pub struct EnsureMaySet;

impl EnsureOriginWithArg<RuntimeOrigin, RuntimeParametersKey> for EnsureMaySet {
	type Success = ();

	fn try_origin(origin: RuntimeOrigin, key: &RuntimeParametersKey) -> Result<(), RuntimeOrigin> {
		match key {
			RuntimeParametersKey::Access(_) => {
				<EnsureRoot<AccountId> as EnsureOrigin<_>>::try_origin(origin)
			}
			_ => EnsureParameters::try_origin(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin(key: &RuntimeParametersKey) -> Result<RuntimeOrigin, ()> {
		match key {
			RuntimeParametersKey::Access(_) => Ok(RuntimeOrigin::root()),
			_ => EnsureParameters::try_successful_origin(),
		}
	}
}
