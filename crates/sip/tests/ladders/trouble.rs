//! Lost, repeated and crossing messages.

use std::time::Duration;

use sip::agent::{Gone, Output, Transport};
use sip::message::Method;

use crate::phone::{Incoming, Outgoing, finals, take_request};
use crate::session::Call;
use crate::wire::Wire;

/// The INVITE is lost twice; timer A repeats it, and Bob's phone hears of one call.
#[test]
fn a_lost_invite_is_repeated() {
    let mut wire = Wire::new();
    let alice = wire.join("alice");
    let bob = wire.join("bob");
    wire.lose_first("INVITE", 2);
    let mut out = Outgoing::invite(&mut wire, alice, bob);
    wire.run_for(Duration::from_secs(2));
    let mut inc = Incoming::take(&mut wire, bob);
    inc.respond(&mut wire, 180);
    wire.settle();
    assert_eq!(out.responses(&mut wire), [180]);
    insta::assert_snapshot!(wire.ladder);
}

/// The 180 is lost; the repeated INVITE brings it again and is not a second call.
#[test]
fn a_repeated_invite_brings_the_last_response_again() {
    let mut call = Call::invited({
        let mut wire = Wire::new();
        wire.lose_first("SIP/2.0 180", 1);
        wire
    });
    call.inc.respond(&mut call.wire, 180);
    call.wire.run_for(Duration::from_secs(1));
    assert_eq!(call.responses(), [180]);
    assert!(call.wire.told(call.inc.party).is_empty());
    insta::assert_snapshot!(call.wire.ladder);
}

/// The ACK of a 2xx is lost: the 2xx is sent again, and the ACK with it, and nobody is told twice.
#[test]
fn a_lost_ack_brings_the_2xx_again() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut call = Call::ringing({
            let mut wire = Wire::over(transport);
            wire.lose_first("ACK", 2);
            wire
        });
        call.inc.respond(&mut call.wire, 200);
        call.wire.settle();
        assert_eq!(call.responses(), [200]);
        call.wire.run_for(Duration::from_secs(5));
        assert_eq!(call.responses(), []);
        call.acknowledged();
        insta::assert_snapshot!(format!("a_lost_ack_brings_the_2xx_again_{transport}"), call.wire.ladder);
        call.caller_hangs_up();
        call.is_quiet();
    }
}

