//! Reliable provisional responses: RFC 3262.
//!
//! [`Sender`] is the side that answers an INVITE: it numbers its responses, repeats one until its PRACK comes, and holds
//! the next one back until then. [`Receiver`] is the side that sent the INVITE: it tells new responses from repeated and
//! overtaking ones, and says what PRACK to send.

use std::collections::VecDeque;
use std::time::Duration;

use types::clock::Tick;

use crate::message::header::{RAck, RSeq, requires};
use crate::message::{CSeq, Method, Request, Response};
use crate::transaction::Timers;

/// Provisional responses that may wait for their turn.
const WAITING: usize = 8;

/// The option tag.
pub const OPTION: &str = "100rel";

/// What a timer asks of the owner of a [`Sender`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due<R> {
    /// Send this response again.
    Retransmit(R),
    /// No PRACK came for 64·T1: refuse the INVITE with a 500 (RFC 3262 section 3).
    Unacknowledged,
}

/// What a PRACK does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledged<R> {
    /// It acknowledges the response that was waiting: answer 200. The next response, if one was held back, is to be
    /// sent now, with this RSeq.
    Yes(Option<(RSeq, R)>),
    /// It belongs to no response that waits: answer 481.
    No,
}

/// The answering side for one early dialog. `R` is what it takes to send a response.
#[derive(Clone, Debug)]
pub struct Sender<R> {
    invite: u32,
    last: u32,
    pending: Option<Pending<R>>,
    waiting: VecDeque<R>,
}

#[derive(Clone, Debug)]
struct Pending<R> {
    response: R,
    interval: Duration,
    retransmit: Tick,
    end: Tick,
}

impl<R: Clone> Sender<R> {
    /// For the INVITE with this sequence number. `first` is a random number that the first RSeq comes from; only its
    /// lower 31 bits count.
    #[must_use]
    pub fn new(invite: &CSeq, first: u32) -> Self {
        Self { invite: invite.number, last: first & 0x7fff_fffe, pending: None, waiting: VecDeque::new() }
    }

    /// Sends a response: at once with the RSeq this answers, or, with `None`, when the one before it is acknowledged.
    /// The response must have `Require: 100rel`.
    pub fn send(&mut self, response: R, now: Tick, timers: &Timers) -> Option<RSeq> {
        if self.pending.is_some() {
            if self.waiting.len() < WAITING {
                self.waiting.push_back(response);
            }
            return None;
        }
        self.last = self.last.saturating_add(1);
        self.pending = Some(Pending {
            response,
            interval: timers.t1,
            retransmit: now + timers.t1,
            end: now + timers.transaction(),
        });
        Some(RSeq(self.last))
    }

    /// Once numbered, the response may read differently from what was given to [`Self::send`]: this is what will be
    /// repeated.
    pub fn sent_as(&mut self, response: R) {
        if let Some(pending) = &mut self.pending {
            pending.response = response;
        }
    }

    /// A PRACK came.
    pub fn handle_prack(&mut self, prack: &Request, now: Tick, timers: &Timers) -> Acknowledged<R> {
        let rack: Option<RAck> = prack.typed().ok().flatten();
        let matches = rack.is_some_and(|RAck { rseq, cseq }| {
            rseq == self.last && cseq.number == self.invite && cseq.method == Method::Invite
        });
        if !matches || self.pending.take().is_none() {
            return Acknowledged::No;
        }
        let next = self.waiting.pop_front().and_then(|next| {
            let number = self.send(next.clone(), now, timers)?;
            Some((number, next))
        });
        Acknowledged::Yes(next)
    }

    /// Whether a response still waits for its PRACK. A 2xx should wait as well if that response held the offer or the
    /// answer (RFC 3262 section 3).
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// The INVITE has its final response: nothing is repeated any more, though PRACKs are still taken.
    pub fn finish(&mut self) {
        self.pending = None;
        self.waiting.clear();
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Due<R>> {
        let pending = self.pending.as_mut()?;
        if pending.end <= now {
            self.finish();
            return Some(Due::Unacknowledged);
        }
        if pending.retransmit <= now {
            pending.interval = pending.interval.saturating_mul(2);
            pending.retransmit = now + pending.interval;
            return Some(Due::Retransmit(pending.response.clone()));
        }
        None
    }

    /// When [`Self::handle_timeout`] is to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        self.pending.as_ref().map(|pending| pending.retransmit.min(pending.end))
    }
}

/// What a provisional response is to its [`Receiver`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Not a reliable one: use it, send no PRACK.
    Unreliable,
    /// New: use it, and send a PRACK with this RAck.
    New(RAck),
    /// Came before, or overtook one that is still to come: drop it. It will be repeated if it matters.
    Dropped,
}

