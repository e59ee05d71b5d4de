//! The content-addressed blob store, in a local folder or an S3-compatible bucket.
//!
//! | object | holds |
//! | --- | --- |
//! | `{root}/chunks` | the chunks, the last one padded |
//! | `{root}/about` | element count and place, SCALE |
//! | `{root}/leaves` | the leaf hashes; written last, so it marks the blob as complete |
//! | `names/{place}` | the root of the blob that was found to belong there |
//! | `tmp/..` | what is being written |

use super::expected::Place;
use bytes::Bytes;
use codec::{Decode, Encode};
#[cfg(test)]
use futures::TryStreamExt;
use object_store::{
	local::LocalFileSystem, path::Path, prefix::PrefixStore, MultipartUpload, ObjectStore,
	ObjectStoreExt,
};
use sheaf_aggregation::{Hasher, Shape};
use sheaf_training::Hash;
use std::{
	collections::HashMap,
	ops::Range,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex, PoisonError,
	},
	time::SystemTime,
};

/// Bytes in a leaf hash.
pub const LEAF_HASH_BYTES: u64 = 32;
/// Most bytes that one read returns, and that a local write buffers.
pub const BLOCK_BYTES: usize = 1 << 20;
/// What a write to a bucket buffers: buckets refuse smaller parts than 5 MiB.
const REMOTE_PART_BYTES: usize = 8 << 20;
/// Blobs whose description is kept in memory.
const MAX_CACHED_DESCRIPTIONS: usize = 4_096;

/// BLAKE2b-256 with the processor's vector instructions.
pub struct NativeHasher;

impl Hasher for NativeHasher {
	fn hash(bytes: &[u8]) -> sheaf_aggregation::Hash {
		sp_crypto_hashing::blake2_256(bytes)
	}
}

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The folder or bucket did not do what was asked.
	#[error("the blob store failed: {0}")]
	Objects(#[from] object_store::Error),
	/// The folder cannot be made or cleaned.
	#[error("the blob store's folder {0} cannot be used: {1}")]
	Folder(std::path::PathBuf, std::io::Error),
	/// The URL names no store that this node can use.
	#[error("{0} is not the URL of a blob store")]
	UnknownUrl(String),
	/// An object is not what this node wrote.
	#[error("{0} in the blob store is damaged")]
	Damaged(String),
}

/// What is known about a held blob.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
	/// Its size.
	pub shape: Shape,
	/// Where it was first found to belong.
	pub place: Place,
}

/// One of the two parts of a blob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
	/// The padded chunks.
	Chunks,
	/// The leaf hashes.
	Leaves,
}

impl Part {
	/// Bytes of this part in a blob of this shape.
	pub fn size_bytes(self, shape: Shape) -> u64 {
		match self {
			Self::Chunks => shape.size_bytes(),
			Self::Leaves => shape.leaf_count().saturating_mul(LEAF_HASH_BYTES),
		}
	}

	fn file(self) -> &'static str {
		match self {
			Self::Chunks => "chunks",
			Self::Leaves => "leaves",
		}
	}
}

/// Blobs by root.
pub struct BlobStore {
	objects: Arc<dyn ObjectStore>,
	part_bytes: usize,
	/// Tells this process's unfinished objects from those of others on the same bucket.
	session: String,
	drafts: AtomicU64,
	held: AtomicU64,
	descriptions: Mutex<HashMap<Hash, Description>>,
}

