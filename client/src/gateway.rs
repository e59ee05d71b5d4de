//! The blob gateway of a node, over HTTP; see `docs/gateway.md`.

use crate::{
	blob::{self, BlobError, BlobWriter},
	hex_hash,
};
use sheaf_aggregation::{root_of_leaf_hashes, Blake2b256, Hash as LeafHash, Shape, CHUNK_BYTES};
use sheaf_training::{BountyId, Hash, RoundIndex, Slot};
use std::{path::Path, time::Duration};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Why the gateway did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
	/// No connection, or it broke.
	#[error("cannot reach the gateway at {url}: {reason}; is --gateway right?")]
	Unreachable {
		/// Its address.
		url: String,
		/// What happened.
		reason: String,
	},
	/// It may work in a moment: the closing block is not final, the node has not seen the bounty
	/// yet, is busy or failed.
	#[error("the gateway is not ready for this: {message} ({status})")]
	NotYet {
		/// HTTP status.
		status: u16,
		/// What it said.
		message: String,
	},
	/// It will not work by trying again.
	#[error("the gateway refused: {message} ({status})")]
	Refused {
		/// HTTP status.
		status: u16,
		/// What it said.
		message: String,
	},
	/// It does not hold the blob.
	#[error("the gateway does not hold the blob {}", hex_hash(.0))]
	NotHeld(Hash),
	/// It sent more or less than the blob.
	#[error("the gateway sent {found} bytes, expected {expected}")]
	WrongSize {
		/// What came.
		found: u64,
		/// What the shape says.
		expected: u64,
	},
	/// The local file, or what was sent, is wrong.
	#[error(transparent)]
	Blob(#[from] BlobError),
}

impl GatewayError {
	/// Whether trying again can help.
	pub fn is_passing(&self) -> bool {
		match self {
			Self::Unreachable { .. } | Self::NotYet { .. } | Self::NotHeld(_) => true,
			// What came was not the blob: another try may bring it.
			Self::WrongSize { .. } => true,
			Self::Blob(error) => {
				matches!(error, BlobError::WrongRoot { .. } | BlobError::BadPadding(_))
			}
			Self::Refused { .. } => false,
		}
	}
}

/// Where an uploaded blob belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
	/// The initial model of a bounty.
	InitialModel(BountyId),
	/// A trainer's update.
	Update(BountyId, RoundIndex, Slot),
	/// A round's evaluation slice.
	Slice(BountyId, RoundIndex),
}

impl Place {
	fn path(&self) -> String {
		match self {
			Self::InitialModel(bounty) => format!("/v1/bounties/{bounty}/model"),
			Self::Update(bounty, round, slot) => {
				format!("/v1/bounties/{bounty}/rounds/{round}/updates/{slot}")
			}
			Self::Slice(bounty, round) => format!("/v1/bounties/{bounty}/rounds/{round}/slice"),
		}
	}
}

/// The gateway of one node.
#[derive(Clone, Debug)]
pub struct Gateway {
	url: String,
	http: reqwest::Client,
}

#[derive(serde::Deserialize)]
struct ErrorBody {
	message: String,
}

impl Gateway {
	/// A gateway at this address, `http://127.0.0.1:9955` say.
	///
	/// # Errors
	///
	/// [`GatewayError::Unreachable`] if this machine cannot speak HTTP.
	pub fn new(url: &str) -> Result<Self, GatewayError> {
		let url = url.trim_end_matches('/').to_owned();
		let http = reqwest::Client::builder()
			.connect_timeout(Duration::from_secs(10))
			.read_timeout(Duration::from_secs(60))
			.redirect(reqwest::redirect::Policy::none())
			.no_proxy()
			.build()
			.map_err(|error| unreachable(&url, &error))?;
		Ok(Self { url, http })
	}

