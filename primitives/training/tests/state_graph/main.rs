//! Walks the whole graph of states: every event in every phase, a small instance exhaustively, and
//! long random walks with nonsense. After every step the laws of the protocol hold.

#[path = "../support/mod.rs"]
mod support;

mod actors;
mod dice;
mod laws;
mod search;
mod steps;
mod table;
mod walk;
