//! Referenda as the runtime API shows them.

use crate::{governance::tracks::Tracks, Preimage, Runtime, System};
use alloc::boxed::Box;
use frame_support::traits::{schedule::DispatchTime, Bounded, Get, QueryPreimage, VoteTally};
use pallet_referenda::{
	BoundedCallOf, ReferendumCount, ReferendumInfo, ReferendumInfoFor, ReferendumStatusOf,
	TrackInfoOf, TracksInfo,
};
use sheaf_governance::{
	Enactment, Poll, Proposal, Referendum, ReferendumFilter, ReferendumPage, ReferendumState,
	Share, Stage, MAX_SHOWN_CALL,
};
use sheaf_training::{MAX_LOOKED_AT, MAX_PAGE};
use sp_runtime::Perbill;

type Status = ReferendumStatusOf<Runtime, ()>;
type TrackInfo = TrackInfoOf<Runtime, ()>;

/// A page of referenda, newest first.
pub fn page(filter: &ReferendumFilter, before: Option<u32>, limit: u32) -> ReferendumPage {
	let total = ReferendumCount::<Runtime>::get();
	let end = before.map_or(total, |index| index.min(total));
	let start = end.saturating_sub(MAX_LOOKED_AT);
	let limit = usize::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX);
	let mut page = ReferendumPage { total, ..Default::default() };
	for index in (start..end).rev() {
		page.referenda.extend(view_if(filter, index));
		if page.referenda.len() >= limit {
			page.next = (index > 0).then_some(index);
			return page;
		}
	}
	page.next = (start > 0).then_some(start);
	page
}

/// A referendum, if it matches.
fn view_if(filter: &ReferendumFilter, index: u32) -> Option<Referendum> {
	let info = ReferendumInfoFor::<Runtime>::get(index)?;
	let track = match &info {
		ReferendumInfo::Ongoing(status) => Some(status.track),
		_ => None,
	};
	let matches = filter.ongoing.is_none_or(|ongoing| ongoing == track.is_some())
		&& filter.track.is_none_or(|wanted| track == Some(wanted));
	if !matches {
		return None;
	}
	let state = match info {
		ReferendumInfo::Ongoing(status) => ReferendumState::Ongoing(Box::new(poll(status)?)),
		ReferendumInfo::Approved(at, ..) => ReferendumState::Approved(at),
		ReferendumInfo::Rejected(at, ..) => ReferendumState::Rejected(at),
		ReferendumInfo::Cancelled(at, ..) => ReferendumState::Cancelled(at),
		ReferendumInfo::TimedOut(at, ..) => ReferendumState::TimedOut(at),
		ReferendumInfo::Killed(at) => ReferendumState::Killed(at),
	};
	Some(Referendum { index, state })
}

/// A referendum that people can vote on; none if its track is gone.
fn poll(status: Status) -> Option<Poll> {
	let track = Tracks::info(status.track)?.into_owned();
	let elapsed = status
		.deciding
		.as_ref()
		.map_or(0, |deciding| System::block_number().saturating_sub(deciding.since));
	let time = Perbill::from_rational(elapsed.min(track.decision_period), track.decision_period);
	let name = track.name.split(|byte| *byte == 0).next().unwrap_or_default();
	Some(Poll {
		track: status.track,
		track_name: name.to_vec(),
		stage: stage(&status, &track),
		submitter: status.submission_deposit.who,
		submitted: status.submitted,
		proposal: proposal(&status.proposal),
		enactment: match status.enactment {
			DispatchTime::At(block) => Enactment::At(block),
			DispatchTime::After(blocks) => Enactment::After(blocks),
		},
		approval_share: Share {
			has: status.tally.approval(status.track),
			needs: track.min_approval.threshold(time),
		},
		support_share: Share {
			has: status.tally.support(status.track),
			needs: track.min_support.threshold(time),
		},
		ayes: status.tally.ayes,
		nays: status.tally.nays,
		support: status.tally.support,
	})
}

fn stage(status: &Status, track: &TrackInfo) -> Stage {
	let prepared = status.submitted.saturating_add(track.prepare_period);
	match &status.deciding {
		Some(deciding) => match deciding.confirming {
			Some(until) => Stage::Confirming { since: deciding.since, until },
			None => {
				let until = deciding.since.saturating_add(track.decision_period);
				Stage::Deciding { since: deciding.since, until }
			}
		},
		None if status.in_queue => Stage::Queued,
		None if status.decision_deposit.is_none() => Stage::Deposit {
			amount: track.decision_deposit,
			until: status
				.submitted
				.saturating_add(<Runtime as pallet_referenda::Config>::UndecidingTimeout::get()),
		},
		None => Stage::Preparing { until: prepared },
	}
}

fn proposal(call: &BoundedCallOf<Runtime, ()>) -> Proposal {
	let hash = call.hash();
	let length = call.len().or_else(|| Preimage::len(&hash));
	let call = match call {
		Bounded::Inline(bytes) => Some(bytes.to_vec()),
		_ => length
			.filter(|length| *length <= MAX_SHOWN_CALL)
			.and_then(|length| Preimage::fetch(&hash, Some(length)).ok())
			.map(|bytes| bytes.into_owned()),
	};
	Proposal { hash, length, call }
}
