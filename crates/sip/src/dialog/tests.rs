//! Dialogs from both sides, through their messages.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::*;

fn request(method: &str, sequence: u32, from: &str, to: &str, lines: &str) -> Request {
    Request::parse(Bytes::from(format!(
        "{method} sip:ringwerk@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: {from}\r\n\
         To: {to}\r\nCall-ID: call\r\nCSeq: {sequence} {method}\r\n{lines}Content-Length: 0\r\n\r\n"
    )))
    .unwrap()
}

fn response(status: u16, lines: &str) -> Response {
    Response::parse(Bytes::from(format!(
        "SIP/2.0 {status} Whatever\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa\r\nFrom: <sip:us@example.com>;tag=us\r\n\
         To: <sip:them@example.com>;tag=them\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
    )))
    .unwrap()
}

fn text(builder: RequestBuilder) -> String {
    String::from_utf8(builder.finish().to_vec()).unwrap()
}

const THEM: &str = "\"Them\" <sip:them@example.com>;tag=them";
const US: &str = "<sip:us@example.com>";
const TAGGED: &str = "<sip:us@example.com>;tag=us";

fn called() -> Dialog {
    let lines =
        "Contact: <sip:them@192.0.2.1:5070>\r\nRecord-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n";
    Dialog::called(&request("INVITE", 7, THEM, US, lines), "us", "<sip:ringwerk@192.0.2.10>", 100).unwrap()
}

fn caller() -> Caller {
    let target = "sip:them@192.0.2.1:5070".parse().unwrap();
    let (from, to) = (US.parse().unwrap(), "<sip:them@example.com>".parse().unwrap());
    Caller::new("call", &from, "us", &to, &target, RouteSet::default(), "<sip:ringwerk@192.0.2.10>")
}

