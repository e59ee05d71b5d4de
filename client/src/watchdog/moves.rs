//! What to do next in a challenge, for who knows the right model.

use super::evidence::Claim;
use sheaf_aggregation::{Blake2b256, Opening, Tree};
use sheaf_training::{AccountId, Challenge, Hash, Turn};

/// A move in a challenge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Move {
	/// It is somebody else's turn.
	Wait,
	/// Name one of the opened nodes.
	Narrow {
		/// Its place among them.
		child: u8,
		/// Its level, 0 for a leaf.
		level: u32,
		/// Its index in the level.
		index: u64,
	},
	/// A wrong leaf is open: anybody can prove it.
	Prove(Claim),
	/// Everything that was opened is right.
	NothingWrong,
}

/// The next move of `account` in a challenge of another model than `right`.
pub fn next_move(challenge: &Challenge, right: &Tree<Blake2b256>, account: &AccountId) -> Move {
	if challenge.turn == Turn::Attesters {
		return Move::Wait;
	}
	let Ok(opening) = Opening::of(right.shape(), challenge.level, challenge.index) else {
		return Move::NothingWrong;
	};
	let indices = opening.first..;
	let mut opened = (0u8..=u8::MAX).zip(indices).zip(challenge.opened.iter());
	let wrong = opened.find(|((_, index), node)| right.node(opening.level, *index) != Some(node.0));
	let Some(((child, index), node)) = wrong else { return Move::NothingWrong };
	if !challenge.at_the_leaves() {
		return match challenge.challenger == *account {
			true => Move::Narrow { child, level: opening.level, index },
			false => Move::Wait,
		};
	}
	match challenge.path(right.shape(), child.into()) {
		Some(siblings) => Move::Prove(Claim {
			index,
			leaf: node.0,
			siblings: siblings.iter().map(|sibling: &Hash| sibling.0).collect(),
		}),
		None => Move::NothingWrong,
	}
}

#[cfg(test)]
pub(super) mod tests {
	use super::*;
	use sheaf_aggregation::{Hasher, Shape};
	use sp_core::bounded::BoundedVec;

	/// A tree over `chunks` leaves, one of which is another than in the tree without `wrong`.
	fn tree(chunks: u64, wrong: Option<u64>) -> Tree<Blake2b256> {
		let leaf = |index: u64| match Some(index) == wrong {
			true => Blake2b256::hash(b"wrong"),
			false => Blake2b256::hash(&index.to_le_bytes()),
		};
		let shape = Shape::new(256 * chunks).unwrap();
		Tree::new(shape, (0..chunks).map(leaf).collect()).unwrap()
	}

	pub(in crate::watchdog) fn challenge(challenger: &AccountId, depth: u32) -> Challenge {
		Challenge {
			challenger: challenger.clone(),
			bond: 10,
			level: depth,
			index: 0,
			node: None,
			siblings: Default::default(),
			opened: Default::default(),
			answerer: None,
			turn: Turn::Attesters,
			deadline: 100,
		}
	}

	fn answer(challenge: &mut Challenge, claimed: &Tree<Blake2b256>) {
		let nodes = claimed.open(challenge.level, challenge.index).unwrap();
		let nodes: Vec<Hash> = nodes.into_iter().map(Hash::from).collect();
		challenge.opened = BoundedVec::truncate_from(nodes);
		challenge.answerer = Some(AccountId::new([9; 32]));
		challenge.turn = Turn::Challenger;
	}

	/// As the chain narrows.
	fn narrow(challenge: &mut Challenge, shape: Shape, child: u8, level: u32, index: u64) {
		let path = challenge.path(shape, child.into()).unwrap();
		challenge.siblings = BoundedVec::truncate_from(path);
		challenge.node = challenge.opened.get(usize::from(child)).copied();
		(challenge.level, challenge.index, challenge.turn) = (level, index, Turn::Attesters);
	}

	#[test]
	fn a_challenge_is_narrowed_down_to_the_wrong_leaf() {
		let account = AccountId::new([1; 32]);
		for (chunks, wrong) in [(1, 0), (3, 2), (256, 255), (257, 256), (70_000, 69_999)] {
			let (right, claimed) = (tree(chunks, None), tree(chunks, Some(wrong)));
			let shape = right.shape();
			let mut challenge = challenge(&account, shape.depth());
			assert_eq!(next_move(&challenge, &right, &account), Move::Wait);
			let claim = loop {
				answer(&mut challenge, &claimed);
				match next_move(&challenge, &right, &account) {
					Move::Narrow { child, level, index } => {
						let other = AccountId::new([2; 32]);
						assert_eq!(next_move(&challenge, &right, &other), Move::Wait);
						narrow(&mut challenge, shape, child, level, index);
					}
					Move::Prove(claim) => break claim,
					other => panic!("{chunks} chunks: {other:?}"),
				}
			};
			assert_eq!(claim.index, wrong);
			assert_eq!(claim.leaf, Blake2b256::hash(b"wrong"));
			assert_eq!(claim.siblings, claimed.prove(wrong).unwrap());
		}
	}

	#[test]
	fn who_sees_the_leaves_open_can_prove_without_having_challenged() {
		let (right, claimed) = (tree(5, None), tree(5, Some(3)));
		let mut challenge = challenge(&AccountId::new([1; 32]), right.shape().depth());
		answer(&mut challenge, &claimed);
		let other = AccountId::new([2; 32]);
		assert!(matches!(next_move(&challenge, &right, &other), Move::Prove(_)));
	}

	#[test]
	fn against_a_right_model_there_is_no_move() {
		let (right, account) = (tree(300, None), AccountId::new([1; 32]));
		let mut challenge = challenge(&account, right.shape().depth());
		answer(&mut challenge, &right);
		assert_eq!(next_move(&challenge, &right, &account), Move::NothingWrong);
	}
}
