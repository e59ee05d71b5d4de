//! Challenges as a weapon: against honest results, against time, and against those who answer.

mod support;

use pallet_model_updates::{Call as Updates, Error};
use sheaf_runtime::{Balance, SHEAF};
use sheaf_training::{BountyState, Hash, OpenedNodes, Phase, Statement};
use sp_runtime::{transaction_validity::TransactionSource, ApplyExtrinsicResult};
use support::{
	account,
	actors::{Cast, AGGREGATOR, VERIFIERS},
	books::balanced_books,
	pair,
	stories::{refused, CHALLENGER, FIRST, NOT_NOW},
};

const BOND: Balance = 100 * SHEAF;
const SPAMMER: &str = "//Eve";
/// Challenges of one result by strangers.
const MOST: u128 = 4;

fn open(cast: &mut Cast, name: &str, root: Hash) -> Vec<ApplyExtrinsicResult> {
	let call = Updates::open_challenge { bounty: cast.bounty, round: FIRST, root };
	let call = cast.chain.sign(&pair(name), call);
	cast.chain.add_block(vec![call])
}

// Attack: strangers challenge an honest result as often as they can, to delay the round for ever. It
// fails because each challenge costs its bond, which goes to who answers, and they are numbered; the
// window grows by a bounded time.
#[test]
fn challenge_spam_is_bounded_and_pays_the_honest() {
	let mut cast = Cast::accepted(&[]);
	let root = cast.accepted_root();
	let began = cast.chain.height();
	for _ in 0..MOST {
		assert_eq!(open(&mut cast, SPAMMER, root), vec![Ok(Ok(()))]);
		assert_eq!(open(&mut cast, CHALLENGER, root), refused(Error::ChallengeOpen));
		cast.answer(VERIFIERS[1], &root);
		cast.run_until(|training| training.round(FIRST).is_none_or(|r| r.challenge.is_none()));
	}
	assert_eq!(open(&mut cast, SPAMMER, root), refused(Error::TooManyChallenges));
	let lengths = cast.spec.lengths;
	cast.run_until(|training| training.round(FIRST).is_none());
	let most = lengths.window + MOST as u32 * (lengths.answer + lengths.proof + 4);
	assert!(cast.chain.height() - began <= most);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();

	let books = balanced_books(&mut cast.chain);
	let spent = MOST * BOND + books.fee_of(&account(SPAMMER));
	assert_eq!(cast.chain.owns(&account(SPAMMER)), 1_000_000 * SHEAF - spent);
	let earned = books.paid_to(&account(VERIFIERS[1]));
	assert_eq!(cast.chain.owns(&account(VERIFIERS[1])), 1_000_000 * SHEAF + earned + MOST * BOND);
	assert!(books.slashes.is_empty() && books.penalties.is_empty());
}

// Attack: liars use up the strangers' challenges of their own wrong result, so that nobody can ask for
// the data that they withhold. It fails because a dissenting member has a challenge of its own.
#[test]
fn liars_cannot_use_up_the_challenge_of_the_honest_member() {
	let mut cast = Cast::accepted(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR]);
	let root = cast.accepted_root();
	for _ in 0..MOST {
		assert_eq!(open(&mut cast, SPAMMER, root), vec![Ok(Ok(()))]);
		cast.answer(VERIFIERS[1], &root);
		cast.run_until(|training| training.round(FIRST).is_none_or(|r| r.challenge.is_none()));
	}
	let challenge = cast.state(VERIFIERS[3], FIRST, 0, Statement::Challenge { root });
	cast.chain.add_good_block(vec![challenge]);
	cast.reach(Phase::Publish);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&[VERIFIERS[0], VERIFIERS[1], VERIFIERS[2], AGGREGATOR]);
	let books = balanced_books(&mut cast.chain);
	assert_eq!(books.slashes.len(), 4);
	assert_eq!(cast.bond(VERIFIERS[3]), 1_000 * SHEAF);
}