#[test]
fn the_callees_requests_go_over_the_recorded_routes_to_the_contact() {
    let mut dialog = called();
    insta::assert_snapshot!(text(dialog.request(Method::Bye)).replace('\r', ""), @r#"
    BYE sip:them@192.0.2.1:5070 SIP/2.0
    Route: <sip:p1.example.com;lr>
    Route: <sip:p2.example.com;lr>
    Max-Forwards: 70
    From: <sip:us@example.com>;tag=us
    To: "Them" <sip:them@example.com>;tag=them
    Call-ID: call
    CSeq: 101 BYE
    Content-Length: 0
    "#);
}

#[test]
fn the_callers_routes_are_the_reverse_and_a_strict_router_gets_the_request_uri() {
    let mut caller = caller();
    let _ = caller.invite();
    let lines = "Contact: <sip:them@192.0.2.1:5080>\r\nRecord-Route: <sip:far.example.com;lr>\r\nRecord-Route: <sip:near.example.com>\r\n";
    let mut dialog = caller.answered(&response(200, lines)).unwrap();
    assert!(!dialog.is_early());
    insta::assert_snapshot!(text(dialog.request(Method::Invite)).replace('\r', ""), @r#"
    INVITE sip:near.example.com SIP/2.0
    Route: <sip:far.example.com;lr>
    Route: <sip:them@192.0.2.1:5080>
    Max-Forwards: 70
    From: <sip:us@example.com>;tag=us
    To: <sip:them@example.com>;tag=them
    Call-ID: call
    CSeq: 2 INVITE
    Contact: <sip:ringwerk@192.0.2.10>
    Content-Length: 0
    "#);
    assert!(text(dialog.ack(1)).contains("CSeq: 1 ACK\r\n"));
}

#[test]
fn older_requests_are_refused_and_leave_no_trace() {
    let mut dialog = called();
    let info = |number| request("INFO", number, THEM, TAGGED, "");
    assert_eq!(dialog.receive(&info(7)), Err(Refused::OutOfOrder));
    assert_eq!(dialog.receive(&info(9)), Ok(()));
    assert_eq!(dialog.receive(&info(8)), Err(Refused::OutOfOrder));
    assert_eq!(dialog.receive(&request("ACK", 7, THEM, TAGGED, "")), Ok(()));
    assert_eq!(
        dialog.receive(&request("BYE", 10, THEM, "<sip:us@example.com>;tag=other", "")),
        Err(Refused::NotThisDialog)
    );
    assert_eq!(dialog.receive(&request("BYE", 10, THEM, TAGGED, "")), Ok(()));
}

#[test]
fn the_target_follows_the_contact_of_refreshing_requests_only() {
    let mut dialog = called();
    let moved = "Contact: <sip:them@192.0.2.99>\r\n";
    dialog.receive(&request("INFO", 8, THEM, TAGGED, moved)).unwrap();
    assert_eq!(dialog.target().as_str(), "sip:them@192.0.2.1:5070");
    dialog.receive(&request("UPDATE", 9, THEM, TAGGED, moved)).unwrap();
    assert_eq!(dialog.target().as_str(), "sip:them@192.0.2.99");
    let opaque = "Contact: <mailto:x@example.com>\r\n";
    assert_eq!(dialog.receive(&request("INVITE", 10, THEM, TAGGED, opaque)), Err(Refused::Contact));
    assert_eq!(dialog.target().as_str(), "sip:them@192.0.2.99");
}

#[test]
fn an_early_dialog_is_confirmed_by_the_2xx_which_has_the_last_word_on_routes() {
    let mut caller = caller();
    let _ = caller.invite();
    let mut dialog = caller.answered(&response(183, "Contact: <sip:them@192.0.2.1>\r\n")).unwrap();
    assert!(dialog.is_early() && dialog.routes().is_empty());
    dialog
        .receive_response(&response(200, "Contact: <sip:them@192.0.2.2>\r\nRecord-Route: <sip:p.example.com;lr>\r\n"));
    assert!(!dialog.is_early());
    assert_eq!(dialog.target().as_str(), "sip:them@192.0.2.2");
    assert_eq!(dialog.routes().as_slice().len(), 1);
}

#[test]
fn the_2xx_of_a_prack_does_not_confirm_an_early_dialog() {
    let mut caller = caller();
    let _ = caller.invite();
    let recorded = "Contact: <sip:them@192.0.2.1>\r\nRecord-Route: <sip:p.example.com;lr>\r\n";
    let mut dialog = caller.answered(&response(183, recorded)).unwrap();
    let prack = String::from_utf8(response(200, "").raw().to_vec()).unwrap().replace("1 INVITE", "2 PRACK");
    dialog.receive_response(&Response::parse(Bytes::from(prack)).unwrap());
    assert!(dialog.is_early());
    assert_eq!(dialog.routes().as_slice().len(), 1);
}

#[test]
fn what_makes_no_dialog_is_told() {
    let caller = caller();
    assert!(caller.answered(&response(486, "")).is_err());
    assert!(caller.answered(&response(180, "")).is_err());
    assert!(caller.answered(&response(200, "")).is_ok());
    let lines = "Contact: <mailto:x@example.com>\r\n";
    assert!(Dialog::called(&request("INVITE", 1, THEM, US, lines), "us", "<sip:r@192.0.2.10>", 0).is_err());
    assert!(Dialog::called(&request("INVITE", 1, THEM, US, ""), "us", "<sip:r@192.0.2.10>", 0).is_err());
}

#[test]
fn a_dialog_survives_a_restart_and_never_uses_a_number_twice() {
    let dialog = called();
    let stored = serde_json::to_string(&dialog).unwrap();
    let restored: Dialog = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, dialog);
    let mut resumed = restored.resumed();
    let _ = resumed.request(Method::Bye);
    assert_eq!(resumed.local_sequence(), 1101);
    assert!(resumed.matches(&request("BYE", 8, THEM, TAGGED, "")));
}
