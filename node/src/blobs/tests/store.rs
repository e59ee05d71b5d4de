use super::*;
use crate::blobs::{
	expected::Place,
	incoming::{Fault, Incoming},
	store::{Description, Part, StoreError},
};

fn place() -> Place {
	Place { bounty: BOUNTY, round: ROUND, name: BlobName::Update(Slot(2)) }
}

async fn open() -> (TempDir, Arc<BlobStore>) {
	let folder = TempDir::new().unwrap();
	let store = Arc::new(BlobStore::open_folder(folder.path()).await.unwrap());
	(folder, store)
}

async fn receive(store: &Arc<BlobStore>, blob: &TestBlob) -> Result<(), Fault> {
	let mut incoming = Incoming::start(store, blob.root, blob.shape, place()).await?;
	incoming.leaf_hashes(&blob.leaf_hashes.concat()).await?;
	incoming.check_leaf_hashes().await?;
	incoming.chunks(&blob.bytes()).await?;
	incoming.finish().await
}

#[tokio::test]
async fn a_blob_outlives_the_store_that_wrote_it() {
	let blob = TestBlob::update(1);
	let (folder, store) = open().await;
	receive(&store, &blob).await.unwrap();
	let reopened = BlobStore::open_folder(folder.path()).await.unwrap();
	assert_eq!(reopened.held_count(), 1);
	let expected = Description { shape: blob.shape, place: place() };
	assert_eq!(reopened.describe(&blob.root).await.unwrap(), Some(expected));
	let chunks = reopened.read(&blob.root, Part::Chunks, 0..3_072).await.unwrap();
	assert_eq!(chunks, blob.bytes());
}

#[tokio::test]
async fn a_blob_without_leaf_hashes_is_not_held() {
	let blob = TestBlob::update(1);
	let (folder, store) = open().await;
	receive(&store, &blob).await.unwrap();
	std::fs::remove_file(folder.path().join(hex::encode(blob.root)).join("leaves")).unwrap();
	let reopened = BlobStore::open_folder(folder.path()).await.unwrap();
	assert!(!reopened.is_held(&blob.root).await.unwrap());
}

#[tokio::test]
async fn a_damaged_blob_is_not_held_and_can_be_received_again() {
	let blob = TestBlob::update(1);
	for (file, content) in
		[("leaves", vec![0; 32]), ("chunks", vec![0; 1_024]), ("about", vec![0]), ("about", vec![])]
	{
		let (folder, store) = open().await;
		receive(&store, &blob).await.unwrap();
		std::fs::write(folder.path().join(hex::encode(blob.root)).join(file), content).unwrap();
		let reopened = Arc::new(BlobStore::open_folder(folder.path()).await.unwrap());
		assert!(!reopened.is_held(&blob.root).await.unwrap(), "{file}");
		receive(&reopened, &blob).await.unwrap();
		assert!(reopened.is_held(&blob.root).await.unwrap(), "{file}");
		let chunks = reopened.read(&blob.root, Part::Chunks, 0..3_072).await.unwrap();
		assert_eq!(chunks, blob.bytes());
		assert_eq!(reopened.held_count(), 1);
	}
}

#[tokio::test]
async fn what_was_left_unfinished_is_removed_at_start() {
	let (folder, store) = open().await;
	let mut draft = store.draft().await.unwrap();
	draft.write(Part::Leaves, &[1; 32]).await.unwrap();
	draft.close(Part::Leaves).await.unwrap();
	std::mem::forget(draft);
	assert!(!store.unfinished().await.is_empty());
	let reopened = BlobStore::open_folder(folder.path()).await.unwrap();
	assert!(reopened.unfinished().await.is_empty());
}

#[tokio::test]
async fn a_dropped_draft_leaves_nothing() {
	let (_folder, store) = open().await;
	let mut draft = store.draft().await.unwrap();
	draft.write(Part::Leaves, &[1; 32]).await.unwrap();
	draft.close(Part::Leaves).await.unwrap();
	drop(draft);
	for _ in 0..100 {
		tokio::time::sleep(Duration::from_millis(10)).await;
		if store.unfinished().await.is_empty() {
			return;
		}
	}
	panic!("the draft is still there");
}

#[tokio::test]
async fn an_incomplete_blob_does_not_become_visible() {
	let blob = TestBlob::update(1);
	let (_folder, store) = open().await;
	let mut incoming = Incoming::start(&store, blob.root, blob.shape, place()).await.unwrap();
	incoming.leaf_hashes(&blob.leaf_hashes.concat()).await.unwrap();
	incoming.check_leaf_hashes().await.unwrap();
	incoming.chunks(&blob.bytes()[..2_048]).await.unwrap();
	assert!(matches!(incoming.finish().await, Err(Fault::WrongSize)));
	assert!(!store.is_held(&blob.root).await.unwrap());
}

#[tokio::test]
async fn more_chunks_than_the_shape_has_are_refused() {
	let blob = TestBlob::update(1);
	let (_folder, store) = open().await;
	let mut incoming = Incoming::start(&store, blob.root, blob.shape, place()).await.unwrap();
	incoming.leaf_hashes(&blob.leaf_hashes.concat()).await.unwrap();
	incoming.check_leaf_hashes().await.unwrap();
	incoming.chunks(&blob.bytes()).await.unwrap();
	assert!(matches!(incoming.chunks(&[0; 1_024]).await, Err(Fault::WrongSize)));
}

#[tokio::test]
async fn a_root_is_remembered_by_place() {
	let (_folder, store) = open().await;
	assert_eq!(store.root_at(&place()).await.unwrap(), None);
	store.set_root_at(&place(), &Hash::repeat_byte(4)).await.unwrap();
	store.set_root_at(&place(), &Hash::repeat_byte(5)).await.unwrap();
	assert_eq!(store.root_at(&place()).await.unwrap(), Some(Hash::repeat_byte(5)));
}

#[tokio::test]
async fn a_url_opens_a_store() {
	let store = Arc::new(BlobStore::open_url("memory:///some/prefix").await.unwrap());
	let blob = TestBlob::update(1);
	receive(&store, &blob).await.unwrap();
	assert!(store.is_held(&blob.root).await.unwrap());
	let chunks = store.read(&blob.root, Part::Chunks, 1_024..2_048).await.unwrap();
	assert_eq!(chunks, blob.chunks[1].to_vec());
}

#[tokio::test]
async fn an_unknown_url_is_refused() {
	for url in ["what://is/this", "not a url"] {
		assert!(matches!(BlobStore::open_url(url).await, Err(StoreError::UnknownUrl(_))));
	}
}
