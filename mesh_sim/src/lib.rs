//! Machinery that proves the routing protocol of `mesh_node`: the core itself, in worlds made up from seeds.
//!
//! | module | what |
//! |---|---|
//! | [`rng`] | numbers from a seed, or from bytes |
//! | [`body`] | message bodies that are numbers |
//! | [`world`] | nodes, wires, and what may happen next |
//! | [`ledger`] | the oracle's account of handles and messages |
//! | [`layouts`] | what ends know of the layout of messages |
//! | [`taint`] | who may fail after a fault |
//! | [`check`] | what must hold at rest and at the end |
//! | [`program`] | random programs and running them |
//! | [`fault`] | what goes wrong |
//! | [`slip`] | what users and shells do wrong |
//! | [`explore`] | every order in small worlds |
//! | [`hostile`] | a node that turns, and forges |
//! | [`liar`] | one whose core goes on meanwhile |
//! | [`scripted`] | runs whose choices are bytes, for a fuzzer |
//! | [`shrink`] | making a failing program small |

pub mod body;
pub mod check;
pub mod explore;
pub mod fault;
pub mod hostile;
pub mod layouts;
pub mod ledger;
pub mod liar;
pub mod program;
pub mod rng;
pub mod scripted;
pub mod shrink;
pub mod slip;
pub mod taint;
pub mod world;
