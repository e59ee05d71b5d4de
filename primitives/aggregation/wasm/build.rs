//! Compiles the self-test to WebAssembly, as the runtime is.

#[cfg(feature = "std")]
fn main() {
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		.disable_runtime_version_section_check()
		.build();
}

#[cfg(not(feature = "std"))]
fn main() {}
