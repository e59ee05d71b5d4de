//! Calls and events against metadata made of the real types, as the runtime makes its own.

mod governance;
pub(crate) mod node;

use super::{
	events::{self, BlockEvent},
	Call, Config,
};
use crate::{
	spec_file::{tests::limits, SpecFile},
	Hash,
};
use codec::{Compact, Decode, Encode};
use scale_info::{meta_type, TypeInfo};
use sheaf_aggregation::WrongResultProof;
use sheaf_training::{
	AccountId, Balance, BlockNumber, BountyId, BountySpec, ChallengeOutcome, Conduct, Phase, Roles,
	RoundIndex, Service, Slot, Turn,
};
use std::sync::Arc;
use subxt::{
	client::{OfflineClient, OfflineClientAtBlock},
	config::substrate::SpecVersionForRange,
	ext::frame_metadata::v16,
	utils::{AccountId32, MultiAddress, MultiSignature},
	Metadata,
};

#[derive(Encode, TypeInfo)]
enum BountiesEvent {
	BountyOpened {
		bounty: BountyId,
		sponsor: AccountId,
		reward: Balance,
	},
	EnrolmentOpened {
		bounty: BountyId,
	},
	TrainerEnrolled {
		bounty: BountyId,
		slot: Slot,
		account: AccountId,
	},
	PhaseStarted {
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
	},
	/// Fields in another order, and one that this client does not know.
	ResultAccepted {
		correct: Option<u32>,
		root: Hash,
		later: u64,
		bounty: BountyId,
		round: RoundIndex,
	},
	RoundSettled {
		bounty: BountyId,
		round: RoundIndex,
		root: Option<Hash>,
	},
	ResultStruck {
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		root: Hash,
		offenders: Vec<AccountId>,
		challenger: Option<AccountId>,
	},
	ChallengeOpened {
		bounty: BountyId,
		round: RoundIndex,
		challenger: AccountId,
		deadline: BlockNumber,
	},
	ChallengeMoved {
		bounty: BountyId,
		round: RoundIndex,
		turn: Turn,
		level: u32,
		index: u64,
		deadline: BlockNumber,
	},
	ChallengeEnded {
		bounty: BountyId,
		round: RoundIndex,
		challenger: AccountId,
		outcome: ChallengeOutcome,
	},
	Penalised {
		bounty: BountyId,
		round: RoundIndex,
		account: AccountId,
		conduct: Conduct,
		burned: Balance,
	},
	TrainersInactive {
		bounty: BountyId,
		round: RoundIndex,
		accounts: Vec<AccountId>,
	},
	BountyEnded {
		bounty: BountyId,
		refund: Balance,
	},
}

#[derive(Encode, TypeInfo)]
enum RewardsEvent {
	Funded {
		sponsor: AccountId,
	},
	Paid {
		bounty: BountyId,
		round: RoundIndex,
		account: AccountId,
		service: Service,
		amount: Balance,
		delivered: bool,
	},
	Divided {
		bounty: BountyId,
		round: RoundIndex,
		treasury: Balance,
		burned: Balance,
		refunded: Balance,
	},
}

#[derive(Encode, TypeInfo)]
enum UpdatesEvent {
	SlashDeferred {
		bounty: BountyId,
		round: RoundIndex,
		offender: AccountId,
		due: BlockNumber,
	},
	SlashApplied {
		bounty: BountyId,
		round: RoundIndex,
		offender: AccountId,
		amount: Balance,
		rewards: Vec<(AccountId, Balance)>,
	},
	SlashCancelled {
		bounty: BountyId,
		round: RoundIndex,
		offender: AccountId,
	},
	ChallengeBondPaid {
		bounty: BountyId,
		round: RoundIndex,
		to: AccountId,
		amount: Balance,
	},
}

#[derive(Encode, TypeInfo)]
enum SystemEvent {
	ExtrinsicSuccess,
}

#[allow(dead_code, non_camel_case_types)]
#[derive(TypeInfo)]
enum BountiesCall {
	open_bounty {
		spec: BountySpec,
		#[codec(compact)]
		reward: Balance,
	},
	invite {
		bounty: BountyId,
		account: AccountId,
		weight: u32,
	},
	/// This client sends none.
	start {
		bounty: BountyId,
		surprise: u8,
	},
}

#[allow(dead_code, non_camel_case_types)]
#[derive(TypeInfo)]
enum RegistryCall {
	register { roles: Roles, capability: (u16, u32, u32), region: Vec<u8>, bond: Balance },
}

