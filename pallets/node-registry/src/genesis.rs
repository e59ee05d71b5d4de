//! How genesis nodes are written in a chain specification: `[account, {roles}, bond]`.

use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sheaf_training::{AccountId, Balance, Roles};

/// [`Roles`] by name; a role left out is not taken.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NamedRoles {
	trainer: bool,
	aggregator: bool,
	verifier: bool,
}

pub(crate) fn serialize<S: Serializer>(
	nodes: &[(AccountId, Roles, Balance)],
	serializer: S,
) -> Result<S::Ok, S::Error> {
	serializer.collect_seq(nodes.iter().map(|(account, roles, bond)| {
		let Roles { trainer, aggregator, verifier } = *roles;
		(account, NamedRoles { trainer, aggregator, verifier }, bond)
	}))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
	deserializer: D,
) -> Result<Vec<(AccountId, Roles, Balance)>, D::Error> {
	let nodes = Vec::<(AccountId, NamedRoles, Balance)>::deserialize(deserializer)?;
	let unnamed = |named: NamedRoles| Roles {
		trainer: named.trainer,
		aggregator: named.aggregator,
		verifier: named.verifier,
	};
	Ok(nodes.into_iter().map(|(account, roles, bond)| (account, unnamed(roles), bond)).collect())
}
