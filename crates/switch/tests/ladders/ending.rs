//! Calls that end in other ways than a BYE after an answer.

use std::time::Duration;

use callflow::{Outcome, Side};

use crate::calling::{answer_b, offer_a, only_record, two};

#[test]
fn a_bye_instead_of_a_cancel_ends_a_call_that_rings() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    let ringing = anna.response(&mut wire, 180);
    anna.learn(&mut talk, &ringing);
    anna.ask(&mut wire, &mut talk, "BYE", None, "");
    let refusal = anna.response(&mut wire, 487);
    anna.ack_failure(&mut wire, &talk, &refusal);
    anna.response(&mut wire, 200);
    bernd.request(&mut wire, "CANCEL");
    bernd.answer(&mut wire, &invite, 487, "b", None, "");
    bernd.request(&mut wire, "ACK");
    assert_eq!(only_record(&wire).outcome, Outcome::Cancelled);
}

#[test]
fn a_caller_who_never_acknowledges_is_hung_up_on() {
    let (mut wire, mut anna, bernd) = two();
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    wire.pass(Duration::from_secs(33));
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    let mut last = String::new();
    while let Some(bytes) = wire.take(anna.path.remote) {
        last = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
    }
    assert!(last.starts_with("BYE "), "{last} {talk:?}");
    assert_eq!(only_record(&wire).ended_by, Some(Side::Exchange));
}

#[test]
fn the_called_side_hanging_up_before_the_ack_waits_for_it() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    let mut called = bernd.called(&invite, "b");
    bernd.ask(&mut wire, &mut called, "BYE", None, "");
    bernd.response(&mut wire, 200);
    anna.silent(&mut wire);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    let bye = anna.request(&mut wire, "BYE");
    anna.answer(&mut wire, &bye, 200, "a", None, "");
    only_record(&wire);
}
