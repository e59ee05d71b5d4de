//! Disputes: answering challenges of what was attested, proving wrong results wrong, and challenging
//! those whose data is withheld.
//!
//! A worker accuses only after it has computed the result itself from inputs that it has checked, and
//! after the state machine has accepted the accusation on a copy of the state.

use super::{
	action::arrives_before,
	agreed_result,
	doubt::{challenges_now, doubted_roots, first_wrong_node, is_turn, leaf_index},
	memory, Failure, Run, Task, TARGET,
};
use crate::{Call, Config, CurrentVerifiers, Pallet};
use alloc::vec::Vec;
use frame_system::offchain::SubmitTransaction;
use sheaf_aggregation::{ChunkProof, Shape, Tree, WrongResultProof};
use sheaf_training::{
	BlockNumber, Challenge, Hash, HostBlake2, OpenedNodes, Round, RoundIndex, Statement, Training,
	Turn, VerifierId,
};
use sp_io::offchain::timestamp;

/// Slashes applied in one block.
const SLASHES_PER_LOOK: usize = 16;

/// A published result that differs from this worker's.
struct Dispute<'a> {
	training: &'a Training,
	live: &'a Round,
	task: &'a Task,
	shape: Shape,
	/// Root of the published result.
	claimed: Hash,
	/// Root of the worker's own.
	own: Hash,
}

impl<T: Config> Pallet<T> {
	/// Opens the node that the challenge of the accepted result asks for.
	pub(super) fn answer(
		training: &Training,
		task: &Task,
		run: &mut Run<'_>,
	) -> Result<(), Failure> {
		let Task { bounty, round, .. } = task;
		let Some(live) = training.round(*round) else { return Ok(()) };
		let (Some(challenge), Some(accepted)) = (&live.challenge, live.accepted_result()) else {
			return Ok(());
		};
		let Challenge { level, index, .. } = challenge;
		let root = accepted.next_model_root;
		let subject = (b"answ", bounty, round, root, level, index);
		if memory::recently_sent(&subject, run.now) {
			return Ok(());
		}
		let shape = training.spec.shape().ok_or(Failure::Inconsistent)?;
		let leaves = attested_leaves(training, *round, &root, shape, run)?;
		let tree = tree(shape, leaves)?;
		let nodes = tree.open(*level, *index).map_err(|_| Failure::Inconsistent)?;
		let nodes: Vec<Hash> = nodes.into_iter().map(Hash::from).collect();
		let nodes = OpenedNodes::try_from(nodes).map_err(|_| Failure::Inconsistent)?;
		if Self::send_checked(training, task, &subject, Statement::Answer { nodes }, run)? {
			log::info!(
				target: TARGET,
				"bounty {bounty}, round {round}: opened node {index} of level {level} of root {root:#x}"
			);
		}
		Ok(())
	}

	/// Compares the published results that this verifier did not attest with its own, and brings
	/// down the first that is wrong, as far as it can be now.
	pub(super) fn doubt(
		training: &Training,
		task: &Task,
		run: &mut Run<'_>,
	) -> Result<(), Failure> {
		let Some(live) = training.round(task.round) else { return Ok(()) };
		let roots = doubted_roots(training, task.round, &task.seat.account, &run.genesis);
		if roots.is_empty() {
			return Ok(());
		}
		let shape = training.spec.shape().ok_or(Failure::Inconsistent)?;
		let own = agreed_result(training, task.round, run)?.next_model_root;
		for claimed in roots.into_iter().filter(|root| *root != own) {
			let dispute = Dispute { training, live, task, shape, claimed, own };
			if Self::pursue(&dispute, run)? || timestamp() >= run.end {
				return Ok(());
			}
			(run.keep_alive)();
		}
		Ok(())
	}

	/// One step against a wrong result. True if something was sent.
	fn pursue(dispute: &Dispute<'_>, run: &mut Run<'_>) -> Result<bool, Failure> {
		let Dispute { live, claimed, shape, .. } = dispute;
		if memory::recently_sent(&dispute.subject(b"wron"), run.now) {
			return Ok(false);
		}
		let noticed = memory::noticed_since(&dispute.subject(b"doub"), run.now);
		let account = &dispute.task.seat.account;
		let place = live.committee_place(account).unwrap_or(usize::MAX);
		let challenges = live.challenge.as_ref().is_some_and(|c| c.challenger == *account);
		if !challenges && !is_turn(noticed, place, live.deadline(), run.now) {
			return Ok(false);
		}
		match run.gateway.leaves(claimed, *shape) {
			Ok(leaves) => Self::prove_from_leaves(dispute, leaves, run),
			// The node fetches it from its peers, if any has it.
			Err(
				Failure::Refused { .. }
				| Failure::MalformedAnswer { .. }
				| Failure::CorruptedBlob { .. },
			) => Self::pursue_withheld(dispute, run),
			Err(failure) => Err(failure),
		}
	}

