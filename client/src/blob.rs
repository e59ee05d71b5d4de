//! Blobs on disk: chunks of 1,024 bytes as the protocol hashes them, named by their root.

use sheaf_aggregation::{
	is_zero_padded, root_of_leaf_hashes, Blake2b256, ChunkBytes, Hash as LeafHash, Hasher,
	RootBuilder, Shape, TreeError, CHUNK_BYTES, CHUNK_ELEMENTS,
};
use sheaf_training::Hash;
use std::{
	fs::{self, File},
	io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
};

/// Why a blob cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
	/// The file system refused.
	#[error("{path}: {error}")]
	Io {
		/// The file.
		path: String,
		/// Why.
		error: io::Error,
	},
	/// No elements, or more than a tree can hold.
	#[error("a vector of {0} elements has no tree")]
	NoShape(u64),
	/// Another number of bytes than the shape has.
	#[error("{path} has {found} bytes, expected {expected}")]
	WrongSize {
		/// The file.
		path: String,
		/// Its size.
		found: u64,
		/// What the shape says.
		expected: u64,
	},
	/// Bytes after the last element are not zero.
	#[error("{0} is not padded with zeros")]
	BadPadding(String),
	/// The content is not what the name says.
	#[error("{path} has the root {found:?}, expected {expected:?}")]
	WrongRoot {
		/// The file.
		path: String,
		/// Its root.
		found: Hash,
		/// What was asked for.
		expected: Hash,
	},
	/// The tree refused; cannot happen for a file of the right size.
	#[error(transparent)]
	Tree(#[from] TreeError),
}

impl BlobError {
	fn io(path: &Path, error: io::Error) -> Self {
		Self::Io { path: path.display().to_string(), error }
	}
}

/// The shape of a vector.
///
/// # Errors
///
/// [`BlobError::NoShape`].
pub fn shape_of(element_count: u64) -> Result<Shape, BlobError> {
	Shape::new(element_count).ok_or(BlobError::NoShape(element_count))
}

fn chunk_of(elements: &[i32]) -> ChunkBytes {
	let mut bytes = [0; CHUNK_BYTES];
	for (word, element) in bytes.chunks_exact_mut(4).zip(elements) {
		word.copy_from_slice(&element.to_le_bytes());
	}
	bytes
}

/// The root of elements in memory.
///
/// # Errors
///
/// [`BlobError::NoShape`] for none.
pub fn root_of_elements(elements: &[i32]) -> Result<Hash, BlobError> {
	let mut root = RootBuilder::<Blake2b256>::new(shape_of(elements.len() as u64)?);
	for part in elements.chunks(CHUNK_ELEMENTS) {
		root.push_chunk(&chunk_of(part))?;
	}
	Ok(Hash::from(root.finish()?))
}

/// Writes a blob chunk by chunk into a new file that takes its name only when it is whole and on
/// the disk.
pub struct BlobWriter {
	file: BufWriter<File>,
	unfinished: PathBuf,
	path: PathBuf,
	root: RootBuilder<Blake2b256>,
	shape: Shape,
}

