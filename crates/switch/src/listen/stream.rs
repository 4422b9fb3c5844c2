//! SIP over connections: TCP, TLS (RFC 3261 section 18), WebSocket with and without TLS (RFC 7118).
//!
//! Each connection is one task on a small runtime of its own, which frames messages, keeps time and bounds memory. The
//! engine's thread owns a [`StreamListeners`]: it takes [`StreamEvent`]s out and puts messages in, and never waits.

use std::net::SocketAddr;

use bytes::Bytes;

/// What carries a connection's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

/// Names one connection; never 0 and never used twice while the process runs.
pub type Connection = u64;

/// What happened on a connection. `Opened` comes first and `Closed` last, both exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// A connection is ready: TLS and WebSocket handshakes are done.
    Opened {
        /// The connection.
        connection: Connection,
        /// What carries it.
        transport: Transport,
        /// The address the peer reached us at, never an unspecified one.
        local: SocketAddr,
        /// The peer's address.
        remote: SocketAddr,
    },
    /// A whole message, not yet parsed.
    Message {
        /// The connection it came on.
        connection: Connection,
        /// Start line, headers and body.
        bytes: Bytes,
    },
    /// The peer sent what cannot be cut into messages. The answer, where one is possible, is sent; the connection
    /// closes.
    Malformed {
        /// The connection it came on.
        connection: Connection,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The connection is gone, whoever closed it.
    Closed {
        /// The connection.
        connection: Connection,
    },
}