	/// Its address.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Uploads a blob: its root, its leaf hashes, its chunks. True if it was new to the gateway.
	///
	/// A gateway that holds the blob from another place still has to hear that it belongs here too;
	/// it answers as soon as it has read the root.
	///
	/// # Errors
	///
	/// [`GatewayError`]; ask [`GatewayError::is_passing`] whether to try again.
	pub async fn upload(
		&self,
		place: Place,
		file: &Path,
		shape: Shape,
	) -> Result<bool, GatewayError> {
		let (leaves, root) = blob::leaf_hashes(file, shape)?;
		let mut head = Vec::with_capacity(32 * (leaves.len() + 1));
		head.extend_from_slice(root.as_bytes());
		head.extend(leaves.iter().flatten());
		let length = head.len() as u64 + shape.size_bytes();
		let io = |error| BlobError::Io { path: file.display().to_string(), error };
		let chunks = tokio::fs::File::open(file).await.map_err(io)?;
		let body = std::io::Cursor::new(head).chain(chunks.take(shape.size_bytes()));
		let stream = ReaderStream::with_capacity(body, 1 << 16);
		let answer = self
			.http
			.put(format!("{}{}", self.url, place.path()))
			.header(reqwest::header::CONTENT_LENGTH, length)
			.header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
			.body(reqwest::Body::wrap_stream(stream))
			.send()
			.await
			.map_err(|error| unreachable(&self.url, &error))?;
		match answer.status().as_u16() {
			201 => Ok(true),
			200 => Ok(false),
			_ => Err(refused(answer).await),
		}
	}

	/// The leaf hashes of the blob with this root, checked against it: 32 bytes for each chunk.
	///
	/// # Errors
	///
	/// [`GatewayError`].
	pub async fn leaves(&self, root: &Hash, shape: Shape) -> Result<Vec<LeafHash>, GatewayError> {
		let path = format!("{}/v1/blobs/{}/leaves", self.url, hex_hash(root));
		let request = self.http.get(&path);
		let mut answer = request.send().await.map_err(|error| unreachable(&self.url, &error))?;
		match answer.status().as_u16() {
			200 => {}
			404 => return Err(GatewayError::NotHeld(*root)),
			_ => return Err(refused(answer).await),
		}
		let expected = shape.leaf_count().saturating_mul(32);
		let mut bytes = Vec::new();
		while let Some(part) = answer.chunk().await.map_err(|e| unreachable(&self.url, &e))? {
			bytes.extend_from_slice(&part);
			if bytes.len() as u64 > expected {
				return Err(GatewayError::WrongSize { found: bytes.len() as u64, expected });
			}
		}
		let (leaves, rest) = bytes.as_chunks::<32>();
		if !rest.is_empty() || leaves.len() as u64 != shape.leaf_count() {
			return Err(GatewayError::WrongSize { found: bytes.len() as u64, expected });
		}
		let found = root_of_leaf_hashes::<Blake2b256>(shape, leaves).map_err(BlobError::from)?;
		match found == root.0 {
			true => Ok(leaves.to_vec()),
			false => {
				let found = Hash::from(found);
				Err(BlobError::WrongRoot { path, found, expected: *root }.into())
			}
		}
	}

	/// Downloads the blob with this root into a file, checking it on the way.
	///
	/// # Errors
	///
	/// [`GatewayError`].
	pub async fn download(
		&self,
		root: &Hash,
		shape: Shape,
		file: &Path,
	) -> Result<(), GatewayError> {
		let request = self.http.get(format!("{}/v1/blobs/{}", self.url, hex_hash(root)));
		let mut answer = request.send().await.map_err(|error| unreachable(&self.url, &error))?;
		match answer.status().as_u16() {
			200 => {}
			404 => return Err(GatewayError::NotHeld(*root)),
			_ => return Err(refused(answer).await),
		}
		let expected = shape.size_bytes();
		let mut writer = BlobWriter::create(file, shape)?;
		let mut found = 0u64;
		let mut pending: Vec<u8> = Vec::with_capacity(2 * CHUNK_BYTES);
		while let Some(bytes) = answer.chunk().await.map_err(|e| unreachable(&self.url, &e))? {
			found += bytes.len() as u64;
			if found > expected {
				return Err(GatewayError::WrongSize { found, expected });
			}
			pending.extend_from_slice(&bytes);
			let (chunks, rest) = pending.as_chunks::<CHUNK_BYTES>();
			for chunk in chunks {
				writer.push(chunk)?;
			}
			pending = rest.to_vec();
		}
		if found != expected {
			return Err(GatewayError::WrongSize { found, expected });
		}
		writer.finish(Some(*root))?;
		Ok(())
	}
}

