//! What an account votes on, as the runtime API shows it.

use crate::{governance::tracks::Tracks, AccountId, Runtime};
use alloc::vec::Vec;
use pallet_conviction_voting::{Casting, ClassLocksFor, Voting, VotingFor};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor, TracksInfo};
use sheaf_governance::{TrackVoting, Vote};

/// The tracks on which an account has votes, a delegate or locked tokens.
pub fn voting_of(account: &AccountId) -> Vec<TrackVoting> {
	let locks = ClassLocksFor::<Runtime>::get(account);
	let voting = |track| {
		let (votes, delegate) = match VotingFor::<Runtime>::get(account, track) {
			Voting::Casting(Casting { votes, .. }) => {
				let votes = votes.iter().map(|(referendum, _)| vote(*referendum));
				(votes.collect(), None)
			}
			Voting::Delegating(delegating) => (Vec::new(), Some(delegating.target)),
		};
		let lock = locks.iter().find(|(of, _)| *of == track);
		let locked = lock.map_or(0, |(_, amount)| *amount);
		TrackVoting { track, votes, delegate, locked }
	};
	let voting = Tracks::track_ids().map(voting);
	voting
		.filter(|each| !each.votes.is_empty() || each.delegate.is_some() || each.locked > 0)
		.collect()
}

fn vote(referendum: u32) -> Vote {
	let info = ReferendumInfoFor::<Runtime>::get(referendum);
	Vote { referendum, ongoing: matches!(info, Some(ReferendumInfo::Ongoing(_))) }
}
