//! The process dies and starts again.

use std::time::Duration;

use callflow::{Outcome, Side};
use switch::media;

use crate::calling::{A, answered, offer_a, two};
use crate::phone::{Phone, session};
use crate::wire::Wire;
use crate::world::{BERND, device};

#[test]
fn a_call_goes_on_after_a_restart_and_has_one_record() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.packets.state().silent_since = Some(types::clock::Tick(u64::MAX));
    wire.pass(Duration::from_secs(12));
    wire.crash(Duration::from_secs(2));
    wire.redraw();
    assert!(wire.engine.presence(device(BERND)).is_some(), "phones stay registered");
    assert_eq!(wire.engine.calls_active(), 1);
    assert_eq!(wire.packets.state().relays.len(), 1, "on the same ports");
    assert_eq!(wire.packets.expected(media::Side::A).unwrap().to_string(), "192.0.2.10:4000");
    // It can still be changed,
    anna.invite(&mut wire, &mut talk, Some(&session(A, 4000, "sendonly", 2)), "");
    anna.response(&mut wire, 100);
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&session("192.0.2.20", 5000, "recvonly", 2)), "");
    bernd.request(&mut wire, "ACK");
    anna.response(&mut wire, 200);
    anna.ack(&mut wire, &talk, None);
    // and ended.
    wire.pass(Duration::from_secs(1));
    anna.ask(&mut wire, &mut talk, "BYE", None, "");
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    anna.response(&mut wire, 200);
    insta::assert_snapshot!(wire.ladder.to_string());
    let records = wire.book.records();
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!((record.outcome, record.ended_by), (Outcome::Answered, Some(Side::Caller)));
    // Twelve seconds before, two while the exchange was down, one after.
    assert_eq!(record.duration_ms, 15_000);
    assert_eq!(wire.book.open_calls(), 0);
    assert!(wire.packets.state().relays.is_empty());
}

#[test]
fn a_call_whose_phones_are_gone_ends_when_it_was_last_known_to_be_up() {
    let (mut wire, mut anna, bernd) = two();
    answered(&mut wire, &mut anna, &bernd);
    wire.packets.state().silent_since = Some(types::clock::Tick(u64::MAX));
    wire.pass(Duration::from_secs(12));
    wire.crash(Duration::from_secs(3600));
    wire.pass(Duration::from_secs(40));
    let records = wire.book.records();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].outcome, records[0].ended_by), (Outcome::Recovered, Some(Side::Exchange)));
    assert_eq!(records[0].duration_ms, 10_000, "the last heartbeat");
    assert_eq!((wire.book.open_calls(), wire.engine.calls_active()), (0, 0));
}

#[test]
fn a_phone_that_does_not_know_the_call_any_more_ends_it() {
    let (mut wire, mut anna, bernd) = two();
    answered(&mut wire, &mut anna, &bernd);
    wire.crash(Duration::from_secs(5));
    wire.pass(Duration::from_millis(2100));
    let asked = anna.request(&mut wire, "OPTIONS");
    bernd.request(&mut wire, "OPTIONS");
    anna.answer(&mut wire, &asked, 481, "a", None, "");
    anna.silent(&mut wire);
    bernd.request(&mut wire, "BYE");
    assert_eq!(wire.book.records()[0].outcome, Outcome::Recovered);
}

#[test]
fn a_call_that_rang_is_gone_and_its_phones_are_free() {
    let (mut wire, mut anna, bernd) = two();
    anna.call(&mut wire, "45", Some(&offer_a()), "");
    bernd.request(&mut wire, "INVITE");
    wire.crash(Duration::from_secs(1));
    assert_eq!((wire.engine.calls_active(), wire.book.open_calls()), (0, 0));
    anna.call(&mut wire, "45", Some(&offer_a()), "");
    bernd.request(&mut wire, "INVITE");
}

#[test]
fn registrations_that_ran_out_while_it_was_down_are_gone() {
    let mut wire = Wire::new();
    let mut bernd = Phone::new(&mut wire, "bernd", BERND, "192.0.2.20:5060");
    bernd.register(&mut wire);
    wire.crash(Duration::from_secs(3601));
    assert!(wire.engine.presence(device(BERND)).is_none());
}

#[test]
fn a_stored_call_that_cannot_be_read_gets_its_record_all_the_same() {
    let (mut wire, mut anna, bernd) = two();
    answered(&mut wire, &mut anna, &bernd);
    wire.book.damage();
    wire.crash(Duration::from_secs(1));
    assert_eq!(wire.engine.calls_active(), 0);
    assert_eq!(wire.book.records()[0].outcome, Outcome::Recovered);
}

#[test]
fn shutting_down_ends_what_rings_and_keeps_what_is_up() {
    let (mut wire, mut anna, bernd) = two();
    answered(&mut wire, &mut anna, &bernd);
    let mut clara = Phone::new(&mut wire, "clara", crate::world::CLARA, "192.0.2.30:5060");
    clara.register(&mut wire);
    let talk = clara.call(&mut wire, "44", Some(&session("192.0.2.30", 4000, "sendrecv", 1)), "");
    let ringing = anna.request(&mut wire, "INVITE");
    wire.engine.handle(switch::engine::Input::ShutDown, wire.now, wire.at);
    wire.pump();
    let refusal = clara.response(&mut wire, 503);
    clara.ack_failure(&mut wire, &talk, &refusal);
    wire.pass(Duration::from_millis(10));
    anna.answer(&mut wire, &ringing, 180, "x", None, "");
    anna.request(&mut wire, "CANCEL");
    assert!(wire.engine.is_drained());
    assert_eq!((wire.book.open_calls(), wire.book.records().len()), (1, 1));
}

#[test]
fn setting_the_machines_clock_makes_no_call_longer_or_shorter() {
    for hours in [1i64, -1] {
        let (mut wire, mut anna, bernd) = two();
        let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
        wire.packets.state().silent_since = Some(types::clock::Tick(u64::MAX));
        wire.pass(Duration::from_secs(7));
        wire.at = types::clock::Timestamp(wire.at.0 + hours * 3_600_000);
        wire.pass(Duration::from_secs(8));
        // Nor does it after a crash.
        let heartbeat = wire.book.stored().heartbeat;
        assert_eq!(heartbeat.map(|beat| beat.milliseconds >= 15_000), Some(true), "{heartbeat:?}");
        anna.ask(&mut wire, &mut talk, "BYE", None, "");
        let bye = bernd.request(&mut wire, "BYE");
        bernd.answer(&mut wire, &bye, 200, "b", None, "");
        anna.response(&mut wire, 200);
        assert_eq!(wire.book.records()[0].duration_ms, 15_000, "{hours}");
    }
}
