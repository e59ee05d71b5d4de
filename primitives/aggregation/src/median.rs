//! Order statistics by element.
//!
//! Values are sorted by Batcher's merge-exchange network, a fixed sequence of comparisons over
//! whole rows: it autovectorises, and its time depends on the number of updates only, never on
//! what an adversary wrote into them.

use alloc::{vec, vec::Vec};

use crate::{mean::RoundedMean, rule::Deltas, WeightedChunk, CHUNK_ELEMENTS};

/// Elements sorted at a time, so that rows of many updates stay in the first-level cache.
const LANES: usize = 64;

type Row = [i32; LANES];

/// The median of clamped updates, or `None` without updates.
pub(crate) fn median_of(updates: &[WeightedChunk<'_>], clip: i32) -> Option<Deltas> {
	let upper = updates.len() >> 1;
	let lower = updates.len().checked_sub(1)? >> 1;
	Some(by_sorted_rows(updates, clip, |rows, deltas| {
		if let (Some(low), Some(high)) = (rows.get(lower), rows.get(upper)) {
			for (delta, (low, high)) in deltas.iter_mut().zip(low.iter().zip(high)) {
				*delta = rounded_middle(*low, *high);
			}
		}
	}))
}

/// The mean without the `trim` lowest and highest values, the median if that leaves nothing, or
/// `None` without updates.
pub(crate) fn trimmed_mean_of(
	updates: &[WeightedChunk<'_>],
	clip: i32,
	trim: usize,
) -> Option<Deltas> {
	let end = updates.len().saturating_sub(trim);
	let kept = u64::try_from(end.saturating_sub(trim)).unwrap_or(u64::MAX);
	let Some(mean) = RoundedMean::over(kept) else {
		return median_of(updates, clip);
	};
	Some(by_sorted_rows(updates, clip, |rows, deltas| {
		let mut sums = [0i64; LANES];
		for row in rows.get(trim..end).unwrap_or_default() {
			for (sum, value) in sums.iter_mut().zip(row) {
				*sum = sum.wrapping_add(i64::from(*value));
			}
		}
		mean.divide(&sums, deltas);
	}))
}

/// `floor_div(low + high + 1, 2)` without leaving an `i32`.
fn rounded_middle(low: i32, high: i32) -> i32 {
	// low + high = 2 * (low | high) - (low ^ high).
	(low | high).wrapping_sub((low ^ high) >> 1)
}

/// Sorts each element's clamped values and lets `reduce` turn the sorted rows into deltas.
fn by_sorted_rows(
	updates: &[WeightedChunk<'_>],
	clip: i32,
	reduce: impl Fn(&[Row], &mut [i32]),
) -> Deltas {
	let lowest = clip.saturating_neg();
	let mut deltas = [0; CHUNK_ELEMENTS];
	let mut rows: Vec<Row> = vec![[0; LANES]; updates.len()];
	for (block, out) in deltas.chunks_mut(LANES).enumerate() {
		for (row, update) in rows.iter_mut().zip(updates) {
			let words = update.chunk.as_chunks::<4>().0.as_chunks::<LANES>().0;
			for (value, word) in row.iter_mut().zip(words.get(block).into_iter().flatten()) {
				*value = i32::from_le_bytes(*word).min(clip).max(lowest);
			}
		}
		sort_rows(&mut rows);
		reduce(&rows, out);
	}
	deltas
}

/// Sorts every column of `rows` ascending: D. E. Knuth, "The Art of Computer Programming",
/// volume 3, section 5.2.2, algorithm M (merge exchange).
fn sort_rows(rows: &mut [Row]) {
	let count = rows.len();
	let highest = count.next_power_of_two() >> 1;
	let mut step = highest;
	while step > 0 {
		let (mut near, mut residue, mut distance) = (highest, 0, step);
		loop {
			for first in 0..count.saturating_sub(distance) {
				if first & step == residue {
					compare_exchange(rows, first, first.wrapping_add(distance));
				}
			}
			if near == step {
				break;
			}
			distance = near.wrapping_sub(step);
			near >>= 1;
			residue = step;
		}
		step >>= 1;
	}
}

/// Puts the smaller values of two rows into the first.
#[inline(always)]
fn compare_exchange(rows: &mut [Row], first: usize, second: usize) {
	if let Ok([low, high]) = rows.get_disjoint_mut([first, second]) {
		for (low, high) in low.iter_mut().zip(high) {
			(*low, *high) = ((*low).min(*high), (*low).max(*high));
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_network_sorts_every_zero_one_sequence() {
		// By the zero-one principle it then sorts everything.
		for count in 0..=16usize {
			for pattern in (0..1u32 << count).step_by(LANES) {
				let bit = |row: usize, lane: usize| ((pattern + lane as u32) >> row & 1) as i32;
				let mut rows: Vec<Row> =
					(0..count).map(|row| core::array::from_fn(|lane| bit(row, lane))).collect();
				let ones: Row =
					core::array::from_fn(|lane| (0..count).map(|row| bit(row, lane)).sum());
				sort_rows(&mut rows);
				for (row, values) in rows.iter().enumerate() {
					for (value, ones) in values.iter().zip(ones) {
						assert_eq!(*value, (row as i32 >= count as i32 - ones) as i32);
					}
				}
			}
		}
	}

	#[test]
	fn the_middle_of_two_rounds_half_up_without_overflow() {
		let values = [i32::MIN, i32::MIN + 1, -3, -2, -1, 0, 1, 2, 3, i32::MAX - 1, i32::MAX];
		for low in values {
			for high in values {
				let expected = (i64::from(low) + i64::from(high) + 1).div_euclid(2);
				assert_eq!(i64::from(rounded_middle(low, high)), expected);
			}
		}
	}
}
