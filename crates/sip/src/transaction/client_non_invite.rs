//! Client transaction for every method but INVITE and ACK: RFC 3261 section 17.1.2.

use std::time::Duration;

use types::clock::Tick;

use super::Timers;

/// Where the transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Sent, nothing heard yet.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; its retransmissions are absorbed.
    Completed,
    /// Over; the owner forgets it.
    Terminated,
}

/// What a timer asks of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send the request again (timer E).
    Retransmit,
    /// Tell the user that nobody answered (timer F). The transaction is over.
    TimedOut,
    /// The transaction is over (timer K); the user already has his answer.
    Ended,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct ClientNonInvite {
    state: State,
    reliable: bool,
    interval: Duration,
    retransmit: Option<Tick>,
    end: Option<Tick>,
}

impl ClientNonInvite {
    /// The request has just been sent over a transport that is `reliable` (TCP, TLS, WebSocket) or not (UDP).
    #[must_use]
    pub fn start(reliable: bool, now: Tick, timers: &Timers) -> Self {
        Self {
            state: State::Trying,
            reliable,
            interval: timers.t1,
            retransmit: (!reliable).then(|| now + timers.t1),
            end: Some(now + timers.transaction()),
        }
    }

    /// A response with this status came. Answers whether to hand it to the user.
    pub fn handle_response(&mut self, status: u16, now: Tick, timers: &Timers) -> bool {
        match (self.state, status) {
            (State::Trying | State::Proceeding, 100..=199) => {
                self.state = State::Proceeding;
                true
            }
            (State::Trying | State::Proceeding, 200..=699) => {
                let linger = timers.linger(self.reliable);
                self.state = if linger.is_zero() { State::Terminated } else { State::Completed };
                self.retransmit = None;
                self.end = (!linger.is_zero()).then(|| now + linger);
                true
            }
            _ => false,
        }
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick, timers: &Timers) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            let unanswered = matches!(self.state, State::Trying | State::Proceeding);
            self.state = State::Terminated;
            self.retransmit = None;
            self.end = None;
            return Some(if unanswered { Due::TimedOut } else { Due::Ended });
        }
        if self.retransmit.is_some_and(|retransmit| retransmit <= now) {
            self.interval = match self.state {
                State::Trying => self.interval.saturating_mul(2).min(timers.t2),
                _ => timers.t2,
            };
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

    fn retransmissions(machine: &mut ClientNonInvite) -> (Vec<u64>, u64) {
        let mut sent = vec![];
        loop {
            let deadline = machine.deadline().unwrap_or_default();
            match machine.handle_timeout(deadline, &TIMERS) {
                Some(Due::Retransmit) => sent.push(deadline.0 / 1000),
                Some(Due::TimedOut) => return (sent, deadline.0 / 1000),
                other => unreachable!("{other:?}"),
            }
        }
    }

    #[test]
    fn timer_e_doubles_up_to_t2_until_timer_f() {
        let mut machine = ClientNonInvite::start(false, at(0), &TIMERS);
        let (sent, end) = retransmissions(&mut machine);
        assert_eq!(sent, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
        assert_eq!(end, 32_000);
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn after_a_provisional_response_timer_e_runs_at_t2_and_timer_f_goes_on() {
        let mut machine = ClientNonInvite::start(false, at(0), &TIMERS);
        assert!(machine.handle_response(100, at(100), &TIMERS));
        assert_eq!(machine.state(), State::Proceeding);
        let (sent, end) = retransmissions(&mut machine);
        assert_eq!(sent, [500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500]);
        assert_eq!(end, 32_000);
    }

    #[test]
    fn reliable_transports_only_wait_for_timer_f() {
        let mut machine = ClientNonInvite::start(true, at(0), &TIMERS);
        assert_eq!(retransmissions(&mut machine), (vec![], 32_000));
    }

    #[test]
    fn timer_k_absorbs_repeated_finals_for_t4() {
        let mut machine = ClientNonInvite::start(false, at(0), &TIMERS);
        assert!(machine.handle_response(200, at(100), &TIMERS));
        assert!(!machine.handle_response(200, at(600), &TIMERS));
        assert_eq!(machine.deadline(), Some(at(5100)));
        assert_eq!(machine.handle_timeout(at(5100), &TIMERS), Some(Due::Ended));
        assert_eq!(machine.state(), State::Terminated);
    }

    #[test]
    fn timer_k_is_zero_over_reliable_transports() {
        let mut machine = ClientNonInvite::start(true, at(0), &TIMERS);
        assert!(machine.handle_response(200, at(100), &TIMERS));
        assert_eq!(machine.state(), State::Terminated);
        assert_eq!(machine.deadline(), None);
    }
}
