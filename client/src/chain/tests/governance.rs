//! Governance against the metadata, the types and the storage of the real runtime.

use super::super::governance::{call_text, Deposit, Track};
use crate::chain::{Call, SessionKeys};
use codec::{Decode, Encode};
use frame_support::traits::{schedule::DispatchTime, Bounded};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use sheaf_runtime::{
	governance::{
		origins::Origin,
		parameters::{bounties, shares, RuntimeParameters},
	},
	AccountId, OriginCaller, Runtime, RuntimeCall, RuntimeGenesisConfig, SHEAF,
};
use sheaf_training::ProtocolShares;
use sp_io::TestExternalities;
use sp_runtime::{traits::Hash as _, BuildStorage, Permill};
use subxt::{
	ext::scale_value::{stringify::from_str, Value},
	metadata::{ArcMetadata, Metadata},
	tx::Payload,
};

fn genesis() -> TestExternalities {
	let mut config = RuntimeGenesisConfig::default();
	config.balances.balances = vec![(holder(), 1_000_000 * SHEAF)];
	TestExternalities::new(config.build_storage().unwrap())
}

fn holder() -> AccountId {
	AccountId::new([5; 32])
}

fn metadata() -> ArcMetadata {
	let bytes = genesis().execute_with(|| Runtime::metadata_at_version(16)).unwrap();
	Metadata::decode(&mut bytes.as_slice()).unwrap().into()
}

/// A call as this client encodes it, read by the runtime.
fn understood(call: &Call) -> RuntimeCall {
	use subxt::ext::frame_decode::extrinsics::encode_call_data;
	let metadata = metadata();
	let (pallet, name) = (call.pallet_name(), call.call_name());
	let bytes =
		encode_call_data(pallet, name, call.call_data(), &*metadata, metadata.types()).unwrap();
	RuntimeCall::decode(&mut bytes.as_slice()).unwrap()
}

fn track(name: &str) -> Track {
	Track::by_name(name).unwrap()
}

fn submission(origin: OriginCaller, proposal: &RuntimeCall) -> RuntimeCall {
	let bytes = proposal.encode();
	let proposal = match bytes.clone().try_into() {
		Ok(inline) => Bounded::Inline(inline),
		Err(_) => Bounded::Lookup {
			hash: sp_runtime::traits::BlakeTwo256::hash(&bytes),
			len: bytes.len() as u32,
		},
	};
	let (proposal_origin, enactment_moment) = (Box::new(origin), DispatchTime::After(0));
	pallet_referenda::Call::submit { proposal_origin, proposal, enactment_moment }.into()
}

fn remark(bytes: usize) -> RuntimeCall {
	frame_system::Call::remark { remark: vec![7; bytes] }.into()
}

#[test]
fn the_runtime_understands_session_keys_and_their_proof() {
	let keys = SessionKeys { keys: vec![7; 96], proof: vec![8; 192] };
	let expected = pallet_session::Call::set_keys {
		keys: Decode::decode(&mut &[7; 96][..]).unwrap(),
		proof: vec![8; 192],
	};
	assert_eq!(understood(&Call::set_session_keys(&keys)), expected.into());
}

#[test]
fn the_runtime_understands_every_submission() {
	let root = OriginCaller::system(frame_system::RawOrigin::Root);
	let tracks = [
		("root", root),
		("whitelisted-caller", OriginCaller::GovernanceOrigins(Origin::WhitelistedCaller)),
		("parameters", OriginCaller::GovernanceOrigins(Origin::Parameters)),
		("small-spender", OriginCaller::GovernanceOrigins(Origin::SmallSpender)),
		("spender", OriginCaller::GovernanceOrigins(Origin::Spender)),
		("canceller", OriginCaller::GovernanceOrigins(Origin::Canceller)),
		("killer", OriginCaller::GovernanceOrigins(Origin::Killer)),
	];
	for (name, origin) in tracks {
		for proposal in [remark(3), remark(500)] {
			let submit = Call::submit_referendum(track(name), &proposal.encode());
			assert_eq!(understood(&submit), submission(origin.clone(), &proposal), "{name}");
		}
		use pallet_referenda::TracksInfo;
		let id = sheaf_runtime::governance::tracks::Tracks::track_for(&origin).unwrap();
		assert_eq!(id, track(name).id);
	}
}