#[allow(dead_code, non_camel_case_types)]
#[derive(TypeInfo)]
enum UpdatesCall {
	prove_wrong_chunk {
		bounty: BountyId,
		round: RoundIndex,
		root: Hash,
		proof: Box<WrongResultProof>,
	},
	open_challenge {
		bounty: BountyId,
		round: RoundIndex,
		root: Hash,
	},
	narrow_challenge {
		bounty: BountyId,
		round: RoundIndex,
		child: u8,
	},
}

fn pallet(
	name: &'static str,
	index: u8,
	call: Option<scale_info::MetaType>,
	event: Option<scale_info::MetaType>,
) -> v16::PalletMetadata {
	let nothing = v16::EnumDeprecationInfo::nothing_deprecated;
	v16::PalletMetadata {
		name,
		storage: None,
		calls: call.map(|ty| v16::PalletCallMetadata { ty, deprecation_info: nothing() }),
		event: event.map(|ty| v16::PalletEventMetadata { ty, deprecation_info: nothing() }),
		constants: Vec::new(),
		error: None,
		associated_types: Vec::new(),
		view_functions: Vec::new(),
		index,
		docs: Vec::new(),
		deprecation_info: v16::ItemDeprecationInfo::NotDeprecated,
	}
}

fn metadata() -> v16::RuntimeMetadataV16 {
	let unit = meta_type::<()>();
	v16::RuntimeMetadataV16::new(
		vec![
			pallet("System", 0, None, Some(meta_type::<SystemEvent>())),
			pallet(
				"TrainingBounties",
				7,
				Some(meta_type::<BountiesCall>()),
				Some(meta_type::<BountiesEvent>()),
			),
			pallet("NodeRegistry", 8, Some(meta_type::<RegistryCall>()), None),
			pallet("Rewards", 9, None, Some(meta_type::<RewardsEvent>())),
			pallet(
				"ModelUpdates",
				10,
				Some(meta_type::<UpdatesCall>()),
				Some(meta_type::<UpdatesEvent>()),
			),
		],
		v16::ExtrinsicMetadata {
			versions: vec![4],
			address_ty: meta_type::<MultiAddress<AccountId32, u32>>(),
			call_ty: unit,
			signature_ty: meta_type::<MultiSignature>(),
			transaction_extensions_by_version: [(0u8, Vec::new())].into_iter().collect(),
			transaction_extensions: Vec::new(),
		},
		Vec::new(),
		v16::OuterEnums { call_enum_ty: unit, event_enum_ty: unit, error_enum_ty: unit },
		v16::CustomMetadata { map: Default::default() },
	)
}

fn client() -> OfflineClientAtBlock<Config> {
	let config = Config::builder()
		.set_metadata_for_spec_versions([(0, Arc::new(Metadata::try_from(metadata()).unwrap()))])
		.set_spec_version_for_block_ranges([SpecVersionForRange {
			block_range: 0..u64::MAX,
			spec_version: 0,
			transaction_version: 0,
		}])
		.build();
	OfflineClient::new_with_config(config).at_block(0u64).unwrap()
}

/// One event of a block: phase, pallet, event, topics.
fn record(pallet: u8, event: impl Encode) -> Vec<u8> {
	let topics: Vec<Hash> = Vec::new();
	(0u8, 1u32, pallet, event, topics).encode()
}

fn decoded(records: Vec<Vec<u8>>) -> Vec<BlockEvent> {
	let mut bytes = Compact(records.len() as u32).encode();
	bytes.extend(records.concat());
	let client = client();
	let found = client.events().from_bytes(bytes);
	let events = found.iter().map(|event| events::decode(&event.unwrap()).unwrap()).collect();
	events
}

const BOUNTY: BountyId = BountyId(3);
const ROUND: RoundIndex = RoundIndex(2);

fn account() -> AccountId {
	AccountId::new([5; 32])
}

