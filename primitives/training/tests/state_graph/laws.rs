//! What holds after every event, whatever it was.

use crate::{
	actors::root_of,
	support::{Story, World, LENGTHS},
};
use codec::{Decode, Encode, MaxEncodedLen};
use sheaf_aggregation::{seal_root, Hasher, Opening};
use sheaf_training::{
	quorum, tranche, update_bit, AccountId, Bounty, BountyState, Effect, Environment, Hash,
	HostBlake2, Phase, Round, RoundContext, RoundIndex, Service, Settlement, Slot, Training, Turn,
	DRAW_DELAY, MAX_VOTES_PER_MEMBER,
};
use std::collections::{BTreeMap, BTreeSet};

/// Attempt and phase of a round.
pub type Place = (u8, Phase);

/// The protocol's table: where a round may go from `from` in one step, without ending.
pub fn may_follow((attempt, from): Place, (next_attempt, to): Place) -> bool {
	use Phase::*;
	let same_attempt = next_attempt == attempt;
	let next = next_attempt == attempt + 1;
	match (from, to) {
		(Commit, Upload | Draw) => same_attempt,
		(Commit, Commit) => next,
		(Draw, Upload | Attest) => same_attempt,
		(Upload, Attest) => same_attempt,
		(Upload, Upload | Draw | Commit) => next,
		(Attest, Publish) => same_attempt,
		(Attest, Attest | Draw) => next,
		(Publish, Accepted) => same_attempt,
		(Publish, Attest | Draw) => next,
		// A challenge was rejected, so the window may end later.
		(Accepted, Publish | Accepted) => same_attempt,
		_ => false,
	}
}

/// Phases between which rounds were seen to move.
pub type Moves = BTreeSet<(u8, u8)>;

/// Every pair of phases that [`may_follow`] allows.
pub fn all_moves() -> Moves {
	let mut moves = Moves::new();
	for from in 0..6 {
		for to in 0..6 {
			let may = |attempt| may_follow((0, phase(from)), (attempt, phase(to)));
			if may(0) || may(1) {
				moves.insert((from, to));
			}
		}
	}
	moves
}

fn phase(number: u8) -> Phase {
	use Phase::*;
	[Commit, Draw, Upload, Attest, Publish, Accepted][usize::from(number)]
}

fn number(of: Phase) -> u8 {
	(0..6).find(|number| phase(*number) == of).unwrap()
}

/// Live rounds with their numbers.
pub fn live_rounds(training: &Training) -> Vec<(RoundIndex, &Round)> {
	let Some(lowest) = training.lowest_index() else { return Vec::new() };
	let numbered = [(lowest, &training.lowest), (lowest.next(), &training.following)];
	numbered.into_iter().filter_map(|(index, round)| Some((index, round.as_ref()?))).collect()
}

/// Checks the step from `before` to what `story` is now. Returns the moves that rounds made.
pub fn check(before: &Training, story: &Story) -> Moves {
	let after = &story.training;
	state_holds_together(after);
	for (_, round) in live_rounds(after) {
		round_holds_together(after, round);
		challenges_hold_together(story, round);
	}
	money_is_exact(before, story);
	rounds_settle_once_and_in_order(before, story);
	finished_work_is_paid(before, story);
	nobody_pays_twice_for_a_root(before, story);
	seats_are_taken_and_left(before, story);
	liabilities_begin_and_end(before, story);
	absences_are_news(before, story);
	what_is_frozen_stays(before, after);
	storage_is_bounded(after);
	moves_are_legal(before, story)
}

fn state_holds_together(training: &Training) {
	let Bounty { reward, spent, trainers, aggregators, .. } = &training.bounty;
	assert!(spent <= reward, "spent {spent} of {reward}");
	assert!(trainers.windows(2).all(|pair| pair[0].slot < pair[1].slot), "slots in order");
	assert!(trainers.iter().all(|t| t.slot.0 < training.spec.max_trainers));
	assert_eq!(distinct(trainers.iter().map(|t| &t.account)), trainers.len());
	assert_eq!(distinct(aggregators.iter()), aggregators.len());
	let (lowest, following) = (&training.lowest, &training.following);
	let BountyState::Running { settled, newest, last } = training.bounty.state else {
		assert!(lowest.is_none() && following.is_none(), "only a running bounty has rounds");
		assert!(!training.bounty.ended() || spent == reward, "an ended bounty has spent all");
		return;
	};
	let lowest = lowest.as_ref().expect("a running bounty has a live round");
	assert!(lowest.previous_settled);
	assert!(newest <= last && last.0 <= training.spec.rounds);
	assert_eq!(newest, if following.is_some() { settled.next().next() } else { settled.next() });
	let window = lowest.phase == Phase::Accepted;
	assert_eq!(following.is_some(), window && settled.next() < last, "pipelining");
	if let Some(following) = following {
		assert_eq!((following.attempt, following.phase), (0, Phase::Commit));
		assert!(!following.previous_settled);
		let accepted = lowest.accepted_result().expect("a window is about a result");
		assert_eq!(following.previous_model_root, accepted.next_model_root);
	}
}

