//! The torture messages of RFC 4475 and RFC 5118, sent to a running exchange over UDP and TCP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use crate::office::Exchange;
use crate::phone::PATIENCE;

/// What must come back.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// One of these.
    One(&'static [u16]),
    /// Nothing at all.
    Silence,
}

use Expect::{One, Silence};

/// A well-formed request of somebody unknown that needs credentials.
const CHALLENGE: Expect = One(&[401, 407]);
/// "400; liberal ok": refused for its form, or repaired and treated as what was meant.
const LIBERAL: Expect = One(&[200, 400, 401, 404, 405, 407]);

const EXPECTED: &[(&str, Expect)] = &[
    // Its To has a tag: it belongs to a call that is not there.
    ("rfc4475/wsinv", One(&[481])),
    ("rfc4475/intmeth", One(&[405, 501])),
    ("rfc4475/esc01", CHALLENGE),
    ("rfc4475/escnull", CHALLENGE),
    ("rfc4475/esc02", One(&[405, 501])),
    ("rfc4475/lwsdisp", One(&[200])),
    ("rfc4475/longreq", One(&[407, 513])),
    ("rfc4475/dblreq", CHALLENGE),
    ("rfc4475/semiuri", One(&[200, 404])),
    ("rfc4475/transports", One(&[200])),
    ("rfc4475/mpart01", One(&[405])),
    ("rfc4475/unreason", Silence),
    ("rfc4475/noreason", Silence),
    ("rfc4475/badinv01", One(&[400])),
    ("rfc4475/clerr", One(&[400])),
    ("rfc4475/ncl", One(&[400])),
    ("rfc4475/scalar02", One(&[400])),
    ("rfc4475/scalarlg", Silence),
    ("rfc4475/quotbal", LIBERAL),
    ("rfc4475/ltgtruri", LIBERAL),
    ("rfc4475/lwsruri", LIBERAL),
    ("rfc4475/lwsstart", LIBERAL),
    ("rfc4475/trws", LIBERAL),
    ("rfc4475/escruri", LIBERAL),
    ("rfc4475/baddate", LIBERAL),
    ("rfc4475/regbadct", LIBERAL),
    ("rfc4475/badaspec", LIBERAL),
    ("rfc4475/baddn", LIBERAL),
    ("rfc4475/badvers", One(&[505])),
    ("rfc4475/mismatch01", One(&[400])),
    ("rfc4475/mismatch02", One(&[400, 501])),
    ("rfc4475/bigcode", Silence),
    ("rfc4475/badbranch", One(&[200])),
    ("rfc4475/insuf", One(&[400])),
    ("rfc4475/unkscm", One(&[416])),
    ("rfc4475/novelsc", One(&[416])),
    ("rfc4475/unksm2", One(&[400, 401, 404, 416, 420])),
    ("rfc4475/bext01", One(&[420])),
    ("rfc4475/invut", One(&[415])),
    ("rfc4475/regaut01", One(&[401])),
    ("rfc4475/multi01", One(&[400])),
    ("rfc4475/mcl01", One(&[400])),
    ("rfc4475/bcast", Silence),
    ("rfc4475/zeromf", One(&[200, 483])),
    ("rfc4475/cparam01", CHALLENGE),
    ("rfc4475/cparam02", CHALLENGE),
    ("rfc4475/regescrt", CHALLENGE),
    ("rfc4475/sdp01", One(&[406])),
    ("rfc4475/inv2543", CHALLENGE),
    ("rfc5118/ipv6-good", CHALLENGE),
    ("rfc5118/ipv6-bad", One(&[400])),
    ("rfc5118/port-ambiguous", CHALLENGE),
    ("rfc5118/port-unambiguous", CHALLENGE),
    ("rfc5118/via-received-param-with-delim", One(&[481])),
    ("rfc5118/via-received-param-no-delim", One(&[200])),
    ("rfc5118/ipv6-in-sdp", CHALLENGE),
    ("rfc5118/mult-ip-in-header", One(&[481])),
    ("rfc5118/mult-ip-in-sdp", CHALLENGE),
    ("rfc5118/ipv4-mapped-ipv6", CHALLENGE),
    ("rfc5118/ipv6-bug-abnf-3-colons", One(&[200])),
    ("rfc5118/ipv6-correct-abnf-2-colons", One(&[200])),
];

fn message(name: &str) -> Vec<u8> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/torture");
    std::fs::read(directory.join(format!("{name}.dat"))).unwrap()
}

