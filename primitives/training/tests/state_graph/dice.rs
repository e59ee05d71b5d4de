//! Where walks get their numbers from.

/// A deterministic source of numbers.
pub enum Dice {
	/// Without end, from a seed (splitmix64).
	Seeded(u64),
	/// These bytes, last first, then zeros.
	Given(Vec<u8>),
}

impl Dice {
	/// Whether only zeros are left.
	pub fn is_spent(&self) -> bool {
		matches!(self, Self::Given(bytes) if bytes.is_empty())
	}

	pub fn next(&mut self) -> u64 {
		match self {
			Self::Seeded(state) => {
				*state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
				let mut mixed = *state;
				mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
				mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
				mixed ^ (mixed >> 31)
			}
			Self::Given(bytes) => (0..8).fold(0, |sum, _| (sum << 8) | given(bytes)),
		}
	}

	/// A number below `bound`. Of given bytes it takes no more than it needs.
	pub fn below(&mut self, bound: usize) -> usize {
		let number = match self {
			Self::Given(bytes) if bound <= 256 => given(bytes),
			Self::Given(bytes) if bound <= 65_536 => (given(bytes) << 8) | given(bytes),
			_ => self.next(),
		};
		(number % bound.max(1) as u64) as usize
	}

	/// True once in `times`.
	pub fn once_in(&mut self, times: usize) -> bool {
		self.below(times) == 0
	}

	pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
		from.get(self.below(from.len()))
	}
}

fn given(bytes: &mut Vec<u8>) -> u64 {
	bytes.pop().unwrap_or(0).into()
}