#[test]
fn events_are_decoded_by_the_names_of_their_fields() {
	let root = Hash::repeat_byte(6);
	let phase = Phase::Upload;
	let events = decoded(vec![
		record(7, BountiesEvent::BountyOpened { bounty: BOUNTY, sponsor: account(), reward: 9 }),
		record(7, BountiesEvent::EnrolmentOpened { bounty: BOUNTY }),
		record(
			7,
			BountiesEvent::TrainerEnrolled { bounty: BOUNTY, slot: Slot(4), account: account() },
		),
		record(
			7,
			BountiesEvent::PhaseStarted {
				bounty: BOUNTY,
				round: ROUND,
				attempt: 1,
				phase,
				deadline: 8,
			},
		),
		record(
			7,
			BountiesEvent::ResultAccepted {
				correct: Some(27),
				root,
				later: 0,
				bounty: BOUNTY,
				round: ROUND,
			},
		),
		record(7, BountiesEvent::RoundSettled { bounty: BOUNTY, round: ROUND, root: None }),
		record(7, BountiesEvent::BountyEnded { bounty: BOUNTY, refund: 1 }),
	]);
	assert_eq!(
		events,
		[
			BlockEvent::BountyOpened { bounty: BOUNTY, sponsor: account(), reward: 9 },
			BlockEvent::EnrolmentOpened { bounty: BOUNTY },
			BlockEvent::TrainerEnrolled { bounty: BOUNTY, slot: 4, account: account() },
			BlockEvent::PhaseStarted {
				bounty: BOUNTY,
				round: ROUND,
				attempt: 1,
				phase,
				deadline: 8
			},
			BlockEvent::ResultAccepted { bounty: BOUNTY, round: ROUND, root, correct: Some(27) },
			BlockEvent::RoundSettled { bounty: BOUNTY, round: ROUND, root: None },
			BlockEvent::BountyEnded { bounty: BOUNTY, refund: 1 },
		]
	);
}

#[test]
fn disputes_are_decoded() {
	let (bounty, round, challenger) = (BOUNTY, ROUND, account());
	let (root, offenders, deadline) = (Hash::repeat_byte(6), vec![account()], 8);
	let other = || Some(AccountId::new([7; 32]));
	let (turn, level, index) = (Turn::Attesters, 8, 1 << 33);
	let rejected = ChallengeOutcome::Rejected { answerer: account() };
	let struck = BountiesEvent::ResultStruck {
		bounty,
		round,
		attempt: 1,
		root,
		offenders: offenders.clone(),
		challenger: other(),
	};
	let ended =
		|outcome| BountiesEvent::ChallengeEnded { bounty, round, challenger: account(), outcome };
	let conduct = Conduct::ProvenWrong;
	let events = decoded(vec![
		record(7, struck),
		record(
			7,
			BountiesEvent::ChallengeOpened { bounty, round, challenger: account(), deadline },
		),
		record(7, BountiesEvent::ChallengeMoved { bounty, round, turn, level, index, deadline }),
		record(7, ended(ChallengeOutcome::Upheld)),
		record(7, ended(rejected)),
		record(
			7,
			BountiesEvent::Penalised { bounty, round, account: account(), conduct, burned: 3 },
		),
		record(10, UpdatesEvent::SlashDeferred { bounty, round, offender: account(), due: 9 }),
		record(
			10,
			UpdatesEvent::SlashApplied {
				bounty,
				round,
				offender: account(),
				amount: 4,
				rewards: vec![(account(), 1)],
			},
		),
		record(10, UpdatesEvent::SlashCancelled { bounty, round, offender: account() }),
		record(10, UpdatesEvent::ChallengeBondPaid { bounty, round, to: account(), amount: 5 }),
	]);
	let ended =
		|upheld| BlockEvent::ChallengeEnded { bounty, round, challenger: account(), upheld };
	assert_eq!(
		events,
		[
			BlockEvent::ResultStruck {
				bounty,
				round,
				attempt: 1,
				root,
				offenders,
				challenger: other()
			},
			BlockEvent::ChallengeOpened { bounty, round, challenger, deadline },
			BlockEvent::ChallengeMoved { bounty, round, turn, level, index, deadline },
			ended(true),
			ended(false),
			BlockEvent::Penalised { bounty, round, account: account(), conduct, burned: 3 },
			BlockEvent::SlashDeferred { bounty, round, offender: account(), due: 9 },
			BlockEvent::SlashApplied {
				bounty,
				round,
				offender: account(),
				amount: 4,
				rewards: vec![(account(), 1)]
			},
			BlockEvent::SlashCancelled { bounty, round, offender: account() },
			BlockEvent::ChallengeBondPaid { bounty, round, to: account(), amount: 5 },
		]
	);
}

