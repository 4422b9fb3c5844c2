//! Sockets: datagrams for the engine's own thread, streams on a small runtime of their own.

mod connection;
mod places;
pub mod stream;
mod tcp;
mod tls;
pub mod udp;
mod ws;
