//! The exchange on real sockets: phones over UDP and TCP, media through the relay, a restart, the torture messages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "real sockets live in real time")]

mod failing;
mod office;
mod phone;
mod talking;
mod torture;
#[path = "../ladders/world.rs"]
#[allow(dead_code)]
mod world;
