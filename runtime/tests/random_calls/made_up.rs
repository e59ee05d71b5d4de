//! Calls with arguments of all kinds, most of them refused.

use crate::{
	play::{name_of, How, Play, Sender, AGGREGATORS, EVERYBODY, POOR, SPONSORS, TRAINERS},
	support::account,
	world::{played, World},
};
use pallet_model_updates::Call as Updates;
use pallet_node_registry::{Call as Nodes, Capability, Region};
use pallet_training_bounties::Call as Bounties;
use rand::RngExt;
use sheaf_aggregation::WrongResultProof;
use sheaf_runtime::{Balance, Runtime, RuntimeCall, SHEAF};
use sheaf_training::{BountyId, Hash, Phase, Roles, RoundIndex};
use sp_runtime::BoundedVec;

/// Hashes that no block has room for.
const LONGER_THAN_A_BLOCK: usize = 170_000;

impl World {
	/// A call that somebody makes up.
	pub fn made_up(&mut self) -> Play {
		let play = match self.random.random_range(0..6) {
			0..2 => self.made_up_for_node(),
			2 => self.spoiled_bounty(),
			3..5 => self.made_up_for_bounty(),
			_ => self.made_up_for_updates(),
		};
		Play { how: How::MadeUp, ..play }
	}

	fn by_anybody(&mut self, call: impl Into<RuntimeCall>) -> Play {
		let name = self.one_of(&EVERYBODY).unwrap();
		played(Sender::Account(name), call)
	}

	/// A bounty that exists, or hardly.
	fn any_bounty(&mut self) -> BountyId {
		let next = self.chain.read(pallet_training_bounties::NextBountyId::<Runtime>::get).0;
		match self.chance(0.05) {
			true => BountyId(self.random.random()),
			false => BountyId(self.random.random_range(0..next + 1)),
		}
	}

	fn any_hash(&mut self) -> Hash {
		Hash::from(self.random.random::<[u8; 32]>())
	}

	fn any_amount(&mut self) -> Balance {
		let amounts = [0, 1, SHEAF, 10 * SHEAF, 2_000_000 * SHEAF, Balance::MAX];
		self.one_of(&amounts).unwrap()
	}

	fn made_up_for_node(&mut self) -> Play {
		let amount = self.any_amount();
		let [trainer, aggregator, verifier] = [0; 3].map(|_: u8| self.random.random());
		let roles = Roles { trainer, aggregator, verifier };
		let regions: [&[u8]; 3] = [b"AT", b"at", b"\xff\0"];
		let region = Region::truncate_from(self.one_of(&regions).unwrap().to_vec());
		let capability = Capability { cores: u16::MAX, ..Default::default() };
		let call = match self.random.random_range(0..8) {
			0 | 1 => Nodes::<Runtime>::register { roles, capability, region, bond: amount },
			2 => Nodes::update { roles, capability, region },
			3 => Nodes::bond_more { amount },
			// It never withdraws, and gets stuck with as many as can be.
			4 | 5 => {
				return played(Sender::Account(TRAINERS[5]), Nodes::<Runtime>::unbond { amount: 1 })
			}
			6 => Nodes::unbond { amount },
			_ => Nodes::withdraw_unbonded {},
		};
		self.by_anybody(call)
	}

	fn made_up_for_bounty(&mut self) -> Play {
		let bounty = self.any_bounty();
		let account = account(self.one_of(&EVERYBODY).unwrap());
		let weight = self.one_of(&[0, 1, 3, u32::MAX]).unwrap();
		let deadline = self.now();
		let call = match self.random.random_range(0..12) {
			0 => Bounties::<Runtime>::invite { bounty, account, weight },
			1 | 2 => Bounties::enroll { bounty },
			3 => Bounties::enroll_aggregator { bounty },
			4 | 5 => Bounties::rejoin { bounty },
			6 => Bounties::leave { bounty },
			7 => Bounties::start { bounty },
			8 => Bounties::close_bounty { bounty },
			9 => Bounties::cancel_bounty { bounty },
			10 => {
				let call = Bounties::<Runtime>::advance_bounty { bounty, deadline };
				return played(Sender::Nobody, call);
			}
			_ => {
				let (round, attempt, phase) = (RoundIndex(1), 0, Phase::Upload);
				let call = Bounties::<Runtime>::advance { bounty, round, attempt, phase, deadline };
				return played(Sender::Nobody, call);
			}
		};
		let sponsor =
			self.chain.read(|| pallet_training_bounties::Bounties::<Runtime>::get(bounty));
		let sponsor = sponsor.and_then(|bounty| name_of(&bounty.sponsor));
		let trainer = self.one_of(&[&TRAINERS[..], &AGGREGATORS].concat()).unwrap();
		match sponsor {
			Some(name) if self.chance(0.4) => played(Sender::Account(name), call),
			_ if self.chance(0.6) => played(Sender::Account(trainer), call),
			_ => self.by_anybody(call),
		}
	}