impl BlobWriter {
	/// Starts the blob that will be at `path`.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub fn create(path: &Path, shape: Shape) -> Result<Self, BlobError> {
		let unfinished = path.with_extension("unfinished");
		if let Some(folder) = path.parent() {
			fs::create_dir_all(folder).map_err(|error| BlobError::io(folder, error))?;
		}
		let file = private(&unfinished).map_err(|error| BlobError::io(&unfinished, error))?;
		Ok(Self {
			file: BufWriter::with_capacity(1 << 18, file),
			unfinished,
			path: path.to_owned(),
			root: RootBuilder::new(shape),
			shape,
		})
	}

	/// Adds the next chunk.
	///
	/// # Errors
	///
	/// [`BlobError::BadPadding`], [`BlobError::Tree`] past the end, [`BlobError::Io`].
	pub fn push(&mut self, chunk: &ChunkBytes) -> Result<(), BlobError> {
		if !is_zero_padded(self.shape, self.root.pushed(), chunk) {
			return Err(BlobError::BadPadding(self.path.display().to_string()));
		}
		self.root.push_chunk(chunk)?;
		self.file.write_all(chunk).map_err(|error| BlobError::io(&self.unfinished, error))
	}

	/// Syncs the file to the disk, gives it its name and returns its root.
	///
	/// # Errors
	///
	/// [`BlobError::Tree`] if chunks are missing, [`BlobError::WrongRoot`] if another one was
	/// `expected`, [`BlobError::Io`].
	pub fn finish(self, expected: Option<Hash>) -> Result<Hash, BlobError> {
		let found = Hash::from(self.root.finish()?);
		if let Some(expected) = expected.filter(|expected| *expected != found) {
			let path = self.path.display().to_string();
			return Err(BlobError::WrongRoot { path, found, expected });
		}
		let io = |error| BlobError::io(&self.unfinished, error);
		let file = self.file.into_inner().map_err(|error| io(error.into_error()))?;
		file.sync_all().map_err(io)?;
		fs::rename(&self.unfinished, &self.path).map_err(io)?;
		if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
			File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
		}
		Ok(found)
	}
}

/// A file that only its owner can read: updates are private until they are uploaded.
fn private(path: &Path) -> io::Result<File> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create(true).truncate(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	options.open(path)
}

/// Writes elements as a blob and returns its root.
///
/// # Errors
///
/// [`BlobError`].
pub fn write_elements(path: &Path, elements: &[i32]) -> Result<Hash, BlobError> {
	let mut writer = BlobWriter::create(path, shape_of(elements.len() as u64)?)?;
	for part in elements.chunks(CHUNK_ELEMENTS) {
		writer.push(&chunk_of(part))?;
	}
	writer.finish(None)
}

/// Reads a blob chunk by chunk.
pub struct BlobReader {
	file: BufReader<File>,
	path: PathBuf,
	left: u64,
}

impl BlobReader {
	/// Opens a blob of this shape.
	///
	/// # Errors
	///
	/// [`BlobError::WrongSize`], [`BlobError::Io`].
	pub fn open(path: &Path, shape: Shape) -> Result<Self, BlobError> {
		let io = |error| BlobError::io(path, error);
		let file = File::open(path).map_err(io)?;
		let found = file.metadata().map_err(io)?.len();
		let expected = shape.size_bytes();
		if found != expected {
			return Err(BlobError::WrongSize { path: path.display().to_string(), found, expected });
		}
		let file = BufReader::with_capacity(1 << 18, file);
		Ok(Self { file, path: path.to_owned(), left: shape.leaf_count() })
	}

	/// The next chunk, none after the last.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub fn next_chunk(&mut self) -> Result<Option<ChunkBytes>, BlobError> {
		if self.left == 0 {
			return Ok(None);
		}
		let mut chunk = [0; CHUNK_BYTES];
		self.file.read_exact(&mut chunk).map_err(|error| BlobError::io(&self.path, error))?;
		self.left -= 1;
		Ok(Some(chunk))
	}
}

/// One chunk of a blob.
///
/// # Errors
///
/// [`BlobError::WrongSize`], [`BlobError::Io`]; also past the end.
pub fn read_chunk(path: &Path, shape: Shape, index: u64) -> Result<ChunkBytes, BlobError> {
	let mut reader = BlobReader::open(path, shape)?;
	let mut chunk = [0; CHUNK_BYTES];
	let offset = index.saturating_mul(CHUNK_BYTES as u64);
	let sought = reader.file.seek(SeekFrom::Start(offset));
	sought
		.and_then(|_| reader.file.read_exact(&mut chunk))
		.map_err(|error| BlobError::io(path, error))?;
	Ok(chunk)
}

/// The leaf hashes of a blob, and its root.
///
/// # Errors
///
/// [`BlobError`].
pub fn leaf_hashes(path: &Path, shape: Shape) -> Result<(Vec<LeafHash>, Hash), BlobError> {
	let mut reader = BlobReader::open(path, shape)?;
	let mut hashes = Vec::new();
	while let Some(chunk) = reader.next_chunk()? {
		hashes.push(Blake2b256::hash(&chunk));
	}
	let root = root_of_leaf_hashes::<Blake2b256>(shape, &hashes)?;
	Ok((hashes, Hash::from(root)))
}

