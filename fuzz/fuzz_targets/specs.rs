//! A spec that is accepted keeps what acceptance promises: sums fit, sizes agree, and the quoted
//! reward pays everybody something that can be delivered.
#![no_main]

use arbitrary::Arbitrary;
use codec::{Decode, Encode, MaxEncodedLen};
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{Predictor, Rule};
use sheaf_fuzz::{one_of, up_to};
use sheaf_training::{
	settle, slice_commitment,
	testing::{account, hash, limits, protocol_shares, shares, spec},
	tranche, BountySpec, Contributions, Contributor, EnrolmentPolicy, Evaluation, Limits,
	RewardShares, RoundIndex, Service, SpecError, Tensor, MAX_ATTEMPTS, MAX_COMMITTEE, MAX_ROUNDS,
	MAX_TRAINERS,
};
use sp_runtime::{BoundedVec, Permill};
use std::collections::BTreeSet;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
	Encoded(&'a [u8]),
	Changed(Vec<Change>, Bounds, Vec<u16>),
}

/// What differs from a small right spec.
#[derive(Arbitrary, Debug)]
enum Change {
	RuleVersion(u16),
	Trim(u16),
	Median,
	Clip(i32),
	ModelBound(i32),
	ElementCount(u64),
	FractionBits(u8),
	NoNetwork,
	/// With an element count and a manifest that fit.
	Network(Vec<u16>),
	Width(u8, u32),
	TensorName(u8, Vec<u8>),
	TensorShape(u8, Vec<u32>),
	Tensor,
	NoEvaluation,
	Examples(u32),
	Commitment(u8, u8),
	MarginalShare(u32),
	/// With a commitment for each.
	Rounds(u8),
	RoundsAlone(u32),
	Trainers(u8, u8),
	TrainersAlone(u16, u16),
	Weight(u32),
	Invited,
	Length(u8, u32),
	Attempts(u8),
}

#[derive(Arbitrary, Debug)]
struct Bounds {
	price_per_gib: u64,
	min_payment: u64,
	committee: u8,
	min_length: u16,
	max_marginal_share: u8,
	upload_mib_per_block: u32,
	/// Tenths of a percent for trainers, verifiers and aggregator; the usual ones if they are no parts
	/// of a whole.
	shares: [u16; 3],
}

impl Bounds {
	fn shares(&self) -> RewardShares {
		let of = |place: usize| Permill::from_parts(u32::from(self.shares[place]) * 1_000);
		match self.shares.iter().map(|part| u32::from(*part)).sum::<u32>() <= 1_000 {
			true => RewardShares { trainers: of(0), verifiers: of(1), aggregator: of(2) },
			false => shares(),
		}
	}
}

fn commitments(rounds: u32) -> BoundedVec<sheaf_training::Hash, sp_core::ConstU32<MAX_ROUNDS>> {
	let of = |round: u32| slice_commitment(&sheaf_training::Hash::from_low_u64_be(round.into()));
	BoundedVec::truncate_from((0..rounds.min(MAX_ROUNDS)).map(of).collect())
}

fn set_network(spec: &mut BountySpec, widths: &[u16]) {
	let widths: Vec<u32> = widths.iter().take(9).map(|width| u32::from(*width % 600)).collect();
	let tensors = widths.windows(2).enumerate().flat_map(|(layer, pair)| {
		let tensor = |part: u8, shape: &[u32]| Tensor {
			name: BoundedVec::truncate_from(vec![layer as u8, part]),
			shape: BoundedVec::truncate_from(shape.to_vec()),
		};
		[tensor(0, &[pair[1], pair[0]]), tensor(1, &[pair[1]])]
	});
	spec.manifest = BoundedVec::truncate_from(tensors.collect());
	let layers = widths.windows(2).map(|pair| u64::from(pair[0] + 1) * u64::from(pair[1]));
	spec.parameters.element_count = layers.sum();
	spec.network = Some(BoundedVec::truncate_from(widths));
}

