//! Validators whose words this program speaks.

use crate::{lie::Lie, transaction::Sender, workshop::Workshop};
use anyhow::{Context, Result};
use codec::{DecodeAll, Encode};
use pallet_model_updates::Call as UpdatesCall;
use pallet_training_bounties::Call as BountiesCall;
use sheaf_client::{
	blob,
	chain::{BlockAt, Chain},
	hex_hash,
	trainer::commit,
};
use sheaf_runtime::Runtime;
use sheaf_training::{
	update_bit, AccountId, AttestationContext, Availability, BlobName, BlockNumber, BountyId,
	BountyState, BountyView, Frozen, Hash, OpenedRoot, Phase, Round, RoundIndex, RoundResult, Slot,
	Statement, VerifierMessage, VerifierPair, SLICE_BIT,
};
use sp_core::{sr25519, Pair};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// Blocks after which a message that is not on chain is sent again.
const PATIENCE: BlockNumber = 3;
/// Blocks before a deadline at which a vote waits no longer for the rest.
const LAST_BLOCKS: BlockNumber = 4;

/// A validator's account and verifier key, and what it lies about.
pub struct Verifier {
	name: String,
	lie: Lie,
	account: AccountId,
	key: VerifierPair,
}

impl Verifier {
	/// The validator with this development name.
	pub fn named(name: &str, lie: Lie) -> Option<Self> {
		let account = sr25519::Pair::from_string(&format!("//{name}"), None).ok()?;
		let key = VerifierPair::from_string(&format!("//{name}"), None).ok()?;
		Some(Self { name: name.to_owned(), lie, account: AccountId::new(account.public().0), key })
	}
}

/// All of them, at work on one bounty.
pub struct Puppets {
	chain: Chain,
	workshop: Workshop,
	sender: Sender,
	http: reqwest::Client,
	bounty: BountyId,
	verifiers: Vec<Verifier>,
	/// Results by the hash of their inputs.
	results: BTreeMap<Hash, RoundResult>,
	/// When something was sent last.
	sent: BTreeMap<String, BlockNumber>,
}

impl Puppets {
	/// Prepares the work.
	pub fn new(
		chain: Chain,
		workshop: Workshop,
		sender: Sender,
		bounty: BountyId,
		verifiers: Vec<Verifier>,
	) -> Self {
		let (http, results, sent) = Default::default();
		Self { chain, workshop, sender, http, bounty, verifiers, results, sent }
	}

	/// Works until the bounty has ended.
	pub async fn run(mut self) -> Result<()> {
		let mut last: Option<BlockAt> = None;
		loop {
			let best = self.chain.next_best(last).await?;
			last = Some(best);
			let view = self.chain.bounty(self.bounty, None).await?.context("no such bounty")?;
			if view.bounty.ended() {
				return Ok(());
			}
			if let Err(error) = self.look(&view, best.number).await {
				println!("block {}: {error:#}", best.number);
			}
		}
	}

	async fn look(&mut self, view: &BountyView, now: BlockNumber) -> Result<()> {
		match &view.bounty.state {
			BountyState::Preparing { .. } => self.vote_initial_model(now).await,
			BountyState::Running { settled, newest, .. } => {
				for index in (settled.0 + 1..=newest.0).map(RoundIndex) {
					if let Some(round) = self.chain.round(self.bounty, index, None).await? {
						self.look_at_round(view, index, &round, now).await?;
					}
				}
				Ok(())
			}
			_ => Ok(()),
		}
	}

	async fn look_at_round(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		now: BlockNumber,
	) -> Result<()> {
		if now + 1 >= round.deadline() {
			self.advance(index, round, now).await;
		}
		match round.phase {
			Phase::Upload => self.vote(view, index, round, now).await,
			Phase::Attest => self.attest(view, index, round, now).await,
			Phase::Publish | Phase::Accepted => self.publish(view, index, round, now).await,
			Phase::Commit | Phase::Draw => Ok(()),
		}
	}

	/// Ends a phase that is over: no off-chain worker does if none has a key.
	async fn advance(&self, round: RoundIndex, live: &Round, now: BlockNumber) {
		let (bounty, attempt, phase, deadline) =
			(self.bounty, live.attempt, live.phase, live.deadline());
		let call = BountiesCall::<Runtime>::advance { bounty, round, attempt, phase, deadline };
		self.sender.send(&format!("block {now}: ends {phase:?} of round {round}"), call).await;
	}

	async fn vote_initial_model(&mut self, now: BlockNumber) -> Result<()> {
		let round = RoundIndex::INITIAL_MODEL;
		if self.availability(round).await?.initial_model {
			for verifier in 0..self.verifiers.len() {
				let statement = Statement::Availability { bits: 0, roots: Default::default() };
				self.state(verifier, "votes", round, 0, statement, now).await;
			}
		}
		Ok(())
	}

