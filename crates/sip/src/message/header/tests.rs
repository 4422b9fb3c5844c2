//! Header values, read and written.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;

use super::*;
use crate::message::{Method, Uri};

fn typed<T: Typed>(value: &str) -> Result<T, Invalid> {
    T::parse(Text::from(value))
}

#[test]
fn a_name_addr_is_taken_apart() {
    let address = NameAddr::parse("\"J \\\"R\\\" M\u{fc}ller\"  <sip:j@example.com;lr>  ; tag = 98 ;x").unwrap();
    assert_eq!(address.display_name().as_deref(), Some("J \"R\" M\u{fc}ller"));
    assert_eq!(address.uri().as_str(), "sip:j@example.com;lr");
    assert_eq!((address.tag(), address.param("x"), address.param("lr")), (Some("98"), Some(""), None));

    assert_eq!(NameAddr::parse("<sip:a@b>;tag=1     ").unwrap().tag(), Some("1"));
    let bare = NameAddr::parse("sip:j@example.com;tag=7").unwrap();
    assert_eq!((bare.display_name(), bare.uri().as_str(), bare.tag()), (None, "sip:j@example.com", Some("7")));
    let tokens = NameAddr::parse("Front Desk <sip:desk@example.com>").unwrap();
    assert_eq!(tokens.display_name().as_deref(), Some("Front Desk"));
}

#[test]
fn an_improper_name_addr_is_refused() {
    let cases = [
        "",
        "\"Open <sip:a@b>",
        "<sip:a@b",
        "\"Name\" sip:a@b",
        "\"Name\" x <sip:a@b>",
        "Bell, A <sip:a@b>",
        "sip:a@b?Route=x",
        "<sip:a@b>;;",
        "<sip:a@b>;tag=\"x",
        "<sip:a@b> x",
        "<>",
        "< sip:a@b >",
        "a\\b <sip:a@b>",
        "<sip:a@b>;tag=1;Tag=2",
    ];
    for case in cases {
        assert!(NameAddr::parse(case).is_err(), "{case}");
    }
}

#[test]
fn a_built_name_addr_reads_back() {
    let uri = Uri::parse("sip:a@b;lr").unwrap();
    let built =
        NameAddr::new(Some("A \"B\" \\ \r\nEvil: x"), &uri).with_param("tag", Some("a b")).with_param("x", None);
    assert_eq!(built.as_str(), "\"A \\\"B\\\" \\\\   Evil: x\" <sip:a@b;lr>;tag=\"a b\";x");
    assert_eq!(NameAddr::parse(built.as_str()).unwrap(), built);
    assert_eq!(built.without_params().as_str(), "\"A \\\"B\\\" \\\\   Evil: x\" <sip:a@b;lr>");
}

#[test]
fn a_via_is_taken_apart_however_it_is_spaced() {
    let via = Via::parse("SIP  /  2.0 / UDP   192.0.2.1 : 5070 ; branch = z9hG4bKx ;rport").unwrap();
    assert_eq!((via.transport(), via.port(), via.unique_branch()), ("UDP", Some(5070), Some("z9hG4bKx")));
    assert_eq!(via.host().ip(), Some(IpAddr::from([192, 0, 2, 1])));
    assert_eq!(via.rport(), Rport::Wanted);
    let via = Via::parse("SIP/2.0/TLS [2001:db8::1];received=2001:db8::2;branch=z9hG4bK").unwrap();
    assert_eq!((via.port_or_default(), via.unique_branch()), (5061, None));
    assert_eq!(via.received(), "2001:db8::2".parse().ok());
    for case in ["SIP/2.0 UDP host", "SIP/3.0/UDP host", "HTTP/2.0/UDP host", "SIP/2.0/UDP", "SIP/2.0/UDP 2001:db8::1"]
    {
        assert!(Via::parse(case).is_err(), "{case}");
    }
}

#[test]
fn a_via_says_where_the_request_came_from() {
    let received =
        |via: &str, source: &str| Via::parse(via).unwrap().received_from(source.parse().unwrap()).to_string();
    let same = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx";
    assert_eq!(received(same, "192.0.2.1:5060"), same);
    assert_eq!(received(same, "[::ffff:192.0.2.1]:5060"), same);
    assert_eq!(received(same, "198.51.100.1:9"), format!("{same};received=198.51.100.1"));
    assert_eq!(
        received("SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKx;received=203.0.113.9", "192.0.2.1:4000"),
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx;received=192.0.2.1;rport=4000"
    );
}

#[test]
fn a_cseq_has_a_number_below_two_to_the_31() {
    let cseq = CSeq::parse("0009   INVITE").unwrap();
    assert_eq!(cseq, CSeq { number: 9, method: Method::Invite });
    assert_eq!(CSeq::parse("2147483647 FOO").unwrap().to_string(), "2147483647 FOO");
    for case in ["2147483648 INVITE", "36893488147419103232 REGISTER", "-1 INVITE", "1", "INVITE", "1 IN VITE", ""] {
        assert!(CSeq::parse(case).is_err(), "{case}");
    }
}

#[test]
fn contact_parameters_are_read_leniently_and_bounded() {
    let contact =
        typed::<Contact>("<sip:a@b>;q=0.35;expires=280297596632815;+sip.instance=\"<urn:uuid:1>\";reg-id=2").unwrap();
    let params = contact.params();
    assert_eq!((params.q(), params.expires(), params.reg_id()), (Some(350), Some(u32::MAX), Some(2)));
    assert_eq!(params.instance().as_deref(), Some("urn:uuid:1"));
    for (q, expected) in
        [("1", Some(1000)), ("1.000", Some(1000)), ("0", Some(0)), ("1.1", None), ("0.1234", None), ("2", None)]
    {
        assert_eq!(typed::<Contact>(&format!("<sip:a@b>;q={q}")).unwrap().params().q(), expected, "{q}");
    }
    assert_eq!(typed::<Contact>("*").unwrap(), Contact::Star);
    assert_eq!(typed::<Contact>("<sip:a@b>;expires=soon").unwrap().params().expires(), None);
}

#[test]
fn small_headers_read_back_as_printed() {
    assert_eq!(typed::<SessionExpires>("1800 ; refresher=UAS").unwrap().to_string(), "1800;refresher=uas");
    assert!(typed::<SessionExpires>("soon").is_err() && typed::<SessionExpires>("90;refresher=me").is_err());
    assert_eq!(typed::<MinSe>("90").unwrap(), MinSe(90));
    assert_eq!(typed::<RAck>("776656 1 INVITE").unwrap().to_string(), "776656 1 INVITE");
    assert!(typed::<RAck>("776656").is_err() && typed::<RSeq>("0").is_err() && typed::<RSeq>("4294967296").is_err());
    assert_eq!(typed::<Event>("message-summary;id=4").unwrap().to_string(), "message-summary;id=4");
    let reason = typed::<Reason>("SIP ;cause=200 ;text=\"Call completed elsewhere\"").unwrap();
    assert_eq!(reason, Reason::answered_elsewhere());
    assert_eq!(reason.to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
    let replaces = typed::<Replaces>("98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only").unwrap();
    assert_eq!((replaces.call_id.as_str(), replaces.early_only), ("98732@sip.example.com", true));
    assert!(
        typed::<Privacy>("id;critical").unwrap().is_anonymous() && !typed::<Privacy>("none").unwrap().is_anonymous()
    );
    assert!(typed::<SubscriptionState>("terminated;reason=timeout").unwrap().is_terminated());
}
