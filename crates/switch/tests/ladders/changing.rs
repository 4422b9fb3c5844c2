//! What happens within a call: hold, new offers from both sides, glare, refreshes, signals.

use std::time::Duration;

use sip::message::Name;
use switch::media::Side;

use crate::calling::{A, B, answer_b, answered, hang_up, offer_a, two};
use crate::phone::{Phone, body, session};
use crate::wire::Wire;
use crate::world::{ANNA, BERND};

#[test]
fn hold_and_resume() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.redraw();
    for (version, mine, theirs) in [(2, "sendonly", "recvonly"), (3, "sendrecv", "sendrecv")] {
        let offer = session(A, 4000, mine, version);
        anna.invite(&mut wire, &mut talk, Some(&offer), "");
        anna.response(&mut wire, 100);
        let invite = bernd.request(&mut wire, "INVITE");
        let passed = body(invite.body());
        assert!(passed.contains(&format!("a={mine}\n")) && passed.contains("c=IN IP4 192.0.2.1\n"), "{passed}");
        bernd.answer(&mut wire, &invite, 200, "b", Some(&session(B, 5000, theirs, version)), "");
        bernd.request(&mut wire, "ACK");
        let answer = anna.response(&mut wire, 200);
        assert!(body(answer.body()).contains(&format!("a={theirs}\n")));
        anna.ack(&mut wire, &talk, None);
    }
    insta::assert_snapshot!(wire.ladder.to_string());
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    assert_eq!(wire.book.records().len(), 1);
}

#[test]
fn the_called_phone_moves_its_media() {
    let (mut wire, mut anna, bernd) = two();
    let (_, mut called, _) = answered(&mut wire, &mut anna, &bernd);
    bernd.invite(&mut wire, &mut called, Some(&session(B, 7000, "sendrecv", 2)), "");
    bernd.response(&mut wire, 100);
    let invite = anna.request(&mut wire, "INVITE");
    assert_eq!(wire.packets.expected(Side::B).unwrap().to_string(), "192.0.2.20:7000");
    // Refused: media comes from where it came from before.
    anna.answer(&mut wire, &invite, 488, "a", None, "");
    anna.request(&mut wire, "ACK");
    let refusal = bernd.response(&mut wire, 488);
    bernd.ack_failure(&mut wire, &called, &refusal);
    assert_eq!(wire.packets.expected(Side::B).unwrap().to_string(), "192.0.2.20:5000");
}

#[test]
fn an_offer_may_come_in_the_answer_to_a_reinvite() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.redraw();
    anna.invite(&mut wire, &mut talk, None, "");
    anna.response(&mut wire, 100);
    let invite = bernd.request(&mut wire, "INVITE");
    assert!(invite.body().is_empty());
    bernd.answer(&mut wire, &invite, 200, "b", Some(&session(B, 5000, "sendrecv", 2)), "");
    bernd.silent(&mut wire);
    let offer = anna.response(&mut wire, 200);
    assert!(body(offer.body()).contains("c=IN IP4 192.0.2.1\n"));
    anna.ack(&mut wire, &talk, Some(&session(A, 4100, "sendrecv", 2)));
    let ack = bernd.request(&mut wire, "ACK");
    assert!(body(ack.body()).contains("c=IN IP4 192.0.2.1\n"));
    assert_eq!(wire.packets.expected(Side::A).unwrap().to_string(), "192.0.2.10:4100");
    insta::assert_snapshot!(wire.ladder.to_string());
    hang_up(&mut wire, &anna, &mut talk, &bernd);
}

