//! The four transaction machines of RFC 3261 section 17, with the corrections of RFC 6026 and RFC 4320.
//!
//! Each machine is a small value that knows neither bytes nor sockets. It is told what happened (a status, a
//! retransmission, a timeout) together with the [`Tick`](types::clock::Tick) at which it happened, says what to do
//! in return, and names the tick at which it wants to be woken. [`crate::agent`] owns the bytes and does what they say.
//!
//! | machine | timers |
//! |---|---|
//! | [`client_invite`] | A (retransmit), B (give up), D (absorb), M (wait for more 2xx) |
//! | [`client_non_invite`] | E (retransmit), F (give up), K (absorb) |
//! | [`server_invite`] | G (retransmit), H (wait for ACK), I (absorb), L (accept more 2xx) |
//! | [`server_non_invite`] | J (absorb), and the two deadlines of RFC 4320 |
//! | [`success`] | the 2xx of an INVITE, sent until its ACK comes (RFC 3261 section 13.3.1.4) |
//!
//! Timer C belongs to proxies and is not here: how long a phone may ring is a matter of the call.

use std::time::Duration;

pub mod client_invite;
pub mod client_non_invite;
pub mod server_invite;
pub mod server_non_invite;
pub mod success;

/// The base intervals all timers derive from (RFC 3261 section 17.1.1.1 and table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// An estimate of the round trip; 500 ms unless the network is known better.
    pub t1: Duration,
    /// The longest interval between retransmissions of non-INVITE requests and INVITE responses; 4 s.
    pub t2: Duration,
    /// How long a message can stay in the network; 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl Timers {
    /// 64·T1: timers B, F, H, J, L and M; 32 s by default.
    #[must_use]
    pub fn transaction(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// Timer D: how long the client absorbs final responses to an INVITE; at least 32 s over UDP, nothing over
    /// reliable transports.
    #[must_use]
    pub fn d(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.transaction().max(Duration::from_secs(32)) }
    }

    /// Timers I and K: how long retransmissions may still arrive; T4 over UDP, nothing over reliable transports.
    #[must_use]
    pub fn linger(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t4 }
    }

    /// How long a client's timer E takes to reach T2, after which RFC 4320 section 4.1 wants a 100: 3.5 s by default.
    #[must_use]
    pub fn until_trying(&self) -> Duration {
        let mut interval = self.t1;
        let mut total = Duration::ZERO;
        while interval < self.t2 && !interval.is_zero() {
            total = total.saturating_add(interval);
            interval = interval.saturating_mul(2);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_table() {
        let timers = Timers::default();
        assert_eq!(timers.transaction(), Duration::from_secs(32));
        assert_eq!(timers.d(false), Duration::from_secs(32));
        assert_eq!(timers.d(true), Duration::ZERO);
        assert_eq!(timers.linger(false), Duration::from_secs(5));
        assert_eq!(timers.until_trying(), Duration::from_millis(3500));
    }
}
