//! RFC 3665 section 3: sessions.

use std::time::Duration;

use sip::agent::{Output, Transport};
use sip::message::{Method, Name};

use crate::phone::{Incoming, Outgoing, answer, finals, take_request};
use crate::wire::Wire;

pub struct Call {
    pub wire: Wire,
    pub out: Outgoing,
    pub inc: Incoming,
}

impl Call {
    /// Alice's INVITE has reached Bob.
    pub fn invited(mut wire: Wire) -> Self {
        let alice = wire.join("alice");
        let bob = wire.join("bob");
        let out = Outgoing::invite(&mut wire, alice, bob);
        wire.settle();
        let inc = Incoming::take(&mut wire, bob);
        Self { wire, out, inc }
    }

    /// Bob rings.
    pub fn ringing(wire: Wire) -> Self {
        let mut call = Self::invited(wire);
        call.inc.respond(&mut call.wire, 180);
        call.wire.settle();
        assert_eq!(call.responses(), [180]);
        call
    }

    /// Bob has answered, and Alice has acknowledged.
    pub fn up(wire: Wire) -> Self {
        let mut call = Self::ringing(wire);
        call.inc.respond(&mut call.wire, 200);
        call.wire.settle();
        assert_eq!(call.responses(), [200]);
        call.wire.settle();
        call.acknowledged();
        call
    }

    pub fn responses(&mut self) -> Vec<u16> {
        self.out.responses(&mut self.wire)
    }

    /// Bob was told of one ACK, and of nothing else.
    pub fn acknowledged(&mut self) {
        let told = self.wire.told(self.inc.party);
        assert!(matches!(told.as_slice(), [Output::Ack { key, .. }] if *key == self.inc.key), "{told:?}");
    }

    /// Alice hangs up.
    pub fn caller_hangs_up(&mut self) {
        self.out.send(&mut self.wire, Method::Bye);
        self.wire.settle();
        answer(&mut self.wire, self.inc.party, &mut self.inc.dialog, &Method::Bye, 200);
        self.wire.settle();
        assert_eq!(finals(&mut self.wire, self.out.party), [200]);
    }

    /// Bob hangs up.
    pub fn callee_hangs_up(&mut self) {
        self.inc.send(&mut self.wire, self.out.party, Method::Bye);
        self.wire.settle();
        let dialog = self.out.dialog.as_mut().unwrap();
        answer(&mut self.wire, self.out.party, dialog, &Method::Bye, 200);
        self.wire.settle();
        assert_eq!(finals(&mut self.wire, self.inc.party), [200]);
    }

    /// All transactions have run out, and nobody was told anything more.
    pub fn is_quiet(&mut self) {
        self.wire.run_for(Duration::from_secs(70));
        for party in 0..self.wire.parties.len() {
            let told = self.wire.told(party);
            assert!(told.is_empty(), "{told:?}");
            let load = self.wire.agent(party).load();
            assert_eq!((load.pending, load.answered, load.sent), (0, 0, 0));
            assert_eq!(self.wire.agent(party).next_deadline(), None);
        }
    }
}

/// RFC 3665 section 3.1, the caller hangs up.
#[test]
fn session_establishment_and_end_by_the_caller() {
    let mut call = Call::up(Wire::new());
    call.caller_hangs_up();
    insta::assert_snapshot!(call.wire.ladder.transcript());
    call.is_quiet();
}