#[test]
fn offers_that_cross_are_glare() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, mut called, _) = answered(&mut wire, &mut anna, &bernd);
    wire.redraw();
    anna.invite(&mut wire, &mut talk, Some(&session(A, 4000, "sendonly", 2)), "");
    anna.response(&mut wire, 100);
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.invite(&mut wire, &mut called, Some(&session(B, 5000, "sendonly", 2)), "");
    let glare = bernd.response(&mut wire, 491);
    bernd.ack_failure(&mut wire, &called, &glare);
    bernd.answer(&mut wire, &invite, 491, "b", None, "");
    bernd.request(&mut wire, "ACK");
    let glare = anna.response(&mut wire, 491);
    anna.ack_failure(&mut wire, &talk, &glare);
    insta::assert_snapshot!(wire.ladder.to_string());
    hang_up(&mut wire, &anna, &mut talk, &bernd);
}

#[test]
fn an_offer_before_the_last_one_is_answered_comes_too_soon() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
    anna.invite(&mut wire, &mut talk, Some(&session(A, 4000, "sendonly", 2)), "");
    anna.response(&mut wire, 100);
    bernd.request(&mut wire, "INVITE");
    anna.invite(&mut wire, &mut talk, Some(&session(A, 4000, "sendrecv", 3)), "");
    let refusal = anna.response(&mut wire, 500);
    assert!(refusal.header(Name::RetryAfter).unwrap().parse::<u32>().unwrap() <= 10);
}

#[test]
fn an_update_goes_through_or_becomes_an_invite() {
    for allow in ["INVITE, ACK, CANCEL, BYE, UPDATE", "INVITE, ACK, CANCEL, BYE"] {
        let (mut wire, mut anna, bernd) = two();
        let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "");
        let invite = bernd.request(&mut wire, "INVITE");
        let text = bernd.answer_text(&invite, 200, "b", Some(&answer_b()), "");
        let text = text.replace("INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO", allow);
        bernd.send(&mut wire, &text);
        bernd.request(&mut wire, "ACK");
        let answer = anna.response(&mut wire, 200);
        anna.learn(&mut talk, &answer);
        anna.ack(&mut wire, &talk, None);
        let headers = format!("Contact: <sip:{ANNA}@{}>\n", anna.contact);
        anna.ask(&mut wire, &mut talk, "UPDATE", Some(&session(A, 4000, "inactive", 2)), &headers);
        if allow.contains("UPDATE") {
            let update = bernd.request(&mut wire, "UPDATE");
            bernd.answer(&mut wire, &update, 200, "b", Some(&session(B, 5000, "inactive", 2)), "");
        } else {
            let invite = bernd.request(&mut wire, "INVITE");
            bernd.answer(&mut wire, &invite, 200, "b", Some(&session(B, 5000, "inactive", 2)), "");
            bernd.request(&mut wire, "ACK");
        }
        let answer = anna.response(&mut wire, 200);
        assert!(body(answer.body()).contains("a=inactive\n"));
        hang_up(&mut wire, &anna, &mut talk, &bernd);
    }
}

#[test]
fn info_goes_through_and_options_is_answered_here() {
    let (mut wire, mut anna, bernd) = two();
    let (mut talk, mut called, _) = answered(&mut wire, &mut anna, &bernd);
    anna.ask(&mut wire, &mut talk, "INFO", None, "Info-Package: dtmf\n");
    let info = bernd.request(&mut wire, "INFO");
    assert_eq!(info.header(Name::InfoPackage), Some("dtmf"));
    bernd.answer(&mut wire, &info, 200, "b", None, "");
    anna.response(&mut wire, 200);
    bernd.ask(&mut wire, &mut called, "OPTIONS", None, "");
    assert!(bernd.response(&mut wire, 200).has(Name::Allow));
    anna.silent(&mut wire);
    anna.ask(&mut wire, &mut talk, "REFER", None, "Refer-To: <sip:46@phones.example.com>\n");
    let refused = anna.response(&mut wire, 405);
    assert!(!refused.header(Name::Allow).unwrap().contains("REFER"));
    anna.ask(&mut wire, &mut talk, "SUBSCRIBE", None, "Event: dialog\n");
    assert!(anna.response(&mut wire, 489).has(Name::AllowEvents));
    hang_up(&mut wire, &anna, &mut talk, &bernd);
}

