use super::*;
use sheaf_training::{BountyFilter, BountyPage, BountyStage, Waiting, MAX_LOOKED_AT, MAX_PAGE};
use sp_runtime::BoundedVec;

fn ids(page: &BountyPage) -> Vec<u32> {
	page.bounties.iter().map(|bounty| bounty.id.0).collect()
}

fn in_stages(stages: &[BountyStage]) -> BountyFilter {
	BountyFilter { stages: BoundedVec::truncate_from(stages.to_vec()), ..Default::default() }
}

fn open_by(byte: u8) {
	assert_ok!(TrainingBounties::open_bounty(signed(byte), spec(), REWARD));
}

/// Every page of at most `limit`, until there is no next.
fn all_pages(filter: &BountyFilter, limit: u32) -> Vec<Vec<u32>> {
	let (mut pages, mut before) = (Vec::new(), None);
	loop {
		let page = TrainingBounties::list(filter, before, limit);
		pages.push(ids(&page));
		match page.next {
			Some(next) => before = Some(next),
			None => return pages,
		}
	}
}

#[test]
fn pages_follow_each_other_newest_first_and_the_last_has_no_next() {
	build_and_execute(|| {
		let all = BountyFilter::default();
		assert_eq!(all_pages(&all, 10), [[0; 0]; 1]);
		(0..5).for_each(|_| open(spec()));
		assert_eq!(all_pages(&all, 2), [vec![4, 3], vec![2, 1], vec![0]]);
		assert_eq!(all_pages(&all, 5), [vec![4, 3, 2, 1, 0]]);
		assert_eq!(all_pages(&all, 0), [[4], [3], [2], [1], [0]], "an empty page leads nowhere");
	});
}

#[test]
fn bounties_opened_meanwhile_do_not_move_the_next_page() {
	build_and_execute(|| {
		(0..4).for_each(|_| open(spec()));
		let all = BountyFilter::default();
		let next = TrainingBounties::list(&all, None, 2).next;
		open(spec());
		assert_eq!(ids(&TrainingBounties::list(&all, next, 2)), [1, 0]);
	});
}

#[test]
fn a_place_that_never_was_is_as_good_as_the_newest() {
	build_and_execute(|| {
		open(spec());
		let list = |before| TrainingBounties::list(&BountyFilter::default(), before, 10);
		assert_eq!(ids(&list(Some(BountyId(u32::MAX)))), [0]);
		assert_eq!(list(Some(BountyId(0))), BountyPage::default());
	});
}

#[test]
fn filters_choose_by_stage_sponsor_and_trainer() {
	build_and_execute(|| {
		open_running();
		open_by(2);
		assert_ok!(TrainingBounties::cancel_bounty(signed(2), BountyId(1)));
		open_by(2);
		let list = |filter: &BountyFilter| ids(&TrainingBounties::list(filter, None, 10));
		assert_eq!(list(&in_stages(&[BountyStage::Running])), [0]);
		assert_eq!(list(&in_stages(&[BountyStage::Cancelled])), [1]);
		assert_eq!(list(&in_stages(&[BountyStage::Preparing, BountyStage::Running])), [2, 0]);
		assert_eq!(list(&in_stages(&[BountyStage::Preparing, BountyStage::Cancelled])), [2, 1]);
		assert!(list(&in_stages(&[BountyStage::Completed])).is_empty());
		let by = |byte| BountyFilter { sponsor: Some(account(byte)), ..Default::default() };
		assert_eq!((list(&by(1)), list(&by(2)), list(&by(3))), (vec![0], vec![2, 1], vec![]));
		let with = |byte| BountyFilter { trainer: Some(account(byte)), ..Default::default() };
		assert_eq!((list(&with(12)), list(&with(14))), (vec![0], vec![]));
		let all_parts = BountyFilter { sponsor: Some(account(2)), ..with(12) };
		assert!(list(&all_parts).is_empty(), "every part must match");
	});
}

#[test]
fn a_summary_says_what_the_bounty_says() {
	build_and_execute(|| {
		open_running();
		let page = TrainingBounties::list(&BountyFilter::default(), None, 1);
		let (summary, view) = (&page.bounties[0], TrainingBounties::bounty_view(BOUNTY).unwrap());
		assert_eq!((summary.sponsor.clone(), summary.reward), (account(1), REWARD));
		assert_eq!((&summary.state, summary.spent), (&view.bounty.state, 0));
		assert_eq!((summary.rounds, summary.min_trainers, summary.max_trainers), (2, 2, 3));
		assert_eq!((summary.trainers, summary.element_count, summary.scored), (3, 299, true));
		assert_eq!(summary.enrolment, EnrolmentPolicy::Open);
		assert_eq!(summary.rule, view.spec.parameters.rule);
		assert_eq!(summary.model_root, view.bounty.model_root);
		assert_eq!(summary.shares, view.bounty.shares);
	});
}

#[test]
fn one_call_looks_at_a_bounded_number_of_bounties() {
	build_and_execute(|| {
		open_by(2);
		(0..MAX_LOOKED_AT + MAX_PAGE).for_each(|_| open(spec()));
		let all = TrainingBounties::list(&BountyFilter::default(), None, u32::MAX);
		assert_eq!(all.bounties.len() as u32, MAX_PAGE);
		let rare = BountyFilter { sponsor: Some(account(2)), ..Default::default() };
		let page = TrainingBounties::list(&rare, None, u32::MAX);
		assert_eq!((ids(&page), page.next), (vec![], Some(BountyId(MAX_PAGE + 1))));
		assert_eq!(all_pages(&rare, u32::MAX), [vec![], vec![0]]);
	});
}

#[test]
fn a_rounds_status_is_that_of_the_state_machine() {
	build_and_execute(|| {
		open_running();
		commit(11);
		let status = TrainingBounties::round_status(BOUNTY, RoundIndex(1)).unwrap();
		assert_eq!((status.deadline, &status.round), (11, &round(1)));
		let missing = vec![account(12), account(13)];
		assert_eq!(status.waiting, [Waiting::Commitments { missing, needed: 1 }]);
		let none = |id, round| TrainingBounties::round_status(BountyId(id), RoundIndex(round));
		assert_eq!((none(0, 2), none(0, 0), none(9, 1)), (None, None, None));
	});
}