fn unreachable(url: &str, error: &(dyn std::error::Error + 'static)) -> GatewayError {
	let mut deepest = error;
	while let Some(source) = deepest.source() {
		deepest = source;
	}
	GatewayError::Unreachable { url: url.to_owned(), reason: deepest.to_string() }
}

async fn refused(answer: reqwest::Response) -> GatewayError {
	let status = answer.status().as_u16();
	let message = match answer.json::<ErrorBody>().await {
		Ok(body) => body.message,
		Err(_) => "no reason given".into(),
	};
	match status {
		404 | 408 | 425 | 429 | 500..=599 => GatewayError::NotYet { status, message },
		_ => GatewayError::Refused { status, message },
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::{
		io::AsyncWriteExt,
		net::{TcpListener, TcpStream},
	};

	/// Reads one request: head, and a body of its declared length.
	async fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
		let mut bytes = Vec::new();
		let mut buffer = [0; 4096];
		loop {
			let read = stream.read(&mut buffer).await.unwrap();
			bytes.extend_from_slice(&buffer[..read]);
			let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
				continue;
			};
			let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
			let length = head
				.lines()
				.find_map(|line| line.strip_prefix("content-length: "))
				.map_or(0, |length| length.parse::<usize>().unwrap());
			while bytes.len() < end + 4 + length {
				let read = stream.read(&mut buffer).await.unwrap();
				bytes.extend_from_slice(&buffer[..read]);
			}
			return (head, bytes[end + 4..].to_vec());
		}
	}

	/// Answers one connection per answer and returns what was asked.
	async fn serve(
		answers: Vec<Vec<u8>>,
	) -> (String, tokio::task::JoinHandle<Vec<(String, Vec<u8>)>>) {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		let task = tokio::spawn(async move {
			let mut asked = Vec::new();
			for answer in answers {
				let (mut stream, _) = listener.accept().await.unwrap();
				asked.push(request(&mut stream).await);
				stream.write_all(&answer).await.unwrap();
				stream.shutdown().await.unwrap();
			}
			asked
		});
		(url, task)
	}

	fn answer(status: &str, body: &[u8]) -> Vec<u8> {
		let length = body.len();
		let head =
			format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
		[head.as_bytes(), body].concat()
	}

	#[tokio::test]
	async fn an_upload_is_root_leaf_hashes_and_chunks_of_known_length() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("update.blob");
		let elements: Vec<i32> = (0..600).collect();
		let root = blob::write_elements(&path, &elements).unwrap();
		let shape = Shape::new(600).unwrap();
		let (url, asked) = serve(vec![answer("201 Created", b"")]).await;
		let place = Place::Update(BountyId(4), RoundIndex(2), Slot(7));
		assert!(Gateway::new(&url).unwrap().upload(place, &path, shape).await.unwrap());
		let asked = asked.await.unwrap();
		let (head, body) = &asked[0];
		assert!(head.starts_with("put /v1/bounties/4/rounds/2/updates/7 "), "{head}");
		assert!(!head.contains("chunked"), "{head}");
		assert_eq!(body.len(), 32 + 3 * 32 + 3 * 1024);
		assert_eq!(&body[..32], root.as_bytes());
		assert_eq!(&body[128..132], &0i32.to_le_bytes());
		assert_eq!(&body[132..136], &1i32.to_le_bytes());
	}

	#[tokio::test]
	async fn a_blob_that_the_gateway_holds_is_named_at_its_place() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("update.blob");
		blob::write_elements(&path, &[1; 300]).unwrap();
		let (url, asked) = serve(vec![answer("200 OK", b"")]).await;
		let place = Place::Update(BountyId(4), RoundIndex(2), Slot(8));
		let shape = Shape::new(300).unwrap();
		assert!(!Gateway::new(&url).unwrap().upload(place, &path, shape).await.unwrap());
		let asked = asked.await.unwrap();
		assert!(asked[0].0.starts_with("put /v1/bounties/4/rounds/2/updates/8 "));
	}

	#[tokio::test]
	async fn a_closing_block_that_is_not_final_passes() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("update.blob");
		blob::write_elements(&path, &[1; 300]).unwrap();
		let body = br#"{"error": "not_final", "message": "block 12 is not final yet"}"#;
		let (url, _asked) = serve(vec![answer("425 Too Early", body)]).await;
		let place = Place::Slice(BountyId(4), RoundIndex(2));
		let shape = Shape::new(300).unwrap();
		let error = Gateway::new(&url).unwrap().upload(place, &path, shape).await.unwrap_err();
		assert!(error.is_passing());
		assert!(error.to_string().contains("block 12 is not final yet"), "{error}");
	}

	#[tokio::test]
	async fn a_gateway_that_failed_is_asked_again_but_not_one_that_refuses() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("model.blob");
		let shape = Shape::new(300).unwrap();
		for (status, passes) in [
			("507 Insufficient Storage", true),
			("500 Internal Server Error", true),
			("409 Conflict", false),
		] {
			let (url, _asked) = serve(vec![answer(status, b"")]).await;
			let gateway = Gateway::new(&url).unwrap();
			let error = gateway.download(&Hash::zero(), shape, &path).await.unwrap_err();
			assert_eq!(error.is_passing(), passes, "{error}");
		}
	}

	#[tokio::test]
	async fn leaf_hashes_are_checked_against_the_root() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("blob");
		let root = blob::write_elements(&file, &[7; 700]).unwrap();
		let shape = Shape::new(700).unwrap();
		let (leaves, _) = blob::leaf_hashes(&file, shape).unwrap();
		let mut wrong = leaves.concat();
		wrong[3] ^= 1;
		let bodies = [leaves.concat(), wrong, leaves[..2].concat(), vec![0; 97]];
		let answers = bodies.iter().map(|body| answer("200 OK", body)).collect();
		let (url, _task) = serve(answers).await;
		let gateway = Gateway::new(&url).unwrap();
		assert_eq!(gateway.leaves(&root, shape).await.unwrap(), leaves);
		let error = gateway.leaves(&root, shape).await.unwrap_err();
		assert!(matches!(error, GatewayError::Blob(BlobError::WrongRoot { .. })), "{error}");
		for found in [64, 97] {
			let error = gateway.leaves(&root, shape).await.unwrap_err();
			assert!(
				matches!(error, GatewayError::WrongSize { found: f, expected: 96 } if f == found),
				"{error}"
			);
		}
	}

	#[tokio::test]
	async fn a_download_with_another_root_is_refused_and_leaves_no_file() {
		let folder = tempfile::tempdir().unwrap();
		let right = folder.path().join("right.blob");
		let root = blob::write_elements(&right, &[5; 300]).unwrap();
		let mut bytes = std::fs::read(&right).unwrap();
		let (url, _asked) = serve(vec![answer("200 OK", &bytes)]).await;
		let shape = Shape::new(300).unwrap();
		let path = folder.path().join("model.blob");
		Gateway::new(&url).unwrap().download(&root, shape, &path).await.unwrap();
		assert_eq!(std::fs::read(&path).unwrap(), bytes);
		std::fs::remove_file(&path).unwrap();
		bytes[0] ^= 1;
		let (url, _asked) = serve(vec![answer("200 OK", &bytes)]).await;
		let error = Gateway::new(&url).unwrap().download(&root, shape, &path).await.unwrap_err();
		assert!(matches!(error, GatewayError::Blob(BlobError::WrongRoot { .. })), "{error}");
		assert!(!path.exists());
	}

	#[tokio::test]
	async fn a_gateway_that_is_not_there_is_one_clear_line() {
		let gateway = Gateway::new("http://127.0.0.1:1/").unwrap();
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("model.blob");
		let shape = Shape::new(300).unwrap();
		let error = gateway.download(&Hash::zero(), shape, &path).await.unwrap_err();
		assert!(matches!(error, GatewayError::Unreachable { .. }));
		assert!(!error.to_string().contains('\n'));
	}
}