#[test]
fn a_session_is_refreshed_by_whom_it_was_agreed_and_ends_if_not() {
    let (mut wire, mut anna, bernd) = two();
    let timer = "Supported: timer\nSession-Expires: 600;refresher=uac\n";
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), timer);
    let invite = bernd.request(&mut wire, "INVITE");
    assert_eq!(invite.header(Name::SessionExpires), Some("1800"));
    let agreed = "Require: timer\nSession-Expires: 1200;refresher=uac\n";
    bernd.answer(&mut wire, &invite, 200, "b", Some(&answer_b()), agreed);
    bernd.request(&mut wire, "ACK");
    let answer = anna.response(&mut wire, 200);
    assert_eq!(answer.header(Name::SessionExpires), Some("600;refresher=uac"));
    anna.learn(&mut talk, &answer);
    anna.ack(&mut wire, &talk, None);
    wire.packets.state().silent_since = Some(types::clock::Tick(u64::MAX));
    // Anna refreshes after 300 s, the exchange refreshes Bernd's side after 600 s.
    wire.pass(Duration::from_secs(300));
    let contact = format!("Contact: <sip:{ANNA}@{}>\n{timer}", anna.contact);
    anna.ask(&mut wire, &mut talk, "UPDATE", None, &contact);
    assert_eq!(anna.response(&mut wire, 200).header(Name::SessionExpires), Some("600;refresher=uac"));
    bernd.silent(&mut wire);
    wire.pass(Duration::from_secs(300));
    let update = bernd.request(&mut wire, "UPDATE");
    assert_eq!(update.header(Name::SessionExpires), Some("1200;refresher=uac"));
    bernd.answer(&mut wire, &update, 200, "b", None, agreed);
    // Anna is gone: 600 s after her last refresh, less the head start.
    wire.pass(Duration::from_secs(300));
    bernd.request(&mut wire, "BYE");
    anna.request(&mut wire, "BYE");
    assert_eq!(wire.book.records()[0].duration_ms, 868_000);
}

#[test]
fn too_short_a_session_interval_is_refused() {
    let (mut wire, mut anna, _) = two();
    let mut talk = anna.talk(&mut wire, "45");
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), "");
    let challenge = anna.response(&mut wire, 407);
    anna.challenged(&challenge, Name::ProxyAuthenticate);
    let authorization = anna.authorize(&mut wire, "INVITE", &talk.invite_uri);
    let headers = format!("Supported: timer\nSession-Expires: 60\nProxy-Authorization: {authorization}\n");
    anna.invite(&mut wire, &mut talk, Some(&offer_a()), &headers);
    assert_eq!(anna.response(&mut wire, 422).header(Name::MinSe), Some("90"));
}

#[test]
fn silence_makes_the_exchange_ask_and_a_dead_phone_ends_the_call() {
    let (mut wire, mut anna, bernd) = two();
    let (_, _, _) = answered(&mut wire, &mut anna, &bernd);
    wire.packets.state().silent_since = Some(wire.now);
    wire.pass(Duration::from_secs(60));
    let asked = anna.request(&mut wire, "OPTIONS");
    anna.answer(&mut wire, &asked, 200, "a", None, "");
    bernd.request(&mut wire, "OPTIONS");
    // Bernd's phone has lost its power.
    wire.pass(Duration::from_secs(33));
    anna.request(&mut wire, "BYE");
    assert_eq!(wire.book.records().len(), 1);
}

#[test]
fn the_longest_call_ends() {
    let mut wire = Wire::with(|settings| settings.limits.call_duration = Duration::from_secs(100));
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    let mut bernd = Phone::new(&mut wire, "bernd", BERND, "192.0.2.20:5060");
    anna.register(&mut wire);
    bernd.register(&mut wire);
    wire.packets.state().silent_since = Some(types::clock::Tick(u64::MAX));
    answered(&mut wire, &mut anna, &bernd);
    wire.pass(Duration::from_secs(100));
    anna.request(&mut wire, "BYE");
    bernd.request(&mut wire, "BYE");
    assert_eq!(wire.book.records()[0].duration_ms, 100_000);
}