impl BlobStore {
	/// Opens a folder of this node's own, makes it if needed and removes what was left unfinished.
	pub async fn open_folder(folder: &std::path::Path) -> Result<Self, StoreError> {
		let unusable = |error| StoreError::Folder(folder.to_owned(), error);
		std::fs::create_dir_all(folder).map_err(unusable)?;
		match std::fs::remove_dir_all(folder.join("tmp")) {
			Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
				return Err(unusable(error))
			}
			_ => {}
		}
		let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
		Self::over(Arc::new(objects), BLOCK_BYTES).await
	}

	/// Opens a store by URL, for instance `s3://bucket/prefix`; `AWS_*` variables configure it.
	pub async fn open_url(url: &str) -> Result<Self, StoreError> {
		let unknown = || StoreError::UnknownUrl(url.to_owned());
		let options = std::env::vars().filter(|(key, _)| key.starts_with("AWS_"));
		let (objects, prefix) = match url.parse() {
			Ok(parsed) => object_store::parse_url_opts(&parsed, options).map_err(|_| unknown())?,
			Err(_) => return Err(unknown()),
		};
		Self::over(Arc::new(PrefixStore::new(objects, prefix)), REMOTE_PART_BYTES).await
	}

	async fn over(objects: Arc<dyn ObjectStore>, part_bytes: usize) -> Result<Self, StoreError> {
		let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
		let store = Self {
			objects,
			part_bytes,
			session: format!("{}-{}", started.as_nanos(), std::process::id()),
			drafts: AtomicU64::new(0),
			held: AtomicU64::new(0),
			descriptions: Mutex::default(),
		};
		store.held.store(store.count_blobs().await?, Ordering::Relaxed);
		Ok(store)
	}

	async fn count_blobs(&self) -> Result<u64, StoreError> {
		let list = self.objects.list_with_delimiter(None).await?;
		let folders = list.common_prefixes.iter();
		let roots = folders.filter(|folder| folder.as_ref().len() == 64).count();
		Ok(u64::try_from(roots).unwrap_or(u64::MAX))
	}

	/// Blobs held; counted at start, then followed.
	pub fn held_count(&self) -> u64 {
		self.held.load(Ordering::Relaxed)
	}

	/// What is known about a blob; none unless it is complete. A damaged one counts as none, so that
	/// it can be received again.
	pub async fn describe(&self, root: &Hash) -> Result<Option<Description>, StoreError> {
		if let Some(known) = self.cached(root) {
			return Ok(Some(known));
		}
		match self.read_description(root).await {
			Ok(Some(description)) => {
				self.cache(root, description.clone());
				Ok(Some(description))
			}
			Err(error @ StoreError::Damaged(_)) => {
				log::warn!(target: super::LOG_TARGET, "{error}: the blob counts as not held");
				Ok(None)
			}
			other => other,
		}
	}

	async fn read_description(&self, root: &Hash) -> Result<Option<Description>, StoreError> {
		if self.size_of(&part_path(root, Part::Leaves)).await?.is_none() {
			return Ok(None);
		}
		let path = about_path(root);
		let damaged = || StoreError::Damaged(path.to_string());
		let about = match self.objects.get(&path).await {
			Err(object_store::Error::NotFound { .. }) => return Err(damaged()),
			found => found?.bytes().await?,
		};
		let (element_count, place) =
			<(u64, Place)>::decode(&mut &about[..]).map_err(|_| damaged())?;
		let shape = Shape::new(element_count).ok_or_else(damaged)?;
		for part in [Part::Leaves, Part::Chunks] {
			let path = part_path(root, part);
			if self.size_of(&path).await? != Some(part.size_bytes(shape)) {
				return Err(StoreError::Damaged(path.to_string()));
			}
		}
		Ok(Some(Description { shape, place }))
	}

	/// Corrects what is known about a held blob.
	pub async fn set_description(&self, root: &Hash, what: Description) -> Result<(), StoreError> {
		self.write_description(root, &what).await?;
		self.cache(root, what);
		Ok(())
	}

	async fn write_description(&self, root: &Hash, what: &Description) -> Result<(), StoreError> {
		let about = (what.shape.element_count(), &what.place).encode();
		self.objects.put(&about_path(root), about.into()).await?;
		Ok(())
	}

	/// Whether the blob is complete in the store.
	pub async fn is_held(&self, root: &Hash) -> Result<bool, StoreError> {
		Ok(self.describe(root).await?.is_some())
	}

	/// Reads at most [`BLOCK_BYTES`] of a held blob; a longer range is cut.
	pub async fn read(
		&self,
		root: &Hash,
		part: Part,
		range: Range<u64>,
	) -> Result<Bytes, StoreError> {
		self.read_object(&part_path(root, part), range).await
	}

	async fn read_object(&self, path: &Path, range: Range<u64>) -> Result<Bytes, StoreError> {
		let end = range.end.min(range.start.saturating_add(BLOCK_BYTES as u64));
		let bytes = self.objects.get_range(path, range.start..end).await?;
		if u64::try_from(bytes.len()) != Ok(end.saturating_sub(range.start)) {
			return Err(StoreError::Damaged(path.to_string()));
		}
		Ok(bytes)
	}

	/// The root that was last found to belong at a place. The chain may expect another by now.
	pub async fn root_at(&self, place: &Place) -> Result<Option<Hash>, StoreError> {
		match self.objects.get(&name_path(place)).await {
			Ok(found) => Ok(<[u8; 32]>::try_from(&found.bytes().await?[..]).ok().map(Hash::from)),
			Err(object_store::Error::NotFound { .. }) => Ok(None),
			Err(error) => Err(error.into()),
		}
	}

	/// Remembers which root belongs at a place.
	pub async fn set_root_at(&self, place: &Place, root: &Hash) -> Result<(), StoreError> {
		self.objects.put(&name_path(place), root.as_bytes().to_vec().into()).await?;
		Ok(())
	}

	/// Starts a blob that nobody sees before [`Draft::publish`].
	pub async fn draft(self: &Arc<Self>) -> Result<Draft, StoreError> {
		let number = self.drafts.fetch_add(1, Ordering::Relaxed);
		let path = |part: Part| {
			let file = format!("{}-{number}-{}", self.session, part.file());
			Path::from_iter(["tmp", file.as_str()])
		};
		Ok(Draft {
			leaves: Some(Writing::start(self, path(Part::Leaves)).await?),
			chunks: Some(Writing::start(self, path(Part::Chunks)).await?),
			store: self.clone(),
		})
	}

	async fn size_of(&self, path: &Path) -> Result<Option<u64>, StoreError> {
		match self.objects.head(path).await {
			Ok(meta) => Ok(Some(meta.size)),
			Err(object_store::Error::NotFound { .. }) => Ok(None),
			Err(error) => Err(error.into()),
		}
	}

	fn cached(&self, root: &Hash) -> Option<Description> {
		self.descriptions.lock().unwrap_or_else(PoisonError::into_inner).get(root).cloned()
	}

	fn cache(&self, root: &Hash, description: Description) {
		let mut cached = self.descriptions.lock().unwrap_or_else(PoisonError::into_inner);
		if cached.len() >= MAX_CACHED_DESCRIPTIONS {
			cached.clear();
		}
		cached.insert(*root, description);
	}

	/// Paths of unfinished objects.
	#[cfg(test)]
	pub async fn unfinished(&self) -> Vec<String> {
		let list = self.objects.list(Some(&Path::from("tmp"))).map_ok(|meta| meta.location);
		let paths: Vec<Path> = list.try_collect().await.unwrap_or_default();
		paths.into_iter().map(|path| path.to_string()).collect()
	}
}