/// No ACK ever comes: after 64·T1 the callee is told, and ends the session (RFC 3261 section 13.3.1.4).
#[test]
fn a_2xx_that_is_never_acknowledged_is_told() {
    let mut call = Call::ringing({
        let mut wire = Wire::new();
        wire.lose(|line| line.starts_with("ACK"));
        wire
    });
    call.inc.respond(&mut call.wire, 200);
    call.wire.settle();
    assert_eq!(call.responses(), [200]);
    call.wire.run_for(Duration::from_secs(33));
    let told = call.wire.told(call.inc.party);
    let expected = Gone::SuccessUnacknowledged;
    assert!(matches!(told.as_slice(), [Output::ServerGone { why, .. }] if *why == expected), "{told:?}");
    call.callee_hangs_up();
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// The ACK of a refusal is lost: the refusal is repeated (timer G), acknowledged again, and told once.
#[test]
fn a_lost_ack_brings_the_refusal_again() {
    let mut call = Call::ringing({
        let mut wire = Wire::new();
        wire.lose_first("ACK", 2);
        wire
    });
    call.inc.respond(&mut call.wire, 486);
    call.wire.run_for(Duration::from_secs(4));
    assert_eq!(call.responses(), [486]);
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// The CANCEL crosses the 200: Bob has answered already, so it changes nothing, and Alice has to say BYE.
#[test]
fn a_cancel_that_crosses_the_200_comes_too_late() {
    let mut call = Call::ringing(Wire::new());
    call.inc.respond(&mut call.wire, 200);
    call.out.cancel(&mut call.wire, None);
    call.wire.settle();
    assert_eq!(call.responses(), [200]);
    call.wire.settle();
    call.acknowledged();
    call.caller_hangs_up();
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// Bob's phone dies while it rings: the CANCEL is never answered, and the call is over 64·T1 after it.
#[test]
fn a_cancelled_call_ends_even_if_nobody_answers() {
    let mut call = Call::ringing(Wire::new());
    call.wire.lose(|_| true);
    call.out.cancel(&mut call.wire, None);
    call.wire.run_for(Duration::from_secs(33));
    assert_eq!(call.responses(), [408]);
    assert_eq!(call.wire.agent(call.out.party).load().sent, 0);
    insta::assert_snapshot!(call.wire.ladder);
}

/// The answer to a BYE is lost: the BYE is repeated (timer E) and answered again, and handed up once.
#[test]
fn a_lost_answer_brings_the_request_again() {
    let mut call = Call::up(Wire::new());
    call.wire.lose_first("SIP/2.0 200", 2);
    call.out.send(&mut call.wire, Method::Bye);
    call.wire.settle();
    crate::phone::answer(&mut call.wire, call.inc.party, &mut call.inc.dialog, &Method::Bye, 200);
    call.wire.run_for(Duration::from_secs(4));
    assert_eq!(finals(&mut call.wire, call.out.party), [200]);
    insta::assert_snapshot!(call.wire.ladder);
    call.is_quiet();
}

/// A request that its receiver leaves unanswered: a 100 once the sender repeats only every T2, never a 408 (RFC 4320).
#[test]
fn an_unanswered_request_gets_a_100_and_no_408() {
    let mut call = Call::up(Wire::new());
    call.out.send(&mut call.wire, Method::Info);
    call.wire.run_for(Duration::from_secs(33));
    let told = call.wire.told(call.inc.party);
    let [Output::Request { key, .. }, Output::ServerGone { key: gone, why: Gone::TooLate }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(key, gone);
    assert_eq!(finals(&mut call.wire, call.out.party), [408]);
    insta::assert_snapshot!(call.wire.ladder);
}

/// The connection breaks while Bob's phone rings: both sides are told at once.
#[test]
fn a_broken_connection_ends_what_is_under_way() {
    let mut call = Call::ringing(Wire::over(Transport::Tcp));
    call.wire.agent(call.out.party).handle_path_closed(1);
    call.wire.agent(call.inc.party).handle_path_closed(1);
    assert_eq!(call.responses(), [503]);
    let told = call.wire.told(call.inc.party);
    assert!(matches!(told.as_slice(), [Output::ServerGone { why: Gone::PathClosed, .. }]), "{told:?}");
    assert_eq!(call.wire.agent(call.inc.party).load().pending, 0);
}

/// Copies of one INVITE that took different ways: the second is refused with 482 (RFC 3261 section 8.2.2.2).
#[test]
fn a_request_that_comes_twice_over_different_ways_is_merged() {
    let mut call = Call::ringing(Wire::new());
    let invite = String::from_utf8(call.inc.request.raw().to_vec()).unwrap();
    call.wire.inject(call.out.party, call.inc.party, invite.replace("z9hG4bK", "z9hG4bKother"));
    call.wire.settle();
    assert!(call.wire.told(call.inc.party).is_empty());
    assert!(call.wire.sent.last().unwrap().starts_with(b"SIP/2.0 482 "));
}

/// Whoever is not Alice cannot end her call, though he knows its branch.
#[test]
fn a_cancel_from_another_address_finds_nothing() {
    let mut call = Call::ringing(Wire::new());
    let mallory = call.wire.join("mallory");
    let invite = String::from_utf8(call.inc.request.raw().to_vec()).unwrap();
    let head = invite.split("Content-Type").next().unwrap().replace("INVITE", "CANCEL");
    call.wire.inject(mallory, call.inc.party, format!("{head}Content-Length: 0\r\n\r\n"));
    call.wire.settle();
    assert!(call.wire.told(call.inc.party).is_empty());
    assert!(call.wire.sent.last().unwrap().starts_with(b"SIP/2.0 481 "));
}

/// Responses that answer nothing, have a guessed branch, or have two Vias, are told to nobody.
#[test]
fn forged_responses_are_dropped() {
    let mut call = Call::ringing(Wire::new());
    let request = String::from_utf8(call.inc.request.raw().to_vec()).unwrap();
    let line = |name: &str| request.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let via = line("Via");
    let rest = [line("From"), format!("{};tag=x", line("To")), line("Call-ID"), line("CSeq")].join("\r\n");
    let (digits, last) = via.split_at(via.len() - 1);
    let guessed = format!("{digits}{}", if last == "0" { "1" } else { "0" });
    let response = |vias: &str, rest: &str| format!("SIP/2.0 486 No\r\n{vias}\r\n{rest}\r\nContent-Length: 0\r\n\r\n");
    for forged in [
        response(&guessed, &rest),
        response(&format!("{via}\r\n{via}"), &rest),
        response(&via, &rest.replace("1 INVITE", "1 BYE")),
        response("Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1", &rest),
    ] {
        call.wire.inject(call.inc.party, call.out.party, forged);
    }
    let before = call.wire.sent.len();
    call.wire.settle();
    assert_eq!((call.responses(), call.wire.sent.len()), (vec![], before));
    call.wire.inject(call.inc.party, call.out.party, response(&via, &rest));
    call.wire.settle();
    assert_eq!(call.responses(), [486]);
}

/// Two parties answer one INVITE: the caller hears of both, and each gets its own ACK whenever its 2xx comes.
#[test]
fn every_party_that_answers_is_told_and_acknowledged() {
    let mut call = Call::up(Wire::new());
    let mut second = call.wire.sent.iter().find(|bytes| bytes.starts_with(b"SIP/2.0 200")).map(|bytes| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines()
            .map(|line| if line.starts_with("To:") { format!("{line}x") } else { line.to_owned() } + "\r\n")
            .collect::<String>()
    });
    let second = second.take().unwrap();
    call.wire.inject(call.inc.party, call.out.party, second.clone());
    call.wire.settle();
    assert_eq!(call.responses(), [200]);
    call.wire.settle();
    let acks = |wire: &Wire| wire.sent.iter().filter(|bytes| bytes.starts_with(b"ACK")).count();
    assert_eq!(acks(&call.wire), 2);
    call.wire.inject(call.inc.party, call.out.party, second);
    call.wire.settle();
    assert_eq!((call.responses(), acks(&call.wire)), (vec![], 3));
}

/// A request of the old kind, without a branch to go by (RFC 2543), is told from others and from its repetition.
#[test]
fn requests_without_the_magic_cookie_are_matched_by_what_they_say() {
    let mut wire = Wire::new();
    let old = wire.join("old");
    let bob = wire.join("bob");
    let options = |call: &str, branch: &str| {
        format!(
            "OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1{branch}\r\nFrom: <sip:old@example.com>;tag=1\r\n\
             To: <sip:bob@example.com>\r\nCall-ID: {call}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
    };
    for branch in ["", ";branch=z9hG4bK", ";branch=1"] {
        for call in ["one", "two"] {
            let call = format!("{call}{}", branch.len());
            wire.inject(old, bob, options(&call, branch));
            wire.settle();
            take_request(&mut wire, bob, &Method::Options);
            wire.inject(old, bob, options(&call, branch));
            wire.settle();
            assert!(wire.told(bob).is_empty(), "{branch}: repeated");
        }
    }
}
