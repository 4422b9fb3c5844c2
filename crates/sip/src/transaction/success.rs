//! The 2xx of an INVITE is sent until its ACK comes: RFC 3261 section 13.3.1.4.
//!
//! The ACK of a 2xx is end to end, so this happens over reliable transports too. It runs beside the Accepted state of
//! [`super::server_invite`], which absorbs the INVITE's retransmissions meanwhile.

use std::time::Duration;

use types::clock::Tick;

use super::Timers;

/// What a timer asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send the 2xx again.
    Retransmit,
    /// No ACK came for 64·T1: the session is to be ended with a BYE.
    Unacknowledged,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct Success {
    interval: Duration,
    retransmit: Option<Tick>,
    end: Option<Tick>,
}

impl Success {
    /// The 2xx has just been sent.
    #[must_use]
    pub fn start(now: Tick, timers: &Timers) -> Self {
        Self { interval: timers.t1, retransmit: Some(now + timers.t1), end: Some(now + timers.transaction()) }
    }

    /// Its ACK came. Answers whether it is the first one.
    pub fn handle_ack(&mut self) -> bool {
        let first = self.end.is_some();
        self.retransmit = None;
        self.end = None;
        first
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick, timers: &Timers) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            self.retransmit = None;
            self.end = None;
            return Some(Due::Unacknowledged);
        }
        if self.retransmit.is_some_and(|retransmit| retransmit <= now) {
            self.interval = self.interval.saturating_mul(2).min(timers.t2);
            self.retransmit = Some(now + self.interval);
            return Some(Due::Retransmit);
        }
        None
    }

    /// When [`Self::handle_timeout`] is to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        [self.retransmit, self.end].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMERS: Timers =
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) };

    #[test]
    fn the_2xx_is_repeated_up_to_every_t2_for_64_t1() {
        let mut machine = Success::start(Tick(0), &TIMERS);
        let mut sent = vec![];
        loop {
            let deadline = machine.deadline().unwrap_or_default();
            match machine.handle_timeout(deadline, &TIMERS) {
                Some(Due::Retransmit) => sent.push(deadline.0 / 1000),
                Some(Due::Unacknowledged) => {
                    assert_eq!(deadline, Tick(32_000_000));
                    break;
                }
                None => unreachable!(),
            }
        }
        assert_eq!(sent, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
        assert!(!machine.handle_ack());
    }

    #[test]
    fn the_first_ack_ends_it() {
        let mut machine = Success::start(Tick(0), &TIMERS);
        assert!(machine.handle_ack());
        assert!(!machine.handle_ack());
        assert_eq!(machine.deadline(), None);
    }
}
