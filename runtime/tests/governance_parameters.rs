//! Every number that governance sets: changing it changes what it should and nothing else, and what
//! is out of range is refused when proposed.

mod support;

use codec::Encode;
use frame_support::traits::{dynamic_params::AggregatedKeyValue, Get};
use scale_info::{MetaType, TypeDef};
use sheaf_governance::Refusal;
use sheaf_runtime::{
	configs::BountyLimits,
	governance::{
		origins::Origin,
		parameters::{
			access, bonds, bounties, penalties, rounds, shares, FeeShares, Holder,
			RuntimeParameters, RuntimeParametersKey, SlashShares,
		},
		proposals,
		ranges::{check, OutOfRange},
	},
	AccountId, NodeRegistry, Runtime, RuntimeCall, SHEAF,
};
use sheaf_training::{testing, PhaseLengths, ProtocolShares, RewardShares, Roles};
use sp_runtime::Permill;
use std::collections::{BTreeMap, BTreeSet};
use support::{
	account,
	actors::VERIFIERS,
	governance::{acting_as, filtered, root, set, submission, together, track, PROPOSER},
	pair, Chain,
};

fn percent(percent: u32) -> Permill {
	Permill::from_percent(percent)
}

macro_rules! parameter {
	($concern:ident::$name:ident = $value:expr) => {
		RuntimeParameters::from($concern::Parameters::$name($concern::$name, Some($value)))
	};
}

/// What the pallets go by, by name.
fn in_force() -> BTreeMap<&'static str, String> {
	use pallet_model_updates::Config as Updates;
	use pallet_training_bounties::Config as Bounties;
	let limits = BountyLimits::get();
	let role = |trainer, aggregator, verifier| Roles { trainer, aggregator, verifier };
	let shown: [(&str, &dyn std::fmt::Debug); 29] = [
		("fixed shares", &<Runtime as Bounties>::Shares::get()),
		("protocol shares", &<Runtime as Bounties>::ProtocolShares::get()),
		("fee shares", &shares::FeeParts::get()),
		("largest model", &limits.max_element_count),
		("most inference", &limits.max_inference_work),
		("price", &limits.price_per_gib),
		("opening fee", &limits.opening_fee),
		("largest marginal share", &limits.max_marginal_share),
		("fewest examples", &limits.min_marginal_examples),
		("upload allowance", &limits.upload_mib_per_block),
		("shortest phases", &limits.min_lengths),
		("longest phases", &limits.max_lengths),
		("fewest members", &<Runtime as Bounties>::MinCommittee::get()),
		("doublings", &limits.max_doublings),
		("challenge bond", &limits.challenge_bond),
		("challenges", &limits.max_challenges),
		("missed commit", &limits.penalties.missed_commit),
		("undelivered", &limits.penalties.undelivered),
		("absent aggregator", &limits.penalties.absent_aggregator),
		("false attestation", &limits.penalties.false_attestation),
		("slash", &<Runtime as Updates>::WrongResultSlash::get()),
		(
			"slash shares",
			&(
				<Runtime as Updates>::ChallengerShare::get(),
				<Runtime as Updates>::DissenterShare::get(),
			),
		),
		("slash deferral", &<Runtime as Updates>::SlashDeferral::get()),
		("trainer's bond", &NodeRegistry::min_bond(role(true, false, false))),
		("aggregator's bond", &NodeRegistry::min_bond(role(false, true, false))),
		("verifier's bond", &NodeRegistry::min_bond(role(false, false, true))),
		("unbonding", &<Runtime as pallet_node_registry::Config>::UnbondingPeriod::get()),
		("ejection share", &<Runtime as pallet_node_registry::Config>::EjectionShare::get()),
		("whitelister", &access::Whitelister::get()),
	];
	shown.into_iter().map(|(name, value)| (name, format!("{value:?}"))).collect()
}