#[test]
fn provisional_responses_that_must_arrive_on_both_legs() {
    let (mut wire, mut anna, bernd) = two();
    let mut talk = anna.call(&mut wire, "45", Some(&offer_a()), "Supported: 100rel\n");
    let invite = bernd.request(&mut wire, "INVITE");
    assert!(invite.items(Name::Supported).any(|tag| tag == "100rel"));
    bernd.answer(&mut wire, &invite, 183, "b", Some(&answer_b()), "Require: 100rel\nRSeq: 7\n");
    let prack = bernd.request(&mut wire, "PRACK");
    assert_eq!(prack.header(Name::RAck), Some("7 1 INVITE"));
    bernd.answer(&mut wire, &prack, 200, "b", None, "");
    let progress = anna.response(&mut wire, 183);
    assert_eq!(progress.header(Name::Require), Some("100rel"));
    wire.pass(Duration::from_millis(600));
    let again = anna.response(&mut wire, 183);
    assert_eq!(again.header(Name::RSeq), progress.header(Name::RSeq));
    // The answer waits until the early one has arrived.
    bernd.answer(&mut wire, &invite, 200, "b", None, "");
    bernd.request(&mut wire, "ACK");
    anna.silent(&mut wire);
    anna.learn(&mut talk, &progress);
    let rack = format!("RAck: {} {} INVITE\n", progress.header(Name::RSeq).unwrap(), talk.invite_sequence);
    anna.ask(&mut wire, &mut talk, "PRACK", None, &rack);
    let mut statuses = Vec::new();
    while let Some(bytes) = wire.take(anna.path.remote) {
        let response = sip::message::Response::parse(bytes).unwrap();
        statuses.push((response.status(), response.cseq().method.as_str().to_owned()));
    }
    assert_eq!(statuses, [(200, "PRACK".to_owned()), (200, "INVITE".to_owned())]);
    anna.ack(&mut wire, &talk, None);
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    insta::assert_snapshot!(wire.ladder.to_string());
}

#[test]
fn a_phone_that_wants_longer_intervals_is_asked_again() {
    let (mut wire, mut anna, bernd) = two();
    anna.call(&mut wire, "45", Some(&offer_a()), "");
    let invite = bernd.request(&mut wire, "INVITE");
    bernd.answer(&mut wire, &invite, 422, "b", None, "Min-SE: 3600\n");
    bernd.request(&mut wire, "ACK");
    let again = bernd.request(&mut wire, "INVITE");
    assert_eq!((again.header(Name::SessionExpires), again.header(Name::MinSe)), (Some("3600"), Some("3600")));
    assert_eq!(again.cseq().number, 2);
    bernd.answer(&mut wire, &again, 200, "b", Some(&answer_b()), "");
    assert_eq!(bernd.request(&mut wire, "ACK").cseq().number, 2);
    anna.response(&mut wire, 200);
}

#[test]
fn headers_that_claim_an_identity_stay_behind() {
    let (mut wire, mut anna, bernd) = two();
    let claims = "P-Asserted-Identity: <sip:boss@phones.example.com>\nRemote-Party-ID: <sip:boss@x>\n\
                  p-asserted-identity: <tel:+4930110>\nDiversion: <sip:boss@x>\nAlert-Info: info=alert-autoanswer\n\
                  Answer-Mode: Auto\nX-Anything: goes\nSubject: lunch\n";
    anna.call(&mut wire, "45", Some(&offer_a()), claims);
    let invite = bernd.request(&mut wire, "INVITE");
    let text = String::from_utf8(invite.raw().to_vec()).unwrap();
    for claim in ["boss", "4930110", "autoanswer", "Auto", "X-Anything"] {
        assert!(!text.contains(claim), "{claim}: {text}");
    }
    assert_eq!(invite.header(Name::Subject), Some("lunch"));
}
