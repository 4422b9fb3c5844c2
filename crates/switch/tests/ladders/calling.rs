//! Calls from the first INVITE to the record.

use std::time::Duration;

use callflow::{Outcome, Side};
use sip::message::{Name, Request};
use switch::media;

use crate::phone::{Phone, Talk, body, session};
use crate::wire::Wire;
use crate::world::{ANNA, BERND, BERND_MOBILE, CLARA, Mode, user};

pub const A: &str = "192.0.2.10";
pub const B: &str = "192.0.2.20";

/// Anna and Bernd, registered.
pub fn two() -> (Wire, Phone, Phone) {
    let mut wire = Wire::new();
    let (anna, bernd) = register_two(&mut wire);
    wire.redraw();
    (wire, anna, bernd)
}

fn register_two(wire: &mut Wire) -> (Phone, Phone) {
    let mut anna = Phone::new(wire, "anna", ANNA, "192.0.2.10:5060");
    let mut bernd = Phone::new(wire, "bernd", BERND, "192.0.2.20:5060");
    anna.register(wire);
    bernd.register(wire);
    (anna, bernd)
}

/// Bernd's second phone, registered.
fn mobile(wire: &mut Wire) -> Phone {
    let mut mobile = Phone::new(wire, "mobile", BERND_MOBILE, "192.0.2.21:5060");
    mobile.register(wire);
    wire.redraw();
    mobile
}

pub fn offer_a() -> String {
    session(A, 4000, "sendrecv", 1)
}

pub fn answer_b() -> String {
    session(B, 5000, "sendrecv", 1)
}

/// An answered call; both sides of it, and the INVITE Bernd got.
pub fn answered(wire: &mut Wire, anna: &mut Phone, bernd: &Phone) -> (Talk, Talk, Request) {
    let mut talk = anna.call(wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(wire, "INVITE");
    bernd.answer(wire, &invite, 180, "b", None, "");
    anna.response(wire, 180);
    bernd.answer(wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(wire, "ACK");
    let answer = anna.response(wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(wire, &talk, None);
    let called = bernd.called(&invite, "b");
    (talk, called, invite)
}

/// Anna hangs up.
pub fn hang_up(wire: &mut Wire, anna: &Phone, talk: &mut Talk, bernd: &Phone) {
    anna.ask(wire, talk, "BYE", None, "");
    let bye = bernd.request(wire, "BYE");
    bernd.answer(wire, &bye, 200, "b", None, "");
    anna.response(wire, 200);
}

#[track_caller]
pub fn only_record(wire: &Wire) -> callflow::CallRecord {
    let records = wire.book.records();
    assert_eq!(records.len(), 1, "exactly one record");
    assert_eq!((wire.book.open_calls(), wire.engine.calls_active()), (0, 0), "nothing is left open");
    assert!(wire.packets.state().relays.is_empty(), "no relay is left");
    records.into_iter().next().unwrap()
}

#[test]
fn one_phone_calls_another() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, invite) = answered(&mut wire, &mut anna, &bernd);
    assert_eq!(wire.book.open_calls(), 1);
    wire.pass(Duration::from_secs(3));
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    insta::assert_snapshot!(wire.ladder.to_string());
    let record = only_record(&wire);
    assert_eq!((record.outcome, record.duration_ms, record.ended_by), (Outcome::Answered, 3000, Some(Side::Caller)));
    assert_eq!(record.participants, [user(1), user(2)]);
    // Bernd sees Anna, by what the account knows of her.
    assert_eq!(invite.from().display_name().as_deref(), Some("Anna Arndt"));
    assert!(invite.from().as_str().contains("<sip:44@phones.example.com>"), "{}", invite.from().as_str());
    assert_eq!(invite.header(Name::PAssertedIdentity), Some("\"Anna Arndt\" <sip:44@phones.example.com>"));
    // And talks to the relay, not to her.
    let offered = body(invite.body());
    assert!(offered.contains("c=IN IP4 192.0.2.1\n") && offered.contains("m=audio 20002 "), "{offered}");
}

#[test]
fn a_number_rings_like_the_extension_and_the_caller_may_be_hung_up_on() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "02119000917", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    let mut called = bernd.called(&invite, "b");
    bernd.ask(&mut wire, &mut called, "BYE", None, "");
    let bye = anna.request(&mut wire, "BYE");
    anna.answer(&mut wire, &bye, 200, "a", None, "");
    bernd.response(&mut wire, 200);
    assert_eq!(only_record(&wire).ended_by, Some(Side::Called));
}