/// Another value of each parameter, and what it changes.
fn changes() -> Vec<(RuntimeParameters, &'static str)> {
	let shares_of_rewards =
		RewardShares { trainers: percent(70), verifiers: percent(12), aggregator: percent(8) };
	let of_protocol = ProtocolShares { treasury: percent(2), burn: percent(8) };
	let of_fees = FeeShares { treasury: percent(50), burn: percent(30) };
	let of_slashes = SlashShares { challenger: percent(40), dissenters: percent(10) };
	vec![
		(parameter!(shares::RewardParts = shares_of_rewards), "fixed shares"),
		(parameter!(shares::ProtocolParts = of_protocol), "protocol shares"),
		(parameter!(shares::FeeParts = of_fees), "fee shares"),
		(parameter!(bounties::MaxElementCount = 256), "largest model"),
		(parameter!(bounties::MaxInferenceWork = 1_000_000), "most inference"),
		(parameter!(bounties::PricePerGib = 1_000 * SHEAF), "price"),
		(parameter!(bounties::OpeningFee = 9 * SHEAF), "opening fee"),
		(parameter!(bounties::MaxMarginalShare = percent(1)), "largest marginal share"),
		(parameter!(bounties::MinMarginalExamples = 1_000), "fewest examples"),
		(parameter!(bounties::UploadMibPerBlock = 1), "upload allowance"),
		(parameter!(bounties::ShortestPhases = testing::lengths(20)), "shortest phases"),
		(parameter!(bounties::LongestPhase = 5), "longest phases"),
		(parameter!(rounds::MinCommittee = 4), "fewest members"),
		(parameter!(rounds::MaxDoublings = 1), "doublings"),
		(parameter!(rounds::ChallengeBond = 7 * SHEAF), "challenge bond"),
		(parameter!(rounds::MaxChallenges = 1), "challenges"),
		(parameter!(penalties::MissedCommit = 2 * SHEAF), "missed commit"),
		(parameter!(penalties::Undelivered = 3 * SHEAF), "undelivered"),
		(parameter!(penalties::AbsentAggregator = 4 * SHEAF), "absent aggregator"),
		(parameter!(penalties::FalseAttestation = 5 * SHEAF), "false attestation"),
		(parameter!(penalties::WrongResultSlash = percent(90)), "slash"),
		(parameter!(penalties::SlashParts = of_slashes), "slash shares"),
		(parameter!(penalties::SlashDeferral = 15), "slash deferral"),
		(parameter!(bonds::MinTrainerBond = 11 * SHEAF), "trainer's bond"),
		(parameter!(bonds::MinAggregatorBond = 111 * SHEAF), "aggregator's bond"),
		(parameter!(bonds::MinVerifierBond = 999 * SHEAF), "verifier's bond"),
		(parameter!(bonds::UnbondingPeriod = 21), "unbonding"),
		(parameter!(bonds::EjectionShare = percent(50)), "ejection share"),
		(parameter!(access::Whitelister = Holder(None)), "whitelister"),
	]
}

/// Sets a parameter as whoever may.
fn put(chain: &mut Chain, parameter: RuntimeParameters) -> sp_runtime::DispatchResult {
	let origin = match parameter {
		RuntimeParameters::Access(_) => root(),
		_ => track(Origin::Parameters),
	};
	chain.dispatch_as(origin, set(parameter))
}

fn variants(of: &MetaType) -> Vec<MetaType> {
	let TypeDef::Variant(variants) = of.type_info().type_def else { panic!("not an enum") };
	variants.variants.iter().map(|variant| variant.fields[0].ty).collect()
}

#[test]
fn every_parameter_has_a_case_here() {
	let concerns = variants(&MetaType::new::<RuntimeParametersKey>());
	let parameters: usize = concerns.iter().map(|concern| variants(concern).len()).sum();
	let keys: BTreeSet<_> =
		changes().into_iter().map(|(parameter, _)| parameter.into_parts().0.encode()).collect();
	assert_eq!(keys.len(), parameters);
}

#[test]
fn a_parameter_changes_what_it_should_and_nothing_else() {
	for (parameter, what) in changes() {
		let mut chain = Chain::new("local_testnet");
		let before = chain.read(in_force);
		assert_eq!(put(&mut chain, parameter), Ok(()), "{what}");
		let after = chain.read(in_force);
		let changed: Vec<_> =
			before.keys().filter(|name| before[*name] != after[*name]).copied().collect();
		assert_eq!(changed, vec![what]);
	}
}

