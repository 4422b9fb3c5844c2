//! Phones come and go, and some that are none try.

use std::time::Duration;

use sip::agent::Transport;
use sip::message::{Message, Name};
use switch::engine::Input;

use crate::calling::{offer_a, two};
use crate::phone::{Phone, session};
use crate::wire::Wire;
use crate::world::{ANNA, BERND, DOMAIN, Mode, PASSWORD, device};

fn lone() -> (Wire, Phone) {
    let mut wire = Wire::new();
    let anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    (wire, anna)
}

#[test]
fn a_phone_registers_and_is_there() {
    let (mut wire, mut anna) = lone();
    anna.register(&mut wire);
    insta::assert_snapshot!(wire.ladder.to_string());
    let presence = wire.engine.presence(device(ANNA)).unwrap();
    assert_eq!((presence.user_agent.as_str(), presence.contacts), ("Desk Phone/1.0", 1));
    assert_eq!(wire.book.registrations().len(), 1);
}

#[test]
fn both_algorithms_are_offered_the_better_one_first() {
    let (mut wire, mut anna) = lone();
    let text = anna.register_text(&mut wire, "3600", None);
    anna.send(&mut wire, &text);
    let challenge = anna.response(&mut wire, 401);
    let offered: Vec<&str> = challenge.headers(Name::WwwAuthenticate).collect();
    assert!(offered[0].contains("SHA-256") && offered[1].contains("MD5"), "{offered:?}");
}

#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let (mut wire, mut anna) = lone();
    let text = anna.register_text(&mut wire, "3600", None);
    anna.send(&mut wire, &text);
    let challenge = anna.response(&mut wire, 401);
    anna.challenged(&challenge, Name::WwwAuthenticate);
    wire.book.set(Mode::Hold);
    let authorization = anna.authorize(&mut wire, "REGISTER", "sip:phones.example.com");
    let text = anna.register_text(&mut wire, "3600", Some(authorization));
    anna.send(&mut wire, &text);
    anna.silent(&mut wire);
    assert!(wire.engine.presence(device(ANNA)).is_none());
    wire.book.set(Mode::Commit);
    wire.pump();
    anna.response(&mut wire, 200);
    assert!(wire.engine.presence(device(ANNA)).is_some());
}

#[test]
fn what_was_not_kept_did_not_happen() {
    for mode in [Mode::Fail, Mode::Full] {
        let (mut wire, mut anna) = lone();
        wire.book.set(mode);
        let refusal = anna.try_register(&mut wire, "3600");
        assert_eq!((refusal.status(), refusal.header(Name::RetryAfter)), (503, Some("5")));
        assert!(wire.engine.presence(device(ANNA)).is_none());
        wire.book.set(Mode::Commit);
        anna.register(&mut wire);
    }
}

#[test]
fn a_phone_leaves_and_is_not_rung() {
    let (mut wire, mut anna, mut bernd) = two();
    assert_eq!(bernd.try_register(&mut wire, "0").status(), 200);
    assert!(wire.engine.presence(device(BERND)).is_none());
    assert_eq!(wire.book.registrations().len(), 1);
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    bernd.silent(&mut wire);
}

#[test]
fn a_phone_that_leaves_while_it_rings_may_still_answer() {
    let (mut wire, mut anna, mut bernd) = two();
    anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    assert_eq!(bernd.try_register(&mut wire, "0").status(), 200);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&session("192.0.2.20", 5000, "sendrecv", 1)), "");
    bernd.request(&mut wire, "ACK");
    anna.response(&mut wire, 200);
}

#[test]
fn a_registration_runs_out() {
    let (mut wire, mut anna) = lone();
    anna.register(&mut wire);
    wire.pass(Duration::from_secs(3601));
    assert!(wire.engine.presence(device(ANNA)).is_none());
    assert!(wire.book.registrations().is_empty());
}

