//! Phones come and go.

use crate::phone::Phone;
use crate::wire::Wire;
use crate::world::{ANNA, Mode, device};

#[test]
fn a_phone_registers_and_is_there() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    anna.register(&mut wire);
    insta::assert_snapshot!(wire.ladder.to_string());
    let presence = wire.engine.presence(device(ANNA)).unwrap();
    assert_eq!((presence.user_agent.as_str(), presence.contacts), ("Desk Phone/1.0", 1));
    assert_eq!(wire.book.stored().registrations.len(), 1);
}

#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    let text = anna.register_text(&mut wire, "3600", None);
    anna.send(&mut wire, &text);
    let challenge = anna.response(&mut wire, 401);
    anna.challenged(&challenge, sip::message::Name::WwwAuthenticate);
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
