//! The off-chain worker of validators: votes what the node's gateway holds, computes results,
//! attests and publishes them, disputes wrong ones, and ends phases at their deadlines.
//!
//! It acts on the state of the best block alone. What it sends may be lost, so it trusts only what
//! it sees on chain, and sends again a few blocks later.

mod action;
mod compute;
mod deadlines;
mod dispute;
mod doubt;
mod failure;
mod gateway;
mod http;
mod memory;
#[cfg(test)]
mod tests;

use crate::{Call, Config, CurrentVerifiers, Pallet, Work};
use action::{attestation_statement, attested, availability_vote, next_action, Action};
use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};
use compute::compute_result;
use deadlines::{deadlines, Deadline};
use doubt::dispute_actions;
pub(crate) use failure::Failure;
use frame_system::{offchain::SubmitTransaction, pallet_prelude::BlockNumberFor};
use gateway::Gateway;
use sheaf_training::{
	Advancer, BlockNumber, BountyId, BountyState, Environment, Hash, Member, RoundIndex,
	RoundResult, Statement, Training, TrainingRounds, VerifierId, VerifierMessage,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_core::offchain::{Duration, Timestamp};
use sp_io::offchain::timestamp;
use sp_runtime::{
	offchain::storage_lock::{StorageLock, Time},
	SaturatedConversion,
};

const TARGET: &str = "sheaf::verification";
/// Held while a worker asks the gateway or computes. The node removes it when it starts.
const LOCK_KEY: &[u8] = b"sheaf::verification::lock";
/// Held while a worker makes moves in open challenges, which cannot wait for a computation. The node
/// removes it too.
const CHALLENGE_LOCK_KEY: &[u8] = b"sheaf::verification::challenge-lock";
/// After this a lock is taken for abandoned. A computation prolongs its own.
const LOCK_EXPIRY: Duration = Duration::from_millis(600_000);
/// After this the state is old: what is left is for the worker of a newer block.
const RUN_TIME: Duration = Duration::from_millis(10_000);
/// Most live bounties that are looked after. Those with a committee are on the work lists, however
/// many there are.
const MAX_LIVE_BOUNTIES: u32 = 1_000;
/// Live bounties looked at in one block.
const BOUNTIES_PER_LOOK: usize = 64;
/// Blocks between two such looks.
const LOOK_EVERY: BlockNumber = 2;

/// One thing to do on one seat.
struct Task {
	action: Action,
	/// A challenge is open in this round.
	challenged: bool,
	/// Block at which it is too late.
	deadline: BlockNumber,
	bounty: BountyId,
	round: RoundIndex,
	seat: Member,
}

/// What the tasks of one block share.
struct Run<'a> {
	gateway: Gateway,
	now: BlockNumber,
	genesis: Hash,
	/// Time from which nothing new is begun.
	end: Timestamp,
	/// Prolongs the lock.
	keep_alive: &'a mut dyn FnMut(),
}

impl<T: Config> Pallet<T> {
	/// Does what the verifiers whose keys this node holds have to do at `now`.
	pub(crate) fn verify_rounds(now: BlockNumberFor<T>) {
		let now = now.saturated_into();
		let keys = VerifierId::all();
		if keys.is_empty() {
			return;
		}
		let tasks = Self::advance_and_find_tasks(now, &keys);
		let (moves, others): (Vec<Task>, Vec<Task>) =
			tasks.into_iter().partition(Task::is_move_in_challenge);
		Self::perform_locked(CHALLENGE_LOCK_KEY, moves, now);
		Self::perform_locked(LOCK_KEY, others, now);
	}

	/// Performs the tasks unless another worker holds the lock.
	fn perform_locked(lock_key: &[u8], tasks: Vec<Task>, now: BlockNumber) {
		if tasks.is_empty() {
			return;
		}
		let Some(gateway) = Gateway::configured() else {
			return log::debug!(target: TARGET, "this node has no gateway: nothing is verified");
		};
		let mut lock = StorageLock::<Time>::with_deadline(lock_key, LOCK_EXPIRY);
		let Ok(mut guard) = lock.try_lock() else {
			return log::debug!(target: TARGET, "still at work on an earlier block");
		};
		let keep_alive = &mut || {
			// It fails only if the lock is lost, and then there is nothing to prolong.
			let _ = guard.extend_lock();
		};
		let genesis = T::Rounds::environment().genesis();
		let end = timestamp().add(RUN_TIME);
		Self::perform_all(tasks, &mut Run { gateway, now, genesis, end, keep_alive });
	}

