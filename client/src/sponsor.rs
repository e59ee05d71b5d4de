//! A sponsor: what it keeps on disk for a bounty, and when it reveals its slices.

use crate::{
	blob::{self, BlobError},
	chain::{Chain, ChainError},
	dataset::Dataset,
	gateway::{Gateway, GatewayError, Place},
	hex_hash, parse_hash,
	slices::{self, SliceError},
	trainer::upload,
};
use serde::{Deserialize, Serialize};
use sheaf_aggregation::SliceLayout;
use sheaf_training::{BountyId, BountySpec, BountyView, Hash, Phase, RoundIndex};
use std::{
	collections::BTreeSet,
	fs, io,
	path::{Path, PathBuf},
};

/// Why a sponsor's folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SponsorError {
	#[error(transparent)]
	Chain(#[from] ChainError),
	#[error(transparent)]
	Gateway(#[from] GatewayError),
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Slice(#[from] SliceError),
	#[error("{path}: {error}")]
	Io { path: String, error: io::Error },
	#[error("{path} is not a bounty folder of this client: {reason}")]
	Malformed { path: String, reason: String },
	#[error("{path} holds bounty {found}, not {expected}")]
	OtherBounty { path: String, found: String, expected: BountyId },
	#[error("{path} holds a bounty of another chain")]
	OtherChain { path: String },
	#[error(
		"{path} holds a bounty already: give another --work-dir; if its opening was interrupted, look \
		 for it with `sheaf bounty list` and go on with `sheaf bounty watch`"
	)]
	Taken { path: String },
}

/// One round's slice in the record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SliceRecord {
	/// The round.
	pub round: u32,
	/// Its root, a secret until it is revealed.
	pub root: String,
	/// What the spec carries.
	pub commitment: String,
	/// File in the folder.
	pub file: String,
}

/// `bounty.json` in the folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BountyRecord {
	/// The chain.
	pub genesis: String,
	/// Number of the bounty, once it is open.
	pub bounty: Option<u32>,
	/// Opening was begun: if that was interrupted, the bounty may be open nevertheless.
	pub submitted: bool,
	/// Root of the initial model.
	pub initial_model_root: String,
	/// Elements of the model.
	pub element_count: u64,
	/// Elements of a slice.
	pub slice_element_count: u64,
	/// The slices, first round first.
	pub slices: Vec<SliceRecord>,
}

/// A sponsor's folder for one bounty.
#[derive(Clone, Debug)]
pub struct BountyFolder {
	path: PathBuf,
	/// What `bounty.json` says.
	pub record: BountyRecord,
}

