//! A trainer's work in one round.

use super::{
	command, commit, download, is_too_late,
	quantise::{quantise, Update},
	root_text,
	train::{self, Hints, TrainError, Trained},
	upload, Trainer, TrainerError, TrainerNote,
};
use crate::{
	blob,
	gateway::{GatewayError, Place},
	model::Layout,
};
use sheaf_training::{BountyView, Commitment, Hash, Phase, Round, RoundIndex};
use std::path::PathBuf;

impl Trainer<'_> {
	/// Trains unless an update for this round is on the disk, and commits to it.
	pub(super) async fn train_and_commit(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
	) -> Result<(), TrainerError> {
		let (id, previous) = (self.bounty(), round.previous_model_root);
		let shape = blob::shape_of(view.spec.parameters.element_count)?;
		let file = self.update_file(index, &previous);
		let root = match commit::root_on_disk(&file, shape) {
			Some(root) => root,
			None => {
				let update = self.train(view, index, &previous).await?;
				blob::write_elements(&file, &update.elements)?
			}
		};
		// Training takes its time: ask again where the round stands.
		let Some(now) = self.chain.round(id, index, None).await? else { return Ok(()) };
		if now.phase != Phase::Commit || now.previous_model_root != previous {
			if self.once(index, "missed") {
				(self.tell)(TrainerNote::Missed { bounty: id.0, round: index.0 });
			}
			return Ok(());
		}
		match commit::send(&self.chain, &self.signer, id, index, now.attempt, &root).await {
			Ok(()) => {}
			Err(error) if is_too_late(&error) => {
				self.wait(error.to_string());
				return Ok(());
			}
			Err(error) => return Err(error.into()),
		}
		let (attempt, root) = (now.attempt, root_text(&root));
		self.once(index, "resumed");
		(self.tell)(TrainerNote::Committed { bounty: id.0, round: index.0, attempt, root });
		Ok(())
	}

	fn update_file(&self, index: RoundIndex, previous: &Hash) -> PathBuf {
		let folder = self.options.folder.join("updates");
		commit::path(&folder, &self.chain.genesis(), self.bounty(), index, previous)
	}

	async fn train(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		previous: &Hash,
	) -> Result<Update, TrainerError> {
		let id = self.bounty();
		let models = self.options.folder.join("models");
		let elements = view.spec.parameters.element_count;
		let global = download::elements(&self.gateway, &models, previous, elements).await?;
		(self.tell)(TrainerNote::Training { bounty: id.0, round: index.0 });
		let layout = Layout::of_spec(&view.spec);
		let (values, trained) = match self.options.command.clone() {
			Some(program) => {
				(self.run_program(view, index, &layout, &global, &program).await?, None)
			}
			None => {
				let (values, trained) = self.train_here(view, index, &layout, &global).await?;
				(values, Some(trained))
			}
		};
		let update = quantise(&layout, &values, &global, view.spec.parameters.clip)?;
		(self.tell)(TrainerNote::Trained {
			bounty: id.0,
			round: index.0,
			loss: trained.map(|trained| trained.loss),
			accuracy: trained.map(|trained| trained.accuracy),
			clipped: update.clipped,
		});
		Ok(update)
	}

	async fn run_program(
		&self,
		view: &BountyView,
		index: RoundIndex,
		layout: &Layout,
		global: &[i32],
		program: &str,
	) -> Result<Vec<f32>, TrainerError> {
		let hints = String::from_utf8_lossy(&view.spec.training);
		let task = command::Task {
			command: program,
			layout,
			values: &layout.to_floats(global),
			data: &self.options.data,
			round: index.0,
			hints: &hints,
			folder: &self.options.folder.join("exchange"),
		};
		Ok(command::run(task).await?)
	}

	async fn train_here(
		&self,
		view: &BountyView,
		index: RoundIndex,
		layout: &Layout,
		global: &[i32],
	) -> Result<(Vec<f32>, Trained), TrainerError> {
		let hints = Hints::of_spec(&view.spec)?;
		let widths = view.spec.network().ok_or(TrainError::NoNetwork)?.widths;
		let data = self.data.clone().ok_or(TrainError::NoNetwork)?;
		let mut values = layout.to_floats(global);
		let seed = self.options.seed.wrapping_add(u64::from(index.0));
		let work = tokio::task::spawn_blocking(move || {
			let trained = train::train(&widths, &mut values, &data, &hints, seed, |_, _| {})?;
			Ok::<_, TrainError>((values, trained))
		});
		let done = work.await.map_err(|error| TrainerError::Interrupted(error.to_string()))?;
		Ok(done?)
	}

	/// Uploads the committed update as soon as that is safe.
	pub(super) async fn deliver(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		commitment: &Commitment,
	) -> Result<(), TrainerError> {
		let id = self.bounty();
		let awaited = matches!(round.phase, Phase::Upload | Phase::Draw) && round.frozen.is_none();
		if self.uploaded.contains(&(index.0, round.attempt)) || !awaited {
			return Ok(());
		}
		let shape = blob::shape_of(view.spec.parameters.element_count)?;
		let file = self.update_file(index, &round.previous_model_root);
		let genesis = self.chain.genesis();
		let root = commit::root_on_disk(&file, shape)
			.filter(|root| commit::opens(&genesis, id, index, commitment, root));
		let Some(root) = root else {
			if self.once(index, "lost") {
				(self.tell)(TrainerNote::BlobLost { bounty: id.0, round: index.0 });
			}
			return Ok(());
		};
		if self.once(index, "resumed") {
			let root = root_text(&root);
			(self.tell)(TrainerNote::Resumed { bounty: id.0, round: index.0, root });
		}
		if !upload::closing_is_final(&self.chain, id, index, round.attempt).await? {
			self.wait(format!("round {index}: the block that closed Commit is not final yet"));
			return Ok(());
		}
		let place = Place::Update(id, index, commitment.slot);
		match self.gateway.upload(place, &file, shape).await {
			Ok(_) => {}
			// The round may be past Upload by now.
			Err(error @ GatewayError::Refused { .. }) => {
				self.wait(error.to_string());
				return Ok(());
			}
			Err(error) => return Err(error.into()),
		}
		self.uploaded.insert((index.0, round.attempt));
		let (attempt, root) = (round.attempt, root_text(&root));
		(self.tell)(TrainerNote::Uploaded { bounty: id.0, round: index.0, attempt, root });
		Ok(())
	}
}
