//! What sponsors ask for.

use crate::{
	play::{Play, Sender, SPONSORS},
	support::world::{noise, slice},
	world::{played, World},
};
use pallet_training_bounties::Call as Bounties;
use rand::RngExt;
use sheaf_aggregation::Rule;
use sheaf_runtime::{configs::BountyLimits, Runtime, TrainingBounties, SHEAF};
use sheaf_training::{
	slice_commitment, testing, BountySpec, EnrolmentPolicy, Evaluation, Limits, PhaseLengths,
	Tensor,
};
use sp_core::Get;
use sp_runtime::{BoundedVec, Permill};

/// Three chunks, the fourth place of the tree is padding.
const PADDED_ELEMENTS: u64 = 600;
/// 258 chunks, nine levels: a challenge has to be narrowed once.
const DEEP_ELEMENTS: u64 = 257 * 256 + 8;

/// What size of model, and whether it is scored.
#[derive(Clone, Copy)]
enum Kind {
	/// 299 elements, with slices or without.
	Small,
	/// As `Small`, with pay by marginal contribution.
	Measured,
	/// Three chunks.
	Padded,
	/// Nine levels.
	Deep,
}

impl World {
	/// A sponsor opens a bounty.
	pub fn open_bounty(&mut self) -> Option<Play> {
		let spec = self.spec();
		let least = self.chain.read(|| TrainingBounties::quote(&spec)).ok()?.min_reward;
		let reward = match self.chance(0.3) {
			true => least,
			false => least + self.random.random_range(0..2_000 * SHEAF),
		};
		let sponsor = self.one_of(&SPONSORS)?;
		Some(played(Sender::Account(sponsor), Bounties::<Runtime>::open_bounty { spec, reward }))
	}

	/// A spec that the chain accepts.
	pub fn spec(&mut self) -> BountySpec {
		use Kind::*;
		let kinds = [Small, Small, Small, Small, Measured, Padded, Padded, Padded, Padded, Deep];
		let kind = self.one_of(&kinds).unwrap();
		let mut spec = BountySpec { rounds: self.random.random_range(1..=3), ..testing::spec() };
		match kind {
			Small if self.chance(0.7) => self.add_slices(&mut spec, 10),
			Small => spec.evaluation = None,
			Measured => {
				self.add_slices(&mut spec, 100);
				spec.marginal_share = Permill::from_percent(self.random.random_range(1..=50));
			}
			Padded => unscored(&mut spec, PADDED_ELEMENTS),
			Deep => unscored(&mut spec, DEEP_ELEMENTS),
		}
		let seed = self.random.random();
		spec.initial_model_root = self.blobs.put(noise(spec.parameters.element_count, seed));
		self.choose_trainers(&mut spec);
		spec.max_attempts = self.random.random_range(1..=3);
		spec.lengths = self.lengths(&spec);
		spec
	}

	fn add_slices(&mut self, spec: &mut BountySpec, examples: u32) {
		let network = spec.network().unwrap();
		let commitments = (0..spec.rounds).map(|_| {
			let seed = self.random.random();
			let root = self.blobs.put(slice(&network, examples, seed));
			let commitment = slice_commitment(&root);
			let shown = self.random.random_bool(0.85);
			self.knows.slices.insert(commitment, Some(root).filter(|_| shown));
			commitment
		});
		let slice_commitments = BoundedVec::truncate_from(commitments.collect());
		spec.evaluation = Some(Evaluation { examples, slice_commitments });
	}

	fn choose_trainers(&mut self, spec: &mut BountySpec) {
		spec.min_trainers = self.random.random_range(1..=3);
		spec.max_trainers = self.random.random_range(spec.min_trainers..=4);
		let rules = [Rule::WeightedMean, Rule::Median, Rule::TrimmedMean { trim: 1 }];
		let rule = self.one_of(&rules).unwrap();
		if u32::from(spec.min_trainers) >= rule.min_updates() {
			spec.parameters.rule = rule;
		}
		if self.chance(0.25) {
			spec.enrolment = EnrolmentPolicy::Invited;
			spec.max_weight = self.random.random_range(1..=9);
		}
	}

	/// The shortest phases, or a little longer.
	fn lengths(&mut self, spec: &BountySpec) -> PhaseLengths {
		let limits: Limits = self.chain.read(BountyLimits::get);
		let upload = spec.min_upload(&limits);
		let mut longer = |least: u32| least + self.random.random_range(0..4);
		let least = limits.min_lengths;
		PhaseLengths {
			prepare: longer(least.prepare),
			enrolment: longer(least.enrolment + 2),
			commit: longer(least.commit + 2),
			upload: longer(upload),
			attest: longer(least.attest),
			publish: longer(least.publish),
			window: longer(least.window),
			answer: longer(least.answer),
			proof: longer(least.proof),
		}
	}
}

/// A model without network in one tensor.
fn unscored(spec: &mut BountySpec, elements: u64) {
	spec.parameters.element_count = elements;
	spec.network = None;
	spec.evaluation = None;
	let tensor = Tensor {
		name: BoundedVec::truncate_from(b"weights".to_vec()),
		shape: BoundedVec::truncate_from(vec![elements as u32]),
	};
	spec.manifest = BoundedVec::truncate_from(vec![tensor]);
}