	/// Votes when everything is there, or the deadline near.
	async fn vote(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		now: BlockNumber,
	) -> Result<()> {
		let held = self.availability(index).await?;
		if !held.closing_block_final {
			return Ok(());
		}
		for verifier in 0..self.verifiers.len() {
			let mut updates = held.updates.clone();
			updates.extend(self.vouched(verifier, view, index, round)?);
			let complete = updates.len() == round.commitments.len()
				&& held.slice.is_some() == view.spec.slice_commitment(index).is_some();
			let voted = round.committee_place(&self.verifiers[verifier].account);
			let voted = voted.and_then(|place| round.votes.get(place)).copied().unwrap_or_default();
			let bits = updates.iter().fold(held.slice.map_or(0, |_| SLICE_BIT), |bits, update| {
				bits | update_bit(update.0)
			});
			let due = complete || now + LAST_BLOCKS >= round.deadline();
			if due && bits & !voted.bits != 0 {
				let updates = updates.into_iter().map(|(slot, root)| (Some(slot), root));
				let slice = held.slice.map(|root| (None, root));
				let roots = slice.into_iter().chain(updates);
				let roots: Vec<_> = roots.map(|(slot, root)| OpenedRoot { slot, root }).collect();
				let roots = roots.try_into().ok().context("too many roots")?;
				let statement = Statement::Availability { bits, roots };
				self.state(verifier, "votes", index, round.attempt, statement, now).await;
			}
		}
		Ok(())
	}

	/// The update that is voted for without being held.
	fn vouched(
		&self,
		verifier: usize,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
	) -> Result<Option<(Slot, Hash)>> {
		let Lie::Vouch(file) = &self.verifiers[verifier].lie else { return Ok(None) };
		let shape = blob::shape_of(view.spec.parameters.element_count)?;
		let Some(root) = commit::root_on_disk(file, shape) else { return Ok(None) };
		let genesis = self.chain.genesis();
		let opened = round
			.commitments
			.iter()
			.find(|commitment| commit::opens(&genesis, self.bounty, index, commitment, &root));
		Ok(opened.map(|commitment| (commitment.slot, root)))
	}

	async fn attest(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		now: BlockNumber,
	) -> Result<()> {
		let frozen = round.frozen.clone().context("nothing is frozen in Attest")?;
		let result = self.result(view, index, round, &frozen).await?;
		for verifier in 0..self.verifiers.len() {
			let Verifier { account, lie, .. } = &self.verifiers[verifier];
			if round.committee_place(account).is_none() || round.attested(round.attempt, account) {
				continue;
			}
			let result_hash = match lie {
				Lie::GarbageAttestation => Hash::repeat_byte(0xbd),
				_ => self.told(verifier, view, index, &result)?.hash(),
			};
			let hash = self.attestation(index, round.attempt, account, &frozen, &result_hash);
			let statement = Statement::Attestation { inputs: frozen.inputs, hash };
			self.state(verifier, "attests", index, round.attempt, statement, now).await;
		}
		Ok(())
	}

	fn attestation(
		&self,
		round: RoundIndex,
		attempt: u8,
		account: &AccountId,
		frozen: &Frozen,
		result_hash: &Hash,
	) -> Hash {
		let genesis = self.chain.genesis();
		let inputs = &frozen.inputs;
		let context =
			AttestationContext { genesis: &genesis, bounty: self.bounty, round, attempt, inputs };
		context.attestation_hash(account, result_hash)
	}

	/// Each publishes what it attested, unless that is known.
	async fn publish(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		now: BlockNumber,
	) -> Result<()> {
		let frozen = round.frozen.clone().context("nothing is frozen in Publish")?;
		let result = self.result(view, index, round, &frozen).await?;
		let mut known: Vec<Hash> = round.publications.iter().map(|each| each.hash).collect();
		for verifier in 0..self.verifiers.len() {
			let Verifier { account, lie, .. } = &self.verifiers[verifier];
			let told = self.told(verifier, view, index, &result)?;
			let hash = told.hash();
			let opens = self.attestation(index, round.attempt, account, &frozen, &hash);
			let mut attestations = round.attestations.iter();
			let attested = attestations.any(|a| a.attempt == round.attempt && a.hash == opens);
			let silent = *lie == Lie::NoPublication && round.attempt == 0;
			if attested && !silent && !known.contains(&hash) {
				known.push(hash);
				let statement = Statement::Publication(told);
				self.state(verifier, "publishes", index, round.attempt, statement, now).await;
			}
		}
		Ok(())
	}

	/// The result of a round's frozen inputs, which the gateway then computes and serves as well.
	async fn result(
		&mut self,
		view: &BountyView,
		index: RoundIndex,
		round: &Round,
		frozen: &Frozen,
	) -> Result<RoundResult> {
		if let Some(result) = self.results.get(&frozen.inputs) {
			return Ok(result.clone());
		}
		let result = self.workshop.result(view, index, round, frozen).await?;
		let path = format!("/v1/bounties/{}/rounds/{index}/result", self.bounty);
		let claimed = result.next_model_root.as_bytes().to_vec();
		let request = self.http.post(format!("{}{path}", self.workshop.gateway.url()));
		request.body(claimed).send().await?.error_for_status()?;
		println!("computed {} for round {index}", hex_hash(&result.next_model_root));
		self.results.insert(frozen.inputs, result.clone());
		Ok(result)
	}