	/// Proves a result wrong whose leaf hashes are known.
	fn prove_from_leaves(
		dispute: &Dispute<'_>,
		claimed: Vec<[u8; 32]>,
		run: &mut Run<'_>,
	) -> Result<bool, Failure> {
		let right = own_leaves(dispute, run)?;
		let wrong = right.iter().zip(&claimed).position(|(right, claimed)| right != claimed);
		let wrong = wrong.ok_or(Failure::Inconsistent)?;
		drop(right);
		let claimed_leaf = *claimed.get(wrong).ok_or(Failure::Inconsistent)?;
		let index = u64::try_from(wrong).map_err(|_| Failure::TooLarge)?;
		let siblings = tree(dispute.shape, claimed)?.prove(index);
		let siblings = siblings.map_err(|_| Failure::Inconsistent)?;
		Self::prove_leaf(dispute, index, claimed_leaf, siblings, run)
	}

	/// Proves one leaf of the result wrong. Padding and element count need no proof: no gateway holds
	/// a blob in which they are wrong, and no answer to a challenge can open one.
	fn prove_leaf(
		dispute: &Dispute<'_>,
		index: u64,
		claimed_leaf: [u8; 32],
		claimed_siblings: Vec<[u8; 32]>,
		run: &mut Run<'_>,
	) -> Result<bool, Failure> {
		let Dispute { training, live, task, shape, claimed, .. } = dispute;
		let frozen = live.frozen.as_ref().ok_or(Failure::Inconsistent)?;
		let mut input = |root: &Hash| -> Result<ChunkProof, Failure> {
			(run.keep_alive)();
			run.gateway.chunk(root, *shape, index)
		};
		let previous = input(&live.previous_model_root)?;
		let updates: Result<_, _> =
			frozen.updates.iter().map(|update| input(&update.root)).collect();
		let proof = WrongResultProof::Chunk {
			index,
			claimed_leaf,
			claimed_siblings,
			previous,
			updates: updates?,
		};
		let statement = Statement::WrongResult { root: *claimed, proof };
		let sent = Self::send_checked(training, task, &dispute.subject(b"wron"), statement, run)?;
		if sent {
			let Task { bounty, round, .. } = task;
			log::warn!(
				target: TARGET,
				"bounty {bounty}, round {round}: proved chunk {index} of root {claimed:#x} wrong"
			);
		}
		Ok(sent)
	}

	/// The next move against a wrong result whose data this node cannot get: only the accepted one can
	/// be challenged.
	fn pursue_withheld(dispute: &Dispute<'_>, run: &mut Run<'_>) -> Result<bool, Failure> {
		let Dispute { live, task, shape, claimed, .. } = dispute;
		if live.accepted_result().map(|result| result.next_model_root) != Some(*claimed) {
			return Ok(false);
		}
		let missed_since = memory::noticed_since(&dispute.subject(b"miss"), run.now);
		let Some(challenge) = &live.challenge else {
			return match challenges_now(live, *shape, missed_since, run.now) {
				true => Self::challenge(dispute, run),
				false => Ok(false),
			};
		};
		let is_ours = challenge.challenger == task.seat.account;
		if challenge.at_the_leaves() {
			Self::prove_from_opened(dispute, challenge, run)
		} else if challenge.turn == Turn::Challenger
			&& !challenge.at_the_leaves()
			&& is_ours
			&& arrives_before(challenge.deadline, run.now)
		{
			Self::narrow(dispute, challenge, run)
		} else {
			Ok(false)
		}
	}

	fn challenge(dispute: &Dispute<'_>, run: &mut Run<'_>) -> Result<bool, Failure> {
		let Dispute { training, task, claimed, .. } = dispute;
		let subject = dispute.subject(b"chal");
		if memory::recently_sent(&subject, run.now) {
			return Ok(false);
		}
		let Task { bounty, round, seat, .. } = task;
		if !Self::can_bond(&seat.account) {
			memory::note_sent(&subject, run.now);
			log::warn!(
				target: TARGET,
				"bounty {bounty}, round {round}: no free balance to challenge root {claimed:#x}"
			);
			return Ok(false);
		}
		// Who cannot carry it through must not begin.
		own_leaves(dispute, run)?;
		let statement = Statement::Challenge { root: *claimed };
		let sent = Self::send_checked(training, task, &subject, statement, run)?;
		if sent {
			log::warn!(
				target: TARGET,
				"bounty {bounty}, round {round}: challenged root {claimed:#x}, whose data is withheld"
			);
		}
		Ok(sent)
	}

	fn narrow(
		dispute: &Dispute<'_>,
		challenge: &Challenge,
		run: &mut Run<'_>,
	) -> Result<bool, Failure> {
		let Dispute { training, task, claimed, shape, .. } = dispute;
		let subject = (dispute.subject(b"narr"), challenge.level, challenge.index);
		if memory::recently_sent(&subject, run.now) {
			return Ok(false);
		}
		let right = tree(*shape, own_leaves(dispute, run)?)?;
		let child = first_wrong_node(challenge, &right).ok_or(Failure::Inconsistent)?;
		let statement = Statement::Narrow { child };
		let sent = Self::send_checked(training, task, &subject, statement, run)?;
		if sent {
			let Task { bounty, round, .. } = task;
			log::info!(
				target: TARGET,
				"bounty {bounty}, round {round}: of root {claimed:#x}, asked for opened node {child}"
			);
		}
		Ok(sent)
	}