#[test]
fn moves_in_a_dispute_are_calls_of_the_chain() {
	let root = Hash::repeat_byte(6);
	let bytes = |call: &Call| client().tx().call_data(call).unwrap();
	let proof = WrongResultProof::ElementCount { element_count: 5, top: [1; 32] };
	let expected = [vec![10, 0], (BOUNTY, ROUND, root, proof.clone()).encode()].concat();
	assert_eq!(bytes(&Call::prove_wrong_chunk(BOUNTY, ROUND, root, &proof)), expected);
	let expected = [vec![10, 1], (BOUNTY, ROUND, root).encode()].concat();
	assert_eq!(bytes(&Call::open_challenge(BOUNTY, ROUND, root)), expected);
	let expected = [vec![10, 2], (BOUNTY, ROUND, 200u8).encode()].concat();
	assert_eq!(bytes(&Call::narrow_challenge(BOUNTY, ROUND, 200)), expected);
}

#[test]
fn payments_are_decoded_with_their_service() {
	let (amount, delivered, service) = (1 << 90, true, Service::Aggregation);
	let paid = RewardsEvent::Paid {
		bounty: BOUNTY,
		round: ROUND,
		account: account(),
		service,
		amount,
		delivered,
	};
	let divided =
		RewardsEvent::Divided { bounty: BOUNTY, round: ROUND, treasury: 1, burned: 2, refunded: 3 };
	let events = decoded(vec![record(9, paid), record(9, divided)]);
	let (bounty, round, account) = (BOUNTY, ROUND, account());
	assert_eq!(
		events,
		[
			BlockEvent::Paid { bounty, round, account, service, amount, delivered },
			BlockEvent::Divided { bounty, round, treasury: 1, burned: 2, refunded: 3 },
		]
	);
}

#[test]
fn other_events_are_told_if_they_name_a_bounty() {
	let accounts = vec![account()];
	let events = decoded(vec![
		record(0, SystemEvent::ExtrinsicSuccess),
		record(9, RewardsEvent::Funded { sponsor: account() }),
		record(7, BountiesEvent::TrainersInactive { bounty: BOUNTY, round: ROUND, accounts }),
	]);
	assert_eq!(events[..2], [BlockEvent::Foreign, BlockEvent::Foreign]);
	let BlockEvent::Other { name, bounty, round, fields, .. } = &events[2] else {
		panic!("{:?}", events[2])
	};
	assert_eq!((name.as_str(), *bounty, *round), ("TrainersInactive", BOUNTY, Some(ROUND)));
	assert!(fields.contains("accounts"), "{fields}");
}

#[test]
fn a_call_is_its_indices_and_encoded_arguments() {
	let call = Call::invite(BOUNTY, &account(), 2);
	let mut expected = vec![7, 1];
	expected.extend((BOUNTY, account(), 2u32).encode());
	assert_eq!(client().tx().call_data(&call).unwrap(), expected);
	assert_eq!(call.title(), "TrainingBounties.invite");
}

#[test]
fn amounts_are_compact_where_the_call_says_so() {
	let text = r#"{"network": [64, 4], "rounds": 1, "min_trainers": 1, "max_trainers": 3,
		"reward": "1"}"#;
	let file: SpecFile = serde_json::from_str(text).unwrap();
	let spec = file.build(Hash::zero(), None, &limits()).unwrap();
	let bytes = client().tx().call_data(&Call::open_bounty(&spec, 1 << 70)).unwrap();
	assert_eq!(bytes[..2], [7, 0]);
	let (found, reward) = <(BountySpec, Compact<Balance>)>::decode(&mut &bytes[2..]).unwrap();
	assert_eq!((found, reward.0), (spec, 1 << 70));

	let capability = super::payload::Capability { cores: 1, memory_mib: 2, accelerator_mib: 3 };
	let roles = Roles { trainer: true, aggregator: false, verifier: false };
	let call = Call::register(roles, capability, b"DE", 1 << 70);
	let mut expected = vec![8, 0];
	expected.extend((roles, 1u16, 2u32, 3u32, b"DE".to_vec(), 1u128 << 70).encode());
	assert_eq!(client().tx().call_data(&call).unwrap(), expected);
}

#[test]
fn a_call_with_other_arguments_than_the_chains_is_refused() {
	let error = client().tx().call_data(&Call::start(BOUNTY)).unwrap_err();
	assert!(error.to_string().contains("2 arguments"), "{error}");
	assert!(client().tx().call_data(&Call::rejoin(BOUNTY)).is_err());
}
