//! Calls: a pallet's and a call's name with SCALE-encoded arguments.

use super::SessionKeys;
use codec::Compact;
use codec::Encode;
use sheaf_aggregation::WrongResultProof;
use sheaf_training::{
	AccountId, Balance, BlockNumber, BountyId, BountySpec, Hash, Phase, Roles, RoundIndex,
	RoundResult,
};
use std::borrow::Cow;
use subxt::ext::{
	scale_encode::{EncodeAsFields, EncodeAsType, Error as EncodeError},
	scale_type_resolver::{visitor, FieldIter, TypeResolver},
	scale_value::Value,
};

/// What a node offers, as its operator says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode)]
pub struct Capability {
	/// Logical cores.
	pub cores: u16,
	/// Memory in MiB.
	pub memory_mib: u32,
	/// Memory of accelerators in MiB.
	pub accelerator_mib: u32,
}

/// A call by name, with its arguments encoded; subxt looks up the indices in the metadata.
#[derive(Clone, Debug)]
pub struct Call {
	pallet: Cow<'static, str>,
	name: Cow<'static, str>,
	arguments: Arguments,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub struct Arguments(Vec<Argument>);

/// One argument.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Argument {
	/// Encoded already.
	Bytes(Vec<u8>),
	/// Compact where the chain's call says so.
	Amount(Balance),
	/// Encoded as the chain's types say.
	Value(Value),
}

impl Arguments {
	pub(super) fn with(mut self, argument: &impl Encode) -> Self {
		self.0.push(Argument::Bytes(argument.encode()));
		self
	}

	fn with_amount(mut self, amount: Balance) -> Self {
		self.0.push(Argument::Amount(amount));
		self
	}
}

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		let fields: Vec<_> = fields.collect();
		if fields.len() != self.0.len() {
			let (theirs, ours) = (fields.len(), self.0.len());
			let message = format!("the chain's call has {theirs} arguments, this client's {ours}");
			return Err(EncodeError::custom_string(message));
		}
		for (argument, field) in self.0.iter().zip(fields) {
			match argument {
				Argument::Bytes(bytes) => out.extend_from_slice(bytes),
				Argument::Amount(amount) => {
					let compact = visitor::new((), |_, _| false).visit_compact(|_, _| true);
					match types.resolve_type(field.id, compact) {
						Ok(true) => Compact(*amount).encode_to(out),
						_ => amount.encode_to(out),
					}
				}
				Argument::Value(value) => value.encode_as_type_to(field.id, types, out)?,
			}
		}
		Ok(())
	}
}

impl subxt::tx::Payload for Call {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		&self.pallet
	}

	fn call_name(&self) -> &str {
		&self.name
	}

	fn call_data(&self) -> &Arguments {
		&self.arguments
	}
}

/// Arguments are encoded in order; those after a semicolon are amounts.
macro_rules! call {
	($pallet:ident :: $name:ident ( $($argument:expr),* $(; $amount:expr)? )) => {
		Call::new(
			stringify!($pallet),
			stringify!($name),
			Arguments::default()$(.with(&$argument))*$(.with_amount($amount))?,
		)
	};
}

impl Call {
	pub(super) fn new(
		pallet: impl Into<Cow<'static, str>>,
		name: impl Into<Cow<'static, str>>,
		arguments: Arguments,
	) -> Self {
		Self { pallet: pallet.into(), name: name.into(), arguments }
	}

	/// Any call of the chain, with arguments that are encoded as its metadata says.
	pub fn dynamic(
		pallet: impl Into<Cow<'static, str>>,
		name: impl Into<Cow<'static, str>>,
		arguments: impl IntoIterator<Item = Value>,
	) -> Self {
		let arguments = arguments.into_iter().map(Argument::Value).collect();
		Self::new(pallet, name, Arguments(arguments))
	}

	/// The pallet's and the call's name, for messages.
	pub fn title(&self) -> String {
		format!("{}.{}", self.pallet, self.name)
	}

	/// Registers a node with a bond.
	pub fn register(roles: Roles, capability: Capability, region: &[u8], bond: Balance) -> Self {
		call!(NodeRegistry::register(roles, capability, region; bond))
	}

	/// Changes what a node offers.
	pub fn update(roles: Roles, capability: Capability, region: &[u8]) -> Self {
		call!(NodeRegistry::update(roles, capability, region))
	}

	/// Adds to a node's bond.
	pub fn bond_more(amount: Balance) -> Self {
		call!(NodeRegistry::bond_more(; amount))
	}

