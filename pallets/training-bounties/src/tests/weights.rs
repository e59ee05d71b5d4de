use crate::weights::STATE_BYTES;
use codec::MaxEncodedLen;
use sheaf_training::{Bounty, BountySpec, Round};

#[test]
fn the_proof_size_covers_the_largest_bounty_with_two_rounds() {
	let largest =
		Bounty::max_encoded_len() + BountySpec::max_encoded_len() + 2 * Round::max_encoded_len();
	assert!(u64::try_from(largest).unwrap() <= STATE_BYTES, "{largest} bytes");
}
