//! Registering, bonding, leaving; applying and cancelling slashes.

use crate::{
	play::{Play, Sender, AGGREGATORS, EVERYBODY, POOR, TRAINERS},
	support::{account, actors::VERIFIERS},
	world::{played, World},
};
use pallet_model_updates::Call as Updates;
use pallet_node_registry::{Call as Nodes, Capability, Region};
use rand::RngExt;
use sheaf_runtime::{Balance, ModelUpdates, NodeRegistry, Runtime, SHEAF};
use sheaf_training::{NodeView, Roles};

impl World {
	/// What somebody would do about a node or a slash now.
	pub fn tend_nodes(&mut self) -> Option<Play> {
		match self.random.random_range(0..100) {
			0..20 => self.tend_slash(),
			20..24 => {
				let name = self.one_of(&EVERYBODY)?;
				self.look_after(name)
			}
			24..30 => self.help_poor(),
			_ => {
				let workers = [&TRAINERS[..], &AGGREGATORS, &VERIFIERS].concat();
				let name = self.one_of(&workers)?;
				self.look_after(name)
			}
		}
	}

	/// The poor own enough for fees and a trainer's bond, but for no challenge's.
	fn help_poor(&mut self) -> Option<Play> {
		let owns = self.chain.owns(&account(POOR));
		let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
			dest: account(POOR).into(),
			value: 40 * SHEAF,
		};
		(owns < SHEAF).then(|| played(Sender::Account("//Eve"), call))
	}

	fn tend_slash(&mut self) -> Option<Play> {
		let slashes = self.chain.read(|| ModelUpdates::deferred_slashes(u32::MAX));
		let slash = self.one_of(&slashes)?;
		let (bounty, round, offender) = (slash.bounty, slash.round, slash.offender);
		if self.chance(0.03) {
			let call = Updates::<Runtime>::cancel_slash { bounty, round, offender };
			return Some(played(Sender::Root, call));
		}
		let over = self.training(bounty).is_some_and(|training| training.round(round).is_none());
		if !over || self.now() < slash.due {
			return None;
		}
		let call = Updates::<Runtime>::apply_slash { bounty, round, offender };
		Some(played(Sender::Nobody, call))
	}

	fn look_after(&mut self, name: &'static str) -> Option<Play> {
		let node = self.chain.read(|| NodeRegistry::node(account(name)));
		let call = match node.filter(|node| node.roles != Roles::default()) {
			None => self.register(name),
			Some(node) => self.maintain(name, node)?,
		};
		Some(played(Sender::Account(name), call))
	}

	fn register(&mut self, name: &'static str) -> Nodes<Runtime> {
		let gone = self.chain.read(|| NodeRegistry::node(account(name)));
		if gone.is_some() && self.chance(0.5) {
			return Nodes::withdraw_unbonded {};
		}
		let roles = self.roles_for(name);
		let bond = self.min_bond(roles) + self.random.random_range(0..20) * SHEAF;
		let (capability, region) = (Capability::default(), self.region());
		Nodes::register { roles, capability, region, bond }
	}

	fn roles_for(&mut self, name: &'static str) -> Roles {
		let more = self.chance(0.1);
		Roles {
			trainer: TRAINERS.contains(&name) || more,
			aggregator: AGGREGATORS.contains(&name) || more,
			verifier: VERIFIERS.contains(&name),
		}
	}

	fn min_bond(&mut self, roles: Roles) -> Balance {
		self.chain.read(|| NodeRegistry::min_bond(roles))
	}

	fn region(&mut self) -> Region {
		let regions: [&[u8]; 4] = [b"", b"DE", b"US-CA", b"BR-SP-12"];
		Region::truncate_from(self.one_of(&regions).unwrap().to_vec())
	}

	/// Bonds what the roles need, or changes something now and then.
	fn maintain(&mut self, name: &'static str, node: NodeView) -> Option<Nodes<Runtime>> {
		let needed = self.min_bond(node.roles);
		if node.bond < needed {
			let spare = self.random.random_range(0..30) * SHEAF;
			return Some(Nodes::bond_more { amount: needed - node.bond + spare });
		}
		let now = self.now();
		let waits = node.unbonding.iter().any(|(_, at)| *at <= now) && node.suspensions == 0;
		match self.random.random_range(0..100) {
			0..4 => Some(Nodes::leave {}),
			4..14 => {
				let amount = self.random.random_range(0..=node.bond - needed);
				(amount > 0).then_some(Nodes::unbond { amount })
			}
			14..20 => Some(Nodes::bond_more { amount: self.random.random_range(1..5 * SHEAF) }),
			20..28 => {
				let roles = self.roles_for(name);
				let (capability, region) = (Capability::default(), self.region());
				let covered = self.min_bond(roles) <= node.bond;
				covered.then_some(Nodes::update { roles, capability, region })
			}
			_ => waits.then_some(Nodes::withdraw_unbonded {}),
		}
	}
}
