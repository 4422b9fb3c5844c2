//! What a registration costs without network and disk: REGISTER, 401, REGISTER with credentials, 200, and the bindings
//! as they would be stored.
//!
//! `cargo run --release --example register_speed -p ringwerk-sip [-- ROUNDS]`

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "a stopwatch needs a clock")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::agent::{Agent, AgentConfig, Body, Output, Path, ServerKey};
use sip::digest::{Authorization, Challenge, Client, Ha1, Nonces, OFFERED};
use sip::message::{Name, Request, Response, ResponseBuilder, Uri};
use sip::registrar::{Bindings, Policy, Registration};
use types::clock::{Tick, Timestamp};
use types::entropy::Entropy;

const DOMAIN: &str = "phones.example.com";

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

fn register(user: u32, sequence: u32, authorization: &str) -> Bytes {
    format!(
        "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK-{user}-{sequence};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{user}e0@{DOMAIN}>;tag=t{user}\r\nTo: <sip:{user}e0@{DOMAIN}>\r\n\
         Call-ID: {user}-abcdef@192.0.2.1\r\nCSeq: {sequence} REGISTER\r\nContact: <sip:{user}e0@192.0.2.1:5070>\r\n\
         Expires: 3600\r\nUser-Agent: phone/1.0\r\n{authorization}Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into()
}

struct Exchange {
    agent: Agent,
    nonces: Nonces,
    ha1: Ha1,
    policy: Policy,
    /// Bytes that went out.
    out: usize,
}

impl Exchange {
    /// Handles one REGISTER; answers the response and, if it was granted, what is to be stored.
    fn handle(&mut self, path: Path, bytes: Bytes, now: Tick, bindings: &mut Bindings) -> (Bytes, Option<Vec<u8>>) {
        self.agent.handle_message(path, bytes, now);
        let mut stored = None;
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Request { key, request, .. } => stored = self.answer(path, key, &request, now, bindings),
                Output::Transmit { bytes, .. } => {
                    self.out += bytes.len();
                    return (bytes, stored);
                }
                _ => {}
            }
        }
        unreachable!("every request is answered")
    }

    fn answer(
        &mut self,
        path: Path,
        key: ServerKey,
        request: &Request,
        now: Tick,
        bindings: &mut Bindings,
    ) -> Option<Vec<u8>> {
        let source = path.remote.ip();
        let tag = self.agent.tag(request);
        if let Some(credentials) = Authorization::find(request.headers(Name::Authorization), DOMAIN) {
            self.nonces.verify(&credentials, request.method().as_str(), &self.ha1, source, now).unwrap();
            let wall = Timestamp(1_790_000_000_000);
            bindings.register(request, path, wall, &self.policy).unwrap();
            let mut response = ResponseBuilder::new(request, 200, Some(tag.as_str()));
            let address: &Uri = request.to().uri();
            Registration { request, bindings, address, gruus: None, now: wall }.write(&mut response);
            self.agent.respond(key, response, Body::Empty, now);
            return Some(serde_json::to_vec(bindings).unwrap());
        }
        let nonce = self.nonces.issue(source, now);
        let mut response = ResponseBuilder::new(request, 401, Some(tag.as_str()));
        for algorithm in OFFERED {
            response.header(Name::WwwAuthenticate, Challenge { realm: DOMAIN, nonce: &nonce, algorithm, stale: false });
        }
        self.agent.respond_once(key, response, Body::Empty);
        None
    }
}

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(200_000);
    let (local, remote): (SocketAddr, SocketAddr) =
        ("192.0.2.10:5060".parse().unwrap(), "192.0.2.1:5070".parse().unwrap());
    let path = Path::udp(local, remote);
    let mut exchange = Exchange {
        agent: Agent::new(AgentConfig::default(), Arc::new(Counting(AtomicU64::new(1)))),
        nonces: Nonces::new([1; 32], DOMAIN, 1 << 20),
        ha1: Ha1::new("1e0", DOMAIN, "secret"),
        policy: Policy::default(),
        out: 0,
    };
    let mut phones: Vec<Bindings> = (0..10_000).map(|_| Bindings::default()).collect();
    let (mut first, mut second, mut came, mut stored) = (Duration::ZERO, Duration::ZERO, 0, 0);
    for round in 0..rounds {
        // 30,000 registrations a second.
        let now = Tick(u64::from(round) * 33);
        let user = round % 10_000;
        let bindings = phones.get_mut(usize::try_from(user).unwrap()).unwrap();
        let bytes = register(user, 2 * round + 1, "");
        came += bytes.len();
        let start = Instant::now();
        exchange.agent.handle_timeout(now);
        let (challenge, _) = exchange.handle(path, bytes, now, bindings);
        first += start.elapsed();
        let response = Response::parse(challenge).unwrap();
        let mut phone = Client::new("1e0", DOMAIN, "secret");
        phone.challenged(response.headers(Name::WwwAuthenticate).skip(1)).unwrap();
        let uri = format!("sip:{DOMAIN}");
        let credentials = phone.authorize("REGISTER", &uri, "0a4f113b").unwrap();
        let bytes = register(user, 2 * round + 2, &format!("Authorization: {credentials}\r\n"));
        came += bytes.len();
        let start = Instant::now();
        let (answer, json) = exchange.handle(path, bytes, now, bindings);
        second += start.elapsed();
        assert!(answer.starts_with(b"SIP/2.0 200"));
        stored += json.map_or(0, |json| json.len());
    }
    let rounds_usize = usize::try_from(rounds).unwrap();
    println!("challenge  {:6} ns", (first / rounds).as_nanos());
    println!("registration {:4} ns, {} bytes stored", (second / rounds).as_nanos(), stored / rounds_usize);
    println!(
        "bytes in {} out {} for each pair; {:?}",
        came / rounds_usize,
        exchange.out / rounds_usize,
        exchange.agent.load()
    );
}
