//! The chain that the stories happen on.

use sheaf_training::{
	testing::{hash, limits, member, protocol_shares},
	AccountId, BountyId, Draw, Environment, Hash, Limits, Member, ProtocolShares, RoundIndex,
};
use sp_runtime::BoundedVec;

/// The chain.
#[derive(Clone)]
pub struct World {
	pub now: u32,
	pub limits: Limits,
	/// Validators, of whom each attempt seats the next `seats`.
	pub verifiers: Vec<Member>,
	pub seats: usize,
	pub min_committee: usize,
	/// More validators than seats: a draw waits.
	pub crowded: bool,
	/// A broken chain, whose draw waits for ever.
	pub never_draws: bool,
}

impl World {
	pub fn new() -> Self {
		Self {
			now: 100,
			limits: limits(),
			verifiers: (201..=206).map(member).collect(),
			seats: 4,
			min_committee: 4,
			crowded: false,
			never_draws: false,
		}
	}
}

impl Environment for World {
	fn now(&self) -> u32 {
		self.now
	}

	fn genesis(&self) -> Hash {
		hash(1)
	}

	fn limits(&self) -> Limits {
		self.limits.clone()
	}

	fn protocol_shares(&self) -> ProtocolShares {
		protocol_shares()
	}

	fn draw(
		&self,
		_: BountyId,
		_: RoundIndex,
		attempt: u8,
		delayed: bool,
		excluded: &[AccountId],
		aggregators: &[AccountId],
	) -> Draw {
		let mut eligible = self.verifiers.clone();
		eligible.retain(|member| !excluded.contains(&member.account));
		if eligible.len() < self.min_committee {
			return Draw::TooFew;
		}
		if self.never_draws || (self.crowded && !delayed) {
			return Draw::Later;
		}
		let turns = usize::from(attempt) % eligible.len().max(1);
		eligible.rotate_left(turns);
		eligible.truncate(self.seats);
		Draw::Now {
			committee: BoundedVec::truncate_from(eligible),
			aggregator: aggregators.first().cloned(),
		}
	}
}