/// Parameters that would break something, and why they are refused.
fn out_of_range() -> Vec<(RuntimeParameters, OutOfRange)> {
	use OutOfRange::*;
	let rewards = |trainers, verifiers, aggregator| RewardShares {
		trainers: percent(trainers),
		verifiers: percent(verifiers),
		aggregator: percent(aggregator),
	};
	let protocol =
		|treasury, burn| ProtocolShares { treasury: percent(treasury), burn: percent(burn) };
	let fees = |treasury, burn| FeeShares { treasury: percent(treasury), burn: percent(burn) };
	let slash = |challenger, dissenters| SlashShares {
		challenger: percent(challenger),
		dissenters: percent(dissenters),
	};
	let no_commit = PhaseLengths { commit: 0, ..testing::lengths(4) };
	vec![
		(parameter!(shares::RewardParts = rewards(75, 20, 6)), SharesExceedWhole),
		(parameter!(shares::RewardParts = rewards(0, 20, 6)), ShareIsZero),
		(parameter!(shares::RewardParts = rewards(75, 0, 6)), ShareIsZero),
		(parameter!(shares::ProtocolParts = protocol(50, 51)), SharesExceedWhole),
		(parameter!(shares::FeeParts = fees(100, 1)), SharesExceedWhole),
		(parameter!(bounties::MaxElementCount = 255), TooSmall),
		(parameter!(bounties::MaxElementCount = 16_777_217), TooLarge),
		(parameter!(bounties::MaxInferenceWork = 0), TooSmall),
		(parameter!(bounties::PricePerGib = 0), TooSmall),
		(parameter!(bounties::PricePerGib = 1_001 * SHEAF), TooLarge),
		(parameter!(bounties::OpeningFee = 0), TooSmall),
		(parameter!(bounties::MaxMarginalShare = percent(91)), TooLarge),
		(parameter!(bounties::MinMarginalExamples = 0), TooSmall),
		(parameter!(bounties::UploadMibPerBlock = 0), TooSmall),
		(parameter!(bounties::ShortestPhases = no_commit), PhasesCross),
		(parameter!(bounties::ShortestPhases = testing::lengths(201_601)), PhasesCross),
		(parameter!(bounties::LongestPhase = 3), PhasesCross),
		(parameter!(rounds::MinCommittee = 0), TooSmall),
		(parameter!(rounds::MinCommittee = 5), TooFewVerifiers),
		(parameter!(rounds::MinCommittee = 17), TooLarge),
		(parameter!(rounds::MaxDoublings = 17), TooLarge),
		(parameter!(rounds::ChallengeBond = 0), TooSmall),
		(parameter!(rounds::ChallengeBond = 10_001 * SHEAF), TooLarge),
		(parameter!(rounds::MaxChallenges = 0), TooSmall),
		(parameter!(penalties::MissedCommit = 101 * SHEAF), TooLarge),
		(parameter!(penalties::Undelivered = 101 * SHEAF), TooLarge),
		(parameter!(penalties::AbsentAggregator = 101 * SHEAF), TooLarge),
		(parameter!(penalties::FalseAttestation = 101 * SHEAF), TooLarge),
		(parameter!(penalties::WrongResultSlash = percent(0)), TooSmall),
		(parameter!(penalties::SlashParts = slash(50, 26)), SharesExceedWhole),
		(parameter!(penalties::SlashDeferral = 0), TooSmall),
		(parameter!(penalties::SlashDeferral = 20), DeferralOutlastsUnbonding),
		(parameter!(bonds::MinTrainerBond = 0), TooSmall),
		(parameter!(bonds::MinAggregatorBond = 1_000_001 * SHEAF), TooLarge),
		(parameter!(bonds::MinVerifierBond = 99 * SHEAF), TooSmall),
		(parameter!(bonds::MinVerifierBond = 1_251 * SHEAF), TooFewVerifiers),
		(parameter!(bonds::EjectionShare = percent(0)), TooSmall),
		(parameter!(bonds::UnbondingPeriod = 10), DeferralOutlastsUnbonding),
		(parameter!(bonds::UnbondingPeriod = u32::MAX), TooLarge),
		(bonds::Parameters::MinTrainerBond(bonds::MinTrainerBond, None).into(), NoValue),
		(shares::Parameters::FeeParts(shares::FeeParts, None).into(), NoValue),
		(bounties::Parameters::OpeningFee(bounties::OpeningFee, None).into(), NoValue),
		(rounds::Parameters::MinCommittee(rounds::MinCommittee, None).into(), NoValue),
		(penalties::Parameters::Undelivered(penalties::Undelivered, None).into(), NoValue),
	]
}

