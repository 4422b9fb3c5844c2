//! What goes into the engine and what comes out.

use bytes::Bytes;
use sip::agent::Path;
use sip::message::Malformed;
use types::ids::DeviceId;

use crate::ports::Ticket;

/// Something that happened outside.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A datagram came, from a source that [`super::Engine::admits`].
    Datagram {
        /// Its way here.
        path: Path,
        /// What it says.
        bytes: &'a [u8],
    },
    /// A connection was opened by a phone.
    Opened {
        /// The connection.
        path: Path,
    },
    /// A whole message came over a connection.
    Message {
        /// The connection.
        path: Path,
        /// What it says.
        bytes: Bytes,
    },
    /// What came over a connection cannot be cut into messages.
    Malformed {
        /// The connection.
        path: Path,
        /// What is wrong with it, and how to answer.
        malformed: &'a Malformed,
    },
    /// A connection is gone.
    Closed {
        /// Which.
        connection: u64,
    },
    /// Entries are durable.
    Committed {
        /// Which.
        tickets: &'a [Ticket],
    },
    /// Entries are not durable and will not become so.
    CommitFailed {
        /// Which.
        tickets: &'a [Ticket],
    },
    /// The deadline passed that [`super::Engine::next_deadline`] named.
    Timeout,
    /// A phone's registrations are to be forgotten and its connections closed.
    Drop {
        /// The phone.
        device: DeviceId,
    },
    /// No new calls and registrations from now on; calls that ring are ended, calls that are up stay.
    ShutDown,
}

/// Something to do outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Transmit {
        /// Its way.
        path: Path,
        /// What it says.
        bytes: Bytes,
    },
    /// Say whether a registration uses a connection, which may then be silent for any time.
    Keep {
        /// Which.
        connection: u64,
        /// Whether one does.
        kept: bool,
    },
    /// Close a connection, once everything is sent.
    Close {
        /// Which.
        connection: u64,
    },
}
