//! What holds for every message, not only for those somebody thought of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;
use sip::message::{
    Frame, Framer, Host, Message, Method, Name, NameAddr, Request, RequestBuilder, Response, ResponseBuilder, Role,
    Uri, escape_user, header, unescape,
};
use sip::offer_answer::{self, RelayAddress};

fn torture() -> Vec<Bytes> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut files: Vec<_> = ["rfc4475", "rfc5118"]
        .iter()
        .flat_map(|rfc| fs::read_dir(root.join(rfc)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dat"))
        .collect();
    files.sort();
    files.into_iter().map(|path| fs::read(path).unwrap().into()).collect()
}

const INVITE: &str = "INVITE sip:44@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n\
    Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@example.com>;tag=a\r\nTo: <sip:44@example.com>\r\nCall-ID: c1\r\n\
    CSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.1:5060>\r\nRecord-Route: <sip:p1.example.com;lr>\r\nContent-Length: 0\r\n\r\n";

fn invite() -> Request {
    Request::parse(Bytes::from_static(INVITE.as_bytes())).unwrap()
}

/// Everything a message can be asked; nothing of it may panic.
fn exercise(bytes: Bytes) {
    match Message::parse(bytes) {
        Ok(message) => {
            match &message {
                Message::Request(request) => {
                    let mut request = request.clone();
                    request.set_source("192.0.2.9:4000".parse().unwrap());
                    let _ =
                        (request.uri().user(), request.from().tag(), request.vias().count(), request.routes().count());
                    let answer = ResponseBuilder::new(&request, 200, Some("tag")).finish();
                    Response::parse(answer).expect("an answer to a well-formed request is well-formed");
                }
                Message::Response(response) => {
                    let _ = (response.reason().len(), response.vias().count(), response.record_routes().count());
                }
            }
            let head = &*message;
            for line in head.all_headers() {
                let _ = NameAddr::parse(line.value).map(|address| address.detach().to_string());
                let _ = Uri::parse(line.value).map(|uri| uri.is_equivalent(&uri.clone()));
                let _ = header::Via::parse(line.value).map(|via| (via.branch().map(str::to_owned), via.rport()));
            }
            for contact in head.list::<header::Contact>().flatten() {
                let _ = (contact.params().q(), contact.params().instance().is_some());
            }
            let _ =
                (head.typed::<header::SessionExpires>(), head.typed::<header::RAck>(), head.typed::<header::Reason>());
            let _ = (head.typed::<header::Event>(), head.typed::<header::Replaces>(), head.typed::<header::Privacy>());
            let _ = (head.content_type(), head.seconds(Name::Expires), header::accepts(head, "application/sdp"));
            let _ = offer_answer::rewrite(head.body(), &[RelayAddress::new("192.0.2.9:30000".parse().unwrap())]);
        }
        Err(malformed) => {
            let answer = malformed.response("tag", "192.0.2.9:4000".parse().unwrap()).map(ResponseBuilder::finish);
            assert_eq!(answer.is_some(), malformed.status().is_some());
        }
    }
}

/// All frames of a stream, however it is cut, and whether it broke.
fn frames(pieces: &[&[u8]]) -> (Vec<Frame>, Option<(Option<u16>, &'static str)>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(malformed) => return (frames, Some((malformed.status(), malformed.reason()))),
            }
        }
    }
    (frames, None)
}

fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([0, stream.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

fn ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)]
}