	/// What a verifier says that the result is.
	fn told(
		&self,
		verifier: usize,
		view: &BountyView,
		index: RoundIndex,
		result: &RoundResult,
	) -> Result<RoundResult> {
		let Lie::WrongModel(store) = &self.verifiers[verifier].lie else {
			return Ok(result.clone());
		};
		let elements = view.spec.parameters.element_count;
		let right = self.workshop.next_model(index);
		let (next_model_root, files) = wrong_model(&right, elements)?;
		if let Some(store) = store {
			let about = (elements, self.bounty, index, BlobName::NextModel);
			serve(&files, &store.join(hex::encode(next_model_root)), about.encode())?;
		}
		Ok(RoundResult { next_model_root, ..result.clone() })
	}

	/// What the node's gateway holds.
	async fn availability(&self, round: RoundIndex) -> Result<Availability> {
		let path = format!("/v1/bounties/{}/rounds/{round}/availability", self.bounty);
		let request = self.http.get(format!("{}{path}", self.workshop.gateway.url()));
		let answer = request.timeout(Duration::from_secs(10)).send().await?.error_for_status()?;
		Ok(Availability::decode_all(&mut answer.bytes().await?.as_ref())?)
	}

	/// Sends a statement, unless that was done a moment ago.
	async fn state(
		&mut self,
		verifier: usize,
		verb: &str,
		round: RoundIndex,
		attempt: u8,
		statement: Statement,
		now: BlockNumber,
	) {
		let Some(Verifier { name, account, key, .. }) = self.verifiers.get(verifier) else {
			return;
		};
		let what = format!("{name} {verb} in round {round}, attempt {attempt}");
		if self.sent.get(&what).is_some_and(|at| now < at + PATIENCE) {
			return;
		}
		let (genesis, bounty, verifier) = (self.chain.genesis(), self.bounty, account.clone());
		let message =
			VerifierMessage { genesis, at: now, bounty, round, attempt, verifier, statement };
		let signature = key.sign(&message.signing_payload());
		let message = Box::new(message);
		let call = UpdatesCall::<Runtime>::submit_statement { message, signature };
		self.sender.send(&format!("block {now}: {what}"), call).await;
		self.sent.insert(what, now);
	}
}

/// A blob's chunks and the hashes of its leaves.
struct Blob {
	chunks: Vec<u8>,
	leaves: Vec<u8>,
}

/// Spoils one element of a model. Returns the root of what comes of it.
fn wrong_model(right: &Path, elements: u64) -> Result<(Hash, Blob)> {
	let wrong = right.with_extension("wrong");
	let mut chunks = fs::read(right)?;
	chunks[0] ^= 1;
	fs::write(&wrong, &chunks)?;
	let (leaves, root) = blob::leaf_hashes(&wrong, blob::shape_of(elements)?)?;
	Ok((root, Blob { chunks, leaves: leaves.concat() }))
}

/// Puts a blob into its folder of a node's store, as the node would: see `node/README.md`.
fn serve(blob: &Blob, folder: &Path, about: Vec<u8>) -> Result<()> {
	if !folder.join("leaves").exists() {
		fs::create_dir_all(folder)?;
		fs::write(folder.join("chunks"), &blob.chunks)?;
		fs::write(folder.join("about"), about)?;
		fs::write(folder.join("leaves"), &blob.leaves)?;
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_wrong_model_is_served_under_a_root_of_its_own() {
		let folder = tempfile::tempdir().unwrap();
		let right = folder.path().join("next.blob");
		let root = blob::write_elements(&right, &[7; 300]).unwrap();
		let (wrong, files) = wrong_model(&right, 300).unwrap();
		assert_ne!(wrong, root);
		let store = folder.path().join("blobs");
		serve(&files, &store, vec![1]).unwrap();
		let elements = blob::read_elements(&store.join("chunks"), 300, wrong);
		assert_eq!(elements.unwrap()[..2], [6, 7]);
		assert_eq!(fs::read(store.join("leaves")).unwrap().len(), 64);
		assert_eq!(fs::read(store.join("about")).unwrap(), [1]);
	}

	#[test]
	fn a_verifier_signs_with_its_session_key() {
		let verifier = Verifier::named("Dave", Lie::None).unwrap();
		let public = "5e639b43e0052c47447dac87d6fd2b6ec50bdd4d0f614e4299c665249bbd09d9";
		assert_eq!(hex::encode(verifier.key.public()), public);
		let dave = "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy";
		assert_eq!(sheaf_client::address(&verifier.account), dave);
	}
}