/// RFC 3665 section 3.1, the callee hangs up.
#[test]
fn end_by_the_callee() {
    let mut call = Call::up(Wire::new());
    call.callee_hangs_up();
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

#[test]
fn the_same_over_tcp() {
    let mut call = Call::up(Wire::over(Transport::Tcp));
    call.caller_hangs_up();
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// RFC 3665 section 3.7.
#[test]
fn session_with_re_invite() {
    let mut call = Call::up(Wire::new());
    let key = call.inc.send(&mut call.wire, call.out.party, Method::Invite);
    call.wire.settle();
    let dialog = call.out.dialog.as_mut().unwrap();
    answer(&mut call.wire, call.out.party, dialog, &Method::Invite, 200);
    call.wire.settle();
    let told = call.wire.told(call.inc.party);
    let [Output::Response { response, .. }] = told.as_slice() else { panic!("{told:?}") };
    call.inc.dialog.receive_response(response);
    let ack = call.inc.dialog.ack(response.cseq().number);
    let path = call.wire.path(call.inc.party, call.out.party);
    call.wire.agent(call.inc.party).ack(key, path, response, ack, sip::agent::Body::Empty);
    call.wire.settle();
    let told = call.wire.told(call.out.party);
    assert!(matches!(told.as_slice(), [Output::Ack { .. }]), "{told:?}");
    call.caller_hangs_up();
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// RFC 3665 section 3.8: no answer, the caller gives up while it rings.
#[test]
fn unsuccessful_no_answer() {
    let mut call = Call::ringing(Wire::new());
    call.wire.run_for(Duration::from_secs(20));
    call.out.cancel(&mut call.wire, Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    call.wire.settle();
    let told = call.wire.told(call.inc.party);
    let [Output::Cancelled { key, request }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*key, call.inc.key);
    assert_eq!(request.header(Name::Reason), Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    call.inc.respond(&mut call.wire, 487);
    call.wire.settle();
    assert_eq!(call.responses(), [487]);
    insta::assert_snapshot!(call.wire.ladder.transcript());
    call.is_quiet();
}

/// RFC 3665 section 3.9.
#[test]
fn unsuccessful_busy() {
    let mut call = Call::invited(Wire::new());
    call.inc.respond(&mut call.wire, 100);
    call.inc.respond(&mut call.wire, 486);
    call.wire.settle();
    assert_eq!(call.responses(), [100, 486]);
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// RFC 3665 section 3.10: nobody is there.
#[test]
fn unsuccessful_no_response() {
    let mut wire = Wire::new();
    let alice = wire.join("alice");
    let bob = wire.join("bob");
    wire.lose(|_| true);
    let mut out = Outgoing::invite(&mut wire, alice, bob);
    wire.run_for(Duration::from_secs(33));
    assert_eq!(out.responses(&mut wire), [408]);
    assert_eq!(wire.agent(alice).load().sent, 0);
    insta::assert_snapshot!(wire.ladder);
}

/// RFC 3665 section 3.11: out of order for a while.
#[test]
fn unsuccessful_temporarily_unavailable() {
    let mut call = Call::ringing(Wire::new());
    call.inc.respond(&mut call.wire, 480);
    call.wire.settle();
    assert_eq!(call.responses(), [480]);
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// A CANCEL that is wanted before anything was heard waits for the first response (RFC 3261 section 9.1).
#[test]
fn a_cancel_waits_for_the_first_response() {
    let mut wire = Wire::new();
    let alice = wire.join("alice");
    let bob = wire.join("bob");
    let mut out = Outgoing::invite(&mut wire, alice, bob);
    out.cancel(&mut wire, None);
    wire.settle();
    let mut inc = Incoming::take(&mut wire, bob);
    wire.settle();
    inc.respond(&mut wire, 180);
    wire.settle();
    let told = wire.told(bob);
    assert!(matches!(told.as_slice(), [Output::Cancelled { .. }]), "{told:?}");
    inc.respond(&mut wire, 487);
    wire.settle();
    assert_eq!(out.responses(&mut wire), [180, 487]);
    insta::assert_snapshot!(wire.ladder);
}

/// An OPTIONS within the call is handed up like every other request.
#[test]
fn other_requests_within_the_call_are_handed_up() {
    let mut call = Call::up(Wire::new());
    for method in [Method::Options, Method::Info, Method::Update, Method::Refer, Method::Message] {
        call.out.send(&mut call.wire, method.clone());
        call.wire.settle();
        let (key, request) = take_request(&mut call.wire, call.inc.party, &method);
        assert!(call.inc.dialog.matches(&request));
        let response = sip::message::ResponseBuilder::new(&request, 200, None);
        let now = call.wire.now;
        call.wire.agent(call.inc.party).respond(key, response, sip::agent::Body::Empty, now);
        call.wire.settle();
        assert_eq!(finals(&mut call.wire, call.out.party), [200], "{method}");
    }
    call.is_quiet();
}