fn part_path(root: &Hash, part: Part) -> Path {
	Path::from_iter([hex::encode(root).as_str(), part.file()])
}

fn about_path(root: &Hash) -> Path {
	Path::from_iter([hex::encode(root).as_str(), "about"])
}

fn name_path(place: &Place) -> Path {
	Path::from_iter(["names", place.key().as_str()])
}

/// A blob being written. Dropping it removes what was written.
pub struct Draft {
	store: Arc<BlobStore>,
	leaves: Option<Writing>,
	chunks: Option<Writing>,
}

impl Draft {
	/// Appends to a part.
	pub async fn write(&mut self, part: Part, bytes: &[u8]) -> Result<(), StoreError> {
		match self.writing(part) {
			Some(writing) => writing.write(bytes).await,
			None => Ok(()),
		}
	}

	/// Ends a part, so that it can be read back.
	pub async fn close(&mut self, part: Part) -> Result<(), StoreError> {
		match self.writing(part) {
			Some(writing) => writing.close().await,
			None => Ok(()),
		}
	}

	/// Reads from the closed leaf hashes.
	pub async fn read_leaves(&mut self, range: Range<u64>) -> Result<Bytes, StoreError> {
		let Some(leaves) = &self.leaves else { return Ok(Bytes::new()) };
		let path = leaves.path.clone();
		self.store.read_object(&path, range).await
	}