	fn made_up_for_updates(&mut self) -> Play {
		let bounty = self.any_bounty();
		let round = RoundIndex(self.random.random_range(0..4));
		let attempt = self.random.random_range(0..3);
		let (hash, inputs) = (self.any_hash(), self.any_hash());
		let offender = account(self.one_of(&EVERYBODY).unwrap());
		let call = match self.random.random_range(0..9) {
			0 => Updates::<Runtime>::commit_update { bounty, round, attempt, hash },
			1 => Updates::attest_as_aggregator { bounty, round, attempt, inputs, hash },
			2 => {
				let result = sheaf_training::RoundResult { next_model_root: hash, scores: None };
				Updates::publish_as_aggregator { bounty, round, attempt, result }
			}
			3 => {
				let siblings = if self.chance(0.05) { LONGER_THAN_A_BLOCK } else { 300 };
				let proof = Box::new(WrongResultProof::Padding {
					index: u64::MAX,
					claimed_leaf: hash.0,
					claimed_siblings: vec![[0; 32]; siblings],
				});
				Updates::prove_wrong_chunk { bounty, round, root: hash, proof }
			}
			4 => Updates::open_challenge { bounty, round, root: hash },
			5 => {
				let nodes = BoundedVec::truncate_from(vec![hash; 256]);
				Updates::answer_challenge { bounty, round, nodes }
			}
			6 => Updates::narrow_challenge { bounty, round, child: 255 },
			7 => {
				let call = Updates::<Runtime>::apply_slash { bounty, round, offender };
				return played(Sender::Nobody, call);
			}
			_ => {
				let call = Updates::<Runtime>::cancel_slash { bounty, round, offender };
				return played(Sender::Root, call);
			}
		};
		self.by_anybody(call)
	}

	/// A bounty with something wrong in its spec or reward.
	fn spoiled_bounty(&mut self) -> Play {
		let mut spec = self.spec();
		let mut reward = 1_000 * SHEAF;
		match self.random.random_range(0..24) {
			0 => spec.rule_version = 2,
			1 => spec.parameters.clip = 0,
			2 => spec.parameters.element_count = 1 << 30,
			3 => spec.fraction_bits = 31,
			4 => spec.parameters.element_count += 1,
			5 => spec.network = Some(BoundedVec::truncate_from(vec![3, 4])),
			6 => {
				if let Some(evaluation) = &mut spec.evaluation {
					evaluation.slice_commitments.truncate(0);
				}
			}
			7 => too_much_inference(&mut spec),
			8 => spec.marginal_share = sp_runtime::Permill::from_percent(99),
			9 => spec.rounds = 0,
			10 => spec.rounds = 1_000,
			11 => spec.max_trainers = 0,
			12 => spec.max_trainers = 65,
			13 => {
				spec.enrolment = sheaf_training::EnrolmentPolicy::Open;
				spec.max_weight = 2;
			}
			14 => spec.lengths.window = 0,
			15 => spec.lengths.upload = 1,
			16 => spec.lengths.proof = u32::MAX,
			17 => spec.max_attempts = 0,
			18 => spec.max_attempts = 9,
			19 => reward = 0,
			20 => reward = 1,
			21 => reward = Balance::MAX,
			22 => reward = 1_000_000 * SHEAF,
			_ => spec.max_weight = u32::MAX,
		}
		let sponsor = self.one_of(&[SPONSORS[0], SPONSORS[1], POOR]).unwrap();
		played(Sender::Account(sponsor), Bounties::<Runtime>::open_bounty { spec, reward })
	}
}

/// A small network with wide layers, and slices of very many examples.
fn too_much_inference(spec: &mut sheaf_training::BountySpec) {
	spec.parameters.element_count = 4_002;
	spec.network = Some(BoundedVec::truncate_from(vec![1, 1_000, 2]));
	spec.manifest = BoundedVec::truncate_from(vec![sheaf_training::Tensor {
		name: Default::default(),
		shape: BoundedVec::truncate_from(vec![4_002]),
	}]);
	let commitments = (0..spec.rounds).map(|round| Hash::repeat_byte(round as u8)).collect();
	spec.evaluation = Some(sheaf_training::Evaluation {
		examples: 2_000_000,
		slice_commitments: BoundedVec::truncate_from(commitments),
	});
}
