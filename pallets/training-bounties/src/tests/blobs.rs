use super::{stories::*, *};
use sheaf_training::{BlobName, Hash, RoundBlobs};

fn blobs(index: RoundIndex) -> Option<RoundBlobs> {
	TrainingBounties::round_blobs(BOUNTY).into_iter().find(|blobs| blobs.round == index)
}

/// Roots of the models that a round lists, in order.
fn models(index: RoundIndex) -> Vec<Hash> {
	let blobs = blobs(index).unwrap().blobs.into_iter();
	let models = blobs.filter(|blob| blob.name == BlobName::NextModel);
	models
		.map(|blob| {
			assert_eq!((blob.element_count, blob.secret), (299, false));
			blob.root.unwrap()
		})
		.collect()
}

#[test]
fn every_published_root_is_listed_once_the_accepted_one_first() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		assert_eq!(models(FIRST), [root(1)]);
		publish(204, 2);
		assert_eq!(models(FIRST), [root(1), root(2)]);
		open_challenge();
		assert_eq!(models(FIRST), [root(1), root(2)]);
		assert!(models(SECOND).is_empty());
	});
}

#[test]
fn a_root_that_was_published_before_the_accepted_one_comes_after_it() {
	build_and_execute(|| {
		reach_attest(plain_spec());
		[201, 202, 203, AGGREGATOR].into_iter().for_each(|node| attest(node, 1));
		attest(204, 2);
		publish(204, 2);
		assert_eq!(models(FIRST), [root(2)]);
		publish(203, 1);
		assert_eq!(models(FIRST), [root(1), root(2)]);
	});
}

#[test]
fn a_struck_root_is_not_listed_and_the_others_still_are() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		publish(204, 2);
		strike(1);
		assert_eq!(models(FIRST), [root(2)]);
		assert!(blobs(SECOND).is_none());
	});
}

#[test]
fn a_root_of_an_earlier_attempt_stays_listed() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		publish(204, 2);
		strike(1);
		happen(|training| {
			let live = training.lowest.as_mut().unwrap();
			live.struck_in_attempt = false;
		});
		advance(FIRST);
		assert_eq!((round(1).attempt, round(1).phase), (1, Phase::Attest));
		assert_eq!(models(FIRST), [root(2)]);
	});
}

#[test]
fn a_model_that_two_results_share_is_listed_once() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		happen(|training| {
			let publications = &mut training.lowest.as_mut().unwrap().publications;
			let mut same = publications[0].clone();
			same.hash = hash(77);
			publications.try_push(same).unwrap();
		});
		assert_eq!(models(FIRST), [root(1)]);
	});
}

#[test]
fn the_newest_settled_model_stays_listed() {
	build_and_execute(|| {
		reach_accepted(plain_spec());
		advance(FIRST);
		assert_eq!(models(FIRST), [root(1)]);
		assert_eq!(blobs(SECOND).unwrap().phase, Some(Phase::Commit));
	});
}