fn apply(spec: &mut BountySpec, change: &Change) {
	let tensors = spec.manifest.len().max(1);
	match change {
		Change::RuleVersion(version) => spec.rule_version = *version,
		Change::Trim(trim) => spec.parameters.rule = Rule::TrimmedMean { trim: *trim },
		Change::Median => spec.parameters.rule = Rule::Median,
		Change::Clip(clip) => spec.parameters.clip = *clip,
		Change::ModelBound(bound) => spec.parameters.model_bound = *bound,
		Change::ElementCount(count) => spec.parameters.element_count = *count,
		Change::FractionBits(bits) => spec.fraction_bits = *bits,
		Change::NoNetwork => spec.network = None,
		Change::Network(widths) => set_network(spec, widths),
		Change::Width(place, to) => {
			let widths = spec.network.as_mut().and_then(|widths| widths.get_mut(*place as usize));
			widths.into_iter().for_each(|width| *width = *to);
		}
		Change::TensorName(place, name) => {
			if let Some(tensor) = spec.manifest.get_mut(usize::from(*place) % tensors) {
				tensor.name = BoundedVec::truncate_from(name.clone());
			}
		}
		Change::TensorShape(place, shape) => {
			if let Some(tensor) = spec.manifest.get_mut(usize::from(*place) % tensors) {
				tensor.shape = BoundedVec::truncate_from(shape.clone());
			}
		}
		Change::Tensor => {
			let shape = BoundedVec::truncate_from(vec![1]);
			let _ = spec.manifest.try_push(Tensor { name: Default::default(), shape });
		}
		Change::NoEvaluation => spec.evaluation = None,
		Change::Examples(examples) => {
			let slice_commitments = commitments(spec.rounds);
			spec.evaluation = Some(Evaluation { examples: *examples, slice_commitments });
		}
		Change::Commitment(place, byte) => {
			let commitments = spec.evaluation.as_mut().map(|e| &mut e.slice_commitments);
			if let Some(one) = commitments.and_then(|all| all.get_mut(usize::from(*place))) {
				*one = slice_commitment(&hash(*byte));
			}
		}
		Change::MarginalShare(parts) => spec.marginal_share = Permill::from_parts(*parts),
		Change::Rounds(rounds) => {
			spec.rounds = (*rounds).into();
			let rounds = spec.rounds;
			spec.evaluation.iter_mut().for_each(|e| e.slice_commitments = commitments(rounds));
		}
		Change::RoundsAlone(rounds) => spec.rounds = *rounds,
		Change::Trainers(min, more) => {
			let min = 1 + u16::from(min % 64);
			(spec.min_trainers, spec.max_trainers) = (min, min + u16::from(more % 64));
		}
		Change::TrainersAlone(min, max) => {
			(spec.min_trainers, spec.max_trainers) = (*min, *max);
		}
		Change::Weight(weight) => spec.max_weight = *weight,
		Change::Invited => spec.enrolment = EnrolmentPolicy::Invited,
		Change::Attempts(attempts) => spec.max_attempts = *attempts,
		Change::Length(which, blocks) => {
			let l = &mut spec.lengths;
			let all = [
				&mut l.prepare,
				&mut l.enrolment,
				&mut l.commit,
				&mut l.upload,
				&mut l.attest,
				&mut l.publish,
				&mut l.window,
				&mut l.answer,
				&mut l.proof,
			];
			all.into_iter().nth(usize::from(which % 9)).into_iter().for_each(|l| *l = *blocks);
		}
	}
}

/// What acceptance promises, counted in numbers that cannot overflow.
fn keeps_its_promises(spec: &BountySpec, limits: &Limits) {
	let p = &spec.parameters;
	assert!(p.element_count >= 256 && p.element_count <= limits.max_element_count);
	assert!(p.clip > 0 && p.model_bound > 0);
	let weights = i128::from(spec.max_weight) * i128::from(spec.max_trainers);
	let numerator = 2 * weights * i128::from(p.clip) + weights;
	assert!(numerator <= i64::MAX.into() && spec.max_weight > 0, "a sum overflows");
	assert!(u32::from(spec.min_trainers) >= p.rule.min_updates());
	assert!((1..=spec.max_trainers).contains(&spec.min_trainers));
	assert!(u32::from(spec.max_trainers) <= MAX_TRAINERS && spec.rounds <= MAX_ROUNDS);
	assert!(spec.rounds > 0 && (1..=MAX_ATTEMPTS).contains(&spec.max_attempts));
	assert!(spec.max_weight == 1 || spec.enrolment == EnrolmentPolicy::Invited);

	let size = |tensor: &Tensor| tensor.shape.iter().map(|d| u128::from(*d)).product::<u128>();
	assert_eq!(spec.manifest.iter().map(size).sum::<u128>(), p.element_count.into());
	let names: BTreeSet<_> = spec.manifest.iter().map(|tensor| tensor.name.to_vec()).collect();
	assert_eq!(names.len(), spec.manifest.len());

	if let Some(network) = spec.network() {
		let predictor = Predictor::new(&network, spec.fraction_bits).unwrap();
		assert_eq!(predictor.element_count() as u64, p.element_count);
	}
	if let Some(evaluation) = &spec.evaluation {
		let network = spec.network().expect("slices need a network");
		let models = match spec.marginal_share.is_zero() {
			true => 1,
			false => u128::from(spec.max_trainers) + 1,
		};
		let work = u128::from(network.multiply_accumulates().unwrap());
		let work = work * u128::from(evaluation.examples) * models;
		assert!(work <= limits.max_inference_work.into() && work > 0);
		assert!((1..=spec.rounds).all(|round| spec.slice_commitment(RoundIndex(round)).is_some()));
		assert!(spec.slice_shape().is_some());
		let distinct: BTreeSet<_> = evaluation.slice_commitments.iter().collect();
		assert_eq!(distinct.len() as u32, spec.rounds);
	}
	let measured = spec.evaluation.as_ref().map_or(0, |e| e.examples);
	assert!(spec.marginal_share.is_zero() || measured >= limits.min_marginal_examples);
	assert!(spec.marginal_share <= limits.max_marginal_share);
	assert!(spec.lengths.upload >= spec.min_upload(limits) && spec.lengths.window > 0);
}

