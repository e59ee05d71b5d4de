use super::*;
use crate::{Capability, Region};

fn try_update(roles: Roles, code: &str) -> frame_support::dispatch::DispatchResult {
	Registry::update(signed(ALICE), roles, Capability::default(), region(code))
}

#[test]
fn updating_replaces_roles_capability_and_region_and_nothing_else() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 250);
		assert_ok!(Registry::unbond(signed(ALICE), 20));
		Registry::note_earned(&ALICE, 5);
		let before = stored(&ALICE);

		let capability = Capability { cores: 4, memory_mib: 8_192, accelerator_mib: 0 };
		assert_ok!(Registry::update(signed(ALICE), AGGREGATOR, capability, region("NZ")));

		let after = stored(&ALICE);
		assert_eq!(
			(after.roles, after.capability, &after.region),
			(AGGREGATOR, capability, &region("NZ"))
		);
		assert_eq!(
			(after.bond, after.unbonding, after.earned),
			(before.bond, before.unbonding, before.earned)
		);
		System::assert_last_event(Event::NodeUpdated { account: ALICE, roles: AGGREGATOR }.into());
	});
}

#[test]
fn only_a_registered_node_updates() {
	build_and_execute(|| {
		assert_noop!(try_update(TRAINER, ""), Error::<Test>::NotRegistered);
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_noop!(try_update(TRAINER, ""), Error::<Test>::NotRegistered);
	});
}

#[test]
fn giving_up_the_last_role_needs_leave() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_noop!(try_update(Roles::default(), ""), Error::<Test>::NoRole);
	});
}

#[test]
fn a_new_role_needs_its_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 199);
		assert_noop!(try_update(TRAINER_AND_AGGREGATOR, ""), Error::<Test>::BondTooSmall);
	});
}

#[test]
fn a_new_region_must_be_well_formed() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_noop!(try_update(TRAINER, "de"), Error::<Test>::InvalidRegion);
		assert_eq!(stored(&ALICE).region, Region::new());
	});
}