/// The calling side for one early dialog.
#[derive(Clone, Copy, Debug, Default)]
pub struct Receiver {
    last: Option<u32>,
}

impl Receiver {
    /// A provisional response to the INVITE came in this dialog.
    pub fn receive(&mut self, response: &Response) -> Received {
        let number: Option<RSeq> = response.typed().ok().flatten();
        let reliable = (101..200).contains(&response.status()) && requires(response, OPTION);
        let Some(RSeq(number)) = number.filter(|_| reliable) else {
            return Received::Unreliable;
        };
        if self.last.is_some_and(|last| number != last.wrapping_add(1)) {
            return Received::Dropped;
        }
        self.last = Some(number);
        Received::New(RAck { rseq: number, cseq: response.cseq().clone() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;

    use super::*;

    const TIMERS: Timers =
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) };

    fn at(millis: u64) -> Tick {
        Tick(millis * 1000)
    }

    fn sender() -> Sender<&'static str> {
        Sender::new(&CSeq { number: 3, method: Method::Invite }, 41)
    }

    fn prack(rack: &str) -> Request {
        let text = format!(
            "PRACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 4 PRACK\r\n{rack}Content-Length: 0\r\n\r\n"
        );
        Request::parse(Bytes::from(text)).unwrap()
    }

    fn progress(rseq: &str) -> Response {
        let text = format!(
            "SIP/2.0 183 x\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 3 INVITE\r\n{rseq}Content-Length: 0\r\n\r\n"
        );
        Response::parse(Bytes::from(text)).unwrap()
    }

    #[test]
    fn a_response_is_repeated_at_doubling_intervals_for_64_t1() {
        let mut sender = sender();
        assert_eq!(sender.send("183", at(0), &TIMERS), Some(RSeq(41)));
        let mut sent = vec![];
        loop {
            let deadline = sender.deadline().unwrap();
            match sender.handle_timeout(deadline) {
                Some(Due::Retransmit("183")) => sent.push(deadline.0 / 1000),
                Some(Due::Unacknowledged) => {
                    assert_eq!(deadline, at(32_000));
                    break;
                }
                other => unreachable!("{other:?}"),
            }
        }
        assert_eq!(sent, [500, 1500, 3500, 7500, 15_500, 31_500]);
        assert_eq!(sender.deadline(), None);
    }

    #[test]
    fn the_next_response_waits_for_the_prack_of_the_one_before() {
        let mut sender = sender();
        sender.send("183", at(0), &TIMERS);
        assert_eq!(sender.send("180", at(10), &TIMERS), None);
        for wrong in ["", "RAck: 40 3 INVITE\r\n", "RAck: 41 4 INVITE\r\n", "RAck: 41 3 UPDATE\r\n", "RAck: x\r\n"] {
            assert_eq!(sender.handle_prack(&prack(wrong), at(20), &TIMERS), Acknowledged::No, "{wrong}");
        }
        let right = prack("RAck: 41 3 INVITE\r\n");
        assert_eq!(sender.handle_prack(&right, at(20), &TIMERS), Acknowledged::Yes(Some((RSeq(42), "180"))));
        assert_eq!(sender.handle_prack(&right, at(30), &TIMERS), Acknowledged::No);
        assert_eq!(sender.deadline(), Some(at(520)));
        let next = prack("RAck: 42 3 INVITE\r\n");
        assert_eq!(sender.handle_prack(&next, at(40), &TIMERS), Acknowledged::Yes(None));
        assert!(!sender.is_pending());
    }

    #[test]
    fn the_final_response_ends_the_repeating() {
        let mut sender = sender();
        sender.send("183", at(0), &TIMERS);
        sender.finish();
        assert_eq!((sender.deadline(), sender.handle_timeout(at(99_000))), (None, None));
    }

    #[test]
    fn repeated_and_overtaking_responses_are_dropped() {
        let mut receiver = Receiver::default();
        let reliable = |number: u32| progress(&format!("Require: 100rel\r\nRSeq: {number}\r\n"));
        let invite = CSeq { number: 3, method: Method::Invite };
        let new = |rseq| Received::New(RAck { rseq, cseq: invite.clone() });
        assert_eq!(receiver.receive(&progress("")), Received::Unreliable);
        assert_eq!(receiver.receive(&progress("RSeq: 9\r\n")), Received::Unreliable);
        assert_eq!(receiver.receive(&reliable(41)), new(41));
        assert_eq!(receiver.receive(&reliable(41)), Received::Dropped);
        assert_eq!(receiver.receive(&reliable(43)), Received::Dropped);
        assert_eq!(receiver.receive(&reliable(42)), new(42));
        assert_eq!(receiver.receive(&reliable(43)), new(43));
    }
}
