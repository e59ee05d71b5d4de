//! Draws committees and aggregators, and answers what the state machine asks of the chain.

use crate::{Config, Pallet};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::marker::PhantomData;
use frame_support::traits::{Get, Randomness};
use sheaf_training::{
	AccountId, BlockNumber, BountyId, Committee, Draw, Environment, Hash, Limits, Member,
	NodeRegistry, ProtocolShares, RoundIndex, RoundObserver, Verifiers, MAX_COMMITTEE,
};
use sp_runtime::{traits::Zero, SaturatedConversion};

/// The chain as the state machine sees it.
pub struct ChainEnvironment<T>(PhantomData<T>);

impl<T> Default for ChainEnvironment<T> {
	fn default() -> Self {
		Self(PhantomData)
	}
}

impl<T: Config> Environment for ChainEnvironment<T> {
	fn now(&self) -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	fn genesis(&self) -> Hash {
		let genesis = frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		);
		Hash::from_slice(genesis.as_ref())
	}

	fn limits(&self) -> Limits {
		T::Limits::get()
	}

	fn protocol_shares(&self) -> ProtocolShares {
		T::ProtocolShares::get()
	}

	fn draw(
		&self,
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		delayed: bool,
		excluded: &[AccountId],
		aggregators: &[AccountId],
	) -> Draw {
		let eligible = Pallet::<T>::eligible(excluded);
		let places = usize::try_from(MAX_COMMITTEE).unwrap_or(usize::MAX);
		if eligible.len() > places && !delayed {
			return Draw::Later;
		}
		let mut lottery = Lottery::new::<T>(&(bounty, round, attempt));
		match Pallet::<T>::seat(eligible, &mut lottery) {
			None => Draw::TooFew,
			Some(committee) => {
				let mut willing: Vec<AccountId> = aggregators
					.iter()
					.filter(|account| T::Nodes::roles(account).aggregator)
					.cloned()
					.collect();
				let aggregator = lottery.take(&mut willing);
				Draw::Now { committee, aggregator }
			}
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Validators that may be drawn: bonded as verifiers, not excluded, with room for more work.
	fn eligible(excluded: &[AccountId]) -> Vec<Member> {
		T::Verifiers::current()
			.into_iter()
			.filter(|member| {
				!excluded.contains(&member.account)
					&& T::Nodes::roles(&member.account).verifier
					&& !T::Observer::busy(&member.account)
			})
			.collect()
	}

	/// Gives at most [`MAX_COMMITTEE`] of the eligible a seat; none if they are too few.
	fn seat(mut eligible: Vec<Member>, lottery: &mut Lottery) -> Option<Committee> {
		let members = u32::try_from(eligible.len()).unwrap_or(u32::MAX);
		if members < T::MinCommittee::get().max(1) {
			return None;
		}
		if members <= MAX_COMMITTEE {
			return Some(Committee::truncate_from(eligible));
		}
		let mut committee = Committee::default();
		while let Some(member) = lottery.take(&mut eligible) {
			if committee.try_push(member).is_err() {
				break;
			}
		}
		Some(committee)
	}

	/// The committee that votes on the initial model. Its draw need not be unpredictable: only the
	/// sponsor is concerned.
	pub(crate) fn preparing_committee(bounty: BountyId) -> Option<Committee> {
		let mut lottery = Lottery::new::<T>(&(bounty, RoundIndex::INITIAL_MODEL, 0u8));
		Self::seat(Self::eligible(&[]), &mut lottery)
	}
}

/// Draws without replacement from a hash chain. The bias of the modulus is below 2^-58.
struct Lottery {
	state: Hash,
}

impl Lottery {
	fn new<T: Config>(subject: &(BountyId, RoundIndex, u8)) -> Self {
		let subject = (*b"sheaf/draw/v1", subject).encode();
		let (seed, _) = T::Randomness::random(&subject);
		let seed = seed.map(|hash| Hash::from_slice(hash.as_ref())).unwrap_or_default();
		Self { state: sp_io::hashing::blake2_256(&(seed, subject).encode()).into() }
	}

	fn take<Item>(&mut self, from: &mut Vec<Item>) -> Option<Item> {
		self.state = sp_io::hashing::blake2_256(self.state.as_bytes()).into();
		let number = u64::decode(&mut self.state.as_bytes()).ok()?;
		let items = u64::try_from(from.len()).ok()?;
		let place = usize::try_from(number.checked_rem(items)?).ok()?;
		Some(from.swap_remove(place))
	}
}
