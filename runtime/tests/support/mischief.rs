//! What is not done as it should, and by whom.

use super::{
	account,
	actors::WRONG_ELEMENT,
	world::{Blobs, Elements},
};
use sheaf_aggregation::{seal_root, Blake2b256};
use sheaf_runtime::AccountId;
use sheaf_training::Hash;
use std::collections::BTreeMap;

/// How a liar's model is wrong.
#[derive(Clone, Copy, Default)]
pub enum Lie {
	/// One element is off by one.
	#[default]
	Element,
	/// The model is right, but its root says that it has an element more.
	ElementCount,
}

impl Lie {
	/// Root of what a liar claims instead of the right model.
	pub fn about(self, right: &Hash, blobs: &mut Blobs) -> Hash {
		let mut model = blobs.get(right).clone();
		match self {
			Self::Element => {
				model[WRONG_ELEMENT] ^= 1;
				blobs.put(model)
			}
			Self::ElementCount => {
				seal_root::<Blake2b256>(model.len() as u64 + 1, blobs.top(right)).into()
			}
		}
	}
}

/// What is not done as it should; nothing by default.
#[derive(Default)]
pub struct Mischief {
	/// Verifiers and aggregators that say nothing.
	pub silent: Vec<&'static str>,
	/// Verifiers that attest and do not publish.
	pub secretive: Vec<&'static str>,
	/// Trainers that do not commit.
	pub idle: Vec<&'static str>,
	/// Trainers whose updates reach nobody but these verifiers.
	pub shown_to: BTreeMap<&'static str, Vec<&'static str>>,
	/// The verifiers that the slices reach; all if none.
	pub slice_shown_to: Option<Vec<&'static str>>,
	/// Trainers whose updates are these instead of something of their own.
	pub updates: BTreeMap<&'static str, Elements>,
	/// What liars say.
	pub lie: Lie,
}

impl Mischief {
	/// Whether a verifier holds a trainer's updates.
	pub fn update_reaches(&self, verifier: &str, trainer: &AccountId) -> bool {
		let shown = self.shown_to.iter().find(|(name, _)| account(name) == *trainer);
		shown.is_none_or(|(_, verifiers)| verifiers.contains(&verifier))
	}

	/// Whether a verifier holds the slices.
	pub fn slice_reaches(&self, verifier: &str) -> bool {
		self.slice_shown_to.as_ref().is_none_or(|verifiers| verifiers.contains(&verifier))
	}
}