#[test]
fn the_bye_waits_for_the_record() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.book.set(Mode::Hold);
    anna.ask(&mut wire, &mut talk, "BYE", None, "");
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    anna.silent(&mut wire);
    wire.book.set(Mode::Commit);
    wire.pump();
    anna.response(&mut wire, 200);
    only_record(&wire);
}

#[test]
fn a_record_the_ledger_lost_is_written_again() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.book.set(Mode::Fail);
    anna.ask(&mut wire, &mut talk, "BYE", None, "");
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    anna.silent(&mut wire);
    wire.book.set(Mode::Full);
    wire.pass(Duration::from_secs(2));
    wire.book.set(Mode::Commit);
    wire.pass(Duration::from_secs(2));
    anna.response(&mut wire, 200);
    only_record(&wire);
}

#[test]
fn an_answer_that_cannot_be_kept_is_none() {
    for mode in [Mode::Fail, Mode::Full] {
        let (mut wire, mut anna, bernd) = two();
        let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
        let invite = bernd.request(&mut wire, "INVITE");
        wire.book.set(mode);
        bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
        bernd.request(&mut wire, "ACK");
        let refusal = anna.response(&mut wire, 503);
        assert_eq!(refusal.header(Name::RetryAfter), Some("5"));
        anna.ack_failure(&mut wire, &talk, &refusal);
        let bye = bernd.request(&mut wire, "BYE");
        bernd.answer(&mut wire, &bye, 200, "b", None, "");
        wire.book.set(Mode::Commit);
        wire.pass(Duration::from_secs(40));
        only_record(&wire);
    }
}

