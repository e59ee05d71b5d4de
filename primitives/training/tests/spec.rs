//! What specs are refused, and what they cost.

use proptest::prelude::*;
use sheaf_aggregation::Rule;
use sheaf_training::{
	settle, settle_aborted, tranche, AccountId, BountySpec, Contributions, Contributor,
	EnrolmentPolicy, Hash, Limits, RewardShares, RoundIndex, SpecError,
};
use sheaf_training::{
	testing::{account, lengths, limits, protocol_shares, shares, spec},
	MAX_ATTEMPTS, MAX_COMMITTEE, MAX_ROUNDS,
};
use sp_runtime::{BoundedVec, Permill};

/// Checks the fixture after `change`.
fn check(change: impl FnOnce(&mut BountySpec)) -> Result<(), SpecError> {
	let mut spec = spec();
	change(&mut spec);
	spec.check(&limits())
}

/// As [`check`], with a change of the evaluation.
fn check_evaluation(change: impl FnOnce(&mut sheaf_training::Evaluation)) -> Result<(), SpecError> {
	check(|spec| change(spec.evaluation.as_mut().unwrap()))
}

fn widths(widths: &[u32]) -> Option<BoundedVec<u32, sp_core::ConstU32<9>>> {
	Some(BoundedVec::truncate_from(widths.to_vec()))
}

#[test]
fn a_good_spec_passes_with_and_without_slices_and_network() {
	assert_eq!(check(|_| ()), Ok(()));
	assert_eq!(check(|spec| spec.evaluation = None), Ok(()));
	let without_network = |spec: &mut BountySpec| {
		spec.evaluation = None;
		spec.network = None;
	};
	assert_eq!(check(without_network), Ok(()));
}

#[test]
fn another_rule_version_is_unknown() {
	for version in [0, 2, u16::MAX] {
		assert_eq!(check(|spec| spec.rule_version = version), Err(SpecError::UnknownRuleVersion));
	}
}

#[test]
fn parameters_that_could_overflow_or_make_no_sense_are_unsafe() {
	let refused = Err(SpecError::UnsafeParameters);
	assert_eq!(check(|spec| spec.parameters.clip = 0), refused);
	assert_eq!(check(|spec| spec.parameters.clip = i32::MIN), refused);
	assert_eq!(check(|spec| spec.parameters.model_bound = 0), refused);
	assert_eq!(check(|spec| spec.parameters.element_count = 255), refused);
	assert_eq!(check(|spec| spec.parameters.element_count = u64::MAX), refused);
	assert_eq!(check(|spec| spec.parameters.rule = Rule::TrimmedMean { trim: 1 }), refused);
	let heavy = |spec: &mut BountySpec| {
		spec.enrolment = EnrolmentPolicy::Invited;
		spec.max_weight = u32::MAX;
		spec.parameters.clip = i32::MAX;
	};
	assert_eq!(check(heavy), refused);
	let weightless = |spec: &mut BountySpec| {
		spec.enrolment = EnrolmentPolicy::Invited;
		spec.max_weight = 0;
	};
	assert_eq!(check(weightless), refused);
}

#[test]
fn a_model_is_not_larger_than_governance_allows() {
	let limits = Limits { max_element_count: 298, ..limits() };
	assert_eq!(spec().check(&limits), Err(SpecError::ModelTooLarge));
}

#[test]
fn fraction_bits_are_within_1_and_30() {
	for bits in [0, 31, u8::MAX] {
		let refused = Err(SpecError::FractionBitsOutOfRange);
		assert_eq!(check(|spec| spec.fraction_bits = bits), refused);
	}
	for bits in [1, 30] {
		assert_eq!(check(|spec| spec.fraction_bits = bits), Ok(()));
	}
}

