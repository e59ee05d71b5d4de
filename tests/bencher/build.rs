//! Compiles the runtime with its benchmarks to WebAssembly.

use std::path::Path;

fn main() {
	let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/Cargo.toml");
	substrate_wasm_builder::WasmBuilder::new()
		.with_project(runtime.canonicalize().expect("the runtime is there"))
		.expect("it is a project")
		.enable_feature("runtime-benchmarks")
		.export_heap_base()
		.import_memory()
		.build();
}