#[test]
fn two_phones_ring_and_one_answers() {
    let (mut wire, mut anna, bernd) = two();
    let mobile = mobile(&mut wire);
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let (desk, second) = (bernd.request(&mut wire, "INVITE"), mobile.request(&mut wire, "INVITE"));
    bernd.answer(&mut wire, &desk, 180, "b", None, "");
    mobile.answer(&mut wire, &second, 180, "m", None, "");
    anna.response(&mut wire, 180);
    anna.silent(&mut wire);
    mobile.answer(&mut wire, &second, 200, "m", Some(&session("192.0.2.21", 6000, "sendrecv", 1)), "");
    mobile.request(&mut wire, "ACK");
    let cancel = bernd.request(&mut wire, "CANCEL");
    assert_eq!(cancel.header(Name::Reason), Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    bernd.answer(&mut wire, &cancel, 200, "b", None, "");
    bernd.answer(&mut wire, &desk, 487, "b", None, "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    hang_up(&mut wire, &anna, &mut talk, &mobile);
    insta::assert_snapshot!(wire.ladder.to_string());
    assert_eq!(only_record(&wire).answered_by.unwrap().device, crate::world::device(BERND_MOBILE));
}

#[test]
fn both_phones_answer_and_the_first_has_the_call() {
    let (mut wire, mut anna, bernd) = two();
    let mobile = mobile(&mut wire);
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let (desk, second) = (bernd.request(&mut wire, "INVITE"), mobile.request(&mut wire, "INVITE"));
    bernd.answer(&mut wire, &desk, 180, "b", None, "");
    mobile.answer(&mut wire, &second, 180, "m", None, "");
    anna.response(&mut wire, 180);
    bernd.answer(&mut wire, &desk, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    // The CANCEL crosses the mobile's answer.
    mobile.request(&mut wire, "CANCEL");
    mobile.answer(&mut wire, &second, 200, "m", Some(&session("192.0.2.21", 6000, "sendrecv", 1)), "");
    mobile.request(&mut wire, "ACK");
    let bye = mobile.request(&mut wire, "BYE");
    mobile.answer(&mut wire, &bye, 200, "m", None, "");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    assert_eq!(wire.packets.expected(media::Side::B).unwrap().to_string(), "192.0.2.20:5000");
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    insta::assert_snapshot!(wire.ladder.to_string());
    assert_eq!(only_record(&wire).answered_by.unwrap().device, crate::world::device(BERND));
}

#[test]
fn the_caller_cancels() {
    let (mut wire, mut anna, bernd) = two();
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    anna.response(&mut wire, 180);
    anna.cancel(&mut wire, &talk);
    anna.response(&mut wire, 200);
    let refusal = anna.response(&mut wire, 487);
    anna.ack_failure(&mut wire, &talk, &refusal);
    let cancel = bernd.request(&mut wire, "CANCEL");
    assert!(!cancel.has(Name::Reason));
    bernd.answer(&mut wire, &cancel, 200, "b", None, "");
    bernd.answer(&mut wire, &invite, 487, "b", None, "");
    bernd.request(&mut wire, "ACK");
    insta::assert_snapshot!(wire.ladder.to_string());
    let record = only_record(&wire);
    assert_eq!((record.outcome, record.ended_by, record.duration_ms), (Outcome::Cancelled, Some(Side::Caller), 0));
}

#[test]
fn a_cancel_that_crosses_the_answer_ends_the_call_that_just_began() {
    let (mut wire, mut anna, bernd) = two();
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    wire.book.set(Mode::Hold);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    anna.cancel(&mut wire, &talk);
    anna.response(&mut wire, 200);
    let refusal = anna.response(&mut wire, 487);
    anna.ack_failure(&mut wire, &talk, &refusal);
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    wire.book.set(Mode::Commit);
    wire.pump();
    anna.silent(&mut wire);
    only_record(&wire);
}

#[test]
fn nobody_answers() {
    let (mut wire, mut anna, bernd) = two();
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    anna.response(&mut wire, 180);
    wire.pass(Duration::from_secs(60));
    let cancel = bernd.request(&mut wire, "CANCEL");
    bernd.answer(&mut wire, &cancel, 200, "b", None, "");
    bernd.answer(&mut wire, &invite, 487, "b", None, "");
    bernd.request(&mut wire, "ACK");
    let mut refusal = anna.next(&mut wire);
    if let sip::message::Message::Response(response) = &refusal
        && response.status() == 180
    {
        // The reminder after a minute.
        refusal = anna.next(&mut wire);
    }
    let sip::message::Message::Response(refusal) = refusal else { panic!("a request") };
    assert_eq!(refusal.status(), 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert_eq!(only_record(&wire).outcome, Outcome::NoAnswer);
}

#[test]
fn refusals_reach_the_caller_as_what_they_mean() {
    for (status, expected, outcome) in [
        (486, 486, Outcome::Busy),
        (600, 486, Outcome::Busy),
        (603, 603, Outcome::Declined),
        (480, 480, Outcome::NoAnswer),
        (500, 480, Outcome::Unreachable),
    ] {
        let (mut wire, mut anna, bernd) = two();
        let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
        let invite = bernd.request(&mut wire, "INVITE");
        bernd.answer(&mut wire, &invite, status, "b", None, "");
        bernd.request(&mut wire, "ACK");
        let refusal = anna.response(&mut wire, expected);
        anna.ack_failure(&mut wire, &talk, &refusal);
        assert_eq!(only_record(&wire).outcome, outcome, "{status}");
    }
}

#[test]
fn nobody_is_registered_or_reacts() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    anna.register(&mut wire);
    let mut talk = anna.talk(&mut wire, "45");
    let uri = talk.invite_uri.clone();
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), "");
    let challenge = anna.response(&mut wire, 407);
    anna.challenged(&challenge, Name::ProxyAuthenticate);
    let authorization = anna.authorize(&mut wire, "INVITE", &uri);
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), &format!("Proxy-Authorization: {authorization}\n"));
    anna.response(&mut wire, 100);
    let refusal = anna.response(&mut wire, 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert_eq!(only_record(&wire).outcome, Outcome::Unreachable);

    let (mut wire, mut anna, bernd) = two();
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    wire.pass(Duration::from_secs(33));
    while wire.take(bernd.path.remote).is_some() {}
    let refusal = anna.response(&mut wire, 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert_eq!(only_record(&wire).outcome, Outcome::Unreachable);
}

#[test]
fn an_unknown_number_is_404_and_an_outside_one_has_no_line() {
    let (mut wire, mut anna, _) = two();
    let talk = anna.call(&mut wire, "79", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, 404);
    anna.ack_failure(&mut wire, &talk, &refusal);
    let talk = anna.call(&mut wire, "112", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, callflow::Rejection::OutsideLineMissing.status().0);
    anna.ack_failure(&mut wire, &talk, &refusal);
    let kinds: Vec<_> = wire.book.records().iter().map(|record| record.kind).collect();
    assert_eq!(kinds.last(), Some(&callflow::CallKind::Emergency));
}

#[test]
fn limits_refuse_calls_but_never_an_emergency() {
    let mut wire = Wire::with(|settings| settings.limits.calls = 0);
    let (mut anna, _) = register_two(&mut wire);
    let mut talk = anna.talk(&mut wire, "45");
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), "");
    let challenge = anna.response(&mut wire, 407);
    anna.challenged(&challenge, Name::ProxyAuthenticate);
    let authorization = anna.authorize(&mut wire, "INVITE", &talk.invite_uri);
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), &format!("Proxy-Authorization: {authorization}\n"));
    let refusal = anna.response(&mut wire, 503);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert!(wire.book.records().is_empty());
    anna.call(&mut wire, "110", Some(&offer_a()), "");
    assert_eq!(wire.book.records().len(), 1);
}