fn round_holds_together(training: &Training, round: &Round) {
	let Round { commitments, committee, votes, publications, .. } = round;
	assert!(round.attempt < training.spec.max_attempts);
	assert_eq!(distinct(commitments.iter().map(|c| &c.account)), commitments.len());
	assert_eq!(distinct(commitments.iter().map(|c| c.slot)), commitments.len(), "a bit each");
	assert_eq!(votes.len(), committee.len());
	let votable = round.votable();
	assert!(votes.iter().all(|v| v.bits & !votable == 0 && v.sent <= MAX_VOTES_PER_MEMBER));
	assert_eq!(distinct(publications.iter().map(|p| p.hash)), publications.len());
	for publication in publications {
		let root = publication.result.next_model_root;
		assert_eq!(publication.struck, round.is_struck(&root), "a root is wrong or it is not");
	}
	assert_eq!(round.accepted.is_some(), round.phase == Phase::Accepted);
	if let Some(accepted) = round.accepted {
		let accepted = publications.iter().find(|p| p.hash == accepted).expect("published");
		assert!(!accepted.struck, "a struck result is not accepted");
	}
	let frozen = matches!(round.phase, Phase::Attest | Phase::Publish | Phase::Accepted);
	let open = matches!(round.phase, Phase::Commit | Phase::Upload);
	assert!(round.frozen.is_some() || !frozen);
	assert!(round.frozen.is_none() || !open);
	assert_eq!(committee.is_empty(), matches!(round.phase, Phase::Commit | Phase::Draw));
	assert!(round.aggregator.is_none() || !committee.is_empty());
	let Some(frozen) = &round.frozen else { return };
	assert!(frozen.updates.len() >= usize::from(training.spec.min_trainers));
	assert!(frozen.updates.windows(2).all(|pair| pair[0].slot < pair[1].slot));
	assert_eq!(distinct(frozen.updates.iter().map(|u| u.root)), frozen.updates.len());
}

fn challenges_hold_together(story: &Story, round: &Round) {
	let (limits, l) = (&story.world.limits, story.training.spec.lengths);
	let members = (0..round.committee.len()).fold(0u16, |bits, seat| bits | 1 << seat);
	if round.phase == Phase::Accepted {
		assert!(round.challenges <= limits.max_challenges);
		assert_eq!(round.member_challenges & !members, 0);
	}
	let Some(challenge) = &round.challenge else { return };
	assert_eq!(round.phase, Phase::Accepted, "only an accepted result is challenged");
	assert!(challenge.deadline <= story.world.now + l.answer.max(l.proof));
	let shape = story.training.spec.shape().unwrap();
	let depth = shape.depth();
	assert_eq!(challenge.siblings.len(), (depth - challenge.level) as usize, "a path to the top");
	assert_eq!(challenge.node.is_none(), challenge.level == depth);
	if challenge.turn == Turn::Attesters {
		assert!(challenge.opened.is_empty());
		return;
	}
	assert!(challenge.answerer.is_some());
	let window = round.phase_started_at + round.phase_length;
	assert!(window >= challenge.deadline - l.answer.max(l.proof) + l.proof, "time to prove");
	let child = challenge.opened.len() as u64 - 1;
	let path = challenge.path(shape, child).expect("every opened node has a path");
	let opening = Opening::of(shape, challenge.level, challenge.index).unwrap();
	assert_eq!(path.len(), (depth - opening.level) as usize);
	let (mut node, mut index) = (challenge.opened[child as usize].0, opening.first + child);
	for sibling in path {
		let pair = if index & 1 == 0 { [node, sibling.0] } else { [sibling.0, node] };
		node = HostBlake2::hash(&pair.concat());
		index >>= 1;
	}
	let root = round.accepted_result().expect("challenged").next_model_root;
	assert_eq!(seal_root::<HostBlake2>(shape.element_count(), node), root.0, "leads to the root");
}

fn settlements(effects: &[Effect]) -> Vec<(RoundIndex, Option<Hash>, &Settlement)> {
	effects
		.iter()
		.filter_map(|effect| match effect {
			&Effect::RoundSettled { round, root, ref settlement } => {
				Some((round, root, settlement))
			}
			_ => None,
		})
		.collect()
}

