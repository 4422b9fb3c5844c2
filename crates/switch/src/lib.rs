//! The exchange: listeners, the engine, calls, media.

pub mod guard;
pub mod listen;
pub mod media;
pub mod settings;