	/// Makes the blob visible under its root. The leaf hashes come last: a blob without them is
	/// none.
	pub async fn publish(mut self, root: &Hash, what: Description) -> Result<(), StoreError> {
		self.close(Part::Chunks).await?;
		self.close(Part::Leaves).await?;
		let store = self.store.clone();
		let new = store.size_of(&part_path(root, Part::Leaves)).await?.is_none();
		store.write_description(root, &what).await?;
		for part in [Part::Chunks, Part::Leaves] {
			if let Some(writing) = self.writing(part) {
				store.objects.rename(&writing.path, &part_path(root, part)).await?;
			}
		}
		(self.chunks, self.leaves) = (None, None);
		store.cache(root, what);
		if new {
			store.held.fetch_add(1, Ordering::Relaxed);
		}
		Ok(())
	}

	fn writing(&mut self, part: Part) -> Option<&mut Writing> {
		match part {
			Part::Chunks => self.chunks.as_mut(),
			Part::Leaves => self.leaves.as_mut(),
		}
	}
}

impl Drop for Draft {
	fn drop(&mut self) {
		let left: Vec<Writing> = self.chunks.take().into_iter().chain(self.leaves.take()).collect();
		let (Ok(runtime), false) = (tokio::runtime::Handle::try_current(), left.is_empty()) else {
			return;
		};
		let store = self.store.clone();
		runtime.spawn(async move {
			for writing in left {
				writing.discard(&store).await;
			}
		});
	}
}

/// An object being written in parts.
struct Writing {
	path: Path,
	upload: Option<Box<dyn MultipartUpload>>,
	buffer: Vec<u8>,
	part_bytes: usize,
}

impl Writing {
	async fn start(store: &BlobStore, path: Path) -> Result<Self, StoreError> {
		let upload = Some(store.objects.put_multipart(&path).await?);
		Ok(Self { path, upload, buffer: Vec::new(), part_bytes: store.part_bytes })
	}

	async fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
		while !bytes.is_empty() {
			let room = self.part_bytes.saturating_sub(self.buffer.len());
			let (now, later) = bytes.split_at(room.min(bytes.len()));
			self.buffer.extend_from_slice(now);
			bytes = later;
			if self.buffer.len() >= self.part_bytes {
				self.flush().await?;
			}
		}
		Ok(())
	}

	async fn flush(&mut self) -> Result<(), StoreError> {
		if let (Some(upload), false) = (&mut self.upload, self.buffer.is_empty()) {
			upload.put_part(std::mem::take(&mut self.buffer).into()).await?;
		}
		Ok(())
	}

	async fn close(&mut self) -> Result<(), StoreError> {
		self.flush().await?;
		if let Some(mut upload) = self.upload.take() {
			upload.complete().await?;
		}
		Ok(())
	}

	/// Removes it as far as possible; what stays behind is under `tmp`.
	async fn discard(mut self, store: &BlobStore) {
		let _ = match self.upload.take() {
			Some(mut upload) => upload.abort().await,
			None => store.objects.delete(&self.path).await,
		};
	}
}
