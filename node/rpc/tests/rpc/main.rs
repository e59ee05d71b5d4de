//! The methods over the real runtime's storage, without a node.

mod arguments;
mod bounds;
mod methods;
mod openrpc;
mod referenda;
mod subscriptions;
mod support;
