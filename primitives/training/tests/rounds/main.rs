//! Walks every row of the protocol's table of round phases.

#[path = "../support/mod.rs"]
mod support;

mod attest;
mod challenge;
mod commit;
mod conduct;
mod draw;
mod enrolment;
mod marginal;
mod money;
mod pipelining;
mod publish;
mod strike;
mod upload;
mod waiting;
mod withheld;