fn money_is_exact(before: &Training, story: &Story) {
	let after = &story.training;
	let mut left = 0u128;
	for effect in &story.effects {
		left += match effect {
			Effect::RoundSettled { round, settlement, .. } => {
				let tranche = tranche(after.bounty.reward, after.spec.rounds, *round);
				assert_eq!(settlement.total(), tranche, "a round costs its tranche");
				tranche
			}
			Effect::Ended { refund } => *refund,
			_ => 0,
		};
	}
	assert_eq!(before.bounty.spent + left, after.bounty.spent, "money moves by effects only");
	let ended = story.effects.iter().filter(|e| matches!(e, Effect::Ended { .. })).count();
	let ends = after.bounty.ended() && !before.bounty.ended();
	assert_eq!(ended, usize::from(ends), "a bounty ends once");
	if ends {
		assert!(matches!(story.effects.last(), Some(Effect::Ended { .. })));
	}
}

fn rounds_settle_once_and_in_order(before: &Training, story: &Story) {
	let mut expected = before.lowest_index();
	let mut model_root = before.bounty.model_root;
	for (round, root, _) in settlements(&story.effects) {
		assert_eq!(Some(round), expected, "the lowest live round settles, once");
		expected = Some(round.next());
		model_root = root.unwrap_or(model_root);
	}
	assert_eq!(story.training.bounty.model_root, model_root);
	if let (Some(expected), Some(lowest)) = (expected, story.training.lowest_index()) {
		assert_eq!(lowest, expected);
	}
}

/// Roots of the updates that were frozen, or held by a quorum in this or an earlier attempt.
fn finished(round: &Round) -> BTreeSet<Hash> {
	let needed = quorum(round.committee.len() as u32).max(1) as usize;
	let held = |slot: Slot| {
		let bit = update_bit(slot);
		let votes = round.votes.iter().filter(|votes| votes.bits & bit != 0).count();
		round.delivered & bit != 0 || votes >= needed
	};
	match &round.frozen {
		Some(frozen) => frozen.updates.iter().map(|update| update.root).collect(),
		None => {
			let delivered = round.commitments.iter().filter(|c| held(c.slot));
			delivered.filter_map(|c| c.root).collect()
		}
	}
}

fn finished_work_is_paid(before: &Training, story: &Story) {
	for (index, _, settlement) in settlements(&story.effects) {
		let Some(round) = before.round(index) else { continue };
		let mut paid = BTreeSet::new();
		for payment in &settlement.payments {
			if payment.service == Service::Training && payment.amount > 0 {
				let mut commitments = round.commitments.iter();
				let of = commitments.find(|c| c.account == payment.account).expect("committed");
				assert!(paid.insert(root_of(of, index)), "an update is paid once");
			}
		}
		assert!(finished(round).is_subset(&paid), "{:?} and {paid:?}", finished(round));
	}
}

fn nobody_pays_twice_for_a_root(before: &Training, story: &Story) {
	let genesis = story.world.genesis();
	for effect in &story.effects {
		let Effect::ResultStruck { round, root, offenders, .. } = effect else {
			continue;
		};
		assert_eq!(distinct(offenders.iter()), offenders.len());
		let live = before.round(*round).expect("struck while it lived");
		let context = RoundContext {
			genesis: &genesis,
			bounty: before.id,
			round: *round,
			spec: &before.spec,
			limits: &story.world.limits,
			trainers: &before.bounty.trainers,
			now: story.world.now,
		};
		if live.is_struck(root) {
			let paid = live.offenders(root, &context);
			assert!(offenders.iter().all(|offender| !paid.contains(offender)));
		}
	}
}

fn seats_are_taken_and_left(before: &Training, story: &Story) {
	let seats_of = |training: &Training| {
		let mut seats: BTreeSet<(RoundIndex, AccountId)> = live_rounds(training)
			.into_iter()
			.flat_map(|(index, round)| round.members().into_iter().map(move |m| (index, m)))
			.collect();
		if let BountyState::Preparing { committee, .. } = &training.bounty.state {
			let members = committee.iter().map(|m| m.account.clone());
			seats.extend(members.map(|member| (RoundIndex::INITIAL_MODEL, member)));
		}
		seats
	};
	let mut seats = seats_of(before);
	for effect in &story.effects {
		match effect {
			Effect::CommitteeSeated { round, members } => members
				.iter()
				.for_each(|member| assert!(seats.insert((*round, member.clone())), "seated twice")),
			Effect::CommitteeDismissed { round, members } => members
				.iter()
				.for_each(|member| assert!(seats.remove(&(*round, member.clone())), "no seat")),
			_ => {}
		}
	}
	assert_eq!(seats, seats_of(&story.training), "the observer knows who sits");
}