impl BountyFolder {
	/// Makes a folder with the initial model and, if there is evaluation data, its slices.
	///
	/// # Errors
	///
	/// [`SponsorError::Taken`] if the folder holds an opened bounty, [`SponsorError::Malformed`] if
	/// what it holds cannot be read: it may be the only copy of an opened bounty's slices.
	pub fn create(
		path: &Path,
		genesis: &Hash,
		initial_model: &[i32],
		evaluation: Option<(&Dataset, SliceLayout, u32)>,
		fraction_bits: u8,
	) -> Result<Self, SponsorError> {
		match Self::open(path) {
			Ok(existing) if existing.record.submitted => {
				return Err(SponsorError::Taken { path: path.display().to_string() });
			}
			Ok(_) => {}
			Err(SponsorError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
			Err(error) => return Err(error),
		}
		let root = blob::write_elements(&path.join(INITIAL_MODEL), initial_model)?;
		let mut record = BountyRecord {
			genesis: hex_hash(genesis),
			bounty: None,
			submitted: false,
			initial_model_root: hex_hash(&root),
			element_count: initial_model.len() as u64,
			slice_element_count: 0,
			slices: Vec::new(),
		};
		if let Some((data, layout, rounds)) = evaluation {
			record.slice_element_count = layout.element_count();
			let built = slices::build(data, layout, rounds, fraction_bits)?;
			for (round, slice) in (1..).zip(built) {
				let file = format!("slices/round-{round:04}.blob");
				blob::write_elements(&path.join(&file), &slice.elements)?;
				record.slices.push(SliceRecord {
					round,
					root: hex_hash(&slice.root),
					commitment: hex_hash(&slice.commitment),
					file,
				});
			}
		}
		let folder = Self { path: path.to_owned(), record };
		folder.save()?;
		Ok(folder)
	}

	/// Opens a folder that [`BountyFolder::create`] made.
	///
	/// # Errors
	///
	/// [`SponsorError::Io`], [`SponsorError::Malformed`].
	pub fn open(path: &Path) -> Result<Self, SponsorError> {
		let file = path.join(RECORD);
		let name = file.display().to_string();
		let text =
			fs::read(&file).map_err(|error| SponsorError::Io { path: name.clone(), error })?;
		let record = serde_json::from_slice(&text)
			.map_err(|error| SponsorError::Malformed { path: name, reason: error.to_string() })?;
		Ok(Self { path: path.to_owned(), record })
	}

	/// Opens a folder and makes sure that it belongs to this bounty of this chain. A folder whose
	/// opening was interrupted takes the bounty that has its model and slices.
	///
	/// # Errors
	///
	/// [`SponsorError::OtherBounty`], [`SponsorError::OtherChain`].
	pub fn of_bounty(
		path: &Path,
		genesis: &Hash,
		bounty: BountyId,
		spec: &BountySpec,
	) -> Result<Self, SponsorError> {
		let mut folder = Self::open(path)?;
		let path = path.display().to_string();
		if folder.record.genesis != hex_hash(genesis) {
			return Err(SponsorError::OtherChain { path });
		}
		if folder.record.bounty.is_none() && folder.is_of(spec)? {
			folder.set_bounty(bounty)?;
		}
		if folder.record.bounty != Some(bounty.0) {
			let found = folder.record.bounty.map_or("none yet".into(), |id| id.to_string());
			return Err(SponsorError::OtherBounty { path, found, expected: bounty });
		}
		Ok(folder)
	}

	/// Whether a spec has this folder's model and slices.
	fn is_of(&self, spec: &BountySpec) -> Result<bool, SponsorError> {
		let own = self.commitments()?;
		let commitments = spec.evaluation.as_ref().map(|e| e.slice_commitments.as_slice());
		let same_model = spec.initial_model_root == self.initial_model_root()?;
		Ok(same_model && commitments.unwrap_or_default() == own)
	}

	/// Notes whether the bounty may be open: if so, the slices must not be replaced.
	///
	/// # Errors
	///
	/// [`SponsorError::Io`].
	pub fn set_submitted(&mut self, submitted: bool) -> Result<(), SponsorError> {
		self.record.submitted = submitted;
		self.save()
	}

	/// Notes the bounty's number.
	///
	/// # Errors
	///
	/// [`SponsorError::Io`].
	pub fn set_bounty(&mut self, bounty: BountyId) -> Result<(), SponsorError> {
		self.record.bounty = Some(bounty.0);
		self.save()
	}

	/// Where the folder is.
	pub fn path(&self) -> &Path {
		&self.path
	}

	/// File of the initial model.
	pub fn initial_model(&self) -> PathBuf {
		self.path.join(INITIAL_MODEL)
	}

	/// The slices' commitments, first round first.
	///
	/// # Errors
	///
	/// [`SponsorError::Malformed`].
	pub fn commitments(&self) -> Result<Vec<Hash>, SponsorError> {
		let commitments = self.record.slices.iter().map(|slice| parse_hash(&slice.commitment));
		commitments.collect::<Option<_>>().ok_or_else(|| SponsorError::Malformed {
			path: self.path.display().to_string(),
			reason: "a commitment is not a hash".into(),
		})
	}

	/// Root of the initial model.
	///
	/// # Errors
	///
	/// [`SponsorError::Malformed`].
	pub fn initial_model_root(&self) -> Result<Hash, SponsorError> {
		parse_hash(&self.record.initial_model_root).ok_or_else(|| SponsorError::Malformed {
			path: self.path.display().to_string(),
			reason: "the model's root is not a hash".into(),
		})
	}

	fn slice(&self, round: RoundIndex) -> Option<PathBuf> {
		let slice = self.record.slices.iter().find(|slice| slice.round == round.0)?;
		Some(self.path.join(&slice.file))
	}

	fn save(&self) -> Result<(), SponsorError> {
		let io = |error| SponsorError::Io { path: self.path.display().to_string(), error };
		let text = serde_json::to_vec_pretty(&self.record).map_err(|e| io(e.into()))?;
		let mut file = tempfile::NamedTempFile::new_in(&self.path).map_err(io)?;
		io::Write::write_all(&mut file, &text).map_err(io)?;
		file.as_file().sync_all().map_err(io)?;
		file.persist(self.path.join(RECORD)).map_err(|error| io(error.error))?;
		Ok(())
	}
}

const RECORD: &str = "bounty.json";
const INITIAL_MODEL: &str = "initial-model.blob";

/// Uploads slices when their rounds' Commit is closed for good.
#[derive(Debug)]
pub struct SliceUploader {
	folder: BountyFolder,
	/// Rounds and attempts that are done.
	uploaded: BTreeSet<(u32, u8)>,
}

impl SliceUploader {
	/// For the slices in this folder.
	pub fn new(folder: BountyFolder) -> Self {
		Self { folder, uploaded: BTreeSet::new() }
	}

