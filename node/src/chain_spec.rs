//! Chain specifications from the runtime's genesis presets.

use sc_chain_spec::{
	ChainType, NoExtension, Properties, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET,
};
use sheaf_runtime::{genesis_config_presets::MAIN_RUNTIME_PRESET, WASM_BINARY};

/// A chain specification of this node.
pub type ChainSpec = sc_chain_spec::GenericChainSpec<NoExtension>;

/// The chain with this id: `dev`, `local` (also the empty id), `main` (a template), or a file.
pub fn load(id: &str) -> Result<Box<dyn sc_chain_spec::ChainSpec>, String> {
	Ok(match id {
		"dev" => Box::new(development()?),
		"" | "local" => Box::new(local_testnet()?),
		"main" => Box::new(main_template()?),
		path => Box::new(ChainSpec::from_json_file(path.into())?),
	})
}

/// One validator, Alice.
fn development() -> Result<ChainSpec, String> {
	from_preset("Sheaf Development", "sheaf_dev", ChainType::Development, DEV_RUNTIME_PRESET)
}

/// Four validators: Alice, Bob, Charlie and Dave.
fn local_testnet() -> Result<ChainSpec, String> {
	let preset = LOCAL_TESTNET_RUNTIME_PRESET;
	from_preset("Sheaf Local Testnet", "sheaf_local_testnet", ChainType::Local, preset)
}

/// What a main network's specification is made from: no validators yet, and accounts without owners.
fn main_template() -> Result<ChainSpec, String> {
	from_preset("Sheaf", "sheaf", ChainType::Live, MAIN_RUNTIME_PRESET)
}

fn from_preset(
	name: &str,
	id: &str,
	chain_type: ChainType,
	preset: &str,
) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or("this node was built without the runtime's wasm binary")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id("sheaf")
		.with_genesis_config_preset_name(preset)
		.with_properties(properties())
		.build())
}

fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "SHEAF".into());
	properties.insert("tokenDecimals".into(), 18.into());
	properties.insert("ss58Format".into(), 42.into());
	properties
}
