//! The torture messages of RFC 4475 and RFC 5118, as far as reading alone decides about them.
//!
//! `EXPECTED.tsv` beside the messages says what must be seen on the wire; the verdicts here must allow it.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sip::message::{Contact, Frame, Framer, Message, Method, Name, Request, Scheme};

/// What reading a message comes to.
#[derive(Debug, PartialEq)]
enum Verdict {
    Request,
    Response,
    Refused(u16),
    Dropped,
}
use Verdict::{Dropped, Refused};

const RFC_4475: &[(&str, Verdict)] = &[
    ("badaspec", Refused(400)),
    ("badbranch", Verdict::Request),
    ("baddate", Verdict::Request), // Date is not used
    ("baddn", Refused(400)),
    ("badinv01", Refused(400)),
    ("badvers", Refused(505)),
    ("bcast", Verdict::Response),
    ("bext01", Verdict::Request),
    ("bigcode", Dropped),
    ("clerr", Refused(400)),
    ("cparam01", Verdict::Request),
    ("cparam02", Verdict::Request),
    ("dblreq", Verdict::Request),
    ("esc01", Verdict::Request),
    ("esc02", Verdict::Request),
    ("escnull", Verdict::Request),
    ("escruri", Refused(400)),
    ("insuf", Refused(400)),
    ("intmeth", Verdict::Request),
    ("inv2543", Verdict::Request),
    ("invut", Verdict::Request),
    ("longreq", Verdict::Request),
    ("ltgtruri", Refused(400)),
    ("lwsdisp", Verdict::Request),
    ("lwsruri", Refused(400)),
    ("lwsstart", Refused(400)),
    ("mcl01", Refused(400)),
    ("mismatch01", Refused(400)),
    ("mismatch02", Refused(400)),
    ("mpart01", Verdict::Request),
    ("multi01", Refused(400)),
    ("ncl", Refused(400)),
    ("noreason", Verdict::Response),
    ("novelsc", Verdict::Request), // 416 comes after reading
    ("quotbal", Refused(400)),
    ("regaut01", Verdict::Request),
    ("regbadct", Verdict::Request), // the Contact is refused when it is read
    ("regescrt", Verdict::Request),
    ("scalar02", Refused(400)),
    ("scalarlg", Dropped),
    ("sdp01", Verdict::Request),
    ("semiuri", Verdict::Request),
    ("transports", Verdict::Request),
    ("trws", Refused(400)),
    ("unkscm", Verdict::Request),
    ("unksm2", Verdict::Request),
    ("unreason", Verdict::Response),
    ("wsinv", Verdict::Request),
    ("zeromf", Verdict::Request),
];

const RFC_5118: &[(&str, Verdict)] = &[
    ("ipv4-mapped-ipv6", Verdict::Request),
    ("ipv6-bad", Refused(400)),
    ("ipv6-bug-abnf-3-colons", Verdict::Request),
    ("ipv6-correct-abnf-2-colons", Verdict::Request),
    ("ipv6-good", Verdict::Request),
    ("ipv6-in-sdp", Verdict::Request),
    ("mult-ip-in-header", Verdict::Request),
    ("mult-ip-in-sdp", Verdict::Request),
    ("port-ambiguous", Verdict::Request),
    ("port-unambiguous", Verdict::Request),
    ("via-received-param-no-delim", Verdict::Request),
    ("via-received-param-with-delim", Verdict::Request),
];

fn folder(rfc: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture").join(rfc)
}

fn bytes(rfc: &str, name: &str) -> Bytes {
    fs::read(folder(rfc).join(format!("{name}.dat"))).expect("the message is there").into()
}

fn request(rfc: &str, name: &str) -> Request {
    Request::parse(bytes(rfc, name)).expect("a request")
}

fn verdict(bytes: Bytes) -> Verdict {
    match Message::parse(bytes) {
        Ok(Message::Request(_)) => Verdict::Request,
        Ok(Message::Response(_)) => Verdict::Response,
        Err(malformed) => malformed.status().map_or(Dropped, Refused),
    }
}

