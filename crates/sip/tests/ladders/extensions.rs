//! Several phones at once, reliable provisional responses (RFC 3262), session timers (RFC 4028).

use std::time::Duration;

use sip::agent::{Body, Output};
use sip::message::{Method, Name, Request, Response, ResponseBuilder};
use sip::reliable::{self, Acknowledged, Received, Receiver, Sender};
use sip::session_timer::{Agreement, Due, Policy, SessionTimer};
use sip::transaction::Timers;

use crate::phone::{Incoming, Outgoing, contact, sdp, take_request};
use crate::session::Call;
use crate::wire::Wire;

const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// The responses told to a party that has several INVITEs out, by the one they answer.
fn responses(wire: &mut Wire, party: usize, calls: &[&Outgoing]) -> Vec<(usize, Response)> {
    let told = wire.told(party);
    told.into_iter()
        .map(|output| match output {
            Output::Response { key, response } => {
                (calls.iter().position(|call| call.key == key).expect("an INVITE of ours"), response)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn statuses(responses: &[(usize, Response)]) -> Vec<(usize, u16)> {
    responses.iter().map(|(call, response)| (*call, response.status())).collect()
}

/// Two phones ring; one answers, and the other is told that somebody else did (RFC 3326).
#[test]
fn two_phones_ring_and_one_answers() {
    let mut wire = Wire::new();
    let (ringwerk, bob, carol) = (wire.join("ringwerk"), wire.join("bob"), wire.join("carol"));
    let mut to_bob = Outgoing::invite(&mut wire, ringwerk, bob);
    let to_carol = Outgoing::invite(&mut wire, ringwerk, carol);
    wire.settle();
    let mut at_bob = Incoming::take(&mut wire, bob);
    let mut at_carol = Incoming::take(&mut wire, carol);
    at_bob.respond(&mut wire, 180);
    at_carol.respond(&mut wire, 180);
    wire.settle();
    let ringing = responses(&mut wire, ringwerk, &[&to_bob, &to_carol]);
    assert_eq!(statuses(&ringing), [(0, 180), (1, 180)]);
    at_bob.respond(&mut wire, 200);
    wire.settle();
    to_carol.cancel(&mut wire, Some(ELSEWHERE));
    assert_eq!(to_bob.responses(&mut wire), [200]);
    wire.settle();
    let told = wire.told(carol);
    let [Output::Cancelled { request, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(request.header(Name::Reason), Some(ELSEWHERE));
    at_carol.respond(&mut wire, 487);
    wire.settle();
    assert_eq!(statuses(&responses(&mut wire, ringwerk, &[&to_bob, &to_carol])), [(1, 487)]);
    insta::assert_snapshot!(wire.ladder);
}

/// Bob's 183 must arrive: it is lost twice and repeated, acknowledged by a PRACK, and the 180 waits for that.
#[test]
fn a_reliable_response_is_repeated_until_its_prack() {
    let mut call = Call::invited(Wire::new());
    call.wire.lose_first("SIP/2.0 183", 2);
    let timers = Timers::default();
    let bob = call.inc.party;
    let mut sender = Sender::new(call.inc.request.cseq(), 700);
    let mut receiver = Receiver::default();
    let send = |call: &mut Call, number: sip::message::header::RSeq, status| {
        let request = &call.inc.request;
        let tag = call.inc.dialog.id().local_tag().to_owned();
        let mut response = ResponseBuilder::new(request, status, Some(&tag));
        response
            .header(Name::Contact, contact(&call.wire, bob))
            .header(Name::Require, reliable::OPTION)
            .header(Name::RSeq, number);
        let (key, now) = (call.inc.key, call.wire.now);
        let body = if status == 183 { sdp() } else { Body::Empty };
        call.wire.agent(bob).respond(key, response, body, now);
    };
    let number = sender.send(183, call.wire.now, &timers).unwrap();
    send(&mut call, number, 183);
    assert_eq!(sender.send(180, call.wire.now, &timers), None);
    for _ in 0..2 {
        let deadline = sender.deadline().unwrap();
        let wait = deadline.saturating_since(call.wire.now);
        call.wire.run_for(wait);
        assert_eq!(sender.handle_timeout(call.wire.now), Some(reliable::Due::Retransmit(183)));
        send(&mut call, number, 183);
    }
    call.wire.settle();
    // The 183 came twice; the receiver uses one.
    let told = call.wire.told(call.out.party);
    assert_eq!(told.len(), 2);
    let mut acknowledged = 0;
    for output in told {
        let Output::Response { response, .. } = output else { panic!("{output:?}") };
        if let Received::New(rack) = receiver.receive(&response) {
            acknowledged += 1;
            let dialog = call.out.dialog.insert(call.out.caller.answered(&response).unwrap());
            let mut prack = dialog.request(Method::Prack);
            prack.header(Name::RAck, rack);
            let (path, now) = (call.wire.path(call.out.party, bob), call.wire.now);
            call.wire.agent(call.out.party).request(path, prack, Body::Empty, now).unwrap();
        }
    }
    assert_eq!(acknowledged, 1);
    call.wire.settle();
    let (key, prack) = take_request(&mut call.wire, bob, &Method::Prack);
    assert_eq!(call.inc.dialog.receive(&prack), Ok(()));
    let Acknowledged::Yes(Some((number, 180))) = sender.handle_prack(&prack, call.wire.now, &timers) else {
        panic!("the 180 is next")
    };
    let now = call.wire.now;
    call.wire.agent(bob).respond(key, ResponseBuilder::new(&prack, 200, None), Body::Empty, now);
    send(&mut call, number, 180);
    call.wire.settle();
    insta::assert_snapshot!(call.wire.ladder);
}

/// Tries again after a 422.
fn invite_again(wire: &mut Wire, out: &mut Outgoing, policy: Policy) {
    let mut invite = out.caller.invite();
    policy.offer(&mut invite, None);
    let (path, now) = (wire.path(out.party, out.to), wire.now);
    out.key = wire.agent(out.party).request(path, invite, sdp(), now).unwrap();
}

fn answer_with_timer(wire: &mut Wire, party: usize, policy: Policy) -> (Request, Option<Agreement>) {
    let mut told = wire.told(party);
    let Some(Output::Request { key, request, .. }) = told.pop() else { panic!("a request") };
    let tag = wire.agent(party).tag(&request);
    let now = wire.now;
    match policy.answer(&request) {
        Ok(answer) => {
            let mut response = ResponseBuilder::new(&request, 200, Some(tag.as_str()));
            response.header(Name::Contact, contact(wire, party));
            answer.write(&mut response);
            let body = if *request.method() == Method::Invite { sdp() } else { Body::Empty };
            wire.agent(party).respond(key, response, body, now);
            (request, answer.agreement)
        }
        Err(small) => {
            let mut response = ResponseBuilder::new(&request, 422, Some(tag.as_str()));
            response.header(Name::MinSe, small.shortest);
            wire.agent(party).respond(key, response, Body::Empty, now);
            (request, None)
        }
    }
}

/// The interval asked for is too short, then long enough; the caller refreshes with an UPDATE, and when he is gone the
/// callee gives the session up.
#[test]
fn a_session_lives_as_long_as_it_is_refreshed() {
    let mut wire = Wire::new();
    let (alice, bob) = (wire.join("alice"), wire.join("bob"));
    let callees = Policy { interval: 1800, shortest: 300 };
    let mut policy = Policy { interval: 120, shortest: 90 };
    let mut out = Outgoing::invite_with(&mut wire, alice, bob, |invite| policy.offer(invite, None));
    wire.settle();
    assert_eq!(answer_with_timer(&mut wire, bob, callees).1, None);
    wire.settle();
    let told = wire.told(alice);
    let [Output::Response { response, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(response.status(), 422);
    policy = policy.after_too_small(response).unwrap();
    invite_again(&mut wire, &mut out, policy);
    wire.settle();
    let (_, settled) = answer_with_timer(&mut wire, bob, callees);
    assert_eq!(settled, Some(Agreement { seconds: 300, ours: false }));
    let mut bobs = SessionTimer::start(settled.unwrap(), wire.now);
    wire.settle();
    let told = wire.told(alice);
    let [Output::Response { response, .. }] = told.as_slice() else { panic!("{told:?}") };
    let agreement = Agreement::of_response(response).unwrap();
    assert_eq!(agreement, Agreement { seconds: 300, ours: true });
    let mut dialog = out.caller.answered(response).unwrap();
    let ack = dialog.ack(response.cseq().number);
    let (key, path) = (out.key, wire.path(alice, bob));
    wire.agent(alice).ack(key, path, response, ack, Body::Empty);
    let mut alices = SessionTimer::start(agreement, wire.now);

    wire.run_for(Duration::from_secs(150));
    assert_eq!(alices.handle_timeout(wire.now), Some(Due::Refresh));
    assert_eq!(bobs.handle_timeout(wire.now), None);
    let mut update = dialog.request(Method::Update);
    policy.offer(&mut update, Some(agreement));
    let now = wire.now;
    wire.agent(alice).request(path, update, Body::Empty, now).unwrap();
    wire.settle();
    let (update, settled) = answer_with_timer(&mut wire, bob, callees);
    assert_eq!((update.method(), settled), (&Method::Update, Some(Agreement { seconds: 300, ours: false })));
    bobs = SessionTimer::start(settled.unwrap(), wire.now);
    wire.settle();
    insta::assert_snapshot!(wire.ladder);

    wire.run_for(Duration::from_secs(267));
    assert_eq!(bobs.handle_timeout(wire.now), None);
    wire.run_for(Duration::from_secs(1));
    assert_eq!(bobs.handle_timeout(wire.now), Some(Due::Expired));
}