fn signed(who: &str) -> sheaf_runtime::OriginCaller {
	frame_system::RawOrigin::Signed(account(who)).into()
}

#[test]
fn what_is_out_of_range_is_refused_when_proposed_and_when_set() {
	let mut chain = Chain::new("local_testnet");
	for (parameter, why) in out_of_range() {
		assert_eq!(chain.read(|| check(&parameter)), Err(why), "{parameter:?}");
		assert_eq!(put(&mut chain, parameter.clone()), Err(filtered()));
		let proposal = submission(track(Origin::Parameters), &set(parameter));
		assert_eq!(chain.dispatch_as(signed(PROPOSER), proposal), Err(filtered()));
	}
	for (parameter, _) in changes() {
		let proposal = submission(track(Origin::Parameters), &set(parameter));
		assert_eq!(chain.dispatch_as(signed(PROPOSER), proposal), Ok(()), "in range");
	}
}

/// Why a proposal is refused.
fn refusal(chain: &mut Chain, call: &RuntimeCall) -> Result<(), Refusal> {
	chain.read(|| proposals::check(&call.encode()))
}

fn bad() -> RuntimeCall {
	set(parameter!(rounds::MaxChallenges = 0))
}

#[test]
fn a_proposal_out_of_range_is_refused_however_it_is_wrapped() {
	let mut chain = Chain::new("local_testnet");
	let good = set(parameter!(rounds::MaxChallenges = 2));
	let parameters = || track(Origin::Parameters);
	let later = |call| {
		let call = Box::new(call);
		pallet_scheduler::Call::schedule_after { after: 5, maybe_periodic: None, priority: 0, call }
	};
	let whitelisted = |call| {
		let call = Box::new(call);
		pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call }
	};
	type Wrap<'a> = &'a dyn Fn(RuntimeCall) -> RuntimeCall;
	let wraps: [Wrap; 5] = [
		&|call| together(vec![good.clone(), call]),
		&|call| acting_as(parameters(), call),
		&|call| later(acting_as(parameters(), call)).into(),
		&|call| whitelisted(acting_as(parameters(), call)).into(),
		&|call| submission(parameters(), &call),
	];
	for wrap in wraps {
		assert_eq!(chain.submit(root(), &wrap(good.clone())), Ok(Ok(())));
		assert_eq!(chain.submit(root(), &wrap(bad())), Ok(Err(filtered())));
		assert_eq!(refusal(&mut chain, &wrap(bad())), Err(OutOfRange::TooSmall.into()));
		assert_eq!(chain.submit(root(), &wrap(wrap(bad()))), Ok(Err(filtered())), "twice");
	}
	let submit = submission(parameters(), &bad());
	let in_batch = chain.sign(&pair(PROPOSER), together(vec![submit]));
	assert_eq!(chain.add_block(vec![in_batch]), vec![Ok(Err(filtered()))], "submitted in a batch");
}

#[test]
fn a_proposal_that_nobody_can_read_is_refused() {
	let mut chain = Chain::new("local_testnet");
	let remark = |bytes| RuntimeCall::from(frame_system::Call::remark { remark: vec![0; bytes] });
	let unnoted = submission(root(), &remark(200));
	assert_eq!(refusal(&mut chain, &unnoted), Err(Refusal::NotNoted));
	assert_eq!(chain.dispatch_as(signed(PROPOSER), unnoted), Err(filtered()));
	assert_eq!(chain.submit(root(), &remark(200)), Ok(Ok(())), "noted");
	let parameters = |count| {
		let one = acting_as(track(Origin::Parameters), set(parameter!(rounds::MaxChallenges = 2)));
		together(vec![one; count])
	};
	assert_eq!(chain.submit(root(), &parameters(8)), Ok(Ok(())));
	let nested = (0..50).fold(remark(0), |call, _| together(vec![call]));
	let noted = (0..5).fold(remark(0), |call, _| submission(root(), &call));
	for (call, why) in [
		(remark(17 * 1024), Refusal::TooLong),
		(together(vec![remark(0); 300]), Refusal::TooManyCalls),
		(parameters(9), Refusal::TooManyParameters),
		(nested, Refusal::Unreadable),
	] {
		assert_eq!(refusal(&mut chain, &call), Err(why));
		assert_eq!(chain.submit(root(), &call), Ok(Err(filtered())), "{why:?}");
	}
	assert_eq!(refusal(&mut chain, &noted), Ok(()), "held by each other, none looked up");
	assert_eq!(chain.read(|| proposals::check(&[255; 3])), Err(Refusal::Unreadable));
}