#[test]
fn the_manifest_names_every_element_once() {
	let mismatch = Err(SpecError::ManifestMismatch);
	assert_eq!(check(|spec| spec.manifest = Default::default()), mismatch);
	assert_eq!(check(|spec| drop(spec.manifest.remove(1))), mismatch);
	assert_eq!(check(|spec| spec.manifest[0].shape[0] = 14), mismatch);
	assert_eq!(check(|spec| spec.manifest[0].shape[0] = 0), mismatch);
	let repeated = |spec: &mut BountySpec| spec.manifest[1].name = spec.manifest[0].name.clone();
	assert_eq!(check(repeated), mismatch);
	let not_text = |spec: &mut BountySpec| spec.manifest[1].name[0] = 0xff;
	assert_eq!(check(not_text), mismatch);
	let overflowing = |spec: &mut BountySpec| {
		spec.manifest[0].shape = BoundedVec::truncate_from(vec![u32::MAX; 4]);
	};
	assert_eq!(check(overflowing), mismatch);
}

#[test]
fn a_scalar_tensor_is_one_element() {
	let scalar = |spec: &mut BountySpec| {
		spec.manifest[1].shape = BoundedVec::truncate_from(vec![12]);
		let mut scalar = spec.manifest[1].clone();
		scalar.name = BoundedVec::truncate_from(b"scale".to_vec());
		scalar.shape = Default::default();
		spec.manifest.try_push(scalar).unwrap();
	};
	assert_eq!(check(scalar), Ok(()));
}

#[test]
fn the_networks_layers_are_the_model() {
	let mismatch = Err(SpecError::NetworkMismatch);
	assert_eq!(check(|spec| spec.network = widths(&[22, 14])), mismatch);
	assert_eq!(check(|spec| spec.network = widths(&[299])), mismatch);
	assert_eq!(check(|spec| spec.network = widths(&[])), mismatch);
	assert_eq!(check(|spec| spec.network = widths(&[298, 1])), mismatch, "a single output");
	assert_eq!(check(|spec| spec.network = widths(&[u32::MAX, u32::MAX])), mismatch);
}

#[test]
fn slices_need_a_network_examples_and_a_distinct_commitment_for_each_round() {
	let bad = Err(SpecError::BadEvaluation);
	assert_eq!(check(|spec| spec.network = None), bad);
	assert_eq!(check_evaluation(|evaluation| evaluation.examples = 0), bad);
	assert_eq!(check_evaluation(|e| e.slice_commitments.truncate(1)), bad);
	assert_eq!(check_evaluation(|e| e.slice_commitments[1] = e.slice_commitments[0]), bad);
	assert_eq!(check(|spec| spec.rounds = 3), bad, "two slices for three rounds");
	assert_eq!(check_evaluation(|evaluation| evaluation.examples = 50_000), bad, "a huge slice");
}

#[test]
fn scoring_is_not_more_work_than_governance_allows() {
	let work = 10 * 22 * 13;
	let check = |max_inference_work| spec().check(&Limits { max_inference_work, ..limits() });
	assert_eq!(check(work - 1), Err(SpecError::TooMuchInference));
	assert_eq!(check(work), Ok(()));
}

#[test]
fn there_is_a_round_and_not_too_many() {
	let without_slices = |rounds| {
		check(|spec| {
			spec.evaluation = None;
			spec.rounds = rounds;
		})
	};
	for rounds in [0, MAX_ROUNDS + 1, u32::MAX] {
		assert_eq!(without_slices(rounds), Err(SpecError::RoundsOutOfRange));
	}
	assert_eq!(without_slices(MAX_ROUNDS), Ok(()));
}

#[test]
fn there_is_a_trainer_and_not_too_many() {
	for (min, max) in [(0, 3), (4, 3), (2, 65), (0, 0), (u16::MAX, u16::MAX)] {
		let trainers = |spec: &mut BountySpec| (spec.min_trainers, spec.max_trainers) = (min, max);
		assert_eq!(check(trainers), Err(SpecError::TrainersOutOfRange), "{min} to {max}");
	}
	assert_eq!(check(|spec| (spec.min_trainers, spec.max_trainers) = (64, 64)), Ok(()));
	assert_eq!(check(|spec| (spec.min_trainers, spec.max_trainers) = (1, 1)), Ok(()));
}

