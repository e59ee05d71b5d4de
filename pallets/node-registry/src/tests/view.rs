use super::*;
use crate::Capability;
use sheaf_training::NodeView;

#[test]
fn a_view_shows_everything_stored_of_a_node() {
	build_and_execute(|| {
		let capability = Capability { cores: 8, memory_mib: 16_384, accelerator_mib: 8_192 };
		assert_ok!(Registry::register(signed(ALICE), TRAINER, capability, region("US-CA"), 150));
		assert_ok!(Registry::unbond(signed(ALICE), 50));
		Registry::note_earned(&ALICE, 9);
		Registry::note_conduct(&ALICE, Conduct::Completed, 0);
		Registry::suspend(&ALICE);
		let view = NodeView {
			account: ALICE,
			roles: TRAINER,
			bond: 100,
			cores: 8,
			memory_mib: 16_384,
			accelerator_mib: 8_192,
			region: b"US-CA".to_vec(),
			unbonding: vec![(50, 101)],
			earned: 9,
			record: Record { completed: 1, ..Default::default() },
			suspensions: 1,
		};
		assert_eq!(Registry::node(ALICE), Some(view));
	});
}

#[test]
fn there_is_no_view_of_an_unknown_account() {
	build_and_execute(|| assert_eq!(Registry::node(ALICE), None));
}