	/// Begins to release part of a node's bond.
	pub fn unbond(amount: Balance) -> Self {
		call!(NodeRegistry::unbond(; amount))
	}

	/// Takes released bonds back.
	pub fn withdraw_unbonded() -> Self {
		call!(NodeRegistry::withdraw_unbonded())
	}

	/// Ends a node's registration and begins to release its whole bond.
	pub fn leave_registry() -> Self {
		call!(NodeRegistry::leave())
	}

	/// Sets an account's session keys, with the node's proof that it has them.
	pub fn set_session_keys(keys: &SessionKeys) -> Self {
		// The keys have a fixed length, which the chain knows; the proof is a vector.
		let arguments = Arguments(vec![Argument::Bytes(keys.keys.clone())]).with(&keys.proof);
		Self::new("Session", "set_keys", arguments)
	}

	/// Opens a bounty.
	pub fn open_bounty(spec: &BountySpec, reward: Balance) -> Self {
		call!(TrainingBounties::open_bounty(spec; reward))
	}

	/// Invites a trainer.
	pub fn invite(bounty: BountyId, account: &AccountId, weight: u32) -> Self {
		call!(TrainingBounties::invite(bounty, account, weight))
	}

	/// Enrols the sender as a trainer.
	pub fn enroll(bounty: BountyId) -> Self {
		call!(TrainingBounties::enroll(bounty))
	}

	/// Enrols the sender as an aggregator.
	pub fn enroll_aggregator(bounty: BountyId) -> Self {
		call!(TrainingBounties::enroll_aggregator(bounty))
	}

	/// Makes an inactive trainer active again.
	pub fn rejoin(bounty: BountyId) -> Self {
		call!(TrainingBounties::rejoin(bounty))
	}

	/// Takes a trainer or an aggregator out of a bounty.
	pub fn leave_bounty(bounty: BountyId) -> Self {
		call!(TrainingBounties::leave(bounty))
	}

	/// Starts the rounds before enrolment ends.
	pub fn start(bounty: BountyId) -> Self {
		call!(TrainingBounties::start(bounty))
	}

	/// Makes the newest round the last.
	pub fn close_bounty(bounty: BountyId) -> Self {
		call!(TrainingBounties::close_bounty(bounty))
	}

	/// Cancels a bounty in which nothing was trained.
	pub fn cancel_bounty(bounty: BountyId) -> Self {
		call!(TrainingBounties::cancel_bounty(bounty))
	}

	/// Ends a phase whose deadline has passed.
	pub fn advance(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		phase: Phase,
		deadline: BlockNumber,
	) -> Self {
		call!(TrainingBounties::advance(bounty, round, attempt, phase, deadline))
	}

	/// Commits to an update.
	pub fn commit_update(bounty: BountyId, round: RoundIndex, attempt: u8, hash: Hash) -> Self {
		call!(ModelUpdates::commit_update(bounty, round, attempt, hash))
	}

	/// Attests a result as the drawn aggregator.
	pub fn attest_as_aggregator(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		inputs: Hash,
		hash: Hash,
	) -> Self {
		call!(ModelUpdates::attest_as_aggregator(bounty, round, attempt, inputs, hash))
	}

	/// Publishes a result that the sender attested as the drawn aggregator.
	pub fn publish_as_aggregator(
		bounty: BountyId,
		round: RoundIndex,
		attempt: u8,
		result: &RoundResult,
	) -> Self {
		call!(ModelUpdates::publish_as_aggregator(bounty, round, attempt, result))
	}

	/// Proves a published root wrong.
	pub fn prove_wrong_chunk(
		bounty: BountyId,
		round: RoundIndex,
		root: Hash,
		proof: &WrongResultProof,
	) -> Self {
		call!(ModelUpdates::prove_wrong_chunk(bounty, round, root, proof))
	}

	/// Asks the attesters of the accepted result to open its tree; holds a bond.
	pub fn open_challenge(bounty: BountyId, round: RoundIndex, root: Hash) -> Self {
		call!(ModelUpdates::open_challenge(bounty, round, root))
	}

	/// Opens the node in question of a challenge.
	pub fn answer_challenge(bounty: BountyId, round: RoundIndex, nodes: &[Hash]) -> Self {
		call!(ModelUpdates::answer_challenge(bounty, round, nodes))
	}

	/// Names the opened node that is to be opened next.
	pub fn narrow_challenge(bounty: BountyId, round: RoundIndex, child: u8) -> Self {
		call!(ModelUpdates::narrow_challenge(bounty, round, child))
	}
}
