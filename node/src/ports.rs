//! Checking that ports are free before the node takes another one silently.

use sc_cli::{Error, Result};
use sc_network::multiaddr::Protocol;
use sc_service::Configuration;
use std::{
	io::ErrorKind,
	net::{IpAddr, SocketAddr, TcpListener},
};

/// Fails if another program holds a port that the configuration asks for, and forbids the RPC
/// server to take a random one.
pub fn ensure_free(config: &mut Configuration, blob_addresses: &[SocketAddr]) -> Result<()> {
	for endpoint in config.rpc.addr.iter_mut().flatten() {
		ensure_address_free(endpoint.listen_addr, "RPC", "--rpc-port")?;
		endpoint.retry_random_port = false;
	}
	if let Some(prometheus) = &config.prometheus_config {
		ensure_address_free(prometheus.port, "Prometheus", "--prometheus-port")?;
	}
	for address in blob_addresses {
		ensure_address_free(*address, "blob gateway", "--blob-port or --blob-listen")?;
	}
	for address in config.network.listen_addresses.iter().filter_map(tcp_address) {
		ensure_address_free(address, "peer-to-peer", "--port")?;
	}
	Ok(())
}

fn ensure_address_free(address: SocketAddr, what: &str, option: &str) -> Result<()> {
	match TcpListener::bind(address) {
		Err(error) if error.kind() == ErrorKind::AddrInUse => {
			let (ip, port) = (address.ip(), address.port());
			let message =
				format!("the {what} port {port} is taken on {ip}; choose another with {option}");
			Err(Error::Application(message.into()))
		}
		// Whatever else is wrong with the address, the service says better.
		_ => Ok(()),
	}
}

fn tcp_address(address: &sc_network::Multiaddr) -> Option<SocketAddr> {
	let mut parts = address.iter();
	let ip = match parts.next()? {
		Protocol::Ip4(ip) => IpAddr::V4(ip),
		Protocol::Ip6(ip) => IpAddr::V6(ip),
		_ => return None,
	};
	match parts.next()? {
		Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_taken_port_is_an_error_of_one_line() {
		let holder = TcpListener::bind("127.0.0.1:0").unwrap();
		let address = holder.local_addr().unwrap();
		let error = ensure_address_free(address, "RPC", "--rpc-port").unwrap_err().to_string();
		assert!(error.contains("RPC port") && !error.contains('\n'), "{error}");
	}

	#[test]
	fn a_free_port_is_fine() {
		assert!(ensure_address_free("127.0.0.1:0".parse().unwrap(), "RPC", "--rpc-port").is_ok());
	}

	#[test]
	fn tcp_addresses_are_found() {
		let address = |text: &str| tcp_address(&text.parse().unwrap());
		assert_eq!(address("/ip4/0.0.0.0/tcp/30333"), Some(([0, 0, 0, 0], 30333).into()));
		assert_eq!(address("/ip6/::1/tcp/7/ws").map(|address| address.port()), Some(7));
		assert_eq!(address("/ip4/0.0.0.0/udp/1"), None);
	}
}
