//! The model that a round starts from.

use crate::{
	blob,
	gateway::{Gateway, GatewayError},
	hex_hash,
};
use sheaf_training::Hash;
use std::path::{Path, PathBuf};

/// Where a blob with this root is kept.
pub fn path(folder: &Path, root: &Hash) -> PathBuf {
	folder.join(format!("{}.blob", hex_hash(root)))
}

/// The elements under a root, from `folder` if they are there, else from the gateway.
///
/// # Errors
///
/// [`GatewayError`].
pub async fn elements(
	gateway: &Gateway,
	folder: &Path,
	root: &Hash,
	element_count: u64,
) -> Result<Vec<i32>, GatewayError> {
	let file = path(folder, root);
	if let Ok(elements) = blob::read_elements(&file, element_count, *root) {
		return Ok(elements);
	}
	gateway.download(root, blob::shape_of(element_count)?, &file).await?;
	Ok(blob::read_elements(&file, element_count, *root)?)
}
