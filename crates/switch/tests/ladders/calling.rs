//! Calls from the first INVITE to the record.

use callflow::Outcome;

use crate::phone::{Phone, session};
use crate::wire::Wire;
use crate::world::{ANNA, BERND};

#[test]
fn one_phone_calls_another() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    let mut bernd = Phone::new(&mut wire, "bernd", BERND, "192.0.2.20:5060");
    anna.register(&mut wire);
    bernd.register(&mut wire);
    wire.redraw();
    let mut talk = anna.call(&mut wire, "45", Some(&session("192.0.2.10", 4000, "sendrecv", 1)), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    anna.response(&mut wire, 180);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&session("192.0.2.20", 5000, "sendrecv", 1)), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    assert_eq!(wire.book.open_calls(), 1);
    wire.pass(std::time::Duration::from_secs(3));
    anna.ask(&mut wire, &mut talk, "BYE", None, "");
    let bye = bernd.request(&mut wire, "BYE");
    bernd.answer(&mut wire, &bye, 200, "b", None, "");
    anna.response(&mut wire, 200);
    insta::assert_snapshot!(wire.ladder.to_string());
    let [record] = &wire.book.records()[..] else { panic!("one record") };
    assert_eq!((record.outcome, record.duration_ms), (Outcome::Answered, 3000));
    assert_eq!(wire.book.open_calls(), 0);
}
