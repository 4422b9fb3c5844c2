//! The exchange on a virtual wire and clock: whole flows as ladders, and what is on the wire and in the ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "measures how long the engine takes")]

mod calling;
mod changing;
mod chaos;
mod cost;
mod ending;
mod mobiles;
mod phone;
mod registering;
mod surviving;
mod watching;
mod wire;
mod world;
