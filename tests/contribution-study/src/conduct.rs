//! What trainers send: honest updates, and those of free-riders and attackers.

use crate::{
	data::{normal, random, Example, LABELS, TRAINERS},
	round::{CLIP, FRACTION_BITS},
	training::{train, ELEMENTS},
};
use sheaf_aggregation::{from_fixed, to_fixed};

/// The last trainers are dishonest, except in the population where all are honest.
pub const DISHONEST: usize = 2;

/// How the two trainers that may be dishonest behave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conduct {
	/// As all others.
	Honest,
	/// Free-rider: nothing.
	Zero,
	/// Free-rider: normal noise with the mean norm of this round's honest updates.
	Noise,
	/// Free-rider: what the previous round changed in the model; nothing in round 1.
	StaleAggregate,
	/// Free-rider: what an honest trainer sent in the previous round; nothing in round 1.
	StaleCopy,
	/// Attacker: trains with the label `9 - label`.
	FlippedLabels,
	/// Attacker: its honest update times -5.
	Scaled,
}

impl Conduct {
	/// All of them with their names in the results.
	pub const ALL: [(Self, &str); 7] = [
		(Self::Honest, "all honest"),
		(Self::Zero, "zero update"),
		(Self::Noise, "noise"),
		(Self::StaleAggregate, "stale aggregate"),
		(Self::StaleCopy, "stale copy"),
		(Self::FlippedLabels, "flipped labels"),
		(Self::Scaled, "scaled by -5"),
	];
}

/// An update: deltas in fixed point.
pub type Update = Vec<i32>;

/// What is public when a round begins.
pub struct Before<'a> {
	/// The model.
	pub model: &'a [i32],
	/// What the previous round changed in it, and the updates that did so; none in round 1.
	pub previous: Option<(Update, &'a [Update])>,
}

/// The updates of all trainers in a round.
pub fn updates(
	conduct: Conduct,
	before: &Before<'_>,
	parts: &[Vec<Example>],
	seed: u64,
	round: u32,
) -> Vec<Update> {
	let honest = |slot: usize| trained(before.model, &parts[slot], seed, round, slot);
	let mut updates: Vec<Update> = (0..TRAINERS - DISHONEST).map(honest).collect();
	let others = updates.clone();
	updates.extend((TRAINERS - DISHONEST..TRAINERS).map(|slot| match conduct {
		Conduct::Honest => honest(slot),
		Conduct::Zero => marked(vec![0; ELEMENTS], slot),
		Conduct::Noise => noise(&others, seed, round, slot),
		Conduct::StaleAggregate => {
			marked(before.previous.as_ref().map_or(vec![0; ELEMENTS], |(sum, _)| sum.clone()), slot)
		}
		Conduct::StaleCopy => {
			let copied = slot - (TRAINERS - DISHONEST);
			let stale = before.previous.as_ref().map(|(_, updates)| updates[copied].clone());
			marked(stale.unwrap_or(vec![0; ELEMENTS]), slot)
		}
		Conduct::FlippedLabels => {
			let flip = |each: &Example| Example { label: LABELS - 1 - each.label, ..each.clone() };
			let part: Vec<Example> = parts[slot].iter().map(flip).collect();
			trained(before.model, &part, seed, round, slot)
		}
		Conduct::Scaled => honest(slot).iter().map(|delta| clip(i64::from(*delta) * -5)).collect(),
	}));
	updates
}

fn clip(delta: i64) -> i32 {
	i32::try_from(delta.clamp(-i64::from(CLIP), i64::from(CLIP))).unwrap_or(0)
}

/// Changes one element by `slot` units of 2^-16: of two updates with one root only the first is paid,
/// so whoever sends what another may send too makes it unlike.
fn marked(mut update: Update, slot: usize) -> Update {
	update[ELEMENTS - 1] += slot as i32;
	update
}

/// Trains on a part and returns the difference in fixed point, within the clip.
fn trained(model: &[i32], part: &[Example], seed: u64, round: u32, slot: usize) -> Update {
	let floats = model.iter().map(|element| from_fixed(*element, FRACTION_BITS) as f32);
	let mut trained: Vec<f32> = floats.collect();
	train(&mut trained, part, &mut random(seed, purpose(round, slot)));
	let deltas = trained.iter().zip(model).map(|(new, old)| {
		let new = to_fixed(f64::from(*new), FRACTION_BITS).expect("training does not diverge");
		clip(i64::from(new) - i64::from(*old))
	});
	deltas.collect()
}

fn noise(others: &[Update], seed: u64, round: u32, slot: usize) -> Update {
	let norm = |update: &Update| update.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt();
	let wanted = others.iter().map(norm).sum::<f64>() / others.len() as f64;
	let mut random = random(seed, purpose(round, slot));
	let values: Vec<f64> = (0..ELEMENTS).map(|_| normal(&mut random)).collect();
	let length = values.iter().map(|value| value.powi(2)).sum::<f64>().sqrt();
	values.iter().map(|value| clip((value * wanted / length).round() as i64)).collect()
}

/// The random numbers of a trainer in a round.
fn purpose(round: u32, slot: usize) -> u64 {
	u64::from(round) * 1_000 + slot as u64
}
