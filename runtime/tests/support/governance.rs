//! Token holders who propose, vote and wait for what they decided.

use super::{pair, Chain};
use codec::Encode;
use frame_support::traits::{schedule::DispatchTime, Bounded};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::ReferendumIndex;
use sheaf_runtime::{
	governance::{origins::Origin, parameters::RuntimeParameters},
	OriginCaller, Runtime, RuntimeCall, RuntimeEvent, UncheckedExtrinsic, SHEAF,
};
use sp_runtime::{traits::Hash as _, ApplyExtrinsicResult, DispatchError, DispatchResult};

/// Names of holders of a million tokens each who take no part in any bounty: a majority of all.
pub const HOLDERS: [&str; 20] = [
	"//Eve",
	"//Ferdie",
	"//Trainer4",
	"//Trainer5",
	"//Trainer6",
	"//Trainer7",
	"//Trainer8",
	"//Trainer9",
	"//Trainer10",
	"//Trainer11",
	"//Trainer12",
	"//Trainer13",
	"//Trainer14",
	"//Trainer15",
	"//Trainer16",
	"//Alice//stash",
	"//Bob//stash",
	"//Charlie//stash",
	"//Dave//stash",
	"//Eve//stash",
];
/// Who proposes.
pub const PROPOSER: &str = "//Eve";
/// Tokens that each holder votes with.
pub const BALLOT: u128 = 500_000 * SHEAF;

/// An origin of a track.
pub fn track(origin: Origin) -> OriginCaller {
	OriginCaller::GovernanceOrigins(origin)
}

/// Root.
pub fn root() -> OriginCaller {
	OriginCaller::system(frame_system::RawOrigin::Root)
}

/// The call that sets a parameter.
pub fn set(parameter: impl Into<RuntimeParameters>) -> RuntimeCall {
	pallet_parameters::Call::set_parameter { key_value: parameter.into() }.into()
}

/// All of these calls or none.
pub fn together(calls: Vec<RuntimeCall>) -> RuntimeCall {
	pallet_utility::Call::batch_all { calls }.into()
}

/// The call as another origin; it fails if the call does.
pub fn acting_as(origin: OriginCaller, call: RuntimeCall) -> RuntimeCall {
	let (as_origin, call) = (Box::new(origin), Box::new(call));
	pallet_utility::Call::dispatch_as_fallible { as_origin, call }.into()
}

/// The submission of a referendum about a call. Only what fits is in the proposal itself.
pub fn submission(origin: OriginCaller, call: &RuntimeCall) -> RuntimeCall {
	let bytes = call.encode();
	let proposal = match bytes.clone().try_into() {
		Ok(inline) => Bounded::Inline(inline),
		Err(_) => Bounded::Lookup {
			hash: sp_runtime::traits::BlakeTwo256::hash(&bytes),
			len: bytes.len() as u32,
		},
	};
	let enactment_moment = DispatchTime::After(0);
	let proposal_origin = Box::new(origin);
	pallet_referenda::Call::submit { proposal_origin, proposal, enactment_moment }.into()
}

/// The call that notes what a hash stands for.
pub fn note(call: &RuntimeCall) -> RuntimeCall {
	pallet_preimage::Call::note_preimage { bytes: call.encode() }.into()
}

/// What a vote says: these tokens, without conviction.
pub fn ballot(aye: bool, balance: u128) -> AccountVote<u128> {
	AccountVote::Standard { vote: Vote { aye, conviction: Conviction::None }, balance }
}

impl Chain {
	/// Submits a referendum and returns the outcome; its preimage is noted before.
	pub fn submit(&mut self, origin: OriginCaller, call: &RuntimeCall) -> ApplyExtrinsicResult {
		let submit = submission(origin, call);
		let calls = match call.encode().len() {
			0..=128 => vec![submit],
			_ => vec![note(call), submit],
		};
		let signed = self.sign_all(PROPOSER, calls);
		self.add_block(signed).pop().unwrap()
	}

	/// Signs calls to come after each other.
	pub fn sign_all(&mut self, who: &str, calls: Vec<RuntimeCall>) -> Vec<UncheckedExtrinsic> {
		let calls = calls.into_iter().zip(0..);
		calls.map(|(call, place)| self.sign_later(&pair(who), call, place)).collect()
	}

	/// Submits a referendum and places its decision deposit.
	pub fn propose(&mut self, origin: OriginCaller, call: &RuntimeCall) -> ReferendumIndex {
		assert_eq!(self.submit(origin, call), Ok(Ok(())));
		let index = self.read(pallet_referenda::ReferendumCount::<Runtime>::get) - 1;
		let deposit = pallet_referenda::Call::place_decision_deposit { index };
		let deposit = self.sign(&pair(PROPOSER), deposit);
		self.add_good_block(vec![deposit]);
		index
	}

	/// Every holder votes.
	pub fn everybody_votes(&mut self, index: ReferendumIndex, aye: bool) {
		let votes = HOLDERS.map(|name| {
			let vote = ballot(aye, BALLOT);
			let vote = pallet_conviction_voting::Call::vote { poll_index: index, vote };
			self.sign(&pair(name), vote)
		});
		self.add_good_block(votes.into());
	}

	/// Proposes, has everybody vote aye and waits for the enactment.
	pub fn pass(&mut self, origin: OriginCaller, call: &RuntimeCall) -> DispatchResult {
		let index = self.propose(origin, call);
		self.everybody_votes(index, true);
		self.wait_for_enactment(index)
	}

	/// Waits until a referendum is enacted and returns what came of it.
	pub fn wait_for_enactment(&mut self, index: ReferendumIndex) -> DispatchResult {
		for _ in 0..100 {
			if let Some(result) = self.enactment(index) {
				return result;
			}
			self.add_block(Vec::new());
		}
		panic!("referendum {index} is not enacted: {:?}", self.referendum(index));
	}

	/// What came of the enactment of a referendum, if it was.
	pub fn enactment(&self, index: ReferendumIndex) -> Option<DispatchResult> {
		let name = (*b"assembly", "enactment", index).using_encoded(sp_io::hashing::blake2_256);
		self.events.iter().find_map(|(_, event)| match event {
			RuntimeEvent::Scheduler(pallet_scheduler::Event::Dispatched { id, result, .. })
				if *id == Some(name) =>
			{
				Some(*result)
			}
			_ => None,
		})
	}

	/// Where a referendum stands.
	pub fn referendum(
		&mut self,
		index: ReferendumIndex,
	) -> pallet_referenda::ReferendumInfoOf<Runtime, ()> {
		self.read(|| pallet_referenda::ReferendumInfoFor::<Runtime>::get(index)).unwrap()
	}

	/// Dispatches a call with an origin, behind the chain's back but through the filter.
	pub fn dispatch_as(&mut self, origin: OriginCaller, call: RuntimeCall) -> DispatchResult {
		use sp_runtime::traits::Dispatchable;
		self.tamper(|| call.dispatch(origin.into()).map(|_| ()).map_err(|failed| failed.error))
	}
}

/// The error of a call that the filter does not let pass.
pub fn filtered() -> DispatchError {
	frame_system::Error::<Runtime>::CallFiltered.into()
}
