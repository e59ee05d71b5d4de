//! What the runtime API and view functions answer.

use crate::{Bounties, Config, LiveBounties, NextBountyId, OrderedId, Pallet, Specs};
use alloc::{vec, vec::Vec};
use frame_support::traits::Get;
use sheaf_training::{
	BlobName, Bounty, BountyFilter, BountyId, BountyPage, BountySpec, BountyStage, BountyState,
	BountySummary, BountyView, ExpectedBlob, Hash, Phase, Quote, Round, RoundBlobs, RoundIndex,
	RoundStatus, SpecError, Training, TrainingRounds, Verifiers, MAX_COMMITTEE, MAX_LOOKED_AT,
	MAX_PAGE,
};

/// Most ids in one answer.
const MAX_IDS: u32 = 1_000;

impl<T: Config> Pallet<T> {
	/// What a spec would cost with today's validators, or why it is refused.
	pub fn quote(spec: &BountySpec) -> Result<Quote, SpecError> {
		let limits = T::Limits::get();
		spec.check(&limits)?;
		let validators = u32::try_from(T::Verifiers::current().len()).unwrap_or(u32::MAX);
		Ok(spec.quote(&limits, &T::Shares::get(), validators.min(MAX_COMMITTEE)))
	}

	/// A bounty with its spec.
	pub fn bounty_view(id: BountyId) -> Option<BountyView> {
		Some(BountyView { id, spec: Specs::<T>::get(id)?, bounty: Bounties::<T>::get(id)? })
	}

	/// Up to `limit` bounties from `start` on.
	pub fn bounty_page(start: BountyId, limit: u32) -> Vec<BountyView> {
		let end = start.0.saturating_add(limit.min(MAX_PAGE)).min(NextBountyId::<T>::get().0);
		(start.0..end).filter_map(|id| Self::bounty_view(BountyId(id))).collect()
	}