#[test]
fn what_left_its_range_since_it_was_proposed_is_not_enacted() {
	let mut chain = Chain::new("local_testnet");
	let members = set(parameter!(rounds::MinCommittee = 4));
	let index = chain.propose(track(Origin::Parameters), &members);
	chain.everybody_votes(index, true);
	let leave = chain.sign(&pair(VERIFIERS[0]), pallet_node_registry::Call::leave {});
	chain.add_good_block(vec![leave]);
	assert_eq!(chain.wait_for_enactment(index), Err(filtered()));
	assert_eq!(chain.read(rounds::MinCommittee::get), 1);
}

#[test]
fn fees_are_divided_as_governance_says() {
	let mut chain = Chain::new("development");
	let of_fees = FeeShares { treasury: percent(50), burn: percent(30) };
	assert_eq!(put(&mut chain, parameter!(shares::FeeParts = of_fees)), Ok(()));
	let treasury = sheaf_runtime::configs::TreasuryAccount::get();
	let owned = |chain: &mut Chain, who: &AccountId| chain.owns(who);
	let [author, eve] = ["//Alice", "//Eve"].map(account);
	let before = [&treasury, &author, &eve].map(|who| owned(&mut chain, who));
	let issuance = chain.read(sheaf_runtime::Balances::total_issuance);
	let remark = chain.sign(&pair("//Eve"), frame_system::Call::remark { remark: vec![] });
	chain.add_good_block(vec![remark]);
	let after = [&treasury, &author, &eve].map(|who| owned(&mut chain, who));
	let fee = before[2] - after[2];
	assert!(fee > 0);
	let burned = issuance - chain.read(sheaf_runtime::Balances::total_issuance);
	assert_eq!(burned, fee * 3 / 10);
	assert_eq!(after[1] - before[1], fee * 2 / 10);
	assert_eq!(after[0] - before[0], fee - fee * 3 / 10 - fee * 2 / 10);
	chain.check_invariants();
}

#[test]
fn a_spec_is_judged_by_the_parameters_of_the_day() {
	use sheaf_training::SpecError::*;
	let mut spec = testing::spec();
	spec.lengths = testing::lengths(30);
	spec.evaluation.as_mut().unwrap().examples = 2_000;
	spec.marginal_share = percent(20);
	let quote = || sheaf_runtime::TrainingBounties::quote(&spec);
	let today = Chain::new("local_testnet").read(quote).unwrap();
	let after = |parameter: RuntimeParameters| {
		let mut chain = Chain::new("local_testnet");
		assert_eq!(put(&mut chain, parameter), Ok(()));
		chain.read(quote)
	};
	let long = testing::lengths(31);
	assert_eq!(after(parameter!(bounties::MaxElementCount = 256)), Err(ModelTooLarge));
	assert_eq!(after(parameter!(bounties::MaxInferenceWork = 1_000_000)), Err(TooMuchInference));
	assert_eq!(after(parameter!(bounties::MaxMarginalShare = percent(19))), Err(BadMarginalShare));
	assert_eq!(after(parameter!(bounties::MinMarginalExamples = 2_001)), Err(BadMarginalShare));
	assert_eq!(after(parameter!(bounties::ShortestPhases = long)), Err(PhaseTooShort));
	assert_eq!(after(parameter!(bounties::LongestPhase = 29)), Err(PhaseTooLong));
	let dear = after(parameter!(bounties::PricePerGib = 1_000 * SHEAF)).unwrap();
	assert!(dear.min_reward > today.min_reward);
	let fee = after(parameter!(bounties::OpeningFee = 9 * SHEAF)).unwrap();
	assert_eq!(fee, sheaf_training::Quote { opening_fee: 9 * SHEAF, ..today });
}
