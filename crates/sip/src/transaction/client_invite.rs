//! INVITE client transaction: RFC 3261 section 17.1.1 with the Accepted state of RFC 6026 section 7.2.

use std::time::Duration;

use types::clock::Tick;

use super::Timers;

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Sent, nothing heard yet.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A 300–699 came and was acknowledged; its retransmissions are absorbed and acknowledged again.
    Completed,
    /// A 2xx came; further ones are handed up for as long as they may come.
    Accepted,
    /// Over; the owner forgets it.
    Terminated,
}

/// What a response asks of the owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Hand the response to the user.
    pub deliver: bool,
    /// Send the ACK of section 17.1.1.3 (for 300–699; the ACK of a 2xx is the user's).
    pub acknowledge: bool,
}

/// What a timer asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send the INVITE again (timer A).
    Retransmit,
    /// Tell the user that nobody answered (timer B, or no final response to a CANCEL). The transaction is over.
    TimedOut,
    /// The transaction is over (timer D or M); the user already has his answer.
    Ended,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct ClientInvite {
    state: State,
    reliable: bool,
    interval: Duration,
    retransmit: Option<Tick>,
    end: Option<Tick>,
}

impl ClientInvite {
    /// The INVITE has just been sent over a transport that is `reliable` (TCP, TLS, WebSocket) or not (UDP).
    #[must_use]
    pub fn start(reliable: bool, now: Tick, timers: &Timers) -> Self {
        Self {
            state: State::Calling,
            reliable,
            interval: timers.t1,
            retransmit: (!reliable).then(|| now + timers.t1),
            end: Some(now + timers.transaction()),
        }
    }

    /// A response with this status came.
    pub fn handle_response(&mut self, status: u16, now: Tick, timers: &Timers) -> Reaction {
        match (self.state, status) {
            (State::Calling | State::Proceeding, 100..=199) => {
                if self.state == State::Calling {
                    self.end = None;
                }
                self.state = State::Proceeding;
                self.retransmit = None;
                Reaction { deliver: true, acknowledge: false }
            }
            (State::Calling | State::Proceeding, 200..=299) => {
                self.finish(State::Accepted, timers.transaction(), now);
                Reaction { deliver: true, acknowledge: false }
            }
            (State::Calling | State::Proceeding, 300..=699) => {
                self.finish(State::Completed, timers.d(self.reliable), now);
                Reaction { deliver: true, acknowledge: true }
            }
            (State::Completed, 300..=699) => Reaction { deliver: false, acknowledge: true },
            (State::Accepted, 200..=299) => Reaction { deliver: true, acknowledge: false },
            _ => Reaction::default(),
        }
    }

    /// A CANCEL was sent: without a final response within 64·T1 the INVITE counts as cancelled (RFC 3261 section 9.1).
    pub fn cancelled(&mut self, now: Tick, timers: &Timers) {
        if matches!(self.state, State::Calling | State::Proceeding) {
            self.end = Some(now + timers.transaction());
        }
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            let unanswered = matches!(self.state, State::Calling | State::Proceeding);
            self.state = State::Terminated;
            self.retransmit = None;
            self.end = None;
            return Some(if unanswered { Due::TimedOut } else { Due::Ended });
        }
        if self.retransmit.is_some_and(|retransmit| retransmit <= now) {
            self.interval = self.interval.saturating_mul(2);
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

    fn finish(&mut self, state: State, linger: Duration, now: Tick) {
        self.state = if linger.is_zero() { State::Terminated } else { state };
        self.retransmit = None;
        self.end = (!linger.is_zero()).then(|| now + linger);
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

    fn udp() -> ClientInvite {
        ClientInvite::start(false, at(0), &TIMERS)
    }

    #[test]
    fn timer_a_doubles_without_limit_until_timer_b() {
        let mut machine = udp();
        let mut sent = vec![];
        while let Some(deadline) = machine.deadline() {
            match machine.handle_timeout(deadline) {
                Some(Due::Retransmit) => sent.push(deadline.0 / 1000),
                Some(Due::TimedOut) => {
                    assert_eq!(deadline, at(32_000));
                    break;
                }
                other => unreachable!("{other:?}"),
            }
        }
        assert_eq!(sent, [500, 1500, 3500, 7500, 15_500, 31_500]);
        assert_eq!(machine.state(), State::Terminated);
        assert_eq!(machine.deadline(), None);
    }

    #[test]
    fn timer_a_is_silent_over_reliable_transports() {
        let machine = ClientInvite::start(true, at(0), &TIMERS);
        assert_eq!(machine.deadline(), Some(at(32_000)));
    }

    #[test]
    fn a_provisional_response_stops_timers_a_and_b() {
        let mut machine = udp();
        assert_eq!(machine.handle_response(180, at(100), &TIMERS), Reaction { deliver: true, acknowledge: false });
        assert_eq!(machine.state(), State::Proceeding);
        assert_eq!(machine.deadline(), None);
        assert!(machine.handle_response(183, at(40_000), &TIMERS).deliver);
    }

    #[test]
    fn timer_d_absorbs_and_acknowledges_repeated_finals() {
        let mut machine = udp();
        assert_eq!(machine.handle_response(486, at(100), &TIMERS), Reaction { deliver: true, acknowledge: true });
        assert_eq!(machine.handle_response(486, at(600), &TIMERS), Reaction { deliver: false, acknowledge: true });
        assert_eq!(machine.handle_response(200, at(700), &TIMERS), Reaction::default());
        assert_eq!(machine.deadline(), Some(at(32_100)));
        assert_eq!(machine.handle_timeout(at(32_100)), Some(Due::Ended));
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn timer_d_is_zero_over_reliable_transports() {
        let mut machine = ClientInvite::start(true, at(0), &TIMERS);
        assert_eq!(machine.handle_response(404, at(5), &TIMERS), Reaction { deliver: true, acknowledge: true });
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn timer_m_hands_up_every_2xx_for_64_t1() {
        for reliable in [false, true] {
            let mut machine = ClientInvite::start(reliable, at(0), &TIMERS);
            assert!(machine.handle_response(200, at(1000), &TIMERS).deliver);
            assert_eq!(machine.state(), State::Accepted);
            assert_eq!(machine.handle_response(200, at(1500), &TIMERS), Reaction { deliver: true, acknowledge: false });
            assert_eq!(machine.handle_response(486, at(1600), &TIMERS), Reaction::default());
            assert_eq!(machine.handle_timeout(at(32_999)), None);
            assert_eq!(machine.handle_timeout(at(33_000)), Some(Due::Ended));
        }
    }

    #[test]
    fn a_cancelled_invite_ends_64_t1_after_the_cancel() {
        let mut machine = udp();
        machine.handle_response(180, at(100), &TIMERS);
        machine.cancelled(at(20_000), &TIMERS);
        assert_eq!(machine.deadline(), Some(at(52_000)));
        machine.handle_response(180, at(21_000), &TIMERS);
        assert_eq!(machine.handle_timeout(at(52_000)), Some(Due::TimedOut));
    }
}
