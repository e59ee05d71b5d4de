//! `sheaf bounty open`

use super::watch::{self, Follow};
use crate::{
	context::{tokens, Context, Out},
	exit::{DataError, Exit, UsageError},
	table::percent,
};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use sheaf_aggregation::SliceLayout;
use sheaf_client::{
	chain::{
		events::BlockEvent, queries::POLL, Call, Chain, ChainError, Included, Signer, Submission,
	},
	dataset::Dataset,
	gateway::{Gateway, Place},
	initial,
	model::Layout,
	spec_file,
	spec_file::SpecFile,
	sponsor::BountyFolder,
	Balance,
};
use sheaf_training::{BountyId, BountySpec, BountyState, SpecError};
use std::path::{Path, PathBuf};

/// Options.
#[derive(Args)]
pub struct Options {
	/// The bounty's spec
	#[arg(long, value_name = "FILE")]
	spec: PathBuf,
	/// Model that round 1 starts from
	#[arg(long, value_name = "FILE", conflicts_with = "init")]
	initial_model: Option<PathBuf>,
	/// Make the initial model here
	#[arg(long, required_unless_present = "initial_model")]
	init: Option<Init>,
	/// Seed of a random initial model
	#[arg(long, default_value_t = 0)]
	seed: u64,
	/// Test data: each round is scored on a part of it, which is public afterwards
	#[arg(long, value_name = "FILE")]
	evaluation: Option<PathBuf>,
	/// Examples in each round's part of the test data
	#[arg(long, default_value_t = 30)]
	slice_examples: u32,
	/// Folder for the initial model and the slices, which are secrets until they are revealed
	#[arg(long, value_name = "DIR")]
	work_dir: PathBuf,
	/// Go on with `bounty watch --upload-slices`
	#[arg(long)]
	watch: bool,
}

/// Ways to make an initial model.
#[derive(Clone, Copy, ValueEnum)]
enum Init {
	/// He initialisation
	Random,
}

/// Opens a bounty.
pub async fn run(options: Options, context: &Context, out: Out<'_>) -> Result<Exit> {
	let file = SpecFile::read(&options.spec)?;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let gateway = context.gateway()?;
	let (mut folder, spec) = prepare(&options, &file, &chain).await?;
	let reward = fair_reward(&file, &spec, &chain).await?;
	if !context.json() {
		for slice in &folder.record.slices {
			context
				.note(&format!("slice of round {}: commitment {}", slice.round, slice.commitment));
		}
	}
	context.note(
		"Note: updates of trainers become public and can reveal their data; evaluation slices \
		 become public after their round.",
	);
	if spec.measures_contribution() {
		context.note(&format!(
			"{} % of the trainers' part is paid by marginal contribution.",
			percent(spec.marginal_share)
		));
	}
	let (bounty, block) =
		open(&chain, &gateway, &signer, &spec, reward, &mut folder, context).await?;
	let number = chain.block(block).await?.number;
	let value = json!({
		"event": "opened",
		"bounty": bounty.0,
		"block": number,
		"marginal_share": percent(spec.marginal_share),
		"initial_model_root": folder.record.initial_model_root,
		"slice_commitments": folder.record.slices.iter().map(|s| &s.commitment).collect::<Vec<_>>(),
		"work_dir": folder.path().display().to_string(),
	});
	context.say(out, &value, &format!("bounty {bounty} is open, final in block {number}"))?;
	if !options.watch {
		if !folder.record.slices.is_empty() {
			context.note(&format!(
				"Slices must be uploaded each round: run `sheaf bounty watch --bounty {bounty} \
				 --upload-slices --work-dir {}`.",
				folder.path().display()
			));
		}
		return Ok(Exit::Success);
	}
	let follow = Follow { bounty, from: Some(number), folder: Some(folder), until_round: None };
	watch::follow(follow, chain, gateway, context, out).await
}

/// Builds the folder and the spec.
async fn prepare(
	options: &Options,
	file: &SpecFile,
	chain: &Chain,
) -> Result<(BountyFolder, BountySpec)> {
	let limits = chain.limits(None).await?;
	let layout = file.layout()?;
	// Before memory is taken for it.
	if layout.elements() as u64 > limits.max_element_count {
		return Err(ChainError::Refused(spec_file::refusal(SpecError::ModelTooLarge)).into());
	}
	let values = initial_values(options, file, &layout)?;
	let elements = layout.to_fixed(&values)?;
	let data = options.evaluation.as_deref().map(Dataset::read).transpose()?;
	let evaluation = match &data {
		None => None,
		Some(data) => {
			let widths = file.network.as_deref().unwrap_or_default();
			let (Some(inputs), Some(outputs)) = (widths.first(), widths.last()) else {
				return Err(DataError("--evaluation needs a spec with a network".into()).into());
			};
			data.fits(*inputs, *outputs)?;
			let layout = SliceLayout { features: *inputs, examples: options.slice_examples };
			Some((data, layout, file.rounds))
		}
	};
	let genesis = chain.genesis();
	let path: &Path = &options.work_dir;
	let folder = BountyFolder::create(path, &genesis, &elements, evaluation, file.fraction_bits)?;
	let commitments = match evaluation {
		Some(_) => Some((options.slice_examples, folder.commitments()?)),
		None => None,
	};
	let spec = file.build(folder.initial_model_root()?, commitments, &limits)?;
	Ok((folder, spec))
}