/// The elements of a blob that must have the root `expected`.
///
/// # Errors
///
/// [`BlobError::WrongRoot`], [`BlobError::BadPadding`] and others.
pub fn read_elements(
	path: &Path,
	element_count: u64,
	expected: Hash,
) -> Result<Vec<i32>, BlobError> {
	let shape = shape_of(element_count)?;
	let mut reader = BlobReader::open(path, shape)?;
	let mut root = RootBuilder::<Blake2b256>::new(shape);
	let mut elements = Vec::with_capacity(usize::try_from(element_count).unwrap_or(0));
	while let Some(chunk) = reader.next_chunk()? {
		let index = root.pushed();
		if !is_zero_padded(shape, index, &chunk) {
			return Err(BlobError::BadPadding(path.display().to_string()));
		}
		root.push_chunk(&chunk)?;
		let held = shape.elements_in_chunk(index);
		elements.extend(sheaf_aggregation::read_elements(&chunk).into_iter().take(held));
	}
	let found = Hash::from(root.finish()?);
	match found == expected {
		true => Ok(elements),
		false => {
			let path = path.display().to_string();
			Err(BlobError::WrongRoot { path, found, expected })
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sheaf_aggregation::root_of_chunks;

	fn elements(count: usize) -> Vec<i32> {
		(0..count as i32).map(|i| i.wrapping_mul(7_654_321) - 99).collect()
	}

	#[test]
	fn the_root_is_that_of_the_aggregation_crate() {
		for count in [1, 256, 257, 1000, 153 * 256] {
			let values = elements(count);
			let shape = Shape::new(count as u64).unwrap();
			let chunks = values.chunks(256).map(|part| {
				let mut whole = [0i32; 256];
				whole[..part.len()].copy_from_slice(part);
				sheaf_aggregation::write_elements(&whole)
			});
			let expected = root_of_chunks::<Blake2b256>(shape, chunks).unwrap();
			assert_eq!(root_of_elements(&values).unwrap().0, expected, "{count}");
		}
	}

	#[test]
	fn a_blob_survives_the_disk() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("deep/update.blob");
		let values = elements(1000);
		let root = write_elements(&path, &values).unwrap();
		assert_eq!(root, root_of_elements(&values).unwrap());
		assert_eq!(fs::metadata(&path).unwrap().len(), 4096);
		assert_eq!(read_elements(&path, 1000, root).unwrap(), values);
		let shape = Shape::new(1000).unwrap();
		let third = read_chunk(&path, shape, 2).unwrap();
		assert_eq!(sheaf_aggregation::read_elements(&third), values[512..768]);
		assert!(read_chunk(&path, shape, 4).is_err());
		let (hashes, again) = leaf_hashes(&path, shape).unwrap();
		assert_eq!((hashes.len(), again), (4, root));
		assert!(!path.with_extension("unfinished").exists());
	}

	#[test]
	fn another_content_than_the_root_says_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("update.blob");
		let root = write_elements(&path, &elements(1000)).unwrap();
		let mut bytes = fs::read(&path).unwrap();
		bytes[5] ^= 1;
		fs::write(&path, &bytes).unwrap();
		assert!(matches!(read_elements(&path, 1000, root), Err(BlobError::WrongRoot { .. })));
		bytes.truncate(4095);
		fs::write(&path, &bytes).unwrap();
		assert!(matches!(read_elements(&path, 1000, root), Err(BlobError::WrongSize { .. })));
	}

	#[test]
	fn padding_that_is_not_zero_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("update.blob");
		let root = write_elements(&path, &elements(1000)).unwrap();
		let mut bytes = fs::read(&path).unwrap();
		bytes[4095] = 1;
		fs::write(&path, &bytes).unwrap();
		assert!(matches!(read_elements(&path, 1000, root), Err(BlobError::BadPadding(_))));
	}
}