	/// Visits the bounties that this node works for, and every other block a part of all others:
	/// ends phases that are due, and returns what is to be done on the node's seats. Needs no lock,
	/// so deadlines are met while another worker computes.
	fn advance_and_find_tasks(now: BlockNumber, keys: &[VerifierId]) -> Vec<Task> {
		let validators = CurrentVerifiers::<T>::get();
		let ours = validators.iter().filter(|member| keys.contains(&member.key));
		let mut bounties: BTreeSet<BountyId> = ours
			.flat_map(|member| Work::<T>::get(&member.account))
			.map(|(bounty, _)| bounty)
			.collect();
		if let (Some(look), Some(0)) = (now.checked_div(LOOK_EVERY), now.checked_rem(LOOK_EVERY)) {
			// Also finds the seats of verifiers that have left the validators.
			bounties.extend(part_of(T::Rounds::live(MAX_LIVE_BOUNTIES), look));
			Self::apply_due_slashes(now, look, keys);
		}
		let genesis = T::Rounds::environment().genesis();
		let mut tasks = Vec::new();
		for bounty in bounties {
			let Some(training) = T::Rounds::load(bounty) else { continue };
			for deadline in deadlines(&training) {
				if deadline.is_due(now, &validators, keys) {
					Self::advance(bounty, &deadline, now);
				}
			}
			tasks.extend(tasks_in(&training, keys, now, &genesis));
		}
		tasks.sort_by_key(|task| (task.action >= Action::Doubt, task.deadline));
		tasks
	}

	fn advance(bounty: BountyId, deadline: &Deadline, now: BlockNumber) {
		let subject = (b"advance", bounty, deadline.phase, deadline.at);
		if memory::recently_sent(&subject, now) {
			return;
		}
		memory::note_sent(&subject, now);
		match deadline.phase {
			None => T::Advancer::advance_bounty(bounty, deadline.at),
			Some((round, attempt, phase)) => {
				T::Advancer::advance(bounty, round, attempt, phase, deadline.at)
			}
		}
		log::debug!(target: TARGET, "bounty {bounty}: advanced {:?}", deadline.phase);
	}

	/// Tasks that only ask come first, then computations by deadline. Ends when the state has become
	/// old, or the gateway does not answer.
	fn perform_all(tasks: Vec<Task>, run: &mut Run<'_>) {
		for task in tasks {
			if timestamp() >= run.end {
				return;
			}
			(run.keep_alive)();
			let Err(failure) = Self::perform(&task, run) else { continue };
			let Task { action, bounty, round, .. } = &task;
			log::log!(
				target: TARGET,
				failure.level(),
				"bounty {bounty}, round {round}: {action:?} failed: {failure}"
			);
			if failure.lasts() {
				memory::note_sent(&task.failed_subject(), run.now);
			} else if *action == Action::Doubt && !matches!(failure, Failure::Unreachable { .. }) {
				memory::note_sent(&task.undecided_subject(), run.now);
			}
			if matches!(failure, Failure::Unreachable { .. }) {
				return;
			}
		}
	}

	fn perform(task: &Task, run: &mut Run<'_>) -> Result<(), Failure> {
		let Some(training) = T::Rounds::load(task.bounty) else { return Ok(()) };
		let computes = matches!(task.action, Action::Attest | Action::Publish | Action::Doubt);
		if computes && memory::recently_sent(&task.failed_subject(), run.now) {
			return Ok(());
		}
		if task.action == Action::Doubt && memory::recently_sent(&task.undecided_subject(), run.now)
		{
			return Ok(());
		}
		match task.action {
			Action::VoteInitialModel => Self::vote_initial_model(task, run),
			Action::VoteAvailability => Self::vote(&training, task, run),
			Action::Publish => Self::publish(&training, task, run),
			Action::Answer => Self::answer(&training, task, run),
			Action::Doubt => Self::doubt(&training, task, run),
			Action::Attest => Self::attest(&training, task, run),
		}
	}

