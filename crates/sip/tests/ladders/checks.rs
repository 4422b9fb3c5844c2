//! What is answered before anybody is asked, and where answers go.

use std::net::SocketAddr;
use std::sync::Arc;

use sip::agent::{Agent, AgentConfig, AgentLimits, Body, Output, Path, Transport};
use sip::digest::{Challenge, Nonces, OFFERED};
use sip::message::{Name, ResponseBuilder};
use types::clock::Tick;

use crate::wire::Seeded;

const NOW: Tick = Tick(0);

fn agent(limits: AgentLimits) -> Agent {
    Agent::new(AgentConfig { limits, ..AgentConfig::default() }, Arc::new(Seeded::new(1)))
}

fn path() -> Path {
    Path::udp("192.0.2.10:5060".parse().unwrap(), "192.0.2.1:4711".parse().unwrap())
}

fn options(number: u32, via: &str) -> String {
    format!(
        "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a@example.com>;tag=1\r\n\
         To: <sip:example.com>\r\nCall-ID: c{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The one thing an agent wants sent, and where.
fn transmitted(agent: &mut Agent) -> Option<(SocketAddr, String)> {
    let mut found = None;
    while let Some(output) = agent.poll() {
        if let Output::Transmit { path, bytes } = output {
            assert!(found.is_none(), "more than one message");
            found = Some((path.remote, String::from_utf8(bytes.to_vec()).unwrap()));
        }
    }
    found
}

/// Answers the one request an agent was told.
fn answer(agent: &mut Agent, once: bool) -> Option<(SocketAddr, String)> {
    let Some(Output::Request { key, request, .. }) = agent.poll() else { return None };
    assert!(agent.poll().is_none());
    let response = ResponseBuilder::new(&request, 200, Some("t"));
    if once {
        agent.respond_once(key, response, Body::Empty);
    } else {
        agent.respond(key, response, Body::Empty, NOW);
    }
    transmitted(agent)
}

#[test]
fn answers_go_where_the_request_came_from() {
    let target = |via: &str| {
        let mut agent = agent(AgentLimits::default());
        agent.handle_message(path(), options(1, via).into(), NOW);
        let (remote, text) = answer(&mut agent, false)?;
        Some((remote.to_string(), text.lines().find(|line| line.starts_with("Via")).unwrap().to_owned()))
    };
    let (to, via) = target("192.0.2.1:4711;branch=z9hG4bKa;rport").unwrap();
    assert_eq!(to, "192.0.2.1:4711");
    assert!(via.contains(";received=192.0.2.1") && via.contains(";rport=4711"), "{via}");
    assert_eq!(target("10.0.0.1:5060;branch=z9hG4bKa;rport").unwrap().0, "192.0.2.1:4711");
    assert_eq!(target("192.0.2.1:6000;branch=z9hG4bKa").unwrap().0, "192.0.2.1:6000");
    assert_eq!(target("192.0.2.1;branch=z9hG4bKa").unwrap().0, "192.0.2.1:5060");
    let (to, via) = target("10.0.0.1:6000;branch=z9hG4bKa").unwrap();
    assert_eq!(to, "192.0.2.1:4711");
    assert!(via.contains(";received=192.0.2.1") && !via.contains("rport"), "{via}");
    for victim in ["192.0.2.1;branch=z9hG4bKa;maddr=198.51.100.9", "198.51.100.9;branch=z9hG4bKa;received=198.51.100.9"]
    {
        assert!(target(victim).unwrap().0.starts_with("192.0.2.1:"), "{victim}");
    }
}

#[test]
fn answers_over_a_connection_stay_on_it() {
    let mut agent = agent(AgentLimits::default());
    let path = Path { transport: Transport::Tls, connection: 5, ..path() };
    agent.handle_message(path, options(1, "192.0.2.1:5061;branch=z9hG4bKa").into(), NOW);
    assert_eq!(answer(&mut agent, false).unwrap().0, path.remote);
    assert_eq!(agent.load().answered + agent.load().pending, 0, "nothing to absorb over a connection");
}

#[test]
fn malformed_requests_are_answered_without_state() {
    let status = |text: &str| {
        let mut agent = agent(AgentLimits::default());
        agent.handle_message(path(), text.to_owned().into(), NOW);
        assert_eq!(agent.load().pending, 0, "{text}");
        transmitted(&mut agent).map(|(_, text)| text.lines().next().unwrap().to_owned())
    };
    let whole = options(1, "192.0.2.1;branch=z9hG4bKa");
    assert_eq!(status(&whole.replace("Call-ID: c1\r\n", "")).as_deref(), Some("SIP/2.0 400 Bad Request"));
    assert_eq!(
        status(&whole.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia")).as_deref(),
        Some("SIP/2.0 505 Version Not Supported")
    );
    assert_eq!(
        status(&whole.replace("OPTIONS sip", "OPTIONS odd")).as_deref(),
        Some("SIP/2.0 416 Unsupported URI Scheme")
    );
    assert_eq!(status(&whole.replace("OPTIONS", "ACK").replace("Call-ID: c1\r\n", "")), None);
    assert_eq!(status("\r\n\r\n"), None);
    assert_eq!(status("hello"), None);
}

#[test]
fn answers_without_state_carry_the_same_tag_to_every_copy() {
    let mut agent = agent(AgentLimits::default());
    let mut tag = |via: &str| {
        let text = options(1, via).replace("OPTIONS sip:", "OPTIONS odd:");
        agent.handle_message(path(), text.into(), NOW);
        let (_, text) = transmitted(&mut agent).unwrap();
        text.lines().find(|line| line.starts_with("To:")).unwrap().to_owned()
    };
    let first = tag("192.0.2.1;branch=z9hG4bKa");
    assert!(first.contains(";tag="));
    assert_eq!(tag("192.0.2.1;branch=z9hG4bKa"), first);
    assert_ne!(tag("192.0.2.1;branch=z9hG4bKb"), first);
}

#[test]
fn too_many_requests_are_503_with_retry_after_and_leave_nothing_behind() {
    let mut agent = agent(AgentLimits { pending: 8, ..AgentLimits::default() });
    let mut refused = 0;
    for number in 0..100 {
        agent.handle_message(path(), options(number, &format!("192.0.2.1;branch=z9hG4bK{number}")).into(), NOW);
        if let Some((_, text)) = transmitted(&mut agent) {
            assert!(text.starts_with("SIP/2.0 503 ") && text.contains("Retry-After: 5\r\n"), "{text}");
            refused += 1;
        }
    }
    assert_eq!((refused, agent.load().pending), (92, 8));
}

#[test]
fn answered_requests_are_kept_up_to_a_limit_the_oldest_go_first() {
    let mut agent = agent(AgentLimits { answered: 10, ..AgentLimits::default() });
    let mut send = |number: u32| {
        agent.handle_message(path(), options(number, &format!("192.0.2.1;branch=z9hG4bK{number}")).into(), NOW);
        let mut new = false;
        while let Some(output) = agent.poll() {
            if let Output::Request { key, request, .. } = output {
                new = true;
                agent.respond(key, ResponseBuilder::new(&request, 200, Some("t")), Body::Empty, NOW);
            }
        }
        (new, agent.load().answered)
    };
    for number in 0..50 {
        assert!(send(number).0);
    }
    assert_eq!(send(49), (false, 10));
    assert_eq!(send(40), (false, 10));
    assert_eq!(send(39), (true, 10));
}

#[test]
fn what_is_answered_once_is_forgotten() {
    let mut agent = agent(AgentLimits::default());
    for _ in 0..2 {
        agent.handle_message(path(), options(1, "192.0.2.1;branch=z9hG4bKa").into(), NOW);
        assert!(answer(&mut agent, true).is_some());
        assert_eq!((agent.load().pending, agent.load().answered), (0, 0));
    }
}

/// Threat: requests with somebody else's address in them. Whatever they are, less comes out than went in.
#[test]
fn answers_to_strangers_are_fewer_bytes_than_their_requests() {
    let register = "REGISTER sip:e.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK#\r\nFrom: <sip:a@e.com>;tag=1\r\n\
                    To: <sip:a@e.com>\r\nCall-ID: #\r\nCSeq: 1 REGISTER\r\n\r\n";
    let broken = "REGISTER sip:e.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK#\r\n\r\n";
    let odd = options(1, "192.0.2.1;branch=z9hG4bK#").replace("OPTIONS", "ODD");
    let stray = options(1, "192.0.2.1;branch=z9hG4bK#").replace("OPTIONS", "CANCEL");
    for text in [register, broken, &odd, &stray] {
        let mut agent = agent(AgentLimits::default());
        let mut nonces = Nonces::new([1; 32], "phones.example.com", 16);
        let (mut bytes_in, mut bytes_out, mut answers) = (0, 0, 0);
        for number in 0..10_000 {
            let text = text.replace('#', &number.to_string());
            bytes_in += text.len();
            agent.handle_message(path(), text.into(), NOW);
            while let Some(output) = agent.poll() {
                match output {
                    Output::Request { key, path, request } => {
                        let nonce = nonces.issue(path.remote.ip(), NOW);
                        let mut response = ResponseBuilder::new(&request, 401, Some("t"));
                        let offered = if agent.is_generous(path, &request) { &OFFERED[..] } else { &OFFERED[1..] };
                        for algorithm in offered {
                            let (realm, algorithm) = (nonces.realm(), *algorithm);
                            response.header(
                                Name::WwwAuthenticate,
                                Challenge { realm, nonce: &nonce, algorithm, stale: false },
                            );
                        }
                        agent.respond_once(key, response, Body::Empty);
                    }
                    Output::Transmit { bytes, .. } => {
                        bytes_out += bytes.len();
                        answers += 1;
                    }
                    _ => {}
                }
            }
        }
        assert!(bytes_out <= bytes_in, "{bytes_out} for {bytes_in}: {text}");
        assert!((3_000..=10_000).contains(&answers), "{answers}: {text}");
    }
}