#[test]
fn weights_need_invitations() {
	for weight in [0, 2] {
		let weighted = |spec: &mut BountySpec| spec.max_weight = weight;
		assert_eq!(check(weighted), Err(SpecError::WeightsNeedInvitations));
	}
	let invited = |spec: &mut BountySpec| {
		spec.enrolment = EnrolmentPolicy::Invited;
		spec.max_weight = 2;
	};
	assert_eq!(check(invited), Ok(()));
}

/// Sets each phase's length in turn.
fn with_one_length(length: u32) -> impl Iterator<Item = Result<(), SpecError>> {
	(0..9).map(move |phase| {
		check(|spec| {
			let l = &mut spec.lengths;
			*[
				&mut l.prepare,
				&mut l.enrolment,
				&mut l.commit,
				&mut l.upload,
				&mut l.attest,
				&mut l.publish,
				&mut l.window,
				&mut l.answer,
				&mut l.proof,
			][phase] = length;
		})
	})
}

#[test]
fn what_no_verifier_can_hold_is_not_scored() {
	let unbounded = Limits { max_element_count: 1 << 32, max_inference_work: u64::MAX, ..limits() };
	let linear = |inputs: u32, outputs: u32| {
		let mut spec = spec();
		spec.parameters.element_count = u64::from(inputs + 1) * u64::from(outputs);
		spec.network = Some(BoundedVec::truncate_from(vec![inputs, outputs]));
		spec.manifest[0].shape = BoundedVec::truncate_from(vec![outputs, inputs]);
		spec.manifest[1].shape = BoundedVec::truncate_from(vec![outputs]);
		spec
	};
	assert_eq!(linear(999, 7_500).check(&unbounded), Ok(()));
	let refused = Err(SpecError::TooMuchInference);
	assert_eq!(linear(1_000, 7_500).check(&unbounded), refused);
	let unscored = BountySpec { evaluation: None, ..linear(1_000, 7_500) };
	assert_eq!(unscored.check(&unbounded), Ok(()));
	let mut long = linear(999, 300);
	long.evaluation.as_mut().unwrap().examples = 7_500;
	assert_eq!(long.check(&unbounded), refused, "a slice of 7,500,008 elements");
	long.evaluation.as_mut().unwrap().examples = 7_499;
	assert_eq!(long.check(&unbounded), Ok(()));
}

#[test]
fn no_phase_is_too_short() {
	for short in [0, 3] {
		assert!(with_one_length(short).all(|checked| checked == Err(SpecError::PhaseTooShort)));
	}
	let limits = Limits { min_lengths: lengths(0), ..limits() };
	let instant = BountySpec { lengths: lengths(0), ..spec() };
	assert_eq!(instant.check(&limits), Err(SpecError::PhaseTooShort), "a phase lasts a block");
}

#[test]
fn no_phase_is_too_long() {
	for long in [1_001, u32::MAX] {
		assert!(with_one_length(long).all(|checked| checked == Err(SpecError::PhaseTooLong)));
	}
	assert!(with_one_length(1_000).all(|checked| checked == Ok(())));
}

#[test]
fn upload_allows_blocks_for_the_size_of_the_data() {
	let spec = BountySpec {
		parameters: sheaf_aggregation::Parameters { element_count: 1 << 20, ..spec().parameters },
		..spec()
	};
	assert_eq!(spec.model_bytes(), 4 << 20);
	assert_eq!(spec.slice_bytes(), 1_024, "238 elements");
	assert_eq!(spec.bytes_per_verifier_and_round(), 5 * (4 << 20) + 1_024);
	let limits = Limits { upload_mib_per_block: 2, ..limits() };
	assert_eq!(spec.min_upload(&limits), 4 + 11, "20 MiB and a KiB at 2 MiB a block");
	assert_eq!(spec.min_upload(&Limits { upload_mib_per_block: 0, ..limits }), 4 + 21);
}

