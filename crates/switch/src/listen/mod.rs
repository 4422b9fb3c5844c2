//! Sockets: datagrams for the engine's own thread, streams on a small runtime of their own.

pub mod stream;
pub mod udp;
