use super::*;

#[test]
fn payments_add_up_in_the_record() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		Registry::note_earned(&ALICE, 40);
		Registry::note_earned(&ALICE, 2);
		assert_eq!(stored(&ALICE).earned, 42);
		Registry::note_earned(&ALICE, Balance::MAX);
		assert_eq!(stored(&ALICE).earned, Balance::MAX);
	});
}

#[test]
fn payments_to_unknown_accounts_are_ignored() {
	build_and_execute(|| {
		Registry::note_earned(&ALICE, 40);
		assert!(!Nodes::<Test>::contains_key(&ALICE));
	});
}
