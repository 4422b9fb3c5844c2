//! The exchange: listeners, the engine, calls, media.
//!
//! [`engine::Engine`] is the exchange as one value without sockets and clocks; [`start`] puts it on a thread with real
//! ones.

mod call;
pub mod engine;
pub mod guard;
pub mod listen;
pub mod live;
pub mod media;
pub mod ports;
mod registration;
pub mod settings;
