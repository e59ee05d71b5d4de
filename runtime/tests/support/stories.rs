//! What stories do over and over, and what they ask the chain.

use super::{
	account,
	actors::{authorized, Cast, WRONG_ELEMENT},
	pair,
};
use frame_support::traits::fungible::InspectHold;
use pallet_model_updates::{Call as Updates, Error as UpdateError};
use sheaf_aggregation::WrongResultProof;
use sheaf_runtime::{
	Balance, Balances, ModelUpdates, NodeRegistry, Runtime, RuntimeEvent, RuntimeHoldReason,
	UncheckedExtrinsic,
};
use sheaf_training::{
	BountyId, BountyState, Hash, Phase, Record, Round, RoundIndex, Statement, Training,
};
use sp_runtime::{
	transaction_validity::{TransactionValidityError, UnknownTransaction},
	ApplyExtrinsicResult,
};

/// The round that most stories are about.
pub const FIRST: RoundIndex = RoundIndex(1);
/// The round after it, the last one.
pub const SECOND: RoundIndex = RoundIndex(2);
/// A passer-by.
pub const CHALLENGER: &str = "//Ferdie";
/// How the chain refuses a fee-less call that might be right later or on another fork.
pub const NOT_NOW: TransactionValidityError =
	TransactionValidityError::Unknown(UnknownTransaction::Custom(1));

/// Whether round 1 is in this phase.
pub fn in_phase(training: &Training, phase: Phase) -> bool {
	training.round(FIRST).is_some_and(|round| round.phase == phase)
}

/// How a block answers a call that the updates' pallet refuses.
pub fn refused(error: UpdateError<Runtime>) -> Vec<ApplyExtrinsicResult> {
	vec![Ok(Err(error.into()))]
}

/// The call that applies the slash that hangs over somebody since round 1.
pub fn slash_of(bounty: BountyId, name: &str) -> UncheckedExtrinsic {
	let offender = account(name);
	authorized(Updates::<Runtime>::apply_slash { bounty, round: FIRST, offender })
}

impl Cast {
	/// A bounty whose first round has come to this phase.
	pub fn in_first(phase: Phase) -> Self {
		let mut cast = Self::gather();
		cast.start();
		cast.reach(phase);
		cast
	}

	/// A bounty whose first round was accepted, with a wrong model if most of these are members.
	pub fn accepted(liars: &[&'static str]) -> Self {
		let mut cast = Self::gather();
		cast.liars = liars.to_vec();
		cast.start();
		cast.reach(Phase::Accepted);
		cast
	}

	/// Goes on until round 1 is in this phase.
	pub fn reach(&mut self, phase: Phase) {
		self.run_until(|training| in_phase(training, phase));
	}

	/// Goes on until the bounty ends, and says how.
	pub fn finish(&mut self) -> BountyState {
		self.run_until(|training| training.bounty.ended());
		self.training().bounty.state
	}

	/// Round 1, which is live.
	pub fn first_round(&mut self) -> Round {
		self.training().round(FIRST).cloned().unwrap()
	}

	/// Root of the model that was accepted in round 1.
	pub fn accepted_root(&mut self) -> Hash {
		self.first_round().accepted_result().unwrap().next_model_root
	}

	/// Root of the model that a round was settled with.
	pub fn model(&mut self, round: RoundIndex) -> Option<Hash> {
		let bounty = self.bounty;
		self.chain.read(|| pallet_training_bounties::Models::<Runtime>::get(bounty, round))
	}

	/// Both rounds were settled with the models that their inputs make.
	pub fn assert_models_are_right(&mut self) {
		for round in [FIRST, SECOND] {
			assert_eq!(self.model(round), Some(self.right[&round]), "{round:?}");
		}
	}

	/// Evidence about the place where liars lie.
	pub fn evidence(&mut self, root: &Hash) -> WrongResultProof {
		let round = self.first_round();
		self.blobs.prove(&round, root, WRONG_ELEMENT as u64 / 256)
	}

	/// Sends evidence against a result of round 1 in a transaction.
	pub fn accuse(
		&mut self,
		accuser: &str,
		root: Hash,
		proof: WrongResultProof,
	) -> Vec<ApplyExtrinsicResult> {
		let (bounty, proof) = (self.bounty, Box::new(proof));
		let call = Updates::prove_wrong_chunk { bounty, round: FIRST, root, proof };
		let call = self.chain.sign(&pair(accuser), call);
		self.chain.add_block(vec![call])
	}

	/// A passer-by proves a result of round 1 wrong where liars lie.
	pub fn prove(&mut self, root: Hash) -> Vec<ApplyExtrinsicResult> {
		let proof = self.evidence(&root);
		self.accuse(CHALLENGER, root, proof)
	}

	/// A member sends evidence against a result of round 1 without a fee.
	pub fn prove_as_member(&mut self, name: &str, root: Hash) {
		let proof = self.evidence(&root);
		let attempt = self.first_round().attempt;
		let statement = Statement::WrongResult { root, proof };
		let statement = self.state(name, FIRST, attempt, statement);
		self.chain.add_good_block(vec![statement]);
	}

	/// A passer-by asks for the model with this root, accepted in round 1.
	pub fn challenge(&mut self, root: Hash) {
		let bounty = self.bounty;
		let call = Updates::open_challenge { bounty, round: FIRST, root };
		let call = self.chain.sign(&pair(CHALLENGER), call);
		self.chain.add_good_block(vec![call]);
	}

	/// A member opens the top of an accepted model's tree.
	pub fn answer(&mut self, name: &str, root: &Hash) {
		let attempt = self.first_round().attempt;
		let nodes = self.blobs.open(root, 1, 0);
		let answer = self.state(name, FIRST, attempt, Statement::Answer { nodes });
		self.chain.add_good_block(vec![answer]);
	}

	/// Waits until the slashes of the first round are due, and applies these in one block.
	pub fn apply_slashes(&mut self, offenders: &[&str]) {
		let slashes = self.chain.read(|| ModelUpdates::deferred_slashes(100));
		self.idle_until(slashes.iter().map(|slash| slash.due).max().unwrap());
		let bounty = self.bounty;
		let slashes = offenders.iter().map(|name| slash_of(bounty, name));
		self.chain.add_good_block(slashes.collect());
	}

	/// Adds empty blocks up to this one.
	pub fn idle_until(&mut self, block: u32) {
		while self.chain.height() < block {
			self.chain.add_good_block(Vec::new());
		}
	}

	/// What a node has bonded.
	pub fn bond(&mut self, name: &str) -> Balance {
		let reason = RuntimeHoldReason::NodeRegistry(pallet_node_registry::HoldReason::NodeBond);
		self.chain.read(|| Balances::balance_on_hold(&reason, &account(name)))
	}

	/// A node's record.
	pub fn record(&mut self, name: &str) -> Record {
		self.chain.read(|| NodeRegistry::node(account(name))).unwrap().record
	}

	/// Who sat on the committees of a round, one after the other.
	pub fn committees(&self, wanted: RoundIndex) -> Vec<Vec<sheaf_runtime::AccountId>> {
		use pallet_training_bounties::Event::CommitteeSeated;
		let seated = self.chain.events.iter().filter_map(|(_, event)| match event {
			RuntimeEvent::TrainingBounties(CommitteeSeated { round, members, .. }) => {
				(*round == wanted).then(|| members.clone())
			}
			_ => None,
		});
		seated.collect()
	}
}