	fn vote_initial_model(task: &Task, run: &Run<'_>) -> Result<(), Failure> {
		let subject = task.subject(0, 0);
		if memory::recently_sent(&subject, run.now)
			|| !run.gateway.availability(task.bounty, task.round)?.initial_model
		{
			return Ok(());
		}
		let statement = Statement::Availability { bits: 0, roots: Default::default() };
		Self::send(task, 0, statement, run)?;
		memory::note_sent(&subject, run.now);
		log::info!(target: TARGET, "bounty {}: voted the initial model available", task.bounty);
		Ok(())
	}

	fn vote(training: &Training, task: &Task, run: &Run<'_>) -> Result<(), Failure> {
		let Task { bounty, round, seat, .. } = task;
		let Some(live) = training.round(*round) else { return Ok(()) };
		let availability = run.gateway.availability(*bounty, *round)?;
		let statement = availability_vote(
			training,
			*round,
			&seat.account,
			run.now,
			&run.genesis,
			&availability,
		);
		let Some(Statement::Availability { bits, .. }) = statement else { return Ok(()) };
		// Other bits are another message, which need not wait for this one.
		let subject = task.subject(live.attempt, bits);
		let Some(statement) = statement.filter(|_| !memory::recently_sent(&subject, run.now))
		else {
			return Ok(());
		};
		Self::send(task, live.attempt, statement, run)?;
		memory::note_sent(&subject, run.now);
		log::info!(target: TARGET, "bounty {bounty}, round {round}: voted {bits:#b} available");
		Ok(())
	}

	fn attest(training: &Training, task: &Task, run: &mut Run<'_>) -> Result<(), Failure> {
		let Task { bounty, round, seat, .. } = task;
		let Some(live) = training.round(*round) else { return Ok(()) };
		let subject = task.subject(live.attempt, 0);
		if memory::recently_sent(&subject, run.now) {
			return Ok(());
		}
		let result = agreed_result(training, *round, run)?;
		let account = &seat.account;
		let statement = attestation_statement(training, *round, account, &result, &run.genesis)
			.ok_or(Failure::Inconsistent)?;
		Self::send(task, live.attempt, statement, run)?;
		memory::note_sent(&subject, run.now);
		let root = result.next_model_root;
		log::info!(target: TARGET, "bounty {bounty}, round {round}: attested root {root:#x}");
		Ok(())
	}

	fn publish(training: &Training, task: &Task, run: &mut Run<'_>) -> Result<(), Failure> {
		let Task { bounty, round, seat, .. } = task;
		let Some(live) = training.round(*round) else { return Ok(()) };
		let subject = task.subject(live.attempt, 0);
		if memory::recently_sent(&subject, run.now) {
			return Ok(());
		}
		let result = attested_result(training, *round, &seat.account, run)?;
		let root = result.next_model_root;
		Self::send(task, live.attempt, Statement::Publication(result), run)?;
		memory::note_sent(&subject, run.now);
		log::info!(target: TARGET, "bounty {bounty}, round {round}: published root {root:#x}");
		Ok(())
	}

	fn send(task: &Task, attempt: u8, statement: Statement, run: &Run<'_>) -> Result<(), Failure> {
		Self::submit(task, task.message(attempt, statement, run))
	}

	/// Signs with the key of the seat, as it was when the committee was drawn, and submits.
	fn submit(task: &Task, message: VerifierMessage) -> Result<(), Failure> {
		let signature =
			task.seat.key.sign(&message.signing_payload()).ok_or(Failure::CannotSign)?;
		let call = Call::<T>::submit_statement { message: Box::new(message), signature };
		let transaction = T::create_authorized_transaction(call.into());
		// The pool says yes to what it drops, too.
		let _ = SubmitTransaction::<T, Call<T>>::submit_transaction(transaction);
		Ok(())
	}
}

impl Task {
	fn is_move_in_challenge(&self) -> bool {
		self.challenged && matches!(self.action, Action::Answer | Action::Doubt)
	}

	/// The statement, bound to this place and time.
	fn message(&self, attempt: u8, statement: Statement, run: &Run<'_>) -> VerifierMessage {
		VerifierMessage {
			genesis: run.genesis,
			at: run.now,
			bounty: self.bounty,
			round: self.round,
			attempt,
			verifier: self.seat.account.clone(),
			statement,
		}
	}