#[test]
fn every_message_gets_its_verdict() {
    for (rfc, table) in [("rfc4475", RFC_4475), ("rfc5118", RFC_5118)] {
        for (name, expected) in table {
            assert_eq!(verdict(bytes(rfc, name)), *expected, "{rfc} {name}");
        }
    }
}

#[test]
fn no_message_is_left_out() {
    for (rfc, table) in [("rfc4475", RFC_4475), ("rfc5118", RFC_5118)] {
        let listed: BTreeSet<String> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files: BTreeSet<String> = fs::read_dir(folder(rfc))
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".dat")?.to_owned()))
            .collect();
        let expected: BTreeSet<String> = fs::read_to_string(folder(rfc).join("EXPECTED.tsv"))
            .unwrap()
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').next().map(str::to_owned))
            .collect();
        assert_eq!(listed, files, "{rfc}");
        assert_eq!(listed, expected, "{rfc}");
    }
    assert_eq!(RFC_4475.len() + RFC_5118.len(), 61);
}

#[test]
fn every_refusal_can_be_put_on_the_wire() {
    let source: SocketAddr = "127.0.0.1:40000".parse().unwrap();
    for (rfc, table) in [("rfc4475", RFC_4475), ("rfc5118", RFC_5118)] {
        for (name, expected) in table {
            let Refused(status) = expected else { continue };
            let malformed = Message::parse(bytes(rfc, name)).expect_err("malformed");
            let answer = malformed.response("t4g", source).expect("answerable").finish();
            let text = String::from_utf8_lossy(&answer);
            assert!(text.starts_with(&format!("SIP/2.0 {status} ")), "{rfc} {name}: {text}");
            assert!(text.ends_with("Content-Length: 0\r\n\r\n") && text.contains("\r\nVia: "), "{rfc} {name}: {text}");
        }
    }
}

#[test]
fn white_space_and_folding_mean_nothing() {
    let request = request("rfc4475", "wsinv");
    assert_eq!(request.to().tag(), Some("1918181833n"));
    assert_eq!(request.from().display_name().as_deref(), Some("J Rosenberg \\\""));
    assert_eq!((request.cseq().number, request.max_forwards()), (9, Some(68)));
    assert_eq!(request.vias().count(), 3);
    let branches = request.vias().map(|via| via.unwrap().branch().map(str::to_owned));
    let expected = ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"].map(|branch| Some(branch.to_owned()));
    assert!(branches.eq(expected));
    let folded: Vec<&str> = request.other("newfangledheader").unwrap().split_whitespace().collect();
    assert_eq!(folded.join(" "), "newfangled value continued newfangled value");
    assert_eq!(request.other("UnknownHeaderWithUnusualValue"), Some(";;,,;;,;"));
    assert_eq!(request.header(Name::Subject), Some(""));
    assert_eq!(request.routes().next().unwrap().unwrap().uri().host().unwrap().to_string(), "services.example.com");
    let contact = request.contacts().next().unwrap().unwrap();
    assert_eq!(contact.address().and_then(|address| address.display_name()).as_deref(), Some("Quoted string \"\""));
    assert_eq!(
        (contact.params().q(), contact.address().and_then(|it| it.param("newparam"))),
        (Some(330), Some("newvalue"))
    );
    assert_eq!(request.body().len(), 150);
}

