//! Downloading a round's inputs and computing its model.

use super::{evidence::Recomputed, folder, Place, Watchdog, WatchdogError};
use crate::{aggregator::compute::InputFiles, blob, gateway::GatewayError, trainer::download};
use sheaf_aggregation::Shape;
use sheaf_training::{BountyView, Frozen, Hash, Round, RoundIndex};
use std::{path::PathBuf, sync::Arc};

impl Watchdog<'_> {
	/// Computes a round's next model, once for its inputs.
	pub(super) async fn recompute(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<Arc<Recomputed>, WatchdogError> {
		let place = (view.id, index);
		if let Some((inputs, own)) = self.computed.get(&place) {
			if *inputs == frozen.inputs && own.scored {
				return Ok(own.clone());
			}
		}
		let inputs = self.gather(view, place, round, frozen).await?;
		if let Some((known, own)) = self.computed.get(&place) {
			if *known == frozen.inputs && inputs.slice.is_none() {
				return Ok(own.clone());
			}
		}
		let next = folder(&self.options.folder, place).join("next.blob");
		let (spec, frozen_inputs, frozen) = (view.spec.clone(), frozen.inputs, frozen.clone());
		let previous = round.previous_model_root;
		let work = tokio::task::spawn_blocking(move || {
			Recomputed::of(spec, previous, &frozen, inputs, &next)
		});
		let own = work.await.map_err(|error| WatchdogError::Interrupted(error.to_string()))??;
		let own = Arc::new(own);
		self.computed.insert(place, (frozen_inputs, own.clone()));
		Ok(own)
	}

	/// Downloads everything that a result is a function of. The slice only if it is to be had: without
	/// it the model can be compared, but not its scores.
	async fn gather(
		&self,
		view: &BountyView,
		place: Place,
		round: &Round,
		frozen: &Frozen,
	) -> Result<InputFiles, WatchdogError> {
		let model = blob::shape_of(view.spec.parameters.element_count)?;
		let previous = self.fetch(place, &round.previous_model_root, model).await?;
		let mut updates = Vec::new();
		for update in &frozen.updates {
			updates.push((update.weight, self.fetch(place, &update.root, model).await?));
		}
		let slice = match (frozen.slice_root, view.spec.slice_shape()) {
			(Some(root), Some(shape)) => match self.fetch(place, &root, shape).await {
				Ok(file) => Some((root, file)),
				Err(error) if error.is_passing() => None,
				Err(error) => return Err(error.into()),
			},
			_ => None,
		};
		Ok(InputFiles { previous, updates, slice })
	}

	async fn fetch(
		&self,
		place: Place,
		root: &Hash,
		shape: Shape,
	) -> Result<PathBuf, GatewayError> {
		let file = download::path(&folder(&self.options.folder, place), root);
		match blob::leaf_hashes(&file, shape) {
			Ok((_, found)) if found == *root => {}
			_ => self.gateway.download(root, shape, &file).await?,
		}
		Ok(file)
	}
}