fn initial_values(options: &Options, file: &SpecFile, layout: &Layout) -> Result<Vec<f32>> {
	match (&options.initial_model, options.init) {
		(Some(path), _) => Ok(layout.read(path)?),
		(None, Some(Init::Random)) => {
			let widths = file
				.network
				.as_deref()
				.ok_or_else(|| UsageError("--init random needs a spec with a network".into()))?;
			Ok(initial::he(widths, options.seed))
		}
		(None, None) => Err(UsageError("give --initial-model or --init".into()).into()),
	}
}

/// The reward, if the chain would take it for this spec.
async fn fair_reward(file: &SpecFile, spec: &BountySpec, chain: &Chain) -> Result<Balance> {
	let token = chain.token().await?;
	let reward = file.reward(token.decimals)?;
	let quote =
		chain.quote(spec).await?.map_err(|error| ChainError::Refused(spec_file::refusal(error)))?;
	if reward < quote.min_reward {
		let (offered, least) = (tokens(reward, &token), tokens(quote.min_reward, &token));
		let text = format!("a reward of {offered} is too small for this spec: at least {least}");
		return Err(DataError(text).into());
	}
	Ok(reward)
}

/// Opens the bounty and uploads its initial model meanwhile; both are done when this returns.
async fn open(
	chain: &Chain,
	gateway: &Gateway,
	signer: &Signer,
	spec: &BountySpec,
	reward: Balance,
	folder: &mut BountyFolder,
	context: &Context,
) -> Result<(BountyId, sheaf_client::Hash)> {
	let waiting = context.spinner("opening the bounty");
	folder.set_submitted(true)?;
	let (submission, included) = match submit(chain, signer, spec, reward).await {
		Err(error) if !error.is_connection() => {
			folder.set_submitted(false)?;
			return Err(error.into());
		}
		result => result?,
	};
	let mut bounty = number(&included.events)?;
	folder.set_bounty(bounty)?;
	waiting.set_message("uploading the initial model, waiting for finality");
	let (uploaded, included) =
		tokio::join!(upload_model(chain, gateway, bounty, folder), submission.finalized());
	let included = included?;
	let finally = number(&included.events)?;
	if finally != bounty {
		bounty = finally;
		folder.set_bounty(bounty)?;
		upload_model(chain, gateway, bounty, folder).await?;
	} else {
		uploaded.with_context(|| {
			format!("bounty {bounty} is open, but its initial model could not be uploaded")
		})?;
	}
	waiting.finish_and_clear();
	Ok((bounty, included.block))
}

async fn submit(
	chain: &Chain,
	signer: &Signer,
	spec: &BountySpec,
	reward: Balance,
) -> Result<(Submission, Included), ChainError> {
	let mut submission = chain.submit(&Call::open_bounty(spec, reward), signer).await?;
	let included = submission.in_block().await?;
	Ok((submission, included))
}

fn number(events: &[BlockEvent]) -> Result<BountyId> {
	let opened = events.iter().find_map(|event| match event {
		BlockEvent::BountyOpened { bounty, .. } => Some(*bounty),
		_ => None,
	});
	Ok(opened.ok_or_else(|| ChainError::Undecodable("open_bounty (no BountyOpened)".into()))?)
}

/// Uploads the initial model, as long as the bounty waits for it.
pub async fn upload_model(
	chain: &Chain,
	gateway: &Gateway,
	bounty: BountyId,
	folder: &BountyFolder,
) -> Result<()> {
	let shape = sheaf_client::blob::shape_of(folder.record.element_count)?;
	let file = folder.initial_model();
	loop {
		match gateway.upload(Place::InitialModel(bounty), &file, shape).await {
			Ok(_) => return Ok(()),
			Err(error) if error.is_passing() => {
				let view = chain.bounty(bounty, None).await?;
				let waits = |view: &sheaf_training::BountyView| {
					matches!(view.bounty.state, BountyState::Preparing { .. })
				};
				if view.is_some_and(|view| !waits(&view)) {
					return Err(error.into());
				}
				tokio::time::sleep(POLL).await;
			}
			Err(error) => return Err(error.into()),
		}
	}
}