#[test]
fn there_is_an_attempt_and_not_too_many() {
	for attempts in [0, MAX_ATTEMPTS + 1, u8::MAX] {
		let refused = Err(SpecError::AttemptsOutOfRange);
		assert_eq!(check(|spec| spec.max_attempts = attempts), refused);
	}
	assert_eq!(check(|spec| spec.max_attempts = MAX_ATTEMPTS), Ok(()));
}

#[test]
fn each_round_has_the_slice_of_its_number() {
	let spec = spec();
	let commitments = spec.evaluation.as_ref().unwrap().slice_commitments.to_vec();
	let of = |round| spec.slice_commitment(RoundIndex(round));
	assert_eq!([of(1), of(2)], [Some(commitments[0]), Some(commitments[1])]);
	let none: [Option<Hash>; 3] = [of(0), of(3), of(u32::MAX)];
	assert_eq!(none, [None; 3]);
}

#[test]
fn the_verifiers_part_covers_what_they_read() {
	let spec = spec();
	let bytes = spec.bytes_per_verifier_and_round();
	assert_eq!(bytes, (3 + 2) * 2_048 + 1_024);
	let limits = Limits { price_per_gib: 1 << 40, min_payment: 0, ..limits() };
	let quote = spec.quote(&limits, &shares(), 4);
	let verification = (4u128 << 40) * u128::from(bytes) / (1 << 30);
	assert_eq!(quote.min_reward, verification * 10 * 2, "ten percent, two rounds");
	assert_eq!((quote.opening_fee, quote.committee), (5, 4));
	assert_eq!((quote.model_bytes, quote.slice_bytes), (2_048, 1_024));
	assert_eq!(quote.bytes_per_verifier_and_round, bytes);
	assert_eq!(quote.min_upload, 5);
}

#[test]
fn a_price_beyond_all_money_is_not_cheap() {
	let huge = Limits { price_per_gib: u128::MAX, ..limits() };
	let verification = 11 << 112;
	assert_eq!(spec().quote(&huge, &shares(), 16).min_reward, verification * 10 * 2);
	let mut large = spec();
	large.parameters.element_count = 1 << 30;
	assert_eq!(large.quote(&huge, &shares(), 16).min_reward, u128::MAX);
	let unpayable = Limits { min_payment: u128::MAX / 2, ..limits() };
	assert_eq!(spec().quote(&unpayable, &shares(), 16).min_reward, u128::MAX);
}

#[test]
fn a_share_of_zero_needs_nothing() {
	let shares = RewardShares {
		trainers: Permill::one(),
		verifiers: Permill::zero(),
		aggregator: Permill::zero(),
	};
	let limits = Limits { min_payment: 10, ..limits() };
	assert_eq!(spec().quote(&limits, &shares, 4).min_reward, 3 * 10 * 2);
}

/// The fixture, paying this part by contribution.
fn marginal(percent: u32) -> BountySpec {
	BountySpec { marginal_share: Permill::from_percent(percent), ..spec() }
}

#[test]
fn contribution_is_paid_for_within_governances_bound() {
	assert_eq!(marginal(50).check(&limits()), Ok(()));
	assert_eq!(marginal(51).check(&limits()), Err(SpecError::BadMarginalShare));
	let forbidden = Limits { max_marginal_share: Permill::zero(), ..limits() };
	assert_eq!(marginal(1).check(&forbidden), Err(SpecError::BadMarginalShare));
	assert_eq!(marginal(0).check(&forbidden), Ok(()));
}

#[test]
fn contribution_needs_slices_that_are_large_enough_to_measure_it() {
	let without_slices = BountySpec { evaluation: None, ..marginal(10) };
	assert_eq!(without_slices.check(&limits()), Err(SpecError::BadMarginalShare));
	let larger = Limits { min_marginal_examples: 11, ..limits() };
	assert_eq!(marginal(10).check(&larger), Err(SpecError::BadMarginalShare), "10 examples");
	assert_eq!(marginal(0).check(&larger), Ok(()));
}

