//! The tracks that referenda run on: what each costs, how long it takes and what it needs.

use crate::{
	governance::origins::Origin, network_parameters::GovernanceHour, Balance, BlockNumber,
	OriginCaller, Runtime, SHEAF,
};
use alloc::borrow::Cow;
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use sp_runtime::{str_array, FixedI64};

/// Hours in a day of governance.
const DAY: u32 = 24;

/// A share of the votes or of the tokens.
const fn percent(percent: u128) -> FixedI64 {
	FixedI64::from_rational(percent, 100)
}

/// Falls in a straight line over the whole decision period.
const fn linear(from: u128, to: u128) -> Curve {
	Curve::make_linear(1, 1, percent(to), percent(from))
}

/// Falls steeply at first: to `level` after `delay` of a decision period of `period`.
const fn steep(delay: u128, period: u128, from: u128, level: u128, to: u128) -> Curve {
	Curve::make_reciprocal(delay, period, percent(level), percent(to), percent(from))
}

/// A track; times are in hours of governance.
struct Terms {
	id: u16,
	name: [u8; 25],
	origin: Option<Origin>,
	max_deciding: u32,
	decision_deposit: Balance,
	prepare: u32,
	decision: u32,
	confirm: u32,
	enactment: u32,
	approval: Curve,
	support: Curve,
}

/// Every track in the order of ids; root's has no origin of ours.
static TRACKS: [Terms; 7] = [
	Terms {
		id: 0,
		name: str_array("root"),
		origin: None,
		max_deciding: 1,
		decision_deposit: 10_000 * SHEAF,
		prepare: 2,
		decision: 14 * DAY,
		confirm: DAY,
		enactment: DAY,
		approval: steep(4, 14, 100, 80, 50),
		support: linear(50, 0),
	},
	Terms {
		id: 1,
		name: str_array("whitelisted_caller"),
		origin: Some(Origin::WhitelistedCaller),
		max_deciding: 10,
		decision_deposit: 1_000 * SHEAF,
		prepare: 1,
		decision: 14 * DAY,
		confirm: 1,
		enactment: 1,
		approval: steep(8, 14, 100, 96, 50),
		support: steep(2, 14 * 24, 50, 20, 5),
	},
	Terms {
		id: 10,
		name: str_array("parameters"),
		origin: Some(Origin::Parameters),
		max_deciding: 5,
		decision_deposit: 1_000 * SHEAF,
		prepare: 2,
		decision: 7 * DAY,
		confirm: 12,
		enactment: DAY,
		approval: steep(2, 7, 100, 80, 50),
		support: linear(50, 0),
	},
	Terms {
		id: 20,
		name: str_array("small_spender"),
		origin: Some(Origin::SmallSpender),
		max_deciding: 10,
		decision_deposit: 100 * SHEAF,
		prepare: 2,
		decision: 7 * DAY,
		confirm: 12,
		enactment: 2,
		approval: linear(100, 50),
		support: steep(2, 7, 50, 5, 0),
	},
	Terms {
		id: 21,
		name: str_array("spender"),
		origin: Some(Origin::Spender),
		max_deciding: 5,
		decision_deposit: 1_000 * SHEAF,
		prepare: 2,
		decision: 14 * DAY,
		confirm: DAY,
		enactment: DAY,
		approval: linear(100, 50),
		support: steep(7, 14, 50, 10, 0),
	},
	Terms {
		id: 30,
		name: str_array("canceller"),
		origin: Some(Origin::Canceller),
		max_deciding: 20,
		decision_deposit: 500 * SHEAF,
		prepare: 1,
		decision: 7 * DAY,
		confirm: 3,
		enactment: 1,
		approval: steep(2, 7, 100, 80, 50),
		support: steep(12, 7 * 24, 50, 5, 0),
	},
	Terms {
		id: 31,
		name: str_array("killer"),
		origin: Some(Origin::Killer),
		max_deciding: 20,
		decision_deposit: 2_000 * SHEAF,
		prepare: 1,
		decision: 7 * DAY,
		confirm: 3,
		enactment: 1,
		approval: steep(2, 7, 100, 90, 50),
		support: steep(12, 7 * 24, 50, 10, 0),
	},
];

impl Terms {
	/// The track with its times in blocks.
	fn track(&self) -> Track<u16, Balance, BlockNumber> {
		let blocks = |hours: u32| GovernanceHour::<Runtime>::get().saturating_mul(hours);
		let info = TrackInfo {
			name: self.name,
			max_deciding: self.max_deciding,
			decision_deposit: self.decision_deposit,
			prepare_period: blocks(self.prepare),
			decision_period: blocks(self.decision),
			confirm_period: blocks(self.confirm),
			min_enactment_period: blocks(self.enactment),
			min_approval: self.approval.clone(),
			min_support: self.support.clone(),
		};
		Track { id: self.id, info }
	}
}

/// The tracks, as `pallet-referenda` asks for them.
pub struct Tracks;

impl TracksInfo<Balance, BlockNumber> for Tracks {
	type Id = u16;
	type RuntimeOrigin = OriginCaller;

	fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, Balance, BlockNumber>>> {
		TRACKS.iter().map(|terms| Cow::Owned(terms.track()))
	}

	fn track_for(origin: &OriginCaller) -> Result<u16, ()> {
		let ours = match origin {
			OriginCaller::system(frame_system::RawOrigin::Root) => None,
			OriginCaller::GovernanceOrigins(origin) => Some(*origin),
			_ => return Err(()),
		};
		TRACKS.iter().find(|terms| terms.origin == ours).map(|terms| terms.id).ok_or(())
	}

	fn info(id: u16) -> Option<Cow<'static, TrackInfo<Balance, BlockNumber>>> {
		TRACKS.iter().find(|terms| terms.id == id).map(|terms| Cow::Owned(terms.track().info))
	}
}
