//! Server transaction for every method but INVITE and ACK: RFC 3261 section 17.2.2 with RFC 4320.
//!
//! RFC 4320 forbids provisional responses other than 100, wants a 100 once the client retransmits only every T2, and
//! forbids a 408: when the client has given up, any answer would only be counted against the next request.

use types::clock::Tick;

use super::Timers;

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing answered yet.
    Trying,
    /// A 100 was sent.
    Proceeding,
    /// A final response was sent and is sent again for every retransmission.
    Completed,
    /// Over; the owner forgets it.
    Terminated,
}

/// What a timer asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a 100 (RFC 4320 section 4.1).
    Trying,
    /// The client has given up by now (its timer F); the transaction is over and whatever the user still says is dropped.
    TooLate,
    /// The transaction is over (timer J).
    Ended,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct ServerNonInvite {
    state: State,
    reliable: bool,
    trying: Option<Tick>,
    end: Option<Tick>,
}

impl ServerNonInvite {
    /// A request has just arrived over a transport that is `reliable` (TCP, TLS, WebSocket) or not (UDP).
    #[must_use]
    pub fn start(reliable: bool, now: Tick, timers: &Timers) -> Self {
        Self {
            state: State::Trying,
            reliable,
            trying: Some(now + timers.until_trying()),
            end: Some(now + timers.transaction()),
        }
    }

    /// The user answers with this status. Answers whether the response may go out.
    pub fn respond(&mut self, status: u16, now: Tick, timers: &Timers) -> bool {
        if !matches!(self.state, State::Trying | State::Proceeding) {
            return false;
        }
        match status {
            100 => {
                // Over UDP a 100 before the client's timer E reached T2 would only slow its retransmissions down.
                let early = !self.reliable && self.trying.is_some_and(|trying| now < trying);
                if early || self.state == State::Proceeding {
                    return false;
                }
                self.state = State::Proceeding;
                self.trying = None;
                true
            }
            101..=199 => false,
            408 => {
                self.terminate();
                false
            }
            _ => {
                self.trying = None;
                if self.reliable {
                    self.terminate();
                } else {
                    self.state = State::Completed;
                    self.end = Some(now + timers.transaction());
                }
                true
            }
        }
    }

    /// The request came again. Answers whether to send the last response again.
    #[must_use]
    pub fn handle_retransmission(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Completed)
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            let unanswered = matches!(self.state, State::Trying | State::Proceeding);
            self.terminate();
            return Some(if unanswered { Due::TooLate } else { Due::Ended });
        }
        if self.trying.is_some_and(|trying| trying <= now) {
            self.trying = None;
            self.state = State::Proceeding;
            return Some(Due::Trying);
        }
        None
    }

    /// When [`Self::handle_timeout`] is to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        [self.trying, self.end].into_iter().flatten().min()
    }

    /// Where the transaction stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    fn terminate(&mut self) {
        self.state = State::Terminated;
        self.trying = None;
        self.end = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TIMERS: Timers =
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) };

    fn at(millis: u64) -> Tick {
        Tick(millis * 1000)
    }

    #[test]
    fn timer_j_keeps_the_answer_for_64_t1_over_udp() {
        let mut machine = ServerNonInvite::start(false, at(0), &TIMERS);
        assert!(!machine.handle_retransmission());
        assert!(machine.respond(200, at(100), &TIMERS));
        assert!(machine.handle_retransmission());
        assert!(!machine.respond(500, at(101), &TIMERS));
        assert_eq!(machine.deadline(), Some(at(32_100)));
        assert_eq!(machine.handle_timeout(at(32_100)), Some(Due::Ended));
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn timer_j_is_zero_over_reliable_transports() {
        let mut machine = ServerNonInvite::start(true, at(0), &TIMERS);
        assert!(machine.respond(200, at(100), &TIMERS));
        assert_eq!(machine.state(), State::Terminated);
        assert_eq!(machine.deadline(), None);
    }

    #[test]
    fn a_100_is_due_when_the_clients_timer_e_has_reached_t2() {
        for reliable in [false, true] {
            let mut machine = ServerNonInvite::start(reliable, at(0), &TIMERS);
            assert_eq!(machine.deadline(), Some(at(3500)));
            assert_eq!(machine.handle_timeout(at(3500)), Some(Due::Trying));
            assert_eq!(machine.state(), State::Proceeding);
            assert!(machine.handle_retransmission());
        }
    }

    #[test]
    fn provisional_responses_are_refused_but_for_a_100_at_its_time() {
        let mut udp = ServerNonInvite::start(false, at(0), &TIMERS);
        assert!(!udp.respond(100, at(10), &TIMERS));
        assert!(!udp.respond(183, at(10), &TIMERS));
        let mut tcp = ServerNonInvite::start(true, at(0), &TIMERS);
        assert!(tcp.respond(100, at(10), &TIMERS));
        assert!(!tcp.respond(100, at(20), &TIMERS));
    }

    #[test]
    fn no_408_is_ever_sent() {
        let mut machine = ServerNonInvite::start(false, at(0), &TIMERS);
        assert!(!machine.respond(408, at(10), &TIMERS));
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn an_unanswered_request_ends_silently_when_the_client_has_given_up() {
        let mut machine = ServerNonInvite::start(false, at(0), &TIMERS);
        assert_eq!(machine.handle_timeout(at(3500)), Some(Due::Trying));
        assert_eq!(machine.handle_timeout(at(32_000)), Some(Due::TooLate));
        assert!(!machine.respond(200, at(32_001), &TIMERS));
    }
}