#[test]
fn setting_the_machines_clock_makes_nobody_unreachable() {
    let (mut wire, mut anna) = lone();
    anna.register(&mut wire);
    wire.at = wire.at.after(Duration::from_secs(7200));
    wire.pass(Duration::from_secs(60));
    assert!(wire.engine.presence(device(ANNA)).is_some());
}

#[test]
fn too_short_a_lifetime_is_423() {
    let (mut wire, mut anna) = lone();
    let refusal = anna.try_register(&mut wire, "10");
    assert_eq!((refusal.status(), refusal.header(Name::MinExpires)), (423, Some("60")));
}

#[test]
fn a_phone_behind_address_translation_is_called_where_it_registered_from() {
    let (mut wire, mut anna, _) = two();
    let mut bernd = Phone::new(&mut wire, "translated", BERND, "203.0.113.7:61000");
    bernd.contact = "10.0.0.5:5060".parse().unwrap();
    bernd.register(&mut wire);
    anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    assert_eq!(invite.uri().as_str(), "sip:1234567e1@10.0.0.5:5060");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&session("10.0.0.5", 5000, "sendrecv", 1)), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    assert!(answer.header(Name::Contact).unwrap().contains("192.0.2.1:5060"));
}

#[test]
fn a_phone_behind_address_translation_is_asked_now_and_then() {
    let (mut wire, mut anna) = lone();
    anna.contact = "10.0.0.5:5060".parse().unwrap();
    anna.register(&mut wire);
    wire.pass(Duration::from_secs(65));
    let asked = anna.request(&mut wire, "OPTIONS");
    anna.answer(&mut wire, &asked, 200, "a", None, "");
    anna.request(&mut wire, "OPTIONS");
    anna.silent(&mut wire);
}

#[test]
fn a_phone_over_a_connection_is_called_over_it_and_gone_with_it() {
    let (mut wire, mut anna, _) = two();
    let bernd = Phone::new(&mut wire, "tcp", BERND, "192.0.2.40:40000");
    let mut bernd = bernd.over(Transport::Tcp, 9);
    wire.engine.handle(Input::Opened { path: bernd.path }, wire.now, wire.at);
    bernd.register(&mut wire);
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    assert!(invite.header(Name::Contact).unwrap().ends_with(";transport=tcp>"));
    assert!(wire.engine.presence(device(BERND)).unwrap().contacts == 2);
    wire.engine.handle(Input::Closed { connection: 9 }, wire.now, wire.at);
    wire.pump();
    anna.cancel(&mut wire, &talk);
    wire.engine.handle(Input::Drop { device: device(BERND) }, wire.now, wire.at);
    wire.pump();
    assert!(wire.engine.presence(device(BERND)).is_none());
    assert!(wire.closed.is_empty(), "it is closed already");
}

#[test]
fn a_phone_that_is_dropped_is_forgotten_and_its_connection_closed() {
    let (mut wire, anna) = lone();
    let mut anna = anna.over(Transport::Tls, 3);
    wire.engine.handle(Input::Opened { path: anna.path }, wire.now, wire.at);
    anna.register(&mut wire);
    wire.engine.handle(Input::Drop { device: device(ANNA) }, wire.now, wire.at);
    wire.pump();
    assert_eq!(wire.closed, [3]);
    assert!(wire.book.registrations().is_empty());
}