// Attack: moves of a challenge out of turn, by who has no part in it, or with other nodes, to break it
// off or to be paid its bond. It fails because each move is checked, and refused for a reason of its own.
#[test]
fn moves_out_of_turn_or_by_others_are_refused() {
	let mut cast = Cast::accepted(&[VERIFIERS[0]]);
	let root = cast.accepted_root();
	let bounty = cast.bounty;
	let nodes = cast.blobs.open(&root, 1, 0);
	let answer = |nodes: &OpenedNodes| {
		let nodes = nodes.clone();
		Updates::answer_challenge { bounty, round: FIRST, nodes }
	};
	let narrow = Updates::narrow_challenge { bounty, round: FIRST, child: 0 };
	let send = |cast: &mut Cast, name: &str, call: Updates<sheaf_runtime::Runtime>| {
		let call = cast.chain.sign(&pair(name), call);
		cast.chain.add_block(vec![call])
	};
	assert_eq!(send(&mut cast, AGGREGATOR, answer(&nodes)), refused(Error::NoChallenge));
	let other = open(&mut cast, CHALLENGER, Hash::repeat_byte(1));
	assert_eq!(other, refused(Error::NoSuchResult));
	cast.challenge(root);
	assert_eq!(send(&mut cast, CHALLENGER, narrow.clone()), refused(Error::NotYourTurn));
	assert_eq!(send(&mut cast, SPAMMER, answer(&nodes)), refused(Error::NotAttested));
	let mut forged = nodes.clone();
	forged[0] = Hash::repeat_byte(1);
	assert_eq!(send(&mut cast, AGGREGATOR, answer(&forged)), refused(Error::WrongOpening));
	let short = OpenedNodes::truncate_from(nodes[..1].to_vec());
	assert_eq!(send(&mut cast, AGGREGATOR, answer(&short)), refused(Error::WrongOpening));
	// A member that attested another model cannot answer either, and pays no fee to try.
	let statement = Statement::Answer { nodes: nodes.clone() };
	let foreign = cast.state(VERIFIERS[0], FIRST, 0, statement);
	assert_eq!(cast.chain.validate(TransactionSource::External, foreign), Err(NOT_NOW));
	assert_eq!(send(&mut cast, AGGREGATOR, answer(&nodes)), vec![Ok(Ok(()))]);
	assert_eq!(send(&mut cast, AGGREGATOR, answer(&nodes)), refused(Error::NotYourTurn));
	assert_eq!(send(&mut cast, SPAMMER, narrow.clone()), refused(Error::NotChallenger));
	assert_eq!(send(&mut cast, CHALLENGER, narrow), refused(Error::LeavesOpen));
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	let books = balanced_books(&mut cast.chain);
	assert!(books.slashes.is_empty());
	assert_eq!(books.penalties.len(), 1, "that of who attested another model");
}

// Attack: liars withhold the data of their accepted model, so that nobody can prove a chunk of it wrong.
// It fails because a stranger may ask for it on chain: silence costs them their bonds, not the stranger.
#[test]
fn silence_rewards_the_challenger_and_slashes_who_withheld() {
	let liars = [VERIFIERS[0], VERIFIERS[1], VERIFIERS[2]];
	let mut cast = Cast::accepted(&liars);
	let root = cast.accepted_root();
	cast.challenge(root);
	cast.reach(Phase::Publish);
	assert_eq!(cast.finish(), BountyState::Completed);
	cast.assert_models_are_right();
	cast.apply_slashes(&liars);
	let books = balanced_books(&mut cast.chain);
	let reward = 3 * 500 * SHEAF / 4;
	assert_eq!(books.slash_reward_of(CHALLENGER), reward);
	assert_eq!(books.slash_reward_of(VERIFIERS[3]), reward);
	let fee = books.fee_of(&account(CHALLENGER));
	assert_eq!(cast.chain.owns(&account(CHALLENGER)), 1_000_000 * SHEAF + reward - fee);
	assert_eq!(books.paid_in(FIRST, AGGREGATOR), 25 * SHEAF, "it had attested the right model");
	assert!(books.penalties.is_empty());
}
