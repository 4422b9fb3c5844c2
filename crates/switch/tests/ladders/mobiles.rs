//! Mobiles and external phones among the phones that ring.

use callflow::{Device, DeviceKind, Failure, Outcome, TrailEvent};
use types::ids::DeviceId;

use crate::calling::{answer_b, hang_up, offer_a, only_record, two};
use crate::phone::Phone;
use crate::wire::Wire;
use crate::world::{ANNA, BERND, CLARA, device, owner, user};

const MOBILE: DeviceId = DeviceId::from_u128(900);

/// Gives the owner of a phone a device that is called by a number.
fn give(wire: &Wire, whose: &str, id: DeviceId, number: &str) {
    let kind = DeviceKind::Mobile { number: number.parse().unwrap() };
    wire.office.world.lock().upsert_device(Device { id, user: owner(whose), label: "Mobile".into(), kind });
}

#[test]
fn a_mobile_without_a_line_is_told_and_the_desk_phone_rings_all_the_same() {
    let (mut wire, mut anna, bernd) = two();
    give(&wire, BERND, MOBILE, "+491713920017");
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    anna.response(&mut wire, 180);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    let record = only_record(&wire);
    assert_eq!((record.outcome, record.answered_by.unwrap().device), (Outcome::Answered, device(BERND)));
    let told = TrailEvent::Failed { device: MOBILE, failure: Failure::NoLine };
    assert!(record.trail.entries.iter().any(|entry| entry.what == told), "{:?}", record.trail);
}

#[test]
fn nothing_but_a_mobile_is_unreachable_at_once() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    anna.register(&mut wire);
    wire.office.world.lock().remove_device(device(CLARA));
    give(&wire, CLARA, MOBILE, "+491713920017");
    let talk = anna.call(&mut wire, "46", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    assert_eq!(only_record(&wire).outcome, Outcome::Unreachable);
}

#[test]
fn a_number_of_the_account_rings_its_phones_with_the_callers_own_name() {
    let (mut wire, mut anna, bernd) = two();
    // Clara is not at her desk: her calls go to Bernd's number.
    give(&wire, CLARA, MOBILE, "+492119000917");
    let mut talk = anna.call(&mut wire, "46", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    assert!(invite.from().to_string().contains("Anna Arndt"), "{}", invite.from());
    bernd.answer(&mut wire, &invite, 180, "b", None, "");
    anna.response(&mut wire, 180);
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), "");
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    let record = only_record(&wire);
    assert_eq!((record.outcome, record.answered_by.unwrap().device), (Outcome::Answered, device(BERND)));
    assert_eq!(record.participants, [user(1), user(3), user(2)]);
}

#[test]
fn numbers_that_lead_to_each_other_end() {
    let (mut wire, mut anna, _) = two();
    {
        let mut world = wire.office.world.lock();
        let number = "+492119000918".parse().unwrap();
        let owner = Some(callflow::Owner::User(user(3)));
        world.upsert_number(callflow::Number { id: types::ids::NumberId::from_u128(2), e164: number, owner });
        for sip_id in [BERND, crate::world::BERND_MOBILE, CLARA] {
            world.remove_device(device(sip_id));
        }
    }
    give(&wire, BERND, MOBILE, "+492119000918");
    give(&wire, CLARA, DeviceId::from_u128(901), "+492119000917");
    let talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
    let refusal = anna.response(&mut wire, 480);
    anna.ack_failure(&mut wire, &talk, &refusal);
    let record = only_record(&wire);
    let told = TrailEvent::Failed { device: MOBILE, failure: Failure::Loop };
    assert!(record.trail.entries.iter().any(|entry| entry.what == told), "{:?}", record.trail);
}
