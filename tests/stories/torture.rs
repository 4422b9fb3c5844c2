//! The torture messages of RFC 4475 and RFC 5118 at the real binary, over UDP and TCP.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::{Sip, fresh};
use stories::wait;

/// What may come back.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    /// One of these, and only one final response.
    One(&'static [u16]),
    /// An answer, but not this one.
    Not(u16),
    /// Any answer: the RFC lets an element repair the message or refuse it.
    Any,
    /// Nothing at all.
    Silence,
}

use Verdict::{Any, Not, One, Silence};

/// RFC 4475 by file, as section 3 of it wants a registrar and user agent server to answer.
const RFC_4475: [(&str, Verdict); 49] = [
    ("wsinv", Not(400)),
    ("intmeth", One(&[405, 501])),
    ("esc01", Not(400)),
    ("escnull", Not(400)),
    ("esc02", One(&[405, 501])),
    ("lwsdisp", One(&[200, 404])),
    ("longreq", Not(400)),
    ("dblreq", Not(400)),
    ("semiuri", One(&[200, 404])),
    ("transports", One(&[200, 404])),
    ("mpart01", Not(400)),
    ("unreason", Silence),
    ("noreason", Silence),
    ("badinv01", One(&[400])),
    ("clerr", One(&[400])),
    ("ncl", One(&[400])),
    ("scalar02", One(&[400])),
    ("scalarlg", Silence),
    ("quotbal", Any),
    ("ltgtruri", Any),
    ("lwsruri", Any),
    ("lwsstart", Any),
    ("trws", Any),
    ("escruri", Any),
    ("baddate", Any),
    ("regbadct", Any),
    ("badaspec", Any),
    ("baddn", Any),
    ("badvers", One(&[505])),
    ("mismatch01", One(&[400])),
    ("mismatch02", One(&[400, 501])),
    ("bigcode", Silence),
    ("badbranch", Any),
    ("insuf", One(&[400])),
    ("unkscm", One(&[416])),
    ("novelsc", One(&[416])),
    ("unksm2", One(&[400, 401, 403, 404, 416])),
    ("bext01", One(&[420])),
    ("invut", One(&[415])),
    ("regaut01", One(&[401])),
    ("multi01", One(&[400])),
    ("mcl01", One(&[400])),
    ("bcast", Silence),
    ("zeromf", One(&[200, 404, 483])),
    ("cparam01", One(&[401, 403, 404])),
    ("cparam02", One(&[401, 403, 404])),
    ("regescrt", One(&[401, 403, 404])),
    ("sdp01", One(&[406])),
    ("inv2543", Not(400)),
];

/// RFC 5118 by file.
const RFC_5118: [(&str, Verdict); 12] = [
    ("ipv6-good", Not(400)),
    ("ipv6-bad", One(&[400])),
    ("port-ambiguous", Not(400)),
    ("port-unambiguous", Not(400)),
    ("via-received-param-with-delim", Not(400)),
    ("via-received-param-no-delim", Not(400)),
    ("ipv6-in-sdp", Not(400)),
    ("mult-ip-in-header", Not(400)),
    ("mult-ip-in-sdp", Not(400)),
    ("ipv4-mapped-ipv6", Not(400)),
    ("ipv6-bug-abnf-3-colons", Not(400)),
    ("ipv6-correct-abnf-2-colons", Not(400)),
];

/// Long enough for an answer on this machine, short enough for sixty silences.
const MOMENT: Duration = Duration::from_millis(700);

#[test]
fn torture_over_udp() {
    torture(House(50), over_udp, &[]);
}

#[test]
fn torture_over_tcp() {
    // On a stream the length decides where a message ends (RFC 3261 section 18.3): clerr is longer than what comes, baddn
    // lacks the empty line, and inv2543 does not say how long it is.
    torture(House(51), over_tcp, &[("clerr", Silence), ("baddn", Silence), ("inv2543", One(&[400]))]);
}

fn torture(house: House, exchange: fn(&[u8], IpAddr, SocketAddr) -> Vec<u16>, other: &[(&str, Verdict)]) {
    let mut ringwerk = Ringwerk::new(house);
    let company = ringwerk.demo(3);
    ringwerk.start();
    // Somebody who works there, so that it is seen that nothing happens to him.
    let mut phone = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(0));
    let mut wrong = Vec::new();
    let sets = RFC_4475.iter().map(|line| ("rfc4475", line)).chain(RFC_5118.iter().map(|line| ("rfc5118", line)));
    for (set, (name, verdict)) in sets {
        let verdict = other.iter().find(|(own, _)| own == name).map_or(verdict, |(_, verdict)| verdict);
        let bytes = fs::read(messages().join(set).join(format!("{name}.dat")))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let answers = exchange(&bytes, house.phone(0), ringwerk.sip());
        if !fits(*verdict, &answers) {
            wrong.push(format!("{set}/{name}: {answers:?}, expected {verdict:?}"));
        }
        assert!(ringwerk.is_up(), "{name} ended the server:\n{}", ringwerk.log_text());
    }
    assert_eq!(phone.register(300).status(), 200, "a phone is served as before");
    assert_eq!(wrong, [""; 0]);
    assert!(!ringwerk.log_text().contains("panicked"), "{}", ringwerk.log_text());
}