	/// Proves a leaf wrong that a challenge has opened, whoever's it is.
	fn prove_from_opened(
		dispute: &Dispute<'_>,
		challenge: &Challenge,
		run: &mut Run<'_>,
	) -> Result<bool, Failure> {
		let shape = dispute.shape;
		let right = tree(shape, own_leaves(dispute, run)?)?;
		// A challenger may have gone astray: then there is nothing wrong here.
		let Some(child) = first_wrong_node(challenge, &right) else { return Ok(false) };
		drop(right);
		let leaf = challenge.opened.get(usize::from(child)).ok_or(Failure::Inconsistent)?;
		let index = leaf_index(challenge, shape, child).ok_or(Failure::Inconsistent)?;
		let path = challenge.path(shape, u64::from(child)).ok_or(Failure::Inconsistent)?;
		let siblings = path.into_iter().map(|node| node.0).collect();
		Self::prove_leaf(dispute, index, leaf.0, siblings, run)
	}

	/// Sends what the state machine accepts, and remembers the `subject` either way. False if it
	/// refuses.
	fn send_checked(
		training: &Training,
		task: &Task,
		subject: &impl codec::Encode,
		statement: Statement,
		run: &Run<'_>,
	) -> Result<bool, Failure> {
		let Some(live) = training.round(task.round) else { return Ok(false) };
		let message = task.message(live.attempt, statement, run);
		memory::note_sent(subject, run.now);
		if let Err(error) = Self::apply_statement(&mut training.clone(), &message) {
			let Task { action, bounty, round, .. } = task;
			log::warn!(
				target: TARGET,
				"bounty {bounty}, round {round}: {action:?} would be refused: {error:?}"
			);
			return Ok(false);
		}
		Self::submit(task, message)?;
		Ok(true)
	}

	/// Applies slashes that are due. The validators take turns, look by look, so that normally one
	/// sends each.
	pub(super) fn apply_due_slashes(now: BlockNumber, look: u32, keys: &[VerifierId]) {
		let validators = CurrentVerifiers::<T>::get();
		let turn = usize::try_from(look).ok().and_then(|look| look.checked_rem(validators.len()));
		let in_turn = turn.and_then(|turn| validators.get(turn));
		if !in_turn.is_some_and(|member| keys.contains(&member.key)) {
			return;
		}
		for (bounty, round, offender) in Self::due_slashes(SLASHES_PER_LOOK) {
			let subject = (b"slas", bounty, round, &offender);
			if memory::recently_sent(&subject, now) {
				continue;
			}
			memory::note_sent(&subject, now);
			log::info!(target: TARGET, "bounty {bounty}, round {round}: slashing {offender:?} is due");
			let call = Call::<T>::apply_slash { bounty, round, offender };
			let transaction = T::create_authorized_transaction(call.into());
			let _ = SubmitTransaction::<T, Call<T>>::submit_transaction(transaction);
		}
	}
}

impl Dispute<'_> {
	/// What is remembered of it, whichever seat it is for.
	fn subject(&self, kind: &[u8; 4]) -> impl codec::Encode {
		(*kind, self.task.bounty, self.task.round, self.claimed)
	}
}

fn tree(shape: Shape, leaves: Vec<[u8; 32]>) -> Result<Tree<HostBlake2>, Failure> {
	Tree::new(shape, leaves).map_err(|_| Failure::Inconsistent)
}

/// The leaf hashes of the worker's own result.
fn own_leaves(dispute: &Dispute<'_>, run: &mut Run<'_>) -> Result<Vec<[u8; 32]>, Failure> {
	let Dispute { training, task, shape, own, .. } = dispute;
	computed_leaves(training, task.round, own, *shape, run)
}

/// The leaf hashes of a result that this worker computed. A gateway that has lost them computes them
/// again.
fn computed_leaves(
	training: &Training,
	round: RoundIndex,
	computed: &Hash,
	shape: Shape,
	run: &mut Run<'_>,
) -> Result<Vec<[u8; 32]>, Failure> {
	(run.keep_alive)();
	match run.gateway.leaves(computed, shape) {
		Err(Failure::Refused { .. }) => {}
		held => return held,
	}
	let by_gateway = run.gateway.compute_next_model(training.id, round, computed, None)?;
	(run.keep_alive)();
	match by_gateway == *computed {
		true => run.gateway.leaves(computed, shape),
		false => Err(Failure::RootMismatch { computed: *computed, by_gateway }),
	}
}

/// The leaf hashes of a result that this verifier attested.
fn attested_leaves(
	training: &Training,
	round: RoundIndex,
	root: &Hash,
	shape: Shape,
	run: &mut Run<'_>,
) -> Result<Vec<[u8; 32]>, Failure> {
	match run.gateway.leaves(root, shape) {
		Err(Failure::Refused { .. }) => {}
		held => return held,
	}
	let computed = agreed_result(training, round, run)?.next_model_root;
	match computed == *root {
		true => computed_leaves(training, round, root, shape, run),
		false => Err(Failure::AttestedAnother { computed }),
	}
}
