//! Whole messages: read, refused, framed.

#![allow(clippy::unwrap_used)]

use super::*;

const HEAD: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1, SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK0\r\n\
    From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c1\r\nCSeq: 1 OPTIONS\r\n";

fn options(extra: &str) -> Bytes {
    format!("OPTIONS sip:b@example.com SIP/2.0\r\n{HEAD}{extra}\r\n").into_bytes().into()
}

fn status(bytes: impl Into<Bytes>) -> Option<u16> {
    Message::parse(bytes.into()).expect_err("malformed").status()
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn elements_that_could_be_read_two_ways_are_refused() {
    assert!(Request::parse(options("")).is_ok());
    for extra in [
        "Content-Length: 0\r\nContent-Length: 0\r\n",
        "Content-Length: 0\r\nl : 0\r\n",
        "Content-Length: 0, 0\r\n",
        "Content-Length: +0\r\n",
        "Content-Length:\r\n",
        "Content-Length: 1\r\n",
        "Z: a\nContent-Length: 0\r\n",
        "Z: a\rContent-Length: 0\r\n",
        "Call-ID: c2\r\n",
        "i: c1\r\n",
        "CSeq: 1 OPTIONS\r\n",
        "f: <sip:a@example.com>;tag=1\r\n",
        "Max-Forwards: 70\r\nMax-Forwards: 70\r\n",
        "Max-Forwards: 256\r\n",
        "Max-Forwards: many\r\n",
        "no colon\r\n",
        "na me: x\r\n",
        ": x\r\n",
    ] {
        assert_eq!(status(options(extra)), Some(400), "{extra}");
    }
    for (from, to) in
        [("tag=1", "tag="), ("tag=1", "tag"), ("tag=1", "tag=1;tag=2"), ("b@example.com>", "b@example.com>;tag=")]
    {
        assert_eq!(status(text(&options("")).replace(from, to).into_bytes()), Some(400), "{to}");
    }
    assert_eq!(status(options("Content-Length: 99999999999999999999\r\n")), Some(513));
}

#[test]
fn what_nobody_can_or_may_answer_is_dropped() {
    for bytes in [
        "",
        "\r\n",
        "\r\n\r\n",
        "\0\0\0\0",
        "hello",
        "GET / HTTP/1.1\r\n\r\n",
        "OPTIONS sip:a@b SIP/2.0\r\n\r\n",
        "ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
        "SIP/2.0 99 Low\r\n\r\n",
    ] {
        assert_eq!(status(bytes), None, "{bytes}");
    }
}

#[test]
fn line_ends_before_a_message_are_skipped() {
    let bytes = [b"\r\n\r\n".as_slice(), &options("")].concat();
    assert!(Request::parse(bytes.into()).is_ok());
}

#[test]
fn a_message_that_is_too_much_is_refused_but_answered() {
    let long = format!("Z: {}\r\n", "x".repeat(limits::MESSAGE));
    let head = "Z: y\r\n".repeat(limits::HEAD / 6);
    let many = "Z: y\r\n".repeat(limits::HEADERS);
    for extra in [&long, &head, &many] {
        assert_eq!(status(options(extra)), Some(513));
    }
}

#[test]
fn letters_of_other_encodings_do_no_harm() {
    let latin = [
        b"OPTIONS sip:b@example.com SIP/2.0\r\nSubject: Gr\xfc\xdfe\r\nZ:\r\n \xff\r\n".as_slice(),
        HEAD.as_bytes(),
        b"\r\n\xff\xfe",
    ]
    .concat();
    let request = Request::parse(latin.into()).unwrap();
    assert_eq!((request.header(Name::Subject), request.other("z")), (Some("Gr??e"), Some("?")));
    assert_eq!(request.body().as_ref(), b"\xff\xfe");
}

#[test]
fn an_answer_carries_what_it_must() {
    let mut request = Request::parse(options("Record-Route: <sip:p@example.com;lr>\r\nTimestamp: 54\r\n")).unwrap();
    request.set_source("198.51.100.9:4000".parse().unwrap());
    let mut builder = ResponseBuilder::new(&request, 401, Some("t1"));
    builder.header(Name::WwwAuthenticate, "Digest realm=\"r\"");
    assert_eq!(
        text(&builder.finish()),
        "SIP/2.0 401 Unauthorized\r\n\
         Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=198.51.100.9, SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK0\r\n\
         From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=t1\r\nCall-ID: c1\r\nCSeq: 1 OPTIONS\r\n\
         WWW-Authenticate: Digest realm=\"r\"\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(text(&ResponseBuilder::new(&request, 100, None).finish()).contains("\r\nTimestamp: 54\r\n"));
    let invite = text(&options("Record-Route: <sip:p@example.com;lr>\r\n"))
        .replace("OPTIONS", "INVITE")
        .replace("b@example.com>", "b@example.com>;tag=t0");
    let invite = Request::parse(invite.into_bytes().into()).unwrap();
    let ringing = Response::parse(ResponseBuilder::new(&invite, 180, Some("t1")).finish()).unwrap();
    assert_eq!((ringing.to().tag(), ringing.record_routes().count()), (Some("t0"), 1));
    assert!(!Response::parse(ResponseBuilder::new(&invite, 486, None).finish()).unwrap().has(Name::RecordRoute));
}

#[test]
fn requests_of_the_same_hop_are_built_from_the_invite() {
    let invite =
        text(&options("Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nX-Private: yes\r\n")).replace("OPTIONS", "INVITE");
    let invite = Request::parse(invite.into_bytes().into()).unwrap();
    let busy = Response::parse(ResponseBuilder::new(&invite, 486, Some("t1")).finish()).unwrap();
    let ack = Request::parse(RequestBuilder::ack(&invite, &busy).finish()).unwrap();
    assert_eq!(
        (ack.method(), ack.cseq().number, ack.to().tag(), ack.routes().count()),
        (&Method::Ack, 1, Some("t1"), 2)
    );
    assert_eq!((ack.vias().count(), ack.via().as_str()), (1, invite.via().as_str()));
    let cancel = Request::parse(RequestBuilder::cancel(&invite).finish()).unwrap();
    assert_eq!(
        (cancel.method(), cancel.to().tag(), cancel.uri(), cancel.other("x-private")),
        (&Method::Cancel, None, invite.uri(), None)
    );
}

#[test]
fn a_request_never_carries_the_headers_of_a_uri() {
    let uri = Uri::parse("sip:b@example.com;lr?Route=%3Csip:evil%3E").unwrap();
    let builder = RequestBuilder::new(Method::Bye, &uri);
    assert!(text(&builder.finish()).starts_with("BYE sip:b@example.com;lr SIP/2.0\r\n"));
}

#[test]
fn a_body_goes_with_what_describes_it() {
    let received = Request::parse(options(
        "c: text/plain\r\nContent-Disposition: render\r\nMIME-Version: 1.0\r\nContent-Length: 2\r\nX-Own: 1\r\n\r\nhi",
    ))
    .unwrap();
    let mut builder = RequestBuilder::new(Method::Message, received.uri());
    builder.pass_on(&received).copy(&received, Name::ContentType).copy_where(&received, |_| false);
    assert_eq!(
        text(&builder.finish_with_body_of(&received)),
        "MESSAGE sip:b@example.com SIP/2.0\r\nX-Own: 1\r\nContent-Type: text/plain\r\nContent-Disposition: render\r\n\
         MIME-Version: 1.0\r\nContent-Length: 2\r\n\r\nhi"
    );
}

#[test]
fn a_stream_without_an_end_is_given_up() {
    let mut framer = Framer::new();
    let mut result = Ok(None);
    for _ in 0..=limits::HEAD {
        framer.push(b"x");
        result = framer.next_frame();
        if result.is_err() {
            break;
        }
    }
    assert!(result.is_err() && framer.buffered() == 0);
    for garbage in ["\0", "\u{16}\u{3}\u{1}", "\n\n", "\r\r", " x"] {
        let mut framer = Framer::new();
        framer.push(garbage.as_bytes());
        assert_eq!(framer.next_frame().expect_err("not SIP").status(), None, "{garbage:?}");
    }
    let mut framer = Framer::new();
    framer.push(&options("Content-Length: 65000\r\n"));
    assert!(matches!(framer.next_frame(), Ok(None)));
    let mut framer = Framer::new();
    framer.push(&options("Content-Length: 65535\r\n"));
    assert_eq!(framer.next_frame().expect_err("too long").status(), Some(513));
}