	/// What is remembered as sent.
	fn subject(&self, attempt: u8, bits: u128) -> impl codec::Encode + '_ {
		let kind = match self.action {
			Action::VoteInitialModel | Action::VoteAvailability => b"vote",
			Action::Attest => b"atte",
			Action::Publish => b"publ",
			Action::Answer => b"answ",
			Action::Doubt => b"doub",
		};
		(kind, self.bounty, self.round, attempt, &self.seat.account, bits)
	}

	/// What is remembered of a doubt that could not be decided. The window is long, so this need not be
	/// tried in every block.
	fn undecided_subject(&self) -> impl codec::Encode {
		(b"unde", self.bounty, self.round)
	}

	/// What is remembered of a computation that failed, whichever seat it was for.
	fn failed_subject(&self) -> impl codec::Encode {
		(b"fail", self.bounty, self.round)
	}
}

/// The part of the live bounties that this look is for; the next one is for the next part.
fn part_of(mut live: Vec<BountyId>, look: u32) -> Vec<BountyId> {
	let parts = live.len().div_ceil(BOUNTIES_PER_LOOK);
	let part = usize::try_from(look).ok().and_then(|look| look.checked_rem(parts)).unwrap_or(0);
	live.drain(..part.saturating_mul(BOUNTIES_PER_LOOK).min(live.len()));
	live.truncate(BOUNTIES_PER_LOOK);
	live
}

/// What is to be done on the seats of these keys.
fn tasks_in(
	training: &Training,
	keys: &[VerifierId],
	now: BlockNumber,
	genesis: &Hash,
) -> Vec<Task> {
	let mut tasks = Vec::new();
	for (round, deadline, committee) in committees(training) {
		let challenged = training.round(round).is_some_and(|live| live.challenge.is_some());
		for seat in committee.iter().filter(|member| keys.contains(&member.key)) {
			let account = &seat.account;
			let step = next_action(training, round, account, now, genesis);
			let disputes = dispute_actions(training, round, account, now, genesis);
			for action in step.into_iter().chain(disputes) {
				let (bounty, seat) = (training.id, seat.clone());
				tasks.push(Task { action, challenged, deadline, bounty, round, seat });
			}
		}
	}
	tasks
}

/// The committees that sit now, with their rounds and deadlines.
fn committees(training: &Training) -> Vec<(RoundIndex, BlockNumber, &[Member])> {
	match &training.bounty.state {
		BountyState::Preparing { committee, deadline, .. } => {
			alloc::vec![(RoundIndex::INITIAL_MODEL, *deadline, committee.as_slice())]
		}
		BountyState::Running { settled, .. } => [settled.next(), settled.next().next()]
			.into_iter()
			.filter_map(|index| {
				let live = training.round(index)?;
				Some((index, live.deadline(), live.committee.as_slice()))
			})
			.collect(),
		_ => Vec::new(),
	}
}

/// The round's result, on which worker and gateway agree, and which the gateway holds.
fn agreed_result(
	training: &Training,
	round: RoundIndex,
	run: &mut Run<'_>,
) -> Result<RoundResult, Failure> {
	let live = training.round(round).ok_or(Failure::Inconsistent)?;
	let frozen = live.frozen.as_ref().ok_or(Failure::Inconsistent)?;
	let key = memory::result_key(&frozen.inputs, &training.spec);
	if let Some(result) = memory::known_result(&key) {
		return Ok(result);
	}
	let previous = live.previous_model_root;
	let started = timestamp();
	let result = compute_result(&run.gateway, &training.spec, previous, frozen, run.keep_alive)?;
	(run.keep_alive)();
	let computed = result.next_model_root;
	let time = Some(timestamp().diff(&started));
	let by_gateway = run.gateway.compute_next_model(training.id, round, &computed, time)?;
	if by_gateway != computed {
		return Err(Failure::RootMismatch { computed, by_gateway });
	}
	memory::remember_result(key, result.clone());
	Ok(result)
}

/// The result that `verifier` attested in this attempt.
fn attested_result(
	training: &Training,
	round: RoundIndex,
	verifier: &sheaf_training::AccountId,
	run: &mut Run<'_>,
) -> Result<RoundResult, Failure> {
	let result = agreed_result(training, round, run)?;
	match attested(training, round, verifier, &result.hash(), &run.genesis) {
		true => Ok(result),
		false => Err(Failure::AttestedAnother { computed: result.next_model_root }),
	}
}