fn liabilities_begin_and_end(before: &Training, story: &Story) {
	let liable_of = |training: &Training| -> BTreeSet<(RoundIndex, AccountId)> {
		live_rounds(training)
			.into_iter()
			.flat_map(|(index, round)| round.answerable().into_iter().map(move |who| (index, who)))
			.collect()
	};
	let mut liable = liable_of(before);
	for effect in &story.effects {
		match effect {
			Effect::LiabilityBegan { round, accounts } => accounts
				.iter()
				.for_each(|who| assert!(liable.insert((*round, who.clone())), "liable twice")),
			Effect::LiabilityEnded { round, accounts } => accounts
				.iter()
				.for_each(|who| assert!(liable.remove(&(*round, who.clone())), "not liable")),
			_ => {}
		}
	}
	assert_eq!(liable, liable_of(&story.training), "the registry knows whose bond is at stake");
}

fn absences_are_news(before: &Training, story: &Story) {
	for effect in &story.effects {
		let Effect::TrainersInactive { accounts, .. } = effect else { continue };
		assert!(!accounts.is_empty());
		for account in accounts {
			assert!(before.bounty.trainer(account).is_some_and(|trainer| trainer.active));
			assert!(story.training.bounty.trainer(account).is_some_and(|trainer| !trainer.active));
		}
	}
}

fn what_is_frozen_stays(before: &Training, after: &Training) {
	for (index, round) in live_rounds(before) {
		let Some(now) = after.round(index) else { continue };
		if before.lowest_index() == Some(index) {
			assert!(round.frozen.is_none() || round.frozen == now.frozen);
			assert!(now.commitments.len() >= round.commitments.len(), "commitments stand");
			assert_eq!(round.delivered & !now.delivered, 0);
			assert_eq!(round.previous_model_root, now.previous_model_root);
		}
	}
}

fn storage_is_bounded(training: &Training) {
	let bounty = training.bounty.encode();
	assert!(bounty.len() <= Bounty::max_encoded_len());
	assert_eq!(Bounty::decode(&mut &bounty[..]).as_ref(), Ok(&training.bounty));
	for (_, round) in live_rounds(training) {
		let encoded = round.encode();
		assert!(encoded.len() <= Round::max_encoded_len());
		assert_eq!(Round::decode(&mut &encoded[..]).as_ref(), Ok(round));
	}
}

fn moves_are_legal(before: &Training, story: &Story) -> Moves {
	let places_of = |training: &Training| {
		let rounds = live_rounds(training).into_iter();
		let places = rounds.map(|(index, round)| (index, Some((round.attempt, round.phase))));
		places.collect::<BTreeMap<RoundIndex, Option<Place>>>()
	};
	let mut places = places_of(before);
	let mut moves = Moves::new();
	for effect in &story.effects {
		match effect {
			Effect::RoundOpened(round) => {
				assert_eq!(places.insert(*round, None), None, "opened while it lived");
			}
			Effect::RoundDiscarded(round) | Effect::RoundSettled { round, .. } => {
				assert!(places.remove(round).is_some(), "ended twice");
			}
			Effect::PhaseStarted { round, attempt, phase, .. } => {
				let place = places.get_mut(round).expect("a phase of a live round");
				let next = (*attempt, *phase);
				match *place {
					None => assert_eq!(next, (0, Phase::Commit)),
					Some(from) => {
						assert!(may_follow(from, next), "{from:?} to {next:?}");
						moves.insert((number(from.1), number(next.1)));
					}
				}
				*place = Some(next);
			}
			_ => {}
		}
	}
	assert_eq!(places, places_of(&story.training), "every phase is announced");
	moves
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> usize {
	items.collect::<BTreeSet<T>>().len()
}

/// Ends the bounty by deadlines alone, as if everybody had left. Every deadline must have its exit,
/// and there must be an end within what the spec bounds.
pub fn run_out(mut story: Story) {
	let attempts = u32::from(story.training.spec.max_attempts);
	let phases_of_an_attempt = 6;
	let steps = 5 + 2 * phases_of_an_attempt * attempts;
	let longest = 1 << story.world.limits.max_doublings;
	let l = LENGTHS;
	let attempt_blocks =
		l.commit + DRAW_DELAY + l.window + longest * (l.upload + l.attest + l.publish);
	// A challenge that is open now, and what its end gives time for.
	let challenge = l.answer.max(l.proof) + l.proof + longest * l.publish + l.window;
	let bound =
		story.world.now + l.prepare + l.enrolment + challenge + 2 * attempts * attempt_blocks;
	for _ in 0..steps {
		if story.training.bounty.ended() {
			assert!(story.world.now <= bound, "took until {}", story.world.now);
			return;
		}
		let before = story.training.clone();
		match story.training.lowest_index() {
			Some(lowest) => story.advance(lowest).expect("a deadline has an exit"),
			None => story.advance_bounty().expect("a deadline has an exit"),
		}
		check(&before, &story);
	}
	assert!(story.training.bounty.ended(), "no end in {steps} steps: {:?}", story.training);
}

/// Something that may happen to a bounty.
pub type Event = Box<dyn FnOnce(&mut Training, &World) -> Result<(), sheaf_training::Refusal>>;
