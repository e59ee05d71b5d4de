//! The aggregation rules: total integer functions of one chunk.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	chunk::words,
	mean::mean_of,
	median::{median_of, trimmed_mean_of},
	ChunkBytes, Parameters, CHUNK_BYTES, CHUNK_ELEMENTS,
};

/// One delta for each element of a chunk.
pub(crate) type Deltas = [i32; CHUNK_ELEMENTS];

/// How the updates of a round become one delta per element.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
#[allow(clippy::cast_possible_truncation)] // The derive casts the index of a variant.
pub enum Rule {
	/// The mean by weight, rounded half up.
	#[codec(index = 0)]
	WeightedMean,
	/// The middle value, or the mean of the two middle ones rounded half up; unweighted.
	#[codec(index = 1)]
	Median,
	/// The mean of what is left without the `trim` lowest and the `trim` highest values, rounded
	/// half up; the median if that leaves nothing; unweighted.
	#[codec(index = 2)]
	TrimmedMean {
		/// Values dropped at each end.
		trim: u16,
	},
}

impl Rule {
	/// The fewest updates this rule is meant for: `2 * trim + 1` or 1.
	pub fn min_updates(self) -> u32 {
		match self {
			Self::WeightedMean | Self::Median => 1,
			Self::TrimmedMean { trim } => u32::from(trim).saturating_mul(2).saturating_add(1),
		}
	}
}

/// One trainer's chunk of deltas, and what it weighs.
#[derive(Clone, Copy, Debug)]
pub struct WeightedChunk<'a> {
	/// Weight in the weighted mean, from 1; 0 counts nothing. Other rules ignore it.
	pub weight: u32,
	/// 256 deltas.
	pub chunk: &'a ChunkBytes,
}

/// Computes chunk `index` of the next model from the same chunk of the previous one and of all
/// updates, in ascending slot order.
///
/// `next = clamp(previous + delta, -model_bound, model_bound)` with the rule's delta of the
/// updates' elements clamped to `[-clip, clip]`; without updates (or with a total weight of 0 in
/// the weighted mean) the previous chunk. Elements past `element_count` are zero whatever the
/// inputs hold there.
///
/// Total: no input makes it fail. It is exact for parameters accepted by [`Parameters::check`];
/// for others it is only deterministic.
pub fn aggregate_chunk(
	parameters: &Parameters,
	index: u64,
	previous: &ChunkBytes,
	updates: &[WeightedChunk<'_>],
) -> ChunkBytes {
	let clip = parameters.clip.max(0);
	let deltas = match parameters.rule {
		Rule::WeightedMean => {
			mean_of(updates.iter().map(|update| (update.weight, update.chunk)), clip)
		}
		Rule::Median => median_of(updates, clip),
		Rule::TrimmedMean { trim: 0 } => {
			mean_of(updates.iter().map(|update| (1, update.chunk)), clip)
		}
		Rule::TrimmedMean { trim } => trimmed_mean_of(updates, clip, usize::from(trim)),
	};
	let mut next = match deltas {
		Some(deltas) => apply(previous, &deltas, parameters.model_bound.max(0)),
		None => *previous,
	};
	let elements = parameters.shape().map_or(0, |shape| shape.elements_in_chunk(index));
	for word in next.as_chunks_mut::<4>().0.iter_mut().skip(elements) {
		*word = [0; 4];
	}
	next
}

/// Adds deltas to a chunk within `[-bound, bound]`.
fn apply(previous: &ChunkBytes, deltas: &Deltas, bound: i32) -> ChunkBytes {
	let lowest = bound.saturating_neg();
	let mut next = [0; CHUNK_BYTES];
	let inputs = words(previous).iter().zip(deltas);
	for (out, (word, delta)) in next.as_chunks_mut().0.iter_mut().zip(inputs) {
		// Saturation changes nothing: the bound is inside an i32.
		let sum = i32::from_le_bytes(*word).saturating_add(*delta);
		*out = sum.min(bound).max(lowest).to_le_bytes();
	}
	next
}
