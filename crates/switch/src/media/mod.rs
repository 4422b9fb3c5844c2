//! The media relay: RTP and RTCP between the two legs of a call (RFC 3550), untouched but for the addresses.
//!
//! A [`MediaPool`] belongs to the engine's thread and keeps the books: which port pair serves which leg. The packets
//! themselves move on threads of their own, each the only owner of its sockets, so nothing on the packet path takes a
//! lock, allocates or searches. The two meet in a bounded channel (orders, towards the packets) and in counters that
//! only the packet side writes.
//!
//! Who may send to a leg is decided by a latch per port; nothing that comes from anybody else is forwarded, and it
//! never makes anything be sent to that somebody (threat T13).

mod counters;
mod latch;
mod packet;
mod pool;
mod ports;
mod worker;

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

pub use counters::{LegStats, Stats};
pub use pool::{MediaConfig, MediaPool};

/// Names one relay while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelayId(pub u64);

/// One of the two legs of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The first leg, by convention the caller's.
    A,
    /// The second leg, by convention the called party's.
    B,
}

impl Side {
    /// The opposite leg.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// A relay and where it listens. Stored with an open call, so that [`MediaPool::restore`] can bind the same ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Its name in this process; a restored relay gets a new one.
    pub id: RelayId,
    /// For each stream the RTP address offered to the phone of leg A; RTCP is one port above.
    pub a: Vec<SocketAddr>,
    /// For each stream the RTP address offered to the phone of leg B; RTCP is one port above.
    pub b: Vec<SocketAddr>,
}

impl Relay {
    /// The RTP addresses of one leg, one for each stream.
    #[must_use]
    pub fn side(&self, side: Side) -> &[SocketAddr] {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

/// Who may send to one stream of a leg, and where media for it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// The RTP address in the phone's SDP. With an unspecified address or port 0 nothing is sent there.
    pub rtp: SocketAddr,
    /// The RTCP address in the phone's SDP (RFC 3605), else the port above the RTP port.
    pub rtcp: SocketAddr,
    /// Where the phone's signalling comes from. A phone behind address translation does not know the address its
    /// media comes from; it is then taken from the first packet, provided that it comes from this address.
    pub signalling: IpAddr,
}

impl Peer {
    /// The peer described by an SDP media line: its address, its `a=rtcp` where there is one, and where the
    /// signalling comes from.
    #[must_use]
    pub fn new(rtp: SocketAddr, rtcp: Option<SocketAddr>, signalling: IpAddr) -> Self {
        // Port 0 refuses the stream (RFC 3264 section 6); its RTCP must then not go to port 1.
        let above = if rtp.port() == 0 { 0 } else { rtp.port().checked_add(1).unwrap_or(0) };
        Self { rtp, rtcp: rtcp.unwrap_or(SocketAddr::new(rtp.ip(), above)), signalling }
    }
}

/// There is no port, socket or memory left for another relay; the call is to be refused with 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

impl std::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no media port is free")
    }
}

impl std::error::Error for Exhausted {}