/// A round with everybody present, and these marginals, at the smallest reward accepted.
fn the_quote_pays(
	spec: &BountySpec,
	limits: &Limits,
	shares: &RewardShares,
	committee: u32,
	marginals: &[u16],
) {
	let quote = spec.quote(limits, shares, committee);
	if quote.min_reward >= u128::MAX / 1_000_000 {
		return;
	}
	let bytes = u128::from(quote.bytes_per_verifier_and_round);
	let trainers = u32::from(spec.max_trainers);
	let marginal = |place: u32| match spec.measures_contribution() {
		true => marginals.get(place as usize).copied().unwrap_or_default().into(),
		false => 0,
	};
	let contributions = Contributions {
		trainers: (0..trainers)
			.map(|place| Contributor { account: account(place as u8), marginal: marginal(place) })
			.collect(),
		verifiers: (0..committee).map(|place| account(100 + place as u8)).collect(),
		committee,
		aggregator: Some(account(200)),
	};
	for round in [1, spec.rounds] {
		let tranche = tranche(quote.min_reward, spec.rounds, RoundIndex(round));
		let shared = spec.marginal_share;
		let settled = settle(tranche, shares, &protocol_shares(), shared, contributions.clone());
		assert_eq!(settled.total(), tranche, "a round costs its tranche");
		for payment in &settled.payments {
			let part = match payment.service {
				Service::Training => shares.trainers,
				Service::Verification => shares.verifiers,
				Service::Aggregation => shares.aggregator,
			};
			let deliverable = payment.amount >= limits.min_payment || part.is_zero();
			assert!(deliverable, "{payment:?} of {tranche} is below {}", limits.min_payment);
		}
		let verification = settled.payments.iter().filter(|p| p.service == Service::Verification);
		let paid: u128 = verification.map(|payment| payment.amount).sum();
		let price = (limits.price_per_gib * u128::from(committee) * bytes) >> 30;
		let enough = paid + u128::from(committee) > price || shares.verifiers.is_zero();
		assert!(enough, "verifying costs {price}, pays {paid}");
	}
}

fuzz_target!(|input: Input| {
	let mut bounds = limits();
	let (spec, shares, committee, marginals) = match input {
		Input::Encoded(bytes) => match BountySpec::decode(&mut &bytes[..]) {
			Ok(spec) => (spec, shares(), 4, Vec::new()),
			Err(_) => return,
		},
		Input::Changed(changes, asked, marginals) => {
			bounds.price_per_gib = asked.price_per_gib.into();
			bounds.min_payment = asked.min_payment.into();
			bounds.upload_mib_per_block = asked.upload_mib_per_block;
			bounds.min_lengths.upload = asked.min_length.into();
			bounds.max_marginal_share =
				Permill::from_percent(one_of(asked.max_marginal_share, &[0, 1, 50, 99, 100]));
			let mut spec = spec();
			changes.iter().for_each(|change| apply(&mut spec, change));
			let committee = 1 + up_to(u64::from(MAX_COMMITTEE) - 1, asked.committee) as u32;
			(spec, asked.shares(), committee, marginals)
		}
	};
	assert!(spec.encoded_size() <= BountySpec::max_encoded_len());
	assert_eq!(BountySpec::decode(&mut &spec.encode()[..]).as_ref(), Ok(&spec));
	match spec.check(&bounds) {
		Ok(()) => {
			keeps_its_promises(&spec, &bounds);
			the_quote_pays(&spec, &bounds, &shares, committee, &marginals);
		}
		// Nothing else is wrong with a spec whose version is.
		Err(SpecError::UnknownRuleVersion) => assert_ne!(spec.rule_version, 1),
		Err(_) => {}
	}
});
