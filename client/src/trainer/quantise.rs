//! From a trained model to an update: the difference in fixed point, within the clip.

use crate::model::{Layout, ModelError};

/// An update and how much of it was cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
	/// The deltas.
	pub elements: Vec<i32>,
	/// Elements that were beyond the clip.
	pub clipped: usize,
}

/// `fixed(trained) - global` for every element, clamped to `[-clip, clip]`; cannot overflow.
///
/// # Errors
///
/// [`ModelError::NotFixedPoint`] for NaN and infinity, [`ModelError::WrongLength`].
pub fn quantise(
	layout: &Layout,
	trained: &[f32],
	global: &[i32],
	clip: i32,
) -> Result<Update, ModelError> {
	let trained = layout.to_fixed(trained)?;
	if global.len() != trained.len() {
		return Err(ModelError::WrongLength { found: global.len(), expected: trained.len() });
	}
	let limit = i64::from(clip.max(0));
	let mut clipped = 0;
	let deltas = trained.iter().zip(global).map(|(new, old)| {
		let delta = i64::from(*new) - i64::from(*old);
		let within = delta.clamp(-limit, limit);
		clipped += usize::from(within != delta);
		i32::try_from(within).unwrap_or(0)
	});
	let elements = deltas.collect();
	Ok(Update { elements, clipped })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn deltas_are_differences_within_the_clip() {
		let layout = Layout::of_network(&[1, 2], 16);
		let global = [0, 1 << 16, i32::MIN, i32::MAX];
		let trained = [0.5, 1.0, 32767.0, -32768.0];
		let update = quantise(&layout, &trained, &global, 1 << 20).unwrap();
		assert_eq!(update.elements, [1 << 15, 0, 1 << 20, -(1 << 20)]);
		assert_eq!(update.clipped, 2);
	}

	#[test]
	fn an_untouched_model_is_a_zero_update() {
		let layout = Layout::of_network(&[1, 2], 16);
		let global = [123, -456, 789, 1 << 20];
		let update = quantise(&layout, &layout.to_floats(&global), &global, 1 << 20).unwrap();
		assert_eq!(update.elements, [0; 4]);
	}
}
