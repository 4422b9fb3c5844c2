//! What an agent supports and how much it bears.

use std::net::IpAddr;

use crate::message::Uri;
use crate::transaction::Timers;

/// Settings of an [`super::Agent`]. Nothing here changes while it runs.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Base intervals of all timers.
    pub timers: Timers,
    /// The address written into Via instead of the socket's own, behind a one-to-one address translation.
    pub advertised: Option<IpAddr>,
    /// The domain requests are expected for, as a URI, beside the addresses they come to. A request over UDP for another
    /// one gets no answer longer than itself. `None`: every domain is ours.
    pub home: Option<Uri>,
    /// Methods that are handed up, in the order in which Allow lists them. Known methods that are missing here are
    /// answered 405, unknown ones 501.
    pub methods: &'static [&'static str],
    /// Option tags that a request may require; others are answered 420.
    pub extensions: &'static [&'static str],
    /// What may grow, and how far.
    pub limits: AgentLimits,
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            timers: Timers::default(),
            advertised: None,
            home: None,
            methods: &[
                "INVITE",
                "ACK",
                "CANCEL",
                "BYE",
                "OPTIONS",
                "REGISTER",
                "PRACK",
                "UPDATE",
                "INFO",
                "REFER",
                "SUBSCRIBE",
                "NOTIFY",
                "MESSAGE",
            ],
            extensions: &["100rel", "timer", "path", "outbound", "gruu"],
            limits: AgentLimits::default(),
        }
    }
}

/// Upper bounds for what requests can make grow.
#[derive(Clone, Copy, Debug)]
pub struct AgentLimits {
    /// Server transactions that wait for the user's final answer or for an ACK, or were answered 2xx lately. Beyond,
    /// new requests get 503.
    pub pending: usize,
    /// Answered non-INVITE transactions kept over UDP to absorb retransmissions. Beyond, the oldest are forgotten
    /// before their time: their request, should it come again, is then a new one.
    pub answered: usize,
    /// Client transactions.
    pub sent: usize,
    /// `Retry-After` of a 503, in seconds.
    pub retry_after: u32,
}

impl Default for AgentLimits {
    fn default() -> Self {
        Self { pending: 100_000, answered: 16_384, sent: 200_000, retry_after: 5 }
    }
}
