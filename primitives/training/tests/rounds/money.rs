//! What a settlement pays.

use crate::support::*;
use sheaf_training::{testing::account, Service};

fn settle(story: &mut Story) {
	story.advance(FIRST).unwrap();
	assert_eq!(story.settlement().2.total(), 1_000_000, "a tranche, to the unit");
	assert_eq!(story.training.bounty.spent, 1_000_000);
}

#[test]
fn everybody_who_did_its_part_is_paid() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.accept(FIRST, &result(60));
	settle(&mut story);
	let trainers = [(11, 250_000), (12, 250_000), (13, 250_000)];
	let verifiers = [(201, 25_000), (202, 25_000), (203, 25_000), (204, 25_000)];
	let expected: Vec<_> = trainers.into_iter().chain(verifiers).chain([(31, 50_000)]).collect();
	assert_eq!(story.payments(), expected);
	let settlement = story.settlement().2;
	assert_eq!((settlement.treasury, settlement.burn, settlement.refund), (50_000, 50_000, 0));
	assert_eq!(settlement.payments.last().map(|p| p.service), Some(Service::Aggregation));
}

#[test]
fn the_share_of_an_absent_aggregator_goes_to_the_treasury() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	settle(&mut story);
	assert!(story.payments().iter().all(|(who, _)| *who != 31));
	assert_eq!(story.settlement().2.treasury, 100_000);
}

#[test]
fn an_aggregator_that_attested_another_result_is_not_paid() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.attest(FIRST, &account(31), &result(66)).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	settle(&mut story);
	assert!(story.payments().iter().all(|(who, _)| *who != 31));
}

#[test]
fn only_the_aggregator_of_the_accepted_attempt_is_paid() {
	let mut story = Story::with_aggregators(plain_spec(), &[31]);
	story.commit_all(FIRST);
	story.upload_all(FIRST);
	story.attest_all(FIRST, &result(60));
	story.advance(FIRST).unwrap();
	story.attest_by(FIRST, &[0, 1, 2, 3], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	settle(&mut story);
	assert!(story.payments().iter().all(|(who, _)| *who != 31));
}

#[test]
fn the_share_of_an_absent_verifier_goes_to_the_treasury() {
	let mut story = Story::attesting(plain_spec());
	story.attest_by(FIRST, &[0, 1, 2], &result(60));
	story.advance(FIRST).unwrap();
	story.publish(FIRST, 0, &result(60)).unwrap();
	settle(&mut story);
	assert!(story.payments().iter().all(|(who, _)| *who != 204));
	assert_eq!(story.settlement().2.treasury, 50_000 + 50_000 + 25_000);
}

#[test]
fn who_left_after_the_round_was_frozen_is_paid() {
	let mut story = Story::accepted(plain_spec(), &result(60));
	story.leave(12).unwrap();
	settle(&mut story);
	assert!(story.payments().contains(&(12, 250_000)));
}

#[test]
fn who_delivered_nothing_is_not_paid_and_the_others_get_its_part() {
	let mut story = Story::uploading(plain_spec());
	for seat in 0..3 {
		story.vote(FIRST, seat, &[11, 12]).unwrap();
	}
	story.advance(FIRST).unwrap();
	story.attest_all(FIRST, &result(60));
	story.publish(FIRST, 0, &result(60)).unwrap();
	settle(&mut story);
	let payments = story.payments();
	assert_eq!(payments.get(..2), Some(&[(11, 375_000), (12, 375_000)][..]));
	assert!(payments.iter().all(|(who, _)| *who != 13));
}
