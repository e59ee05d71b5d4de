//! Computing a round's result from what a gateway serves.

use anyhow::Result;
use sheaf_client::{
	aggregator::compute::{compute, InputFiles},
	gateway::Gateway,
	trainer::download,
};
use sheaf_training::{BountyView, Frozen, Hash, Round, RoundIndex, RoundResult};
use std::path::PathBuf;

/// A gateway and a folder for what comes from it.
pub struct Workshop {
	/// The gateway.
	pub gateway: Gateway,
	/// The folder.
	pub folder: PathBuf,
}

impl Workshop {
	/// Where the next model of a round is written.
	pub fn next_model(&self, index: RoundIndex) -> PathBuf {
		self.folder.join(format!("next-{index}.blob"))
	}

	/// The result of a round's frozen inputs; its model is written to [`Self::next_model`].
	pub async fn result(
		&self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<RoundResult> {
		let inputs = self.gather(view, round, frozen).await?;
		Ok(compute(&view.spec, &inputs, &self.next_model(index))?)
	}

	async fn gather(
		&self,
		view: &BountyView,
		round: &Round,
		frozen: &Frozen,
	) -> Result<InputFiles> {
		let model = view.spec.parameters.element_count;
		let previous = self.fetch(&round.previous_model_root, model).await?;
		let mut updates = Vec::new();
		for update in &frozen.updates {
			updates.push((update.weight, self.fetch(&update.root, model).await?));
		}
		let slice = match (frozen.slice_root, view.spec.slice_layout()) {
			(Some(root), Some(layout)) => {
				Some((root, self.fetch(&root, layout.element_count()).await?))
			}
			_ => None,
		};
		Ok(InputFiles { previous, updates, slice })
	}

	/// The file of a blob, downloaded if it is not there.
	pub async fn fetch(&self, root: &Hash, elements: u64) -> Result<PathBuf> {
		download::elements(&self.gateway, &self.folder, root, elements).await?;
		Ok(download::path(&self.folder, root))
	}
}