/// Every file has a verdict, so that none is forgotten.
#[test]
fn every_torture_message_has_a_verdict() {
    for (set, verdicts) in [("rfc4475", &RFC_4475[..]), ("rfc5118", &RFC_5118[..])] {
        let files: BTreeSet<String> = fs::read_dir(messages().join(set))
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".dat").map(str::to_owned))
            .collect();
        let named: BTreeSet<String> = verdicts.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, named, "{set}");
    }
}

fn messages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sip/tests/torture")
}

fn fits(verdict: Verdict, answers: &[u16]) -> bool {
    let distinct: BTreeSet<u16> = answers.iter().copied().filter(|status| *status >= 200).collect();
    match verdict {
        One(allowed) => distinct.len() == 1 && distinct.iter().all(|status| allowed.contains(status)),
        Not(refused) => !distinct.is_empty() && !distinct.contains(&refused),
        Any => !distinct.is_empty(),
        Silence => answers.is_empty(),
    }
}

/// Sends one datagram and gathers the statuses that come back before the answer to a harmless request does.
///
/// Without `rport` an answer goes to the port of the topmost Via (RFC 3261 section 18.2.2), so that port is ours, too.
fn over_udp(bytes: &[u8], ip: IpAddr, server: SocketAddr) -> Vec<u16> {
    let ports: BTreeSet<u16> = [5060, via_port(bytes)].into();
    let sockets: Vec<UdpSocket> = ports.iter().map(|port| UdpSocket::bind((ip, *port)).unwrap()).collect();
    for socket in &sockets {
        socket.set_nonblocking(true).unwrap();
    }
    sockets[0].send_to(bytes, server).unwrap();
    let mut answers = Vec::new();
    let mut asked = None;
    let mut chunk = vec![0; 65_536];
    let end = wait::deadline(wait::PATIENCE);
    loop {
        for socket in &sockets {
            while let Ok(size) = socket.recv(&mut chunk) {
                let message = Sip::parse(&String::from_utf8_lossy(&chunk[..size]));
                match &asked {
                    Some(call_id) if message.header("Call-ID") == call_id => return answers,
                    _ => answers.push(message.status()),
                }
            }
        }
        // Only when nothing more came for a moment is the harmless request sent; its answer is the end.
        if asked.is_none() && wait::left(end) < wait::PATIENCE - MOMENT {
            let (text, call_id) = ping(ip, 5060, "UDP", server.ip());
            sockets[0].send_to(text.as_bytes(), server).unwrap();
            asked = Some(call_id);
        }
        assert!(wait::left(end) > Duration::ZERO, "the server answers nothing any more");
        wait::speak(Duration::from_millis(2));
    }
}

/// The same on a connection of its own, which the server may close. A fresh one shows that it still listens.
fn over_tcp(bytes: &[u8], ip: IpAddr, server: SocketAddr) -> Vec<u16> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.write_all(bytes).unwrap();
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    let mut text = Vec::new();
    let mut chunk = [0; 65_536];
    while let Ok(size @ 1..) = stream.read(&mut chunk) {
        text.extend_from_slice(&chunk[..size]);
    }
    let mut control = TcpStream::connect(server).unwrap();
    let (ping, call_id) = ping(ip, control.local_addr().unwrap().port(), "TCP", server.ip());
    control.write_all(ping.as_bytes()).unwrap();
    control.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    let size = control.read(&mut chunk).unwrap();
    assert!(String::from_utf8_lossy(&chunk[..size]).contains(&call_id), "the server answers nothing any more");
    String::from_utf8_lossy(&text).split("SIP/2.0 ").skip(1).filter_map(|part| part.get(..3)?.parse().ok()).collect()
}

/// A message that claims to be longer than what comes is waited for, but not for ever.
#[test]
fn a_message_that_never_ends_closes_its_connection() {
    let mut ringwerk = Ringwerk::new(House(52));
    ringwerk.start();
    let bytes = fs::read(messages().join("rfc4475/clerr.dat")).unwrap();
    let mut stream = TcpStream::connect(ringwerk.sip()).unwrap();
    stream.write_all(&bytes).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    // Closed or reset within the deadline; a time-out of ours would be another kind of error.
    if let Err(error) = stream.read_to_end(&mut rest) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

fn ping(ip: IpAddr, port: u16, transport: &str, server: IpAddr) -> (String, String) {
    let call_id = fresh();
    let text = format!(
        "OPTIONS sip:ping@{server} SIP/2.0\r\nVia: SIP/2.0/{transport} {ip}:{port};rport;branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@{ip}>;tag=c\r\nTo: <sip:ping@{server}>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    (text, call_id)
}

/// The port of the topmost Via, 5060 when it names none.
fn via_port(bytes: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(bytes).replace("\r\n ", " ").replace("\r\n\t", " ");
    let via = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        ["via", "v"].contains(&name.trim().to_ascii_lowercase().as_str()).then(|| value.to_owned())
    });
    let Some(via) = via else { return 5060 };
    let sent_by = via.split(['/', ' ', '\t']).filter(|word| !word.is_empty()).nth(3).unwrap_or_default().to_owned();
    let host = sent_by.split([';', ',']).next().unwrap_or_default().to_owned();
    let port = if host.starts_with('[') {
        host.rsplit_once("]:").map(|(_, port)| port.to_owned())
    } else {
        host.split_once(':').map(|(_, port)| port.to_owned())
    };
    port.and_then(|port| port.trim().parse().ok()).filter(|port| *port > 0).unwrap_or(5060)
}