#[test]
fn measuring_contribution_is_as_much_inference_as_scoring_a_model_for_each_trainer_more() {
	let work = (3 + 1) * 10 * 22 * 13;
	let check = |max_inference_work| marginal(10).check(&Limits { max_inference_work, ..limits() });
	assert_eq!(check(work - 1), Err(SpecError::TooMuchInference));
	assert_eq!(check(work), Ok(()));
}

#[test]
fn measuring_contribution_costs_reading_everything_for_each_model() {
	let read = spec().bytes_per_verifier_and_round();
	assert_eq!(marginal(10).bytes_per_verifier_and_round(), read * (3 + 1));
	assert_eq!(marginal(10).min_upload(&limits()), spec().min_upload(&limits()), "sent once");
	let limits = Limits { price_per_gib: 1 << 40, min_payment: 0, ..limits() };
	let price = |spec: BountySpec| spec.quote(&limits, &shares(), 4).min_reward;
	assert_eq!(price(marginal(10)), price(spec()) * 4);
}

#[test]
fn the_smallest_payment_is_that_of_a_trainer_without_contribution() {
	let limits = Limits { price_per_gib: 0, ..limits() };
	let price = |percent, shares| marginal(percent).quote(&limits, &shares, 1).min_reward;
	let trainers_only = RewardShares {
		trainers: Permill::one(),
		verifiers: Permill::zero(),
		aggregator: Permill::zero(),
	};
	assert_eq!(price(0, trainers_only), 3 * 10 * 2);
	assert_eq!(price(50, trainers_only), 3 * 10 * 2 * 2);
	assert_eq!(price(100, trainers_only), u128::MAX, "somebody would get nothing");
}

fn accounts(first: u8, count: u8) -> Vec<AccountId> {
	(first..first + count).map(account).collect()
}

proptest! {
	#[test]
	fn at_the_smallest_reward_every_payment_is_deliverable_and_verification_is_covered(
		trainers in 1u16..=64,
		present in 1u8..=64,
		rounds in 1u32..=MAX_ROUNDS,
		committee in 1u32..=MAX_COMMITTEE,
		min_payment in 0u128..1 << 60,
		price_per_gib in 0u128..1 << 60,
		percent in (1u32..=80, 1u32..=15, 1u32..=5),
		marginal_share in (0..=999_999u32).prop_map(Permill::from_parts),
		marginals in prop::collection::vec(0..100u32, 8),
	) {
		let spec = BountySpec {
			max_trainers: trainers,
			min_trainers: 1,
			rounds,
			evaluation: None,
			marginal_share,
			..spec()
		};
		let limits = Limits { min_payment, price_per_gib, ..limits() };
		let shares = RewardShares {
			trainers: Permill::from_percent(percent.0),
			verifiers: Permill::from_percent(percent.1),
			aggregator: Permill::from_percent(percent.2),
		};
		let quote = spec.quote(&limits, &shares, committee);
		let smallest = (1..=rounds).map(|r| tranche(quote.min_reward, rounds, RoundIndex(r))).min();
		let tranche = smallest.unwrap();

		let read = u128::from(spec.bytes_per_verifier_and_round()) * u128::from(committee);
		let price = (price_per_gib * read).div_ceil(1 << 30);
		prop_assert!(shares.verifiers.mul_floor(tranche) >= price);

		let trained = accounts(1, present.min(trainers as u8));
		let with_marginal = |(place, account): (usize, &AccountId)| {
			let marginal = marginals.get(place % 8).copied().unwrap_or(0);
			Contributor { account: account.clone(), marginal }
		};
		let settlement = settle(tranche, &shares, &protocol_shares(), marginal_share, Contributions {
			trainers: trained.iter().enumerate().map(with_marginal).collect(),
			verifiers: accounts(100, committee as u8),
			committee,
			aggregator: Some(account(200)),
		});
		prop_assert!(settlement.payments.iter().all(|p| p.amount >= min_payment));
		let aborted = settle_aborted(tranche, &shares, &protocol_shares(), trained, trainers);
		prop_assert!(aborted.payments.iter().all(|p| p.amount >= min_payment));
	}
}
