//! Prediction and scoring against their definition, for any network, model and slice.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sheaf_aggregation::{changed, score, Network, Predictor, SliceLayout, MAX_FRACTION_BITS};

#[derive(Arbitrary, Debug)]
struct Input {
	widths: Vec<u8>,
	/// A width that is refused, in place of one of them.
	odd_width: Option<(u8, u32)>,
	fraction_bits: u8,
	/// Values that model and slice repeat.
	model: Vec<i32>,
	slice: Vec<i32>,
	/// Elements that model and slice have too many or too few.
	model_off: i8,
	slice_off: i8,
	features_off: i8,
	examples: u8,
}

const MOST_WIDTHS: usize = 10;

fn repeated(values: &[i32], count: u64, off: i8) -> Vec<i32> {
	let count = count.saturating_add_signed(off.into()).min(1 << 16) as usize;
	let value = |place: usize| values.get(place % values.len().max(1)).copied();
	(0..count).map(|place| value(place).unwrap_or_default()).collect()
}

/// The label, computed layer by layer, each output by itself.
fn label(widths: &[u32], fraction_bits: u8, model: &[i32], features: &[i32]) -> u32 {
	let mut values: Vec<i64> = features.iter().map(|value| i64::from(*value)).collect();
	let mut at = 0;
	for layer in 1..widths.len() {
		let (inputs, outputs) = (widths[layer - 1] as usize, widths[layer] as usize);
		let biases = at + inputs * outputs;
		let output = |out: usize| {
			// Modulo 2^64, as `i64` wraps.
			let mut sum: i128 = i128::from(model[biases + out]) << fraction_bits;
			for (input, value) in values.iter().enumerate() {
				sum += i128::from(model[at + out * inputs + input]) * i128::from(*value);
			}
			let half = if fraction_bits == 0 { 0 } else { 1i128 << (fraction_bits - 1) };
			let wrapped = (sum + half) as i64;
			let shifted = wrapped.div_euclid(1 << fraction_bits);
			let lowest = if layer + 1 == widths.len() { i32::MIN } else { 0 };
			shifted.clamp(lowest.into(), i32::MAX.into())
		};
		values = (0..outputs).map(output).collect();
		at = biases + outputs;
	}
	let highest = values.iter().max().unwrap();
	values.iter().position(|value| value == highest).unwrap() as u32
}

fuzz_target!(|input: Input| {
	let small = input.widths.iter().take(MOST_WIDTHS).map(|width| u32::from(width % 24));
	let mut widths: Vec<u32> = small.collect();
	if let Some((place, width)) = input.odd_width {
		let count = widths.len().max(1);
		if let Some(place) = widths.get_mut(usize::from(place) % count) {
			*place = width;
		}
	}
	let network = Network { widths: widths.clone() };
	let allowed = (2..=9).contains(&widths.len())
		&& widths.iter().all(|width| (1..=65_536).contains(width))
		&& widths.last().is_some_and(|outputs| *outputs >= 2);
	assert_eq!(network.check().is_ok(), allowed);
	let fraction_bits = input.fraction_bits % 40;
	let predictor = Predictor::new(&network, fraction_bits);
	assert_eq!(predictor.is_ok(), allowed && fraction_bits <= MAX_FRACTION_BITS);
	let Ok(mut predictor) = predictor else { return };
	let layers = || widths.iter().zip(&widths[1..]).map(|(i, o)| (u64::from(*i), u64::from(*o)));
	let elements: u64 = layers().map(|(inputs, outputs)| (inputs + 1) * outputs).sum();
	assert_eq!(network.element_count(), Some(elements));
	assert_eq!(network.multiply_accumulates(), Some(layers().map(|(i, o)| i * o).sum()));
	if elements > 1 << 14 {
		return;
	}

	let model = repeated(&input.model, elements, input.model_off);
	let features = widths[0].saturating_add_signed(input.features_off.into());
	let layout = SliceLayout { features, examples: (input.examples % 8).into() };
	assert_eq!(layout.element_count(), 8 + u64::from(layout.examples) * (u64::from(features) + 1));
	let slice = repeated(&input.slice, layout.element_count(), input.slice_off);
	let scored = score(&mut predictor, &model, layout, &slice);
	let fits = layout.examples == 0 || (features == widths[0] && model.len() as u64 == elements);
	assert_eq!(scored.is_ok(), fits && slice.len() as u64 == layout.element_count());
	let Ok(scored) = scored else { return };
	let examples = slice[8..].chunks(features as usize + 1);
	let labels: Vec<(u32, i32)> = examples
		.map(|example| {
			let (own, label_given) = example.split_at(features as usize);
			(label(&widths, fraction_bits, &model, own), label_given[0])
		})
		.collect();
	let predictions: Vec<u32> = labels.iter().map(|(predicted, _)| *predicted).collect();
	let correct = labels.iter().filter(|(is, should)| i64::from(*is) == i64::from(*should)).count();
	assert_eq!((scored.correct as usize, &scored.predictions), (correct, &predictions));
	assert_eq!(changed(&predictions, &scored.predictions), 0);
});
