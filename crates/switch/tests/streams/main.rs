//! Stream listeners on real sockets: framing, limits, time, TLS, WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::panic)]

mod harness;
mod limits;
mod memory;
mod tcp;
mod tls;
mod websocket;
