//! Following one thing along the best chain, reorganisations included.

use crate::{
	types::{BlockRef, Bounty, Round},
	Chain, Error, Heads,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sp_core::H256;

/// What a subscription tells. Blocks are those of the best chain; what was told of a block is final with
/// the block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schemars(rename = "{T}Notification")]
pub enum Notification<T> {
	/// It is another than was told last. The first notification says what it is.
	Changed {
		/// The best block.
		at: BlockRef,
		/// What it is at this block; none if there is no such thing (yet, or any more).
		value: Option<T>,
	},
	/// A reorganisation took back blocks of which something was told.
	Reverted {
		/// The best block after it.
		at: BlockRef,
		/// The blocks whose notifications do not hold any more, newest first.
		taken_back: Vec<BlockRef>,
		/// What it is at the best block.
		value: Option<T>,
	},
	/// Everything told so far is final.
	Final {
		/// The last final block.
		at: BlockRef,
	},
}

/// What `bounty_subscribe` tells.
pub type BountyNotification = Notification<Bounty>;
/// What `round_subscribe` tells.
pub type RoundNotification = Notification<Round>;

/// Blocks of which something was told and that are not final, at most. Where finality stands still for
/// longer, the oldest are forgotten: a reorganisation that deep is told of the others.
const MAX_TOLD: usize = 512;

/// Compares the chain with what was told.
pub(crate) struct Follower<T> {
	/// Blocks of which something was told and that are not final, oldest first.
	told: Vec<BlockRef>,
	/// What was told last; none before the first.
	last: Option<Option<T>>,
}

impl<T> Default for Follower<T> {
	fn default() -> Self {
		Self { told: Vec::new(), last: None }
	}
}

impl<T: Clone + PartialEq> Follower<T> {
	/// What there is to tell now.
	pub(crate) fn look(
		&mut self,
		chain: &impl Chain,
		read: impl FnOnce(H256) -> Result<Option<T>, Error>,
	) -> Result<Vec<Notification<T>>, Error> {
		let Heads { best, finalized } = chain.heads();
		let value = read(best.hash.0)?;
		let change = self.change(best, value, |block| chain.holds(&best, block));
		Ok(change.into_iter().chain(self.finality(finalized)).collect())
	}

	fn change(
		&mut self,
		at: BlockRef,
		value: Option<T>,
		holds: impl Fn(&BlockRef) -> bool,
	) -> Option<Notification<T>> {
		let standing = self.told.iter().rposition(holds).map_or(0, |place| place + 1);
		let taken_back: Vec<_> = self.told.drain(standing..).rev().collect();
		if taken_back.is_empty() && self.last.as_ref() == Some(&value) {
			return None;
		}
		if self.told.len() == MAX_TOLD {
			self.told.remove(0);
		}
		self.told.push(at);
		self.last = Some(value.clone());
		Some(match taken_back.is_empty() {
			true => Notification::Changed { at, value },
			false => Notification::Reverted { at, taken_back, value },
		})
	}

	fn finality(&mut self, at: BlockRef) -> Option<Notification<T>> {
		let before = self.told.len();
		self.told.retain(|block| block.number > at.number);
		(before > 0 && self.told.is_empty()).then_some(Notification::Final { at })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::types::HexHash;

	/// Block `number` on branch `branch`.
	fn block(branch: u8, number: u32) -> BlockRef {
		let mut hash = [branch; 32];
		hash[0] = number as u8;
		BlockRef { hash: HexHash(hash.into()), number }
	}

	/// Branch 1 and branch 2 share the blocks up to 10.
	fn holds(best: BlockRef) -> impl Fn(&BlockRef) -> bool {
		move |block| {
			let same_branch = block.hash.0.as_bytes()[1] == best.hash.0.as_bytes()[1];
			block.number <= best.number && (same_branch || block.number <= 10)
		}
	}

	fn see(follower: &mut Follower<u8>, at: BlockRef, value: u8) -> Option<Notification<u8>> {
		follower.change(at, Some(value), holds(at))
	}

	fn changed(at: BlockRef, value: u8) -> Option<Notification<u8>> {
		Some(Notification::Changed { at, value: Some(value) })
	}

	#[test]
	fn the_first_look_and_every_change_are_told() {
		let mut follower = Follower::default();
		assert_eq!(see(&mut follower, block(1, 5), 1), changed(block(1, 5), 1));
		assert_eq!(see(&mut follower, block(1, 6), 1), None);
		assert_eq!(see(&mut follower, block(1, 7), 2), changed(block(1, 7), 2));
		let gone = follower.change(block(1, 8), None, holds(block(1, 8)));
		assert_eq!(gone, Some(Notification::Changed { at: block(1, 8), value: None }));
	}

	#[test]
	fn nothing_is_told_first_too() {
		let told = Follower::<u8>::default().change(block(1, 5), None, holds(block(1, 5)));
		assert_eq!(told, Some(Notification::Changed { at: block(1, 5), value: None }));
	}

	#[test]
	fn a_reorganisation_takes_back_what_was_told_of_its_blocks() {
		let mut follower = Follower::default();
		see(&mut follower, block(1, 9), 1);
		see(&mut follower, block(1, 11), 2);
		see(&mut follower, block(1, 12), 3);
		let at = block(2, 13);
		let taken_back = vec![block(1, 12), block(1, 11)];
		let reverted = Notification::Reverted { at, taken_back, value: Some(1) };
		assert_eq!(see(&mut follower, at, 1), Some(reverted));
		assert_eq!(see(&mut follower, block(2, 14), 1), None);
		// And back again.
		let (at, taken_back) = (block(1, 15), vec![block(2, 13)]);
		let reverted = Notification::Reverted { at, taken_back, value: Some(3) };
		assert_eq!(see(&mut follower, at, 3), Some(reverted));
	}

	#[test]
	fn a_reorganisation_is_told_though_it_ends_at_the_same_value() {
		let mut follower = Follower::default();
		see(&mut follower, block(1, 11), 2);
		let (at, taken_back) = (block(2, 12), vec![block(1, 11)]);
		let reverted = Notification::Reverted { at, taken_back, value: Some(2) };
		assert_eq!(see(&mut follower, at, 2), Some(reverted));
	}

	#[test]
	fn a_reorganisation_of_blocks_of_which_nothing_was_told_is_not_told() {
		let mut follower = Follower::default();
		see(&mut follower, block(1, 9), 2);
		assert_eq!(see(&mut follower, block(1, 12), 2), None);
		assert_eq!(see(&mut follower, block(2, 13), 2), None);
		assert_eq!(see(&mut follower, block(2, 14), 3), changed(block(2, 14), 3));
	}

	#[test]
	fn finality_is_told_once_when_it_covers_everything_told() {
		let mut follower = Follower::default();
		see(&mut follower, block(1, 5), 1);
		see(&mut follower, block(1, 7), 2);
		assert_eq!(follower.finality(block(1, 6)), None);
		let at = block(1, 8);
		assert_eq!(follower.finality(at), Some(Notification::Final { at }));
		assert_eq!(follower.finality(block(1, 9)), None);
	}

	#[test]
	fn what_is_remembered_is_bounded_while_finality_stands_still() {
		let mut follower = Follower::default();
		for number in 0..2 * MAX_TOLD as u32 {
			see(&mut follower, block(1, number), (number % 2) as u8);
		}
		assert_eq!(follower.told.len(), MAX_TOLD);
	}
}
