use super::{
	working::{with_keys, Node},
	*,
};
use crate::{
	mock::{Extrinsic, ModelUpdates, Nodes, RuntimeCall, System, Test},
	slashes::Slash,
	Call, CurrentVerifiers, DeferredSlashes, Dissenters,
};
use codec::Decode;
use frame_support::{
	dispatch::RawOrigin, pallet_prelude::TransactionSource, traits::Authorize, WeakBoundedVec,
};
use sheaf_training::NodeRegistry;
use sp_runtime::{traits::Dispatchable, Permill};

fn defer_slash(byte: u8, due: u32) {
	let fraction = Permill::from_percent(50);
	let slash = Slash { root: Hash::zero(), fraction, challenger: None, due };
	Nodes::suspend(&account(byte));
	DeferredSlashes::<Test>::insert((BOUNTY, ONE), account(byte), slash);
	Dissenters::<Test>::insert((BOUNTY, ONE), BoundedVec::default());
}

/// Who is slashed by what the node sends at a block.
fn slashed(node: &Node, block: u32) -> Vec<AccountId> {
	System::set_block_number(block);
	ModelUpdates::verify_rounds(block);
	let calls = (node.pool)().into_iter().map(|bytes| {
		let call = Extrinsic::decode(&mut &bytes[..]).unwrap().function;
		call.authorize(TransactionSource::Local).unwrap().unwrap();
		let RuntimeCall::ModelUpdates(Call::apply_slash { offender, .. }) = call else {
			panic!("not a slash: {call:?}");
		};
		offender
	});
	calls.collect()
}

#[test]
fn slashes_that_are_due_are_applied_by_the_validators_in_turn() {
	with_keys(Served::default(), [202], |node| {
		defer_slash(203, 12);
		defer_slash(204, 40);
		let at_blocks: Vec<u32> =
			(8..40).filter(|block| slashed(node, *block) == [account(203)]).collect();
		// Validator 1 of 4 looks at blocks 10, 18, 26, 34.
		assert_eq!(at_blocks, [18, 26, 34], "sent again while it is not applied");
		CurrentVerifiers::<Test>::kill();
		assert!(slashed(node, 42).is_empty(), "no validator");
	});
}

#[test]
fn one_validator_sends_a_slash_every_four_blocks() {
	with_keys(Served::default(), [201], |node| {
		let alone = vec![member(201)];
		CurrentVerifiers::<Test>::put(WeakBoundedVec::force_from(alone, None));
		defer_slash(203, 12);
		let blocks: Vec<u32> = (11..21).filter(|block| !slashed(node, *block).is_empty()).collect();
		assert_eq!(blocks, [12, 16, 20]);
	});
}

#[test]
fn an_applied_slash_is_not_sent_again() {
	with_keys(Served::default(), 201..=204, |node| {
		defer_slash(203, 12);
		assert_eq!(slashed(node, 12), [account(203)]);
		let (bounty, round, offender) = (BOUNTY, ONE, account(203));
		let call = RuntimeCall::ModelUpdates(Call::apply_slash { bounty, round, offender });
		call.dispatch(RawOrigin::Authorized.into()).unwrap();
		assert!(slashed(node, 20).is_empty());
	});
}
