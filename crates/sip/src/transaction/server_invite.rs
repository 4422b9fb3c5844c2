//! INVITE server transaction: RFC 3261 section 17.2.1 with the Accepted state of RFC 6026 section 7.1.

use std::time::Duration;

use types::clock::Tick;

use super::Timers;

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No final response yet.
    Proceeding,
    /// A 300–699 was sent and waits for its ACK.
    Completed,
    /// The ACK came; further ones are absorbed.
    Confirmed,
    /// A 2xx was sent; its retransmission is the business of [`super::success`], INVITEs are absorbed.
    Accepted,
    /// Over; the owner forgets it.
    Terminated,
}

/// What a timer asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send the last response again (timer G).
    Retransmit,
    /// The ACK never came (timer H). The transaction is over.
    Unacknowledged,
    /// The transaction is over (timer I or L).
    Ended,
}

/// What an ACK with the transaction's own branch asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// Nothing: it belongs to a 300–699, or repeats one that did.
    Absorb,
    /// Hand it up: the phone wrote the INVITE's branch into the ACK of a 2xx (RFC 6026 section 7.1).
    Deliver,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct ServerInvite {
    state: State,
    reliable: bool,
    interval: Duration,
    retransmit: Option<Tick>,
    end: Option<Tick>,
}

impl ServerInvite {
    /// An INVITE has just arrived over a transport that is `reliable` (TCP, TLS, WebSocket) or not (UDP).
    #[must_use]
    pub fn start(reliable: bool, timers: &Timers) -> Self {
        Self { state: State::Proceeding, reliable, interval: timers.t1, retransmit: None, end: None }
    }

    /// The user answers with this status. Answers whether the response may go out: nothing may follow a final one.
    pub fn respond(&mut self, status: u16, now: Tick, timers: &Timers) -> bool {
        if self.state != State::Proceeding {
            return false;
        }
        match status {
            100..=199 => {}
            200..=299 => {
                self.state = State::Accepted;
                self.end = Some(now + timers.transaction());
            }
            _ => {
                self.state = State::Completed;
                self.retransmit = (!self.reliable).then(|| now + self.interval);
                self.end = Some(now + timers.transaction());
            }
        }
        true
    }

    /// The INVITE came again. Answers whether to send the last response again.
    #[must_use]
    pub fn handle_retransmission(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Completed)
    }

    /// An ACK with the INVITE's branch came.
    pub fn handle_ack(&mut self, now: Tick, timers: &Timers) -> Acknowledged {
        match self.state {
            State::Completed => {
                let linger = timers.linger(self.reliable);
                self.state = if linger.is_zero() { State::Terminated } else { State::Confirmed };
                self.retransmit = None;
                self.end = (!linger.is_zero()).then(|| now + linger);
                Acknowledged::Absorb
            }
            State::Accepted => Acknowledged::Deliver,
            State::Proceeding | State::Confirmed | State::Terminated => Acknowledged::Absorb,
        }
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick, timers: &Timers) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            let unacknowledged = self.state == State::Completed;
            self.state = State::Terminated;
            self.retransmit = None;
            self.end = None;
            return Some(if unacknowledged { Due::Unacknowledged } else { Due::Ended });
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

    /// Where the transaction stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMERS: Timers =
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) };

    fn at(millis: u64) -> Tick {
        Tick(millis * 1000)
    }

    #[test]
    fn timer_g_doubles_up_to_t2_until_timer_h() {
        let mut machine = ServerInvite::start(false, &TIMERS);
        assert!(machine.respond(180, at(0), &TIMERS));
        assert_eq!(machine.deadline(), None);
        assert!(machine.respond(486, at(0), &TIMERS));
        let mut sent = vec![];
        loop {
            let deadline = machine.deadline().unwrap_or_default();
            match machine.handle_timeout(deadline, &TIMERS) {
                Some(Due::Retransmit) => sent.push(deadline.0 / 1000),
                Some(Due::Unacknowledged) => {
                    assert_eq!(deadline, at(32_000));
                    break;
                }
                other => unreachable!("{other:?}"),
            }
        }
        assert_eq!(sent, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn over_reliable_transports_only_timer_h_runs() {
        let mut machine = ServerInvite::start(true, &TIMERS);
        assert!(machine.respond(603, at(0), &TIMERS));
        assert_eq!(machine.deadline(), Some(at(32_000)));
        assert_eq!(machine.handle_ack(at(10), &TIMERS), Acknowledged::Absorb);
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn timer_i_absorbs_repeated_acks_for_t4() {
        let mut machine = ServerInvite::start(false, &TIMERS);
        machine.respond(404, at(0), &TIMERS);
        assert_eq!(machine.handle_ack(at(100), &TIMERS), Acknowledged::Absorb);
        assert_eq!(machine.state(), State::Confirmed);
        assert!(!machine.handle_retransmission());
        assert_eq!(machine.handle_ack(at(200), &TIMERS), Acknowledged::Absorb);
        assert_eq!(machine.deadline(), Some(at(5100)));
        assert_eq!(machine.handle_timeout(at(5100), &TIMERS), Some(Due::Ended));
    }

    #[test]
    fn timer_l_absorbs_invites_and_delivers_acks_after_a_2xx() {
        for reliable in [false, true] {
            let mut machine = ServerInvite::start(reliable, &TIMERS);
            assert!(machine.handle_retransmission());
            assert!(machine.respond(200, at(0), &TIMERS));
            assert_eq!(machine.state(), State::Accepted);
            assert!(!machine.handle_retransmission());
            assert_eq!(machine.handle_ack(at(10), &TIMERS), Acknowledged::Deliver);
            assert_eq!(machine.deadline(), Some(at(32_000)));
            assert_eq!(machine.handle_timeout(at(32_000), &TIMERS), Some(Due::Ended));
            assert_eq!(machine.state(), State::Terminated);
        }
    }

    #[test]
    fn nothing_follows_a_final_response() {
        let mut machine = ServerInvite::start(false, &TIMERS);
        assert!(machine.respond(487, at(0), &TIMERS));
        assert!(!machine.respond(200, at(1), &TIMERS));
        assert!(!machine.respond(180, at(1), &TIMERS));
    }
}