	/// Bounties that match, newest first, of those opened before `before`.
	pub fn list(filter: &BountyFilter, before: Option<BountyId>, limit: u32) -> BountyPage {
		let opened = NextBountyId::<T>::get();
		let end = before.map_or(opened, |id| id.min(opened)).0;
		let start = end.saturating_sub(MAX_LOOKED_AT);
		let limit = usize::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX);
		let mut page = BountyPage::default();
		for id in (start..end).rev() {
			page.bounties.extend(Self::summary_if(filter, BountyId(id)));
			if page.bounties.len() >= limit {
				page.next = (id > 0).then_some(BountyId(id));
				return page;
			}
		}
		page.next = (start > 0).then_some(BountyId(start));
		page
	}

	/// What a list shows of a bounty that matches. Bounties of other stages are mostly told by the list
	/// of live ones, without decoding them.
	fn summary_if(filter: &BountyFilter, id: BountyId) -> Option<BountySummary> {
		let stages = &filter.stages;
		if !stages.is_empty() {
			let live = LiveBounties::<T>::contains_key(ordered(id));
			if stages.iter().all(|stage| stage.ended() == live) {
				return None;
			}
		}
		let bounty = Bounties::<T>::get(id).filter(|bounty| matches(filter, bounty))?;
		let spec = Specs::<T>::get(id)?;
		Some(BountySummary {
			id,
			sponsor: bounty.sponsor,
			state: bounty.state,
			reward: bounty.reward,
			spent: bounty.spent,
			shares: bounty.shares,
			rounds: spec.rounds,
			min_trainers: spec.min_trainers,
			max_trainers: spec.max_trainers,
			trainers: u32::try_from(bounty.trainers.len()).unwrap_or(u32::MAX),
			enrolment: spec.enrolment,
			rule: spec.parameters.rule,
			element_count: spec.parameters.element_count,
			scored: spec.evaluation.is_some(),
			model_root: bounty.model_root,
		})
	}

	/// A live round, with why it waits after this block.
	pub fn round_status(id: BountyId, round: RoundIndex) -> Option<RoundStatus> {
		Self::load(id)?.status(round, &Self::environment())
	}

	/// Up to `limit` bounties that have not ended, from `start` on.
	pub fn live_bounties(start: BountyId, limit: u32) -> Vec<BountyId> {
		let limit = usize::try_from(limit.min(MAX_IDS)).unwrap_or(usize::MAX);
		let ids = match start.0.checked_sub(1) {
			None => LiveBounties::<T>::iter_keys(),
			Some(before) => LiveBounties::<T>::iter_keys_from(LiveBounties::<T>::hashed_key_for(
				ordered(BountyId(before)),
			)),
		};
		ids.map(|id| BountyId(u32::from_be_bytes(id))).take(limit).collect()
	}

	/// The blobs that a gateway accepts and serves for a bounty.
	pub fn round_blobs(id: BountyId) -> Vec<RoundBlobs> {
		let Some(training) = Self::load(id) else { return Vec::new() };
		match training.bounty.state {
			BountyState::Preparing { .. } | BountyState::Enrolling { .. } => {
				vec![Self::model_blob(&training, RoundIndex::INITIAL_MODEL)]
			}
			BountyState::Running { settled, .. } => {
				let lowest = settled.next();
				let mut rounds = vec![Self::model_blob(&training, settled)];
				for index in [lowest, lowest.next()] {
					rounds
						.extend(training.round(index).map(|r| Self::blobs_of(&training, index, r)));
				}
				rounds
			}
			_ => Vec::new(),
		}
	}

	/// The newest settled model, as the last blob of the round that produced it.
	fn model_blob(training: &Training, round: RoundIndex) -> RoundBlobs {
		let initial = round == RoundIndex::INITIAL_MODEL;
		let blob = ExpectedBlob {
			name: if initial { BlobName::InitialModel } else { BlobName::NextModel },
			element_count: training.spec.parameters.element_count,
			root: Some(training.bounty.model_root),
			opens: None,
			secret: false,
		};
		let phase = (!initial).then_some(Phase::Accepted);
		let bounty = training.id;
		RoundBlobs { bounty, round, attempt: 0, phase, phase_started_at: 0, blobs: vec![blob] }
	}

	fn blobs_of(training: &Training, index: RoundIndex, round: &Round) -> RoundBlobs {
		let mut blobs = Vec::new();
		if round.phase != Phase::Commit {
			blobs.extend(Self::update_blobs(training, round));
			blobs.extend(Self::slice_blob(training, index, round));
			blobs.extend(published_roots(round).into_iter().map(|root| ExpectedBlob {
				name: BlobName::NextModel,
				element_count: training.spec.parameters.element_count,
				root: Some(root),
				opens: None,
				secret: false,
			}));
		}
		RoundBlobs {
			bounty: training.id,
			round: index,
			attempt: round.attempt,
			phase: Some(round.phase),
			phase_started_at: round.phase_started_at,
			blobs,
		}
	}

	fn update_blobs<'a>(
		training: &'a Training,
		round: &'a Round,
	) -> impl Iterator<Item = ExpectedBlob> + 'a {
		round.commitments.iter().map(|commitment| ExpectedBlob {
			name: BlobName::Update(commitment.slot),
			element_count: training.spec.parameters.element_count,
			root: commitment.root,
			opens: Some((commitment.hash, commitment.attempt, commitment.account.clone())),
			secret: true,
		})
	}

	fn slice_blob(training: &Training, index: RoundIndex, round: &Round) -> Option<ExpectedBlob> {
		let commitment = training.spec.slice_commitment(index).filter(|_| !round.slice_spent)?;
		Some(ExpectedBlob {
			name: BlobName::Slice,
			element_count: training.spec.slice_layout()?.element_count(),
			root: round.slice_root,
			opens: Some((commitment, round.attempt, training.bounty.sponsor.clone())),
			secret: true,
		})
	}
}

/// Key of a live bounty.
fn ordered(id: BountyId) -> OrderedId {
	id.0.to_be_bytes()
}

fn matches(filter: &BountyFilter, bounty: &Bounty) -> bool {
	let stage = BountyStage::from(&bounty.state);
	(filter.stages.is_empty() || filter.stages.contains(&stage))
		&& filter.sponsor.as_ref().is_none_or(|sponsor| *sponsor == bounty.sponsor)
		&& filter.trainer.as_ref().is_none_or(|trainer| bounty.trainer(trainer).is_some())
}

/// Roots of the published results that are not struck, each once, the accepted one first: a node that
/// computed another must be able to fetch each and prove it wrong. Bounded by the publications.
fn published_roots(round: &Round) -> Vec<Hash> {
	let accepted = round.accepted_result().map(|result| result.next_model_root);
	let published = round.publications.iter().filter(|p| !p.struck);
	let mut roots: Vec<Hash> = Vec::new();
	for root in accepted.into_iter().chain(published.map(|p| p.result.next_model_root)) {
		if !roots.contains(&root) {
			roots.push(root);
		}
	}
	roots
}