#[test]
fn early_media_goes_through_the_relay() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 183, "b", Some(&answer_b()), "");
    let progress = anna.response(&mut wire, 183);
    let heard = body(progress.body());
    assert!(heard.contains("c=IN IP4 192.0.2.1\n") && heard.contains("m=audio 20000 "), "{heard}");
    assert_eq!(wire.packets.expected(media::Side::B).unwrap().to_string(), "192.0.2.20:5000");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    assert_eq!(answer.to().tag(), progress.to().tag());
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    only_record(&wire);
}

#[test]
fn another_phone_than_the_one_heard_early_answers_in_a_dialog_of_its_own() {
    let (mut wire, mut anna, bernd) = two();
    let mobile = mobile(&mut wire);
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let (desk, second) = (bernd.request(&mut wire, "INVITE"), mobile.request(&mut wire, "INVITE"));
    bernd.answer(&mut wire, &desk, 183, "b", Some(&answer_b()), "");
    let early = anna.response(&mut wire, 183);
    mobile.answer(&mut wire, &second, 183, "m", Some(&session("192.0.2.21", 6000, "sendrecv", 1)), "");
    anna.silent(&mut wire);
    mobile.answer(&mut wire, &second, 200, "m", Some(&session("192.0.2.21", 6000, "sendrecv", 1)), "");
    mobile.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    assert_ne!(answer.to().tag(), early.to().tag());
    assert_eq!(wire.packets.expected(media::Side::B).unwrap().to_string(), "192.0.2.21:6000");
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    bernd.request(&mut wire, "CANCEL");
    bernd.answer(&mut wire, &desk, 487, "b", None, "");
    hang_up(&mut wire, &anna, &mut talk, &mobile);
    only_record(&wire);
}

#[test]
fn a_call_without_an_offer_gets_the_phones_offer_and_brings_back_the_answer() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "45", None, "");
    let invite = bernd.request(&mut wire, "INVITE");
    assert!(invite.body().is_empty());
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    // Its ACK needs Anna's answer.
    bernd.silent(&mut wire);
    let offer = anna.response(&mut wire, 200);
    assert!(body(offer.body()).contains("c=IN IP4 192.0.2.1\n"));
    anna.learn(&mut talk, &offer);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.silent(&mut wire);
    anna.ack(&mut wire, &talk, Some(&offer_a()));
    let ack = bernd.request(&mut wire, "ACK");
    assert!(body(ack.body()).contains("c=IN IP4 192.0.2.1\n"), "{}", body(ack.body()));
    assert_eq!(wire.packets.expected(media::Side::A).unwrap().to_string(), "192.0.2.10:4000");
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    insta::assert_snapshot!(wire.ladder.to_string());
    only_record(&wire);
}

#[test]
fn busy_on_busy_counts_other_calls() {
    let (mut wire, mut anna, bernd) = two();
    let mut clara = Phone::new(&mut wire, "clara", CLARA, "192.0.2.30:5060");
    clara.register(&mut wire);
    let mut first = clara.call(&mut wire, "45", Some(&session("192.0.2.30", 4000, "sendrecv", 1)), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = clara.response(&mut wire, 200);
    clara.learn(&mut first, &answer);
    clara.ack(&mut wire, &first, None);
    let second = anna.call(&mut wire, "46", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, 486);
    anna.ack_failure(&mut wire, &second, &refusal);
    clara.silent(&mut wire);
    assert!(wire.engine.is_in_call(user(3)) && !wire.engine.is_in_call(user(1)));
    hang_up(&mut wire, &clara, &mut first, &bernd);
    assert!(!wire.engine.is_in_call(user(3)));
}

#[test]
fn a_group_rings_all_its_members() {
    let (mut wire, mut anna, bernd) = two();
    let mut clara = Phone::new(&mut wire, "clara", CLARA, "192.0.2.30:5060");
    clara.register(&mut wire);
    wire.redraw();
    let talk = anna.call(&mut wire, "50", Some(&offer_a()), "");
    let (at_bernd, at_clara) = (bernd.request(&mut wire, "INVITE"), clara.request(&mut wire, "INVITE"));
    bernd.answer(&mut wire, &at_bernd, 486, "b", None, "");
    bernd.request(&mut wire, "ACK");
    anna.silent(&mut wire);
    clara.answer(&mut wire, &at_clara, 486, "c", None, "");
    clara.request(&mut wire, "ACK");
    let refusal = anna.response(&mut wire, 486);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert_eq!(only_record(&wire).participants, [user(1), user(2), user(3)]);
}
