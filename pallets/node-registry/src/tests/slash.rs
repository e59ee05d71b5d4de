use super::*;

fn percent(percent: u32) -> Permill {
	Permill::from_percent(percent)
}

#[test]
fn a_slash_takes_the_same_fraction_of_bond_and_unbonding_amounts() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 400);
		assert_ok!(Registry::unbond(signed(ALICE), 100));
		System::set_block_number(2);
		assert_ok!(Registry::unbond(signed(ALICE), 51));

		assert_eq!(Registry::slash(&ALICE, percent(50), &[]).taken, 124 + 50 + 25);
		let node = stored(&ALICE);
		let unbonding: Vec<_> = node.unbonding.iter().map(|entry| entry.amount).collect();
		assert_eq!((node.bond, unbonding), (125, vec![50, 26]));
	});
}

#[test]
fn shares_go_to_the_accounts_named_and_only_the_rest_is_burned() {
	build_and_execute(|| {
		register(ALICE, VERIFIER, 1_000);
		let issuance = Balances::total_issuance();

		let shares = [(BOB, percent(25)), (CHARLIE, percent(25))];
		assert_eq!(Registry::slash(&ALICE, percent(40), &shares).taken, 400);

		assert_eq!(Balances::free_balance(&BOB), ENDOWMENT + 100);
		assert_eq!(Balances::free_balance(&CHARLIE), ENDOWMENT + 100);
		assert_eq!(Balances::total_issuance(), issuance - 200);
		assert_eq!(held(&ALICE), 600);
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 1_000);
		System::assert_last_event(
			Event::Slashed { account: ALICE, amount: 400, rewarded: 200, burned: 200 }.into(),
		);
	});
}

#[test]
fn a_share_that_cannot_be_delivered_is_burned() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let issuance = Balances::total_issuance();
		// 25 % of 36 is 9, less than the existential deposit of a dead account.
		assert_eq!(Registry::slash(&ALICE, percent(36), &[(NOBODY, percent(25))]).taken, 36);
		assert_eq!(Balances::free_balance(&NOBODY), 0);
		assert_eq!(Balances::total_issuance(), issuance - 36);

		// 25 % of 40 is enough to create it.
		assert_eq!(Registry::slash(&ALICE, percent(63), &[(NOBODY, percent(25))]).taken, 40);
		assert_eq!(Balances::free_balance(&NOBODY), 10);
	});
}

#[test]
fn the_slashed_account_is_not_rewarded_out_of_its_own_bond() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let issuance = Balances::total_issuance();
		Registry::slash(&ALICE, Permill::one(), &[(ALICE, percent(50))]);
		assert_eq!(Balances::total_issuance(), issuance - 100);
		assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - 100);
	});
}

#[test]
fn shares_of_more_than_everything_are_cut_off() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let issuance = Balances::total_issuance();
		let shares = [(BOB, percent(80)), (CHARLIE, percent(80))];
		assert_eq!(Registry::slash(&ALICE, Permill::one(), &shares).taken, 100);
		assert_eq!(Balances::free_balance(&BOB), ENDOWMENT + 80);
		assert_eq!(Balances::free_balance(&CHARLIE), ENDOWMENT + 20);
		assert_eq!(Balances::total_issuance(), issuance);
	});
}

#[test]
fn frozen_tokens_do_not_stop_a_slash() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		freeze(&ALICE, Balance::MAX);
		let shares = [(BOB, percent(25))];
		assert_eq!(Registry::slash(&ALICE, Permill::one(), &shares).taken, 100);
		assert_eq!((held(&ALICE), Balances::free_balance(&BOB)), (0, ENDOWMENT + 25));
	});
}

#[test]
fn a_slash_follows_a_node_that_left() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_ok!(Registry::leave(signed(ALICE)));
		assert_eq!(Registry::slash(&ALICE, percent(50), &[]).taken, 50);
		assert_eq!((stored(&ALICE).slashable(), held(&ALICE)), (50, 50));

		assert_eq!(Registry::slash(&ALICE, Permill::one(), &[]).taken, 50);
		assert!(!Nodes::<Test>::contains_key(&ALICE));
		System::assert_last_event(Event::NodeRemoved { account: ALICE }.into());
	});
}

#[test]
fn a_node_that_lost_its_whole_bond_stays_registered_until_it_bonds_more() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		assert_eq!(Registry::slash(&ALICE, Permill::one(), &[]).taken, 100);
		assert_eq!((stored(&ALICE).roles, Registry::roles(&ALICE)), (TRAINER, Roles::default()));
		assert_ok!(Registry::bond_more(signed(ALICE), 100));
		assert_eq!(Registry::roles(&ALICE), TRAINER);
	});
}

#[test]
fn unknown_accounts_and_zero_fractions_lose_nothing_silently() {
	build_and_execute(|| {
		register(ALICE, TRAINER, 100);
		let (issuance, events) = (Balances::total_issuance(), System::event_count());
		assert_eq!(Registry::slash(&BOB, Permill::one(), &[(CHARLIE, percent(25))]).taken, 0);
		assert_eq!(Registry::slash(&ALICE, Permill::zero(), &[(CHARLIE, percent(25))]).taken, 0);
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(System::event_count(), events);
	});
}

#[test]
fn what_is_taken_is_exactly_what_is_rewarded_and_burned_for_every_fraction() {
	build_and_execute(|| {
		register(ALICE, VERIFIER, 9_000);
		for parts in (1..1_000_000).step_by(33_331) {
			Balances::set_balance(&ALICE, ENDOWMENT);
			assert_ok!(Registry::bond_more(signed(ALICE), 997));
			let (issuance, bob) = (Balances::total_issuance(), Balances::free_balance(&BOB));
			let before = held(&ALICE);

			let shares = [(BOB, percent(25))];
			let taken = Registry::slash(&ALICE, Permill::from_parts(parts), &shares).taken;

			let burned = issuance - Balances::total_issuance();
			let rewarded = Balances::free_balance(&BOB) - bob;
			assert_eq!(taken, burned + rewarded);
			assert_eq!(held(&ALICE), before - taken);
			Registry::check_invariants().unwrap();
		}
	});
}