/// An OPTIONS whose answer shows that everything before it has been dealt with.
fn probe(number: usize, transport: &str, from: SocketAddr) -> String {
    format!(
        "OPTIONS sip:ping SIP/2.0\r\nVia: SIP/2.0/{transport} {from};rport;branch=z9hG4bKprobe{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:probe@x>;tag=p\r\nTo: <sip:ping@x>\r\nCall-ID: probe{number}\r\n\
         CSeq: 1 OPTIONS\r\nContact: <sip:probe@{from}>\r\nUser-Agent: a probe that pays for its answer\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// An answer as text: that to a malformed request gives back what was malformed, so it need not be proper itself.
struct Answer(String);

impl Answer {
    fn status(&self) -> u16 {
        let status = self.0.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        status.unwrap_or_else(|| panic!("no answer: {}", self.0))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }
}

#[track_caller]
fn check(name: &str, expect: Expect, answers: &[Answer]) {
    let statuses: Vec<u16> = answers.iter().map(Answer::status).filter(|status| *status >= 200).collect();
    match expect {
        Silence => assert!(statuses.is_empty(), "{name}: {statuses:?}"),
        One(allowed) => {
            assert!(statuses.len() == 1 && allowed.contains(&statuses[0]), "{name}: {statuses:?}, not {allowed:?}");
        }
    }
    let Some(answer) = answers.last() else { return };
    match name {
        "rfc4475/bext01" => {
            assert_eq!(answer.header("Unsupported"), Some("nothingSupportsThis, nothingSupportsThisEither"));
        }
        "rfc4475/invut" => assert!(answer.header("Accept").unwrap().contains("application/sdp")),
        "rfc4475/regaut01" => assert!(answer.header("WWW-Authenticate").unwrap().starts_with("Digest ")),
        _ => {}
    }
}

#[test]
fn over_udp() {
    let exchange = Exchange::start("127.0.74.20:0");
    for (number, (name, expect)) in EXPECTED.iter().enumerate() {
        // Each from an address of its own, so that every answer is known to belong to it.
        let socket = UdpSocket::bind((format!("127.0.74.{}", 100 + number), 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.send_to(&message(name), exchange.udp()).unwrap();
        socket.send_to(probe(number, "UDP", socket.local_addr().unwrap()).as_bytes(), exchange.udp()).unwrap();
        let mut answers = Vec::new();
        loop {
            let mut buffer = [0; 65_536];
            let (length, from) = socket.recv_from(&mut buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(from, exchange.udp());
            let answer = Answer(String::from_utf8_lossy(&buffer[..length]).into_owned());
            if answer.0.contains(&format!("\r\nCall-ID: probe{number}\r\n")) {
                break;
            }
            answers.push(answer);
        }
        // They are for other domains. Over UDP the answer to such a request is not longer than itself, and a challenge can be;
        // only whoever brings credentials is challenged all the same.
        let refused = *name != "rfc4475/regaut01"
            && matches!(expect, One(statuses) if statuses.contains(&401))
            && answers.iter().all(|answer| answer.status() == 403);
        check(name, if refused { One(&[403]) } else { *expect }, &answers);
    }
    assert_eq!(exchange.handle.phones(), 0);
    assert!(exchange.book.records().is_empty());
}

#[test]
fn over_tcp() {
    let exchange = Exchange::with("127.0.74.21:0", Default::default(), |settings| {
        settings.limits.whole_message = Duration::from_millis(300);
        settings.limits.first_message = Duration::from_millis(300);
    });
    for (number, (name, expect)) in EXPECTED.iter().enumerate() {
        let mut stream = TcpStream::connect(exchange.tcp()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = message(name);
        if !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            // In a datagram the end is the end; on a stream the empty line must be there.
            bytes.extend(b"\r\n");
        }
        stream.write_all(&bytes).unwrap();
        // What cannot be cut into messages ends the connection before or after this; both are fine.
        let _ = stream.write_all(probe(number, "TCP", stream.local_addr().unwrap()).as_bytes());
        let (mut received, mut buffer) = (Vec::new(), [0; 65_536]);
        let marker = format!("Call-ID: probe{number}\r\n");
        let mut closed = false;
        while !String::from_utf8_lossy(&received).contains(&marker) {
            match stream.read(&mut buffer) {
                Ok(0) => {
                    closed = true;
                    break;
                }
                Ok(length) => received.extend(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                    closed = true;
                    break;
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        let answers = cut(&received, &marker);
        match *name {
            // The body never comes: the connection is closed without an answer, or with a refusal.
            "rfc4475/clerr" => assert!(closed && answers.iter().all(|answer| answer.status() >= 400), "{name}"),
            "rfc4475/ncl" | "rfc4475/mcl01" => {
                assert!(closed, "{name} is still connected");
                check(name, *expect, &answers);
            }
            // On a stream what follows the first message is the next one, and gets its own answer.
            "rfc4475/dblreq" => assert!(matches!(answers[0].status(), 401 | 407)),
            _ if closed => {
                // The rest of a message that is malformed on a stream cannot be found; one refusal, or silence.
                assert!(answers.iter().all(|answer| answer.status() >= 400), "{name}");
            }
            _ => check(name, *expect, &answers),
        }
    }
    assert_eq!(exchange.handle.phones(), 0);
}

/// The responses in a stream, without that to the probe. None of them has a body.
fn cut(received: &[u8], probe: &str) -> Vec<Answer> {
    let text = String::from_utf8_lossy(received);
    let each = text.split("\r\n\r\n").filter(|one| !one.is_empty() && !format!("{one}\r\n").contains(probe));
    each.map(|one| Answer(one.to_owned())).collect()
}