fn uri() -> impl Strategy<Value = Uri> {
    let user = prop::option::of("\\PC{1,24}");
    let host = prop_oneof!["[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z]{2,6}){1,3}".prop_map(Err), ip().prop_map(Ok)];
    let param = prop::option::of(("[a-z]{1,8}", prop::option::of("\\PC{0,12}")));
    (user, host, prop::option::of(1..=u16::MAX), param).prop_map(|(user, host, port, param)| {
        let host = match &host {
            Ok(ip) => Host::from(*ip),
            Err(name) => Host::Name(name),
        };
        let uri = Uri::sip(user.as_deref(), host, port).expect("the parts are proper");
        match param {
            Some((name, value)) => uri.with_param(&name, value.as_deref()),
            None => uri,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        exercise(bytes.clone().into());
        frames(&[&bytes]);
        let _ = offer_answer::Session::parse(&bytes);
        let _ = sip::ladder::masked(&bytes);
    }

    #[test]
    fn no_damage_to_a_message_makes_the_parser_panic(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':'), Just(b';'), Just(b'"'), Just(b'<'), Just(b'>'), Just(b','), Just(b'%'), Just(b'['),
        ], 0..3_u8), 1..12),
    ) {
        let messages = torture();
        let mut bytes = which.get(&messages).to_vec();
        for (place, byte, kind) in damage {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
            if bytes.is_empty() { break }
        }
        exercise(bytes.clone().into());
        let _ = sip::ladder::masked(&bytes);
        let (whole, broken) = frames(&[&bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(frames(&single), (whole, broken));
    }

    #[test]
    fn a_stream_reads_the_same_however_it_is_cut(
        which in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        pings in prop::collection::vec(0..4_usize, 5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let messages = torture();
        let mut stream = Vec::new();
        for (index, pings) in which.iter().zip(&pings) {
            stream.extend(b"\r\n".repeat(*pings));
            stream.extend_from_slice(index.get(&messages).as_ref());
        }
        prop_assert_eq!(frames(&cut(&stream, &cuts)), frames(&[&stream]));
    }

    #[test]
    fn a_framed_message_is_the_message_itself(body in prop::collection::vec(any::<u8>(), 0..300), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let sent = ResponseBuilder::new(&invite(), 200, Some("b")).finish_with("application/octet-stream", &body);
        let stream = [sent.as_ref(), b"\r\n\r\n", sent.as_ref()].concat();
        let expected = vec![Frame::Message(sent.clone()), Frame::Ping, Frame::Message(sent.clone())];
        prop_assert_eq!(frames(&cut(&stream, &cuts)), (expected, None));
        let read = Response::parse(sent.clone()).unwrap();
        prop_assert_eq!(read.body().as_ref(), body.as_slice());
        prop_assert_eq!(read.raw(), &sent);
    }

    #[test]
    fn a_uri_reads_back_as_built(uri in uri(), user in "\\PC{1,24}") {
        let again = Uri::parse(uri.as_str()).unwrap();
        prop_assert_eq!(&again, &uri);
        prop_assert!(again.is_equivalent(&uri));
        let escaped = escape_user(&user).into_owned();
        prop_assert_eq!(unescape(&escaped), user.as_str());
        let host = Host::Name("example.com");
        let built = Uri::sip(Some(&user), host, None).unwrap();
        prop_assert_eq!(built.user().map(|user| user.into_owned()), Some(user.clone()));
        prop_assert_eq!((built.host(), built.port(), built.params().count()), (Some(host), None, 0));
    }

    #[test]
    fn a_name_addr_reads_back_as_built(display in prop::option::of(any::<String>()), uri in uri(), value in prop::option::of(any::<String>())) {
        let built = NameAddr::new(display.as_deref(), &uri).with_param("x", value.as_deref()).with_param("tag", Some("t1"));
        let read = NameAddr::parse(built.as_str()).unwrap();
        prop_assert_eq!(&read, &built);
        prop_assert_eq!(read.uri(), &uri);
        prop_assert_eq!(read.tag(), Some("t1"));
        let printable = |text: &String| text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>();
        prop_assert_eq!(read.params().unquoted("x").map(|value| value.into_owned()), Some(value.as_ref().map(printable).unwrap_or_default()));
        prop_assert_eq!(read.display_name().map(|name| name.into_owned()), display.as_ref().map(printable).filter(|name| !name.is_empty()));
    }

    #[test]
    fn a_request_reads_back_as_built(
        uri in uri(), from in uri(), to in uri(), number in 0..=0x7fff_ffff_u32, method in "[A-Z]{3,10}",
        call_id in "[!-~]{1,40}", value in "[!-~]([ -~]{0,40}[!-~])?", body in prop::collection::vec(any::<u8>(), 0..200), sent_by in (ip(), 1..=u16::MAX),
    ) {
        let method = Method::parse(method.as_str()).unwrap();
        let sent_by = SocketAddr::from(sent_by);
        let mut builder = RequestBuilder::new(method.clone(), &uri);
        builder
            .header(Name::MaxForwards, 70)
            .header(Name::From, NameAddr::new(None, &from).with_param("tag", Some("f")))
            .header(Name::To, NameAddr::new(Some("T"), &to))
            .header(Name::CallId, &call_id)
            .cseq(number)
            .other("X-Anything", &value)
            .via("UDP", sent_by, "z9hG4bKabc");
        let wire = builder.finish_with("text/plain", &body);
        let read = Request::parse(wire).unwrap();
        prop_assert_eq!(read.method(), &method);
        prop_assert_eq!(read.uri(), &uri);
        prop_assert_eq!((read.from().uri(), read.from().tag(), read.to().uri()), (&from, Some("f"), &to));
        prop_assert_eq!((read.call_id(), read.cseq().number, read.max_forwards()), (call_id.as_str(), number, Some(70)));
        prop_assert_eq!((read.via().host().socket_address(read.via().port_or_default()), read.via().unique_branch()), (Some(sent_by), Some("z9hG4bKabc")));
        prop_assert_eq!(read.other("x-anything"), Some(value.as_str()));
        prop_assert_eq!(read.body().as_ref(), body.as_slice());
        prop_assert!(read.all_headers().next().is_some_and(|line| line.name == Name::Via));
    }

    #[test]
    fn no_value_adds_a_header_or_ends_the_head(value in any::<String>(), evil in "(\r\n|\n|\r|\0)[A-Za-z-]{1,10}: [a-z]{0,10}(\r\n)*", at in any::<prop::sample::Index>()) {
        let mut value: String = value;
        let places: Vec<usize> = value.char_indices().map(|(place, _)| place).chain([value.len()]).collect();
        value.insert_str(*at.get(&places), &evil);
        let invite = invite();
        let mut plain = ResponseBuilder::with_reason(&invite, 486, Some(&value), Some("b"));
        plain.header(Name::Contact, &value).other("X-Note", format_args!("<{value}>"));
        let read = Response::parse(plain.finish_with(&value, b"body")).unwrap();
        prop_assert_eq!(read.all_headers().count(), 9);
        prop_assert_eq!(read.body().as_ref(), b"body");
        let uri = Uri::sip(Some(&value), Host::Name("example.com"), None).unwrap();
        let mut builder = RequestBuilder::new(Method::Invite, &uri);
        builder.header(Name::From, NameAddr::new(Some(&value), &uri).with_param("tag", Some(&value)));
        builder.header(Name::To, &value).header(Name::CallId, &value).cseq(1).via(&value, &value, &value);
        let wire = builder.finish();
        let lines = wire.split(|byte| *byte == b'\n').count();
        prop_assert_eq!(lines, 9);
        prop_assert!(!wire.contains(&0));
    }

    #[test]
    fn claims_of_identity_never_pass(
        name in prop::sample::select(vec!["P-Asserted-Identity", "Remote-Party-ID", "P-Preferred-Identity", "Diversion", "History-Info", "Referred-By", "b", "Identity", "y", "P-Access-Network-Info"]),
        case in any::<u64>(), fold in 0..4_usize, space in "[ \t]{0,3}",
    ) {
        let spelled: String = name.chars().enumerate().map(|(at, letter)| if case >> (at % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }).collect();
        let folds = "\r\n ".repeat(fold);
        let line = format!("{spelled}{space}:{folds}<sip:+49110@evil.example>{folds};x=1\r\nX-Kept: yes\r\nContent-Length: 0\r\n\r\n");
        let received = Request::parse(INVITE.replace("Content-Length: 0\r\n\r\n", &line).into_bytes().into()).unwrap();
        let mut builder = RequestBuilder::new(Method::Invite, received.uri());
        builder.pass_on(&received);
        let wire = String::from_utf8(builder.finish_with_body_of(&received).to_vec()).unwrap();
        prop_assert!(!wire.contains("evil.example"), "{}", wire);
        prop_assert!(wire.contains("X-Kept: yes"));
        prop_assert!(received.all_headers().any(|line| line.name.role() == Role::Identity));
    }

    #[test]
    fn rewriting_leaves_no_address_and_nothing_else_changed(ports in prop::collection::vec(0..=u16::MAX, 1..6), relay in (ip(), 2..60_000_u16), attribute in "[ -~]{0,40}") {
        let relay = RelayAddress::new(SocketAddr::from((relay.0, relay.1 & !1)));
        let mut text = "v=0\r\no=- 1 1 IN IP4 198.51.100.77\r\ns=-\r\nc=IN IP4 198.51.100.77\r\nt=0 0\r\n".to_owned();
        for port in &ports {
            text.push_str(&format!("m=audio {port} RTP/AVP 0\r\na=x:{attribute}\r\na=candidate:1 1 UDP 1 198.51.100.77 {port} typ host\r\n"));
        }
        let relays = vec![relay; ports.len()];
        let once = offer_answer::rewrite(text.as_bytes(), &relays).unwrap();
        let session = offer_answer::Session::parse(&once).unwrap();
        prop_assert_eq!(session.media.len(), ports.len());
        for (media, port) in session.media.iter().zip(&ports) {
            prop_assert_eq!(media.port, if *port == 0 { 0 } else { relay.rtp.port() });
        }
        let told = String::from_utf8(once.to_vec()).unwrap();
        prop_assert!(!told.contains("198.51.100.77"));
        prop_assert_eq!(told.matches("a=x:").count(), ports.len());
        prop_assert_eq!(offer_answer::rewrite(&once, &relays).unwrap(), once);
    }
}