#[test]
fn unusual_letters_are_fine_where_they_are_allowed() {
    let request = request("rfc4475", "intmeth");
    assert_eq!(request.method().as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(request.uri().user().as_deref(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(request.to().display_name().as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    assert_eq!(request.from().tag(), Some("_token~1'+`*%!-."));
    assert_eq!(request.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    assert_eq!(request.max_forwards(), Some(255));
}

#[test]
fn escapes_are_taken_off_once() {
    assert_eq!(request("rfc4475", "esc01").uri().user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(request("rfc4475", "semiuri").uri().user().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(*request("rfc4475", "esc02").method(), Method::parse("RE%47IST%45R").unwrap());
    let register = request("rfc4475", "escnull");
    assert_eq!(register.to().uri().user().as_deref(), Some("null-\0-null"));
    let contacts: Vec<_> = register.contacts().map(Result::unwrap).collect();
    let [one, two] = contacts.as_slice() else { panic!("two contacts") };
    let user = |contact: &Contact| contact.address().unwrap().uri().user().unwrap().into_owned();
    assert_eq!((user(one), user(two)), ("\0".to_owned(), "\0\0".to_owned()));
    assert!(!one.address().unwrap().uri().is_equivalent(two.address().unwrap().uri()));
}

#[test]
fn a_datagram_ends_with_its_first_message() {
    let request = request("rfc4475", "dblreq");
    assert_eq!((request.method(), request.body().len()), (&Method::Register, 0));
    assert!(!String::from_utf8_lossy(request.raw()).contains("INVITE"));
}

#[test]
fn bodies_are_kept_byte_for_byte() {
    let request = request("rfc4475", "mpart01");
    let wire = bytes("rfc4475", "mpart01");
    assert!(wire.ends_with(request.body()) && request.body().contains(&0));
    assert!(request.is_content_type("multipart/mixed") && request.content_type_param("boundary").is_some());
}

#[test]
fn parameters_belong_to_header_or_uri() {
    let contact = |name| request("rfc4475", name).contacts().next().unwrap().unwrap();
    let outside = contact("cparam01");
    assert!(outside.address().unwrap().params().has("unknownparam"));
    assert!(!outside.address().unwrap().uri().params().has("unknownparam"));
    let inside = contact("cparam02");
    assert!(!inside.address().unwrap().params().has("unknownparam"));
    assert!(inside.address().unwrap().uri().params().has("unknownparam"));
    assert_eq!(contact("regescrt").address().unwrap().uri().headers(), "Route=%3Csip:sip.example.com%3E");
    assert!(request("rfc4475", "regbadct").contacts().next().unwrap().is_err());
}

#[test]
fn foreign_schemes_are_told_apart() {
    for name in ["unkscm", "novelsc"] {
        assert_eq!(request("rfc4475", name).uri().scheme(), Scheme::Other);
    }
    assert_eq!(request("rfc4475", "unksm2").to().uri().scheme(), Scheme::Other);
}

#[test]
fn ipv6_addresses_and_ports_are_told_apart() {
    let uri = |name| request("rfc5118", name).uri().clone();
    assert_eq!(uri("port-ambiguous").port(), None);
    assert_eq!(uri("port-ambiguous").host().unwrap().to_string(), "[2001:db8::10:5070]");
    assert_eq!(uri("port-unambiguous").port(), Some(5070));
    assert_eq!(uri("ipv6-bug-abnf-3-colons").host(), uri("ipv6-correct-abnf-2-colons").host());
    for name in ["via-received-param-no-delim", "via-received-param-with-delim"] {
        assert_eq!(request("rfc5118", name).via().received(), "2001:db8::9:255".parse().ok(), "{name}");
    }
}

#[test]
fn a_stream_is_given_up_where_nobody_can_tell_how_it_goes_on() {
    for name in ["ncl", "mcl01", "inv2543"] {
        let mut framer = Framer::new();
        framer.push(&bytes("rfc4475", name));
        assert_eq!(framer.next_frame().expect_err("broken").status(), Some(400), "{name}");
        framer.push(&bytes("rfc4475", "lwsdisp"));
        assert!(matches!(framer.next_frame(), Ok(None)), "{name}");
    }
    let mut framer = Framer::new();
    framer.push(&bytes("rfc4475", "clerr"));
    assert!(matches!(framer.next_frame(), Ok(None)), "the body has not come yet");
    let mut framer = Framer::new();
    framer.push(&bytes("rfc4475", "dblreq"));
    assert!(matches!(framer.next_frame(), Ok(Some(Frame::Message(register))) if register.starts_with(b"REGISTER")));
}