	/// Uploads what is due and returns the rounds whose slice the gateway took now.
	///
	/// # Errors
	///
	/// [`SponsorError`]; errors of the gateway may pass.
	pub async fn look(
		&mut self,
		chain: &Chain,
		gateway: &Gateway,
		view: &BountyView,
	) -> Result<Vec<(RoundIndex, u8)>, SponsorError> {
		let sheaf_training::BountyState::Running { settled, newest, .. } = view.bounty.state else {
			return Ok(Vec::new());
		};
		let mut done = Vec::new();
		for index in (settled.0 + 1..=newest.0).map(RoundIndex) {
			let Some(round) = chain.round(view.id, index, None).await? else { continue };
			let awaited = round.phase == Phase::Upload && !round.slice_spent;
			if !awaited || self.uploaded.contains(&(index.0, round.attempt)) {
				continue;
			}
			let Some(file) = self.folder.slice(index) else { continue };
			if !upload::closing_is_final(chain, view.id, index, round.attempt).await? {
				continue;
			}
			let shape = blob::shape_of(self.folder.record.slice_element_count)?;
			gateway.upload(Place::Slice(view.id, index), &file, shape).await?;
			self.uploaded.insert((index.0, round.attempt));
			done.push((index, round.attempt));
		}
		Ok(done)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::spec_file::{tests::limits, SpecFile};

	const GENESIS: Hash = Hash::repeat_byte(1);

	/// A folder with a model of 300 elements and two slices, and its spec.
	fn made(path: &Path) -> (BountyFolder, BountySpec) {
		let text = r#"{"network": [99, 3], "rounds": 2, "min_trainers": 1, "max_trainers": 3,
			"reward": "1"}"#;
		let file: SpecFile = serde_json::from_str(text).unwrap();
		let data = Dataset { features: vec![0.5; 99 * 20], labels: vec![1; 20], width: 99 };
		let layout = SliceLayout { features: 99, examples: 10 };
		let evaluation = Some((&data, layout, 2));
		let folder = BountyFolder::create(path, &GENESIS, &[3; 300], evaluation, 16).unwrap();
		let root = folder.initial_model_root().unwrap();
		let commitments = folder.commitments().unwrap();
		let spec = file.build(root, Some((10, commitments)), &limits()).unwrap();
		(folder, spec)
	}

	#[test]
	fn a_folder_is_found_again_and_belongs_to_one_bounty() {
		let place = tempfile::tempdir().unwrap();
		let path = place.path().join("bounty");
		let (mut folder, spec) = made(&path);
		assert_eq!(
			folder.initial_model_root().unwrap(),
			blob::root_of_elements(&[3; 300]).unwrap()
		);
		assert!(folder.slice(RoundIndex(2)).unwrap().exists());
		folder.set_bounty(BountyId(5)).unwrap();
		let open = |genesis, bounty| BountyFolder::of_bounty(&path, genesis, bounty, &spec);
		assert_eq!(open(&GENESIS, BountyId(5)).unwrap().record, folder.record);
		let other = open(&GENESIS, BountyId(6));
		assert!(matches!(other, Err(SponsorError::OtherBounty { .. })));
		let other = open(&Hash::zero(), BountyId(5));
		assert!(matches!(other, Err(SponsorError::OtherChain { .. })));
	}

	#[test]
	fn a_folder_with_a_damaged_record_is_not_overwritten() {
		let place = tempfile::tempdir().unwrap();
		let path = place.path().join("bounty");
		let (folder, _) = made(&path);
		fs::write(path.join(RECORD), b"{").unwrap();
		let again = BountyFolder::create(&path, &GENESIS, &[4; 300], None, 16);
		assert!(matches!(again, Err(SponsorError::Malformed { .. })));
		let root = folder.initial_model_root().unwrap();
		assert!(blob::read_elements(&folder.initial_model(), 300, root).is_ok());
	}

	#[test]
	fn slices_of_an_interrupted_opening_are_kept_and_find_their_bounty() {
		let place = tempfile::tempdir().unwrap();
		let path = place.path().join("bounty");
		let (mut folder, spec) = made(&path);
		folder.set_submitted(true).unwrap();
		let again = BountyFolder::create(&path, &GENESIS, &[3; 300], None, 16);
		assert!(matches!(again, Err(SponsorError::Taken { .. })));
		let mut other = spec.clone();
		other.initial_model_root = Hash::zero();
		let found = BountyFolder::of_bounty(&path, &GENESIS, BountyId(7), &other);
		assert!(matches!(found, Err(SponsorError::OtherBounty { .. })));
		let found = BountyFolder::of_bounty(&path, &GENESIS, BountyId(8), &spec).unwrap();
		assert_eq!(found.record.bounty, Some(8));
	}
}
