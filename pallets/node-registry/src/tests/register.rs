use super::*;
use crate::{Capability, Region};

fn try_register(roles: Roles, bond: Balance) -> frame_support::dispatch::DispatchResult {
	Registry::register(signed(ALICE), roles, Capability::default(), Region::new(), bond)
}

#[test]
fn registering_holds_the_bond_and_keeps_what_the_node_says() {
	build_and_execute(|| {
		let capability = Capability { cores: 16, memory_mib: 65_536, accelerator_mib: 24_576 };
		assert_ok!(Registry::register(signed(ALICE), TRAINER, capability, region("DE-BE"), 150));

		let node = stored(&ALICE);
		assert_eq!(
			(node.roles, node.bond, node.capability, node.region, node.earned),
			(TRAINER, 150, capability, region("DE-BE"), 0)
		);
		assert_eq!(held(&ALICE), 150);
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 150);
		System::assert_last_event(
			Event::NodeRegistered { account: ALICE, roles: TRAINER, bond: 150 }.into(),
		);
	});
}

#[test]
fn a_node_registers_once() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_noop!(try_register(TRAINER, 100), Error::<Test>::AlreadyRegistered);
	});
}

#[test]
fn a_node_needs_a_role() {
	build_and_execute(|| {
		assert_noop!(try_register(Roles::default(), 5_000), Error::<Test>::NoRole);
	});
}

#[test]
fn the_bond_must_cover_the_most_demanding_role() {
	build_and_execute(|| {
		assert_noop!(try_register(TRAINER, 99), Error::<Test>::BondTooSmall);
		assert_noop!(try_register(TRAINER_AND_AGGREGATOR, 199), Error::<Test>::BondTooSmall);
		assert_noop!(try_register(VERIFIER, 999), Error::<Test>::BondTooSmall);
		assert_ok!(try_register(TRAINER_AND_AGGREGATOR, 200));
	});
}

#[test]
fn a_region_has_only_capitals_digits_and_hyphens() {
	build_and_execute(|| {
		for wrong in ["de", "DE BE", "D_E", "Ü", "DE\0"] {
			let capability = Capability::default();
			assert_noop!(
				Registry::register(signed(ALICE), TRAINER, capability, region(wrong), 100),
				Error::<Test>::InvalidRegion
			);
		}
	});
}

#[test]
fn a_bond_must_leave_the_existential_deposit() {
	build_and_execute(|| {
		let too_much = ENDOWMENT - EXISTENTIAL_DEPOSIT + 1;
		assert_noop!(try_register(TRAINER, too_much), Error::<Test>::InsufficientFreeBalance);
		assert_ok!(try_register(TRAINER, too_much - 1));
	});
}

#[test]
fn frozen_tokens_are_no_bond() {
	build_and_execute(|| {
		freeze(&ALICE, ENDOWMENT - 99);
		assert_noop!(try_register(TRAINER, 100), Error::<Test>::InsufficientFreeBalance);
		freeze(&ALICE, ENDOWMENT - 100);
		assert_ok!(try_register(TRAINER, 100));
	});
}

#[test]
fn a_node_that_left_may_register_again_and_keeps_its_unbonding_amount_and_record() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::note_earned(&ALICE, 7);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_ok!(try_register(AGGREGATOR, 300));

		let node = stored(&ALICE);
		assert_eq!((node.roles, node.bond, node.unbonding.len()), (AGGREGATOR, 300, 1));
		assert_eq!(node.earned, 7);
		assert_eq!(held(&ALICE), 400);
	});
}
