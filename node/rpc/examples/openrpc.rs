//! Prints the OpenRPC document.

fn main() {
	println!("{:#}", sheaf_rpc::openrpc::document());
}
