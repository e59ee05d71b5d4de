//! Committing to an update that is safe on the disk.

use crate::{
	blob,
	chain::{Call, Chain, ChainError, Signer},
};
use sheaf_aggregation::Shape;
use sheaf_training::{commitment_hash, AccountId, BountyId, Commitment, Hash, Round, RoundIndex};
use std::path::{Path, PathBuf};

/// Where the update of a round is kept. Another chain or bounty, or a reopened round that starts
/// from another model, has another file.
pub fn path(
	folder: &Path,
	genesis: &Hash,
	bounty: BountyId,
	round: RoundIndex,
	previous_model_root: &Hash,
) -> PathBuf {
	let [chain, from] = [genesis, previous_model_root].map(|hash| hex::encode(&hash[..8]));
	folder.join(format!("{chain}-bounty-{bounty}-round-{:04}-from-{from}.blob", round.0))
}

/// The root of the update on the disk, if there is a whole one.
pub fn root_on_disk(file: &Path, shape: Shape) -> Option<Hash> {
	blob::leaf_hashes(file, shape).ok().map(|(_, root)| root)
}

/// Whether an update with this root opens a commitment.
pub fn opens(
	genesis: &Hash,
	bounty: BountyId,
	round: RoundIndex,
	commitment: &Commitment,
	root: &Hash,
) -> bool {
	let (attempt, account) = (commitment.attempt, &commitment.account);
	commitment_hash(genesis, bounty, round, attempt, account, root) == commitment.hash
}

/// The commitment of an account in a round.
pub fn own<'a>(round: &'a Round, account: &AccountId) -> Option<&'a Commitment> {
	round.commitments.iter().find(|commitment| commitment.account == *account)
}

/// Sends the commitment and waits until it stands in a block.
///
/// # Errors
///
/// [`ChainError`]. That it stands already is none.
pub async fn send(
	chain: &Chain,
	signer: &Signer,
	bounty: BountyId,
	round: RoundIndex,
	attempt: u8,
	root: &Hash,
) -> Result<(), ChainError> {
	let hash = commitment_hash(&chain.genesis(), bounty, round, attempt, signer.account(), root);
	let call = Call::commit_update(bounty, round, attempt, hash);
	match chain.submit_in_block(&call, signer).await {
		Ok(_) => Ok(()),
		Err(error) if error.is_refusal("AlreadyCommitted") => Ok(()),
		Err(error) => Err(error),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_the_committed_blob_opens_the_commitment() {
		let (genesis, account) = (Hash::repeat_byte(1), AccountId::new([2; 32]));
		let (bounty, round, root) = (BountyId(3), RoundIndex(4), Hash::repeat_byte(5));
		let commitment = Commitment {
			slot: sheaf_training::Slot(0),
			account: account.clone(),
			weight: 1,
			attempt: 1,
			hash: commitment_hash(&genesis, bounty, round, 1, &account, &root),
			root: None,
			at: 5,
		};
		assert!(opens(&genesis, bounty, round, &commitment, &root));
		assert!(!opens(&genesis, bounty, round, &commitment, &Hash::repeat_byte(6)));
		assert!(!opens(&genesis, bounty, round.next(), &commitment, &root));
	}

	#[test]
	fn an_update_is_found_again_after_a_restart_and_nowhere_else() {
		let folder = tempfile::tempdir().unwrap();
		let [here, elsewhere] = [1, 2].map(Hash::repeat_byte);
		let file = |genesis, bounty, round, from: u8| {
			let from = Hash::repeat_byte(from);
			path(folder.path(), genesis, BountyId(bounty), RoundIndex(round), &from)
		};
		let shape = Shape::new(300).unwrap();
		assert_eq!(root_on_disk(&file(&here, 3, 2, 7), shape), None);
		let root = blob::write_elements(&file(&here, 3, 2, 7), &[1; 300]).unwrap();
		assert_eq!(root_on_disk(&file(&here, 3, 2, 7), shape), Some(root));
		for other in [
			file(&elsewhere, 3, 2, 7),
			file(&here, 4, 2, 7),
			file(&here, 3, 1, 7),
			file(&here, 3, 2, 8),
		] {
			assert_eq!(root_on_disk(&other, shape), None);
		}
	}
}