#[test]
fn the_runtime_understands_votes_delegations_and_deposits() {
	let vote = Vote { aye: true, conviction: Conviction::Locked3x };
	let vote = AccountVote::Standard { vote, balance: 9 };
	let vote = pallet_conviction_voting::Call::vote { poll_index: 300, vote }.into();
	assert_eq!(understood(&Call::vote(300, true, 3, 9)), vote);
	let delegate = pallet_conviction_voting::Call::delegate {
		class: 10,
		to: holder().into(),
		conviction: Conviction::Locked6x,
		balance: 9,
	};
	let to = crate::AccountId::new([5; 32]);
	assert_eq!(understood(&Call::delegate(track("parameters"), &to, 6, 9)), delegate.into());
	let undelegate = pallet_conviction_voting::Call::undelegate { class: 10 }.into();
	assert_eq!(understood(&Call::undelegate(track("parameters"))), undelegate);
	let deposit = pallet_referenda::Call::place_decision_deposit { index: 7 }.into();
	assert_eq!(understood(&Call::place_decision_deposit(7)), deposit);
}

#[test]
fn the_runtime_understands_what_takes_votes_and_deposits_back() {
	use pallet_conviction_voting::Call as Voting;
	let account = crate::AccountId::new([5; 32]);
	let unlock = Call::unlock(&account, &[(10, 300)], &[10, 20]);
	let target = || holder().into();
	let calls = vec![
		Voting::remove_vote { class: Some(10), index: 300 }.into(),
		Voting::unlock { class: 10, target: target() }.into(),
		Voting::unlock { class: 20, target: target() }.into(),
	];
	assert_eq!(understood(&unlock), pallet_utility::Call::batch_all { calls }.into());
	use pallet_referenda::Call as Referenda;
	let submission = understood(&Call::refund_deposit(Deposit::Submission, 7));
	assert_eq!(submission, Referenda::refund_submission_deposit { index: 7 }.into());
	let decision = understood(&Call::refund_deposit(Deposit::Decision, 7));
	assert_eq!(decision, Referenda::refund_decision_deposit { index: 7 }.into());
	let payout = pallet_treasury::Call::payout { index: 7 }.into();
	assert_eq!(understood(&Call::payout(7)), payout);
}

fn set(parameter: &str) -> RuntimeCall {
	let parameter: Value = from_str(parameter).0.unwrap();
	understood(&Call::dynamic("Parameters", "set_parameter", [parameter]))
}

#[test]
fn values_that_people_write_become_parameters() {
	let fee = bounties::Parameters::OpeningFee(bounties::OpeningFee, Some(2 * SHEAF));
	let text = "Bounties(OpeningFee((), Some(2000000000000000000)))";
	assert_eq!(set(text), to_set(fee));
	let parts =
		ProtocolShares { treasury: Permill::from_percent(2), burn: Permill::from_percent(8) };
	let parts = shares::Parameters::ProtocolParts(shares::ProtocolParts, Some(parts));
	let text = "Shares(ProtocolParts((), Some({ treasury: 20000, burn: 80000 })))";
	assert_eq!(set(text), to_set(parts));
}

fn to_set(parameter: impl Into<RuntimeParameters>) -> RuntimeCall {
	pallet_parameters::Call::set_parameter { key_value: parameter.into() }.into()
}

#[test]
fn a_call_is_shown_as_text() {
	let text = call_text(&remark(3).encode(), &metadata()).unwrap();
	assert!(text.contains("remark"), "{text}");
	assert_eq!(call_text(&[255, 255], &metadata()), None);
}
