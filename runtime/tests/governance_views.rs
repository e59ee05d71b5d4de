//! What the runtime API says of referenda, from submission to the end.

mod support;

use codec::Encode;
use sheaf_governance::{
	runtime_decl_for_governance_api::GovernanceApiV1, Poll, Referendum, ReferendumFilter,
	ReferendumState, Stage, TrackVoting, Vote,
};
use sheaf_runtime::{governance::origins::Origin, Block, Runtime, RuntimeCall, SHEAF};
use sp_runtime::Perbill;
use support::{
	account,
	governance::{ballot, root, track, BALLOT, HOLDERS, PROPOSER},
	pair, Chain,
};

type Api = Runtime;

fn remark(bytes: usize) -> RuntimeCall {
	frame_system::Call::remark { remark: vec![0; bytes] }.into()
}

fn referenda(chain: &mut Chain, filter: ReferendumFilter) -> Vec<Referendum> {
	chain.read(|| <Api as GovernanceApiV1<Block>>::referenda(filter, None, 100)).referenda
}

fn state(chain: &mut Chain, index: u32) -> ReferendumState {
	let all = referenda(chain, ReferendumFilter::default());
	all.into_iter().find(|referendum| referendum.index == index).unwrap().state
}

fn poll(chain: &mut Chain, index: u32) -> Poll {
	match state(chain, index) {
		ReferendumState::Ongoing(poll) => *poll,
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_referendum_is_shown_from_its_submission_to_its_approval() {
	let mut chain = Chain::new("local_testnet");
	let call = remark(3);
	assert_eq!(chain.submit(track(Origin::Parameters), &call), Ok(Ok(())));
	let submitted = poll(&mut chain, 0);
	assert_eq!((submitted.track, submitted.track_name.as_slice()), (10, &b"parameters"[..]));
	assert_eq!(submitted.submitter, account(PROPOSER));
	assert_eq!(submitted.proposal.call, Some(call.encode()));
	assert!(matches!(submitted.stage, Stage::Deposit { amount, .. } if amount == 1_000 * SHEAF));
	let deposit = pallet_referenda::Call::place_decision_deposit { index: 0 };
	let deposit = chain.sign(&pair(PROPOSER), deposit);
	chain.add_good_block(vec![deposit]);
	let mut seen = vec!["deposit"];
	let mut see = |stage: &Stage| {
		let name = match stage {
			Stage::Preparing { .. } => "preparing",
			Stage::Deciding { .. } => "deciding",
			Stage::Confirming { .. } => "confirming",
			Stage::Deposit { .. } | Stage::Queued => "waiting",
		};
		if seen.last() != Some(&name) {
			seen.push(name);
		}
	};
	see(&poll(&mut chain, 0).stage);
	chain.everybody_votes(0, true);
	let voted = poll(&mut chain, 0);
	assert_eq!(voted.support, BALLOT * HOLDERS.len() as u128);
	assert_eq!(voted.approval_share.has, Perbill::one());
	let approved = loop {
		match state(&mut chain, 0) {
			ReferendumState::Ongoing(poll) => see(&poll.stage),
			ReferendumState::Approved(block) => break block,
			other => panic!("{other:?}"),
		}
		chain.add_block(Vec::new());
	};
	assert_eq!(seen, ["deposit", "preparing", "deciding", "confirming"]);
	assert_eq!(approved, chain.height());
}

#[test]
fn a_page_is_of_those_that_match_and_says_where_to_go_on() {
	let mut chain = Chain::new("local_testnet");
	for n in 0..5 {
		let track = if n % 2 == 0 { root() } else { track(Origin::Parameters) };
		assert_eq!(chain.submit(track, &remark(n)), Ok(Ok(())));
	}
	let kill = pallet_referenda::Call::kill { index: 4 };
	assert_eq!(chain.dispatch_as(root(), kill.into()), Ok(()));
	let mut of = |ongoing, track| {
		let page = referenda(&mut chain, ReferendumFilter { ongoing, track });
		page.into_iter().map(|referendum| referendum.index).collect::<Vec<_>>()
	};
	assert_eq!(of(None, None), [4, 3, 2, 1, 0]);
	assert_eq!(of(Some(true), None), [3, 2, 1, 0]);
	assert_eq!(of(Some(false), None), [4]);
	assert_eq!(of(None, Some(0)), [2, 0], "what is over has no track");
	let mut page = |before, limit| {
		let page = chain
			.read(|| <Api as GovernanceApiV1<Block>>::referenda(Default::default(), before, limit));
		let indices: Vec<_> = page.referenda.iter().map(|referendum| referendum.index).collect();
		(indices, page.next, page.total)
	};
	assert_eq!(page(None, 2), (vec![4, 3], Some(3), 5));
	assert_eq!(page(Some(3), 2), (vec![2, 1], Some(1), 5));
	assert_eq!(page(Some(1), 2), (vec![0], None, 5));
	assert_eq!(page(Some(99), 0), (vec![4], Some(4), 5), "a page has one entry at least");
}

#[test]
fn votes_against_lower_the_approval() {
	let mut chain = Chain::new("local_testnet");
	let index = chain.propose(root(), &remark(1));
	let vote = |chain: &mut Chain, name: &str, aye: bool| {
		let vote = ballot(aye, BALLOT);
		chain.sign(&pair(name), pallet_conviction_voting::Call::vote { poll_index: index, vote })
	};
	let votes = vec![
		vote(&mut chain, HOLDERS[0], true),
		vote(&mut chain, HOLDERS[1], true),
		vote(&mut chain, HOLDERS[2], true),
		vote(&mut chain, HOLDERS[3], false),
	];
	chain.add_good_block(votes);
	let poll = poll(&mut chain, index);
	assert_eq!(poll.approval_share.has, Perbill::from_percent(75));
	let issuance = chain.read(sheaf_runtime::Balances::total_issuance);
	assert_eq!(poll.support_share.has, Perbill::from_rational(3 * BALLOT, issuance));
	assert!(poll.support_share.needs > poll.support_share.has);
}

#[test]
fn an_accounts_votes_and_locks_are_shown_by_track_until_they_are_taken_back() {
	let mut chain = Chain::new("local_testnet");
	let voting = |chain: &mut Chain, name: &str| {
		let who = account(name);
		chain.read(|| <Api as GovernanceApiV1<Block>>::voting_of(who))
	};
	let (voter, delegator) = (HOLDERS[1], HOLDERS[2]);
	assert!(voting(&mut chain, voter).is_empty());
	let index = chain.propose(track(Origin::Parameters), &remark(1));
	chain.everybody_votes(index, true);
	let mut vote = Vote { referendum: index, ongoing: true };
	let of = |vote, locked| TrackVoting { track: 10, votes: vec![vote], delegate: None, locked };
	assert_eq!(voting(&mut chain, voter), [of(vote, BALLOT)]);
	assert_eq!(chain.wait_for_enactment(index), Ok(()));
	vote.ongoing = false;
	assert_eq!(voting(&mut chain, voter), [of(vote, BALLOT)]);
	use pallet_conviction_voting::{Call, Conviction};
	let to = account(voter).into();
	let (class, conviction, balance) = (20, Conviction::None, BALLOT);
	let calls = [
		chain.sign(&pair(voter), Call::remove_vote { class: Some(10), index }),
		chain.sign(&pair(delegator), Call::delegate { class, to, conviction, balance }),
	];
	chain.add_good_block(calls.into());
	let delegating = voting(&mut chain, delegator);
	assert_eq!(delegating.len(), 2);
	assert_eq!((delegating[1].track, &delegating[1].delegate), (20, &Some(account(voter))));
	assert!(voting(&mut chain, voter)[0].votes.is_empty());
	// The block between sessions takes no transactions.
	chain.add_block(Vec::new());
	let target = account(voter).into();
	let unlock = chain.sign(&pair(voter), Call::unlock { class: 10, target });
	chain.add_good_block(vec![unlock]);
	assert!(voting(&mut chain, voter).is_empty());
}
