//! The exchange: listeners, the engine, calls, media.
//!
//! [`engine::Engine`] is the exchange as one value without sockets and clocks; [`start`] puts it on a thread with real
//! ones.

mod call;
pub mod engine;
pub mod guard;
mod handle;
pub mod listen;
pub mod live;
pub mod media;
mod pace;
pub mod ports;
mod registration;
mod run;
pub mod settings;
mod vital;

pub use handle::{Addresses, EngineHandle};
pub use ports::{Directory, Ledger, Restored};
pub use run::start;
pub use settings::Settings;