#[test]
fn nobody_registers_for_another() {
    let (mut wire, _, _) = two();
    let before = wire.book.registrations().len();
    let mut thief = Phone::new(&mut wire, "thief", ANNA, "198.51.100.9:5060");
    for change in ["To", "From"] {
        for contact in ["<sip:x@198.51.100.9:5060>", "*"] {
            let text = thief.register_text(&mut wire, "0", None);
            thief.send(&mut wire, &text);
            let challenge = thief.response(&mut wire, 401);
            thief.challenged(&challenge, Name::WwwAuthenticate);
            let authorization = thief.authorize(&mut wire, "REGISTER", &format!("sip:{DOMAIN}"));
            let text = thief.register_text(&mut wire, "0", Some(authorization));
            let text: Vec<String> = text
                .lines()
                .map(|line| match line.split_once(": ") {
                    Some((name, value)) if name == change => format!("{name}: {}", value.replace(ANNA, BERND)),
                    Some(("Contact", _)) => format!("Contact: {contact}"),
                    _ => line.to_owned(),
                })
                .collect();
            thief.send(&mut wire, &(text.join("\n") + "\n\n"));
            thief.response(&mut wire, 403);
        }
    }
    assert_eq!(wire.book.registrations().len(), before);
    assert_eq!(wire.engine.presence(device(BERND)).unwrap().contacts, 1);
}

#[test]
fn an_unknown_phone_and_a_wrong_password_look_the_same() {
    let answers = |sip_id: &'static str, password: &str| {
        let mut wire = Wire::new();
        let mut phone = Phone::new(&mut wire, "phone", sip_id, "192.0.2.66:5060");
        phone.digest = sip::digest::Client::new(sip_id, DOMAIN, password);
        let last = phone.try_register(&mut wire, "3600");
        let text = String::from_utf8(last.raw().to_vec()).unwrap();
        let names: Vec<String> =
            text.lines().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect();
        (last.status(), text.len(), names)
    };
    assert_eq!(answers(ANNA, "wrong"), answers("1234567e9", PASSWORD));
    assert_eq!(answers(ANNA, "wrong").0, 401);
}

#[test]
fn wrong_passwords_end_in_silence_unless_a_phone_is_registered_there() {
    let (mut wire, mut anna) = lone();
    anna.register(&mut wire);
    let attempts = |wire: &mut Wire, address: &str| {
        let mut guesser = Phone::new(wire, "guesser", BERND, address);
        guesser.digest = sip::digest::Client::new(BERND, DOMAIN, "guess");
        let mut answered = 0;
        for _ in 0..6 {
            let text = guesser.register_text(wire, "60", None);
            guesser.send(wire, &text);
            let Some(challenge) = wire.take(guesser.path.remote) else { break };
            let Message::Response(challenge) = Message::parse(challenge).unwrap() else { panic!("a request") };
            guesser.challenged(&challenge, Name::WwwAuthenticate);
            let authorization = guesser.authorize(wire, "REGISTER", &format!("sip:{DOMAIN}"));
            let text = guesser.register_text(wire, "60", Some(authorization));
            guesser.send(wire, &text);
            answered += usize::from(wire.take(guesser.path.remote).is_some());
        }
        answered
    };
    assert_eq!(attempts(&mut wire, "198.51.100.1:5060"), 3);
    assert_eq!(attempts(&mut wire, "192.0.2.10:5070"), 6);
}

#[test]
fn a_captured_header_is_good_for_nothing() {
    let (mut wire, mut anna) = lone();
    anna.register(&mut wire);
    let authorization = anna.authorize(&mut wire, "REGISTER", &format!("sip:{DOMAIN}"));
    let text = anna.register_text(&mut wire, "3600", Some(authorization.clone()));
    anna.send(&mut wire, &text);
    anna.response(&mut wire, 200);
    let text = anna.register_text(&mut wire, "0", Some(authorization));
    anna.send(&mut wire, &text);
    let challenge = anna.response(&mut wire, 401);
    assert!(challenge.header(Name::WwwAuthenticate).unwrap().contains("stale=true"));
    assert!(wire.engine.presence(device(ANNA)).is_some());
}

