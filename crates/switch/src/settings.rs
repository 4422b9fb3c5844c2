//! What the exchange is told at start. Nothing here changes while it runs.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Where to listen, what to be called and how much to bear.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Addresses for SIP over UDP and TCP (the same port for both; port 0 lets the kernel choose).
    pub sip: Vec<SocketAddr>,
    /// SIP over TLS, where a certificate is at hand.
    pub tls: Option<TlsSettings>,
    /// Addresses for SIP over WebSocket without TLS (behind a reverse proxy, or on loopback).
    pub ws: Vec<SocketAddr>,
    /// SIP over WebSocket with TLS.
    pub wss: Option<TlsSettings>,
    /// The address written into Contact, Via and SDP in place of the socket's own one: for a machine behind a
    /// one-to-one address translation. `None` writes the address a message came to.
    pub advertised: Option<IpAddr>,
    /// UDP ports for media, an even one for RTP and the odd one above it for RTCP.
    /// A range that begins with 0 lets the kernel choose.
    pub rtp_ports: RangeInclusive<u16>,
    /// Threads that move media. One carries some hundred thousand packets a second on a good machine.
    pub media_threads: usize,
    /// The domain phones register at and people are called at, for example `phones.example.com`.
    pub domain: String,
    /// The digest realm (RFC 7616 section 3.3). Changing it makes every stored password hash useless.
    pub realm: String,
    /// What may grow, and how far.
    pub limits: Limits,
}

impl Settings {
    /// Settings for `domain` that listen on `sip` alone.
    #[must_use]
    pub fn new(domain: &str, sip: Vec<SocketAddr>) -> Self {
        Self {
            sip,
            tls: None,
            ws: Vec::new(),
            wss: None,
            advertised: None,
            rtp_ports: 20_000..=59_999,
            media_threads: 1,
            domain: domain.to_owned(),
            realm: domain.to_owned(),
            limits: Limits::default(),
        }
    }
}

/// A certificate and where to show it.
#[derive(Clone)]
pub struct TlsSettings {
    /// Where to listen; port 0 lets the kernel choose.
    pub addresses: Vec<SocketAddr>,
    /// The certificate chain, leaf first, as PEM.
    pub certificates_pem: Vec<u8>,
    /// The leaf's private key as PEM (PKCS #8, PKCS #1 or SEC 1).
    pub key_pem: Vec<u8>,
}

impl std::fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsSettings").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Upper bounds for everything a sender can make grow.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls that ring or talk at the same time. Further ones get 503; emergency calls do not count.
    pub calls: usize,
    /// Calls one account may have ringing or talking at the same time.
    pub calls_per_account: usize,
    /// Longest call; a forgotten receiver ends here.
    pub call_duration: Duration,
    /// TCP, TLS and WebSocket connections in all.
    pub connections: usize,
    /// Connections from one address (an IPv6 /64 counts as one address).
    pub connections_per_source: usize,
    /// How long a connection may take to deliver its first whole message, TLS and WebSocket handshakes included.
    pub first_message: Duration,
    /// How long one message may take from its first to its last byte.
    pub whole_message: Duration,
    /// How long a connection without a registration may stay silent.
    pub idle_connection: Duration,
    /// Durable writes that wait at the same time; beyond, registrations and calls get 503.
    pub waiting_commits: usize,
    /// Wrong passwords from one source, proven to be its own, before it is ignored.
    pub failures: u8,
    /// The span in which [`Limits::failures`] are counted, and how long the source is ignored.
    pub failure_window: Duration,
    /// Requests a second that are looked at from all sources without a registered phone together.
    pub strangers_per_second: u32,
    /// Memory for the ladders of recent calls, in bytes.
    pub ladder_bytes: usize,
    /// `Retry-After` of a 503, in seconds.
    pub retry_after: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 20_000,
            calls_per_account: 5_000,
            call_duration: Duration::from_secs(12 * 3600),
            connections: 100_000,
            connections_per_source: 1_000,
            first_message: Duration::from_secs(10),
            whole_message: Duration::from_secs(10),
            idle_connection: Duration::from_secs(180),
            waiting_commits: 50_000,
            failures: 10,
            failure_window: Duration::from_secs(600),
            strangers_per_second: 20_000,
            ladder_bytes: 16 << 20,
            retry_after: 5,
        }
    }
}