#[test]
fn a_blocked_phone_neither_registers_nor_calls_but_reaches_the_fire_brigade() {
    let (mut wire, mut anna, bernd) = two();
    wire.office.blocked.lock().push(ANNA.parse().unwrap());
    assert_eq!(anna.try_register(&mut wire, "3600").status(), 403);
    let mut talk = anna.talk(&mut wire, "45");
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), "");
    let challenge = anna.response(&mut wire, 407);
    anna.challenged(&challenge, Name::ProxyAuthenticate);
    let authorization = anna.authorize(&mut wire, "INVITE", &talk.invite_uri);
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), &format!("Proxy-Authorization: {authorization}\n"));
    anna.response(&mut wire, 403);
    bernd.silent(&mut wire);
    anna.call(&mut wire, "112", Some(&offer_a()), "");
    anna.response(&mut wire, callflow::Rejection::OutsideLineMissing.status().0);
    assert_eq!(wire.book.records()[0].kind, callflow::CallKind::Emergency);
}

#[test]
fn forged_requests_make_the_exchange_send_fewer_bytes_than_came() {
    let mut wire = Wire::new();
    wire.quiet = true;
    let (mut came, mut went) = (0, 0);
    for number in 0..10_000u32 {
        let [_, _, high, low] = number.to_be_bytes();
        let address = format!("198.51.{high}.{low}:5060");
        let mut forged = Phone::new(&mut wire, "forged", BERND, &address);
        let text = match number % 4 {
            0 => forged.register_text(&mut wire, "3600", None),
            other => {
                let method = ["OPTIONS", "INVITE", "BYE"][usize::try_from(other - 1).unwrap()];
                format!(
                    "{method} sip:100@192.0.2.1 SIP/2.0\nVia: {}\nMax-Forwards: 70\nFrom: \"sip\" <sip:100@1.1.1.1>;tag=x\n\
                     To: \"sip\" <sip:100@1.1.1.1>\nCall-ID: {number}@scan\nCSeq: 1 {method}\nContact: <sip:100@{address}>\n\
                     Content-Length: 0\n\n",
                    forged.via(&format!("z9hG4bK-{number}"))
                )
            }
        };
        came += text.replace('\n', "\r\n").len();
        forged.send(&mut wire, &text);
        while let Some(answer) = wire.take(forged.path.remote) {
            went += answer.len();
        }
        wire.pass(Duration::from_micros(100));
    }
    wire.pass(Duration::from_secs(120));
    assert!(went <= came, "{went} bytes for {came}");
    assert!(went > came / 2, "most of them are answered: {went} bytes for {came}");
    assert!(wire.book.records().is_empty());
}

#[test]
fn a_keep_alive_of_a_registered_phone_is_answered_and_others_are_not() {
    let (mut wire, mut anna) = lone();
    let request = b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl";
    wire.quiet = true;
    wire.deliver(anna.path, request);
    anna.silent(&mut wire);
    anna.register(&mut wire);
    wire.deliver(anna.path, request);
    assert_eq!(wire.take(anna.path.remote).unwrap().get(..2).unwrap(), [1, 1]);
    wire.deliver(anna.path, b"\r\n\r\n");
    anna.silent(&mut wire);
}

#[test]
fn what_strangers_ask_for_is_answered_once_and_briefly() {
    let mut wire = Wire::new();
    let stranger = Phone::new(&mut wire, "stranger", ANNA, "198.51.100.5:5060");
    for (method, status) in [
        ("OPTIONS", 200),
        ("SUBSCRIBE", 489),
        ("MESSAGE", 405),
        ("PUBLISH", 405),
        ("REFER", 405),
        ("BYE", 481),
        ("INFO", 481),
        ("NOTIFY", 405),
        ("UNKNOWN", 501),
    ] {
        let mut talk = stranger.talk(&mut wire, "45");
        stranger.ask(&mut wire, &mut talk, method, None, "");
        let answer = stranger.response(&mut wire, status);
        assert!(status != 489 || answer.has(Name::AllowEvents));
        stranger.silent(&mut wire);
    }
    wire.pass(Duration::from_secs(60));
    stranger.silent(&mut wire);
}
